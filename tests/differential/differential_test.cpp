// Random policies on random packets: every execution gives what the evaluator says.
//
//   NORMAN_SEED=n      another run (printed at the start)
//   NORMAN_CASE=n      one policy of the run alone, with its source and packets on failure
//   NORMAN_POLICIES=n  how many are compared, 1 000 unless told; NORMAN_LONG=1: 100 000
//   NORMAN_SHARD=i/n   every n-th policy, from the i-th, and its part of the comparisons
//
// A policy that does not fit the overlay is compared with nothing, so another one takes its place.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <string>

#include <fmt/format.h>

#include "tests/differential/executions.h"
#include "tests/support/random_policy.h"
#include "tests/support/shrink.h"

namespace norman::test {
namespace {

constexpr uint64_t kDefaultSeed = 20261122;
constexpr int kPackets = 64;
constexpr int kShrinkTries = 2000;

uint64_t setting(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr && *text != '\0' ? std::strtoull(text, nullptr, 0) : otherwise;
}

struct Made {
  Case parts;
  std::string config;
  size_t table_rules = codegen::kTableRules;
};

Made makeCase(uint64_t seed, uint64_t number) {
  Random random(caseSeed(seed, number));
  Made made;
  made.config = random.oneIn(4) ? "small" : "default";
  if (random.oneIn(2)) made.table_rules = 1;  // random policies are short
  const RandomPolicy policy = randomPolicy(random);
  made.parts.text = policy.text;
  uint64_t time_ns = random.below(1'000'000'000'000);
  for (int i = 0; i < kPackets; ++i) made.parts.packets.push_back(randomPacket(random, policy.vocabulary, time_ns));
  return made;
}

// The smallest case found that fails in the same way, as a person wants to read it.
std::string minimal(Executions& executions, const Made& made, Comparison::Kind kind) {
  const Case small = shrink(
      made.parts,
      [&](const Case& candidate) {
        return executions.compare(print(candidate.text), candidate.packets, made.config, made.table_rules).kind == kind;
      },
      kShrinkTries);
  std::string text = fmt::format("minimal policy (overlay {}):\n{}packets:\n", made.config, print(small.text));
  for (const Packet& packet : small.packets) text += describe(packet) + "\n";
  return text + executions.compare(print(small.text), small.packets, made.config, made.table_rules).text;
}

// Which policies of the endless list that a seed stands for are tried.
struct Plan {
  uint64_t seed = setting("NORMAN_SEED", kDefaultSeed);
  uint64_t first = 0;
  uint64_t stride = 1;
  uint64_t wanted = 0;  // comparisons
  uint64_t most = 0;    // tries
  bool single = false;
};

Plan makePlan() {
  Plan plan;
  if (const char* only = std::getenv("NORMAN_CASE")) {
    plan.first = std::strtoull(only, nullptr, 0);
    plan.wanted = plan.most = 1;
    plan.single = true;
    return plan;
  }
  if (const char* shard = std::getenv("NORMAN_SHARD")) {
    char* rest = nullptr;
    plan.first = std::strtoull(shard, &rest, 10);
    if (*rest == '/') plan.stride = std::max<uint64_t>(1, std::strtoull(rest + 1, nullptr, 10));
  }
  const uint64_t policies = setting("NORMAN_POLICIES", std::getenv("NORMAN_LONG") != nullptr ? 100'000 : 1'000);
  plan.wanted = (policies + plan.stride - 1) / plan.stride;
  // When more than a third does not fit, the generator makes policies too large and the test says so.
  plan.most = plan.wanted + plan.wanted / 2 + 20;
  return plan;
}

// The first error of diagnostics, without its place and its numbers, so that like refusals are one line.
std::string reasonOf(const std::string& diagnostics) {
  std::string line = diagnostics.substr(std::min(diagnostics.find("error: "), diagnostics.size()));
  line = line.substr(0, line.find('\n'));
  std::erase_if(line, [](char c) { return c >= '0' && c <= '9'; });
  return line;
}

TEST(Differential, random_policies_give_one_verdict) {
  const Plan plan = makePlan();
  fmt::print("seed {}, {} policies of {} packets, shard {} of {}\n", plan.seed, plan.wanted, kPackets, plan.first, plan.stride);

  Executions executions(setting("NORMAN_RTL", 1) != 0);
  std::map<std::string, uint64_t> refusals;
  uint64_t tried = 0;
  uint64_t compared = 0;
  uint64_t rows = 0;
  uint64_t executed = 0;
  int failures = 0;
  for (; compared < plan.wanted && tried < plan.most && failures < 5; ++tried) {
    const uint64_t number = plan.first + tried * plan.stride;
    const Made made = makeCase(plan.seed, number);
    const std::string source = print(made.parts.text);
    if (plan.single) fmt::print("overlay {}\n{}\n", made.config, source);
    if (plan.single) std::fflush(stdout);  // the compiler may end the program
    const Comparison comparison = executions.compare(source, made.parts.packets, made.config, made.table_rules);
    if (plan.single) fmt::print("{}", comparison.text);
    switch (comparison.kind) {
      case Comparison::Kind::Refused:
        ADD_FAILURE() << "policy " << number << " is refused by the front end:\n" << comparison.text;
        [[fallthrough]];
      case Comparison::Kind::DoesNotFit: ++refusals[reasonOf(comparison.text)]; continue;
      case Comparison::Kind::Different:
      case Comparison::Kind::Broken:
        ADD_FAILURE() << "policy " << number << ":\n"
                      << comparison.text << minimal(executions, made, comparison.kind)
                      << "repeat with: NORMAN_SEED=" << plan.seed << " NORMAN_CASE=" << number << " build/tests/differential_random\n";
        ++failures;
        break;
      case Comparison::Kind::Equal: break;
    }
    ++compared;
    rows += comparison.rows;
    executed += comparison.executed;
  }

  fmt::print("seed {}: {} policies tried, {} compared, {} differ, {} do not fit the overlay; {} rows, {} executed\n", plan.seed, tried,
             compared, failures, tried - compared, rows, executed);
  for (const auto& [reason, times] : refusals) fmt::print("  {:4} x {}\n", times, reason);
  if (failures < 5 && !plan.single) {
    EXPECT_EQ(compared, plan.wanted) << "too many policies do not fit: the generator makes them too large";
  }
}

}  // namespace
}  // namespace norman::test
