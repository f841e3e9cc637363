// Keyed state: its tests and assignments as steps of the state unit, of which a packet takes one.
#include <algorithm>

#include "compiler/sema/checker.h"

namespace norman {

using namespace ast;
using syntax::BinaryOp;

namespace {

std::optional<CompareOp> comparison(BinaryOp op) {
  switch (op) {
    case BinaryOp::Eq:
      return CompareOp::Eq;
    case BinaryOp::Ne:
      return CompareOp::Ne;
    case BinaryOp::Lt:
      return CompareOp::Lt;
    case BinaryOp::Le:
      return CompareOp::Le;
    case BinaryOp::Gt:
      return CompareOp::Gt;
    case BinaryOp::Ge:
      return CompareOp::Ge;
    case BinaryOp::Add:
    case BinaryOp::Sub:
    case BinaryOp::Mul:
    case BinaryOp::Div:
    case BinaryOp::Rem:
    case BinaryOp::BitAnd:
    case BinaryOp::BitOr:
    case BinaryOp::BitXor:
    case BinaryOp::Shl:
    case BinaryOp::Shr:
      break;
  }
  return std::nullopt;
}

/// `a < b` is `b > a`.
CompareOp mirrored(CompareOp op) {
  switch (op) {
    case CompareOp::Lt:
      return CompareOp::Gt;
    case CompareOp::Le:
      return CompareOp::Ge;
    case CompareOp::Gt:
      return CompareOp::Lt;
    case CompareOp::Ge:
      return CompareOp::Le;
    case CompareOp::Eq:
    case CompareOp::Ne:
      break;
  }
  return op;
}

/// The operand of all the `!` before it, and whether they are odd.
std::pair<const syntax::Expr*, bool> stripNot(const syntax::Expr* expr) {
  bool negated = false;
  for (; expr->kind == syntax::ExprKind::Not; expr = &expr->operands[0]) negated = !negated;
  return {expr, negated};
}

/// Follows packets through the lists of a direction.
class StateUses {
 public:
  StateUses(const Program& program, Diagnostics& diagnostics, MeterId state)
      : program_(program), diagnostics_(diagnostics), state_(state) {}

  void follow() {
    const Reach start = SourceRange{};
    policies(Hook::Input, policies(Hook::Prerouting, start));
    policies(Hook::Postrouting, join(policies(Hook::Forward, start), policies(Hook::Output, start)));
  }

 private:
  /// Nothing: no packet comes here. Otherwise where it has used the state; not valid when it has not.
  using Reach = std::optional<SourceRange>;
  struct Ways {
    Reach end;   // behind the last statement
    Reach pass;  // with the next policy
  };

  static Reach join(const Reach& a, const Reach& b) {
    if (!a || !b) return a ? a : b;
    return a->valid() ? a : b;
  }

  Reach policies(Hook hook, Reach reach) {
    for (const Policy& policy : program_.policies) {
      if (policy.hook != hook || !reach) continue;
      chains_.clear();
      Ways ways = list(policy, policy.statements, reach);
      if (policy.default_outcome.verdict == Verdict::Pass) ways.pass = join(ways.pass, ways.end);
      reach = join(reach, ways.pass);  // packets outside of the scope go by
    }
    return reach;
  }

  Reach use(const Expr& expr, Reach reach) {
    eachExpr(expr, [&](const Expr& node) {
      const bool uses = (node.kind == ExprKind::MeterTest && as<MeterTest>(node).meter == state_) ||
                        (node.kind == ExprKind::StateValue && as<StateValue>(node).state == state_);
      if (!uses) return;
      if (reach && reach->valid())
        diagnostics_
            .report(DiagId::StateUsedTwice, node.range,
                    "a packet that comes here has used state '" + program_.meters[index(state_)].name + "' before")
            .note(*reach, "here")
            .help("a packet uses a state once: test it last and assign it in the same rule, or end the first use with a verdict");
      if (reach) reach = node.range;
    });
    return reach;
  }

  Ways list(const Policy& policy, const std::vector<Statement>& statements, Reach reach) {
    Ways ways;
    for (const Statement& statement : statements) {
      if (statement.let) {
        reach = use(*statement.let->value, reach);
        continue;
      }
      const Rule& rule = *statement.rule;
      reach = use(*rule.condition, reach);
      Reach inside = reach;
      if (rule.condition->kind == ExprKind::Literal) {
        if (as<Literal>(*rule.condition).value.lo != 0)
          reach = std::nullopt;
        else
          inside = std::nullopt;
      }
      for (const Action& action : rule.actions) inside = act(policy, action, inside, ways);
      reach = join(reach, inside);
    }
    ways.end = join(ways.end, reach);
    return ways;
  }

