// Where `import std.NAME;` finds its files.
#pragma once

#include <string>

namespace norman::tools {

/// The folder of the option if it is given, of the environment variable NORMAN_STDLIB, share/norman/stdlib beside the
/// program's own folder, or the stdlib of the source tree that the program was built from: the first that there is.
/// A folder named by option or variable is taken without looking, so that a wrong one is an error and not another folder.
std::string libraryFolder(const std::string& option);

}  // namespace norman::tools
