// successor: a branch on a predicate is resolved, what depends on the row's own result is passed on.
#include "tests/rtl/bench.h"
#include "tests/unit/model/row_builder.h"

namespace norman::test {
namespace {

using SuccessorTest = Bench;

TEST_F(SuccessorTest, resolves_branches_on_predicates) {
  for (int i = 0; i < 20000; ++i) {
    const auto any = [&](std::uint64_t bound) { return static_cast<std::uint8_t>(random.below(bound)); };
    const Place next{any(64), any(256)}, taken{any(64), any(256)};
    const auto mode = static_cast<isa::BranchMode>(random.below(4));
    const unsigned predicate = any(8), predicates = any(256);
    const bool negated = random.oneIn(2);
    const Row row = withBranch(withNext({}, next), mode, taken, predicate, negated);
    dut.successor_control_i = row[2];
    dut.successor_pred_i = predicates;
    dut.eval();
    const bool takes = mode == isa::BranchMode::Pred && ((predicates >> predicate & 1) != 0) != negated;
    ASSERT_EQ(dut.successor_stage_o, takes ? taken.stage : next.stage);
    ASSERT_EQ(dut.successor_row_o, takes ? taken.row : next.row);
    ASSERT_EQ(dut.successor_taken_stage_o, taken.stage);
    ASSERT_EQ(dut.successor_taken_row_o, taken.row);
    ASSERT_EQ(dut.successor_negate_o, negated);
    ASSERT_EQ(dut.successor_own_o, mode == isa::BranchMode::Own);
    ASSERT_EQ(dut.successor_dispatch_o, mode == isa::BranchMode::Dispatch);
  }
}

}  // namespace
}  // namespace norman::test
