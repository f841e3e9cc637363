// An untyped AST as text without places: two sources that mean the same to the compiler give the same text.
#pragma once

#include <string>
#include <vector>

#include "compiler/ast/syntax.h"

namespace norman::test {

std::string syntaxText(const ast::syntax::File& file);

/// The comments of a source that parses, in their order, white space in them as single spaces.
std::vector<std::string> commentsOf(const std::string& source);

}  // namespace norman::test
