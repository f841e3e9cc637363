// Decides how membership in a set or table is tested: by compares in the program, by an exact table, or by
// both.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/ast/program.h"

namespace norman::codegen {

struct SetPlan {
  /// Tested by compares: values and ranges.
  std::vector<ast::Interval> inline_intervals;
  /// Values that become entries of an exact table; empty if there is none.
  std::vector<ast::Interval> table_intervals;
  uint64_t table_entries = 0;
  /// Why it was decided so, for the report.
  std::string reason;
  /// Not empty: it cannot be done, and this says what was exceeded.
  std::string refusal;
};

/// The same for combinations of values. Rows are named by their number in the table.
struct TablePlan {
  std::vector<size_t> inline_rows;
  std::vector<size_t> table_rows;  // each combination of single values in them is an entry
  uint64_t table_entries = 0;
  std::string reason;
  std::string refusal;
};

/// `table_capacity`: entries that one table of the overlay may hold.
SetPlan planSet(const ast::Set& set, uint64_t table_capacity);
TablePlan planTable(const ast::Table& table, uint64_t table_capacity);

}  // namespace norman::codegen
