// The leaves of one search tree: reads a row of entries, compares all of them with the key, and picks those that act.
//
//   clock  t        t+1    t+2      t+3      t+4      t+5    t+6
//          pointer  latch  entries  groups,  matches  picks  what the picked entries do
//                                   order
//
// `key_i` and `list_i` are those of the packet at clock t+2, `bank_i` that of the packet at clock t.
`default_nettype none
module rule_leaf #(
  parameter bit HasOthers = 1'b1                         // entries other than terminal may lie here
) (
  input  wire logic clk_i,
  input  wire logic rst_ni,
  input  wire logic valid_i,                             // a lookup has come to a leaf
  input  wire logic [IndexBits-1:0] index_i,
  input  wire logic bank_i,
  input  wire logic [32*overlay_isa_pkg::RuleKeyWords-1:0] key_i,
  input  wire logic [7:0] list_i,
  output      logic terminal_valid_o,
  output      overlay_core_pkg::rule_act_t terminal_o,
  output      logic [31:0] argument_o,
  output      logic [3:0] other_valid_o,                 // the fourth has only a label
  output      overlay_core_pkg::rule_act_t other0_o,
  output      overlay_core_pkg::rule_act_t other1_o,
  output      overlay_core_pkg::rule_act_t other2_o,
  output      logic [23:0] other3_label_o,
  input  wire logic write_entry_i,
  input  wire logic write_visible_i,
  input  wire logic [IndexBits-1:0] write_index_i,
  input  wire logic [SlotBits-1:0] write_slot_i,
  input  wire logic [EntryBits-1:0] write_data_i,
  input  wire logic [1:0] visible_i
);
  localparam int unsigned Slots = overlay_isa_pkg::RuleLeafSlots;
  localparam int unsigned SlotBits = $clog2(overlay_isa_pkg::RuleLeafSlots);
  localparam int unsigned IndexBits = $clog2(overlay_core_pkg::RuleRows);
  localparam int unsigned KeyEntryBits = 64 * overlay_isa_pkg::RuleKeyWords;
  localparam int unsigned EntryBits = overlay_isa_pkg::RuleEntryEventLsb + overlay_isa_pkg::RuleEntryEventWidth;
  localparam int unsigned Groups = overlay_isa_pkg::RuleEntryInvertWidth;
  localparam int unsigned ActBits = overlay_core_pkg::RuleActBits;

  logic [5:1] valid_q;                                   // index: t+1 to t+5
  logic bank1_q, bank2_q;
  always_ff @(posedge clk_i) begin
    valid_q <= {valid_q[4:1], valid_i};
    {bank2_q, bank1_q} <= {bank1_q, bank_i};
    if (!rst_ni) valid_q <= '0;
  end

  // t to t+3: memories, groups
  logic [Slots-1:0] match4_q, terminal3_q, terminal4_q;
  logic [ActBits*Slots-1:0] act2;
  logic [32*Slots-1:0] argument2, argument3_q, argument4_q, argument5_q;
  logic [ActBits*Slots-1:0] act3_q, act4_q, act5_q;
  for (genvar s = 0; s < Slots; s++) begin : g_slot
    logic [EntryBits-1:0] mem [0:overlay_core_pkg::RuleRows-1];
    (* ram_style = "block" *) logic [1:0] visible_mem [0:overlay_core_pkg::RuleRows-1];
    logic [EntryBits-1:0] latch_q, entry_q;
    logic [1:0] visible_latch_q, visible_q;
    logic mine;
    assign mine = write_slot_i == SlotBits'(s);
    always_ff @(posedge clk_i) begin
      if (write_entry_i && mine) mem[write_index_i] <= write_data_i;
      if (valid_i) latch_q <= mem[index_i];
    end
    always_ff @(posedge clk_i) begin
      if ((write_entry_i || write_visible_i) && mine) visible_mem[write_index_i] <= visible_i;
      if (valid_i) visible_latch_q <= visible_mem[index_i];
    end

    logic [Groups-1:0] groups, groups3_q;
    logic of_list3_q;
    rule_compare u_compare (.enable_i(valid_q[2]), .entry_i(entry_q[KeyEntryBits-1:0]), .key_i, .groups_o(groups));
    always_ff @(posedge clk_i) begin
      if (valid_q[1]) begin
        entry_q <= latch_q;
        visible_q <= visible_latch_q;
      end
      if (valid_q[2]) begin
        groups3_q <= groups ^ entry_q[overlay_isa_pkg::RuleEntryInvertLsb +: Groups];
        of_list3_q <= visible_q[bank2_q] && entry_q[overlay_isa_pkg::RuleEntryListLsb +: 8] == list_i;
        terminal3_q[s] <= entry_q[overlay_isa_pkg::RuleEntryTerminalLsb];
      end
      if (valid_q[3]) match4_q[s] <= of_list3_q && &groups3_q;
    end
    assign argument2[32*s +: 32] = entry_q[overlay_isa_pkg::RuleEntryArgumentLsb +: 32];
    rule_act u_act (.entry_i(entry_q), .act_o(act2[ActBits*s +: ActBits]));
  end

  // t+2: the order of the entries, which waits for their matches
  logic [Slots*Slots-1:0] precedes, precedes3_q, precedes4_q;
  always_comb begin
    precedes = 'x;
    if (valid_q[2]) begin
      precedes = '0;
      for (int unsigned i = 0; i < Slots; i++) begin
        for (int unsigned j = i + 1; j < Slots; j++) begin
          if (act2[ActBits*i +: 24] < act2[ActBits*j +: 24]) precedes[Slots*i + j] = 1'b1;
          else precedes[Slots*j + i] = 1'b1;
        end
      end
    end
  end
  always_ff @(posedge clk_i) begin
    if (valid_q[2]) begin
      precedes3_q <= precedes;
      act3_q <= act2;
      argument3_q <= argument2;
    end
    if (valid_q[3]) begin
      precedes4_q <= precedes3_q;
      act4_q <= act3_q;
      argument4_q <= argument3_q;
      terminal4_q <= terminal3_q;
    end
    if (valid_q[4]) begin
      act5_q <= act4_q;
      argument5_q <= argument4_q;
    end
  end

  // t+4: picks; t+5: what they do
  logic [Slots-1:0] first, first5_q;
  logic [4*Slots-1:0] others, others5_q;
  rule_pick #(.Count(Slots), .HasOthers(HasOthers)) u_pick (
    .enable_i(valid_q[4]), .match_i(match4_q), .terminal_i(terminal4_q), .precedes_i(precedes4_q), .terminal_o(first), .others_o(others)
  );
  // By their numbers: a choice among four is one LUT a bit, an and-or of four bits two.
  localparam int unsigned StrideBits = $clog2(ActBits);
  localparam int unsigned Stride = 1 << StrideBits;
  logic [Stride*Slots-1:0] acts;
  logic [SlotBits-1:0] first_number, number0, number1, number2, number3;
  logic [ActBits-1:0] act_first, act0, act1, act2nd;
  logic [31:0] argument;
  logic [23:0] label3rd;
  always_comb begin
    acts = 'x;
    first_number = 'x;
    number0 = 'x;
    number1 = 'x;
    number2 = 'x;
    number3 = 'x;
    act_first = 'x;
    argument = 'x;
    act0 = 'x;
    act1 = 'x;
    act2nd = 'x;
    label3rd = 'x;
    if (valid_q[5]) begin
      first_number = '0;
      number0 = '0;
      number1 = '0;
      number2 = '0;
      number3 = '0;
      for (int unsigned s = 0; s < Slots; s++) begin
        first_number = first_number | (SlotBits'(s) & {SlotBits{first5_q[s]}});
        if (HasOthers) begin
          number0 = number0 | (SlotBits'(s) & {SlotBits{others5_q[s]}});
          number1 = number1 | (SlotBits'(s) & {SlotBits{others5_q[Slots + s]}});
          number2 = number2 | (SlotBits'(s) & {SlotBits{others5_q[2*Slots + s]}});
          number3 = number3 | (SlotBits'(s) & {SlotBits{others5_q[3*Slots + s]}});
        end
      end
      for (int unsigned s = 0; s < Slots; s++) acts[Stride*s +: Stride] = Stride'(act5_q[ActBits*s +: ActBits]);
      act_first = acts[{first_number, StrideBits'(0)} +: ActBits];
      argument = argument5_q[{first_number, 5'd0} +: 32];
      if (HasOthers) begin
        act0 = acts[{number0, StrideBits'(0)} +: ActBits];
        act1 = acts[{number1, StrideBits'(0)} +: ActBits];
        act2nd = acts[{number2, StrideBits'(0)} +: ActBits];
        label3rd = acts[{number3, StrideBits'(0)} +: 24];
      end
    end
  end
  always_ff @(posedge clk_i) begin
    if (valid_q[4]) begin
      first5_q <= first;
      others5_q <= others;
    end
    terminal_valid_o <= valid_q[5] && |first5_q;
    if (valid_q[5]) begin
      terminal_o <= act_first;
      argument_o <= argument;
    end
  end
  if (HasOthers) begin : g_others
    always_ff @(posedge clk_i) begin
      for (int unsigned k = 0; k < 4; k++) other_valid_o[k] <= valid_q[5] && |others5_q[Slots*k +: Slots];
      if (valid_q[5]) begin
        other0_o <= act0;
        other1_o <= act1;
        other2_o <= act2nd;
        other3_label_o <= label3rd;
      end
    end
  end else begin : g_terminal_only
    assign other_valid_o = '0;
    assign other0_o = '0;
    assign other1_o = '0;
    assign other2_o = '0;
    assign other3_label_o = '0;
  end
endmodule
`default_nettype wire
