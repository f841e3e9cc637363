// state_stage: every combination of arms, relation and returned value, on a few words that packets meet again at every
// distance, with accesses through the register map in between.
#include <algorithm>
#include <deque>

#include "tests/rtl/stage_bench.h"
#include "tests/rtl/state_reference.h"

namespace norman::test {
namespace {

using u64 = std::uint64_t;

class StateStageTest : public StageBench {
 protected:
  static constexpr unsigned kLatency = 9;  // from the clock in which a slot is offered until it is seen, two of bench_top
  static constexpr unsigned kBase = 100, kWords = 4;

  struct Access {
    bool write = false;
    unsigned word = 0;
    u64 data = 0;
  };

  Row randomRow() {
    Row row = random.oneIn(10) ? Row{} : wide("STATE", {});
    fill(row, isa::state_row::kSlots,
         {{"guard", randomGuard()}, {"pwe", random.below(2)}, {"pd", random.below(8)}, {"f", random.below(9)}, {"g", random.below(9)},
          {"rel", random.below(8)}, {"ret", random.below(3)}, {"rdlo", random.below(4)}, {"lowe", random.below(2)},
          {"rdhi", 4 + random.below(4)}, {"hiwe", random.below(2)}, {"imm", random.below(2) == 0 ? random.below(4) : number() & 0xffffffff},
          {"alo", randomOperand()}, {"ahi", randomOperand()}, {"blo", randomOperand()}, {"bhi", randomOperand()}, {"klo", randomOperand()},
          {"khi", randomOperand()}, {"index", regOperand(static_cast<unsigned>(random.below(3)))}, {"base", kBase}, {"bound", kWords - 1}});
    return withRandomSuccessor(row, 3);
  }

  bool steps(const Slot& slot) const {
    return mine(slot) && isa::get(rowOf(slot), isa::state_row::kOp) != 0 &&
           guardHolds(static_cast<unsigned>(isa::get(rowOf(slot), isa::state_row::kGuard)), slot);
  }

  // The row's effect on the state and the slot.
  Slot run(const Slot& before) {
    Slot after = before;
    if (!mine(before)) return after;
    const Row& row = rowOf(before);
    bool condition = false;
    if (steps(before)) {
      const auto imm = static_cast<std::uint32_t>(isa::get(row, isa::state_row::kImm));
      const auto pair = [&](const isa::SlotInfo& lo, const isa::SlotInfo& hi) {
        return operand(isa::get(row, lo), imm, before) | u64{operand(isa::get(row, hi), imm, before)} << 32;
      };
      const u64 a = pair(isa::state_row::kAlo, isa::state_row::kAhi), b = pair(isa::state_row::kBlo, isa::state_row::kBhi);
      const u64 k = pair(isa::state_row::kKlo, isa::state_row::kKhi);
      const std::uint32_t index = operand(isa::get(row, isa::state_row::kIndex), imm, before);
      if (index > isa::get(row, isa::state_row::kBound)) {
        ++bad_expected;
      } else {
        u64& state = words.at(index);
        const u64 old = state;
        const bool table[] = {false, true, old == k, old != k, old < k, old >= k, old > k, old <= k};
        condition = table[isa::get(row, isa::state_row::kRel)];
        state = condition ? stateArm(static_cast<isa::StateOp>(isa::get(row, isa::state_row::kF)), old, a, a, b)
                          : stateArm(static_cast<isa::StateOp>(isa::get(row, isa::state_row::kG)), old, b, a, b);
        const u64 returned[] = {0, old, state};
        const u64 value = returned[isa::get(row, isa::state_row::kRet)];
        if (isa::get(row, isa::state_row::kLowe) != 0) after.registers.at(isa::get(row, isa::state_row::kRdlo)) = static_cast<std::uint32_t>(value);
        if (isa::get(row, isa::state_row::kHiwe) != 0) after.registers.at(isa::get(row, isa::state_row::kRdhi)) = static_cast<std::uint32_t>(value >> 32);
      }
      if (isa::get(row, isa::state_row::kPwe) != 0) after.setPred(static_cast<unsigned>(isa::get(row, isa::state_row::kPd)), condition);
    }
    const Place place = successor(row, before, condition);
    after.stage = place.stage;
    after.row = place.row;
    return after;
  }

