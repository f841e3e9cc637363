// A 128-bit unsigned value: wide enough for every literal, field and set element.
#pragma once

#include <compare>
#include <cstdint>

namespace norman::ast {

struct Bits128 {
  uint64_t hi = 0;
  uint64_t lo = 0;
  // Lexicographic order over (hi, lo) is the numeric order.
  friend auto operator<=>(const Bits128&, const Bits128&) = default;
};

/// The value plus one; wraps to zero.
constexpr Bits128 next(Bits128 value) {
  ++value.lo;
  if (value.lo == 0) ++value.hi;
  return value;
}

/// A value whose low `count` bits are ones (0..128).
constexpr Bits128 lowOnes(unsigned count) {
  if (count >= 128) return {~uint64_t{0}, ~uint64_t{0}};
  if (count > 64) return {(uint64_t{1} << (count - 64)) - 1, ~uint64_t{0}};
  if (count == 64) return {0, ~uint64_t{0}};
  return {0, (uint64_t{1} << count) - 1};
}

}  // namespace norman::ast
