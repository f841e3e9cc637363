// Rule lists of the kinds that firewalls hold, made at random: for capacity and for the cost of changes.
//
// The shapes (prefix lengths, ports, protocols, how networks nest) follow what is published about the filter sets of
// ClassBench (Taylor and Turner, INFOCOM 2005) and about lists in use; they are ours, and no data of others is in them.
#pragma once

#include <string_view>
#include <vector>

#include "runtime/core/core_rules.h"
#include "tests/support/random.h"

namespace norman::test {

enum class RuleSet {
  Acl,        ///< hosts and small networks inside, any or larger networks outside, one service each
  Firewall,   ///< many wildcards, ranges of ports on both sides
  Ports,      ///< services on any host: exact ports and overlapping ranges
  Addresses,  ///< a block list: prefixes of one side
  Uniform,    ///< prefixes of both sides and ports, all uniform
};

inline constexpr RuleSet kRuleSets[] = {RuleSet::Acl, RuleSet::Firewall, RuleSet::Ports, RuleSet::Addresses, RuleSet::Uniform};

std::string_view nameOf(RuleSet set);

/// `count` different terminal rules of list 0. Key words: 0 source, 4 destination, 8 ports (source low, destination high),
/// 11 protocol in the low byte.
std::vector<norman_rule> makeRules(RuleSet set, std::size_t count, std::uint64_t seed);

}  // namespace norman::test
