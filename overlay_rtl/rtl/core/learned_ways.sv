// The four ways of an exact stage that can learn: finds a key and may take it in, a packet a clock.
//
// Sub-stages are those of exact_stage: the lookup comes at T1, the result at T5.
//
//   T1  hashes; when the entry would expire         T4  key and time compared with all ways' entries
//   T2  way memories; key, places and time          T5  which way: it is found, or taken; the entry is written
//       compared with the three packets before
//
// What a packet writes is known before it is known where: its own key, when that expires, and a byte. So a packet needs no entry
// forwarded to it, only whether the entry that one of the three before it wrote lies in its own place, has its key, is alive: bits
// that are ready at T3; and that entry's byte. The loop from one packet to the next is the choice of a way, nothing else.
//
//   T5 of a packet     T6 of the one before: where that wrote overrides what the memory held
//   T4 of a packet     T6 and T7 of the two before that; older ones are in the memory
//
// An access of software takes the place of a lookup in a clock whose packet makes none: it is a packet that writes the staged
// entry to one place, whatever is there or only over the same key. So accesses and packets have one order.
//
// What a lookup with mode share writes leaves by mirror_o for the other core's stage; what comes in by mirror_i is written in a clock
// in which the stage writes nothing to that way itself, or lost.
`default_nettype none
module learned_ways (
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
  input  wire logic learn_i,               // a learning lookup; the five below are its
  input  wire logic [overlay_isa_pkg::LearnRowModeWidth-1:0] mode_i,   // bits of enum LearnMode
  input  wire logic [2:0] size_i,
  input  wire logic [31:0] now_i,
  input  wire logic [31:0] timeout_i,
  input  wire logic [7:0] byte_i,          // 0 without mode byte
  // T5
  output      logic hit_o,
  output      logic [31:0] value_o,
  output      logic [7:0] action_o,
  output      logic full_o,                // at T6: refused; or an entry of the other core was lost
  output      overlay_core_pkg::mirror_t mirror_o,
  input  wire overlay_core_pkg::mirror_t mirror_i
);
  localparam int unsigned Ways = overlay_isa_pkg::ExactWays;
  localparam int unsigned AddrBits = $clog2(overlay_core_pkg::ExactRows);
  localparam int unsigned UnitBits = $clog2(overlay_isa_pkg::LearnUnit);
  localparam int unsigned KeyBits = 8 + 128;                   // table, key
  localparam int unsigned ResultBits = 8 + 32;                 // action, value
  localparam int unsigned EntryBits = 1 + KeyBits + ResultBits;

  // The staging registers follow those of the register map.
  logic [63:0] staged_key01_q, staged_key23_q;
  logic [48:0] staged_rest_q;
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

  // An access waits here for a clock without lookup.
  logic access_pending_q, access_taken, access_read_q, access_change_q;
  logic [1:0] access_way_q;
  logic [AddrBits-1:0] access_row_q;
  always_ff @(posedge clk_i) begin
    if (mine_i && (cfg_i.kind == overlay_core_pkg::CfgExactRead || cfg_i.kind == overlay_core_pkg::CfgExactWrite)) begin
      access_pending_q <= 1'b1;
      access_read_q <= cfg_i.kind == overlay_core_pkg::CfgExactRead;
      access_change_q <= !cfg_i.write;
      access_way_q <= cfg_i.word;
      access_row_q <= cfg_i.index[AddrBits-1:0];
    end else if (access_taken) access_pending_q <= 1'b0;
    if (!rst_ni) access_pending_q <= 1'b0;
  end
  assign access_taken = access_pending_q && !do_i;

  // T1
  logic go;                                              // something for the memory
  logic [AddrBits-1:0] base_t1, mask_t1;
  logic [7:0] hashed_table;
  logic [Ways*AddrBits-1:0] hash_t1, addr_d;
  assign go = do_i || access_taken;
  assign hashed_table = learn_i ? 8'd0 : table_i;
  crc_slices #(.AddrBits(AddrBits)) u_hash (.enable_i(do_i), .table_i(hashed_table), .key01_i, .key23_i, .addr_o(hash_t1));
  always_comb begin
    base_t1 = 'x;
    mask_t1 = 'x;
    addr_d = 'x;
    if (go) begin
      base_t1 = learn_i ? AddrBits'({table_i, UnitBits'(0)}) : '0;
      mask_t1 = learn_i ? ~({AddrBits{1'b1}} << UnitBits << size_i) : '1;
      for (int unsigned w = 0; w < Ways; w++) begin
        addr_d[AddrBits*w +: AddrBits] = access_taken ? access_row_q : base_t1 | (hash_t1[AddrBits*w +: AddrBits] & mask_t1);
      end
    end
  end

  // T2 to T5: what is written if something is, and what decides whether
  logic [5:2] go_q, learn_q, uses_q, read_q, write_q, change_q;     // index: sub-stage; uses: looks at what is in its place
  logic [overlay_isa_pkg::LearnRowModeWidth-1:0] mode_t2_q, mode_t3_q, mode_t4_q, mode_t5_q;
  logic [2:0] size_t2_q, size_t3_q, size_t4_q, size_t5_q;
  logic [31:0] now_t2_q, now_t3_q, now_t4_q;
  logic [1:0] low_now_t5_q;
  logic [Ways*AddrBits-1:0] addr_t2_q, addr_t3_q, addr_t4_q, addr_t5_q;
  logic [KeyBits-1:0] key_t2_q, key_t3_q, key_t4_q, key_t5_q;
  logic [ResultBits-1:0] result_t2_q, result_t3_q, result_t4_q, result_t5_q;
  logic valid_t2_q, valid_t3_q, valid_t4_q, valid_t5_q;
  always_ff @(posedge clk_i) begin
    go_q <= {go_q[4:2], go};
    learn_q <= {learn_q[4:2], learn_i};
    read_q <= {read_q[4:2], access_taken && access_read_q};
    write_q <= {write_q[4:2], access_taken && !access_read_q && !access_change_q};
    change_q <= {change_q[4:2], access_taken && !access_read_q && access_change_q};
    uses_q <= {uses_q[4:2], learn_i || (access_taken && !access_read_q && access_change_q)};
    if (go) begin
      addr_t2_q <= addr_d;
      key_t2_q <= access_taken ? {staged_rest_q[47:40], staged_key23_q, staged_key01_q} : {table_i, key23_i, key01_i};
      result_t2_q <= access_taken ? staged_rest_q[ResultBits-1:0] : {byte_i, now_i + timeout_i};
      valid_t2_q <= access_taken ? staged_rest_q[48] : 1'b1;
    end
    if (go_q[2]) begin
      addr_t3_q <= addr_t2_q;
      key_t3_q <= key_t2_q;
      result_t3_q <= result_t2_q;
      valid_t3_q <= valid_t2_q;
    end
    if (go_q[3]) begin
      addr_t4_q <= addr_t3_q;
      key_t4_q <= key_t3_q;
      result_t4_q <= result_t3_q;
      valid_t4_q <= valid_t3_q;
    end
    if (go_q[4]) begin
      addr_t5_q <= addr_t4_q;
      key_t5_q <= key_t4_q;
      result_t5_q <= result_t4_q;
      valid_t5_q <= valid_t4_q;
    end
    if (learn_i) {now_t2_q, mode_t2_q, size_t2_q} <= {now_i, mode_i, size_i};
    if (learn_q[2]) {now_t3_q, mode_t3_q, size_t3_q} <= {now_t2_q, mode_t2_q, size_t2_q};
    if (learn_q[3]) {now_t4_q, mode_t4_q, size_t4_q} <= {now_t3_q, mode_t3_q, size_t3_q};
    if (learn_q[4]) {low_now_t5_q, mode_t5_q, size_t5_q} <= {now_t4_q[1:0], mode_t4_q, size_t4_q};
    if (!rst_ni) begin
      go_q <= '0;
      learn_q <= '0;
      uses_q <= '0;
      read_q <= '0;
      write_q <= '0;
      change_q <= '0;
    end
  end

  // T2: the three packets before, the nearest at T3. What the entry of each would be here, if it wrote one.
  logic ever_t2, ever_t4;
  logic [2:0] key_same_t3_q, alive_t3_q, key_same_t4_q, alive_t4_q;   // index: how many packets before, less one
  logic key_same_t5_q, alive_t5_q;
  logic [Ways-1:0] place1_t3_q, place2_t3_q, place3_t3_q, place1_t4_q, place2_t4_q, place3_t4_q, place1_t5_q;
  logic [31:0] left1_t2, left2_t2, left3_t2;                          // bit 31: not expired
  assign ever_t2 = mode_t2_q[overlay_isa_pkg::LearnModeEver];
  assign ever_t4 = mode_t4_q[overlay_isa_pkg::LearnModeEver];
  always_comb begin
    left1_t2 = 'x;
    left2_t2 = 'x;
    left3_t2 = 'x;
    if (uses_q[2]) begin
      left1_t2 = now_t2_q - result_t3_q[31:0];
      left2_t2 = now_t2_q - result_t4_q[31:0];
      left3_t2 = now_t2_q - result_t5_q[31:0];
    end
  end
  always_ff @(posedge clk_i) begin
    if (uses_q[2]) begin
      key_same_t3_q <= {valid_t5_q && key_t2_q == key_t5_q, valid_t4_q && key_t2_q == key_t4_q, valid_t3_q && key_t2_q == key_t3_q};
      alive_t3_q <= {valid_t5_q && (ever_t2 || left3_t2[31]), valid_t4_q && (ever_t2 || left2_t2[31]), valid_t3_q && (ever_t2 || left1_t2[31])};
      for (int unsigned w = 0; w < Ways; w++) begin
        place1_t3_q[w] <= addr_t2_q[AddrBits*w +: AddrBits] == addr_t3_q[AddrBits*w +: AddrBits];
        place2_t3_q[w] <= addr_t2_q[AddrBits*w +: AddrBits] == addr_t4_q[AddrBits*w +: AddrBits];
        place3_t3_q[w] <= addr_t2_q[AddrBits*w +: AddrBits] == addr_t5_q[AddrBits*w +: AddrBits];
      end
    end
    if (uses_q[3]) begin
      {key_same_t4_q, alive_t4_q} <= {key_same_t3_q, alive_t3_q};
      {place1_t4_q, place2_t4_q, place3_t4_q} <= {place1_t3_q, place2_t3_q, place3_t3_q};
    end
    if (uses_q[4]) {key_same_t5_q, alive_t5_q, place1_t5_q} <= {key_same_t4_q[0], alive_t4_q[0], place1_t4_q};
  end

  // The bytes of the three packets before the one at T5, the nearest at T6
  logic [7:0] byte_t6_q, byte_t7_q, byte_t8_q;
  always_ff @(posedge clk_i) {byte_t6_q, byte_t7_q, byte_t8_q} <= {result_t5_q[39:32], byte_t6_q, byte_t7_q};

  // An entry from the other core, and whether one is lost, by way
  overlay_core_pkg::mirror_t mirror_q;
  logic [Ways-1:0] lost;
  always_ff @(posedge clk_i) begin
    mirror_q.valid <= mirror_i.valid;
    if (mirror_i.valid) {mirror_q.way, mirror_q.row, mirror_q.entry} <= {mirror_i.way, mirror_i.row, mirror_i.entry};
    if (!rst_ni) mirror_q.valid <= 1'b0;
  end

  // The ways
  logic [Ways-1:0] write_t5, wrote_t6_q, wrote_t7_q;
  logic [Ways-1:0] holds_t5_q, lives_t5_q;               // the way holds the key; what it holds is alive
  logic [Ways-1:0] from2_t5_q, from3_t5_q;               // the way's entry is that of an earlier packet
  logic [Ways*ResultBits-1:0] results_t5_q;
  logic [Ways*EntryBits-1:0] entry_t4;
  for (genvar w = 0; w < Ways; w++) begin : g_way
    logic [EntryBits-1:0] mem [0:overlay_core_pkg::ExactRows-1];
    logic [EntryBits-1:0] latch_q, entry_q;
    logic mirrored;
    assign mirrored = mirror_q.valid && mirror_q.way == 2'(w);
    assign lost[w] = mirrored && write_t5[w];
    always_ff @(posedge clk_i) begin
      if (write_t5[w] || mirrored) begin
        mem[write_t5[w] ? addr_t5_q[AddrBits*w +: AddrBits] : mirror_q.row] <=
            write_t5[w] ? {valid_t5_q, key_t5_q, result_t5_q} : mirror_q.entry;
      end
      if (go_q[2]) latch_q <= mem[addr_t2_q[AddrBits*w +: AddrBits]];
    end

    logic [31:0] left;
    logic from2, from3, holds, lives;
    always_comb begin
      left = 'x;
      from2 = 'x;
      from3 = 'x;
      holds = 'x;
      lives = 'x;
      if (go_q[4]) begin
        left = now_t4_q - entry_q[31:0];
        from2 = uses_q[4] && place2_t4_q[w] && wrote_t6_q[w];
        from3 = uses_q[4] && place3_t4_q[w] && wrote_t7_q[w];
        holds = from2 ? key_same_t4_q[1] : from3 ? key_same_t4_q[2] : entry_q[EntryBits-1 -: 1+KeyBits] == {1'b1, key_t4_q};
        lives = from2 ? alive_t4_q[1] : from3 ? alive_t4_q[2] : entry_q[EntryBits-1] && (ever_t4 || left[31]);
      end
    end
    always_ff @(posedge clk_i) begin
      if (go_q[3]) entry_q <= latch_q;
      if (go_q[4]) begin
        holds_t5_q[w] <= holds;
        lives_t5_q[w] <= lives;
        from2_t5_q[w] <= from2;
        from3_t5_q[w] <= from3;
        results_t5_q[ResultBits*w +: ResultBits] <= entry_q[ResultBits-1:0];
      end
    end
    assign entry_t4[EntryBits*w +: EntryBits] = entry_q;
  end

  // T5
  logic [Ways-1:0] holds_t5, lives_t5, found_t5, chosen_t5;
  logic found, taken, refused;
  logic [1:0] way;
  logic [AddrBits-1:0] row_t5;
  logic [ResultBits-1:0] looked_up;
  logic [1:0] writer;                                    // how many packets before wrote the way's byte, 0: it is the memory's
  logic [7:0] byte_t5;
  always_comb begin
    writer = 'x;
    byte_t5 = 'x;
    holds_t5 = 'x;
    lives_t5 = 'x;
    found_t5 = 'x;
    chosen_t5 = 'x;
    found = 'x;
    taken = 'x;
    way = 'x;
    row_t5 = 'x;
    looked_up = '0;
    refused = 1'b0;
    write_t5 = '0;
    hit_o = 1'b0;
    value_o = '0;
    action_o = '0;
    if (go_q[5]) begin
      for (int unsigned w = 0; w < Ways; w++) begin
        holds_t5[w] = uses_q[5] && place1_t5_q[w] && wrote_t6_q[w] ? key_same_t5_q : holds_t5_q[w];
        lives_t5[w] = uses_q[5] && place1_t5_q[w] && wrote_t6_q[w] ? alive_t5_q : lives_t5_q[w];
        if (holds_t5[w]) looked_up = looked_up | results_t5_q[ResultBits*w +: ResultBits];
      end
      // The first way that has it, else the first that is free, else the one that gives way.
      found_t5 = holds_t5 & lives_t5;
      found = |found_t5;
      chosen_t5 = found ? found_t5 : ~lives_t5;
      way = chosen_t5[0] ? 2'd0 : chosen_t5[1] ? 2'd1 : chosen_t5[2] ? 2'd2 : chosen_t5[3] ? 2'd3 : low_now_t5_q;
      taken = found ? mode_t5_q[overlay_isa_pkg::LearnModeTouch]
          : mode_t5_q[overlay_isa_pkg::LearnModeInsert] && (chosen_t5 != '0 || mode_t5_q[overlay_isa_pkg::LearnModeReplace]);
      row_t5 = addr_t5_q[AddrBits*way +: AddrBits] & ~({AddrBits{1'b1}} << UnitBits << size_t5_q);
      if (learn_q[5]) begin
        hit_o = found;
        value_o = found || taken ? 32'({row_t5, way}) : '1;
        writer = place1_t5_q[way] && wrote_t6_q[way] ? 2'd1 : from2_t5_q[way] ? 2'd2 : from3_t5_q[way] ? 2'd3 : 2'd0;
        byte_t5 = writer == 2'd1 ? byte_t6_q : writer == 2'd2 ? byte_t7_q : writer == 2'd3 ? byte_t8_q : results_t5_q[ResultBits*way + 32 +: 8];
        if (mode_t5_q[overlay_isa_pkg::LearnModeByte]) value_o = found ? 32'(byte_t5) : '0;
        refused = mode_t5_q[overlay_isa_pkg::LearnModeInsert] && !found && !taken;
        for (int unsigned w = 0; w < Ways; w++) write_t5[w] = taken && way == 2'(w);
      end else begin
        hit_o = |holds_t5 && !read_q[5] && !write_q[5] && !change_q[5];
        {action_o, value_o} = looked_up;
        for (int unsigned w = 0; w < Ways; w++) write_t5[w] = access_way_q == 2'(w) && (write_q[5] || (change_q[5] && holds_t5[w]));
      end
    end
  end
  always_ff @(posedge clk_i) begin
    wrote_t6_q <= write_t5;
    wrote_t7_q <= wrote_t6_q;
    full_o <= refused || lost != '0;
    if (!rst_ni) begin
      wrote_t6_q <= '0;
      wrote_t7_q <= '0;
      full_o <= 1'b0;
    end
  end

  // What is shared: the row is chosen a clock after the way.
  logic share_t6_q;
  logic [1:0] way_t6_q;
  logic [Ways*AddrBits-1:0] addr_t6_q;
  logic [EntryBits-1:0] entry_t6_q;
  always_ff @(posedge clk_i) begin
    share_t6_q <= learn_q[5] && mode_t5_q[overlay_isa_pkg::LearnModeShare] && taken;
    if (learn_q[5]) {way_t6_q, addr_t6_q, entry_t6_q} <= {way, addr_t5_q, valid_t5_q, key_t5_q, result_t5_q};
    mirror_o.valid <= share_t6_q;
    if (share_t6_q) {mirror_o.way, mirror_o.row, mirror_o.entry} <= {way_t6_q, addr_t6_q[AddrBits*way_t6_q +: AddrBits], entry_t6_q};
    if (!rst_ni) begin
      share_t6_q <= 1'b0;
      mirror_o.valid <= 1'b0;
    end
  end

  // The answers: of a read three words, one a clock; of a write that it is done.
  logic [EntryBits-1:0] read_entry_q;
  logic [1:0] read_word_q;                               // 0 idle, then 1 to 3
  always_ff @(posedge clk_i) begin
    if (read_q[4]) read_entry_q <= entry_t4[EntryBits*access_way_q +: EntryBits];
    read_word_q <= read_q[4] ? 2'd1 : read_word_q == 2'd0 || read_word_q == 2'd3 ? 2'd0 : read_word_q + 2'd1;
    unique case (read_word_q)
      2'd1: rsp_o <= {1'b1, 2'd0, read_entry_q[ResultBits +: 64]};
      2'd2: rsp_o <= {1'b1, 2'd1, read_entry_q[ResultBits + 64 +: 64]};
      2'd3: rsp_o <= {1'b1, 2'd2, 15'd0, read_entry_q[EntryBits-1], read_entry_q[ResultBits + 128 +: 8], read_entry_q[ResultBits-1:0]};
      default: rsp_o <= write_q[5] || change_q[5] ? {1'b1, 2'd0, 64'd0} : rsp_i;
    endcase
    if (!rst_ni) begin
      read_word_q <= 2'd0;
      rsp_o.valid <= 1'b0;
    end
  end
endmodule
`default_nettype wire
