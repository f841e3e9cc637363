// Owner predicates: names, numbers, commands and cgroups become bits.
#include "runtime/core/core_owner.h"

#include <gtest/gtest.h>

#include "tests/support/heap.h"
#include "tests/unit/runtime/image_builder.h"

namespace norman::test {
namespace {

class CoreOwnerTest : public ::testing::Test {
 protected:
  void add(unsigned bit, unsigned kind, std::string_view name, unsigned subject = 0) {
    builder_.predicates.push_back({static_cast<std::uint8_t>(bit), static_cast<std::uint8_t>(subject), static_cast<std::uint8_t>(kind), 0, builder_.name(name)});
  }
  void bind() {
    bytes_ = builder_.build();
    ASSERT_EQ(norman_image_open(&image_, bytes_.data(), bytes_.size(), &heap_.allocator, nullptr), 0);
    const norman_names names = {[](void*, const char* name, std::uint32_t* id) { return *id = 1001, std::string_view(name) == "bob"; },
                                [](void*, const char* name, std::uint32_t* id) { return *id = 50, std::string_view(name) == "staff"; }, nullptr};
    ASSERT_EQ(norman_owner_bind(&table_, &image_, &names, &heap_.allocator), 0);
  }
  void TearDown() override {
    norman_owner_release(&table_);
    EXPECT_EQ(heap_.live, 0);
  }
  std::uint64_t bits(const norman_identity& owner) { return norman_owner_bits(&table_, &owner, nullptr); }

  CountingHeap heap_;
  ImageBuilder builder_;
  std::vector<std::uint8_t> bytes_;
  norman_image image_{};
  norman_owner_table table_{};
};

TEST_F(CoreOwnerTest, resolves_users_and_groups_by_name_or_number) {
  add(0, NORMAN_PREDICATE_KIND_USER, "bob");
  add(1, NORMAN_PREDICATE_KIND_USER, "77");
  add(2, NORMAN_PREDICATE_KIND_GROUP, "staff");
  add(3, NORMAN_PREDICATE_KIND_USER, "nobody-has-this-name");
  add(4, NORMAN_PREDICATE_KIND_USER, "4294967296");
  bind();
  EXPECT_EQ(table_.unresolved, 2u);
  EXPECT_EQ(bits({1001, 50, nullptr, nullptr}), 0b101u);
  EXPECT_EQ(bits({77, 1, nullptr, nullptr}), 0b10u);
  EXPECT_EQ(bits({0, 0, nullptr, nullptr}), 0u);
}

TEST_F(CoreOwnerTest, a_bit_holds_if_one_of_its_records_does) {
  add(63, NORMAN_PREDICATE_KIND_USER, "1");
  add(63, NORMAN_PREDICATE_KIND_USER, "2");
  bind();
  EXPECT_EQ(bits({1, 0, nullptr, nullptr}), std::uint64_t{1} << 63);
  EXPECT_EQ(bits({2, 0, nullptr, nullptr}), std::uint64_t{1} << 63);
  EXPECT_EQ(bits({3, 0, nullptr, nullptr}), 0u);
}

TEST_F(CoreOwnerTest, compares_the_first_fifteen_bytes_of_a_command) {
  add(0, NORMAN_PREDICATE_KIND_COMM, "a-very-long-command-name");
  add(1, NORMAN_PREDICATE_KIND_COMM, "curl");
  bind();
  EXPECT_EQ(bits({0, 0, "a-very-long-com", nullptr}), 1u);
  EXPECT_EQ(bits({0, 0, "a-very-long-command", nullptr}), 1u);
  EXPECT_EQ(bits({0, 0, "a-very-long-co", nullptr}), 0u);
  EXPECT_EQ(bits({0, 0, "curl", nullptr}), 2u);
  EXPECT_EQ(bits({0, 0, "curlx", nullptr}), 0u);
  EXPECT_EQ(bits({0, 0, "", nullptr}), 0u);
}

TEST_F(CoreOwnerTest, compares_cgroups_by_path_component) {
  add(0, NORMAN_PREDICATE_KIND_CGROUP, "/games");
  add(1, NORMAN_PREDICATE_KIND_CGROUP_IN, "/games/");
  add(2, NORMAN_PREDICATE_KIND_CGROUP_IN, "/");
  bind();
  const auto cgroup = [this](const char* path) { return bits({0, 0, nullptr, path}); };
  EXPECT_EQ(cgroup("/games"), 7u);
  EXPECT_EQ(cgroup("/games/"), 7u);
  EXPECT_EQ(cgroup("/games/quake"), 6u);
  EXPECT_EQ(cgroup("/gamesx"), 4u);
  EXPECT_EQ(cgroup("/"), 4u);
  EXPECT_EQ(cgroup(nullptr), 0u);
}

TEST_F(CoreOwnerTest, an_absent_owner_or_socket_has_no_bits) {
  add(0, NORMAN_PREDICATE_KIND_USER, "0");
  add(1, NORMAN_PREDICATE_KIND_USER, "0", 1);
  bind();
  const norman_identity root{};
  EXPECT_EQ(norman_owner_bits(&table_, nullptr, nullptr), 0u);
  EXPECT_EQ(norman_owner_bits(&table_, &root, nullptr), 1u);
  EXPECT_EQ(norman_owner_bits(&table_, nullptr, &root), 2u);
}

}  // namespace
}  // namespace norman::test
