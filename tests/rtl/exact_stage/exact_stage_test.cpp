// exact_stage: lookups every clock while entries are written, deleted and read.
//
// A lookup may see an entry as it was or as it will be, for as long as the lookup is in the stage, but never a mixture:
// all fields of an entry change with each write. Everything else has one right result.
#include <deque>
#include <map>

#include "tests/rtl/stage_bench.h"

namespace norman::test {
namespace {

using Key = std::array<std::uint32_t, isa::kExactKeyWords>;

struct Entry {
  bool valid = false;
  unsigned table = 0, action = 0;
  std::uint32_t value = 0;
  Key key{};

  // As the staging registers hold it.
  std::array<std::uint64_t, 3> words() const {
    return {key[0] | std::uint64_t{key[1]} << 32, key[2] | std::uint64_t{key[3]} << 32,
            value | std::uint64_t{action} << 32 | std::uint64_t{table} << 40 | std::uint64_t{valid} << 48};
  }
};

// CRC-64/ECMA-182, bit by bit.
std::uint64_t hashOf(unsigned table, const Key& key) {
  std::uint64_t crc = 0;
  const auto feed = [&crc](std::uint32_t bits, int count) {
    for (int b = count - 1; b >= 0; --b) crc = crc << 1 ^ (((crc >> 63) ^ (bits >> b & 1)) != 0 ? 0x42f0e1eba9ea3693u : 0u);
  };
  feed(table, 8);
  for (const std::uint32_t word : key) feed(word, 32);
  return crc;
}

class ExactStageTest : public StageBench {
 protected:
  static constexpr unsigned kLatency = 11;  // from the clock in which a slot is offered until it is seen, two of bench_top
  static constexpr unsigned kEntryRows = isa::kConfigs[0].exact_rows;

  struct Result {
    bool hit = false;
    std::uint32_t value = 0;
    unsigned action = 0;
    bool operator==(const Result&) const = default;
  };
  struct Inside {
    Slot before;
    bool looks_up = false;
    unsigned table = 0;
    Key key{};
    std::vector<Result> possible;  // one, and one more for each write while the packet is in the stage
  };

  static unsigned entryRow(unsigned table, const Key& key, unsigned way) {
    return static_cast<unsigned>(hashOf(table, key) >> (isa::kHashShift * way)) & (kEntryRows - 1);
  }
  Result lookUp(unsigned table, const Key& key) const {
    for (unsigned way = 0; way < isa::kExactWays; ++way) {
      const auto found = entries.find({way, entryRow(table, key, way)});
      if (found == entries.end()) continue;
      const Entry& entry = found->second;
      if (entry.valid && entry.table == table && entry.key == key) return {true, entry.value, entry.action};
    }
    return {};
  }

  Row randomRow() {
    Row row = random.oneIn(10) ? Row{} : wide("LOOKUP", {});
    fill(row, isa::lookup_row::kSlots,
         {{"guard", randomGuard()}, {"pwe", random.below(2)}, {"pd", random.below(8)}, {"dwe", random.below(2)}, {"rd", random.below(isa::kResultRegisters)},
          {"table", random.below(2)}, {"k0", randomOperand()}, {"k1", random.below(2) * kImmOperand}, {"k2", 0}, {"k3", randomOperand()},
          {"dbase", random.below(100)}, {"imm", random.below(2)}});
    return withRandomSuccessor(row, 4);
  }

  Inside enter(const Slot& slot) {
    Inside inside{slot, false, 0, {}, {}};
    if (!mine(slot)) return inside;
    const Row& row = rowOf(slot);
    const auto imm = static_cast<std::uint32_t>(isa::get(row, isa::lookup_row::kImm));
    inside.looks_up = isa::get(row, isa::lookup_row::kOp) != 0 && guardHolds(static_cast<unsigned>(isa::get(row, isa::lookup_row::kGuard)), slot);
    inside.table = static_cast<unsigned>(isa::get(row, isa::lookup_row::kTable));
    const isa::SlotInfo slots[] = {isa::lookup_row::kK0, isa::lookup_row::kK1, isa::lookup_row::kK2, isa::lookup_row::kK3};
    for (unsigned w = 0; w < inside.key.size(); ++w) inside.key[w] = operand(isa::get(row, slots[w]), imm, slot);
    inside.possible.push_back(inside.looks_up ? lookUp(inside.table, inside.key) : Result{});
    return inside;
  }

  // The slot after the stage, if the lookup gave this.
  Slot leave(const Inside& inside, const Result& result) const {
    Slot after = inside.before;
    if (!mine(after)) return after;
    const Row& row = rowOf(after);
    const auto index = static_cast<unsigned>(isa::get(row, isa::lookup_row::kDbase)) + result.action;
    const Place place = successor(row, inside.before, result.hit, dispatch[after.epoch].at(index));
    after.stage = place.stage;
    after.row = place.row;
    if (!inside.looks_up) return after;
    if (result.hit && isa::get(row, isa::lookup_row::kDwe) != 0) after.registers.at(isa::get(row, isa::lookup_row::kRd)) = result.value;
    if (isa::get(row, isa::lookup_row::kPwe) != 0) after.setPred(static_cast<unsigned>(isa::get(row, isa::lookup_row::kPd)), result.hit);
    return after;
  }
  bool left(const Slot& slot) const {
    if (dut.exact_stage_o != slot.stage || dut.exact_row_o != slot.row || dut.exact_epoch_o != slot.epoch || dut.exact_pred_o != slot.predicates) return false;
    for (unsigned r = 0; r < 24; ++r)
      if (dut.exact_registers_o[r] != slot.registers[r]) return false;
    return true;
  }

