// rule_stage: packets of both programs every clock while runtime/core changes the lists through the configuration bus.
//
// A lookup may follow any list that stood while it was in the stage; everything else has one right result. The reference
// is the plain list of tests/support, and spec/isa/Rows.td for what a row does with what is found.
#include <deque>
#include <memory>

#include "tests/rtl/stage_bench.h"
#include "tests/support/heap.h"
#include "tests/support/rule_reference.h"

namespace norman::test {
namespace {

namespace f = isa::rule_row;

class RuleStageTest : public StageBench {
 protected:
  static constexpr std::uint64_t kLatency = 2 * isa::kRuleLevels + 17;  // until a slot that is offered is seen, two of bench_top
  static constexpr unsigned kLists = 2;
  static constexpr norman_rules_size kSize{isa::kConfigs[0].rule_trees, isa::kConfigs[0].rule_rows, isa::kConfigs[0].rule_overflow};

  // What a packet brings or takes besides registers and predicates.
  struct Marks {
    unsigned taken = 0;  // event slots
    std::uint64_t ids = 0;
    std::uint32_t act = 0;
    bool lost = false;
  };
  struct Inside {
    Slot before;
    Marks marks;
    bool looks_up = false;
    std::uint8_t list = 0;
    RuleKey key{};
    std::uint64_t since = 0;
  };
  struct List {
    std::shared_ptr<RuleReference> rules;
    std::uint64_t from, until;
  };

  RuleStageTest() {
    hardware.context = this;
    hardware.stage = [](void* self, std::uint32_t word, std::uint64_t data) {
      auto& me = *static_cast<RuleStageTest*>(self);
      me.configure(RuleData, word, 0, data);
      me.step();
    };
    hardware.command = [](void* self, std::uint64_t command) {
      auto& me = *static_cast<RuleStageTest*>(self);
      me.configure(RuleCommand, 0, 0, command);
      me.step();
    };
    hardware.fence = [](void* self) {
      auto& me = *static_cast<RuleStageTest*>(self);
      for (int i = 0; i < 2; ++i) me.step();
      while (me.dut.rule_busy_o != 0) me.step();
      for (std::uint64_t i = 0; i < kLatency; ++i) me.step();
    };
    lists.push_back({std::make_shared<RuleReference>(), 0, UINT64_MAX});
  }

  // Most key words come whole from the register of their number, as randomKey() makes them.
  Row randomRow() {
    Row row = random.oneIn(10) ? Row{} : insn("RULE").match;
    const std::uint64_t rd = random.below(isa::kResultRegisters), rc = (rd + 1 + random.below(isa::kResultRegisters - 1)) % isa::kResultRegisters;
    fill(row, isa::rule_row::kSlots,
         {{"guard", random.oneIn(3) ? randomGuard() : 0}, {"pwe", random.below(2)}, {"pd", random.below(8)}, {"dwe", random.below(2)}, {"rd", rd},
          {"rce", random.below(2)}, {"rc", rc}, {"table", random.below(kLists)}, {"dbase", random.below(256)}});
    const isa::SlotInfo keys[] = {f::kK0, f::kK1, f::kK2, f::kK3, f::kK4, f::kK5, f::kK6, f::kK7, f::kK8, f::kK9, f::kK10, f::kK11, f::kK12, f::kK13};
    for (unsigned k = 0; k < isa::kRuleKeyWords; ++k) isa::set(row, keys[k], random.oneIn(12) ? otherOperand(k) : regOperand(k));
    return withRandomSuccessor(row, 4);
  }
  std::uint64_t otherOperand(unsigned k) {
    return random.oneIn(2) ? 0 : regOperand(static_cast<unsigned>(k % isa::kRuleKeyBanks + isa::kRuleKeyBanks * random.below(4)));
  }

