// A filter ruleset in the parts that both languages have words for: what the generator makes and the shrinker takes apart.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/oracle/world.h"

namespace norman::oracle {

/// What an option of a rule asks. Those up to `LaterFragment` belong to the rule itself, the others to a match module.
enum class Question {
  Source,
  Destination,
  InInterface,
  OutInterface,
  Protocol,
  LaterFragment,  // IPv4
  SourcePort,     // modules tcp, udp, sctp
  DestinationPort,
  TcpFlags,
  TcpSyn,
  IcmpType,       // modules icmp, icmp6
  SourcePorts,    // module multiport
  DestinationPorts,
  Ports,
  SourceMac,      // mac
  TtlEqual,       // ttl, hl
  TtlAbove,
  TtlBelow,
  Dscp,           // dscp
  Tos,            // tos
  Ect,            // ecn
  Length,         // length
  Mark,           // mark
  SourceRange,    // iprange
  DestinationRange,
  FirstOfMore,    // frag: --fragfirst --fragmore (IPv6)
  User,           // owner
  Group,
  SocketExists,
  Limit,          // limit
  Nth,            // statistic --mode nth: the n-th packet and every n-th after it
};

struct Option {
  Question asks;
  bool inverted = false;
  std::vector<Span> spans{};  // values that it accepts; one unless it is a list
  Number mask = 0;            // of flags, TOS, mark: compared are the bits in it; of a limit: the burst
  unsigned length = 0;        // of a prefix; of a limit: the period in seconds
  bool any_code = false;      // of an ICMP type: spans are {type}, {code} otherwise
  std::string name{};         // of an interface or a user; of a limit: our meter
  friend bool operator==(const Option&, const Option&) = default;
};

/// `-m name options`: all options must hold. Only tcp, udp and sctp may have none.
struct Module {
  std::string name;
  std::vector<Option> options;
};

enum class TargetKind { None, Accept, Drop, Reject, Return, Log, Mark, Jump, Goto };
enum class MarkChange { Set, And, Or, Xor };

struct Target {
  TargetKind kind = TargetKind::None;
  std::string chain{};                      // of a jump
  unsigned reject = 0;                      // index of rejectReasons()
  MarkChange change = MarkChange::Set;
  uint32_t value = 0;
  uint32_t mask = 0xffffffff;               // of Set
};

struct Rule {
  std::vector<Option> options;
  std::vector<Module> modules;
  Target target;
  bool counted = true;  // our form counts it; the kernel counts every rule
};

struct Chain {
  std::string name;
  std::optional<Hook> hook;  // of INPUT, FORWARD, OUTPUT
  bool accept = true;        // the policy of these
  std::vector<Rule> rules;
};

/// The filter table of one family. Jumps lead to chains further down the list.
struct Table {
  Family family = Family::Ipv4;
  std::vector<Chain> chains;
};

struct Ruleset {
  std::vector<Table> tables;
  /// Packets with cut headers come too; our form then says what the kernel does with them.
  bool cut_headers = false;
};

struct RejectReason {
  const char* ipv4;  // of iptables; null where the family has none
  const char* ipv6;
  const char* ours;
};
const std::vector<RejectReason>& rejectReasons();

std::string hookName(Hook hook);
/// How our form calls a chain: a policy of that name, or a chain.
std::string ourChainName(Family family, const Chain& chain);
std::string ourRuleName(size_t index);

/// Whether a module of this name is in a rule.
bool uses(const Rule& rule, const std::string& module);
bool uses(const Ruleset& ruleset, const std::string& module);

/// In how many places of the ingress or egress program a chain stands in our form. What has a state (a meter, `every`) may
/// stand in one of each.
unsigned places(const Table& table, const Chain& chain, bool ingress);

/// Switches counting off, and turns LOG into MARK, until no path through our form has more events than a packet carries.
void limitEvents(Ruleset& ruleset);

/// Input of iptables-restore.
std::string iptablesText(const Table& table);
/// The same in our language.
std::string policyText(const Ruleset& ruleset);

}  // namespace norman::oracle
