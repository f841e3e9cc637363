// Rule lists in a rule stage: every lookup, between any two writes, finds what a plain list finds before or after the change.
#include "runtime/core/core_rules.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/rule_reference.h"
#include "tests/support/rule_sets.h"
#include "tests/support/heap.h"

namespace norman::test {
namespace {

constexpr norman_rules_size kDefault{4, 512, 64};
constexpr norman_rules_size kSmall{2, 256, 32};

RuleResult withoutLabels(RuleResult result) {
  result.terminal.label = 0;
  for (RuleEntryResult& entry : result.earlier) entry.label = 0;
  return result;
}

std::string describe(const RuleResult& result) {
  std::string text = result.hit ? "terminal " + std::to_string(result.terminal.argument) : "no terminal";
  for (unsigned i = 0; i < result.continuing; ++i) text += ", event " + std::to_string(result.earlier[i].event);
  return result.lost ? text + ", more" : text;
}

class CoreRulesTest : public ::testing::Test {
 protected:
  void open(const norman_rules_size& size) {
    hardware_ = std::make_unique<RuleHardware>(size);
    ASSERT_EQ(norman_rules_open(&rules_, &size, &heap_.allocator, &hardware_->hardware), 0);
  }
  void TearDown() override {
    if (hardware_) {
      EXPECT_EQ(hardware_->refused, 0u);
    }
    norman_rules_close(rules_);
    EXPECT_EQ(heap_.live, 0);
  }
  const norman_rules_figures& figures() const { return *norman_rules_get_figures(rules_); }

  void expectSame(int keys, unsigned lists) {
    for (int i = 0; i < keys; ++i) {
      const auto list = static_cast<std::uint8_t>(random_.below(lists));
      const RuleKey key = randomKey(random_, reference_);
      ASSERT_EQ(withoutLabels(hardware_->table.find(list, key)), reference_.find(list, key)) << "list " << int{list};
    }
  }

  CountingHeap heap_;
  std::unique_ptr<RuleHardware> hardware_;
  norman_rules* rules_ = nullptr;
  RuleReference reference_;
  Random random_{1};
};

TEST_F(CoreRulesTest, FindsTheFirstTerminalRuleAndUpToThreeBefore) {
  open(kDefault);
  norman_rule any{};
  any.mask[8] = any.mask[9] = 0xffffffff;
  for (std::uint32_t i = 0; i < 6; ++i) {
    norman_rule rule = any;
    rule.argument = i;
    rule.event = static_cast<std::uint16_t>(i);
    rule.flags = i == 5 ? NORMAN_RULE_IS_TERMINAL : NORMAN_RULE_IS_COUNTED;
    std::uint32_t handle;
    ASSERT_EQ(norman_rules_insert(rules_, &rule, NORMAN_RULES_END, &handle), 0);
  }
  const RuleResult result = hardware_->table.find(0, RuleKey{});
  EXPECT_TRUE(result.hit);
  EXPECT_EQ(result.terminal.argument, 5u);
  EXPECT_EQ(result.continuing, 3u);
  for (unsigned i = 0; i < 3; ++i) EXPECT_EQ(result.earlier[i].event, i);
  EXPECT_TRUE(result.lost);
  EXPECT_FALSE(hardware_->table.find(1, RuleKey{}).hit);
}

TEST_F(CoreRulesTest, RandomChangesEqualAPlainList) {
  for (const norman_rules_size& size : {kDefault, kSmall}) {
    open(size);
    reference_ = {};
    std::vector<std::pair<std::uint32_t, std::uint8_t>> handles;
    const std::size_t most = size.trees == 4 ? 700 : 250;
    for (int step = 0; step < 6000; ++step) {
      const bool add = handles.empty() || (handles.size() < most ? !random_.oneIn(3) : random_.oneIn(3));
      if (add) {
        const auto list = static_cast<std::uint8_t>(random_.below(3));
        std::uint32_t before = NORMAN_RULES_END;
        if (!handles.empty() && random_.oneIn(2)) {
          const auto& [handle, of] = handles[random_.below(handles.size())];
          if (of == list) before = handle;
        }
        const norman_rule rule = randomRule(random_, list);
        std::uint32_t handle = 0;
        const int error = norman_rules_insert(rules_, &rule, before, &handle);
        if (error == 0) {
          reference_.insert(rule, before, handle);
          handles.emplace_back(handle, list);
        } else {
          ASSERT_EQ(error, -ENOSPC);
        }
      } else {
        const std::size_t i = random_.below(handles.size());
        ASSERT_EQ(norman_rules_remove(rules_, handles[i].first), 0);
        reference_.remove(handles[i].first);
        handles[i] = handles.back();
        handles.pop_back();
      }
      norman_rules_work(rules_);
      expectSame(8, 3);
      if (HasFatalFailure()) return;
    }
    EXPECT_GT(figures().rebuilds, 0u);
    norman_rules_close(rules_);
    rules_ = nullptr;
  }
}

// Packets are in flight all the time: their way down the trees was taken some operations ago, but not before the last
// fence, and what they find at every write is what some list since then says.
class InFlight {
 public:
  InFlight(RuleHardware& hardware, Random& random) : hardware_(hardware), random_(random) {
    hardware.after_fence = [this] { forget(); };
    hardware.after_command = [this] { compareAll(); };
  }

