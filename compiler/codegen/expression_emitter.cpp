// What an expression is and asks for, before any of it is emitted: effects, lookups, headers.
#include "compiler/codegen/expression_emitter.h"

#include <algorithm>

#include "norman/spec/isa.h"

namespace norman::codegen {

using ast::as;
using ast::Expr;
using ast::ExprKind;

ExpressionEmitter::ExpressionEmitter(PacketState& packet, Objects& objects, const ast::Program& program,
                                     ast::Direction direction,
                                     std::function<llvm::DebugLoc(const SourceRange&)> locate)
    : packet_(packet),
      builder_(packet.builder()),
      objects_(objects),
      program_(program),
      direction_(direction),
      locate_(std::move(locate)) {}

bool ExpressionEmitter::isJunction(const Term& term) {
  return term.expr->kind == ExprKind::And || term.expr->kind == ExprKind::Or;
}
bool ExpressionEmitter::isConjunction(const Term& term) {
  return (term.expr->kind == ExprKind::And) != term.negated;
}

/// Splits nested junctions of the same sort into their terms; negations end up at the leaves.
void ExpressionEmitter::flatten(const Term& term, bool conjunction, std::vector<Term>& out) {
  if (term.expr->kind == ExprKind::Not)
    return flatten({as<ast::Not>(*term.expr).operand.get(), !term.negated}, conjunction, out);
  if (!isJunction(term) || isConjunction(term) != conjunction) {
    out.push_back(term);
    return;
  }
  const auto& operands =
      term.expr->kind == ExprKind::And ? as<ast::And>(*term.expr).operands : as<ast::Or>(*term.expr).operands;
  for (const auto& operand : operands) flatten({operand.get(), term.negated}, conjunction, out);
}

bool ExpressionEmitter::hasMeter(const Expr& expr) {
  const auto any = [](const auto& operands) {
    return std::ranges::any_of(operands, [](const auto& o) { return hasMeter(*o); });
  };
  switch (expr.kind) {
    case ExprKind::MeterTest:
      return true;
    case ExprKind::Not:
      return hasMeter(*as<ast::Not>(expr).operand);
    case ExprKind::And:
      return any(as<ast::And>(expr).operands);
    case ExprKind::Or:
      return any(as<ast::Or>(expr).operands);
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
  llvm_unreachable("expression kind");
}

bool ExpressionEmitter::looksUp(const Expr& expr) {
  const auto any = [this](const auto& operands) {
    return std::ranges::any_of(operands, [this](const auto& o) { return looksUp(*o); });
  };
  switch (expr.kind) {
    case ExprKind::InSet: {
      const auto& in = as<ast::InSet>(expr);
      if (objects_.plan(in.set).table_entries == 0) return false;
      const auto operand = stableOperand(*in.operand);
      return !operand || !shared_.contains({in.set, *operand});
    }
    case ExprKind::InTable: {
      const auto& in = as<ast::InTable>(expr);
      if (objects_.plan(in.table).table_entries == 0) return false;
      const auto operands = stableOperands(in.operands);
      return !operands || !shared_tables_.contains({in.table, *operands});
    }
    case ExprKind::Not:
      return looksUp(*as<ast::Not>(expr).operand);
    case ExprKind::And:
      return any(as<ast::And>(expr).operands);
    case ExprKind::Or:
      return any(as<ast::Or>(expr).operands);
    case ExprKind::MeterTest:
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
    case ExprKind::OwnerTest:
      return false;
  }
  llvm_unreachable("expression kind");
}

/// Whether some alternatives look IPv4 addresses up and others IPv6 addresses: on separate paths both tables
/// can lie in one stage.
bool ExpressionEmitter::splitsFamilies(const std::vector<Term>& terms) {
  bool four = false;
  bool six = false;
  for (const Term& term : terms) {
    if (!looksUp(*term.expr)) continue;
    const PresenceMask headers = closure(implied(*term.expr, term.negated));
    four |= (headers & isa::kHasIpv4) != 0;
    six |= (headers & isa::kHasIpv6) != 0;
  }
  return four && six;
}

bool ExpressionEmitter::needsBranches(const Expr& expr) {
  if (hasMeter(expr)) return true;
  if (!looksUp(expr)) return false;
  const Term term{&expr, false};
  if (expr.kind == ExprKind::Not) return needsBranches(*as<ast::Not>(expr).operand);
  if (!isJunction(term)) return false;
  std::vector<Term> terms;
  flatten(term, isConjunction(term), terms);
  if (!isConjunction(term) && splitsFamilies(terms)) return true;
  return std::ranges::any_of(terms, [this](const Term& t) { return needsBranches(*t.expr); });
}

PresenceMask ExpressionEmitter::presenceOf(const Expr& operand) const {
  switch (operand.kind) {
    case ExprKind::FieldRef:
      return ast::field(as<ast::FieldRef>(operand).field).presence_mask;
    case ExprKind::LocalRef:
      return locals_.at(as<ast::LocalRef>(operand).local).presence;
    case ExprKind::MapValue: {
      const auto& choices = as<ast::MapValue>(operand).choices;
      PresenceMask all = 0;
      if (choices.size() == 1)
        for (const auto& part : choices.front().operands) all |= presenceOf(*part);
      return all;
    }
    case ExprKind::RawRead:
      return presenceOf(*as<ast::RawRead>(operand).index);
    case ExprKind::StateValue:
      return keyPresence(as<ast::StateValue>(operand).key);
    case ExprKind::Widen:
      return presenceOf(*as<ast::Widen>(operand).operand);
    case ExprKind::Arith:
      return presenceOf(*as<ast::Arith>(operand).lhs) | presenceOf(*as<ast::Arith>(operand).rhs);
    case ExprKind::Literal:
    case ExprKind::Present:
    case ExprKind::Compare:
    case ExprKind::InSet:
    case ExprKind::InTable:
    case ExprKind::OwnerTest:
    case ExprKind::MeterTest:
    case ExprKind::Not:
    case ExprKind::And:
    case ExprKind::Or:
      return 0;
  }
  llvm_unreachable("expression kind");
}

PresenceMask ExpressionEmitter::needed(const Expr& leaf) const {
  switch (leaf.kind) {
    case ExprKind::Compare:
      return presenceOf(*as<ast::Compare>(leaf).lhs) | presenceOf(*as<ast::Compare>(leaf).rhs);
    case ExprKind::InSet:
      return presenceOf(*as<ast::InSet>(leaf).operand);
    case ExprKind::InTable: {
      PresenceMask all = 0;
      for (const auto& operand : as<ast::InTable>(leaf).operands) all |= presenceOf(*operand);
      return all;
    }
    case ExprKind::Present:
      return presenceOf(*as<ast::Present>(leaf).operand);
    case ExprKind::FieldRef:
      return ast::field(as<ast::FieldRef>(leaf).field).presence_mask;
    case ExprKind::OwnerTest: {
      const auto& predicate = program_.owner_predicates[ast::index(as<ast::OwnerTest>(leaf).predicate)];
      return predicate.subject == ast::OwnerSubject::Owner ? isa::kHasOwner : isa::kHasSocket;
    }
    case ExprKind::Literal:
    case ExprKind::LocalRef:
    case ExprKind::RawRead:
    case ExprKind::MapValue:
    case ExprKind::StateValue:
    case ExprKind::Widen:
    case ExprKind::Arith:
    case ExprKind::MeterTest:
    case ExprKind::Not:
    case ExprKind::And:
    case ExprKind::Or:
      return 0;
  }
  llvm_unreachable("expression kind");
}

PresenceMask ExpressionEmitter::implied(const Expr& condition, bool negated) const {
  const Term term{&condition, negated};
  if (condition.kind == ExprKind::Not) return implied(*as<ast::Not>(condition).operand, !negated);
  if (!isJunction(term)) return negated ? 0 : needed(condition);
  const auto& operands =
      condition.kind == ExprKind::And ? as<ast::And>(condition).operands : as<ast::Or>(condition).operands;
  const bool conjunction = isConjunction(term);
  PresenceMask result = conjunction ? 0 : ~PresenceMask{0};
  for (const auto& operand : operands) {
    const PresenceMask bits = closure(implied(*operand, negated));
    result = conjunction ? result | bits : result & bits;
  }
  return result;
}

PresenceMask ExpressionEmitter::guard(const Expr& condition) const {
  if (!hasMeter(condition)) return implied(condition);
  if (condition.kind == ExprKind::And) {
    PresenceMask result = 0;
    for (const auto& operand : as<ast::And>(condition).operands) {
      result |= guard(*operand);
      if (hasMeter(*operand)) break;  // what follows a meter does not keep it from being charged
    }
    return result;
  }
  if (condition.kind == ExprKind::Or) {
    PresenceMask result = ~PresenceMask{0};
    for (const auto& operand : as<ast::Or>(condition).operands) result &= closure(guard(*operand));
    return result;
  }
  return 0;
}

std::optional<std::string> ExpressionEmitter::stableOperand(const Expr& operand) const {
  if (operand.kind != ExprKind::FieldRef) return std::nullopt;
  const ast::FieldId id = as<ast::FieldRef>(operand).field;
  if (!stable(id)) return std::nullopt;
  return std::string(ast::field(id).name);
}

/// The names of all, when none is ever rewritten.
std::optional<std::string> ExpressionEmitter::stableOperands(
    const std::vector<ast::ExprPtr>& operands) const {
  std::string names;
  for (const auto& operand : operands) {
    const auto name = stableOperand(*operand);
    if (!name) return std::nullopt;
    names += *name + " ";
  }
  return names;
}

bool ExpressionEmitter::stable(ast::FieldId field) const {
  return std::ranges::none_of(slicesOf(ast::field(field)), [this](const Slice& slice) {
    const uint32_t mask = slice.width == 32 ? ~uint32_t{0} : ((uint32_t{1} << slice.width) - 1) << slice.lsb;
    return packet_.rewritten(slice.word, mask);
  });
}

}  // namespace norman::codegen
