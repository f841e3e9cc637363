// One level of the search for a block or for a range: reads a node and goes left or right, in two clocks.
//
//   clock   t                    t+1                       t+2
//           address and key in   node; key reaches place   address of the next level, and key
//
// The next level's address is this one's with a bit more: whether the node's place was reached.
`default_nettype none
module prefix_level #(
  parameter int unsigned AddrBits = 1,
  parameter int unsigned Depth = 2
) (
  input  wire logic clk_i,
  input  wire logic valid_i,                             // a lookup is at clock t
  input  wire logic valid_next_i,                        // a lookup is at clock t+1
  input  wire logic [AddrBits-1:0] addr_i,
  input  wire logic [overlay_core_pkg::PlaceBits-1:0] key_i,
  output      logic [AddrBits:0] addr_o,
  output      logic [overlay_core_pkg::PlaceBits-1:0] key_o,
  input  wire logic write_i,
  input  wire logic [AddrBits-1:0] write_addr_i,
  input  wire logic [overlay_core_pkg::PlaceBits:0] write_node_i    // valid, place
);
  (* ram_style = "block" *) logic [overlay_core_pkg::PlaceBits:0] mem [0:Depth-1];
  logic [overlay_core_pkg::PlaceBits:0] node_q;
  logic [AddrBits-1:0] addr_q;
  logic [overlay_core_pkg::PlaceBits-1:0] key_q;
  always_ff @(posedge clk_i) begin
    if (write_i) mem[write_addr_i] <= write_node_i;
    if (valid_i) node_q <= mem[addr_i];
  end
  logic reached;
  place_compare u_compare (
    .enable_i(valid_next_i), .key_i(key_q), .place_i(node_q[overlay_core_pkg::PlaceBits-1:0]), .reached_o(reached)
  );
  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      addr_q <= addr_i;
      key_q <= key_i;
    end
    if (valid_next_i) begin
      addr_o <= {addr_q, node_q[overlay_core_pkg::PlaceBits] && reached};
      key_o <= key_q;
    end
  end
endmodule
`default_nettype wire
