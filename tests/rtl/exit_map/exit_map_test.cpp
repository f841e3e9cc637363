// exit_map: a target takes its part of a register if the act word has its bit, else it is zero.
#include "norman/spec/norman_hw.h"
#include "tests/rtl/bench.h"

namespace norman::test {
namespace {

class ExitMapTest : public Bench, public ::testing::WithParamInterface<unsigned> {};

TEST_P(ExitMapTest, gives_the_targets_that_act_asks_for) {
  constexpr unsigned registers = isa::kConfigs[0].registers;
  struct Choice {
    unsigned selector = 0, reg = 0;
  };
  Choice maps[2][isa::kExitTargets];
  const auto write = [&](unsigned epoch, unsigned target) {
    maps[epoch][target] = {isa::kExitTargetWidths[target] == 32 ? 0 : static_cast<unsigned>(random.below(7)),
                           target % isa::kExitBanks + isa::kExitBanks * static_cast<unsigned>(random.below(registers / isa::kExitBanks))};
    dut.exit_write_i = 1;
    dut.exit_write_epoch_i = epoch;
    dut.exit_write_target_i = target;
    dut.exit_write_data_i = maps[epoch][target].selector << 5 | maps[epoch][target].reg;
  };
  for (unsigned i = 0; i < 2 * isa::kExitTargets; ++i) {
    write(i & 1, i >> 1);
    clock();
  }
  for (int i = 0; i < 5000; ++i) {
    std::uint32_t values[registers];
    for (unsigned r = 0; r < registers; ++r) dut.exit_registers_i[r] = values[r] = static_cast<std::uint32_t>(number());
    const auto act = static_cast<std::uint32_t>(random.next());
    const unsigned epoch = dut.exit_epoch_i = static_cast<unsigned>(random.below(2));
    dut.exit_act_i = act;
    Choice seen[isa::kExitTargets];
    for (unsigned t = 0; t < isa::kExitTargets; ++t) seen[t] = maps[epoch][t];
    dut.exit_write_i = 0;
    if (!random.percent(GetParam())) write(static_cast<unsigned>(random.below(2)), static_cast<unsigned>(random.below(isa::kExitTargets)));
    clock();
    for (unsigned t = 0; t < isa::kExitTargets; ++t) {
      const std::uint32_t word = values[seen[t].reg];
      const std::uint32_t parts[] = {word, word & 255, word >> 8 & 255, word >> 16 & 255, word >> 24, word & 65535, word >> 16};
      const unsigned width = isa::kExitTargetWidths[t];
      const std::uint32_t kept = width == 32 ? ~0u : (1u << width) - 1;
      ASSERT_EQ(dut.exit_targets_o[t], (act >> t & 1) != 0 ? parts[seen[t].selector] & kept : 0) << "target " << t;
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Idles, ExitMapTest, ::testing::Values(0u, 50u, 95u));

}  // namespace
}  // namespace norman::test
