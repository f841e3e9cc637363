// An exact stage: looks a key of four words and a table id up in four ways, in ten clocks.
//
//   T0  key words are selected           T5  hit way gives value and action, dispatch address
//   T1  hashes                           T6  dispatch memory
//   T2  way memories                     T7  hit, own branch, dispatch: the successor
//   T3  their output registers           T8  the successor's address goes to the next stage
//   T4  comparison of all ways           T9  write-back
//
// T1 to T5 are exact_ways, whose entries are software's, or learned_ways, which makes entries itself: a stage that can learn
// executes learning lookups besides.
`default_nettype none
module exact_stage #(
  parameter bit Learns = 1'b0
) (
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
  output      logic full_o,                // a key was refused because its places were taken
  output      overlay_core_pkg::mirror_t mirror_o,   // to the other core's stage, and from it
  input  wire overlay_core_pkg::mirror_t mirror_i
);
  // Configuration
  overlay_core_pkg::cfg_t cfg_q;
  logic mine;
  assign cfg_o = cfg_q;
  logic [63:0] word0, word1, unused_word3;
  logic [overlay_core_pkg::ControlBits-1:0] control;
  stage_rows u_rows (
    .clk_i, .rst_ni, .stage_i, .cfg_i, .cfg_o(cfg_q), .mine_o(mine), .fetch_epoch_i, .fetch_row_i,
    .word0_o(word0), .word1_o(word1), .control_o(control), .word3_o(unused_word3)
  );

  // T0
  logic active, learn, do_d;
  logic [4:0] op;
  logic [31:0] immediate, k0_d, k1_d, k2_d, k3_d;
  logic [4:0] guard;
  assign active = route_i.valid && route_i.stage == stage_i;
  assign immediate = word1[overlay_isa_pkg::LookupRowImmLsb - 64 +: overlay_isa_pkg::LookupRowImmWidth];
  assign guard = word0[overlay_isa_pkg::LookupRowGuardLsb +: overlay_isa_pkg::LookupRowGuardWidth];
  assign op = word0[overlay_isa_pkg::LookupRowOpLsb +: overlay_isa_pkg::LookupRowOpWidth];
  assign learn = Learns && op == overlay_isa_pkg::OpE_LEARN;
  assign do_d = active && (op == overlay_isa_pkg::OpE_LOOKUP || learn) && (!guard[4] || payload_i.pred[guard[2:0]] != guard[3]);
  operand_select u_k0 (.enable_i(do_d), .operand_i(word0[overlay_isa_pkg::LookupRowK0Lsb +: 10]), .immediate_i(immediate),
    .registers_i(payload_i.r), .value_o(k0_d));
  operand_select u_k1 (.enable_i(do_d), .operand_i(word0[overlay_isa_pkg::LookupRowK1Lsb +: 10]), .immediate_i(immediate),
    .registers_i(payload_i.r), .value_o(k1_d));
  operand_select u_k2 (.enable_i(do_d), .operand_i(word0[overlay_isa_pkg::LookupRowK2Lsb +: 10]), .immediate_i(immediate),
    .registers_i(payload_i.r), .value_o(k2_d));
  operand_select u_k3 (.enable_i(do_d), .operand_i(word1[overlay_isa_pkg::LookupRowK3Lsb - 64 +: 10]), .immediate_i(immediate),
    .registers_i(payload_i.r), .value_o(k3_d));

  // What T9 needs of the row goes through delay memories, and so does the payload.
  logic [4:0] rd_t9;
  logic [2:0] pd_t9;
  logic do_t9, dwe_t9, pwe_t9, learn_t9;
  overlay_core_pkg::payload_t payload_t9;
  delay_memory #(.Width(12), .Delay(9)) u_delay_writes (
    .clk_i, .rst_ni,
    .data_i({word0[overlay_isa_pkg::LookupRowRdLsb +: 5], word0[overlay_isa_pkg::LookupRowPdLsb +: 3],
             do_d, word0[overlay_isa_pkg::LookupRowDweLsb], word0[overlay_isa_pkg::LookupRowPweLsb], learn}),
    .data_o({rd_t9, pd_t9, do_t9, dwe_t9, pwe_t9, learn_t9})
  );
  delay_memory #(.Width(overlay_core_pkg::PayloadBits), .Delay(9)) u_delay_payload (
    .clk_i, .rst_ni, .data_i(payload_i), .data_o(payload_t9)
  );

  // T1 to T5
  logic do_t1_q, hit_t5;
  logic [63:0] key01_t1_q, key23_t1_q;
  logic [7:0] table_t1_q, action_t5;
  logic [31:0] value_t5;
  logic [39:0] dbases_q;                                 // T1 in the low byte, to T5
  always_ff @(posedge clk_i) begin
    do_t1_q <= do_d;
    dbases_q <= {dbases_q[31:0], word1[overlay_isa_pkg::LookupRowDbaseLsb - 64 +: 8]};
    if (do_d) begin
      key01_t1_q <= {k1_d, k0_d};
      key23_t1_q <= {k3_d, k2_d};
      table_t1_q <= word0[overlay_isa_pkg::LookupRowTableLsb +: 8];
    end
    if (!rst_ni) do_t1_q <= 1'b0;
  end
  if (Learns) begin : g_learned
    localparam int unsigned NumberBits = $clog2(overlay_core_pkg::Operands);
    localparam int unsigned IndexBits = $clog2(overlay_core_pkg::RegisterFileBits);
    logic learn_t1_q;
    logic [overlay_isa_pkg::LearnRowModeWidth-1:0] mode_t1_q;
    logic [2:0] size_t1_q;
    logic [31:0] now_d, now_t1_q, timeout_t1_q;
    logic [7:0] byte_d, byte_t1_q;
    logic [overlay_isa_pkg::LearnRowModeWidth-1:0] mode_d;
    logic [overlay_core_pkg::RegisterFileBits-1:0] registers;
    assign registers = payload_i.r;
    assign mode_d = word1[overlay_isa_pkg::LearnRowModeLsb - 64 +: overlay_isa_pkg::LearnRowModeWidth];
    always_comb begin
      now_d = 'x;
      byte_d = 'x;
      if (do_d && learn) begin
        now_d = registers[IndexBits'({word1[overlay_isa_pkg::LearnRowNowLsb - 64 +: NumberBits], 5'd0}) +: 32];
        byte_d = registers[IndexBits'({word1[overlay_isa_pkg::LearnRowByteLsb - 64 +: NumberBits], 5'd0}) +: 8];
      end
    end
    always_ff @(posedge clk_i) begin
      learn_t1_q <= do_d && learn;
      if (do_d && learn) begin
        mode_t1_q <= mode_d;
        size_t1_q <= word0[overlay_isa_pkg::LearnRowSizeLsb +: overlay_isa_pkg::LearnRowSizeWidth];
        now_t1_q <= now_d;
        byte_t1_q <= byte_d;
        if (!mode_d[overlay_isa_pkg::LearnModeByte]) byte_t1_q <= '0;
        timeout_t1_q <= immediate;
      end
    end
    learned_ways u_ways (
      .clk_i, .rst_ni, .mine_i(mine), .cfg_i(cfg_q), .rsp_i, .rsp_o,
      .do_i(do_t1_q), .table_i(table_t1_q), .key01_i(key01_t1_q), .key23_i(key23_t1_q),
      .learn_i(learn_t1_q), .mode_i(mode_t1_q), .size_i(size_t1_q), .now_i(now_t1_q), .timeout_i(timeout_t1_q), .byte_i(byte_t1_q),
      .hit_o(hit_t5), .value_o(value_t5), .action_o(action_t5), .full_o, .mirror_o, .mirror_i
    );
  end else begin : g_exact
    exact_ways u_ways (
      .clk_i, .rst_ni, .mine_i(mine), .cfg_i(cfg_q), .rsp_i, .rsp_o,
      .do_i(do_t1_q), .table_i(table_t1_q), .key01_i(key01_t1_q), .key23_i(key23_t1_q),
      .hit_o(hit_t5), .value_o(value_t5), .action_o(action_t5)
    );
    assign full_o = 1'b0;
    assign mirror_o = '0;
  end

  logic [9:6] hit_q;                                     // index: sub-stage
  logic [31:0] value_t6_q, value_t7_q, value_t8_q, value_t9_q;
  logic [7:0] dispatch_addr_t6_q;
  always_ff @(posedge clk_i) begin
    hit_q <= {hit_q[8:6], hit_t5};
    {value_t6_q, value_t7_q, value_t8_q, value_t9_q} <= {value_t5, value_t6_q, value_t7_q, value_t8_q};
    dispatch_addr_t6_q <= dbases_q[39:32] + action_t5;
  end

  // T6: dispatch memory; T7: the successor
  result_route #(.Clocks(overlay_core_pkg::ExactClocks), .Dispatches(1'b1)) u_route (
    .clk_i, .rst_ni, .route_i, .active_i(active), .control_i(control), .pred_i(payload_i.pred), .may_dispatch_i(!learn),
    .look_i(1'b1), .dispatch_addr_i(dispatch_addr_t6_q), .result_i(hit_q[7]), .found_i(hit_q[7]), .mine_i(mine), .cfg_i(cfg_q),
    .fetch_epoch_o, .fetch_row_o, .route_o
  );

  // T9
  write_back #(.Writable(overlay_isa_pkg::ResultRegisters)) u_write_back (
    .clk_i, .payload_i(payload_t9), .do0_i(do_t9), .enable0_i(dwe_t9 && (hit_q[9] || learn_t9)), .number0_i(rd_t9), .value0_i(value_t9_q),
    .pred_enable0_i(pwe_t9), .pred_number0_i(pd_t9), .pred_value0_i(hit_q[9]),
    .event_enable0_i(1'b0), .verdict_enable0_i(1'b0), .act_enable0_i(1'b0),
    .do1_i(1'b0), .enable1_i(1'b0), .number1_i(5'd0), .value1_i(32'd0), .pred_enable1_i(1'b0), .pred_number1_i(3'd0), .pred_value1_i(1'b0),
    .event_enable1_i(1'b0), .verdict_enable1_i(1'b0), .act_enable1_i(1'b0),
    .payload_o
  );
endmodule
`default_nettype wire
