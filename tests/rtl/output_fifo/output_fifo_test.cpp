// output_fifo gives back what went in, in order, under random idles and back-pressure.
#include <deque>

#include "tests/rtl/bench.h"

namespace norman::test {
namespace {

class OutputFifoTest : public Bench, public ::testing::WithParamInterface<unsigned> {};

TEST_P(OutputFifoTest, returns_entries_in_order) {
  std::deque<std::uint32_t> inside;
  bool held = false;
  std::uint32_t held_data = 0;
  for (int i = 0; i < 20000; ++i) {
    dut.fifo_write_i = inside.size() < 16 && random.percent(70);
    dut.fifo_data_i = static_cast<std::uint32_t>(random.next());
    dut.fifo_ready_i = !random.percent(GetParam());
    if (dut.fifo_valid_o) {
      ASSERT_FALSE(inside.empty());
      ASSERT_EQ(dut.fifo_data_o, inside.front());
      if (dut.fifo_ready_i) inside.pop_front();
    }
    if (held) {
      ASSERT_TRUE(dut.fifo_valid_o) << "an offer is not taken back";
      ASSERT_EQ(dut.fifo_data_o, held_data);
    }
    held = dut.fifo_valid_o && !dut.fifo_ready_i;
    held_data = dut.fifo_data_o;
    if (dut.fifo_write_i) inside.push_back(dut.fifo_data_i);
    clock();
  }
}
INSTANTIATE_TEST_SUITE_P(Stalls, OutputFifoTest, ::testing::Values(0u, 30u, 60u, 90u));

}  // namespace
}  // namespace norman::test
