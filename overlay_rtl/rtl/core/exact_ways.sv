// The four ways of an exact stage, from hashes to the hit: entries are software's alone.
//
// Sub-stages are those of exact_stage: the lookup comes at T1, the result at T5.
//
// An entry is written in one clock from the staging registers, so that a lookup sees the old or the new one, never
// half of each. An entry is read in a clock in which no packet looks up.
`default_nettype none
module exact_ways (
  input  wire logic clk_i,
  input  wire logic rst_ni,
  input  wire logic mine_i,                // the access is for this stage
  input  wire overlay_core_pkg::cfg_t cfg_i,
  input  wire overlay_core_pkg::rsp_t rsp_i,
  output      overlay_core_pkg::rsp_t rsp_o,
  // T1
  input  wire logic do_i,
  input  wire logic [7:0] table_i,
  input  wire logic [63:0] key01_i,        // word 0 in the low half
  input  wire logic [63:0] key23_i,
  // T5
  output      logic hit_o,
  output      logic [31:0] value_o,
  output      logic [7:0] action_o
);
  localparam int unsigned AddrBits = $clog2(overlay_core_pkg::ExactRows);
  localparam int unsigned EntryBits = 1 + 8 + 128 + 8 + 32;    // valid, table, key, action, value
  localparam int unsigned MatchBits = 1 + 8 + 128;
  localparam int unsigned ResultBits = 8 + 32;

  // The staging registers follow those of the register map.
  logic [63:0] staged_key01_q, staged_key23_q;
  logic [48:0] staged_rest_q;
  logic [EntryBits-1:0] staged;
  always_ff @(posedge clk_i) begin
    if (cfg_i.valid) begin
      if (cfg_i.kind == overlay_core_pkg::CfgStaging) begin
        unique case (cfg_i.word)
          2'd0: staged_key01_q <= cfg_i.data;
          2'd1: staged_key23_q <= cfg_i.data;
          2'd2: staged_rest_q <= cfg_i.data[48:0];
          default: ;
        endcase
      end
    end
  end
  always_comb begin
    staged = 'x;
    if (mine_i) staged = {staged_rest_q[48], staged_rest_q[47:40], staged_key23_q, staged_key01_q, staged_rest_q[39:32], staged_rest_q[31:0]};
  end

  // A read of an entry waits here for a clock without lookup.
  logic read_pending_q, read_taken;
  logic [1:0] read_way_q;
  logic [AddrBits-1:0] read_row_q;
  always_ff @(posedge clk_i) begin
    if (mine_i && cfg_i.kind == overlay_core_pkg::CfgExactRead) begin
      read_pending_q <= 1'b1;
      read_way_q <= cfg_i.word;
      read_row_q <= cfg_i.index[AddrBits-1:0];
    end else if (read_taken) read_pending_q <= 1'b0;
    if (!rst_ni) read_pending_q <= 1'b0;
  end

  // T1
  logic [overlay_isa_pkg::ExactWays*AddrBits-1:0] hash_t1, addr_d, addr_t2_q;
  crc_slices #(.AddrBits(AddrBits)) u_hash (.enable_i(do_i), .table_i, .key01_i, .key23_i, .addr_o(hash_t1));
  assign read_taken = read_pending_q && !do_i;
  assign addr_d = read_taken ? {overlay_isa_pkg::ExactWays{read_row_q}} : hash_t1;

  // T2 to T4: the key waits for the entries
  logic [4:2] do_q, read_q;                              // index: sub-stage
  logic [MatchBits-1:0] match_t2_q, match_t3_q, match_t4_q;
  always_ff @(posedge clk_i) begin
    if (do_i || read_taken) addr_t2_q <= addr_d;
    do_q <= {do_q[3:2], do_i};
    read_q <= {read_q[3:2], read_taken};
    match_t2_q <= {1'b1, table_i, key23_i, key01_i};
    match_t3_q <= match_t2_q;
    match_t4_q <= match_t3_q;
    if (!rst_ni) begin
      do_q <= '0;
      read_q <= '0;
    end
  end

  logic [overlay_isa_pkg::ExactWays-1:0] hit_t5_q;
  logic [overlay_isa_pkg::ExactWays*ResultBits-1:0] result_t5_q;
  logic [overlay_isa_pkg::ExactWays*EntryBits-1:0] entry_t4;
  for (genvar w = 0; w < overlay_isa_pkg::ExactWays; w++) begin : g_way
    logic [EntryBits-1:0] mem [0:overlay_core_pkg::ExactRows-1];
    logic [EntryBits-1:0] latch_q, entry_q;
    always_ff @(posedge clk_i) begin
      if (mine_i) begin
        if (cfg_i.kind == overlay_core_pkg::CfgExactWrite && cfg_i.word == 2'(w)) mem[cfg_i.index[AddrBits-1:0]] <= staged;
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
  logic [ResultBits-1:0] result_d;
  always_comb begin
    result_d = '0;
    for (int unsigned w = 0; w < overlay_isa_pkg::ExactWays; w++) begin
      if (hit_t5_q[w]) result_d = result_d | result_t5_q[ResultBits*w +: ResultBits];
    end
  end
  assign hit_o = |hit_t5_q;
  assign {action_o, value_o} = result_d;

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
