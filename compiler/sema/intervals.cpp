// Sorting and joining of intervals.
#include "compiler/sema/intervals.h"

#include <algorithm>

namespace norman {

using ast::Bits128;
using ast::Interval;

std::vector<Interval> normalise(std::vector<Interval> intervals) {
  std::sort(intervals.begin(), intervals.end(),
            [](const Interval& a, const Interval& b) { return a.first < b.first; });
  std::vector<Interval> result;
  for (const Interval& interval : intervals) {
    const bool all_ones = !result.empty() && result.back().last == ast::lowOnes(128);
    if (!result.empty() && (all_ones || interval.first <= ast::next(result.back().last)))
      result.back().last = std::max(result.back().last, interval.last);
    else
      result.push_back(interval);
  }
  return result;
}

Interval prefixInterval(Bits128 value, unsigned length, unsigned bits) {
  const Bits128 host = ast::lowOnes(bits - length);
  return {{value.hi & ~host.hi, value.lo & ~host.lo}, {value.hi | host.hi, value.lo | host.lo}};
}

}  // namespace norman
