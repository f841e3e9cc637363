// The state step between two registers: state' = c ? f(state, a) : g(state, b), with c = state REL k.
`default_nettype none
module state_step (
  input  wire logic [63:0] state_i,
  input  wire logic [2:0] rel_i,           // enum StateRel
  input  wire logic [3:0] f_i,             // enum StateOp
  input  wire logic [3:0] g_i,
  input  wire logic [63:0] k_i,
  input  wire logic [63:0] f_operand_i,    // see state_arm
  input  wire logic [63:0] f_addend_i,
  input  wire logic [63:0] f_compare_i,    // b for maxadd, else a
  input  wire logic [63:0] g_operand_i,
  input  wire logic [63:0] g_addend_i,
  input  wire logic [63:0] g_compare_i,    // b
  output      logic [63:0] next_o,
  output      logic condition_o
);
  logic less_k, equal_k, less_f, less_g, unused_equal_f, unused_equal_g;
  logic [63:0] next_f, next_g;
  compare64 u_k (.a_i(state_i), .b_i(k_i), .less_o(less_k), .equal_o(equal_k));
  compare64 u_f (.a_i(state_i), .b_i(f_compare_i), .less_o(less_f), .equal_o(unused_equal_f));
  compare64 u_g (.a_i(state_i), .b_i(g_compare_i), .less_o(less_g), .equal_o(unused_equal_g));
  state_arm u_arm_f (
    .op_i(f_i), .state_i, .less_i(less_f),
    .operand_i(f_operand_i), .addend_i(f_addend_i), .next_o(next_f)
  );
  state_arm u_arm_g (
    .op_i(g_i), .state_i, .less_i(less_g),
    .operand_i(g_operand_i), .addend_i(g_addend_i), .next_o(next_g)
  );
  always_comb begin
    unique case (rel_i)
      overlay_isa_pkg::StateRelNever: condition_o = 1'b0;
      overlay_isa_pkg::StateRelAlways: condition_o = 1'b1;
      overlay_isa_pkg::StateRelEq: condition_o = equal_k;
      overlay_isa_pkg::StateRelNe: condition_o = !equal_k;
      overlay_isa_pkg::StateRelLtu: condition_o = less_k;
      overlay_isa_pkg::StateRelGeu: condition_o = !less_k;
      overlay_isa_pkg::StateRelGtu: condition_o = !less_k && !equal_k;
      default: condition_o = less_k || equal_k;
    endcase
    next_o = condition_o ? next_f : next_g;
  end
endmodule
`default_nettype wire
