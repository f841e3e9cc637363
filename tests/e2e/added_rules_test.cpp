// Rules added to the lists of an image, judged by policies that have the same rules where they were added: compiled anew, these must do
// the same with every packet.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "compiler/driver/compile.h"
#include "compiler/tools/added_rules.h"
#include "compiler/tools/keep.h"
#include "overlay_rtl/model/core_model.h"
#include "tests/differential/machine.h"
#include "tests/support/random.h"
#include "tests/support/random_packet.h"

namespace norman::test {
namespace {

using tools::RulePosition;

/// Policies of one list, and rules for them, of few constants so that packets meet them.
class RuleText {
 public:
  RuleText(Random& random, Vocabulary& vocabulary) : random_(random), vocabulary_(vocabulary) {
    vocabulary_.ports = {22, 53, 80, 443, 1000, 1001, 2000, 65535};
    vocabulary_.ipv4 = {0x0a000001, 0x0a010203, 0x0a0100ff, 0x0b000000, 0xc0000201};
    vocabulary_.numbers = {0, 1, 6, 17, 58, 64, 255};
  }

  std::string condition() {
    std::string text = atom();
    for (unsigned more = static_cast<unsigned>(random_.below(3)); more != 0; --more) text = fmt::format("{} {} {}", text, random_.oneIn(5) ? "||" : "&&", atom());
    return random_.oneIn(12) ? fmt::format("!({})", text) : text;
  }
  std::string actions() {
    static const std::vector<std::string> verdicts{"pass", "drop", "reject", "reject tcp-reset", "reject host-unreachable"};
    std::string text;
    if (random_.oneIn(4)) text += random_.pick(std::vector<std::string>{"count, ", "count hits, ", "count list[2], ", "log, "});
    if (random_.oneIn(12)) text += "capture, ";
    if (!text.empty() && random_.oneIn(6)) return text.substr(0, text.size() - 2);
    return text + random_.pick(verdicts);
  }

 private:
  std::string port() { return std::to_string(random_.pick(vocabulary_.ports)); }
  std::string ports() {
    switch (random_.below(4)) {
      case 0: return "== " + port();
      case 1: return fmt::format("in {{{}, {}}}", port(), port());
      case 2: return "!= " + port();
      default: return random_.oneIn(2) ? "in 1000..1999" : "< 1024";
    }
  }
  std::string atom() {
    const std::string side = random_.oneIn(2) ? "src" : "dst";
    switch (random_.below(12)) {
      case 0: return fmt::format("ip.{} in 10.{}.0.0/16", side, random_.below(2));
      case 1: return fmt::format("ipv4.{} == 10.1.2.3", side);
      case 2: return fmt::format("ipv4.{} != 10.0.0.1", side);
      case 3: return random_.oneIn(2) ? fmt::format("ipv6.{} in 2001:db8::/32", side) : fmt::format("!(ipv6.{} == 2001:db8::1)", side);
      case 4: return fmt::format("tcp.{} {}", random_.oneIn(2) ? "dport" : "sport", ports());
      case 5: return fmt::format("udp.{} {}", random_.oneIn(2) ? "dport" : "sport", ports());
      case 6: return "tcp.syn && !tcp.ack";
      case 7: return fmt::format("ip.protocol == {}", random_.pick(vocabulary_.numbers));
      case 8: return random_.oneIn(2) ? "tcp" : "udp";
      case 9: return fmt::format("ip.ttl {} 64", random_.oneIn(2) ? "==" : "<");
      case 10: return random_.oneIn(2) ? "ipv6" : "ipv4";
      default: return fmt::format("iface.{} == \"{}\"", random_.oneIn(2) ? "in" : "out", random_.pick(std::vector<std::string>{"eth0", "eth1", "eth*"}));
    }
  }

