// Each option in the words of iptables and in ours, side by side.
#pragma once

#include <string>

#include "tests/oracle/ruleset.h"

namespace norman::oracle {

/// The words of iptables, "! " in front when inverted.
std::string iptablesWords(Family family, const std::string& module, const Option& option);

/// Our condition. It holds for a packet whose headers are whole exactly when iptables' option does, its module being evaluated.
std::string condition(Family family, const std::string& module, const Option& option);

/// The meter that a limit tests.
std::string meterDeclaration(const Option& limit);

/// When the kernel drops a packet at once because a module (or the protocol of an IPv6 rule: "") cannot read what it looks
/// for; "" when it never does. The rule is not counted then.
std::string dropsAtOnce(Family family, const std::string& module);

}  // namespace norman::oracle
