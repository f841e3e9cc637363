// The register map: answers 64-bit accesses, owns the core's registers, and sends the rest down the configuration bus.
//
// Writes are posted: they are accepted in order, one a clock, and have no answer. Reads have one. An access to state,
// counters or a table entry that waits for a free clock in its stage holds up those behind it; if none comes for
// BubbleAfter clocks, the entry is asked to leave one slot empty, and again after as many.
`default_nettype none
module mmio_unit #(
  parameter int unsigned BubbleAfter = 64
) (
  input  wire logic clk_i,
  input  wire logic rst_ni,
  // Requests and answers
  input  wire logic request_valid_i,
  output      logic request_ready_o,
  input  wire logic request_write_i,
  input  wire logic [overlay_core_pkg::AddrBits-1:0] request_addr_i,
  input  wire logic [63:0] request_data_i,
  output      logic response_valid_o,
  input  wire logic response_ready_i,
  output      logic [63:0] response_data_o,
  // Registers
  output      logic epoch_o,
  output      logic [63:0] start0_o,
  output      logic [63:0] start1_o,
  output      logic entry_write_o,                       // entry map: address and data as on the configuration bus
  output      logic bubble_o,
  input  wire logic [15:0] inflight0_i,
  input  wire logic [15:0] inflight1_i,
  input  wire logic [63:0] packets_in_i,
  input  wire logic [63:0] packets_out_i,
  input  wire logic [2:0] bad_events_i,
  input  wire logic [6:0] bad_indexes_i,
  input  wire logic rules_busy_i,                        // a rule stage is writing an overflow entry
  input  wire logic [2:0] rules_lost_i,
  input  wire logic [2:0] learn_full_i,
  output      logic [63:0] mirror_o,       // stages that take what the other core shares
  output      overlay_core_pkg::cfg_t cfg_o,
  input  wire overlay_core_pkg::rsp_t rsp_i
);
  localparam logic [63:0] Magic = {"NORMAN", 16'd1};
  localparam int unsigned StageBits = overlay_core_pkg::StageBits;
  localparam int unsigned WaitBits = $clog2(BubbleAfter) + 1;

  // A fence: until the last command has come to the last stage, then until no stage is busy, then until the lookups are done.
  localparam int unsigned FenceArrive = 64;
  localparam int unsigned FenceDone = FenceArrive + 64;
  localparam int unsigned FenceBits = $clog2(FenceDone) + 1;

  typedef enum logic [3:0] {StIdle, StCheck, StStage0, StStage1, StStage2, StTableWrite, StWait, StFence, StAnswer} state_e;
  state_e state_d, state_q;

  // Which window an address lies in; all windows are aligned to their size.
  logic [overlay_core_pkg::AddrBits-1:0] addr;
  logic aligned, in_rows, in_dispatch, in_entry, in_exit, in_state, in_events, in_start, in_data, in_rule_data, in_string, in_inflight;
  assign addr = request_addr_i;
  always_comb begin
    aligned = addr[2:0] == 3'd0;
    in_rows = (addr & ~24'(overlay_isa_pkg::RegRowsBytes - 1)) == overlay_isa_pkg::RegRowsBase;
    in_dispatch = (addr & ~24'(overlay_isa_pkg::RegDispatchBytes - 1)) == overlay_isa_pkg::RegDispatchBase;
    in_entry = (addr & ~24'(overlay_isa_pkg::RegEntryMapBytes - 1)) == overlay_isa_pkg::RegEntryMapBase;
    in_exit = (addr & ~24'(overlay_isa_pkg::RegExitMapBytes - 1)) == overlay_isa_pkg::RegExitMapBase;
    in_state = (addr & ~24'(overlay_isa_pkg::RegStateWordsBytes - 1)) == overlay_isa_pkg::RegStateWordsBase;
    in_events = (addr & ~24'(overlay_isa_pkg::RegEventsBytes - 1)) == overlay_isa_pkg::RegEventsBase;
    in_start = (addr & ~24'(overlay_isa_pkg::RegStartBytes - 1)) == overlay_isa_pkg::RegStartBase;
    in_data = (addr & ~24'(overlay_isa_pkg::RegExactDataBytes - 1)) == overlay_isa_pkg::RegExactDataBase;
    in_rule_data = (addr & ~24'(overlay_isa_pkg::RegRuleDataBytes - 1)) == overlay_isa_pkg::RegRuleDataBase;
    in_string = (addr & ~24'(overlay_isa_pkg::RegCapStringBytes - 1)) == overlay_isa_pkg::RegCapStringBase;
    in_inflight = (addr & ~24'(overlay_isa_pkg::RegInflightBytes - 1)) == overlay_isa_pkg::RegInflightBase;
  end

  // What each stage number may be asked for.
  logic [StageBits-1:0] rows_stage, dispatch_stage, state_stage, exact_stage;
  logic [63:0] built, exact, stateful, rules, prefixes;
  for (genvar s = 0; s < 64; s++) begin : g_kind
    assign built[s] = s < overlay_core_pkg::Stages;
    assign exact[s] = overlay_core_pkg::Kinds[8*s +: 8] == "E";
    assign stateful[s] = overlay_core_pkg::Kinds[8*s +: 8] == "S";
    assign rules[s] = overlay_core_pkg::Kinds[8*s +: 8] == "R";
    assign prefixes[s] = overlay_core_pkg::Kinds[8*s +: 8] == "L";
  end
  assign rows_stage = addr[13 +: StageBits];
  assign dispatch_stage = addr[11 +: StageBits];
  assign state_stage = addr[16 +: StageBits];
  assign exact_stage = request_data_i[5:0];
  // A stage that can learn writes an entry between two lookups, and says when.
  logic learning;
  assign learning = overlay_core_pkg::Learning[exact_stage];

  // What a rule stage may be told.
  logic [2:0] rule_op, rule_tree;
  logic [3:0] rule_place;
  logic [9:0] rule_row;
  logic rule_command_good, rule_in_tree, rule_in_overflow;
  assign rule_op = request_data_i[overlay_isa_pkg::RuleCommandOpLsb +: 3];
  assign rule_tree = request_data_i[overlay_isa_pkg::RuleCommandTreeLsb +: 3];
  assign rule_place = request_data_i[overlay_isa_pkg::RuleCommandPlaceLsb +: 4];
  assign rule_row = request_data_i[overlay_isa_pkg::RuleCommandRowLsb +: 10];
  assign rule_in_tree = {29'd0, rule_tree} < overlay_core_pkg::RuleTrees && {22'd0, rule_row} < overlay_core_pkg::RuleRows;
  assign rule_in_overflow = {22'd0, rule_row} < overlay_core_pkg::RuleOverflow;
  always_comb begin
    unique case (rule_op)
      overlay_isa_pkg::RuleOpEntry, overlay_isa_pkg::RuleOpVisible:
        rule_command_good = {29'd0, rule_tree} == overlay_isa_pkg::RuleTreeOverflow ? rule_in_overflow
            : rule_in_tree && {28'd0, rule_place} < overlay_isa_pkg::RuleLeafSlots;
      overlay_isa_pkg::RuleOpNode: rule_command_good = rule_in_tree && {28'd0, rule_place} < overlay_isa_pkg::RuleLevels;
      overlay_isa_pkg::RuleOpRoot: rule_command_good = {29'd0, rule_tree} < overlay_core_pkg::RuleTrees;
      overlay_isa_pkg::RuleOpOrder: rule_command_good = rule_in_overflow;
      overlay_isa_pkg::RuleOpBank: rule_command_good = 1'b1;
      default: rule_command_good = 1'b0;
    endcase
    rule_command_good = rule_command_good && rules[request_data_i[5:0]];
  end

  logic [25:0] exact_target_d, exact_target_q;           // {learning, only over the same key, row, way, stage} of a table access
  logic [5:0] prefix_target_d, prefix_target_q;          // {the access is for a prefix stage, memory}
  logic [63:0] key01_d, key01_q, key23_d, key23_q;
  // Whether a prefix stage has the word that is to be written: looked at in a clock of its own, after the access was taken.
  logic [4:0] prefix_memory;
  logic [15:0] prefix_addr;
  logic prefix_good, prefix_good_q;
  assign prefix_memory = prefix_target_q[4:0];
  assign prefix_addr = exact_target_q[23:8];
  always_comb begin
    prefix_good = 1'b0;
    for (int unsigned l = 0; l < overlay_core_pkg::PrefixLevels; l++) begin
      if (prefix_memory == overlay_isa_pkg::PrefixMemorySeparators + 5'(l)) prefix_good = {16'd0, prefix_addr} < 32'd2 << l;
    end
    for (int unsigned l = 0; l < overlay_isa_pkg::PrefixBlockLevels; l++) begin
      if (prefix_memory == overlay_isa_pkg::PrefixMemoryBoundaries + 5'(l)) prefix_good = {16'd0, prefix_addr} < overlay_core_pkg::PrefixBlocks << l;
    end
    if (prefix_memory == overlay_isa_pkg::PrefixMemorySlots)
      prefix_good = {16'd0, prefix_addr} < 32'd2 << overlay_core_pkg::PrefixLevels && key23_q[63:32] < overlay_core_pkg::PrefixBlocks;
    if (prefix_memory == overlay_isa_pkg::PrefixMemoryResults)
      prefix_good = {16'd0, prefix_addr} < overlay_core_pkg::PrefixBlocks * overlay_isa_pkg::PrefixBlockRanges;
    if (prefix_memory == overlay_isa_pkg::PrefixMemoryBank) prefix_good = prefix_addr < 16'd2;
  end

  // Registers
  logic epoch_d, epoch_q;
  logic [63:0] start0_d, start0_q, start1_d, start1_q;
  logic [48:0] rest_d, rest_q;
  logic [63:0] bad_access_q, bad_event_q, bad_index_q, rules_lost_q, learn_full_q, mirror_d, answer_d, answer_q;
  logic [FenceBits-1:0] fence_q;
  logic [WaitBits-1:0] wait_q;
  logic answer_needed_d, answer_needed_q, bad_access, entry_write_d;
  overlay_core_pkg::cfg_t cfg_d;

  assign request_ready_o = state_q == StIdle;
  always_comb begin
    state_d = state_q;
    mirror_d = mirror_o;
    epoch_d = epoch_q;
    start0_d = start0_q;
    start1_d = start1_q;
    key01_d = key01_q;
    key23_d = key23_q;
    rest_d = rest_q;
    answer_d = answer_q;
    answer_needed_d = answer_needed_q;
    exact_target_d = exact_target_q;
    prefix_target_d = prefix_target_q;
    bad_access = 1'b0;
    entry_write_d = 1'b0;
    cfg_d.valid = 1'b0;
    cfg_d.kind = overlay_core_pkg::CfgRow;
    cfg_d.write = request_write_i;
    cfg_d.epoch = addr[19];
    cfg_d.stage = rows_stage;
    cfg_d.index = {8'd0, addr[12:5]};
    cfg_d.word = addr[4:3];
    cfg_d.data = request_data_i;
    unique case (state_q)
      StIdle: if (request_valid_i) begin
        answer_needed_d = !request_write_i;
        answer_d = '0;
        if (!request_write_i) state_d = StAnswer;
        if (!aligned) bad_access = request_write_i;
        else if (in_state) begin
          cfg_d.kind = overlay_core_pkg::CfgState;
          cfg_d.stage = state_stage;
          cfg_d.index = {3'd0, addr[15:3]};
          if (stateful[state_stage] && {19'd0, addr[15:3]} < overlay_core_pkg::StateWords) begin
            cfg_d.valid = 1'b1;
            state_d = StWait;
          end else bad_access = request_write_i;
        end else if (in_events) begin
          cfg_d.kind = overlay_core_pkg::CfgEvent;
          cfg_d.epoch = addr[3];
          cfg_d.index = {3'd0, addr[16:4]};
          cfg_d.word = addr[18:17];
          if ({19'd0, addr[16:4]} < overlay_core_pkg::EventIds) begin
            cfg_d.valid = 1'b1;
            state_d = StWait;
          end else bad_access = request_write_i;
        end else if (request_write_i) begin
          if (in_rows && built[rows_stage]) cfg_d.valid = 1'b1;
          else if (in_dispatch && (exact[dispatch_stage] || rules[dispatch_stage] || prefixes[dispatch_stage])) begin
            cfg_d.valid = 1'b1;
            cfg_d.kind = overlay_core_pkg::CfgDispatch;
            cfg_d.stage = dispatch_stage;
            cfg_d.epoch = addr[17];
            cfg_d.index = {8'd0, addr[10:3]};
          end else if (in_entry && {27'd0, addr[7:3]} < overlay_core_pkg::Registers) begin
            entry_write_d = 1'b1;
            cfg_d.epoch = addr[9];
            cfg_d.word = {1'b0, addr[8]};
            cfg_d.index = {11'd0, addr[7:3]};
          end else if (in_exit && {27'd0, addr[7:3]} < overlay_isa_pkg::ExitTargets) begin
            cfg_d.valid = 1'b1;
            cfg_d.kind = overlay_core_pkg::CfgExit;
            cfg_d.epoch = addr[8];
            cfg_d.index = {11'd0, addr[7:3]};
          end else if (in_start) begin
            if (addr[3]) start1_d = request_data_i;
            else start0_d = request_data_i;
          end else if (in_data) begin
            unique case (addr[4:3])
              2'd0: key01_d = request_data_i;
              2'd1: key23_d = request_data_i;
              2'd2: rest_d = request_data_i[48:0];
              default: ;
            endcase
          end else if (in_rule_data && |rules) begin
            cfg_d.valid = 1'b1;
            cfg_d.kind = overlay_core_pkg::CfgRuleData;
            cfg_d.index = {12'd0, addr[6:3]};
          end else if (addr == overlay_isa_pkg::RegRuleCommand && rule_command_good) begin
            cfg_d.valid = 1'b1;
            cfg_d.kind = overlay_core_pkg::CfgRuleCommand;
            cfg_d.stage = request_data_i[5:0];
          end else if (addr == overlay_isa_pkg::RegPrefixWrite && prefixes[request_data_i[5:0]]) begin
            exact_target_d = {2'd0, request_data_i[31:16], 2'd0, request_data_i[5:0]};
            prefix_target_d = {1'b1, request_data_i[12:8]};
            state_d = StCheck;
          end else if (addr == overlay_isa_pkg::RegEpoch) epoch_d = request_data_i[0];
          else if (addr == overlay_isa_pkg::RegLearnMirror) mirror_d = request_data_i & overlay_core_pkg::Learning;
          else if ((addr == overlay_isa_pkg::RegExactWrite || addr == overlay_isa_pkg::RegExactRead
                  || (addr == overlay_isa_pkg::RegExactChange && learning)) && exact[exact_stage]
              && {16'd0, request_data_i[31:16]} < overlay_core_pkg::ExactRows) begin
            exact_target_d = {learning, addr == overlay_isa_pkg::RegExactChange, request_data_i[31:16], request_data_i[9:8], request_data_i[5:0]};
            prefix_target_d = '0;
            cfg_d.kind = overlay_core_pkg::CfgExactRead;
            cfg_d.stage = request_data_i[5:0];
            cfg_d.word = request_data_i[9:8];
            cfg_d.index = request_data_i[31:16];
            if (addr != overlay_isa_pkg::RegExactRead) state_d = StStage0;
            else begin
              cfg_d.valid = 1'b1;
              state_d = StWait;
            end
          end else bad_access = 1'b1;
        end else begin
          unique case (addr)
            overlay_isa_pkg::RegCapMagic: answer_d = Magic;
            overlay_isa_pkg::RegCapIsa: answer_d = 64'(overlay_isa_pkg::IsaVersion);
            overlay_isa_pkg::RegCapStages: answer_d = 64'(overlay_core_pkg::Stages);
            overlay_isa_pkg::RegCapRegisters: answer_d = 64'(overlay_core_pkg::Registers);
            overlay_isa_pkg::RegCapRows: answer_d = 64'(overlay_isa_pkg::RowsPerStage);
            overlay_isa_pkg::RegCapTapStage: answer_d = 64'(overlay_core_pkg::TapStage);
            overlay_isa_pkg::RegCapExactRows: answer_d = 64'(overlay_core_pkg::ExactRows);
            overlay_isa_pkg::RegCapStateWords: answer_d = 64'(overlay_core_pkg::StateWords);
            overlay_isa_pkg::RegCapEventIds: answer_d = 64'(overlay_core_pkg::EventIds);
            overlay_isa_pkg::RegCapLatency: answer_d = 64'(overlay_core_pkg::Latency);
            overlay_isa_pkg::RegCapRules:
              answer_d = {16'd0, 16'(overlay_core_pkg::RuleOverflow), 16'(overlay_core_pkg::RuleRows), 16'(overlay_core_pkg::RuleTrees)};
            overlay_isa_pkg::RegCapPrefix: answer_d =
              {32'(overlay_core_pkg::PrefixEntries), 16'(overlay_core_pkg::PrefixBlocks), 16'(overlay_core_pkg::PrefixLevels)};
            overlay_isa_pkg::RegCapLearn: answer_d = overlay_core_pkg::Learning;
            overlay_isa_pkg::RegCapConfig: answer_d = 64'(overlay_core_pkg::ConfigNumber);
            overlay_isa_pkg::RegEpoch: answer_d = {63'd0, epoch_q};
            overlay_isa_pkg::RegPacketsIn: answer_d = packets_in_i;
            overlay_isa_pkg::RegPacketsOut: answer_d = packets_out_i;
            overlay_isa_pkg::RegBadAccess: answer_d = bad_access_q;
            overlay_isa_pkg::RegBadEvent: answer_d = bad_event_q;
            overlay_isa_pkg::RegBadIndex: answer_d = bad_index_q;
            overlay_isa_pkg::RegLearnFull: answer_d = learn_full_q;
            overlay_isa_pkg::RegLearnMirror: answer_d = mirror_o;
            overlay_isa_pkg::RegRuleLost: answer_d = rules_lost_q;
            overlay_isa_pkg::RegRuleFence: if (|rules || |prefixes) state_d = StFence;
            default: begin
              if (in_inflight) answer_d = {48'd0, addr[3] ? inflight1_i : inflight0_i};
              else if (in_start) answer_d = addr[3] ? start1_q : start0_q;
              else if (in_string) answer_d = overlay_core_pkg::Kinds[{addr[5:3], 6'd0} +: 64];
              else if (in_data) begin
                answer_d = addr[4:3] == 2'd0 ? key01_q : addr[4:3] == 2'd1 ? key23_q
                    : addr[4:3] == 2'd2 ? {15'd0, rest_q} : '0;
              end
            end
          endcase
        end
      end
      StCheck: state_d = StStage0;
      StStage0, StStage1, StStage2: begin                // the staged entry goes to all exact and prefix stages, then the write
        cfg_d.valid = 1'b1;
        cfg_d.kind = overlay_core_pkg::CfgStaging;
        cfg_d.word = state_q == StStage0 ? 2'd0 : state_q == StStage1 ? 2'd1 : 2'd2;
        cfg_d.data = state_q == StStage0 ? key01_q : state_q == StStage1 ? key23_q : {15'd0, rest_q};
        state_d = state_q == StStage0 ? StStage1 : state_q == StStage1 ? StStage2 : StTableWrite;
        if (state_q == StStage0 && prefix_target_q[5] && !prefix_good_q) begin
          cfg_d.valid = 1'b0;
          bad_access = 1'b1;
          state_d = StIdle;
        end
      end
      StTableWrite: begin
        cfg_d.valid = 1'b1;
        cfg_d.kind = prefix_target_q[5] ? overlay_core_pkg::CfgPrefixWrite : overlay_core_pkg::CfgExactWrite;
        cfg_d.data = {59'd0, prefix_target_q[4:0]};
        cfg_d.index = exact_target_q[23:8];
        cfg_d.word = exact_target_q[7:6];
        cfg_d.stage = exact_target_q[5:0];
        cfg_d.write = !exact_target_q[24];
        state_d = exact_target_q[25] ? StWait : StIdle;
      end
      StWait: if (rsp_i.valid) begin
        answer_d = rsp_i.data;
        // A table entry comes as three words.
        unique case (rsp_i.word)
          2'd1: key23_d = rsp_i.data;
          2'd2: rest_d = rsp_i.data[48:0];
          default: if (exact_read_q) key01_d = rsp_i.data;
        endcase
        if (!exact_read_q || rsp_i.word == 2'd2) state_d = answer_needed_q ? StAnswer : StIdle;
      end
      StFence: if (fence_q == FenceBits'(FenceDone)) state_d = StAnswer;
      default: if (response_ready_i) state_d = StIdle;
    endcase
  end
  assign response_valid_o = state_q == StAnswer;
  assign response_data_o = answer_q;
  assign epoch_o = epoch_q;
  assign start0_o = start0_q;
  assign start1_o = start1_q;
  assign bubble_o = wait_q[WaitBits-1];

  logic exact_read_q;
  always_ff @(posedge clk_i) begin
    state_q <= state_d;
    epoch_q <= epoch_d;
    start0_q <= start0_d;
    start1_q <= start1_d;
    key01_q <= key01_d;
    key23_q <= key23_d;
    rest_q <= rest_d;
    answer_q <= answer_d;
    answer_needed_q <= answer_needed_d;
    exact_target_q <= exact_target_d;
    prefix_target_q <= prefix_target_d;
    prefix_good_q <= prefix_good;
    cfg_o <= cfg_d;
    entry_write_o <= entry_write_d;
    if (state_q == StIdle) exact_read_q <= cfg_d.valid && cfg_d.kind == overlay_core_pkg::CfgExactRead;
    wait_q <= state_q != StWait || wait_q[WaitBits-1] ? '0 : wait_q + WaitBits'(1);
    // An enable and no addend, which would come late to a long carry chain.
    if (bad_access) bad_access_q <= bad_access_q + 64'd1;
    bad_event_q <= bad_event_q + {61'd0, bad_events_i};
    bad_index_q <= bad_index_q + {57'd0, bad_indexes_i};
    rules_lost_q <= rules_lost_q + {61'd0, rules_lost_i};
    learn_full_q <= learn_full_q + {61'd0, learn_full_i};
    mirror_o <= mirror_d;
    if (state_q != StFence) fence_q <= '0;
    else if (fence_q != FenceBits'(FenceArrive) || !rules_busy_i) fence_q <= fence_q + FenceBits'(1);
    if (!rst_ni) begin
      state_q <= StIdle;
      epoch_q <= 1'b0;
      start0_q <= {50'd0, StageBits'(overlay_isa_pkg::StageExit), 8'd0};
      start1_q <= {50'd0, StageBits'(overlay_isa_pkg::StageExit), 8'd0};
      key01_q <= '0;
      key23_q <= '0;
      rest_q <= '0;
      cfg_o.valid <= 1'b0;
      entry_write_o <= 1'b0;
      wait_q <= '0;
      bad_access_q <= '0;
      bad_event_q <= '0;
      bad_index_q <= '0;
      rules_lost_q <= '0;
      learn_full_q <= '0;
      mirror_o <= '0;
    end
  end
endmodule
`default_nettype wire
