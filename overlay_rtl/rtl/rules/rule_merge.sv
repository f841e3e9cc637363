// Of what each tree and overflow found: the first terminal entry, and the first three others before it.
//
//   clock  t       t+1      t+2    t+3
//          inputs  compared ranks  what is carried out
`default_nettype none
module rule_merge (
  input  wire logic clk_i,
  input  wire logic rst_ni,
  input  wire logic valid_i,
  input  wire logic [Sources-1:0] terminal_valid_i,
  input  wire logic [Sources*ActBits-1:0] terminal_i,
  input  wire logic [Sources*32-1:0] argument_i,
  input  wire logic [Sources*4-1:0] other_valid_i,       // of each source in order, the fourth has only a label
  input  wire logic [Sources*3*ActBits-1:0] other_i,
  input  wire logic [Sources*24-1:0] fourth_label_i,
  output      logic terminal_valid_o,
  output      overlay_core_pkg::rule_act_t terminal_o,
  output      logic [31:0] argument_o,
  output      logic [2:0] other_valid_o,
  output      overlay_core_pkg::rule_act_t other0_o,
  output      overlay_core_pkg::rule_act_t other1_o,
  output      overlay_core_pkg::rule_act_t other2_o,
  output      logic lost_o                               // a fourth one came before the terminal entry
);
  localparam int unsigned Sources = overlay_core_pkg::RuleTrees + 1;
  localparam int unsigned Others = 3 * Sources;
  localparam int unsigned ActBits = overlay_core_pkg::RuleActBits;

  // t: labels against labels
  logic [Others-1:0] valid, valid1_q;
  logic [Sources*Others-1:0] before_terminal, before_terminal1_q;   // other o comes before terminal s, or s is none
  logic [Sources-1:0] terminal_first;
  logic [Sources*Sources-1:0] terminal_before;           // terminal s is there and comes before terminal r
  logic [Others*Others-1:0] precedes, precedes1_q;           // other i is there and comes before j
  logic [Sources*Sources-1:0] fourth_before, fourth_before1_q;      // the fourth of r is there and comes before terminal s
  for (genvar s = 0; s < Sources; s++) begin : g_source
    for (genvar i = 0; i < 3; i++) begin : g_valid
      assign valid[3*s + i] = other_valid_i[4*s + i];
    end
    for (genvar r = 0; r < Sources; r++) begin : g_terminal
      if (r == s) assign terminal_before[Sources*s + r] = 1'b0;
      else assign terminal_before[Sources*s + r] = terminal_valid_i[s]
          && (!terminal_valid_i[r] || terminal_i[ActBits*s +: 24] < terminal_i[ActBits*r +: 24]);
      assign fourth_before[Sources*s + r] = other_valid_i[4*r + 3]
          && (!terminal_valid_i[s] || fourth_label_i[24*r +: 24] < terminal_i[ActBits*s +: 24]);
    end
    for (genvar o = 0; o < Others; o++) begin : g_other
      assign before_terminal[Others*s + o] = other_valid_i[4*(o/3) + o%3]
          && (!terminal_valid_i[s] || other_i[ActBits*o +: 24] < terminal_i[ActBits*s +: 24]);
    end
  end
  for (genvar i = 0; i < Others; i++) begin : g_first
    for (genvar j = 0; j < Others; j++) begin : g_second
      if (i / 3 == j / 3) assign precedes[Others*i + j] = i < j && valid[i];
      else if (i < j) assign precedes[Others*i + j] = valid[i] && other_i[ActBits*i +: 24] < other_i[ActBits*j +: 24];
      else assign precedes[Others*i + j] = valid[i] && !(other_i[ActBits*j +: 24] < other_i[ActBits*i +: 24]);
    end
  end
  always_comb begin
    for (int unsigned s = 0; s < Sources; s++) begin
      terminal_first[s] = terminal_valid_i[s];
      for (int unsigned r = 0; r < Sources; r++) begin
        if (r != s && terminal_valid_i[r] && terminal_before[Sources*r + s]) terminal_first[s] = 1'b0;
      end
    end
  end
  logic valid1_stage_q, valid2_stage_q, terminal_valid1_q, terminal_valid2_q;
  logic [Sources-1:0] first1_q, first2_q;
  logic [Sources*ActBits-1:0] terminal1_q, terminal2_q;
  logic [Sources*32-1:0] argument1_q, argument2_q;
  logic [Others*ActBits-1:0] other1_q, other2_q;
  always_ff @(posedge clk_i) begin
    valid1_stage_q <= valid_i;
    valid2_stage_q <= valid1_stage_q;
    if (valid_i) begin
      first1_q <= terminal_first;
      terminal_valid1_q <= |terminal_valid_i;
      before_terminal1_q <= before_terminal;
      fourth_before1_q <= fourth_before;
      precedes1_q <= precedes;
      valid1_q <= valid;
      terminal1_q <= terminal_i;
      argument1_q <= argument_i;
      other1_q <= other_i;
    end
    if (!rst_ni) begin
      valid1_stage_q <= 1'b0;
      valid2_stage_q <= 1'b0;
    end
  end

  // t+1: those before the terminal entry that wins, and their ranks
  logic [Others-1:0] counted, rank0, rank1, rank2, rank0_q, rank1_q, rank2_q;
  logic lost, lost2_q;
  always_comb begin
    counted = terminal_valid1_q ? '0 : valid1_q;
    lost = 1'b0;
    for (int unsigned s = 0; s < Sources; s++) begin
      if (first1_q[s]) begin
        counted = counted | before_terminal1_q[Others*s +: Others];
        lost = lost | (|fourth_before1_q[Sources*s +: Sources]);
      end
    end
    // Without any terminal entry, the comparisons with an absent one hold: those with source 0 serve.
    if (!terminal_valid1_q) lost = |fourth_before1_q[0 +: Sources];
    for (int unsigned j = 0; j < Others; j++) begin
      logic [3:0] rank;
      rank = '0;
      for (int unsigned i = 0; i < Others; i++) rank = rank + {3'd0, precedes1_q[Others*i + j]};
      rank0[j] = counted[j] && rank == 4'd0;
      rank1[j] = counted[j] && rank == 4'd1;
      rank2[j] = counted[j] && rank == 4'd2;
      if (counted[j] && rank > 4'd2) lost = 1'b1;
    end
  end
  always_ff @(posedge clk_i) begin
    if (valid1_stage_q) begin
      first2_q <= first1_q;
      terminal_valid2_q <= terminal_valid1_q;
      rank0_q <= rank0;
      rank1_q <= rank1;
      rank2_q <= rank2;
      lost2_q <= lost;
      terminal2_q <= terminal1_q;
      argument2_q <= argument1_q;
      other2_q <= other1_q;
    end
  end

  // t+2: what they do
  logic [ActBits-1:0] terminal, other0, other1, other2;
  logic [31:0] argument;
  always_comb begin
    terminal = '0;
    argument = '0;
    other0 = '0;
    other1 = '0;
    other2 = '0;
    for (int unsigned s = 0; s < Sources; s++) begin
      terminal = terminal | (terminal2_q[ActBits*s +: ActBits] & {ActBits{first2_q[s]}});
      argument = argument | (argument2_q[32*s +: 32] & {32{first2_q[s]}});
    end
    for (int unsigned o = 0; o < Others; o++) begin
      other0 = other0 | (other2_q[ActBits*o +: ActBits] & {ActBits{rank0_q[o]}});
      other1 = other1 | (other2_q[ActBits*o +: ActBits] & {ActBits{rank1_q[o]}});
      other2 = other2 | (other2_q[ActBits*o +: ActBits] & {ActBits{rank2_q[o]}});
    end
  end
  always_ff @(posedge clk_i) begin
    terminal_valid_o <= valid2_stage_q && terminal_valid2_q;
    other_valid_o <= {|rank2_q, |rank1_q, |rank0_q} & {3{valid2_stage_q}};
    lost_o <= valid2_stage_q && lost2_q;
    if (valid2_stage_q) begin
      terminal_o <= terminal;
      argument_o <= argument;
      other0_o <= other0;
      other1_o <= other1;
      other2_o <= other2;
    end
  end
endmodule
`default_nettype wire
