// The choice between compares and a table for a set.
#include "compiler/codegen/set_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <numeric>
#include <set>
#include <span>

#include "compiler/codegen/table_key.h"

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
constexpr unsigned kListedBits = 8;  // that such ranges leave open

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

bool isAddress(const ast::Type& type) { return type.kind == ast::TypeKind::Ipv4 || type.kind == ast::TypeKind::Ipv6; }

/// Whether a prefix table is the better choice, or the only one, for what so many compares would test.
bool takesPrefixes(const TableRoom& room, size_t prefixes, unsigned compares) {
  return prefixes != 0 && prefixes <= room.prefixes && compares > (room.scarce ? kCompareLimit : kInlineCompares);
}

std::string prefixReason(size_t prefixes, unsigned compares) {
  return fmt::format("{} prefixes are one lookup of a prefix table; {} compares would stand in the program else", prefixes,
                     compares);
}

/// The plan of what has a size and holds prefixes.
template <typename Plan>
void changingPrefixes(Plan& plan, uint32_t capacity, const TableRoom& room) {
  plan.prefix_table = true;
  plan.table_entries = capacity;
  plan.reason = "it has a size: its prefixes change while packets flow";
  if (room.prefixes == 0)
    plan.refusal = "its prefixes change while packets flow, and this overlay has no prefix tables";
  else if (capacity > room.prefixes)
    plan.refusal = fmt::format("its size is {}; a prefix table holds at most {}", capacity, room.prefixes);
}

}  // namespace

