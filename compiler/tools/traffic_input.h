// Packets and what is known about them, from the command line's files.
#pragma once

#include <optional>

#include "compiler/tools/arguments.h"
#include "overlay_rtl/model/offline/runner.h"

namespace norman::tools {

/// Reads owners and accounts. Prints what is wrong and returns nothing after an error.
std::optional<RunOptions> runOptions(const TrafficArguments& arguments);

}  // namespace norman::tools
