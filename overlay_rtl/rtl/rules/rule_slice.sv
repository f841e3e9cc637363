// A memory of match bits: at each address, for each overflow entry, whether the entry accepts this part of a key.
//
//   lookups   clock t address, t+1 latch, t+2 bits
//   update    the bits of one entry change: address after address is read, and written back a clock later
//
// A lookup of the address that is being written gets the old bits; only the bits of the entry differ, and no lookup sees
// that entry until all are written.
`default_nettype none
module rule_slice #(
  parameter int unsigned AddrBits = 10,
  parameter int unsigned Entries = 32
) (
  input  wire logic clk_i,
  input  wire logic lookup_i,
  input  wire logic [AddrBits-1:0] lookup_addr_i,
  output      logic [Entries-1:0] match_o,
  input  wire logic update_i,                            // else the read half of an update
  input  wire logic [AddrBits-1:0] update_addr_i,
  input  wire logic [Entries-1:0] update_which_i,        // one-hot
  input  wire logic update_bit_i
);
  logic [Entries-1:0] mem [0:(1 << AddrBits)-1];
  logic [Entries-1:0] latch_q, old_q;
  logic lookup_q;
  always_ff @(posedge clk_i) begin
    if (lookup_i) latch_q <= mem[lookup_addr_i];
  end
  always_ff @(posedge clk_i) begin
    if (update_i) mem[update_addr_i] <= update_bit_i ? old_q | update_which_i : old_q & ~update_which_i;
    old_q <= mem[update_addr_i];
  end
  always_ff @(posedge clk_i) begin
    lookup_q <= lookup_i;
    if (lookup_q) match_o <= latch_q;
  end
endmodule
`default_nettype wire
