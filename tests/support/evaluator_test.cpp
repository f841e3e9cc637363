// What LANGUAGE.md promises, sentence by sentence, on the evaluator.
#include "tests/support/evaluator.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "compiler/sema/sema.h"
#include "tests/support/random_packet.h"

namespace norman::test {
namespace {

// A policy and an evaluator of it.
struct Bench {
  SourceManager sources;
  std::optional<ast::Program> program;
  std::unique_ptr<Evaluator> evaluator;

  explicit Bench(const std::string& source) {
    Diagnostics diagnostics;
    const FileId file = sources.add("test.norman", source);
    program = parseAndCheck(sources, file, diagnostics);
    if (!program) throw std::runtime_error(diagnostics.render(sources));
    evaluator = std::make_unique<Evaluator>(*program, worldAccounts());
  }

  Result run(const Packet& packet) { return evaluator->run(packet); }
  bool passes(const Packet& packet) { return run(packet).verdict == ast::Verdict::Pass; }
  std::string rule(const Packet& packet) {
    const Result result = run(packet);
    return result.rule ? program->rules[ast::index(*result.rule)].name : "none";
  }
  Count counter(const std::string& name, size_t element = 0) {
    for (size_t i = 0; i < program->counters.size(); ++i)
      if (program->counters[i].name == name) return evaluator->counter(static_cast<ast::CounterId>(i)).at(element);
    throw std::runtime_error("no counter " + name);
  }
};

// Whether a condition holds for a packet at hook input.
bool holds(const std::string& condition, const Packet& packet) {
  return !Bench("policy p { hook input; scope all; " + condition + " => drop; }").passes(packet);
}

Frame hex(const std::string& digits) {
  Frame frame;
  for (size_t i = 0; i + 1 < digits.size(); i += 2) frame.push_back(static_cast<uint8_t>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  return frame;
}

const std::string kMacs = "0200000000010200000000020800";
// 10.0.0.1 -> 10.0.0.2, TTL 64, right header checksum.
Packet tcp(const std::string& fragment = "0000", const std::string& sum = "66ce") {
  Packet packet;
  packet.frame = hex(kMacs + "450000280000" + fragment + "4006" + sum + "0a0000010a000002" + "04d20016000000010000000250022000abcd0000");
  return packet;
}
Packet udp(const std::string& sum = "0000") {
  Packet packet;
  packet.frame = hex(kMacs + "4500001c00000000401166cf0a0000010a000002" + "04d200350008" + sum);
  return packet;
}
Packet arp() {
  Packet packet;
  packet.frame = hex("02000000000102000000000208060001080006040001020000000002c0000201000000000000c0000202");
  return packet;
}

TEST(Evaluator, a_comparison_with_an_absent_value_is_false) {
  EXPECT_TRUE(holds("tcp.dport == 22", tcp()));
  EXPECT_FALSE(holds("tcp.dport == 22", udp()));
  EXPECT_FALSE(holds("tcp.dport != 22", udp()));
  EXPECT_TRUE(holds("!(tcp.dport == 22)", udp()));
  EXPECT_FALSE(holds("tcp.dport + 1 == tcp.dport + 1", udp()));
  EXPECT_FALSE(holds("tcp.dport in { 0..65535 }", udp()));
  EXPECT_TRUE(holds("!present(tcp.dport) && !tcp && udp && !tcp.syn && !present(tcp.syn)", udp()));
  EXPECT_FALSE(holds("vlan.id == 0", tcp()));
}

TEST(Evaluator, absence_goes_through_let_and_functions) {
  const std::string source =
      "function next(x: port): port = x + 1;\n"
      "policy p { hook input; let n = next(tcp.dport); n == 23 => drop; n != 23 => reject; }";
  EXPECT_EQ(Bench(source).run(tcp()).verdict, ast::Verdict::Drop);
  EXPECT_TRUE(Bench(source).passes(udp()));
}

TEST(Evaluator, the_first_match_wins_and_other_rules_go_on) {
  Bench bench(
      "counter seen;\n"
      "policy p { hook input; default drop;\n"
      "  a: ipv4 => count seen; b: tcp => count seen, pass; c: ipv4 => count seen, reject admin-prohibited; }");
  EXPECT_EQ(bench.rule(tcp()), "b");
  EXPECT_EQ(bench.counter("seen").packets, 2u);
  EXPECT_EQ(bench.counter("seen").bytes, 2u * 54);
  EXPECT_EQ(bench.run(udp()).reason, ast::RejectReason::AdminProhibited);
}

TEST(Evaluator, pass_goes_on_with_the_next_policy_and_drop_ends) {
  const std::string later = "policy b { hook input; priority 5; udp => drop; default pass; }\n";
  const std::string earlier = "policy a { hook input; x: true => pass; }\n";
  Bench bench(later + earlier);
  EXPECT_EQ(bench.rule(tcp()), "default");
  EXPECT_FALSE(bench.passes(udp()));
  Bench stops("policy a { hook prerouting; x: true => drop; } policy b { hook input; y: true => count; }");
  EXPECT_EQ(stops.rule(tcp()), "x");
  EXPECT_EQ(stops.counter("b.y").packets, 0u);
}

TEST(Evaluator, a_policy_sees_its_scope_only) {
  Bench bench("policy p { hook input; default drop; }");
  EXPECT_FALSE(bench.passes(tcp()));
  EXPECT_TRUE(bench.passes(arp()));
  EXPECT_EQ(bench.rule(arp()), "none");
  EXPECT_FALSE(Bench("policy p { hook input; scope arp; default drop; }").passes(arp()));
}

TEST(Evaluator, hooks_follow_the_path) {
  Bench bench(
      "policy i { hook input; a: l4.dport == 22 && local.port == 22 && remote.port == 1234 => drop; }\n"
      "policy o { hook output; b: local.port == 1234 && remote.ip == 10.0.0.2 => drop; }\n"
      "policy f { hook forward; c: true => drop; }");
  Packet packet = tcp();
  EXPECT_EQ(bench.rule(packet), "a");
  packet.local = false;
  EXPECT_EQ(bench.rule(packet), "none");
  packet.path = Path::Egress;
  EXPECT_EQ(bench.rule(packet), "b");
  packet.path = Path::Forward;
  EXPECT_EQ(bench.rule(packet), "c");
}

TEST(Evaluator, a_later_fragment_has_no_ports) {
  EXPECT_TRUE(holds("parse.fragment && tcp.dport == 22", tcp("2000")));
  EXPECT_TRUE(holds("parse.later_fragment && !tcp && !present(l4.dport) && ip.protocol == 6", tcp("0001")));
}

TEST(Evaluator, incomplete_packets_are_dropped_before_any_rule) {
  Packet cut = tcp();
  cut.frame.resize(50);
  Bench bench("policy p { hook input; default pass; }");
  const Result result = bench.run(cut);
  EXPECT_EQ(result.verdict, ast::Verdict::Drop);
  EXPECT_TRUE(result.dropped_incomplete);
  EXPECT_FALSE(result.rule);
  EXPECT_EQ(bench.evaluator->incomplete().packets, 1u);
  EXPECT_EQ(Bench("policy p { hook output; }").run(cut).verdict, ast::Verdict::Pass) << "no policy in that direction";
  Bench asks("policy p { hook input; r: parse.incomplete => pass; default drop; }");
  EXPECT_EQ(asks.rule(cut), "r");
}

TEST(Evaluator, a_meter_follows_the_formula_exactly) {
  // 1000 packets a second: a packet costs 16 000 000 ticks; bursts of 3 tolerate two of them.
  Bench bench("meter m { rate 1000 packets/s; burst 3; } policy p { hook input; exceeds m => drop; }");
  Packet packet = tcp();
  packet.time_ns = 5'000'000'000;
  EXPECT_TRUE(bench.passes(packet));
  EXPECT_TRUE(bench.passes(packet));
  EXPECT_TRUE(bench.passes(packet));
  EXPECT_FALSE(bench.passes(packet));
  packet.time_ns += 999'999;
  EXPECT_FALSE(bench.passes(packet));
  packet.time_ns += 1;
  EXPECT_TRUE(bench.passes(packet));
  EXPECT_FALSE(bench.passes(packet));
  EXPECT_EQ(bench.evaluator->meter(ast::MeterId{0}, ast::Direction::Ingress), (5'000'000'000u + 4'000'000u) * 16);
  EXPECT_EQ(bench.evaluator->meter(ast::MeterId{0}, ast::Direction::Egress), 0u);
}

TEST(Evaluator, a_byte_meter_charges_the_length) {
  // 8 mbit/s are 16 000 ticks a byte, which is exactly 32 000 * 2^-1.
  Bench bench("meter m { rate 8 mbit; burst 100 bytes; } policy p { hook input; udp && exceeds m => drop; }");
  Packet packet = udp();
  packet.time_ns = 1'000'000'000;
  EXPECT_TRUE(bench.passes(packet));
  EXPECT_EQ(bench.evaluator->meter(ast::MeterId{0}, ast::Direction::Ingress), 16'000'000'000u + 42 * 16'000);
  EXPECT_TRUE(bench.passes(tcp())) << "not reached, not charged";
  EXPECT_TRUE(bench.passes(packet));
  EXPECT_TRUE(bench.passes(packet));
  EXPECT_FALSE(bench.passes(packet)) << "126 bytes are owed";
}

TEST(Evaluator, a_quota_ends_with_the_packet_that_uses_it_up) {
  Bench bench("quota q { 100 bytes; } policy p { hook input; udp && exceeds q => drop; }");
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(bench.passes(udp())) << "42 bytes each: used 0, 42, 84";
  EXPECT_FALSE(bench.passes(udp()));
  EXPECT_TRUE(bench.passes(tcp()));
  EXPECT_EQ(bench.evaluator->meter(ast::MeterId{0}, ast::Direction::Ingress), 126u);
}

TEST(Evaluator, every_nth_packet_that_comes_to_it) {
  Bench bench("policy p { hook input; udp && every 3 => drop; }");
  for (int round = 0; round < 2; ++round) {
    EXPECT_TRUE(bench.passes(udp()));
    EXPECT_TRUE(bench.passes(tcp())) << "not reached, not counted";
    EXPECT_TRUE(bench.passes(udp()));
    EXPECT_FALSE(bench.passes(udp()));
  }
}

TEST(Evaluator, a_chance_is_a_bound_on_the_random_word) {
  Packet packet = tcp();
  packet.random = 0x7fffffff;
  EXPECT_TRUE(holds("chance 50%", packet));
  packet.random = 0x80000000;
  EXPECT_FALSE(holds("chance 50%", packet));
  packet.random = 0xffffffff;
  EXPECT_TRUE(holds("chance 100%", packet));
}

TEST(Evaluator, combinations_hold_part_by_part) {
  EXPECT_TRUE(holds("(ip.src, tcp.dport) in {(10.0.0.9, 22), (10.0.0.0/30, 20..30)}", tcp()));
  EXPECT_FALSE(holds("(ip.src, tcp.dport) in {(10.0.0.9, 22), (10.0.0.1, 23)}", tcp()));
  EXPECT_FALSE(holds("(ip.src, udp.dport) in {(10.0.0.1, 0..65535)}", tcp())) << "a part is absent";
  EXPECT_TRUE(holds("!((ip.src, udp.dport) in {(10.0.0.1, 0..65535)})", tcp()));
}

TEST(Evaluator, the_narrowest_entry_of_a_map_counts) {
  const std::string map = "map m: ipv4 -> number { 10.0.0.0/8 -> 1, 10.0.0.0/24 -> 2, 10.0.0.2 -> 3, 192.0.2.0/24 -> 4 } ";
  const auto asks = [&](const std::string& condition) {
    return !Bench(map + "policy p { hook input; " + condition + " => drop; }").passes(tcp());
  };
  EXPECT_TRUE(asks("m[ip.src] == 2"));
  EXPECT_TRUE(asks("m[ip.dst] == 3"));
  EXPECT_FALSE(asks("m[arp.spa] < 10")) << "the key is absent";
  EXPECT_TRUE(asks("!present(m[arp.spa])"));
  EXPECT_TRUE(asks("m[ip.src] + m[ip.dst] == 5"));
}

TEST(Evaluator, a_map_of_verdicts_decides_or_goes_on) {
  Bench bench(
      "map ways: port -> verdict { 22 -> goto admins, 53 -> drop, 0..1023 -> reject }\n"
      "chain admins { found: ip.ttl == 64 => drop; }\n"
      "policy p { hook input; default pass; asked: true => count, ways[tcp.dport]; last: true => drop; }");
  EXPECT_EQ(bench.rule(tcp()), "found");
  EXPECT_EQ(bench.rule(udp()), "last") << "the key is absent: the next rule follows";
  EXPECT_EQ(bench.counter("p.asked").packets, 2u);
}

TEST(Evaluator, a_state_moves_by_tests_and_assignments) {
  Bench bench(
      "state s: u32 per ip.src { size 64; timeout 10 s; } policy p { hook input; ipv4.ttl == 1 => s = 1, pass; "
      "ipv4.ttl == 2 => s = s + 1 if s == 1 else 0, pass; ipv4.ttl == 4 => goto four; "
      "three: ipv4.ttl == 3 && s >= 2 => s = 5, pass; } chain four { four: s != 5 => drop; }");
  Packet packet = tcp();
  const auto send = [&](uint8_t ttl, uint64_t after_ns = 0) {
    packet.frame[22] = ttl;
    packet.time_ns += after_ns;
    return bench.rule(packet);
  };
  EXPECT_EQ(send(4), "four");  // a new key has 0, and the test does not make it known
  send(2);
  EXPECT_EQ(send(3), "default");
  send(1);
  EXPECT_EQ(send(3), "default");
  send(2);
  EXPECT_EQ(send(3), "three");
  EXPECT_EQ(send(4), "default");
  EXPECT_EQ(send(4, 9'000'000'000), "default");  // a test alone does not keep a key alive
  EXPECT_EQ(send(4, 2'000'000'000), "four");
}

TEST(Evaluator, a_test_that_changes_keeps_new_keys_only_where_it_changes_them) {
  for (const bool replace : {false, true}) {
    Bench bench(std::string("state s: bool per tcp.sport { size 64;") + (replace ? " full replace;" : "") +
                " } policy p { hook input; ipv4.ttl == 9 => goto again; !s => s = true, drop; } chain again { s => s = true, drop; }");
    Packet packet = tcp();
    const auto drops = [&](uint8_t ttl, uint16_t port) {
      packet.frame[22] = ttl;
      packet.frame[34] = static_cast<uint8_t>(port >> 8);
      packet.frame[35] = static_cast<uint8_t>(port);
      return !bench.passes(packet);
    };
    for (uint16_t port = 0; port < 2000; ++port) EXPECT_FALSE(drops(9, port));
    unsigned first = 0;
    for (uint16_t port = 0; port < 64; ++port) first += drops(8, port) && drops(9, port) ? 1 : 0;
    EXPECT_GT(first, replace ? 32u : 48u);  // none of the 2000 took a place
    EXPECT_TRUE(drops(8, 5000));
    if (replace) {
      EXPECT_TRUE(drops(9, 5000));
    }
  }
}

TEST(Evaluator, both_directions_of_a_connection_have_one_key) {
  Bench flow("state s: bool per connection { size 64; } policy p { hook input; scope all; ipv4.ttl == 1 => s = true, pass; s => drop; }");
  Packet packet = tcp();
  packet.frame[22] = 1;
  EXPECT_TRUE(flow.passes(packet));
  packet.frame[22] = 64;
  EXPECT_FALSE(flow.passes(packet));
  Packet back = packet;
  for (size_t i = 0; i < 4; ++i) std::swap(back.frame[26 + i], back.frame[30 + i]);
  for (size_t i = 0; i < 2; ++i) std::swap(back.frame[34 + i], back.frame[36 + i]);
  EXPECT_FALSE(flow.passes(back));
  for (size_t i = 0; i < 2; ++i) std::swap(back.frame[34 + i], back.frame[36 + i]);
  EXPECT_TRUE(flow.passes(back));  // the ports of the other end
  EXPECT_TRUE(flow.passes(tcp("0001")));  // a later fragment has no connection
}

TEST(Evaluator, a_keyed_meter_has_a_state_for_each_key) {
  Bench bench(
      "meter m per ip.src { rate 1 packets/min; size 64; timeout 10 s; } policy p { hook input; scope all; exceeds m => drop; !within m2 => pass; }\n"
      "quota m2 per udp.dport { 1 packets; size 64; full exceeds; }");
  Packet one = tcp();
  Packet other = tcp();
  other.frame[29] = 77;
  EXPECT_TRUE(bench.passes(one));
  EXPECT_FALSE(bench.passes(one));
  EXPECT_TRUE(bench.passes(other)) << "another source";
  one.time_ns = 9'000'000'000;
  EXPECT_FALSE(bench.passes(one)) << "its timeout begins again";
  one.time_ns = 18'000'000'000;
  EXPECT_FALSE(bench.passes(one));
  one.time_ns = 29'000'000'000;
  EXPECT_TRUE(bench.passes(one)) << "forgotten after ten seconds of silence";
}

TEST(Evaluator, a_keyed_test_of_an_absent_key_is_false_both_ways) {
  Bench bench(
      "quota q per udp.dport { 1 packets; size 64; } policy p { hook input; exceeds q => drop; } policy q2 { hook output; within q => drop; }");
  EXPECT_TRUE(bench.passes(tcp()));
  Packet out = tcp();
  out.path = Path::Egress;
  EXPECT_TRUE(bench.passes(out));
}

TEST(Evaluator, what_happens_when_all_places_are_taken_is_declared) {
  const auto refused = [](const std::string& full) {
    Bench bench("quota q per ipv4.src { 1 packets; size 64; full " + full + "; } policy p { hook input; exceeds q => drop; }");
    int drops = 0;
    for (int source = 0; source < 256; ++source) {
      Packet packet = tcp();
      packet.frame[29] = static_cast<uint8_t>(source);
      drops += bench.passes(packet) ? 0 : 1;
    }
    return drops;
  };
  EXPECT_EQ(refused("within"), 0);
  EXPECT_EQ(refused("replace"), 0);
  EXPECT_GE(refused("exceeds"), 256 - 64) << "each source sends once: only refused ones exceed";
}

TEST(Evaluator, counter_arrays_ignore_what_is_out_of_range) {
  Bench bench("counter c[23]; policy p { hook input; true => count c[tcp.dport]; true => count c[tcp.dport + 1]; }");
  bench.run(tcp());
  bench.run(udp());
  EXPECT_EQ(bench.counter("c", 22).packets, 1u);
  for (size_t i = 0; i < 22; ++i) EXPECT_EQ(bench.counter("c", i).packets, 0u);
}

TEST(Evaluator, rewriting_is_seen_by_all_that_shares_the_bits) {
  Bench bench(
      "policy p { hook input; let old = ip.ttl;\n"
      "  true => ip.ttl = 1, ipv4.dscp = 46; a: ipv4.ttl == 1 && old == 64 && ipv4.tos == 184 => mark old + 1, pass; default drop; }");
  const Result result = bench.run(tcp());
  EXPECT_EQ(result.verdict, ast::Verdict::Pass);
  EXPECT_EQ(result.mark, 65u);
  EXPECT_EQ(result.frame[15], 184);
  EXPECT_EQ(result.frame[22], 1);
  EXPECT_EQ(readBytes(result.frame, 24, 2), 0x66ceu - 0xb8 + 0x3f00) << "header sum follows";
  EXPECT_EQ(readBytes(result.frame, 50, 2), 0xabcdu) << "the layer 4 sum covers neither";
}

TEST(Evaluator, swap_and_ports_move_through_the_checksum) {
  Bench bench("policy p { hook input; tcp => swap(tcp.sport, tcp.dport), swap(eth.src, eth.dst); udp => udp.dport = 54; }");
  const Result swapped = bench.run(tcp());
  EXPECT_EQ(readBytes(swapped.frame, 34, 4), 0x001604d2u);
  EXPECT_EQ(swapped.frame[5], 2);
  EXPECT_EQ(readBytes(swapped.frame, 50, 2), 0xabcdu);
  EXPECT_EQ(readBytes(bench.run(udp("1000")).frame, 40, 2), 0x0fffu);
  EXPECT_EQ(readBytes(bench.run(udp("0001")).frame, 40, 2), 0xffffu);
  EXPECT_EQ(readBytes(bench.run(udp("0000")).frame, 40, 2), 0u);
}

TEST(Evaluator, a_dropped_packet_leaves_as_it_came) {
  Bench bench("policy p { hook input; true => ip.ttl = 1, drop; }");
  EXPECT_EQ(bench.run(tcp()).frame, tcp().frame);
}

TEST(Evaluator, owners_are_matched_by_name_number_and_subtree) {
  Packet packet = tcp();
  EXPECT_FALSE(holds("owner.user != \"bob\"", packet)) << "nobody is not somebody else";
  packet.owner = Owner{1001, 1010, 7, "exactly15bytes_", "/games/quake"};
  EXPECT_TRUE(holds("owner.user == \"bob\" && owner.user == \"1001\" && owner.group == \"db\"", packet));
  EXPECT_TRUE(holds("owner.user != \"alice\" && !(owner.user == \"alice\")", packet));
  EXPECT_TRUE(holds("owner.cgroup in \"/games\" && owner.cgroup in \"/\" && owner.cgroup in \"/games/\"", packet));
  EXPECT_FALSE(holds("owner.cgroup == \"/games\"", packet));
  EXPECT_FALSE(holds("owner.cgroup in \"/game\"", packet));
  EXPECT_FALSE(holds("socket || socket.user == \"bob\"", packet));
  EXPECT_TRUE(holds("owner.user in { \"alice\", \"bob\" } && owner.pid == 7", packet));
}

TEST(Evaluator, interfaces_are_numbered_by_first_mention) {
  Bench bench("counter c[4]; policy p { hook input; true => count c[iface.in]; iface.in == \"wlan0\" => drop; }");
  Packet packet = tcp();
  EXPECT_TRUE(bench.passes(packet));
  packet.iface = "wlan0";
  EXPECT_FALSE(bench.passes(packet));
  packet.iface = "eth5";
  EXPECT_TRUE(bench.passes(packet));
  EXPECT_EQ(bench.counter("c", 0).packets, 0u);
  EXPECT_EQ(bench.counter("c", 1).packets, 1u);
  EXPECT_EQ(bench.counter("c", 2).packets, 1u);
}

TEST(Evaluator, patterns_take_in_all_interfaces_that_begin_so) {
  Bench bench("counter c[65535]; policy p { hook input; true => count c[iface.in]; iface.in == \"eth*\" => drop; iface.in == \"e*\" => reject; }"
              "policy q { hook input; iface.in == \"eth1\" => pass; iface.in != \"wlan*\" => drop; }");
  Packet packet = tcp();
  const std::map<std::string, std::pair<bool, unsigned>> expected{
      {"eth0", {false, 65280}}, {"eth1", {false, 1}}, {"eno1", {false, 65024}}, {"et", {false, 65025}}, {"wlan0", {true, 64768}}, {"wlan", {true, 64769}}, {"lo", {false, 2}}};
  for (const char* name : {"eth0", "eth1", "eno1", "et", "wlan0", "wlan", "lo"}) {
    packet.iface = name;
    EXPECT_EQ(bench.passes(packet), expected.at(name).first) << name;
    EXPECT_EQ(bench.counter("c", expected.at(name).second).packets, 1u) << name;
  }
  packet.iface = "";
  EXPECT_TRUE(bench.passes(packet)) << "absent: neither == nor != holds";
}

// Section 7, "Chains", each sentence. The TCP packet goes to port 22, the UDP packet to port 53, both have TTL 64.
TEST(Evaluator, raw_bytes_count_from_their_base) {
  EXPECT_TRUE(holds("raw8(frame, 0) == 2 && raw16(l2, 12) == 0x0800 && raw32(l3, 12) == 0x0a000001", tcp()));
  EXPECT_TRUE(holds("raw16(l4, 2) == 22 && raw8(l3, ipv4.ihl * 4 + 13) == 2", tcp()));
  EXPECT_TRUE(holds("raw32(l3, 14) == 0xc0000201", arp()));
  EXPECT_TRUE(holds("raw16(l4, tcp.data_offset * 4 - 4) == 0xabcd", tcp()));
  EXPECT_TRUE(holds("raw8(l4, 19) == 0", tcp()));
  EXPECT_FALSE(holds("raw8(l4, 20) == 0", tcp()));
  EXPECT_FALSE(holds("raw16(l4, 19) == 0", tcp()));
  EXPECT_FALSE(holds("raw8(l4, 0) == 8", arp()));
  EXPECT_FALSE(holds("raw8(l4, 0) >= 0", tcp("2001", "46cd")));
}

TEST(Evaluator, raw_bytes_that_are_not_there_make_the_rule_false) {
  for (const char* condition : {"!(raw8(l4, 20) == 1)", "raw8(l4, 20) == 1 || tcp", "true || raw8(l4, 20) == 1",
                                "!present(raw8(l4, 20))", "raw8(l3, ~tcp.seq) == 1 || tcp", "raw32(l3, udp.len) == 1 || tcp"})
    EXPECT_FALSE(holds(condition, tcp())) << condition;
  EXPECT_TRUE(holds("!(raw8(l4, 20) == 1) || tcp", [] {
    Packet longer = tcp();
    longer.frame.push_back(1);
    return longer;
  }()));
  const auto rule = [](const std::string& statements) { return Bench("function f(at: u32) = raw8(l4, at) == 1; policy p { hook input; " + statements + " last: true => drop; }").rule(tcp()); };
  EXPECT_EQ(rule("let x = raw8(l4, 20); a: !(x == 1) => drop;"), "last");
  EXPECT_EQ(rule("let x = raw8(l4, 20) == 1; let y = x; a: !y => drop;"), "last");
  EXPECT_EQ(rule("let x = true || f(20); a: x => drop;"), "last");
  EXPECT_EQ(rule("a: !f(20) => drop;"), "last");
  EXPECT_EQ(rule("a: !f(19) => drop;"), "a");
  EXPECT_EQ(rule("a: true => packet.mark = raw8(l4, 20), drop;"), "last");
  // A rule that calls a chain does not read what the chain reads.
  EXPECT_EQ(Bench("chain c { b: raw8(l4, 20) == 1 => drop; d: true => drop; } policy p { hook input; a: tcp => call c; }").rule(tcp()), "d");
}

TEST(Evaluator, a_call_comes_back_to_the_next_rule) {
  Bench bench("chain c { note: tcp => count; } policy p { hook input; a: ip => call c; b: tcp => drop; }");
  EXPECT_EQ(bench.rule(tcp()), "b");
  EXPECT_EQ(bench.counter("c.note").packets, 1u);
  EXPECT_EQ(bench.rule(udp()), "default");
}

TEST(Evaluator, return_ends_the_chain_alone) {
  Bench bench("chain c { tcp => return; true => drop; } policy p { hook input; ip => call c; b: tcp => reject; }");
  EXPECT_EQ(bench.rule(tcp()), "b");
  EXPECT_FALSE(bench.passes(udp()));
}

TEST(Evaluator, return_in_a_policy_leaves_it_to_the_default) {
  Bench bench("policy p { hook input; default drop; tcp => return; true => pass; }");
  EXPECT_EQ(bench.rule(tcp()), "default");
  EXPECT_FALSE(bench.passes(tcp()));
  EXPECT_TRUE(bench.passes(udp()));
}

TEST(Evaluator, goto_does_not_come_back_to_who_said_it) {
  Bench in_policy("chain c { udp => drop; } policy p { hook input; default reject; ip => goto c; true => pass; }");
  EXPECT_EQ(in_policy.run(tcp()).verdict, ast::Verdict::Reject);
  EXPECT_EQ(in_policy.run(udp()).verdict, ast::Verdict::Drop);
  Bench in_chain(
      "chain outer { ip => goto inner; wrong: true => drop; } chain inner { udp => drop; }"
      "policy p { hook input; ip => call outer; after: tcp => reject; }");
  EXPECT_EQ(in_chain.rule(tcp()), "after") << "the caller of the chain that said goto";
}

TEST(Evaluator, pass_in_a_chain_ends_the_policy_and_no_more) {
  Bench bench(
      "chain c { yes: tcp => pass; } policy p { hook input; default drop; ip => call c; }"
      "policy q { hook input; priority 1; then: tcp.dport == 22 => reject; }");
  EXPECT_EQ(bench.rule(tcp()), "then");
  EXPECT_FALSE(bench.passes(udp()));
}

TEST(Evaluator, lets_of_a_chain_are_taken_each_time) {
  Bench bench(
      "counter same; chain c { let now = ip.ttl; now == 64 => count same; }"
      "policy p { hook input; tcp => call c; tcp => ip.ttl = 9; tcp => call c; tcp => ip.ttl = 64; tcp => call c; }");
  bench.run(tcp());
  EXPECT_EQ(bench.counter("same").packets, 2u);
}

TEST(Evaluator, a_time_of_day_is_a_number_of_seconds) {
  Packet packet = tcp();
  packet.wall_s = 3 * 86400 + 9 * 3600;
  EXPECT_TRUE(holds("time.second_of_day == 9:00", packet));
  EXPECT_TRUE(holds("time.second_of_day in 8:00..9:00", packet));
  EXPECT_FALSE(holds("time.second_of_day in {9:00:01..24:00, 0:00..6:00}", packet));
  EXPECT_TRUE(holds("time.second_of_day + 60 == 9:01 && time.second_of_day == 9 h", packet));
}

}  // namespace
}  // namespace norman::test
