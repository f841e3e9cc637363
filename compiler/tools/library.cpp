// Looks for the library in the order that library.h says.
#include "compiler/tools/library.h"

#include <cstdlib>
#include <filesystem>

namespace norman::tools {

std::string libraryFolder(const std::string& option) {
  namespace fs = std::filesystem;
  if (!option.empty()) return option;
  if (const char* variable = std::getenv("NORMAN_STDLIB"); variable != nullptr && *variable != '\0') return variable;
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  for (const fs::path& place : {program.parent_path().parent_path() / "share/norman/stdlib", fs::path(NORMAN_SOURCE_STDLIB)})
    if (fs::is_directory(place, error)) return place.string();
  return {};
}

}  // namespace norman::tools
