// Intervals are cut at powers of two from their lower end; what earlier ones hold is kept as disjoint intervals.
#include "compiler/codegen/prefix_cover.h"

#include <algorithm>
#include <bit>
#include <map>

namespace norman::codegen {
namespace {

using ast::Bits128;
using ast::Interval;

unsigned trailingZeros(const Bits128& value) {
  return value.lo != 0 ? static_cast<unsigned>(std::countr_zero(value.lo)) : 64 + static_cast<unsigned>(std::countr_zero(value.hi));
}

Bits128 withOnes(Bits128 value, unsigned count) {
  const Bits128 ones = ast::lowOnes(count);
  return {value.hi | ones.hi, value.lo | ones.lo};
}

Bits128 before(Bits128 value) { return {value.hi - (value.lo == 0 ? 1 : 0), value.lo - 1}; }

/// Disjoint intervals that are taken.
class Taken {
 public:
  /// The parts of an interval that are free, in rising order.
  std::vector<Interval> freeOf(const Interval& interval) const {
    std::vector<Interval> parts;
    Bits128 at = interval.first;
    auto next = ends_.lower_bound(at);  // the first that ends at `at` or later
    for (; next != ends_.end() && next->second <= interval.last; ++next) {
      if (next->second > at) parts.push_back({at, before(next->second)});
      if (next->first >= interval.last) return parts;
      at = ast::next(next->first);
    }
    parts.push_back({at, interval.last});
    return parts;
  }

  void add(const std::vector<Interval>& parts) {
    for (const Interval& part : parts) ends_.emplace(part.last, part.first);
  }

 private:
  std::map<Bits128, Bits128> ends_;  // last -> first
};

}  // namespace

std::vector<Prefix> prefixesOf(const Interval& interval, unsigned bits) {
  std::vector<Prefix> prefixes;
  for (Bits128 at = interval.first;;) {
    unsigned open = std::min(trailingZeros(at), bits);
    while (withOnes(at, open) > interval.last) --open;
    prefixes.push_back({at, bits - open});
    const Bits128 last = withOnes(at, open);
    if (last == interval.last) return prefixes;
    at = ast::next(last);
  }
}

std::vector<PrefixRow> coverOf(std::span<const Interval> intervals, unsigned bits) {
  std::vector<PrefixRow> rows;
  std::map<Prefix, size_t> known;
  Taken taken;
  for (size_t row = 0; row < intervals.size(); ++row) {
    const std::vector<Interval> free = taken.freeOf(intervals[row]);
    taken.add(free);
    std::vector<Prefix> prefixes = prefixesOf(intervals[row], bits);
    if (prefixes.size() > 1) {
      prefixes.clear();
      for (const Interval& part : free)
        for (const Prefix& prefix : prefixesOf(part, bits)) prefixes.push_back(prefix);
    } else if (free.empty()) {
      continue;
    }
    for (const Prefix& prefix : prefixes)
      if (known.emplace(prefix, row).second) rows.push_back({prefix, row});
  }
  return rows;
}

std::array<uint32_t, 4> prefixKey(const Bits128& value, unsigned bits) {
  const auto word = [](uint64_t v, unsigned shift) { return static_cast<uint32_t>(v >> shift); };
  if (bits == 32) return {word(value.lo, 0), 0, 0, 0};
  return {word(value.hi, 32), word(value.hi, 0), word(value.lo, 32), word(value.lo, 0)};
}

}  // namespace norman::codegen
