// Rules that follow each other, as the entries of one lookup of a rule stage.
#pragma once

#include <functional>
#include <optional>
#include <span>
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
  uint32_t argument = 0;  // terminal: the verdict word
  uint16_t event = 0;
};

struct RuleTable {
  size_t statements = 0;  // of those given, from the first on
  std::array<std::optional<unsigned>, isa::kRuleKeyWords> key;  // entry words
  std::vector<RuleTableEntry> entries;
  /// Rules none of whose packets reach them: an earlier rule decides all.
  struct Shadowed {
    ast::RuleId rule;
    ast::RuleId by;
  };
  std::vector<Shadowed> shadowed;
  bool passes = false;  // some entry ends the policy
  bool ends = false;    // some entry ends the program
  unsigned events = 0;       // most that one lookup counts
  unsigned miss_events = 0;  // most where no entry decides
};

/// What planning must know of the rest of the program.
struct RuleTableContext {
  const ast::Program& program;
  std::function<bool(ast::FieldId)> stable;                       // the field is never rewritten
  std::function<uint16_t(const ast::Action&, ast::RuleId)> event;  // id of a count (without index) or log
  std::function<bool(std::span<const RuleTableEntry>)> fits;       // a rule stage holds them
};

/// A lookup, its verdict and its branch take three rows and one of the few rule stages, and the key's words must be read early:
/// fewer rules than these are cheaper as a decision tree.
inline constexpr size_t kTableRules = 12;

/// The longest run of rules at the beginning that a lookup can do and a stage hold, or nothing where it is shorter than `fewest`.
std::optional<RuleTable> planRuleTable(std::span<const ast::Statement> statements, const RuleTableContext& context,
                                       size_t fewest = kTableRules);

/// Bits of a verdict word that hold enum Verdict.
inline constexpr uint32_t kVerdictMask = 7;

/// The word that `norman.verdict` writes: verdict 2:0, reason 7:3, rule id 31:16.
uint32_t verdictWord(const ast::Outcome& outcome, ast::RuleId rule);

}  // namespace norman::codegen
