// Reads files in passwd and group format: NAME:PASSWORD:NUMBER and more that does not matter here.
#include "overlay_rtl/model/offline/accounts.h"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>

namespace norman {
namespace {

std::string readNumbers(const std::string& path, std::map<std::string, std::uint32_t>& numbers) {
  std::ifstream file(path);
  if (!file) return fmt::format("{}: error: cannot be opened: {}", path, std::strerror(errno));
  std::string line;
  for (unsigned number = 1; std::getline(file, line); ++number) {
    if (line.empty() || line[0] == '#') continue;
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    std::uint32_t id = 0;
    const char* end = line.data() + line.size();
    if (second == std::string::npos || first == 0) return fmt::format("{}:{}: error: expected NAME:PASSWORD:NUMBER", path, number);
    const auto [rest, error] = std::from_chars(line.data() + second + 1, end, id);
    if (error != std::errc{} || (rest != end && *rest != ':')) return fmt::format("{}:{}: error: expected a number after the second colon", path, number);
    numbers.emplace(line.substr(0, first), id);  // the first of a name counts, as in getpwnam
  }
  return {};
}

bool find(const std::map<std::string, std::uint32_t>& numbers, const char* name, std::uint32_t* id) {
  const auto found = numbers.find(name);
  if (found == numbers.end()) return false;
  *id = found->second;
  return true;
}

}  // namespace

Result<Accounts> Accounts::fromFiles(const std::string& users, const std::string& groups) {
  Accounts accounts;
  std::string error;
  if (!users.empty()) error = readNumbers(users, accounts.users);
  if (error.empty() && !groups.empty()) error = readNumbers(groups, accounts.groups);
  if (!error.empty()) return Failure{error};
  return accounts;
}

norman_names Accounts::names() const {
  return {[](void* self, const char* name, std::uint32_t* id) { return find(static_cast<const Accounts*>(self)->users, name, id); },
          [](void* self, const char* name, std::uint32_t* id) { return find(static_cast<const Accounts*>(self)->groups, name, id); },
          const_cast<Accounts*>(this)};
}

}  // namespace norman
