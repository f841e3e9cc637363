// A policy file with everything that it imports, as one syntax tree.
#pragma once

#include "compiler/ast/syntax.h"
#include "compiler/support/diagnostics.h"
#include "compiler/support/source.h"

namespace norman {

/// The root file counts as one. Generous for people; a program that writes policies can write one file.
inline constexpr size_t kMaxFiles = 64;
/// All files together: twice the largest one, so that a large list may be imported by a large policy.
inline constexpr uint64_t kMaxProgramBytes = 16u << 20;

/// Parses a file and, before its own declarations, the files that it imports, each once. Every mistake goes
/// to `diagnostics`; what could be read is returned anyway. Imported files are added to `sources`.
ast::syntax::File parseProgram(SourceManager& sources, FileId root, Diagnostics& diagnostics);

}  // namespace norman
