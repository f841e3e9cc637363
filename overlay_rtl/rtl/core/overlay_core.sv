// The overlay core: packets in as entry words, out as verdicts and rewritten fields, one a clock.
//
//   entry words -> entry map -> stages of the configuration's string, second tap half-way -> exit map -> FIFO -> out
//                                                                                    \-> event counters
//
// The pipeline never stalls. A packet is accepted only if the output FIFO has room for it and for all packets before
// it (a credit); a clock without packet is a bubble that travels through the stages and lets register accesses in.
`default_nettype none
module overlay_core (
  input  wire logic clk_i,
  input  wire logic rst_ni,
  // Packets in: word w in bits 32*w+31 : 32*w. The owner predicate words are those of both epochs; what lies in
  // their place in words_i is ignored.
  input  wire logic packet_in_valid_i,
  output      logic packet_in_ready_o,
  input  wire logic [overlay_core_pkg::EntryBits-1:0] packet_in_words_i,
  input  wire logic [overlay_isa_pkg::OwnerPredicates-1:0] packet_in_owner0_i,
  input  wire logic [overlay_isa_pkg::OwnerPredicates-1:0] packet_in_owner1_i,
  input  wire logic [overlay_core_pkg::TagBits-1:0] packet_in_tag_i,
  // The frame's first bytes, byte b in bits 8*b+7 : 8*b, and how many of them there are. Bytes beyond do not matter.
  input  wire logic [overlay_core_pkg::WindowBits-1:0] packet_in_window_i,
  input  wire logic [7:0] packet_in_window_bytes_i,
  // Packets out, in the order in which they came
  output      logic packet_out_valid_o,
  input  wire logic packet_out_ready_i,
  output      logic [overlay_core_pkg::TagBits-1:0] packet_out_tag_o,
  output      logic packet_out_epoch_o,
  output      logic [31:0] packet_out_verdict_o,
  output      logic [31:0] packet_out_act_o,
  output      logic [overlay_isa_pkg::EventSlots-1:0] packet_out_event_valid_o,
  output      logic [overlay_isa_pkg::EventSlots*overlay_core_pkg::EventIdBits-1:0] packet_out_event_id_o,
  output      logic [overlay_core_pkg::TargetBits-1:0] packet_out_targets_o,
  // Entries that learning stages share with the other core's of the same number, and that come from there: mirror_t of each
  output      logic [overlay_core_pkg::Learners*overlay_core_pkg::MirrorBits-1:0] mirror_out_o,
  input  wire logic [overlay_core_pkg::Learners*overlay_core_pkg::MirrorBits-1:0] mirror_in_i,
  // Register map
  input  wire logic request_valid_i,
  output      logic request_ready_o,
  input  wire logic request_write_i,
  input  wire logic [overlay_core_pkg::AddrBits-1:0] request_addr_i,
  input  wire logic [63:0] request_data_i,
  output      logic response_valid_o,
  input  wire logic response_ready_i,
  output      logic [63:0] response_data_o
);
  localparam int unsigned Stages = overlay_core_pkg::Stages;
  localparam int unsigned TapStage = overlay_core_pkg::TapStage;
  localparam int unsigned EntryBits = overlay_core_pkg::EntryBits;
  localparam int unsigned RegisterFileBits = overlay_core_pkg::RegisterFileBits;
  localparam int unsigned EventBits = overlay_isa_pkg::EventSlots * overlay_core_pkg::EventIdBits;
  localparam int unsigned StagesClocks = overlay_core_pkg::StagesClocks;
  // More than the packets that the pipeline holds at a packet a clock, the time of a credit's return included.
  localparam int unsigned FifoDepth = 1 << $clog2(overlay_core_pkg::Latency + 4);
  localparam int unsigned CreditBits = $clog2(FifoDepth) + 1;

  // Register map
  logic epoch, entry_write, bubble;
  logic [63:0] start0, start1, start;
  logic [15:0] inflight0_q, inflight1_q;
  logic [63:0] packets_in_q, packets_out_q;
  logic [2:0] bad_events;
  logic rules_busy_q;
  logic [2:0] rules_lost_q, learn_full_q;
  logic [63:0] mirror;
  overlay_core_pkg::cfg_t cfg_first, cfg_last;
  overlay_core_pkg::rsp_t rsp_none, rsp_stages, rsp_last;
  mmio_unit u_mmio (
    .clk_i, .rst_ni, .request_valid_i, .request_ready_o, .request_write_i, .request_addr_i, .request_data_i,
    .response_valid_o, .response_ready_i, .response_data_o,
    .epoch_o(epoch), .start0_o(start0), .start1_o(start1), .entry_write_o(entry_write), .bubble_o(bubble),
    .inflight0_i(inflight0_q), .inflight1_i(inflight1_q), .packets_in_i(packets_in_q), .packets_out_i(packets_out_q),
    .bad_events_i(bad_events), .bad_indexes_i(g_stage[Stages-1].bad_indexes),
    .rules_busy_i(rules_busy_q), .rules_lost_i(rules_lost_q), .learn_full_i(learn_full_q), .mirror_o(mirror), .cfg_o(cfg_first), .rsp_i(rsp_last)
  );
  assign rsp_none = '0;

  // Acceptance: the epoch is latched here.
  logic accept, leave, exit_valid_q, exit_epoch_q, ready_q;
  logic [CreditBits-1:0] credits_d, credits_q;
  assign packet_in_ready_o = ready_q && !bubble;
  assign accept = packet_in_valid_i && packet_in_ready_o;
  assign leave = packet_out_valid_o && packet_out_ready_i;
  assign credits_d = credits_q - CreditBits'(accept) + CreditBits'(leave);
  always_ff @(posedge clk_i) begin
    credits_q <= credits_d;
    ready_q <= credits_d != '0;
    inflight0_q <= inflight0_q + 16'(accept && !epoch) - 16'(exit_valid_q && !exit_epoch_q);
    inflight1_q <= inflight1_q + 16'(accept && epoch) - 16'(exit_valid_q && exit_epoch_q);
    packets_in_q <= packets_in_q + 64'(accept);
    packets_out_q <= packets_out_q + 64'(leave);
    if (!rst_ni) begin
      credits_q <= CreditBits'(FifoDepth);
      ready_q <= 1'b0;
      inflight0_q <= '0;
      inflight1_q <= '0;
      packets_in_q <= '0;
      packets_out_q <= '0;
    end
  end

  // Entry: words in a register, then the entry map.
  logic [EntryBits-1:0] words, words_q;
  logic [overlay_isa_pkg::OwnerPredicates-1:0] owner_q;
  logic [overlay_core_pkg::TagBits-1:0] tag_q;
  logic [31:0] verdict1_q, verdict2_q;
  overlay_core_pkg::route_t route1_q, route2_q;
  logic [RegisterFileBits-1:0] tap0_value;
  logic [32*overlay_core_pkg::TapRegisters-1:0] tap1_value, tap1_delayed;
  logic [overlay_core_pkg::TapRegisters-1:0] tap1_enable, tap1_enable_delayed;
  overlay_core_pkg::payload_t payload_entry;
  assign start = epoch ? start1 : start0;
  always_comb begin
    words = words_q;
    words[32*overlay_isa_pkg::WordPredLo +: overlay_isa_pkg::OwnerPredicates] = owner_q;
  end
  always_ff @(posedge clk_i) begin
    words_q <= packet_in_words_i;
    owner_q <= epoch ? packet_in_owner1_i : packet_in_owner0_i;
    tag_q <= packet_in_tag_i;
    verdict1_q <= start[63:32];
    verdict2_q <= verdict1_q;
    route1_q.valid <= accept;
    route1_q.epoch <= epoch;
    route1_q.stage <= start[13:8];
    route1_q.row <= start[7:0];
    route2_q <= route1_q;
    if (!rst_ni) begin
      route1_q.valid <= 1'b0;
      route2_q.valid <= 1'b0;
    end
  end
  entry_map u_entry_map (
    .clk_i, .write_i(entry_write), .write_epoch_i(cfg_first.epoch), .write_tap_i(cfg_first.word[0]),
    .write_register_i(cfg_first.index[4:0]), .write_data_i(cfg_first.data[4:0]),
    .epoch_i(route1_q.epoch), .words_i(words), .tap0_o(tap0_value), .tap1_o(tap1_value), .tap1_enable_o(tap1_enable)
  );
  always_comb begin
    payload_entry.verdict = verdict2_q;
    payload_entry.act = '0;
    payload_entry.event_valid = '0;
    payload_entry.event_id = '0;
    payload_entry.pred = '0;
    payload_entry.r = tap0_value;
  end

  // What the second tap loads waits in a memory for the packet to come there; tag and length wait for the exit.
  delay_memory #(.Width(32 * overlay_core_pkg::TapRegisters), .Delay(overlay_core_pkg::TapDelay)) u_delay_tap (
    .clk_i, .rst_ni, .data_i(tap1_value), .data_o(tap1_delayed)
  );
  delay_memory #(.Width(overlay_core_pkg::TapRegisters), .Delay(overlay_core_pkg::TapDelay)) u_delay_tap_enable (
    .clk_i, .rst_ni, .data_i(tap1_enable), .data_o(tap1_enable_delayed)
  );
  logic [overlay_core_pkg::TagBits-1:0] tag_exit;
  logic [overlay_core_pkg::LengthBits-1:0] length_exit;
  delay_memory #(.Width(overlay_core_pkg::TagBits + overlay_core_pkg::LengthBits), .Delay(StagesClocks + 1)) u_delay_tag (
    .clk_i, .rst_ni, .data_i({tag_q, words_q[32*overlay_isa_pkg::WordLength +: overlay_core_pkg::LengthBits]}),
    .data_o({tag_exit, length_exit})
  );

  // The stages
  logic [Stages-1:0] rules_busy, rules_lost, learn_full;
  for (genvar s = 0; s < Stages; s++) begin : g_stage
    localparam logic [7:0] Kind = overlay_core_pkg::Kinds[8*s +: 8];
    logic fetch_epoch_in, fetch_epoch_out;
    logic [overlay_core_pkg::RowBits-1:0] fetch_row_in, fetch_row_out;
    overlay_core_pkg::route_t route_in, route_out;
    overlay_core_pkg::payload_t payload_in, payload_out;
    overlay_core_pkg::cfg_t cfg_in, cfg_out;
    overlay_core_pkg::rsp_t rsp_in, rsp_out;
    // Steps refused by this and earlier stages: added up from stage to stage, because all at once would be deep.
    logic [6:0] bad_indexes_in, bad_indexes;
    // A register although it is constant: so the simulator gives all stages of a kind one piece of code.
    logic [overlay_core_pkg::StageBits-1:0] number_q;
    always_ff @(posedge clk_i) number_q <= overlay_core_pkg::StageBits'(s);

    if (s == 0) begin : g_first
      assign fetch_epoch_in = epoch;
      assign fetch_row_in = start[7:0];
      assign route_in = route2_q;
      assign payload_in = payload_entry;
      assign cfg_in = cfg_first;
      assign rsp_in = rsp_none;
      assign bad_indexes_in = '0;
    end else begin : g_later
      assign cfg_in = g_stage[s-1].cfg_out;
      assign rsp_in = g_stage[s-1].rsp_out;
      assign bad_indexes_in = g_stage[s-1].bad_indexes;
      if (s == TapStage) begin : g_tap
        tap_merge u_tap (
          .clk_i, .rst_ni,
          .fetch_epoch_i(g_stage[s-1].fetch_epoch_out), .fetch_row_i(g_stage[s-1].fetch_row_out),
          .route_i(g_stage[s-1].route_out), .payload_i(g_stage[s-1].payload_out),
          .tap_enable_i(tap1_enable_delayed), .tap_value_i(tap1_delayed),
          .fetch_epoch_o(fetch_epoch_in), .fetch_row_o(fetch_row_in), .route_o(route_in), .payload_o(payload_in)
        );
      end else begin : g_no_tap
        assign fetch_epoch_in = g_stage[s-1].fetch_epoch_out;
        assign fetch_row_in = g_stage[s-1].fetch_row_out;
        assign route_in = g_stage[s-1].route_out;
        assign payload_in = g_stage[s-1].payload_out;
      end
    end

    if (Kind == "E" && overlay_core_pkg::Learning[s]) begin : g_learning
      localparam int unsigned Learner = overlay_core_pkg::learners_before(s);
      logic [overlay_core_pkg::MirrorBits-1:0] mirror_in;  // its valid, the highest bit, only if software wants the other's entries
      assign mirror_in = mirror_in_i[overlay_core_pkg::MirrorBits*Learner +: overlay_core_pkg::MirrorBits] &
                         {mirror[s], {(overlay_core_pkg::MirrorBits - 1){1'b1}}};
      learning_stage u_stage (
        .clk_i, .rst_ni, .stage_i(number_q),
        .fetch_epoch_i(fetch_epoch_in), .fetch_row_i(fetch_row_in), .route_i(route_in), .payload_i(payload_in),
        .fetch_epoch_o(fetch_epoch_out), .fetch_row_o(fetch_row_out), .route_o(route_out), .payload_o(payload_out),
        .cfg_i(cfg_in), .cfg_o(cfg_out), .rsp_i(rsp_in), .rsp_o(rsp_out), .full_o(learn_full[s]),
        .mirror_o(mirror_out_o[overlay_core_pkg::MirrorBits*Learner +: overlay_core_pkg::MirrorBits]),
        .mirror_i(mirror_in)
      );
    end else if (Kind == "E") begin : g_exact
      overlay_core_pkg::mirror_t mirror_none;
      exact_stage u_stage (
        .clk_i, .rst_ni, .stage_i(number_q),
        .fetch_epoch_i(fetch_epoch_in), .fetch_row_i(fetch_row_in), .route_i(route_in), .payload_i(payload_in),
        .fetch_epoch_o(fetch_epoch_out), .fetch_row_o(fetch_row_out), .route_o(route_out), .payload_o(payload_out),
        .cfg_i(cfg_in), .cfg_o(cfg_out), .rsp_i(rsp_in), .rsp_o(rsp_out), .full_o(learn_full[s]),
        .mirror_o(mirror_none), .mirror_i('0)
      );
    end else if (Kind == "R") begin : g_rule
      rule_stage u_stage (
        .clk_i, .rst_ni, .stage_i(number_q),
        .fetch_epoch_i(fetch_epoch_in), .fetch_row_i(fetch_row_in), .route_i(route_in), .payload_i(payload_in),
        .fetch_epoch_o(fetch_epoch_out), .fetch_row_o(fetch_row_out), .route_o(route_out), .payload_o(payload_out),
        .cfg_i(cfg_in), .cfg_o(cfg_out), .busy_o(rules_busy[s]), .lost_o(rules_lost[s])
      );
      assign rsp_out = rsp_in;
    end else if (Kind == "L") begin : g_prefix
      prefix_stage u_stage (
        .clk_i, .rst_ni, .stage_i(number_q),
        .fetch_epoch_i(fetch_epoch_in), .fetch_row_i(fetch_row_in), .route_i(route_in), .payload_i(payload_in),
        .fetch_epoch_o(fetch_epoch_out), .fetch_row_o(fetch_row_out), .route_o(route_out), .payload_o(payload_out),
        .cfg_i(cfg_in), .cfg_o(cfg_out)
      );
      assign rsp_out = rsp_in;
    end else if (Kind == "G") begin : g_gather
      // A packet is at the stage so many clocks after it was at the pins.
      localparam int unsigned Way = overlay_core_pkg::EntryClocks + overlay_core_pkg::clocks_before(s) + (s == TapStage ? overlay_core_pkg::TapClocks : 0);
      overlay_core_pkg::place_t place;
      logic [overlay_core_pkg::WindowBits-1:0] window;
      delay_memory #(.Width(overlay_core_pkg::PlaceInfoBits), .Delay(Way + 1)) u_delay_place (
        .clk_i, .rst_ni, .data_i({packet_in_words_i[32*overlay_isa_pkg::WordLength + 16 +: 16], packet_in_window_bytes_i}), .data_o(place)
      );
      delay_memory #(.Width(overlay_core_pkg::WindowBits), .Delay(Way + 3)) u_delay_window (
        .clk_i, .rst_ni, .data_i(packet_in_window_i), .data_o(window)
      );
      gather_stage u_stage (
        .clk_i, .rst_ni, .stage_i(number_q),
        .fetch_epoch_i(fetch_epoch_in), .fetch_row_i(fetch_row_in), .route_i(route_in), .payload_i(payload_in), .place_i(place), .window_i(window),
        .fetch_epoch_o(fetch_epoch_out), .fetch_row_o(fetch_row_out), .route_o(route_out), .payload_o(payload_out),
        .cfg_i(cfg_in), .cfg_o(cfg_out)
      );
      assign rsp_out = rsp_in;
    end else if (Kind == "S") begin : g_state
      logic bad_index;
      state_stage u_stage (
        .clk_i, .rst_ni, .stage_i(number_q),
        .fetch_epoch_i(fetch_epoch_in), .fetch_row_i(fetch_row_in), .route_i(route_in), .payload_i(payload_in),
        .fetch_epoch_o(fetch_epoch_out), .fetch_row_o(fetch_row_out), .route_o(route_out), .payload_o(payload_out),
        .cfg_i(cfg_in), .cfg_o(cfg_out), .rsp_i(rsp_in), .rsp_o(rsp_out), .bad_index_o(bad_index)
      );
      always_ff @(posedge clk_i) begin
        bad_indexes <= bad_indexes_in + 7'(bad_index);
        if (!rst_ni) bad_indexes <= '0;
      end
    end else begin : g_alu
      alu_stage u_stage (
        .clk_i, .rst_ni, .stage_i(number_q),
        .fetch_epoch_i(fetch_epoch_in), .fetch_row_i(fetch_row_in), .route_i(route_in), .payload_i(payload_in),
        .fetch_epoch_o(fetch_epoch_out), .fetch_row_o(fetch_row_out), .route_o(route_out), .payload_o(payload_out),
        .cfg_i(cfg_in), .cfg_o(cfg_out)
      );
      assign rsp_out = rsp_in;
    end
    // What only some kinds report
    if (Kind != "E") assign learn_full[s] = 1'b0;
    if (Kind != "R") assign {rules_busy[s], rules_lost[s]} = 2'b00;
    if (Kind != "S") assign bad_indexes = bad_indexes_in;
  end
  overlay_core_pkg::route_t route_exit;
  overlay_core_pkg::payload_t payload_exit;
  assign route_exit = g_stage[Stages-1].route_out;
  assign payload_exit = g_stage[Stages-1].payload_out;
  assign cfg_last = g_stage[Stages-1].cfg_out;
  assign rsp_stages = g_stage[Stages-1].rsp_out;

  logic [2:0] rules_lost_d, learn_full_d;
  always_comb begin
    rules_lost_d = '0;
    learn_full_d = '0;
    for (int unsigned s = 0; s < Stages; s++) begin
      rules_lost_d = rules_lost_d + 3'(rules_lost[s]);
      learn_full_d = learn_full_d + 3'(learn_full[s]);
    end
  end
  always_ff @(posedge clk_i) begin
    rules_lost_q <= rules_lost_d;
    learn_full_q <= learn_full_d;
    rules_busy_q <= |rules_busy;
    if (!rst_ni) begin
      rules_lost_q <= '0;
      learn_full_q <= '0;
      rules_busy_q <= 1'b0;
    end
  end

  // Exit
  event_counters u_events (
    .clk_i, .rst_ni, .valid_i(payload_exit.event_valid & {overlay_isa_pkg::EventSlots{route_exit.valid}}),
    .id_i(payload_exit.event_id), .length_i(length_exit), .bad_o(bad_events),
    .cfg_i(cfg_last), .rsp_i(rsp_stages), .rsp_o(rsp_last)
  );
  logic [overlay_core_pkg::TargetBits-1:0] targets;
  exit_map u_exit_map (
    .clk_i, .write_i(cfg_last.valid && cfg_last.kind == overlay_core_pkg::CfgExit), .write_epoch_i(cfg_last.epoch),
    .write_target_i(cfg_last.index[4:0]), .write_data_i(cfg_last.data[7:0]),
    .epoch_i(route_exit.epoch), .act_i(payload_exit.act), .registers_i(payload_exit.r), .targets_o(targets)
  );
  logic [overlay_core_pkg::TagBits-1:0] exit_tag_q;
  logic [31:0] exit_verdict_q, exit_act_q;
  logic [overlay_isa_pkg::EventSlots-1:0] exit_event_valid_q;
  logic [EventBits-1:0] exit_event_id_q;
  always_ff @(posedge clk_i) begin
    exit_valid_q <= route_exit.valid;
    exit_epoch_q <= route_exit.epoch;
    exit_tag_q <= tag_exit;
    exit_verdict_q <= payload_exit.verdict;
    exit_act_q <= payload_exit.act;
    exit_event_valid_q <= payload_exit.event_valid;
    exit_event_id_q <= payload_exit.event_id;
    if (!rst_ni) exit_valid_q <= 1'b0;
  end
  output_fifo #(
    .Width(overlay_core_pkg::TargetBits + EventBits + overlay_isa_pkg::EventSlots + 64 + 1 + overlay_core_pkg::TagBits), .Depth(FifoDepth)
  ) u_fifo (
    .clk_i, .rst_ni, .write_i(exit_valid_q),
    .data_i({exit_tag_q, exit_epoch_q, exit_event_valid_q, exit_event_id_q, exit_verdict_q, exit_act_q, targets}),
    .valid_o(packet_out_valid_o), .ready_i(packet_out_ready_i),
    .data_o({packet_out_tag_o, packet_out_epoch_o, packet_out_event_valid_o, packet_out_event_id_o, packet_out_verdict_o,
             packet_out_act_o, packet_out_targets_o})
  );
endmodule
`default_nettype wire
