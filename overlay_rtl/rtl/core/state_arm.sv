// One arm of a state step: f(state, operand). Only the state comes late; all else is prepared a clock before.
`default_nettype none
module state_arm (
  input  wire logic [3:0] op_i,            // enum StateOp
  input  wire logic [63:0] state_i,        // late
  input  wire logic less_i,                // state < compare operand, later still
  input  wire logic [63:0] operand_i,      // a or b; for maxadd b + a
  input  wire logic [63:0] addend_i,       // what is added: the operand, its complement for sub, a for maxadd
  output      logic [63:0] next_o
);
  logic [63:0] sum, plain;
  carry_select_adder u_add (
    .a_i(state_i), .b_i(addend_i), .carry_i(op_i == overlay_isa_pkg::StateOpSub), .sum_o(sum)
  );
  logic use_sum, use_state;
  always_comb begin
    use_sum = op_i == overlay_isa_pkg::StateOpAdd || op_i == overlay_isa_pkg::StateOpSub
        || (op_i == overlay_isa_pkg::StateOpMaxadd && !less_i);
    use_state = op_i == overlay_isa_pkg::StateOpKeep || (op_i == overlay_isa_pkg::StateOpMax && !less_i)
        || (op_i == overlay_isa_pkg::StateOpMin && less_i);
    plain = op_i == overlay_isa_pkg::StateOpOr ? state_i | operand_i
        : op_i == overlay_isa_pkg::StateOpAndn ? state_i & ~operand_i : operand_i;
    next_o = use_sum ? sum : use_state ? state_i : plain;
  end
endmodule
`default_nettype wire
