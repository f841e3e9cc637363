// Ranges of addresses as prefixes, for the tables of prefix stages.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "compiler/ast/program.h"

namespace norman::codegen {

/// The addresses whose first `length` bits are those of `value`; its other bits are zero.
struct Prefix {
  ast::Bits128 value;
  unsigned length = 0;

  friend auto operator<=>(const Prefix&, const Prefix&) = default;
};

struct PrefixRow {
  Prefix prefix;
  size_t row = 0;  // that it stands for
};

/// The fewest prefixes of `bits`-bit values that hold exactly the interval, in rising order.
std::vector<Prefix> prefixesOf(const ast::Interval& interval, unsigned bits);

/// Prefixes of which the longest that holds a value stands for the first interval that does, and which hold no other value.
/// Narrow intervals come before wide ones, as sema leaves them: then prefixes may stay nested, and only ranges that are
/// none are cut where an earlier interval holds a part.
std::vector<PrefixRow> coverOf(std::span<const ast::Interval> intervals, unsigned bits);

/// The four key words of an address of 32 or 128 bits, the first bit most significant in the first.
std::array<uint32_t, 4> prefixKey(const ast::Bits128& value, unsigned bits);

}  // namespace norman::codegen
