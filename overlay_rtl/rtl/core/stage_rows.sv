// What every stage begins with: the register of the configuration chain, and the stage's rows.
//
//   clock   t          t+1          t+2
//           address    RAM latch    row
`default_nettype none
module stage_rows #(
  parameter bit HasWord3 = 1'b0          // only rule and state rows use word 3
) (
  input  wire logic clk_i,
  input  wire logic rst_ni,
  input  wire logic [overlay_core_pkg::StageBits-1:0] stage_i,
  input  wire overlay_core_pkg::cfg_t cfg_i,
  output      overlay_core_pkg::cfg_t cfg_o,            // a clock later; the stage's own writes come from here too
  output      logic mine_o,                             // cfg_o is for this stage
  input  wire logic fetch_epoch_i,
  input  wire logic [overlay_core_pkg::RowBits-1:0] fetch_row_i,
  output      logic [63:0] word0_o,
  output      logic [63:0] word1_o,
  output      logic [overlay_core_pkg::ControlBits-1:0] control_o,
  output      logic [63:0] word3_o
);
  overlay_core_pkg::cfg_t cfg_q;
  always_ff @(posedge clk_i) begin
    cfg_q <= cfg_i;
    if (!rst_ni) cfg_q.valid <= 1'b0;
  end
  assign cfg_o = cfg_q;
  assign mine_o = cfg_q.valid && cfg_q.stage == stage_i;

  instruction_memory #(.HasWord3(HasWord3)) u_memory (
    .clk_i, .epoch_i(fetch_epoch_i), .row_i(fetch_row_i),
    .write_i(mine_o && cfg_q.kind == overlay_core_pkg::CfgRow), .write_epoch_i(cfg_q.epoch),
    .write_row_i(cfg_q.index[overlay_core_pkg::RowBits-1:0]), .write_word_i(cfg_q.word), .write_data_i(cfg_q.data),
    .word0_o, .word1_o, .control_o, .word3_o
  );
endmodule
`default_nettype wire
