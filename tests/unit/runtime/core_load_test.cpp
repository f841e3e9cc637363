// Loading images into a core: programs, tables, state and counters, and the swap to the other epoch.
#include "runtime/core/core_load.h"

#include <gtest/gtest.h>

#include "runtime/core/core_learned.h"

#include <deque>

#include "overlay_rtl/model/core_model.h"
#include "tests/support/heap.h"
#include "tests/unit/runtime/sample_image.h"

namespace norman::test {
namespace {

class CoreLoadTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(norman_core_attach(&core_, &mmio_, &heap_.allocator, &problem_), 0) << problem_.text;
  }
  void TearDown() override {
    norman_core_detach(&core_);
    EXPECT_EQ(heap_.live, 0);
    EXPECT_EQ(model_.read64(NORMAN_REG_BAD_ACCESS), 0u);
  }

  // Keeps the bytes, which the image points into.
  norman_image open(const ImageBuilder& builder) {
    kept_.push_back(builder.build());
    norman_image image;
    EXPECT_EQ(norman_image_open(&image, kept_.back().data(), kept_.back().size(), &heap_.allocator, &problem_), 0) << problem_.text;
    return image;
  }
  int load(const norman_image& image, const norman_image* previous, std::uint32_t program, std::uint32_t epoch) {
    problem_ = {};
    return norman_core_load(&core_, &image, previous, program, epoch, &problem_);
  }
  ExitRecord run(std::uint32_t source, std::uint32_t time = 0) {
    EntryWords words{};
    words[isa::kWSrc0] = source;
    words[isa::kWTimeLo] = time;
    words[isa::kWLength] = 60;
    return model_.process(std::span(&words, 1)).at(0);
  }
  std::uint64_t packets(std::uint32_t id) {
    std::uint64_t packets = 0, bytes = 0;
    norman_core_count(&core_, id, &packets, &bytes);
    return packets;
  }

  CountingHeap heap_;
  CoreModel model_{isa::kConfigs[0]};
  norman_mmio mmio_{[](void* m, std::uint32_t a, std::uint64_t v) { static_cast<CoreModel*>(m)->write64(a, v); },
                    [](void* m, std::uint32_t a) { return static_cast<CoreModel*>(m)->read64(a); }, &model_};
  norman_core core_{};
  norman_problem problem_{};
  std::deque<std::vector<std::uint8_t>> kept_;
};

TEST_F(CoreLoadTest, recognizes_each_configuration) {
  for (const isa::ConfigInfo& config : isa::kConfigs) {
    CoreModel model(config);
    norman_mmio mmio = mmio_;
    mmio.context = &model;
    norman_core core;
    ASSERT_EQ(norman_core_attach(&core, &mmio, &heap_.allocator, nullptr), 0);
    EXPECT_EQ(core.config.name, config.name);
    norman_core_detach(&core);
  }
}

TEST_F(CoreLoadTest, refuses_what_is_no_core) {
  norman_mmio mmio = mmio_;
  mmio.read = [](void*, std::uint32_t) -> std::uint64_t { return ~std::uint64_t{0}; };
  norman_core core;
  EXPECT_EQ(norman_core_attach(&core, &mmio, &heap_.allocator, &problem_), -ENODEV);
  EXPECT_STREQ(problem_.text, "no overlay core of version 1 answers");
  mmio.read = [](void* m, std::uint32_t a) { return a == NORMAN_REG_CAP_EVENT_IDS ? 1 : static_cast<CoreModel*>(m)->read64(a); };
  EXPECT_EQ(norman_core_attach(&core, &mmio, &heap_.allocator, &problem_), -ENODEV);
}

TEST_F(CoreLoadTest, a_loaded_program_looks_up_meters_counts_and_rewrites) {
  const norman_image image = open(sampleImage());
  ASSERT_EQ(load(image, nullptr, kIngress, 0), 0) << problem_.text;
  norman_core_flip(&core_, 0);
  ExitRecord record = run(0x0a000002);
  EXPECT_EQ(record.verdict(), isa::Verdict::Drop);
  EXPECT_EQ(record.rule(), 0u);
  EXPECT_TRUE(record.has(isa::Act::Log));
  EXPECT_EQ(packets(1), 1u);
  EXPECT_EQ(packets(2), 1u);
  record = run(0x0a000003, 5000);
  EXPECT_EQ(record.verdict(), isa::Verdict::Pass);
  EXPECT_EQ(record.targets[isa::kTTtl], 9u);
  EXPECT_EQ(run(0x0a000003, 5001).rule(), 1u) << "the meter holds for 1 000 ticks";
  EXPECT_EQ(run(0x0a000003, 6000).verdict(), isa::Verdict::Pass);
}

