// What the checks make of source beyond single expressions: order of policies, folding, sharing, limits.
#include <gtest/gtest.h>

#include "compiler/ast/chain_copies.h"
#include "compiler/ast/printer.h"
#include "compiler/sema/sema.h"

namespace norman {
namespace {

using ast::Program;

class CheckTest : public ::testing::Test {
 protected:
  Program check(const std::string& text) {
    const FileId file = sources_.add("f.norman", text);
    Diagnostics diagnostics;
    auto program = parseAndCheck(sources_, file, diagnostics);
    EXPECT_TRUE(program.has_value()) << diagnostics.render(sources_);
    return program ? std::move(*program) : Program{};
  }
  std::vector<DiagId> errors(const std::string& text) {
    const FileId file = sources_.add("f.norman", text);
    Diagnostics diagnostics;
    const bool accepted = parseAndCheck(sources_, file, diagnostics).has_value();
    EXPECT_EQ(accepted, !diagnostics.hasErrors());
    std::vector<DiagId> ids;
    for (const auto& diagnostic : diagnostics.all()) ids.push_back(diagnostic.id);
    said_ = diagnostics.all().empty() ? "" : diagnostics.all()[0].message;
    return ids;
  }
  // The condition of the first rule of a policy at one hook.
  std::string condition(const std::string& text, const std::string& hook = "input",
                        const std::string& before = "") {
    const Program program =
        check(before + "policy p { hook " + hook + "; scope all; " + text + " => pass; }");
    if (program.policies.empty()) return "";
    return ast::print(program, program.policies[0], *program.policies[0].statements.back().rule->condition);
  }

