// Sorting and joining of set elements.
#include "compiler/sema/intervals.h"

#include <gtest/gtest.h>

namespace norman {
namespace {

using ast::Bits128;
using ast::Interval;

Interval interval(uint64_t first, uint64_t last) { return {{0, first}, {0, last}}; }

TEST(Intervals, sorts_and_joins) {
  EXPECT_EQ(normalise({interval(9, 9), interval(1, 3), interval(2, 5), interval(6, 6)}),
            (std::vector{interval(1, 6), interval(9, 9)}));
  EXPECT_EQ(normalise({interval(1, 9), interval(2, 3)}), (std::vector{interval(1, 9)}));
  EXPECT_EQ(normalise({}), std::vector<Interval>{});
}

TEST(Intervals, joins_across_the_halves_and_at_the_end) {
  const Bits128 top = ast::lowOnes(128);
  EXPECT_EQ(normalise({{{0, 5}, {0, UINT64_MAX}}, {{1, 0}, {1, 7}}}),
            (std::vector<Interval>{{{0, 5}, {1, 7}}}));
  EXPECT_EQ(normalise({{{0, 0}, top}, {{3, 3}, {4, 4}}}), (std::vector<Interval>{{{0, 0}, top}}));
}

TEST(Intervals, reads_prefixes) {
  EXPECT_EQ(prefixInterval({0, 0x0a000000}, 8, 32), interval(0x0a000000, 0x0affffff));
  EXPECT_EQ(prefixInterval({0, 0}, 0, 32), interval(0, 0xffffffff));
  EXPECT_EQ(prefixInterval({0, 7}, 32, 32), interval(7, 7));
  EXPECT_EQ(prefixInterval({0x20010db800000000, 0}, 32, 128),
            (Interval{{0x20010db800000000, 0}, {0x20010db8ffffffff, UINT64_MAX}}));
  EXPECT_EQ(prefixInterval({0, 0}, 0, 128), (Interval{{0, 0}, ast::lowOnes(128)}));
}

}  // namespace
}  // namespace norman
