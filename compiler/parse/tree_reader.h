// ANTLR's tree to the syntax tree.
#pragma once

#include "NormanParser.h"
#include "compiler/ast/syntax.h"
#include "compiler/support/diagnostics.h"
#include "compiler/support/source.h"

namespace norman {

/// Reads a tree without syntax errors; reports literals that are wrong in themselves and words that are not
/// done yet.
ast::syntax::File readTree(NormanParser::ProgramContext* tree, const SourceManager& sources, FileId file,
                           Diagnostics& diagnostics);

}  // namespace norman
