// The small modules side by side, each with ports of its own, so that one Verilated model serves all their benches.
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
  input  wire logic event_write_i,
  input  wire logic event_bytes_i,
  input  wire logic [$clog2(overlay_core_pkg::EventIds)-1:0] event_access_id_i,
  input  wire logic [63:0] event_data_i,
  output      logic event_taken_o,
  output      logic event_answer_valid_o,
  output      logic [63:0] event_answer_o
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
  alu_lane #(.Full(1'b1)) u_full (
    .clk_i, .do_i(do_q), .control_i(control_q), .a_i(a_q), .b_i(b_q), .pc_i(pc_q), .plog_i(plog_q), .comb_i(comb_q),
    .y_o(lane_full_y_o), .flag_o(lane_full_flag_o)
  );
  alu_lane #(.Full(1'b0)) u_reduced (
    .clk_i, .do_i(do_q), .control_i(control_q), .a_i(a_q), .b_i(b_q), .pc_i(pc_q), .plog_i(plog_q), .comb_i(comb_q),
    .y_o(lane_reduced_y_o), .flag_o(lane_reduced_flag_o)
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

  delay_memory #(.Width(32), .Delay(3)) u_delay3 (.clk_i, .rst_ni, .data_i(delay_data_i), .data_o(delay3_o));
  delay_memory #(.Width(32), .Delay(9)) u_delay9 (.clk_i, .rst_ni, .data_i(delay_data_i), .data_o(delay9_o));
  delay_memory #(.Width(32), .Delay(100)) u_delay100 (.clk_i, .rst_ni, .data_i(delay_data_i), .data_o(delay100_o));

  event_slot u_events (
    .clk_i, .rst_ni, .valid_i(event_valid_i), .id_i(event_id_i), .length_i(event_length_i), .bad_o(event_bad_o),
    .access_i(event_access_i), .access_write_i(event_write_i), .access_bytes_i(event_bytes_i), .access_id_i(event_access_id_i),
    .access_data_i(event_data_i), .access_taken_o(event_taken_o), .answer_valid_o(event_answer_valid_o), .answer_o(event_answer_o)
  );
endmodule
`default_nettype wire