SetPlan planSet(const ast::Set& set, const TableRoom& room) {
  const uint64_t table_capacity = room.exact;
  SetPlan plan;
  unsigned compares = 0;
  for (const ast::Interval& i : set.intervals) compares += comparesOf(i, set.type);
  // What changes while packets flow lies in a table, whatever it holds now.
  if (set.prefixes) {
    for (const ast::Interval& i : set.intervals) plan.prefixes.push_back(prefixesOf(i, set.type.bits).front());
    changingPrefixes(plan, set.capacity, room);
    return plan;
  }
  if (set.capacity != 0) {
    plan.table_intervals = set.intervals;
    plan.table_entries = set.capacity;
    plan.reason = "it has a size: its values change while packets flow";
    if (set.capacity > table_capacity)
      plan.refusal = fmt::format("its size is {}; a table holds at most {}", set.capacity, table_capacity);
    return plan;
  }
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
  if (isAddress(set.type)) {
    std::vector<Prefix> prefixes;
    for (const ast::Interval& i : set.intervals)
      for (const Prefix& prefix : prefixesOf(i, set.type.bits)) prefixes.push_back(prefix);
    const size_t count = prefixes.size();
    if (takesPrefixes(room, count, range_compares))
      return {.prefix_table = true, .prefixes = std::move(prefixes), .table_entries = count, .reason = prefixReason(count, range_compares)};
    if (plan.table_entries > room.exact && count <= room.prefixes)
      return {.prefix_table = true, .prefixes = std::move(prefixes),
              .table_entries = count,
              .reason = fmt::format("{} prefixes are one lookup of a prefix table; their {} values are more than the {} of an exact table",
                                    count, plan.table_entries, room.exact)};
    if (range_compares > kCompareLimit && room.prefixes != 0) {
      plan.refusal = fmt::format("its ranges make {} prefixes; a prefix table holds at most {}", count, room.prefixes);
      return plan;
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

namespace {

/// Compares of some rows, as ExpressionEmitter::anyRow makes them: parts that rows begin with alike are
/// tested once.
unsigned comparesOf(const ast::Table& table, std::span<const size_t> rows) {
  unsigned compares = 0;
  std::set<std::vector<ast::Bits128>> known;
  for (const size_t number : rows) {
    std::vector<ast::Bits128> begin;
    for (size_t i = 0; i < table.key.size(); ++i) {
      const ast::Interval& interval = table.rows[number].key[i];
      begin.push_back(interval.first);
      begin.push_back(interval.last);
      if (known.insert(begin).second) compares += comparesOf(interval, table.key[i]);
    }
  }
  return compares;
}

}  // namespace

// Rows of ranges and prefixes, and keys of more than four words, become compares here; long lists of them are
// work for a rule stage, as lists of rules are (rule_table.h).
TablePlan planTable(const ast::Table& table, const TableRoom& room) {
  const uint64_t table_capacity = room.exact;
  TablePlan plan;
  std::vector<size_t> all(table.rows.size());
  std::iota(all.begin(), all.end(), size_t{0});
  const unsigned compares = comparesOf(table, all);
  if (table.prefixes) {
    for (const size_t row : all) plan.prefixes.push_back({prefixesOf(table.rows[row].key[0], table.key[0].bits).front(), row});
    changingPrefixes(plan, table.capacity, room);
    return plan;
  }
  if (table.capacity != 0) {
    plan.table_rows = std::move(all);
    plan.table_entries = table.capacity;
    plan.reason = "it has a size: its entries change while packets flow";
    if (!keyLayout(table.key))
      plan.refusal = "a combination takes more than the four words of a table's key";
    else if (table.capacity > table_capacity)
      plan.refusal = fmt::format("its size is {}; a table holds at most {}", table.capacity, table_capacity);
    return plan;
  }
  if (compares <= kInlineCompares) {
    plan.inline_rows = std::move(all);
    plan.reason = fmt::format("{} compare{} in the program {} cheaper than a lookup", compares,
                              compares == 1 ? "" : "s", compares == 1 ? "is" : "are");
    return plan;
  }
  const bool fits_key = keyLayout(table.key).has_value();
  for (size_t i = 0; i < table.rows.size(); ++i) {
    // Of a map the narrowest row counts: what is listed is narrower than what is compared.
    uint64_t combinations = 1;
    unsigned open_bits = 0;
    for (const ast::Interval& interval : table.rows[i].key) {
      const uint64_t values = valuesOf(interval);
      combinations = std::min<uint64_t>(combinations * std::min(values, kListedRange + 1), kListedRange + 1);
      open_bits += values == UINT64_MAX ? 64 : static_cast<unsigned>(std::bit_width(values - 1));
    }
    if (open_bits > kListedBits) combinations = kListedRange + 1;
    if (fits_key && combinations <= kListedRange) {
      plan.table_rows.push_back(i);
      plan.table_entries += combinations;
    } else {
      plan.inline_rows.push_back(i);
    }
  }
  const unsigned inline_compares = comparesOf(table, plan.inline_rows);
  if (table.key.size() == 1 && isAddress(table.key[0])) {
    std::vector<ast::Interval> intervals;
    for (const ast::TableRow& row : table.rows) intervals.push_back(row.key[0]);
    std::vector<PrefixRow> prefixes = coverOf(intervals, table.key[0].bits);
    if (takesPrefixes(room, prefixes.size(), inline_compares)) {
      const size_t count = prefixes.size();
      return {.prefix_table = true, .prefixes = std::move(prefixes), .table_entries = count, .reason = prefixReason(count, inline_compares)};
    }
  }
  if (inline_compares > kCompareLimit) {
    plan.refusal =
        fits_key ? fmt::format(
                       "it has {} combinations with ranges or prefixes of more than {} values, which take {} "
                       "compares; a program compares with at most {}",
                       plan.inline_rows.size(), kListedRange, inline_compares, kCompareLimit)
                 : fmt::format(
                       "a combination takes more than the four words of a table's key, and {} compares are "
                       "more than the {} of a program",
                       inline_compares, kCompareLimit);
    return plan;
  }
  if (plan.table_entries > table_capacity) {
    plan.refusal = fmt::format("its combinations make {} table entries; a table holds at most {}",
                               plan.table_entries, table_capacity);
    return plan;
  }
  plan.reason =
      plan.table_entries == 0
          ? fmt::format("{} combinations are compared in the program: exact tables hold single values",
                        plan.inline_rows.size())
      : plan.inline_rows.empty()
          ? fmt::format("{} combinations are looked up in a table; comparing would take {} compares",
                        plan.table_entries, compares)
          : fmt::format(
                "{} combinations are looked up in a table, {} with larger ranges are compared in the program",
                plan.table_entries, plan.inline_rows.size());
  return plan;
}

}  // namespace norman::codegen
