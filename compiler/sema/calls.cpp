// Calls: expansion of functions, built-in functions, arguments and results as values of a named type.
#include <algorithm>

#include "compiler/sema/checker.h"

namespace norman {

using namespace ast;

namespace {

constexpr unsigned kMaxCallDepth = 64;

}  // namespace

Value Checker::checkCall(const syntax::Expr& expr) {
  const std::string& name = expr.name.text;
  if (name == "raw8" || name == "raw16" || name == "raw32") return checkRawRead(expr);
  if (name == "min" || name == "max") return checkMinMax(expr, name == "max");
  if (name == "present") return checkPresent(expr);
  Declared* declared = find(name);
  if (declared == nullptr) {
    std::vector<std::string_view> candidates = declaredNames(NameKind::Function);
    candidates.insert(candidates.end(), {"min", "max", "present"});
    reportUnknown("function", expr.name, candidates);
    return errorValue(expr.range);
  }
  if (require(expr.name, NameKind::Function, "function") == nullptr) return errorValue(expr.range);
  if (constants_only_) {
    diagnostics_.report(DiagId::NotConstant, expr.range, "a constant is needed here, got a call");
    return errorValue(expr.range);
  }
  const syntax::Function& function = file_.functions[declared->index];
  if (expr.operands.size() != function.parameters.size()) {
    diagnostics_
        .report(DiagId::ArgumentCount, expr.range,
                "function '" + name + "' takes " + std::to_string(function.parameters.size()) +
                    (function.parameters.size() == 1 ? " argument" : " arguments") + ", got " +
                    std::to_string(expr.operands.size()))
        .note(function.name.range, "declared here");
    return errorValue(expr.range);
  }
  std::vector<Value> arguments;
  for (const auto& operand : expr.operands) arguments.push_back(check(operand));
  return callFunction(declared->index, expr, std::move(arguments));
}

Value Checker::callFunction(size_t index, const syntax::Expr& call, std::vector<Value> arguments) {
  const syntax::Function& function = file_.functions[index];
  FunctionInfo& info = functions_[index];
  if (info.progress == Progress::Running) {
    if (!info.broken)
      diagnostics_.report(DiagId::Recursion, call.range, "function '" + function.name.text + "' calls itself")
          .note(function.name.range, "declared here")
          .help("every policy must end after a fixed number of steps: write the steps out");
    for (FunctionInfo& running : functions_)
      if (running.progress == Progress::Running) running.broken = true;
    return errorValue(call.range);
  }
  if (info.broken) return errorValue(call.range);
  if (call_depth_ >= kMaxCallDepth) {
    if (!size_reported_)
      diagnostics_.report(DiagId::ResourceLimit, call.range,
                          "calls are nested more than " + std::to_string(kMaxCallDepth) + " deep");
    size_reported_ = true;
    return errorValue(call.range);
  }
  Scope scope;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].isError()) return errorValue(call.range);
    const syntax::Parameter& parameter = function.parameters[i];
    Value argument =
        coerce(std::move(arguments[i]), parameter.type, "argument '" + parameter.name.text + "'");
    if (argument.isError()) return errorValue(call.range);
    scope.names.emplace(parameter.name.text, std::move(argument));
  }
  info.progress = Progress::Running;
  ++call_depth_;
  Scope* const outer = std::exchange(scope_, &scope);
  Value result = functionBody(function);
  scope_ = outer;
  --call_depth_;
  info.progress = Progress::Untouched;
  result.range = call.range;
  return result;
}

Value Checker::functionBody(const syntax::Function& function) {
  for (const syntax::Let& let : function.lets) {
    const size_t before = diagnostics_.errorCount();
    Value value = check(let.value);
    const bool usable = value.kind == Value::Kind::Typed || value.kind == Value::Kind::Either;
    if (!usable && !value.isError()) {
      if (diagnostics_.errorCount() == before)
        diagnostics_.report(DiagId::TypeMismatch, let.value.range,
                            describeType(value) + " cannot be kept in a let");
      value = errorValue(let.value.range);
    }
    bind(let.name, std::move(value));
  }
  Value result = check(function.result);
  if (result.isError()) return result;
  if (!function.result_type.text.empty())
    return coerce(std::move(result), function.result_type, "the result of '" + function.name.text + "'");
  if (result.kind != Value::Kind::Typed && result.kind != Value::Kind::Either) {
    diagnostics_.report(DiagId::TypeMismatch, function.result.range,
                        "a function cannot give " + describeType(result));
    return errorValue(function.result.range);
  }
  return result;
}

