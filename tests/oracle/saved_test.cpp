// The filter tables of real hosts (NORMAN_CORPORA) in the real kernel and in ours.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "tests/oracle/save_file.h"
#include "tests/oracle/trial.h"

namespace norman::oracle {
namespace {

constexpr uint64_t kSeed = 20261122;
constexpr int kPackets = 500;

// Those that do not fit are the business of ./bench fit.
TEST(SavedRulesets, linux_and_norman_give_one_verdict) {
  std::string reason;
  const std::unique_ptr<KernelHost> kernel = KernelHost::create(reason);
  const std::vector<SavedFile> files = savedFiles();
  if (files.empty()) reason = "NORMAN_CORPORA names no folder with iptables-shell-dumps";
  if (!kernel || files.empty()) {
    fmt::print("SKIPPED: {}\n", reason);
    GTEST_SKIP();
  }
  Trial trial(*kernel);
  for (const SavedFile& file : files) {
    SavedRules saved = readSaved(file.text, file.family);
    leaveOutLimits(saved);
    useInterfacesOfThisHost(saved.table);
    Case made{{{saved.table}, false}, {}};
    for (Chain& chain : made.ruleset.tables[0].chains)
      for (Rule& rule : chain.rules) rule.counted = rule.target.kind != TargetKind::Log;
    limitEvents(made.ruleset);
    test::Random random(kSeed);
    for (int i = 0; i < kPackets; ++i) made.probes.push_back(randomProbe(random, made.ruleset));
    const Comparison comparison = trial.compare(made, false);
    if (comparison.kind == Comparison::Kind::DoesNotFit) {
      fmt::print("oracle: {} does not fit the overlay: {}\n", file.name, refusal(comparison.text));
      continue;
    }
    fmt::print("oracle: {}: {} rules, {} packets compared ({} pass), {} counters of rules ({} not zero)\n", file.name, saved.taken,
               comparison.compared, comparison.passed, comparison.counters, comparison.hit);
    EXPECT_EQ(comparison.kind, Comparison::Kind::Equal) << file.name << ":\n" << comparison.text;
  }
}

}  // namespace
}  // namespace norman::oracle
