// Which rules become entries.
#include "compiler/codegen/rule_table.h"

#include <algorithm>

namespace norman::codegen {
namespace {

// One rule may take so many entries; more are for the program.
constexpr size_t kMostEntries = 128;

constexpr uint8_t flag(isa::ListFlag f) { return static_cast<uint8_t>(1u << static_cast<unsigned>(f)); }

struct Effect {
  uint8_t flags = 0;
  std::optional<ast::Outcome> outcome;
  const ast::Action* event = nullptr;
};

/// What an entry would do, or nothing: an entry counts one event, and changes nothing.
std::optional<Effect> effectOf(const ast::Rule& rule) {
  Effect effect;
  for (const ast::Action& action : rule.actions) switch (action.kind) {
      case ast::ActionKind::Verdict:
        effect.outcome = action.outcome;
        effect.flags |= flag(isa::ListFlag::Terminal);
        break;
      case ast::ActionKind::Count:
      case ast::ActionKind::Log:
        if (effect.event != nullptr || action.counter_index) return std::nullopt;
        effect.event = &action;
        effect.flags |= flag(isa::ListFlag::Counted);
        if (action.kind == ast::ActionKind::Log) effect.flags |= flag(isa::ListFlag::Logged);
        break;
      case ast::ActionKind::Capture:
        effect.flags |= flag(isa::ListFlag::Captured);
        break;
      case ast::ActionKind::Assign:
      case ast::ActionKind::Update:
      case ast::ActionKind::Call:
      case ast::ActionKind::Goto:
      case ast::ActionKind::Return:
        return std::nullopt;
    }
  return effect;
}

bool overlap(const std::vector<Cube>& cubes) {
  for (size_t i = 0; i < cubes.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (!disjoint(cubes[i], cubes[j])) return true;
  return false;
}

/// As planRuleTable, whether a stage holds the entries or not.
std::optional<RuleTable> longestRun(std::span<const ast::Statement> statements, const RuleTableContext& context, size_t fewest) {
  RuleList list;
  std::vector<Effect> effects;
  size_t continuing = 0;
  for (const ast::Statement& statement : statements) {
    if (!statement.rule) break;
    const auto effect = effectOf(*statement.rule);
    // Of more rules that go on a lookup would leave some out.
    if (!effect || (!effect->outcome && continuing == isa::kRuleContinuing)) break;
    const auto cubes = cubesOf(*statement.rule->condition, context.program, context.stable, kMostEntries);
    // A packet that matches two entries of a rule that goes on would be counted twice.
    if (!cubes || (!effect->outcome && overlap(*cubes)) || !list.add(*cubes)) break;
    continuing += !effect->outcome;
    effects.push_back(*effect);
  }
  if (effects.empty() || effects.size() < fewest) return std::nullopt;

  RuleTable table;
  table.statements = effects.size();
  table.key = list.key();
  std::vector<std::optional<ast::RuleId>> covered(effects.size());  // the last that took an entry of the rule
  std::vector<bool> reached(effects.size());
  unsigned continuing_events = 0;
  bool terminal_event = false;
  for (RuleEntry& test : list.entries()) {
    const Effect& effect = effects[test.rule];
    const ast::Rule& rule = *statements[test.rule].rule;
    const auto by = std::ranges::find_if(table.entries, [&](const RuleTableEntry& earlier) {
      return (earlier.flags & flag(isa::ListFlag::Terminal)) != 0 && earlier.test.covers(test);
    });
    if (by != table.entries.end()) {
      if (by->rule != rule.id) covered[test.rule] = by->rule;
      continue;
    }
    RuleTableEntry entry{.test = test, .rule = rule.id, .range = rule.condition->range, .flags = effect.flags};
    if (effect.outcome) {
      entry.argument = verdictWord(*effect.outcome, rule.id);
      (effect.outcome->verdict == ast::Verdict::Pass ? table.passes : table.ends) = true;
    }
    if (effect.event != nullptr) {
      entry.event = context.event(*effect.event, rule.id);
      if (effect.outcome)
        terminal_event = true;
      else if (!reached[test.rule])
        ++continuing_events;
    }
    reached[test.rule] = true;
    table.entries.push_back(std::move(entry));
  }
  for (size_t i = 0; i < effects.size(); ++i)
    if (!reached[i] && covered[i]) table.shadowed.push_back({statements[i].rule->id, *covered[i]});
  table.miss_events = continuing_events;
  table.events = continuing_events + terminal_event;
  return table;
}

}  // namespace

uint32_t verdictWord(const ast::Outcome& outcome, ast::RuleId rule) {
  const auto verdict = outcome.verdict == ast::Verdict::Pass   ? isa::Verdict::Pass
                       : outcome.verdict == ast::Verdict::Drop ? isa::Verdict::Drop
                                                               : isa::Verdict::Reject;
  return static_cast<uint32_t>(verdict) | static_cast<uint32_t>(outcome.reason) << 3 | static_cast<uint32_t>(ast::index(rule)) << 16;
}

std::optional<RuleTable> planRuleTable(std::span<const ast::Statement> statements, const RuleTableContext& context, size_t fewest) {
  std::optional<RuleTable> best = longestRun(statements, context, fewest);
  if (!best || context.fits(best->entries)) return best;
  // Fewer of them may fit: as many as halving finds.
  size_t too_many = best->statements;
  size_t enough = 0;
  best.reset();
  while (too_many - enough > 1) {
    const size_t tried = enough + (too_many - enough) / 2;
    std::optional<RuleTable> table = longestRun(statements.first(tried), context, fewest);
    if (table && !context.fits(table->entries)) {
      too_many = tried;
      continue;
    }
    enough = tried;
    if (table) best = std::move(table);
  }
  return best;
}

}  // namespace norman::codegen
