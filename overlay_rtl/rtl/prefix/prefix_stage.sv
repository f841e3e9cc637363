// A prefix stage: the longest prefix of a table that a key of four words begins with, in PrefixClocks clocks.
//
//   T0   key words are selected                          F+1  dispatch memory
//   T1   search (prefix_search)                          F+2  the successor
//   F    what was found; the address of the dispatch     F+3  the successor's address goes to the next stage
//        memory                                          F+4  write-back
`default_nettype none
module prefix_stage (
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
  output      overlay_core_pkg::cfg_t cfg_o
);
  localparam int unsigned Found = overlay_core_pkg::PrefixClocks - 5;    // F

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
  // The staging registers follow those of the register map.
  logic [63:0] staged_key01_q, staged_key23_q;
  logic [48:0] staged_rest_q;
  always_ff @(posedge clk_i) begin
    if (cfg_q.valid && cfg_q.kind == overlay_core_pkg::CfgStaging) begin
      unique case (cfg_q.word)
        2'd0: staged_key01_q <= cfg_q.data;
        2'd1: staged_key23_q <= cfg_q.data;
        2'd2: staged_rest_q <= cfg_q.data[48:0];
        default: ;
      endcase
    end
  end

  // T0
  logic active, do_d;
  logic [4:0] guard;
  logic [31:0] immediate, k0_d, k1_d, k2_d, k3_d;
  assign active = route_i.valid && route_i.stage == stage_i;
  assign immediate = word1[overlay_isa_pkg::LookupRowImmLsb - 64 +: overlay_isa_pkg::LookupRowImmWidth];
  assign guard = word0[overlay_isa_pkg::LookupRowGuardLsb +: overlay_isa_pkg::LookupRowGuardWidth];
  assign do_d = active && word0[overlay_isa_pkg::LookupRowOpLsb +: overlay_isa_pkg::LookupRowOpWidth] == overlay_isa_pkg::OpL_PREFIX
      && (!guard[4] || payload_i.pred[guard[2:0]] != guard[3]);
  operand_select u_k0 (.enable_i(do_d), .operand_i(word0[overlay_isa_pkg::LookupRowK0Lsb +: 10]), .immediate_i(immediate),
    .registers_i(payload_i.r), .value_o(k0_d));
  operand_select u_k1 (.enable_i(do_d), .operand_i(word0[overlay_isa_pkg::LookupRowK1Lsb +: 10]), .immediate_i(immediate),
    .registers_i(payload_i.r), .value_o(k1_d));
  operand_select u_k2 (.enable_i(do_d), .operand_i(word0[overlay_isa_pkg::LookupRowK2Lsb +: 10]), .immediate_i(immediate),
    .registers_i(payload_i.r), .value_o(k2_d));
  operand_select u_k3 (.enable_i(do_d), .operand_i(word1[overlay_isa_pkg::LookupRowK3Lsb - 64 +: 10]), .immediate_i(immediate),
    .registers_i(payload_i.r), .value_o(k3_d));

  // What later clocks need of the row goes through delay memories, and so does the payload.
  logic [7:0] dbase_f;
  logic [4:0] rd_f4;
  logic [2:0] pd_f4;
  logic dwe_f4, pwe_f4;
  overlay_core_pkg::payload_t payload_f4;
  delay_memory #(.Width(8), .Delay(Found)) u_delay_dbase (
    .clk_i, .rst_ni, .data_i(word1[overlay_isa_pkg::LookupRowDbaseLsb - 64 +: 8]), .data_o(dbase_f)
  );
  delay_memory #(.Width(10), .Delay(Found + 4)) u_delay_writes (
    .clk_i, .rst_ni,
    .data_i({word0[overlay_isa_pkg::LookupRowRdLsb +: 5], word0[overlay_isa_pkg::LookupRowPdLsb +: 3],
             word0[overlay_isa_pkg::LookupRowDweLsb], word0[overlay_isa_pkg::LookupRowPweLsb]}),
    .data_o({rd_f4, pd_f4, dwe_f4, pwe_f4})
  );
  delay_memory #(.Width(overlay_core_pkg::PayloadBits), .Delay(Found + 4)) u_delay_payload (
    .clk_i, .rst_ni, .data_i(payload_i), .data_o(payload_f4)
  );
  logic [Found+4:1] do_q;                                // a packet that looks up, by T
  always_ff @(posedge clk_i) begin
    do_q <= {do_q[Found+3:1], do_d};
    if (!rst_ni) do_q <= '0;
  end

  // T1 to F: the search, which has edges only while a lookup or a write is in it
  logic [overlay_core_pkg::PlaceBits-1:0] key_q;
  always_ff @(posedge clk_i) begin
    if (do_d) key_q <= {word0[overlay_isa_pkg::LookupRowTableLsb +: 8], k0_d, k1_d, k2_d, k3_d};
  end
  logic hit, clk_search;
  logic [31:0] value;
  logic [7:0] action;
  clock_gate u_gate (.clk_i, .enable_i(|do_q[Found:1] || cfg_q.valid || !rst_ni), .clk_o(clk_search));
  prefix_search u_search (
    .clk_i(clk_search), .rst_ni, .valid_i(do_q[Found:1]), .key_i(key_q), .hit_o(hit), .value_o(value), .action_o(action),
    .write_i(mine && cfg_q.kind == overlay_core_pkg::CfgPrefixWrite), .write_memory_i(cfg_q.data[4:0]), .write_addr_i(cfg_q.index),
    .write_place_i({staged_rest_q[47:40], staged_key01_q[31:0], staged_key01_q[63:32], staged_key23_q[31:0], staged_key23_q[63:32]}),
    .write_result_i({staged_rest_q[48], staged_rest_q[39:0]})
  );

  logic [Found+4:Found+1] hit_q;
  logic [31:0] value_f1_q, value_f2_q, value_f3_q, value_f4_q;
  logic [7:0] dispatch_addr_q;
  always_ff @(posedge clk_i) begin
    hit_q <= {hit_q[Found+3:Found+1], hit};
    if (do_q[Found]) begin
      value_f1_q <= value;
      dispatch_addr_q <= dbase_f + action;
    end
    if (do_q[Found+1]) value_f2_q <= value_f1_q;
    if (do_q[Found+2]) value_f3_q <= value_f2_q;
    if (do_q[Found+3]) value_f4_q <= value_f3_q;
  end

  // F+1: dispatch memory; F+2: the successor
  result_route #(.Clocks(overlay_core_pkg::PrefixClocks), .Dispatches(1'b1)) u_route (
    .clk_i, .rst_ni, .route_i, .active_i(active), .control_i(control), .pred_i(payload_i.pred), .may_dispatch_i(1'b1),
    .look_i(do_q[Found+1]), .dispatch_addr_i(dispatch_addr_q), .result_i(hit_q[Found+2]), .found_i(hit_q[Found+2]), .mine_i(mine), .cfg_i(cfg_q),
    .fetch_epoch_o, .fetch_row_o, .route_o
  );

  // F+4
  write_back #(.Writable(overlay_isa_pkg::ResultRegisters)) u_write_back (
    .clk_i, .payload_i(payload_f4), .do0_i(do_q[Found+4]), .enable0_i(dwe_f4 && hit_q[Found+4]), .number0_i(rd_f4), .value0_i(value_f4_q),
    .pred_enable0_i(pwe_f4), .pred_number0_i(pd_f4), .pred_value0_i(hit_q[Found+4]),
    .event_enable0_i(1'b0), .verdict_enable0_i(1'b0), .act_enable0_i(1'b0),
    .do1_i(1'b0), .enable1_i(1'b0), .number1_i(5'd0), .value1_i(32'd0), .pred_enable1_i(1'b0), .pred_number1_i(3'd0), .pred_value1_i(1'b0),
    .event_enable1_i(1'b0), .verdict_enable1_i(1'b0), .act_enable1_i(1'b0),
    .payload_o
  );
endmodule
`default_nettype wire
