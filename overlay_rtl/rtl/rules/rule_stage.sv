// A rule stage: the first terminal rule of a list, and up to three earlier ones that act and go on, in RuleClocks clocks.
//
//   T0   the key's fourteen words are selected    F+1  dispatch memory
//   T1   search (rule_forest)                     F+2  the successor
//   F    what was found; rc; the address of       F+3  the successor's address goes to the next stage
//        the dispatch memory                      F+4  write-back
`default_nettype none
module rule_stage (
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
  output      logic busy_o,                              // an overflow entry is being written
  output      logic lost_o                               // a lookup did not carry out all it found
);
  localparam int unsigned KeyWords = overlay_isa_pkg::RuleKeyWords;
  localparam int unsigned EntryWords = overlay_isa_pkg::RuleEntryWords;
  localparam int unsigned EventIdBits = overlay_core_pkg::EventIdBits;
  localparam int unsigned Found = overlay_core_pkg::RuleClocks - 5;      // F

  // Configuration
  overlay_core_pkg::cfg_t cfg_q;
  logic mine;
  assign cfg_o = cfg_q;
  logic [63:0] word0, word1, word3;
  logic [overlay_core_pkg::ControlBits-1:0] control;
  stage_rows #(.HasWord3(1'b1)) u_rows (
    .clk_i, .rst_ni, .stage_i, .cfg_i, .cfg_o(cfg_q), .mine_o(mine), .fetch_epoch_i, .fetch_row_i,
    .word0_o(word0), .word1_o(word1), .control_o(control), .word3_o(word3)
  );
  logic [64*EntryWords-1:0] staged_q;
  always_ff @(posedge clk_i) begin
    // A loop and no indexed write, which would be a choice before each bit instead of its enable.
    if (cfg_q.valid && cfg_q.kind == overlay_core_pkg::CfgRuleData) begin
      for (int unsigned w = 0; w < EntryWords; w++) if (cfg_q.index[3:0] == 4'(w)) staged_q[64*w +: 64] <= cfg_q.data;
    end
  end

  // T0: the row's words as one, so that slots lie where the contract says
  logic [255:0] row;
  logic active, do_d;
  logic [4:0] guard;
  logic [32*KeyWords-1:0] key_d;
  assign row = {word3, 64'd0, word1, word0};
  assign active = route_i.valid && route_i.stage == stage_i;
  assign guard = row[overlay_isa_pkg::RuleRowGuardLsb +: 5];
  assign do_d = active && row[overlay_isa_pkg::RuleRowOpLsb +: 5] == overlay_isa_pkg::OpR_RULE
      && (!guard[4] || payload_i.pred[guard[2:0]] != guard[3]);
  for (genvar k = 0; k < KeyWords; k++) begin : g_key
    localparam int unsigned Lsb = k == 0 ? overlay_isa_pkg::RuleRowK0Lsb : k == 1 ? overlay_isa_pkg::RuleRowK1Lsb
        : k == 2 ? overlay_isa_pkg::RuleRowK2Lsb : k == 3 ? overlay_isa_pkg::RuleRowK3Lsb : k == 4 ? overlay_isa_pkg::RuleRowK4Lsb
        : k == 5 ? overlay_isa_pkg::RuleRowK5Lsb : k == 6 ? overlay_isa_pkg::RuleRowK6Lsb : k == 7 ? overlay_isa_pkg::RuleRowK7Lsb
        : k == 8 ? overlay_isa_pkg::RuleRowK8Lsb : k == 9 ? overlay_isa_pkg::RuleRowK9Lsb : k == 10 ? overlay_isa_pkg::RuleRowK10Lsb
        : k == 11 ? overlay_isa_pkg::RuleRowK11Lsb : k == 12 ? overlay_isa_pkg::RuleRowK12Lsb : overlay_isa_pkg::RuleRowK13Lsb;
    rule_key #(.Word(k)) u_key (.enable_i(do_d), .operand_i(row[Lsb +: 10]), .registers_i(payload_i.r), .value_o(key_d[32*k +: 32]));
  end

  // What later clocks need of the row goes through delay memories, and so does the payload.
  logic [7:0] dbase_f;
  logic [4:0] rd_f4, rc_f4;
  logic [2:0] pd_f4;
  logic dwe_f4, rce_f4, pwe_f4;
  overlay_core_pkg::payload_t payload_f4;
  delay_memory #(.Width(8), .Delay(Found)) u_delay_dbase (
    .clk_i, .rst_ni, .data_i(row[overlay_isa_pkg::RuleRowDbaseLsb +: 8]), .data_o(dbase_f)
  );
  delay_memory #(.Width(16), .Delay(Found + 4)) u_delay_writes (
    .clk_i, .rst_ni,
    .data_i({row[overlay_isa_pkg::RuleRowRdLsb +: 5], row[overlay_isa_pkg::RuleRowRcLsb +: 5], row[overlay_isa_pkg::RuleRowPdLsb +: 3],
             row[overlay_isa_pkg::RuleRowDweLsb], row[overlay_isa_pkg::RuleRowRceLsb], row[overlay_isa_pkg::RuleRowPweLsb]}),
    .data_o({rd_f4, rc_f4, pd_f4, dwe_f4, rce_f4, pwe_f4})
  );
  delay_memory #(.Width(overlay_core_pkg::PayloadBits), .Delay(Found + 4)) u_delay_payload (
    .clk_i, .rst_ni, .data_i(payload_i), .data_o(payload_f4)
  );
  logic [Found+4:1] do_q;                                // a packet that looks up, by T
  always_ff @(posedge clk_i) begin
    do_q <= {do_q[Found+3:1], do_d};
    if (!rst_ni) do_q <= '0;
  end

  // T1 to F: the search
  logic [32*KeyWords-1:0] key_q;
  logic [7:0] table_q;
  always_ff @(posedge clk_i) begin
    if (do_d) begin
      key_q <= key_d;
      table_q <= row[overlay_isa_pkg::RuleRowTableLsb +: 8];
    end
  end
  logic hit, lost;
  logic [31:0] argument;
  logic [2:0] other_valid;
  overlay_core_pkg::rule_act_t terminal, other0, other1, other2;
  rule_forest u_forest (
    .clk_i, .rst_ni, .valid_i(do_q[1]), .key_i(key_q), .list_i(table_q),
    .terminal_valid_o(hit), .terminal_o(terminal), .argument_o(argument), .other_valid_o(other_valid),
    .other0_o(other0), .other1_o(other1), .other2_o(other2), .lost_o(lost),
    .command_valid_i(mine && cfg_q.kind == overlay_core_pkg::CfgRuleCommand), .command_i(cfg_q.data), .staged_i(staged_q), .busy_o
  );

  // F: the carried actions, first in the low byte; dispatch follows the first of them, else the terminal entry's
  localparam int unsigned FoundBits = 1 + 1 + 2 + 4 + 4 * EventIdBits + 24 + 32;
  logic [2:0] carried;
  logic [23:0] actions;
  logic [3:0] event_valid;
  logic [4*EventIdBits-1:0] event_id;
  logic capture, log;
  logic [7:0] dispatch_addr_d, dispatch_addr_q;
  always_comb begin
    carried = 'x;
    actions = 'x;
    event_valid = 'x;
    event_id = 'x;
    capture = 'x;
    log = 'x;
    dispatch_addr_d = 'x;
    if (do_q[Found]) begin
      carried = other_valid & {other2.carry, other1.carry, other0.carry};
      unique case (carried)
        3'b000: actions = '0;
        3'b001: actions = {16'd0, other0.action};
        3'b010: actions = {16'd0, other1.action};
        3'b011: actions = {8'd0, other1.action, other0.action};
        3'b100: actions = {16'd0, other2.action};
        3'b101: actions = {8'd0, other2.action, other0.action};
        3'b110: actions = {8'd0, other2.action, other1.action};
        default: actions = {other2.action, other1.action, other0.action};
      endcase
      event_valid = {hit && terminal.counts, other_valid & {other2.counts, other1.counts, other0.counts}};
      event_id = {terminal.event_id, other2.event_id, other1.event_id, other0.event_id};
      capture = (hit && terminal.capture) || |(other_valid & {other2.capture, other1.capture, other0.capture});
      log = (hit && terminal.log) || |(other_valid & {other2.log, other1.log, other0.log});
      dispatch_addr_d = dbase_f + (carried == '0 ? terminal.action : actions[7:0]);
    end
  end
  logic [FoundBits-1:0] found_f1_q, found_f2_q, found_f3_q, found_f4_q;
  logic goes_f1_q, goes_f2_q, hit_f1_q, hit_f2_q;        // to the dispatched row; a terminal entry matched
  always_ff @(posedge clk_i) begin
    hit_f1_q <= do_q[Found] && hit;
    goes_f1_q <= do_q[Found] && (hit || |carried);
    {hit_f2_q, goes_f2_q} <= {hit_f1_q, goes_f1_q};
    if (do_q[Found]) begin
      dispatch_addr_q <= dispatch_addr_d;
      found_f1_q <= {hit, lost, log, capture, event_valid, event_id, actions, argument};
    end
    if (do_q[Found+1]) found_f2_q <= found_f1_q;
    if (do_q[Found+2]) found_f3_q <= found_f2_q;
    if (do_q[Found+3]) found_f4_q <= found_f3_q;
  end

  // F+1: dispatch memory; F+2: the successor
  result_route #(.Clocks(overlay_core_pkg::RuleClocks), .Dispatches(1'b1)) u_route (
    .clk_i, .rst_ni, .route_i, .active_i(active), .control_i(control), .pred_i(payload_i.pred), .may_dispatch_i(1'b1),
    .look_i(do_q[Found+1]), .dispatch_addr_i(dispatch_addr_q), .result_i(hit_f2_q), .found_i(goes_f2_q), .mine_i(mine), .cfg_i(cfg_q),
    .fetch_epoch_o, .fetch_row_o, .route_o
  );

  // F+4
  logic do_f4, hit_f4, lost_f4, log_f4, capture_f4, no_slot;
  logic [3:0] event_valid_f4, slots_taken;
  logic [4*EventIdBits-1:0] event_id_f4, slots_id;
  logic [23:0] actions_f4;
  logic [31:0] argument_f4;
  overlay_core_pkg::payload_t payload_with;
  assign do_f4 = do_q[Found+4];
  assign {hit_f4, lost_f4, log_f4, capture_f4, event_valid_f4, event_id_f4, actions_f4, argument_f4} = found_f4_q;
  rule_events u_events (
    .enable_i(do_f4), .taken_i(payload_f4.event_valid), .id_i(payload_f4.event_id),
    .event_valid_i(event_valid_f4), .event_id_i(event_id_f4), .taken_o(slots_taken), .id_o(slots_id), .lost_o(no_slot)
  );
  always_comb begin
    payload_with = payload_f4;
    if (do_f4) begin
      payload_with.event_valid = slots_taken;
      payload_with.event_id = slots_id;
      payload_with.act[32'(overlay_isa_pkg::ActCapture)] = payload_f4.act[32'(overlay_isa_pkg::ActCapture)] | capture_f4;
      payload_with.act[32'(overlay_isa_pkg::ActLog)] = payload_f4.act[32'(overlay_isa_pkg::ActLog)] | log_f4;
    end
  end
  write_back #(.Writable(overlay_isa_pkg::ResultRegisters)) u_write_back (
    .clk_i, .payload_i(payload_with), .do0_i(do_f4), .enable0_i(dwe_f4 && hit_f4), .number0_i(rd_f4), .value0_i(argument_f4),
    .pred_enable0_i(pwe_f4), .pred_number0_i(pd_f4), .pred_value0_i(hit_f4),
    .event_enable0_i(1'b0), .verdict_enable0_i(1'b0), .act_enable0_i(1'b0),
    .do1_i(do_f4), .enable1_i(rce_f4), .number1_i(rc_f4), .value1_i({8'd0, actions_f4}),
    .pred_enable1_i(1'b0), .pred_number1_i(3'd0), .pred_value1_i(1'b0),
    .event_enable1_i(1'b0), .verdict_enable1_i(1'b0), .act_enable1_i(1'b0),
    .payload_o
  );
  always_ff @(posedge clk_i) begin
    lost_o <= do_f4 && (lost_f4 || no_slot);
    if (!rst_ni) lost_o <= 1'b0;
  end
endmodule
`default_nettype wire