  /// From the next write on the list may be this one; packets are made near it.
  void expect(const RuleReference& next) {
    if (lists_.size() > 6) forget();
    lists_.push_back(next);
    for (int i = 0; i < 16; ++i) {
      const RuleKey key = randomKey(random_, next);
      packets_.emplace_back(key, hardware_.table.descend(0, key));
    }
  }
  /// The last list that was expected is not to come.
  void withdraw() { lists_.pop_back(); }

 private:
  void forget() {
    if (lists_.size() > 2) lists_.erase(lists_.begin(), lists_.end() - 2);
    if (packets_.size() > 64) packets_.erase(packets_.begin(), packets_.end() - 64);
    for (auto& [key, descent] : packets_) descent = hardware_.table.descend(0, key);
  }
  void compareAll() {
    for (const auto& [key, descent] : packets_) {
      compare(hardware_.table.compare(descent, 0, key), key, lists_);
      compare(hardware_.table.find(0, key), key, {lists_.end() - static_cast<std::ptrdiff_t>(std::min<std::size_t>(2, lists_.size())), lists_.end()});
    }
  }
  static void compare(const RuleResult& found, const RuleKey& key, const std::vector<RuleReference>& lists) {
    for (const RuleReference& list : lists)
      if (list.find(0, key) == withoutLabels(found)) return;
    if (::testing::Test::HasFailure()) return;  // one says enough
    FAIL() << "a packet found what no list says: " << describe(found) << "; the last list says " << describe(lists.back().find(0, key));
  }

