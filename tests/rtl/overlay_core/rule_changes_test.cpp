// Rule lists changed through the register map by runtime/core, in the model and in RTL: packets find what a plain list says,
// between any two changes, and at a packet a clock while the changes go on.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "norman/spec/norman_hw.h"
#include "overlay_rtl/model/core_model.h"
#include "overlay_rtl/sim/rtl_core.h"
#include "tests/rtl/overlay_core/live_lists.h"
#include "tests/support/heap.h"
#include "tests/support/rule_reference.h"
#include "tests/unit/model/row_builder.h"

namespace norman::test {
namespace {

constexpr unsigned kArgument = 6, kActions = 7;  // registers that receive what was found, instead of key words
constexpr unsigned kActionsTarget = isa::kTSrc0;  // of the same bank
constexpr std::uint8_t kList = 5;

std::uint64_t seed() {
  const char* text = std::getenv("NORMAN_SEED");
  return text != nullptr ? std::strtoull(text, nullptr, 0) : 1;
}

std::uint64_t scaled(std::uint64_t usual) { return std::getenv("NORMAN_LONG") != nullptr ? 10 * usual : usual; }

norman_rules_size sizeOf(const isa::ConfigInfo& config) { return {config.rule_trees, config.rule_rows, config.rule_overflow}; }

// One lookup with entry words 0 to 13 as key; the verdict word becomes the argument, a rewritten word the carried actions.
template <typename Write>
void loadProgram(const isa::ConfigInfo& config, unsigned stage, const Write& write) {
  const auto writeRow = [&](unsigned at, const Row& row) {
    for (unsigned w = 0; w < isa::kRowWords; ++w) write(NORMAN_REG_ROWS(0, at, 0, w), row[w]);
  };
  unsigned after = stage + 1;
  while (config.stages[after] != 'A') ++after;
  namespace f = isa::rule_row;
  const isa::SlotInfo keys[] = {f::kK0, f::kK1, f::kK2, f::kK3, f::kK4, f::kK5, f::kK6, f::kK7, f::kK8, f::kK9, f::kK10, f::kK11, f::kK12, f::kK13};
  Row rule = wide("RULE", {{"table", kList}, {"dwe", 1}, {"rd", kArgument}, {"rce", 1}, {"rc", kActions}, {"pwe", 1}, {"pd", 0}}, {static_cast<std::uint8_t>(after), 0});
  for (unsigned k = 0; k < isa::kRuleKeyWords; ++k) {
    isa::set(rule, keys[k], regOperand(k));
    write(NORMAN_REG_ENTRY_MAP(0, 0, k), 16 | k / isa::kEntryBanks);
  }
  writeRow(stage, rule);
  writeRow(after, alu(lane("VERDICTr", {{"rb", kArgument}, {"guard", 16}}) /* on a hit */, lane("ACT", {{"imm", std::uint64_t{1} << kActionsTarget}})));
  write(NORMAN_REG_EXIT_MAP(0, kActionsTarget), kActions);
  write(NORMAN_REG_START(0), std::uint64_t{stage} << 8);
}

EntryWords wordsOf(const RuleKey& key) {
  EntryWords words{};
  std::copy(key.begin(), key.end(), words.begin());
  return words;
}

// The record of a packet whose lookup gave this.
ExitRecord recordOf(const RuleResult& result) {
  ExitRecord record;
  std::uint32_t carried = 0;
  unsigned carries = 0, slot = 0;
  record.act = 1u << kActionsTarget;
  const auto act = [&](const RuleEntryResult& entry) {
    if (entry.log) record.act |= 1u << static_cast<unsigned>(isa::Act::Log);
    if (entry.capture) record.act |= 1u << static_cast<unsigned>(isa::Act::Capture);
    if (!entry.counts) return;
    record.event_ids[slot] = entry.event;
    record.event_valid = static_cast<std::uint8_t>(record.event_valid | 1u << slot++);
  };
  for (unsigned i = 0; i < result.continuing; ++i) {
    act(result.earlier[i]);
    if (result.earlier[i].carry) carried |= std::uint32_t{result.earlier[i].action} << (8 * carries++);
  }
  if (result.hit) act(result.terminal);
  record.verdict_word = result.hit ? result.terminal.argument : 0;
  record.targets[kActionsTarget] = carried;
  return record;
}

/// Random changes of one list, and the list as it should be.
class Changes {
 public:
  Changes(Random& random, std::size_t most) : random_(random), most_(most) {}
  ~Changes() { norman_rules_close(rules_); }
  Changes(const Changes&) = delete;
  Changes& operator=(const Changes&) = delete;

  void open(const isa::ConfigInfo& config, const norman_rules_hardware& hardware) {
    const norman_rules_size size = sizeOf(config);
    ASSERT_EQ(norman_rules_open(&rules_, &size, &heap_.allocator, &hardware), 0);
  }

  /// The list after the next change, before that change is made.
  const RuleReference& prepare() {
    after_ = now_;
    inserts_ = handles_.empty() || (handles_.size() < most_ ? !random_.oneIn(3) : random_.oneIn(3));
    if (inserts_) {
      rule_ = randomRule(random_, kList);
      before_ = !handles_.empty() && random_.oneIn(2) ? handles_[random_.below(handles_.size())] : NORMAN_RULES_END;
      after_.insert(rule_, before_, 0);
    } else {
      which_ = random_.below(handles_.size());
      after_.remove(handles_[which_]);
    }
    return after_;
  }
  /// Makes it. False if the stage had no place for the rule.
  bool make() {
    if (!inserts_) {
      EXPECT_EQ(norman_rules_remove(rules_, handles_[which_]), 0);
      now_.remove(handles_[which_]);
      handles_[which_] = handles_.back();
      handles_.pop_back();
      return true;
    }
    std::uint32_t handle = 0;
    const int error = norman_rules_insert(rules_, &rule_, before_, &handle);
    if (error == 0) {
      now_.insert(rule_, before_, handle);
      handles_.push_back(handle);
    } else {
      EXPECT_EQ(error, -ENOSPC);
    }
    return error == 0;
  }
  void work() { norman_rules_work(rules_); }
  const RuleReference& now() const { return now_; }
  const norman_rules_figures& figures() const { return *norman_rules_get_figures(rules_); }

