// Runs both sides and compares verdicts, marks and the counters of rules.
#include "tests/oracle/trial.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tests/support/frame_parser.h"
#include "tests/support/random_packet.h"

namespace norman::oracle {
namespace {

constexpr size_t kEthernet = 14;

// What our machines are given: the frame as the hook saw it, and what the kernel knew about it.
test::Packet packetOf(const Probe& probe, const Sighting& sighting) {
  test::Packet packet;
  packet.frame = probe.frame;
  test::writeBytes(packet.frame, kEthernet + (probe.family == Family::Ipv4 ? 8 : 7), 1, sighting.ttl);
  packet.mark = sighting.mark_before;
  const Hook hook = *sighting.hook;
  packet.path = hook == Hook::Input ? test::Path::Ingress : hook == Hook::Forward ? test::Path::Forward : test::Path::Egress;
  packet.local = hook == Hook::Input;
  if (hook != Hook::Output) packet.iface = kInterfaces[sighting.in];
  if (hook != Hook::Input) packet.oif = kInterfaces[sighting.out];
  if (hook == Hook::Output) {
    packet.socket = test::Owner{.uid = probe.uid, .gid = probe.gid, .comm = {}, .cgroup = {}};
    packet.owner = packet.socket;
  }
  return packet;
}

std::string answerText(const Answer& answer) { return answer.passed ? fmt::format("passes with mark {:#x}", answer.mark) : "is dropped"; }

bool same(const Answer& answer, const Sighting& sighting) {
  return answer.passed == sighting.passed && (!answer.passed || answer.mark == sighting.mark);
}

}  // namespace

Comparison Trial::compare(const Case& tried, bool with_rtl) {
  using Kind = Comparison::Kind;
  Comparison comparison;
  const auto fail = [&](Kind kind, const std::string& text) {
    comparison.kind = kind;
    comparison.text = text;
    return comparison;
  };

  // The compiler first: what does not fit needs no kernel.
  std::string text;
  switch (ours_.prepare(policyText(tried.ruleset), text)) {
    case Ours::Prepared::Ready: break;
    case Ours::Prepared::Refused: return fail(Kind::Refused, text);
    case Ours::Prepared::DoesNotFit: return fail(Kind::DoesNotFit, text);
  }
  std::vector<Probe> probes;
  std::vector<size_t> numbers;  // of the probes in the case
  for (size_t i = 0; i < tried.probes.size(); ++i) {
    if (beyondWindow(tried.probes[i])) {
      ++comparison.beyond_window;
      continue;
    }
    probes.push_back(tried.probes[i]);
    numbers.push_back(i);
  }
  for (const Family family : {Family::Ipv4, Family::Ipv6}) {
    Table rules{family, {}};  // none, unless the ruleset has some
    for (const Table& table : tried.ruleset.tables)
      if (table.family == family) rules = table;
    if (const std::string error = kernel_.load(family, iptablesText(rules)); !error.empty()) return fail(Kind::Refused, error);
  }
  const std::vector<Sighting> all = kernel_.run(probes);

  std::vector<Sighting> sightings;
  std::vector<test::Packet> packets;
  std::vector<size_t> seen;
  for (size_t i = 0; i < probes.size(); ++i) {
    if (!all[i].hook) {
      ++comparison.unseen;
      continue;
    }
    sightings.push_back(all[i]);
    packets.push_back(packetOf(probes[i], all[i]));
    seen.push_back(numbers[i]);
  }
  comparison.compared = packets.size();
  Answers run;
  try {
    run = ours_.run(packets, with_rtl);
  } catch (const std::runtime_error& error) {
    return fail(Kind::Broken, error.what());
  }

  for (size_t i = 0; i < packets.size(); ++i) {
    comparison.passed += sightings[i].passed;
    const bool rtl_agrees = run.rtl.empty() || run.rtl[i] == run.model[i];
    if (same(run.model[i], sightings[i]) && rtl_agrees) continue;
    comparison.kind = Kind::Different;
    comparison.wrong.push_back(seen[i]);
    if (comparison.wrong.size() > 5) continue;
    comparison.text += fmt::format("probe {} at {}: in the kernel it {}, on the model it {}, {}to the evaluator it {}\n  {}\n", seen[i],
                                   hookName(*sightings[i].hook), answerText({sightings[i].passed, sightings[i].mark}),
                                   answerText(run.model[i]), run.rtl.empty() ? "" : "in hardware it " + answerText(run.rtl[i]) + ", ",
                                   answerText(run.evaluator[i]), test::describe(packets[i]));
  }

  for (const Table& table : tried.ruleset.tables) {
    const auto counters = kernel_.counters(table.family);
    for (const Chain& chain : table.chains) {
      const auto found = counters.find(chain.name);
      if ((found == counters.end() ? 0 : found->second.size()) != chain.rules.size())
        return fail(Kind::Broken, fmt::format("iptables made other rules of {} than were given", chain.name));
      for (size_t i = 0; i < chain.rules.size(); ++i) {
        const Rule& rule = chain.rules[i];
        if (!rule.counted && rule.target.kind != TargetKind::Log) continue;
        const std::string name = ourChainName(table.family, chain) + "." + ourRuleName(i);
        const auto hits = run.hits.find(name);
        uint64_t ours = hits == run.hits.end() ? 0 : hits->second;
        ++comparison.counters;
        comparison.hit += found->second[i] != 0;
        if (ours == found->second[i]) continue;
        comparison.kind = Kind::Different;
        comparison.text += fmt::format("rule {}: the kernel counts {} packets, we {}\n", name, found->second[i], ours);
      }
    }
  }
  return comparison;
}

std::string refusal(const std::string& diagnostics) {
  std::string line = diagnostics.substr(std::min(diagnostics.find("error: "), diagnostics.size()));
  line = line.substr(0, line.find('\n'));
  std::erase_if(line, [](char c) { return c >= '0' && c <= '9'; });
  return line;
}

std::string describe(const Case& tried) {
  std::string text;
  for (const Table& table : tried.ruleset.tables)
    text += fmt::format("{}-restore:\n{}", table.family == Family::Ipv4 ? "iptables" : "ip6tables", iptablesText(table));
  text += "policy:\n" + policyText(tried.ruleset) + "probes:\n";
  for (size_t i = 0; i < tried.probes.size(); ++i) {
    const Probe& probe = tried.probes[i];
    text += fmt::format("{} ", i);
    if (probe.sent)
      text += fmt::format("is sent through {} by user {}, group {} with mark {:#x}", kInterfaces[probe.interface], probe.uid, probe.gid, probe.mark);
    else text += fmt::format("arrives on {}", kInterfaces[probe.interface]);
    text += fmt::format(": {:02x}\n", fmt::join(probe.frame, ""));
  }
  return text;
}

}  // namespace norman::oracle
