// tap_merge: the enabled registers are loaded, all else passes, a clock later; bubbles stay bubbles.
#include <array>

#include "tests/rtl/bench.h"

namespace norman::test {
namespace {

constexpr unsigned kRegisters = isa::kConfigs[0].registers, kFirst = kRegisters / isa::kTapShare;

class TapMergeTest : public Bench, public ::testing::WithParamInterface<unsigned> {};

TEST_P(TapMergeTest, loads_the_enabled_registers) {
  for (int i = 0; i < 5000; ++i) {
    const bool valid = !random.percent(GetParam());
    const auto row = static_cast<unsigned>(random.below(256)), predicates = static_cast<unsigned>(random.below(256));
    const auto enable = static_cast<std::uint32_t>(random.next() & 0xfff) << kFirst;
    std::array<std::uint32_t, kRegisters> before{}, loaded{};
    for (unsigned r = 0; r < kRegisters; ++r) dut.tap_registers_i[r] = before[r] = static_cast<std::uint32_t>(random.next());
    for (unsigned r = kFirst; r < kRegisters; ++r) dut.tap_value_i[r - kFirst] = loaded[r] = static_cast<std::uint32_t>(random.next());
    dut.tap_valid_i = valid;
    dut.tap_row_i = row;
    dut.tap_pred_i = predicates;
    dut.tap_enable_i = enable >> kFirst;
    clock();
    ASSERT_EQ(dut.tap_valid_o, valid);
    ASSERT_EQ(dut.tap_fetch_row_o, ~row & 255) << "the address of a packet to come passes too";
    if (!valid) continue;
    ASSERT_EQ(dut.tap_row_o, row);
    ASSERT_EQ(dut.tap_pred_o, predicates);
    for (unsigned r = 0; r < kRegisters; ++r) ASSERT_EQ(dut.tap_registers_o[r], (enable >> r & 1) != 0 ? loaded[r] : before[r]) << "register " << r;
  }
}
INSTANTIATE_TEST_SUITE_P(Idles, TapMergeTest, ::testing::Values(0u, 50u));

}  // namespace
}  // namespace norman::test
