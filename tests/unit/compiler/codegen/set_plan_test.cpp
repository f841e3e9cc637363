// When a set is compared and when it is looked up.
#include "compiler/codegen/set_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace norman::codegen {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr TableRoom kExactOnly{.exact = 100};

ast::Interval range(uint64_t first, uint64_t last) { return {{0, first}, {0, last}}; }

ast::Set setOf(ast::Type type, std::vector<ast::Interval> intervals) {
  ast::Set set;
  set.name = "s";
  set.type = type;
  set.intervals = std::move(intervals);
  return set;
}

std::vector<ast::Interval> singles(unsigned count) {
  std::vector<ast::Interval> out;
  for (unsigned i = 0; i < count; ++i) out.push_back(range(2 * i, 2 * i));
  return out;
}

TEST(SetPlan, a_handful_of_values_is_compared) {
  const SetPlan plan = planSet(setOf(ast::Type::ipv4(), singles(6)), kExactOnly);
  EXPECT_EQ(plan.inline_intervals.size(), 6u);
  EXPECT_EQ(plan.table_entries, 0u);
}

TEST(SetPlan, wide_values_count_by_words) {
  EXPECT_EQ(planSet(setOf(ast::Type::ipv6(), singles(1)), kExactOnly).table_entries, 0u);
  EXPECT_EQ(planSet(setOf(ast::Type::ipv6(), singles(2)), kExactOnly).table_entries, 2u);
}

TEST(SetPlan, many_values_are_looked_up) {
  const SetPlan plan = planSet(setOf(ast::Type::ipv4(), singles(7)), kExactOnly);
  EXPECT_THAT(plan.inline_intervals, IsEmpty());
  EXPECT_EQ(plan.table_entries, 7u);
  EXPECT_THAT(plan.reason, HasSubstr("7 values are looked up in a table"));
}

TEST(SetPlan, small_ranges_are_listed_and_large_ones_compared) {
  auto intervals = singles(7);
  intervals.push_back(range(1000, 1015));
  intervals.push_back(range(5000, 9000));
  const SetPlan plan = planSet(setOf(ast::Type::u32(16), intervals), kExactOnly);
  EXPECT_EQ(plan.table_entries, 7u + 16u);
  ASSERT_EQ(plan.inline_intervals.size(), 1u);
  EXPECT_EQ(plan.inline_intervals[0].first.lo, 5000u);
}

TEST(SetPlan, prefixes_that_change_lie_in_a_prefix_table) {
  ast::Set set = setOf(ast::Type::ipv4(), {range(0x0a000000, 0x0affffff), range(0x0a000000, 0x0a00ffff), range(7, 7)});
  set.capacity = 100;
  set.prefixes = true;
  const TableRoom room{.exact = 8, .prefixes = 1000, .scarce = true};
  const SetPlan plan = planSet(set, room);
  EXPECT_TRUE(plan.prefix_table);
  EXPECT_EQ(plan.prefixes, (std::vector<Prefix>{{{0, 0x0a000000}, 8}, {{0, 0x0a000000}, 16}, {{0, 7}, 32}})) << "nested ones stay";
  EXPECT_EQ(plan.table_entries, 100u);
  EXPECT_THAT(plan.refusal, IsEmpty());

  set.intervals.clear();
  EXPECT_TRUE(planSet(set, room).prefix_table) << "an empty one too";
  set.capacity = 1001;
  EXPECT_EQ(planSet(set, room).refusal, "its size is 1001; a prefix table holds at most 1000");
  EXPECT_EQ(planSet(set, kExactOnly).refusal, "its prefixes change while packets flow, and this overlay has no prefix tables");

  ast::Table map;
  map.key = {ast::Type::ipv4()};
  map.rows = {{{range(0x0a000000, 0x0a00ffff)}, {0, 2}, {}}, {{range(0x0a000000, 0x0affffff)}, {0, 1}, {}}};
  map.value = ast::Type::u32();
  map.capacity = 5;
  map.prefixes = true;
  const TablePlan of_map = planTable(map, room);
  EXPECT_TRUE(of_map.prefix_table);
  ASSERT_EQ(of_map.prefixes.size(), 2u);
  EXPECT_EQ(of_map.prefixes[0].prefix.length, 16u);
  EXPECT_EQ(of_map.prefixes[1].row, 1u);
}

