// Makes a failing policy and its packets as small as they can be while they still fail.
#pragma once

#include <functional>
#include <vector>

#include "tests/support/packet.h"
#include "tests/support/policy_text.h"

namespace norman::test {

struct Case {
  ProgramText text;
  std::vector<Packet> packets;
};

/// Says whether a case still shows the failure. A program that is refused does not.
using StillFails = std::function<bool(const Case&)>;

/// Greedy: takes away packets, policies, statements, actions, hooks, declarations and sub-expressions, then what packets
/// carry, again and again until nothing more can go or `tries` candidates were tried.
Case shrink(Case failing, const StillFails& still_fails, int tries = 3000);

}  // namespace norman::test