// The list of a program is laid out beside that of the running one, follows the flip, and goes when its epoch is used again.
TEST_F(CoreLoadTest, rule_lists_are_swapped_with_their_program) {
  const auto verdict = [this](std::uint32_t interface) {
    EntryWords words{};
    words[isa::kWIface] = interface;
    return model_.process(std::span(&words, 1)).at(0).verdict();
  };
  const norman_image first = open(sampleImage());
  ImageBuilder changed = sampleImage();
  changed.lists[0].value[1] = 8;
  changed.lists.insert(changed.lists.begin(), changed.lists[0]);
  changed.lists[0].value[1] = 7;
  const norman_image second = open(changed);
  const auto stage = static_cast<std::uint32_t>(isa::kConfigs[0].stages.find('R'));
  EXPECT_EQ(norman_core_rules(&core_, stage), nullptr);

  ASSERT_EQ(load(first, nullptr, kEgress, 0), 0) << problem_.text;
  norman_core_flip(&core_, 0);
  norman_rules* rules = norman_core_rules(&core_, stage);
  ASSERT_NE(rules, nullptr);
  EXPECT_EQ(verdict(9), isa::Verdict::Pass);
  EXPECT_EQ(verdict(8), isa::Verdict::Reject);
  EXPECT_EQ(packets(20), 1u);

  ASSERT_EQ(load(second, &first, kEgress, 1), 0) << problem_.text;
  EXPECT_EQ(norman_rules_get_figures(rules)->rules, 7u);
  EXPECT_NE(norman_core_list(&core_, &first, 6, 0), norman_core_list(&core_, &second, 6, 1));
  EXPECT_EQ(verdict(9), isa::Verdict::Pass) << "before the flip";
  EXPECT_EQ(verdict(8), isa::Verdict::Reject);
  norman_core_flip(&core_, 1);
  EXPECT_EQ(verdict(9), isa::Verdict::Reject);
  EXPECT_EQ(verdict(8), isa::Verdict::Pass);
  EXPECT_EQ(verdict(7), isa::Verdict::Pass);

  // A rule that is added beside packets.
  norman_rule rule = *norman_rules_get(rules, norman_rules_next(rules, norman_core_list(&core_, &second, 6, 1), NORMAN_RULES_END));
  rule.value[1] = 9;
  std::uint32_t handle = 0;
  ASSERT_EQ(norman_rules_insert(rules, &rule, norman_rules_next(rules, rule.list, NORMAN_RULES_END), &handle), 0);
  EXPECT_EQ(verdict(9), isa::Verdict::Pass);

  ASSERT_EQ(load(first, &second, kEgress, 0), 0) << problem_.text;
  EXPECT_EQ(norman_rules_get_figures(rules)->rules, 8u) << "the list that epoch 0 had is gone";
  norman_core_flip(&core_, 0);
  EXPECT_EQ(verdict(9), isa::Verdict::Pass);
  EXPECT_EQ(verdict(7), isa::Verdict::Reject);
  ASSERT_EQ(load(first, nullptr, kEgress, 0), 0) << problem_.text;
  EXPECT_EQ(norman_rules_get_figures(rules)->rules, 3u);
}

TEST_F(CoreLoadTest, refuses_rule_lists_that_do_not_fit) {
  ImageBuilder builder = sampleImage();
  // All match one packet: no tree divides them.
  for (std::uint16_t i = 0; i < 200; ++i) builder.listEntry(builder.lists[0].object, 1u << NORMAN_LIST_FLAG_TERMINAL, i, 2);
  const norman_image image = open(builder);
  EXPECT_EQ(load(image, nullptr, kEgress, 0), -ENOSPC);
  EXPECT_STREQ(problem_.section, ".norman.lists");
  const std::string text = problem_.text;
  EXPECT_EQ(text.substr(0, text.find(':')), "stage " + std::to_string(isa::kConfigs[0].stages.find('R')) + " is full");
  EXPECT_NE(text.find("of 203 rules"), std::string::npos) << text;
  EXPECT_EQ(text.find("for " + std::to_string(norman_core_refused(&core_, &builder.objects[builder.lists[0].object])) + " of"), text.find("for ")) << text;
  const norman_image small = open(sampleImage());
  EXPECT_EQ(load(small, nullptr, kEgress, 0), 0) << problem_.text;
}

