// event_slot counts every event once, whatever follows whatever, while counters are read and written.
#include <array>
#include <deque>
#include <map>

#include "tests/rtl/bench.h"

namespace norman::test {
namespace {

constexpr unsigned kSlot = 2;             // number of the slot, see bench_top.sv

class EventSlotTest : public Bench, public ::testing::WithParamInterface<unsigned> {};

TEST_P(EventSlotTest, counts_packets_and_bytes) {
  const std::uint32_t ids = isa::kConfigs[0].event_ids;
  std::map<unsigned, std::array<std::uint64_t, 2>> counters;
  std::deque<std::uint64_t> answers;
  std::uint64_t bad = 0, bad_expected = 0;
  bool waiting = false;                    // an access of this slot waits for a clock without event
  for (int i = 0; i < 30000; ++i) {
    // Few ids, so that events meet their own counter again at every distance.
    dut.event_valid_i = !random.percent(GetParam());
    dut.event_id_i = random.oneIn(50) ? ids + static_cast<unsigned>(random.below(9)) : static_cast<unsigned>(random.below(3));
    dut.event_length_i = static_cast<unsigned>(random.below(65536));
    // A request for another slot must change nothing; the words of one for this slot stay until its answer.
    dut.event_access_slot_i = random.oneIn(2) ? kSlot : (kSlot + 1) % isa::kEventSlots;
    dut.event_access_i = dut.event_access_slot_i != kSlot && random.percent(20);
    if (!waiting && answers.empty() && random.percent(20)) {
      dut.event_access_i = 1;
      dut.event_access_slot_i = kSlot;
      dut.event_write_i = random.oneIn(2);
      dut.event_bytes_i = random.oneIn(2);
      dut.event_access_id_i = static_cast<unsigned>(random.below(3));
      dut.event_data_i = number();
    }
    dut.eval();
    if (dut.event_valid_i && dut.event_id_i >= ids) ++bad_expected;
    if (dut.event_valid_i && dut.event_id_i < ids) {
      auto& counter = counters[dut.event_id_i];
      ++counter[0];
      counter[1] += dut.event_length_i;
    } else if (waiting) {
      auto& cell = counters[dut.event_access_id_i][dut.event_bytes_i];
      answers.push_back(cell);
      if (dut.event_write_i) cell = dut.event_data_i;
      waiting = false;
    }
    const bool request = dut.event_access_i && dut.event_access_slot_i == kSlot;
    clock();
    waiting = waiting || request;
    if (dut.event_answer_valid_o) {
      ASSERT_FALSE(answers.empty());
      ASSERT_EQ(dut.event_answer_o, answers.front());
      answers.pop_front();
    }
    bad += dut.event_bad_o;
  }
  EXPECT_EQ(bad, bad_expected);
}
INSTANTIATE_TEST_SUITE_P(Idles, EventSlotTest, ::testing::Values(5u, 50u, 95u));

}  // namespace
}  // namespace norman::test
