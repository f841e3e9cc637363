// Two writes into the register file that travels with a packet. No two writes of a row name the same register.
//
// A loop over registers synthesises to one LUT a bit, an indexed write simulates three times faster; this is the one
// place where the two are told apart, and overlay_rtl/lint/write_back_equiv.ys proves them equal. A number that names
// no register writes nothing.
`default_nettype none
module write_back (
  input  wire logic [overlay_core_pkg::RegisterFileBits-1:0] registers_i,
  input  wire logic enable0_i,
  input  wire logic [4:0] number0_i,
  input  wire logic [31:0] value0_i,
  input  wire logic enable1_i,
  input  wire logic [4:0] number1_i,
  input  wire logic [31:0] value1_i,
  output      logic [overlay_core_pkg::RegisterFileBits-1:0] registers_o
);
`ifdef SYNTHESIS
  always_comb begin
    for (int unsigned k = 0; k < overlay_core_pkg::Registers; k++) begin
      registers_o[32*k +: 32] = enable1_i && number1_i == 5'(k) ? value1_i
          : enable0_i && number0_i == 5'(k) ? value0_i : registers_i[32*k +: 32];
    end
  end
`else
  localparam int unsigned NumberBits = $clog2(overlay_core_pkg::Registers);
  always_comb begin
    registers_o = registers_i;
    if (enable0_i && {27'd0, number0_i} < overlay_core_pkg::Registers) registers_o[{number0_i[NumberBits-1:0], 5'd0} +: 32] = value0_i;
    if (enable1_i && {27'd0, number1_i} < overlay_core_pkg::Registers) registers_o[{number1_i[NumberBits-1:0], 5'd0} +: 32] = value1_i;
  end
`endif
endmodule
`default_nettype wire
