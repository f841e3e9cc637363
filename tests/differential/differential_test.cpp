// Random policies on random packets: every execution gives what the evaluator says.
//
//   NORMAN_SEED=n      another run (printed at the start)
//   NORMAN_CASE=n      one policy of the run alone, with its source and packets on failure
//   NORMAN_POLICIES=n  how many; NORMAN_LONG=1: 100 000
//   NORMAN_SHARD=i/n   every n-th policy, from the i-th
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
};

Made makeCase(uint64_t seed, uint64_t number) {
  Random random(caseSeed(seed, number));
  Made made;
  made.config = random.oneIn(4) ? "small" : "default";
  const RandomPolicy policy = randomPolicy(random);
  made.parts.text = policy.text;
  uint64_t time_ns = random.below(1'000'000'000'000);
  for (int i = 0; i < kPackets; ++i) made.parts.packets.push_back(randomPacket(random, policy.vocabulary, time_ns));
  return made;
}

bool isFailure(const Comparison& comparison) {
  return comparison.kind == Comparison::Kind::Different || comparison.kind == Comparison::Kind::Broken;
}

// The smallest case found that fails in the same way, as a person wants to read it.
std::string minimal(Executions& executions, const Made& made, Comparison::Kind kind) {
  const Case small = shrink(
      made.parts,
      [&](const Case& candidate) {
        return executions.compare(print(candidate.text), candidate.packets, made.config).kind == kind;
      },
      kShrinkTries);
  std::string text = fmt::format("minimal policy (overlay {}):\n{}packets:\n", made.config, print(small.text));
  for (const Packet& packet : small.packets) text += describe(packet) + "\n";
  return text + executions.compare(print(small.text), small.packets, made.config).text;
}

TEST(Differential, random_policies_give_one_verdict) {
  const uint64_t seed = setting("NORMAN_SEED", kDefaultSeed);
  const uint64_t policies = setting("NORMAN_POLICIES", std::getenv("NORMAN_LONG") != nullptr ? 100'000 : 1'000);
  uint64_t first = 0;
  uint64_t stride = 1;
  if (const char* shard = std::getenv("NORMAN_SHARD")) {
    char* rest = nullptr;
    first = std::strtoull(shard, &rest, 10);
    if (*rest == '/') stride = std::max<uint64_t>(1, std::strtoull(rest + 1, nullptr, 10));
  }
  uint64_t last = policies;
  if (const char* only = std::getenv("NORMAN_CASE")) {
    first = std::strtoull(only, nullptr, 0);
    last = first + 1;
  }
  fmt::print("seed {}, {} policies of {} packets, shard {} of {}\n", seed, policies, kPackets, first, stride);

  Executions executions(setting("NORMAN_RTL", 1) != 0);
  std::map<Comparison::Kind, uint64_t> counts;
  std::map<std::string, uint64_t> refusals;
  uint64_t rows = 0;
  uint64_t executed = 0;
  int failures = 0;
  for (uint64_t number = first; number < last; number += stride) {
    const Made made = makeCase(seed, number);
    const std::string source = print(made.parts.text);
    const Comparison comparison = executions.compare(source, made.parts.packets, made.config);
    ++counts[comparison.kind];
    rows += comparison.rows;
    executed += comparison.executed;
    if (comparison.kind == Comparison::Kind::Refused || comparison.kind == Comparison::Kind::DoesNotFit) {
      // The first error of the diagnostics, without its place and its numbers, so that like refusals are one line.
      std::string line = comparison.text.substr(std::min(comparison.text.find("error: "), comparison.text.size()));
      line = line.substr(0, line.find('\n'));
      std::erase_if(line, [](char c) { return c >= '0' && c <= '9'; });
      ++refusals[line];
      if (comparison.kind == Comparison::Kind::Refused)
        ADD_FAILURE() << "policy " << number << " is refused by the front end:\n" << comparison.text;
    }
    if (std::getenv("NORMAN_CASE") != nullptr) fmt::print("overlay {}\n{}\n{}", made.config, source, comparison.text);
    if (!isFailure(comparison)) continue;
    ADD_FAILURE() << "policy " << number << ":\n"
                  << comparison.text << minimal(executions, made, comparison.kind)
                  << "repeat with: NORMAN_SEED=" << seed << " NORMAN_CASE=" << number << " build/tests/differential_random\n";
    if (++failures == 5) break;
  }

  const uint64_t equal = counts[Comparison::Kind::Equal];
  const uint64_t misfits = counts[Comparison::Kind::DoesNotFit];
  fmt::print("{} policies agree, {} do not fit the overlay; {} rows, {} executed\n", equal, misfits, rows, executed);
  for (const auto& [line, times] : refusals) fmt::print("  {:4} x {}\n", times, line);
  EXPECT_LE(misfits * 10, 3 * (equal + misfits) + 20) << "too many policies do not fit: the generator makes them too large";
}

}  // namespace
}  // namespace norman::test
