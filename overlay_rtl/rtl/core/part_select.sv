// A part of a word, zero extended: what an operand's selector chooses.
//
// Shift and mask are read from constants by the selector instead of compared with it: simulation has no jump to
// mispredict, and synthesis makes the same few LUTs of both.
`default_nettype none
module part_select (
  input  wire logic enable_i,              // without it the part does not matter
  input  wire logic [31:0] word_i,
  input  wire logic [2:0] selector_i,      // enum Selector
  output      logic [31:0] part_o
);
  // Two bits for each selector: by how many bytes the word is shifted.
  localparam logic [15:0] Bytes = (16'd1 << (2 * overlay_isa_pkg::SelectorB1)) | (16'd2 << (2 * overlay_isa_pkg::SelectorB2))
      | (16'd3 << (2 * overlay_isa_pkg::SelectorB3)) | (16'd2 << (2 * overlay_isa_pkg::SelectorH1));
  // One bit for each selector: whether bits 31:16, and 15:8, are kept.
  localparam logic [7:0] KeepHigh = 8'd1 << overlay_isa_pkg::SelectorW;
  localparam logic [7:0] KeepMiddle = KeepHigh | (8'd1 << overlay_isa_pkg::SelectorH0) | (8'd1 << overlay_isa_pkg::SelectorH1);

  logic [15:0] bytes;
  logic [31:0] shifted;
  always_comb begin
    bytes = 'x;
    shifted = 'x;
    part_o = 'x;
    if (enable_i) begin
      bytes = Bytes >> {selector_i, 1'b0};
      shifted = word_i >> {bytes[1:0], 3'b000};
      part_o = shifted & {{16{KeepHigh[selector_i]}}, {8{KeepMiddle[selector_i]}}, 8'hff};
    end
  end
endmodule
`default_nettype wire
