// mmio_unit: back-to-back requests of every kind, answers held back, a stage that answers late.
//
// The reference is the register map's table (doc/device.md): what a write changes or sends down the configuration bus,
// what a read returns, and which writes count as refused.
#include <array>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "norman/spec/norman_hw.h"
#include "tests/rtl/bench.h"

namespace norman::test {
namespace {

using u64 = std::uint64_t;
constexpr const isa::ConfigInfo& kConfig = isa::kConfigs[0];

// What goes down the configuration bus; fields that an access of its kind has no use for are not compared.
struct Sent {
  enum Kind : unsigned { Row, Dispatch, Staging, ExactWrite, ExactRead, State, Exit, Event, RuleData, RuleCommand, PrefixWrite } kind;  // overlay_core_pkg, Cfg...
  std::optional<unsigned> epoch, stage, index, word;
  std::optional<u64> data;
  bool answered = false;  // by a stage
  bool write = true;
};

class MmioUnitTest : public Bench, public ::testing::WithParamInterface<unsigned> {
 protected:
  unsigned below(u64 bound) { return static_cast<unsigned>(random.below(bound)); }
  unsigned stageOf(char kind) {
    for (;;)
      if (const unsigned stage = below(kConfig.stages.size()); kConfig.stages[stage] == kind) return stage;
  }

  struct Request {
    bool write = false;
    std::uint32_t address = 0;
    u64 data = 0;
    std::vector<Sent> sent;    // in this order
    std::optional<u64> answer; // what a read returns, unless a stage says it
    bool entry_map = false;
    std::function<void(Request&)> settle = {};  // fills in what depends on the accesses before it, when it is taken
  };

  // Reads that reach no stage, and every kind of access to what is not there.
  Request refusedOrUnknown() {
    static const std::uint32_t addresses[] = {
        NORMAN_REG_CAP_MAGIC, NORMAN_REG_CAP_LATENCY, NORMAN_REG_INFLIGHT(1), NORMAN_REG_PACKETS_IN, NORMAN_REG_BAD_ACCESS, 0x70, 0x158, 0x1060, NORMAN_REG_CAP_LEARN, NORMAN_REG_CAP_PREFIX,
        NORMAN_REG_LEARN_FULL,
        NORMAN_REG_EPOCH + 4, NORMAN_REG_ROWS(0, kConfig.stages.size(), 0, 0), NORMAN_REG_ENTRY_MAP(0, 0, kConfig.registers),
        NORMAN_REG_EXIT_MAP(1, isa::kExitTargets), NORMAN_REG_DISPATCH(0, 0, 3), NORMAN_REG_STATE_WORDS(0, 0),
        NORMAN_REG_STATE_WORDS(kConfig.stages.find('S'), kConfig.state_words), NORMAN_REG_EVENTS(3, kConfig.event_ids, 1), 0xfffff8};
    Request request{random.oneIn(2), addresses[below(std::size(addresses))], random.next(), {}, {}, false, {}};
    request.settle = [this](Request& taken) {
      if (taken.write) {
        ++bad_access;
        return;
      }
      switch (taken.address) {
        case NORMAN_REG_CAP_MAGIC: taken.answer = 0x4e4f524d414e0001; break;
        case NORMAN_REG_CAP_LATENCY: break;  // checked with the whole core
        case NORMAN_REG_INFLIGHT(1): taken.answer = dut.mmio_inflight1_i; break;
        case NORMAN_REG_PACKETS_IN: taken.answer = dut.mmio_packets_in_i; break;
        case NORMAN_REG_BAD_ACCESS: taken.answer = bad_access; break;
        case NORMAN_REG_CAP_LEARN: taken.answer = kConfig.learning; break;
        case NORMAN_REG_LEARN_FULL: taken.answer = learn_full; break;
        case NORMAN_REG_CAP_PREFIX:
          taken.answer = kConfig.prefix_levels | u64{kConfig.prefix_blocks} << 16 | u64{kConfig.prefix_entries} << 32;
          break;
        default: taken.answer = 0; break;
      }
    };
    return request;
  }

