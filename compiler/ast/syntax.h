// The untyped AST: what somebody wrote, before anything is known about names and types.
//
// compiler/parse makes it from ANTLR's tree, compiler/sema turns it into the typed AST of program.h.
// Operators have their precedence here and literals their value; everything else is as in the source.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "compiler/ast/bits128.h"
#include "compiler/support/source.h"

namespace norman::ast::syntax {

/// A word with its place. Empty text: not written.
struct Name {
  std::string text;
  SourceRange range;
};

enum class ExprKind {
  Number,   // value, with `scale` decimal digits after the point, and a unit or ""
  Bool,     // value 0 or 1
  Time,     // of day; value in seconds
  Ipv4,     // value
  Ipv6,     // value
  Prefix4,  // value and length
  Prefix6,  // value and length
  Mac,      // value
  String,   // name
  Path,     // name: "tcp.dport", or a declared name
  Call,     // name(operands)
  Index,    // name[operands]
  Not,
  Complement,
  Binary,  // op
  And,     // two or more operands
  Or,      // two or more operands
  In,      // operands[0] in operands[1]
  List,    // { operands }: only right of `in`
  Tuple,   // (operands), two or more: only left of `in`, and an element right of it or of a set
  Range,   // operands[0] .. operands[1]: only in lists and right of `in`
  Meter,   // exceeds or within name
  Every,   // every value; the unit is the name
  Chance,  // chance value %, with `scale` digits after the point
};

enum class BinaryOp { Add, Sub, Mul, Div, Rem, BitAnd, BitOr, BitXor, Shl, Shr, Eq, Ne, Lt, Le, Gt, Ge };

/// "+", "==", ... as written.
const char* spelling(BinaryOp op);

/// Recursion over a tree goes no deeper than this.
inline constexpr uint16_t kMaxExprDepth = 500;

struct Expr {
  ExprKind kind = ExprKind::Number;
  SourceRange range;
  Bits128 value;
  uint8_t scale = 0;     // Number
  uint8_t length = 0;    // Prefix4, Prefix6
  bool exceeds = false;  // Meter
  uint16_t depth = 1;    // of this tree; parse keeps it below kMaxExprDepth
  BinaryOp op = BinaryOp::Add;
  Name name;  // Path, Call, String, Meter; the unit of a Number
  std::vector<Expr> operands;
};

enum class ActionKind {
  Pass,
  Drop,
  Reject,
  Count,
  Log,
  Capture,
  Mark,
  Swap,
  Assign,
  Call,
  Goto,
  Return,
  Apply
};

struct Action {
  ActionKind kind = ActionKind::Pass;
  SourceRange range;
  Name name;                  // Reject: reason; Count: counter; Swap, Assign: field; Call, Goto: chain
  Name second;                // Swap: the other field
  std::optional<Expr> value;  // Count: index; Mark, Assign: new value; Apply: a map's name and key
  // Assign: `= value if condition else otherwise`
  std::optional<Expr> condition;
  std::optional<Expr> otherwise;
};

struct Let {
  Name name;
  Expr value;
};

struct Rule {
  Name label;
  Expr condition;
  std::vector<Action> actions;
};

struct Statement {
  SourceRange range;
  std::optional<Let> let;    // exactly one
  std::optional<Rule> rule;  // of the two
};

struct Policy {
  Name name;
  SourceRange range;
  std::vector<Name> hooks;
  std::vector<Name> scopes;
  std::optional<int64_t> priority;
  SourceRange priority_range;
  std::optional<Action> default_verdict;  // Pass, Drop or Reject
  SourceRange default_range;
  std::vector<Statement> statements;
};

struct Chain {
  Name name;
  std::vector<Statement> statements;
};

struct Const {
  Name name;
  Expr value;
};

struct Set {
  Name name;
  std::vector<Name> types;  // two or more: of a combination
  std::vector<Expr> elements;
  std::optional<Expr> size;  // a Number: it may change while packets flow
};

struct MapEntry {
  SourceRange range;
  Expr key;
  std::optional<Expr> value;     // exactly one
  std::optional<Action> action;  // of the two: a verdict, call, goto or return
};

struct Map {
  Name name;
  std::vector<Name> types;  // of the key; two or more: of a combination
  Name value_type;
  std::vector<MapEntry> entries;
  std::optional<Expr> size;
};

struct Counter {
  Name name;
  std::optional<Expr> size;
};

/// `per KEY` of a meter or quota, and what its braces say about it.
struct Keyed {
  std::vector<Expr> key;  // Paths; empty: not keyed
  SourceRange range;      // of the first option, when there is one
  std::optional<Expr> size;
  std::optional<Expr> timeout;
  Name full;
};

struct Meter {
  Name name;
  Keyed keyed;
  std::optional<Expr> rate;   // a Number
  Name period;                // what stands after the `/`
  std::optional<Expr> burst;  // a Number
};

struct Quota {
  Name name;
  Keyed keyed;
  std::optional<Expr> limit;  // a Number
};

/// A value kept for each value of a key.
struct State {
  Name name;
  Name type;
  Keyed keyed;
  std::optional<SourceRange> shared;  // of the word
};

struct Parameter {
  Name name;
  Name type;
};

struct Function {
  Name name;
  std::vector<Parameter> parameters;
  Name result_type;
  std::vector<Let> lets;
  Expr result;
};

/// `import "path";` or, without quotes, `import std.name;`.
struct Import {
  Name path;
  bool quoted = false;
};

/// One source file, or several as one: then what it imports stands before it.
struct File {
  FileId file;  // the one that imports the others
  std::vector<Import> imports;
  std::vector<Policy> policies;
  std::vector<Chain> chains;
  std::vector<Const> constants;
  std::vector<Set> sets;
  std::vector<Map> maps;
  std::vector<Counter> counters;
  std::vector<Meter> meters;
  std::vector<Quota> quotas;
  std::vector<State> states;
  std::vector<Function> functions;
  std::set<std::string> strings;  // all that are written as values: a pattern takes in what is named anywhere
};

}  // namespace norman::ast::syntax
