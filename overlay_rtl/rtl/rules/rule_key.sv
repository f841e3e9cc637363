// One key word of a rule lookup: zero, or a register out of the few that it may come from.
//
// They are RuleKeyBanks apart: at most four, and bits 2:1 of their numbers tell them apart.
`default_nettype none
module rule_key #(
  parameter int unsigned Word = 0
) (
  input  wire logic enable_i,              // without it the value does not matter
  input  wire logic [9:0] operand_i,       // {mode, selector, register}
  input  wire logic [overlay_core_pkg::RegisterFileBits-1:0] registers_i,
  output      logic [31:0] value_o
);
  localparam int unsigned Banks = overlay_isa_pkg::RuleKeyBanks;
  localparam int unsigned First = Word % Banks;

  logic [127:0] candidates;
  logic [5:0] unused_operand;
  assign unused_operand = {operand_i[7:3], operand_i[0]};
  always_comb begin
    candidates = 'x;
    value_o = 'x;
    if (enable_i) begin
      for (int unsigned r = First; r < overlay_core_pkg::Registers; r = r + Banks) candidates[32*((r/2)%4) +: 32] = registers_i[32*r +: 32];
      value_o = operand_i[9:8] == overlay_isa_pkg::OperandModeReg ? candidates[{operand_i[2:1], 5'd0} +: 32] : '0;
    end
  end
endmodule
`default_nettype wire