  // A command to a rule stage; half of them name something that it does not have.
  Request ruleCommand() {
    namespace c = isa::rule_command;
    std::array<u64, 1> command{random.next()};
    const auto op = static_cast<isa::RuleOp>(below(8));
    const unsigned stage = random.oneIn(8) ? below(64) : stageOf('R'), tree = below(8), place = below(16), row = below(1024);
    isa::set(command, c::kOp, static_cast<unsigned>(op));
    isa::set(command, c::kStage, stage);
    isa::set(command, c::kTree, tree);
    isa::set(command, c::kPlace, place);
    isa::set(command, c::kRow, row);
    const bool in_tree = tree < kConfig.rule_trees, in_overflow = row < kConfig.rule_overflow;
    bool good = stage < kConfig.stages.size() && kConfig.stages[stage] == 'R';
    switch (op) {
      case isa::RuleOp::Entry:
      case isa::RuleOp::Visible:
        good = good && (tree == isa::kRuleTreeOverflow ? in_overflow : in_tree && row < kConfig.rule_rows && place < isa::kRuleLeafSlots);
        break;
      case isa::RuleOp::Node: good = good && in_tree && row < kConfig.rule_rows && place < isa::kRuleLevels; break;
      case isa::RuleOp::Root: good = good && in_tree; break;
      case isa::RuleOp::Order: good = good && in_overflow; break;
      case isa::RuleOp::Bank: break;
      default: good = false;
    }
    Request request{true, NORMAN_REG_RULE_COMMAND, command[0], {}, {}, false, {}};
    if (good)
      request.sent.push_back({Sent::RuleCommand, {}, stage, {}, {}, command[0]});
    else
      request.settle = [this](Request&) { ++bad_access; };
    return request;
  }

  // A write to a prefix stage; some name something that it does not have.
  Request prefixWrite() {
    const unsigned stage = random.oneIn(8) ? below(64) : stageOf('L'), memory = below(24), slots = NORMAN_PREFIX_MEMORY_SLOTS;
    unsigned words = 0;
    if (memory < kConfig.prefix_levels) words = 2u << memory;
    else if (memory == slots) words = 2u << kConfig.prefix_levels;
    else if (memory > slots && memory < NORMAN_PREFIX_MEMORY_RESULTS) words = kConfig.prefix_blocks << (memory - NORMAN_PREFIX_MEMORY_BOUNDARIES);
    else if (memory == NORMAN_PREFIX_MEMORY_RESULTS) words = kConfig.prefix_blocks * isa::kPrefixBlockRanges;
    else if (memory == NORMAN_PREFIX_MEMORY_BANK) words = 2;
    const unsigned address = words == 0 || random.oneIn(4) ? below(0x10000) : random.oneIn(4) ? words - 1 : below(words);
    const bool good = stage < kConfig.stages.size() && kConfig.stages[stage] == 'L' && address < words;
    return {true, NORMAN_REG_PREFIX_WRITE, stage | memory << 8 | u64{address} << 16, {}, {}, false,
            [this, stage, memory, address, good, slots](Request& taken) {
              if (!good || (memory == slots && staging[1] >> 32 >= kConfig.prefix_blocks)) {
                ++bad_access;
                return;
              }
              for (unsigned w = 0; w < 3; ++w) taken.sent.push_back({Sent::Staging, {}, {}, {}, w, staging[w]});
              taken.sent.push_back({Sent::PrefixWrite, {}, stage, address, {}, memory});
            }};
  }

  // Answered only after the stages have had time to finish what they were told before.
  Request fence() {
    return {false, NORMAN_REG_RULE_FENCE, 0, {}, 0, false, [this](Request&) { fence_since = clocks; }};
  }

