// Integers: units and widths of two sides, and the operators that compute.
#include <algorithm>
#include <bit>

#include "compiler/sema/checker.h"

namespace norman {

using namespace ast;
using syntax::BinaryOp;

namespace {

// The exact result of two numbers, or nothing if it does not fit into 64 bits without sign.
std::optional<uint64_t> fold(BinaryOp op, uint64_t a, uint64_t b) {
  const auto fitting = [](unsigned __int128 result) {
    return result > UINT64_MAX ? std::nullopt : std::optional(static_cast<uint64_t>(result));
  };
  const unsigned __int128 wide = a;
  switch (op) {
    case BinaryOp::Add:
      return fitting(wide + b);
    case BinaryOp::Sub:
      return a < b ? std::nullopt : std::optional(a - b);
    case BinaryOp::Mul:
      return fitting(wide * b);
    case BinaryOp::Div:
      return a / b;
    case BinaryOp::Rem:
      return a % b;
    case BinaryOp::BitAnd:
      return a & b;
    case BinaryOp::BitOr:
      return a | b;
    case BinaryOp::BitXor:
      return a ^ b;
    case BinaryOp::Shl:
      if (a == 0) return 0;
      return b >= 64 ? std::nullopt : fitting(wide << b);
    case BinaryOp::Shr:
      return b >= 64 ? 0 : a >> b;
    case BinaryOp::Eq:
    case BinaryOp::Ne:
    case BinaryOp::Lt:
    case BinaryOp::Le:
    case BinaryOp::Gt:
    case BinaryOp::Ge:
      break;
  }
  return std::nullopt;  // a comparison is no number
}

}  // namespace

bool Checker::unifyUnits(Value& lhs, Value& rhs, const SourceRange& range, const char* what) {
  const Unit a = lhs.type.unit;
  const Unit b = rhs.type.unit;
  if (a == b) return true;
  // A literal duration of whole seconds beside seconds.
  const auto toSeconds = [&](Value& value) {
    const auto literal = value.literal();
    if (!literal || value.type.unit != Unit::Nanoseconds || literal->lo % 1000000000 != 0) return false;
    value = numberValue(literal->lo / 1000000000, value.range, Unit::Seconds);
    return true;
  };
  if (a == Unit::Seconds && toSeconds(rhs)) return true;
  if (b == Unit::Seconds && toSeconds(lhs)) return true;
  const bool plain = a == Unit::None || b == Unit::None;
  if (plain && a != Unit::Interface && b != Unit::Interface) return true;
  auto report = diagnostics_.report(
      DiagId::UnitMismatch, range,
      std::string("units differ in ") + what + ": " + describeUnit(a) + " and " + describeUnit(b));
  if (a == Unit::Interface || b == Unit::Interface)
    report.help("interfaces are compared with names, as in 'iface.in == \"eth0\"'");
  return false;
}

void Checker::unifyWidths(Value& lhs, Value& rhs) {
  const Unit unit = lhs.type.unit != Unit::None ? lhs.type.unit : rhs.type.unit;
  const uint8_t bits = std::max(lhs.type.bits, rhs.type.bits);
  for (Value* side : {&lhs, &rhs}) {
    if (side->type.bits != bits) ++side->depth;
    side->type.bits = bits;
    side->type.unit = unit;
    if (side->expr != nullptr) {
      Type type = side->expr->type;
      type.bits = bits;
      side->expr = makeWiden(type, std::move(side->expr));
    }
  }
}

Value Checker::checkComplement(const syntax::Expr& expr) {
  Value value = check(expr.operands[0]);
  if (value.isError()) return value;
  if (!value.isInt() || value.type.unit == Unit::Interface) {
    diagnostics_.report(DiagId::TypeMismatch, expr.range, "'~' takes an integer, got " + describeType(value));
    return errorValue(expr.range);
  }
  const uint8_t bits = value.type.bits;
  const Type type = bits == 64 ? Type::u64() : Type::u32();
  auto ones = std::make_unique<Literal>(type, expr.range, lowOnes(bits));
  const unsigned depth = value.depth + 1;
  return typedValue(type, makeArith(type, expr.range, ArithOp::Xor, std::move(value.expr), std::move(ones)),
                    expr.range, depth);
}

Value Checker::checkArithmetic(const syntax::Expr& expr) {
  Value lhs = check(expr.operands[0]);
  Value rhs = check(expr.operands[1]);
  if (lhs.isError() || rhs.isError()) return errorValue(expr.range);
  const std::string sign = syntax::spelling(expr.op);
  for (const Value* side : {&lhs, &rhs}) {
    if (side->isInt() && side->type.unit != Unit::Interface) continue;
    diagnostics_.report(DiagId::TypeMismatch, side->range,
                        "'" + sign + "' takes integers, got " + describeType(*side));
    return errorValue(expr.range);
  }
  return arithmetic(expr.op, std::move(lhs), std::move(rhs), expr.range);
}

bool Checker::canCompute(BinaryOp op, const Value& lhs, const Value& rhs) {
  const std::string sign = syntax::spelling(op);
  const auto a = lhs.literal();
  const auto b = rhs.literal();
  const bool division = op == BinaryOp::Div || op == BinaryOp::Rem;
  if ((op == BinaryOp::Shl || op == BinaryOp::Shr) && !b) {
    diagnostics_.report(DiagId::NotConstant, rhs.range, "'" + sign + "' takes a constant on its right side");
    return false;
  }
  if ((op == BinaryOp::Shl || op == BinaryOp::Shr) && b->lo >= lhs.type.bits) {
    const std::string bits = std::to_string(lhs.type.bits);
    diagnostics_.report(DiagId::OutOfRange, rhs.range,
                        "a u" + bits + " is shifted by less than " + bits + ", got " + std::to_string(b->lo));
    return false;
  }
  if (division && (!b || !std::has_single_bit(b->lo))) {
    diagnostics_
        .report(DiagId::NotYet, rhs.range,
                "'" + sign + "' by " + (b ? "a number that is no power of two" : "what is no constant") +
                    " is not done yet by this compiler")
        .help("divide by 2, 4, 8, ...");
    return false;
  }
  if (op != BinaryOp::Mul) return true;
  for (const Value* side : {&lhs, &rhs}) {
    if (side->type.bits != 64) continue;
    diagnostics_.report(DiagId::OutOfRange, side->range, "'*' is done on u32 only, got u64");
    return false;
  }
  for (const Value* side : {&lhs, &rhs}) {
    if (a || b || side->type.value_bits <= 16) continue;
    diagnostics_
        .report(DiagId::OutOfRange, side->range,
                "'*' takes a constant or two values below 65536; this one may have " +
                    std::to_string(side->type.value_bits) + " bits")
        .help("mask it with '& 0xffff' if it is small");
    return false;
  }
  return true;
}

Value Checker::arithmetic(BinaryOp op, Value lhs, Value rhs, const SourceRange& range) {
  const std::string sign = syntax::spelling(op);
  const bool additive = op == BinaryOp::Add || op == BinaryOp::Sub;
  const bool division = op == BinaryOp::Div || op == BinaryOp::Rem;
  if (additive && !unifyUnits(lhs, rhs, range, ("'" + sign + "'").c_str())) return errorValue(range);
  const auto a = lhs.literal();
  const auto b = rhs.literal();
  if (division && b && b->lo == 0) {
    diagnostics_.report(DiagId::DivisionByZero, rhs.range, "'" + sign + "' by zero");
    return errorValue(range);
  }
  const Unit unit = !additive ? Unit::None : lhs.type.unit != Unit::None ? lhs.type.unit : rhs.type.unit;
  if (a && b) {
    if (const auto result = fold(op, a->lo, b->lo)) return numberValue(*result, range, unit);
    diagnostics_.report(DiagId::OutOfRange, range,
                        "the result of this constant does not fit into 64 bits without sign");
    return errorValue(range);
  }
  if (!canCompute(op, lhs, rhs)) return errorValue(range);

  const bool shift = division || op == BinaryOp::Shl || op == BinaryOp::Shr;
  if (shift && rhs.type.bits > lhs.type.bits) {
    // x / 2^40 of a u32: nothing is left, or everything.
    if (op == BinaryOp::Div)
      return arithmetic(BinaryOp::BitAnd, std::move(lhs), numberValue(0, range), range);
    lhs.type.unit = Unit::None;
    lhs.range = range;
    return lhs;
  }
  if (!additive) lhs.type.unit = rhs.type.unit = Unit::None;
  unifyWidths(lhs, rhs);
  const unsigned depth = std::max(lhs.depth, rhs.depth) + 1;
  Type type = lhs.type;
  type.unit = unit;
  const unsigned x = lhs.type.value_bits;
  const unsigned y = rhs.type.value_bits;
  unsigned value_bits = type.bits;
  ArithOp typed = ArithOp::Add;
  ExprPtr right = std::move(rhs.expr);
  switch (op) {
    case BinaryOp::Add:
      typed = ArithOp::Add;
      value_bits = std::max(x, y) + 1;
      break;
    case BinaryOp::Sub:
      typed = ArithOp::Sub;
      break;
    case BinaryOp::Mul:
      typed = ArithOp::Mul;
      value_bits = x + y;
      break;
    case BinaryOp::BitAnd:
      typed = ArithOp::And;
      value_bits = std::min(x, y);
      break;
    case BinaryOp::BitOr:
      typed = ArithOp::Or;
      value_bits = std::max(x, y);
      break;
    case BinaryOp::BitXor:
      typed = ArithOp::Xor;
      value_bits = std::max(x, y);
      break;
    case BinaryOp::Shl:
      typed = ArithOp::Shl;
      value_bits = x + static_cast<unsigned>(b->lo);
      break;
    case BinaryOp::Shr:
      typed = ArithOp::Shr;
      value_bits = x > b->lo ? x - static_cast<unsigned>(b->lo) : 1;
      break;
    case BinaryOp::Div: {
      const auto amount = static_cast<unsigned>(std::countr_zero(b->lo));
      typed = ArithOp::Shr;
      right = std::make_unique<Literal>(type, right->range, Bits128{0, amount});
      value_bits = x > amount ? x - amount : 1;
      break;
    }
    case BinaryOp::Rem:
      typed = ArithOp::And;
      right = std::make_unique<Literal>(type, right->range, Bits128{0, b->lo - 1});
      value_bits = std::min<unsigned>(x, bitLength({0, b->lo - 1}));
      break;
    case BinaryOp::Eq:
    case BinaryOp::Ne:
    case BinaryOp::Lt:
    case BinaryOp::Le:
    case BinaryOp::Gt:
    case BinaryOp::Ge:
      break;
  }
  type.value_bits = static_cast<uint8_t>(std::min<unsigned>(value_bits, type.bits));
  return typedValue(type, makeArith(type, range, typed, std::move(lhs.expr), std::move(right)), range, depth);
}

}  // namespace norman
