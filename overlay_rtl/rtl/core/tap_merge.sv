// The second entry tap: loads the enabled registers of the packet that passes, whatever its next stage is.
`default_nettype none
module tap_merge (
  input  wire logic clk_i,
  input  wire logic rst_ni,
  input  wire logic fetch_epoch_i,
  input  wire logic [overlay_core_pkg::RowBits-1:0] fetch_row_i,
  input  wire overlay_core_pkg::route_t route_i,
  input  wire overlay_core_pkg::payload_t payload_i,
  input  wire logic [overlay_core_pkg::TapRegisters-1:0] tap_enable_i,     // of the upper half of the registers
  input  wire logic [32*overlay_core_pkg::TapRegisters-1:0] tap_value_i,
  output      logic fetch_epoch_o,
  output      logic [overlay_core_pkg::RowBits-1:0] fetch_row_o,
  output      overlay_core_pkg::route_t route_o,
  output      overlay_core_pkg::payload_t payload_o
);
  overlay_core_pkg::payload_t payload_d;
  always_comb begin
    payload_d = payload_i;
    for (int unsigned k = 0; k < overlay_core_pkg::TapRegisters; k++) begin
      if (tap_enable_i[k]) payload_d.r[overlay_core_pkg::TapFirst + k] = tap_value_i[32*k +: 32];
    end
  end
  always_ff @(posedge clk_i) begin
    fetch_epoch_o <= fetch_epoch_i;
    fetch_row_o <= fetch_row_i;
    route_o <= route_i;
    payload_o <= payload_d;
    if (!rst_ni) route_o.valid <= 1'b0;
  end
endmodule
`default_nettype wire
