// The state of the semantic checks of one file; the folder's README says which file holds which of its
// functions.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "compiler/ast/program.h"
#include "compiler/ast/syntax.h"
#include "compiler/sema/sema.h"
#include "compiler/sema/value.h"
#include "compiler/support/diagnostics.h"

namespace norman {

class Checker {
 public:
  Checker(const SourceManager& sources, const ast::syntax::File& file, Diagnostics& diagnostics, const KnownNames& known);

  /// The whole program; meaningless when an error was reported.
  ast::Program check();

 private:
  enum class NameKind { Policy, Chain, Const, Set, Map, Counter, Meter, Quota, State, Function };
  struct Declared {
    NameKind kind;
    size_t index;  // into the file's list of that kind
    SourceRange range;
    bool used = false;
  };

  /// The type words of sets.
  enum class SetType { Address, Port, Number, Mac, Interface, User, Group, Comm, Cgroup };
  /// What an element is: `ipv4` and `ipv6` are addresses of one family (4 or 6, else 0).
  struct ElementType {
    SetType type;
    unsigned family = 0;
    bool prefixes = false;  // what has a size may hold prefixes
  };
  /// A combination that stands in a set: a value or range for each of its types.
  struct Row {
    struct Part {
      unsigned family = 0;  // of an address: 4 or 6
      ast::Interval interval;
    };
    std::vector<Part> parts;
    SourceRange range;
    ast::Bits128 value;  // of a map; of one of verdicts the number of the target
  };
  /// Elements of a set, whatever their type; unused parts are empty.
  struct Elements {
    std::vector<ast::Interval> ipv4, ipv6, other;
    std::vector<std::string> names;
  };
  enum class Progress { Untouched, Running, Done };
  struct SetInfo {
    Progress progress = Progress::Untouched;
    std::optional<SetType> type;  // unless it is a set of combinations, or has errors
    Elements elements;
    std::vector<ElementType> types;  // of combinations: two or more
    std::vector<Row> rows;
    uint32_t capacity = 0;
    bool prefixes = false;  // it has a size and holds prefixes, which are not joined
  };
  struct MapInfo {
    Progress progress = Progress::Untouched;
    bool good = false;
    std::vector<ElementType> types;
    std::optional<ast::Type> value;  // nothing: verdicts
    std::vector<Row> rows;
    std::vector<const ast::syntax::Action*> targets;  // of a map of verdicts, each once
    uint32_t capacity = 0;
    bool prefixes = false;
  };
  struct ConstInfo {
    Progress progress = Progress::Untouched;
    Value value;
  };
  struct FunctionInfo {
    Progress progress = Progress::Untouched;  // Running: a call of it now is a recursion
    bool broken = false;                      // its declaration has errors: calls stay silent
  };

  /// What names of one policy or function body stand for. A function's body sees its own only.
  struct Scope {
    std::unordered_map<std::string, Value> names;
  };

  // ---- declarations.cpp
  void declareNames();
  void declare(const ast::syntax::Name& name, NameKind kind, size_t index);
  Declared* find(const std::string& name);
  std::vector<std::string_view> declaredNames(std::optional<NameKind> kind = {}) const;
  void reportUnknown(const char* what, const ast::syntax::Name& name,
                     const std::vector<std::string_view>& candidates);
  void reportUnknownUnit(const ast::syntax::Name& name);
  /// The declaration if it is of this kind; otherwise a message and null.
  Declared* require(const ast::syntax::Name& name, NameKind kind, const char* what);
  static const char* kindName(NameKind kind);
  const Value* constant(size_t index);
  const SetInfo& set(size_t index);
  static std::optional<ElementType> findElementType(std::string_view word);
  void readElement(const ast::syntax::Expr& element, ElementType type, Elements& into);
  void readSetElement(const ast::syntax::Expr& element, SetType type, Elements& into);
  void checkCounter(const ast::syntax::Counter& counter);
  void checkMeter(const ast::syntax::Meter& meter);
  void checkQuota(const ast::syntax::Quota& quota);
  bool checkKeyed(const ast::syntax::Keyed& keyed, const ast::syntax::Name& name, const char* what,
                  ast::Keyed& result);
  void checkFunction(size_t index);
  void warnUnused();

