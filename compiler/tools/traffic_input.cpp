// Options of run and explain as the runner takes them.
#include "compiler/tools/traffic_input.h"

#include <fmt/format.h>

#include "compiler/tools/output.h"

namespace norman::tools {

std::optional<RunOptions> runOptions(const TrafficArguments& arguments) {
  RunOptions options;
  if (!arguments.direction.empty()) options.direction = directionOf(arguments.direction);
  for (const std::string& text : arguments.local) {
    const auto prefix = AddressPrefix::fromText(text);
    if (!prefix) {
      fail(fmt::format("--local '{}' is no address and no prefix such as 10.0.0.0/8 or 2001:db8::/32", text));
      return std::nullopt;
    }
    options.local.push_back(*prefix);
  }
  auto accounts = Accounts::fromFiles(arguments.users, arguments.groups);
  if (!accounts) {
    failAsIs(accounts.error());
    return std::nullopt;
  }
  options.accounts = std::move(*accounts);
  if (!arguments.owners.empty()) {
    auto owners = Owners::fromFile(arguments.owners);
    if (!owners) {
      failAsIs(owners.error());
      return std::nullopt;
    }
    options.owners = std::move(*owners);
  }
  return options;
}

}  // namespace norman::tools
