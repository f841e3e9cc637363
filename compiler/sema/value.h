// What an expression is while it is being checked, and how typed nodes are made of values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/ast/program.h"

namespace norman {

/// The result of checking an expression. Only Typed and Either become nodes of the typed AST; the others are
/// legal in a few places (names of users left of `==`, prefixes right of `in`).
struct Value {
  enum class Kind {
    Error,   // reported already: whatever uses it stays silent
    Typed,   // `expr` of `type`
    Either,  // an address: `expr` is its IPv4 half, `v6` its IPv6 half
    Symbol,  // owner.user and the like
    String,
    Prefix,  // `interval` of `type`
  };
  Kind kind = Kind::Error;
  SourceRange range;

  ast::Type type;
  /// Null for what is never present at this hook (a Bool is then a literal false instead).
  ast::ExprPtr expr;
  ast::ExprPtr v6;
  /// Either: the halves are those of one field of the packet, so that two such values have the same family.
  bool of_packet = false;
  /// Written as the name of a field here, not come through a let or an argument: literals beside it must fit
  /// it.
  bool is_field = false;
  /// Depth of the deepest tree in it.
  unsigned depth = 0;

  ast::OwnerSubject subject = ast::OwnerSubject::Owner;
  ast::OwnerAttribute attribute = ast::OwnerAttribute::User;
  std::string text;
  ast::Interval interval;

  /// Of a let that reads raw bytes: the local that says whether they were all there.
  std::optional<ast::LocalId> reads;

  bool isError() const { return kind == Kind::Error; }
  bool isBool() const { return kind == Kind::Typed && type.isBool(); }
  bool isInt() const { return kind == Kind::Typed && type.isInt(); }
  bool isAddress() const {
    return kind == Kind::Typed && (type.kind == ast::TypeKind::Ipv4 || type.kind == ast::TypeKind::Ipv6);
  }
  bool isIpv4() const { return kind == Kind::Typed && type.kind == ast::TypeKind::Ipv4; }
  /// The number when it is a literal one.
  std::optional<ast::Bits128> literal() const;
};

Value errorValue(const SourceRange& range);
Value typedValue(ast::Type type, ast::ExprPtr expr, const SourceRange& range, unsigned depth = 1);
Value boolValue(bool value, const SourceRange& range);
/// A number without unit: u32 when it fits, else u64.
Value numberValue(uint64_t value, const SourceRange& range, ast::Unit unit = ast::Unit::None);
Value cloneValue(const Value& value);

/// A deep copy of a typed tree.
ast::ExprPtr clone(const ast::Expr& expr);

/// Literals fold; what is absent makes it absent. Both sides have the same width.
ast::ExprPtr makeArith(ast::Type type, const SourceRange& range, ast::ArithOp op, ast::ExprPtr lhs,
                       ast::ExprPtr rhs);
/// A literal when both sides are literals or one side is null (absent).
ast::ExprPtr makeCompare(const SourceRange& range, ast::CompareOp op, ast::ExprPtr lhs, ast::ExprPtr rhs);
ast::ExprPtr makeBool(const SourceRange& range, bool value);
/// Null is absent.
ast::ExprPtr makePresent(const SourceRange& range, ast::ExprPtr operand);
ast::ExprPtr makeNot(const SourceRange& range, ast::ExprPtr operand);
/// Drops what cannot matter: literals, and what follows a deciding literal. Tests of meters before one stay.
ast::ExprPtr makeAnd(const SourceRange& range, std::vector<ast::ExprPtr> operands);
ast::ExprPtr makeOr(const SourceRange& range, std::vector<ast::ExprPtr> operands);
/// To 64 bits; a literal is retyped.
ast::ExprPtr makeWiden(ast::Type type, ast::ExprPtr operand);

/// The number of bits that a value needs, at least 1.
uint8_t bitLength(ast::Bits128 value);
/// Nodes of the trees in it.
size_t nodeCount(const Value& value);
/// Whether a tree tests a meter.
bool testsMeter(const ast::Expr& expr);

/// For messages: "u32", "address", "a string", ...
std::string describeType(const Value& value);
/// For messages: "bytes", "a port", ...
const char* describeUnit(ast::Unit unit);

}  // namespace norman
