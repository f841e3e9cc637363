// A 16 x 16 multiplier alone between two registers, so that synthesis puts it into a DSP block with both.
`default_nettype none
module mul16 (
  input  wire logic clk_i,
  input  wire logic [15:0] a_i,          // from a register
  input  wire logic [15:0] b_i,          // from a register
  output      logic [31:0] product_o
);
  always_ff @(posedge clk_i) product_o <= a_i * b_i;
endmodule
`default_nettype wire
