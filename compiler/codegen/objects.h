// Counters, logs, meters and tables of one module: their names in calls, their event ids, their records.
#pragma once

#include <llvm/IR/Module.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/ast/program.h"
#include "compiler/codegen/rule_table.h"
#include "compiler/codegen/set_plan.h"
#include "compiler/support/diagnostics.h"
#include "compiler/support/source.h"

namespace norman::codegen {

/// A choice that the compiler made, for the report.
struct Decision {
  SourceRange range;
  std::string subject;  // "set 'blocked'"
  bool table = false;
  std::string reason;
};

/// An object of an image whose program may be running while this one takes its place: the same one keeps its place.
struct KeptObject {
  std::string name;  // as people see it
  unsigned kind = 0;
  unsigned program = 0;
  unsigned stage = 0;
  uint32_t base = 0;
  uint32_t size = 0;
  uint32_t type = 0;
  unsigned piece = 0;  // of a map's values
};

/// What an event call needs.
struct EventCall {
  llvm::FunctionCallee function;
  uint32_t base = 0;
};

/// Hands out the functions that stand for objects, and writes metadata and sections at the end.
///
/// Event ids are the same in both programs: counters first, in source order, then a log for each rule that
/// logs. With objects to keep, those that are the same keep their ids, and no other gets any of these.
class Objects {
 public:
  Objects(llvm::Module& module, const ast::Program& program, const SourceManager& sources,
          std::string_view overlay, Diagnostics& diagnostics, const std::vector<KeptObject>& keep,
          bool spare_prefixes = false);

  /// The counter as `rule` counts in it. Its place in the image is that rule, or its declaration if several
  /// do.
  EventCall counter(ast::CounterId id, ast::RuleId rule, ast::Direction direction);
  EventCall log(ast::RuleId id, ast::Direction direction);
  EventCall incomplete();
  llvm::FunctionCallee meter(ast::MeterId id, ast::Direction direction);
  /// The table that learns the keys of a keyed meter.
  llvm::FunctionCallee learned(ast::MeterId id, ast::Direction direction);

  /// How a set is tested; planned once, refusals are reported once.
  const SetPlan& plan(ast::SetId id);
  const TablePlan& plan(ast::TableId id);
  /// The table of a set. A path may use an object once, so each distinct `operand` has a copy of its own.
  llvm::FunctionCallee lookup(ast::SetId id, std::string_view operand, ast::Direction direction);
  /// The table that holds one piece of the values (0 for a set).
  llvm::FunctionCallee lookup(ast::TableId id, std::string_view operand, ast::Direction direction,
                              unsigned piece);

  /// Lookup of a list of rules of a policy; `range` are the rules, `owner` is the policy or chain that they stand in.
  llvm::FunctionCallee rules(std::string_view policy, std::string_view owner, RuleTable table, ast::Direction direction,
                             const SourceRange& range, const ListPlace& place);
  /// Rule stages of the overlay: so many lists a path can ask.
  unsigned ruleStages() const { return static_cast<unsigned>(std::ranges::count(overlay_.stages, 'R')); }
  const isa::ConfigInfo& overlay() const { return overlay_; }

  /// Emits `!norman.objects` and the sections of flat records.
  void finish();

  /// Notes a choice for the report.
  void decide(Decision decision) { decisions_.push_back(std::move(decision)); }
  /// What was chosen for lists written in place there does not come to pass: their rules went into a rule table.
  void forgetListsIn(const SourceRange& range) {
    std::erase_if(decisions_, [&](const Decision& d) {
      return d.subject.starts_with("list of ") && d.range.file == range.file && d.range.begin >= range.begin && d.range.end <= range.end;
    });
  }
  const std::vector<Decision>& decisions() const { return decisions_; }
  const std::vector<ListedRules>& listedRules() const { return listed_; }
  bool hasPrefixTables() const { return !prefix_tables_.empty(); }
  /// The entries of lists of rules, by the number of the object.
  std::map<size_t, std::vector<RuleTableEntry>> listEntries() const;