 private:
  Random& random_;
  std::size_t most_;
  CountingHeap heap_;
  norman_rules* rules_ = nullptr;
  RuleReference now_, after_;
  std::vector<std::uint32_t> handles_;
  norman_rule rule_{};
  std::uint32_t before_ = 0;
  std::size_t which_ = 0;
  bool inserts_ = false;
};

struct Target {
  CoreDevice* core;
  unsigned stage;
};
norman_rules_hardware hardwareOf(Target& target) {
  return {[](void* t, std::uint32_t word, std::uint64_t data) { static_cast<Target*>(t)->core->write64(NORMAN_REG_RULE_DATA(word), data); },
          [](void* t, std::uint64_t command) {
            static_cast<Target*>(t)->core->write64(NORMAN_REG_RULE_COMMAND, command | std::uint64_t{static_cast<Target*>(t)->stage} << NORMAN_RULE_COMMAND_STAGE_LSB);
          },
          [](void* t) { static_cast<Target*>(t)->core->read64(NORMAN_REG_RULE_FENCE); }, &target};
}

class RuleChangesTest : public ::testing::TestWithParam<const isa::ConfigInfo*> {
 protected:
  void SetUp() override {
    if (config().stages.find('R') == std::string_view::npos) GTEST_SKIP() << "configuration " << config().name << " has no rule stages";
  }
  const isa::ConfigInfo& config() const { return *GetParam(); }

  // Packets between any two changes.
  void change(CoreDevice& core, unsigned stage, std::uint64_t operations, std::size_t most, unsigned packets) {
    Random random(seed());
    loadProgram(config(), stage, [&](std::uint32_t address, std::uint64_t value) { core.write64(address, value); });
    Target target{&core, stage};
    Changes changes(random, most);
    changes.open(config(), hardwareOf(target));
    std::vector<EntryWords> words(packets);
    std::vector<RuleResult> expected(packets);
    std::uint64_t lost = 0;
    for (std::uint64_t i = 0; i < operations; ++i) {
      changes.prepare();
      changes.make();
      changes.work();
      for (unsigned p = 0; p < packets; ++p) {
        const RuleKey key = randomKey(random, changes.now());
        expected[p] = changes.now().find(kList, key);
        lost += expected[p].lost;
        words[p] = wordsOf(key);
      }
      const std::vector<ExitRecord> records = core.process(words);
      for (unsigned p = 0; p < packets; ++p) ASSERT_EQ(records[p], recordOf(expected[p])) << "operation " << i << ", seed " << seed();
    }
    EXPECT_EQ(core.read64(NORMAN_REG_RULE_LOST), lost);
    EXPECT_EQ(core.read64(NORMAN_REG_BAD_ACCESS), 0u);
    EXPECT_GT(changes.figures().rebuilds, 0u);
    EXPECT_GT(changes.figures().peak_overflow, 0u);
  }
};

// 100 000 changes over both devices.
TEST_P(RuleChangesTest, the_model_agrees_with_a_plain_list) {
  CoreModel core(config());
  change(core, static_cast<unsigned>(config().stages.rfind('R')), scaled(96'000), 150, 2);
}

TEST_P(RuleChangesTest, the_rtl_agrees_with_a_plain_list) {
  const auto core = RtlCore::create(config());
  ASSERT_NE(core, nullptr);
  change(*core, static_cast<unsigned>(config().stages.find('R')), scaled(4'000), 150, 2);
}

// A packet enters in every clock, whatever is written meanwhile, and finds the list before a change or after it.
TEST_P(RuleChangesTest, takes_a_packet_a_clock_while_lists_change) {
  const auto core = LiveCore::create(config());
  ASSERT_NE(core, nullptr);
  Target target{core.get(), static_cast<unsigned>(config().stages.find('R'))};
  loadProgram(config(), target.stage, [&](std::uint32_t address, std::uint64_t value) { core->write64(address, value); });
  Random random(seed());
  Changes changes(random, 60);
  LiveLists<RuleReference, RuleKey> traffic({[&](const RuleReference& list) { return randomKey(random, list); }, wordsOf,
                                             [](const RuleReference& list, const RuleKey& key, const ExitRecord& record) {
                                               return record == recordOf(list.find(kList, key));
                                             }});
  traffic.begin({}, 0);
  core->start(traffic);
  changes.open(config(), hardwareOf(target));
  const std::uint64_t operations = scaled(1'000);
  for (std::uint64_t i = 0; i < operations; ++i) {
    traffic.begin(changes.prepare(), core->clock());
    if (changes.make())
      traffic.done(core->clock());
    else
      traffic.withdraw();
    changes.work();
  }
  traffic.finish(*core, operations, seed());
}

INSTANTIATE_TEST_SUITE_P(Configs, RuleChangesTest, ::testing::Values(&isa::kConfigs[0], &isa::kConfigs[1]),
                         [](const auto& info) { return std::string(info.param->name); });

}  // namespace
}  // namespace norman::test
