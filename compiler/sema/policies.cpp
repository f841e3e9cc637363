// Policies, rules and actions; the order of the whole check.
#include <algorithm>

#include "compiler/sema/checker.h"
#include "compiler/support/nearest_name.h"

namespace norman {

using namespace ast;

namespace {

constexpr std::pair<std::string_view, Hook> kHooks[] = {{"prerouting", Hook::Prerouting},
                                                        {"input", Hook::Input},
                                                        {"forward", Hook::Forward},
                                                        {"output", Hook::Output},
                                                        {"postrouting", Hook::Postrouting}};

constexpr std::pair<std::string_view, uint8_t> kScopes[] = {
    {"ipv4", kScopeIpv4}, {"ipv6", kScopeIpv6}, {"arp", kScopeArp}, {"all", kScopeAll}};

constexpr RejectReason kReasons[] = {RejectReason::PortUnreachable, RejectReason::HostUnreachable,
                                     RejectReason::NetUnreachable,  RejectReason::ProtoUnreachable,
                                     RejectReason::AdminProhibited, RejectReason::TcpReset};

template <typename Table>
std::vector<std::string_view> wordsOf(const Table& table) {
  std::vector<std::string_view> words;
  for (const auto& entry : table) words.push_back(entry.first);
  return words;
}

bool isVerdict(syntax::ActionKind kind) {
  switch (kind) {
    case syntax::ActionKind::Pass:
    case syntax::ActionKind::Drop:
    case syntax::ActionKind::Reject:
      return true;
    case syntax::ActionKind::Count:
    case syntax::ActionKind::Log:
    case syntax::ActionKind::Capture:
    case syntax::ActionKind::Mark:
    case syntax::ActionKind::Swap:
    case syntax::ActionKind::Assign:
    case syntax::ActionKind::Call:
    case syntax::ActionKind::Goto:
    case syntax::ActionKind::Return:
    case syntax::ActionKind::Apply:
      break;
  }
  return false;
}

/// Whether the rule's actions end here: the packet is decided, or goes on elsewhere.
bool endsRule(syntax::ActionKind kind) {
  return isVerdict(kind) || kind == syntax::ActionKind::Call || kind == syntax::ActionKind::Goto ||
         kind == syntax::ActionKind::Return || kind == syntax::ActionKind::Apply;
}

}  // namespace

// ----------------------------------------------------------------------------------- names in policies

void Checker::bind(const syntax::Name& name, Value value) {
  const auto taken = [&](const SourceRange& where, const std::string& what) {
    diagnostics_.report(DiagId::DuplicateName, name.range, "'" + name.text + "' is already " + what)
        .note(where, "declared here");
  };
  if (const Declared* declared = find(name.text)) {
    taken(declared->range, std::string("a ") + kindName(declared->kind));
    return;
  }
  if (checkHeader(name)) {
    diagnostics_.report(DiagId::DuplicateName, name.range, "'" + name.text + "' is a name of the language")
        .help("choose another name");
    return;
  }
  // The place of the name is kept in the value: an error at it points to the let.
  const auto [place, fresh] = scope_->names.try_emplace(name.text, std::move(value));
  if (!fresh)
    diagnostics_
        .report(DiagId::DuplicateName, name.range,
                "'" + name.text + "' is already a name of this policy, chain or function")
        .help("a let gives a name once; choose another one");
}

// --------------------------------------------------------------------------------------------- settings

Checker::PolicyInfo Checker::policyInfo(const syntax::Policy& policy) {
  PolicyInfo info;
  if (policy.hooks.empty())
    diagnostics_
        .report(DiagId::MissingHook, policy.name.range, "policy '" + policy.name.text + "' names no hook")
        .help("write for example 'hook input, output;' in it");
  for (const syntax::Name& name : policy.hooks) {
    const auto found = std::find_if(std::begin(kHooks), std::end(kHooks),
                                    [&](const auto& entry) { return entry.first == name.text; });
    if (found == std::end(kHooks)) {
      reportUnknown("hook", name, wordsOf(kHooks));
    } else if (std::find(info.hooks.begin(), info.hooks.end(), found->second) != info.hooks.end()) {
      diagnostics_.report(DiagId::DuplicateName, name.range, "hook '" + name.text + "' is named twice");
    } else {
      info.hooks.push_back(found->second);
    }
  }
  if (!policy.scopes.empty()) info.scope = 0;
  for (const syntax::Name& name : policy.scopes) {
    const auto found = std::find_if(std::begin(kScopes), std::end(kScopes),
                                    [&](const auto& entry) { return entry.first == name.text; });
    if (found == std::end(kScopes))
      reportUnknown("scope", name, wordsOf(kScopes));
    else
      info.scope |= found->second;
  }
  if (policy.priority) {
    if (*policy.priority < -32768 || *policy.priority > 32767)
      diagnostics_.report(DiagId::OutOfRange, policy.priority_range,
                          "a priority lies between -32768 and 32767, got " +
                              std::string(sources_.text(policy.priority_range)));
    info.priority = static_cast<int>(*policy.priority);
  }
  if (policy.default_verdict) info.default_outcome = outcomeOf(*policy.default_verdict);

  info.list = numberRules(policy.name, policy.statements);
  info.default_rule = static_cast<RuleId>(program_.rules.size());
  program_.rules.push_back(
      {policy.name.text, "default", policy.default_verdict ? policy.default_range : policy.name.range, true});
  checkRuleCount(policy.name, "policy");
  info.chains = chainsOf(policy.statements);
  for (const size_t chain : info.chains) {
    chains_[chain].hooks.insert(info.hooks.begin(), info.hooks.end());
    if (chains_[chain].list) continue;
    chains_[chain].list = numberRules(file_.chains[chain].name, file_.chains[chain].statements);
    checkRuleCount(file_.chains[chain].name, "chain");
  }
  return info;
}

Checker::ListInfo Checker::numberRules(const syntax::Name& name,
                                       const std::vector<syntax::Statement>& statements) {
  ListInfo list;
  list.name = name.text;
  list.rule_ids.resize(statements.size());
  list.rule_counters.resize(statements.size());
  for (size_t i = 0; i < statements.size(); ++i) {
    if (!statements[i].rule) continue;
    list.rule_ids[i] = static_cast<RuleId>(program_.rules.size());
    program_.rules.push_back({name.text, statements[i].rule->label.text, statements[i].range, false});
  }
  return list;
}

void Checker::checkRuleCount(const syntax::Name& name, const char* what) {
  constexpr size_t kMaxRules = 65535;  // rule ids have 16 bits; the last one means "no rule"
  if (program_.rules.size() > kMaxRules)
    diagnostics_
        .report(DiagId::ResourceLimit, name.range,
                "with this " + std::string(what) + " the program has " +
                    std::to_string(program_.rules.size()) + " rules and defaults, at most " +
                    std::to_string(kMaxRules) + " are possible")
        .help("rules that differ in a value only can be one rule with a set");
}

void Checker::checkLabels(const char* what, const syntax::Name& name,
                          const std::vector<syntax::Statement>& statements) {
  std::map<std::string, SourceRange> labels;
  for (const syntax::Statement& statement : statements) {
    if (!statement.rule || statement.rule->label.text.empty()) continue;
    const syntax::Name& label = statement.rule->label;
    const auto [place, fresh] = labels.try_emplace(label.text, label.range);
    if (!fresh)
      diagnostics_
          .report(DiagId::DuplicateName, label.range,
                  std::string(what) + " '" + name.text + "' has two rules called '" + label.text + "'")
          .note(place->second, "the first one");
  }
}

Outcome Checker::outcomeOf(const syntax::Action& action) {
  if (action.kind == syntax::ActionKind::Pass) return {Verdict::Pass, RejectReason::None};
  if (action.kind == syntax::ActionKind::Drop) return {Verdict::Drop, RejectReason::None};
  if (action.name.text.empty()) return {Verdict::Reject, RejectReason::PortUnreachable};
  std::vector<std::string_view> words;
  for (const RejectReason reason : kReasons) {
    words.push_back(rejectReasonName(reason));
    if (words.back() == action.name.text) return {Verdict::Reject, reason};
  }
  reportUnknown("reason", action.name, words);
  return {Verdict::Reject, RejectReason::PortUnreachable};
}

// ------------------------------------------------------------------------------------------- statements

void Checker::checkLet(const syntax::Let& let, Policy& policy, Statement& statement,
                       std::vector<Statement>& statements) {
  nodes_ = 0;
  reads_.clear();
  meters_allowed_ = true;
  Value value = check(let.value);
  meters_allowed_ = false;
  if (!value.isError() && value.kind != Value::Kind::Typed && value.kind != Value::Kind::Either) {
    diagnostics_
        .report(DiagId::TypeMismatch, let.value.range, describeType(value) + " cannot be kept in a let")
        .help(value.kind == Value::Kind::Symbol ? "keep the answer of a comparison instead"
                                                : "use a const or a set");
    value = errorValue(let.value.range);
  }
  if (value.isError()) {
    bind(let.name, std::move(value));
    return;
  }
  // One local for each half; what is a literal or never present needs none.
  const auto keep = [&](ExprPtr& part, const std::string& name) {
    if (part == nullptr || part->kind == ExprKind::Literal) return;
    const auto local = static_cast<LocalId>(policy.locals.size());
    const Type type = part->type;
    policy.locals.push_back({name, type});
    Statement kept;
    kept.range = statement.range;
    kept.let = Let{local, std::move(part)};
    statements.push_back(std::move(kept));
    part = std::make_unique<LocalRef>(type, let.name.range, local);
  };
  if (!reads_.empty()) {
    ExprPtr there = guarded(makeBool(let.value.range, true));
    keep(there, let.name.text + ".there");
    value.reads = as<LocalRef>(*there).local;
  }
  if (value.kind == Value::Kind::Either) {
    keep(value.expr, let.name.text + ".v4");
    keep(value.v6, let.name.text + ".v6");
  } else {
    const Type type = value.type;
    keep(value.expr, let.name.text);
    if (value.expr != nullptr && value.expr->kind == ExprKind::LocalRef) {
      value.expr->type = type;
      policy.locals.back().type = type;
    }
  }
  value.depth = 1;
  bind(let.name, std::move(value));
}

void Checker::checkCount(const syntax::Action& action, size_t statement, ListInfo& list, Action& result) {
  if (action.name.text.empty()) {
    if (!hook_) return;  // a chain that nothing calls
    auto& own = list.rule_counters[statement];
    if (!own) {
      const RuleInfo& rule = program_.rules[index(list.rule_ids[statement])];
      std::string name = rule.name.empty()
                             ? std::to_string(sources_.file(rule.range.file).lineOf(rule.range.begin))
                             : rule.name;
      if (const unsigned earlier = list.counters_of[name]++; earlier != 0)
        name += "." + std::to_string(earlier + 1);
      own = static_cast<CounterId>(program_.counters.size());
      program_.counters.push_back({list.name + "." + name, action.range, 1, false});
      ++counter_elements_;
    }
    result.counter = *own;
    return;
  }
  Declared* declared = require(action.name, NameKind::Counter, "counter");
  if (declared == nullptr) return;
  const auto id = counter_ids_[declared->index];
  if (!id) return;
  result.counter = *id;
  const Counter& counter = program_.counters[index(*id)];
  if (counter.is_array != action.value.has_value()) {
    diagnostics_
        .report(DiagId::TypeMismatch, action.range,
                counter.is_array ? "counter '" + counter.name + "' is an array and needs an index"
                                 : "counter '" + counter.name + "' is no array")
        .note(declared->range, "declared here")
        .help(counter.is_array ? "write 'count " + counter.name + "[...]'"
                               : "write 'count " + counter.name + "'");
    return;
  }
  if (!action.value) return;
  Value value = check(*action.value);
  if (value.isError()) return;
  if (!value.isInt() || value.type.bits != 32) {
    diagnostics_.report(DiagId::TypeMismatch, action.value->range,
                        "the index of a counter is a u32, got " + describeType(value));
    return;
  }
  if (const auto literal = value.literal(); literal && literal->lo >= counter.size) {
    diagnostics_
        .report(DiagId::OutOfRange, action.value->range,
                "counter '" + counter.name + "' has the elements 0 to " + std::to_string(counter.size - 1) +
                    ", got " + std::to_string(literal->lo))
        .note(declared->range, "declared here");
    return;
  }
  result.counter_index = std::move(value.expr);
}

std::optional<Value> Checker::assignable(const syntax::Name& target) {
  if (target.text.find('.') == std::string::npos) {
    if (const Declared* declared = find(target.text)) {
      diagnostics_
          .report(DiagId::NotWritable, target.range,
                  std::string("a ") + kindName(declared->kind) + " cannot be assigned to")
          .note(declared->range, "declared here");
    } else if (scope_->names.contains(target.text)) {
      diagnostics_.report(DiagId::NotWritable, target.range,
                          "'" + target.text + "' is a let: it keeps its value");
    } else {
      std::vector<std::string_view> names;
      for (size_t i = 0; i < fieldCount(); ++i)
        if (field(static_cast<FieldId>(i)).target >= 0) names.push_back(field(static_cast<FieldId>(i)).name);
      auto report =
          diagnostics_.report(DiagId::UnknownName, target.range, "unknown field '" + target.text + "'");
      if (const auto near = nearestName(target.text, names)) report.help("did you mean '" + *near + "'?");
    }
    return std::nullopt;
  }
  Value value = checkField(target);
  if (value.isError()) return std::nullopt;
  const bool ends = target.text.starts_with("l4.") || target.text.ends_with(".port");
  const bool local = target.text.starts_with("local.") || target.text.starts_with("remote.");
  const bool either = value.kind == Value::Kind::Either && !local;
  const auto id = findField(target.text);
  if (either || (id && field(*id).target >= 0 && !ends)) return value;
  auto report =
      diagnostics_.report(DiagId::NotWritable, target.range, "'" + target.text + "' cannot be rewritten");
  if (ends && !local)
    report.help("rewrite 'tcp." + target.text.substr(3) + "' or 'udp." + target.text.substr(3) + "'");
  else if (local)
    report.help("rewrite 'ip.src', 'ip.dst', or the ports of 'tcp' and 'udp'");
  else
    report.help("fields that can be rewritten are marked in LANGUAGE.md, section 4");
  return std::nullopt;
}

void Checker::assign(const syntax::Name& target, Value value, std::vector<Assignment>& assignments) {
  std::optional<Value> place = assignable(target);
  if (!place || value.isError()) return;
  const auto mismatch = [&](const std::string& wanted) {
    diagnostics_.report(DiagId::TypeMismatch, value.range,
                        "'" + target.text + "' is " + wanted + ", got " + describeType(value));
  };
  const auto add = [&](const ExprPtr& field_ref, ExprPtr part) {
    if (field_ref == nullptr || part == nullptr) return;
    assignments.push_back({as<FieldRef>(*field_ref).field, std::move(part)});
  };
  if (place->kind == Value::Kind::Either) {
    if (value.kind == Value::Kind::Either) {
      add(place->expr, std::move(value.expr));
      add(place->v6, std::move(value.v6));
    } else if (value.isAddress()) {
      add(value.type.kind == TypeKind::Ipv4 ? place->expr : place->v6, std::move(value.expr));
    } else {
      mismatch("an address");
    }
    return;
  }
  if (value.kind == Value::Kind::Either && place->isAddress()) {  // the half of the field's family
    add(place->expr, place->type.kind == TypeKind::Ipv4 ? std::move(value.expr) : std::move(value.v6));
    return;
  }
  if (value.kind != Value::Kind::Typed || value.type.kind != place->type.kind) {
    mismatch(typeName(place->type));
    return;
  }
  if (place->isInt()) {
    if (!unifyUnits(*place, value, value.range, "this assignment")) return;
    const auto literal = value.literal();
    if (literal && bitLength(*literal) > place->type.value_bits) {
      diagnostics_.report(
          DiagId::OutOfRange, value.range,
          "'" + target.text + "' has " + std::to_string(place->type.value_bits) + " bits and is less than " +
              std::to_string(uint64_t{1} << place->type.value_bits) + ", got " + std::to_string(literal->lo));
      return;
    }
    if (value.type.bits == 64) {
      mismatch("a u32");
      return;
    }
  }
  add(place->expr, std::move(value.expr));
}

void Checker::checkAction(const syntax::Action& action, size_t statement, ListInfo& list,
                          std::vector<Action>& actions) {
  nodes_ = 0;
  Action result{};
  result.range = action.range;
  switch (action.kind) {
    case syntax::ActionKind::Pass:
    case syntax::ActionKind::Drop:
    case syntax::ActionKind::Reject:
      result.kind = ActionKind::Verdict;
      result.outcome = outcomeOf(action);
      break;
    case syntax::ActionKind::Count:
      result.kind = ActionKind::Count;
      checkCount(action, statement, list, result);
      // An index that is never known counts nothing.
      if (action.value && result.counter_index == nullptr) return;
      break;
    case syntax::ActionKind::Log:
      result.kind = ActionKind::Log;
      break;
    case syntax::ActionKind::Capture:
      result.kind = ActionKind::Capture;
      break;
    case syntax::ActionKind::Mark:
      result.kind = ActionKind::Assign;
      assign({"packet.mark", action.range}, check(*action.value), result.assignments);
      break;
    case syntax::ActionKind::Assign:
      if (Declared* declared = find(action.name.text); declared != nullptr && declared->kind == NameKind::State)
        return checkUpdate(action, *declared, actions);
      if (action.condition) {
        diagnostics_.report(DiagId::WrongKind, action.condition->range, "only a state is assigned with 'if'")
            .help("write a rule with this condition");
        return;
      }
      result.kind = ActionKind::Assign;
      assign(action.name, check(*action.value), result.assignments);
      break;
    case syntax::ActionKind::Swap: {
      result.kind = ActionKind::Assign;
      std::optional<Value> first = assignable(action.name);
      std::optional<Value> second = assignable(action.second);
      if (!first || !second) break;
      const bool same =
          first->kind == second->kind &&
          (first->kind == Value::Kind::Either ||
           (first->type.kind == second->type.kind && first->type.value_bits == second->type.value_bits));
      if (!same) {
        diagnostics_.report(DiagId::TypeMismatch, action.range,
                            "'swap' takes two fields of the same type and width, got " +
                                describeType(*first) + " and " + describeType(*second));
        break;
      }
      assign(action.name, std::move(*second), result.assignments);
      assign(action.second, std::move(*first), result.assignments);
      break;
    }
    case syntax::ActionKind::Call:
    case syntax::ActionKind::Goto: {
      result.kind = action.kind == syntax::ActionKind::Call ? ActionKind::Call : ActionKind::Goto;
      const auto chain = target(action.name);
      if (!chain) return;
      result.chain = *chain;
      break;
    }
    case syntax::ActionKind::Return:
      result.kind = ActionKind::Return;
      break;
    case syntax::ActionKind::Apply:
      return;  // checkStatements
  }
  if (result.kind == ActionKind::Assign && result.assignments.empty()) return;  // never has an effect here
  actions.push_back(std::move(result));
}

Policy Checker::checkPolicy(const syntax::Policy& source, PolicyInfo& info, Hook hook) {
  Policy policy;
  policy.name = source.name.text;
  policy.range = source.name.range;
  policy.hook = hook;
  policy.priority = info.priority;
  policy.scope = info.scope;
  policy.default_outcome = info.default_outcome;
  policy.default_rule = info.default_rule;

  hook_ = hook;
  chain_ids_.clear();
  for (const size_t chain : info.chains) chain_ids_.emplace(chain, static_cast<ChainId>(chain_ids_.size()));
  checkStatements(source.statements, info.list, policy, policy.statements);
  checkChains(source, info, policy);
  hook_.reset();
  checkCopies(source, policy);
  return policy;
}

void Checker::checkStatements(const std::vector<syntax::Statement>& source, ListInfo& list, Policy& policy,
                              std::vector<Statement>& statements) {
  Scope scope;
  scope_ = &scope;
  for (size_t i = 0; i < source.size(); ++i) {
    const syntax::Statement& from = source[i];
    Statement statement;
    statement.range = from.range;
    if (from.let) {
      checkLet(*from.let, policy, statement, statements);
      continue;
    }
    nodes_ = 0;
    reads_.clear();
    meters_allowed_ = true;
    fused_ = fusedUpdate(*from.rule);
    Value condition = checkBool(from.rule->condition, "the condition of a rule");
    meters_allowed_ = false;
    Rule rule;
    rule.id = list.rule_ids[i];
    rule.condition =
        condition.isError() ? makeBool(from.rule->condition.range, false) : std::move(condition.expr);
    const syntax::Action* ended = nullptr;
    for (const syntax::Action& action : from.rule->actions) {
      if (ended != nullptr) {
        diagnostics_.report(DiagId::UnreachableAction, action.range, "this action is never reached")
            .note(ended->range, isVerdict(ended->kind) ? "the rule is decided here" : "the rule ends here")
            .help(isVerdict(ended->kind) ? "pass, drop and reject stand last"
                                         : "call, goto and return stand last; the next rule follows a call");
        break;
      }
      if (endsRule(action.kind)) ended = &action;
      if (&action == fused_.action) continue;  // the condition does it
      if (action.kind == syntax::ActionKind::Apply)
        applyMap(action, i, list, policy, statements, rule);
      else
        checkAction(action, i, list, rule.actions);
    }
    fused_ = {};
    if (rule.condition == nullptr) continue;  // applyMap has taken it
    rule.condition = guarded(std::move(rule.condition));
    statement.rule = std::move(rule);
    statements.push_back(std::move(statement));
  }
  scope_ = nullptr;
}

void Checker::reportNeverKnown(std::optional<size_t> chain, size_t hook_count) {
  for (auto next = never_known_.begin(); next != never_known_.end();) {
    const auto entry = next++;
    const NeverKnown note = entry->second;
    if (note.chain != chain) continue;
    never_known_.erase(entry);
    if (note.hooks.size() < hook_count) continue;
    std::string hooks;
    for (const Hook hook : note.hooks) hooks += (hooks.empty() ? "" : ", ") + std::string(hookName(hook));
    auto report = diagnostics_.report(DiagId::FieldAtHook, note.name.range,
                                      "'" + note.name.text + "' is never known at hook " + hooks);
    if (note.name.text.starts_with("local.") || note.name.text.starts_with("remote."))
      report.help("a forwarded packet has no local end: use 'ip.src', 'ip.dst', 'l4.sport', 'l4.dport'");
    else if (note.name.text.starts_with("iface."))
      report.help(note.name.text == "iface.in" ? "an outgoing packet has 'iface.out'"
                                               : "an incoming packet has 'iface.in'");
    else
      report.help("only packets of this host's own connections have an owner: use hook input or output");
  }
}

void Checker::warnUnreachable(const std::vector<syntax::Statement>& statements) {
  const syntax::Statement* always = nullptr;
  for (const syntax::Statement& statement : statements) {
    if (always != nullptr && statement.rule) {
      diagnostics_
          .report(DiagId::UnreachableRule, statement.rule->condition.range, "this rule is never reached")
          .note(always->rule->condition.range, isVerdict(always->rule->actions.back().kind)
                                                   ? "this one decides every packet"
                                                   : "this one sends every packet elsewhere");
      return;
    }
    if (statement.rule && statement.rule->condition.kind == syntax::ExprKind::Bool &&
        statement.rule->condition.value.lo == 1 && !statement.rule->actions.empty() &&
        endsRule(statement.rule->actions.back().kind) &&
        statement.rule->actions.back().kind != syntax::ActionKind::Call &&
        statement.rule->actions.back().kind != syntax::ActionKind::Apply)
      always = &statement;
  }
}

// -------------------------------------------------------------------------------------------- the whole

// Those with rules in the order of the rules, so that an image, which lists rules, lists them too.
void Checker::listFiles() {
  const auto add = [&](FileId file) {
    auto& files = program_.files;
    if (file.valid() && std::find(files.begin(), files.end(), file) == files.end()) files.push_back(file);
  };
  for (const RuleInfo& rule : program_.rules)
    if (program_.files.empty() || program_.files.back() != rule.range.file) add(rule.range.file);
  program_.files_with_rules = program_.files.size();
  add(file_.file);
  for (const auto& [name, declared] : declared_) add(declared.range.file);
}

Program Checker::check() {
  declareNames();
  for (size_t i = 0; i < file_.constants.size(); ++i) constant(i);
  for (size_t i = 0; i < file_.sets.size(); ++i) set(i);
  for (size_t i = 0; i < file_.maps.size(); ++i) map(i);
  for (const auto& counter : file_.counters) checkCounter(counter);
  for (const auto& meter : file_.meters) checkMeter(meter);
  for (const auto& quota : file_.quotas) checkQuota(quota);
  for (const auto& state : file_.states) checkState(state);
  for (size_t i = 0; i < file_.functions.size(); ++i) {
    nodes_ = 0;
    checkFunction(i);
  }
  findCalls();
  for (const syntax::Policy& source : file_.policies) {
    checkLabels("policy", source.name, source.statements);
    PolicyInfo info = policyInfo(source);
    // A policy with bad hooks is checked too, as one for input.
    const std::vector<Hook> hooks = info.hooks.empty() ? std::vector{Hook::Input} : info.hooks;
    for (const Hook hook : hooks) program_.policies.push_back(checkPolicy(source, info, hook));
    reportNeverKnown(std::nullopt, hooks.size());
    warnUnreachable(source.statements);
  }
  for (size_t i = 0; i < file_.chains.size(); ++i) {
    checkLabels("chain", file_.chains[i].name, file_.chains[i].statements);
    if (chains_[i].list)
      reportNeverKnown(i, chains_[i].hooks.size());
    else
      checkUncalled(i);
    warnUnreachable(file_.chains[i].statements);
  }
  std::stable_sort(program_.policies.begin(), program_.policies.end(), [](const Policy& a, const Policy& b) {
    return std::tie(a.hook, a.priority) < std::tie(b.hook, b.priority);
  });
  if (!diagnostics_.hasErrors()) checkStateUses();
  constexpr uint64_t kMaxCounterElements = 65535;  // event ids have 16 bits, the first one is taken
  if (counter_elements_ > kMaxCounterElements)
    diagnostics_
        .report(DiagId::ResourceLimit, program_.counters.back().range,
                "all counters together have " + std::to_string(counter_elements_) + " elements, at most " +
                    std::to_string(kMaxCounterElements) + " are possible")
        .help("make counter arrays smaller");
  if (!diagnostics_.hasErrors()) warnUnused();
  listFiles();
  return std::move(program_);
}

}  // namespace norman
