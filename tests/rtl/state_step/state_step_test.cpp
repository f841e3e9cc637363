// state_step and its adder against plain 64-bit arithmetic.
#include "tests/rtl/bench.h"
#include "tests/rtl/state_reference.h"

namespace norman::test {
namespace {

using StateStepTest = Bench;

TEST_F(StateStepTest, takes_the_arm_that_the_condition_chooses) {
  for (int i = 0; i < 200000; ++i) {
    const std::uint64_t state = number(), a = number(), b = number(), k = random.oneIn(4) ? state : number();
    const auto rel = static_cast<isa::StateRel>(random.below(isa::kStateRelNames.size()));
    const auto f = static_cast<isa::StateOp>(random.below(isa::kStateOpNames.size()));
    const auto g = static_cast<isa::StateOp>(random.below(isa::kStateOpNames.size()));
    const bool table[] = {false, true, state == k, state != k, state < k, state >= k, state > k, state <= k};
    const bool condition = table[static_cast<unsigned>(rel)];
    dut.step_state_i = state;
    dut.step_a_i = a;
    dut.step_b_i = b;
    dut.step_k_i = k;
    dut.step_rel_i = static_cast<unsigned>(rel);
    dut.step_f_i = static_cast<unsigned>(f);
    dut.step_g_i = static_cast<unsigned>(g);
    dut.eval();
    ASSERT_EQ(dut.step_condition_o, condition);
    ASSERT_EQ(dut.step_next_o, condition ? stateArm(f, state, a, a, b) : stateArm(g, state, b, a, b))
        << isa::kStateOpNames[static_cast<unsigned>(f)] << " : " << isa::kStateOpNames[static_cast<unsigned>(g)];
  }
}

TEST_F(StateStepTest, adds_with_every_carry) {
  for (int i = 0; i < 100000; ++i) {
    dut.add_a_i = number();
    dut.add_b_i = random.oneIn(3) ? ~dut.add_a_i : number();
    dut.add_carry_i = random.oneIn(2);
    dut.eval();
    ASSERT_EQ(dut.add_sum_o, dut.add_a_i + dut.add_b_i + dut.add_carry_i);
  }
}

}  // namespace
}  // namespace norman::test