 private:
  struct Object {
    std::string name;
    unsigned kind;
    ast::Direction direction;
    uint32_t size;
    uint32_t type;
    SourceRange range;
    std::string shown;
    uint32_t base = 0;
    unsigned family = 0;  // of an address set; of a learned table that both programs have: 1 + the one that learns
    std::optional<ast::SetId> set = std::nullopt;
    std::optional<ast::TableId> rows = std::nullopt;
    unsigned piece = 0;                         // of the rows' values
    std::optional<size_t> list = std::nullopt;  // in lists_
  };

  uint32_t takeEvents(std::string_view shown, unsigned kind, uint32_t size);
  void emitKept();
  uint32_t string(std::string_view text);
  uint32_t lineOf(const SourceRange& range) const;
  uint32_t recordLine(const SourceRange& range) const;
  bool knows(unsigned kind, std::string_view name, ast::Direction direction) const;
  void add(Object object);
  std::string contentsOf(const ast::Set& set) const;
  std::string contentsOf(const ast::Table& table) const;
  std::string interfaceNames() const;
  std::string keyText(const ast::Meter& meter) const;
  llvm::FunctionCallee declareLookup(const std::string& name, bool prefixes);
  TableRoom room();
  void appendEntries(uint32_t object, const Object& of, std::string& entries) const;
  EventCall event(std::string name, std::string shown, unsigned kind, ast::Direction direction, uint32_t base,
                  uint32_t size, const SourceRange& range);
  std::string ruleName(const ast::RuleInfo& rule) const;
  void appendTable(uint32_t object, const Object& of, std::string& tables, std::string& pieces) const;
  std::vector<std::string> actionTexts() const;
  void appendList(uint32_t object, size_t list, std::string& lists, std::string& keys, std::string& heads);
  void emitSection(std::string_view section, const std::string& bytes);

  llvm::Module& module_;
  const ast::Program& program_;
  const SourceManager& sources_;
  Diagnostics& diagnostics_;
  const isa::ConfigInfo& overlay_;
  const std::vector<KeptObject>& keep_;
  bool spare_prefixes_;
  std::set<uint32_t> prefix_tables_;  // planned, by their places: the two families of a set are one
  uint32_t event_limit_ = 0;

  std::string strings_ = std::string(1, '\0');
  std::map<std::string, uint32_t, std::less<>> string_offsets_;
  std::vector<Object> objects_;
  std::set<std::pair<std::string, ast::Direction>> known_;
  std::vector<uint32_t> counter_bases_;
  std::map<ast::CounterId, std::optional<ast::RuleId>>
      counter_rules_;  // the only rule that counts in it, or nothing
  std::map<ast::RuleId, uint32_t> log_ids_;
  uint32_t next_event_ = 1;
  std::vector<std::optional<SetPlan>> plans_;
  std::vector<std::optional<TablePlan>> table_plans_;
  std::vector<RuleTable> lists_;
  std::vector<ListedRules> listed_;  // in the same order
  std::vector<std::string> owners_;  // likewise
  std::map<std::pair<ast::SetId, ast::Direction>, std::map<std::string, unsigned, std::less<>>> copies_;
  std::map<std::pair<ast::TableId, ast::Direction>, std::map<std::string, unsigned, std::less<>>>
      table_copies_;
  std::vector<Decision> decisions_;
};

/// A line with the number of its file in Program::files above isa::kLineBits (overlay_rtl/spec/ir.md, "Source
/// lines"); zero for a place that has none.
uint32_t lineWord(const ast::Program& program, const SourceManager& sources, const SourceRange& range);

/// What a counter (kind Counter or Log) of so many elements keeps its numbers for: the type in its record.
uint32_t eventType(unsigned kind, uint32_t size);

/// The key words of one value of a set: pieces of addresses most significant first; an integer low word
/// first, so that a u32 finds its value in a set of any integers.
std::array<uint32_t, 4> keyOf(const ast::Bits128& value, const ast::Type& type);

}  // namespace norman::codegen