  Reach act(const Policy& policy, const Action& action, const Reach& reach, Ways& ways) {
    switch (action.kind) {
      case ActionKind::Update:
        return use(*action.update, reach);
      case ActionKind::Verdict:
        if (action.outcome.verdict == Verdict::Pass) ways.pass = join(ways.pass, reach);
        return std::nullopt;
      case ActionKind::Return:
        ways.end = join(ways.end, reach);
        return std::nullopt;
      case ActionKind::Call:
      case ActionKind::Goto: {
        if (!reach) return std::nullopt;
        const Ways below = chain(policy, action.chain, reach);
        ways.pass = join(ways.pass, below.pass);
        if (action.kind == ActionKind::Call) return below.end;
        ways.end = join(ways.end, below.end);
        return std::nullopt;
      }
      case ActionKind::Count:
      case ActionKind::Log:
      case ActionKind::Capture:
      case ActionKind::Assign:
        break;
    }
    return reach;
  }

  /// A chain ends in the same ways for all packets that have used the state, and for all that have not.
  const Ways& chain(const Policy& policy, ChainId id, const Reach& reach) {
    const std::pair key{id, reach->valid()};
    if (const auto known = chains_.find(key); known != chains_.end()) return known->second;
    return chains_.emplace(key, list(policy, policy.chains[index(id)].statements, reach)).first->second;
  }