Value Checker::checkMinMax(const syntax::Expr& expr, bool max) {
  if (expr.operands.size() != 2) {
    diagnostics_.report(
        DiagId::ArgumentCount, expr.range,
        "'" + expr.name.text + "' takes 2 arguments, got " + std::to_string(expr.operands.size()));
    return errorValue(expr.range);
  }
  Value lhs = check(expr.operands[0]);
  Value rhs = check(expr.operands[1]);
  if (lhs.isError() || rhs.isError()) return errorValue(expr.range);
  for (const Value* side : {&lhs, &rhs}) {
    if (side->isInt() && side->type.unit != Unit::Interface) continue;
    diagnostics_.report(DiagId::TypeMismatch, side->range,
                        "'" + expr.name.text + "' takes integers, got " + describeType(*side));
    return errorValue(expr.range);
  }
  if (!unifyUnits(lhs, rhs, expr.range, "arguments")) return errorValue(expr.range);
  unifyWidths(lhs, rhs);
  Type type = lhs.type;
  type.value_bits = max ? std::max(lhs.type.value_bits, rhs.type.value_bits)
                        : std::min(lhs.type.value_bits, rhs.type.value_bits);
  const unsigned depth = std::max(lhs.depth, rhs.depth) + 1;
  return typedValue(type,
                    makeArith(type, expr.range, max ? ArithOp::Max : ArithOp::Min, std::move(lhs.expr),
                              std::move(rhs.expr)),
                    expr.range, depth);
}

Value Checker::checkPresent(const syntax::Expr& expr) {
  if (expr.operands.size() != 1) {
    diagnostics_.report(DiagId::ArgumentCount, expr.range,
                        "'present' takes 1 argument, got " + std::to_string(expr.operands.size()));
    return errorValue(expr.range);
  }
  Value operand = check(expr.operands[0]);
  if (operand.isError()) return operand;
  const unsigned depth = operand.depth + 2;
  if (operand.kind == Value::Kind::Either) {
    std::vector<ExprPtr> halves;
    halves.push_back(makePresent(expr.range, std::move(operand.expr)));
    halves.push_back(makePresent(expr.range, std::move(operand.v6)));
    return typedValue(Type::boolean(), makeOr(expr.range, std::move(halves)), expr.range, depth);
  }
  const bool flag = operand.isBool() && operand.expr->kind == ExprKind::FieldRef;
  if (operand.kind != Value::Kind::Typed || (operand.isBool() && !flag)) {
    diagnostics_.report(DiagId::TypeMismatch, expr.operands[0].range,
                        "'present' asks for a field or a number, got " + describeType(operand));
    return errorValue(expr.range);
  }
  return typedValue(Type::boolean(), makePresent(expr.range, std::move(operand.expr)), expr.range, depth);
}

// --------------------------------------------------------------------------------------------- raw bytes

