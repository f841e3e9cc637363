// What rule tables hold, and what it costs to change one.
#include <time.h>

#include <algorithm>
#include <array>
#include <span>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>

#include "norman/spec/norman_hw.h"
#include "overlay_rtl/sim/live_core.h"
#include "tests/bench/groups.h"
#include "tests/bench/report.h"
#include "tests/support/heap.h"
#include "tests/support/rule_sets.h"

namespace norman::bench {
namespace {

using test::CountingHeap;
using test::Random;
using test::RuleSet;

const isa::ConfigInfo& kConfig = isa::kConfigs[0];
const norman_rules_size kSize{kConfig.rule_trees, kConfig.rule_rows, kConfig.rule_overflow};

// Processor time of this thread, in microseconds.
double now() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_nsec) / 1e3;
}

/// A stage whose writes are counted and go nowhere: what is measured is the host.
struct Counted {
  std::uint64_t writes = 0, fences = 0;
  norman_rules_hardware hardware{[](void* me, std::uint32_t, std::uint64_t) { ++static_cast<Counted*>(me)->writes; },
                                 [](void* me, std::uint64_t) { ++static_cast<Counted*>(me)->writes; },
                                 [](void* me) { ++static_cast<Counted*>(me)->fences; }, this};
};

class Stage {
 public:
  Stage() {
    if (norman_rules_open(&rules, &kSize, &heap_.allocator, &counted.hardware) != 0) throw std::runtime_error("no rule stage");
  }
  ~Stage() { norman_rules_close(rules); }
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  Counted counted;
  norman_rules* rules = nullptr;

 private:
  CountingHeap heap_;
};

// Rules inserted at random places of a list of `count`, one removed for each; rebuilding goes on between them.
void measureInserts(RuleSet set, std::size_t count) {
  constexpr std::size_t kInserts = 2000;
  Stage stage;
  std::vector<norman_rule> rules = test::makeRules(set, count + kInserts, 1);
  Random random(1);
  for (std::size_t i = rules.size() - 1; i > 0; --i) std::swap(rules[i], rules[random.below(i + 1)]);
  std::vector<std::uint32_t> handles(count);
  if (norman_rules_load(stage.rules, rules.data(), static_cast<std::uint32_t>(count), handles.data(), nullptr) != 0) throw std::runtime_error("rules do not fit");
  double sum = 0, worst = 0, slice = 0;
  std::uint64_t writes = 0, most = 0, fences = 0, refused = 0;
  for (std::size_t i = 0; i < kInserts; ++i) {
    const std::size_t which = random.below(handles.size());
    norman_rules_remove(stage.rules, handles[which]);
    handles[which] = handles.back();
    handles.pop_back();
    const std::uint32_t before = random.oneIn(3) ? NORMAN_RULES_END : handles[random.below(handles.size())];
    std::uint32_t handle = 0;
    const std::uint64_t writes_before = stage.counted.writes, fences_before = stage.counted.fences;
    const double start = now();
    const int error = norman_rules_insert(stage.rules, &rules[count + i], before, &handle);
    const double took = now() - start;
    sum += took;
    worst = std::max(worst, took);
    writes += stage.counted.writes - writes_before;
    fences += stage.counted.fences - fences_before;
    most = std::max(most, stage.counted.writes - writes_before);
    if (error == 0)
      handles.push_back(handle);
    else
      ++refused;
    for (bool more = true; more;) {
      const double slice_start = now();
      more = norman_rules_work(stage.rules);
      slice = std::max(slice, now() - slice_start);
    }
  }
  const norman_rules_figures& figures = *norman_rules_get_figures(stage.rules);
  const std::string of = fmt::format("{} rules ({}), {} inserts at random places, each after a removal", count, test::nameOf(set), kInserts);
  report(fmt::format("table.insert_us.{}", count), sum / kInserts, "us", of + ", processor time of the host, mean");
  report(fmt::format("table.insert_worst_us.{}", count), worst, "us", of + ", the longest");
  report(fmt::format("table.insert_writes.{}", count), static_cast<double>(writes) / kInserts, "writes",
         of + fmt::format(", mean; at most {}, {:.2f} fences, {} refused, {} entries in overflow at most", most, static_cast<double>(fences) / kInserts,
                          refused, figures.peak_overflow));
  report(fmt::format("table.rebuild_slice_us.{}", count), slice, "us", fmt::format("the longest slice of {} rebuilds", figures.rebuilds));
}

struct Loaded {
  bool fits = false;
  std::uint32_t overflow = 0;
};
Loaded loadAll(std::span<const norman_rule> rules) {
  Stage stage;
  std::vector<std::uint32_t> handles(rules.size());
  const bool fits = norman_rules_load(stage.rules, rules.data(), static_cast<std::uint32_t>(rules.size()), handles.data(), nullptr) == 0;
  return {fits, norman_rules_get_figures(stage.rules)->overflow};
}

