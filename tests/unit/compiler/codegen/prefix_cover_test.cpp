// Prefixes against the intervals they stand for, value by value.
#include "compiler/codegen/prefix_cover.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <optional>
#include <random>

namespace norman::codegen {
namespace {

constexpr unsigned kBits = 8;

// The row of the longest prefix that holds the value.
std::optional<size_t> longest(const std::vector<PrefixRow>& rows, uint64_t value) {
  const PrefixRow* best = nullptr;
  for (const PrefixRow& row : rows) {
    const unsigned open = kBits - row.prefix.length;
    if (value >> open == row.prefix.value.lo >> open && (best == nullptr || row.prefix.length > best->prefix.length)) best = &row;
  }
  return best == nullptr ? std::nullopt : std::optional(best->row);
}

std::optional<size_t> first(const std::vector<ast::Interval>& intervals, uint64_t value) {
  for (size_t i = 0; i < intervals.size(); ++i)
    if (intervals[i].first.lo <= value && value <= intervals[i].last.lo) return i;
  return std::nullopt;
}

unsigned openBits(const ast::Interval& interval) { return static_cast<unsigned>(std::bit_width(interval.last.lo - interval.first.lo)); }

TEST(PrefixCover, the_longest_prefix_stands_for_the_first_interval) {
  std::mt19937 random(1);
  for (int round = 0; round < 20'000; ++round) {
    std::vector<ast::Interval> intervals(random() % 9);
    for (ast::Interval& interval : intervals) {
      const uint64_t a = random() % 256;
      const uint64_t b = random() % 2 ? random() % 256 : std::min<uint64_t>(255, a + random() % 9);
      interval = {{0, std::min(a, b)}, {0, std::max(a, b)}};
      const unsigned open = random() % 9;
      if (random() % 2) interval = {{0, a >> open << open}, {0, (a >> open << open) + (uint64_t{1} << open) - 1}};
    }
    std::stable_sort(intervals.begin(), intervals.end(), [](const auto& l, const auto& r) { return openBits(l) < openBits(r); });
    const std::vector<PrefixRow> rows = coverOf(intervals, kBits);
    for (uint64_t value = 0; value < 256; ++value) ASSERT_EQ(longest(rows, value), first(intervals, value)) << "round " << round << ", value " << value;
  }
}

TEST(PrefixCover, a_range_takes_the_fewest_prefixes) {
  EXPECT_EQ(prefixesOf({{0, 0}, {0, 255}}, 8), (std::vector<Prefix>{{{0, 0}, 0}}));
  EXPECT_EQ(prefixesOf({{0, 1}, {0, 254}}, 8).size(), 14u);
  EXPECT_EQ(prefixesOf({{0, 0}, {~uint64_t{0}, ~uint64_t{0}}}, 128), (std::vector<Prefix>{{{0, 0}, 0}}));
  EXPECT_EQ(prefixesOf({{1, ~uint64_t{0}}, {2, 0}}, 128), (std::vector<Prefix>{{{1, ~uint64_t{0}}, 128}, {{2, 0}, 128}}));
}

TEST(PrefixCover, nested_prefixes_stay_whole) {
  EXPECT_EQ(coverOf(std::vector<ast::Interval>{{{0, 16}, {0, 31}}, {{0, 0}, {0, 255}}}, 8).size(), 2u);
}

TEST(PrefixCover, keys_begin_with_the_first_bit) {
  EXPECT_EQ(prefixKey({0, 0x0a000001}, 32), (std::array<uint32_t, 4>{0x0a000001, 0, 0, 0}));
  EXPECT_EQ(prefixKey({0x20010db800000001, 2}, 128), (std::array<uint32_t, 4>{0x20010db8, 1, 0, 2}));
}

}  // namespace
}  // namespace norman::codegen
