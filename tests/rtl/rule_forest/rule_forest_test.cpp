// The rule forest at a lookup a clock, while runtime/core inserts, removes and lays out anew: every result is what a plain
// list says that stood at some moment of the lookup.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>

#include "Vrule_forest_default.h"
#include "Vrule_forest_small.h"
#include "norman/spec/isa.h"
#include "tests/support/heap.h"
#include "tests/support/rule_reference.h"

namespace norman::test {
namespace {

constexpr std::uint8_t kLists = 2;

std::uint64_t seed() {
  const char* text = std::getenv("NORMAN_SEED");
  return text != nullptr ? std::strtoull(text, nullptr, 0) : 1;
}

/// The forest out of reset, with a random lookup in every clock that `lookups` allows.
template <typename Dut>
class Forest {
 public:
  explicit Forest(Random& random) : random_(random) {
    hardware.context = this;
    hardware.stage = [](void* self, std::uint32_t word, std::uint64_t data) {
      auto& me = *static_cast<Forest*>(self);
      me.dut_.staged_i[2 * word] = static_cast<std::uint32_t>(data);
      me.dut_.staged_i[2 * word + 1] = static_cast<std::uint32_t>(data >> 32);
      me.clock();
    };
    hardware.command = [](void* self, std::uint64_t command) {
      auto& me = *static_cast<Forest*>(self);
      me.dut_.command_i = command;
      me.dut_.command_valid_i = 1;
      me.clock();
      me.dut_.command_valid_i = 0;
    };
    hardware.fence = [](void* self) {
      auto& me = *static_cast<Forest*>(self);
      for (int i = 0; i < 40 || me.dut_.busy_o != 0; ++i) me.clock();
    };
    dut_.rst_ni = 0;
    edge();
    edge();
    dut_.rst_ni = 1;
    lists_.push_back({std::make_shared<RuleReference>(), 0, UINT64_MAX});
  }
  ~Forest() { dut_.final(); }

  /// The list that a change leads to; until `done` lookups may find it or the one before.
  void begin(const RuleReference& next) { lists_.push_back({std::make_shared<RuleReference>(next), clocks_, UINT64_MAX}); }
  void done(bool changed) {
    if (changed)
      lists_[lists_.size() - 2].until = clocks_;
    else
      lists_.pop_back();
  }

  void clock() {
    const bool lookup = random_.percent(lookups);
    dut_.valid_i = lookup;
    if (lookup) {
      const auto list = static_cast<std::uint8_t>(random_.below(kLists));
      const RuleKey key = randomKey(random_, *lists_.back().rules);
      dut_.list_i = list;
      std::memcpy(&dut_.key_i, key.data(), sizeof key);
      in_flight_.push_back({list, key, clocks_});
    }
    edge();
    ++clocks_;
    if (!in_flight_.empty() && in_flight_.front().since + kLatency == clocks_) {
      check(in_flight_.front());
      in_flight_.pop_front();
    } else {
      EXPECT_FALSE(dut_.terminal_valid_o || dut_.other_valid_o) << "a result without a lookup";
    }
    while (lists_.size() > 2 && lists_.front().until + 2 * kLatency < clocks_) lists_.pop_front();
  }

  norman_rules_hardware hardware{};
  unsigned lookups = 100;  ///< clocks in a hundred that have one
  std::uint64_t checked = 0, clocks_ = 0;

 private:
  static constexpr std::uint64_t kLatency = 2 * isa::kRuleLevels + 10;
  struct List {
    std::shared_ptr<RuleReference> rules;
    std::uint64_t from, until;
  };
  struct Lookup {
    std::uint8_t list;
    RuleKey key;
    std::uint64_t since;
  };

  void edge() {
    dut_.eval();                    // the gate's latch takes what was set while the clock is low
    dut_.clk_i = 1;
    dut_.eval();
    dut_.clk_i = 0;
    dut_.eval();
  }

  static RuleEntryResult unpack(std::uint64_t act, bool terminal) {
    RuleEntryResult entry;
    entry.event = static_cast<std::uint16_t>(act >> 24);
    entry.action = static_cast<std::uint8_t>(act >> 40);
    entry.counts = (act >> 48 & 1) != 0;
    entry.log = (act >> 49 & 1) != 0;
    entry.capture = (act >> 50 & 1) != 0;
    entry.carry = (act >> 51 & 1) != 0;
    entry.terminal = terminal;
    return entry;
  }