  std::array<u64, kWords> words{};
  u64 bad_expected = 0;
};

// An access takes the place of the first slot without a step that entered no earlier than a clock before it was asked
// for: it waits in the stage, where that slot comes by a clock later.
TEST_P(StateStageTest, steps_words_in_the_order_of_packets) {
  loadRows([this] { return randomRow(); });
  for (unsigned w = 0; w < kWords; ++w) {
    configure(State, kBase + w, 0, 0);
    clock();
    dut.cfg_valid_i = 0;
    for (int i = 0; i < 8; ++i) clock();
  }
  const std::vector<std::uint32_t> values{0, 1, 2, 3, 4, 0x80000000, 0xffffffff};
  std::deque<Slot> unseen, inside;  // before the reference ran them, after it did
  Access access{};
  bool asked = false;
  std::deque<u64> answers;
  u64 bad = 0, answered = 0;
  unsigned waited = 0;
  for (int i = 0; i < 60000; ++i) {
    dut.cfg_valid_i = 0;
    if (!asked && answers.empty() && random.oneIn(4)) {
      access = {random.oneIn(2), static_cast<unsigned>(random.below(kWords)), number()};
      asked = true;
      configure(State, kBase + access.word, 0, access.data, access.write);
      waited = 0;
    }
    Slot slot = randomSlot(values);
    if (random.oneIn(3)) slot.registers[0] = slot.registers[1] = slot.registers[2] = 1;  // runs of packets on one word
    if (asked && ++waited > 64) slot.valid = false;  // the register map asks for a bubble then
    offer(slot);
    unseen.push_back(slot);
    clock();

    if (unseen.size() == 2) {
      const Slot next = unseen.front();
      unseen.pop_front();
      if (asked && !steps(next)) {
        answers.push_back(words.at(access.word));
        if (access.write) words.at(access.word) = access.data;
        asked = false;
      }
      inside.push_back(run(next));
    }
    bad += dut.state_bad_index_o;
    if (dut.state_rsp_valid_o) {
      ASSERT_FALSE(answers.empty()) << "clock " << i;
      ASSERT_EQ(dut.state_rsp_data_o, answers.front()) << "the answer is the word before the access, clock " << i;
      answers.pop_front();
      ++answered;
    }
    if (inside.size() < kLatency) continue;
    const Slot expected = inside.front();
    inside.pop_front();
    ASSERT_EQ(dut.state_valid_o, expected.valid);
    if (!expected.valid) continue;
    ASSERT_EQ(dut.state_epoch_o, expected.epoch);
    ASSERT_EQ(dut.state_stage_o, expected.stage) << "clock " << i;
    ASSERT_EQ(dut.state_row_o, expected.row) << "clock " << i;
    ASSERT_EQ(dut.state_pred_o, expected.predicates) << "clock " << i;
    for (unsigned r = 0; r < 24; ++r) ASSERT_EQ(dut.state_registers_o[r], expected.registers[r]) << "register " << r << " clock " << i;
  }
  // Steps above the bound are counted a few clocks after they are seen.
  offer({});
  for (int i = 0; i < 20; ++i) {
    clock();
    bad += dut.state_bad_index_o;
  }
  for (const Slot& slot : unseen) run(slot);
  EXPECT_EQ(bad, bad_expected);
  EXPECT_GT(bad, 100u);
  EXPECT_GT(answered, 500u);
}
INSTANTIATE_TEST_SUITE_P(Idles, StateStageTest, ::testing::Values(0u, 30u, 80u));

}  // namespace
}  // namespace norman::test
