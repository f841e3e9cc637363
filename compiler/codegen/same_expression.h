// Whether two expressions are the same one, written twice.
#pragma once

#include "compiler/ast/program.h"

namespace norman::codegen {

/// Both have one value wherever both are evaluated; says false of expressions that ask meters or state.
bool sameExpression(const ast::Expr& a, const ast::Expr& b);

}  // namespace norman::codegen
