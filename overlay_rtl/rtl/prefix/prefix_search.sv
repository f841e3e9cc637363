// Finds the longest prefix: the block that the key lies in, then the range in it. A lookup a clock.
//
//   clock of a lookup
//   0         two clocks for each level of separators     2L+9   the range's result
//   2L        slot: block, longest prefix over all of it  2L+10  found: the range's, else the slot's
//   2L+1      two clocks for each level of boundaries
//
// A word of each memory is written in one clock. What a lookup reads of separators and slots is of one bank; software writes the
// other one, and blocks that no slot names, so that a lookup sees the tables before or after a change (core_prefix.h).
`default_nettype none
module prefix_search (
  input  wire logic clk_i,
  input  wire logic rst_ni,
  input  wire logic [Clocks:0] valid_i,                  // a lookup, by its clock
  input  wire logic [overlay_core_pkg::PlaceBits-1:0] key_i,        // clock 0
  output      logic hit_o,                               // the last clock
  output      logic [31:0] value_o,
  output      logic [7:0] action_o,
  input  wire logic write_i,
  input  wire logic [4:0] write_memory_i,                // enum PrefixMemory
  input  wire logic [15:0] write_addr_i,
  input  wire logic [overlay_core_pkg::PlaceBits-1:0] write_place_i,
  input  wire logic [40:0] write_result_i                // valid, action, value
);
  localparam int unsigned PlaceBits = overlay_core_pkg::PlaceBits;
  localparam int unsigned Levels = overlay_core_pkg::PrefixLevels;
  localparam int unsigned BlockLevels = overlay_isa_pkg::PrefixBlockLevels;
  localparam int unsigned Blocks = overlay_core_pkg::PrefixBlocks;
  localparam int unsigned BlockBits = $clog2(Blocks);
  localparam int unsigned Clocks = 2 * (Levels + BlockLevels) + 2;
  localparam int unsigned ResultBits = 41;

  logic [PlaceBits:0] write_node;
  assign write_node = {write_result_i[40], write_place_i};

  logic bank_q;
  always_ff @(posedge clk_i) begin
    if (write_i && write_memory_i == overlay_isa_pkg::PrefixMemoryBank) bank_q <= write_addr_i[0];
    if (!rst_ni) bank_q <= 1'b0;
  end

  // Separators
  for (genvar l = 0; l < Levels; l++) begin : g_level
    logic [l:0] addr_in;
    logic [l+1:0] addr_out;
    logic [PlaceBits-1:0] key_in, key_out;
    if (l == 0) begin : g_first
      assign addr_in = bank_q;
      assign key_in = key_i;
    end else begin : g_later
      assign addr_in = g_level[l-1].addr_out;
      assign key_in = g_level[l-1].key_out;
    end
    prefix_level #(.AddrBits(l + 1), .Depth(2 << l)) u_level (
      .clk_i, .valid_i(valid_i[2*l]), .valid_next_i(valid_i[2*l+1]), .addr_i(addr_in), .key_i(key_in), .addr_o(addr_out), .key_o(key_out),
      .write_i(write_i && write_memory_i == overlay_isa_pkg::PrefixMemorySeparators + 5'(l)), .write_addr_i(write_addr_i[l:0]),
      .write_node_i(write_node)
    );
  end

  // Slots
  logic [BlockBits+ResultBits-1:0] slots [0:(2 << Levels) - 1];
  logic [BlockBits+ResultBits-1:0] slot_q;
  logic [PlaceBits-1:0] slot_key_q;
  always_ff @(posedge clk_i) begin
    if (write_i && write_memory_i == overlay_isa_pkg::PrefixMemorySlots)
      slots[write_addr_i[Levels:0]] <= {write_place_i[BlockBits-1:0], write_result_i};
    if (valid_i[2*Levels]) slot_q <= slots[g_level[Levels-1].addr_out];
  end
  always_ff @(posedge clk_i) begin
    if (valid_i[2*Levels]) slot_key_q <= g_level[Levels-1].key_out;
  end

  // What the slot says waits for the range.
  localparam int unsigned Waits = 2 * BlockLevels + 1;
  logic [Waits*ResultBits-1:0] defaults_q;
  always_ff @(posedge clk_i) begin
    for (int unsigned i = 0; i < Waits; i++) begin
      if (valid_i[2*Levels+1+i]) begin
        defaults_q[ResultBits*i +: ResultBits] <= i == 0 ? slot_q[ResultBits-1:0] : defaults_q[ResultBits*(i == 0 ? 0 : i-1) +: ResultBits];
      end
    end
  end

  // Boundaries
  for (genvar l = 0; l < BlockLevels; l++) begin : g_range
    logic [BlockBits+l-1:0] addr_in;
    logic [BlockBits+l:0] addr_out;
    logic [PlaceBits-1:0] key_in, key_out;
    if (l == 0) begin : g_first
      assign addr_in = slot_q[ResultBits +: BlockBits];
      assign key_in = slot_key_q;
    end else begin : g_later
      assign addr_in = g_range[l-1].addr_out;
      assign key_in = g_range[l-1].key_out;
    end
    prefix_level #(.AddrBits(BlockBits + l), .Depth(Blocks << l)) u_level (
      .clk_i, .valid_i(valid_i[2*Levels+1+2*l]), .valid_next_i(valid_i[2*Levels+2+2*l]), .addr_i(addr_in), .key_i(key_in),
      .addr_o(addr_out), .key_o(key_out),
      .write_i(write_i && write_memory_i == overlay_isa_pkg::PrefixMemoryBoundaries + 5'(l)), .write_addr_i(write_addr_i[BlockBits+l-1:0]),
      .write_node_i(write_node)
    );
  end
  logic unused_key;
  assign unused_key = ^g_range[BlockLevels-1].key_out;

  // Results
  logic [ResultBits-1:0] results [0:Blocks*overlay_isa_pkg::PrefixBlockRanges-1];
  logic [ResultBits-1:0] result_q, found;
  always_ff @(posedge clk_i) begin
    if (write_i && write_memory_i == overlay_isa_pkg::PrefixMemoryResults) results[write_addr_i[BlockBits+BlockLevels-1:0]] <= write_result_i;
    if (valid_i[Clocks-1]) result_q <= results[g_range[BlockLevels-1].addr_out];
  end
  assign found = result_q[ResultBits-1] ? result_q : defaults_q[ResultBits*(Waits-1) +: ResultBits];
  assign hit_o = valid_i[Clocks] && found[ResultBits-1];
  assign {action_o, value_o} = found[ResultBits-2:0];
endmodule
`default_nettype wire
