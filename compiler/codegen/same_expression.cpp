// Compares trees, node by node.
#include "compiler/codegen/same_expression.h"

#include <algorithm>

#include <llvm/Support/ErrorHandling.h>

namespace norman::codegen {
namespace {

using ast::as;
using ast::Expr;
using ast::ExprKind;

bool same(const std::vector<ast::ExprPtr>& a, const std::vector<ast::ExprPtr>& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) { return sameExpression(*x, *y); });
}

/// Arith and Compare.
template <typename Node>
bool sameBinary(const Node& a, const Node& b) {
  return a.op == b.op && sameExpression(*a.lhs, *b.lhs) && sameExpression(*a.rhs, *b.rhs);
}

}  // namespace

bool sameExpression(const Expr& a, const Expr& b) {
  if (a.kind != b.kind || a.type != b.type) return false;
  switch (a.kind) {
    case ExprKind::Literal:
      return as<ast::Literal>(a).value == as<ast::Literal>(b).value;
    case ExprKind::FieldRef:
      return as<ast::FieldRef>(a).field == as<ast::FieldRef>(b).field;
    case ExprKind::LocalRef:
      return as<ast::LocalRef>(a).local == as<ast::LocalRef>(b).local;
    case ExprKind::RawRead:
      return as<ast::RawRead>(a).base == as<ast::RawRead>(b).base && as<ast::RawRead>(a).bytes == as<ast::RawRead>(b).bytes &&
             sameExpression(*as<ast::RawRead>(a).index, *as<ast::RawRead>(b).index);
    case ExprKind::Present:
      return sameExpression(*as<ast::Present>(a).operand, *as<ast::Present>(b).operand);
    case ExprKind::Widen:
      return sameExpression(*as<ast::Widen>(a).operand, *as<ast::Widen>(b).operand);
    case ExprKind::Not:
      return sameExpression(*as<ast::Not>(a).operand, *as<ast::Not>(b).operand);
    case ExprKind::And:
      return same(as<ast::And>(a).operands, as<ast::And>(b).operands);
    case ExprKind::Or:
      return same(as<ast::Or>(a).operands, as<ast::Or>(b).operands);
    case ExprKind::Arith:
      return sameBinary(as<ast::Arith>(a), as<ast::Arith>(b));
    case ExprKind::Compare:
      return sameBinary(as<ast::Compare>(a), as<ast::Compare>(b));
    case ExprKind::InSet:
      return as<ast::InSet>(a).set == as<ast::InSet>(b).set && sameExpression(*as<ast::InSet>(a).operand, *as<ast::InSet>(b).operand);
    case ExprKind::InTable:
      return as<ast::InTable>(a).table == as<ast::InTable>(b).table && same(as<ast::InTable>(a).operands, as<ast::InTable>(b).operands);
    case ExprKind::MapValue:
      return std::ranges::equal(as<ast::MapValue>(a).choices, as<ast::MapValue>(b).choices,
                                [](const auto& x, const auto& y) { return x.table == y.table && same(x.operands, y.operands); });
    case ExprKind::OwnerTest:
      return as<ast::OwnerTest>(a).predicate == as<ast::OwnerTest>(b).predicate && as<ast::OwnerTest>(a).negated == as<ast::OwnerTest>(b).negated;
    case ExprKind::MeterTest:
    case ExprKind::StateValue:
      return false;
  }
  llvm_unreachable("expression kind");
}

}  // namespace norman::codegen
