// Rules added to lists: what is refused and in which words, where rules go, and what a newer image takes over.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "compiler/driver/compile.h"
#include "compiler/tools/added_rules.h"
#include "compiler/tools/image_file.h"
#include "compiler/tools/keep.h"

namespace norman::tools {
namespace {

using At = RulePosition::At;

/// Fourteen rules r1 to r14 that ask addresses and TCP ports, then `more`.
std::string policyWith(const std::string& more, const std::string& hook = "input", const std::string& first = "") {
  std::string text = "counter seen; counter list[4]; policy fw { hook " + hook + "; default drop; " + first;
  for (int i = 1; i <= 14; ++i) text += fmt::format("r{}: ipv4.src in 10.{}.0.0/16 && tcp.dport == {} => pass;\n", i, i, i);
  return text + more + " }";
}

std::string imageOf(const std::string& policy, const PolicyImage* keep = nullptr) {
  SourceManager sources;
  Diagnostics diagnostics;
  CompileOptions options;
  if (keep != nullptr) options.keep = objectsToKeep(*keep);
  const auto result = compile(sources, sources.add("fw.norman", policy), diagnostics, options);
  EXPECT_TRUE(result) << diagnostics.render(sources);
  return result ? result->output : "";
}

PolicyImage opened(const std::string& bytes) {
  auto image = PolicyImage::fromBytes({bytes.begin(), bytes.end()}, "image");
  EXPECT_TRUE(image) << image.error();
  return std::move(*image);
}

std::string nameOf(const std::string& bytes, std::uint32_t offset) { return ImageFile(bytes).section(".norman.strings").substr(offset).data(); }

/// "r1 r2 added1 ...": the rules of the first list.
std::string rulesOf(const std::string& bytes, std::size_t list = 0) {
  const PolicyImage image = opened(bytes);
  const ImageTables tables(image);
  std::string text;
  if (list < tables.lists.size())
    for (const ListedRule& rule : tables.lists[list].rules) text += (text.empty() ? "" : " ") + image.rule(rule.rule)->name;
  return text;
}

std::string add(std::string& bytes, const std::string& text, const RulePosition& position = {}) {
  auto result = addRule(bytes, "fw.rules1", {.text = text}, position);
  if (!result) return result.error();
  bytes = result->bytes;
  return result->warnings.empty() ? result->name : result->warnings[0];
}

/// Why a rule is refused; nothing changes then.
std::string refusal(std::string bytes, const std::string& text, const RulePosition& position = {}) {
  const std::string before = bytes;
  std::string result = add(bytes, text, position);
  EXPECT_EQ(bytes, before) << text << " was taken: " << result;
  return result;
}

TEST(AddedRule, goes_to_the_end_or_beside_another) {
  std::string image = imageOf(policyWith("last: udp => drop;"));
  EXPECT_EQ(add(image, "ipv4.src == 10.3.0.1 => drop", {At::Before, "r3"}), "fw.added1");
  EXPECT_EQ(add(image, "x: ipv4.src == 10.3.0.2 => drop;", {At::After, "fw.r3"}), "fw.x");
  EXPECT_EQ(add(image, "ipv4.src == 10.3.0.3 => drop", {At::Before, "1"}), "fw.added2");
  EXPECT_EQ(add(image, "  tcp   => drop ; "), "fw.added3");
  EXPECT_EQ(rulesOf(image), "added2 r1 r2 added1 r3 x r4 r5 r6 r7 r8 r9 r10 r11 r12 r13 r14 last added3");
  const PolicyImage now = opened(image);
  EXPECT_EQ(addedText(now, 4), "added3: tcp => drop");
  EXPECT_EQ(addedText(now, 5), "");
  EXPECT_EQ(add(image, "ipv4.src == 10.3.0.9 => drop", {At::Before, "<added>:2"}), "fw.added4");
}

TEST(AddedRule, hides_what_it_decides_and_is_hidden) {
  std::string image = imageOf(policyWith("last: udp => drop;"));
  EXPECT_EQ(add(image, "udp.dport == 53 => pass"), "'fw.added1' is never reached: 'fw.last' decides before it");
  EXPECT_EQ(add(image, "all: ipv4 => pass", {At::Before, "1"}), "fw.all");
  const PolicyImage now = opened(image);
  const ImageTables tables(now);
  EXPECT_EQ(tables.lists[0].loadedEntries(), 2u) << "all, and udp of IPv6";
}

TEST(AddedRule, is_refused_with_what_is_wrong_in_its_text) {
  const std::string image = imageOf(policyWith(""));
  EXPECT_EQ(refusal(image, " ; "), "the rule is empty");
  EXPECT_EQ(refusal(image, "tcp => drop; udp => drop"), "'tcp => drop; udp => drop' is more than one rule: add them one by one");
  EXPECT_EQ(refusal(image, "tcp => drop // spam"), "'tcp => drop // spam' has a comment, which the image does not keep");
  EXPECT_EQ(refusal(image, "default drop"), "<rule>:1:1: error: 'default' is given twice in this policy [duplicate-name]\n    1 | default drop\n      | ^~~~~~~~~~~~\nhelp: write one statement; a list has commas\n");
  EXPECT_EQ(refusal(image, "let a = tcp.dport"), "'let a = tcp.dport' is no rule");
  EXPECT_EQ(refusal(image, "tcp.dport == ssh => drop"),
            "<rule>:1:14: error: unknown name 'ssh' [unknown-name]\n    1 | tcp.dport == ssh => drop\n      |              ^~~\n"
            "note: an image knows the counters of its policy, and no constants, sets, maps, functions or imports: write their values\n");
  EXPECT_EQ(refusal(image, "r3: tcp => pass"), "'r3: tcp => pass': 'fw' has a rule 'r3' already");
}

TEST(AddedRule, is_refused_where_the_image_has_no_number_for_a_name) {
  const std::string plain = imageOf(policyWith(""));
  EXPECT_EQ(refusal(plain, "iface.in == \"eth0\" => drop"),
            "'iface.in == \"eth0\" => drop': the policy does not name the interface \"eth0\", so the image knows no number for it; it names none");
  EXPECT_EQ(refusal(plain, "owner.user == \"bob\" => drop"),
            "'owner.user == \"bob\" => drop': the policy does not test owner.user == \"bob\", so the image has no bit for it; it tests no owner by name");
  std::string named = imageOf(policyWith("a: iface.out in {\"eth0\", \"eth1\"} => drop; b: owner.user in {\"bob\", \"eve\"} => drop; c: owner.cgroup in \"/games\" => drop;", "output"));
  EXPECT_EQ(refusal(named, "iface.out == \"eth2\" => drop"),
            "'iface.out == \"eth2\" => drop': the policy does not name the interface \"eth2\", so the image knows no number for it; it names \"eth0\" and \"eth1\"");
  EXPECT_EQ(refusal(named, "owner.user == \"bob\" => drop"),
            "'owner.user == \"bob\" => drop': the policy does not test owner.user == \"bob\", so the image has no bit for it; it tests owner.user in {\"bob\", \"eve\"} and "
            "owner.cgroup in \"/games\"");
  EXPECT_EQ(add(named, "iface.out == \"eth1\" && tcp.dport == 4 && owner.user in {\"eve\", \"bob\"} => pass", {At::Before, "1"}), "fw.added1");
  EXPECT_EQ(add(named, "!(owner.cgroup in \"/games\") && tcp.dport == 5 => pass", {At::Before, "1"}), "fw.added2");
}

TEST(AddedRule, knows_the_patterns_of_interfaces_that_the_policy_has) {
  std::string image = imageOf(policyWith("a: iface.in in {\"eth0\", \"eth*\"} => drop; b: iface.in == \"wlan*\" => drop;"));
  EXPECT_EQ(add(image, "iface.in == \"eth*\" && tcp.dport == 4 => pass", {At::Before, "a"}), "fw.added1");
  EXPECT_EQ(add(image, "iface.in != \"wlan*\" && tcp.dport == 5 => pass", {At::Before, "a"}), "fw.added2");
  EXPECT_EQ(refusal(image, "iface.in == \"e*\" => drop"),
            "'iface.in == \"e*\" => drop': the policy does not name the interface \"e*\", so the image knows no number for it; it names \"eth0\", \"eth*\" and \"wlan*\"");
}

TEST(AddedRule, does_not_stand_behind_one_that_the_program_decides) {
  std::string image = imageOf(policyWith("late: udp.dport == 9 && every 3 => count, drop;"));
  EXPECT_EQ(refusal(image, "tcp.dport == 8 => pass"),
            "'tcp.dport == 8 => pass': "
            "'fw.late' asks a meter or state and then decides, and the program does so after the lookup: a rule can be added before it, with --before, but not behind it");
  EXPECT_EQ(add(image, "tcp.dport == 8 => pass", {At::Before, "late"}), "fw.added1");
}

TEST(AddedRule, is_refused_where_no_entry_tests_its_condition) {
  const std::string image = imageOf(policyWith(""));
  const auto why = [&](const std::string& condition) {
    const std::string text = refusal(image, condition + " => drop");
    const std::string begin = "'" + condition + " => drop': ";
    EXPECT_EQ(text.substr(0, begin.size()), begin);
    return text.substr(std::min(begin.size(), text.size()));
  };
  EXPECT_EQ(why("vlan.id == 5"),
            "lookups of 'fw.rules1' do not compare vlan.id; they compare arp.op, arp.spa, ipv4.src, l4.sport, l4.dport, tcp.sport, tcp.dport, udp.sport, udp.dport, sctp.sport, "
            "sctp.dport, icmp.type, icmp.code, icmp.id, icmpv6.type, icmpv6.code, icmpv6.id and which headers a packet has");
  EXPECT_EQ(why("tcp.dport == tcp.sport"), "no entry of a list can test it: it compares two values that packets bring, or takes more than 128 entries");
  EXPECT_EQ(why("tcp.dport * 3 == 6"), "no entry of a list can test it: it computes");
  EXPECT_EQ(why("every 5"), "no entry of a list can test it: 'every' changes something with each packet");
  EXPECT_EQ(why("raw16(l3, 2) == 5"), "no entry of a list can test it: the program reads raw bytes by itself");
  EXPECT_EQ(why("parse.incomplete"), "whether packets with parse.incomplete reach rules at all is the policy's to say");
  EXPECT_EQ(why("tcp && udp"), "no packet at hook input matches it");
  const std::string rewrites = imageOf(policyWith("nat: tcp.dport == 77 => ip.ttl = 3, pass;"));
  EXPECT_EQ(refusal(rewrites, "ip.ttl == 9 => drop"),
            "'ip.ttl == 9 => drop': no entry of a list can test it: the program rewrites ip.ttl, and a list compares packets as they came");
}

TEST(AddedRule, is_refused_where_the_program_does_not_do_what_it_says) {
  const std::string image = imageOf(policyWith(""));
  for (const std::string action : {"mark 5", "ip.ttl = 3", "tcp.dport = 3, pass"})
    EXPECT_EQ(refusal(image, "tcp => " + action),
              "'tcp => " + action + "': an added rule can count or log, capture, and end with a verdict of its list, which has pass; the rest is the program's");
  EXPECT_EQ(refusal(image, "tcp => drop"), "'tcp => drop': the program does not expect drop or reject from 'fw.rules1', whose rules end with pass");
  EXPECT_EQ(refusal(image, "tcp => count, log, pass"), "'tcp => count, log, pass': an entry of a list counts or logs once");
  EXPECT_EQ(refusal(image, "tcp => log"), "'tcp => log': a packet that 'fw.rules1' does not decide may take 1 event slot more than the program leaves to it");
  EXPECT_EQ(refusal(image, "tcp => count, pass"),
            "'tcp => count, pass': a packet that 'fw.rules1' decides may take 1 event slot more than the program leaves to it");
  const std::string counting = imageOf(policyWith("a: tcp.dport == 99 => count; b: tcp.dport == 98 => count seen, pass; c: tcp.dport == 97 => count list[1], drop;"));
  EXPECT_EQ(refusal(counting, "ipv4.src == 10.0.0.1 || tcp.sport == 4 => count"),
            "'ipv4.src == 10.0.0.1 || tcp.sport == 4 => count': a packet may match two of its entries and would count twice: write conditions that exclude each other");
  EXPECT_EQ(refusal(counting, "tcp.dport == 5 => count list[tcp.sport], pass"),
            "'tcp.dport == 5 => count list[tcp.sport], pass': an entry of a list counts in an element that the rule names, and computes none");
  EXPECT_EQ(refusal(counting, "tcp => count").substr(0, 15), "'tcp => count':") << "two count, and one has room";
}

TEST(AddedRule, is_refused_where_numbers_run_out) {
  const std::string rule = "tcp.dport == 5 => count, pass";
  const std::uint32_t ids = isa::kConfigs[0].event_ids;
  // Id 0 is that of incomplete packets, six are those of 'seen', 'list' and the log.
  const std::string full =
      fmt::format("counter many[{}]; ", ids - 7) +
      policyWith("tcp.dport == 7 => count seen, pass; tcp.dport == 8 => count many[3], drop; tcp.dport == 9 => log, drop; tcp.dport == 10 => count list[1], drop;");
  EXPECT_EQ(refusal(imageOf(full), rule, {At::Before, "1"}), fmt::format("'{}': all {} event ids of the overlay are taken", rule, ids));

  ImageFile file(imageOf(policyWith("seven: tcp.dport == 7 => count seen, pass;")));
  auto rules = file.records<norman_image_rule>(NORMAN_IMAGE_RULE_SECTION);
  rules.resize(isa::kNoRule, rules.back());
  file.setRecords(NORMAN_IMAGE_RULE_SECTION, rules);
  EXPECT_EQ(refusal(file.bytes(), rule, {At::Before, "1"}), fmt::format("'{}': the image has {} rules, and no number for another", rule, isa::kNoRule));
}

TEST(AddedRule, is_refused_where_its_counter_has_no_such_element) {
  const std::string image = imageOf(policyWith("c: tcp.dport == 97 => count list[1], drop;"));
  EXPECT_EQ(refusal(image, "tcp.dport == 5 => count list[4], drop"),
            "<rule>:1:30: error: counter 'list' has the elements 0 to 3, got 4 [out-of-range]\n    1 | tcp.dport == 5 => count list[4], drop\n      |                              ^\n");
}

// The lines of an image's rules are anyone's; where a text of it is wrong, its message names the line and holds no more.
TEST(AddedRule, of_any_line_is_taken_over_or_refused) {
  std::string was = imageOf(policyWith("last: udp => drop;"));
  ASSERT_EQ(add(was, "tcp.dport == 5 => drop", {At::Before, "r3"}), "fw.added1");
  ASSERT_EQ(add(was, "sctp => drop", {At::Before, "r3"}), "fw.added2");
  for (const std::uint32_t line : {0u, 7u, 0xffffffffu}) {
    ImageFile file(was);
    auto rules = file.records<norman_image_rule>(NORMAN_IMAGE_RULE_SECTION);
    for (norman_image_rule& rule : rules)
      if (nameOf(was, rule.file) == "<added>") rule.line = line;
    file.setRecords(NORMAN_IMAGE_RULE_SECTION, rules);
    std::string strings(file.section(".norman.strings"));
    strings.replace(strings.find("tcp.dport == 5 => drop"), 3, "top");
    file.setSection(".norman.strings", strings);
    const auto kept = keepContents(opened(file.bytes()), imageOf(policyWith("last: udp => drop;")));
    ASSERT_TRUE(kept) << kept.error();
    EXPECT_EQ(std::ranges::count(kept->notes, "kept: 1 of 2 added rules of the other image"), 1);
    EXPECT_EQ(rulesOf(kept->image), "r1 r2 added2 r3 r4 r5 r6 r7 r8 r9 r10 r11 r12 r13 r14 last");
    EXPECT_TRUE(std::ranges::any_of(kept->notes, [&](const std::string& note) {
      return note.starts_with(fmt::format("reset: added rule 'fw.added1': <added>:{}:9: error: unknown field 'top.dport'", line));
    }));
  }
}

TEST(AddedRule, that_goes_on_shares_what_a_lookup_carries_out) {
  std::string image = imageOf(policyWith("a: tcp.dport == 99 => capture;"));
  EXPECT_EQ(add(image, "tcp => capture"), "fw.added1");
  EXPECT_EQ(add(image, "ipv4 => capture"), "fw.added2");
  EXPECT_EQ(add(image, "tcp.dport in 5..9 => capture"), "fw.added3");
  EXPECT_EQ(refusal(image, "tcp.dport > 7 => capture"),
            "'tcp.dport > 7 => capture': a packet may match more than 3 rules of 'fw.rules1' that act and go on, and a lookup carries out no more");
  EXPECT_EQ(add(image, "udp => capture"), "fw.added4") << "no packet of udp matches the others but one";
}

TEST(AddedRule, counts_in_counters_that_are_there_or_its_own) {
  std::string image = imageOf(policyWith("a: tcp.dport == 99 => count seen, pass; b: tcp.dport == 98 => count list[1], drop;"));
  EXPECT_EQ(add(image, "x: tcp.dport == 90 => count seen, pass", {At::Before, "1"}), "fw.x");
  EXPECT_EQ(add(image, "y: tcp.dport == 91 => count list[3], pass", {At::Before, "1"}), "fw.y");
  EXPECT_EQ(add(image, "z: tcp.dport == 92 => count, pass", {At::Before, "1"}), "fw.z");
  EXPECT_EQ(add(image, "l: tcp.dport == 93 => log, drop", {At::Before, "1"}), "fw.l");
  const PolicyImage now = opened(image);
  std::map<std::string, std::uint32_t> bases;
  for (const PolicyImage::Object& object : now.objects())
    if (object.kind == isa::ObjectKind::Counter || object.kind == isa::ObjectKind::Log) {
      EXPECT_TRUE(bases.emplace(object.name, object.base).second) << object.name;
    }
  const ImageTables tables(now);
  for (const ListedRule& rule : tables.lists[0].rules) {
    const std::string name = now.rule(rule.rule)->name;
    const std::map<std::string, std::uint32_t> expected{{"x", bases["seen"]}, {"y", bases["list"] + 3}, {"z", bases["fw.z"]}, {"l", bases["fw.l"]}};
    if (expected.contains(name)) {
      EXPECT_EQ(rule.entries[0].event, expected.at(name)) << name;
    }
  }
}

// A chain's entries stand behind those of the rule that leads there.
TEST(AddedRule, stands_beside_rules_of_its_own_list) {
  std::string policy = "chain c { in1: tcp.dport == 200 => drop; in2: tcp.dport == 201 => pass; } " +
                       policyWith("to: ipv4.src == 10.77.0.1 => call c; then: tcp.dport == 300 => drop; gone: ipv4.src == 10.78.0.1 => goto c; end: udp => drop;");
  std::string image = imageOf(policy);
  ASSERT_EQ(rulesOf(image), "r1 r2 r3 r4 r5 r6 r7 r8 r9 r10 r11 r12 r13 r14 in1 in2 then in1 in2 gone end");
  EXPECT_EQ(refusal(image, "udp => drop", {At::Before, "in1"}),
            "'c.in1' stands in another chain; 'fw.rules1' has the rules of 'fw', and a rule is added next to one of these");
  EXPECT_EQ(refusal(image, "udp => drop", {At::Before, "gone"}),
            "'fw.gone' leads to a chain, whose entries come before its own: where they begin the image does not tell; name the rule before it with --after");
  EXPECT_EQ(refusal(image, "udp => drop", {At::After, "99"}), "'fw.rules1' has 21 rules, and none of number 99");
  EXPECT_EQ(refusal(image, "udp => drop", {At::After, "r77"}), "'fw.rules1' has no rule 'r77'");
  EXPECT_EQ(add(image, "a: tcp.dport == 301 => pass", {At::Before, "then"}), "fw.a");
  EXPECT_EQ(add(image, "b: tcp.dport == 302 => pass", {At::After, "then"}), "fw.b");
  EXPECT_EQ(add(image, "d: tcp.dport == 303 => pass", {At::After, "gone"}), "fw.d");
  EXPECT_EQ(rulesOf(image), "r1 r2 r3 r4 r5 r6 r7 r8 r9 r10 r11 r12 r13 r14 in1 in2 a then b in1 in2 gone d end");
  std::string counts = imageOf("chain c { in1: tcp.dport == 200 => drop; } " + policyWith("to: ipv4.src == 10.77.0.1 => capture, call c; end: udp => drop;"));
  EXPECT_EQ(refusal(counts, "udp => drop", {At::After, "to"}),
            "'fw.to' leads to a chain, whose entries come after its own: where they end the image does not tell; name the rule after it with --before");
  EXPECT_EQ(add(counts, "e: tcp.dport == 301 => pass", {At::Before, "to"}), "fw.e");
}

TEST(AddedRule, needs_a_list_and_its_place) {
  const std::string image = imageOf(policyWith(""));
  EXPECT_EQ(addRule(image, "fw.rules7", {.text = "tcp => pass"}, {}).error(), "the image has no list 'fw.rules7'");
  ImageFile without(image);
  without.setSection(".norman.listheads", "");
  EXPECT_EQ(addRule(without.bytes(), "fw.rules1", {.text = "tcp => pass"}, {}).error(), "the image does not say where 'fw.rules1' stands: compile the policy again");
  const std::string twice = imageOf("chain c { r3: tcp.dport == 200 => drop; } " + policyWith("to: ipv4.src == 10.77.0.1 => call c;"));
  EXPECT_EQ(refusal(twice, "tcp => pass", {At::Before, "r3"}), "'r3' names several rules of 'fw.rules1': name one by policy and rule");
  EXPECT_EQ(listsBeside(opened(image), "fw.rules1"), std::vector<std::string>());
  const std::string both = imageOf(policyWith("", "input, output"));
  EXPECT_EQ(listsBeside(opened(both), "fw.rules1"), std::vector<std::string>{"'fw.rules2' (hook output)"});
}

TEST(AddedRule, is_kept_in_its_place) {
  std::string was = imageOf(policyWith("last: udp => drop;"));
  ASSERT_EQ(add(was, "ipv4.src == 10.3.0.1 => drop", {At::Before, "r3"}), "fw.added1");
  ASSERT_EQ(add(was, "ipv4.src == 10.3.0.2 => drop", {At::Before, "r3"}), "fw.added2");
  ASSERT_EQ(add(was, "mine: tcp.dport == 5 => drop", {At::Before, "r6"}), "fw.mine");
  ASSERT_EQ(add(was, "tcp => drop"), "fw.added3");
  ASSERT_EQ(add(was, "sctp.sport == 1 => drop"), "fw.added4");
  const PolicyImage old = opened(was);
  // r6 is gone, there is a rule between r2 and r3, and the policy has a rule 'mine2'.
  std::string policy = policyWith("last: udp => drop;");
  policy.erase(policy.find("r6:"), policy.find("r7:") - policy.find("r6:"));
  policy.insert(policy.find("r3:"), "new: ipv4.src == 10.55.0.1 => drop; ");
  const auto kept = keepContents(old, imageOf(policy, &old));
  ASSERT_TRUE(kept) << kept.error();
  EXPECT_EQ(rulesOf(kept->image), "r1 r2 new added1 added2 r3 r4 r5 mine r7 r8 r9 r10 r11 r12 r13 r14 last added3 added4");
  EXPECT_EQ(std::ranges::count(kept->notes, "kept: 5 of 5 added rules of the other image"), 1);
  EXPECT_EQ(std::ranges::count(kept->notes, "moved: added rule 'fw.mine': a rule that followed it is not there any more"), 1);

  const auto without = keepContents(old, imageOf("policy fw { hook input; default drop; tcp => pass; }", &old));
  ASSERT_TRUE(without);
  EXPECT_EQ(std::ranges::count(without->notes, "reset: added rule 'fw.mine': 'fw' has no list of rules at hook input any more"), 1);
  const auto renamed = keepContents(old, imageOf(policyWith("mine: udp => drop;"), &old));
  ASSERT_TRUE(renamed);
  EXPECT_EQ(std::ranges::count(renamed->notes, "reset: added rule 'fw.mine': 'mine: tcp.dport == 5 => drop': 'fw' has a rule 'mine' already"), 1);
}

TEST(AddedRule, keeps_its_counters_number) {
  const std::string policy = policyWith("a: tcp.dport == 99 => count, pass;");
  std::string was = imageOf(policy);
  ASSERT_EQ(add(was, "x: tcp.dport == 90 => count, pass", {At::Before, "1"}), "fw.x");
  const PolicyImage old = opened(was);
  const auto kept = keepContents(old, imageOf("counter other[3]; " + policyWith("o: tcp.dport == 98 => count other[1], pass; a: tcp.dport == 99 => count, pass;"), &old));
  ASSERT_TRUE(kept);
  const PolicyImage now = opened(kept->image);
  const auto base = [](const PolicyImage& image) {
    for (const PolicyImage::Object& object : image.objects())
      if (object.name == "fw.x") return object.base;
    return 0u;
  };
  EXPECT_NE(base(old), 0u);
  EXPECT_EQ(base(now), base(old));
}

TEST(AddedRule, leaves_nothing_when_it_is_deleted) {
  std::string image = imageOf(policyWith("last: udp => drop;"));
  for (int round = 0; round < 3; ++round) {
    ASSERT_EQ(add(image, "tcp => drop"), "fw.added1");
    const PolicyImage now = opened(image);
    ImageTables tables(now);
    tables.lists[0].rules.pop_back();
    image = tables.bytes(image);
  }
  const PolicyImage now = opened(image);
  EXPECT_EQ(norman_image_count(&now.raw(), NORMAN_SECTION_ADDED), 0u);
  const PolicyImage fresh = opened(imageOf(policyWith("last: udp => drop;")));
  EXPECT_EQ(norman_image_count(&now.raw(), NORMAN_SECTION_RULES), norman_image_count(&fresh.raw(), NORMAN_SECTION_RULES) + 1) << "its record is used again";
}

}  // namespace
}  // namespace norman::tools
