// A FIFO in block RAM with a register at its output. It never refuses: who fills it holds credits (see overlay_core).
`default_nettype none
module output_fifo #(
  parameter int unsigned Width = 8,
  parameter int unsigned Depth = 256                     // a power of two
) (
  input  wire logic clk_i,
  input  wire logic rst_ni,
  input  wire logic write_i,
  input  wire logic [Width-1:0] data_i,
  output      logic valid_o,
  input  wire logic ready_i,
  output      logic [Width-1:0] data_o
);
  localparam int unsigned PointerBits = $clog2(Depth);

  logic [Width-1:0] mem [0:Depth-1];
  logic [PointerBits:0] write_q, read_q;
  logic empty, read;
  assign empty = write_q == read_q;
  assign read = !empty && (!valid_o || ready_i);

  always_ff @(posedge clk_i) begin
    if (write_i) mem[write_q[PointerBits-1:0]] <= data_i;
    if (read) data_o <= mem[read_q[PointerBits-1:0]];
  end
  always_ff @(posedge clk_i) begin
    if (write_i) write_q <= write_q + (PointerBits + 1)'(1);
    if (read) read_q <= read_q + (PointerBits + 1)'(1);
    if (read) valid_o <= 1'b1;
    else if (ready_i) valid_o <= 1'b0;
    if (!rst_ni) begin
      write_q <= '0;
      read_q <= '0;
      valid_o <= 1'b0;
    end
  end
endmodule
`default_nettype wire
