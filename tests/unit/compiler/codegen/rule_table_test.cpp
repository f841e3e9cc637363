// Which rules become one lookup, and what their entries do.
#include "compiler/codegen/rule_table.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "compiler/sema/sema.h"

namespace norman::codegen {
namespace {

class RuleTables : public testing::Test {
 protected:
  std::optional<RuleTable> plan(const std::string& statements) {
    const FileId file = sources_.add("test.norman", "counter c[4]; meter m { rate 1 mbit; } set s: ipv4 size 8 {} policy p { hook prerouting; " + statements + " }");
    Diagnostics diagnostics;
    program_ = parseAndCheck(sources_, file, diagnostics);
    EXPECT_TRUE(program_) << diagnostics.render(sources_);
    return planRuleTable(program_->policies[0].statements,
                         {*program_, [](ast::FieldId) { return true; }, [](const ast::Action&, ast::RuleId rule) { return static_cast<uint16_t>(100 + ast::index(rule)); },
                          [this](std::span<const RuleTableEntry> entries) { return entries.size() <= most_entries_; },
                          program_->policies[0], true});
  }
  /// `count` rules that drop, on ports from `first` on.
  static std::string drops(int count, int first = 1) {
    std::string text;
    for (int i = 0; i < count; ++i) text += "tcp.dport == " + std::to_string(first + i) + " => drop; ";
    return text;
  }
  static bool has(const RuleTableEntry& entry, isa::ListFlag flag) { return (entry.flags >> static_cast<unsigned>(flag) & 1) != 0; }

