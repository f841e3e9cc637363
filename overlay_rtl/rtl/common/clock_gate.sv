// The clock of a part that has nothing to do most of the time: no edges while `enable_i` is false.
//
//   clk_i     __/~~\__/~~\__/~~\__/~~\__      enable_i comes from registers of clk_i and counts for the next edge; the latch
//   enable_i  ___/~~~~~~~~~~~\__________      keeps clk_o from glitches when it changes while clk_i is high.
//   clk_o     ________/~~\__/~~\________
//
// An FPGA has this as a clock buffer with enable (BUFGCE, S10's clock gate), which tools put here; the edges of both clocks
// are one, so that signals cross without more ado. A simulator skips the part.
`default_nettype none
module clock_gate (
  input  wire logic clk_i,
  input  wire logic enable_i,
  output      logic clk_o
);
  logic enable_q;
  always_latch begin
    if (!clk_i) enable_q = enable_i;
  end
  assign clk_o = clk_i && enable_q;
endmodule
`default_nettype wire
