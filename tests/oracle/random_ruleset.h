// Random rulesets as people write them, of a given size.
#pragma once

#include "tests/oracle/ruleset.h"
#include "tests/support/random.h"

namespace norman::oracle {

/// How large rulesets are made.
struct RulesetSize {
  unsigned mixed = 12;  // rules that use everything, in several chains
  unsigned plain = 12;  // lists of ordinary rules (addresses, protocols, ports) that decide: what people have many of
};

/// A ruleset of one of these kinds, with about as many rules as the size says or down to a third of it.
Ruleset randomRuleset(test::Random& random, const RulesetSize& size);

}  // namespace norman::oracle
