// Long lists of rules that share fields: what the compiler turns into decision trees decides as the evaluator
// does.
//
//   NORMAN_SEED=n      another run (printed at the start)
//   NORMAN_POLICIES=n  how many lists
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "tests/differential/executions.h"
#include "tests/support/random_packet.h"

namespace norman::test {
namespace {

uint64_t setting(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr && *text != '\0' ? std::strtoull(text, nullptr, 0) : otherwise;
}

// Few values, so that rules overlap and packets meet them.
class ChainMaker {
 public:
  ChainMaker(Random& random, Vocabulary& vocabulary) : random_(random) {
    for (int i = 0; i < 12; ++i) ports_.push_back(static_cast<uint16_t>(random.below(200)));
    for (int i = 0; i < 12; ++i)
      hosts_.push_back(0x0a000000 + static_cast<uint32_t>(random.below(4) << 16 | random.below(8)));
    vocabulary.ports = ports_;
    vocabulary.ipv4 = hosts_;
  }

  std::string policy() {
    // Each list draws from a few shapes: a list of one shape makes a deep tree, of many a tree with chains in
    // its leaves.
    std::vector<uint64_t> shapes;
    for (uint64_t i = random_.between(1, 4); i > 0; --i) shapes.push_back(random_.below(9));
    std::string text = "counter c;\npolicy p {\n    hook prerouting;\n";
    if (random_.oneIn(3)) text += "    scope all;\n";
    if (random_.oneIn(3)) text += "    default drop;\n";
    const auto rules = [&](uint64_t count) {
      std::string list;
      for (; count > 0; --count) list += "    " + condition(random_.pick(shapes)) + " => " + action() + ";\n";
      return list;
    };
    if (random_.oneIn(2)) return text + rules(random_.between(6, 28)) + "}\n";
    // The same in a chain of the language, which a rule or two lead to.
    const std::string chain = "chain list {\n" + rules(random_.between(4, 12)) + "}\n";
    text += rules(random_.below(4));
    text += "    " + condition(random_.pick(shapes)) +
            (random_.oneIn(2) ? " => goto list;\n" : " => call list;\n");
    if (random_.oneIn(2))
      text += rules(random_.below(3)) + "    true => call list;\n" + rules(random_.below(2));
    return chain + text + "}\n";
  }

 private:
  std::string host() {
    const uint32_t value = random_.pick(hosts_);
    return fmt::format("{}.{}.{}.{}", value >> 24, value >> 16 & 255, value >> 8 & 255, value & 255);
  }
  std::string port() { return std::to_string(random_.pick(ports_)); }
  std::string range() {
    const uint64_t first = random_.pick(ports_);
    return fmt::format("{}..{}", first, first + random_.below(60));
  }
  std::string condition(uint64_t shape) {
    switch (shape) {
      case 0:
        return fmt::format("ip.src == {} && tcp.dport == {}", host(), port());
      case 1:
        return fmt::format("tcp.dport == {}", port());
      case 2:
        return fmt::format("udp.sport in {{ {}, {} }}", range(), port());
      case 3:
        return fmt::format("ipv4.src in 10.{}.0.0/16 && l4.dport != {}", random_.below(4), port());
      case 4:
        return fmt::format("l4.sport {} {}", random_.oneIn(2) ? "<" : ">=", port());
      case 5:
        return fmt::format("(ipv4.dst == {} || udp.dport == {})", host(), port());
      case 6:
        return fmt::format("!(ip.src == {}) && tcp.dport in {{ {} }}", host(), range());
      case 7:
        return fmt::format("ip.protocol == {} && ipv4.dst >= {}", random_.oneIn(2) ? 6 : 17, host());
      default:
        return fmt::format("ipv4.ttl == {} && tcp.syn", random_.below(6) * 50);
    }
  }
  std::string action() {
    switch (random_.below(8)) {
      case 0:
        return "count c, drop";
      case 1:
        return "reject";
      case 2:
        return "ip.dscp = 5, pass";
      case 3:
        return random_.oneIn(4) ? "mark 7" : "pass";
      case 4:
        return "pass";
      default:
        return "drop";
    }
  }

  Random& random_;
  std::vector<uint16_t> ports_;
  std::vector<uint32_t> hosts_;
};

TEST(Chains, decide_as_their_rules_say) {
  const uint64_t seed = setting("NORMAN_SEED", 20261122);
  const uint64_t policies = setting("NORMAN_POLICIES", 60);
  fmt::print("seed {}, {} policies\n", seed, policies);
  Executions executions(setting("NORMAN_RTL", 1) != 0);
  uint64_t equal = 0;
  uint64_t misfits = 0;
  for (uint64_t number = 0; number < policies; ++number) {
    Random random(caseSeed(seed, number));
    Vocabulary vocabulary;
    ChainMaker maker(random, vocabulary);
    const std::string source = maker.policy();
    uint64_t time_ns = 0;
    std::vector<Packet> packets;
    for (int i = 0; i < 200; ++i) packets.push_back(randomPacket(random, vocabulary, time_ns));
    const Comparison comparison = executions.compare(source, packets, "default");
    equal += comparison.kind == Comparison::Kind::Equal;
    misfits += comparison.kind == Comparison::Kind::DoesNotFit;
    if (comparison.kind == Comparison::Kind::Equal || comparison.kind == Comparison::Kind::DoesNotFit)
      continue;
    ADD_FAILURE() << "policy " << number << " of seed " << seed << ":\n" << source << comparison.text;
    break;
  }
  fmt::print("{} agree, {} do not fit\n", equal, misfits);
  EXPECT_GE(equal, policies * 3 / 4);
}

}  // namespace
}  // namespace norman::test
