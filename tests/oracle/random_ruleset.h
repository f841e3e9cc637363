// Random rulesets as people write them, of a given size.
#pragma once

#include "tests/oracle/ruleset.h"
#include "tests/support/random.h"

namespace norman::oracle {

/// About `rules` rules in all, at least one.
Ruleset randomRuleset(test::Random& random, unsigned rules);

}  // namespace norman::oracle