TEST_F(CoreLoadTest, an_image_without_the_program_passes_everything) {
  ImageBuilder builder = sampleImage();
  builder.programs.erase(builder.programs.begin());
  const norman_image image = open(builder);
  ASSERT_EQ(load(image, nullptr, kIngress, 0), 0);
  EXPECT_EQ(run(0x0a000001).verdict_word, std::uint32_t{isa::kNoRule} << 16);
}

// The compiler keeps sets and meters that no row uses in the image, with no place in the core.
TEST_F(CoreLoadTest, loads_nothing_for_objects_that_no_row_uses) {
  ImageBuilder builder = sampleImage();
  const std::uint32_t set = builder.object("unused", NORMAN_OBJECT_KIND_SET, kIngress, isa::kStageExit, 0xffffffff, 3);
  builder.object("idle", NORMAN_OBJECT_KIND_METER, kIngress, isa::kStageExit, 0xffffffff, 1);
  // More entries than a stage holds, and one of them twice: none of them is loaded.
  for (std::uint32_t i = 0; i < 9000; ++i) builder.entries.push_back({set, 1, 0, {0, 0}, 0, {i / 2, 0, 0, 4}, 1});
  const norman_image image = open(builder);
  ASSERT_EQ(load(image, nullptr, kIngress, 0), 0) << problem_.text;
  norman_core_flip(&core_, 0);
  EXPECT_EQ(run(0x0a000002).verdict(), isa::Verdict::Drop);
  EXPECT_EQ(run(7, 5000).verdict(), isa::Verdict::Pass);
  // Nor is anything kept for them when they are there on one side of a swap only.
  const norman_image without = open(sampleImage());
  ASSERT_EQ(load(without, &image, kIngress, 1), 0) << problem_.text;
  norman_core_flip(&core_, 1);
  ASSERT_EQ(load(image, &without, kIngress, 0), 0) << problem_.text;
  norman_core_flip(&core_, 0);
  EXPECT_EQ(run(0x0a000002).verdict(), isa::Verdict::Drop);
  EXPECT_EQ(packets(1), 2u) << "counters in use go on";
}

// A prefix table is filled from the image, changes beside packets, is kept over a swap and goes with the last program that has it.
TEST_F(CoreLoadTest, prefix_tables_are_filled_and_kept) {
  const std::uint8_t stage = ImageBuilder().stageOf('L');
  const auto withPrefixes = [&](std::string_view name, std::uint32_t type) {
    ImageBuilder b;
    const std::uint32_t object = b.object(name, NORMAN_OBJECT_KIND_PREFIXES, kIngress, stage, 2, 4);
    b.objects[object].type = type;
    const auto add = [&](std::uint32_t word, std::uint8_t length, std::uint32_t value) { b.entries.push_back({object, 1, length, {0, 0}, value, {word, 0, 0, 0}, 1}); };
    add(0x0a000000, 8, 1u << 16);
    add(0x0a010000, 16, 2u << 16);
    add(0, 0, 3u << 16);
    for (const std::uint32_t rule : {1u, 2u, 3u, 4u}) b.rule("policy", "", rule);
    b.entry = {{kIngress, 0, 0, isa::kWSrc0, 0}};
    b.programs.push_back({kIngress, stage, 0, std::uint32_t{isa::kNoRule} << 16});
    const auto next = static_cast<std::uint8_t>(b.config().stages.find('A', stage));
    b.row(kIngress, stage, 0, withBranch(wide("PREFIX", {{"table", 2}, {"k0", regOperand(0)}, {"dwe", 1}, {"rd", 4}}, {}), isa::BranchMode::Own, {next, 0}));
    b.row(kIngress, next, 0, alu(lane("VERDICTr", {{"rb", 4}})));
    b.name("x");
    return b;
  };
  const norman_image first = open(withPrefixes("routes", 1)), second = open(withPrefixes("routes", 1)), other = open(withPrefixes("others", 1));
  ASSERT_EQ(load(first, nullptr, kIngress, 0), 0) << problem_.text;
  norman_core_flip(&core_, 0);
  EXPECT_EQ(run(0x0a010101).rule(), 2u);
  EXPECT_EQ(run(0x0a020101).rule(), 1u);
  EXPECT_EQ(run(0x0b020101).rule(), 3u);
  norman_prefixes* prefixes = norman_core_prefixes(&core_, stage);
  ASSERT_NE(prefixes, nullptr);
  norman_prefix prefix{{0x0a000000, 0, 0, 0}, 0, 0, 2, 9, 0};
  ASSERT_EQ(norman_prefixes_insert(prefixes, &prefix), 0);
  EXPECT_EQ(run(0x0a020101).rule(), 0u);
  EXPECT_EQ(run(0x0aff0101).rule(), 1u);

  ASSERT_EQ(load(second, &first, kIngress, 1), 0) << problem_.text;
  norman_core_flip(&core_, 1);
  EXPECT_EQ(run(0x0a020101).rule(), 0u) << "what was added stays";
  EXPECT_EQ(load(other, &second, kIngress, 0), -EINVAL);
  EXPECT_STREQ(problem_.text, "'others' would lie on 'routes' of the running program");
  ASSERT_EQ(load(other, nullptr, kIngress, 0), 0) << problem_.text;
  EXPECT_EQ(norman_prefixes_used(prefixes), 3u);
  norman_core_flip(&core_, 0);
  EXPECT_EQ(run(0x0a020101).rule(), 1u);

  ImageBuilder twice = withPrefixes("routes", 1);
  twice.entries.push_back(twice.entries[0]);
  EXPECT_EQ(load(open(twice), nullptr, kIngress, 0), -EINVAL);
  EXPECT_STREQ(problem_.text, "an entry of 'routes' is there twice");
}