  Request nextRequest() {
    const u64 data = random.next();
    const unsigned epoch = below(2);
    switch (below(15)) {
      case 0: {
        const unsigned stage = below(kConfig.stages.size()), row = below(256), word = below(4);
        return {true, NORMAN_REG_ROWS(epoch, stage, row, word), data, {{Sent::Row, epoch, stage, row, word, data}}, {}, false, {}};
      }
      case 1: {
        const unsigned stage = stageOf("ERL"[below(3)]), index = below(256);
        return {true, NORMAN_REG_DISPATCH(epoch, stage, index), data, {{Sent::Dispatch, epoch, stage, index, {}, data}}, {}, false, {}};
      }
      case 2: {
        const unsigned target = below(isa::kExitTargets);
        return {true, NORMAN_REG_EXIT_MAP(epoch, target), data, {{Sent::Exit, epoch, {}, target, {}, data}}, {}, false, {}};
      }
      case 3: return {true, NORMAN_REG_ENTRY_MAP(epoch, below(2), below(kConfig.registers)), data, {}, {}, true, {}};
      case 4: {
        const unsigned word = below(3);
        const u64 staged = random.oneIn(2) ? data : data >> 20;  // the number of a block may be one
        return {true, NORMAN_REG_EXACT_DATA(word), staged, {}, {}, false,
                [this, word, data = staged](Request&) { staging[word] = word == 2 ? data & 0x1ffffffffffff : data; }};
      }
      case 5: {
        const unsigned word = below(3);
        return {false, NORMAN_REG_EXACT_DATA(word), 0, {}, {}, false, [this, word](Request& taken) { taken.answer = staging[word]; }};
      }
      case 6: {
        const unsigned stage = stageOf('E'), way = below(4), row = below(kConfig.exact_rows);
        const bool learns = (kConfig.learning >> stage & 1) != 0, change = random.oneIn(3);
        return {true, change ? NORMAN_REG_EXACT_CHANGE : NORMAN_REG_EXACT_WRITE, stage | way << 8 | u64{row} << 16,
                {}, {}, false, [this, stage, way, row, learns, change](Request& taken) {
                  if (change && !learns) {
                    ++bad_access;
                    return;
                  }
                  for (unsigned w = 0; w < 3; ++w) taken.sent.push_back({Sent::Staging, {}, {}, {}, w, staging[w]});
                  taken.sent.push_back({Sent::ExactWrite, {}, stage, row, way, {}, learns, !change});
                }};
      }
      case 7: {
        const unsigned stage = stageOf('E'), way = below(4), row = below(kConfig.exact_rows);
        return {true, NORMAN_REG_EXACT_READ, stage | way << 8 | u64{row} << 16, {{Sent::ExactRead, {}, stage, row, way, {}, true}}, {}, false, {}};
      }
      case 8: {
        const unsigned stage = stageOf('S'), word = below(kConfig.state_words);
        const bool write = random.oneIn(2);
        return {write, NORMAN_REG_STATE_WORDS(stage, word), data, {{Sent::State, {}, stage, word, {}, write ? std::optional(data) : std::nullopt, true, write}}, {}, false, {}};
      }
      case 9: {
        const unsigned slot = below(4), id = below(kConfig.event_ids), what = below(2);
        const bool write = random.oneIn(2);
        return {write, NORMAN_REG_EVENTS(slot, id, what), data, {{Sent::Event, what, {}, id, slot, write ? std::optional(data) : std::nullopt, true, write}}, {}, false, {}};
      }
      case 10: {
        if (random.oneIn(2)) return {false, NORMAN_REG_START(epoch), 0, {}, {}, false, [this, epoch](Request& taken) { taken.answer = start[epoch]; }};
        return {true, NORMAN_REG_START(epoch), data, {}, {}, false, [this, epoch, data](Request&) { start[epoch] = data; }};
      }
      case 11: {
        const unsigned word = below(isa::kRuleEntryWords);
        return {true, NORMAN_REG_RULE_DATA(word), data, {{Sent::RuleData, {}, {}, word, {}, data}}, {}, false, {}};
      }
      case 12: return ruleCommand();
      case 13: return prefixWrite();
      default: return random.oneIn(20) ? fence() : refusedOrUnknown();
    }
  }

