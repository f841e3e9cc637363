// Looks at the bytes of a source before any recursive code sees them.
#pragma once

#include "compiler/support/diagnostics.h"
#include "compiler/support/source.h"

namespace norman {

/// Refuses what the parser must not be given: too large, not text, nested too deeply. One message for one
/// mistake.
bool prescan(const SourceManager& sources, FileId file, Diagnostics& diagnostics);

}  // namespace norman