// Learned entries stay as long as a program has their table, and are gone before another can use their rows.
TEST_F(CoreLoadTest, learned_tables_are_kept_or_emptied) {
  const std::uint8_t stage = ImageBuilder().stageOf('E', 1);
  const auto withTable = [&](std::string_view name, std::uint32_t id, std::uint32_t size) {
    ImageBuilder builder = sampleImage();
    const std::uint32_t object = builder.object(name, NORMAN_OBJECT_KIND_LEARNED, kIngress, stage, id, size);
    builder.objects[object].shift = 24;
    return open(builder);
  };
  const norman_image with = withTable("flows", 2, 128), moved = withTable("flows", 3, 64), without = open(sampleImage());
  ImageBuilder builder = sampleImage();
  builder.object("set", NORMAN_OBJECT_KIND_SET, kIngress, stage, 2, 10);
  const norman_image set = open(builder);
  norman_image_object object;
  norman_image_get(&with, NORMAN_SECTION_OBJECTS, 7, &object);
  const norman_learned table = norman_learned_of(&core_, &object);
  norman_exact_entry entry;
  const auto learn = [&](unsigned row) {
    model_.write64(NORMAN_REG_EXACT_DATA(0), 77);
    model_.write64(NORMAN_REG_EXACT_DATA(1), 0);
    model_.write64(NORMAN_REG_EXACT_DATA(2), 1000 | std::uint64_t{2} << 40 | std::uint64_t{1} << 48);
    model_.write64(NORMAN_REG_EXACT_WRITE, stage | 1u << 8 | row << 16);
  };

  ASSERT_EQ(load(with, nullptr, kIngress, 0), 0) << problem_.text;
  norman_core_flip(&core_, 0);
  learn(2 * isa::kLearnUnit + 5);
  ASSERT_TRUE(norman_learned_read(&table, 5 * isa::kExactWays + 1, &entry));
  EXPECT_EQ(entry.key[0], 77u);
  EXPECT_TRUE(norman_learned_alive(&entry, 999));
  EXPECT_FALSE(norman_learned_alive(&entry, 1000));

  ASSERT_EQ(load(with, &with, kIngress, 1), 0) << problem_.text;
  norman_core_flip(&core_, 1);
  EXPECT_TRUE(norman_learned_read(&table, 5 * isa::kExactWays + 1, &entry)) << "kept";
  EXPECT_EQ(load(moved, &with, kIngress, 0), -EINVAL);
  EXPECT_STREQ(problem_.text, "'flows' would lie on 'flows' of the running program");
  EXPECT_EQ(load(set, &with, kIngress, 0), -EINVAL);
  EXPECT_STREQ(problem_.text, "'set' would lie on 'flows' of the running program");

  ASSERT_EQ(load(without, &with, kIngress, 0), 0) << problem_.text;
  norman_core_flip(&core_, 0);
  EXPECT_TRUE(norman_learned_read(&table, 5 * isa::kExactWays + 1, &entry)) << "packets of the other epoch may still need it";
  ASSERT_EQ(load(set, &without, kIngress, 1), 0) << problem_.text;
  EXPECT_FALSE(norman_learned_read(&table, 5 * isa::kExactWays + 1, &entry)) << "nobody has it any more";
  norman_core_flip(&core_, 1);
  EXPECT_EQ(load(with, &set, kIngress, 0), -EINVAL);
  ASSERT_EQ(load(with, nullptr, kIngress, 0), 0) << problem_.text;
  learn(2 * isa::kLearnUnit + 5);
  ASSERT_EQ(load(with, nullptr, kIngress, 0), 0) << problem_.text;
  EXPECT_FALSE(norman_learned_read(&table, 5 * isa::kExactWays + 1, &entry)) << "a full load begins anew";
}

