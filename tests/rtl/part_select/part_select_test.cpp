// part_select gives the bytes and halves that the selectors name.
#include "tests/rtl/bench.h"

namespace norman::test {
namespace {

using PartSelectTest = Bench;

TEST_F(PartSelectTest, selects_words_bytes_and_halves) {
  for (int i = 0; i < 10000; ++i) {
    const auto word = static_cast<std::uint32_t>(random.next());
    const std::uint32_t expected[] = {word, word & 255, word >> 8 & 255, word >> 16 & 255, word >> 24, word & 65535, word >> 16};
    const auto selector = static_cast<unsigned>(random.below(isa::kSelectorNames.size()));
    dut.part_word_i = word;
    dut.part_selector_i = selector;
    dut.eval();
    ASSERT_EQ(dut.part_o, expected[selector]) << isa::kSelectorNames[selector] << " of " << std::hex << word;
  }
}

}  // namespace
}  // namespace norman::test
