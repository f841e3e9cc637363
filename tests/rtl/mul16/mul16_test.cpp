// mul16: the product a clock later.
#include "tests/rtl/bench.h"

namespace norman::test {
namespace {

using Mul16Test = Bench;

TEST_F(Mul16Test, multiplies_every_clock) {
  for (int i = 0; i < 20000; ++i) {
    const auto a = static_cast<std::uint32_t>(number() & 0xffff), b = static_cast<std::uint32_t>(number() & 0xffff);
    dut.mul_a_i = a;
    dut.mul_b_i = b;
    clock();
    ASSERT_EQ(dut.mul_product_o, a * b);
  }
}

}  // namespace
}  // namespace norman::test
