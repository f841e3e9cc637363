// The rows of one stage and both epochs: synchronous block RAM with output register, one 64-bit word written a clock.
//
//   clock   t          t+1          t+2
//           address    RAM latch    row
`default_nettype none
module instruction_memory #(
  parameter bit HasWord3 = 1'b0          // only state rows use word 3
) (
  input  wire logic clk_i,
  input  wire logic epoch_i,
  input  wire logic [overlay_core_pkg::RowBits-1:0] row_i,
  input  wire logic write_i,
  input  wire logic write_epoch_i,
  input  wire logic [overlay_core_pkg::RowBits-1:0] write_row_i,
  input  wire logic [1:0] write_word_i,
  input  wire logic [63:0] write_data_i,
  output      logic [63:0] word0_o,
  output      logic [63:0] word1_o,
  output      logic [overlay_core_pkg::ControlBits-1:0] control_o,
  output      logic [63:0] word3_o
);
  localparam int unsigned Depth = overlay_isa_pkg::Epochs * overlay_isa_pkg::RowsPerStage;

  logic [63:0] mem0 [0:Depth-1];
  logic [63:0] mem1 [0:Depth-1];
  logic [overlay_core_pkg::ControlBits-1:0] mem2 [0:Depth-1];
  logic [63:0] latch0_q, latch1_q;
  logic [overlay_core_pkg::ControlBits-1:0] latch2_q;
  logic [overlay_core_pkg::RowBits:0] write_addr;

  assign write_addr = {write_epoch_i, write_row_i};

  always_ff @(posedge clk_i) begin
    if (write_i) begin
      if (write_word_i == 2'd0) mem0[write_addr] <= write_data_i;
      if (write_word_i == 2'd1) mem1[write_addr] <= write_data_i;
      if (write_word_i == 2'd2) mem2[write_addr] <= write_data_i[overlay_core_pkg::ControlBits-1:0];
    end
  end
  always_ff @(posedge clk_i) begin
    latch0_q <= mem0[{epoch_i, row_i}];
    latch1_q <= mem1[{epoch_i, row_i}];
    latch2_q <= mem2[{epoch_i, row_i}];
    word0_o <= latch0_q;
    word1_o <= latch1_q;
    control_o <= latch2_q;
  end

  if (HasWord3) begin : g_word3
    logic [63:0] mem3 [0:Depth-1];
    logic [63:0] latch3_q;
    always_ff @(posedge clk_i) begin
      if (write_i) begin
        if (write_word_i == 2'd3) mem3[write_addr] <= write_data_i;
      end
    end
    always_ff @(posedge clk_i) begin
      latch3_q <= mem3[{epoch_i, row_i}];
      word3_o <= latch3_q;
    end
  end else begin : g_no_word3
    assign word3_o = '0;
  end
endmodule
`default_nettype wire