// The longest list of a kind that the core's stages take, in steps of 128 rules: each takes as much of its beginning as it can hold.
void measureCapacity(RuleSet set) {
  constexpr std::size_t kStep = 128, kMost = 4096;
  const auto stages = static_cast<std::size_t>(std::ranges::count(kConfig.stages, 'R'));
  std::size_t fits = 0;
  std::string parts;
  for (std::size_t count = kStep; count <= kMost * stages; count += kStep) {
    const std::vector<norman_rule> rules = test::makeRules(set, count, 1);
    std::span<const norman_rule> rest = rules;
    std::string each;
    for (std::size_t n = 0; n < stages && !rest.empty(); ++n) {
      std::size_t low = 0, high = std::min(rest.size(), kMost) / kStep;
      if (loadAll(rest.first(high * kStep)).fits) low = high;  // mostly
      while (low < high) {
        const std::size_t middle = (low + high + 1) / 2;
        if (loadAll(rest.first(middle * kStep)).fits)
          low = middle;
        else
          high = middle - 1;
      }
      each += fmt::format("{}{} ({} entries in overflow)", n == 0 ? "" : " + ", low * kStep, low == 0 ? 0 : loadAll(rest.first(low * kStep)).overflow);
      rest = rest.subspan(low * kStep);
    }
    if (!rest.empty()) break;
    fits = count;
    parts = each;
  }
  constexpr double kEntryBits = isa::rule_entry::kEvent.lsb + isa::rule_entry::kEvent.width + 2, kNodeBits = isa::rule_node::kRightLeaf.lsb + 1;
  const double bits = static_cast<double>(stages) * kSize.trees * kSize.rows * (isa::kRuleLeafSlots * kEntryBits + isa::kRuleLevels * kNodeBits);
  report(fmt::format("tables.capacity.{}", test::nameOf(set)), static_cast<double>(fits), "rules",
         fmt::format("{} rule stages of {} trees hold {}; a stage tells at most {} rules apart; {:.0f} bytes of trees a rule", stages, kSize.trees,
                     parts, kMost, bits / 8 / static_cast<double>(std::max<std::size_t>(fits, 1))));
}

// Packets that all look a list up, and when the last entered that did not find its newest rule.
struct Lookups : LiveTraffic {
  std::uint32_t newest = 0;  // argument of the rule that was inserted last
  std::uint64_t last_without = 0;

  EntryWords next() override { return {}; }
  void left(const ExitRecord& record, std::uint64_t entered, std::uint64_t /*left*/) override {
    if (record.verdict_word != newest) last_without = entered;
  }
};

void measureVisible() {
  const auto core = LiveCore::create(kConfig);
  if (core == nullptr) throw std::runtime_error("the simulation of this configuration was not built");
  const auto stage = static_cast<unsigned>(kConfig.stages.find('R'));
  unsigned after = stage + 1;
  while (kConfig.stages[after] != 'A') ++after;
  std::array<std::uint64_t, isa::kRowWords> rule{}, verdict{};
  for (const isa::InsnInfo& insn : isa::kInsns) {
    if (insn.name == "RULE") rule = insn.match;
    if (insn.name == "VERDICTr") verdict = insn.match;
  }
  isa::set(rule, isa::rule_row::kDwe, 1);
  isa::set(rule, isa::rule_row::kRd, 1);
  isa::set(rule, isa::control_word::kNextStage, after);
  isa::set(verdict, isa::lane_rr::kRb, 1);
  isa::set(verdict, isa::control_word::kNextStage, isa::kStageExit);
  for (unsigned w = 0; w < isa::kRowWords; ++w) {
    core->write64(NORMAN_REG_ROWS(0, stage, 0, w), rule[w]);
    core->write64(NORMAN_REG_ROWS(0, after, 0, w), verdict[w]);
  }
  core->write64(NORMAN_REG_START(0), std::uint64_t{stage} << 8);

  struct Bus {
    LiveCore& core;
    unsigned stage;
  } bus{*core, stage};
  const norman_rules_hardware hardware = {
      [](void* b, std::uint32_t word, std::uint64_t data) { static_cast<Bus*>(b)->core.write64(NORMAN_REG_RULE_DATA(word), data); },
      [](void* b, std::uint64_t command) {
        const Bus& me = *static_cast<Bus*>(b);
        me.core.write64(NORMAN_REG_RULE_COMMAND, command | std::uint64_t{me.stage} << NORMAN_RULE_COMMAND_STAGE_LSB);
      },
      [](void* b) { static_cast<Bus*>(b)->core.read64(NORMAN_REG_RULE_FENCE); }, &bus};
  CountingHeap heap;
  norman_rules* rules = nullptr;
  if (norman_rules_open(&rules, &kSize, &heap.allocator, &hardware) != 0) throw std::runtime_error("no rule stage");
  // All match every packet and each comes before those that are there: as long as leaves have room it goes into a tree,
  // then into overflow.
  norman_rule any{};
  any.mask[isa::kRuleRangeWord] = any.mask[isa::kRuleRangeWord + 1] = 0xffffffff;
  any.flags = NORMAN_RULE_IS_TERMINAL;
  Lookups traffic;
  core->start(traffic);
  std::uint64_t tree = 0, overflow = 0;
  std::uint32_t first = NORMAN_RULES_END;
  for (std::uint32_t i = 1; i <= 24; ++i) {
    any.argument = 8 * i;
    traffic.newest = any.argument;
    traffic.last_without = 0;
    const std::uint64_t start = core->clock();
    const std::uint32_t overflow_before = norman_rules_get_figures(rules)->overflow;
    if (norman_rules_insert(rules, &any, first, &first) != 0) throw std::runtime_error("refused");
    core->run(3000);  // until the packets that entered before it is found have left
    std::uint64_t& worst = norman_rules_get_figures(rules)->overflow > overflow_before ? overflow : tree;
    if (traffic.last_without >= start) worst = std::max(worst, traffic.last_without - start + 1);
  }
  core->stop();
  norman_rules_close(rules);
  report("table.visible_clocks", static_cast<double>(tree), "clocks",
         fmt::format("from the first write of an insert until every packet that enters finds the rule, at most, a packet a clock; 0: also those that entered shortly before; {} for an overflow entry", overflow));
}

}  // namespace

void measureTables() {
  for (const std::size_t count : {100, 1000, 2000}) measureInserts(RuleSet::Acl, count);
  measureVisible();
  for (const RuleSet set : test::kRuleSets) measureCapacity(set);
}

}  // namespace norman::bench
