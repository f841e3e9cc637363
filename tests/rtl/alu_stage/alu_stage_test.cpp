// alu_stage: two lanes, the branch, and packets that pass untouched. What the operations compute is the matter of
// alu_lane's bench; here they are a few, one for each thing that a lane can write.
#include <deque>

#include "tests/rtl/stage_bench.h"

namespace norman::test {
namespace {

struct AluSlot : Slot {
  std::uint32_t verdict = 0, act = 0;
  unsigned event_valid = 0;
  std::uint64_t event_ids = 0;
};

class AluStageTest : public StageBench {
 protected:
  static constexpr unsigned kLatency = 4;  // from the clock in which a slot is offered until it is seen, two of bench_top
  enum Operation { Nothing, Add, Equal, Event, Verdict, Act };

  struct Lane {
    Operation op = Nothing;
    unsigned guard = 0, ra = 0, rd = 0, pd = 0;
    std::uint32_t imm = 0;
  };
  struct Meant {
    Lane lanes[2];
  };

  // Lanes of one row never write the same place.
  Row randomRow(Meant& meant) {
    std::uint64_t bits[2] = {0, 0};
    for (unsigned l = 0; l < 2; ++l) {
      Lane& lane = meant.lanes[l];
      const auto pick = [&](unsigned bound) { return static_cast<unsigned>(random.below(bound)); };
      lane = {static_cast<Operation>(random.below(6)), static_cast<unsigned>(randomGuard()), pick(24), 12 * l + pick(12), 4 * l + pick(4), static_cast<std::uint32_t>(random.below(4))};
      if (l == 1 && lane.op == meant.lanes[0].op && (lane.op == Event || lane.op == Verdict)) lane.op = Add;
      switch (lane.op) {
        case Nothing: break;
        case Add: bits[l] = test::lane("ADDri", {{"rd", lane.rd}, {"ra", lane.ra}, {"imm", lane.imm}}); break;
        case Equal: bits[l] = test::lane("CMPEQri", {{"pd", lane.pd}, {"ra", lane.ra}, {"imm", lane.imm}}); break;
        case Event: bits[l] = test::lane("EVENT", {{"slot", lane.rd & 3}, {"imm", lane.imm}}); break;
        case Verdict: bits[l] = test::lane("VERDICT", {{"imm", lane.imm}}); break;
        case Act: bits[l] = test::lane("ACT", {{"imm", lane.imm}}); break;
      }
      if (lane.op != Nothing) {
        Row row{bits[l], 0, 0, 0};
        isa::set(row, isa::lane_ri::kGuard, lane.guard);
        bits[l] = row[0];
      }
    }
    return withRandomSuccessor(alu(bits[0], bits[1]), 2);
  }

  AluSlot run(const Slot& before, const Meant& meant) const {
    AluSlot after{before, 0, 0, 0, 0};
    if (!mine(before)) return after;
    for (const Lane& lane : meant.lanes) {
      // All reads come before all writes.
      if (lane.op == Nothing || !guardHolds(lane.guard, before)) continue;
      switch (lane.op) {
        case Nothing: break;
        case Add: after.registers.at(lane.rd) = before.registers.at(lane.ra) + lane.imm; break;
        case Equal: after.setPred(lane.pd, before.registers.at(lane.ra) == lane.imm); break;
        case Event:
          after.event_valid |= 1u << (lane.rd & 3);
          after.event_ids |= std::uint64_t{lane.imm} << (16 * (lane.rd & 3));
          break;
        case Verdict: after.verdict = lane.imm; break;
        case Act: after.act |= lane.imm; break;
      }
    }
    const Place place = successor(rowOf(before), before, false);
    after.stage = place.stage;
    after.row = place.row;
    return after;
  }
};

TEST_P(AluStageTest, executes_both_lanes_and_the_branch) {
  std::vector<Meant> meant;
  loadRows([&] {
    meant.emplace_back();
    return randomRow(meant.back());
  });
  std::deque<AluSlot> inside;
  std::deque<unsigned> addresses;
  for (int i = 0; i < 40000; ++i) {
    const Slot slot = randomSlot({0, 1, 2, 3, 0xffffffff});
    offer(slot);
    inside.push_back(run(slot, meant.at(slot.epoch * kRows + slot.row)));
    clock();
    if (inside.size() >= kLatency - 1 && inside[inside.size() - (kLatency - 1)].valid) {
      ASSERT_EQ(dut.alu_fetch_row_o, inside[inside.size() - (kLatency - 1)].row) << "the row's address goes two clocks ahead, clock " << i;
    }
    if (inside.size() <= kLatency) continue;
    const AluSlot expected = inside.front();
    inside.pop_front();
    ASSERT_EQ(dut.alu_valid_o, expected.valid);
    if (!expected.valid) continue;
    ASSERT_EQ(dut.alu_epoch_o, expected.epoch);
    ASSERT_EQ(dut.alu_stage_o, expected.stage);
    ASSERT_EQ(dut.alu_row_o, expected.row);
    ASSERT_EQ(dut.alu_pred_o, expected.predicates);
    ASSERT_EQ(dut.alu_verdict_o, expected.verdict);
    ASSERT_EQ(dut.alu_act_o, expected.act);
    ASSERT_EQ(dut.alu_event_valid_o, expected.event_valid);
    ASSERT_EQ(dut.alu_event_id_o, expected.event_ids);
    for (unsigned r = 0; r < 24; ++r) ASSERT_EQ(dut.alu_registers_o[r], expected.registers[r]) << "register " << r << " clock " << i;
  }
}
INSTANTIATE_TEST_SUITE_P(Idles, AluStageTest, ::testing::Values(0u, 30u, 80u));

}  // namespace
}  // namespace norman::test
