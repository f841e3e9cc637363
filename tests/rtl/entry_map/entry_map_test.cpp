// entry_map: each register of both taps takes the word that the map of the packet's epoch chooses, maps written in between.
#include "tests/rtl/bench.h"

namespace norman::test {
namespace {

class EntryMapTest : public Bench, public ::testing::WithParamInterface<unsigned> {};

TEST_P(EntryMapTest, loads_registers_from_their_candidates) {
  constexpr unsigned registers = isa::kConfigs[0].registers;
  struct Choice {
    bool enable = false;
    unsigned selector = 0;
  };
  Choice maps[2][2][registers];  // by epoch and tap
  const auto write = [&](unsigned epoch, unsigned tap, unsigned reg) {
    maps[epoch][tap][reg] = {random.oneIn(2), static_cast<unsigned>(random.below(16))};
    dut.entry_write_i = 1;
    dut.entry_write_epoch_i = epoch;
    dut.entry_write_tap_i = tap;
    dut.entry_write_register_i = reg;
    dut.entry_write_data_i = unsigned{maps[epoch][tap][reg].enable} << 4 | maps[epoch][tap][reg].selector;
  };
  for (unsigned i = 0; i < 4 * registers; ++i) {
    write(i & 1, i >> 1 & 1, i >> 2);
    clock();
  }
  for (int i = 0; i < 5000; ++i) {
    std::uint32_t words[isa::kEntryWords];
    for (unsigned w = 0; w < isa::kEntryWords; ++w) dut.entry_words_i[w] = words[w] = static_cast<std::uint32_t>(random.next());
    const unsigned epoch = dut.entry_epoch_i = static_cast<unsigned>(random.below(2));
    // A packet sees the maps as they were when it came: what is written in the same clock is for those after it.
    Choice seen[2][registers];
    for (unsigned tap = 0; tap < 2; ++tap)
      for (unsigned r = 0; r < registers; ++r) seen[tap][r] = maps[epoch][tap][r];
    dut.entry_write_i = 0;
    if (!random.percent(GetParam())) write(static_cast<unsigned>(random.below(2)), static_cast<unsigned>(random.below(2)), static_cast<unsigned>(random.below(registers)));
    clock();
    for (unsigned r = 0; r < registers; ++r) {
      // Word w is a candidate of register r if both leave the same rest modulo three.
      ASSERT_EQ(dut.entry_tap0_o[r], seen[0][r].enable ? words[3 * seen[0][r].selector + r % 3] : 0) << "register " << r;
      constexpr unsigned first = registers / isa::kTapShare;
      if (r < first) continue;
      ASSERT_EQ(dut.entry_tap1_enable_o >> (r - first) & 1, seen[1][r].enable) << "register " << r;
      if (seen[1][r].enable) {
        ASSERT_EQ(dut.entry_tap1_o[r - first], words[3 * seen[1][r].selector + r % 3]) << "register " << r;
      }
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Idles, EntryMapTest, ::testing::Values(0u, 50u, 95u));

}  // namespace
}  // namespace norman::test
