// Rule lists as a plain list: the reference for the rule stage, written from spec/device/Rules.td alone.
#pragma once

#include <cstdint>
#include <functional>
#include <list>

#include "overlay_rtl/model/rule_table.h"
#include "runtime/core/core_rules.h"
#include "tests/support/random.h"

namespace norman::test {

/// Rules of all lists of a stage, in order, each with the handle that names it.
class RuleReference {
 public:
  struct Rule {
    norman_rule rule;
    std::uint32_t handle;
  };

  /// Puts a rule before the one with handle `before`, or at the end for NORMAN_RULES_END.
  void insert(const norman_rule& rule, std::uint32_t before, std::uint32_t handle);
  void remove(std::uint32_t handle);

  /// The lookup; labels in the result are 0.
  RuleResult find(std::uint8_t list, const RuleKey& key) const;

  const std::list<Rule>& rules() const { return rules_; }

 private:
  std::list<Rule> rules_;
};

/// The stage as core_rules sees it: writes go to a model.
class RuleHardware {
 public:
  explicit RuleHardware(const norman_rules_size& size) : table(size.trees, size.rows, size.overflow) {
    hardware.context = this;
    hardware.stage = [](void* self, std::uint32_t word, std::uint64_t data) {
      auto& me = *static_cast<RuleHardware*>(self);
      me.staged[word] = data;
      ++me.writes;
    };
    hardware.command = [](void* self, std::uint64_t command) {
      auto& me = *static_cast<RuleHardware*>(self);
      me.refused += !me.table.command(command, me.staged);
      ++me.writes;
      if (me.after_command) me.after_command();
    };
    hardware.fence = [](void* self) {
      auto& me = *static_cast<RuleHardware*>(self);
      ++me.fences;
      if (me.after_fence) me.after_fence();
    };
  }

  RuleTable table;
  StagedRule staged{};
  norman_rules_hardware hardware{};
  std::uint64_t writes = 0, fences = 0, refused = 0;
  std::function<void()> after_command, after_fence;
};

/// A rule as people write them: prefixes, ports, sometimes wild or inverted.
norman_rule randomRule(Random& random, std::uint8_t list);

/// A key near the borders of some of these rules, or anywhere.
RuleKey randomKey(Random& random, const RuleReference& reference);

}  // namespace norman::test
