// The modules side by side, each with ports of its own, so that one Verilated model serves all their benches.
`default_nettype none
module bench_top (
  input  wire logic clk_i,
  input  wire logic rst_ni,
  // part_select
  input  wire logic [31:0] part_word_i,
  input  wire logic [2:0] part_selector_i,
  output      logic [31:0] part_o,
  // lane_operands and alu_lane, full and reduced: a lane operation on two registers and the predicates
  input  wire logic [63:0] lane_i,
  input  wire logic lane_active_i,
  input  wire logic [7:0] lane_pred_i,
  input  wire logic [31:0] lane_r0_i,
  input  wire logic [31:0] lane_r1_i,
  output      logic lane_do_o,            // two clocks later than the operation, with the results
  output      logic [31:0] lane_full_y_o,
  output      logic lane_full_flag_o,
  output      logic [31:0] lane_reduced_y_o,
  output      logic lane_reduced_flag_o,
  // crc_slices
  input  wire logic [7:0] crc_table_i,
  input  wire logic [63:0] crc_key01_i,
  input  wire logic [63:0] crc_key23_i,
  output      logic [43:0] crc_addr_o,
  // carry_select_adder
  input  wire logic [63:0] add_a_i,
  input  wire logic [63:0] add_b_i,
  input  wire logic add_carry_i,
  output      logic [63:0] add_sum_o,
  // state_step
  input  wire logic [63:0] step_state_i,
  input  wire logic [2:0] step_rel_i,
  input  wire logic [3:0] step_f_i,
  input  wire logic [3:0] step_g_i,
  input  wire logic [63:0] step_a_i,
  input  wire logic [63:0] step_b_i,
  input  wire logic [63:0] step_k_i,
  output      logic [63:0] step_next_o,
  output      logic step_condition_o,
  // output_fifo
  input  wire logic fifo_write_i,
  input  wire logic [31:0] fifo_data_i,
  output      logic fifo_valid_o,
  input  wire logic fifo_ready_i,
  output      logic [31:0] fifo_data_o,
  // clock_gate
  input  wire logic gate_enable_i,
  output      logic gate_clk_o,
  // delay_memory
  input  wire logic [31:0] delay_data_i,
  output      logic [31:0] delay3_o,
  output      logic [31:0] delay9_o,
  output      logic [31:0] delay100_o,
  // event_slot
  input  wire logic event_valid_i,
  input  wire logic [15:0] event_id_i,
  input  wire logic [15:0] event_length_i,
  output      logic event_bad_o,
  input  wire logic event_access_i,
  input  wire logic [1:0] event_access_slot_i,
  input  wire logic event_write_i,
  input  wire logic event_bytes_i,
  input  wire logic [$clog2(overlay_core_pkg::EventIds)-1:0] event_access_id_i,
  input  wire logic [63:0] event_data_i,
  output      logic event_answer_valid_o,
  output      logic [63:0] event_answer_o,
  // write_back
  input  wire logic [767:0] write_registers_i,
  input  wire logic [7:0] write_pred_i,
  input  wire logic [31:0] write_act_i,
  input  wire logic write_do0_i,
  input  wire logic [4:0] write_enables0_i,          // {act, verdict, event, predicate, register}
  input  wire logic [4:0] write_number0_i,
  input  wire logic [31:0] write_value0_i,
  input  wire logic [2:0] write_pred_number0_i,
  input  wire logic write_pred_value0_i,
  input  wire logic write_do1_i,
  input  wire logic [4:0] write_enables1_i,          // {act, verdict, event, predicate, register}
  input  wire logic [4:0] write_number1_i,
  input  wire logic [31:0] write_value1_i,
  input  wire logic [2:0] write_pred_number1_i,
  input  wire logic write_pred_value1_i,
  output      logic [767:0] write_registers_o,
  output      logic [7:0] write_pred_o,
  output      logic [31:0] write_verdict_o,
  output      logic [31:0] write_act_o,
  output      logic [3:0] write_event_valid_o,
  output      logic [63:0] write_event_id_o,
  // successor
  input  wire logic [33:0] successor_control_i,
  input  wire logic [7:0] successor_pred_i,
  output      logic [5:0] successor_stage_o,
  output      logic [7:0] successor_row_o,
  output      logic [5:0] successor_taken_stage_o,
  output      logic [7:0] successor_taken_row_o,
  output      logic successor_own_o,
  output      logic successor_dispatch_o,
  output      logic successor_negate_o,
  // operand_select
  input  wire logic [9:0] operand_i,
  input  wire logic [767:0] operand_registers_i,
  input  wire logic [31:0] operand_immediate_i,
  output      logic [31:0] operand_value_o,
  // mul16
  input  wire logic [15:0] mul_a_i,
  input  wire logic [15:0] mul_b_i,
  output      logic [31:0] mul_product_o,
  // stage_rows: configured as the stages are
  input  wire logic rows_epoch_i,
  input  wire logic [7:0] rows_row_i,
  output      logic rows_mine_o,
  output      logic rows_cfg_valid_o,
  output      logic [63:0] rows_cfg_data_o,
  output      logic [63:0] rows_word0_o,
  output      logic [63:0] rows_word1_o,
  output      logic [33:0] rows_control_o,
  output      logic [63:0] rows_word3_o,
  // result_route: of a stage of ten clocks that dispatches, and of one of six that does not; where packets come from is stage_...
  input  wire logic route_active_i,
  input  wire logic [33:0] route_control_i,
  input  wire logic route_may_dispatch_i,
  input  wire logic route_look_i,
  input  wire logic [7:0] route_dispatch_addr_i,
  input  wire logic route_result_i,
  input  wire logic route_found_i,
  output      logic route_fetch_epoch_o,
  output      logic [7:0] route_fetch_row_o,
  output      logic route_valid_o,
  output      logic route_epoch_o,
  output      logic [5:0] route_stage_o,
  output      logic [7:0] route_row_o,
  input  wire logic route_branch_result_i,
  output      logic route_branch_valid_o,
  output      logic [5:0] route_branch_stage_o,
  output      logic [7:0] route_branch_row_o,
  // entry_map
  input  wire logic entry_write_i,
  input  wire logic entry_write_epoch_i,
  input  wire logic entry_write_tap_i,
  input  wire logic [4:0] entry_write_register_i,
  input  wire logic [4:0] entry_write_data_i,
  input  wire logic entry_epoch_i,
  input  wire logic [overlay_core_pkg::EntryBits-1:0] entry_words_i,
  output      logic [767:0] entry_tap0_o,
  output      logic [383:0] entry_tap1_o,
  output      logic [11:0] entry_tap1_enable_o,
  // exit_map
  input  wire logic exit_write_i,
  input  wire logic exit_write_epoch_i,
  input  wire logic [4:0] exit_write_target_i,
  input  wire logic [7:0] exit_write_data_i,
  input  wire logic exit_epoch_i,
  input  wire logic [31:0] exit_act_i,
  input  wire logic [767:0] exit_registers_i,
  output      logic [overlay_core_pkg::TargetBits-1:0] exit_targets_o,
  // tap_merge
  input  wire logic tap_valid_i,
  input  wire logic [7:0] tap_row_i,
  input  wire logic [767:0] tap_registers_i,
  input  wire logic [7:0] tap_pred_i,
  input  wire logic [11:0] tap_enable_i,
  input  wire logic [383:0] tap_value_i,
  output      logic tap_valid_o,
  output      logic [7:0] tap_row_o,
  output      logic [7:0] tap_fetch_row_o,
  output      logic [767:0] tap_registers_o,
  output      logic [7:0] tap_pred_o,
  // event_counters
  input  wire logic [3:0] counters_valid_i,
  input  wire logic [63:0] counters_id_i,
  input  wire logic [15:0] counters_length_i,
  output      logic [2:0] counters_bad_o,
  output      logic counters_rsp_valid_o,
  output      logic [63:0] counters_rsp_data_o,
  // rule_events
  input  wire logic [3:0] rule_events_taken_i,
  input  wire logic [63:0] rule_events_id_i,
  input  wire logic [3:0] rule_events_new_i,
  input  wire logic [63:0] rule_events_new_id_i,
  output      logic [3:0] rule_events_taken_o,
  output      logic [63:0] rule_events_id_o,
  output      logic rule_events_lost_o,
  // alu_stage, exact_stage, learning_stage, state_stage, rule_stage, prefix_stage and gather_stage as stage 5, with the same input; the row's address goes two clocks ahead
  input  wire logic stage_valid_i,
  input  wire logic stage_epoch_i,
  input  wire logic [5:0] stage_stage_i,
  input  wire logic [7:0] stage_row_i,
  input  wire logic [767:0] stage_registers_i,
  input  wire logic [7:0] stage_pred_i,
  input  wire logic [3:0] stage_event_valid_i,
  input  wire logic [63:0] stage_event_id_i,
  output      logic alu_valid_o,
  output      logic alu_epoch_o,
  output      logic [5:0] alu_stage_o,
  output      logic [7:0] alu_row_o,
  output      logic [7:0] alu_fetch_row_o,   // two clocks before alu_row_o
  output      logic [767:0] alu_registers_o,
  output      logic [7:0] alu_pred_o,
  output      logic [31:0] alu_verdict_o,
  output      logic [31:0] alu_act_o,
  output      logic [3:0] alu_event_valid_o,
  output      logic [63:0] alu_event_id_o,
  output      logic exact_valid_o,
  output      logic exact_epoch_o,
  output      logic [5:0] exact_stage_o,
  output      logic [7:0] exact_row_o,
  output      logic [7:0] exact_fetch_row_o,   // two clocks before exact_row_o
  output      logic [767:0] exact_registers_o,
  output      logic [7:0] exact_pred_o,
  output      logic [31:0] exact_verdict_o,
  output      logic [31:0] exact_act_o,
  output      logic [3:0] exact_event_valid_o,
  output      logic [63:0] exact_event_id_o,
  output      logic learning_valid_o,
  output      logic learning_epoch_o,
  output      logic [5:0] learning_stage_o,
  output      logic [7:0] learning_row_o,
  output      logic [767:0] learning_registers_o,
  output      logic [7:0] learning_pred_o,
  output      logic learning_full_o,
  output      logic [overlay_core_pkg::MirrorBits-1:0] learning_mirror_o,
  input  wire logic [overlay_core_pkg::MirrorBits-1:0] learning_mirror_i,
  output      logic learning_rsp_valid_o,
  output      logic [1:0] learning_rsp_word_o,
  output      logic [63:0] learning_rsp_data_o,
  output      logic state_valid_o,
  output      logic state_epoch_o,
  output      logic [5:0] state_stage_o,
  output      logic [7:0] state_row_o,
  output      logic [7:0] state_fetch_row_o,   // two clocks before state_row_o
  output      logic [767:0] state_registers_o,
  output      logic [7:0] state_pred_o,
  output      logic [31:0] state_verdict_o,
  output      logic [31:0] state_act_o,
  output      logic [3:0] state_event_valid_o,
  output      logic [63:0] state_event_id_o,
  output      logic rule_valid_o,
  output      logic rule_epoch_o,
  output      logic [5:0] rule_stage_o,
  output      logic [7:0] rule_row_o,
  output      logic [7:0] rule_fetch_row_o,   // two clocks before rule_row_o
  output      logic [767:0] rule_registers_o,
  output      logic [7:0] rule_pred_o,
  output      logic [31:0] rule_verdict_o,
  output      logic [31:0] rule_act_o,
  output      logic [3:0] rule_event_valid_o,
  output      logic [63:0] rule_event_id_o,
  output      logic prefix_valid_o,
  output      logic prefix_epoch_o,
  output      logic [5:0] prefix_stage_o,
  output      logic [7:0] prefix_row_o,
  output      logic [767:0] prefix_registers_o,
  output      logic [7:0] prefix_pred_o,
  // gather_stage: place and window are those of the slot, bench_top brings them when the stage wants them
  input  wire logic [23:0] gather_place_i,
  input  wire logic [1023:0] gather_window_i,
  output      logic gather_valid_o,
  output      logic gather_epoch_o,
  output      logic [5:0] gather_stage_o,
  output      logic [7:0] gather_row_o,
  output      logic [7:0] gather_fetch_row_o,
  output      logic [767:0] gather_registers_o,
  output      logic [7:0] gather_pred_o,
  output      logic rule_busy_o,
  output      logic rule_lost_o,
  output      logic exact_rsp_valid_o,
  output      logic [1:0] exact_rsp_word_o,
  output      logic [63:0] exact_rsp_data_o,
  output      logic state_rsp_valid_o,
  output      logic [63:0] state_rsp_data_o,
  output      logic state_bad_index_o,
  // Configuration of the stages and counters
  input  wire logic cfg_valid_i,
  input  wire logic cfg_foreign_i,            // for another stage
  input  wire logic [3:0] cfg_kind_i,
  input  wire logic cfg_write_i,
  input  wire logic cfg_epoch_i,
  input  wire logic [15:0] cfg_index_i,
  input  wire logic [1:0] cfg_word_i,
  input  wire logic [63:0] cfg_data_i,
  // mmio_unit
  input  wire logic mmio_request_valid_i,
  output      logic mmio_request_ready_o,
  input  wire logic mmio_request_write_i,
  input  wire logic [23:0] mmio_request_addr_i,
  input  wire logic [63:0] mmio_request_data_i,
  output      logic mmio_response_valid_o,
  input  wire logic mmio_response_ready_i,
  output      logic [63:0] mmio_response_data_o,
  output      logic mmio_epoch_o,
  output      logic [63:0] mmio_start0_o,
  output      logic [63:0] mmio_start1_o,
  output      logic mmio_entry_write_o,
  output      logic mmio_bubble_o,
  input  wire logic [15:0] mmio_inflight0_i,
  input  wire logic [15:0] mmio_inflight1_i,
  input  wire logic [63:0] mmio_packets_in_i,
  input  wire logic [63:0] mmio_packets_out_i,
  input  wire logic [2:0] mmio_bad_events_i,
  input  wire logic [6:0] mmio_bad_indexes_i,
  input  wire logic mmio_rules_busy_i,
  input  wire logic [2:0] mmio_rules_lost_i,
  input  wire logic [2:0] mmio_learn_full_i,
  output      logic [63:0] mmio_mirror_o,
  output      logic mmio_cfg_valid_o,
  output      logic [3:0] mmio_cfg_kind_o,
  output      logic mmio_cfg_write_o,
  output      logic mmio_cfg_epoch_o,
  output      logic [5:0] mmio_cfg_stage_o,
  output      logic [15:0] mmio_cfg_index_o,
  output      logic [1:0] mmio_cfg_word_o,
  output      logic [63:0] mmio_cfg_data_o,
  input  wire logic mmio_rsp_valid_i,
  input  wire logic [1:0] mmio_rsp_word_i,
  input  wire logic [63:0] mmio_rsp_data_i
);
  part_select u_part (.enable_i(1'b1), .word_i(part_word_i), .selector_i(part_selector_i), .part_o(part_o));

  logic [31:0] a, b, a_q, b_q;
  logic lane_do, do_q, pc, pc_q, plog, plog_q;
  logic [1:0] comb_q;
  overlay_core_pkg::alu_control_t control, control_q;
  lane_operands u_operands (
    .lane_i, .active_i(lane_active_i), .pred_i(lane_pred_i),
    .registers_i({{(overlay_core_pkg::RegisterFileBits - 64){1'b0}}, lane_r1_i, lane_r0_i}),
    .a_o(a), .b_o(b), .do_o(lane_do), .pc_o(pc), .plog_o(plog), .control_o(control)
  );
  always_ff @(posedge clk_i) begin
    {a_q, b_q, pc_q, plog_q} <= {a, b, pc, plog};
    do_q <= lane_do;
    lane_do_o <= do_q;
    control_q <= control;
    comb_q <= lane_i[overlay_isa_pkg::LaneCmpRRCombLsb +: 2];
  end
  overlay_core_pkg::alu_control_t unused_full_control, unused_reduced_control;
  alu_lane #(.Full(1'b1)) u_full (
    .clk_i, .do_i(do_q), .control_i(control_q), .a_i(a_q), .b_i(b_q), .pc_i(pc_q), .plog_i(plog_q), .comb_i(comb_q),
    .y_o(lane_full_y_o), .flag_o(lane_full_flag_o), .control_o(unused_full_control)
  );
  alu_lane #(.Full(1'b0)) u_reduced (
    .clk_i, .do_i(do_q), .control_i(control_q), .a_i(a_q), .b_i(b_q), .pc_i(pc_q), .plog_i(plog_q), .comb_i(comb_q),
    .y_o(lane_reduced_y_o), .flag_o(lane_reduced_flag_o), .control_o(unused_reduced_control)
  );

  crc_slices #(.AddrBits(11)) u_crc (
    .enable_i(1'b1), .table_i(crc_table_i), .key01_i(crc_key01_i), .key23_i(crc_key23_i), .addr_o(crc_addr_o)
  );

  carry_select_adder u_add (.enable_i(1'b1), .a_i(add_a_i), .b_i(add_b_i), .carry_i(add_carry_i), .sum_o(add_sum_o));

  // The operands as state_stage prepares them.
  logic [63:0] sum_ba;
  logic f_maxadd, g_maxadd;
  assign sum_ba = step_a_i + step_b_i;
  assign f_maxadd = step_f_i == overlay_isa_pkg::StateOpMaxadd;
  assign g_maxadd = step_g_i == overlay_isa_pkg::StateOpMaxadd;
  state_step u_step (
    .enable_i(1'b1), .state_i(step_state_i), .rel_i(step_rel_i), .f_i(step_f_i), .g_i(step_g_i), .k_i(step_k_i),
    .f_operand_i(f_maxadd ? sum_ba : step_a_i),
    .f_addend_i(step_f_i == overlay_isa_pkg::StateOpSub ? ~step_a_i : step_a_i),
    .f_compare_i(f_maxadd ? step_b_i : step_a_i),
    .g_operand_i(g_maxadd ? sum_ba : step_b_i),
    .g_addend_i(g_maxadd ? step_a_i : step_g_i == overlay_isa_pkg::StateOpSub ? ~step_b_i : step_b_i),
    .g_compare_i(step_b_i),
    .next_o(step_next_o), .condition_o(step_condition_o)
  );

  output_fifo #(.Width(32), .Depth(16)) u_fifo (
    .clk_i, .rst_ni, .write_i(fifo_write_i), .data_i(fifo_data_i), .valid_o(fifo_valid_o), .ready_i(fifo_ready_i), .data_o(fifo_data_o)
  );

  clock_gate u_gate (.clk_i, .enable_i(gate_enable_i), .clk_o(gate_clk_o));
  delay_memory #(.Width(32), .Delay(3)) u_delay3 (.clk_i, .rst_ni, .data_i(delay_data_i), .data_o(delay3_o));
  delay_memory #(.Width(32), .Delay(9)) u_delay9 (.clk_i, .rst_ni, .data_i(delay_data_i), .data_o(delay9_o));
  delay_memory #(.Width(32), .Delay(100)) u_delay100 (.clk_i, .rst_ni, .data_i(delay_data_i), .data_o(delay100_o));

  event_slot u_events (
    .clk_i, .rst_ni, .valid_i(event_valid_i), .id_i(event_id_i), .length_i(event_length_i), .bad_o(event_bad_o),
    .slot_i(2'd2), .access_i(event_access_i), .access_slot_i(event_access_slot_i), .access_write_i(event_write_i), .access_bytes_i(event_bytes_i), .access_id_i(event_access_id_i),
    .access_data_i(event_data_i), .answer_valid_o(event_answer_valid_o), .answer_o(event_answer_o)
  );
  overlay_core_pkg::payload_t write_before, write_after;
  always_comb begin
    write_before = '0;
    write_before.r = write_registers_i;
    write_before.pred = write_pred_i;
    write_before.act = write_act_i;
  end
  write_back u_write (
    .clk_i, .payload_i(write_before),
    .do0_i(write_do0_i), .enable0_i(write_enables0_i[0]), .number0_i(write_number0_i), .value0_i(write_value0_i),
    .pred_enable0_i(write_enables0_i[1]), .pred_number0_i(write_pred_number0_i), .pred_value0_i(write_pred_value0_i),
    .event_enable0_i(write_enables0_i[2]), .verdict_enable0_i(write_enables0_i[3]), .act_enable0_i(write_enables0_i[4]),
    .do1_i(write_do1_i), .enable1_i(write_enables1_i[0]), .number1_i(write_number1_i), .value1_i(write_value1_i),
    .pred_enable1_i(write_enables1_i[1]), .pred_number1_i(write_pred_number1_i), .pred_value1_i(write_pred_value1_i),
    .event_enable1_i(write_enables1_i[2]), .verdict_enable1_i(write_enables1_i[3]), .act_enable1_i(write_enables1_i[4]),
    .payload_o(write_after)
  );
  assign write_registers_o = write_after.r;
  assign write_pred_o = write_after.pred;
  assign write_verdict_o = write_after.verdict;
  assign write_act_o = write_after.act;
  assign write_event_valid_o = write_after.event_valid;
  assign write_event_id_o = write_after.event_id;

  successor u_successor (
    .enable_i(1'b1), .control_i(successor_control_i), .pred_i(successor_pred_i), .stage_o(successor_stage_o), .row_o(successor_row_o),
    .taken_stage_o(successor_taken_stage_o), .taken_row_o(successor_taken_row_o), .own_o(successor_own_o),
    .dispatch_o(successor_dispatch_o), .negate_o(successor_negate_o)
  );

  operand_select u_operand (
    .enable_i(1'b1), .operand_i, .registers_i(operand_registers_i), .immediate_i(operand_immediate_i), .value_o(operand_value_o)
  );

  mul16 u_mul (.clk_i, .a_i(mul_a_i), .b_i(mul_b_i), .product_o(mul_product_o));

  entry_map u_entry_map (
    .clk_i, .write_i(entry_write_i), .write_epoch_i(entry_write_epoch_i), .write_tap_i(entry_write_tap_i),
    .write_register_i(entry_write_register_i), .write_data_i(entry_write_data_i), .epoch_i(entry_epoch_i), .words_i(entry_words_i),
    .tap0_o(entry_tap0_o), .tap1_o(entry_tap1_o), .tap1_enable_o(entry_tap1_enable_o)
  );

  exit_map u_exit_map (
    .clk_i, .write_i(exit_write_i), .write_epoch_i(exit_write_epoch_i), .write_target_i(exit_write_target_i),
    .write_data_i(exit_write_data_i), .epoch_i(exit_epoch_i), .act_i(exit_act_i), .registers_i(exit_registers_i), .targets_o(exit_targets_o)
  );

  overlay_core_pkg::route_t tap_route_in, tap_route_out;
  overlay_core_pkg::payload_t tap_payload_in, tap_payload_out;
  logic unused_tap_epoch;
  always_comb begin
    tap_route_in = '0;
    tap_route_in.valid = tap_valid_i;
    tap_route_in.row = tap_row_i;
    tap_payload_in = '0;
    tap_payload_in.r = tap_registers_i;
    tap_payload_in.pred = tap_pred_i;
  end
  tap_merge u_tap (
    .clk_i, .rst_ni, .fetch_epoch_i(1'b0), .fetch_row_i(~tap_row_i), .route_i(tap_route_in), .payload_i(tap_payload_in),
    .tap_enable_i, .tap_value_i, .fetch_epoch_o(unused_tap_epoch), .fetch_row_o(tap_fetch_row_o), .route_o(tap_route_out),
    .payload_o(tap_payload_out)
  );
  assign tap_valid_o = tap_route_out.valid;
  assign tap_row_o = tap_route_out.row;
  assign tap_registers_o = tap_payload_out.r;
  assign tap_pred_o = tap_payload_out.pred;

  overlay_core_pkg::cfg_t cfg;
  overlay_core_pkg::rsp_t rsp_none, exact_rsp, learning_rsp, state_rsp, counters_rsp;
  overlay_core_pkg::route_t route, route_q1, route_q2;
  overlay_core_pkg::payload_t payload, payload_q1, payload_q2;
  assign rsp_none = '0;
  always_comb begin
    cfg.valid = cfg_valid_i;
    cfg.kind = cfg_kind_i;
    cfg.write = cfg_write_i;
    cfg.epoch = cfg_epoch_i;
    cfg.stage = cfg_foreign_i ? 6'd6 : 6'd5;
    cfg.index = cfg_index_i;
    cfg.word = cfg_word_i;
    cfg.data = cfg_data_i;
    route.valid = stage_valid_i;
    route.epoch = stage_epoch_i;
    route.stage = stage_stage_i;
    route.row = stage_row_i;
    payload = '0;
    payload.r = stage_registers_i;
    payload.pred = stage_pred_i;
    payload.event_valid = stage_event_valid_i;
    payload.event_id = stage_event_id_i;
  end
  always_ff @(posedge clk_i) begin
    {route_q1, route_q2} <= {route, route_q1};
    {payload_q1, payload_q2} <= {payload, payload_q1};
    if (!rst_ni) begin
      route_q1.valid <= 1'b0;
      route_q2.valid <= 1'b0;
    end
  end

  overlay_core_pkg::cfg_t rows_cfg;
  stage_rows #(.HasWord3(1'b1)) u_rows (
    .clk_i, .rst_ni, .stage_i(6'd5), .cfg_i(cfg), .cfg_o(rows_cfg), .mine_o(rows_mine_o), .fetch_epoch_i(rows_epoch_i), .fetch_row_i(rows_row_i),
    .word0_o(rows_word0_o), .word1_o(rows_word1_o), .control_o(rows_control_o), .word3_o(rows_word3_o)
  );
  assign rows_cfg_valid_o = rows_cfg.valid;
  assign rows_cfg_data_o = rows_cfg.data;

  overlay_core_pkg::route_t route_dispatched, route_branched;
  result_route #(.Clocks(10), .Dispatches(1'b1)) u_route_dispatches (
    .clk_i, .rst_ni, .route_i(route), .active_i(route_active_i), .control_i(route_control_i), .pred_i(stage_pred_i),
    .may_dispatch_i(route_may_dispatch_i), .look_i(route_look_i), .dispatch_addr_i(route_dispatch_addr_i), .result_i(route_result_i),
    .found_i(route_found_i), .mine_i(cfg.valid), .cfg_i(cfg), .fetch_epoch_o(route_fetch_epoch_o), .fetch_row_o(route_fetch_row_o),
    .route_o(route_dispatched)
  );
  assign route_valid_o = route_dispatched.valid;
  assign route_epoch_o = route_dispatched.epoch;
  assign route_stage_o = route_dispatched.stage;
  assign route_row_o = route_dispatched.row;
  logic unused_branch_fetch_epoch;
  logic [7:0] unused_branch_fetch_row;
  result_route #(.Clocks(6)) u_route_branches (
    .clk_i, .rst_ni, .route_i(route), .active_i(route_active_i), .control_i(route_control_i), .pred_i(stage_pred_i),
    .may_dispatch_i(1'b0), .look_i(1'b0), .dispatch_addr_i('0), .result_i(route_branch_result_i), .found_i(1'b0), .mine_i(1'b0), .cfg_i(cfg),
    .fetch_epoch_o(unused_branch_fetch_epoch), .fetch_row_o(unused_branch_fetch_row), .route_o(route_branched)
  );
  assign route_branch_valid_o = route_branched.valid;
  assign route_branch_stage_o = route_branched.stage;
  assign route_branch_row_o = route_branched.row;

  logic unused_alu_fetch_epoch;
  overlay_core_pkg::route_t alu_route;
  overlay_core_pkg::payload_t alu_payload;
  overlay_core_pkg::cfg_t unused_alu_cfg;
  alu_stage u_alu (
    .clk_i, .rst_ni, .stage_i(6'd5), .fetch_epoch_i(stage_epoch_i), .fetch_row_i(stage_row_i), .route_i(route_q2), .payload_i(payload_q2),
    .fetch_epoch_o(unused_alu_fetch_epoch), .fetch_row_o(alu_fetch_row_o), .route_o(alu_route), .payload_o(alu_payload),
    .cfg_i(cfg), .cfg_o(unused_alu_cfg)
  );
  assign alu_valid_o = alu_route.valid;
  assign alu_epoch_o = alu_route.epoch;
  assign alu_stage_o = alu_route.stage;
  assign alu_row_o = alu_route.row;
  assign alu_registers_o = alu_payload.r;
  assign alu_pred_o = alu_payload.pred;
  assign alu_verdict_o = alu_payload.verdict;
  assign alu_act_o = alu_payload.act;
  assign alu_event_valid_o = alu_payload.event_valid;
  assign alu_event_id_o = alu_payload.event_id;

  logic unused_exact_fetch_epoch;
  overlay_core_pkg::route_t exact_route;
  overlay_core_pkg::payload_t exact_payload;
  overlay_core_pkg::cfg_t unused_exact_cfg;
  logic unused_exact_full;
  overlay_core_pkg::mirror_t unused_exact_mirror;
  exact_stage u_exact (
    .clk_i, .rst_ni, .stage_i(6'd5), .fetch_epoch_i(stage_epoch_i), .fetch_row_i(stage_row_i), .route_i(route_q2), .payload_i(payload_q2),
    .fetch_epoch_o(unused_exact_fetch_epoch), .fetch_row_o(exact_fetch_row_o), .route_o(exact_route), .payload_o(exact_payload),
    .cfg_i(cfg), .cfg_o(unused_exact_cfg), .rsp_i(rsp_none), .rsp_o(exact_rsp), .full_o(unused_exact_full),
    .mirror_o(unused_exact_mirror), .mirror_i('0)
  );
  assign exact_valid_o = exact_route.valid;
  assign exact_epoch_o = exact_route.epoch;
  assign exact_stage_o = exact_route.stage;
  assign exact_row_o = exact_route.row;
  assign exact_registers_o = exact_payload.r;
  assign exact_pred_o = exact_payload.pred;
  assign exact_verdict_o = exact_payload.verdict;
  assign exact_act_o = exact_payload.act;
  assign exact_event_valid_o = exact_payload.event_valid;
  assign exact_event_id_o = exact_payload.event_id;

  logic unused_learning_fetch_epoch;
  logic [7:0] unused_learning_fetch_row;
  overlay_core_pkg::route_t learning_route;
  overlay_core_pkg::payload_t learning_payload;
  overlay_core_pkg::cfg_t unused_learning_cfg;
  learning_stage u_learning (
    .clk_i, .rst_ni, .stage_i(6'd5), .fetch_epoch_i(stage_epoch_i), .fetch_row_i(stage_row_i), .route_i(route_q2), .payload_i(payload_q2),
    .fetch_epoch_o(unused_learning_fetch_epoch), .fetch_row_o(unused_learning_fetch_row), .route_o(learning_route), .payload_o(learning_payload),
    .cfg_i(cfg), .cfg_o(unused_learning_cfg), .rsp_i(rsp_none), .rsp_o(learning_rsp), .full_o(learning_full_o),
    .mirror_o(learning_mirror_o), .mirror_i(learning_mirror_i)
  );
  assign learning_valid_o = learning_route.valid;
  assign learning_epoch_o = learning_route.epoch;
  assign learning_stage_o = learning_route.stage;
  assign learning_row_o = learning_route.row;
  assign learning_registers_o = learning_payload.r;
  assign learning_pred_o = learning_payload.pred;

  logic unused_state_fetch_epoch;
  overlay_core_pkg::route_t state_route;
  overlay_core_pkg::payload_t state_payload;
  overlay_core_pkg::cfg_t unused_state_cfg;
  state_stage u_state (
    .clk_i, .rst_ni, .stage_i(6'd5), .fetch_epoch_i(stage_epoch_i), .fetch_row_i(stage_row_i), .route_i(route_q2), .payload_i(payload_q2),
    .fetch_epoch_o(unused_state_fetch_epoch), .fetch_row_o(state_fetch_row_o), .route_o(state_route), .payload_o(state_payload),
    .cfg_i(cfg), .cfg_o(unused_state_cfg), .rsp_i(rsp_none), .rsp_o(state_rsp), .bad_index_o(state_bad_index_o)
  );
  assign state_valid_o = state_route.valid;
  assign state_epoch_o = state_route.epoch;
  assign state_stage_o = state_route.stage;
  assign state_row_o = state_route.row;
  assign state_registers_o = state_payload.r;
  assign state_pred_o = state_payload.pred;
  assign state_verdict_o = state_payload.verdict;
  assign state_act_o = state_payload.act;
  assign state_event_valid_o = state_payload.event_valid;
  assign state_event_id_o = state_payload.event_id;

  rule_events u_rule_events (
    .enable_i(1'b1), .taken_i(rule_events_taken_i), .id_i(rule_events_id_i), .event_valid_i(rule_events_new_i), .event_id_i(rule_events_new_id_i),
    .taken_o(rule_events_taken_o), .id_o(rule_events_id_o), .lost_o(rule_events_lost_o)
  );
  logic unused_rule_fetch_epoch;
  overlay_core_pkg::route_t rule_route;
  overlay_core_pkg::payload_t rule_payload;
  overlay_core_pkg::cfg_t unused_rule_cfg;
  rule_stage u_rule (
    .clk_i, .rst_ni, .stage_i(6'd5), .fetch_epoch_i(stage_epoch_i), .fetch_row_i(stage_row_i), .route_i(route_q2), .payload_i(payload_q2),
    .fetch_epoch_o(unused_rule_fetch_epoch), .fetch_row_o(rule_fetch_row_o), .route_o(rule_route), .payload_o(rule_payload),
    .cfg_i(cfg), .cfg_o(unused_rule_cfg), .busy_o(rule_busy_o), .lost_o(rule_lost_o)
  );
  assign rule_valid_o = rule_route.valid;
  assign rule_epoch_o = rule_route.epoch;
  assign rule_stage_o = rule_route.stage;
  assign rule_row_o = rule_route.row;
  assign rule_registers_o = rule_payload.r;
  assign rule_pred_o = rule_payload.pred;
  assign rule_verdict_o = rule_payload.verdict;
  assign rule_act_o = rule_payload.act;
  assign rule_event_valid_o = rule_payload.event_valid;
  assign rule_event_id_o = rule_payload.event_id;

  logic unused_prefix_fetch_epoch;
  logic [7:0] unused_prefix_fetch_row;
  overlay_core_pkg::route_t prefix_route;
  overlay_core_pkg::payload_t prefix_payload;
  overlay_core_pkg::cfg_t unused_prefix_cfg;
  prefix_stage u_prefix (
    .clk_i, .rst_ni, .stage_i(6'd5), .fetch_epoch_i(stage_epoch_i), .fetch_row_i(stage_row_i), .route_i(route_q2), .payload_i(payload_q2),
    .fetch_epoch_o(unused_prefix_fetch_epoch), .fetch_row_o(unused_prefix_fetch_row), .route_o(prefix_route), .payload_o(prefix_payload),
    .cfg_i(cfg), .cfg_o(unused_prefix_cfg)
  );
  assign prefix_valid_o = prefix_route.valid;
  assign prefix_epoch_o = prefix_route.epoch;
  assign prefix_stage_o = prefix_route.stage;
  assign prefix_row_o = prefix_route.row;
  assign prefix_registers_o = prefix_payload.r;
  assign prefix_pred_o = prefix_payload.pred;

  // The slot is at the stage two clocks after it was offered.
  logic [23:0] gather_place_q [0:2];
  logic [1023:0] gather_window_q [0:4];
  always_ff @(posedge clk_i) begin
    gather_place_q[0] <= gather_place_i;
    for (int unsigned c = 1; c < 3; c++) gather_place_q[c] <= gather_place_q[c-1];
    gather_window_q[0] <= gather_window_i;
    for (int unsigned c = 1; c < 5; c++) gather_window_q[c] <= gather_window_q[c-1];
  end
  logic unused_gather_fetch_epoch;
  overlay_core_pkg::route_t gather_route;
  overlay_core_pkg::payload_t gather_payload;
  overlay_core_pkg::cfg_t unused_gather_cfg;
  gather_stage u_gather (
    .clk_i, .rst_ni, .stage_i(6'd5), .fetch_epoch_i(stage_epoch_i), .fetch_row_i(stage_row_i), .route_i(route_q2), .payload_i(payload_q2),
    .place_i(gather_place_q[2]), .window_i(gather_window_q[4]),
    .fetch_epoch_o(unused_gather_fetch_epoch), .fetch_row_o(gather_fetch_row_o), .route_o(gather_route), .payload_o(gather_payload),
    .cfg_i(cfg), .cfg_o(unused_gather_cfg)
  );
  assign gather_valid_o = gather_route.valid;
  assign gather_epoch_o = gather_route.epoch;
  assign gather_stage_o = gather_route.stage;
  assign gather_row_o = gather_route.row;
  assign gather_registers_o = gather_payload.r;
  assign gather_pred_o = gather_payload.pred;

  assign learning_rsp_valid_o = learning_rsp.valid;
  assign learning_rsp_word_o = learning_rsp.word;
  assign learning_rsp_data_o = learning_rsp.data;
  assign exact_rsp_valid_o = exact_rsp.valid;
  assign exact_rsp_word_o = exact_rsp.word;
  assign exact_rsp_data_o = exact_rsp.data;
  assign state_rsp_valid_o = state_rsp.valid;
  assign state_rsp_data_o = state_rsp.data;

  event_counters u_counters (
    .clk_i, .rst_ni, .valid_i(counters_valid_i), .id_i(counters_id_i), .length_i(counters_length_i), .bad_o(counters_bad_o),
    .cfg_i(cfg), .rsp_i(rsp_none), .rsp_o(counters_rsp)
  );
  assign counters_rsp_valid_o = counters_rsp.valid;
  assign counters_rsp_data_o = counters_rsp.data;

  overlay_core_pkg::cfg_t mmio_cfg;
  mmio_unit u_mmio (
    .clk_i, .rst_ni, .request_valid_i(mmio_request_valid_i), .request_ready_o(mmio_request_ready_o), .request_write_i(mmio_request_write_i),
    .request_addr_i(mmio_request_addr_i), .request_data_i(mmio_request_data_i), .response_valid_o(mmio_response_valid_o),
    .response_ready_i(mmio_response_ready_i), .response_data_o(mmio_response_data_o), .epoch_o(mmio_epoch_o), .start0_o(mmio_start0_o),
    .start1_o(mmio_start1_o), .entry_write_o(mmio_entry_write_o), .bubble_o(mmio_bubble_o), .inflight0_i(mmio_inflight0_i),
    .inflight1_i(mmio_inflight1_i), .packets_in_i(mmio_packets_in_i), .packets_out_i(mmio_packets_out_i),
    .bad_events_i(mmio_bad_events_i), .bad_indexes_i(mmio_bad_indexes_i),
    .rules_busy_i(mmio_rules_busy_i), .learn_full_i(mmio_learn_full_i), .rules_lost_i(mmio_rules_lost_i), .mirror_o(mmio_mirror_o), .cfg_o(mmio_cfg),
    .rsp_i({mmio_rsp_valid_i, mmio_rsp_word_i, mmio_rsp_data_i})
  );
  assign mmio_cfg_valid_o = mmio_cfg.valid;
  assign mmio_cfg_kind_o = mmio_cfg.kind;
  assign mmio_cfg_write_o = mmio_cfg.write;
  assign mmio_cfg_epoch_o = mmio_cfg.epoch;
  assign mmio_cfg_stage_o = mmio_cfg.stage;
  assign mmio_cfg_index_o = mmio_cfg.index;
  assign mmio_cfg_word_o = mmio_cfg.word;
  assign mmio_cfg_data_o = mmio_cfg.data;
endmodule
`default_nettype wire
