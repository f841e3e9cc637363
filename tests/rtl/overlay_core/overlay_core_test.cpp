// The whole core in RTL against the architectural model, at every executed row.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "norman/spec/norman_hw.h"
#include "overlay_rtl/model/core_model.h"
#include "overlay_rtl/sim/background_access.h"
#include "overlay_rtl/sim/rtl_core.h"
#include "overlay_rtl/sim/swap_run.h"
#include "tests/support/random_program.h"

namespace norman::test {
namespace {

std::uint64_t seed() {
  const char* text = std::getenv("NORMAN_SEED");
  return text != nullptr ? std::strtoull(text, nullptr, 0) : 1;
}

class OverlayCoreTest : public ::testing::TestWithParam<const isa::ConfigInfo*> {
 protected:
  const isa::ConfigInfo& config() const { return *GetParam(); }

  static std::string show(const TraceRow& row) {
    std::string text = "packet " + std::to_string(row.packet) + " stage " + std::to_string(row.stage) + " row " +
                       std::to_string(row.row) + " predicates " + std::to_string(row.predicates);
    char buffer[16];
    for (const std::uint32_t value : row.registers) {
      std::snprintf(buffer, sizeof buffer, " %08x", value);
      text += buffer;
    }
    return text;
  }

  // Compares rows, records, counters and state of both cores after the same program and packets.
  void compare(RtlCore& rtl, std::uint64_t case_seed, unsigned packets, const RandomProgramOptions& options) {
    SCOPED_TRACE("seed " + std::to_string(case_seed) + " (repeat with NORMAN_SEED)");
    CoreModel model(config());
    const RandomProgram program = randomProgram(config(), case_seed, options);
    load(model, program);
    load(rtl, program);
    Random random(case_seed + 1);
    std::vector<EntryWords> words(packets);
    for (EntryWords& w : words) w = randomEntryWords(random);

    std::vector<TraceRow> expected_rows, got_rows;
    model.setTrace(&expected_rows);
    rtl.setTrace(&got_rows);
    const auto expected = model.process(words);
    const auto got = rtl.process(words);
    rtl.setTrace(nullptr);

    for (std::size_t i = 0; i < std::min(expected_rows.size(), got_rows.size()); ++i)
      ASSERT_TRUE(expected_rows[i] == got_rows[i]) << "expected " << show(expected_rows[i]) << "\n     got " << show(got_rows[i]);
    ASSERT_EQ(expected_rows.size(), got_rows.size());
    ASSERT_EQ(expected.size(), got.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      ASSERT_EQ(expected[i].verdict_word, got[i].verdict_word) << "packet " << i;
      ASSERT_EQ(expected[i].act, got[i].act) << "packet " << i;
      ASSERT_EQ(expected[i].targets, got[i].targets) << "packet " << i;
      ASSERT_EQ(expected[i], got[i]) << "packet " << i;
    }
    for (unsigned stage = 0; stage < config().stages.size(); ++stage) {
      if (config().stages[stage] != 'S') continue;
      for (unsigned w = 0; w < config().state_words; w += w < 32 ? 1 : 97)
        ASSERT_EQ(model.read64(NORMAN_REG_STATE_WORDS(stage, w)), rtl.read64(NORMAN_REG_STATE_WORDS(stage, w))) << "stage " << stage << " word " << w;
    }
    for (unsigned stage = 0; stage < config().stages.size(); ++stage) {
      if ((config().learning >> stage & 1) == 0) continue;
      for (unsigned at = 0; at < 256 * isa::kExactWays; at += 3) {
        model.write64(NORMAN_REG_EXACT_READ, stage | at % isa::kExactWays << 8 | at / isa::kExactWays << 16);
        rtl.write64(NORMAN_REG_EXACT_READ, stage | at % isa::kExactWays << 8 | at / isa::kExactWays << 16);
        for (unsigned word = 0; word < 3; ++word)
          ASSERT_EQ(model.read64(NORMAN_REG_EXACT_DATA(word)), rtl.read64(NORMAN_REG_EXACT_DATA(word))) << "stage " << stage << " entry " << at;
      }
    }
    for (unsigned slot = 0; slot < isa::kEventSlots; ++slot)
      for (unsigned id = 0; id < config().event_ids; id += 7)
        for (unsigned what = 0; what < 2; ++what)
          ASSERT_EQ(model.read64(NORMAN_REG_EVENTS(slot, id, what)), rtl.read64(NORMAN_REG_EVENTS(slot, id, what))) << "slot " << slot << " id " << id;
    for (const std::uint32_t address : {NORMAN_REG_BAD_EVENT, NORMAN_REG_BAD_INDEX, NORMAN_REG_RULE_LOST, NORMAN_REG_LEARN_FULL, NORMAN_REG_PACKETS_IN,
                                        NORMAN_REG_PACKETS_OUT})
      ASSERT_EQ(model.read64(address), rtl.read64(address)) << "register " << address;
    refused += model.read64(NORMAN_REG_LEARN_FULL);
  }