  // ---- expressions.cpp
  Value check(const ast::syntax::Expr& expr);
  Value checkBool(const ast::syntax::Expr& expr, const char* what);
  Value checkNumber(const ast::syntax::Expr& expr);
  Value checkLogic(const ast::syntax::Expr& expr);
  Value checkMeterTest(const ast::syntax::Expr& expr);
  Value checkEvery(const ast::syntax::Expr& expr);
  Value checkChance(const ast::syntax::Expr& expr);
  bool meterAllowed(const ast::syntax::Expr& expr, const std::string& what);
  std::optional<std::vector<ast::KeyPart>> meterKey(const std::vector<ast::syntax::Expr>& key,
                                                               bool& never);
  std::optional<ast::KeyPart> connectionEnd(const SourceRange& range, bool larger);
  bool claimMeter(ast::MeterId meter, const std::string& what, const ast::syntax::Expr& expr);

  // ---- states.cpp
  /// A state where it is tested: alone, or compared with something.
  struct StateMatch {
    Declared* declared;
    std::optional<ast::CompareOp> op;
    const ast::syntax::Expr* other = nullptr;
  };
  static ast::syntax::Name stateOperandType(const ast::syntax::State& declaration);
  void checkState(const ast::syntax::State& declaration);
  bool conditionAllowed(const Declared& declared, const SourceRange& condition);
  void findHome(ast::MeterId state);
  Declared* stateNamed(const ast::syntax::Expr& expr);
  Declared* sharedNumber(const ast::syntax::Expr& expr);
  std::optional<StateMatch> matchState(const ast::syntax::Expr& expr);
  Value checkStateValue(const ast::syntax::Expr& expr, Declared& declared);
  Value checkStateTest(const ast::syntax::Expr& expr, const StateMatch& match);
  bool setStateTest(const ast::syntax::Expr& expr, const StateMatch& match, ast::StateStep& step);
  bool isTwoWay(const ast::StateStep& step, const ast::syntax::Expr& test, bool fused);
  std::optional<ast::StateStep::Change> stateChange(const ast::syntax::Expr& expr, const Declared& declared);
  void checkUpdate(const ast::syntax::Action& action, Declared& declared, std::vector<ast::Action>& actions);
  /// The test that ends a rule's condition and the assignment of the same state, which are one step.
  struct FusedUpdate {
    const ast::syntax::Expr* test = nullptr;
    const ast::syntax::Action* action = nullptr;
    bool negated = false;
  };
  FusedUpdate fusedUpdate(const ast::syntax::Rule& rule);
  void checkStateUses();

  // ---- fields.cpp
  Value checkPath(const ast::syntax::Expr& expr);
  Value checkField(const ast::syntax::Name& name);
  std::optional<Value> checkHeader(const ast::syntax::Name& name);
  bool neverKnown(std::string_view field) const;
  void noteNeverKnown(const ast::syntax::Name& name);

  // ---- calls.cpp
  Value checkCall(const ast::syntax::Expr& expr);
  Value checkMinMax(const ast::syntax::Expr& expr, bool max);
  Value checkPresent(const ast::syntax::Expr& expr);
  Value checkRawRead(const ast::syntax::Expr& expr);
  void needRead(ast::ExprPtr condition);
  ast::ExprPtr guarded(ast::ExprPtr condition);
  Value callFunction(size_t index, const ast::syntax::Expr& call, std::vector<Value> arguments);
  Value functionBody(const ast::syntax::Function& function);
  /// `value` as a value of the type with this name, for arguments and results.
  Value coerce(Value value, const ast::syntax::Name& type, const std::string& what);
  Value typeTemplate(const ast::syntax::Name& type, ast::LocalId local);

