// rule_events: every combination of taken slots and new events.
#include <vector>

#include "tests/rtl/bench.h"

namespace norman::test {
namespace {

using RuleEventsTest = Bench;

TEST_F(RuleEventsTest, fills_the_free_slots_in_order) {
  for (unsigned taken = 0; taken < 16; ++taken)
    for (unsigned fresh = 0; fresh < 16; ++fresh) {
      const std::uint64_t ids = random.next(), fresh_ids = random.next();
      std::uint64_t expected = ids;
      std::vector<unsigned> events;
      for (unsigned e = 0; e < 4; ++e)
        if ((fresh >> e & 1) != 0) events.push_back(e);
      unsigned now_taken = taken;
      std::size_t placed = 0;
      for (unsigned slot = 0; slot < 4 && placed < events.size(); ++slot) {
        if ((taken >> slot & 1) != 0) continue;
        now_taken |= 1u << slot;
        expected &= ~(std::uint64_t{0xffff} << (16 * slot));
        expected |= (fresh_ids >> (16 * events[placed]) & 0xffff) << (16 * slot);
        ++placed;
      }
      dut.rule_events_taken_i = taken;
      dut.rule_events_id_i = ids;
      dut.rule_events_new_i = fresh;
      dut.rule_events_new_id_i = fresh_ids;
      dut.eval();
      ASSERT_EQ(dut.rule_events_taken_o, now_taken) << "taken " << taken << " new " << fresh;
      ASSERT_EQ(dut.rule_events_id_o, expected) << "taken " << taken << " new " << fresh;
      ASSERT_EQ(dut.rule_events_lost_o, placed < events.size()) << "taken " << taken << " new " << fresh;
    }
}

}  // namespace
}  // namespace norman::test
