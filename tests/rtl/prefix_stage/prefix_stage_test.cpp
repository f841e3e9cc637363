// prefix_stage: packets of both programs every clock while runtime/core inserts and removes prefixes through the configuration bus.
//
// A lookup may find what the tables gave before or after a change that stood while it was in the stage; everything else has
// one right result. The reference is the plain list of tests/support.
#include <deque>
#include <memory>

#include "tests/rtl/stage_bench.h"
#include "tests/support/heap.h"
#include "tests/support/prefix_reference.h"

namespace norman::test {
namespace {

namespace f = isa::lookup_row;

class PrefixStageTest : public StageBench {
 protected:
  static constexpr const isa::ConfigInfo& kConfig = isa::kConfigs[0];
  static constexpr std::uint64_t kLatency = 2 * (kConfig.prefix_levels + isa::kPrefixBlockLevels) + 9;  // until a slot that is offered is seen, two of bench_top
  static constexpr norman_prefixes_size kSize{64, kConfig.prefix_levels, kConfig.prefix_blocks};

  struct Inside {
    Slot before;
    bool looks_up = false;
    std::uint8_t table = 0;
    ExactKey key{};
    std::uint64_t since = 0;
  };
  struct List {
    std::shared_ptr<PrefixReference> prefixes;
    std::uint64_t from, until;
  };

  PrefixStageTest() {
    hardware.context = this;
    hardware.write = [](void* self, std::uint32_t memory, std::uint32_t address, const norman_exact_entry* word) {
      static_cast<PrefixStageTest*>(self)->write(memory, address, *word);
    };
    hardware.fence = [](void* self) {
      for (std::uint64_t i = 0; i < kLatency + 2; ++i) static_cast<PrefixStageTest*>(self)->step();
    };
    lists.push_back({std::make_shared<PrefixReference>(), 0, UINT64_MAX});
  }

  void write(std::uint32_t memory, std::uint32_t address, const norman_exact_entry& word) {
    const std::uint64_t words[] = {word.key[0] | std::uint64_t{word.key[1]} << 32, word.key[2] | std::uint64_t{word.key[3]} << 32,
                                   word.value | std::uint64_t{word.action} << 32 | std::uint64_t{word.table} << 40 | std::uint64_t{word.valid} << 48};
    for (unsigned w = 0; w < 3; ++w) {
      configure(Staging, 0, w, words[w]);
      step();
    }
    configure(PrefixWrite, address, 0, memory);
    step();
    ++writes;
  }

  // Key word k comes whole from register k most of the time: packets have keys near the prefixes there.
  Row randomRow() {
    Row row = random.oneIn(10) ? Row{} : insn("PREFIX").match;
    constexpr std::uint64_t kTables[] = {0, 1, 255};
    fill(row, f::kSlots,
         {{"guard", random.oneIn(3) ? randomGuard() : 0}, {"pwe", random.below(2)}, {"pd", random.below(8)}, {"dwe", random.below(2)},
          {"rd", random.below(isa::kResultRegisters)}, {"table", kTables[random.below(3)]}, {"dbase", random.below(256)}, {"imm", random.next() & 0xffffffff}});
    const isa::SlotInfo keys[] = {f::kK0, f::kK1, f::kK2, f::kK3};
    for (unsigned k = 0; k < 4; ++k) isa::set(row, keys[k], random.oneIn(12) ? randomOperand() : regOperand(k));
    return withRandomSuccessor(row, 4);
  }

  Inside enter() {
    Inside inside{randomSlot({0, 1, 0xffffffff}), false, 0, {}, clocks};
    const PrefixReference& last = *lists.back().prefixes;
    if (last.size() != 0) {
      const ExactKey key = keyNear(random, last.any(random));
      std::copy(key.begin(), key.end(), inside.before.registers.begin());
    }
    if (!mine(inside.before)) return inside;
    const Row& row = rowOf(inside.before);
    inside.looks_up = isa::get(row, f::kOp) != 0 && guardHolds(static_cast<unsigned>(isa::get(row, f::kGuard)), inside.before);
    inside.table = static_cast<std::uint8_t>(isa::get(row, f::kTable));
    const isa::SlotInfo keys[] = {f::kK0, f::kK1, f::kK2, f::kK3};
    const auto immediate = static_cast<std::uint32_t>(isa::get(row, f::kImm));
    for (unsigned k = 0; k < 4; ++k) inside.key[k] = operand(isa::get(row, keys[k]), immediate, inside.before);
    return inside;
  }

