// Random rulesets in the real kernel and in ours: every packet has one verdict and one mark, every rule one count.
//
//   NORMAN_SEED=n            another run (printed at the start)
//   NORMAN_CASE=n            one ruleset of the run alone, with its text in both forms
//   NORMAN_ORACLE_RULESETS=n how many are compared, 30 unless told; NORMAN_LONG=1: 1 000
//   NORMAN_ORACLE_PACKETS=n  for each, 500 unless told; NORMAN_LONG=1: 1 000
//   NORMAN_ORACLE_RULES=n    about how many rules the largest ones have that use everything
//   NORMAN_ORACLE_PLAIN=n    the same of lists of ordinary rules
//   NORMAN_RTL=0             without the simulated hardware
//
// A ruleset that does not fit the overlay is compared with nothing, so another one takes its place.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>

#include <fmt/format.h>

#include "overlay_rtl/model/core_device.h"
#include "tests/oracle/random_ruleset.h"
#include "tests/oracle/trial.h"

namespace norman::oracle {
namespace {

constexpr uint64_t kDefaultSeed = 20261122;
constexpr int kShrinkTries = 600;

// Rules that each take stages of their own are soon too many; long lists of ordinary ones become a lookup of a rule stage.
RulesetSize defaultSize() {
  const bool rule_stages = findConfig("default")->stages.find('R') != std::string_view::npos;
  return {.mixed = 12, .plain = rule_stages ? 60u : 16u};
}

uint64_t setting(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr && *text != '\0' ? std::strtoull(text, nullptr, 0) : otherwise;
}

Case makeCase(uint64_t seed, uint64_t number, const RulesetSize& size, uint64_t packets) {
  test::Random random(test::caseSeed(seed, number));
  Case made;
  made.ruleset = randomRuleset(random, size);
  for (uint64_t i = 0; i < packets; ++i) made.probes.push_back(randomProbe(random, made.ruleset));
  return made;
}

size_t rulesOf(const Ruleset& ruleset) {
  size_t rules = 0;
  for (const Table& table : ruleset.tables)
    for (const Chain& chain : table.chains) rules += chain.rules.size();
  return rules;
}

TEST(Oracle, linux_and_norman_give_one_verdict) {
  std::string reason;
  const std::unique_ptr<KernelHost> kernel = KernelHost::create(reason);
  if (!kernel) {
    fmt::print("SKIPPED: {}\n", reason);
    GTEST_SKIP();
  }
  const bool is_long = std::getenv("NORMAN_LONG") != nullptr;
  const uint64_t seed = setting("NORMAN_SEED", kDefaultSeed);
  const RulesetSize size{static_cast<unsigned>(setting("NORMAN_ORACLE_RULES", defaultSize().mixed)),
                         static_cast<unsigned>(setting("NORMAN_ORACLE_PLAIN", defaultSize().plain))};
  const uint64_t packets = std::min<uint64_t>(setting("NORMAN_ORACLE_PACKETS", is_long ? 1000 : 500), 65'000);  // numbered in 16 bits
  const bool single = std::getenv("NORMAN_CASE") != nullptr;
  const uint64_t first = setting("NORMAN_CASE", 0);
  const uint64_t wanted = single ? 1 : setting("NORMAN_ORACLE_RULESETS", is_long ? 1000 : 30);
  const uint64_t most = single ? 1 : 3 * wanted;
  const bool with_rtl = setting("NORMAN_RTL", 1) != 0;
  fmt::print("oracle: seed {}, {} rulesets of up to {} mixed or {} plain rules, {} packets each\n", seed, wanted, size.mixed, size.plain,
             packets);

  Trial trial(*kernel);
  std::map<std::string, uint64_t> refusals;
  Comparison sum;
  uint64_t tried = 0;
  uint64_t compared = 0;
  uint64_t rules_compared = 0;
  uint64_t with_cut_headers = 0;
  int failures = 0;
  for (; compared < wanted && tried < most && failures < 5; ++tried) {
    const uint64_t number = first + tried;
    const Case made = makeCase(seed, number, size, packets);
    if (single) fmt::print("{}", describe({made.ruleset, {}}));
    const Comparison comparison = trial.compare(made, with_rtl);
    if (comparison.kind == Comparison::Kind::DoesNotFit) {
      ++refusals[refusal(comparison.text)];
      if (single) fmt::print("{}", comparison.text);
      continue;
    }
    if (comparison.kind != Comparison::Kind::Equal) {
      const Case small = shrink(trial, made, comparison.kind, with_rtl, kShrinkTries);
      ADD_FAILURE() << "ruleset " << number << ":\n"
                    << comparison.text << "the smallest case found:\n"
                    << describe(small) << trial.compare(small, with_rtl).text
                    << fmt::format("repeat with: NORMAN_SEED={} NORMAN_CASE={} NORMAN_ORACLE_RULES={} NORMAN_ORACLE_PLAIN={} "
                                   "NORMAN_ORACLE_PACKETS={} build/tests/oracle_linux\n",
                                   seed, number, size.mixed, size.plain, packets);
      ++failures;
    }
    ++compared;
    rules_compared += rulesOf(made.ruleset);
    with_cut_headers += made.ruleset.cut_headers;
    sum.compared += comparison.compared;
    sum.unseen += comparison.unseen;
    sum.beyond_window += comparison.beyond_window;
    sum.passed += comparison.passed;
    sum.counters += comparison.counters;
    sum.hit += comparison.hit;
  }

  fmt::print(
      "oracle: seed {}: {} rulesets ({} rules; {} with cut headers) compared, {} differ, {} do not fit the overlay; {} packets "
      "compared ({} pass), {} counters of rules ({} not zero); not compared: {} packets that Linux dropped before its rules, {} with headers beyond the window\n",
      seed, compared, rules_compared, with_cut_headers, failures, tried - compared, sum.compared, sum.passed, sum.counters, sum.hit,
      sum.unseen, sum.beyond_window);
  for (const auto& [text, times] : refusals) fmt::print("  {:4} x {}\n", times, text);
  if (failures < 5 && !single) {
    EXPECT_EQ(compared, wanted) << "too many rulesets do not fit: NORMAN_ORACLE_RULES is too large";
  }
}

}  // namespace
}  // namespace norman::oracle
