// Source in its one canonical form.
#pragma once

#include <optional>
#include <string>

#include "compiler/support/diagnostics.h"
#include "compiler/support/source.h"

namespace norman {

/// Longer lines are broken, if they hold a place to break at.
inline constexpr unsigned kFormatColumns = 100;

/// The file's text with canonical white space, its comments kept; nothing when it does not parse, with the
/// reasons in `diagnostics`. The result parses to the same syntax tree, and formatting it again changes
/// nothing.
///
///   - four columns for each level; one statement on a line; blank lines kept, one at most
///   - policies, chains and bodies of functions take a line for each statement; meters and sets one line if
///   they fit
///   - long lines break first before `=>`, then between actions, before `||` and `&&`, between elements, and
///   so inward;
///     what is continued stands eight columns in
///   - a comment stays on its line: behind what it follows, or above what it precedes; a set with comments
///   keeps its lines
std::optional<std::string> formatSource(const SourceManager& sources, FileId file, Diagnostics& diagnostics);

}  // namespace norman
