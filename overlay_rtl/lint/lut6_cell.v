// The cell that lut6_map.v uses, where no library of a target defines it.
module LUT6 (input I0, input I1, input I2, input I3, input I4, input I5, output O);
  parameter [63:0] INIT = 64'd0;
  assign O = INIT[{I5, I4, I3, I2, I1, I0}];
endmodule
