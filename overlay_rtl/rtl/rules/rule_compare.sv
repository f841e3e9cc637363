// Compares one entry with a key, group by group (enum RuleGroup); combinational.
`default_nettype none
module rule_compare (
  input  wire logic [64*overlay_isa_pkg::RuleKeyWords-1:0] entry_i,   // {mask, value} of each key word, word 0 lowest
  input  wire logic [32*overlay_isa_pkg::RuleKeyWords-1:0] key_i,
  output      logic [overlay_isa_pkg::RuleEntryInvertWidth-1:0] groups_o
);
  localparam int unsigned Words = overlay_isa_pkg::RuleKeyWords;
  localparam int unsigned Range = overlay_isa_pkg::RuleRangeWord;

  logic [Words-1:0] same;                                // of the ternary words
  logic [3:0] in_range;                                    // of the four ranges
  for (genvar w = 0; w < Words; w++) begin : g_word
    if (w == Range || w == Range + 1) begin : g_range
      assign same[w] = 1'b1;
      for (genvar h = 0; h < 2; h++) begin : g_half
        logic [15:0] low, high, part;
        assign low = entry_i[64*w + 16*h +: 16];
        assign high = entry_i[64*w + 32 + 16*h +: 16];
        assign part = key_i[32*w + 16*h +: 16];
        assign in_range[2*(w - Range) + h] = low <= part && part <= high;
      end
    end else begin : g_ternary
      assign same[w] = ((key_i[32*w +: 32] ^ entry_i[64*w +: 32]) & entry_i[64*w + 32 +: 32]) == '0;
    end
  end
  assign groups_o[overlay_isa_pkg::RuleGroupSrc] = &same[3:0];
  assign groups_o[overlay_isa_pkg::RuleGroupDst] = &same[7:4];
  assign groups_o[overlay_isa_pkg::RuleGroupRange8Low +: 4] = in_range;
  assign groups_o[overlay_isa_pkg::RuleGroupWord10 +: 4] = same[13:10];
endmodule
`default_nettype wire
