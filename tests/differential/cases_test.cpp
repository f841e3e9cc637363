// Policies that once made executions differ, each kept with what was wrong.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "compiler/driver/compile.h"
#include "tests/differential/executions.h"
#include "tests/support/random_packet.h"

namespace norman::test {
namespace {

struct NamedCase {
  const char* name;
  const char* source;
  size_t table_rules = codegen::kTableRules;
};

class Cases : public testing::TestWithParam<NamedCase> {};

TEST_P(Cases, give_one_verdict) {
  Random random(1);
  Vocabulary vocabulary;
  uint64_t time_ns = 0;
  std::vector<Packet> packets;
  for (int i = 0; i < 400; ++i) packets.push_back(randomPacket(random, vocabulary, time_ns));
  Executions executions(true);
  for (const char* overlay : {"default", "small"}) {
    const Comparison comparison = executions.compare(GetParam().source, packets, overlay, GetParam().table_rules);
    if (overlay == std::string("small") && comparison.kind == Comparison::Kind::DoesNotFit) continue;
    EXPECT_EQ(comparison.kind, Comparison::Kind::Equal) << overlay << ":\n" << comparison.text;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Kept, Cases,
    testing::Values(
        // Raw bytes that are not there make a rule false whatever surrounds them: through lets, functions, actions and sides that are not evaluated.
        NamedCase{"raw_bytes_that_are_not_there",
                  "function odd(at: u32) = (raw8(l4, at) & 1) == 1;\n"
                  "policy p { hook input, output; scope all; let far = raw32(l3, ipv4.ihl * 4 + 60); let is_odd = odd(8);\n"
                  "    !(far == 7) && udp => count, drop; is_odd || tcp.ack => count, reject; !is_odd || icmp => count, pass;\n"
                  "    true => packet.mark = raw32(l3, ipv4.ihl * 4 + 60); }"},
        NamedCase{"raw_bytes_that_decide_nothing",
                  "policy p { hook input, output; scope all; true || raw8(frame, 99) == 1 => count, log; arp && !present(raw8(l3, 40)) => drop;\n"
                  "    ipv4 && !present(raw8(l3, 40)) => reject; }"},
        NamedCase{"raw_bytes_at_an_index",
                  "policy p { hook input, output; raw16(frame, packet.len - 2) == raw16(frame, packet.len - 2) => count, log;\n"
                  "    raw8(l3, packet.random & 127) > 3 => packet.mark = 7; }"},
        NamedCase{"raw_bytes_at_a_wild_index", "policy p { hook input, output; raw8(l3, packet.random) > 3 => drop; !(raw8(frame, packet.random + 4) > 3) => reject; }"},
        NamedCase{"raw_bytes_in_sets",
                  "policy p { hook input; raw8(l3, 9) in { 6, 17, 50..60 } => drop; raw8(l4, 0) in { 0..127, 200 } && raw8(l3, 9) != 1 => reject; }"},
        // The table's keys had the value in the second word, the lookup in the first.
        NamedCase{"ports_in_a_table", "policy p { hook output; l4.sport in { 736, 80, 443, 736..1509, 22, 53, 5432 } => drop; }"},
        // The second constant was made after the assignment that read it.
        NamedCase{"constants_at_the_exit", "policy p { hook output; scope all; true => eth.src = 02:00:00:00:00:01; }"},
        NamedCase{"two_constants_of_two_policies",
                  "policy p { hook output; true => ipv4.ttl = 255; } policy q { hook postrouting; true => ipv4.tos = 206; }"},
        // The loader refused an object without a stage.
        NamedCase{"meter_that_no_row_uses",
                  "meter m { rate 96600 packets/s; } policy p { hook input; exceeds m => pass; }\n"
                  "policy q { hook prerouting; scope all; default reject; }"},
        NamedCase{"set_that_no_row_uses", "policy p { hook output; let v = ip.dst in { 2001:db8::/78, 2001:db8::b2, 2001:db8::b4 }; }"},
        // An inverted predicate became a signed compare of predicates, which nothing selected.
        NamedCase{"inverted_predicate_of_a_set",
                  "counter c[25]; policy p { hook postrouting; scope all; default drop; ip.dst in { 10.0.178.0..10.0.178.255, "
                  "2001:db8::/46 } => count c[vlan.pcp], capture, vlan.pcp = (packet.random | 64); }"},
        // Only selection saw that the index is always 32, and the verifier refused the event of a row that never counts.
        NamedCase{"index_beyond_the_counter",
                  "counter c[10]; policy p { hook output; true => count c[((tcp.data_offset >> 13) ^ 32) & 65535]; }"},
        // The lookup came before the meter's stage and took the slot that the first rule's event had been given.
        NamedCase{"event_before_a_list",
                  "meter m { rate 74 gbit; burst 34 bytes; } policy p { hook output; within m => log; true => log; }", 1},
        // Two ports share a word of the key, and ranges become several entries.
        NamedCase{"combinations_in_a_table",
                  "set five: (address, address, port, port, number) { (10.0.0.1, 10.0.0.2, 1, 2, 6), (10.0.0.3, 10.0.0.2, 53, 53, 17),\n"
                  "    (10.0.0.1, 10.0.0.2, 22..80, 5432, 6), (192.168.0.1, 10.0.0.2, 80, 22..60, 17) }\n"
                  "set macs: (mac, port) { (02:00:00:00:00:01, 22..90), (02:00:00:00:00:02, 80), (02:00:00:00:00:01, 5432) }\n"
                  "policy p { hook input, output; (ip.src, ip.dst, l4.sport, l4.dport, ip.protocol) in five => drop;\n"
                  "    !((eth.dst, l4.dport) in macs) && tcp => reject; }"},
        // Prefixes of both families, nested, beside ranges that are none.
        NamedCase{"prefixes_in_a_table",
                  "set near: address { 10.0.0.0/23, 10.0.4.0/22, 10.0.16.1..10.0.40.77, 10.0.64.0/19, 10.0.128.0/18, 10.0.200.0/22, 10.0.210.0/23, 10.0.220.0/24,\n"
                  "    192.168.0.0/16, 224.0.0.0/4, 2001:db8::/120, 2001:db8:0:1::/64, 2001:db8:0:2::/63, 2001:db8:0:4::1..2001:db8:0:4::ff00, fe80::/10, ff00::/8, 2001:db8:1::/48 }\n"
                  "policy p { hook input, output; ip.src in near => count, drop; }"},
        NamedCase{"values_of_nested_prefixes",
                  "map way: address -> number { 0.0.0.0/0 -> 1, 10.0.0.0/8 -> 2, 10.0.0.0/17 -> 3, 10.0.0.0/18 -> 4, 10.0.0.0/20 -> 5, 10.0.2.0/23 -> 6, 10.0.2.128/25 -> 7, 10.0.2.195 -> 8,\n"
                  "    10.0.100.0..10.0.200.255 -> 9, 192.168.0.0/24 -> 10, 2001:db8::/32 -> 11, 2001:db8::/48 -> 12, 2001:db8:0:1::/64 -> 13, 2001:db8:0:2::/64 -> 14, ::/0 -> 15, fe80::/10 -> 16 }\n"
                  "counter ways[20];\n"
                  "policy p { hook input, output; let w = way[ip.dst]; w == 2 => count, drop; present(w) => count ways[w]; }"},
        // Both were called by the line, and the image knew only one of them.
        NamedCase{"counts_of_one_line", "policy p { hook input, output; tcp => count; ip.ttl > 64 => count; udp => count, drop; ipv6 => count; }"},
        // Four slots: what a deciding entry of the first list counts, no entry of the second can follow.
        NamedCase{"slots_of_two_lists",
                  "policy p { hook input, output; tcp => count, drop; l4.dport in { 53, 80 } => count, drop; udp => count, reject; }\n"
                  "policy q { hook input, output; ipv4 => log; ip.ttl > 1 => count; icmp => count, drop; ip.ttl > 64 => log; ipv6 => count, drop; }", 2},
        // The words of the key have three registers each; all of their lives lay in these, and the six rules did not fit.
        NamedCase{"words_of_a_key_in_few_registers",
                  "policy four { hook forward; ip.dst in 203.0.0.0/16 => count, pass; ip.protocol == 6 && tcp.dport in 443..1023 => count, pass;\n"
                  "    ip.dst in 172.16.116.0/24 && iface.out == \"eth0\" && ip.protocol == 6 && tcp.dport == 3306 => count, drop; }\n"
                  "policy six { hook forward; ip.src in 2a01:3::/48 && ip.dst == 2001:db8:4003::7 && ip.protocol == 6 && tcp.dport in 7553..56269 &&\n"
                  "    (l4.sport in { 3409, 80..35544, 21202, 80 } || l4.dport in { 3409, 80..35544, 21202, 80 }) => count, pass;\n"
                  "    ip.src in 2001:db8:0:3::/64 => count, drop; ip.src in 2001:db8:0:1::/80 => count, pass; }"},
        // A life split from its key word forgot which registers that can come from.
        NamedCase{"words_of_a_key_in_their_bank",
                  "meter m { rate 1/h; burst 7; } policy p { hook input; scope ipv6; default drop; ip.src == 2001:db8:4002:0:6537:afe4:ca43:3226 => drop;\n"
                  "    ip.protocol == 132 && sctp.sport == 29493 => pass; ip.src in 2001:db8::/32 && ip.protocol == 6 && l4.dport in { 53, 7108, 6000, 25, 0 } => pass;\n"
                  "    ip.src in 2001:db8:8003::/48 && within m => pass; ip.dst == 2001:db8:0:1:: => pass;\n"
                  "    ip.src == 2001:db8:0:1:9dfc:412f:36ef:a887 && iface.in == \"wan0\" => pass; ip.protocol == 6 && tcp && !((tcp.flags & 0x17) == 2) => drop; }"},
        // A packet that does not pass keeps the mark that it came with.
        NamedCase{"mark_of_a_dropped_packet", "policy p { hook output; true => mark packet.random, drop; }"}),
    [](const auto& info) { return std::string(info.param.name); });

// Ranges within each other: no tree divides them, so a stage holds one of these lists and not both.
TEST(Cases, lists_that_exclude_each_other_share_a_stage_if_it_holds_both) {
  std::string source;
  for (const char* head : {"policy a { hook forward; scope ipv4;\n", "policy b { hook output; scope ipv6;\n"}) {
    source += head;
    for (int i = 0; i < 80; ++i) source += "l4.dport in " + std::to_string(30'000 - 97 * i) + ".." + std::to_string(30'000 + 89 * i) + " => drop;\n";
    source += "}\n";
  }
  Random random(3);
  Vocabulary vocabulary;
  uint64_t time_ns = 0;
  std::vector<Packet> packets;
  for (int i = 0; i < 400; ++i) packets.push_back(randomPacket(random, vocabulary, time_ns));
  Executions executions(true);
  const Comparison comparison = executions.compare(source, packets, "default");
  EXPECT_EQ(comparison.kind, Comparison::Kind::Equal) << comparison.text;
}

// What the small overlay must hold: each kind of its table stages, and what learns.
class OnSmall : public testing::TestWithParam<NamedCase> {};

TEST_P(OnSmall, gives_one_verdict_with_tables) {
  SourceManager sources;
  Diagnostics diagnostics;
  const auto compiled = compile(sources, sources.add("policy.norman", GetParam().source), diagnostics, {.overlay = "small", .table_rules = GetParam().table_rules});
  ASSERT_TRUE(compiled) << diagnostics.render(sources);

  Random random(2);
  Vocabulary vocabulary;
  uint64_t time_ns = 0;
  std::vector<Packet> packets;
  for (int i = 0; i < 1000; ++i) packets.push_back(randomPacket(random, vocabulary, time_ns));
  Executions executions(true);
  const Comparison comparison = executions.compare(GetParam().source, packets, "small", GetParam().table_rules);
  EXPECT_EQ(comparison.kind, Comparison::Kind::Equal) << comparison.text;
  EXPECT_GT(comparison.rows, 0u);
}

INSTANTIATE_TEST_SUITE_P(
    Small, OnSmall,
    testing::Values(
        NamedCase{"rule_list",
                  "policy p { hook input; ip.src in 10.0.0.0/8 && l4.dport == 53 => pass; ip.dst in 192.168.0.0/16 && udp => drop;\n"
                  "  ip.src in 2001:db8::/32 && tcp => drop; l4.sport > 1023 && ip.src in 10.128.0.0/9 => reject; ipv6 && l4.dport == 443 => pass;\n"
                  "  l4.dport == 80 => pass; l4.dport == 81 => drop; l4.dport == 82 && tcp => drop; l4.dport == 83 => pass; ip.protocol == 17 => drop;\n"
                  "  l4.dport == 90 => drop; l4.dport == 91 => drop; l4.dport == 92 => drop; l4.dport == 93 => drop; default pass; }"},
        NamedCase{"rule_list_that_counts",
                  "policy p { hook output; ip.src in 10.0.0.0/8 && l4.dport == 53 => pass; ip.dst in 192.168.0.0/16 && udp => drop;\n"
                  "  ip.src in 2001:db8::/32 && tcp => drop; l4.sport > 1023 && ip.src in 10.128.0.0/9 => reject; ipv6 && l4.dport == 443 => pass;\n"
                  "  l4.dport == 80 => count, pass; l4.dport == 81 => drop; l4.dport == 82 && tcp => drop; l4.dport == 83 => pass; ip.protocol == 17 => drop;\n"
                  "  l4.dport == 90 => drop; l4.dport == 91 => drop; l4.dport == 92 => drop; l4.dport == 93 => drop; default pass; }"},
        NamedCase{"prefix_set",
                  "set near: address { 10.0.0.0/23, 10.0.4.0/22, 10.0.16.0/20, 10.0.64.0/19, 10.0.128.0/18, 10.0.200.0/22, 10.0.210.0/23, 192.168.0.0/16, 224.0.0.0/4,\n"
                  "    2001:db8::/120, 2001:db8:0:1::/64, 2001:db8:0:2::/63, fe80::/10, ff00::/8 }\n"
                  "policy p { hook input; ip.src in near => count, drop; }"},
        NamedCase{"keyed_state",
                  "state seen: u32 per owner.uid { size 256; timeout 1 s; full replace; }\n"
                  "policy p { hook output; tcp => seen = seen + 1, drop; udp && seen > 2 => count, drop; }"},
        NamedCase{"keyed_by_address",
                  "state seen: u32 per ipv4.src { size 64; timeout 1 s; }\n"
                  "policy p { hook prerouting; scope ipv4; tcp => seen = seen + 1, pass; seen > 2 => drop; }"},
        NamedCase{"raw_bytes", "policy p { hook input; (raw16(l3, 6) & 0x1fff) != 0 => count, drop; udp.dport < 1024 => drop; }"},
        NamedCase{"exact_set", "set ports: port { 22, 53, 80, 443, 736, 5432, 1000..1010, 7001, 7002, 7003 }\npolicy p { hook output; l4.sport in ports => count, drop; }"}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace norman::test