namespace {

// Where the layers begin at the earliest: after an Ethernet header, after an IPv4 header without options.
constexpr struct {
  std::string_view name;
  RawBase base;
  unsigned least;
} kRawBases[] = {{"frame", RawBase::Frame, 0}, {"l2", RawBase::Frame, 0}, {"l3", RawBase::L3, 14}, {"l4", RawBase::L4, 34}};

bool sameRead(const Expr& a, const Expr& b) {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case ExprKind::Literal:
      return as<Literal>(a).value == as<Literal>(b).value;
    case ExprKind::FieldRef:
      return as<FieldRef>(a).field == as<FieldRef>(b).field;
    case ExprKind::LocalRef:
      return as<LocalRef>(a).local == as<LocalRef>(b).local;
    case ExprKind::Present:
      return sameRead(*as<Present>(a).operand, *as<Present>(b).operand);
    case ExprKind::RawRead:
      return as<RawRead>(a).base == as<RawRead>(b).base && as<RawRead>(a).bytes == as<RawRead>(b).bytes &&
             sameRead(*as<RawRead>(a).index, *as<RawRead>(b).index);
    case ExprKind::Arith:
      return as<Arith>(a).op == as<Arith>(b).op && sameRead(*as<Arith>(a).lhs, *as<Arith>(b).lhs) &&
             sameRead(*as<Arith>(a).rhs, *as<Arith>(b).rhs);
    case ExprKind::MapValue:
    case ExprKind::Widen:
    case ExprKind::Compare:
    case ExprKind::InSet:
    case ExprKind::InTable:
    case ExprKind::OwnerTest:
    case ExprKind::MeterTest:
    case ExprKind::StateValue:
    case ExprKind::Not:
    case ExprKind::And:
    case ExprKind::Or:
      break;
  }
  return false;
}

}  // namespace

Value Checker::checkRawRead(const syntax::Expr& expr) {
  const std::string& name = expr.name.text;
  const auto bytes = static_cast<uint8_t>(name == "raw8" ? 1 : name == "raw16" ? 2 : 4);
  if (constants_only_) {
    diagnostics_.report(DiagId::NotConstant, expr.range, "a constant is needed here, got bytes of the packet");
    return errorValue(expr.range);
  }
  if (expr.operands.size() != 2) {
    diagnostics_
        .report(DiagId::ArgumentCount, expr.range, "'" + name + "' takes 2 arguments, got " + std::to_string(expr.operands.size()))
        .help("say from where to count, and the offset: '" + name + "(l4, 8)'");
    return errorValue(expr.range);
  }
  const syntax::Expr& from = expr.operands[0];
  const auto base = std::find_if(std::begin(kRawBases), std::end(kRawBases), [&](const auto& entry) {
    return from.kind == syntax::ExprKind::Path && entry.name == from.name.text;
  });
  if (base == std::end(kRawBases)) {
    diagnostics_.report(DiagId::WrongKind, from.range, "'" + name + "' counts from 'frame', 'l3' or 'l4'")
        .help("write for example '" + name + "(l4, 8)': from the first byte of the TCP, UDP, SCTP or ICMP header");
    return errorValue(expr.range);
  }
  Value index = check(expr.operands[1]);
  if (index.isError()) return errorValue(expr.range);
  if (!index.isInt() || index.type.bits != 32 || (index.type.unit != Unit::None && index.type.unit != Unit::Bytes)) {
    diagnostics_.report(DiagId::TypeMismatch, index.range, "the offset of '" + name + "' is a plain u32, got " +
        (index.isInt() && index.type.bits == 32 ? describeUnit(index.type.unit) : describeType(index)));
    return errorValue(expr.range);
  }
  constexpr unsigned kWindow = 128;
  const unsigned last = kWindow - base->least - bytes;
  if (const auto literal = index.literal(); literal && literal->lo > last) {
    diagnostics_
        .report(DiagId::OutOfRange, index.range,
                "the overlay sees the first " + std::to_string(kWindow) + " bytes of a frame" +
                    (base->least == 0 ? std::string() : ", and " + std::string(base->name) + " begins at byte " + std::to_string(base->least) + " or later") +
                    ": offset " + std::to_string(literal->lo) + " is never there")
        .help("the largest offset of '" + name + "(" + std::string(base->name) + ", ...)' is " + std::to_string(last));
    return errorValue(expr.range);
  }
  // What is never known here lies nowhere.
  if (index.expr == nullptr) index.expr = std::make_unique<Literal>(Type::u32(), index.range, Bits128{0, UINT32_MAX});
  const Type type = Type::u32(static_cast<uint8_t>(8 * bytes));
  auto read = std::make_unique<RawRead>(type, expr.range, base->base, bytes, std::move(index.expr));
  needRead(std::make_unique<Present>(expr.range, clone(*read)));
  return typedValue(type, std::move(read), expr.range, index.depth + 1);
}

