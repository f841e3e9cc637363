// The overflow entries: compared all at once by memories of match bits, picked from sixteen by sixteen.
//
//   clock  t    t+1    t+2         t+3     t+4      t+5              t+6      t+7     t+8     t+9
//          key  latch  match bits  groups  matches  picks of each    numbers  labels  memory  what the picked entries do
//                                                   sixteen entries
//
// Within sixteen entries software says who comes before whom, among the picks of all sixteens labels do: one order of all
// would take twice the LUTs of the whole choice.
//
// Writing an entry takes two clocks an address of the widest slice; `busy_o` says so. Until then the entry must be
// invisible, or written as it was.
`default_nettype none
module rule_overflow (
  input  wire logic clk_i,
  input  wire logic rst_ni,
  input  wire logic valid_i,                             // a lookup is at clock t
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
  input  wire logic write_order_i,
  input  wire logic [IndexBits-1:0] write_index_i,
  input  wire logic [EntryBits-1:0] write_data_i,        // an order in its low bits
  input  wire logic [1:0] visible_i,
  output      logic busy_o
);
  localparam int unsigned Entries = overlay_core_pkg::RuleOverflow;
  localparam int unsigned Some = overlay_isa_pkg::RuleOverflowOrdered;
  localparam int unsigned Sixteens = Entries / Some;
  localparam int unsigned SomeBits = $clog2(overlay_isa_pkg::RuleOverflowOrdered);
  localparam int unsigned IndexBits = $clog2(overlay_core_pkg::RuleOverflow);
  localparam int unsigned EntryBits = overlay_isa_pkg::RuleEntryEventLsb + overlay_isa_pkg::RuleEntryEventWidth;
  localparam int unsigned ActBits = overlay_core_pkg::RuleActBits;
  localparam int unsigned Groups = overlay_isa_pkg::RuleEntryInvertWidth;
  localparam int unsigned Range = 64 * overlay_isa_pkg::RuleRangeWord;
  localparam int unsigned SliceBits = 10;
  localparam int unsigned WideSlices = 13;               // of a group of 128 bits, the last one of eight
  localparam int unsigned WordSlices = 4;                // of a word, eight bits each

  // Writing an entry: a counter over the addresses, read in even clocks and written in odd ones.
  logic [EntryBits-1:0] entry_q;
  logic [IndexBits-4:0] byte_q;
  logic [7:0] which_q;
  logic [SliceBits:0] sweep_q;
  logic [SliceBits-1:0] addr;
  logic update;
  always_ff @(posedge clk_i) begin
    if (write_entry_i) begin
      entry_q <= write_data_i;
      byte_q <= write_index_i[IndexBits-1:3];
      which_q <= 8'd1 << write_index_i[2:0];
      busy_o <= 1'b1;
      sweep_q <= '0;
    end else if (busy_o) begin
      sweep_q <= sweep_q + (SliceBits+1)'(1);
      if (&sweep_q) busy_o <= 1'b0;
    end
    if (!rst_ni) busy_o <= 1'b0;
  end
  assign addr = sweep_q[SliceBits:1];
  assign update = busy_o && sweep_q[0];

  // t to t+3: match bits. Each group is the and of its slices.
  logic [8:1] valid_q;
  always_ff @(posedge clk_i) begin
    valid_q <= {valid_q[7:1], valid_i};
    if (!rst_ni) valid_q <= '0;
  end
  logic [Entries*Groups-1:0] groups, groups3_q;          // a group's bits for all entries together
  for (genvar g = 0; g < 2; g++) begin : g_wide
    logic [Entries*WideSlices-1:0] bits;
    logic [127:0] key, value, mask;
    assign key = key_i[128*g +: 128];
    for (genvar w = 0; w < 4; w++) begin : g_word
      assign value[32*w +: 32] = entry_q[256*g + 64*w +: 32];
      assign mask[32*w +: 32] = entry_q[256*g + 64*w + 32 +: 32];
    end
    for (genvar s = 0; s < WideSlices; s++) begin : g_slice
      localparam int unsigned Width = s == WideSlices - 1 ? 128 - SliceBits * (WideSlices - 1) : SliceBits;
      logic accepts;
      always_comb begin
        accepts = 'x;
        if (update) accepts = ((addr[Width-1:0] ^ value[SliceBits*s +: Width]) & mask[SliceBits*s +: Width]) == '0;
      end
      rule_slice #(.AddrBits(Width), .Entries(Entries)) u_slice (
        .clk_i, .lookup_i(valid_i), .lookup_next_i(valid_q[1]), .lookup_addr_i(key[SliceBits*s +: Width]), .match_o(bits[Entries*s +: Entries]),
        .busy_i(busy_o), .update_i(update), .update_addr_i(addr[Width-1:0]), .update_byte_i(byte_q), .update_which_i(which_q), .update_bit_i(accepts)
      );
    end
    always_comb begin
      groups[Entries*g +: Entries] = 'x;
      if (valid_q[2]) begin
        groups[Entries*g +: Entries] = '1;
        for (int unsigned s = 0; s < WideSlices; s++) groups[Entries*g +: Entries] = groups[Entries*g +: Entries] & bits[Entries*s +: Entries];
      end
    end
  end
  for (genvar h = 0; h < 4; h++) begin : g_range
    // Within the range: above its lower end, or level with it in the high byte and not below it in the low one; and so
    // for the upper end. What each slice asks of its byte of the key, in this order.
    localparam int unsigned Asks = 6;
    logic [15:0] key, low, high;
    logic [Asks-1:0] accepts;
    logic [Entries*Asks-1:0] bits;
    assign key = key_i[32*overlay_isa_pkg::RuleRangeWord + 16*h +: 16];
    assign low = entry_q[Range + 64*(h/2) + 16*(h%2) +: 16];
    assign high = entry_q[Range + 64*(h/2) + 32 + 16*(h%2) +: 16];
    always_comb begin
      accepts = 'x;
      if (update) begin
        accepts = {addr[7:0] <= high[7:0], addr[7:0] >= low[7:0], addr[7:0] == high[15:8], addr[7:0] < high[15:8], addr[7:0] == low[15:8], addr[7:0] > low[15:8]};
      end
    end
    for (genvar s = 0; s < Asks; s++) begin : g_slice
      rule_slice #(.AddrBits(8), .Entries(Entries)) u_slice (
        .clk_i, .lookup_i(valid_i), .lookup_next_i(valid_q[1]), .lookup_addr_i(s < 4 ? key[15:8] : key[7:0]), .match_o(bits[Entries*s +: Entries]),
        .busy_i(busy_o), .update_i(update), .update_addr_i(addr[7:0]), .update_byte_i(byte_q), .update_which_i(which_q), .update_bit_i(accepts[s])
      );
    end
    always_comb begin
      groups[Entries*(32'(overlay_isa_pkg::RuleGroupRange8Low) + h) +: Entries] = 'x;
      if (valid_q[2]) begin
        groups[Entries*(32'(overlay_isa_pkg::RuleGroupRange8Low) + h) +: Entries] =
            (bits[0 +: Entries] | bits[Entries +: Entries] & bits[4*Entries +: Entries])
            & (bits[2*Entries +: Entries] | bits[3*Entries +: Entries] & bits[5*Entries +: Entries]);
      end
    end
  end
  for (genvar w = 0; w < 4; w++) begin : g_word
    logic [Entries*WordSlices-1:0] bits;
    logic [31:0] value, mask;
    assign value = entry_q[64*(10 + w) +: 32];
    assign mask = entry_q[64*(10 + w) + 32 +: 32];
    for (genvar s = 0; s < WordSlices; s++) begin : g_slice
      logic accepts;
      always_comb begin
        accepts = 'x;
        if (update) accepts = ((addr[7:0] ^ value[8*s +: 8]) & mask[8*s +: 8]) == '0;
      end
      rule_slice #(.AddrBits(8), .Entries(Entries)) u_slice (
        .clk_i, .lookup_i(valid_i), .lookup_next_i(valid_q[1]), .lookup_addr_i(key_i[32*(10 + w) + 8*s +: 8]), .match_o(bits[Entries*s +: Entries]),
        .busy_i(busy_o), .update_i(update), .update_addr_i(addr[7:0]), .update_byte_i(byte_q), .update_which_i(which_q), .update_bit_i(accepts)
      );
    end
    always_comb begin
      groups[Entries*(32'(overlay_isa_pkg::RuleGroupWord10) + w) +: Entries] = 'x;
      if (valid_q[2]) begin
        groups[Entries*(32'(overlay_isa_pkg::RuleGroupWord10) + w) +: Entries] =
            bits[0 +: Entries] & bits[Entries +: Entries] & bits[2*Entries +: Entries] & bits[3*Entries +: Entries];
      end
    end
  end
  logic list_accepts;
  logic [Entries-1:0] of_list, of_list3_q;
  assign list_accepts = addr[7:0] == entry_q[overlay_isa_pkg::RuleEntryListLsb +: 8];
  rule_slice #(.AddrBits(8), .Entries(Entries)) u_list (
    .clk_i, .lookup_i(valid_i), .lookup_next_i(valid_q[1]), .lookup_addr_i(list_i), .match_o(of_list),
    .busy_i(busy_o), .update_i(update), .update_addr_i(addr[7:0]), .update_byte_i(byte_q), .update_which_i(which_q), .update_bit_i(list_accepts)
  );

  // What is known of each entry besides. Loops and no indexed writes, which would be choices before the bits.
  logic [Entries-1:0] visible0_q, visible1_q, terminal_q;
  logic [Entries*Groups-1:0] invert_q;                   // as `groups`
  logic [Entries*Some-1:0] precedes_q;                   // each entry's order among its sixteen
  always_ff @(posedge clk_i) begin
    for (int unsigned e = 0; e < Entries; e++) begin
      if (IndexBits'(e) == write_index_i) begin
        if (write_entry_i || write_visible_i) {visible1_q[e], visible0_q[e]} <= visible_i;
        if (write_order_i) precedes_q[Some*e +: Some] <= write_data_i[Some-1:0];
        if (write_entry_i) begin
          terminal_q[e] <= write_data_i[overlay_isa_pkg::RuleEntryTerminalLsb];
          for (int unsigned g = 0; g < Groups; g++) invert_q[Entries*g + e] <= write_data_i[overlay_isa_pkg::RuleEntryInvertLsb + g];
        end
      end
    end
    if (!rst_ni) begin
      visible0_q <= '0;
      visible1_q <= '0;
    end
  end

  logic bank1_q, bank2_q, bank3_q;
  logic [Entries-1:0] match, match4_q;
  always_comb begin
    match = 'x;
    if (valid_q[3]) begin
      match = of_list3_q & (bank3_q ? visible1_q : visible0_q);
      for (int unsigned g = 0; g < Groups; g++) match = match & (groups3_q[Entries*g +: Entries] ^ invert_q[Entries*g +: Entries]);
    end
  end
  always_ff @(posedge clk_i) begin
    {bank1_q, bank2_q, bank3_q} <= {bank_i, bank1_q, bank2_q};
    if (valid_q[2]) begin
      groups3_q <= groups;
      of_list3_q <= of_list;
    end
    if (valid_q[3]) match4_q <= match;
  end

  // t+4: picks of each sixteen; t+5: their numbers; t+6: their labels. Others than terminal ones lie in the first sixteen.
  localparam int unsigned Others = overlay_isa_pkg::RuleOverflowContinuing;
  logic [4*Others-1:0] others5_q;
  logic [Sixteens-1:0] found6_q, found7_q;
  logic [Sixteens*SomeBits-1:0] first6_q, first7_q;
  logic [Sixteens*24-1:0] label7_q;
  for (genvar g = 0; g < Sixteens; g++) begin : g_sixteen
    logic [Some-1:0] first, first5_q;
    logic [4*Some-1:0] others;
    rule_pick #(.Count(Some), .HasOthers(g == 0)) u_pick (
      .enable_i(valid_q[4]), .match_i(match4_q[Some*g +: Some]), .terminal_i(terminal_q[Some*g +: Some]),
      .precedes_i(precedes_q[Some*Some*g +: Some*Some]), .terminal_o(first), .others_o(others)
    );
    logic [SomeBits-1:0] number;
    always_comb begin
      number = 'x;
      if (valid_q[5]) begin
        number = '0;
        for (int unsigned e = 0; e < Some; e++) number = number | (SomeBits'(e) & {SomeBits{first5_q[e]}});
      end
    end
    logic [23:0] label_mem [0:Some-1];
    always_ff @(posedge clk_i) begin
      if (write_entry_i && write_index_i[IndexBits-1:SomeBits] == (IndexBits-SomeBits)'(g)) begin
        label_mem[write_index_i[SomeBits-1:0]] <= write_data_i[overlay_isa_pkg::RuleEntryLabelLsb +: 24];
      end
    end
    always_ff @(posedge clk_i) begin
      if (valid_q[4]) first5_q <= first;
      if (valid_q[5]) begin
        found6_q[g] <= |first5_q;
        first6_q[SomeBits*g +: SomeBits] <= number;
      end
      if (valid_q[6]) begin
        found7_q[g] <= found6_q[g];
        first7_q[SomeBits*g +: SomeBits] <= first6_q[SomeBits*g +: SomeBits];
        label7_q[24*g +: 24] <= label_mem[first6_q[SomeBits*g +: SomeBits]];
      end
    end
    if (g == 0) begin : g_others
      always_ff @(posedge clk_i) begin
        if (valid_q[4]) others5_q <= others;
      end
    end
  end

  // t+7: the pick with the lowest label
  logic [Sixteens-1:0] lowest;
  logic [IndexBits-1:0] first, first8_q;
  logic first_valid8_q;
  always_comb begin
    lowest = 'x;
    first = 'x;
    if (valid_q[7]) begin
      lowest = found7_q;
      for (int unsigned g = 0; g < Sixteens; g++) begin
        for (int unsigned h = g + 1; h < Sixteens; h++) begin
          if (found7_q[g] && found7_q[h]) begin
            if (label7_q[24*g +: 24] < label7_q[24*h +: 24]) lowest[h] = 1'b0;
            else lowest[g] = 1'b0;
          end
        end
      end
      first = '0;
      for (int unsigned g = 0; g < Sixteens; g++) first = first | ({(IndexBits-SomeBits)'(g), first7_q[SomeBits*g +: SomeBits]} & {IndexBits{lowest[g]}});
    end
  end

  // The numbers of the others wait for it.
  logic [3:0] others_valid6_q, others_valid7_q, others_valid8_q;
  logic [4*SomeBits-1:0] other, other6_q, other7_q, other8_q;
  always_comb begin
    other = 'x;
    if (valid_q[5]) begin
      other = '0;
      for (int unsigned k = 0; k < 4; k++) begin
        for (int unsigned e = 0; e < Others; e++) other[SomeBits*k +: SomeBits] = other[SomeBits*k +: SomeBits] | (SomeBits'(e) & {SomeBits{others5_q[Others*k + e]}});
      end
    end
  end
  always_ff @(posedge clk_i) begin
    if (valid_q[5]) begin
      for (int unsigned k = 0; k < 4; k++) others_valid6_q[k] <= |others5_q[Others*k +: Others];
      other6_q <= other;
    end
    if (valid_q[6]) {others_valid7_q, other7_q} <= {others_valid6_q, other6_q};
    if (valid_q[7]) begin
      {others_valid8_q, other8_q} <= {others_valid7_q, other7_q};
      first_valid8_q <= |found7_q;
      first8_q <= first;
    end
  end

  // t+8: memories of what they do, one a pick
  logic [ActBits-1:0] act_written;
  rule_act u_act (.entry_i(write_data_i), .act_o(act_written));
  logic [32+ActBits-1:0] first_mem [0:Entries-1];
  logic [ActBits-1:0] other0_mem [0:Others-1];
  logic [ActBits-1:0] other1_mem [0:Others-1];
  logic [ActBits-1:0] other2_mem [0:Others-1];
  logic [23:0] other3_mem [0:Others-1];
  logic write_other;
  assign write_other = write_entry_i && 32'(write_index_i) < Others;
  always_ff @(posedge clk_i) begin
    if (write_entry_i) first_mem[write_index_i] <= {write_data_i[overlay_isa_pkg::RuleEntryArgumentLsb +: 32], act_written};
    if (write_other) begin
      other0_mem[write_index_i[SomeBits-1:0]] <= act_written;
      other1_mem[write_index_i[SomeBits-1:0]] <= act_written;
      other2_mem[write_index_i[SomeBits-1:0]] <= act_written;
      other3_mem[write_index_i[SomeBits-1:0]] <= act_written[23:0];
    end
  end
  always_ff @(posedge clk_i) begin
    terminal_valid_o <= valid_q[8] && first_valid8_q;
    other_valid_o <= others_valid8_q & {4{valid_q[8]}};
    if (valid_q[8]) begin
      {argument_o, terminal_o} <= first_mem[first8_q];
      other0_o <= other0_mem[other8_q[0 +: SomeBits]];
      other1_o <= other1_mem[other8_q[SomeBits +: SomeBits]];
      other2_o <= other2_mem[other8_q[2*SomeBits +: SomeBits]];
      other3_label_o <= other3_mem[other8_q[3*SomeBits +: SomeBits]];
    end
  end
endmodule
`default_nettype wire
