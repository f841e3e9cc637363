// A state stage: one atomic step a clock on 64-bit words, in eight clocks.
//
//   T0  operands are selected             T4  the step: state' = c ? f(state, a) : g(state, b)
//   T1  address, bound, b + a             T5  the word is written; own branch: the successor
//   T2  memory; address comparisons       T6  the successor's address goes to the next stage
//   T3  memory latch, or a result of      T7  write-back
//       two or three packets before
//
// A step at T4 takes the result of the packet just before it, if that had the same word, from T5. Results of the two
// before that one are taken at T3; older ones are in the memory. So every step sees all steps before it.
//
// An access through the register map takes the place of a step in a clock whose packet makes none.
`default_nettype none
module state_stage (
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
  output      logic bad_index_o            // a step was not done because its index was above the bound
);
  localparam int unsigned AddrBits = $clog2(overlay_core_pkg::StateWords);

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

  // An access waits here for a clock without step.
  logic access_pending_q, access_write_q, access_taken;
  logic [AddrBits-1:0] access_word_q;
  logic [63:0] access_data_q;
  always_ff @(posedge clk_i) begin
    if (mine && cfg_q.kind == overlay_core_pkg::CfgState) begin
      access_pending_q <= 1'b1;
      access_write_q <= cfg_q.write;
      access_word_q <= cfg_q.index[AddrBits-1:0];
      access_data_q <= cfg_q.data;
    end else if (access_taken) access_pending_q <= 1'b0;
    if (!rst_ni) access_pending_q <= 1'b0;
  end

  // T0
  logic active, do_d;
  logic [4:0] guard;
  logic [31:0] immediate, index_d, alo_d, ahi_d, blo_d, bhi_d, klo_d, khi_d;
  assign active = route_i.valid && route_i.stage == stage_i;
  assign immediate = word1[overlay_isa_pkg::StateRowImmLsb - 64 +: 32];
  assign guard = word0[overlay_isa_pkg::StateRowGuardLsb +: overlay_isa_pkg::StateRowGuardWidth];
  assign do_d = active && word0[overlay_isa_pkg::StateRowOpLsb +: overlay_isa_pkg::StateRowOpWidth] == overlay_isa_pkg::OpS_STATE
      && (!guard[4] || payload_i.pred[guard[2:0]] != guard[3]);
  operand_select u_index (.enable_i(do_d), .operand_i(word0[overlay_isa_pkg::StateRowIndexLsb +: 10]), .immediate_i(immediate),
    .registers_i(payload_i.r), .value_o(index_d));
  operand_select u_alo (.enable_i(do_d), .operand_i(word3[overlay_isa_pkg::StateRowAloLsb - 192 +: 10]), .immediate_i(immediate),
    .registers_i(payload_i.r), .value_o(alo_d));
  operand_select u_ahi (.enable_i(do_d), .operand_i(word3[overlay_isa_pkg::StateRowAhiLsb - 192 +: 10]), .immediate_i(immediate),
    .registers_i(payload_i.r), .value_o(ahi_d));
  operand_select u_blo (.enable_i(do_d), .operand_i(word3[overlay_isa_pkg::StateRowBloLsb - 192 +: 10]), .immediate_i(immediate),
    .registers_i(payload_i.r), .value_o(blo_d));
  operand_select u_bhi (.enable_i(do_d), .operand_i(word3[overlay_isa_pkg::StateRowBhiLsb - 192 +: 10]), .immediate_i(immediate),
    .registers_i(payload_i.r), .value_o(bhi_d));
  operand_select u_klo (.enable_i(do_d), .operand_i(word3[overlay_isa_pkg::StateRowKloLsb - 192 +: 10]), .immediate_i(immediate),
    .registers_i(payload_i.r), .value_o(klo_d));
  operand_select u_khi (.enable_i(do_d), .operand_i(word3[overlay_isa_pkg::StateRowKhiLsb - 192 +: 10]), .immediate_i(immediate),
    .registers_i(payload_i.r), .value_o(khi_d));

  // What T7 needs of the row goes through delay memories, and so does the payload.
  logic [4:0] rdlo_t7, rdhi_t7;
  logic [2:0] pd_t7;
  logic lowe_t7, hiwe_t7, do_t7, pwe_t7;
  overlay_core_pkg::payload_t payload_t7;
  delay_memory #(.Width(17), .Delay(7)) u_delay_writes (
    .clk_i, .rst_ni,
    .data_i({word0[overlay_isa_pkg::StateRowRdloLsb +: 5], word0[overlay_isa_pkg::StateRowLoweLsb],
             word0[overlay_isa_pkg::StateRowRdhiLsb +: 5], word0[overlay_isa_pkg::StateRowHiweLsb],
             word0[overlay_isa_pkg::StateRowPdLsb +: 3], do_d, word0[overlay_isa_pkg::StateRowPweLsb]}),
    .data_o({rdlo_t7, lowe_t7, rdhi_t7, hiwe_t7, pd_t7, do_t7, pwe_t7})
  );
  delay_memory #(.Width(overlay_core_pkg::PayloadBits), .Delay(7)) u_delay_payload (
    .clk_i, .rst_ni, .data_i(payload_i), .data_o(payload_t7)
  );

  // T1
  logic do_t1_q;
  logic [31:0] index_t1_q;
  logic [15:0] base_t1_q, bound_t1_q;
  logic [63:0] a_t1_q, b_t1_q, k_t1_q, sum_ba;
  logic [3:0] f_t1_q, g_t1_q;
  logic [2:0] rel_t1_q;
  logic [1:0] ret_t1_q;
  always_ff @(posedge clk_i) begin
    do_t1_q <= do_d;
    if (do_d) begin
      index_t1_q <= index_d;
      a_t1_q <= {ahi_d, alo_d};
      b_t1_q <= {bhi_d, blo_d};
      k_t1_q <= {khi_d, klo_d};
      base_t1_q <= word1[overlay_isa_pkg::StateRowBaseLsb - 64 +: 16];
      bound_t1_q <= word1[overlay_isa_pkg::StateRowBoundLsb - 64 +: 16];
      f_t1_q <= word0[overlay_isa_pkg::StateRowFLsb +: 4];
      g_t1_q <= word0[overlay_isa_pkg::StateRowGLsb +: 4];
      rel_t1_q <= word0[overlay_isa_pkg::StateRowRelLsb +: 3];
      ret_t1_q <= word0[overlay_isa_pkg::StateRowRetLsb +: 2];
    end
    if (!rst_ni) do_t1_q <= 1'b0;
  end
  carry_select_adder u_sum_ba (.enable_i(do_t1_q), .a_i(a_t1_q), .b_i(b_t1_q), .carry_i(1'b0), .sum_o(sum_ba));

  logic in_bound, step_d;
  logic [15:0] sum_address;
  logic [AddrBits-1:0] addr_d;
  always_comb begin
    in_bound = index_t1_q <= {16'd0, bound_t1_q};
    sum_address = base_t1_q + index_t1_q[15:0];
    step_d = do_t1_q && in_bound;
    access_taken = access_pending_q && !do_t1_q;
    addr_d = access_taken ? access_word_q : sum_address[AddrBits-1:0];
  end

  // T2: a step of a packet, or an access in its place
  // The index of these is the sub-stage that they are in; one register for all, because they only shift.
  logic [5:2] step_q, access_q;                          // something for the memory; it is an access
  logic [7:2] packet_q;                                  // it is a packet's step
  logic [4*AddrBits-1:0] addrs_q;                        // T2 in the low bits, to T5
  logic [AddrBits-1:0] addr_t2, addr_t3, addr_t4, addr_t5;
  logic [63:0] a_t2_q, b_t2_q, k_t2_q, sum_ba_t2_q;
  logic [3:0] f_t2_q, g_t2_q;
  logic [2:0] rel_t2_q;
  logic [1:0] ret_t2_q;
  always_ff @(posedge clk_i) begin
    step_q <= {step_q[4:2], step_d || access_taken};
    packet_q <= {packet_q[6:2], step_d};
    access_q <= {access_q[4:2], access_taken};
    addrs_q <= {addrs_q[3*AddrBits-1:0], addr_d};
    if (step_d || access_taken) begin
      a_t2_q <= a_t1_q;
      b_t2_q <= access_taken ? access_data_q : b_t1_q;
      k_t2_q <= k_t1_q;
      sum_ba_t2_q <= sum_ba;
      f_t2_q <= f_t1_q;
      g_t2_q <= !access_taken ? g_t1_q : access_write_q ? overlay_isa_pkg::StateOpSet : overlay_isa_pkg::StateOpKeep;
      rel_t2_q <= access_taken ? overlay_isa_pkg::StateRelNever : rel_t1_q;
      ret_t2_q <= ret_t1_q;
    end
    bad_index_o <= do_t1_q && !in_bound;
    if (!rst_ni) begin
      step_q <= '0;
      packet_q <= '0;
      access_q <= '0;
      bad_index_o <= 1'b0;
    end
  end

  // T2 to T5: what the memory cannot know yet
  assign {addr_t5, addr_t4, addr_t3, addr_t2} = addrs_q;
  logic same1_t3_q, same2_t3_q, same3_t3_q, same1_t4_q;
  always_ff @(posedge clk_i) begin
    same1_t3_q <= step_q[3] && addr_t2 == addr_t3;
    same2_t3_q <= step_q[4] && addr_t2 == addr_t4;
    same3_t3_q <= step_q[5] && addr_t2 == addr_t5;
    same1_t4_q <= same1_t3_q;
  end

  logic [63:0] mem [0:overlay_core_pkg::StateWords-1];
  logic [63:0] latch_t3_q, result_t5_q, result_t6_q, base_t4_q;
  always_ff @(posedge clk_i) begin
    if (step_q[5]) mem[addr_t5] <= result_t5_q;
    if (step_q[2]) latch_t3_q <= mem[addr_t2];
  end

  // T3: operands of both arms, made ready so that the loop holds nothing but the step
  logic [63:0] f_operand_q, f_addend_q, f_compare_q, g_operand_q, g_addend_q, g_compare_q, k_t4_q;
  logic [63:0] a_t3_q, b_t3_q, k_t3_q, sum_ba_t3_q;
  logic [3:0] f_t3_q, g_t3_q, f_t4_q, g_t4_q;
  logic [2:0] rel_t3_q, rel_t4_q;
  logic [1:0] ret_t3_q, ret_t4_q, ret_t5_q;
  always_ff @(posedge clk_i) begin
    if (step_q[2]) begin
      a_t3_q <= a_t2_q;
      b_t3_q <= b_t2_q;
      k_t3_q <= k_t2_q;
      sum_ba_t3_q <= sum_ba_t2_q;
      f_t3_q <= f_t2_q;
      g_t3_q <= g_t2_q;
      rel_t3_q <= rel_t2_q;
      ret_t3_q <= ret_t2_q;
    end
    if (step_q[4]) ret_t5_q <= ret_t4_q;
    if (step_q[3]) begin
      f_t4_q <= f_t3_q;
      g_t4_q <= g_t3_q;
      rel_t4_q <= rel_t3_q;
      ret_t4_q <= ret_t3_q;
      f_operand_q <= f_t3_q == overlay_isa_pkg::StateOpMaxadd ? sum_ba_t3_q : a_t3_q;
      f_addend_q <= f_t3_q == overlay_isa_pkg::StateOpSub ? ~a_t3_q : a_t3_q;
      f_compare_q <= f_t3_q == overlay_isa_pkg::StateOpMaxadd ? b_t3_q : a_t3_q;
      g_operand_q <= g_t3_q == overlay_isa_pkg::StateOpMaxadd ? sum_ba_t3_q : b_t3_q;
      g_addend_q <= g_t3_q == overlay_isa_pkg::StateOpMaxadd ? a_t3_q
          : g_t3_q == overlay_isa_pkg::StateOpSub ? ~b_t3_q : b_t3_q;
      g_compare_q <= b_t3_q;
      k_t4_q <= k_t3_q;
      base_t4_q <= same2_t3_q ? result_t5_q : same3_t3_q ? result_t6_q : latch_t3_q;
    end
  end

  // T4
  logic [63:0] state, next_state, old_t5_q;
  logic condition, condition_t5_q;
  logic [7:6] condition_q;
  assign state = same1_t4_q ? result_t5_q : base_t4_q;
  state_step u_step (
    .enable_i(step_q[4]), .state_i(state), .rel_i(rel_t4_q), .f_i(f_t4_q), .g_i(g_t4_q), .k_i(k_t4_q),
    .f_operand_i(f_operand_q), .f_addend_i(f_addend_q), .f_compare_i(f_compare_q),
    .g_operand_i(g_operand_q), .g_addend_i(g_addend_q), .g_compare_i(g_compare_q),
    .next_o(next_state), .condition_o(condition)
  );
  always_ff @(posedge clk_i) begin
    if (step_q[4]) begin
      result_t5_q <= next_state;
      old_t5_q <= state;
      condition_t5_q <= condition;
    end
    if (step_q[5]) result_t6_q <= result_t5_q;
    condition_q <= {condition_q[6], condition_t5_q && packet_q[5]};
  end

  // T5: the successor. A row without step has condition false.
  result_route #(.Clocks(overlay_core_pkg::StateClocks)) u_route (
    .clk_i, .rst_ni, .route_i, .active_i(active), .control_i(control), .pred_i(payload_i.pred), .may_dispatch_i(1'b0),
    .look_i(1'b0), .dispatch_addr_i('0), .result_i(condition_t5_q && packet_q[5]), .found_i(1'b0), .mine_i(1'b0), .cfg_i(cfg_q),
    .fetch_epoch_o, .fetch_row_o, .route_o
  );

  logic [63:0] returned_t6_q, returned_t7_q;
  always_ff @(posedge clk_i) begin
    returned_t6_q <= ret_t5_q == overlay_isa_pkg::StateRetNew ? result_t5_q
        : ret_t5_q == overlay_isa_pkg::StateRetOld ? old_t5_q : '0;
    returned_t7_q <= returned_t6_q;
  end

  // T7
  write_back #(.Writable(overlay_isa_pkg::ResultRegisters)) u_write_back (
    .clk_i, .payload_i(payload_t7),
    .do0_i(do_t7), .enable0_i(packet_q[7] && lowe_t7), .number0_i(rdlo_t7), .value0_i(returned_t7_q[31:0]),
    .pred_enable0_i(pwe_t7), .pred_number0_i(pd_t7), .pred_value0_i(condition_q[7]),
    .event_enable0_i(1'b0), .verdict_enable0_i(1'b0), .act_enable0_i(1'b0),
    .do1_i(packet_q[7]), .enable1_i(hiwe_t7), .number1_i(rdhi_t7), .value1_i(returned_t7_q[63:32]),
    .pred_enable1_i(1'b0), .pred_number1_i(3'd0), .pred_value1_i(1'b0),
    .event_enable1_i(1'b0), .verdict_enable1_i(1'b0), .act_enable1_i(1'b0),
    .payload_o
  );

  // The answer to an access: the word before it.
  always_ff @(posedge clk_i) begin
    rsp_o <= access_q[5] ? {1'b1, 2'd0, old_t5_q} : rsp_i;
    if (!rst_ni) rsp_o.valid <= 1'b0;
  end
endmodule
`default_nettype wire
