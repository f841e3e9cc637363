// The state step between two registers: state' = c ? f(state, a) : g(state, b), with c = state REL k.
`default_nettype none
module state_step (
  input  wire logic enable_i,              // without it nothing that leaves here matters
  input  wire logic [63:0] state_i,
  input  wire logic [2:0] rel_i,           // enum StateRel
  input  wire logic [3:0] f_i,             // enum StateOp
  input  wire logic [3:0] g_i,
  input  wire logic [63:0] k_i,
  input  wire logic [63:0] f_operand_i,    // see state_arm
  input  wire logic [63:0] f_addend_i,
  input  wire logic [63:0] f_compare_i,
  input  wire logic [63:0] g_operand_i,
  input  wire logic [63:0] g_addend_i,
  input  wire logic [63:0] g_compare_i,
  output      logic [63:0] next_o,
  output      logic condition_o
);
  logic less, equal;
  logic [63:0] next_f, next_g;
  state_arm u_arm_f (
    .enable_i, .op_i(f_i), .state_i, .operand_i(f_operand_i), .addend_i(f_addend_i), .compare_i(f_compare_i), .next_o(next_f)
  );
  state_arm u_arm_g (
    .enable_i, .op_i(g_i), .state_i, .operand_i(g_operand_i), .addend_i(g_addend_i), .compare_i(g_compare_i), .next_o(next_g)
  );
  always_comb begin
    less = 'x;
    equal = 'x;
    condition_o = 'x;
    next_o = 'x;
    if (enable_i) begin
      less = state_i < k_i;
      equal = state_i == k_i;
      unique case (rel_i)
        overlay_isa_pkg::StateRelNever: condition_o = 1'b0;
        overlay_isa_pkg::StateRelAlways: condition_o = 1'b1;
        overlay_isa_pkg::StateRelEq: condition_o = equal;
        overlay_isa_pkg::StateRelNe: condition_o = !equal;
        overlay_isa_pkg::StateRelLtu: condition_o = less;
        overlay_isa_pkg::StateRelGeu: condition_o = !less;
        overlay_isa_pkg::StateRelGtu: condition_o = !less && !equal;
        default: condition_o = less || equal;
      endcase
      next_o = condition_o ? next_f : next_g;
    end
  end
endmodule
`default_nettype wire
