// Everything of a policy that can be full, filled: it does what its declaration says, and counts what it refused.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "compiler/driver/compile.h"
#include "overlay_rtl/model/core_model.h"
#include "overlay_rtl/model/offline/execution.h"
#include "overlay_rtl/model/packet_parser.h"

namespace norman::test {
namespace {

class FullTables : public ::testing::Test {
 protected:
  void start(const std::string& policy) {
    SourceManager sources;
    Diagnostics diagnostics;
    const auto compiled = compile(sources, sources.add("test.norman", policy), diagnostics, {});
    ASSERT_TRUE(compiled) << diagnostics.render(sources);
    auto image = PolicyImage::fromBytes({compiled->output.begin(), compiled->output.end()}, "test");
    ASSERT_TRUE(image) << image.error();
    image_ = std::make_unique<PolicyImage>(std::move(*image));
    auto execution = CoreExecution::load(*image_, [](const isa::ConfigInfo& config) -> std::unique_ptr<CoreDevice> { return std::make_unique<CoreModel>(config); });
    ASSERT_TRUE(execution) << execution.error();
    execution_ = std::move(*execution);
  }
  norman_core& core() { return execution_->control(isa::Program::Ingress); }
  norman_image_object object(isa::ObjectKind kind) {
    norman_image_object object{};
    for (std::uint32_t i = 0; i < norman_image_count(&image_->raw(), NORMAN_SECTION_OBJECTS); ++i) {
      norman_image_get(&image_->raw(), NORMAN_SECTION_OBJECTS, i, &object);
      if (object.kind == static_cast<unsigned>(kind)) return object;
    }
    ADD_FAILURE() << "the policy has no such object";
    return object;
  }
  std::uint64_t refused(isa::ObjectKind kind) {
    const norman_image_object of = object(kind);
    return norman_core_refused(&core(), &of);
  }
  /// A TCP segment to the port from 10.0.0.0 plus `source`, a microsecond after the one before.
  isa::Verdict send(std::uint32_t source, std::uint8_t port = 80) {
    std::vector<std::uint8_t> frame{0x02, 0, 0, 0, 0, 0x10, 0x02, 0, 0, 0, 0, 1, 0x08, 0x00, 0x45, 0, 0, 40, 0, 1, 0, 0, 64, 6, 0, 0, 10, 0, 0, 0, 192, 0, 2, 10,
                                    0x9c, 0x40, 0, port, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x10, 4, 0, 0, 0, 0, 0};
    for (unsigned byte = 0; byte < 3; ++byte) frame[27 + byte] = static_cast<std::uint8_t>(source >> (16 - 8 * byte));
    PacketMetadata metadata;
    metadata.local = true;
    metadata.ticks = (time_ += 1000) * isa::kTicksPerNs;
    const EntryWords words = parsePacket(frame, metadata).words;
    return execution_->process(isa::Program::Ingress, std::span(&words, 1)).at(0).verdict();
  }
  /// One segment of each of `count` sources; how many are dropped.
  unsigned drops(std::uint32_t count, std::uint8_t port = 80) {
    unsigned dropped = 0;
    for (std::uint32_t source = 0; source < count; ++source) dropped += send(source, port) == isa::Verdict::Drop;
    return dropped;
  }