  // A clock: a slot enters, another one leaves and is compared.
  void step() {
    inside.push_back(enter());
    offer(inside.back().before);
    clock();
    dut.cfg_valid_i = 0;
    ++clocks;
    while (lists.size() > 2 && lists.front().until + 2 * kLatency < clocks) lists.pop_front();
    if (inside.size() <= kLatency) return;
    const Inside packet = inside.front();
    inside.pop_front();
    ASSERT_EQ(dut.prefix_valid_o, packet.before.valid);
    if (!packet.before.valid) return;
    if (!packet.looks_up) {
      ASSERT_TRUE(left(packet, std::nullopt)) << "clock " << clocks << ": no lookup, seed " << seed();
      return;
    }
    for (const List& list : lists) {
      if (list.from > clocks || list.until < packet.since) continue;
      const std::optional<PrefixTable::Result> result = list.prefixes->find(packet.table, packet.key);
      if (!left(packet, result)) continue;
      ++(result ? hits : misses);
      return;
    }
    FAIL() << "clock " << clocks << ": no table that stood explains what left, seed " << seed();
  }

  // Whether the packet left as it should if the lookup gave this.
  bool left(const Inside& packet, const std::optional<PrefixTable::Result>& result) {
    Slot slot = packet.before;
    if (mine(slot)) {
      const Row& row = rowOf(slot);
      const auto index = (isa::get(row, f::kDbase) + (result ? result->action : 0)) & 255;
      const Place place = successor(row, packet.before, result.has_value(), dispatch[slot.epoch][index]);
      slot.stage = place.stage;
      slot.row = place.row;
      if (packet.looks_up) {
        if (result && isa::get(row, f::kDwe) != 0) slot.registers.at(isa::get(row, f::kRd)) = result->value;
        if (isa::get(row, f::kPwe) != 0) slot.setPred(static_cast<unsigned>(isa::get(row, f::kPd)), result.has_value());
      }
    }
    if (dut.prefix_stage_o != slot.stage || dut.prefix_row_o != slot.row || dut.prefix_epoch_o != slot.epoch || dut.prefix_pred_o != slot.predicates)
      return false;
    for (unsigned r = 0; r < 24; ++r)
      if (dut.prefix_registers_o[r] != slot.registers[r]) return false;
    return true;
  }

  norman_prefixes_hardware hardware{};
  std::deque<List> lists;
  std::deque<Inside> inside;
  std::array<std::array<Place, 256>, isa::kEpochs> dispatch{};
  std::uint64_t clocks = 0, hits = 0, misses = 0, writes = 0;
};

TEST_P(PrefixStageTest, follows_the_tables_while_they_change) {
  loadRows([this] { return randomRow(); });
  for (unsigned epoch = 0; epoch < isa::kEpochs; ++epoch)
    for (unsigned i = 0; i < 256; ++i) {
      dispatch[epoch][i] = {static_cast<std::uint8_t>(random.below(64)), static_cast<std::uint8_t>(random.below(256))};
      configure(Dispatch, i, 0, dispatch[epoch][i].row | std::uint64_t{dispatch[epoch][i].stage} << 8, true, epoch);
      clock();
    }
  dut.cfg_valid_i = 0;

  CountingHeap heap;
  norman_prefixes* prefixes = nullptr;
  ASSERT_EQ(norman_prefixes_open(&prefixes, &kSize, &heap.allocator, &hardware), 0);
  for (int operation = 0; operation < 400 && !HasFailure(); ++operation) {
    auto after = std::make_shared<PrefixReference>(*lists.back().prefixes);
    const bool grows = after->size() == 0 || random.percent(operation / 100 % 2 == 0 ? 80 : 30);
    norman_prefix prefix = nestedPrefix(random);
    if (!grows) {
      prefix = after->any(random);
      if (random.oneIn(4)) prefix.value ^= 1;
    }
    const bool changes = !grows && random.oneIn(4);
    const int expected = grows && after->size() == kSize.entries && !after->has(prefix) ? -ENOSPC
                         : grows   ? after->insert(prefix)
                         : changes ? after->change(prefix)
                                   : after->remove(prefix);
    lists.push_back({after, clocks, UINT64_MAX});
    ASSERT_EQ(grows ? norman_prefixes_insert(prefixes, &prefix) : changes ? norman_prefixes_change(prefixes, &prefix) : norman_prefixes_remove(prefixes, &prefix),
              expected);
    lists[lists.size() - 2].until = clocks + 2;  // until the last write has come to the stage
    for (int i = 0; i < 10; ++i) step();
  }
  norman_prefixes_close(prefixes);
  EXPECT_GT(hits, 500u);
  EXPECT_GT(misses, 500u);
  EXPECT_GT(writes, 4000u);
}
INSTANTIATE_TEST_SUITE_P(Idles, PrefixStageTest, ::testing::Values(0u, 30u, 80u));

}  // namespace
}  // namespace norman::test
