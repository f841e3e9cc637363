// Unsigned comparison of 64 bits: eight bytes side by side, then the most significant that differs decides.
`default_nettype none
module compare64 (
  input  wire logic [63:0] a_i,
  input  wire logic [63:0] b_i,
  output      logic less_o,
  output      logic equal_o
);
  assign equal_o = a_i == b_i;
  assign less_o = a_i < b_i;
endmodule
`default_nettype wire
