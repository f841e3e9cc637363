// Prefix tables: lookups in the model's memory find what a plain list finds, before or after a change, at every write of it.
#include "runtime/core/core_prefix.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

#include "overlay_rtl/model/prefix_table.h"
#include "tests/support/heap.h"
#include "tests/support/prefix_reference.h"
#include "tests/support/random.h"

namespace norman::test {
namespace {

constexpr norman_prefixes_size kDefault{isa::kConfigs[0].prefix_entries, isa::kConfigs[0].prefix_levels, isa::kConfigs[0].prefix_blocks};
constexpr norman_prefixes_size kSmall{isa::kConfigs[1].prefix_entries, isa::kConfigs[1].prefix_levels, isa::kConfigs[1].prefix_blocks};
constexpr norman_prefixes_size kTiny{64, 5, 32};

using Found = std::optional<PrefixTable::Result>;

class CorePrefixTest : public ::testing::Test {
 protected:
  void open(const norman_prefixes_size& size) {
    table_ = std::make_unique<PrefixTable>(size.levels, size.blocks);
    ASSERT_EQ(norman_prefixes_open(&prefixes_, &size, &heap_.allocator, &hardware_), 0);
  }
  void TearDown() override {
    norman_prefixes_close(prefixes_);
    EXPECT_EQ(heap_.live, 0);
  }

  void write(std::uint32_t memory, std::uint32_t address, const norman_exact_entry& word) {
    ExactEntry entry;
    std::copy(std::begin(word.key), std::end(word.key), entry.key.begin());
    entry.value = word.value;
    entry.action = word.action;
    entry.table = word.table;
    entry.valid = word.valid != 0;
    ASSERT_TRUE(table_->write(memory, address, entry)) << "memory " << memory << ", address " << address;
    ++writes_;
    for (const Watch& watch : watches_) {
      const Found found = table_->find(watch.table, watch.key);
      ASSERT_TRUE(found == watch.before || found == watch.after) << "a lookup sees neither the old table nor the new one";
    }
  }

  // Changes the stage and the list; keys around the prefix see one or the other at every write.
  void change(int what, const norman_prefix& prefix) {
    PrefixReference after = reference_;
    const int expected = what == 0 ? after.insert(prefix) : what == 1 ? after.change(prefix) : after.remove(prefix);
    watches_.clear();
    for (int i = 0; i < watched_; ++i) {
      const ExactKey key = keyNear(random_, prefix);
      watches_.push_back({prefix.table, key, reference_.find(prefix.table, key), after.find(prefix.table, key)});
    }
    const int got = what == 0   ? norman_prefixes_insert(prefixes_, &prefix)
                    : what == 1 ? norman_prefixes_change(prefixes_, &prefix)
                                : norman_prefixes_remove(prefixes_, &prefix);
    ASSERT_EQ(got, expected);
    for (const Watch& watch : watches_) ASSERT_EQ(table_->find(watch.table, watch.key), watch.after);
    watches_.clear();
    reference_ = std::move(after);
  }

  void expectSame(int keys, unsigned tables) {
    for (int i = 0; i < keys; ++i) {
      const auto table = static_cast<std::uint8_t>(random_.below(tables));
      const ExactKey key = reference_.size() != 0 && !random_.oneIn(8) ? keyNear(random_, reference_.any(random_)) : randomKey(random_);
      const Found expected = reference_.find(table, key);
      ASSERT_EQ(table_->find(table, key), expected);
      const norman_prefix* longest = norman_prefixes_longest(prefixes_, table, key.data());
      ASSERT_EQ(longest != nullptr, expected.has_value());
      if (longest != nullptr) {
        ASSERT_EQ(longest->value, expected->value);
      }
    }
  }