  // ---- arithmetic.cpp
  /// Makes the units of two integers agree (a literal takes the other's), or reports.
  bool unifyUnits(Value& lhs, Value& rhs, const SourceRange& range, const char* what);
  void unifyWidths(Value& lhs, Value& rhs);
  Value checkComplement(const ast::syntax::Expr& expr);
  Value checkArithmetic(const ast::syntax::Expr& expr);
  /// Whether the overlay has the operation for these operands; reports what it has not.
  bool canCompute(ast::syntax::BinaryOp op, const Value& lhs, const Value& rhs);
  Value arithmetic(ast::syntax::BinaryOp op, Value lhs, Value rhs, const SourceRange& range);

  // ---- comparisons.cpp
  void checkFits(const Value& value, const Value& field);
  /// Strings are what this is compared with.
  static bool comparedWithNames(const Value& value);
  Value checkComparison(const ast::syntax::Expr& expr);
  Value compareInterfaces(Value interface, const ast::syntax::Expr& pattern, ast::CompareOp op, const SourceRange& range);
  Value compareSymbol(Value symbol, const Value& other, ast::CompareOp op, const SourceRange& range);
  Value compareInts(Value lhs, Value rhs, ast::CompareOp op, const SourceRange& range);
  Value compareAddresses(Value lhs, Value rhs, ast::CompareOp op, const SourceRange& range);

  // ---- membership.cpp
  Value checkIn(const ast::syntax::Expr& expr);
  /// What stands right of 'in': a named set, or elements written in place.
  struct Looked {
    const Elements* named = nullptr;
    Elements in_place;
    SourceRange range;  // where it is written
    std::string name;
    std::optional<SetType> type;  // of a named one
    uint32_t capacity = 0;
    bool prefixes = false;
  };
  Value inSet(Value operand, const ast::syntax::Expr& target, const SourceRange& range);
  std::optional<SetType> setTypeFor(const Value& operand);
  static const char* elementsOf(SetType type);
  bool readNamedSet(Declared& declared, const ast::syntax::Name& target, const Value& operand, SetType type,
                    Looked& looked);
  bool readElementsInPlace(const ast::syntax::Expr& target, const Value& operand, SetType type,
                           const SourceRange& range, Elements& into);
  void unifyElement(const ast::syntax::Expr& element, const Value& operand, ast::Interval& interval,
                    const SourceRange& range);
  ast::SetId setFor(ast::Type type, const std::vector<ast::Interval>& intervals, const Looked& looked);

  // ---- combinations.cpp
  bool checkPartTypes(const std::vector<ast::syntax::Name>& words, const std::vector<ElementType>& types);
  bool readRow(const ast::syntax::Expr& element, const std::vector<ElementType>& types,
               std::vector<Row>& into);
  Value inCombination(const ast::syntax::Expr& expr);
  bool fitsPart(const Value& operand, ElementType type, const std::vector<Row>& rows, size_t part,
                const SourceRange& range);
  struct Found {
    std::vector<ast::ExprPtr> operands;
    ast::TableId table;
  };
  struct TableSource {
    const std::vector<ElementType>* types;
    const std::vector<Row>* rows;
    SourceRange place;
    std::string name;
    std::optional<ast::Type> value;
    uint32_t capacity = 0;
    bool prefixes = false;
  };
  std::vector<Found> findTables(const std::vector<Value>& operands, const TableSource& source,
                                const SourceRange& range);
  Value lookIn(std::vector<Value> operands, const TableSource& source, const SourceRange& range);
  std::optional<std::vector<Value>> checkParts(const ast::syntax::Expr& tuple);
  std::optional<ElementType> partTypeFor(const Value& operand);
  std::string combinationText(const std::vector<ElementType>& types);

  // ---- owners.cpp
  ast::ExprPtr ownerTest(const Value& symbol, std::vector<std::string> names, bool subtree, bool negated,
                         const SourceRange& range);
  bool checkOwnerName(ast::OwnerAttribute attribute, std::string& name, const SourceRange& range);
  uint64_t interfaceNumber(const std::string& name, const SourceRange& range);
  static bool isInterfacePattern(const std::string& name);
  std::optional<uint64_t> patternNumber(const std::string& pattern, const SourceRange& range);
  const std::vector<ast::Interval>& interfacesOf(const std::string& pattern, const SourceRange& range);

