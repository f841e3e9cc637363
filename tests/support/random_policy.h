// Random well-typed programs that use every part of the language, sized so that most of them fit the core.
#pragma once

#include "tests/support/policy_text.h"
#include "tests/support/random.h"
#include "tests/support/random_packet.h"

namespace norman::test {

struct RandomPolicy {
  ProgramText text;
  Vocabulary vocabulary;  // the constants of the program, for the packets that it will see
};

RandomPolicy randomPolicy(Random& random);

}  // namespace norman::test