  size_t most_entries_ = 1000;  // that a stage holds
  SourceManager sources_;
  std::optional<ast::Program> program_;
};

TEST_F(RuleTables, begin_with_twelve_rules) {
  EXPECT_FALSE(plan(drops(11)));
  const auto table = plan(drops(12));
  ASSERT_TRUE(table);
  EXPECT_EQ(table->statements, 12u);
  EXPECT_EQ(table->entries.size(), 12u);
  EXPECT_TRUE(table->ends);
  EXPECT_FALSE(table->passes);
  EXPECT_EQ(table->events, 0u);
}

TEST_F(RuleTables, take_as_many_rules_as_a_stage_holds) {
  most_entries_ = 37;
  const auto table = plan(drops(100));
  ASSERT_TRUE(table);
  EXPECT_EQ(table->statements, 37u);
  EXPECT_EQ(table->entries.size(), 37u);
  most_entries_ = 11;
  EXPECT_FALSE(plan(drops(100)));
}

TEST_F(RuleTables, end_before_what_an_entry_cannot_do) {
  for (const char* rule : {"exceeds m => call web;", "let x = tcp.dport;"}) {
    const auto table = plan(drops(12) + rule + drops(20, 100) + "} chain web { udp => drop;");
    ASSERT_TRUE(table) << rule;
    EXPECT_EQ(table->statements, 12u) << rule;
  }
}

TEST_F(RuleTables, end_with_rules_that_ask_a_meter_and_decide) {
  for (const char* rule : {"exceeds m => drop;", "tcp && within m => count, pass;", "within m => return;"}) {
    const auto table = plan(drops(12) + rule + "udp && every 5 => log;" + drops(20, 100));
    ASSERT_TRUE(table) << rule;
    EXPECT_EQ(table->statements, 14u) << rule;
    ASSERT_EQ(table->carried.size(), 2u) << rule;
    EXPECT_TRUE(table->carried[0].decides && !table->carried[1].decides) << rule;
    EXPECT_FALSE(has(table->entries[12], isa::ListFlag::Counted)) << rule << " counts where the meter says so";
  }
  // A chain may end so, where nothing of the list stands behind its call: a goto has the policy's default there.
  for (const auto& [jump, statements] : {std::pair{"udp => call late;", 13u}, std::pair{"udp => goto late;", 12u}, std::pair{"udp => call more;", 12u}}) {
    const auto table = plan(drops(12) + jump + drops(20, 100) + "} chain late { tcp => drop; exceeds m => drop; } chain more { every 7 => drop; tcp => drop;");
    ASSERT_TRUE(table) << jump;
    EXPECT_EQ(table->statements, statements) << jump;
  }
}

TEST_F(RuleTables, leave_to_the_program_what_an_entry_cannot_do) {
  for (const char* rule : {"tcp => ip.ttl = 3;", "tcp => mark 5;", "tcp => count c[ip.ttl & 3];", "tcp => count, log, drop;", "tcp && exceeds m => log;"}) {
    const auto table = plan(drops(12) + rule + drops(20, 100));
    ASSERT_TRUE(table) << rule;
    EXPECT_EQ(table->rules, 33u) << rule;
    ASSERT_EQ(table->carried.size(), 1u) << rule;
    EXPECT_TRUE(has(table->entries[12], isa::ListFlag::Carried)) << rule;
    EXPECT_EQ(table->entries[12].action, 1u) << rule;
    EXPECT_FALSE(has(table->entries[12], isa::ListFlag::Terminal)) << rule;
  }
  EXPECT_TRUE(plan(drops(12) + "tcp && exceeds m => log;")->carried[0].tested_from);
}

TEST_F(RuleTables, have_what_no_entry_can_test_computed_before) {
  for (const char* rule : {"ip.ttl * 3 == 3 => drop;", "ipv4.src in s => drop;", "tcp && ip.ttl * 3 == 3 => count;"}) {
    const auto table = plan(drops(12) + rule + drops(20, 100) + rule);
    ASSERT_TRUE(table) << rule;
    EXPECT_EQ(table->rules, 34u) << rule;
    EXPECT_EQ(table->computed.size(), 1u) << rule << " twice is one bit";
  }
}

TEST_F(RuleTables, hold_the_chains_that_their_rules_call) {
  const auto table = plan("tcp => call web; udp => goto games;" + drops(10, 500) +
                              "icmp => return; } chain web { tcp.dport == 80 => pass; tcp.dport == 81 => return; tcp.sport == 82 => drop; }"
                              "chain games { udp.dport == 90 => pass;");
  ASSERT_TRUE(table);
  EXPECT_EQ(table->statements, 13u);
  EXPECT_EQ(table->called.size(), 2u);
  const uint32_t default_word = verdictWord(program_->policies[0].default_outcome, program_->policies[0].default_rule);
  // web: pass, and drop behind the return's negation; games: pass, then the default.
  EXPECT_EQ(table->entries[0].argument & kVerdictMask, static_cast<uint32_t>(isa::Verdict::Pass));
  EXPECT_EQ(std::ranges::count_if(table->entries, [&](const RuleTableEntry& entry) { return entry.argument == default_word; }), 2);
}

TEST_F(RuleTables, carry_verdict_reason_and_rule) {
  const auto table = plan(drops(10) + "udp => reject host-unreachable; ip.ttl == 1 => pass;");
  ASSERT_TRUE(table);
  EXPECT_TRUE(table->passes && table->ends);
  const RuleTableEntry& reject = table->entries[10];
  EXPECT_EQ(reject.argument, static_cast<uint32_t>(isa::Verdict::Reject) | static_cast<uint32_t>(isa::Reason::HostUnreachable) << 3 |
                                 static_cast<uint32_t>(ast::index(reject.rule)) << 16);
  EXPECT_TRUE(has(reject, isa::ListFlag::Terminal));
}

TEST_F(RuleTables, count_log_and_capture) {
  const auto table = plan("tcp => log; udp => count; icmp => capture;" + drops(10) + "sctp => count, drop;");
  ASSERT_TRUE(table);
  EXPECT_EQ(table->statements, 14u);
  EXPECT_EQ(table->events, 2u) << "one that goes on, of several that no packet matches together, and one that decides";
  EXPECT_TRUE(has(table->entries[0], isa::ListFlag::Logged) && has(table->entries[0], isa::ListFlag::Counted));
  EXPECT_FALSE(has(table->entries[0], isa::ListFlag::Terminal));
  EXPECT_EQ(table->entries[1].event, 100 + ast::index(table->entries[1].rule));
  EXPECT_TRUE(has(table->entries[2], isa::ListFlag::Captured));
}

TEST_F(RuleTables, have_no_fourth_rule_that_goes_on) {
  const auto table = plan("tcp => log; ip.ttl == 2 => count; ip.src == 10.0.0.1 => capture;" + drops(10) + "ip.dst == 10.0.0.1 => count; ip.ttl == 1 => drop;");
  ASSERT_TRUE(table);
  EXPECT_EQ(table->statements, 13u);
}

TEST_F(RuleTables, have_entries_of_rules_that_go_on_exclude_each_other) {
  const auto table = plan(drops(12) + "tcp.dport == 80 || ip.ttl == 1 => count;");
  EXPECT_TRUE(table->computed.empty());
  EXPECT_EQ(table->statements, 13u);
  for (size_t i = 12; i < table->entries.size(); ++i)
    for (size_t j = 12; j < i; ++j) EXPECT_FALSE(table->entries[i].test.meets(table->entries[j].test)) << i << " and " << j;
  const auto many = plan(drops(12) + "tcp.dport in {1, 3, 5, 7, 9, 11, 13, 15} || tcp.sport in {1, 3, 5, 7, 9, 11, 13, 15} => count;");
  EXPECT_EQ(many->computed.size(), 1u) << "a bit for the whole condition";
  EXPECT_EQ(many->entries.size(), 13u);
  EXPECT_EQ(plan(drops(12) + "tcp.dport in {80, 90} => count;")->statements, 13u);
  EXPECT_EQ(plan(drops(12) + "tcp.dport == 80 || ip.ttl == 1 => drop;")->statements, 13u);
}

TEST_F(RuleTables, leave_out_what_is_never_reached) {
  const auto table = plan("ip.src in 10.0.0.0/8 => drop; ip.src in {10.1.0.0/16, 10.2.3.4} && tcp => pass;" + drops(12));
  ASSERT_TRUE(table);
  ASSERT_EQ(table->shadowed.size(), 1u);
  EXPECT_EQ(table->shadowed[0].rule, program_->policies[0].statements[1].rule->id);
  EXPECT_EQ(table->shadowed[0].by, std::vector{program_->policies[0].statements[0].rule->id});
  EXPECT_EQ(table->entries.size(), 13u);
  // What is left out may come back, so the program must be one for it.
  ASSERT_EQ(table->covered.size(), 2u);
  EXPECT_EQ(table->covered[0].before, 1u);
  EXPECT_EQ(table->covered[0].entry.rule, table->shadowed[0].rule);
  EXPECT_TRUE(table->passes);
}

TEST_F(RuleTables, leave_out_what_several_rules_decide_together) {
  const auto table = plan("ip.src in 10.0.0.0/9 => drop; ip.src in 10.128.0.0/9 => pass; ip.src in 10.0.0.0/8 && udp => drop;"
                          "tcp.dport in 1..100 => drop; tcp.dport in 101..300 => drop; tcp.dport in 50..250 => pass;" + drops(12, 1000));
  ASSERT_TRUE(table);
  ASSERT_EQ(table->shadowed.size(), 2u);
  const auto& statements = program_->policies[0].statements;
  EXPECT_EQ(table->shadowed[0].rule, statements[2].rule->id);
  EXPECT_EQ(table->shadowed[0].by, (std::vector{statements[0].rule->id, statements[1].rule->id}));
  EXPECT_EQ(table->shadowed[1].rule, statements[5].rule->id);
  EXPECT_EQ(table->shadowed[1].by, (std::vector{statements[3].rule->id, statements[4].rule->id}));
}

TEST_F(RuleTables, keep_what_rules_before_leave_over) {
  const auto gap = plan("ip.src in 10.0.0.0/9 => drop; ip.src in 10.128.0.0/10 => pass; ip.src in 10.0.0.0/8 && udp => drop;" + drops(12, 1000));
  EXPECT_TRUE(gap->shadowed.empty()) << "10.192.0.0/10 is left";
  const auto going_on = plan("ip.src in 10.0.0.0/9 => count; ip.src in 10.128.0.0/9 => drop; ip.src in 10.0.0.0/8 && udp => drop;" + drops(12, 1000));
  EXPECT_TRUE(going_on->shadowed.empty()) << "a rule that goes on decides nothing";
}

}  // namespace
}  // namespace norman::codegen
