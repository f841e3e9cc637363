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
  // Configuration
  overlay_core_pkg::cfg_t cfg_q;
  always_ff @(posedge clk_i) begin
    cfg_q <= cfg_i;
    if (!rst_ni) cfg_q.valid <= 1'b0;
  end
  assign cfg_o = cfg_q;

  // Instruction memory
  logic row_write;
  logic [63:0] lane0, lane1, unused_word3;
  logic [overlay_core_pkg::ControlBits-1:0] control;
  assign row_write = cfg_q.valid && cfg_q.kind == overlay_core_pkg::CfgRow && cfg_q.stage == stage_i;
  instruction_memory u_rows (
    .clk_i, .epoch_i(fetch_epoch_i), .row_i(fetch_row_i),
    .write_i(row_write), .write_epoch_i(cfg_q.epoch), .write_row_i(cfg_q.index[overlay_core_pkg::RowBits-1:0]),
    .write_word_i(cfg_q.word), .write_data_i(cfg_q.data),
    .word0_o(lane0), .word1_o(lane1), .control_o(control), .word3_o(unused_word3)
  );

  // Sub-stage R
  logic active;
  overlay_core_pkg::route_t route_r;
  overlay_core_pkg::route_t route_x_q, route_w_q;
  overlay_core_pkg::payload_t payload_x_q, payload_w_q, payload_d;

  assign active = route_i.valid && route_i.stage == stage_i;
  logic [overlay_core_pkg::StageBits-1:0] next_stage, unused_taken_stage;
  logic [overlay_core_pkg::RowBits-1:0] next_row, unused_taken_row;
  logic unused_own, unused_dispatch, unused_negate;
  successor u_successor (
    .control_i(control), .pred_i(payload_i.pred), .stage_o(next_stage), .row_o(next_row),
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

  logic [31:0] a0_d, b0_d, a1_d, b1_d, a0_q, b0_q, a1_q, b1_q;
  logic [31:0] y0, y1;
  logic flag0, flag1;
  logic [4:0] op0_q, op1_q, rd0_x_q, rd1_x_q, op0_w_q, op1_w_q, rd0_w_q, rd1_w_q;
  logic [2:0] pd0_x_q, pd1_x_q, pd0_w_q, pd1_w_q;
  logic do0_d, do1_d, do0_x_q, do1_x_q, do0_w_q, do1_w_q;
  logic dwe0_x_q, dwe1_x_q, pwe0_x_q, pwe1_x_q, dwe0_w_q, dwe1_w_q, pwe0_w_q, pwe1_w_q;
  logic pc0_d, pc1_d, plog0_d, plog1_d, pc0_q, pc1_q, plog0_q, plog1_q;

  lane_operands u_operands0 (
    .lane_i(lane0), .active_i(active), .pred_i(payload_i.pred),
    .a_word_i(payload_i.r[lane0[overlay_isa_pkg::LaneRRRaLsb +: overlay_isa_pkg::LaneRRRaWidth]]),
    .b_word_i(payload_i.r[lane0[overlay_isa_pkg::LaneRRRbLsb +: overlay_isa_pkg::LaneRRRbWidth]]),
    .a_o(a0_d), .b_o(b0_d), .do_o(do0_d), .pc_o(pc0_d), .plog_o(plog0_d)
  );
  lane_operands u_operands1 (
    .lane_i(lane1), .active_i(active), .pred_i(payload_i.pred),
    .a_word_i(payload_i.r[lane1[overlay_isa_pkg::LaneRRRaLsb +: overlay_isa_pkg::LaneRRRaWidth]]),
    .b_word_i(payload_i.r[lane1[overlay_isa_pkg::LaneRRRbLsb +: overlay_isa_pkg::LaneRRRbWidth]]),
    .a_o(a1_d), .b_o(b1_d), .do_o(do1_d), .pc_o(pc1_d), .plog_o(plog1_d)
  );

  // R -> X
  always_ff @(posedge clk_i) begin
    route_x_q <= route_r;
    payload_x_q <= payload_i;
    a0_q <= a0_d;
    b0_q <= b0_d;
    a1_q <= a1_d;
    b1_q <= b1_d;
    pc0_q <= pc0_d;
    pc1_q <= pc1_d;
    plog0_q <= plog0_d;
    plog1_q <= plog1_d;
    do0_x_q <= do0_d;
    do1_x_q <= do1_d;
    op0_q <= lane0[overlay_isa_pkg::LaneRROpLsb +: overlay_isa_pkg::LaneRROpWidth];
    op1_q <= lane1[overlay_isa_pkg::LaneRROpLsb +: overlay_isa_pkg::LaneRROpWidth];
    rd0_x_q <= lane0[overlay_isa_pkg::LaneRRRdLsb +: overlay_isa_pkg::LaneRRRdWidth];
    rd1_x_q <= lane1[overlay_isa_pkg::LaneRRRdLsb +: overlay_isa_pkg::LaneRRRdWidth];
    pd0_x_q <= lane0[overlay_isa_pkg::LaneRRPdLsb +: overlay_isa_pkg::LaneRRPdWidth];
    pd1_x_q <= lane1[overlay_isa_pkg::LaneRRPdLsb +: overlay_isa_pkg::LaneRRPdWidth];
    dwe0_x_q <= lane0[overlay_isa_pkg::LaneRRDweLsb] && do0_d;
    dwe1_x_q <= lane1[overlay_isa_pkg::LaneRRDweLsb] && do1_d;
    pwe0_x_q <= lane0[overlay_isa_pkg::LaneRRPweLsb] && do0_d;
    pwe1_x_q <= lane1[overlay_isa_pkg::LaneRRPweLsb] && do1_d;
    if (!rst_ni) route_x_q.valid <= 1'b0;
  end
  assign fetch_epoch_o = route_x_q.epoch;
  assign fetch_row_o = route_x_q.row;

  // Sub-stage X and, one clock later, the results in W
  alu_lane #(.Full(1'b1)) u_lane0 (
    .clk_i, .op_i(op0_q), .a_i(a0_q), .b_i(b0_q), .pc_i(pc0_q), .plog_i(plog0_q), .comb_i(rd0_x_q[1:0]),
    .y_o(y0), .flag_o(flag0)
  );
  alu_lane #(.Full(1'b0)) u_lane1 (
    .clk_i, .op_i(op1_q), .a_i(a1_q), .b_i(b1_q), .pc_i(pc1_q), .plog_i(plog1_q), .comb_i(rd1_x_q[1:0]),
    .y_o(y1), .flag_o(flag1)
  );

  // X -> W
  always_ff @(posedge clk_i) begin
    route_w_q <= route_x_q;
    payload_w_q <= payload_x_q;
    op0_w_q <= op0_q;
    op1_w_q <= op1_q;
    rd0_w_q <= rd0_x_q;
    rd1_w_q <= rd1_x_q;
    pd0_w_q <= pd0_x_q;
    pd1_w_q <= pd1_x_q;
    do0_w_q <= do0_x_q;
    do1_w_q <= do1_x_q;
    dwe0_w_q <= dwe0_x_q;
    dwe1_w_q <= dwe1_x_q;
    pwe0_w_q <= pwe0_x_q;
    pwe1_w_q <= pwe1_x_q;
    if (!rst_ni) route_w_q.valid <= 1'b0;
  end

  // Sub-stage W
  logic event0, event1, verdict0, verdict1, act0, act1;
  logic [overlay_core_pkg::RegisterFileBits-1:0] registers_d;
  write_back u_write_back (
    .registers_i(payload_w_q.r), .enable0_i(dwe0_w_q), .number0_i(rd0_w_q), .value0_i(y0),
    .enable1_i(dwe1_w_q), .number1_i(rd1_w_q), .value1_i(y1), .registers_o(registers_d)
  );
  always_comb begin
    event0 = do0_w_q && (op0_w_q == overlay_isa_pkg::OpA_EVENT || op0_w_q == overlay_isa_pkg::OpA_EVENTX);
    event1 = do1_w_q && (op1_w_q == overlay_isa_pkg::OpA_EVENT || op1_w_q == overlay_isa_pkg::OpA_EVENTX);
    verdict0 = do0_w_q && op0_w_q == overlay_isa_pkg::OpA_VERDICT;
    verdict1 = do1_w_q && op1_w_q == overlay_isa_pkg::OpA_VERDICT;
    act0 = do0_w_q && op0_w_q == overlay_isa_pkg::OpA_ACT;
    act1 = do1_w_q && op1_w_q == overlay_isa_pkg::OpA_ACT;
    payload_d.verdict = verdict1 ? y1 : verdict0 ? y0 : payload_w_q.verdict;
    payload_d.act = payload_w_q.act | (y0 & {32{act0}}) | (y1 & {32{act1}});
    payload_d.event_valid = payload_w_q.event_valid;
    payload_d.event_id = payload_w_q.event_id;
    payload_d.pred = payload_w_q.pred;
    payload_d.r = registers_d;
    for (int unsigned s = 0; s < overlay_isa_pkg::EventSlots; s++) begin
      if (event0 && rd0_w_q[1:0] == 2'(s)) begin
        payload_d.event_valid[s] = 1'b1;
        payload_d.event_id[s] = y0[15:0];
      end
      if (event1 && rd1_w_q[1:0] == 2'(s)) begin
        payload_d.event_valid[s] = 1'b1;
        payload_d.event_id[s] = y1[15:0];
      end
    end
    for (int unsigned p = 0; p < overlay_isa_pkg::Predicates; p++) begin
      if (pwe0_w_q && pd0_w_q == 3'(p)) payload_d.pred[p] = flag0;
      if (pwe1_w_q && pd1_w_q == 3'(p)) payload_d.pred[p] = flag1;
    end
  end

  always_ff @(posedge clk_i) begin
    route_o <= route_w_q;
    payload_o <= payload_d;
    if (!rst_ni) route_o.valid <= 1'b0;
  end
endmodule
`default_nettype wire