  SourceManager sources_;
  std::string said_;  // the first message of the last errors()
};

TEST_F(CheckTest, sorts_policies_by_hook_priority_and_source) {
  const Program program = check(
      "policy a { hook postrouting, input; priority 5; }"
      "policy b { hook input; priority -1; }"
      "policy c { hook input; priority 5; }");
  std::string order;
  for (const auto& policy : program.policies)
    order += policy.name + "@" + std::string(ast::hookName(policy.hook)) + " ";
  EXPECT_EQ(order, "b@input a@input c@input a@postrouting ");
  EXPECT_TRUE(program.hasPolicies(ast::Direction::Ingress));
  EXPECT_TRUE(program.hasPolicies(ast::Direction::Egress));
}

TEST_F(CheckTest, numbers_rules_once_for_all_hooks) {
  const Program program = check("policy p { hook input, output; one: tcp => count; udp => drop; }");
  ASSERT_EQ(program.rules.size(), 3u);
  EXPECT_EQ(program.rules[0].name, "one");
  EXPECT_TRUE(program.rules[2].is_default);
  EXPECT_EQ(program.counters.size(), 1u) << "both hooks count on one counter";
  EXPECT_EQ(index(program.policies[1].statements[1].rule->id), 1u);
  EXPECT_EQ(program.counters[0].name, "p.one");
}

TEST_F(CheckTest, resolves_local_and_remote_for_each_hook) {
  EXPECT_EQ(condition("local.port == 1 && remote.ip == 10.0.0.1"),
            "((l4.dport == 1) && (ipv4.src == 10.0.0.1))");
  EXPECT_EQ(condition("local.port == 1 && remote.ip == 10.0.0.1", "output"),
            "((l4.sport == 1) && (ipv4.dst == 10.0.0.1))");
}

TEST_F(CheckTest, folds_what_is_absent_at_one_hook_only) {
  const Program program = check(
      "policy p { hook forward, output; scope all; let a = local.port; a != 1 || !(owner.uid == 5) || tcp => "
      "pass; }");
  EXPECT_EQ(ast::print(program, program.policies[0], *program.policies[0].statements.back().rule->condition),
            "true")
      << "at forward";
  EXPECT_EQ(program.policies[0].statements.size(), 1u) << "the let of an absent value needs no local";
  EXPECT_EQ(ast::print(program, program.policies[1], *program.policies[1].statements.back().rule->condition),
            "((a != 1) || !(owner.uid == 5) || present(tcp.dport))");
}

TEST_F(CheckTest, keeps_absence_through_arithmetic_calls_and_indexes) {
  EXPECT_EQ(condition("min(local.port + 1, 5) != 7 || udp", "output, forward"), "present(udp.dport)")
      << "forward sorts first";
  const Program program = check(
      "counter c[4]; policy p { hook output, forward; tcp => count c[local.port & 3], mark local.port, pass; "
      "}");
  EXPECT_EQ(program.policies[1].statements[0].rule->actions.size(), 3u);
  EXPECT_EQ(program.policies[0].statements[0].rule->actions.size(), 1u)
      << "at forward only the verdict is left";
}

TEST_F(CheckTest, folds_literals) {
  EXPECT_EQ(condition("packet.mark == (1 << 4) + 3 * 5 - 1"), "(packet.mark == 30)");
  EXPECT_EQ(condition("2 > 1 && tcp || 1 == 2"), "present(tcp.dport)");
  EXPECT_EQ(condition("10.0.0.1 in {10.0.0.0/8} && !false"), "true");
  EXPECT_EQ(condition("packet.mark == ~0"), "(packet.mark == 4294967295)");
}

TEST_F(CheckTest, keeps_the_test_of_a_meter_before_a_false) {
  EXPECT_EQ(condition("tcp && exceeds m && udp && false", "input", "meter m { rate 1 mbit; } "),
            "(present(tcp.dport) && exceeds m && false)");
  EXPECT_EQ(condition("false && exceeds m", "input", "meter m { rate 1 mbit; } "), "false");
}

TEST_F(CheckTest, widens_to_64_bits_only_where_needed) {
  EXPECT_EQ(condition("packet.time + packet.mark > 5"), "(((packet.time >> 4) + u64(packet.mark)) > 5)");
  EXPECT_EQ(condition("packet.mark + 1 > 0x100000000"), "(u64((packet.mark + 1)) > 4294967296)");
  EXPECT_EQ(condition("packet.mark + 1 == 5"), "((packet.mark + 1) == 5)");
}

TEST_F(CheckTest, expands_functions_with_their_arguments) {
  const std::string functions =
      "function twice(a: u32): u32 { let b = a + a; return b; } function in_lan(a: address) = a in "
      "10.0.0.0/8 || a == ::1; ";
  EXPECT_EQ(condition("twice(twice(packet.mark)) == 4", "input", functions),
            "(((packet.mark + packet.mark) + (packet.mark + packet.mark)) == 4)");
  EXPECT_EQ(condition("in_lan(ip.src)", "input", functions),
            "((ipv4.src in {10.0.0.0..10.255.255.255}) || (ipv6.src == ::1))");
  EXPECT_EQ(condition("in_lan(ipv4.dst)", "input", functions), "(ipv4.dst in {10.0.0.0..10.255.255.255})");
}

TEST_F(CheckTest, compares_addresses_of_either_family) {
  EXPECT_EQ(condition("ip.src == ip.dst"), "((ipv4.src == ipv4.dst) || (ipv6.src == ipv6.dst))");
  EXPECT_EQ(condition("ip.src != ::1"), "(present(ipv4.src) || (ipv6.src != ::1))");
  EXPECT_EQ(condition("ipv4.src != ip.dst"),
            "((present(ipv4.src) && present(ipv6.dst)) || (ipv4.src != ipv4.dst))");
}

TEST_F(CheckTest, shares_owner_tests) {
  const Program program = check(
      "set s: user { \"b\", \"a\" } policy p { hook input, output;"
      "owner.user in {\"a\", \"b\", \"a\"} => log; owner.user in s => log; owner.user != \"a\" => log; \"a\" "
      "== owner.user => log;"
      "socket.user == \"a\" => log; owner.cgroup in \"/x/\" => log; owner.cgroup in {\"/x\"} => log; "
      "owner.cgroup == \"/x\" => log; }");
  EXPECT_EQ(program.owner_predicates.size(), 5u);
}

TEST_F(CheckTest, shares_sets_between_hooks) {
  const Program program = check(
      "set s: port { 1 } policy p { hook input, output; tcp.dport in s || tcp.dport in {2} || udp.dport in s "
      "=> log; }");
  EXPECT_EQ(program.sets.size(), 2u);
}

TEST_F(CheckTest, says_which_direction_reads_incomplete_packets) {
  const Program program =
      check("policy p { hook output; parse.incomplete => drop; } policy q { hook input; tcp => drop; }");
  EXPECT_FALSE(program.tests_incomplete[0]);
  EXPECT_TRUE(program.tests_incomplete[1]);
}

TEST_F(CheckTest, numbers_interfaces_from_one) {
  const Program program = check(
      "policy p { hook input; iface.in in {\"eth1\", \"eth0\"} => drop; iface.in == \"eth0\" => drop; }");
  EXPECT_EQ(program.interfaces, (std::vector<std::string>{"eth1", "eth0"}));
}

TEST_F(CheckTest, patterns_of_interfaces_have_blocks_of_numbers) {
  const Program program = check(
      "policy p { hook input; iface.in == \"eth*\" => drop; iface.in in {\"e*\", \"lo\"} => drop; iface.in == \"*\" => drop; }"
      "policy q { hook input; iface.in == \"eth7\" => drop; }");
  EXPECT_EQ(program.interfaces, (std::vector<std::string>{"eth7", "lo"}));
  ASSERT_EQ(program.interface_patterns.size(), 2u);
  EXPECT_EQ(program.interface_patterns[0].name, "eth*");
  EXPECT_EQ(program.interface_patterns[0].first, 65280u);
  EXPECT_EQ(program.interface_patterns[1].name, "e*");
  EXPECT_EQ(program.interface_patterns[1].first, 65024u);
  std::string many = "policy p { hook input; ";
  for (int i = 0; i < 65; ++i) many += "iface.in == \"" + std::to_string(i + 100) + "*\" => drop; ";
  EXPECT_EQ(errors(many + "}"), std::vector{DiagId::ResourceLimit});
  EXPECT_EQ(said_, "there are more than 64 patterns of interfaces");
}

TEST_F(CheckTest, interfaces_end_where_patterns_begin) {
  std::string set = "set many: interface { \"lo\"";
  for (int i = 0; i < 49150; ++i) set += ", \"e" + std::to_string(i) + "\"";
  const std::string policy = " } policy p { hook input; iface.in in many => drop; }";
  EXPECT_EQ(check(set + policy).interfaces.size(), 49151u);
  EXPECT_EQ(errors(set + ", \"one too many\"" + policy), std::vector{DiagId::ResourceLimit});
  EXPECT_EQ(said_, "the policy names more than 49151 interfaces");
}

TEST_F(CheckTest, bounds_the_expansion_of_functions) {
  std::string chain = "function f0(a: u32) = a + a; ";
  for (int i = 1; i < 60; ++i)
    chain += "function f" + std::to_string(i) + "(a: u32) = f" + std::to_string(i - 1) + "(f" +
             std::to_string(i - 1) + "(a)); ";
  EXPECT_EQ(errors(chain + "policy p { hook input; f59(packet.mark) == 1 => drop; }"),
            std::vector{DiagId::ResourceLimit});
  EXPECT_EQ(said_, "with its functions expanded this expression has more than 100000 operations");

  std::string deep = "function g0(a: u32) = a + 1; ";
  for (int i = 1; i < 200; ++i)
    deep += "function g" + std::to_string(i) + "(a: u32) = g" + std::to_string(i - 1) + "(a) + 1; ";
  EXPECT_EQ(errors(deep + "policy p { hook input; g199(packet.mark) == 1 => drop; }").at(0),
            DiagId::ResourceLimit);

  std::string body = "function h(a0: u32): u32 { ";
  for (int i = 1; i < 3000; ++i)
    body += "let a" + std::to_string(i) + " = a" + std::to_string(i - 1) + " + 1; ";
  EXPECT_EQ(errors(body + "return a2999; } policy p { hook input; h(packet.mark) == 1 => drop; }"),
            std::vector{DiagId::ResourceLimit});
  EXPECT_EQ(said_, "with its functions expanded this expression has more than 100000 operations");

  std::string sum = "function s(a: u32) = a";
  for (int i = 0; i < 400; ++i) sum += " + 1";
  EXPECT_EQ(errors(sum + "; policy p { hook input; s(s(s(packet.mark))) == 1 => drop; }"), std::vector{DiagId::ResourceLimit});
  EXPECT_EQ(said_, "with its functions expanded this expression is nested more than 1000 levels deep");
}

TEST_F(CheckTest, bounds_the_size_of_the_whole_program) {
  std::string text = "function f(a: u32) = a";
  for (int i = 0; i < 400; ++i) text += " + a";
  text += "; function g(a: u32) = ";
  for (int i = 0; i < 60; ++i) text += (i == 0 ? "" : " + ") + std::string("f(a)");
  text += "; policy p { hook input; ";
  for (int i = 0; i < 300; ++i) text += "g(packet.mark) == " + std::to_string(i) + " => log; ";
  EXPECT_EQ(errors(text + "}"), std::vector{DiagId::ResourceLimit});
  EXPECT_EQ(said_, "with its functions expanded this program has more than 8000000 operations");
}

TEST_F(CheckTest, bounds_long_chains_of_declarations) {
  std::string constants, sets, functions;
  for (int i = 0; i < 5000; ++i) {
    const std::string from = std::to_string(i), to = std::to_string(i + 1);
    constants += "const c" + from + " = c" + to + " + 1; ";
    sets += "set s" + from + ": port { s" + to + " } ";
    functions += "function f" + from + "(a: u32) = f" + to + "(a); ";
  }
  EXPECT_EQ(errors(constants + "const c5000 = 1;"), std::vector{DiagId::ResourceLimit});
  EXPECT_EQ(errors(sets + "set s5000: port {}"), std::vector{DiagId::ResourceLimit});
  EXPECT_EQ(said_, "sets are nested more than 64 deep");
  EXPECT_EQ(errors(functions + "function f5000(a: u32) = a;"), std::vector{DiagId::ResourceLimit});
}

TEST_F(CheckTest, bounds_sets_inside_sets) {
  std::string text = "set base: number { 0";
  for (int i = 1; i < 5000; ++i) text += ", " + std::to_string(2 * i);
  text += " } ";
  for (int i = 0; i < 1000; ++i) text += "set s" + std::to_string(i) + ": number { base } ";
  EXPECT_EQ(errors(text), std::vector{DiagId::ResourceLimit});
  EXPECT_EQ(said_, "all sets together, with the sets inside them, have more than 4000000 elements");
}

TEST_F(CheckTest, stops_after_many_errors) {
  std::string text = "policy p { hook input; ";
  for (int i = 0; i < 20000; ++i) text += "unknown" + std::to_string(i) + " => drop; ";
  EXPECT_EQ(errors(text + "}").size(), Diagnostics::kMaxErrors);
}

TEST_F(CheckTest, checks_functions_that_nobody_calls) {
  EXPECT_EQ(errors("function f(a: u32) = a == 10.0.0.1; policy p { hook input; }").at(0),
            DiagId::TypeMismatch);
}

TEST_F(CheckTest, limits_rules) {
  std::string text = "policy p { hook input; ";
  for (int i = 0; i < 65535; ++i) text += "tcp=>log;";
  EXPECT_EQ(errors(text + "}"), std::vector{DiagId::ResourceLimit});
  EXPECT_EQ(said_, "with this policy the program has 65536 rules and defaults, at most 65535 are possible");
}

TEST_F(CheckTest, keeps_a_place_in_every_node) {
  const Program program = check(
      "policy p { hook input; scope all; ip.src != 10.0.0.1 && tcp.dport + 1 in {2, 3} && owner.user == "
      "\"x\" => ip.ttl = 1; }");
  const auto& rule = *program.policies[0].statements[0].rule;
  EXPECT_EQ(sources_.text(rule.condition->range),
            "ip.src != 10.0.0.1 && tcp.dport + 1 in {2, 3} && owner.user == \"x\"");
  for (const auto& operand : ast::as<ast::And>(*rule.condition).operands) EXPECT_TRUE(operand->range.valid());
  EXPECT_EQ(sources_.text(rule.actions[0].range), "ip.ttl = 1");
}

TEST_F(CheckTest, gives_each_policy_its_chains_callers_first) {
  const Program program = check(
      "chain inner { low: ip.ttl < 3 => count, drop; }"
      "chain outer { local.port == 22 => call inner; udp => goto inner; }"
      "chain nobody { icmp => count, call nothing; }"
      "chain nothing { icmp => drop; }"
      "policy p { hook input, output; tcp => call inner; ip => call outer; }"
      "policy q { hook forward; udp => call inner; }");
  ASSERT_EQ(program.policies.size(), 3u);
  for (const int at : {0, 2}) {
    const ast::Policy& policy = program.policies[static_cast<size_t>(at)];
    ASSERT_EQ(policy.chains.size(), 2u);
    EXPECT_EQ(policy.chains[0].name, "outer");
    EXPECT_EQ(policy.chains[1].name, "inner");
    EXPECT_EQ(ast::print(program, policy, *policy.chains[0].statements[0].rule->condition),
              at == 0 ? "(l4.dport == 22)" : "(l4.sport == 22)");
  }
  EXPECT_EQ(program.policies[1].chains.size(), 1u);
  std::string rules;
  for (const auto& rule : program.rules) rules += rule.policy + "." + rule.name + " ";
  EXPECT_EQ(rules, "p. p. p.default outer. outer. inner.low q. q.default ") << "one id, however often it is called";
  ASSERT_EQ(program.counters.size(), 1u) << "a chain that nothing calls leaves nothing in the program";
  EXPECT_EQ(program.counters[0].name, "inner.low");
}

// Which calls share a copy of a chain.
TEST_F(CheckTest, copies_a_chain_where_different_things_follow) {
  const auto copies = [&](const std::string& chains, const std::string& rules) {
    const Program program = check(chains + "policy p { hook input; " + rules + " }");
    std::string text;
    for (const auto& copy : ast::findChainCopies(program.policies[0], 1000).copies)
      text += program.policies[0].chains[index(copy.chain)].name + std::to_string(copy.callers) + " ";
    return text;
  };
  const std::string open = "chain c { tcp => drop; } ";
  EXPECT_EQ(copies(open, "udp => call c; icmp => call c; sctp => drop;"), "c1 c1 ");
  EXPECT_EQ(copies(open, "udp => call c; icmp => call c;"), "c1 c1 ") << "the last call ends its list";
  EXPECT_EQ(copies(open, "udp => goto c; icmp => goto c; sctp => call c;"), "c3 ");
  EXPECT_EQ(copies("chain c { tcp => drop; true => pass; } ", "udp => call c; icmp => call c; sctp => drop;"), "c2 ")
      << "it always decides";
  EXPECT_EQ(copies("chain c { tcp => return; true => pass; } ", "udp => call c; icmp => call c; sctp => drop;"),
            "c1 c1 ");
  EXPECT_EQ(copies("chain c { true => goto d; } chain d { true => reject; } ", "udp => call c; icmp => call d; sctp => drop;"),
            "c1 d2 ");
  EXPECT_EQ(copies("chain c { tcp => call d; } chain d { udp => drop; } ", "tcp => call c; udp => call c; sctp => drop;"),
            "c1 c1 d1 d1 ");
  const Program program = check("chain c { tcp => drop; udp => drop; }"
                                "policy p { hook input; udp => call c; icmp => call c; sctp => drop; }");
  EXPECT_TRUE(ast::findChainCopies(program.policies[0], 5).too_many);
  EXPECT_FALSE(ast::findChainCopies(program.policies[0], 6).too_many) << "two rules and itself, twice";
}

}  // namespace
}  // namespace norman
