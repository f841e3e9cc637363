// delay_memory gives every word back after exactly its delay.
#include <vector>

#include "tests/rtl/bench.h"

namespace norman::test {
namespace {

using DelayMemoryTest = Bench;

TEST_F(DelayMemoryTest, delays_by_its_number_of_clocks) {
  std::vector<std::uint32_t> sent;
  for (std::size_t i = 0; i < 2000; ++i) {
    sent.push_back(static_cast<std::uint32_t>(random.next()));
    dut.delay_data_i = sent.back();
    clock();
    // After the edge that took sent[i], what was taken `delay - 1` edges before is at the output.
    if (i >= 2) {
      ASSERT_EQ(dut.delay3_o, sent[i - 2]);
    }
    if (i >= 8) {
      ASSERT_EQ(dut.delay9_o, sent[i - 8]);
    }
    if (i >= 99) {
      ASSERT_EQ(dut.delay100_o, sent[i - 99]);
    }
  }
}

}  // namespace
}  // namespace norman::test