  Random& random_;
  Vocabulary& vocabulary_;
};

struct Line {
  std::string name;
  std::string text;  // "name: condition => actions"
};

std::string policyOf(const std::string& hook, const std::vector<Line>& lines) {
  std::string text = "counter hits; counter list[4];\npolicy fw {\n  hook " + hook + ";\n  default drop;\n";
  for (const Line& line : lines) text += "  " + line.text + ";\n";
  return text + "}\n";
}

std::optional<std::string> compiled(const std::string& policy, const CompileOptions& options = {.table_rules = 3}) {
  SourceManager sources;
  Diagnostics diagnostics;
  const auto result = compile(sources, sources.add("fw.norman", policy), diagnostics, options);
  return result ? std::optional(result->output) : std::nullopt;
}

/// What becomes of packets, with names in place of an image's numbers.
std::vector<std::string> fates(Machine& machine, const std::string& bytes, const std::vector<Packet>& packets) {
  LoadedImage image({bytes.begin(), bytes.end()}, worldAccounts());
  machine.load(image);
  std::map<std::uint32_t, std::string> events;
  for (const LoadedImage::Object& object : image.objects())
    if (object.kind == isa::ObjectKind::Counter || object.kind == isa::ObjectKind::Log)
      for (std::uint32_t i = 0; i < object.size; ++i) events[object.base + i] = fmt::format("{}{}[{}]", object.kind == isa::ObjectKind::Log ? "log " : "", object.name, i);
  const auto ruleOf = [&](std::uint32_t id) {
    if (id == isa::kNoRule) return std::string("none");
    norman_image_rule rule;
    norman_image_get(&image.image(), NORMAN_SECTION_RULES, id, &rule);
    return std::string(norman_image_string(&image.image(), rule.name));
  };
  std::vector<std::string> texts;
  for (const Outcome& outcome : runPackets(image, packets, [&](isa::Program program, std::span<const EntryWords> words) { return machine.process(program, words); })) {
    std::vector<std::string> counted;
    for (const std::uint32_t event : outcome.events) counted.push_back(events.contains(event) ? events.at(event) : std::to_string(event));
    std::ranges::sort(counted);
    std::string text = fmt::format("{} {} by {}{}{}", isa::kVerdictNames[outcome.verdict], isa::kReasonNames[outcome.reason], ruleOf(outcome.rule),
                                   outcome.log ? " logged" : "", outcome.capture ? " captured" : "");
    for (const std::string& name : counted) text += " " + name;
    texts.push_back(std::move(text));
  }
  return texts;
}

std::unique_ptr<CoreDevice> model(const isa::ConfigInfo& config) { return std::make_unique<CoreModel>(config); }

TEST(AddedRules, do_what_the_same_rules_of_a_policy_do) {
  constexpr unsigned kCases = 160, kRulesEach = 8, kPackets = 400;
  static const std::vector<std::string> hooks{"input", "output", "forward", "prerouting", "postrouting"};
  Machine machine(model, isa::kConfigs[0]);
  unsigned added = 0, refused = 0, no_list = 0, does_not_fit = 0, reached = 0;
  for (unsigned number = 0; number < kCases; ++number) {
    Random random(caseSeed(7, number));
    Vocabulary vocabulary;
    RuleText rules(random, vocabulary);
    const std::string& hook = random.pick(hooks);
    std::vector<Line> lines;
    // One that asks everything, so that the key has it, and one of each kind of end.
    lines.push_back({"r0", "r0: ipv4.src == 10.9.9.9 && ip.ttl == 3 && tcp.syn && tcp.dport == 7 => count, pass"});
    lines.push_back({"r1", fmt::format("r1: ipv6.dst == 2001:db8::9 && ipv6.src == 2001:db8::8 && udp.sport == 9 && ip.protocol == 17 {}=> log, drop",
                                       hook == "input" || hook == "prerouting" ? "&& iface.in in {\"eth0\", \"eth*\"} " : hook == "output" ? "" : "&& iface.out in {\"eth0\", \"eth*\"} ")});
    lines.push_back({"r2", "r2: ipv4.dst == 10.9.9.8 && tcp.dport == 9 => count hits, drop"});
    lines.push_back({"r3", "r3: ipv4.dst == 10.9.9.8 && tcp.dport == 8 => count list[2], reject"});
    for (unsigned i = 4; i < 18; ++i) lines.push_back({fmt::format("r{}", i), fmt::format("r{}: {} => {}", i, rules.condition(), rules.actions())});
    auto bytes = compiled(policyOf(hook, lines));
    if (!bytes) {
      ++does_not_fit;
      continue;
    }
    const auto first = PolicyImage::fromBytes({bytes->begin(), bytes->end()}, "first");
    ASSERT_TRUE(first);
    const tools::ImageTables tables(*first);
    if (tables.lists.empty()) {
      ++no_list;
      continue;
    }
    std::string image = *bytes;
    std::set<std::string> mine;
    for (unsigned n = 0; n < kRulesEach; ++n) {
      const std::string name = fmt::format("x{}", n);
      const Line line{name, fmt::format("{}: {} => {}", name, rules.condition(), rules.actions())};
      // Beside some rule of some list.
      const auto now = PolicyImage::fromBytes({image.begin(), image.end()}, "now");
      ASSERT_TRUE(now);
      const tools::ImageTables lists(*now);
      const tools::ImageList& list = lists.lists[random.below(lists.lists.size())];
      const std::size_t beside = random.below(list.rules.size());
      const std::string neighbour = now->rule(list.rules[beside].rule)->name;
      const auto at = random.oneIn(2) ? RulePosition::At::Before : RulePosition::At::After;
      auto result = tools::addRule(image, list.name, {.text = line.text}, {at, random.oneIn(2) ? std::to_string(beside + 1) : "fw." + neighbour});
      std::string problem = result ? "" : result.error();
      if (result) {
        const auto changed = PolicyImage::fromBytes({result->bytes.begin(), result->bytes.end()}, "changed");
        problem = tools::overfull(tools::ImageTables(*changed), *changed);
      }
      if (!problem.empty()) {
        ++refused;
        continue;
      }
      image = result->bytes;
      ++added;
      mine.insert(name);
      const auto place = std::ranges::find(lines, neighbour, &Line::name);
      ASSERT_NE(place, lines.end()) << neighbour;
      lines.insert(place + (at == RulePosition::At::After), line);
    }
    const auto anew = compiled(policyOf(hook, lines));
    if (!anew) {
      ++does_not_fit;
      continue;
    }
    std::vector<Packet> packets;
    std::uint64_t time = 0;
    for (unsigned i = 0; i < kPackets; ++i) packets.push_back(randomPacket(random, vocabulary, time));
    const auto got = fates(machine, image, packets);
    const auto expected = fates(machine, *anew, packets);
    for (std::size_t i = 0; i < packets.size(); ++i)
      ASSERT_EQ(got[i], expected[i]) << "case " << number << ", packet " << describe(packets[i]) << "\n" << policyOf(hook, lines);
    std::set<std::string> deciders;
    for (const std::string& text : got)
      for (const std::string& name : mine)
        if (text.find(" by " + name + " ") != std::string::npos || text.ends_with(" by " + name)) deciders.insert(name);
    reached += static_cast<unsigned>(deciders.size());
  }
  std::printf("%u rules added, %u of them decided packets, %u refused; %u policies had no list, %u did not fit\n", added, reached, refused, no_list, does_not_fit);
  EXPECT_GT(added, 300u);
  EXPECT_GT(reached, 100u);
}

}  // namespace
}  // namespace norman::test