  // ---- limits.cpp: what is too large is reported once
  bool countNodes(size_t count, const SourceRange& range);
  bool countElements(size_t count, const SourceRange& range);
  bool tooDeep(const Value& value);
  void reportTooDeep(const SourceRange& range);

  // ---- policies.cpp
  /// The statements of a policy or a chain: what its rules are, whatever the number of hooks and callers.
  struct ListInfo {
    std::string name;                                          // of the policy or chain
    std::vector<ast::RuleId> rule_ids;                         // by statement; meaningless for a let
    std::vector<std::optional<ast::CounterId>> rule_counters;  // by statement
    std::map<std::string, unsigned, std::less<>> counters_of;   // by the rule's name or line: several may share a line
  };
  struct PolicyInfo {
    std::vector<ast::Hook> hooks;
    uint8_t scope = ast::kScopeIpv4 | ast::kScopeIpv6;
    int priority = 0;
    ast::Outcome default_outcome;
    ast::RuleId default_rule{};
    ListInfo list;
    std::vector<size_t> chains;  // what it reaches: callers before the chains that they call
  };
  PolicyInfo policyInfo(const ast::syntax::Policy& policy);
  ListInfo numberRules(const ast::syntax::Name& name, const std::vector<ast::syntax::Statement>& statements);
  void checkLabels(const char* what, const ast::syntax::Name& name,
                   const std::vector<ast::syntax::Statement>& statements);
  void checkRuleCount(const ast::syntax::Name& name, const char* what);
  ast::Policy checkPolicy(const ast::syntax::Policy& policy, PolicyInfo& info, ast::Hook hook);
  void checkStatements(const std::vector<ast::syntax::Statement>& source, ListInfo& list, ast::Policy& policy,
                       std::vector<ast::Statement>& statements);
  void checkLet(const ast::syntax::Let& let, ast::Policy& policy, ast::Statement& statement,
                std::vector<ast::Statement>& statements);
  void bind(const ast::syntax::Name& name, Value value);
  ast::Outcome outcomeOf(const ast::syntax::Action& action);
  void checkAction(const ast::syntax::Action& action, size_t statement, ListInfo& list,
                   std::vector<ast::Action>& actions);
  void checkCount(const ast::syntax::Action& action, size_t statement, ListInfo& list, ast::Action& result);
  void assign(const ast::syntax::Name& target, Value value, std::vector<ast::Assignment>& assignments);
  std::optional<Value> assignable(const ast::syntax::Name& target);
  /// Reports what no hook of the policy, or of all policies that reach the chain, can ever know.
  void reportNeverKnown(std::optional<size_t> chain, size_t hook_count);
  void listFiles();
  void warnUnreachable(const std::vector<ast::syntax::Statement>& statements);

  // ---- maps.cpp
  const MapInfo& map(size_t index);
  std::optional<uint32_t> checkSize(const std::optional<ast::syntax::Expr>& size, size_t elements,
                                    const char* what);
  void readMapEntry(const ast::syntax::MapEntry& entry, MapInfo& info);
  std::optional<ast::Bits128> mapValue(const ast::syntax::Expr& expr, const ast::Type& type);
  bool arePrefixes(std::span<const ast::Interval> intervals, const SourceRange& range);
  void reportNotSingle(const SourceRange& range, bool addresses);
  void checkSingle(const std::vector<Row>& rows);
  void checkSingle(const Elements& elements, const ast::syntax::Set& declaration);
  void sortRows(std::vector<Row>& rows);
  Value checkIndex(const ast::syntax::Expr& expr);
  Value indexMap(const ast::syntax::Expr& expr, bool verdicts);
  std::vector<const ast::syntax::Action*> targetsOf(const ast::syntax::Action& action);
  void applyMap(const ast::syntax::Action& action, size_t statement, ListInfo& list, ast::Policy& policy,
                std::vector<ast::Statement>& statements, ast::Rule& rule);

