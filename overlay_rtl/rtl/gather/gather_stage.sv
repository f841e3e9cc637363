// A gather stage: one, two or four raw bytes of a packet's window, in GatherClocks clocks.
//
//   T0   the index is selected                           T3   the window comes from its memory; the successor
//   T1   the packet's layer offsets come: the first byte T4   the bytes in order; the successor's address goes to the next stage
//   T2   whether all bytes are there                     T5   write-back
//
// Frame, offsets and window do not travel with the packet: they wait in memories of overlay_core, which give them
// when the packet is here (place_i at T1, window_i at T3).
`default_nettype none
module gather_stage (
  input  wire logic clk_i,
  input  wire logic rst_ni,
  input  wire logic [overlay_core_pkg::StageBits-1:0] stage_i,
  input  wire logic fetch_epoch_i,
  input  wire logic [overlay_core_pkg::RowBits-1:0] fetch_row_i,
  input  wire overlay_core_pkg::route_t route_i,
  input  wire overlay_core_pkg::payload_t payload_i,
  input  wire overlay_core_pkg::place_t place_i,
  input  wire logic [overlay_core_pkg::WindowBits-1:0] window_i,
  output      logic fetch_epoch_o,
  output      logic [overlay_core_pkg::RowBits-1:0] fetch_row_o,
  output      overlay_core_pkg::route_t route_o,
  output      overlay_core_pkg::payload_t payload_o,
  input  wire overlay_core_pkg::cfg_t cfg_i,
  output      overlay_core_pkg::cfg_t cfg_o
);
  // Configuration
  logic [63:0] word0, word1, unused_word3;
  logic [overlay_core_pkg::ControlBits-1:0] control;
  logic unused_mine;
  stage_rows u_rows (
    .clk_i, .rst_ni, .stage_i, .cfg_i, .cfg_o, .mine_o(unused_mine), .fetch_epoch_i, .fetch_row_i,
    .word0_o(word0), .word1_o(word1), .control_o(control), .word3_o(unused_word3)
  );

  // T0
  logic active, do_d;
  logic [4:0] guard;
  logic [31:0] immediate, index_d;
  assign active = route_i.valid && route_i.stage == stage_i;
  assign immediate = word1[overlay_isa_pkg::GatherRowImmLsb - 64 +: overlay_isa_pkg::GatherRowImmWidth];
  assign guard = word0[overlay_isa_pkg::GatherRowGuardLsb +: overlay_isa_pkg::GatherRowGuardWidth];
  assign do_d = active && word0[overlay_isa_pkg::GatherRowOpLsb +: overlay_isa_pkg::GatherRowOpWidth] == overlay_isa_pkg::OpG_GATHER
      && (!guard[4] || payload_i.pred[guard[2:0]] != guard[3]);
  operand_select u_index (.enable_i(do_d), .operand_i(word0[overlay_isa_pkg::GatherRowIndexLsb +: 10]), .immediate_i(immediate),
    .registers_i(payload_i.r), .value_o(index_d));

  // What later clocks need of the row goes through delay memories, and so does the payload.
  logic [4:0] rd_t5;
  logic [2:0] pd_t5;
  logic dwe_t5, pwe_t5;
  overlay_core_pkg::payload_t payload_t5;
  delay_memory #(.Width(10), .Delay(5)) u_delay_writes (
    .clk_i, .rst_ni,
    .data_i({word0[overlay_isa_pkg::GatherRowRdLsb +: 5], word0[overlay_isa_pkg::GatherRowPdLsb +: 3],
             word0[overlay_isa_pkg::GatherRowDweLsb], word0[overlay_isa_pkg::GatherRowPweLsb]}),
    .data_o({rd_t5, pd_t5, dwe_t5, pwe_t5})
  );
  delay_memory #(.Width(overlay_core_pkg::PayloadBits), .Delay(5)) u_delay_payload (
    .clk_i, .rst_ni, .data_i(payload_i), .data_o(payload_t5)
  );
  logic [5:1] do_q;                                      // a packet that reads, by T
  always_ff @(posedge clk_i) begin
    do_q <= {do_q[4:1], do_d};
    if (!rst_ni) do_q <= '0;
  end

  // T1: the first byte. What is beyond a byte lies beyond the window: the sum of bytes needs no more bits.
  logic [31:0] index_q, immediate_q;
  logic [1:0] base_q, size_t1_q, size_t2_q;
  logic [7:0] base_offset;
  logic base_there, near_q;
  logic [9:0] first_q;
  logic [7:0] bytes_q;
  always_comb begin
    base_offset = '0;
    base_there = 1'b0;
    unique case (base_q)
      2'(overlay_isa_pkg::GatherBaseFrame): base_there = 1'b1;
      2'(overlay_isa_pkg::GatherBaseL3): begin
        base_offset = place_i.l3;
        base_there = place_i.l3 != '0;
      end
      2'(overlay_isa_pkg::GatherBaseL4): begin
        base_offset = place_i.l4;
        base_there = place_i.l4 != '0;
      end
      default: ;
    endcase
  end
  always_ff @(posedge clk_i) begin
    if (do_d) begin
      index_q <= index_d;
      immediate_q <= immediate;
      base_q <= word0[overlay_isa_pkg::GatherRowBaseLsb +: overlay_isa_pkg::GatherRowBaseWidth];
      size_t1_q <= word0[overlay_isa_pkg::GatherRowSizeLsb +: overlay_isa_pkg::GatherRowSizeWidth];
    end
    if (do_q[1]) begin
      first_q <= 10'(index_q[7:0]) + 10'(immediate_q[7:0]) + 10'(base_offset);
      near_q <= base_there && index_q[31:8] == '0 && immediate_q[31:8] == '0 && size_t1_q != 2'd3;
      bytes_q <= place_i.bytes;
      size_t2_q <= size_t1_q;
    end
  end

  // T2: whether all bytes are there
  logic within_d;
  logic [5:3] within_q;
  logic [10:0] end_d;
  logic [31:0] value;
  assign end_d = 11'(first_q) + (size_t2_q[1] ? 11'd4 : size_t2_q[0] ? 11'd2 : 11'd1);
  assign within_d = near_q && end_d <= 11'(bytes_q);
  always_ff @(posedge clk_i) within_q <= {within_q[4:3], within_d};
  gather_bytes u_bytes (
    .clk_i, .enable_t2_i(do_q[2]), .enable_t3_i(do_q[3]), .enable_t4_i(do_q[4]), .within_i(within_d), .size_i(size_t2_q),
    .first_i(first_q[6:0]), .window_i, .value_o(value)
  );

  // T3: the successor
  result_route #(.Clocks(overlay_core_pkg::GatherClocks)) u_route (
    .clk_i, .rst_ni, .route_i, .active_i(active), .control_i(control), .pred_i(payload_i.pred), .may_dispatch_i(1'b0),
    .look_i(1'b0), .dispatch_addr_i('0), .result_i(do_q[3] && within_q[3]), .found_i(1'b0), .mine_i(1'b0), .cfg_i,
    .fetch_epoch_o, .fetch_row_o, .route_o
  );

  // T5
  write_back #(.Writable(overlay_isa_pkg::ResultRegisters)) u_write_back (
    .clk_i, .payload_i(payload_t5), .do0_i(do_q[5]), .enable0_i(dwe_t5), .number0_i(rd_t5), .value0_i(value),
    .pred_enable0_i(pwe_t5), .pred_number0_i(pd_t5), .pred_value0_i(within_q[5]),
    .event_enable0_i(1'b0), .verdict_enable0_i(1'b0), .act_enable0_i(1'b0),
    .do1_i(1'b0), .enable1_i(1'b0), .number1_i(5'd0), .value1_i(32'd0), .pred_enable1_i(1'b0), .pred_number1_i(3'd0), .pred_value1_i(1'b0),
    .event_enable1_i(1'b0), .verdict_enable1_i(1'b0), .act_enable1_i(1'b0),
    .payload_o
  );
endmodule
`default_nettype wire