  void check(const Lookup& lookup) {
    RuleResult found;
    found.hit = dut_.terminal_valid_o != 0;
    if (found.hit) {
      found.terminal = unpack(dut_.terminal_o, true);
      found.terminal.argument = dut_.argument_o;
    }
    const std::uint64_t others[] = {dut_.other0_o, dut_.other1_o, dut_.other2_o};
    for (unsigned i = 0; i < 3; ++i)
      if ((dut_.other_valid_o >> i & 1) != 0) found.earlier[found.continuing++] = unpack(others[i], false);
    found.lost = dut_.lost_o != 0;
    ++checked;
    for (const List& list : lists_) {
      if (list.from > clocks_ || list.until < lookup.since) continue;
      RuleResult expected = list.rules->find(lookup.list, lookup.key);
      for (RuleEntryResult& entry : expected.earlier) entry.argument = 0;  // only a terminal entry has one
      if (found == expected) return;
    }
    const RuleResult expected = lists_.back().rules->find(lookup.list, lookup.key);
    ADD_FAILURE() << "clock " << clocks_ << ": hit " << found.hit << " argument " << found.terminal.argument << ", " << found.continuing
                  << " before, lost " << found.lost << "; the last list says hit " << expected.hit << " argument " << expected.terminal.argument
                  << ", " << expected.continuing << " before, lost " << expected.lost << "; repeat with NORMAN_SEED=" << seed();
  }

  Random& random_;
  Dut dut_;
  std::deque<List> lists_;
  std::deque<Lookup> in_flight_;
};

template <typename Dut>
void changeAtFullRate(const norman_rules_size& size, int operations, std::size_t most) {
  Random random(seed());
  CountingHeap heap;
  Forest<Dut> forest(random);
  norman_rules* rules = nullptr;
  ASSERT_EQ(norman_rules_open(&rules, &size, &heap.allocator, &forest.hardware), 0);
  RuleReference reference;
  std::vector<std::pair<std::uint32_t, std::uint8_t>> handles;
  for (int step = 0; step < operations && !::testing::Test::HasFailure(); ++step) {
    forest.lookups = step % 3 == 0 ? 60 : 100;
    RuleReference after = reference;
    if (handles.empty() || (handles.size() < most ? !random.oneIn(3) : random.oneIn(3))) {
      const auto list = static_cast<std::uint8_t>(random.below(kLists));
      std::uint32_t before = NORMAN_RULES_END, handle = 0;
      if (!handles.empty() && random.oneIn(2)) {
        const auto& [other, of] = handles[random.below(handles.size())];
        if (of == list) before = other;
      }
      const norman_rule rule = randomRule(random, list);
      after.insert(rule, before, 0);
      forest.begin(after);
      const int error = norman_rules_insert(rules, &rule, before, &handle);
      forest.done(error == 0);
      ASSERT_TRUE(error == 0 || error == -ENOSPC);
      if (error == 0) {
        reference.insert(rule, before, handle);
        handles.emplace_back(handle, list);
      }
    } else {
      const std::size_t i = random.below(handles.size());
      after.remove(handles[i].first);
      forest.begin(after);
      ASSERT_EQ(norman_rules_remove(rules, handles[i].first), 0);
      forest.done(true);
      reference.remove(handles[i].first);
      handles[i] = handles.back();
      handles.pop_back();
    }
    norman_rules_work(rules);
  }
  for (int i = 0; i < 200; ++i) forest.clock();
  EXPECT_GT(norman_rules_get_figures(rules)->rebuilds, 0u);
  EXPECT_GT(norman_rules_get_figures(rules)->peak_overflow, 0u);
  std::printf("%d operations, %llu lookups in %llu clocks, %llu rebuilds, most overflow entries %u\n", operations,
              static_cast<unsigned long long>(forest.checked), static_cast<unsigned long long>(forest.clocks_),
              static_cast<unsigned long long>(norman_rules_get_figures(rules)->rebuilds), norman_rules_get_figures(rules)->peak_overflow);
  norman_rules_close(rules);
}

int operations(int usual) { return std::getenv("NORMAN_LONG") != nullptr ? 100'000 : usual; }

TEST(RuleForest, DefaultChangesAtFullRate) { changeAtFullRate<Vrule_forest_default>({4, 512, 64}, operations(600), 220); }
TEST(RuleForest, SmallChangesAtFullRate) { changeAtFullRate<Vrule_forest_small>({2, 256, 32}, operations(600), 100); }

}  // namespace
}  // namespace norman::test
