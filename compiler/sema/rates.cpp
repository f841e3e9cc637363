// Exact rational arithmetic in 128 bits; every bound is stated where it is used.
#include "compiler/sema/rates.h"

#include <cassert>

namespace norman {
namespace {

using U128 = unsigned __int128;

constexpr U128 kTicksPerNs = 16;
constexpr U128 kTicksPerSecond = kTicksPerNs * 1000000000;
constexpr U128 kTicksPerDay = kTicksPerSecond * 86400;
constexpr U128 kToleranceLimit = U128{1} << 60;

U128 powerOfTen(unsigned exponent) {
  U128 result = 1;
  while (exponent-- > 0) result *= 10;
  return result;
}

// numerator / (denominator * 2^shift), a half rounded up.
U128 rounded(U128 numerator, U128 denominator, int shift) {
  if (shift >= 0)
    denominator <<= shift;
  else
    numerator <<= -shift;
  return (2 * numerator + denominator) / (2 * denominator);
}

}  // namespace

bool setRate(ast::Meter& meter, const Rate& rate) {
  assert(rate.scale <= 9);
  // Ticks for one unit = 16 * period * 10^scale / (digits * factor): at most 2^51 * 2^30 above, 2^64 * 2^40
  // below.
  const U128 numerator = kTicksPerNs * rate.period_ns * powerOfTen(rate.scale);
  const U128 denominator = U128{rate.digits} * rate.factor;
  if (denominator == 0) return false;
  if (rate.of == Rate::Of::Packets) {
    const U128 cost = numerator / denominator;
    if (cost < kTicksPerSecond / 1000000000 || cost > kTicksPerDay) return false;
    meter.per_byte = false;
    meter.ticks_per_packet = static_cast<uint64_t>(cost);
    return true;
  }
  const U128 bits = rate.of == Rate::Of::Bits ? 8 : 1;
  const U128 ticks = numerator * bits;  // for `denominator` bytes
  // 1 bit each second to 1 tbit each second: 8 * 16 * 10^9 ticks for a byte, down to 0.128.
  if (ticks > 8 * kTicksPerSecond * denominator || ticks * 1000 < 128 * denominator) return false;
  int shift = -20;
  while (rounded(ticks, denominator, shift) >= (U128{1} << 16)) ++shift;
  meter.per_byte = true;
  meter.mantissa = static_cast<uint32_t>(rounded(ticks, denominator, shift));
  meter.shift = shift;
  assert(meter.mantissa >= (1u << 15));
  return true;
}

bool setBurst(ast::Meter& meter, uint64_t burst) {
  assert(burst >= 1);
  U128 tolerance = 0;
  if (!meter.per_byte) {
    tolerance = U128{burst - 1} * meter.ticks_per_packet;
  } else {
    const U128 product = U128{burst} * meter.mantissa;  // less than 2^80
    tolerance = meter.shift >= 0 ? product << meter.shift : product >> -meter.shift;
  }
  if (tolerance >= kToleranceLimit) return false;
  meter.tolerance = static_cast<uint64_t>(tolerance);
  return true;
}

}  // namespace norman
