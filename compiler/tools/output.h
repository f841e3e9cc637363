// Where the tools write: files that appear whole or not at all, and messages on standard error.
#pragma once

#include <string>
#include <string_view>

#include "compiler/support/diagnostics.h"
#include "compiler/support/source.h"

namespace norman::tools {

/// The permissions of a file that is replaced: those of a new file, or those that it had.
enum class Mode { New, Kept };

/// Writes a file under a temporary name beside it and renames it when it is complete; "-" is standard output. A link stays
/// a link, and what it names is written; a file without permission to write is left as it is.
/// Returns an empty text, or why it failed; then no new file is left, and an old one is as it was.
std::string writeFile(const std::string& path, std::string_view bytes, Mode mode = Mode::New);

/// Prints "normanc: error: TEXT" and returns the exit status for mistakes.
int fail(const std::string& text);

/// Prints a text that names its file itself ("x.pcap: error: ...") and returns the exit status for mistakes.
int failAsIs(const std::string& text);

/// Prints diagnostics, in colour on a terminal. Returns the exit status.
int printDiagnostics(const Diagnostics& diagnostics, const SourceManager& sources);

/// Flushes standard output; a full disk must not look like success. Returns the exit status.
int finishOutput();

}  // namespace norman::tools
