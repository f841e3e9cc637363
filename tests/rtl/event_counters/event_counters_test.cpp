// event_counters: four slots count beside each other; a counter's value is the sum over the slots. What one slot does with
// accesses between its events is the matter of event_slot's bench.
#include <array>
#include <map>

#include "tests/rtl/bench.h"

namespace norman::test {
namespace {

class EventCountersTest : public Bench, public ::testing::WithParamInterface<unsigned> {
 protected:
  static constexpr unsigned kCfgEvent = 7;
  using Counter = std::array<std::uint64_t, 2>;  // packets, bytes

  void access(bool write, unsigned slot, unsigned id, unsigned what, std::uint64_t data) {
    dut.cfg_valid_i = 1;
    dut.cfg_kind_i = kCfgEvent;
    dut.cfg_write_i = write;
    dut.cfg_word_i = slot;
    dut.cfg_index_i = id;
    dut.cfg_epoch_i = what;
    dut.cfg_data_i = data;
  }
  // An access in a core without packets.
  std::uint64_t quietly(bool write, unsigned slot, unsigned id, unsigned what, std::uint64_t data = 0) {
    dut.counters_valid_i = 0;
    access(write, slot, id, what, data);
    for (int i = 0; i < 20; ++i) {
      clock();
      dut.cfg_valid_i = 0;
      if (dut.counters_rsp_valid_o) return dut.counters_rsp_data_o;
    }
    ADD_FAILURE() << "no answer";
    return 0;
  }
};

TEST_P(EventCountersTest, counts_every_event_of_every_slot_once) {
  const unsigned ids = isa::kConfigs[0].event_ids;
  std::map<std::pair<unsigned, unsigned>, Counter> counters;  // by slot and id
  for (unsigned slot = 0; slot < isa::kEventSlots; ++slot)
    for (const unsigned id : {0u, 1u, 2u, ids - 1})
      for (unsigned what = 0; what < 2; ++what) quietly(true, slot, id, what, counters[{slot, id}][what] = number());

  std::uint64_t bad = 0, bad_expected = 0, answers = 0;
  // A read beside events gives a value between those when it was asked for and when it was answered.
  bool reading = false;
  std::uint64_t least = 0;
  std::pair<unsigned, unsigned> asked;
  unsigned waited = 0;
  for (int i = 0; i < 30000; ++i) {
    dut.cfg_valid_i = 0;
    if (!reading && random.oneIn(5)) {
      asked = {static_cast<unsigned>(random.below(isa::kEventSlots)), static_cast<unsigned>(random.below(3))};
      reading = true;
      least = counters[asked][0];
      waited = 0;
      access(false, asked.first, asked.second, 0, 0);
    }
    unsigned valid = random.percent(GetParam()) ? 0 : static_cast<unsigned>(random.below(16));
    if (reading && ++waited > 64) valid = 0;  // the register map asks for a bubble then
    const auto length = static_cast<unsigned>(random.below(65536));
    std::uint64_t packed = 0;
    for (unsigned slot = 0; slot < isa::kEventSlots; ++slot) {
      const unsigned id = random.oneIn(20) ? ids + static_cast<unsigned>(random.below(65536 - ids)) : random.oneIn(9) ? ids - 1 : static_cast<unsigned>(random.below(3));
      packed |= std::uint64_t{id} << (16 * slot);
      if ((valid >> slot & 1) == 0) continue;
      if (id >= ids) {
        ++bad_expected;
        continue;
      }
      ++counters[{slot, id}][0];
      counters[{slot, id}][1] += length;
    }
    dut.counters_valid_i = valid;
    dut.counters_id_i = packed;
    dut.counters_length_i = length;
    clock();
    bad += dut.counters_bad_o;
    if (dut.counters_rsp_valid_o) {
      ASSERT_TRUE(reading);
      // Modulo 2^64, as counters wrap.
      ASSERT_LE(dut.counters_rsp_data_o - least, counters[asked][0] - least);
      reading = false;
      ++answers;
    }
    ASSERT_LT(waited, 80u) << "an access is answered in the first free clock";
  }
  dut.counters_valid_i = 0;
  dut.cfg_valid_i = 0;
  for (int i = 0; i < 20; ++i) {
    clock();
    bad += dut.counters_bad_o;
  }
  EXPECT_EQ(bad, bad_expected);
  EXPECT_GT(answers, 300u);
  for (const auto& [at, counter] : counters)
    for (unsigned what = 0; what < 2; ++what) EXPECT_EQ(quietly(false, at.first, at.second, what), counter[what]) << "slot " << at.first << " id " << at.second;
}
INSTANTIATE_TEST_SUITE_P(Idles, EventCountersTest, ::testing::Values(0u, 30u, 80u));

}  // namespace
}  // namespace norman::test
