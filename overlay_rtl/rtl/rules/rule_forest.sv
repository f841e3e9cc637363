// The search of one rule stage: all trees and the overflow entries at once, a lookup a clock.
//
//   clock  0         2l                          LeafClock           MergeClock        ForestClocks
//          key, root level l of each tree        leaves, overflow    merge             result
//
// Commands take effect in the clock after; `busy_o` while an overflow entry is being written. `valid_i`, `command_valid_i`
// and `rst_ni` come from registers: they start the search's own clock.
`default_nettype none
module rule_forest (
  input  wire logic clk_i,
  input  wire logic rst_ni,
  input  wire logic valid_i,
  input  wire logic [KeyBits-1:0] key_i,
  input  wire logic [7:0] list_i,
  output      logic terminal_valid_o,
  output      overlay_core_pkg::rule_act_t terminal_o,
  output      logic [31:0] argument_o,
  output      logic [2:0] other_valid_o,
  output      overlay_core_pkg::rule_act_t other0_o,
  output      overlay_core_pkg::rule_act_t other1_o,
  output      overlay_core_pkg::rule_act_t other2_o,
  output      logic lost_o,
  input  wire logic command_valid_i,
  input  wire logic [63:0] command_i,                    // RuleCommand
  input  wire logic [64*overlay_isa_pkg::RuleEntryWords-1:0] staged_i,
  output      logic busy_o
);
  localparam int unsigned Trees = overlay_core_pkg::RuleTrees;
  localparam int unsigned Sources = Trees + 1;
  localparam int unsigned Levels = overlay_isa_pkg::RuleLevels;
  localparam int unsigned IndexBits = $clog2(overlay_core_pkg::RuleRows);
  localparam int unsigned KeyBits = 32 * overlay_isa_pkg::RuleKeyWords;
  localparam int unsigned EntryBits = overlay_isa_pkg::RuleEntryEventLsb + overlay_isa_pkg::RuleEntryEventWidth;
  localparam int unsigned ActBits = overlay_core_pkg::RuleActBits;
  localparam int unsigned LeafClock = 2 * Levels;        // the trees' pointers are leaves
  localparam int unsigned OverflowClock = LeafClock - 3; // overflow takes three clocks more than a leaf
  localparam int unsigned MergeClock = LeafClock + 6;    // all have answered
  localparam int unsigned ForestClocks = MergeClock + 4;

  // Without a lookup, a command or an overflow entry being written nothing in here has an edge.
  logic clk;
  clock_gate u_gate (.clk_i, .enable_i(!rst_ni || command_valid_i || busy_o || |valid_c), .clk_o(clk));

  // Commands
  logic [2:0] op, tree;
  logic [3:0] place;
  logic [9:0] row;
  logic [1:0] visible;
  logic bank_write, bank_of_root;
  assign op = command_i[overlay_isa_pkg::RuleCommandOpLsb +: 3];
  assign tree = command_i[overlay_isa_pkg::RuleCommandTreeLsb +: 3];
  assign place = command_i[overlay_isa_pkg::RuleCommandPlaceLsb +: 4];
  assign row = command_i[overlay_isa_pkg::RuleCommandRowLsb +: 10];
  assign visible = command_i[overlay_isa_pkg::RuleCommandVisibleLsb +: 2];
  assign bank_of_root = command_i[overlay_isa_pkg::RuleCommandBankLsb];
  assign bank_write = command_valid_i && op == overlay_isa_pkg::RuleOpBank;

  // The key goes along; the bank is that of the clock in which the lookup begins.
  logic bank_q;
  logic [ForestClocks-1:1] valid_q;
  logic [LeafClock+2:1] bank_of_q;
  logic [ForestClocks-1:0] valid_c;                      // by clock
  logic [LeafClock+2:0] bank_c;
  assign valid_c = {valid_q, valid_i};
  assign bank_c = {bank_of_q, bank_q};
  always_ff @(posedge clk) begin
    valid_q <= valid_c[ForestClocks-2:0];
    bank_of_q <= bank_c[LeafClock+1:0];
    if (bank_write) bank_q <= bank_of_root;
    if (!rst_ni) begin
      valid_q <= '0;
      bank_q <= 1'b0;
    end
  end
  for (genvar c = 0; c <= LeafClock + 2; c++) begin : g_clock
    logic [KeyBits-1:0] key;
    logic [7:0] list;
    if (c == 0) begin : g_first
      assign key = key_i;
      assign list = list_i;
    end else begin : g_later
      logic [KeyBits-1:0] key_q;
      logic [7:0] list_q;
      always_ff @(posedge clk) begin
        if (valid_c[c-1]) begin
          key_q <= g_clock[c-1].key;
          list_q <= g_clock[c-1].list;
        end
      end
      assign key = key_q;
      assign list = list_q;
    end
  end

  logic [Sources-1:0] terminal_valid;
  logic [Sources*ActBits-1:0] terminal;
  logic [Sources*32-1:0] argument;
  logic [Trees*4-1:0] tree_other_valid;
  logic [Trees*3*ActBits-1:0] tree_other;
  logic [Trees*24-1:0] tree_fourth_label;
  logic [7:0] other_valid;                               // of tree 0 and overflow
  logic [2*3*ActBits-1:0] other;
  logic [2*24-1:0] fourth_label;
  for (genvar t = 0; t < Trees; t++) begin : g_tree
    logic mine;
    logic [IndexBits:0] root0_q, root1_q;                // {leaf, index}
    assign mine = command_valid_i && tree == 3'(t);
    always_ff @(posedge clk) begin
      if (mine && op == overlay_isa_pkg::RuleOpRoot) begin
        if (bank_of_root) root1_q <= {staged_i[overlay_isa_pkg::RuleRootRootLeafLsb], staged_i[overlay_isa_pkg::RuleRootRootLsb +: IndexBits]};
        else root0_q <= {staged_i[overlay_isa_pkg::RuleRootRootLeafLsb], staged_i[overlay_isa_pkg::RuleRootRootLsb +: IndexBits]};
      end
      if (!rst_ni) begin
        root0_q <= {1'b1, IndexBits'(0)};
        root1_q <= {1'b1, IndexBits'(0)};
      end
    end
    for (genvar l = 0; l < Levels; l++) begin : g_level
      logic leaf_in, leaf_out;
      logic [IndexBits-1:0] index_in, index_out;
      if (l == 0) assign {leaf_in, index_in} = bank_q ? root1_q : root0_q;
      else assign {leaf_in, index_in} = {g_level[l-1].leaf_out, g_level[l-1].index_out};
      rule_level u_level (
        .clk_i(clk), .valid_i(valid_c[2*l]), .valid_next_i(valid_c[2*l+1]), .leaf_i(leaf_in), .index_i(index_in), .key_i(g_clock[2*l+1].key), .list_i(g_clock[2*l+1].list),
        .leaf_o(leaf_out), .index_o(index_out),
        .write_i(mine && op == overlay_isa_pkg::RuleOpNode && place == 4'(l)), .write_index_i(row[IndexBits-1:0]), .write_node_i(staged_i[63:0])
      );
    end
    overlay_core_pkg::rule_act_t act, other0, other1, other2;
    rule_leaf #(.HasOthers(t == overlay_isa_pkg::RuleContinuingTree)) u_leaf (
      .clk_i(clk), .rst_ni, .valid_i(valid_c[LeafClock] && g_level[Levels-1].leaf_out), .index_i(g_level[Levels-1].index_out),
      .bank_i(bank_c[LeafClock]), .key_i(g_clock[LeafClock+2].key), .list_i(g_clock[LeafClock+2].list),
      .terminal_valid_o(terminal_valid[t]), .terminal_o(act), .argument_o(argument[32*t +: 32]), .other_valid_o(tree_other_valid[4*t +: 4]),
      .other0_o(other0), .other1_o(other1), .other2_o(other2), .other3_label_o(tree_fourth_label[24*t +: 24]),
      .write_entry_i(mine && op == overlay_isa_pkg::RuleOpEntry), .write_visible_i(mine && op == overlay_isa_pkg::RuleOpVisible),
      .write_index_i(row[IndexBits-1:0]), .write_slot_i(place[$clog2(overlay_isa_pkg::RuleLeafSlots)-1:0]), .write_data_i(staged_i[EntryBits-1:0]), .visible_i(visible)
    );
    assign terminal[ActBits*t +: ActBits] = act;
    assign tree_other[3*ActBits*t +: 3*ActBits] = {other2, other1, other0};
  end

  logic overflow_mine;
  overlay_core_pkg::rule_act_t overflow_act, overflow0, overflow1, overflow2;
  assign overflow_mine = command_valid_i && (tree == 3'(overlay_isa_pkg::RuleTreeOverflow) || op == overlay_isa_pkg::RuleOpOrder);
  rule_overflow u_overflow (
    .clk_i(clk), .rst_ni, .valid_i(valid_c[OverflowClock]), .bank_i(bank_c[OverflowClock]),
    .key_i(g_clock[OverflowClock].key), .list_i(g_clock[OverflowClock].list),
    .terminal_valid_o(terminal_valid[Trees]), .terminal_o(overflow_act), .argument_o(argument[32*Trees +: 32]),
    .other_valid_o(other_valid[7:4]), .other0_o(overflow0), .other1_o(overflow1), .other2_o(overflow2),
    .other3_label_o(fourth_label[47:24]),
    .write_entry_i(overflow_mine && op == overlay_isa_pkg::RuleOpEntry), .write_visible_i(overflow_mine && op == overlay_isa_pkg::RuleOpVisible),
    .write_order_i(overflow_mine && op == overlay_isa_pkg::RuleOpOrder), .write_index_i(row[$clog2(overlay_core_pkg::RuleOverflow)-1:0]),
    .write_data_i(staged_i[EntryBits-1:0]), .visible_i(visible), .busy_o
  );
  assign terminal[ActBits*Trees +: ActBits] = overflow_act;
  assign other[3*ActBits +: 3*ActBits] = {overflow2, overflow1, overflow0};
  localparam int unsigned Continuing = overlay_isa_pkg::RuleContinuingTree;
  logic unused_others;
  assign other_valid[3:0] = tree_other_valid[4*Continuing +: 4];
  assign other[0 +: 3*ActBits] = tree_other[3*ActBits*Continuing +: 3*ActBits];
  assign fourth_label[23:0] = tree_fourth_label[24*Continuing +: 24];
  assign unused_others = ^{tree_other_valid, tree_other, tree_fourth_label};

  rule_merge u_merge (
    .clk_i(clk), .rst_ni, .valid_i(valid_c[MergeClock]), .terminal_valid_i(terminal_valid), .terminal_i(terminal), .argument_i(argument),
    .other_valid_i(other_valid), .other_i(other), .fourth_label_i(fourth_label),
    .terminal_valid_o, .terminal_o, .argument_o, .other_valid_o, .other0_o, .other1_o, .other2_o, .lost_o
  );
endmodule
`default_nettype wire
