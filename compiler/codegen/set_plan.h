// Decides how membership in a set or table is tested: by compares in the program, by an exact table, by both, or by a
// prefix table.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/ast/program.h"
#include "compiler/codegen/prefix_cover.h"

namespace norman::codegen {

/// What the overlay offers.
struct TableRoom {
  uint64_t exact = 0;     // entries that one exact table may hold
  uint64_t prefixes = 0;  // that one prefix table may hold; 0: there is none
  bool scarce = false;    // the prefix stages have tables already: only what fits nowhere else
};

struct SetPlan {
  /// Tested by compares: values and ranges.
  std::vector<ast::Interval> inline_intervals = {};
  /// Values that become entries of an exact table; empty if there is none.
  std::vector<ast::Interval> table_intervals = {};
  /// Entries of a prefix table, which then is all there is; it may be empty.
  bool prefix_table = false;
  std::vector<Prefix> prefixes = {};
  uint64_t table_entries = 0;
  /// Why it was decided so, for the report.
  std::string reason = {};
  /// Not empty: it cannot be done, and this says what was exceeded.
  std::string refusal = {};
};

/// The same for combinations of values. Rows are named by their number in the table.
struct TablePlan {
  std::vector<size_t> inline_rows = {};
  std::vector<size_t> table_rows = {};  // each combination of single values in them is an entry
  bool prefix_table = false;
  std::vector<PrefixRow> prefixes = {};  // entries of a prefix table, which then is all there is
  uint64_t table_entries = 0;
  std::string reason = {};
  std::string refusal = {};
};

SetPlan planSet(const ast::Set& set, const TableRoom& room);
TablePlan planTable(const ast::Table& table, const TableRoom& room);

}  // namespace norman::codegen
