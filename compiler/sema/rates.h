// Meters as numbers: the formula of LANGUAGE.md section 9.
#pragma once

#include <cstdint>
#include <optional>

#include "compiler/ast/program.h"

namespace norman {

/// amount / 10^scale bytes, bits or packets each period.
struct Rate {
  enum class Of { Bytes, Bits, Packets };
  Of of = Of::Packets;
  uint64_t digits = 0;
  uint64_t factor = 1;
  uint8_t scale = 0;  // at most 9
  uint64_t period_ns = 1000000000;
};

/// Fills per_byte, mantissa, shift, ticks_per_packet; false when the rate is outside of the limits.
bool setRate(ast::Meter& meter, const Rate& rate);

/// Fills the tolerance for a burst of bytes or packets (at least 1); false when it is 2^60 ticks or more.
bool setBurst(ast::Meter& meter, uint64_t burst);

}  // namespace norman
