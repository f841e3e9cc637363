// Reports every executed row with the registers and predicates after it; bound to the stages in simulation only.
`default_nettype none
package row_trace_pkg;
  int run /*verilator public_flat_rw*/;                   // 0: nobody listens; else a number that no run before had
endpackage

module row_trace #(
  parameter int unsigned Clocks = 3       // from the stage's input register to its output register
) (
  input wire logic clk_i,
  input wire logic [overlay_core_pkg::StageBits-1:0] stage_i,
  input wire logic valid_i,
  input wire logic active_i,
  input wire logic [overlay_core_pkg::RowBits-1:0] row_i,
  input wire overlay_core_pkg::payload_t payload_i       // as it leaves the stage
);
  import "DPI-C" function void norman_trace_row(
    input int packet, input int stage, input int row, input int predicates,
    input bit [overlay_core_pkg::RegisterFileBits-1:0] registers);

  // The n-th valid packet that comes here is the n-th that entered since the run began in an empty core. Blocking
  // assignments, because nobody else reads these variables: off, the trace costs a test.
  int this_run, packet;                                   // `run` alone would be taken for the package's
  int packets [0:Clocks-1];
  bit active [0:Clocks-1];
  logic [overlay_core_pkg::RowBits-1:0] rows [0:Clocks-1];
  always @(posedge clk_i) begin
    if (row_trace_pkg::run != 0) begin
      if (this_run != row_trace_pkg::run) begin
        this_run = row_trace_pkg::run;
        packet = 0;
        for (int unsigned c = 0; c < Clocks; c++) active[c] = 1'b0;
      end
      if (active[Clocks-1]) begin
        norman_trace_row(packets[Clocks-1], {26'd0, stage_i}, {24'd0, rows[Clocks-1]}, {24'd0, payload_i.pred}, payload_i.r);
      end
      for (int unsigned c = Clocks - 1; c > 0; c--) begin
        active[c] = active[c-1];
        packets[c] = packets[c-1];
        rows[c] = rows[c-1];
      end
      active[0] = active_i;
      packets[0] = packet;
      rows[0] = row_i;
      if (valid_i) packet = packet + 1;
    end
  end
endmodule

bind alu_stage row_trace #(.Clocks(overlay_core_pkg::AluClocks)) u_trace (
  .clk_i, .stage_i, .valid_i(route_i.valid), .active_i(active), .row_i(route_i.row), .payload_i(payload_o));
bind exact_stage row_trace #(.Clocks(overlay_core_pkg::ExactClocks)) u_trace (
  .clk_i, .stage_i, .valid_i(route_i.valid), .active_i(active), .row_i(route_i.row), .payload_i(payload_o));
bind rule_stage row_trace #(.Clocks(overlay_core_pkg::RuleClocks)) u_trace (
  .clk_i, .stage_i, .valid_i(route_i.valid), .active_i(active), .row_i(route_i.row), .payload_i(payload_o));
bind prefix_stage row_trace #(.Clocks(overlay_core_pkg::PrefixClocks)) u_trace (
  .clk_i, .stage_i, .valid_i(route_i.valid), .active_i(active), .row_i(route_i.row), .payload_i(payload_o));
bind gather_stage row_trace #(.Clocks(overlay_core_pkg::GatherClocks)) u_trace (
  .clk_i, .stage_i, .valid_i(route_i.valid), .active_i(active), .row_i(route_i.row), .payload_i(payload_o));
bind state_stage row_trace #(.Clocks(overlay_core_pkg::StateClocks)) u_trace (
  .clk_i, .stage_i, .valid_i(route_i.valid), .active_i(active), .row_i(route_i.row), .payload_i(payload_o));
`default_nettype wire
