// One lane of an ALU stage: sub-stage X computes sums, logic, shifts and raw flags; sub-stage W finishes what depends
// on the carry (comparisons, minimum, maximum), so that no clock holds both an adder and a selection by its carry.
`default_nettype none
module alu_lane #(
  parameter bit Full = 1'b1               // with shifter and multiplier
) (
  input  wire logic clk_i,
  // Sub-stage X: operands in registers.
  input  wire logic do_i,                 // without it nothing that leaves here matters
  input  wire overlay_core_pkg::alu_control_t control_i,
  input  wire logic [31:0] a_i,
  input  wire logic [31:0] b_i,
  input  wire logic pc_i,                 // value of predicate pc
  input  wire logic plog_i,               // result of the predicate logic
  input  wire logic [1:0] comb_i,         // enum Combine
  // Sub-stage W: one clock later.
  output      logic [31:0] y_o,
  output      logic flag_o,
  output      overlay_core_pkg::alu_control_t control_o      // that of the operation in W
);
  logic carry_in;
  logic [33:0] total;
  logic [31:0] plain_d, plain_q, sum_q, a_q, product;
  logic carry_q, sign_a_q, sign_b_q, pc_q, plog_q, do_q;
  overlay_core_pkg::alu_control_t control_q;
  logic [1:0] comb_q;
  logic [63:0] twice;
  logic [31:0] kept;
  logic [4:0] amount;

  always_comb begin
    carry_in = 'x;
    total = 'x;
    plain_d = 'x;
    twice = 'x;
    kept = 'x;
    amount = 'x;
    if (do_i) begin
      carry_in = control_i.carry_pc ? pc_i ^ control_i.carry_invert : control_i.subtract;
      // The carry enters as a bit below the operands: one adder, not two.
      total = {1'b0, a_i, 1'b1} + {1'b0, b_i ^ {32{control_i.subtract}}, carry_in};
      plain_d = (a_i & b_i & {32{control_i.plain_both}}) | (a_i & ~b_i & {32{control_i.plain_a}})
          | (~a_i & b_i & {32{control_i.plain_b}});
      if (Full && control_i.use_shift) begin
        // A rotation to the right serves both directions; what came round is masked. The controls of the logic are 0.
        amount = control_i.shift_left ? -b_i[4:0] : b_i[4:0];
        twice = {a_i, a_i} >> amount;
        kept = control_i.shift_left ? 32'hffff_ffff << b_i[4:0] : 32'hffff_ffff >> b_i[4:0];
        plain_d = plain_d | (twice[31:0] & kept) | (~kept & {32{a_i[31] && control_i.shift_signed}});
      end
    end
  end

  if (Full) begin : g_full
    mul16 u_mul (.clk_i, .a_i(a_i[15:0]), .b_i(b_i[15:0]), .product_o(product));
  end else begin : g_reduced
    assign product = '0;
  end

  always_ff @(posedge clk_i) begin
    do_q <= do_i;
    if (do_i) begin
      plain_q <= plain_d;
      sum_q <= total[32:1];
      carry_q <= total[33];
      a_q <= a_i;
      sign_a_q <= a_i[31];
      sign_b_q <= b_i[31];
      pc_q <= pc_i;
      plog_q <= plog_i;
      control_q <= control_i;
      comb_q <= comb_i;
    end
  end

  assign control_o = control_q;

  // Comparisons subtract: the carry means a >= b, a sum of 0 that they are equal. Bit tests have a & b as plain result.
  logic less, equal, pick, other, raw;
  always_comb begin
    less = 'x;
    equal = 'x;
    pick = 'x;
    other = 'x;
    raw = 'x;
    flag_o = 'x;
    y_o = 'x;
    if (do_q) begin
      less = control_q.flag_signed && sign_a_q != sign_b_q ? sign_a_q : !carry_q;
      equal = sum_q == '0;
      raw = ((equal && control_q.flag_equal) || (less && control_q.flag_less) || (plain_q != '0 && control_q.flag_any)
          || (plog_q && control_q.flag_plog)) != control_q.flag_invert;
      flag_o = raw;
      if (control_q.combine) begin
        if (comb_q == overlay_isa_pkg::CombineAnd) flag_o = raw && pc_q;
        if (comb_q == overlay_isa_pkg::CombineOr) flag_o = raw || pc_q;
        if (comb_q == overlay_isa_pkg::CombineChain && equal) flag_o = pc_q;
      end
      // Four results, chosen by two bits.
      pick = (control_q.pick_less && !carry_q) || (control_q.pick_more && carry_q) || (Full && control_q.use_product);
      other = pick ? Full && control_q.use_product : control_q.use_sum;
      y_o = pick ? (other ? product : a_q) : (other ? sum_q : plain_q);
    end
  end
endmodule
`default_nettype wire
