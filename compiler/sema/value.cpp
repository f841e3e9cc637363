// Making and folding typed nodes.
#include "compiler/sema/value.h"

#include <algorithm>
#include <bit>

namespace norman {

using namespace ast;

std::optional<Bits128> Value::literal() const {
  if (kind != Kind::Typed || expr == nullptr || expr->kind != ExprKind::Literal) return std::nullopt;
  return as<Literal>(*expr).value;
}

uint8_t bitLength(Bits128 value) {
  const int bits = value.hi != 0 ? 64 + std::bit_width(value.hi) : std::bit_width(value.lo);
  return static_cast<uint8_t>(std::max(bits, 1));
}

Value errorValue(const SourceRange& range) {
  Value value;
  value.range = range;
  return value;
}

Value typedValue(Type type, ExprPtr expr, const SourceRange& range, unsigned depth) {
  Value value;
  value.kind = Value::Kind::Typed;
  value.range = range;
  value.type = type;
  if (expr == nullptr && type.isBool()) expr = makeBool(range, false);
  value.expr = std::move(expr);
  value.depth = depth;
  return value;
}

Value boolValue(bool value, const SourceRange& range) {
  return typedValue(Type::boolean(), makeBool(range, value), range);
}

Value numberValue(uint64_t value, const SourceRange& range, Unit unit) {
  const uint8_t bits = bitLength({0, value});
  const Type type = bits > 32 || unit == Unit::Nanoseconds ? Type::u64(bits, unit) : Type::u32(bits, unit);
  return typedValue(type, std::make_unique<Literal>(type, range, Bits128{0, value}), range);
}

ExprPtr clone(const Expr& expr) {
  const auto each = [](const std::vector<ExprPtr>& operands) {
    std::vector<ExprPtr> copies;
    copies.reserve(operands.size());
    for (const auto& operand : operands) copies.push_back(clone(*operand));
    return copies;
  };
  const auto keyOf = [](const std::vector<KeyPart>& parts) {
    std::vector<KeyPart> key;
    for (const KeyPart& part : parts)
      key.push_back({clone(*part.value), part.v6 != nullptr ? clone(*part.v6) : nullptr});
    return key;
  };
  const SourceRange& range = expr.range;
  switch (expr.kind) {
    case ExprKind::Literal:
      return std::make_unique<Literal>(expr.type, range, as<Literal>(expr).value);
    case ExprKind::FieldRef:
      return std::make_unique<FieldRef>(expr.type, range, as<FieldRef>(expr).field);
    case ExprKind::LocalRef:
      return std::make_unique<LocalRef>(expr.type, range, as<LocalRef>(expr).local);
    case ExprKind::MapValue: {
      std::vector<MapValue::Choice> choices;
      for (const MapValue::Choice& choice : as<MapValue>(expr).choices)
        choices.push_back({each(choice.operands), choice.table});
      return std::make_unique<MapValue>(expr.type, range, std::move(choices));
    }
    case ExprKind::RawRead: {
      const auto& node = as<RawRead>(expr);
      return std::make_unique<RawRead>(expr.type, range, node.base, node.bytes, clone(*node.index));
    }
    case ExprKind::Present:
      return std::make_unique<Present>(range, clone(*as<Present>(expr).operand));
    case ExprKind::Widen:
      return std::make_unique<Widen>(expr.type, range, clone(*as<Widen>(expr).operand));
    case ExprKind::Arith: {
      const auto& node = as<Arith>(expr);
      return std::make_unique<Arith>(expr.type, range, node.op, clone(*node.lhs), clone(*node.rhs));
    }
    case ExprKind::Compare: {
      const auto& node = as<Compare>(expr);
      return std::make_unique<Compare>(range, node.op, clone(*node.lhs), clone(*node.rhs));
    }
    case ExprKind::InSet:
      return std::make_unique<InSet>(range, clone(*as<InSet>(expr).operand), as<InSet>(expr).set);
    case ExprKind::InTable:
      return std::make_unique<InTable>(range, each(as<InTable>(expr).operands), as<InTable>(expr).table);
    case ExprKind::OwnerTest:
      return std::make_unique<OwnerTest>(range, as<OwnerTest>(expr).predicate, as<OwnerTest>(expr).negated);
    case ExprKind::MeterTest: {
      const auto& test = as<MeterTest>(expr);
      std::optional<StateStep> step;
      if (test.step) {
        const auto copy = [](const ExprPtr& value) { return value != nullptr ? clone(*value) : nullptr; };
        step = StateStep{test.step->op,
                         copy(test.step->limit),
                         {test.step->then.kind, copy(test.step->then.value)},
                         {test.step->otherwise.kind, copy(test.step->otherwise.value)}};
      }
      return std::make_unique<MeterTest>(range, test.meter, test.exceeds, keyOf(test.key), std::move(step));
    }
    case ExprKind::StateValue:
      return std::make_unique<StateValue>(expr.type, range, as<StateValue>(expr).state, keyOf(as<StateValue>(expr).key));
    case ExprKind::Not:
      return std::make_unique<Not>(range, clone(*as<Not>(expr).operand));
    case ExprKind::And:
      return std::make_unique<And>(range, each(as<And>(expr).operands));
    case ExprKind::Or:
      return std::make_unique<Or>(range, each(as<Or>(expr).operands));
  }
  return nullptr;
}

Value cloneValue(const Value& value) {
  Value copy;
  copy.kind = value.kind;
  copy.range = value.range;
  copy.type = value.type;
  if (value.expr != nullptr) copy.expr = clone(*value.expr);
  if (value.v6 != nullptr) copy.v6 = clone(*value.v6);
  copy.of_packet = value.of_packet;
  copy.depth = value.depth;
  copy.subject = value.subject;
  copy.attribute = value.attribute;
  copy.text = value.text;
  copy.interval = value.interval;
  copy.reads = value.reads;
  return copy;
}

namespace {

size_t nodeCount(const Expr& expr) {
  const auto sum = [](const std::vector<ExprPtr>& operands) {
    size_t count = 1;
    for (const auto& operand : operands) count += nodeCount(*operand);
    return count;
  };
  switch (expr.kind) {
    case ExprKind::Literal:
    case ExprKind::FieldRef:
    case ExprKind::LocalRef:
    case ExprKind::OwnerTest:
    case ExprKind::MeterTest:
    case ExprKind::StateValue:
      return 1;
    case ExprKind::MapValue: {
      size_t count = 1;
      for (const MapValue::Choice& choice : as<MapValue>(expr).choices) count += sum(choice.operands);
      return count;
    }
    case ExprKind::RawRead:
      return 1 + nodeCount(*as<RawRead>(expr).index);
    case ExprKind::Present:
      return 1 + nodeCount(*as<Present>(expr).operand);
    case ExprKind::Widen:
      return 1 + nodeCount(*as<Widen>(expr).operand);
    case ExprKind::Arith:
      return 1 + nodeCount(*as<Arith>(expr).lhs) + nodeCount(*as<Arith>(expr).rhs);
    case ExprKind::Compare:
      return 1 + nodeCount(*as<Compare>(expr).lhs) + nodeCount(*as<Compare>(expr).rhs);
    case ExprKind::InSet:
      return 1 + nodeCount(*as<InSet>(expr).operand);
    case ExprKind::InTable:
      return sum(as<InTable>(expr).operands);
    case ExprKind::Not:
      return 1 + nodeCount(*as<Not>(expr).operand);
    case ExprKind::And:
      return sum(as<And>(expr).operands);
    case ExprKind::Or:
      return sum(as<Or>(expr).operands);
  }
  return 1;
}

}  // namespace

size_t nodeCount(const Value& value) {
  return (value.expr != nullptr ? nodeCount(*value.expr) : 0) +
         (value.v6 != nullptr ? nodeCount(*value.v6) : 0);
}

ExprPtr makeBool(const SourceRange& range, bool value) {
  return std::make_unique<Literal>(Type::boolean(), range, Bits128{0, value ? 1u : 0u});
}

namespace {

uint64_t evaluate(ArithOp op, uint64_t a, uint64_t b) {
  switch (op) {
    case ArithOp::Add:
      return a + b;
    case ArithOp::Sub:
      return a - b;
    case ArithOp::Mul:
      return a * b;
    case ArithOp::And:
      return a & b;
    case ArithOp::Or:
      return a | b;
    case ArithOp::Xor:
      return a ^ b;
    case ArithOp::Shl:
      return a << b;
    case ArithOp::Shr:
      return a >> b;
    case ArithOp::Min:
      return std::min(a, b);
    case ArithOp::Max:
      return std::max(a, b);
  }
  return 0;
}

bool evaluate(CompareOp op, Bits128 a, Bits128 b) {
  switch (op) {
    case CompareOp::Eq:
      return a == b;
    case CompareOp::Ne:
      return a != b;
    case CompareOp::Lt:
      return a < b;
    case CompareOp::Le:
      return a <= b;
    case CompareOp::Gt:
      return a > b;
    case CompareOp::Ge:
      return a >= b;
  }
  return false;
}

const Literal* literalOf(const ExprPtr& expr) {
  return expr != nullptr && expr->kind == ExprKind::Literal ? &as<Literal>(*expr) : nullptr;
}

}  // namespace

ExprPtr makeArith(Type type, const SourceRange& range, ArithOp op, ExprPtr lhs, ExprPtr rhs) {
  if (lhs == nullptr || rhs == nullptr) return nullptr;
  const Literal* a = literalOf(lhs);
  const Literal* b = literalOf(rhs);
  if (a != nullptr && b != nullptr) {
    const uint64_t result = evaluate(op, a->value.lo, b->value.lo) & lowOnes(type.bits).lo;
    type.value_bits = bitLength({0, result});
    return std::make_unique<Literal>(type, range, Bits128{0, result});
  }
  return std::make_unique<Arith>(type, range, op, std::move(lhs), std::move(rhs));
}

ExprPtr makeCompare(const SourceRange& range, CompareOp op, ExprPtr lhs, ExprPtr rhs) {
  if (lhs == nullptr || rhs == nullptr) return makeBool(range, false);
  const Literal* a = literalOf(lhs);
  const Literal* b = literalOf(rhs);
  if (a != nullptr && b != nullptr) return makeBool(range, evaluate(op, a->value, b->value));
  return std::make_unique<Compare>(range, op, std::move(lhs), std::move(rhs));
}

ExprPtr makePresent(const SourceRange& range, ExprPtr operand) {
  if (operand == nullptr) return makeBool(range, false);
  if (operand->kind == ExprKind::Literal) return makeBool(range, true);
  if (operand->kind == ExprKind::FieldRef && field(as<FieldRef>(*operand).field).presence_mask == 0)
    return makeBool(range, true);
  return std::make_unique<Present>(range, std::move(operand));
}

ExprPtr makeNot(const SourceRange& range, ExprPtr operand) {
  if (const Literal* literal = literalOf(operand)) return makeBool(range, literal->value.lo == 0);
  return std::make_unique<Not>(range, std::move(operand));
}

bool testsMeter(const Expr& expr) {
  const auto any = [](const std::vector<ExprPtr>& operands) {
    return std::any_of(operands.begin(), operands.end(),
                       [](const ExprPtr& operand) { return testsMeter(*operand); });
  };
  switch (expr.kind) {
    case ExprKind::MeterTest:
      return true;
    case ExprKind::Not:
      return testsMeter(*as<Not>(expr).operand);
    case ExprKind::And:
      return any(as<And>(expr).operands);
    case ExprKind::Or:
      return any(as<Or>(expr).operands);
    case ExprKind::Literal:
    case ExprKind::FieldRef:
    case ExprKind::LocalRef:
    case ExprKind::RawRead:
    case ExprKind::MapValue:
    case ExprKind::StateValue:
    case ExprKind::Present:
    case ExprKind::Widen:
    case ExprKind::Arith:
    case ExprKind::Compare:
    case ExprKind::InSet:
    case ExprKind::InTable:
    case ExprKind::OwnerTest:
      return false;
  }
  return false;
}

namespace {

// And with stop = false, Or with stop = true: a literal `stop` ends the evaluation, the other literal changes
// nothing.
template <typename Node>
ExprPtr makeLogic(const SourceRange& range, std::vector<ExprPtr> operands, bool stop) {
  std::vector<ExprPtr> kept;
  for (ExprPtr& operand : operands) {
    const Literal* literal = literalOf(operand);
    if (literal == nullptr) {
      kept.push_back(std::move(operand));
      continue;
    }
    if ((literal->value.lo != 0) != stop) continue;
    while (!kept.empty() && !testsMeter(*kept.back())) kept.pop_back();
    if (kept.empty()) return makeBool(range, stop);
    kept.push_back(std::move(operand));
    break;
  }
  if (kept.empty()) return makeBool(range, !stop);
  if (kept.size() == 1) return std::move(kept.front());
  return std::make_unique<Node>(range, std::move(kept));
}

}  // namespace

ExprPtr makeAnd(const SourceRange& range, std::vector<ExprPtr> operands) {
  return makeLogic<And>(range, std::move(operands), false);
}

ExprPtr makeOr(const SourceRange& range, std::vector<ExprPtr> operands) {
  return makeLogic<Or>(range, std::move(operands), true);
}

ExprPtr makeWiden(Type type, ExprPtr operand) {
  if (operand == nullptr || operand->type.bits == type.bits) return operand;
  const SourceRange range = operand->range;
  if (operand->kind == ExprKind::Literal)
    return std::make_unique<Literal>(type, range, as<Literal>(*operand).value);
  return std::make_unique<Widen>(type, range, std::move(operand));
}

std::string describeType(const Value& value) {
  switch (value.kind) {
    case Value::Kind::Error:
      return "an error";
    case Value::Kind::Typed:
      return typeName(value.type);
    case Value::Kind::Either:
      return "address";
    case Value::Kind::Symbol:
      return "a name";
    case Value::Kind::String:
      return "a string";
    case Value::Kind::Prefix:
      return "a prefix";
  }
  return "";
}

const char* describeUnit(Unit unit) {
  switch (unit) {
    case Unit::None:
      return "a plain number";
    case Unit::Port:
      return "a port";
    case Unit::Interface:
      return "an interface";
    case Unit::Bytes:
      return "bytes";
    case Unit::Packets:
      return "packets";
    case Unit::Nanoseconds:
      return "a duration";
    case Unit::Seconds:
      return "seconds";
  }
  return "";
}

}  // namespace norman
