// One arm of a state step: f(state, operand). Only the state comes late; all else is prepared a clock before.
`default_nettype none
module state_arm (
  input  wire logic enable_i,              // without it the result does not matter
  input  wire logic [3:0] op_i,            // enum StateOp
  input  wire logic [63:0] state_i,        // late
  input  wire logic [63:0] operand_i,      // a or b; for maxadd b + a
  input  wire logic [63:0] addend_i,       // what is added: the operand, its complement for sub, a for maxadd
  input  wire logic [63:0] compare_i,      // the operand; b for maxadd
  output      logic [63:0] next_o
);
  logic [63:0] sum;
  carry_select_adder u_add (
    .enable_i, .a_i(state_i), .b_i(addend_i), .carry_i(op_i == overlay_isa_pkg::StateOpSub), .sum_o(sum)
  );
  logic less, use_sum, use_state;
  logic [63:0] plain;
  always_comb begin
    less = 'x;
    use_sum = 'x;
    use_state = 'x;
    plain = 'x;
    next_o = 'x;
    if (enable_i) begin
      less = state_i < compare_i;
      use_sum = op_i == overlay_isa_pkg::StateOpAdd || op_i == overlay_isa_pkg::StateOpSub
          || (op_i == overlay_isa_pkg::StateOpMaxadd && !less);
      use_state = op_i == overlay_isa_pkg::StateOpKeep || (op_i == overlay_isa_pkg::StateOpMax && !less)
          || (op_i == overlay_isa_pkg::StateOpMin && less);
      plain = op_i == overlay_isa_pkg::StateOpOr ? state_i | operand_i
          : op_i == overlay_isa_pkg::StateOpAndn ? state_i & ~operand_i : operand_i;
      next_o = use_sum ? sum : use_state ? state_i : plain;
    end
  end
endmodule
`default_nettype wire
