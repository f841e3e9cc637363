// Follows calls from a policy on, in the order of its chains: every caller comes before what it calls.
#include "compiler/ast/chain_copies.h"

#include <algorithm>

namespace norman::ast {
namespace {

const Action* lastAction(const Statement& statement) {
  if (!statement.rule || statement.rule->actions.empty()) return nullptr;
  return &statement.rule->actions.back();
}

bool isAlways(const Statement& statement) {
  const Expr& condition = *statement.rule->condition;
  return condition.kind == ExprKind::Literal && as<Literal>(condition).value.lo != 0;
}

/// Whether a packet may reach the end of the chain or a return in it.
bool mayEnd(const Chain& chain, const std::vector<bool>& may_end) {
  for (const Statement& statement : chain.statements) {
    const Action* action = lastAction(statement);
    if (action == nullptr) continue;
    bool goes_on = true;  // where the condition holds
    switch (action->kind) {
      case ActionKind::Return:
        return true;
      case ActionKind::Goto:
        if (may_end[index(action->chain)]) return true;
        goes_on = false;
        break;
      case ActionKind::Call:
        goes_on = may_end[index(action->chain)];
        break;
      case ActionKind::Verdict:
        goes_on = false;
        break;
      case ActionKind::Count:
      case ActionKind::Log:
      case ActionKind::Capture:
      case ActionKind::Assign:
      case ActionKind::Update:
        break;
    }
    if (!goes_on && isAlways(statement)) return false;
  }
  return true;
}

size_t rulesOf(const Chain& chain) {
  return static_cast<size_t>(
      std::ranges::count_if(chain.statements, [](const Statement& s) { return s.rule.has_value(); }));
}

}  // namespace

ChainCopies findChainCopies(const Policy& policy, size_t most_rules) {
  ChainCopies result;
  std::vector<bool> may_end(policy.chains.size());
  for (size_t i = policy.chains.size(); i-- > 0;) may_end[i] = mayEnd(policy.chains[i], may_end);

  // Copies of a chain are complete when all lists before it have been read, so their numbers are handed out
  // then.
  using Place = ChainCopies::Place;
  struct Site {
    size_t list;
    const Statement* statement;
  };
  std::vector<std::map<Place, std::vector<Site>>> wanted(policy.chains.size());
  const auto read = [&](size_t list, const std::vector<Statement>& statements, const Place& then) {
    for (const Statement& statement : statements) {
      const Action* action = lastAction(statement);
      if (action == nullptr || (action->kind != ActionKind::Call && action->kind != ActionKind::Goto))
        continue;
      const bool last = action->kind == ActionKind::Goto || &statement == &statements.back();
      const Place after = !may_end[index(action->chain)] ? Place{ChainCopies::kNever, nullptr}
                          : last                         ? then
                                                         : Place{list, &statement};
      wanted[index(action->chain)][after].push_back({list, &statement});
    }
  };
  read(0, policy.statements, {});
  for (size_t chain = 0; chain < policy.chains.size(); ++chain) {
    for (const auto& [then, sites] : wanted[chain]) {
      result.rules += rulesOf(policy.chains[chain]) + 1;  // an empty chain is a place to go on, too
      if (result.rules > most_rules) {
        result.too_many = true;
        return result;
      }
      for (const Site& site : sites) result.targets[{site.list, site.statement}] = result.copies.size();
      result.copies.push_back({static_cast<ChainId>(chain), then, sites.size()});
      read(result.copies.size(), policy.chains[chain].statements, then);
    }
  }
  return result;
}

}  // namespace norman::ast
