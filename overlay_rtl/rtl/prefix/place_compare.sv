// Whether a key does not lie before a place of the number line; combinational.
`default_nettype none
module place_compare (
  input  wire logic enable_i,                            // without it the answer does not matter
  input  wire logic [overlay_core_pkg::PlaceBits-1:0] key_i,
  input  wire logic [overlay_core_pkg::PlaceBits-1:0] place_i,
  output      logic reached_o
);
  assign reached_o = enable_i ? key_i >= place_i : 1'bx;
endmodule
`default_nettype wire
