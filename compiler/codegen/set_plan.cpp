// The choice between compares and a table for a set.
#include "compiler/codegen/set_plan.h"

#include <fmt/format.h>

#include <algorithm>

namespace norman::codegen {
namespace {

// Up to this many compares cost no more than the two or three rows that a lookup and its branch take, and
// leave the few exact stages free.
constexpr unsigned kInlineCompares = 6;
// With a table: so many compares may stand beside it for ranges too large to be listed. More take more rows
// than a path has stages.
constexpr unsigned kCompareLimit = 16;
// Ranges up to this many values are listed in the table before larger ones are compared.
constexpr uint64_t kListedRange = 256;

/// Number of values, saturated.
uint64_t valuesOf(const ast::Interval& i) {
  if (i.first.hi != i.last.hi) return UINT64_MAX;
  const uint64_t distance = i.last.lo - i.first.lo;
  return distance == UINT64_MAX ? UINT64_MAX : distance + 1;
}

// Sets of integers are u64 by type, but nearly always tested against a u32.
unsigned wordsOf(const ast::Type& type) { return type.isInt() ? 1 : (type.bits + 31u) / 32u; }

/// Operations that test one interval, as ExpressionEmitter::inInterval makes them: an equality for each
/// leading word that both ends share; then a compare for one end or a subtraction and a compare for two, if
/// the words below may have any value, else two compares of all that is left.
unsigned comparesOf(const ast::Interval& i, const ast::Type& type) {
  const unsigned words = wordsOf(type);
  if (valuesOf(i) == 1) return words;
  const auto word = [&](const ast::Bits128& value, unsigned n) {
    const unsigned shift = 32 * (words - 1 - n);
    return static_cast<uint32_t>(shift >= 64 ? value.hi >> (shift - 64) : value.lo >> shift);
  };
  unsigned equal = 0;
  while (equal < words && word(i.first, equal) == word(i.last, equal)) ++equal;
  if (equal == words) return words + 1;  // integers that differ above their low word
  bool rest_free = true;
  for (unsigned n = equal + 1; n < words; ++n)
    rest_free &= word(i.first, n) == 0 && word(i.last, n) == 0xffffffff;
  if (!rest_free) return equal + 2 * (words - equal);
  const unsigned ends = (word(i.first, equal) != 0 ? 1 : 0) + (word(i.last, equal) != 0xffffffff ? 1 : 0);
  return equal + ends;
}

}  // namespace

SetPlan planSet(const ast::Set& set, uint64_t table_capacity) {
  SetPlan plan;
  unsigned compares = 0;
  for (const ast::Interval& i : set.intervals) compares += comparesOf(i, set.type);
  if (compares <= kInlineCompares) {
    plan.inline_intervals = set.intervals;
    plan.reason = fmt::format("{} compare{} in the program {} cheaper than a lookup", compares,
                              compares == 1 ? "" : "s", compares == 1 ? "is" : "are");
    return plan;
  }

  // Values first, then small ranges; what is larger is compared in the program.
  unsigned ranges = 0;
  unsigned range_compares = 0;
  for (const ast::Interval& i : set.intervals) {
    const uint64_t values = valuesOf(i);
    if (values <= kListedRange) {
      plan.table_intervals.push_back(i);
      plan.table_entries += values;
    } else {
      plan.inline_intervals.push_back(i);
      ++ranges;
      range_compares += comparesOf(i, set.type);
    }
  }
  if (range_compares > kCompareLimit) {
    plan.refusal = fmt::format(
        "it has {} ranges or prefixes of more than {} values, which take {} compares; a program compares "
        "with at most {}",
        ranges, kListedRange, range_compares, kCompareLimit);
    return plan;
  }
  if (plan.table_entries > table_capacity) {
    plan.refusal = fmt::format("its values and small ranges make {} table entries; a table holds at most {}",
                               plan.table_entries, table_capacity);
    return plan;
  }
  plan.reason =
      plan.table_entries == 0
          ? fmt::format("{} ranges are compared in the program: exact tables hold single values", ranges)
      : ranges == 0
          ? fmt::format("{} values are looked up in a table; comparing would take {} compares",
                        plan.table_entries, compares)
          : fmt::format("{} values are looked up in a table, {} larger ranges are compared in the program",
                        plan.table_entries, ranges);
  return plan;
}

}  // namespace norman::codegen
