// The whole core in RTL against the architectural model, at every executed row.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "norman/spec/norman_hw.h"
#include "overlay_rtl/model/core_model.h"
#include "overlay_rtl/sim/rtl_core.h"
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
    for (unsigned slot = 0; slot < isa::kEventSlots; ++slot)
      for (unsigned id = 0; id < config().event_ids; id += 7)
        for (unsigned what = 0; what < 2; ++what)
          ASSERT_EQ(model.read64(NORMAN_REG_EVENTS(slot, id, what)), rtl.read64(NORMAN_REG_EVENTS(slot, id, what))) << "slot " << slot << " id " << id;
    for (const std::uint32_t address : {NORMAN_REG_BAD_EVENT, NORMAN_REG_BAD_INDEX, NORMAN_REG_PACKETS_IN, NORMAN_REG_PACKETS_OUT})
      ASSERT_EQ(model.read64(address), rtl.read64(address)) << "register " << address;
  }
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
  EXPECT_LE(rtl->figures().latency_clocks, 250u);
  RecordProperty("latency_clocks", static_cast<int>(rtl->figures().latency_clocks));
}

INSTANTIATE_TEST_SUITE_P(Configs, OverlayCoreTest, ::testing::Values(&isa::kConfigs[0], &isa::kConfigs[1]),
                         [](const auto& info) { return std::string(info.param->name); });

}  // namespace
}  // namespace norman::test
