// Conditions as entries of a rule table: on random packets they must hold exactly where the compiled condition does.
#include "compiler/codegen/rule_list.h"

#include <gtest/gtest.h>

#include "compiler/driver/compile.h"
#include "compiler/sema/sema.h"
#include "overlay_rtl/model/packet_parser.h"
#include "tests/support/random_packet.h"

namespace norman::codegen {
namespace {

constexpr size_t kLimit = 128;

/// As a rule stage compares (spec/device/Rules.td); the key is read from the packet's entry words.
bool matches(const RuleEntry& entry, const RuleList& list, const EntryWords& words) {
  uint32_t key[isa::kRuleKeyWords];
  for (size_t i = 0; i < isa::kRuleKeyWords; ++i) key[i] = list.key()[i] ? words[*list.key()[i]] : 0x5a5a1234;
  const auto inverted = [&](unsigned group) { return (entry.invert >> group & 1) != 0; };
  for (unsigned side = 0; side < 2; ++side) {
    bool same = true;
    for (size_t i = 4 * side; i < 4 * side + 4; ++i) same &= ((key[i] ^ entry.value[i]) & entry.mask[i]) == 0;
    if (same == inverted(side)) return false;
  }
  for (unsigned half = 0; half < 4; ++half) {
    const size_t i = isa::kRuleRangeWord + half / 2;
    const unsigned shift = 16 * (half % 2);
    const auto at = [shift](uint32_t word) { return word >> shift & 0xffff; };
    if ((at(key[i]) >= at(entry.value[i]) && at(key[i]) <= at(entry.mask[i])) == inverted(2 + half)) return false;
  }
  for (unsigned i = 10; i < 14; ++i)
    if ((((key[i] ^ entry.value[i]) & entry.mask[i]) == 0) == inverted(i - 4)) return false;
  return true;
}

class RuleLists : public testing::Test {
 protected:
  ast::Program check(const std::string& source) {
    const FileId file = sources_.add("test.norman", source);
    Diagnostics diagnostics;
    auto program = parseAndCheck(sources_, file, diagnostics);
    EXPECT_TRUE(program) << diagnostics.render(sources_);
    file_ = file;
    return std::move(*program);
  }
  ast::Program one(const std::string& condition) {
    return check("const gap = 7; set nets: address { 10.0.0.0/8, 192.0.2.1, 2001:db8::/32 } set odd: port { 1..1023, 5432, 8080..8089 }\n"
                 "policy p { hook prerouting; scope all; " + condition + " => drop; packet.mark == 0x12345678 && parse.incomplete => pass; }");
  }
  static std::optional<std::vector<Cube>> cubes(const ast::Program& program, size_t statement = 0) {
    return cubesOf(*program.policies[0].statements[statement].rule->condition, {program, [](ast::FieldId) { return true; }, kLimit, [](unsigned word) { return isRangedWord(word) || word == isa::kWLengths; }});
  }
  static std::vector<EntryWords> packets(size_t count) {
    test::Random random(7);
    const test::Vocabulary vocabulary;
    uint64_t time_ns = 0;
    std::vector<EntryWords> result;
    while (result.size() < count) {
      const test::Packet packet = test::randomPacket(random, vocabulary, time_ns);
      PacketMetadata metadata;
      metadata.iface_in = static_cast<uint16_t>(random.below(3));
      metadata.ticks = packet.time_ns * 16;
      metadata.mark = static_cast<uint32_t>(random.below(4));
      metadata.wall_s = packet.wall_s;
      if (packet.owner) metadata.owner = OwnerWords{packet.owner->uid, packet.owner->gid, packet.owner->pid, 0, 0};
      if (packet.owner) metadata.owner_predicates = random.next();
      result.push_back(parsePacket(packet.frame, metadata).words);
    }
    return result;
  }

