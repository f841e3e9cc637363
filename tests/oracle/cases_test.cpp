// Rulesets for corners that random ones seldom reach, and those that once made a difference, each with what was wrong.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "tests/oracle/save_file.h"
#include "tests/oracle/trial.h"

namespace norman::oracle {
namespace {

constexpr int kPackets = 1500;

struct NamedCase {
  const char* name;
  Family family;
  bool cut_headers;
  const char* rules;  // of the filter table
};

class Cases : public testing::TestWithParam<NamedCase> {};

TEST_P(Cases, give_one_verdict) {
  std::string reason;
  const std::unique_ptr<KernelHost> kernel = KernelHost::create(reason);
  if (!kernel) {
    fmt::print("SKIPPED: {}\n", reason);
    GTEST_SKIP();
  }
  SavedRules saved = readSaved(fmt::format("*filter\n{}COMMIT\n", GetParam().rules), GetParam().family);
  ASSERT_TRUE(saved.left_out.empty()) << saved.left_out.begin()->first;
  Case made{{{saved.table}, GetParam().cut_headers}, {}};
  for (Chain& chain : made.ruleset.tables[0].chains)
    for (Rule& rule : chain.rules) rule.counted = rule.target.kind != TargetKind::Log;
  test::Random random(1);
  for (int i = 0; i < kPackets; ++i) made.probes.push_back(randomProbe(random, made.ruleset));
  Trial trial(*kernel);
  const Comparison comparison = trial.compare(made, true);
  EXPECT_EQ(comparison.kind, Comparison::Kind::Equal) << describe({made.ruleset, {}}) << comparison.text;
  EXPECT_EQ(comparison.hit, comparison.counters) << "a rule that no packet meets judges nothing";
}

INSTANTIATE_TEST_SUITE_P(
    Kept, Cases,
    testing::Values(
        // `-m tcp` drops a fragment that begins within the TCP header, `-m udp` does not.
        NamedCase{"fragment_within_the_tcp_header", Family::Ipv4, true,
                  ":FORWARD ACCEPT\n-A FORWARD -p udp -m udp --dport 53 -j DROP\n-A FORWARD -p tcp -m tcp --dport 80 -j DROP\n"
                  "-A FORWARD -p tcp -f -j LOG\n"},
        // A fragment header before the cut is found; the cut itself makes `frag` drop at once.
        NamedCase{"cut_extension_headers", Family::Ipv6, true,
                  ":INPUT ACCEPT\n:FORWARD DROP\n-A INPUT -m frag --fragfirst --fragmore -j DROP\n-A INPUT -d ::/0 -j LOG\n"
                  "-A FORWARD -p 17 -j DROP\n-A FORWARD ! -p 6 -j ACCEPT\n"},
        // FORWARD sees what forwarding has left of the TTL.
        NamedCase{"ttl_of_forwarded_packets", Family::Ipv4, false,
                  ":FORWARD ACCEPT\n-A FORWARD -m ttl --ttl-eq 63 -j DROP\n-A FORWARD -m ttl --ttl-lt 2 -j LOG\n-A FORWARD -m ttl --ttl-gt 200 -j DROP\n"},
        // A chain that says goto does not come back, the one that called it does.
        NamedCase{"goto_returns_to_the_caller", Family::Ipv4, false,
                  ":INPUT DROP\n:a\n:b\n-A INPUT -p tcp -j a\n-A INPUT -p tcp -j ACCEPT\n-A a -p tcp -m tcp --syn -g b\n-A a -j DROP\n"
                  "-A b -p tcp -m tcp --dport 80 -j RETURN\n-A b -p tcp -m tcp --dport 22 -j DROP\n"},
        // Packets that arrive have marks of the prerouting hook.
        NamedCase{"marks_of_arriving_packets", Family::Ipv6, false,
                  ":INPUT ACCEPT\n:FORWARD ACCEPT\n-A INPUT -m mark --mark 0x5 -j DROP\n-A INPUT -m mark --mark 0x2/0x6 -j MARK --xor-mark 0xff\n"
                  "-A FORWARD -m mark ! --mark 0x0/0x8 -j LOG\n-A FORWARD -m mark --mark 0xf -j DROP\n"},
        // A module without options still asks for its header.
        NamedCase{"module_without_options", Family::Ipv4, false,
                  ":FORWARD ACCEPT\n-A FORWARD -p tcp -m tcp -j LOG\n-A FORWARD -p tcp -j DROP\n"}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace norman::oracle