  Inside enter() {
    Inside inside{randomSlot({0, 1, 0xffffffff}), {}, false, 0, {}, clocks};
    const RuleKey key = randomKey(random, *lists.back().rules);
    std::copy(key.begin(), key.end(), inside.before.registers.begin());
    inside.marks.taken = static_cast<unsigned>(random.next() & random.next() & random.next() & 15);
    inside.marks.ids = random.next();
    if (!mine(inside.before)) return inside;
    const Row& row = rowOf(inside.before);
    inside.looks_up = isa::get(row, f::kOp) != 0 && guardHolds(static_cast<unsigned>(isa::get(row, f::kGuard)), inside.before);
    inside.list = static_cast<std::uint8_t>(isa::get(row, f::kTable));
    const isa::SlotInfo keys[] = {f::kK0, f::kK1, f::kK2, f::kK3, f::kK4, f::kK5, f::kK6, f::kK7, f::kK8, f::kK9, f::kK10, f::kK11, f::kK12, f::kK13};
    for (unsigned k = 0; k < isa::kRuleKeyWords; ++k) inside.key[k] = operand(isa::get(row, keys[k]), 0, inside.before);
    return inside;
  }

  // A clock: a slot enters, another one leaves and is compared.
  void step() {
    inside.push_back(enter());
    offer(inside.back().before);
    dut.stage_event_valid_i = inside.back().marks.taken;
    dut.stage_event_id_i = inside.back().marks.ids;
    clock();
    dut.cfg_valid_i = 0;
    ++clocks;
    while (lists.size() > 2 && lists.front().until + 2 * kLatency < clocks) lists.pop_front();
    if (inside.size() <= kLatency) return;
    const Inside packet = inside.front();
    inside.pop_front();
    ASSERT_EQ(dut.rule_valid_o, packet.before.valid);
    if (!packet.before.valid) {
      ASSERT_FALSE(dut.rule_lost_o);
      return;
    }
    if (!packet.looks_up) {
      ASSERT_TRUE(left(packet, {})) << "clock " << clocks << ": no lookup, seed " << seed();
      return;
    }
    for (const List& list : lists) {
      if (list.from > clocks || list.until < packet.since) continue;
      const RuleResult result = list.rules->find(packet.list, packet.key);
      if (!left(packet, result)) continue;
      ++(result.hit ? hits : misses);
      continuing += result.continuing;
      return;
    }
    FAIL() << "clock " << clocks << ": no list that stood explains what left, seed " << seed();
  }

  // Whether the packet left as it should if the lookup gave this.
  bool left(const Inside& packet, const RuleResult& result) {
    Slot slot = packet.before;
    Marks marks = packet.marks;
    std::uint32_t carried = 0;
    unsigned carries = 0;
    marks.lost = result.lost;
    const auto act = [&](const RuleEntryResult& entry) {
      if (entry.log) marks.act |= 1u << static_cast<unsigned>(isa::Act::Log);
      if (entry.capture) marks.act |= 1u << static_cast<unsigned>(isa::Act::Capture);
      if (!entry.counts) return;
      for (unsigned s = 0; s < isa::kEventSlots; ++s) {
        if ((marks.taken >> s & 1) != 0) continue;
        marks.taken |= 1u << s;
        marks.ids = (marks.ids & ~(std::uint64_t{0xffff} << (16 * s))) | std::uint64_t{entry.event} << (16 * s);
        return;
      }
      marks.lost = true;
    };
    for (unsigned i = 0; i < result.continuing; ++i) {
      act(result.earlier[i]);
      if (result.earlier[i].carry) carried |= std::uint32_t{result.earlier[i].action} << (8 * carries++);
    }
    if (result.hit) act(result.terminal);
    if (mine(slot)) {
      const Row& row = rowOf(slot);
      const bool dispatches = static_cast<isa::BranchMode>(isa::get(row, isa::control_word::kBmode)) == isa::BranchMode::Dispatch;
      const unsigned action = carries != 0 ? carried & 0xff : result.terminal.action;
      const Place place = successor(row, packet.before, dispatches ? result.hit || carries != 0 : result.hit,
                                    dispatch[slot.epoch][(isa::get(row, f::kDbase) + action) & 255]);
      slot.stage = place.stage;
      slot.row = place.row;
      if (packet.looks_up) {
        if (result.hit && isa::get(row, f::kDwe) != 0) slot.registers.at(isa::get(row, f::kRd)) = result.terminal.argument;
        if (isa::get(row, f::kRce) != 0) slot.registers.at(isa::get(row, f::kRc)) = carried;
        if (isa::get(row, f::kPwe) != 0) slot.setPred(static_cast<unsigned>(isa::get(row, f::kPd)), result.hit);
      }
    }
    if (dut.rule_stage_o != slot.stage || dut.rule_row_o != slot.row || dut.rule_epoch_o != slot.epoch || dut.rule_pred_o != slot.predicates) return false;
    if (dut.rule_act_o != marks.act || dut.rule_event_valid_o != marks.taken || dut.rule_event_id_o != marks.ids || dut.rule_verdict_o != 0) return false;
    if ((dut.rule_lost_o != 0) != marks.lost) return false;
    for (unsigned r = 0; r < 24; ++r)
      if (dut.rule_registers_o[r] != slot.registers[r]) return false;
    return true;
  }