  SourceManager sources_;
  FileId file_;
};

TEST_F(RuleLists, hold_where_the_compiled_condition_holds) {
  const char* conditions[] = {
      "tcp.dport == 22", "tcp.dport != 22", "!(tcp.dport == 22)", "!(tcp.dport != 22)", "l4.dport in odd", "!(l4.sport in odd)",
      "l4.dport in {53, 80, 400..500} && ip.protocol == 17", "tcp.dport > 443", "80 <= tcp.sport", "udp.dport < 54 || udp.sport >= 5432",
      "ip.src in 10.0.0.0/8", "ip.src != 10.0.0.1", "!(ipv4.src in 10.0.0.0/8)", "ip.dst in nets", "!(ip.dst in nets)", "ip.src == 2001:db8::1",
      "ipv4.src in 10.0.0.1..192.0.2.1", "ipv4.dst >= 192.0.2.1", "ip.src != ff00::1 && ip.dst != 10.0.0.1",
      "ip.ttl < 65", "ip.ttl in {1, 17, 64..255}", "ip.dscp == 0 && ip.ecn != 1", "ip.protocol != 6", "ipv4.frag_offset > 0 || ipv4.mf",
      "tcp.syn && !tcp.ack", "tcp.flags & 0x17 == 2", "tcp.flags & 0x17 != 2", "!(tcp.flags & 0x12 == 0x12)", "tcp.flags & 6 == 8",
      "icmp.type == 8", "icmp.type == 8 && icmp.code == 0", "icmp.type in {0, 3, 8..11}", "icmpv6.type != 135", "arp.op == 1", "vlan.id in 1..100",
      "eth.src == 02:00:00:00:00:01", "eth.dst != ff:ff:ff:ff:ff:ff", "packet.len > 100 bytes", "packet.len in {60..63, 1500}", "packet.mark == 1",
      "owner.user == \"bob\"", "owner.user != \"bob\"", "!(owner.user in {\"bob\", \"eve\"})", "socket", "!owner", "owner.uid == 1000", "tcp", "!ip",
      "present(tcp.syn)", "parse.fragment", "iface.in == \"eth0\"", "iface.in != \"eth0\"", "true", "false", "tcp || udp && l4.dport == 53",
      "!(tcp && tcp.dport in {22, 80}) && ip.src in 10.0.0.0/8", "ipv6.flow_label in 1..1000", "ip.src in {10.0.0.1, 10.0.0.3} && tcp.dport in {22, 80, 443}",
      "ip.src in 10.0.0.0/8 && ip.src != 10.0.0.1", "ip.src in 10.0.0.0/8 && !(ip.src in 0.0.0.0/4) && !(ip.src in 10.0.0.0/30)", "ipv6.src in fe00::/7 && ipv6.src != fe80::1",
      "ip.dst != 10.0.0.1 && !(ip.dst in 192.0.0.0/16)", "ip.ttl + 1 == 65", "ip.ttl + 1 != 65", "!(ip.ttl - 2 > 62)", "255 - ip.ttl < 192", "2 * ip.ttl - ip.ttl == 64",
      "ipv4.total_len - (ipv4.ihl << 2) < 20", "!(ipv4.total_len - ipv4.ihl * 4 in 8..60)", "ipv6.payload_len + 40 in 60..100", "ip.ttl - 65 > 0x7fffffff"};
  const std::vector<EntryWords> traffic = packets(4000);
  size_t told_apart = 0;
  for (const char* condition : conditions) {
    const ast::Program program = one(condition);
    const auto result = cubes(program);
    ASSERT_TRUE(result) << condition;
    RuleList list;
    ASSERT_TRUE(list.add(*result)) << condition;
    const auto entries = list.entries();
    Diagnostics diagnostics;
    const auto native = compileNative(sources_, file_, diagnostics, "default");
    ASSERT_TRUE(native) << condition << "\n" << diagnostics.render(sources_);
    size_t held = 0;
    for (const EntryWords& words : traffic) {
      const bool expected = (native->run(isa::Program::Ingress, words).verdict_word & 7) == static_cast<uint32_t>(isa::Verdict::Drop);
      const bool got = std::ranges::any_of(entries, [&](const RuleEntry& entry) { return matches(entry, list, words); });
      ASSERT_EQ(got, expected) << condition;
      held += expected;
    }
    told_apart += held != 0 && held != traffic.size();
  }
  EXPECT_GT(told_apart, std::size(conditions) * 3 / 4) << "the packets hardly hit what is asked for";
}

TEST_F(RuleLists, refuse_what_an_entry_cannot_test) {
  for (const char* condition : {"ip.ttl * 3 == 3", "ip.ttl + ip.protocol == 3", "ip.ttl ^ 1 == 3", "ipv4.src == ipv4.dst", "icmp.code == 1", "ip.src != 2001:db8::1 && ip.src != 2002::3",
                                "packet.random in 3..0x7ffffff1 && ipv6.src in ::3..fff0::5"})
    EXPECT_FALSE(cubes(one(condition))) << condition;
  const ast::Program rewritten = one("tcp.dport == 22");
  EXPECT_FALSE(cubesOf(*rewritten.policies[0].statements[0].rule->condition, {rewritten, [](ast::FieldId) { return false; }, kLimit}));
}

TEST_F(RuleLists, have_room_for_four_words_beside_addresses_and_ports) {
  const ast::Program program = check("policy p { hook prerouting; scope all; ip.src == 2001:db8::1 && ip.dst == 2001:db8::2 && tcp.dport == 1 => drop; packet.len > 80 bytes => drop;"
                                     "ip.ttl == 1 => drop; packet.mark == 1 => drop; arp.op == 1 => drop; vlan.id == 7 => drop; tcp.window == 5 => drop; }");
  RuleList list;
  std::vector<bool> fits;
  for (size_t i = 0; i < 7; ++i) fits.push_back(list.add(*cubes(program, i)));
  EXPECT_EQ(fits, (std::vector<bool>{true, true, true, true, true, true, false})) << "presence, TTL, mark and VLAN take the four";
  EXPECT_EQ(list.rules(), 6u);
  EXPECT_EQ(list.key()[isa::kRuleRangeWord + 1], isa::kWPorts) << "of the same residue, so that it takes no copy";
}

TEST_F(RuleLists, put_other_words_where_no_rule_needs_an_address) {
  const ast::Program program = check("policy p { hook prerouting; scope ipv4; ip.src in 10.0.0.0/8 && tcp.dport == 1 => drop; ip.ttl == 1 => drop; packet.mark == 1 => drop;"
                                     "vlan.id == 7 => drop; tcp.window == 5 => drop; tcp.seq == 5 => drop; eth.type == 6 => drop; ip.dst == 10.0.0.1 => drop;"
                                     "tcp.ack_seq == 1 && ip.src != 10.0.0.1 => drop; ipv6.src == 2001:db8::1 => drop; ipv6.dst == 2001:db8::1 => drop; }");
  RuleList list;
  std::vector<bool> fits;
  for (size_t i = 0; i < 11; ++i) fits.push_back(list.add(*cubes(program, i)));
  EXPECT_EQ(fits, (std::vector<bool>{true, true, true, true, true, true, true, true, true, true, false})) << "three words stand where the destination would";
  EXPECT_EQ(list.key()[0], isa::kWSrc0);
  EXPECT_EQ(list.key()[3], isa::kWSrc3) << "others made room for it";
  EXPECT_EQ(list.key()[4], isa::kWDst0);
}

TEST_F(RuleLists, come_apart_where_cubes_overlap) {
  const ast::Program program = one("ip.src in 10.0.0.0/8 && (l4.sport in odd || l4.dport in odd || ip.dst != 10.0.0.1 || tcp.flags & 6 == 2)");
  const auto overlapping = cubes(program);
  ASSERT_TRUE(overlapping);
  const auto apart = takeApart(*overlapping, kLimit);
  ASSERT_TRUE(apart);
  for (size_t i = 0; i < apart->size(); ++i)
    for (size_t j = 0; j < i; ++j) EXPECT_TRUE(disjoint((*apart)[i], (*apart)[j])) << i << " and " << j;
  RuleList before;
  RuleList after;
  ASSERT_TRUE(before.add(*overlapping));
  ASSERT_TRUE(after.add(*apart));
  const auto hits = [](const RuleList& list, const EntryWords& words) {
    return std::ranges::count_if(list.entries(), [&](const RuleEntry& entry) { return matches(entry, list, words); });
  };
  size_t several = 0;
  for (const EntryWords& words : packets(4000)) {
    EXPECT_EQ(hits(after, words), hits(before, words) == 0 ? 0 : 1);
    several += hits(before, words) > 1;
  }
  EXPECT_NE(several, 0u);
  EXPECT_FALSE(takeApart(*overlapping, 3));
}

TEST_F(RuleLists, know_which_entry_covers_which) {
  const ast::Program program = check("policy p { hook prerouting; ip.src in 10.0.0.0/8 => drop; ip.src == 10.1.2.3 && tcp.dport in 5..9 => drop;"
                                     "tcp.dport in 1..100 => drop; ip.src != 10.0.0.1 => drop; ip.src == 10.0.0.2 => drop; true => drop; }");
  RuleList list;
  for (size_t i = 0; i < 6; ++i) ASSERT_TRUE(list.add(*cubes(program, i)));
  std::vector<std::vector<RuleEntry>> of(6);
  for (const RuleEntry& entry : list.entries()) of[entry.rule].push_back(entry);
  EXPECT_TRUE(of[0][0].covers(of[1][0]));
  EXPECT_FALSE(of[1][0].covers(of[0][0]));
  EXPECT_TRUE(of[2][0].covers(of[1][0]));
  EXPECT_FALSE(of[3][0].covers(of[4][0])) << "it does, but that is not worth knowing";
  EXPECT_TRUE(of[5][0].covers(of[3][0]));
  EXPECT_FALSE(of[3][0].covers(of[5][0]));
}

}  // namespace
}  // namespace norman::codegen
