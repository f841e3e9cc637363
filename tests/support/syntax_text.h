// An untyped AST as text without places: two sources that mean the same to the compiler give the same text.
#pragma once

#include <string>

#include "compiler/ast/syntax.h"

namespace norman::test {

std::string syntaxText(const ast::syntax::File& file);

}  // namespace norman::test
