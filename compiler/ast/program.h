// The typed AST: what the semantic checks hand to code generation and to the reference evaluator.
//
// Everything that the language offers as a convenience is gone here:
//   - constants are literals, functions are expanded where they are called, units are plain integers;
//   - `ip.src` and the like are split into their IPv4 and IPv6 halves, `local.port` is a source or
//   destination
//     port: a policy on several hooks appears once for each hook, with its fields resolved for that hook;
//   - what can never be present is folded away (its comparisons are literals `false`);
//   - `swap(a, b)` is one simultaneous assignment, `mark 5` assigns packet.mark.
// What remains has the meaning that grammar/LANGUAGE.md gives to it; comments here say how it is encoded.
//
// Visit with a switch over the kind and no default, so that a new node breaks the build where it matters.
#pragma once

#include <cassert>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/ast/bits128.h"
#include "compiler/ast/field.h"
#include "compiler/ast/type.h"
#include "compiler/support/source.h"

namespace norman::ast {

// Indices into the vectors of Program; LocalId into Policy::locals, ChainId into Policy::chains.
enum class SetId : uint32_t {};
enum class TableId : uint32_t {};
enum class CounterId : uint32_t {};
enum class MeterId : uint32_t {};
enum class OwnerPredicateId : uint32_t {};
enum class RuleId : uint32_t {};
enum class LocalId : uint32_t {};
enum class ChainId : uint32_t {};

template <typename Id>
constexpr size_t index(Id id) {
  return static_cast<size_t>(id);
}

// ------------------------------------------------------------------------------------------ expressions

enum class ExprKind {
  Literal,    // a value
  FieldRef,   // a field of the packet as it is now, after the rewriting so far
  LocalRef,   // the value of an earlier Let of the same policy
  RawRead,    // bytes of the packet as it came
  MapValue,   // what a table has for a combination of values
  Present,    // true iff the operand is present
  Widen,      // u32 to u64, zero-extended
  Arith,      // two Ints of the same width
  Compare,    // two operands of the same kind and width
  InSet,      // membership in a set of the same kind
  InTable,    // membership of a combination of values in a table
  OwnerTest,  // a symbolic test of the packet's owner or socket
  MeterTest,  // charges a meter and says how it went
  StateValue, // what a shared state of numbers is
  Not,
  And,  // two or more operands, left to right, stops at the first false
  Or,   // two or more operands, left to right, stops at the first true
};

/// A typed expression. Every one is a total function of the packet that gives a value of `type` or, unless
/// the type is Bool, "absent".
struct Expr {
  ExprKind kind;
  Type type;
  SourceRange range;

  virtual ~Expr() = default;
  Expr(const Expr&) = delete;
  Expr& operator=(const Expr&) = delete;

