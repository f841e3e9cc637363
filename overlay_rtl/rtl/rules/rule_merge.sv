// Of what each tree and overflow found: the first terminal entry, and the first three others before it.
//
//   clock  t                              t+1                            t+2    t+3
//          terminal entries against each  others against the terminal    ranks  what is carried out
//          other, others against others   entry that comes first
//
// Tree 0 and overflow give others, each in order, the fourth only by its label: it is not carried out, but tells that there
// is one.
`default_nettype none
module rule_merge (
  input  wire logic clk_i,
  input  wire logic rst_ni,
  input  wire logic valid_i,
  input  wire logic [Sources-1:0] terminal_valid_i,
  input  wire logic [Sources*ActBits-1:0] terminal_i,
  input  wire logic [Sources*32-1:0] argument_i,
  input  wire logic [OtherSources*4-1:0] other_valid_i,
  input  wire logic [OtherSources*3*ActBits-1:0] other_i,
  input  wire logic [OtherSources*24-1:0] fourth_label_i,
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
  localparam int unsigned OtherSources = 2;
  localparam int unsigned Others = 3 * OtherSources;
  localparam int unsigned ActBits = overlay_core_pkg::RuleActBits;

  logic valid1_q, valid2_q, valid3_q;
  always_ff @(posedge clk_i) begin
    {valid3_q, valid2_q, valid1_q} <= {valid2_q, valid1_q, valid_i};
    if (!rst_ni) {valid3_q, valid2_q, valid1_q} <= '0;
  end

  // t: labels against labels
  logic [Sources-1:0] first, first1_q, first2_q, first3_q;       // the terminal entry that comes first
  logic [Others-1:0] there, there1_q;
  logic [Others*Others-1:0] precedes, precedes1_q, precedes2_q;  // other i is there and comes before j
  always_comb begin
    first = 'x;
    there = 'x;
    precedes = 'x;
    if (valid_i) begin
      first = terminal_valid_i;
      for (int unsigned s = 0; s < Sources; s++) begin
        for (int unsigned r = s + 1; r < Sources; r++) begin
          if (terminal_valid_i[s] && terminal_valid_i[r]) begin
            if (terminal_i[ActBits*s +: 24] < terminal_i[ActBits*r +: 24]) first[r] = 1'b0;
            else first[s] = 1'b0;
          end
        end
      end
      for (int unsigned o = 0; o < Others; o++) there[o] = other_valid_i[4*(o/3) + o%3];
      for (int unsigned i = 0; i < Others; i++) begin
        for (int unsigned j = i; j < Others; j++) begin
          if (i / 3 == j / 3) begin
            precedes[Others*i + j] = i != j && there[i];
            precedes[Others*j + i] = 1'b0;
          end else if (other_i[ActBits*i +: 24] < other_i[ActBits*j +: 24]) begin
            precedes[Others*i + j] = there[i];
            precedes[Others*j + i] = 1'b0;
          end else begin
            precedes[Others*i + j] = 1'b0;
            precedes[Others*j + i] = there[j];
          end
        end
      end
    end
  end
  logic [Sources*ActBits-1:0] terminal1_q, terminal2_q, terminal3_q;
  logic [Sources*32-1:0] argument1_q, argument2_q, argument3_q;
  logic [Others*ActBits-1:0] other1_q, other2_q, other3_q;
  logic [OtherSources-1:0] fourth1_q;
  logic [OtherSources*24-1:0] fourth_label1_q;
  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      first1_q <= first;
      there1_q <= there;
      precedes1_q <= precedes;
      terminal1_q <= terminal_i;
      argument1_q <= argument_i;
      other1_q <= other_i;
      fourth_label1_q <= fourth_label_i;
      for (int unsigned s = 0; s < OtherSources; s++) fourth1_q[s] <= other_valid_i[4*s + 3];
    end
  end

  // t+1: who comes before that terminal entry; without one, everybody
  logic [23:0] border;
  logic [Others-1:0] earlier, earlier2_q;
  logic fourth_earlier, fourth_earlier2_q;
  always_comb begin
    border = 'x;
    earlier = 'x;
    fourth_earlier = 'x;
    if (valid1_q) begin
      border = {24{first1_q == '0}};
      for (int unsigned s = 0; s < Sources; s++) border = border | (terminal1_q[ActBits*s +: 24] & {24{first1_q[s]}});
      for (int unsigned o = 0; o < Others; o++) earlier[o] = there1_q[o] && (first1_q == '0 || other1_q[ActBits*o +: 24] < border);
      fourth_earlier = 1'b0;
      for (int unsigned s = 0; s < OtherSources; s++) begin
        if (fourth1_q[s] && (first1_q == '0 || fourth_label1_q[24*s +: 24] < border)) fourth_earlier = 1'b1;
      end
    end
  end
  always_ff @(posedge clk_i) begin
    if (valid1_q) begin
      first2_q <= first1_q;
      earlier2_q <= earlier;
      fourth_earlier2_q <= fourth_earlier;
      precedes2_q <= precedes1_q;
      terminal2_q <= terminal1_q;
      argument2_q <= argument1_q;
      other2_q <= other1_q;
    end
  end

  // t+2: their ranks
  logic [Others-1:0] rank0, rank1, rank2, rank0_q, rank1_q, rank2_q;
  logic [3:0] rank;
  logic lost, lost3_q;
  always_comb begin
    rank0 = 'x;
    rank1 = 'x;
    rank2 = 'x;
    rank = 'x;
    lost = 'x;
    if (valid2_q) begin
      lost = fourth_earlier2_q;
      for (int unsigned j = 0; j < Others; j++) begin
        rank = '0;
        for (int unsigned i = 0; i < Others; i++) rank = rank + {3'd0, precedes2_q[Others*i + j]};
        rank0[j] = earlier2_q[j] && rank == 4'd0;
        rank1[j] = earlier2_q[j] && rank == 4'd1;
        rank2[j] = earlier2_q[j] && rank == 4'd2;
        if (earlier2_q[j] && rank > 4'd2) lost = 1'b1;
      end
    end
  end
  always_ff @(posedge clk_i) begin
    if (valid2_q) begin
      first3_q <= first2_q;
      rank0_q <= rank0;
      rank1_q <= rank1;
      rank2_q <= rank2;
      lost3_q <= lost;
      terminal3_q <= terminal2_q;
      argument3_q <= argument2_q;
      other3_q <= other2_q;
    end
  end

  // t+3: what they do
  logic [ActBits-1:0] terminal, other0, other1, other2;
  logic [31:0] argument;
  always_comb begin
    terminal = 'x;
    argument = 'x;
    other0 = 'x;
    other1 = 'x;
    other2 = 'x;
    if (valid3_q) begin
      terminal = '0;
      argument = '0;
      other0 = '0;
      other1 = '0;
      other2 = '0;
      for (int unsigned s = 0; s < Sources; s++) begin
        terminal = terminal | (terminal3_q[ActBits*s +: ActBits] & {ActBits{first3_q[s]}});
        argument = argument | (argument3_q[32*s +: 32] & {32{first3_q[s]}});
      end
      // Each source gives its entries in order: its n-th has at least rank n.
      for (int unsigned o = 0; o < Others; o++) begin
        if (o % 3 == 0) other0 = other0 | (other3_q[ActBits*o +: ActBits] & {ActBits{rank0_q[o]}});
        if (o % 3 <= 1) other1 = other1 | (other3_q[ActBits*o +: ActBits] & {ActBits{rank1_q[o]}});
        other2 = other2 | (other3_q[ActBits*o +: ActBits] & {ActBits{rank2_q[o]}});
      end
    end
  end
  always_ff @(posedge clk_i) begin
    terminal_valid_o <= valid3_q && |first3_q;
    other_valid_o <= {|rank2_q, |rank1_q, |rank0_q} & {3{valid3_q}};
    lost_o <= valid3_q && lost3_q;
    if (valid3_q) begin
      terminal_o <= terminal;
      argument_o <= argument;
      other0_o <= other0;
      other1_o <= other1;
      other2_o <= other2;
    end
  end
endmodule
`default_nettype wire
