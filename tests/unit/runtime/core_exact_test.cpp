// Cuckoo tables: what is inserted is found at every moment, by the model's own hash.
#include "runtime/core/core_exact.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "overlay_rtl/model/exact_table.h"
#include "tests/support/heap.h"

namespace norman::test {
namespace {

// The hardware's side: the model's table, and a promise about every single write.
class Hardware {
 public:
  explicit Hardware(std::uint32_t rows) : table(rows) {}

  static void write(void* self, std::uint32_t way, std::uint32_t row, const norman_exact_entry* entry) {
    static_cast<Hardware*>(self)->write(way, row, *entry);
  }
  void write(std::uint32_t way, std::uint32_t row, const norman_exact_entry& entry) {
    ExactEntry e;
    std::copy(std::begin(entry.key), std::end(entry.key), e.key.begin());
    e.value = entry.value;
    e.action = entry.action;
    e.table = entry.table;
    e.valid = entry.valid != 0;
    table.at(way, row) = e;
    ++writes;
    if (watched) {
      for (const auto& [key, value] : *watched) {
        const ExactEntry* found = table.find(key.first, key.second);
        ASSERT_NE(found, nullptr) << "an entry was out of the table for a moment";
        ASSERT_EQ(found->value, value);
      }
    }
  }

  ExactTable table;
  std::uint64_t writes = 0;
  const std::map<std::pair<std::uint8_t, ExactKey>, std::uint32_t>* watched = nullptr;
};

class CoreExactTest : public ::testing::Test {
 protected:
  void open(std::uint32_t rows) {
    hardware_ = std::make_unique<Hardware>(rows);
    ASSERT_EQ(norman_exact_open(&exact_, rows, &heap_.allocator, Hardware::write, hardware_.get()), 0);
  }
  void TearDown() override {
    norman_exact_close(&exact_);
    EXPECT_EQ(heap_.live, 0);
  }