TEST_F(CoreLoadTest, refuses_an_image_of_the_other_configuration) {
  EXPECT_EQ(load(open(sampleImage("small")), nullptr, kIngress, 0), -EINVAL);
  EXPECT_STREQ(problem_.text, "compiled for overlay 'small', this core is 'default': compile with --overlay default");
}

TEST_F(CoreLoadTest, a_swap_keeps_objects_and_flips_between_packets) {
  const norman_image first = open(sampleImage());
  ASSERT_EQ(load(first, nullptr, kIngress, 0), 0);
  norman_core_flip(&core_, 0);
  run(0x0a000001);
  run(0x0a000003, 5000);

  ImageBuilder changed = sampleImage();
  changed.rows[2].word[0] = lane("VERDICT", {{"imm", 2u | 1u << 3 | 0u << 16}});  // reject instead of drop
  const norman_image second = open(changed);
  EXPECT_EQ(load(second, &first, kIngress, 0), -EBUSY);
  EXPECT_STREQ(problem_.text, "epoch 0 is the one that packets get");
  ASSERT_EQ(load(second, &first, kIngress, 1), 0) << problem_.text;
  EXPECT_EQ(run(0x0a000001).verdict(), isa::Verdict::Drop) << "not before the flip";
  norman_core_flip(&core_, 1);
  EXPECT_TRUE(norman_core_drained(&core_, 0));
  EXPECT_EQ(run(0x0a000001).verdict(), isa::Verdict::Reject);
  EXPECT_EQ(packets(1), 3u) << "the counter goes on";
  EXPECT_EQ(run(0x0a000003, 5001).rule(), 1u) << "so does the meter";
}

TEST_F(CoreLoadTest, a_swap_refuses_objects_that_would_collide) {
  const norman_image first = open(sampleImage());
  ASSERT_EQ(load(first, nullptr, kIngress, 0), 0);
  norman_core_flip(&core_, 0);
  ImageBuilder changed = sampleImage();
  changed.objects[3].name = changed.name("other");
  EXPECT_EQ(load(open(changed), &first, kIngress, 1), -EINVAL);
  EXPECT_STREQ(problem_.text, "'other' would lie on 'slow' of the running program");
}

TEST_F(CoreLoadTest, a_full_load_begins_every_object_anew) {
  const norman_image image = open(sampleImage());
  ASSERT_EQ(load(image, nullptr, kIngress, 0), 0);
  run(0x0a000001);
  run(0x0a000003, 5000);
  ImageBuilder fewer = sampleImage();
  fewer.entries.pop_back();
  ASSERT_EQ(load(open(fewer), nullptr, kIngress, 0), 0);
  EXPECT_EQ(packets(1), 0u);
  EXPECT_EQ(run(0x0a000001).verdict(), isa::Verdict::Drop);
  EXPECT_EQ(run(0x0a000002, 5001).verdict(), isa::Verdict::Pass) << "no longer in the set, and the meter begins at zero";
}

TEST_F(CoreLoadTest, reports_tables_that_do_not_fit_and_double_entries) {
  ImageBuilder twice = sampleImage();
  twice.entries.push_back(twice.entries[0]);
  EXPECT_EQ(load(open(twice), nullptr, kIngress, 0), -EINVAL);
  EXPECT_STREQ(problem_.text, "an entry of 'blocked' is there twice");
  ImageBuilder full = sampleImage();
  for (std::uint32_t i = 0; i < 8190; ++i) full.entries.push_back({0, 1, 0, {0, 0}, 0, {i, 7, 0, 0}, 1});
  EXPECT_EQ(load(open(full), nullptr, kIngress, 0), -ENOSPC);
  EXPECT_STREQ(problem_.text, "'blocked' is full: its size is 2");
  full.objects[0].size = 9000;
  EXPECT_EQ(load(open(full), nullptr, kIngress, 0), -ENOSPC);
  EXPECT_STREQ(problem_.text, "stage 2 is full: no room for an entry of 'blocked'");
  norman_image_object blocked = full.objects[0];
  EXPECT_EQ(norman_core_refused(&core_, &blocked), 1u);
}

}  // namespace
}  // namespace norman::test
