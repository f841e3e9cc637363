// Rules that follow each other, as the entries of one lookup of a rule stage.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "compiler/ast/program.h"
#include "compiler/codegen/rule_list.h"

namespace norman::codegen {

/// What an entry does where it matches.
struct RuleTableEntry {
  RuleEntry test;
  ast::RuleId rule{};
  SourceRange range;
  uint8_t flags = 0;      // bits of enum ListFlag
  uint8_t action = 0;     // carried: the bit of RuleTable::carried
  uint32_t argument = 0;  // terminal: the verdict word
  uint16_t event = 0;
};

/// What the program does itself after the lookup, where the entries of a rule that goes on match.
struct CarriedRule {
  const ast::Rule* rule = nullptr;
  /// It decides where the rest of its condition holds; of the list only rules like it come behind it.
  bool decides = false;
  /// The rule's condition from this operand of its conjunction on is still to be tested: it asks meters or state.
  std::optional<size_t> tested_from;
  /// The one count or log that the entries do already.
  const ast::Action* done = nullptr;
};

/// A condition that the program computes before the lookup, as a bit of a key word.
struct ComputedBit {
  const ast::Expr* condition = nullptr;
  unsigned word = 0;  // entry word of the key word; kComputedWord: of a key word that is nothing else
  uint32_t bit = 0;
};

struct RuleTable {
  size_t statements = 0;  // of those given, from the first on
  size_t rules = 0;       // in them and in the chains that they call
  std::array<std::optional<unsigned>, isa::kRuleKeyWords> key;  // entry words, or kComputedWord
  std::vector<RuleTableEntry> entries;
  /// What an entry of an earlier rule decides wholly: not looked up, but kept in the image for when that rule is deleted.
  struct Covered {
    size_t before = 0;  // number of the entry that it would stand before
    RuleTableEntry entry;
  };
  std::vector<Covered> covered;
  std::vector<ComputedBit> computed;
  std::vector<CarriedRule> carried;        // in their order; entries leave bit n of the nth
  std::vector<ast::ChainId> called;        // chains whose rules are among them, once for each call
  /// Rules none of whose packets reach them: earlier rules decide all.
  struct Shadowed {
    ast::RuleId rule;
    std::vector<ast::RuleId> by;
  };
  std::vector<Shadowed> shadowed;
  bool passes = false;  // some entry ends the policy
  bool ends = false;    // some entry ends the program
  unsigned events = 0;       // most that one lookup counts
  unsigned miss_events = 0;  // most where no entry decides
};

/// In RuleTable::key: no entry word, but computed bits.
inline constexpr unsigned kComputedWord = isa::kEntryWords;

/// What planning must know of the rest of the program.
struct RuleTableContext {
  const ast::Program& program;
  std::function<bool(ast::FieldId)> stable;                       // the field is never rewritten
  std::function<uint16_t(const ast::Action&, ast::RuleId)> event;  // id of a count (without index) or log
  std::function<bool(std::span<const RuleTableEntry>)> fits;       // a rule stage holds them
  /// The policy, for its default and its chains.
  const ast::Policy& policy;
  /// The statements are the policy's own and not a chain's, so that `return` is its default.
  bool own_statements = false;
  /// As in ListChoice.
  bool widely = true;
};

/// A lookup, its verdict and its branch take three rows and one of the few rule stages, and the key's words must be read early:
/// fewer rules than these are cheaper as a decision tree.
inline constexpr size_t kTableRules = 12;

/// Where a list begins: the same in every way of compiling a program.
struct ListPlace {
  ast::Hook hook{};
  uint32_t file = 0;
  uint32_t begin = 0;
  friend auto operator<=>(const ListPlace&, const ListPlace&) = default;
};

/// Which rules become lists: what the search for a program that fits varies.
struct ListChoice {
  /// Rules that make a list.
  size_t fewest = kTableRules;
  /// Lists that stay compares and branches.
  std::set<ListPlace> left_out = {};
  /// Prefix tables only for sets that fit nowhere else.
  bool spare_prefixes = false;
  /// Conditions that no entry can test may be computed before the lookup, and chains that rules call be part of a list.
  bool widely = true;
};

/// A list that was made.
struct ListedRules {
  ListPlace place;
  SourceRange range;
  std::string name;
  size_t rules = 0;
  size_t entries = 0;
  size_t computed = 0;
  friend bool operator==(const ListedRules&, const ListedRules&) = default;
};

/// The longest run of rules at the beginning that a lookup can do and a stage hold, or nothing where it is shorter than `fewest`.
std::optional<RuleTable> planRuleTable(std::span<const ast::Statement> statements, const RuleTableContext& context,
                                       size_t fewest = kTableRules);

/// Bits of a verdict word that hold enum Verdict.
inline constexpr uint32_t kVerdictMask = 7;

/// The word that `norman.verdict` writes: verdict 2:0, reason 7:3, rule id 31:16.
uint32_t verdictWord(const ast::Outcome& outcome, ast::RuleId rule);

}  // namespace norman::codegen