  CountingHeap heap_;
  std::unique_ptr<Hardware> hardware_;
  norman_exact exact_{};
};

TEST_F(CoreExactTest, hashes_as_the_model_does) {
  open(16);
  std::mt19937 random(1);
  for (int i = 0; i < 1000; ++i) {
    const ExactKey key{static_cast<std::uint32_t>(random()), static_cast<std::uint32_t>(random()), static_cast<std::uint32_t>(random()),
                       static_cast<std::uint32_t>(random())};
    const auto table = static_cast<std::uint8_t>(random());
    ASSERT_EQ(norman_exact_hash(table, key.data()), exactHash(table, key));
  }
}

TEST_F(CoreExactTest, inserts_finds_and_removes) {
  open(16);
  const ExactKey key{1, 2, 3, 4};
  EXPECT_EQ(norman_exact_insert(&exact_, 7, key.data(), 99, 3), 0);
  EXPECT_EQ(norman_exact_insert(&exact_, 7, key.data(), 98, 3), -EEXIST);
  EXPECT_EQ(norman_exact_insert(&exact_, 8, key.data(), 77, 0), 0);
  EXPECT_EQ(hardware_->table.find(7, key)->value, 99u);
  EXPECT_EQ(hardware_->table.find(7, key)->action, 3u);
  EXPECT_EQ(norman_exact_find(&exact_, 8, key.data())->value, 77u);
  EXPECT_EQ(norman_exact_remove(&exact_, 7, key.data()), 0);
  EXPECT_EQ(norman_exact_remove(&exact_, 7, key.data()), -ENOENT);
  EXPECT_EQ(hardware_->table.find(7, key), nullptr);
  EXPECT_NE(hardware_->table.find(8, key), nullptr);
  norman_exact_remove_table(&exact_, 8);
  EXPECT_EQ(exact_.used, 0u);
}

TEST_F(CoreExactTest, every_lookup_is_right_while_entries_move) {
  open(64);
  std::map<std::pair<std::uint8_t, ExactKey>, std::uint32_t> contents;
  hardware_->watched = &contents;
  std::mt19937 random(2);
  for (std::uint32_t i = 0; i < 240; ++i) {
    const ExactKey key{static_cast<std::uint32_t>(random()), i, 0, 0};
    ASSERT_EQ(norman_exact_insert(&exact_, 1, key.data(), i, 0), 0) << i;
    contents[{1, key}] = i;
  }
}

TEST_F(CoreExactTest, fills_beyond_95_percent_and_then_says_that_it_is_full) {
  open(2048);
  std::mt19937 random(3);
  std::vector<ExactKey> held;
  int error = 0;
  while (error == 0) {
    const ExactKey key{static_cast<std::uint32_t>(random()), static_cast<std::uint32_t>(random()), 0, 4};
    error = norman_exact_insert(&exact_, 2, key.data(), static_cast<std::uint32_t>(held.size()), 0);
    if (error == 0) held.push_back(key);
  }
  EXPECT_EQ(error, -ENOSPC);
  EXPECT_EQ(exact_.tables[2].refused, 1u);
  EXPECT_GT(held.size(), 8192u * 95 / 100);
  const std::uint64_t writes = hardware_->writes;
  const ExactKey more{5, 5, 5, 5};
  if (norman_exact_insert(&exact_, 2, more.data(), 0, 0) == -ENOSPC) {
    EXPECT_EQ(hardware_->writes, writes) << "a failing insert changes nothing";
  }
  for (std::size_t i = 0; i < held.size(); ++i) ASSERT_EQ(hardware_->table.find(2, held[i])->value, i);
}

TEST_F(CoreExactTest, a_table_holds_as_many_as_its_size_and_counts_the_rest) {
  open(64);
  norman_exact_begin_table(&exact_, 1, 10);
  std::mt19937 random(4);
  std::vector<ExactKey> held;
  for (std::uint32_t i = 0; i < 25; ++i) {
    const ExactKey key{static_cast<std::uint32_t>(random()), i, 0, 0};
    const std::uint64_t writes = hardware_->writes;
    ASSERT_EQ(norman_exact_insert(&exact_, 1, key.data(), i, 0), i < 10 ? 0 : -ENOSPC) << i;
    if (i >= 10) {
      EXPECT_EQ(hardware_->writes, writes);
    }
    held.push_back(key);
  }
  EXPECT_EQ(exact_.tables[1].used, 10u);
  EXPECT_EQ(exact_.tables[1].refused, 15u);
  EXPECT_EQ(norman_exact_insert(&exact_, 1, held[0].data(), 0, 0), -EEXIST);
  EXPECT_EQ(exact_.tables[1].refused, 15u) << "what is there already is not refused for want of room";
  // Another table of the stage has room of its own.
  EXPECT_EQ(norman_exact_insert(&exact_, 2, held[0].data(), 0, 0), 0);
  EXPECT_EQ(exact_.tables[2].refused, 0u);
  EXPECT_EQ(norman_exact_remove(&exact_, 1, held[3].data()), 0);
  EXPECT_EQ(norman_exact_insert(&exact_, 1, held[20].data(), 20, 0), 0);
  norman_exact_resize_table(&exact_, 1, 11);
  EXPECT_EQ(norman_exact_insert(&exact_, 1, held[21].data(), 21, 0), 0);
  EXPECT_EQ(norman_exact_insert(&exact_, 1, held[22].data(), 22, 0), -ENOSPC);
  EXPECT_EQ(exact_.tables[1].refused, 16u);
  norman_exact_begin_table(&exact_, 1, 1);
  EXPECT_EQ(exact_.tables[1].used, 0u);
  EXPECT_EQ(exact_.tables[1].refused, 0u);
  EXPECT_EQ(hardware_->table.find(1, held[0]), nullptr);
  EXPECT_NE(hardware_->table.find(2, held[0]), nullptr);
}

TEST_F(CoreExactTest, gives_back_memory_when_opening_fails) {
  open(16);
  norman_exact other{};
  for (int allowed = 0; allowed < 3; ++allowed) {
    heap_.fail_after = allowed;
    EXPECT_EQ(norman_exact_open(&other, 16, &heap_.allocator, Hardware::write, hardware_.get()), -ENOMEM);
  }
}

}  // namespace
}  // namespace norman::test
