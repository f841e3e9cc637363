// One lane of an ALU stage: sub-stage X computes sums, logic, shifts and raw flags; sub-stage W finishes what depends
// on the carry (comparisons, minimum, maximum), so that no clock holds both an adder and a selection by its carry.
`default_nettype none
module alu_lane #(
  parameter bit Full = 1'b1               // with shifter and multiplier
) (
  input  wire logic clk_i,
  // Sub-stage X: operands in registers.
  input  wire logic [4:0] op_i,
  input  wire logic [31:0] a_i,
  input  wire logic [31:0] b_i,
  input  wire logic pc_i,                 // value of predicate pc
  input  wire logic plog_i,               // result of the predicate logic
  input  wire logic [1:0] comb_i,         // enum Combine
  // Sub-stage W: one clock later.
  output      logic [31:0] y_o,
  output      logic flag_o
);
  logic subtract, carry_in;
  logic [33:0] total;
  logic [31:0] plain_d, plain_q, sum_q, a_q;
  logic carry_q, equal_q, any_q, sign_a_q, sign_b_q, pc_q, plog_q;
  logic [4:0] op_q;
  logic [1:0] comb_q;
  logic [31:0] product;

  always_comb begin
    subtract = op_i == overlay_isa_pkg::OpA_SUB || op_i == overlay_isa_pkg::OpA_SUBE
        || op_i == overlay_isa_pkg::OpA_MIN || op_i == overlay_isa_pkg::OpA_MAX || op_i[4:3] == 2'b10;
    carry_in = op_i == overlay_isa_pkg::OpA_ADDE ? pc_i
        : op_i == overlay_isa_pkg::OpA_SUBE ? !pc_i : subtract;
    // The carry enters as a bit below the operands: one adder, not two.
    total = {1'b0, a_i, 1'b1} + {1'b0, b_i ^ {32{subtract}}, carry_in};
  end

  if (Full) begin : g_full
    logic [31:0] shift_out;
    always_comb begin
      unique case (op_i)
        overlay_isa_pkg::OpA_SHL: shift_out = a_i << b_i[4:0];
        overlay_isa_pkg::OpA_SAR: shift_out = $signed(a_i) >>> b_i[4:0];
        default: shift_out = a_i >> b_i[4:0];
      endcase
      unique case (op_i)
        overlay_isa_pkg::OpA_AND: plain_d = a_i & b_i;
        overlay_isa_pkg::OpA_OR: plain_d = a_i | b_i;
        overlay_isa_pkg::OpA_XOR: plain_d = a_i ^ b_i;
        overlay_isa_pkg::OpA_ANDN: plain_d = a_i & ~b_i;
        overlay_isa_pkg::OpA_SHL, overlay_isa_pkg::OpA_SHR, overlay_isa_pkg::OpA_SAR: plain_d = shift_out;
        overlay_isa_pkg::OpA_SEL: plain_d = pc_i ? a_i : b_i;
        default: plain_d = b_i;
      endcase
    end
    mul16 u_mul (.clk_i, .a_i(a_i[15:0]), .b_i(b_i[15:0]), .product_o(product));
  end else begin : g_reduced
    always_comb begin
      unique case (op_i)
        overlay_isa_pkg::OpA_AND: plain_d = a_i & b_i;
        overlay_isa_pkg::OpA_OR: plain_d = a_i | b_i;
        overlay_isa_pkg::OpA_XOR: plain_d = a_i ^ b_i;
        overlay_isa_pkg::OpA_ANDN: plain_d = a_i & ~b_i;
        overlay_isa_pkg::OpA_SEL: plain_d = pc_i ? a_i : b_i;
        default: plain_d = b_i;
      endcase
    end
    assign product = '0;
  end

  always_ff @(posedge clk_i) begin
    plain_q <= plain_d;
    sum_q <= total[32:1];
    carry_q <= total[33];
    a_q <= a_i;
    equal_q <= a_i == b_i;
    any_q <= |(a_i & b_i);
    sign_a_q <= a_i[31];
    sign_b_q <= b_i[31];
    pc_q <= pc_i;
    plog_q <= plog_i;
    op_q <= op_i;
    comb_q <= comb_i;
  end

  // For subtractions the carry means a >= b.
  logic less_signed, condition;
  always_comb begin
    less_signed = sign_a_q == sign_b_q ? !carry_q : sign_a_q;
    unique case (op_q)
      overlay_isa_pkg::OpA_CMPEQ: condition = equal_q;
      overlay_isa_pkg::OpA_CMPNE: condition = !equal_q;
      overlay_isa_pkg::OpA_CMPLTU: condition = !carry_q;
      overlay_isa_pkg::OpA_CMPGEU: condition = carry_q;
      overlay_isa_pkg::OpA_CMPLEU: condition = !carry_q || equal_q;
      overlay_isa_pkg::OpA_CMPGTU: condition = carry_q && !equal_q;
      overlay_isa_pkg::OpA_CMPLTS: condition = less_signed;
      overlay_isa_pkg::OpA_CMPGES: condition = !less_signed;
      overlay_isa_pkg::OpA_TST: condition = any_q;
      default: condition = !any_q;
    endcase
    if (op_q[4:3] == 2'b10 || op_q == overlay_isa_pkg::OpA_TST || op_q == overlay_isa_pkg::OpA_TSZ) begin
      unique case (comb_q)
        overlay_isa_pkg::CombineSet: flag_o = condition;
        overlay_isa_pkg::CombineAnd: flag_o = condition && pc_q;
        overlay_isa_pkg::CombineOr: flag_o = condition || pc_q;
        default: flag_o = equal_q ? pc_q : condition;
      endcase
    end else if (op_q == overlay_isa_pkg::OpA_PLOG) flag_o = plog_q;
    else if (op_q == overlay_isa_pkg::OpA_SUB || op_q == overlay_isa_pkg::OpA_SUBE) flag_o = !carry_q;
    else flag_o = carry_q;

    y_o = plain_q;
    if (op_q == overlay_isa_pkg::OpA_ADD || op_q == overlay_isa_pkg::OpA_ADDE || op_q == overlay_isa_pkg::OpA_SUB
        || op_q == overlay_isa_pkg::OpA_SUBE || op_q == overlay_isa_pkg::OpA_EVENTX) y_o = sum_q;
    if ((op_q == overlay_isa_pkg::OpA_MIN && !carry_q) || (op_q == overlay_isa_pkg::OpA_MAX && carry_q)) y_o = a_q;
    if (Full && op_q == overlay_isa_pkg::OpA_MUL16) y_o = product;
  end
endmodule
`default_nettype wire
