// Delays a word by a fixed number of clocks in a memory instead of in flip-flops.
//
// One pointer serves both ends: each clock reads the word written Depth clocks ago and then overwrites it; the output
// register adds a clock. Contents are undefined for the first Delay clocks: what needs a reset travels beside it. The
// memory has a word for every value of the pointer, so that no simulator has to ask whether one lies outside. What is as
// wide as a packet's registers, or waits longer than 256 clocks, goes into block RAM, which is there anyway: in LUTs it would
// be hundreds of them (and yosys 0.23 has no LUT memory of 512 words).
`default_nettype none
module delay_memory #(
  parameter int unsigned Width = 8,
  parameter int unsigned Delay = 4      // at least 3
) (
  input  wire logic clk_i,
  input  wire logic rst_ni,
  input  wire logic [Width-1:0] data_i,
  output      logic [Width-1:0] data_o
);
  localparam int unsigned Depth = Delay - 1;
  localparam int unsigned PointerBits = $clog2(Depth);

  (* ram_style = Width > 64 || PointerBits > 8 ? "block" : "distributed" *) logic [Width-1:0] mem [0:(1 << PointerBits) - 1];
  logic [PointerBits-1:0] pointer_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) pointer_q <= '0;
    else if (pointer_q == PointerBits'(Depth - 1)) pointer_q <= '0;
    else pointer_q <= pointer_q + PointerBits'(1);
  end

  always_ff @(posedge clk_i) begin
    data_o <= mem[pointer_q];
    mem[pointer_q] <= data_i;
  end
endmodule
`default_nettype wire