  const Program& program_;
  Diagnostics& diagnostics_;
  MeterId state_;
  std::map<std::pair<ChainId, bool>, Ways> chains_;
};

}  // namespace

/// The type of what is assigned to a state and compared with it: only a state has u8, as it is kept.
syntax::Name Checker::stateOperandType(const syntax::State& declaration) {
  return declaration.type.text == "u8" ? syntax::Name{"u32", declaration.type.range} : declaration.type;
}

void Checker::checkState(const syntax::State& declaration) {
  state_ids_.emplace_back();
  const std::string& name = declaration.name.text;
  const bool byte = declaration.type.text == "u8";
  if (declaration.type.text == "address" || declaration.type.text == "ipv6") {
    diagnostics_
        .report(DiagId::TypeMismatch, declaration.type.range, "a state has 64 bits, '" + declaration.type.text + "' has more")
        .help("keep an 'ipv4', or make the address a part of the key");
    return;
  }
  const Value type = typeTemplate(stateOperandType(declaration), LocalId{});
  if (type.isError()) return;
  if (byte && !declaration.shared) {
    diagnostics_.report(DiagId::TypeMismatch, declaration.type.range, "only a shared state is a u8")
        .help("write 'u32', which takes no more room here");
    return;
  }
  if (declaration.keyed.key.empty()) {
    diagnostics_.report(DiagId::MissingSetting, declaration.name.range, "state '" + name + "' has no key")
        .help("write for example 'state " + name + ": " + declaration.type.text + " per ip.src { size 4096; }'");
    return;
  }
  Meter state;
  state.kind = MeterKind::State;
  state.name = name;
  state.range = declaration.name.range;
  state.type = type.type;
  if (declaration.shared) {
    if (!type.type.isBool() && !byte) {
      diagnostics_
          .report(DiagId::TypeMismatch, declaration.type.range,
                  "a shared state is a bool, true while its key is kept, or a u8: more does not go from one direction to the other")
          .help("write 'u8', and a state for each thing to know");
      return;
    }
    if (byte) state.type = Type::u32(8);
    state.home = Direction::Ingress;  // until it is known who assigns it
  }
  if (!checkKeyed(declaration.keyed, declaration.name, "state", state.keyed)) return;
  state_ids_.back() = static_cast<MeterId>(program_.meters.size());
  program_.meters.push_back(std::move(state));
}

Checker::Declared* Checker::stateNamed(const syntax::Expr& expr) {
  if (expr.kind != syntax::ExprKind::Path) return nullptr;
  Declared* declared = find(expr.name.text);
  return declared != nullptr && declared->kind == NameKind::State ? declared : nullptr;
}

/// The state whose number the expression is.
Checker::Declared* Checker::sharedNumber(const syntax::Expr& expr) {
  Declared* declared = stateNamed(expr);
  return declared != nullptr && file_.states[declared->index].shared && file_.states[declared->index].type.text == "u8" ? declared : nullptr;
}

std::optional<Checker::StateMatch> Checker::matchState(const syntax::Expr& expr) {
  if (Declared* declared = stateNamed(expr); declared != nullptr) {
    // A bool alone is a test; of the others checkPath says what is missing.
    if (file_.states[declared->index].type.text != "bool") return std::nullopt;
    return StateMatch{declared, std::nullopt};
  }
  if (expr.kind != syntax::ExprKind::Binary) return std::nullopt;
  const auto op = comparison(expr.op);
  if (!op) return std::nullopt;
  if (Declared* left = stateNamed(expr.operands[0]); left != nullptr) return StateMatch{left, op, &expr.operands[1]};
  if (Declared* right = stateNamed(expr.operands[1]); right != nullptr)
    return StateMatch{right, mirrored(*op), &expr.operands[0]};
  return std::nullopt;
}

/// The comparison of a step; false when it has an error.
bool Checker::setStateTest(const syntax::Expr& expr, const StateMatch& match, StateStep& step) {
  const syntax::State& declaration = file_.states[match.declared->index];
  const Type type = program_.meters[index(*state_ids_[match.declared->index])].type;
  if (!match.op) {
    step.op = CompareOp::Eq;
    step.limit = makeBool(expr.range, true);
    return true;
  }
  const std::string& name = declaration.name.text;
  if (type.isBool()) {
    diagnostics_.report(DiagId::TypeMismatch, expr.range, "bools are not compared")
        .help("write '" + name + "' or '!" + name + "'");
    return false;
  }
  if (type.kind == TypeKind::Mac && *match.op != CompareOp::Eq && *match.op != CompareOp::Ne) {
    diagnostics_.report(DiagId::TypeMismatch, expr.range, "MAC addresses have no order")
        .help("compare them with '==' or '!='");
    return false;
  }
  Value limit = check(*match.other);
  if (limit.isError()) return false;
  limit = coerce(std::move(limit), stateOperandType(declaration), "'" + name + "'");
  if (limit.isError()) return false;
  if (const auto literal = limit.literal(); literal && type.isInt() && bitLength(*literal) > type.value_bits) {
    diagnostics_
        .report(DiagId::OutOfRange, limit.range, "'" + name + "' is a u8 and less than 256, got " + std::to_string(literal->lo))
        .help("compare with at most 255");
    return false;
  }
  step.op = match.op;
  step.limit = std::move(limit.expr);
  return true;
}

Value Checker::checkStateTest(const syntax::Expr& expr, const StateMatch& match) {
  match.declared->used = true;
  if (!meterAllowed(expr, "a state")) return errorValue(expr.range);
  const auto id = state_ids_[match.declared->index];
  if (!id) return errorValue(expr.range);
  meters_allowed_ = false;
  bool never = false;
  auto key = meterKey(file_.states[match.declared->index].keyed.key, never);
  StateStep step;
  if (!key || !setStateTest(expr, match, step)) return errorValue(expr.range);
  if (fused_.test == &expr) {
    auto change = stateChange(*fused_.action->value, *match.declared);
    if (!change || !isTwoWay(step, expr, true) || !conditionAllowed(*match.declared, expr.range)) return errorValue(expr.range);
    if (change->value != nullptr) (fused_.negated ? step.otherwise : step.then) = std::move(*change);
  }
  if (never || step.limit == nullptr) return boolValue(false, expr.range);
  return typedValue(Type::boolean(),
                    std::make_unique<MeterTest>(expr.range, *id, false, std::move(*key), std::move(step)), expr.range);
}

/// The number that a shared state has.
Value Checker::checkStateValue(const syntax::Expr& expr, Declared& declared) {
  declared.used = true;
  const std::string& name = expr.name.text;
  if (!meters_allowed_) {
    diagnostics_.report(DiagId::MeterHere, expr.range, "the number of a state is read by itself, in a let of a policy or chain")
        .help("write 'let " + name + "_now = " + name + ";' before the rule, and '" + name + "_now' here");
    return errorValue(expr.range);
  }
  const auto id = state_ids_[declared.index];
  if (!id) return errorValue(expr.range);
  const Type type = program_.meters[index(*id)].type;
  bool never = false;
  auto key = meterKey(file_.states[declared.index].keyed.key, never);
  if (!key) return errorValue(expr.range);
  return typedValue(type, never ? nullptr : std::make_unique<StateValue>(type, expr.range, *id, std::move(*key)), expr.range);
}

/// Whether a step may test the state that it changes: the byte of a shared one is written before it is known.
bool Checker::conditionAllowed(const Declared& declared, const SourceRange& condition) {
  const Meter& state = program_.meters[index(*state_ids_[declared.index])];
  if (!state.home || !state.type.isInt()) return true;
  diagnostics_.report(DiagId::SharedStateAssigned, condition, "a shared state becomes a value, whatever it was")
      .help("assign '" + state.name + "' without testing it; other conditions stand before the '=>'");
  return false;
}

/// Whether it is known what becomes of a new key: one that stays as it is is not taken in.
bool Checker::isTwoWay(const StateStep& step, const syntax::Expr& test, bool fused) {
  if (step.limit == nullptr || step.limit->kind == ExprKind::Literal) return true;
  diagnostics_
      .report(DiagId::NotConstant, test.range, "a state that is assigned on this condition is compared with a constant")
      .help(fused ? "write the assignment alone, with 'if' and 'else'" : "write with 'else' what it becomes otherwise");
  return false;
}

/// What an assignment does: the forms that the state unit has. Without value: nothing, as the value is never there.
std::optional<StateStep::Change> Checker::stateChange(const syntax::Expr& expr, const Declared& declared) {
  const syntax::State& declaration = file_.states[declared.index];
  const auto isState = [&](const syntax::Expr& operand) { return stateNamed(operand) == &declared; };
  StateStep::Change change;
  const syntax::Expr* operand = &expr;
  change.kind = StateChange::Set;
  if (expr.kind == syntax::ExprKind::Binary) {
    const syntax::Expr& left = expr.operands[0];
    const syntax::Expr& right = expr.operands[1];
    const syntax::Expr* other = isState(left) ? &right : isState(right) ? &left : nullptr;
    const auto form = [&](StateChange kind, const syntax::Expr* value) {
      change.kind = kind;
      operand = value;
    };
    if (other != nullptr && expr.op == BinaryOp::Add) form(StateChange::Add, other);
    if (isState(left) && expr.op == BinaryOp::Sub) form(StateChange::Sub, other);
    if (other != nullptr && expr.op == BinaryOp::BitOr) form(StateChange::Or, other);
    if (other != nullptr && expr.op == BinaryOp::BitAnd && other->kind == syntax::ExprKind::Complement)
      form(StateChange::AndNot, &other->operands[0]);
    if (other != nullptr && change.kind == StateChange::Set) {
      const std::string& s = declaration.name.text;
      diagnostics_
          .report(DiagId::TypeMismatch, expr.range, "the state unit has no such step")
          .help("a state becomes E, " + s + " + E, " + s + " - E, min(" + s + ", E), max(" + s + ", E), " + s + " | E or " + s +
                " & ~E");
      return std::nullopt;
    }
  }
  if (expr.kind == syntax::ExprKind::Call && expr.operands.size() == 2 &&
      (expr.name.text == "min" || expr.name.text == "max")) {
    const syntax::Expr* other = isState(expr.operands[0])   ? &expr.operands[1]
                                : isState(expr.operands[1]) ? &expr.operands[0]
                                                            : nullptr;
    if (other != nullptr) {
      change.kind = expr.name.text == "min" ? StateChange::Min : StateChange::Max;
      operand = other;
    }
  }
  const Type type = program_.meters[index(*state_ids_[declared.index])].type;
  if (change.kind != StateChange::Set && !type.isInt()) {
    diagnostics_.report(DiagId::TypeMismatch, expr.range, "'" + declaration.name.text + "' is no number")
        .help("assign a value to it");
    return std::nullopt;
  }
  Value value = check(*operand);
  if (value.isError()) return std::nullopt;
  const unsigned value_bits = value.literal() ? bitLength(*value.literal()) : value.type.value_bits;
  value = coerce(std::move(value), stateOperandType(declaration), "'" + declaration.name.text + "'");
  if (value.isError()) return std::nullopt;
  const Meter& state = program_.meters[index(*state_ids_[declared.index])];
  if (state.home && type.isInt()) {
    if (change.kind != StateChange::Set) {
      diagnostics_.report(DiagId::SharedStateAssigned, expr.range, "a shared state becomes a value, whatever it was")
          .help("write '" + declaration.name.text + " = E' with an E without '" + declaration.name.text + "'");
      return std::nullopt;
    }
    if (value_bits > type.value_bits) {
      const auto literal = value.literal();
      auto report = diagnostics_.report(DiagId::OutOfRange, value.range,
                                        "'" + declaration.name.text + "' is a u8 and less than 256, got " +
                                            (literal ? std::to_string(literal->lo) : "a number of " + std::to_string(value_bits) + " bits"));
      report.help(literal ? "assign at most 255" : "keep its lowest byte: '& 0xff'");
      return std::nullopt;
    }
  } else if (state.home && (value.expr == nullptr || value.expr->kind != ExprKind::Literal || as<Literal>(*value.expr).value.lo == 0)) {
    diagnostics_.report(DiagId::SharedStateAssigned, expr.range, "a shared state becomes 'true' and nothing else")
        .help("write '" + declaration.name.text + " = true'; it is false again when its timeout has passed");
    return std::nullopt;
  }
  change.value = std::move(value.expr);
  return change;
}

void Checker::checkUpdate(const syntax::Action& action, Declared& declared, std::vector<Action>& actions) {
  declared.used = true;
  const auto id = state_ids_[declared.index];
  if (!id) return;
  bool never = false;
  auto key = meterKey(file_.states[declared.index].keyed.key, never);
  if (!key) return;
  StateStep step;
  bool negated = false;
  if (action.condition) {
    const auto [test, odd] = stripNot(&*action.condition);
    negated = odd;
    const auto match = matchState(*test);
    if (!match || match->declared != &declared) {
      diagnostics_
          .report(DiagId::WrongKind, action.condition->range, "the condition of an assignment tests the state that is assigned")
          .help("write for example '" + action.name.text + " = 2 if " + action.name.text +
                " == 1'; other conditions stand before the '=>'");
      return;
    }
    if (!setStateTest(*test, *match, step)) return;
    if (!action.otherwise && !isTwoWay(step, *action.condition, false)) return;
  }
  if (action.condition && !conditionAllowed(declared, action.condition->range)) return;
  auto then = stateChange(*action.value, declared);
  if (!then) return;
  step.then = std::move(*then);
  if (action.otherwise) {
    auto otherwise = stateChange(*action.otherwise, declared);
    if (!otherwise) return;
    step.otherwise = std::move(*otherwise);
  }
  const bool absent = step.then.value == nullptr || (action.otherwise && step.otherwise.value == nullptr) ||
                      (action.condition && step.limit == nullptr);
  if (never || absent) return;
  if (negated) std::swap(step.then, step.otherwise);
  Action result{};
  result.kind = ActionKind::Update;
  result.range = action.range;
  result.update = std::make_unique<MeterTest>(action.range, *id, false, std::move(*key), std::move(step));
  actions.push_back(std::move(result));
}

/// Only where nothing comes between: the test is the last one, the assignment the first thing to do.
Checker::FusedUpdate Checker::fusedUpdate(const syntax::Rule& rule) {
  const syntax::Expr* last = &rule.condition;
  while (last->kind == syntax::ExprKind::And) last = &last->operands.back();
  const auto [test, negated] = stripNot(last);
  const auto match = matchState(*test);
  if (!match) return {};
  for (const syntax::Action& action : rule.actions) {
    if (action.kind == syntax::ActionKind::Assign && action.name.text == file_.states[match->declared->index].name.text)
      return action.condition ? FusedUpdate{} : FusedUpdate{test, &action, negated};
    const bool rewrites = action.kind == syntax::ActionKind::Assign || action.kind == syntax::ActionKind::Mark ||
                          action.kind == syntax::ActionKind::Swap;
    if (rewrites) return {};
  }
  return {};
}

/// Whose packets assign a shared state: those of one direction.
void Checker::findHome(MeterId state) {
  std::array<SourceRange, 2> assigned;  // by direction, where
  for (const Policy& policy : program_.policies)
    eachStatement(policy, [&](const Statement& statement) {
      eachExpr(statement, [&](const Expr& node) {
        if (node.kind != ExprKind::MeterTest || as<MeterTest>(node).meter != state) return;
        const StateStep& step = *as<MeterTest>(node).step;
        if (step.then.kind != StateChange::Keep || step.otherwise.kind != StateChange::Keep)
          assigned[static_cast<size_t>(directionOf(policy.hook))] = node.range;
      });
    });
  Meter& meter = program_.meters[index(state)];
  if (assigned[1].valid()) meter.home = Direction::Egress;
  if (assigned[0].valid() && assigned[1].valid())
    diagnostics_
        .report(DiagId::SharedStateAssigned, assigned[1], "shared state '" + meter.name + "' is assigned in both directions")
        .note(assigned[0], "here by packets that come in")
        .help("one direction assigns it, the other one tests it: declare a shared state for each");
}

void Checker::checkStateUses() {
  for (size_t i = 0; i < program_.meters.size(); ++i) {
    if (program_.meters[i].kind != MeterKind::State) continue;
    StateUses(program_, diagnostics_, static_cast<MeterId>(i)).follow();
    if (program_.meters[i].home) findHome(static_cast<MeterId>(i));
  }
}

}  // namespace norman
