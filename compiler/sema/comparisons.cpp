// Comparisons of integers, addresses, MAC addresses, names and interfaces.
#include <algorithm>

#include <utility>

#include "compiler/sema/checker.h"

namespace norman {

using namespace ast;
using syntax::BinaryOp;

namespace {

CompareOp compareOp(BinaryOp op) {
  switch (op) {
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
    default:
      return CompareOp::Eq;
  }
}

}  // namespace

void Checker::checkFits(const Value& value, const Value& other) {
  const auto literal = value.literal();
  if (!literal || !other.is_field || other.expr == nullptr) return;
  if (bitLength(*literal) <= other.type.value_bits) return;
  diagnostics_.report(DiagId::OutOfRange, value.range,
                      "'" + std::string(field(as<FieldRef>(*other.expr).field).name) + "' has " +
                          std::to_string(other.type.value_bits) + " bits and is less than " +
                          std::to_string(uint64_t{1} << other.type.value_bits) + ", got " +
                          std::to_string(literal->lo));
}

bool Checker::comparedWithNames(const Value& value) {
  return value.kind == Value::Kind::Symbol || (value.isInt() && value.type.unit == Unit::Interface);
}

Value Checker::checkComparison(const syntax::Expr& expr) {
  Value lhs = check(expr.operands[0]);
  const bool outer = std::exchange(names_meant_, comparedWithNames(lhs));
  Value rhs = check(expr.operands[1]);
  names_meant_ = outer;
  if (lhs.isError() || rhs.isError()) return errorValue(expr.range);
  const CompareOp op = compareOp(expr.op);
  const bool equality = op == CompareOp::Eq || op == CompareOp::Ne;
  const auto mismatch = [&](std::string message, std::string help = {}) {
    auto report = diagnostics_.report(DiagId::TypeMismatch, expr.range, std::move(message));
    if (!help.empty()) report.help(std::move(help));
    return errorValue(expr.range);
  };

  if (lhs.kind == Value::Kind::Symbol) return compareSymbol(std::move(lhs), rhs, op, expr.range);
  if (rhs.kind == Value::Kind::Symbol && equality) return compareSymbol(std::move(rhs), lhs, op, expr.range);
  if (lhs.kind == Value::Kind::Prefix || rhs.kind == Value::Kind::Prefix)
    return mismatch("a prefix is not compared with '" + std::string(syntax::spelling(expr.op)) + "'",
                    "write 'in' for a prefix");

  // Interfaces stand for numbers.
  for (auto [text, other] : {std::pair{&lhs, &rhs}, std::pair{&rhs, &lhs}}) {
    if (text->kind != Value::Kind::String || !other->isInt() || other->type.unit != Unit::Interface) continue;
    if (!equality) return mismatch("interfaces have no order");
    if (isInterfacePattern(text->text)) return compareInterfaces(std::move(*other), expr.operands[text == &lhs ? 0 : 1], op, expr.range);
    *text = numberValue(interfaceNumber(text->text, text->range), text->range, Unit::Interface);
  }
  if (lhs.kind == Value::Kind::String || rhs.kind == Value::Kind::String) {
    const Value& other = lhs.kind == Value::Kind::String ? rhs : lhs;
    return mismatch("a string is compared with " + describeType(other),
                    "strings are compared with owner.user, owner.group, owner.comm, owner.cgroup, socket.* "
                    "and interfaces");
  }
  if (lhs.isBool() || rhs.isBool()) {
    return mismatch("bools are not compared",
                    lhs.isBool() && rhs.isBool()
                        ? "write the condition itself, or '!' before it"
                        : "one side is a condition, the other is " + describeType(lhs.isBool() ? rhs : lhs));
  }
  if (lhs.isInt() && rhs.isInt()) return compareInts(std::move(lhs), std::move(rhs), op, expr.range);
  const auto address = [](const Value& value) {
    return value.kind == Value::Kind::Either || value.isAddress();
  };
  if (address(lhs) && address(rhs)) return compareAddresses(std::move(lhs), std::move(rhs), op, expr.range);
  const bool macs = lhs.kind == Value::Kind::Typed && rhs.kind == Value::Kind::Typed &&
                    lhs.type.kind == TypeKind::Mac && rhs.type.kind == TypeKind::Mac;
  if (macs && equality) {
    const unsigned depth = std::max(lhs.depth, rhs.depth) + 1;
    return typedValue(Type::boolean(), makeCompare(expr.range, op, std::move(lhs.expr), std::move(rhs.expr)),
                      expr.range, depth);
  }
  if (macs) return mismatch("MAC addresses have no order");
  return mismatch("cannot compare " + describeType(lhs) + " with " + describeType(rhs));
}

/// With a pattern, as with a set of all that it takes in.
Value Checker::compareInterfaces(Value interface, const syntax::Expr& pattern, CompareOp op, const SourceRange& range) {
  Value there = cloneValue(interface);
  Value in = inSet(std::move(interface), pattern, range);
  if (in.isError() || op == CompareOp::Eq) return in;
  if (there.expr == nullptr) return boolValue(false, range);
  std::vector<ExprPtr> both;
  both.push_back(makePresent(range, std::move(there.expr)));
  both.push_back(makeNot(range, std::move(in.expr)));
  return typedValue(Type::boolean(), makeAnd(range, std::move(both)), range, in.depth + 1);
}

Value Checker::compareSymbol(Value symbol, const Value& other, CompareOp op, const SourceRange& range) {
  if (op != CompareOp::Eq && op != CompareOp::Ne) {
    diagnostics_.report(DiagId::TypeMismatch, range, "names have no order").help("use '==', '!=' or 'in'");
    return errorValue(range);
  }
  if (other.kind != Value::Kind::String) {
    auto report =
        diagnostics_.report(DiagId::TypeMismatch, other.range,
                            "'" + symbol.text + "' is compared with a string, got " + describeType(other));
    const bool user = symbol.attribute == OwnerAttribute::User;
    if (other.isInt() && (user || symbol.attribute == OwnerAttribute::Group))
      report.help("for a number use '" + symbol.text.substr(0, symbol.text.find('.')) +
                  (user ? ".uid'" : ".gid'"));
    return errorValue(range);
  }
  std::string name = other.text;
  if (!checkOwnerName(symbol.attribute, name, other.range)) return errorValue(range);
  return typedValue(Type::boolean(), ownerTest(symbol, {name}, false, op == CompareOp::Ne, range), range);
}

Value Checker::compareInts(Value lhs, Value rhs, CompareOp op, const SourceRange& range) {
  if (!unifyUnits(lhs, rhs, range, "this comparison")) return errorValue(range);
  checkFits(lhs, rhs);
  checkFits(rhs, lhs);
  unifyWidths(lhs, rhs);
  const unsigned depth = std::max(lhs.depth, rhs.depth) + 1;
  return typedValue(Type::boolean(), makeCompare(range, op, std::move(lhs.expr), std::move(rhs.expr)), range,
                    depth);
}

Value Checker::compareAddresses(Value lhs, Value rhs, CompareOp op, const SourceRange& range) {
  const bool same = lhs.kind != Value::Kind::Either && rhs.kind != Value::Kind::Either;
  if (same && lhs.type.kind != rhs.type.kind) {
    diagnostics_.report(
        DiagId::TypeMismatch, range,
        "an ipv4 address never meets an ipv6 one: " + describeType(lhs) + " and " + describeType(rhs));
    return errorValue(range);
  }
  const unsigned depth = std::max(lhs.depth, rhs.depth) + 4;
  if (same)
    return typedValue(Type::boolean(), makeCompare(range, op, std::move(lhs.expr), std::move(rhs.expr)),
                      range, depth);

  // Both as pairs of halves; a half that cannot be is null, and comparisons with it are false.
  const bool one_packet = lhs.of_packet && rhs.of_packet;
  const auto split = [](Value& value, ExprPtr& v4, ExprPtr& v6) {
    if (value.kind == Value::Kind::Either) {
      v4 = std::move(value.expr);
      v6 = std::move(value.v6);
    } else {
      (value.isIpv4() ? v4 : v6) = std::move(value.expr);
    }
  };
  ExprPtr a4, a6, b4, b6;
  split(lhs, a4, a6);
  split(rhs, b4, b6);
  std::vector<ExprPtr> cases;
  if (op == CompareOp::Ne && !one_packet) {  // addresses of different families differ
    const auto bothPresent = [&](const ExprPtr& x, const ExprPtr& y) {
      if (x == nullptr || y == nullptr) return;
      std::vector<ExprPtr> both;
      both.push_back(makePresent(range, clone(*x)));
      both.push_back(makePresent(range, clone(*y)));
      cases.push_back(makeAnd(range, std::move(both)));
    };
    bothPresent(a4, b6);
    bothPresent(a6, b4);
  }
  cases.push_back(makeCompare(range, op, std::move(a4), std::move(b4)));
  cases.push_back(makeCompare(range, op, std::move(a6), std::move(b6)));
  return typedValue(Type::boolean(), makeOr(range, std::move(cases)), range, depth);
}

}  // namespace norman