  std::array<u64, 3> staging{};
  std::array<u64, 2> start{};
  u64 bad_access = 0, learn_full = 0, clocks = 0;
  std::optional<u64> fence_since;  // clock in which a fence was taken that has no answer yet
};

TEST_P(MmioUnitTest, answers_and_passes_on_accesses_in_their_order) {
  dut.mmio_inflight0_i = 7;
  dut.mmio_inflight1_i = 9;
  dut.mmio_packets_in_i = random.next();
  dut.mmio_rsp_valid_i = 0;
  dut.mmio_learn_full_i = 0;
  dut.mmio_request_valid_i = 0;
  start = {u64{isa::kStageExit} << 8, u64{isa::kStageExit} << 8};

  std::deque<Sent> bus;                          // expected on the configuration bus
  std::deque<std::optional<u64>> answers;        // expected at the response port; nothing: any value
  std::deque<bool> entry_writes;
  std::optional<Request> request;
  Sent asked{};                                  // the access that a stage has to answer
  bool asked_read = false;
  int answer_in = -1;                            // clocks until the stage answers
  unsigned word = 0, waited = 0, bubbles = 0, answered = 0, done = 0, busy_for = 0, fences = 0;
  std::optional<u64> idle_at;                    // first clock without a busy stage, once the fence's commands have arrived
  for (int i = 0; i < 60000; ++i) {
    // A request stays until it is taken.
    if (!request && !random.percent(GetParam())) {
      request = nextRequest();
      dut.mmio_request_valid_i = 1;
      dut.mmio_request_write_i = request->write;
      dut.mmio_request_addr_i = request->address;
      dut.mmio_request_data_i = request->data;
    }
    dut.mmio_response_ready_i = !random.percent(GetParam());

    // The stage answers after a random time: the word before the access, or the three words of an entry, one a clock.
    dut.mmio_rsp_valid_i = 0;
    if (answer_in > 0) --answer_in;
    if (answer_in == 0) {
      dut.mmio_rsp_valid_i = 1;
      dut.mmio_rsp_word_i = word;
      dut.mmio_rsp_data_i = random.next();
      if (asked.kind == Sent::ExactRead) {
        staging[word] = word == 2 ? dut.mmio_rsp_data_i & 0x1ffffffffffff : dut.mmio_rsp_data_i;
        if (word++ == 2) answer_in = -1;
      } else {
        if (asked_read) answers.push_back(dut.mmio_rsp_data_i);
        answer_in = -1;
      }
      if (answer_in < 0) ++answered;
    }
    // Stages are busy for a while now and then.
    if (busy_for == 0 && random.oneIn(500)) busy_for = below(300);
    dut.mmio_rules_busy_i = busy_for != 0;
    learn_full += dut.mmio_learn_full_i;          // as the register holds it from this clock on
    dut.mmio_learn_full_i = random.oneIn(10) ? below(3) : 0;
    if (busy_for != 0) --busy_for;
    clocks = static_cast<u64>(i);
    if (!dut.mmio_rules_busy_i && fence_since && clocks >= *fence_since + 60 && !idle_at) idle_at = clocks;
    dut.eval();

    const bool taken = request && dut.mmio_request_ready_o;
    if (dut.mmio_response_valid_o && dut.mmio_response_ready_i) {
      ASSERT_FALSE(answers.empty()) << "clock " << i;
      if (fence_since) {
        ASSERT_TRUE(idle_at) << "clock " << i << ": a fence is answered while a stage was busy";
        ASSERT_GE(clocks, *idle_at + 60);
        fence_since.reset();
        idle_at.reset();
        ++fences;
      }
      if (answers.front()) {
        ASSERT_EQ(dut.mmio_response_data_o, *answers.front()) << "clock " << i;
      }
      answers.pop_front();
    }
    clock();

    if (taken) {
      if (request->settle) request->settle(*request);
      for (const Sent& sent : request->sent) bus.push_back(sent);
      asked_read = !request->write;
      if (asked_read && (request->sent.empty() || !request->sent[0].answered)) answers.push_back(request->answer);
      if (request->entry_map) entry_writes.push_back(true);
      request.reset();
      dut.mmio_request_valid_i = 0;
      ++done;
    }
    if (dut.mmio_cfg_valid_o) {
      ASSERT_FALSE(bus.empty()) << "clock " << i;
      const Sent sent = bus.front();
      bus.pop_front();
      ASSERT_EQ(dut.mmio_cfg_kind_o, sent.kind) << "clock " << i;
      ASSERT_EQ(dut.mmio_cfg_epoch_o, sent.epoch.value_or(dut.mmio_cfg_epoch_o));
      ASSERT_EQ(dut.mmio_cfg_stage_o, sent.stage.value_or(dut.mmio_cfg_stage_o));
      ASSERT_EQ(dut.mmio_cfg_index_o, sent.index.value_or(dut.mmio_cfg_index_o));
      ASSERT_EQ(dut.mmio_cfg_word_o, sent.word.value_or(dut.mmio_cfg_word_o));
      ASSERT_EQ(dut.mmio_cfg_data_o, sent.data.value_or(dut.mmio_cfg_data_o));
      if (sent.answered) {
        ASSERT_EQ(answer_in, -1) << "one access at a time waits for a stage";
        ASSERT_EQ(dut.mmio_cfg_write_o || sent.kind == Sent::ExactRead, sent.write || sent.kind == Sent::ExactRead);
        asked = sent;
        word = 0;
        waited = 0;
        answer_in = random.oneIn(20) ? 200 : 1 + static_cast<int>(random.below(20));
      }
    }
    if (dut.mmio_entry_write_o) {
      ASSERT_FALSE(entry_writes.empty());
      entry_writes.pop_front();
    }
    // A stage that finds no free clock gets a bubble in every 64, and only then.
    if (answer_in >= 0) ++waited;
    if (dut.mmio_bubble_o) {
      ASSERT_GE(waited, 64u) << "clock " << i;
      waited = 0;
      ++bubbles;
    }
    ASSERT_LE(waited, 70u) << "clock " << i;
  }
  EXPECT_GT(answered, 200u);
  EXPECT_GT(bubbles, 10u);
  EXPECT_GT(done, 2000u);
  EXPECT_GT(fences, 10u);
}
INSTANTIATE_TEST_SUITE_P(Idles, MmioUnitTest, ::testing::Values(0u, 30u, 80u));

}  // namespace
}  // namespace norman::test