TEST(SetPlan, the_empty_set_needs_nothing) {
  const SetPlan plan = planSet(setOf(ast::Type::ipv4(), {}), kExactOnly);
  EXPECT_THAT(plan.inline_intervals, IsEmpty());
  EXPECT_EQ(plan.table_entries, 0u);
  EXPECT_EQ(plan.refusal, "");
}

// A short prefix of a long address needs a look at its first word only.
TEST(SetPlan, prefixes_count_the_words_that_they_fix) {
  std::vector<ast::Interval> prefixes;
  for (uint64_t i = 1; i < 17; ++i) prefixes.push_back({{i << 32, 0}, {i << 32 | 0xffffffff, ~uint64_t{0}}});
  EXPECT_EQ(planSet(setOf(ast::Type::ipv6(), prefixes), kExactOnly).refusal, "")
      << "16 prefixes of 32 bits, a compare each";
  prefixes.push_back({{0xfe80ull << 48, 0}, {0xfebfull << 48 | 0xffffffffffff, ~uint64_t{0}}});
  EXPECT_THAT(planSet(setOf(ast::Type::ipv6(), prefixes), kExactOnly).refusal, HasSubstr("which take 18 compares"));
}

TEST(SetPlan, refuses_more_prefixes_than_a_path_can_compare) {
  std::vector<ast::Interval> prefixes;
  for (uint64_t i = 1; i < 10; ++i) prefixes.push_back(range(i << 24, (i << 24) + 0xffff));
  const SetPlan plan = planSet(setOf(ast::Type::ipv4(), prefixes), kExactOnly);
  EXPECT_EQ(plan.refusal,
            "it has 9 ranges or prefixes of more than 256 values, which take 18 compares; a program compares "
            "with at most 16");
}

TEST(SetPlan, refuses_more_values_than_a_table_holds) {
  EXPECT_EQ(planSet(setOf(ast::Type::ipv4(), singles(101)), kExactOnly).refusal,
            "its values and small ranges make 101 table entries; a table holds at most 100");
}

TEST(SetPlan, many_prefixes_are_one_lookup) {
  std::vector<ast::Interval> prefixes = {range(5, 5)};
  for (uint64_t i = 1; i < 10; ++i) prefixes.push_back(range(i << 24, (i << 24) + 0x17fff));
  const ast::Set set = setOf(ast::Type::ipv4(), prefixes);
  const SetPlan plan = planSet(set, {.exact = 100, .prefixes = 19});
  EXPECT_EQ(plan.table_entries, 19u) << "a host, and a /16 and a /17 for each range";
  EXPECT_EQ(plan.prefixes.size(), 19u);
  EXPECT_THAT(plan.inline_intervals, IsEmpty());
  EXPECT_EQ(planSet(set, {.exact = 100, .prefixes = 18}).refusal, "its ranges make 19 prefixes; a prefix table holds at most 18");
}

TEST(SetPlan, short_prefixes_of_too_many_values_are_one_lookup) {
  std::vector<ast::Interval> prefixes;
  for (uint64_t i = 1; i < 5; ++i) prefixes.push_back(range(i << 16, (i << 16) + 0xff));
  const SetPlan plan = planSet(setOf(ast::Type::ipv4(), prefixes), {.exact = 100, .prefixes = 4, .scarce = true});
  EXPECT_EQ(plan.prefixes.size(), 4u);
  EXPECT_THAT(plan.reason, HasSubstr("their 1024 values are more than the 100 of an exact table"));
}

// Where other sets have taken the prefix stages, a set that compares can test is compared.
TEST(SetPlan, prefix_stages_are_kept_for_what_needs_them) {
  std::vector<ast::Interval> prefixes;
  for (uint64_t i = 1; i < 8; ++i) prefixes.push_back(range(i << 24, (i << 24) + 0xffff));
  EXPECT_EQ(planSet(setOf(ast::Type::ipv4(), prefixes), {.exact = 100, .prefixes = 100}).prefixes.size(), 7u);
  EXPECT_EQ(planSet(setOf(ast::Type::ipv4(), prefixes), {.exact = 100, .prefixes = 100, .scarce = true}).inline_intervals.size(), 7u);
}

}  // namespace
}  // namespace norman::codegen
