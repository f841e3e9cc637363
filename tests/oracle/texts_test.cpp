// Each option in the words of iptables and in ours, pinned: the translation that the kernel has agreed to.
#include <gtest/gtest.h>

#include "compiler/sema/sema.h"
#include "tests/oracle/option_text.h"
#include "tests/oracle/random_ruleset.h"

namespace norman::oracle {
namespace {

struct Pair {
  Family family;
  const char* module;
  Option option;
  const char* theirs;
  const char* ours;
};

Option prefix(Question asks, Family family, const char* address, unsigned length, bool inverted = false) {
  return {.asks = asks, .inverted = inverted, .spans = {prefixSpan(family, *addressOf(family, address), length)}, .length = length};
}

TEST(OptionText, says_the_same_in_both_languages) {
  constexpr Family v4 = Family::Ipv4;
  constexpr Family v6 = Family::Ipv6;
  const std::vector<Span> list{{22, 22}, {80, 90}};
  const Pair pairs[] = {
      {v4, "", prefix(Question::Source, v4, "10.0.0.0", 8), "-s 10.0.0.0/8", "ip.src in 10.0.0.0/8"},
      {v6, "", prefix(Question::Destination, v6, "2001:db8::1", 128, true), "! -d 2001:db8::1", "!(ip.dst == 2001:db8::1)"},
      {v4, "", {.asks = Question::InInterface, .name = "eth1"}, "-i eth1", "iface.in == \"eth1\""},
      {v4, "", {.asks = Question::OutInterface, .inverted = true, .name = "eth1+"}, "! -o eth1+", "!(iface.out == \"eth1*\")"},
      {v4, "", {.asks = Question::InInterface, .name = "+"}, "-i +", "true"},
      {v4, "", {.asks = Question::InInterface, .name = "ppp+"}, "-i ppp+", "iface.in == \"ppp*\""},
      {v4, "", {.asks = Question::Protocol, .inverted = true, .spans = {{6, 6}}}, "! -p 6", "!(ip.protocol == 6)"},
      {v4, "", {.asks = Question::LaterFragment, .inverted = true}, "! -f", "!(parse.later_fragment)"},
      {v4, "tcp", {.asks = Question::SourcePort, .spans = {{1, 5}}}, "--sport 1:5", "tcp.sport in 1..5"},
      {v4, "udp", {.asks = Question::DestinationPort, .inverted = true, .spans = {{53, 53}}}, "! --dport 53", "udp && !(udp.dport == 53)"},
      {v4, "tcp", {.asks = Question::TcpFlags, .spans = {{2, 2}}, .mask = 18}, "--tcp-flags SYN,ACK SYN", "(tcp.flags & 0x12) == 0x2"},
      {v4, "tcp", {.asks = Question::TcpSyn, .inverted = true}, "! --syn", "tcp && !((tcp.flags & 0x17) == 2)"},
      {v4, "icmp", {.asks = Question::IcmpType}, "--icmp-type any", "icmp"},
      {v4, "icmp", {.asks = Question::IcmpType, .spans = {{3, 3}, {1, 1}}}, "--icmp-type 3/1", "icmp.type == 3 && icmp.code == 1"},
      {v6, "icmp6", {.asks = Question::IcmpType, .inverted = true, .spans = {{128, 128}}, .any_code = true}, "! --icmpv6-type 128",
       "icmpv6 && !(icmpv6.type == 128)"},
      {v4, "multiport", {.asks = Question::DestinationPorts, .spans = list}, "--dports 22,80:90", "l4.dport in {22, 80..90}"},
      {v4, "multiport", {.asks = Question::Ports, .spans = list}, "--ports 22,80:90", "(l4.sport in {22, 80..90} || l4.dport in {22, 80..90})"},
      {v4, "mac", {.asks = Question::SourceMac, .spans = {{0x020000000001, 0x020000000001}}}, "--mac-source 02:00:00:00:00:01",
       "eth.src == 02:00:00:00:00:01"},
      {v4, "ttl", {.asks = Question::TtlBelow, .spans = {{64, 64}}}, "--ttl-lt 64", "ip.ttl < 64"},
      {v6, "hl", {.asks = Question::TtlAbove, .spans = {{64, 64}}}, "--hl-gt 64", "ip.ttl > 64"},
      {v4, "dscp", {.asks = Question::Dscp, .spans = {{46, 46}}}, "--dscp 46", "ip.dscp == 46"},
      {v6, "tos", {.asks = Question::Tos, .spans = {{8, 8}}, .mask = 0x1c}, "--tos 0x8/0x1c", "(ipv6.traffic_class & 0x1c) == 0x8"},
      {v4, "ecn", {.asks = Question::Ect, .inverted = true, .spans = {{1, 1}}}, "! --ecn-ip-ect 1", "!(ip.ecn == 1)"},
      {v6, "length", {.asks = Question::Length, .spans = {{100, 200}}}, "--length 100:200", "ipv6.payload_len + 40 in 100..200"},
      {v4, "mark", {.asks = Question::Mark, .spans = {{1, 1}}, .mask = 3}, "--mark 0x1/0x3", "(packet.mark & 0x3) == 0x1"},
      {v4, "iprange", {.asks = Question::SourceRange, .spans = {{1, 256}}}, "--src-range 0.0.0.1-0.0.1.0", "ip.src in 0.0.0.1..0.0.1.0"},
      {v6, "frag", {.asks = Question::FirstOfMore}, "--fragfirst --fragmore", "parse.fragment && !parse.later_fragment"},
      {v4, "owner", {.asks = Question::User, .spans = {{1000, 1010}}}, "--uid-owner 1000-1010", "socket.uid in 1000..1010"},
      {v4, "owner", {.asks = Question::User, .inverted = true, .name = "root"}, "! --uid-owner root", "!(socket.user == \"root\")"},
      {v4, "owner", {.asks = Question::SocketExists, .inverted = true}, "! --socket-exists", "!(socket)"},
  };
  for (const Pair& pair : pairs) {
    EXPECT_EQ(iptablesWords(pair.family, pair.module, pair.option), pair.theirs);
    EXPECT_EQ(condition(pair.family, pair.module, pair.option), pair.ours);
  }
}

TEST(RandomRuleset, is_accepted_by_the_front_end) {
  test::Random random(1);
  for (int i = 0; i < 300; ++i) {
    const std::string policy = policyText(randomRuleset(random, {40, 60}));
    SourceManager sources;
    Diagnostics diagnostics;
    EXPECT_TRUE(parseAndCheck(sources, sources.add("oracle.norman", policy), diagnostics)) << diagnostics.render(sources);
  }
}

}  // namespace
}  // namespace norman::oracle
