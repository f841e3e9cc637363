// A part of a word, zero extended: what an operand's selector chooses.
`default_nettype none
module part_select (
  input  wire logic [31:0] word_i,
  input  wire logic [2:0] selector_i,      // enum Selector
  output      logic [31:0] part_o
);
  // Chosen by masks instead of a case: simulation has no jump to mispredict.
  logic half, whole;
  logic [31:0] shifted;
  always_comb begin
    whole = selector_i == overlay_isa_pkg::SelectorW;
    half = selector_i == overlay_isa_pkg::SelectorH0 || selector_i == overlay_isa_pkg::SelectorH1;
    shifted = selector_i == overlay_isa_pkg::SelectorB1 ? word_i >> 8
        : selector_i == overlay_isa_pkg::SelectorB2 || selector_i == overlay_isa_pkg::SelectorH1 ? word_i >> 16
        : selector_i == overlay_isa_pkg::SelectorB3 ? word_i >> 24 : word_i;
    part_o = shifted & {{16{whole}}, {8{whole || half}}, 8'hff};
  end
endmodule
`default_nettype wire
