// Lays a list out as the loader will (runtime/core), and throws the writes away.
#include "compiler/codegen/rule_fit.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#include "runtime/core/core_rules.h"

namespace norman::codegen {

bool fitsRuleStage(std::span<const std::vector<RuleTableEntry>> lists, const isa::ConfigInfo& overlay) {
  const norman_allocator heap{[](void*, std::size_t size) { return std::calloc(1, size); }, [](void*, void* memory) { std::free(memory); }, nullptr};
  const norman_rules_hardware nowhere{[](void*, std::uint32_t, std::uint64_t) {}, [](void*, std::uint64_t) {}, [](void*) {}, nullptr};
  const norman_rules_size size{overlay.rule_trees, overlay.rule_rows, overlay.rule_overflow};
  norman_rules* opened = nullptr;
  const int result = norman_rules_open(&opened, &size, &heap, &nowhere);
  if (result == -ENOMEM) throw std::bad_alloc();
  if (result != 0) return false;
  const std::unique_ptr<norman_rules, decltype(&norman_rules_close)> stage(opened, norman_rules_close);

  std::vector<norman_rule> rules;
  for (size_t list = 0; list < lists.size(); ++list) {
    for (const RuleTableEntry& entry : lists[list]) {
      norman_rule rule{};
      rule.list = static_cast<uint8_t>(list);
      std::ranges::copy(entry.test.value, rule.value);
      std::ranges::copy(entry.test.mask, rule.mask);
      rule.argument = entry.argument;
      rule.event = entry.event;
      rule.invert = entry.test.invert;
      rule.flags = entry.flags;
      rules.push_back(rule);
    }
  }
  std::vector<std::uint32_t> handles(rules.size());
  return norman_rules_load(stage.get(), rules.data(), static_cast<std::uint32_t>(rules.size()), handles.data(), nullptr) == 0;
}

}  // namespace norman::codegen
