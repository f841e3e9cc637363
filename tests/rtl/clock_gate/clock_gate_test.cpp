// clock_gate lets whole pulses through or none, whenever its enable changes.
#include "tests/rtl/bench.h"

namespace norman::test {
namespace {

class ClockGateTest : public Bench {
 protected:
  bool eval(bool clk, bool enable) {
    dut.clk_i = clk;
    dut.gate_enable_i = enable;
    dut.eval();
    return dut.gate_clk_o != 0;
  }
};

TEST_F(ClockGateTest, passes_whole_pulses_only) {
  for (int i = 0; i < 1000; ++i) {
    bool enabled = false;
    for (unsigned n = random.next() % 3 + 1; n > 0; --n) {
      enabled = (random.next() & 1) != 0;
      ASSERT_FALSE(eval(false, enabled)) << "round " << i;
    }
    ASSERT_EQ(eval(true, enabled), enabled) << "round " << i;
    for (unsigned n = random.next() % 3; n > 0; --n) {
      ASSERT_EQ(eval(true, (random.next() & 1) != 0), enabled) << "round " << i << ", while the clock is high";
    }
  }
}

}  // namespace
}  // namespace norman::test
