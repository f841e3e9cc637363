// One level of one search tree: reads a node and goes left or right, in two clocks.
//
//   clock   t              t+1                          t+2
//           pointer in     node; dimension < threshold  pointer out
//
// A pointer that is a leaf already passes. `key_i` and `list_i` are those of the packet at clock t+1.
`default_nettype none
module rule_level (
  input  wire logic clk_i,
  input  wire logic valid_i,                             // a lookup is at clock t
  input  wire logic valid_next_i,                        // a lookup is at clock t+1
  input  wire logic leaf_i,
  input  wire logic [IndexBits-1:0] index_i,
  input  wire logic [KeyBits-1:0] key_i,
  input  wire logic [7:0] list_i,
  output      logic leaf_o,
  output      logic [IndexBits-1:0] index_o,
  input  wire logic write_i,
  input  wire logic [IndexBits-1:0] write_index_i,
  input  wire logic [63:0] write_node_i
);
  localparam int unsigned IndexBits = $clog2(overlay_core_pkg::RuleRows);
  localparam int unsigned KeyBits = 32 * overlay_isa_pkg::RuleKeyWords;
  localparam int unsigned NodeBits = overlay_isa_pkg::RuleNodeRightLeafLsb + 1;

  logic [NodeBits-1:0] mem [0:overlay_core_pkg::RuleRows-1];
  logic [NodeBits-1:0] node_q;
  logic leaf_q;
  logic [IndexBits-1:0] index_q;
  always_ff @(posedge clk_i) begin
    if (write_i) mem[write_index_i] <= write_node_i[NodeBits-1:0];
    if (valid_i && !leaf_i) node_q <= mem[index_i];
  end
  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      leaf_q <= leaf_i;
      index_q <= index_i;
    end
  end

  logic [3:0] dimension;
  logic [31:0] value, threshold, src, dst;
  logic [15:0] half;                                     // of the range words
  logic left;
  assign dimension = node_q[overlay_isa_pkg::RuleNodeDimensionLsb +: overlay_isa_pkg::RuleNodeDimensionWidth];
  assign threshold = node_q[overlay_isa_pkg::RuleNodeThresholdLsb +: overlay_isa_pkg::RuleNodeThresholdWidth];
  // Dimensions by their two high bits: words 0 to 3, words 4 to 7, the four halves, the list.
  logic [127:0] srcs, dsts;
  logic [63:0] halves;
  logic unused_key;
  assign srcs = key_i[127:0];
  assign dsts = key_i[255:128];
  assign halves = key_i[32*overlay_isa_pkg::RuleRangeWord +: 64];
  assign unused_key = ^key_i;
  always_comb begin
    src = 'x;
    dst = 'x;
    half = 'x;
    value = 'x;
    left = 'x;
    if (valid_next_i) begin
      src = srcs[{dimension[1:0], 5'd0} +: 32];
      dst = dsts[{dimension[1:0], 5'd0} +: 32];
      half = halves[{dimension[1:0], 4'd0} +: 16];
      value[15:0] = dimension[3] ? (dimension[2] ? {8'd0, list_i} : half) : (dimension[2] ? dst[15:0] : src[15:0]);
      value[31:16] = dimension[3] ? '0 : dimension[2] ? dst[31:16] : src[31:16];
      left = value < threshold;
    end
  end
  always_ff @(posedge clk_i) begin
    if (valid_next_i) begin
      leaf_o <= leaf_q ? 1'b1 : left ? node_q[overlay_isa_pkg::RuleNodeLeftLeafLsb] : node_q[overlay_isa_pkg::RuleNodeRightLeafLsb];
      index_o <= leaf_q ? index_q : left ? node_q[overlay_isa_pkg::RuleNodeLeftLsb +: IndexBits]
          : node_q[overlay_isa_pkg::RuleNodeRightLsb +: IndexBits];
    end
  end
endmodule
`default_nettype wire