/// The rule being checked applies only where the condition holds, whatever becomes of the value.
void Checker::needRead(ExprPtr condition) {
  const auto known = [&](const ExprPtr& other) { return sameRead(*other, *condition); };
  if (std::none_of(reads_.begin(), reads_.end(), known)) reads_.push_back(std::move(condition));
}

/// The condition after the tests that all bytes are there that it and the rule's actions read.
ExprPtr Checker::guarded(ExprPtr condition) {
  if (reads_.empty()) return condition;
  const SourceRange range = condition->range;
  std::vector<ExprPtr> all = std::exchange(reads_, {});
  all.push_back(std::move(condition));
  return makeAnd(range, std::move(all));
}

// --------------------------------------------------------------------------------------- types by name

Value Checker::typeTemplate(const syntax::Name& name, LocalId local) {
  const auto typed = [&](Type type) {
    return typedValue(type, std::make_unique<LocalRef>(type, name.range, local), name.range);
  };
  if (name.text == "bool") return typed(Type::boolean());
  if (name.text == "u32") return typed(Type::u32());
  if (name.text == "u64") return typed(Type::u64());
  if (name.text == "port") return typed(Type::u32(16, Unit::Port));
  if (name.text == "bytes") return typed(Type::u32(32, Unit::Bytes));
  if (name.text == "seconds") return typed(Type::u32(32, Unit::Seconds));
  if (name.text == "duration") return typed(Type::u64(64, Unit::Nanoseconds));
  if (name.text == "ipv4") return typed(Type::ipv4());
  if (name.text == "ipv6") return typed(Type::ipv6());
  if (name.text == "mac") return typed(Type::mac());
  if (name.text == "address") {
    Value value = typed(Type::ipv4());
    value.kind = Value::Kind::Either;
    value.v6 = std::make_unique<LocalRef>(Type::ipv6(), name.range, local);
    return value;
  }
  reportUnknown(
      "type", name,
      {"bool", "u32", "u64", "port", "bytes", "seconds", "duration", "ipv4", "ipv6", "address", "mac"});
  return errorValue(name.range);
}

Value Checker::coerce(Value value, const syntax::Name& type_name, const std::string& what) {
  const Value wanted = typeTemplate(type_name, LocalId{});
  if (wanted.isError()) return errorValue(value.range);
  const auto mismatch = [&] {
    diagnostics_.report(DiagId::TypeMismatch, value.range,
                        what + " is " + type_name.text + ", got " + describeType(value));
    return errorValue(value.range);
  };
  if (wanted.kind == Value::Kind::Either) {
    if (value.kind == Value::Kind::Either) return value;
    if (!value.isAddress()) return mismatch();
    const bool four = value.isIpv4();
    Value either;
    either.kind = Value::Kind::Either;
    either.range = value.range;
    either.depth = value.depth;
    (four ? either.expr : either.v6) = std::move(value.expr);
    return either;
  }
  if (value.kind != Value::Kind::Typed || value.type.kind != wanted.type.kind) return mismatch();
  if (!value.isInt()) return value;

  // The template takes part in the unification as the other side, so that literals of durations become
  // seconds.
  Value other = typedValue(wanted.type, nullptr, value.range);
  if (!unifyUnits(value, other, value.range, what.c_str())) return errorValue(value.range);
  if (value.type.bits > wanted.type.bits) return mismatch();
  const bool port = wanted.type.unit == Unit::Port;
  if (const auto literal = value.literal(); literal && port && bitLength(*literal) > 16) {
    diagnostics_.report(DiagId::OutOfRange, value.range, "a port is less than 65536");
    return errorValue(value.range);
  }
  Type type = value.type;
  type.bits = wanted.type.bits;
  type.unit = wanted.type.unit;
  if (value.expr != nullptr) {
    value.expr = makeWiden(type, std::move(value.expr));
    value.expr->type.unit = type.unit;
  }
  value.type = type;
  return value;
}

}  // namespace norman