  std::unique_ptr<PolicyImage> image_;
  std::unique_ptr<CoreExecution> execution_;
  std::uint64_t time_ = 1'000'000;
};

// --- Sets and maps: what the control plane adds beyond the size is refused.

TEST_F(FullTables, a_set_holds_its_size) {
  ASSERT_NO_FATAL_FAILURE(start("set s: ipv4 size 100; policy p { hook input; ipv4.src in s => drop; }"));
  const norman_image_object set = object(isa::ObjectKind::Set);
  norman_exact* stage = nullptr;
  for (unsigned i = 0; i < core().exact_count; ++i)
    if (core().exact[i].stage == set.stage) stage = &core().exact[i].table;
  ASSERT_NE(stage, nullptr);
  for (std::uint32_t i = 0; i < 130; ++i) {
    const std::uint32_t key[] = {0x0a000000 + i, 0, 0, 0};
    ASSERT_EQ(norman_exact_insert(stage, static_cast<std::uint8_t>(set.base), key, 0, 0), i < 100 ? 0 : -ENOSPC) << i;
  }
  EXPECT_EQ(refused(isa::ObjectKind::Set), 30u);
  EXPECT_EQ(drops(130), 100u);
}

TEST_F(FullTables, a_map_of_prefixes_holds_its_size) {
  ASSERT_NO_FATAL_FAILURE(start("map m: prefix -> number size 100; policy p { hook input; m[ipv4.src] == 7 => drop; }"));
  const norman_image_object map = object(isa::ObjectKind::Prefixes);
  norman_prefixes* stage = norman_core_prefixes(&core(), map.stage);
  ASSERT_NE(stage, nullptr);
  const norman_prefix_table* table = norman_prefixes_table(stage, static_cast<std::uint8_t>(map.base));
  for (std::uint32_t i = 0; i < 130; ++i) {
    const norman_prefix prefix{{0x0a000000 + i, 0, 0, 0}, 7, 0, static_cast<std::uint8_t>(map.base), 32, 0};
    ASSERT_EQ(norman_prefixes_insert(stage, &prefix), i < 100 ? 0 : -ENOSPC) << i;
  }
  EXPECT_EQ(table->used, 100u);
  EXPECT_EQ(refused(isa::ObjectKind::Prefixes), 30u);
  EXPECT_EQ(drops(130), 100u);
}

// --- Rule lists: a rule is refused when neither a tree nor the overflow entries take it.

TEST_F(FullTables, a_rule_stage_refuses_what_finds_no_place) {
  std::string rules;
  for (int i = 1; i <= 14; ++i) rules += fmt::format("ipv4.src == 10.1.0.{} && tcp.dport == {} => drop; ", i, i);
  ASSERT_NO_FATAL_FAILURE(start("policy p { hook input; " + rules + "}"));
  const norman_image_object list = object(isa::ObjectKind::Rules);
  norman_rules* stage = norman_core_rules(&core(), list.stage);
  ASSERT_NE(stage, nullptr);
  const auto figures = [&] { return *norman_rules_get_figures(stage); };
  const std::uint32_t before = figures().rules;
  // All alike, so that nothing divides them: leaves and overflow entries are soon taken.
  norman_rule rule = *norman_rules_get(stage, norman_rules_next(stage, 0, NORMAN_RULES_END));
  for (std::uint32_t word = 0; word < isa::kRuleKeyWords; ++word)
    if (word / 2 != isa::kRuleRangeWord / 2) rule.value[word] = rule.mask[word] = 0;
  rule.value[8] = rule.value[9] = 0;
  rule.mask[8] = rule.mask[9] = 0xffffffff;
  std::uint32_t handle = 0, added = 0;
  while (norman_rules_insert(stage, &rule, NORMAN_RULES_END, &handle) == 0) ++added;
  EXPECT_EQ(figures().overflow, image_->config().rule_overflow);
  EXPECT_EQ(figures().rules, before + added) << "what was refused left nothing behind";
  EXPECT_EQ(norman_rules_insert(stage, &rule, NORMAN_RULES_END, &handle), -ENOSPC);
  EXPECT_EQ(refused(isa::ObjectKind::Rules), 2u);
  EXPECT_EQ(drops(10), 10u) << "those that fit are in force";
  ASSERT_EQ(norman_rules_remove(stage, handle), 0);
  EXPECT_EQ(norman_rules_insert(stage, &rule, NORMAN_RULES_END, &handle), 0) << "the place of a deleted one is free";
}

TEST_F(FullTables, lookups_that_match_more_going_on_than_fit_are_counted) {
  std::string rules;
  for (int i = 1; i <= 14; ++i) rules += fmt::format("ipv4.src == 10.1.0.{} && tcp.dport == {} => drop; ", i, i);
  ASSERT_NO_FATAL_FAILURE(start("policy p { hook input; " + rules + "}"));
  norman_rules* stage = norman_core_rules(&core(), object(isa::ObjectKind::Rules).stage);
  ASSERT_NE(stage, nullptr);
  // The compiler makes no such list and the tools refuse it: a host that inserts it is told by the counter.
  norman_rule rule{};
  rule.list = norman_rules_get(stage, norman_rules_next(stage, 0, NORMAN_RULES_END))->list;
  rule.flags = NORMAN_RULE_IS_LOGGED;
  rule.mask[8] = rule.mask[9] = 0xffffffff;
  std::uint32_t handle = 0;
  for (unsigned i = 0; i < isa::kRuleContinuing; ++i) ASSERT_EQ(norman_rules_insert(stage, &rule, NORMAN_RULES_END, &handle), 0);
  drops(5);
  EXPECT_EQ(norman_core_lost(&core()), 0u);
  ASSERT_EQ(norman_rules_insert(stage, &rule, NORMAN_RULES_END, &handle), 0);
  drops(5);
  EXPECT_EQ(norman_core_lost(&core()), 5u);
}

// --- Keyed meters and states: packets bring keys, and the declaration says what one means that finds no place.

// Of 400 sources at once 64 can be kept. Each packet conforms while its source is new, and exceeds afterwards.
constexpr const char* kMeter = "meter m per ipv4.src {{ rate 1 packets/d; burst 1; size 64;{} }} policy p {{ hook input; exceeds m => drop; }}";

TEST_F(FullTables, a_keyed_meter_lets_within_what_it_cannot_keep) {
  for (const char* full : {"", " full within;"}) {
    ASSERT_NO_FATAL_FAILURE(start(fmt::format(fmt::runtime(kMeter), full)));
    EXPECT_EQ(drops(400), 0u);
    EXPECT_GE(refused(isa::ObjectKind::Learned), 400u - 64);
    // Those that are kept exceed now, those that were refused are refused again.
    const std::uint64_t before = refused(isa::ObjectKind::Learned);
    EXPECT_EQ(drops(400), 400 - before);
    EXPECT_EQ(refused(isa::ObjectKind::Learned), 2 * before);
  }
}

TEST_F(FullTables, a_keyed_meter_exceeds_when_it_says_so) {
  ASSERT_NO_FATAL_FAILURE(start(fmt::format(fmt::runtime(kMeter), " full exceeds;")));
  const unsigned dropped = drops(400);
  EXPECT_GE(dropped, 400u - 64);
  EXPECT_EQ(refused(isa::ObjectKind::Learned), dropped);
}

TEST_F(FullTables, a_keyed_meter_replaces_when_it_says_so) {
  ASSERT_NO_FATAL_FAILURE(start(fmt::format(fmt::runtime(kMeter), " full replace;")));
  EXPECT_EQ(drops(400), 0u) << "each is new";
  // The last one is kept: some other gave way.
  EXPECT_EQ(send(399), isa::Verdict::Drop);
  EXPECT_EQ(refused(isa::ObjectKind::Learned), 0u) << "no key was refused";
}

constexpr const char* kState = "state s: bool per ipv4.src {{ size 64;{} }} policy p {{ hook input; tcp.dport == 80 => s = true, pass; s => drop; }}";

TEST_F(FullTables, a_keyed_state_ignores_or_replaces) {
  for (const char* full : {"", " full ignore;"}) {
    ASSERT_NO_FATAL_FAILURE(start(fmt::format(fmt::runtime(kState), full)));
    EXPECT_EQ(drops(400), 0u);
    const std::uint64_t missed = refused(isa::ObjectKind::Learned);
    EXPECT_GE(missed, 400u - 64);
    EXPECT_EQ(drops(400, 81), 400 - missed) << "the keys that were kept are true";
  }
  ASSERT_NO_FATAL_FAILURE(start(fmt::format(fmt::runtime(kState), " full replace;")));
  EXPECT_EQ(drops(400), 0u);
  EXPECT_EQ(refused(isa::ObjectKind::Learned), 0u);
  EXPECT_EQ(send(399, 81), isa::Verdict::Drop);
}

}  // namespace
}  // namespace norman::test
