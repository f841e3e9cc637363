// operand_select: zero, a part of a register, or the immediate.
#include <array>

#include "tests/rtl/bench.h"

namespace norman::test {
namespace {

using OperandSelectTest = Bench;

TEST_F(OperandSelectTest, gives_zero_register_parts_and_the_immediate) {
  for (int i = 0; i < 20000; ++i) {
    std::array<std::uint32_t, 24> registers{};
    for (unsigned r = 0; r < 24; ++r) dut.operand_registers_i[r] = registers[r] = static_cast<std::uint32_t>(random.next());
    const auto immediate = static_cast<std::uint32_t>(random.next());
    const auto mode = static_cast<unsigned>(random.below(3)), selector = static_cast<unsigned>(random.below(7)), reg = static_cast<unsigned>(random.below(isa::kOperandRegisters));
    dut.operand_i = mode << 8 | selector << 5 | reg;
    dut.operand_immediate_i = immediate;
    dut.eval();
    const std::uint32_t word = registers[reg];
    const std::uint32_t parts[] = {word, word & 255, word >> 8 & 255, word >> 16 & 255, word >> 24, word & 65535, word >> 16};
    ASSERT_EQ(dut.operand_value_o, mode == 0 ? 0 : mode == 1 ? parts[selector] : immediate) << "mode " << mode << " selector " << selector;
  }
}

}  // namespace
}  // namespace norman::test