  // A change under way: lookups may find the list as it was, or as it will be.
  void begin(const RuleReference& next) { lists.push_back({std::make_shared<RuleReference>(next), clocks, UINT64_MAX}); }
  void end(bool changed) {
    if (changed)
      lists[lists.size() - 2].until = clocks;
    else
      lists.pop_back();
  }


  norman_rules_hardware hardware{};
  std::deque<List> lists;
  std::deque<Inside> inside;
  std::array<std::array<Place, 256>, isa::kEpochs> dispatch{};
  std::uint64_t clocks = 0, hits = 0, misses = 0, continuing = 0;
};

TEST_P(RuleStageTest, follows_the_lists_while_they_change) {
  loadRows([this] { return randomRow(); });
  for (unsigned epoch = 0; epoch < isa::kEpochs; ++epoch)
    for (unsigned i = 0; i < 256; ++i) {
      dispatch[epoch][i] = {static_cast<std::uint8_t>(random.below(64)), static_cast<std::uint8_t>(random.below(256))};
      configure(Dispatch, i, 0, dispatch[epoch][i].row | std::uint64_t{dispatch[epoch][i].stage} << 8, true, epoch);
      clock();
    }
  dut.cfg_valid_i = 0;

  CountingHeap heap;
  norman_rules* rules = nullptr;
  ASSERT_EQ(norman_rules_open(&rules, &kSize, &heap.allocator, &hardware), 0);
  RuleReference reference;
  std::vector<std::pair<std::uint32_t, std::uint8_t>> handles;
  for (int operation = 0; operation < 200 && !HasFailure(); ++operation) {
    RuleReference after = reference;
    if (handles.size() < 8 || (handles.size() < 80 ? !random.oneIn(3) : random.oneIn(3))) {
      const auto list = static_cast<std::uint8_t>(random.below(kLists));
      std::uint32_t before = NORMAN_RULES_END, handle = 0;
      if (!handles.empty() && random.oneIn(2)) {
        const auto& [other, of] = handles[random.below(handles.size())];
        if (of == list) before = other;
      }
      norman_rule rule = randomRule(random, list);
      if (random.oneIn(3)) rule.flags &= static_cast<std::uint8_t>(~NORMAN_RULE_IS_TERMINAL);
      after.insert(rule, before, 0);
      begin(after);
      const int error = norman_rules_insert(rules, &rule, before, &handle);
      end(error == 0);
      ASSERT_TRUE(error == 0 || error == -ENOSPC);
      if (error == 0) {
        reference.insert(rule, before, handle);
        handles.emplace_back(handle, list);
      }
    } else {
      const std::size_t i = random.below(handles.size());
      after.remove(handles[i].first);
      begin(after);
      ASSERT_EQ(norman_rules_remove(rules, handles[i].first), 0);
      end(true);
      reference.remove(handles[i].first);
      handles[i] = handles.back();
      handles.pop_back();
    }
    norman_rules_work(rules);
    for (int i = 0; i < 20; ++i) step();
  }
  norman_rules_close(rules);
  EXPECT_GT(hits, 500u);
  EXPECT_GT(misses, 500u);
  EXPECT_GT(continuing, 500u);
}
INSTANTIATE_TEST_SUITE_P(Idles, RuleStageTest, ::testing::Values(0u, 30u, 80u));

}  // namespace
}  // namespace norman::test
