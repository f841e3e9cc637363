// gather_stage: packets of both programs every clock, each with a window and layer offsets of its own, against overlay_rtl/doc/isa.md.
#include <deque>
#include <vector>

#include "tests/rtl/stage_bench.h"

namespace norman::test {
namespace {

namespace f = isa::gather_row;

class GatherStageTest : public StageBench {
 protected:
  static constexpr std::size_t kLatency = 8;  // from offering a slot to seeing it, two clocks of bench_top included
  static constexpr std::size_t kFetch = 6;    // until the address of its next row is seen

  struct Inside {
    Slot slot;
    std::vector<std::uint8_t> frame;  // at most a window
    unsigned l3 = 0, l4 = 0;
    Slot after;
  };

  Row randomRow() {
    Row row = random.oneIn(10) ? Row{} : insn("GATHER").match;
    fill(row, f::kSlots,
         {{"guard", random.oneIn(3) ? randomGuard() : 0}, {"pwe", random.below(2)}, {"pd", random.below(8)}, {"dwe", random.below(2)},
          {"rd", random.below(isa::kResultRegisters)}, {"base", random.below(4)}, {"size", random.below(4)},
          {"index", random.oneIn(2) ? 0 : randomOperand()}, {"imm", random.oneIn(4) ? number() & 0xffffffff : random.below(130)}});
    return withRandomSuccessor(row, 3);
  }

  Inside enter() {
    Inside inside;
    inside.slot = randomSlot({0, 1, 2, 3, 20, 63, 64, 124, 127, 128, 0x80, 0x100, 0x01000000, 0x40203014, 0xffffff80, 0xffffffff});
    inside.frame.resize(random.oneIn(3) ? isa::kWindowBytes : random.below(isa::kWindowBytes + 1));
    for (auto& byte : inside.frame) byte = static_cast<std::uint8_t>(random.next());
    inside.l3 = random.oneIn(3) ? 0 : 14 + 4 * static_cast<unsigned>(random.below(3));
    inside.l4 = random.oneIn(3) ? 0 : random.oneIn(4) ? static_cast<unsigned>(random.below(256)) : 34 + static_cast<unsigned>(random.below(60));
    inside.after = execute(inside);
    return inside;
  }

  // The row on a frame that is a plain vector.
  Slot execute(const Inside& inside) {
    Slot slot = inside.slot;
    if (!mine(slot)) return slot;
    const Row& row = rowOf(slot);
    bool own = false;
    if (isa::get(row, f::kOp) != 0 && guardHolds(static_cast<unsigned>(isa::get(row, f::kGuard)), slot)) {
      const unsigned bases[] = {0, inside.l3, inside.l4};
      const std::size_t sizes[] = {1, 2, 4};
      const auto base = isa::get(row, f::kBase), size = isa::get(row, f::kSize), imm = isa::get(row, f::kImm);
      std::uint32_t value = 0;
      if (base < 3 && size < 3 && (base == 0 || bases[base] != 0)) {
        const std::uint64_t first = imm + operand(isa::get(row, f::kIndex), static_cast<std::uint32_t>(imm), slot) + bases[base];
        own = first + sizes[size] <= inside.frame.size();
        for (std::size_t i = 0; own && i < sizes[size]; ++i) value = value << 8 | inside.frame[first + i];
      }
      ++(own ? within : beyond);
      if (isa::get(row, f::kDwe) != 0) slot.registers.at(isa::get(row, f::kRd)) = value;
      if (isa::get(row, f::kPwe) != 0) slot.setPred(static_cast<unsigned>(isa::get(row, f::kPd)), own);
    }
    const Place place = successor(row, inside.slot, own);
    slot.stage = place.stage;
    slot.row = place.row;
    return slot;
  }

  void offerAll(const Inside& packet) {
    offer(packet.slot);
    dut.gather_place_i = static_cast<unsigned>(packet.frame.size()) | packet.l3 << 8 | packet.l4 << 16;
    // What lies beyond the frame does not matter.
    for (unsigned w = 0; w < isa::kWindowBytes / 4; ++w) {
      dut.gather_window_i[w] = static_cast<std::uint32_t>(random.next());
      for (unsigned b = 0; b < 4; ++b) {
        if (4 * w + b >= packet.frame.size()) continue;
        dut.gather_window_i[w] = (dut.gather_window_i[w] & ~(0xffu << (8 * b))) | unsigned{packet.frame[4 * w + b]} << (8 * b);
      }
    }
  }

  std::uint64_t within = 0, beyond = 0;
};

TEST_P(GatherStageTest, reads_what_lies_within) {
  loadRows([this] { return randomRow(); });
  std::deque<Inside> inside;
  for (int clock_number = 0; clock_number < 20000; ++clock_number) {
    if (clock_number % 1000 == 999) {
      // Other rows once the packets that use the old ones have left.
      inside.clear();
      offer({});
      for (std::size_t i = 0; i < kLatency; ++i) clock();
      loadRows([this] { return randomRow(); });
    }
    inside.push_back(enter());
    offerAll(inside.back());
    clock();
    if (inside.size() >= kFetch) {
      const Slot& fetching = inside[inside.size() - kFetch].after;
      if (fetching.valid) {
        ASSERT_EQ(dut.gather_fetch_row_o, fetching.row) << "clock " << clock_number << ", seed " << seed();
      }
    }
    if (inside.size() < kLatency) continue;
    const Slot expected = inside.front().after;
    inside.pop_front();
    ASSERT_EQ(dut.gather_valid_o, expected.valid) << "clock " << clock_number;
    if (!expected.valid) continue;
    ASSERT_EQ(dut.gather_epoch_o, expected.epoch) << "clock " << clock_number;
    ASSERT_EQ(dut.gather_stage_o, expected.stage) << "clock " << clock_number << ", seed " << seed();
    ASSERT_EQ(dut.gather_row_o, expected.row) << "clock " << clock_number;
    ASSERT_EQ(dut.gather_pred_o, expected.predicates) << "clock " << clock_number << ", seed " << seed();
    for (unsigned r = 0; r < 24; ++r) ASSERT_EQ(dut.gather_registers_o[r], expected.registers[r]) << "clock " << clock_number << ", r" << r << ", seed " << seed();
  }
  EXPECT_GT(within, 300u);
  EXPECT_GT(beyond, 300u);
}
INSTANTIATE_TEST_SUITE_P(Idles, GatherStageTest, ::testing::Values(0u, 30u, 80u));

}  // namespace
}  // namespace norman::test
