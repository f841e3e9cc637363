// The pipeline as one call: what each stage leaves, and where each stage's complaints point.
#include "compiler/driver/compile.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "overlay_rtl/model/offline/policy_image.h"

namespace norman {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kPolicy = "policy p {\n    hook input;\n    ssh: tcp.dport == 22 => count, drop;\n}\n";

struct Outcome {
  std::optional<Compilation> result;
  std::string messages;
};

Outcome compileText(const std::string& source, const CompileOptions& options = {}) {
  SourceManager sources;
  Diagnostics diagnostics;
  const FileId file = sources.add("p.norman", source);
  Outcome outcome;
  outcome.result = compile(sources, file, diagnostics, options);
  outcome.messages = diagnostics.render(sources);
  EXPECT_EQ(outcome.result.has_value(), !diagnostics.hasErrors()) << outcome.messages;
  return outcome;
}

TEST(Compile, leaves_what_is_asked_for) {
  EXPECT_THAT(compileText(kPolicy, {.emit = Emit::Ast}).result->output, HasSubstr("ssh: (tcp.dport == 22) => count p.ssh, drop;"));
  EXPECT_THAT(compileText(kPolicy, {.emit = Emit::Ir}).result->output, HasSubstr("define void @ingress(ptr addrspace(1) noalias readonly"));
  EXPECT_THAT(compileText(kPolicy, {.emit = Emit::Asm}).result->output, HasSubstr("cmp.eq"));
  EXPECT_THAT(compileText(kPolicy).result->output, StartsWith("\x7f" "ELF"));
}

TEST(Compile, makes_images_that_a_loader_accepts) {
  for (const char* overlay : {"default", "small"}) {
    const Outcome outcome = compileText(kPolicy, {.overlay = overlay, .verify = true});
    ASSERT_TRUE(outcome.result) << outcome.messages;
    auto image = PolicyImage::fromBytes({outcome.result->output.begin(), outcome.result->output.end()}, "p.img");
    ASSERT_TRUE(static_cast<bool>(image)) << image.error();
    EXPECT_EQ(image->config().name, overlay);
    EXPECT_TRUE(image->hasProgram(isa::Program::Ingress));
    EXPECT_FALSE(image->hasProgram(isa::Program::Egress));
    const auto rule = image->rule(0);
    ASSERT_TRUE(rule);
    EXPECT_EQ(rule->policy, "p");
    EXPECT_EQ(rule->name, "ssh");
    EXPECT_EQ(rule->file, "p.norman");
    EXPECT_EQ(rule->line, 3u);
    EXPECT_EQ(rule->action, "count, drop");
  }
}

/// Eight prefixes, which are a prefix table if nothing stands against it.
std::string prefixes(int from) {
  std::string text;
  for (int i = 0; i < 8; ++i) text += (i == 0 ? "" : ", ") + std::to_string(from) + "." + std::to_string(2 * i) + ".0.0/16";
  return "{ " + text + " }";
}

TEST(Compile, more_prefix_sets_than_a_path_can_ask_become_something_else) {
  const std::string sets = "set a: ipv4 " + prefixes(10) + " set b: ipv4 " + prefixes(11) + " ";
  const Outcome outcome = compileText(sets + "policy p { hook prerouting; ip.src in a => count, drop; ip.dst in a => drop; ip.src in b => count, drop; ip.dst in b => pass; }");
  ASSERT_TRUE(outcome.result) << outcome.messages;
  // The report says which way it went, and why not another.
  EXPECT_EQ(outcome.result->way, "shorter lists too");
  ASSERT_FALSE(outcome.result->failed_ways.empty());
  EXPECT_THAT(outcome.result->failed_ways[0], StartsWith("with no list of rules: no stage is left for"));
}

TEST(Compile, says_which_lists_were_tried_when_nothing_fits) {
  std::string text;
  for (int i = 0; i < 9; ++i) text += "meter m" + std::to_string(i) + " { rate 1 mbit; }\n";
  text += "policy p {\nhook prerouting;\n";
  for (int i = 0; i < 14; ++i) text += "tcp.dport == " + std::to_string(i + 1) + " => drop;\n";
  for (int i = 0; i < 9; ++i) text += "udp.dport == " + std::to_string(i + 1) + " && exceeds m" + std::to_string(i) + " => drop;\n";
  const Outcome outcome = compileText(text + "}");
  EXPECT_FALSE(outcome.result);
  EXPECT_THAT(outcome.messages, HasSubstr("error: no stage is left for 'm"));
  EXPECT_THAT(outcome.messages, HasSubstr("note: with 1 list of 22 rules, 22 entries: no stage is left for 'm"));
  EXPECT_THAT(outcome.messages, HasSubstr("note: with no list of rules: "));
}

TEST(Compile, a_rule_that_asks_a_meter_and_decides_is_the_last_of_a_list) {
  std::string text = "meter m { rate 1 mbit; }\npolicy p {\nhook prerouting;\n";
  for (int i = 0; i < 14; ++i) text += "tcp.dport == " + std::to_string(i + 1) + " => drop;\n";
  text += "udp && within m => count, pass;\n";
  for (int i = 0; i < 14; ++i) text += "l4.dport == " + std::to_string(i + 1) + " => drop;\n";
  const Outcome outcome = compileText(text + "}");
  ASSERT_TRUE(outcome.result) << outcome.messages;
  EXPECT_EQ(outcome.result->way, "the usual lists");
  std::vector<std::string> lists;
  for (const codegen::Decision& decision : outcome.result->decisions)
    if (decision.table) lists.push_back(decision.subject);
  EXPECT_THAT(lists, ::testing::ElementsAre("15 rules of 'p'", "14 rules of 'p'"));
}

TEST(Compile, policies_for_other_families_lie_beside_each_other) {
  std::string text;
  for (const char* family : {"ipv4", "ipv6"}) {
    text += std::string("policy of_") + family + " {\nhook input;\nscope " + family + ";\n";
    for (int i = 0; i < 40; ++i) text += "tcp.dport == " + std::to_string(i + 1) + " => count, pass;\n" + (i == 20 ? std::string("raw8(l4, 13) == 3 => drop;\n") : "");
    text += "}\n";
  }
  const Outcome outcome = compileText(text);
  ASSERT_TRUE(outcome.result) << outcome.messages;
  EXPECT_EQ(outcome.result->way, "the usual lists");
  EXPECT_EQ(std::ranges::count_if(outcome.result->decisions, [](const codegen::Decision& d) { return d.table; }), 4) << "two lists of each, in the same two stages";
}

TEST(Compile, says_once_which_size_is_too_much) {
  EXPECT_EQ(compileText("meter m per ip.src { rate 1 mbit; burst 15 kb; size 8192; }\npolicy p { hook input; exceeds m => drop; }").messages,
            "p.norman:1:13: error: 'm' has 8192 words, a stage holds 4096 [resource-limit]\n"
            "    1 | meter m per ip.src { rate 1 mbit; burst 15 kb; size 8192; }\n"
            "      |             ^~~~~~\n"
            "help: give it a smaller size\n");
  std::string states, policies, tests;
  for (const char* number : {"0", "1", "2"}) {
    states += std::string("shared state s") + number + ": bool per connection { size 8192; }\n";
    policies += std::string("policy o") + number + " { hook output; priority " + number + "; true => s" + number + " = true; }\n";
    tests += std::string(tests.empty() ? "" : " && ") + "!s" + number;
  }
  EXPECT_EQ(compileText(states + policies + "policy i { hook input; " + tests + " => drop; }").messages,
            "p.norman:3:27: error: no room is left for 's2': a stage of this overlay has 8192 keys of states that both directions share [resource-limit]\n"
            "    3 | shared state s2: bool per connection { size 8192; }\n"
            "      |                           ^~~~~~~~~~\n"
            "help: make these states smaller, or fewer\n");
}

// Found by the random policies: what stood for the read was a constant, and what came of it could not be selected.
TEST(Compile, refuses_a_third_place_of_raw_bytes_beside_other_alternatives) {
  const Outcome outcome = compileText(
      "chain first { raw8(l3, ipv4.ihl * 4 + 16) == 255 => drop; }\n"
      "chain refused { owner.user == \"a\" => reject; socket.cgroup != \"/s\" => drop; }\n"
      "policy p { hook input; socket.group == \"g\" => call first; }\n"
      "policy q { hook input; every 7 || present(tcp.dport) || raw8(l3, ipv4.ihl * 4 + 16) != 64 => goto refused; }\n");
  EXPECT_THAT(outcome.messages, HasSubstr("error: a packet reads raw bytes at most 2 times, this is place 3 on one path [resource-limit]"));
}

TEST(Compile, says_once_that_logs_need_more_event_ids) {
  std::string rules;
  for (int port = 0; port < 20; ++port) rules += "udp.dport == " + std::to_string(port) + " => log;\n";
  EXPECT_EQ(compileText("counter c[2040];\npolicy p { hook input; true => count c[packet.mark];\n" + rules + "}").messages,
            "p.norman:10:1: error: this log needs event id 2048, the overlay has 2048 [resource-limit]\n"
            "   10 | udp.dport == 7 => log;\n"
            "      | ^~~~~~~~~~~~~~~~~~~~~~\n"
            "help: make counter arrays smaller, or log in fewer rules\n");
}

TEST(Compile, says_where_a_shared_state_lies_when_its_key_comes_later) {
  const Outcome outcome = compileText("state z: u32 per (ipv4.src, tcp.dport) { size 64; }\nshared state s: bool per connection { size 64; }\n"
                                      "shared state t: bool per ipv4.dst { size 64; }\npolicy i { hook input; true => s = true; }\n"
                                      "policy o { hook output; z > 2 => log; s => drop; true => t = true; }\npolicy j { hook input; priority -3; t => drop; }\n");
  EXPECT_FALSE(outcome.result);
  EXPECT_THAT(outcome.messages, StartsWith("p.norman:2:26: error: no stage is left for 's', which both directions share: it lies in stage 17, and its key is not known before stage "));
  EXPECT_THAT(outcome.messages, HasSubstr("help: use shared states first and in the order of their declaration, or keep fewer states in this direction\n"));
}

TEST(Compile, says_when_a_key_is_ready_behind_the_last_stage_for_it) {
  const std::string text = "state knocks: u32 per ip.src { size 64; timeout 30 s; }\npolicy p {\nhook input;\n"
                           "tcp.syn && tcp.dport == 7001 => knocks = 1, drop;\ntcp.dport == 22 && knocks == 1 => pass;\n";
  const Outcome outcome = compileText(text + "}", {.overlay = "small"});
  EXPECT_FALSE(outcome.result);
  EXPECT_THAT(outcome.messages, HasSubstr("error: no stage is left for 'knocks': the overlay's last stage for keyed state is number 9, what this one is asked for is ready at stage "));
  EXPECT_THAT(outcome.messages, HasSubstr("help: test it earlier, or test less before it"));
}

TEST(Compile, reports_rules_that_several_before_them_decide) {
  std::string text = "policy p {\nhook prerouting;\nip.src in 10.0.0.0/9 => drop;\nip.src in 10.128.0.0/9 => drop;\nip.src in 10.0.0.0/8 && udp => pass;\n";
  for (int i = 0; i < 14; ++i) text += "tcp.dport == " + std::to_string(i + 1) + " => drop;\n";
  const Outcome outcome = compileText(text + "}");
  ASSERT_TRUE(outcome.result) << outcome.messages;
  EXPECT_TRUE(std::ranges::any_of(outcome.result->decisions, [](const codegen::Decision& decision) {
    return decision.reason == "it is never reached and left out: the rules at p.norman:3, p.norman:4 decide all its packets";
  }));
}

TEST(Compile, the_same_source_makes_the_same_bytes) {
  EXPECT_EQ(compileText(kPolicy).result->output, compileText(kPolicy).result->output);
}

TEST(Compile, a_fifth_event_on_a_path_points_at_its_action) {
  const Outcome outcome = compileText(
      "counter a; counter b; counter c; counter d; counter e;\n"
      "policy p {\n    hook input;\n    ip => count a, count b, count c, count d, count e;\n}\n");
  EXPECT_FALSE(outcome.result);
  EXPECT_THAT(outcome.messages, HasSubstr("p.norman:4:"));
  EXPECT_THAT(outcome.messages, HasSubstr("[resource-limit]"));
  EXPECT_THAT(outcome.messages, HasSubstr("\n      |"));
}

TEST(Compile, what_is_too_long_points_at_a_rule) {
  std::string source = "policy p {\n    hook input;\n";
  // No two have a value in common that a decision tree could ask about.
  for (int i = 0; i < 80; ++i) source += "    (tcp.seq ^ " + std::to_string(i) + ") > tcp.window => drop;\n";
  const Outcome outcome = compileText(source + "}\n");
  EXPECT_FALSE(outcome.result);
  EXPECT_THAT(outcome.messages, StartsWith("p.norman:"));
  EXPECT_THAT(outcome.messages, HasSubstr("[resource-limit]"));
}

TEST(Compile, native_code_comes_from_the_same_source) {
  SourceManager sources;
  Diagnostics diagnostics;
  const auto program = compileNative(sources, sources.add("p.norman", kPolicy), diagnostics, "default");
  ASSERT_NE(program, nullptr) << diagnostics.render(sources);
  EXPECT_TRUE(program->has(isa::Program::Ingress));
  EXPECT_EQ(compileNative(sources, sources.add("bad.norman", "policy p { }"), diagnostics, "default"), nullptr);
}

}  // namespace
}  // namespace norman
