// Whether a word has the bits that count; combinational.
`default_nettype none
module rule_ternary (
  input  wire logic enable_i,                            // without it the answer does not matter
  input  wire logic [31:0] key_i,
  input  wire logic [31:0] value_i,
  input  wire logic [31:0] mask_i,                       // bits that count
  output      logic same_o
);
  always_comb begin
    same_o = 'x;
    if (enable_i) same_o = ((key_i ^ value_i) & mask_i) == '0;
  end
endmodule
`default_nettype wire
