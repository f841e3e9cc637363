// An exact stage: looks a key of four words and a table id up in four ways, in ten clocks.
//
//   T0  key words are selected           T5  hit way gives value and action, dispatch address
//   T1  hashes                           T6  dispatch memory
//   T2  way memories                     T7  hit, own branch, dispatch: the successor
//   T3  their output registers           T8  the successor's address goes to the next stage
//   T4  comparison of all ways           T9  write-back
//
// An entry is written in one clock from the staging registers, so that a lookup sees the old or the new one, never
// half of each. An entry is read in a clock in which no packet looks up.
`default_nettype none
module exact_stage (
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
  output      overlay_core_pkg::rsp_t rsp_o
);
  localparam int unsigned AddrBits = $clog2(overlay_core_pkg::ExactRows);
  localparam int unsigned EntryBits = 1 + 8 + 128 + 8 + 32;    // valid, table, key, action, value
  localparam int unsigned MatchBits = 1 + 8 + 128;
  localparam int unsigned ResultBits = 8 + 32;
  localparam int unsigned StageBits = overlay_core_pkg::StageBits;
  localparam int unsigned RowBits = overlay_core_pkg::RowBits;

  // Configuration
  overlay_core_pkg::cfg_t cfg_q;
  logic mine;
  always_ff @(posedge clk_i) begin
    cfg_q <= cfg_i;
    if (!rst_ni) cfg_q.valid <= 1'b0;
  end
  assign cfg_o = cfg_q;
  assign mine = cfg_q.valid && cfg_q.stage == stage_i;

  logic [63:0] word0, word1, unused_word3;
  logic [overlay_core_pkg::ControlBits-1:0] control;
  instruction_memory u_rows (
    .clk_i, .epoch_i(fetch_epoch_i), .row_i(fetch_row_i),
    .write_i(mine && cfg_q.kind == overlay_core_pkg::CfgRow), .write_epoch_i(cfg_q.epoch),
    .write_row_i(cfg_q.index[RowBits-1:0]), .write_word_i(cfg_q.word), .write_data_i(cfg_q.data),
    .word0_o(word0), .word1_o(word1), .control_o(control), .word3_o(unused_word3)
  );

  // The staging registers follow those of the register map.
  logic [63:0] staged_key01_q, staged_key23_q;
  logic [48:0] staged_rest_q;
  logic [EntryBits-1:0] staged;
  always_ff @(posedge clk_i) begin
    if (cfg_q.valid) begin
      if (cfg_q.kind == overlay_core_pkg::CfgStaging) begin
        unique case (cfg_q.word)
          2'd0: staged_key01_q <= cfg_q.data;
          2'd1: staged_key23_q <= cfg_q.data;
          2'd2: staged_rest_q <= cfg_q.data[48:0];
          default: ;
        endcase
      end
    end
  end
  always_comb begin
    staged = 'x;
    if (mine) staged = {staged_rest_q[48], staged_rest_q[47:40], staged_key23_q, staged_key01_q, staged_rest_q[39:32], staged_rest_q[31:0]};
  end

  // A read of an entry waits here for a clock without lookup.
  logic read_pending_q, read_taken;
  logic [1:0] read_way_q;
  logic [AddrBits-1:0] read_row_q;
  always_ff @(posedge clk_i) begin
    if (mine && cfg_q.kind == overlay_core_pkg::CfgExactRead) begin
      read_pending_q <= 1'b1;
      read_way_q <= cfg_q.word;
      read_row_q <= cfg_q.index[AddrBits-1:0];
    end else if (read_taken) read_pending_q <= 1'b0;
    if (!rst_ni) read_pending_q <= 1'b0;
  end

  // T0
  logic active, do_d;
  logic [31:0] immediate, k0_d, k1_d, k2_d, k3_d;
  logic [4:0] guard;
  logic [StageBits-1:0] next_stage, taken_stage;
  logic [RowBits-1:0] next_row, taken_row;
  logic own, dispatch, negate;
  assign active = route_i.valid && route_i.stage == stage_i;
  assign immediate = word1[overlay_isa_pkg::LookupRowImmLsb - 64 +: overlay_isa_pkg::LookupRowImmWidth];
  assign guard = word0[overlay_isa_pkg::LookupRowGuardLsb +: overlay_isa_pkg::LookupRowGuardWidth];
  assign do_d = active && word0[overlay_isa_pkg::LookupRowOpLsb +: overlay_isa_pkg::LookupRowOpWidth] == overlay_isa_pkg::OpE_LOOKUP
      && (!guard[4] || payload_i.pred[guard[2:0]] != guard[3]);
  operand_select u_k0 (.enable_i(do_d), .operand_i(word0[overlay_isa_pkg::LookupRowK0Lsb +: 10]), .immediate_i(immediate),
    .registers_i(payload_i.r), .value_o(k0_d));
  operand_select u_k1 (.enable_i(do_d), .operand_i(word0[overlay_isa_pkg::LookupRowK1Lsb +: 10]), .immediate_i(immediate),
    .registers_i(payload_i.r), .value_o(k1_d));
  operand_select u_k2 (.enable_i(do_d), .operand_i(word0[overlay_isa_pkg::LookupRowK2Lsb +: 10]), .immediate_i(immediate),
    .registers_i(payload_i.r), .value_o(k2_d));
  operand_select u_k3 (.enable_i(do_d), .operand_i(word1[overlay_isa_pkg::LookupRowK3Lsb - 64 +: 10]), .immediate_i(immediate),
    .registers_i(payload_i.r), .value_o(k3_d));
  successor u_successor (
    .enable_i(active), .control_i(control), .pred_i(payload_i.pred), .stage_o(next_stage), .row_o(next_row),
    .taken_stage_o(taken_stage), .taken_row_o(taken_row), .own_o(own), .dispatch_o(dispatch), .negate_o(negate)
  );

  // What T7 and T9 need of the row goes through delay memories, and so does the payload.
  localparam int unsigned RouteBits = 2 + 2 * (StageBits + RowBits) + 3;
  logic epoch_t7, own_t7, dispatch_t7, negate_t7;
  logic [StageBits-1:0] next_stage_t7, taken_stage_t7;
  logic [RowBits-1:0] next_row_t7, taken_row_t7;
  logic unused_spare_t7;
  delay_memory #(.Width(RouteBits), .Delay(7)) u_delay_route (
    .clk_i, .rst_ni,
    .data_i({1'b0, route_i.epoch, active ? next_stage : route_i.stage, active ? next_row : route_i.row, taken_stage, taken_row,
             active && own, active && dispatch, negate}),
    .data_o({unused_spare_t7, epoch_t7, next_stage_t7, next_row_t7, taken_stage_t7, taken_row_t7, own_t7, dispatch_t7, negate_t7})
  );
  logic [4:0] rd_t9;
  logic [2:0] pd_t9;
  logic do_t9, dwe_t9, pwe_t9;
  overlay_core_pkg::payload_t payload_t9;
  delay_memory #(.Width(11), .Delay(9)) u_delay_writes (
    .clk_i, .rst_ni,
    .data_i({word0[overlay_isa_pkg::LookupRowRdLsb +: 5], word0[overlay_isa_pkg::LookupRowPdLsb +: 3],
             do_d, word0[overlay_isa_pkg::LookupRowDweLsb], word0[overlay_isa_pkg::LookupRowPweLsb]}),
    .data_o({rd_t9, pd_t9, do_t9, dwe_t9, pwe_t9})
  );
  delay_memory #(.Width(overlay_core_pkg::PayloadBits), .Delay(9)) u_delay_payload (
    .clk_i, .rst_ni, .data_i(payload_i), .data_o(payload_t9)
  );
  logic [7:1] valid_q;                                   // index: T1 to T7
  always_ff @(posedge clk_i) begin
    valid_q <= {valid_q[6:1], route_i.valid};
    if (!rst_ni) valid_q <= '0;
  end

  // T1
  logic do_t1_q;
  logic [63:0] key01_t1_q, key23_t1_q;
  logic [7:0] table_t1_q;
  logic [overlay_isa_pkg::ExactWays*AddrBits-1:0] hash_t1, addr_d, addr_t2_q;
  always_ff @(posedge clk_i) begin
    do_t1_q <= do_d;
    if (do_d) begin
      key01_t1_q <= {k1_d, k0_d};
      key23_t1_q <= {k3_d, k2_d};
      table_t1_q <= word0[overlay_isa_pkg::LookupRowTableLsb +: 8];
    end
    if (!rst_ni) do_t1_q <= 1'b0;
  end
  crc_slices #(.AddrBits(AddrBits)) u_hash (.enable_i(do_t1_q), .table_i(table_t1_q), .key01_i(key01_t1_q), .key23_i(key23_t1_q), .addr_o(hash_t1));
  assign read_taken = read_pending_q && !do_t1_q;
  assign addr_d = read_taken ? {overlay_isa_pkg::ExactWays{read_row_q}} : hash_t1;

  // T2 to T4: the key waits for the entries
  logic [4:2] do_q, read_q;                              // index: sub-stage
  logic [MatchBits-1:0] match_t2_q, match_t3_q, match_t4_q;
  logic [39:0] dbases_q;                                 // T1 in the low byte, to T5
  always_ff @(posedge clk_i) begin
    if (do_t1_q || read_taken) addr_t2_q <= addr_d;
    do_q <= {do_q[3:2], do_t1_q};
    read_q <= {read_q[3:2], read_taken};
    dbases_q <= {dbases_q[31:0], word1[overlay_isa_pkg::LookupRowDbaseLsb - 64 +: 8]};
    match_t2_q <= {1'b1, table_t1_q, key23_t1_q, key01_t1_q};
    match_t3_q <= match_t2_q;
    match_t4_q <= match_t3_q;
    if (!rst_ni) begin
      do_q <= '0;
      read_q <= '0;
    end
  end

  // The ways
  logic [overlay_isa_pkg::ExactWays-1:0] hit_t5_q;
  logic [overlay_isa_pkg::ExactWays*ResultBits-1:0] result_t5_q;
  logic [overlay_isa_pkg::ExactWays*EntryBits-1:0] entry_t4;
  for (genvar w = 0; w < overlay_isa_pkg::ExactWays; w++) begin : g_way
    logic [EntryBits-1:0] mem [0:overlay_core_pkg::ExactRows-1];
    logic [EntryBits-1:0] latch_q, entry_q;
    always_ff @(posedge clk_i) begin
      if (mine) begin
        if (cfg_q.kind == overlay_core_pkg::CfgExactWrite && cfg_q.word == 2'(w)) mem[cfg_q.index[AddrBits-1:0]] <= staged;
      end
      if (do_q[2] || read_q[2]) latch_q <= mem[addr_t2_q[AddrBits*w +: AddrBits]];
    end
    always_ff @(posedge clk_i) begin
      if (do_q[3] || read_q[3]) entry_q <= latch_q;
      hit_t5_q[w] <= 1'b0;
      if (do_q[4]) hit_t5_q[w] <= entry_q[EntryBits-1 -: MatchBits] == match_t4_q;
      if (do_q[4]) result_t5_q[ResultBits*w +: ResultBits] <= entry_q[ResultBits-1:0];
    end
    assign entry_t4[EntryBits*w +: EntryBits] = entry_q;
  end

  // T5: at most one way holds the key, so the hits select by and-or
  logic [9:6] hit_q;                                     // index: sub-stage
  logic [ResultBits-1:0] result_d;
  logic [31:0] value_t6_q, value_t7_q, value_t8_q, value_t9_q;
  logic [7:0] dispatch_addr_t6_q;
  always_comb begin
    result_d = '0;
    for (int unsigned w = 0; w < overlay_isa_pkg::ExactWays; w++) begin
      if (hit_t5_q[w]) result_d = result_d | result_t5_q[ResultBits*w +: ResultBits];
    end
  end
  always_ff @(posedge clk_i) begin
    hit_q <= {hit_q[8:6], |hit_t5_q};
    {value_t6_q, value_t7_q, value_t8_q, value_t9_q} <= {result_d[31:0], value_t6_q, value_t7_q, value_t8_q};
    dispatch_addr_t6_q <= dbases_q[39:32] + result_d[39:32];
  end

  // T6: dispatch memory of both epochs
  logic [StageBits+RowBits-1:0] dispatch_mem [0:overlay_isa_pkg::Epochs*overlay_isa_pkg::DispatchEntries-1];
  logic [StageBits+RowBits-1:0] dispatched_t7_q;
  logic epoch_t6;
  delay_memory #(.Width(1), .Delay(6)) u_delay_epoch (.clk_i, .rst_ni, .data_i(route_i.epoch), .data_o(epoch_t6));
  always_ff @(posedge clk_i) begin
    if (mine) begin
      if (cfg_q.kind == overlay_core_pkg::CfgDispatch) dispatch_mem[{cfg_q.epoch, cfg_q.index[7:0]}] <= cfg_q.data[StageBits+RowBits-1:0];
    end
    dispatched_t7_q <= dispatch_mem[{epoch_t6, dispatch_addr_t6_q}];
  end

  // T7: the successor
  logic [StageBits-1:0] stage_d;
  logic [RowBits-1:0] row_d;
  logic [3*overlay_core_pkg::RouteBits-1:0] routes_q;               // T8, T9, output
  overlay_core_pkg::route_t fetch;
  always_comb begin
    stage_d = next_stage_t7;
    row_d = next_row_t7;
    if (own_t7 && hit_q[7] != negate_t7) begin
      stage_d = taken_stage_t7;
      row_d = taken_row_t7;
    end
    if (dispatch_t7 && hit_q[7]) {stage_d, row_d} = dispatched_t7_q;
  end
  always_ff @(posedge clk_i) begin
    routes_q <= {routes_q[2*overlay_core_pkg::RouteBits-1:0], valid_q[7], epoch_t7, stage_d, row_d};
    if (!rst_ni) routes_q <= '0;
  end
  assign fetch = routes_q[overlay_core_pkg::RouteBits-1:0];
  assign fetch_epoch_o = fetch.epoch;
  assign fetch_row_o = fetch.row;
  assign route_o = routes_q[2*overlay_core_pkg::RouteBits +: overlay_core_pkg::RouteBits];

  // T9
  write_back #(.Writable(overlay_isa_pkg::ResultRegisters)) u_write_back (
    .clk_i, .payload_i(payload_t9), .do0_i(do_t9), .enable0_i(dwe_t9 && hit_q[9]), .number0_i(rd_t9), .value0_i(value_t9_q),
    .pred_enable0_i(pwe_t9), .pred_number0_i(pd_t9), .pred_value0_i(hit_q[9]),
    .event_enable0_i(1'b0), .verdict_enable0_i(1'b0), .act_enable0_i(1'b0),
    .do1_i(1'b0), .enable1_i(1'b0), .number1_i(5'd0), .value1_i(32'd0), .pred_enable1_i(1'b0), .pred_number1_i(3'd0), .pred_value1_i(1'b0),
    .event_enable1_i(1'b0), .verdict_enable1_i(1'b0), .act_enable1_i(1'b0),
    .payload_o
  );

  // The answer to a read: three words, one a clock.
  logic [EntryBits-1:0] read_entry_q;
  logic [1:0] read_word_q;                               // 0 idle, then 1 to 3
  always_ff @(posedge clk_i) begin
    if (read_q[4]) read_entry_q <= entry_t4[EntryBits*read_way_q +: EntryBits];
    read_word_q <= read_q[4] ? 2'd1 : read_word_q == 2'd0 || read_word_q == 2'd3 ? 2'd0 : read_word_q + 2'd1;
    unique case (read_word_q)
      2'd1: rsp_o <= {1'b1, 2'd0, read_entry_q[ResultBits +: 64]};
      2'd2: rsp_o <= {1'b1, 2'd1, read_entry_q[ResultBits + 64 +: 64]};
      2'd3: rsp_o <= {1'b1, 2'd2, 15'd0, read_entry_q[EntryBits-1], read_entry_q[ResultBits + 128 +: 8], read_entry_q[ResultBits-1:0]};
      default: rsp_o <= rsp_i;
    endcase
    if (!rst_ni) begin
      read_word_q <= 2'd0;
      rsp_o.valid <= 1'b0;
    end
  end
endmodule
`default_nettype wire
