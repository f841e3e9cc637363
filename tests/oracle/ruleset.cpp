// A ruleset as input of iptables-restore and as policies, and the bound on its events.
#include "tests/oracle/ruleset.h"

#include <algorithm>
#include <cctype>
#include <functional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "norman/spec/isa.h"
#include "tests/oracle/option_text.h"

namespace norman::oracle {
namespace {

const char* const kOurHooks[] = {"input", "forward", "output"};
const char* const kTheirHooks[] = {"INPUT", "FORWARD", "OUTPUT"};

std::string targetWords(Family family, const Target& target) {
  switch (target.kind) {
    case TargetKind::None: return "";
    case TargetKind::Accept: return " -j ACCEPT";
    case TargetKind::Drop: return " -j DROP";
    case TargetKind::Reject: {
      const RejectReason& reason = rejectReasons()[target.reject];
      return std::string(" -j REJECT --reject-with ") + (family == Family::Ipv4 ? reason.ipv4 : reason.ipv6);
    }
    case TargetKind::Return: return " -j RETURN";
    case TargetKind::Log: return " -j LOG";
    case TargetKind::Mark:
      switch (target.change) {
        case MarkChange::Set: return fmt::format(" -j MARK --set-mark {:#x}/{:#x}", target.value, target.mask);
        case MarkChange::And: return fmt::format(" -j MARK --and-mark {:#x}", target.value);
        case MarkChange::Or: return fmt::format(" -j MARK --or-mark {:#x}", target.value);
        case MarkChange::Xor: return fmt::format(" -j MARK --xor-mark {:#x}", target.value);
      }
      return "";
    case TargetKind::Jump: return " -j " + target.chain;
    case TargetKind::Goto: return " -g " + target.chain;
  }
  return "";
}

std::string markAction(const Target& target) {
  switch (target.change) {
    case MarkChange::Set:  // "zeroes out the bits given by mask and ORs value into the packet mark"
      if (target.mask == 0xffffffff) return fmt::format("mark {:#x}", target.value);
      return fmt::format("mark packet.mark & {:#x} | {:#x}", ~target.mask, target.value);
    case MarkChange::And: return fmt::format("mark packet.mark & {:#x}", target.value);
    case MarkChange::Or: return fmt::format("mark packet.mark | {:#x}", target.value);
    case MarkChange::Xor: return fmt::format("mark packet.mark ^ {:#x}", target.value);
  }
  return "";
}

std::string actions(const Table& table, const Rule& rule) {
  std::vector<std::string> list;
  if (rule.counted) list.push_back("count");
  const auto chainName = [&] {
    const auto found = std::find_if(table.chains.begin(), table.chains.end(), [&](const Chain& c) { return c.name == rule.target.chain; });
    return ourChainName(table.family, *found);
  };
  switch (rule.target.kind) {
    case TargetKind::None: break;
    case TargetKind::Accept: list.push_back("pass"); break;
    case TargetKind::Drop: list.push_back("drop"); break;
    case TargetKind::Reject: list.push_back(std::string("reject ") + rejectReasons()[rule.target.reject].ours); break;
    case TargetKind::Return: list.push_back("return"); break;
    case TargetKind::Log: list.push_back("log"); break;
    case TargetKind::Mark: list.push_back(markAction(rule.target)); break;
    case TargetKind::Jump: list.push_back("call " + chainName()); break;
    case TargetKind::Goto: list.push_back("goto " + chainName()); break;
  }
  return fmt::format("{}", fmt::join(list, ", "));
}

std::string conjunction(const std::vector<std::string>& conditions) {
  return conditions.empty() ? "true" : fmt::format("{}", fmt::join(conditions, " && "));
}

// What a module asks. Without options it still asks for its header: `-m tcp` does not hold for a later fragment.
std::vector<std::string> conditionsOf(Family family, const Module& module) {
  std::vector<std::string> conditions;
  for (const Option& option : module.options) conditions.push_back(condition(family, module.name, option));
  if (module.options.empty()) conditions.push_back(module.name);
  return conditions;
}

// When evaluating the rule ends in a drop at once; "" for never. iptables looks at the rule's own options, then at the
// modules in their order, and stops at the first that does not hold.
std::string ruleDropsAtOnce(Family family, const Rule& rule) {
  std::vector<std::string> reached;
  std::vector<std::string> ways;
  const auto way = [&](const std::string& drops) {
    if (drops.empty()) return;
    std::vector<std::string> all = reached;
    all.push_back(drops);
    ways.push_back(conjunction(all));
  };
  const Option* protocol = nullptr;
  for (const Option& option : rule.options) {
    if (option.asks == Question::Protocol) protocol = &option;
    else reached.push_back(condition(family, "", option));
  }
  if (protocol != nullptr) {
    way(dropsAtOnce(family, ""));
    reached.push_back(condition(family, "", *protocol));
  }
  for (const Module& module : rule.modules) {
    way(dropsAtOnce(family, module.name));
    for (const std::string& text : conditionsOf(family, module)) reached.push_back(text);
  }
  return fmt::format("{}", fmt::join(ways, " || "));
}

std::string ruleLines(const Ruleset& ruleset, const Table& table, const Chain& chain) {
  std::string text;
  for (size_t i = 0; i < chain.rules.size(); ++i) {
    const Rule& rule = chain.rules[i];
    if (ruleset.cut_headers)
      if (const std::string drops = ruleDropsAtOnce(table.family, rule); !drops.empty()) text += fmt::format("    {} => drop;\n", drops);
    std::vector<std::string> conditions;
    for (const Option& option : rule.options) conditions.push_back(condition(table.family, "", option));
    for (const Module& module : rule.modules)
      for (const std::string& asked : conditionsOf(table.family, module)) conditions.push_back(asked);
    if (const std::string list = actions(table, rule); !list.empty())
      text += fmt::format("    {}: {} => {};\n", ourRuleName(i), conjunction(conditions), list);
  }
  return text;
}

// The most events on a path through a chain: of those that leave it alive, and of those that are decided in it.
struct PathEvents {
  unsigned ends = 0;
  unsigned decided = 0;
};

PathEvents pathEvents(const Table& table, const Chain& chain) {
  PathEvents most;
  unsigned now = 0;
  const auto worse = [](unsigned& of, unsigned than) { of = std::max(of, than); };
  const auto target = [&](const Rule& rule) {
    for (const Chain& other : table.chains)
      if (other.name == rule.target.chain) return pathEvents(table, other);
    return PathEvents{};
  };
  for (const Rule& rule : chain.rules) {
    const unsigned here = now + (rule.counted ? 1 : 0);
    switch (rule.target.kind) {
      case TargetKind::None:
      case TargetKind::Mark: now = here; break;
      case TargetKind::Log: now = here + 1; break;
      case TargetKind::Accept:
      case TargetKind::Drop:
      case TargetKind::Reject: worse(most.decided, here); break;
      case TargetKind::Return: worse(most.ends, here); break;
      case TargetKind::Jump: {
        const PathEvents sub = target(rule);
        worse(most.decided, here + sub.decided);
        worse(now, here + sub.ends);
        break;
      }
      case TargetKind::Goto: {
        const PathEvents sub = target(rule);
        worse(most.decided, here + sub.decided);
        worse(most.ends, here + sub.ends);
        break;
      }
    }
  }
  worse(most.ends, now);
  return most;
}

unsigned worstPath(const Ruleset& ruleset) {
  unsigned worst = 0;
  for (const Hook hook : kHooks) {
    unsigned sum = 0;  // over the families: their policies follow one another
    for (const Table& table : ruleset.tables)
      for (const Chain& chain : table.chains) {
        if (chain.hook != hook) continue;
        const PathEvents events = pathEvents(table, chain);
        sum += std::max(events.ends, events.decided);
      }
    worst = std::max(worst, sum);
  }
  return worst;
}

bool continues(const Rule& rule) {
  return rule.target.kind != TargetKind::Accept && rule.target.kind != TargetKind::Drop && rule.target.kind != TargetKind::Reject;
}

}  // namespace

const std::vector<RejectReason>& rejectReasons() {
  static const std::vector<RejectReason> reasons{
      {"icmp-port-unreachable", "icmp6-port-unreachable", "port-unreachable"},
      {"icmp-host-unreachable", "icmp6-addr-unreachable", "host-unreachable"},
      {"icmp-net-unreachable", "icmp6-no-route", "net-unreachable"},
      {"icmp-admin-prohibited", "icmp6-adm-prohibited", "admin-prohibited"},
      {"tcp-reset", "tcp-reset", "tcp-reset"},
      {"icmp-proto-unreachable", nullptr, "proto-unreachable"},
  };
  return reasons;
}

std::string hookName(Hook hook) { return kTheirHooks[static_cast<size_t>(hook)]; }

std::string ourChainName(Family family, const Chain& chain) {
  const char version = family == Family::Ipv4 ? '4' : '6';
  if (chain.hook) return fmt::format("{}{}", kOurHooks[static_cast<size_t>(*chain.hook)], version);
  std::string name = chain.name;  // may have signs that our names have not
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return fmt::format("{}_{}", name, version);
}

std::string ourRuleName(size_t index) { return fmt::format("r{}", index); }

bool uses(const Rule& rule, const std::string& module) {
  return std::any_of(rule.modules.begin(), rule.modules.end(), [&](const Module& used) { return used.name == module; });
}

bool uses(const Ruleset& ruleset, const std::string& module) {
  for (const Table& table : ruleset.tables)
    for (const Chain& chain : table.chains)
      for (const Rule& rule : chain.rules)
        if (uses(rule, module)) return true;
  return false;
}

unsigned places(const Table& table, const Chain& chain, bool ingress) {
  if (chain.hook) return (*chain.hook == Hook::Input) == ingress ? 1 : 0;
  unsigned sum = 0;
  for (const Chain& from : table.chains)
    for (const Rule& rule : from.rules)
      if (rule.target.chain == chain.name) sum += places(table, from, ingress);
  return sum;
}

void limitEvents(Ruleset& ruleset) {
  // What is given up first, and last.
  const auto do_not_count = [](Rule& rule) {
    if (continues(rule)) rule.counted = false;
  };
  const auto do_not_log = [](Rule& rule) {
    if (rule.target.kind == TargetKind::Log) rule.target = {.kind = TargetKind::Mark, .change = MarkChange::Or, .value = 0x100};
  };
  const std::vector<std::function<void(Rule&)>> ways{do_not_count, do_not_log};
  for (const auto& give_up : ways)
    for (Table& table : ruleset.tables)
      for (auto chain = table.chains.rbegin(); chain != table.chains.rend(); ++chain)
        for (auto rule = chain->rules.rbegin(); rule != chain->rules.rend(); ++rule) {
          if (worstPath(ruleset) <= isa::kEventSlots) return;
          give_up(*rule);
        }
}

std::string iptablesText(const Table& table) {
  std::string text = "*filter\n";
  for (const Hook hook : kHooks) {
    const auto found = std::find_if(table.chains.begin(), table.chains.end(), [&](const Chain& c) { return c.hook == hook; });
    text += fmt::format(":{} {} [0:0]\n", hookName(hook), found == table.chains.end() || found->accept ? "ACCEPT" : "DROP");
  }
  for (const Chain& chain : table.chains)
    if (!chain.hook) text += fmt::format(":{} - [0:0]\n", chain.name);
  for (const Chain& chain : table.chains)
    for (const Rule& rule : chain.rules) {
      text += "-A " + chain.name;
      for (const Option& option : rule.options) text += " " + iptablesWords(table.family, "", option);
      for (const Module& module : rule.modules) {
        text += " -m " + module.name;
        for (const Option& option : module.options) text += " " + iptablesWords(table.family, module.name, option);
      }
      text += targetWords(table.family, rule.target) + "\n";
    }
  return text + "COMMIT\n";
}

std::string policyText(const Ruleset& ruleset) {
  std::string text;
  if (ruleset.cut_headers)
    text += "// Cut packets take the ordinary way.\n"
            "policy cut_packets {\n    hook input, forward, output;\n    priority -1;\n    parse.incomplete => pass;\n}\n";
  for (const Table& table : ruleset.tables)
    for (const Chain& chain : table.chains)
      for (const Rule& rule : chain.rules)
        for (const Module& module : rule.modules)
          if (module.name == "limit") text += meterDeclaration(module.options[0]);
  for (const Table& table : ruleset.tables)
    for (const Chain& chain : table.chains) {
      const std::string name = ourChainName(table.family, chain);
      if (chain.hook) {
        if (chain.rules.empty() && chain.accept) continue;
        text += fmt::format("policy {} {{\n    hook {};\n    scope {};\n    default {};\n", name, kOurHooks[static_cast<size_t>(*chain.hook)],
                            table.family == Family::Ipv4 ? "ipv4" : "ipv6", chain.accept ? "pass" : "drop");
      } else {
        text += fmt::format("chain {} {{\n", name);
      }
      text += ruleLines(ruleset, table, chain) + "}\n";
    }
  return text;
}

}  // namespace norman::oracle