  std::uint64_t refused = 0;  // keys, by all cores compared
};

TEST_P(OverlayCoreTest, executes_random_programs_like_the_model) {
  const int cases = std::getenv("NORMAN_LONG") != nullptr ? 200 : 12;
  for (int i = 0; i < cases; ++i) {
    auto rtl = RtlCore::create(config());
    ASSERT_NE(rtl, nullptr);
    if (i % 3 == 1) rtl->setStalls(0.3, 0.0, seed() + i);
    if (i % 3 == 2) rtl->setStalls(0.3, 0.6, seed() + i);
    RandomProgramOptions options;
    options.straight = i % 2 == 0;
    options.epoch = 0;
    compare(*rtl, caseSeed(seed(), i), 600, options);
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(refused, 0u);
}

// Also if no clock passes between two runs.
TEST_P(OverlayCoreTest, numbers_the_packets_of_each_traced_run_from_zero) {
  auto rtl = RtlCore::create(config());
  CoreModel model(config());
  RandomProgramOptions options;
  options.straight = true;
  const RandomProgram program = randomProgram(config(), seed(), options);
  load(*rtl, program);
  load(model, program);
  Random random(seed());
  const std::vector<EntryWords> words{randomEntryWords(random), randomEntryWords(random), randomEntryWords(random)};
  for (int run = 0; run < 3; ++run) {
    std::vector<TraceRow> expected, got;
    model.setTrace(&expected);
    rtl->setTrace(&got);
    model.process(words);
    rtl->process(words);
    ASSERT_EQ(expected.size(), got.size());
    for (std::size_t i = 0; i < got.size(); ++i) EXPECT_EQ(expected[i].packet, got[i].packet) << "run " << run << " row " << i;
  }
}

TEST_P(OverlayCoreTest, takes_a_packet_a_clock) {
  auto rtl = RtlCore::create(config());
  RandomProgramOptions options;
  options.straight = true;
  load(*rtl, randomProgram(config(), seed(), options));
  Random random(seed());
  std::vector<EntryWords> words(2000);
  for (EntryWords& w : words) w = randomEntryWords(random);
  rtl->process(words);
  EXPECT_EQ(rtl->figures().entry_clocks, words.size());
  EXPECT_EQ(rtl->figures().latency_clocks, rtl->read64(NORMAN_REG_CAP_LATENCY));
  EXPECT_LE(rtl->figures().latency_clocks, 400u);
  RecordProperty("latency_clocks", static_cast<int>(rtl->figures().latency_clocks));
}

TEST_P(OverlayCoreTest, swaps_under_full_load_without_losing_or_mixing_packets) {
  const SwapFigures figures = runSwaps(config(), {});
  EXPECT_EQ(figures.lost, 0u);
  EXPECT_EQ(figures.mixed, 0u);
  EXPECT_EQ(figures.delayed, 0u);
  EXPECT_EQ(figures.swaps_seen, 1000u);
  RecordProperty("load_clocks", static_cast<int>(figures.load_clocks));
}

// The control of the test above: without waiting for the drain, packets do meet rows of two programs.
TEST_P(OverlayCoreTest, mixes_programs_if_a_bank_is_overwritten_before_it_is_drained) {
  SwapOptions options;
  options.swaps = 20;
  options.drain = false;
  EXPECT_GT(runSwaps(config(), options).mixed, 0u);
}

TEST_P(OverlayCoreTest, capability_registers_say_what_the_model_says) {
  auto rtl = RtlCore::create(config());
  CoreModel model(config());
  for (std::uint32_t address = NORMAN_REG_CAP_MAGIC; address < NORMAN_REG_CAP_STRING_END; address += 8)
    if (address != NORMAN_REG_CAP_LATENCY) {
      EXPECT_EQ(model.read64(address), rtl->read64(address)) << std::hex << address;
    }
}

TEST_P(OverlayCoreTest, refuses_and_counts_accesses_to_what_is_not_there) {
  auto rtl = RtlCore::create(config());
  CoreModel model(config());
  std::vector<std::uint32_t> addresses = {
      NORMAN_REG_CAP_MAGIC, 0x60, NORMAN_REG_INFLIGHT(0), NORMAN_REG_BAD_ACCESS, 0x148, NORMAN_REG_EPOCH + 4, 0x0ff8, 0x1020, 0x1050, 0x0fffc,
      NORMAN_REG_ROWS(0, config().stages.size(), 0, 0), NORMAN_REG_ROWS(1, 63, 255, 3), NORMAN_REG_ENTRY_MAP(0, 0, config().registers),
      NORMAN_REG_ENTRY_MAP_END, NORMAN_REG_EXIT_MAP(0, isa::kExitTargets), NORMAN_REG_DISPATCH(0, 0, 0), NORMAN_REG_STATE_WORDS(0, 0),
      NORMAN_REG_EVENTS(0, config().event_ids, 0), NORMAN_REG_EVENTS_END, 0xfffff8, NORMAN_REG_EXACT_WRITE, NORMAN_REG_EXACT_READ};
  for (unsigned stage = 0; stage < config().stages.size(); ++stage) {
    if (config().stages[stage] == 'S') addresses.push_back(NORMAN_REG_STATE_WORDS(stage, config().state_words));
    addresses.push_back(NORMAN_REG_DISPATCH(1, stage, 255));
  }
  for (const std::uint32_t address : addresses) {
    model.write64(address, 0);
    rtl->write64(address, 0);
    EXPECT_EQ(model.read64(NORMAN_REG_BAD_ACCESS), rtl->read64(NORMAN_REG_BAD_ACCESS)) << std::hex << address;
    if (address != NORMAN_REG_BAD_ACCESS) {
      EXPECT_EQ(model.read64(address), rtl->read64(address)) << std::hex << address;
    }
  }
  // A table entry beyond the last row.
  for (unsigned stage = 0; stage < config().stages.size(); ++stage) {
    model.write64(NORMAN_REG_EXACT_WRITE, stage | std::uint64_t{config().exact_rows} << 16);
    rtl->write64(NORMAN_REG_EXACT_WRITE, stage | std::uint64_t{config().exact_rows} << 16);
  }
  EXPECT_EQ(model.read64(NORMAN_REG_BAD_ACCESS), rtl->read64(NORMAN_REG_BAD_ACCESS));
}

TEST_P(OverlayCoreTest, reads_back_what_was_written) {
  auto rtl = RtlCore::create(config());
  Random random(seed());
  for (unsigned epoch = 0; epoch < isa::kEpochs; ++epoch) {
    const std::uint64_t value = random.next();
    rtl->write64(NORMAN_REG_START(epoch), value);
    EXPECT_EQ(rtl->read64(NORMAN_REG_START(epoch)), value);
  }
  for (unsigned stage = 0; stage < config().stages.size(); ++stage) {
    if (config().stages[stage] == 'S') {
      for (const unsigned word : {0u, 1u, config().state_words - 1}) {
        const std::uint64_t value = random.next();
        rtl->write64(NORMAN_REG_STATE_WORDS(stage, word), value);
        EXPECT_EQ(rtl->read64(NORMAN_REG_STATE_WORDS(stage, word)), value);
      }
    }
    if (config().stages[stage] != 'E') continue;
    std::array<std::array<std::uint64_t, 3>, isa::kExactWays> entries;
    for (unsigned way = 0; way < isa::kExactWays; ++way) {
      entries[way] = {random.next(), random.next(), random.next() & 0x1ffffffffffff};
      for (unsigned w = 0; w < 3; ++w) rtl->write64(NORMAN_REG_EXACT_DATA(w), entries[way][w]);
      rtl->write64(NORMAN_REG_EXACT_WRITE, stage | way << 8 | (config().exact_rows - 1) << 16);
    }
    for (unsigned way = 0; way < isa::kExactWays; ++way) {
      rtl->write64(NORMAN_REG_EXACT_READ, stage | way << 8 | (config().exact_rows - 1) << 16);
      for (unsigned w = 0; w < 3; ++w) EXPECT_EQ(rtl->read64(NORMAN_REG_EXACT_DATA(w)), entries[way][w]);
    }
  }
  for (unsigned slot = 0; slot < isa::kEventSlots; ++slot)
    for (unsigned what = 0; what < 2; ++what) {
      const std::uint64_t value = random.next();
      rtl->write64(NORMAN_REG_EVENTS(slot, config().event_ids - 1, what), value);
      EXPECT_EQ(rtl->read64(NORMAN_REG_EVENTS(slot, config().event_ids - 1, what)), value);
      EXPECT_EQ(rtl->read64(NORMAN_REG_EVENTS(slot, config().event_ids - 2, what)), 0u);
    }
}

// A state word that every packet steps, read and written all the time: each access is answered although no clock is
// free by itself, and every step counts once.
TEST_P(OverlayCoreTest, answers_accesses_to_state_under_full_load) {
  auto rtl = RtlCore::create(config());
  RtlPins& pins = rtl->pins();
  const auto stage = static_cast<unsigned>(config().stages.find('S'));
  std::array<std::uint64_t, isa::kRowWords> row{};
  for (const isa::InsnInfo& insn : isa::kInsns)
    if (insn.name == "STATE") row = insn.match;
  isa::set(row, isa::state_row::kF, static_cast<unsigned>(isa::StateOp::Add));
  isa::set(row, isa::state_row::kRel, static_cast<unsigned>(isa::StateRel::Always));
  isa::set(row, isa::state_row::kAlo, 2u << 8);
  isa::set(row, isa::state_row::kImm, 1);
  isa::set(row, isa::control_word::kNextStage, isa::kStageExit);
  for (unsigned w = 0; w < isa::kRowWords; ++w) rtl->write64(NORMAN_REG_ROWS(0, stage, 0, w), row[w]);
  rtl->write64(NORMAN_REG_START(0), stage << 8);

  BackgroundAccess access(pins);
  const EntryWords words{};
  std::uint64_t before = 0, answers = 0, entered = 0, refused = 0;
  for (unsigned clock = 0; clock < 20000; ++clock) {
    if (access.idle()) {
      EXPECT_GE(access.answer(), before);
      before = access.answer();
      ++answers;
      access.read(NORMAN_REG_STATE_WORDS(stage, 0));
    }
    pins.offer(words, 0);
    pins.inReady() ? ++entered : ++refused;
    access.beforeClock();
    pins.clock();
    access.afterClock();
  }
  pins.offerNothing();
  for (unsigned clock = 0; clock < 1000; ++clock) {
    access.beforeClock();
    pins.clock();
    access.afterClock();
  }
  EXPECT_EQ(rtl->read64(NORMAN_REG_STATE_WORDS(stage, 0)), entered);
  EXPECT_GT(answers, 50u);
  EXPECT_LE(refused, 20000u / 64);
}

INSTANTIATE_TEST_SUITE_P(Configs, OverlayCoreTest, ::testing::Values(&isa::kConfigs[0], &isa::kConfigs[1]),
                         [](const auto& info) { return std::string(info.param->name); });

}  // namespace
}  // namespace norman::test
