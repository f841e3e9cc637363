// An ALU stage: two operations and one branch in three clocks.
//
//   sub-stage R   operands, predicates and successor are chosen from the input registers
//   sub-stage X   both lanes compute; the successor's address is on its way to the next stage's instruction memory
//   sub-stage W   comparisons are finished, results written; the RAM of the next stage gives the row
//
// A packet whose next row is in another stage passes untouched.
`default_nettype none
module alu_stage (
  input  wire logic clk_i,
  input  wire logic rst_ni,
  input  wire logic [overlay_core_pkg::StageBits-1:0] stage_i,   // number of this stage, constant
  // Two clocks before the packet: where its row is.
  input  wire logic fetch_epoch_i,
  input  wire logic [overlay_core_pkg::RowBits-1:0] fetch_row_i,
  input  wire overlay_core_pkg::route_t route_i,
  input  wire overlay_core_pkg::payload_t payload_i,
  output      logic fetch_epoch_o,
  output      logic [overlay_core_pkg::RowBits-1:0] fetch_row_o,
  output      overlay_core_pkg::route_t route_o,
  output      overlay_core_pkg::payload_t payload_o,
  input  wire overlay_core_pkg::cfg_t cfg_i,
  output      overlay_core_pkg::cfg_t cfg_o
);
  localparam int unsigned RdLsb = overlay_isa_pkg::LaneRRRdLsb;
  localparam int unsigned PdLsb = overlay_isa_pkg::LaneRRPdLsb;
  localparam int unsigned Head = 32;      // the half of a lane that is no immediate

  // Configuration
  logic unused_mine;
  logic [63:0] lane0, lane1, unused_word3;
  logic [overlay_core_pkg::ControlBits-1:0] control;
  stage_rows u_rows (
    .clk_i, .rst_ni, .stage_i, .cfg_i, .cfg_o, .mine_o(unused_mine), .fetch_epoch_i, .fetch_row_i,
    .word0_o(lane0), .word1_o(lane1), .control_o(control), .word3_o(unused_word3)
  );

  // Sub-stage R
  logic active;
  overlay_core_pkg::route_t route_r;
  logic [3*overlay_core_pkg::RouteBits-1:0] routes_q;               // X, W, output
  overlay_core_pkg::route_t fetch;
  overlay_core_pkg::payload_t payload_x_q, payload_w_q;
  logic [overlay_core_pkg::StageBits-1:0] next_stage, unused_taken_stage;
  logic [overlay_core_pkg::RowBits-1:0] next_row, unused_taken_row;
  logic unused_own, unused_dispatch, unused_negate;
  assign active = route_i.valid && route_i.stage == stage_i;
  successor u_successor (
    .enable_i(active), .control_i(control), .pred_i(payload_i.pred), .stage_o(next_stage), .row_o(next_row),
    .taken_stage_o(unused_taken_stage), .taken_row_o(unused_taken_row),
    .own_o(unused_own), .dispatch_o(unused_dispatch), .negate_o(unused_negate)
  );
  always_comb begin
    route_r = route_i;
    if (active) begin
      route_r.stage = next_stage;
      route_r.row = next_row;
    end
  end

  logic [31:0] a0_d, b0_d, a1_d, b1_d, a0_q, b0_q, a1_q, b1_q, y0, y1;
  // The upper half of a lane goes with its operation; synthesis keeps the bits that X and W read.
  logic [31:0] head0_x_q, head1_x_q, head0_w_q, head1_w_q;
  logic do0_d, do1_d, do0_x_q, do1_x_q, do0_w_q, do1_w_q;
  logic pc0_d, pc1_d, plog0_d, plog1_d, pc0_q, pc1_q, plog0_q, plog1_q, flag0, flag1;
  overlay_core_pkg::alu_control_t control0_d, control1_d, control0_q, control1_q, control0_w, control1_w;
  lane_operands u_operands0 (
    .lane_i(lane0), .active_i(active), .pred_i(payload_i.pred), .registers_i(payload_i.r),
    .a_o(a0_d), .b_o(b0_d), .do_o(do0_d), .pc_o(pc0_d), .plog_o(plog0_d), .control_o(control0_d)
  );
  lane_operands u_operands1 (
    .lane_i(lane1), .active_i(active), .pred_i(payload_i.pred), .registers_i(payload_i.r),
    .a_o(a1_d), .b_o(b1_d), .do_o(do1_d), .pc_o(pc1_d), .plog_o(plog1_d), .control_o(control1_d)
  );

  // R -> X
  always_ff @(posedge clk_i) begin
    routes_q <= {routes_q[2*overlay_core_pkg::RouteBits-1:0], route_r};
    payload_x_q <= payload_i;
    do0_x_q <= do0_d;
    do1_x_q <= do1_d;
    if (active) begin
      a0_q <= a0_d;
      b0_q <= b0_d;
      pc0_q <= pc0_d;
      plog0_q <= plog0_d;
      control0_q <= control0_d;
      head0_x_q <= lane0[63:Head];
      a1_q <= a1_d;
      b1_q <= b1_d;
      pc1_q <= pc1_d;
      plog1_q <= plog1_d;
      control1_q <= control1_d;
      head1_x_q <= lane1[63:Head];
    end
    if (!rst_ni) begin
      routes_q <= '0;
      do0_x_q <= 1'b0;
      do1_x_q <= 1'b0;
    end
  end
  assign fetch = routes_q[overlay_core_pkg::RouteBits-1:0];
  assign fetch_epoch_o = fetch.epoch;
  assign fetch_row_o = fetch.row;
  assign route_o = routes_q[2*overlay_core_pkg::RouteBits +: overlay_core_pkg::RouteBits];

  // Sub-stage X and, one clock later, the results in W
  alu_lane #(.Full(1'b1)) u_lane0 (
    .clk_i, .do_i(do0_x_q), .control_i(control0_q), .a_i(a0_q), .b_i(b0_q), .pc_i(pc0_q), .plog_i(plog0_q),
    .comb_i(head0_x_q[RdLsb - Head +: 2]), .y_o(y0), .flag_o(flag0), .control_o(control0_w)
  );
  alu_lane #(.Full(1'b0)) u_lane1 (
    .clk_i, .do_i(do1_x_q), .control_i(control1_q), .a_i(a1_q), .b_i(b1_q), .pc_i(pc1_q), .plog_i(plog1_q),
    .comb_i(head1_x_q[RdLsb - Head +: 2]), .y_o(y1), .flag_o(flag1), .control_o(control1_w)
  );

  // X -> W
  always_ff @(posedge clk_i) begin
    payload_w_q <= payload_x_q;
    do0_w_q <= do0_x_q;
    do1_w_q <= do1_x_q;
    if (do0_x_q) head0_w_q <= head0_x_q;
    if (do1_x_q) head1_w_q <= head1_x_q;
    if (!rst_ni) begin
      do0_w_q <= 1'b0;
      do1_w_q <= 1'b0;
    end
  end

  // Sub-stage W
  write_back u_write_back (
    .clk_i, .payload_i(payload_w_q),
    .do0_i(do0_w_q),
    .enable0_i(head0_w_q[overlay_isa_pkg::LaneRRDweLsb - Head]), .number0_i(head0_w_q[RdLsb - Head +: 5]), .value0_i(y0),
    .pred_enable0_i(head0_w_q[overlay_isa_pkg::LaneRRPweLsb - Head]), .pred_number0_i(head0_w_q[PdLsb - Head +: 3]), .pred_value0_i(flag0),
    .event_enable0_i(control0_w.event_id), .verdict_enable0_i(control0_w.verdict), .act_enable0_i(control0_w.act),
    .do1_i(do1_w_q),
    .enable1_i(head1_w_q[overlay_isa_pkg::LaneRRDweLsb - Head]), .number1_i(head1_w_q[RdLsb - Head +: 5]), .value1_i(y1),
    .pred_enable1_i(head1_w_q[overlay_isa_pkg::LaneRRPweLsb - Head]), .pred_number1_i(head1_w_q[PdLsb - Head +: 3]), .pred_value1_i(flag1),
    .event_enable1_i(control1_w.event_id), .verdict_enable1_i(control1_w.verdict), .act_enable1_i(control1_w.act),
    .payload_o
  );
endmodule
`default_nettype wire