  // ---- chains.cpp
  void findCalls();
  std::vector<const ast::syntax::Action*> callsOf(const ast::syntax::Statement& statement);
  void reportCycle(const std::vector<size_t>& path, size_t again, const SourceRange& call);
  /// How a policy comes to a chain: by no call, one, or several.
  struct Reach {
    size_t calls = 0;  // at most 2: more make no difference
    SourceRange first, second;
  };
  void visitCalls(const std::vector<ast::syntax::Statement>& statements, std::vector<char>& seen,
                  std::vector<size_t>& order);
  std::vector<size_t> chainsOf(const std::vector<ast::syntax::Statement>& statements);
  void checkChains(const ast::syntax::Policy& source, PolicyInfo& info, ast::Policy& policy);
  void checkUncalled(size_t chain);
  std::optional<ast::ChainId> target(const ast::syntax::Name& name);
  void checkCopies(const ast::syntax::Policy& source, const ast::Policy& policy);

  const SourceManager& sources_;
  const ast::syntax::File& file_;
  Diagnostics& diagnostics_;
  ast::Program program_;

  std::map<std::string, Declared> declared_;
  std::vector<ConstInfo> constants_;
  std::vector<SetInfo> sets_;
  std::vector<MapInfo> maps_;
  std::vector<FunctionInfo> functions_;
  struct ChainInfo {
    std::vector<std::pair<size_t, SourceRange>> calls;  // what it calls, and where
    std::optional<ListInfo> list;                       // once a policy reaches it
    std::set<ast::Hook> hooks;                          // where policies reach it
  };
  std::vector<ChainInfo> chains_;
  bool chains_broken_ = false;  // calls go in a circle or too deep: nothing follows them
  size_t copied_rules_ = 0;
  std::vector<std::optional<ast::CounterId>> counter_ids_;  // by declaration; empty: it has errors
  std::vector<std::optional<ast::MeterId>> meter_ids_;
  std::vector<std::optional<ast::MeterId>> quota_ids_;
  std::vector<std::optional<ast::MeterId>> state_ids_;
  std::map<std::pair<uint32_t, uint32_t>, ast::MeterId> every_ids_;  // by place
  /// Sets already in the program, by where they are written and their type.
  std::map<std::tuple<uint32_t, uint32_t, ast::TypeKind>, ast::SetId> set_ids_;
  std::map<std::tuple<uint32_t, uint32_t, std::string>, ast::TableId> table_ids_;  // by place and families
  std::map<std::string, uint64_t> interfaces_;
  std::map<std::string, std::vector<ast::Interval>> pattern_numbers_;  // that a pattern takes in
  uint64_t counter_elements_ = 0;

  // Where we are.
  std::optional<ast::Hook> hook_;  // empty while a declaration is being checked by itself
  Scope* scope_ = nullptr;
  std::vector<ast::ExprPtr> reads_;  // conditions without which the rule or let being checked reads bytes that are not there
  bool map_key_ = false;  // a key of a map is being read
  bool meters_allowed_ = false;
  bool constants_only_ = false;
  bool names_meant_ = false;  // what is being checked is compared with names: strings
  FusedUpdate fused_;  // of the rule being checked
  std::optional<size_t> chain_;               // the chain whose statements are being checked
  const Reach* reach_ = nullptr;              // how the policy comes to it
  std::map<size_t, ast::ChainId> chain_ids_;  // of the policy being checked
  unsigned recursion_ = 0;
  unsigned call_depth_ = 0;
  unsigned set_depth_ = 0;
  size_t nodes_ = 0;          // of the expression being checked
  size_t program_nodes_ = 0;  // of all
  size_t elements_ = 0;       // of all sets, copies into other sets and tests included
  bool size_reported_ = false;

  struct NeverKnown {
    ast::syntax::Name name;
    std::set<ast::Hook> hooks;
    std::optional<size_t> chain;
  };
  std::map<std::pair<uint32_t, uint32_t>, NeverKnown>
      never_known_;  // by place, of the policy being checked and of all chains
  struct MeterUse {
    SourceRange range;
    ast::Hook hook;
    SourceRange call;  // of the chain that it stands in
  };
  std::map<std::pair<ast::MeterId, ast::Direction>, MeterUse> meter_uses_;
};

}  // namespace norman