  std::map<std::pair<unsigned, unsigned>, Entry> entries;  // by way and row
  std::array<std::array<Place, 256>, isa::kEpochs> dispatch{};
};

TEST_P(ExactStageTest, sees_whole_entries_while_they_change) {
  loadRows([this] { return randomRow(); });
  for (unsigned epoch = 0; epoch < isa::kEpochs; ++epoch)
    for (unsigned i = 0; i < 256; ++i) {
      dispatch[epoch][i] = {static_cast<std::uint8_t>(random.below(64)), static_cast<std::uint8_t>(random.below(256))};
      configure(Dispatch, i, 0, dispatch[epoch][i].row | std::uint64_t{dispatch[epoch][i].stage} << 8, true, epoch);
      clock();
    }

  // Few keys, which all may lie in any way; a key is in at most one way, as software keeps it.
  const std::vector<std::uint32_t> values{0, 1, 256};
  std::deque<Inside> inside;
  Entry staged;
  unsigned way = 0, row = 0, step = 0;      // of the write under way: three staging words, the write, its end
  bool reading = false;
  unsigned waited = 0, words_read = 0;
  Entry read;
  std::uint64_t hits = 0, misses = 0, several = 0, reads = 0;
  for (int i = 0; i < 40000; ++i) {
    dut.cfg_valid_i = 0;
    if (step == 0 && !reading && random.oneIn(3)) {
      if (!entries.empty() && random.oneIn(3)) {
        const auto at = std::next(entries.begin(), static_cast<std::ptrdiff_t>(random.below(entries.size())));
        way = at->first.first;
        row = at->first.second;
        read = at->second;
        reading = true;
        waited = words_read = 0;
        configure(ExactRead, row, way, 0);
      } else {
        staged = {!random.oneIn(4), static_cast<unsigned>(random.below(2)), static_cast<unsigned>(random.below(100)),
                  static_cast<std::uint32_t>(random.next()), {random.pick(values), static_cast<std::uint32_t>(random.below(2)), 0, random.pick(values)}};
        way = static_cast<unsigned>(random.below(isa::kExactWays));
        for (unsigned w = 0; w < isa::kExactWays; ++w) {
          const auto old = entries.find({w, entryRow(staged.table, staged.key, w)});
          if (old != entries.end() && old->second.valid && old->second.key == staged.key && old->second.table == staged.table) way = w;
        }
        row = entryRow(staged.table, staged.key, way);
        step = 1;
      }
    } else if (step >= 1 && step <= 3) {
      configure(Staging, 0, step - 1, staged.words()[step - 1]);
      ++step;
    } else if (step == 4) {
      configure(ExactWrite, row, way, 0);
      entries[{way, row}] = staged;
      for (Inside& packet : inside)
        if (packet.looks_up) packet.possible.push_back(lookUp(packet.table, packet.key));
      step = 5;
    } else if (step > 4) {
      step = step == 12 ? 0 : step + 1;  // the next write starts when the last one is in the memory
    }

    // The register map asks for a bubble if a read finds no free clock.
    Slot slot = randomSlot(values);
    if (reading && ++waited > 64) slot.valid = false;
    offer(slot);
    inside.push_back(enter(slot));
    clock();

    if (dut.exact_rsp_valid_o) {
      ASSERT_TRUE(reading);
      ASSERT_EQ(dut.exact_rsp_word_o, words_read);
      ASSERT_EQ(dut.exact_rsp_data_o, read.words()[words_read]);
      if (++words_read == 3) {
        reading = false;
        ++reads;
      }
    }
    ASSERT_LT(waited, 100u) << "a read is answered in the first free clock";
    if (inside.size() <= kLatency) continue;
    const Inside packet = inside.front();
    inside.pop_front();
    ASSERT_EQ(dut.exact_valid_o, packet.before.valid);
    if (!packet.before.valid) continue;
    if (packet.possible.empty()) {
      ASSERT_TRUE(left(packet.before)) << "a packet for another stage passes untouched";
      continue;
    }
    bool matches = false;
    for (const Result& result : packet.possible) matches |= left(leave(packet, result));
    ASSERT_TRUE(matches) << "clock " << i << ", seed " << seed();
    several += packet.possible.size() > 1;
    if (packet.looks_up) ++(packet.possible.front().hit ? hits : misses);
  }
  EXPECT_GT(hits, 1000u);
  EXPECT_GT(misses, 1000u);
  EXPECT_GT(several, 1000u);
  EXPECT_GT(reads, 50u);
}
INSTANTIATE_TEST_SUITE_P(Idles, ExactStageTest, ::testing::Values(0u, 30u, 80u));

}  // namespace
}  // namespace norman::test
