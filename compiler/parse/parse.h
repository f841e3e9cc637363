// Source text to syntax tree.
#pragma once

#include "compiler/ast/syntax.h"
#include "compiler/support/diagnostics.h"
#include "compiler/support/source.h"

namespace norman {

/// The deepest nesting of brackets and prefix operators that is parsed; each level costs about 2 KB of stack.
inline constexpr unsigned kMaxNesting = 200;

/// The most words and signs in a file, roughly counted: ANTLR takes some 250 bytes for each, so this bounds
/// memory to half a gigabyte; 100 000 rules have about as many.
inline constexpr size_t kMaxTokens = 2000000;

/// Parses one file. Every mistake goes to `diagnostics`, one message for each; what could be read is returned
/// anyway, so that callers can look for mistakes of other kinds in it. Never throws and never recurses deeper
/// than kMaxNesting allows, whatever the text is.
ast::syntax::File parseSource(const SourceManager& sources, FileId file, Diagnostics& diagnostics);

}  // namespace norman
