// Chains: who calls whom, circles, and their statements as the policies at their hooks see them.
#include <algorithm>

#include "compiler/ast/chain_copies.h"
#include "compiler/sema/checker.h"

namespace norman {

using namespace ast;

namespace {

// Far more than people nest; whatever follows calls recursively stays shallow.
constexpr unsigned kMaxNestedCalls = 64;
// All copies of chains in all policies. An overlay has some ten thousand rows, and a rule takes one at least;
// each costs the compiler about two kilobytes.
constexpr size_t kMaxCopiedRules = 20000;

}  // namespace

/// The calls and gotos of a rule, those in the map that it applies included.
std::vector<const syntax::Action*> Checker::callsOf(const syntax::Statement& statement) {
  std::vector<const syntax::Action*> calls;
  if (!statement.rule) return calls;
  for (const syntax::Action& action : statement.rule->actions)
    for (const syntax::Action* target : targetsOf(action))
      if (target->kind == syntax::ActionKind::Call || target->kind == syntax::ActionKind::Goto)
        calls.push_back(target);
  return calls;
}

void Checker::reportCycle(const std::vector<size_t>& path, size_t again, const SourceRange& call) {
  const auto first = std::find(path.begin(), path.end(), again);
  std::string circle;
  for (auto at = first; at != path.end(); ++at) circle += file_.chains[*at].name.text + " -> ";
  const syntax::Name& name = file_.chains[again].name;
  diagnostics_
      .report(DiagId::Recursion, call, "chain '" + name.text + "' calls itself: " + circle + name.text)
      .note(name.range, "declared here")
      .help("every policy must end after a fixed number of steps: end the chain with a verdict or 'return'");
}

// Fills in the calls of every chain, and looks for circles and calls nested too deep.
void Checker::findCalls() {
  for (size_t i = 0; i < file_.chains.size(); ++i)
    for (const syntax::Statement& statement : file_.chains[i].statements)
      for (const syntax::Action* call : callsOf(statement))
        if (const Declared* declared = find(call->name.text); declared && declared->kind == NameKind::Chain)
          chains_[i].calls.emplace_back(declared->index, call->name.range);

  // Depth first, with the list of open chains as the stack.
  enum class State : char { New, Open, Done };
  std::vector<State> states(chains_.size(), State::New);
  std::vector<unsigned> depths(chains_.size(), 1);  // calls nested below, and itself
  for (size_t start = 0; start < chains_.size(); ++start) {
    if (states[start] != State::New) continue;
    std::vector<size_t> path{start};
    std::vector<size_t> next{0};
    states[start] = State::Open;
    while (!path.empty()) {
      const size_t chain = path.back();
      if (next.back() == chains_[chain].calls.size()) {
        states[chain] = State::Done;
        path.pop_back();
        next.pop_back();
        if (!path.empty()) depths[path.back()] = std::max(depths[path.back()], depths[chain] + 1);
        continue;
      }
      const auto& [called, range] = chains_[chain].calls[next.back()++];
      if (states[called] == State::Open) {
        reportCycle(path, called, range);
        chains_broken_ = true;
      } else if (states[called] == State::Done) {
        depths[chain] = std::max(depths[chain], depths[called] + 1);
      } else {
        states[called] = State::Open;
        path.push_back(called);
        next.push_back(0);
      }
    }
  }
  for (size_t i = 0; i < chains_.size() && !chains_broken_; ++i)
    if (depths[i] > kMaxNestedCalls) {
      diagnostics_
          .report(DiagId::ResourceLimit, file_.chains[i].name.range,
                  "calls from chain '" + file_.chains[i].name.text + "' are nested " +
                      std::to_string(depths[i]) + " deep, at most " + std::to_string(kMaxNestedCalls) +
                      " are possible")
          .help("write short chains out where they are called");
      chains_broken_ = true;
    }
}

// Chains below `statements`, each after everything it calls.
void Checker::visitCalls(const std::vector<syntax::Statement>& statements, std::vector<char>& seen,
                         std::vector<size_t>& order) {
  for (const syntax::Statement& statement : statements) {
    for (const syntax::Action* call : callsOf(statement)) {
      const Declared* declared = find(call->name.text);
      if (declared == nullptr || declared->kind != NameKind::Chain || seen[declared->index] != 0) continue;
      seen[declared->index] = 1;
      visitCalls(file_.chains[declared->index].statements, seen, order);
      order.push_back(declared->index);
    }
  }
}

std::vector<size_t> Checker::chainsOf(const std::vector<syntax::Statement>& statements) {
  std::vector<size_t> order;
  if (chains_broken_) return order;
  std::vector<char> seen(chains_.size(), 0);
  visitCalls(statements, seen, order);
  std::reverse(order.begin(), order.end());
  return order;
}

std::optional<ChainId> Checker::target(const syntax::Name& name) {
  const Declared* declared = require(name, NameKind::Chain, "chain");
  if (declared == nullptr) return std::nullopt;
  const auto id = chain_ids_.find(declared->index);
  if (id == chain_ids_.end()) return std::nullopt;  // reported, or a chain that nothing calls
  return id->second;
}

// The statements of the chains that a policy reaches, at the hook that is being checked.
void Checker::checkChains(const syntax::Policy& source, PolicyInfo& info, Policy& policy) {
  std::map<size_t, Reach> reached;
  const auto follow = [&](const std::vector<syntax::Statement>& statements, const Reach* from) {
    for (const syntax::Statement& statement : statements) {
      for (const syntax::Action* call : callsOf(statement)) {
        const Declared* declared = find(call->name.text);
        if (declared == nullptr || declared->kind != NameKind::Chain) continue;
        Reach& reach = reached[declared->index];
        if (reach.calls == 1) {
          reach.second = call->range;
          reach.calls = 2;
        } else if (reach.calls == 0) {
          reach.calls = 1;
          reach.first = call->range;
          // What calls a chain twice reaches all below it twice.
          if (from != nullptr && from->calls > 1) reach = *from;
        }
      }
    }
  };
  follow(source.statements, nullptr);
  policy.chains.resize(info.chains.size());
  for (size_t i = 0; i < info.chains.size(); ++i) {
    const size_t number = info.chains[i];
    const syntax::Chain& chain = file_.chains[number];
    const Reach reach = reached[number];
    follow(chain.statements, &reach);
    policy.chains[i].name = chain.name.text;
    policy.chains[i].range = chain.name.range;
    chain_ = number;
    reach_ = &reach;
    checkStatements(chain.statements, *chains_[number].list, policy, policy.chains[i].statements);
    chain_.reset();
    reach_ = nullptr;
  }
}

// A chain that nothing calls is checked like a function, by itself; it leaves nothing in the program.
void Checker::checkUncalled(size_t number) {
  const syntax::Chain& chain = file_.chains[number];
  ListInfo list;
  list.name = chain.name.text;
  list.rule_ids.resize(chain.statements.size());
  list.rule_counters.resize(chain.statements.size());
  chain_ids_.clear();
  Policy nowhere;
  std::vector<Statement> statements;
  checkStatements(chain.statements, list, nowhere, statements);
}

void Checker::checkCopies(const syntax::Policy& source, const Policy& policy) {
  if (policy.chains.empty() || copied_rules_ > kMaxCopiedRules || diagnostics_.hasErrors()) return;
  const ChainCopies copies = findChainCopies(policy, kMaxCopiedRules - copied_rules_);
  copied_rules_ += copies.rules;
  if (!copies.too_many) return;
  diagnostics_
      .report(DiagId::ResourceLimit, source.name.range,
              "with policy '" + source.name.text + "' at hook " + std::string(hookName(policy.hook)) +
                  ", chains take more than " + std::to_string(kMaxCopiedRules) +
                  " rules where they are called")
      .note("a chain that may end without a verdict is repeated before what follows each of its calls")
      .help("use 'goto' where nothing needs to follow, or end chains with a verdict for every packet");
}

}  // namespace norman
