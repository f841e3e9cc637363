// Meters as numbers: each expected value is worked out by hand from LANGUAGE.md section 9.
#include "compiler/sema/rates.h"

#include <gtest/gtest.h>

#include <cmath>

namespace norman {
namespace {

constexpr uint64_t kSecond = 1000000000;

ast::Meter meter(Rate::Of of, uint64_t digits, uint64_t factor, uint8_t scale = 0,
                 uint64_t period = kSecond) {
  ast::Meter result;
  EXPECT_TRUE(setRate(result, {of, digits, factor, scale, period}));
  return result;
}

TEST(Rates, ten_mbit_is_12800_ticks_a_byte) {
  const ast::Meter m = meter(Rate::Of::Bits, 10, 1000000);
  EXPECT_TRUE(m.per_byte);
  EXPECT_EQ(m.mantissa, 51200u);  // 12800 * 4
  EXPECT_EQ(m.shift, -2);
}

TEST(Rates, one_bit_a_second_is_the_slowest) {
  const ast::Meter m = meter(Rate::Of::Bits, 1, 1);
  EXPECT_EQ(m.mantissa, 61035u);  // 128e9 / 2^21 = 61035.156...
  EXPECT_EQ(m.shift, 21);
  ast::Meter slower;
  EXPECT_FALSE(setRate(slower, {Rate::Of::Bits, 9, 1, 1, kSecond}));
}

TEST(Rates, one_tbit_is_the_fastest) {
  const ast::Meter m = meter(Rate::Of::Bits, 1, 1000000000000);
  EXPECT_EQ(m.mantissa, 33554u);  // 0.128 * 2^18 = 33554.432
  EXPECT_EQ(m.shift, -18);
  ast::Meter faster;
  EXPECT_FALSE(setRate(faster, {Rate::Of::Bits, 1000000000001, 1, 0, kSecond}));
}

TEST(Rates, a_mantissa_that_rounds_up_to_2_16_becomes_2_15) {
  // 65535.75 ticks a byte: 16e9 * 8 / rate, so 128e9 / 65535.75 bits a second, here as 4 * 128e9 / 262143
  // scaled.
  ast::Meter m;
  ASSERT_TRUE(setRate(m, {Rate::Of::Bytes, 262143, 1, 0, 262143ull * 262143ull / 64}));
  const double cost = 16.0 * (262143.0 * 262143.0 / 64) / 262143.0;
  EXPECT_NEAR(std::ldexp(m.mantissa, m.shift), cost, cost / 65536);
  EXPECT_GE(m.mantissa, 32768u);
  EXPECT_LT(m.mantissa, 65536u);
}

TEST(Rates, every_mantissa_is_the_nearest) {
  for (uint64_t rate = 1; rate < 1000000000000; rate = rate * 3 + 1) {
    const ast::Meter m = meter(Rate::Of::Bits, rate, 1);
    const double cost = 128e9 / static_cast<double>(rate);
    EXPECT_GE(m.mantissa, 32768u);
    EXPECT_LT(m.mantissa, 65536u);
    EXPECT_LE(std::abs(std::ldexp(m.mantissa, m.shift) - cost), std::ldexp(0.5001, m.shift)) << rate;
  }
}

TEST(Rates, packets_cost_whole_ticks) {
  EXPECT_EQ(meter(Rate::Of::Packets, 100, 1).ticks_per_packet, 160000000u);
  EXPECT_EQ(meter(Rate::Of::Packets, 3, 1).ticks_per_packet, 5333333333u);
  EXPECT_EQ(meter(Rate::Of::Packets, 5, 1, 0, 60 * kSecond).ticks_per_packet, 192000000000u);
  EXPECT_EQ(meter(Rate::Of::Packets, 25, 1, 1).ticks_per_packet, 6400000000u) << "2.5 packets a second";
  EXPECT_FALSE(meter(Rate::Of::Packets, 3, 1).per_byte);
  ast::Meter m;
  EXPECT_FALSE(setRate(m, {Rate::Of::Packets, 0, 1, 0, kSecond}));
  EXPECT_FALSE(setRate(m, {Rate::Of::Packets, 1000000001, 1, 0, kSecond}));
  EXPECT_TRUE(setRate(m, {Rate::Of::Packets, 1, 1, 0, 86400 * kSecond}));
}

TEST(Rates, bursts_become_tolerances) {
  ast::Meter packets = meter(Rate::Of::Packets, 100, 1);
  EXPECT_TRUE(setBurst(packets, 1));
  EXPECT_EQ(packets.tolerance, 0u);
  EXPECT_TRUE(setBurst(packets, 20));
  EXPECT_EQ(packets.tolerance, 19u * 160000000u);
  ast::Meter bytes = meter(Rate::Of::Bits, 10, 1000000);
  EXPECT_TRUE(setBurst(bytes, 15000));
  EXPECT_EQ(bytes.tolerance, 192000000u);
  ast::Meter slow = meter(Rate::Of::Packets, 1, 1, 0, 86400 * kSecond);
  EXPECT_FALSE(setBurst(slow, 1000)) << "more than 2^60 ticks";
  EXPECT_FALSE(setBurst(slow, UINT64_MAX));
}

}  // namespace
}  // namespace norman