  struct Watch {
    std::uint8_t table;
    ExactKey key;
    Found before, after;
  };
  CountingHeap heap_;
  std::unique_ptr<PrefixTable> table_;
  norman_prefixes_hardware hardware_{[](void* self, std::uint32_t memory, std::uint32_t address, const norman_exact_entry* word) {
                                       static_cast<CorePrefixTest*>(self)->write(memory, address, *word);
                                     },
                                     [](void* self) { ++static_cast<CorePrefixTest*>(self)->fences_; }, this};
  norman_prefixes* prefixes_ = nullptr;
  PrefixReference reference_;
  std::vector<Watch> watches_;
  int watched_ = 8;
  std::uint64_t writes_ = 0, fences_ = 0;
  Random random_{1};
};

TEST_F(CorePrefixTest, finds_the_longest) {
  open(kSmall);
  const auto prefix = [](std::uint32_t word, std::uint8_t length, std::uint32_t value, std::uint8_t table = 1) {
    return norman_prefix{{word, 0, 0, 0}, value, static_cast<std::uint8_t>(value + 1), table, length, 0};
  };
  change(0, prefix(0x0a000000, 8, 1));
  change(0, prefix(0x0a010000, 16, 2));
  change(0, prefix(0x0a010200, 24, 3));
  change(0, prefix(0x0a010203, 32, 4));
  change(0, prefix(0, 0, 5, 2));
  const auto value = [this](std::uint8_t table, std::uint32_t word) {
    const Found found = table_->find(table, {word, 0, 0, 0});
    return found ? static_cast<int>(found->value) : -1;
  };
  EXPECT_EQ(value(1, 0x0a010203), 4);
  EXPECT_EQ(value(1, 0x0a010204), 3);
  EXPECT_EQ(value(1, 0x0a010304), 2);
  EXPECT_EQ(value(1, 0x0aff0000), 1);
  EXPECT_EQ(value(1, 0x0b000000), -1);
  EXPECT_EQ(value(2, 0x0b000000), 5);
  EXPECT_EQ(value(0, 0xffffffff), -1);
  EXPECT_EQ(table_->find(1, {0x0a010203, 0, 0, 9})->action, 5);
}

TEST_F(CorePrefixTest, refuses_what_is_no_prefix_or_not_there) {
  open(kTiny);
  norman_prefix prefix{{0x0a000001, 0, 0, 0}, 0, 0, 0, 24, 0};
  EXPECT_EQ(norman_prefixes_insert(prefixes_, &prefix), -EINVAL);
  prefix.length = 129;
  EXPECT_EQ(norman_prefixes_insert(prefixes_, &prefix), -EINVAL);
  EXPECT_EQ(norman_prefixes_find(prefixes_, &prefix), nullptr);
  prefix.length = 32;
  EXPECT_EQ(norman_prefixes_remove(prefixes_, &prefix), -ENOENT);
  EXPECT_EQ(norman_prefixes_change(prefixes_, &prefix), -ENOENT);
  EXPECT_EQ(writes_, 0u);
  EXPECT_EQ(norman_prefixes_insert(prefixes_, &prefix), 0);
  EXPECT_EQ(norman_prefixes_insert(prefixes_, &prefix), -EEXIST);
  EXPECT_NE(norman_prefixes_find(prefixes_, &prefix), nullptr);
}

TEST_F(CorePrefixTest, needs_blocks_for_its_prefixes_and_memory) {
  const norman_prefixes_size wrong{64, 5, 16};
  EXPECT_EQ(norman_prefixes_open(&prefixes_, &wrong, &heap_.allocator, &hardware_), -EINVAL);
  for (int allocations = 0; allocations < 9; ++allocations) {
    heap_.fail_after = allocations;
    EXPECT_EQ(norman_prefixes_open(&prefixes_, &kTiny, &heap_.allocator, &hardware_), -ENOMEM);
    EXPECT_EQ(heap_.live, 0);
  }
  heap_.fail_after = -1;
}

// Few addresses, so that prefixes lie in each other deeply, and all tables, up to the end of the number line.
TEST_F(CorePrefixTest, agrees_with_a_list_at_every_write) {
  open(kTiny);
  for (int i = 0; i < 20000; ++i) {
    const bool fills = i / 500 % 2 == 0;
    norman_prefix prefix = nestedPrefix(random_);
    int what = random_.percent(fills ? 85 : 40) ? 0 : random_.oneIn(8) ? 1 : 2;
    if (what != 0 && reference_.size() != 0 && !random_.oneIn(8)) {
      const norman_prefix old = reference_.any(random_);
      prefix.table = old.table;
      prefix.length = old.length;
      std::copy(std::begin(old.key), std::end(old.key), std::begin(prefix.key));
    }
    if (what == 0 && reference_.size() == kTiny.entries) {
      if (!reference_.has(prefix)) {
        ASSERT_EQ(norman_prefixes_insert(prefixes_, &prefix), -ENOSPC);
      }
      what = 2;
    }
    ASSERT_NO_FATAL_FAILURE(change(what, prefix)) << i;
    ASSERT_EQ(norman_prefixes_used(prefixes_), reference_.size());
    if (i % 16 == 0) {
      ASSERT_NO_FATAL_FAILURE(expectSame(16, 256)) << i;
    }
  }
  EXPECT_GT(fences_, 1000u);
}

// 100 000 changes of a table that is full most of the time, of routes as they are.
TEST_F(CorePrefixTest, agrees_with_a_list_over_many_changes) {
  open(kDefault);
  watched_ = 0;
  PlainPrefixes list;
  std::uint64_t most = 0;
  for (int i = 0; i < 100000; ++i) {
    const bool grows = list.size() < 1000 || (i / 20000 % 2 == 0 ? random_.percent(95) : random_.percent(30));
    const std::uint64_t before = writes_;
    if (grows) {
      const norman_prefix prefix = routePrefix(random_);
      const int expected = list.size() == kDefault.entries && !list.has(prefix) ? -ENOSPC : list.insert(prefix);
      ASSERT_EQ(norman_prefixes_insert(prefixes_, &prefix), expected) << i;
    } else {
      const norman_prefix prefix = list.any(random_);
      list.remove(prefix);
      ASSERT_EQ(norman_prefixes_remove(prefixes_, &prefix), 0) << i;
    }
    most = std::max(most, writes_ - before);
    for (int k = 0; k < 4; ++k) {
      const norman_prefix near = list.any(random_);
      const ExactKey key = keyNear(random_, near);
      ASSERT_EQ(table_->find(near.table, key), list.find(near.table, key)) << i;
    }
  }
  RecordProperty("writes_a_change", std::to_string(writes_ / 100000));
  RecordProperty("most_writes", std::to_string(most));
}

// Every set of prefixes fits: here those that cut the number line most, each alone in the middle of nothing.
TEST_F(CorePrefixTest, holds_as_many_as_it_says) {
  for (const bool in_order : {true, false}) {
    open(kDefault);
    std::vector<std::uint32_t> hosts(kDefault.entries);
    for (std::uint32_t i = 0; i < hosts.size(); ++i) hosts[i] = 2 * i + 1;
    if (!in_order)
      for (std::size_t i = hosts.size(); i > 1; --i) std::swap(hosts[i - 1], hosts[random_.below(i)]);
    for (const std::uint32_t host : hosts) {
      const norman_prefix prefix{{0x20010db8, 0, 0, host}, host, 0, 3, 128, 0};
      ASSERT_EQ(norman_prefixes_insert(prefixes_, &prefix), 0) << norman_prefixes_used(prefixes_);
    }
    EXPECT_LE(norman_prefixes_blocks(prefixes_), kDefault.blocks);
    for (std::uint32_t host = 0; host < 2 * kDefault.entries; ++host) {
      const Found found = table_->find(3, {0x20010db8, 0, 0, host});
      ASSERT_EQ(found.has_value(), host % 2 == 1);
      if (found) {
        ASSERT_EQ(found->value, host);
      }
    }
    // All others lie in one; it covers them again when they have gone.
    const norman_prefix all{{0, 0, 0, 0}, 7, 0, 3, 0, 0};
    EXPECT_EQ(norman_prefixes_insert(prefixes_, &all), -ENOSPC);
    EXPECT_EQ(norman_prefixes_table(prefixes_, 3)->refused, 1u);
    const norman_prefix one{{0x20010db8, 0, 0, 1}, 0, 0, 3, 128, 0};
    EXPECT_EQ(norman_prefixes_remove(prefixes_, &one), 0);
    EXPECT_EQ(norman_prefixes_insert(prefixes_, &all), 0);
    EXPECT_EQ(table_->find(3, {0x20010db8, 0, 0, 1})->value, 7u);
    EXPECT_EQ(table_->find(3, {0x20010db8, 0, 0, 3})->value, 3u);
    norman_prefixes_remove_table(prefixes_, 3);
    EXPECT_EQ(norman_prefixes_used(prefixes_), 0u);
    EXPECT_EQ(norman_prefixes_blocks(prefixes_), 1u);
    EXPECT_FALSE(table_->find(3, {0x20010db8, 0, 0, 3}));
    norman_prefixes_close(prefixes_);
    prefixes_ = nullptr;
  }
}

TEST_F(CorePrefixTest, a_table_holds_as_many_as_its_size_and_counts_the_rest) {
  open(kSmall);
  norman_prefixes_begin_table(prefixes_, 1, 10);
  const auto insert = [&](std::uint8_t table, std::uint32_t i) {
    const norman_prefix prefix{{i << 16, 0, 0, 0}, i, 0, table, 16, 0};
    return norman_prefixes_insert(prefixes_, &prefix);
  };
  const auto of = [&](std::uint8_t table) { return norman_prefixes_table(prefixes_, table); };
  for (std::uint32_t i = 0; i < 25; ++i) {
    const std::uint64_t writes = writes_;
    ASSERT_EQ(insert(1, i), i < 10 ? 0 : -ENOSPC) << i;
    if (i >= 10) {
      EXPECT_EQ(writes_, writes);
    }
  }
  EXPECT_EQ(of(1)->used, 10u);
  EXPECT_EQ(of(1)->refused, 15u);
  EXPECT_EQ(insert(1, 0), -EEXIST);
  EXPECT_EQ(of(1)->refused, 15u);
  EXPECT_EQ(insert(2, 0), 0);
  EXPECT_EQ(of(2)->refused, 0u);
  norman_prefixes_resize_table(prefixes_, 1, 11);
  EXPECT_EQ(insert(1, 20), 0);
  EXPECT_EQ(insert(1, 21), -ENOSPC);
  EXPECT_EQ(of(1)->refused, 16u);
  norman_prefixes_begin_table(prefixes_, 1, 1);
  EXPECT_EQ(of(1)->used, 0u);
  EXPECT_EQ(of(1)->refused, 0u);
  EXPECT_FALSE(table_->find(1, {0, 0, 0, 0}));
  EXPECT_TRUE(table_->find(2, {0, 0, 0, 0}));
}

TEST_F(CorePrefixTest, changes_held_back_come_together) {
  open(kSmall);
  norman_prefixes_hold(prefixes_);
  for (std::uint32_t i = 0; i < 200; ++i) {
    const norman_prefix prefix{{i << 24, 0, 0, 0}, i, 0, 0, 12, 0};
    ASSERT_EQ(norman_prefixes_insert(prefixes_, &prefix), 0);
  }
  EXPECT_FALSE(table_->find(0, {5u << 24, 0, 0, 0}));
  norman_prefixes_show(prefixes_);
  EXPECT_EQ(table_->find(0, {5u << 24, 0, 0, 0})->value, 5u);
  EXPECT_LT(writes_, 1000u);
}

}  // namespace
}  // namespace norman::test
