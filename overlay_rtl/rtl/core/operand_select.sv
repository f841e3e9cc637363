// One operand of a lookup or state row: zero, a part of one of the first registers, or the row's immediate.
`default_nettype none
module operand_select (
  input  wire logic enable_i,              // without it the value does not matter
  input  wire logic [9:0] operand_i,       // {mode, selector, register}
  input  wire logic [overlay_core_pkg::RegisterFileBits-1:0] registers_i,
  input  wire logic [31:0] immediate_i,
  output      logic [31:0] value_o
);
  localparam int unsigned NumberBits = $clog2(overlay_core_pkg::Operands);
  localparam int unsigned IndexBits = $clog2(overlay_core_pkg::RegisterFileBits);
  logic [31:0] word, part;
  part_select u_part (.enable_i, .word_i(word), .selector_i(operand_i[7:5]), .part_o(part));
  always_comb begin
    word = 'x;
    value_o = 'x;
    if (enable_i) begin
      word = registers_i[IndexBits'({operand_i[NumberBits-1:0], 5'd0}) +: 32];
      value_o = operand_i[9:8] == overlay_isa_pkg::OperandModeReg ? part
          : operand_i[9:8] == overlay_isa_pkg::OperandModeImm ? immediate_i : '0;
    end
  end
endmodule
`default_nettype wire
