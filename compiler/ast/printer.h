// The typed AST as text, for `--emit ast` and for tests.
#pragma once

#include <string>

#include "compiler/ast/program.h"
#include "compiler/support/source.h"

namespace norman::ast {

/// Stable: the same program always prints the same, and only what the program means is printed, places aside.
std::string print(const Program& program, const SourceManager& sources);

/// One expression, in the language's own notation with every bracket written.
std::string print(const Program& program, const Policy& policy, const Expr& expr);

}  // namespace norman::ast