  RuleHardware& hardware_;
  Random& random_;
  std::vector<RuleReference> lists_;
  std::vector<std::pair<RuleKey, RuleTable::Descent>> packets_;
};

TEST_F(CoreRulesTest, EveryWriteShowsTheOldListOrTheNew) {
  open(kSmall);
  std::vector<std::uint32_t> handles;
  InFlight in_flight(*hardware_, random_);
  in_flight.expect(reference_);
  for (int step = 0; step < 160; ++step) {
    RuleReference after = reference_;
    if (handles.size() < 120 || random_.oneIn(2)) {
      // Half of them at one spot, so that labels run out.
      const std::uint32_t before = handles.size() > 20 && random_.oneIn(2) ? handles[20] : NORMAN_RULES_END;
      const norman_rule rule = randomRule(random_, 0);
      after.insert(rule, before, 0);  // its handle is not known yet; looking needs none
      in_flight.expect(after);
      std::uint32_t handle = 0;
      const int error = norman_rules_insert(rules_, &rule, before, &handle);
      if (error == 0) {
        handles.push_back(handle);
        reference_.insert(rule, before, handle);
      } else {
        ASSERT_EQ(error, -ENOSPC);
        in_flight.withdraw();
      }
    } else {
      const std::size_t i = random_.below(handles.size());
      after.remove(handles[i]);
      in_flight.expect(after);
      ASSERT_EQ(norman_rules_remove(rules_, handles[i]), 0);
      reference_.remove(handles[i]);
      handles.erase(handles.begin() + static_cast<std::ptrdiff_t>(i));
    }
    norman_rules_work(rules_);
    if (HasFailure()) return;
  }
  EXPECT_GT(figures().relabelled, 0u);
  EXPECT_GT(figures().rebuilds, 0u);
}

TEST_F(CoreRulesTest, LabelsMoveWithoutChangingTheOrder) {
  open(kSmall);
  // One packet matches all rules, and new ones come between the first ones again and again.
  norman_rule rule{};
  rule.mask[8] = rule.mask[9] = 0xffffffff;
  rule.flags = NORMAN_RULE_IS_COUNTED;
  InFlight in_flight(*hardware_, random_);
  in_flight.expect(reference_);
  std::vector<std::uint32_t> order;
  for (int step = 0; step < 200; ++step) {
    RuleReference after = reference_;
    if (order.size() < 18) {
      const std::size_t at = std::min<std::size_t>(order.size(), 1 + random_.below(3));
      const std::uint32_t before = at < order.size() ? order[at] : NORMAN_RULES_END;
      rule.event = static_cast<std::uint16_t>(step);
      after.insert(rule, before, 0);
      in_flight.expect(after);
      std::uint32_t handle;
      ASSERT_EQ(norman_rules_insert(rules_, &rule, before, &handle), 0);
      reference_.insert(rule, before, handle);
      order.insert(order.begin() + static_cast<std::ptrdiff_t>(at), handle);
    } else {
      const std::size_t at = 6 + random_.below(order.size() - 6);
      after.remove(order[at]);
      in_flight.expect(after);
      ASSERT_EQ(norman_rules_remove(rules_, order[at]), 0);
      reference_.remove(order[at]);
      order.erase(order.begin() + static_cast<std::ptrdiff_t>(at));
    }
    if (HasFailure()) return;
  }
  EXPECT_GT(figures().relabelled, 0u);
}

TEST_F(CoreRulesTest, HoldsAThousandSortedRulesInsertedOneByOne) {
  open(kDefault);
  for (std::uint32_t i = 0; i < 1000; ++i) {
    norman_rule rule{};
    rule.mask[8] = rule.mask[9] = 0xffffffff;
    rule.value[0] = 0x0a000000 + 256 * i;
    rule.mask[0] = 0xffffff00;
    rule.argument = i;
    rule.flags = NORMAN_RULE_IS_TERMINAL;
    std::uint32_t handle;
    ASSERT_EQ(norman_rules_insert(rules_, &rule, NORMAN_RULES_END, &handle), 0) << i;
    while (norman_rules_work(rules_)) {
    }
    reference_.insert(rule, NORMAN_RULES_END, handle);
  }
  expectSame(2000, 1);
  RecordProperty("rebuilds", static_cast<int>(figures().rebuilds));
  RecordProperty("peak_overflow", static_cast<int>(figures().peak_overflow));
}

TEST_F(CoreRulesTest, LoadsManyAtOnceOrNone) {
  open(kDefault);
  std::vector<norman_rule> rules;
  std::vector<std::uint32_t> handles(5000);
  for (int i = 0; i < 1200; ++i) {
    rules.push_back(randomRule(random_, 0));
    rules.back().flags |= NORMAN_RULE_IS_TERMINAL;
    rules.back().flags &= static_cast<std::uint8_t>(~NORMAN_RULE_IS_CARRIED);
    rules.back().mask[0] = 0xffffffff;
    rules.back().value[0] = static_cast<std::uint32_t>(random_.next());
  }
  std::uint32_t left = 1;
  ASSERT_EQ(norman_rules_load(rules_, rules.data(), static_cast<std::uint32_t>(rules.size()), handles.data(), &left), 0);
  EXPECT_EQ(left, 0u);
  for (std::size_t i = 0; i < rules.size(); ++i) reference_.insert(rules[i], NORMAN_RULES_END, handles[i]);
  expectSame(2000, 1);
  // Rules that all overlap fit no tree.
  std::vector<norman_rule> same(300, rules[0]);
  EXPECT_EQ(norman_rules_load(rules_, same.data(), 300, handles.data(), &left), -ENOSPC);
  EXPECT_GT(left, 0u);
  EXPECT_EQ(figures().refused, left);
  EXPECT_EQ(figures().rules, 1200u);
  expectSame(2000, 1);
}

// The compiler tries lists on a new stage: what it takes, one that held others before must take too.
TEST_F(CoreRulesTest, AnEmptyStageTakesWhatANewOneTakes) {
  open(kDefault);
  int refused = 0;
  for (int round = 0; round < 150; ++round) {
    std::vector<norman_rule> rules;
    for (std::size_t i = 100 + random_.below(140); i > 0; --i) {
      rules.push_back(randomRule(random_, static_cast<std::uint8_t>(round % 3)));
      if (!random_.oneIn(8)) rules.back().flags = NORMAN_RULE_IS_TERMINAL;
      if (!random_.oneIn(3)) rules.back().mask[0] = rules.back().mask[4] = 0;
    }
    std::vector<std::uint32_t> handles(rules.size());
    const auto count = static_cast<std::uint32_t>(rules.size());
    RuleHardware fresh(kDefault);
    norman_rules* stage = nullptr;
    ASSERT_EQ(norman_rules_open(&stage, &kDefault, &heap_.allocator, &fresh.hardware), 0);
    const int expected = norman_rules_load(stage, rules.data(), count, handles.data(), nullptr);
    norman_rules_close(stage);
    ASSERT_EQ(norman_rules_load(rules_, rules.data(), count, handles.data(), nullptr), expected) << "round " << round;
    refused += expected != 0;
    if (expected == 0) {
      reference_ = {};
      for (std::size_t i = 0; i < rules.size(); ++i) reference_.insert(rules[i], NORMAN_RULES_END, handles[i]);
      for (int i = 0; i < 30; ++i) {
        const RuleKey key = randomKey(random_, reference_);
        ASSERT_EQ(withoutLabels(hardware_->table.find(rules[0].list, key)), reference_.find(rules[0].list, key));
      }
    }
    norman_rules_remove_list(rules_, rules[0].list);
  }
  EXPECT_GT(refused, 15);
  EXPECT_LT(refused, 135);
}

TEST_F(CoreRulesTest, HoldsListsOfEveryKind) {
  for (const RuleSet set : kRuleSets) {
    open(kDefault);
    // Wildcards lie across every cut: of such rules a stage holds fewer.
    const std::vector<norman_rule> rules = makeRules(set, set == RuleSet::Firewall ? 1100 : 2048, 1);
    std::vector<std::uint32_t> handles(rules.size());
    ASSERT_EQ(norman_rules_load(rules_, rules.data(), static_cast<std::uint32_t>(rules.size()), handles.data(), nullptr), 0) << nameOf(set);
    reference_ = {};
    for (std::size_t i = 0; i < rules.size(); ++i) reference_.insert(rules[i], NORMAN_RULES_END, handles[i]);
    expectSame(300, 1);
    norman_rules_close(rules_);
    rules_ = nullptr;
  }
}

TEST_F(CoreRulesTest, RefusesWhatDoesNotFit) {
  const norman_rules_size odd{5, 512, 64};
  RuleHardware hardware(kDefault);
  EXPECT_EQ(norman_rules_open(&rules_, &odd, &heap_.allocator, &hardware.hardware), -EINVAL);
  open(kDefault);
  norman_rule rule{};
  std::uint32_t handle;
  rule.value[8] = 5;  // an empty range
  EXPECT_EQ(norman_rules_insert(rules_, &rule, NORMAN_RULES_END, &handle), -EINVAL);
  rule.mask[8] = rule.mask[9] = 0xffffffff;
  rule.invert = 1 << 10;
  EXPECT_EQ(norman_rules_insert(rules_, &rule, NORMAN_RULES_END, &handle), -EINVAL);
  rule.invert = 0;
  rule.flags = NORMAN_RULE_IS_TERMINAL | NORMAN_RULE_IS_CARRIED;
  EXPECT_EQ(norman_rules_insert(rules_, &rule, NORMAN_RULES_END, &handle), -EINVAL);
  rule.flags = NORMAN_RULE_IS_TERMINAL;
  ASSERT_EQ(norman_rules_insert(rules_, &rule, NORMAN_RULES_END, &handle), 0);
  EXPECT_EQ(norman_rules_insert(rules_, &rule, handle + 1, &handle), -EINVAL);
  EXPECT_EQ(norman_rules_remove(rules_, handle), 0);
  EXPECT_EQ(norman_rules_remove(rules_, handle), -ENOENT);
  EXPECT_EQ(norman_rules_get(rules_, handle), nullptr);
}

TEST_F(CoreRulesTest, AFullStageRefusesAndCounts) {
  open(kSmall);
  norman_rule same{};
  same.mask[8] = same.mask[9] = 0xffffffff;
  same.flags = NORMAN_RULE_IS_TERMINAL;
  std::uint32_t handle, fit = 0;
  while (norman_rules_insert(rules_, &same, NORMAN_RULES_END, &handle) == 0) ++fit;
  EXPECT_EQ(fit, 2 * isa::kRuleLeafSlots + 32);  // nothing divides rules that are alike
  EXPECT_EQ(figures().refused, 1u);
  norman_rules_remove_list(rules_, 0);
  EXPECT_EQ(figures().rules, 0u);
  EXPECT_EQ(norman_rules_insert(rules_, &same, NORMAN_RULES_END, &handle), 0);
}

}  // namespace
}  // namespace norman::test
