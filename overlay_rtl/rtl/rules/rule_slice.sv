// A memory of match bits: at each address, for each overflow entry, whether the entry accepts this part of a key.
//
//   lookups   clock t address, t+1 latch, t+2 bits
//   update    the bits of one entry change: address after address is read, and written back a clock later
//
// The memory is one of bytes, each for eight entries: a lookup reads all bytes of an address at once, an update one. A lookup
// of the address that is being written gets the old bits; only the bits of the entry differ, and no lookup sees that entry
// until all are written.
`default_nettype none
module rule_slice #(
  parameter int unsigned AddrBits = 10,
  parameter int unsigned Entries = 32
) (
  input  wire logic clk_i,
  input  wire logic lookup_i,                            // a lookup is at clock t
  input  wire logic lookup_next_i,                       // a lookup is at clock t+1
  input  wire logic [AddrBits-1:0] lookup_addr_i,
  output      logic [Entries-1:0] match_o,
  input  wire logic busy_i,                              // an update is under way
  input  wire logic update_i,                            // it writes, else it reads
  input  wire logic [AddrBits-1:0] update_addr_i,
  input  wire logic [ByteBits-1:0] update_byte_i,        // of the entry
  input  wire logic [7:0] update_which_i,                // one-hot in that byte
  input  wire logic update_bit_i
);
  localparam int unsigned Bytes = Entries / 8;
  localparam int unsigned ByteBits = $clog2(Entries) - 3;

  logic [7:0] mem [0:(Bytes << AddrBits)-1];
  logic [Entries-1:0] latch_q;
  logic [7:0] old_q, new_byte;
  logic [AddrBits+ByteBits-1:0] update_byte;
  assign update_byte = {update_addr_i, update_byte_i};
  always_comb begin
    new_byte = 'x;
    if (update_i) new_byte = update_bit_i ? old_q | update_which_i : old_q & ~update_which_i;
  end
  always_ff @(posedge clk_i) begin
    if (lookup_i) begin
      for (int unsigned b = 0; b < Bytes; b++) latch_q[8*b +: 8] <= mem[{lookup_addr_i, ByteBits'(b)}];
    end
  end
  always_ff @(posedge clk_i) begin
    if (update_i) mem[update_byte] <= new_byte;
    if (busy_i) old_q <= mem[update_byte];
  end
  always_ff @(posedge clk_i) begin
    if (lookup_next_i) match_o <= latch_q;
  end
endmodule
`default_nettype wire
