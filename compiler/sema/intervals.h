// Sets of numbers as sorted intervals.
#pragma once

#include <vector>

#include "compiler/ast/program.h"

namespace norman {

/// Sorts, joins what overlaps or touches.
std::vector<ast::Interval> normalise(std::vector<ast::Interval> intervals);

/// All values that begin with the first `length` of `bits` bits of `value`.
ast::Interval prefixInterval(ast::Bits128 value, unsigned length, unsigned bits);

}  // namespace norman
