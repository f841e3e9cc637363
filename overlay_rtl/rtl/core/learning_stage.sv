// An exact stage that can learn: exact_stage with learned_ways, as a module of its own for what counts stages by kind.
`default_nettype none
module learning_stage (
  input  wire logic clk_i,
  input  wire logic rst_ni,
  input  wire logic [overlay_core_pkg::StageBits-1:0] stage_i,
  input  wire logic fetch_epoch_i,
  input  wire logic [overlay_core_pkg::RowBits-1:0] fetch_row_i,
  input  wire overlay_core_pkg::route_t route_i,
  input  wire overlay_core_pkg::payload_t payload_i,
  output      logic fetch_epoch_o,
  output      logic [overlay_core_pkg::RowBits-1:0] fetch_row_o,
  output      overlay_core_pkg::route_t route_o,
  output      overlay_core_pkg::payload_t payload_o,
  input  wire overlay_core_pkg::cfg_t cfg_i,
  output      overlay_core_pkg::cfg_t cfg_o,
  input  wire overlay_core_pkg::rsp_t rsp_i,
  output      overlay_core_pkg::rsp_t rsp_o,
  output      logic full_o,
  output      overlay_core_pkg::mirror_t mirror_o,
  input  wire overlay_core_pkg::mirror_t mirror_i
);
  exact_stage #(.Learns(1'b1)) u_stage (
    .clk_i, .rst_ni, .stage_i, .fetch_epoch_i, .fetch_row_i, .route_i, .payload_i, .fetch_epoch_o, .fetch_row_o, .route_o, .payload_o,
    .cfg_i, .cfg_o, .rsp_i, .rsp_o, .full_o, .mirror_o, .mirror_i
  );
endmodule
`default_nettype wire