 protected:
  Expr(ExprKind k, Type t, SourceRange r) : kind(k), type(t), range(r) {}
};

using ExprPtr = std::unique_ptr<Expr>;

/// The node as its own type; the kind must match.
template <typename T>
const T& as(const Expr& expr) {
  assert(expr.kind == T::kKind);
  return static_cast<const T&>(expr);
}

struct Literal : Expr {
  static constexpr ExprKind kKind = ExprKind::Literal;
  Literal(Type t, SourceRange r, Bits128 v) : Expr(kKind, t, r), value(v) {}
  /// A Bool is 0 or 1; an address is its number in network order (10.0.0.1 is 0x0a000001).
  Bits128 value;
};

struct FieldRef : Expr {
  static constexpr ExprKind kKind = ExprKind::FieldRef;
  FieldRef(Type t, SourceRange r, FieldId f) : Expr(kKind, t, r), field(f) {}
  /// Absent when the contract says so; a Bool field that is absent reads as false. packet.time is the
  /// machine's number here, ticks of 1/16 ns: where the source says `packet.time`, sema has put a shift by 4
  /// around it.
  FieldId field;
};

struct LocalRef : Expr {
  static constexpr ExprKind kKind = ExprKind::LocalRef;
  LocalRef(Type t, SourceRange r, LocalId l) : Expr(kKind, t, r), local(l) {}
  LocalId local;
};

struct Present : Expr {
  static constexpr ExprKind kKind = ExprKind::Present;
  Present(SourceRange r, ExprPtr e) : Expr(kKind, Type::boolean(), r), operand(std::move(e)) {}
  /// May be a FieldRef of a Bool field: then the question is whether the field is there, whatever its value.
  ExprPtr operand;
};

struct Widen : Expr {
  static constexpr ExprKind kKind = ExprKind::Widen;
  Widen(Type t, SourceRange r, ExprPtr e) : Expr(kKind, t, r), operand(std::move(e)) {}
  ExprPtr operand;
};

enum class ArithOp {
  Add,
  Sub,
  Mul,  // u32 only
  And,
  Or,
  Xor,
  Shl,  // rhs is a Literal less than the width
  Shr,  // likewise; shifts in zeros
  Min,
  Max,
};

/// Absent iff an operand is absent. Results wrap modulo 2^bits. (`/` and `%` by powers of two arrive as Shr
/// and And.)
struct Arith : Expr {
  static constexpr ExprKind kKind = ExprKind::Arith;
  Arith(Type t, SourceRange r, ArithOp o, ExprPtr a, ExprPtr b)
      : Expr(kKind, t, r), op(o), lhs(std::move(a)), rhs(std::move(b)) {}
  ArithOp op;
  ExprPtr lhs;
  ExprPtr rhs;
};

enum class CompareOp { Eq, Ne, Lt, Le, Gt, Ge };

/// False when an operand is absent, whatever the operator. Unsigned. Eq and Ne for every kind but Bool; the
/// orders for Int, Ipv4 and Ipv6 too.
struct Compare : Expr {
  static constexpr ExprKind kKind = ExprKind::Compare;
  Compare(SourceRange r, CompareOp o, ExprPtr a, ExprPtr b)
      : Expr(kKind, Type::boolean(), r), op(o), lhs(std::move(a)), rhs(std::move(b)) {}
  CompareOp op;
  ExprPtr lhs;
  ExprPtr rhs;
};

/// False when the operand is absent.
struct InSet : Expr {
  static constexpr ExprKind kKind = ExprKind::InSet;
  InSet(SourceRange r, ExprPtr e, SetId s) : Expr(kKind, Type::boolean(), r), operand(std::move(e)), set(s) {}
  ExprPtr operand;
  SetId set;
};

/// Whether a row of the table holds the operands, one for each of its key's types. False when one is absent.
struct InTable : Expr {
  static constexpr ExprKind kKind = ExprKind::InTable;
  InTable(SourceRange r, std::vector<ExprPtr> e, TableId t)
      : Expr(kKind, Type::boolean(), r), operands(std::move(e)), table(t) {}
  std::vector<ExprPtr> operands;
  TableId table;
};

enum class RawBase { Frame, L3, L4 };  // in the order of the contract's enumeration GatherBase
/// "frame", "l3", "l4".
std::string_view rawBaseName(RawBase base);

/// 1, 2 or 4 bytes from base + index on as a number, first byte most significant: of the first 128 bytes of the frame
/// as it came, whatever was rewritten since. Absent where the base or the index is, or not all bytes are there. A rule whose condition
/// or actions read begins with a test that they are (Checker::guarded).
struct RawRead : Expr {
  static constexpr ExprKind kKind = ExprKind::RawRead;
  RawRead(Type t, SourceRange r, RawBase b, uint8_t n, ExprPtr i) : Expr(kKind, t, r), base(b), bytes(n), index(std::move(i)) {}
  RawBase base;
  uint8_t bytes;
  ExprPtr index;  // a u32
};

/// The value of the first row that holds the operands; absent when an operand is, or no row holds them. A map
/// with addresses of both families has several choices, of which at most one has its operands; the first that
/// has a value counts.
struct MapValue : Expr {
  static constexpr ExprKind kKind = ExprKind::MapValue;
  struct Choice {
    std::vector<ExprPtr> operands;
    TableId table;
  };
  MapValue(Type t, SourceRange r, std::vector<Choice> c) : Expr(kKind, t, r), choices(std::move(c)) {}
  std::vector<Choice> choices;
};

/// The predicate's bit, inverted for `!=`; false in both cases when the packet has no owner (or no socket).
struct OwnerTest : Expr {
  static constexpr ExprKind kKind = ExprKind::OwnerTest;
  OwnerTest(SourceRange r, OwnerPredicateId p, bool n)
      : Expr(kKind, Type::boolean(), r), predicate(p), negated(n) {}
  OwnerPredicateId predicate;
  bool negated;
};

/// What a step does with a state.
enum class StateChange { Keep, Set, Add, Sub, Max, Min, Or, AndNot };

/// A step of a keyed state: whether `state op limit` holds says which change is made. A key that is not kept
/// has the state 0 (false), and is taken in by a change. Where the limit is absent nothing holds; where it or the
/// value of one of the changes is absent nothing changes.
struct StateStep {
  struct Change {
    StateChange kind = StateChange::Keep;
    ExprPtr value;  // of the state's type; null for Keep
  };
  std::optional<CompareOp> op;  // without: it always holds
  ExprPtr limit;                // of the state's type
  Change then;
  Change otherwise;
};

/// A part of the key of a meter or state: a value, or the halves of an address of either family, which is one key of
/// 128 bits: an IPv4 address a as ::ffff:a.
struct KeyPart {
  ExprPtr value;
  ExprPtr v6;  // null, or `value` is the IPv4 half
};

/// Charges the meter when evaluation reaches it. Each meter has at most one test for each direction. `every
/// n` holds when the packet does not conform.
struct MeterTest : Expr {
  static constexpr ExprKind kKind = ExprKind::MeterTest;
  MeterTest(SourceRange r, MeterId m, bool e, std::vector<KeyPart> k = {}, std::optional<StateStep> s = {})
      : Expr(kKind, Type::boolean(), r), meter(m), exceeds(e), key(std::move(k)), step(std::move(s)) {}
  MeterId meter;
  bool exceeds;  // true: `exceeds m` holds when the packet does not conform; false: `within m`, when it does
  /// Of a keyed meter. Where a part is absent, nothing is charged and the test is false.
  std::vector<KeyPart> key;
  /// Of a state: the test holds iff its condition does.
  std::optional<StateStep> step;
};

/// The number that a shared state has for the key, 0 where it is not kept; absent where a part of the key is. Changes nothing.
struct StateValue : Expr {
  static constexpr ExprKind kKind = ExprKind::StateValue;
  StateValue(Type t, SourceRange r, MeterId s, std::vector<KeyPart> k) : Expr(kKind, t, r), state(s), key(std::move(k)) {}
  MeterId state;
  std::vector<KeyPart> key;
};

struct Not : Expr {
  static constexpr ExprKind kKind = ExprKind::Not;
  Not(SourceRange r, ExprPtr e) : Expr(kKind, Type::boolean(), r), operand(std::move(e)) {}
  ExprPtr operand;
};

struct And : Expr {
  static constexpr ExprKind kKind = ExprKind::And;
  And(SourceRange r, std::vector<ExprPtr> e) : Expr(kKind, Type::boolean(), r), operands(std::move(e)) {}
  std::vector<ExprPtr> operands;
};

struct Or : Expr {
  static constexpr ExprKind kKind = ExprKind::Or;
  Or(SourceRange r, std::vector<ExprPtr> e) : Expr(kKind, Type::boolean(), r), operands(std::move(e)) {}
  std::vector<ExprPtr> operands;
};

// ---------------------------------------------------------------------------------------------- actions

enum class ActionKind {
  Verdict,  // pass, drop, reject: terminal, always the last action of its rule
  Count,
  Log,
  Capture,
  Assign,
  Update,  // of a state
  // Where to go on; like a verdict always the last action of its rule.
  Call,    // the chain's statements, then the rule after this one
  Goto,    // the chain's statements, then what follows the list that this rule stands in
  Return,  // what follows the list that this rule stands in
};

enum class Verdict { Pass, Drop, Reject };

/// In the order of the contract's enumeration Reason.
enum class RejectReason {
  None,             // pass and drop
  PortUnreachable,  // what `reject` alone means
  HostUnreachable,
  NetUnreachable,
  ProtoUnreachable,
  AdminProhibited,
  TcpReset,
};

/// "port-unreachable", ... as the language and the contract write it; "none" for None.
std::string_view rejectReasonName(RejectReason reason);

struct Outcome {
  Verdict verdict = Verdict::Pass;
  RejectReason reason = RejectReason::None;
};

/// One field and its new value. Nothing is written when the field or the value is absent. A value wider than
/// the field loses its high bits.
struct Assignment {
  FieldId target;
  ExprPtr value;
};

struct Action {
  ActionKind kind;
  SourceRange range;
  /// Verdict
  Outcome outcome;
  /// Count: counter, and for an array the index: nothing is counted when that is absent or not less than the
  /// size.
  CounterId counter{};
  ExprPtr counter_index;
  /// Assign: all values are taken before any field is written.
  std::vector<Assignment> assignments;
  /// Update: a MeterTest of a state, whose answer does not matter
  ExprPtr update;
  /// Call, Goto
  ChainId chain{};
};

// --------------------------------------------------------------------------------------------- policies

enum class Hook { Prerouting, Input, Forward, Output, Postrouting };
enum class Direction { Ingress, Egress };

/// Prerouting and input belong to the ingress program, the others to the egress program.
Direction directionOf(Hook hook);
std::string_view hookName(Hook hook);

/// Which packets a policy sees; bits of Policy::scope.
enum Scope : uint8_t {
  kScopeIpv4 = 1,   // the IPv4 header is present
  kScopeIpv6 = 2,   // the IPv6 header is present
  kScopeArp = 4,    // the ARP header is present
  kScopeOther = 8,  // none of the three
  kScopeAll = 15,
};

struct Rule {
  RuleId id{};
  ExprPtr condition;  // Bool
  std::vector<Action> actions;
};

/// Evaluates once, when the policy reaches it, and keeps the value and its presence.
struct Let {
  LocalId local{};
  ExprPtr value;
};

struct Statement {
  SourceRange range;
  std::optional<Let> let;    // exactly one
  std::optional<Rule> rule;  // of the two
};

struct Local {
  std::string name;
  Type type;
};

/// A list of statements that rules call or go to. When it ends, its caller goes on: the rule after the
/// `call`, or, when it was reached by `goto`, whatever would have followed the list that said so.
struct Chain {
  std::string name;
  SourceRange range;
  std::vector<Statement> statements;
};

/// A policy at one hook.
struct Policy {
  std::string name;
  SourceRange range;
  Hook hook = Hook::Input;
  int priority = 0;
  uint8_t scope = kScopeIpv4 | kScopeIpv6;
  std::vector<Local> locals;
  std::vector<Statement> statements;
  /// The chains that it reaches, with their fields resolved for its hook; a chain calls only later ones.
  std::vector<Chain> chains;
  /// What happens when no rule decides, and the rule that results name then.
  Outcome default_outcome;
  RuleId default_rule{};
};

// ----------------------------------------------------------------------------------------- declarations

/// Both ends belong to it.
struct Interval {
  Bits128 first;
  Bits128 last;
  friend bool operator==(const Interval&, const Interval&) = default;
};

/// A set of one type. A named set of addresses of both families appears as two sets of the same name.
struct Set {
  std::string name;  // empty for a list written in place
  SourceRange range;
  Type type;  // Int (always u64, whatever the width of what is looked up), Ipv4, Ipv6 or Mac
  std::vector<Interval> intervals;  // sorted, disjoint, not adjacent; may be empty
  uint32_t capacity = 0;            // at most so many values change while packets flow; 0: they are fixed
  bool prefixes = false;            // of one with a capacity: each interval is a prefix; they may be nested and adjacent
};

/// A row holds a combination of values when each lies in its interval.
struct TableRow {
  std::vector<Interval> key;  // one for each type of the table's key
  Bits128 value;              // of a map
  SourceRange range;
};

/// Combinations of values, and what a map has for each. A named one with addresses of both families appears
/// as several tables of the same name, one for each choice of families.
struct Table {
  std::string name;  // empty for a list written in place
  SourceRange range;
  /// Int (u32; a port, or what is less than 2^16, has so many value_bits), Ipv4, Ipv6 or Mac.
  std::vector<Type> key;
  /// They may overlap. Of a map the first one that holds the values counts: sema has put narrow ones before
  /// wide ones.
  std::vector<TableRow> rows;
  std::optional<Type> value;  // of a map: Int (u32), Ipv4 or Mac
  /// At most so many rows, each with single values, change while packets flow; 0: they are fixed.
  uint32_t capacity = 0;
  bool prefixes = false;  // of one with a capacity and a key of one part: rows have prefixes for it, which may be nested
};

struct Counter {
  std::string name;  // "policy.rule" for the counter of a bare `count`
  SourceRange range;
  uint32_t size = 1;      // elements
  bool is_array = false;  // `counter x[1]` is an array of one
};

enum class MeterKind {
  Rate,   // `meter`: state <= now + tolerance, then state = max(state, now) + cost
  Quota,  // `quota`: state < limit, then state += 1 or the packet's bytes
  Every,  // `every n`: state < limit = n - 1, then state += 1, else state = 0
  State,  // `state`: each MeterTest has a StateStep
};

/// What a keyed meter does for a new key when all places for it are taken by others that live.
enum class WhenFull {
  Within,   // the packet conforms, nothing is kept
  Exceeds,  // the packet does not conform
  Replace,  // another key gives way
};

/// A state of its own for each value of a key, as LANGUAGE.md section 9 says.
struct Keyed {  // of a State `full` is Within (an assignment does nothing) or Replace
  uint32_t size = 0;     // a power of two, at least 64; 0: there is no key
  uint64_t timeout = 0;  // in units of 2^20 ns; 0: a key stays
  WhenFull full = WhenFull::Within;
  std::string key = {};  // as it is written, in one form: "ip.src, tcp.dport"
};

/// What a MeterTest charges: a state of 64 bits for each direction, at first 0. A packet *conforms* when the
/// kind's condition holds. Rates are numbers of the formula in LANGUAGE.md ("Meters"); all times are ticks of
/// 1/16 ns.
struct Meter {
  MeterKind kind = MeterKind::Rate;
  std::string name;
  SourceRange range;
  bool per_byte = false;
  /// per_byte: a packet of n bytes costs (n * mantissa) << shift, or >> -shift for a negative shift; n is
  /// less than 2^16, the mantissa is 2^15..2^16-1, the product is taken in 64 bits and fits.
  uint32_t mantissa = 0;
  int shift = 0;
  /// Otherwise each packet costs this many ticks.
  uint64_t ticks_per_packet = 0;
  /// A packet conforms iff state <= now + tolerance; then state = max(state, now) + cost.
  uint64_t tolerance = 0;
  /// Quota, Every
  uint64_t limit = 0;
  /// State: Bool, Int, Ipv4 or Mac
  Type type;
  /// State: the direction whose packets assign it, if both directions have it. It is a Bool, whether its key is
  /// kept, or an Int of 8 bits.
  std::optional<Direction> home;
  Keyed keyed;
};

enum class OwnerSubject { Owner, Socket };
enum class OwnerAttribute { User, Group, Comm, Cgroup };

/// A symbolic test, computed by the control plane: true iff the attribute equals one of the names, or, for
/// `subtree`, is one of these cgroups or lies below one.
struct OwnerPredicate {
  OwnerSubject subject = OwnerSubject::Owner;
  OwnerAttribute attribute = OwnerAttribute::User;
  bool subtree = false;
  std::vector<std::string> names;  // sorted, distinct
  SourceRange range;               // where it is first used
  friend bool sameTest(const OwnerPredicate& a, const OwnerPredicate& b) {
    return a.subject == b.subject && a.attribute == b.attribute && a.subtree == b.subtree &&
           a.names == b.names;
  }
};

/// What results name: a rule of the source or the default of a policy.
struct RuleInfo {
  std::string policy;  // or chain
  std::string name;    // "" when the rule has none, "default" for a default
  SourceRange range;   // results print SourceManager::place() of it
  bool is_default = false;
};

/// "eth*": interfaces whose name begins with "eth" and that are not named themselves have numbers of a block from `first` on,
/// those of the longest pattern that takes them in.
struct InterfacePattern {
  std::string name;
  uint64_t first = 0;
};

struct Program {
  FileId file;  // the one that imports the others
  /// All files; those with rules come first, in the order of the rules.
  std::vector<FileId> files;
  size_t files_with_rules = 0;
  /// By policy in source order, then the chains that no earlier policy calls; shared by all hooks and
  /// callers.
  std::vector<RuleInfo> rules;
  std::vector<Set> sets;
  std::vector<Table> tables;
  std::vector<Counter> counters;
  std::vector<Meter> meters;
  std::vector<OwnerPredicate> owner_predicates;  // at most 64
  /// Interfaces that the policy names: number i + 1 stands for interfaces[i] in iface.in and iface.out.
  std::vector<std::string> interfaces;
  std::vector<InterfacePattern> interface_patterns;
  /// Sorted by hook, then priority, then source order: run the policies of a hook in this order.
  std::vector<Policy> policies;
  /// By Direction: some policy of it reads parse.incomplete, so that incomplete packets reach the rules.
  bool tests_incomplete[2] = {false, false};

  bool hasPolicies(Direction direction) const;
};

/// Calls `visit` for every statement of a policy, those of its chains included.
template <typename Visit>
void eachStatement(const Policy& policy, Visit visit) {
  for (const Statement& statement : policy.statements) visit(statement);
  for (const Chain& chain : policy.chains)
    for (const Statement& statement : chain.statements) visit(statement);
}

/// Calls `visit` for every expression of a statement, those inside others included.
void eachExpr(const Statement& statement, const std::function<void(const Expr&)>& visit);
void eachExpr(const Expr& expr, const std::function<void(const Expr&)>& visit);

}  // namespace norman::ast
