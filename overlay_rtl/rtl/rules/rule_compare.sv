// Compares one entry with a key, group by group (enum RuleGroup); combinational.
`default_nettype none
module rule_compare (
  input  wire logic enable_i,                            // without it the groups do not matter
  input  wire logic [64*overlay_isa_pkg::RuleKeyWords-1:0] entry_i,   // {mask, value} of each key word, word 0 lowest
  input  wire logic [32*overlay_isa_pkg::RuleKeyWords-1:0] key_i,
  output      logic [overlay_isa_pkg::RuleEntryInvertWidth-1:0] groups_o
);
  localparam int unsigned Words = overlay_isa_pkg::RuleKeyWords;
  localparam int unsigned Range = overlay_isa_pkg::RuleRangeWord;

  logic [Words-1:0] same;                                // of the ternary words
  logic [3:0] in_range;                                  // of the four ranges
  for (genvar w = 0; w < Words; w++) begin : g_word
    if (w == Range || w == Range + 1) begin : g_range
      assign same[w] = 1'b1;
    end else begin : g_ternary
      rule_ternary u_ternary (.enable_i, .key_i(key_i[32*w +: 32]), .value_i(entry_i[64*w +: 32]), .mask_i(entry_i[64*w + 32 +: 32]), .same_o(same[w]));
    end
  end
  always_comb begin
    in_range = 'x;
    groups_o = 'x;
    if (enable_i) begin
      for (int unsigned h = 0; h < 4; h++) begin
        in_range[h] = entry_i[64*(Range + h/2) + 16*(h%2) +: 16] <= key_i[32*Range + 16*h +: 16]
            && key_i[32*Range + 16*h +: 16] <= entry_i[64*(Range + h/2) + 32 + 16*(h%2) +: 16];
      end
      groups_o[overlay_isa_pkg::RuleGroupSrc] = &same[3:0];
      groups_o[overlay_isa_pkg::RuleGroupDst] = &same[7:4];
      groups_o[overlay_isa_pkg::RuleGroupRange8Low +: 4] = in_range;
      groups_o[overlay_isa_pkg::RuleGroupWord10 +: 4] = same[13:10];
    end
  end
endmodule
`default_nettype wire
