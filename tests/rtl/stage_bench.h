// What the benches of the stages, of stage_rows and of result_route share: slots, rows, and what a row means apart from its operation.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "tests/rtl/bench.h"
#include "tests/unit/model/row_builder.h"

namespace norman::test {

/// What enters or leaves a stage in one clock; without packet it is a bubble.
struct Slot {
  bool valid = false;
  unsigned epoch = 0;
  unsigned stage = 0, row = 0;  ///< where the packet's next row is
  std::array<std::uint32_t, 24> registers{};
  unsigned predicates = 0;

  bool pred(unsigned p) const { return (predicates >> p & 1) != 0; }
  void setPred(unsigned p, bool value) { predicates = (predicates & ~(1u << p)) | unsigned{value} << p; }
};

class StageBench : public Bench, public ::testing::WithParamInterface<unsigned> {
 protected:
  static constexpr unsigned kStage = 5;   // the number that the stages have in bench_top.sv
  static constexpr unsigned kRows = 16;   // that packets use
  enum Kind : unsigned { Rows, Dispatch, Staging, ExactWrite, ExactRead, State, Exit, Event, RuleData, RuleCommand, PrefixWrite };  // overlay_core_pkg, Cfg...

  void configure(Kind kind, unsigned index, unsigned word, std::uint64_t data, bool write = true, unsigned epoch = 0) {
    dut.cfg_valid_i = 1;
    dut.cfg_kind_i = kind;
    dut.cfg_index_i = index;
    dut.cfg_word_i = word;
    dut.cfg_data_i = data;
    dut.cfg_write_i = write;
    dut.cfg_epoch_i = epoch;
  }

  /// Writes the rows that packets use, other ones for each epoch. Ends a few clocks later, when they are in the memory.
  template <typename Make>
  void loadRows(const Make& make) {
    for (unsigned epoch = 0; epoch < isa::kEpochs; ++epoch)
      for (unsigned r = 0; r < kRows; ++r) {
        rows[epoch][r] = make();
        for (unsigned w = 0; w < isa::kRowWords; ++w) {
          configure(Rows, r, w, rows[epoch][r][w], true, epoch);
          clock();
        }
      }
    dut.cfg_valid_i = 0;
    for (int i = 0; i < 8; ++i) clock();
  }

  /// A packet for a random row of this stage, seldom for another stage; a bubble with the test's percentage.
  Slot randomSlot(const std::vector<std::uint32_t>& values) {
    Slot slot;
    slot.valid = !random.percent(GetParam());
    slot.epoch = static_cast<unsigned>(random.below(2));
    slot.stage = random.oneIn(8) ? static_cast<unsigned>(random.below(64)) : kStage;
    slot.row = static_cast<unsigned>(random.below(kRows));
    for (auto& value : slot.registers) value = random.pick(values);
    slot.predicates = static_cast<unsigned>(random.below(256));
    return slot;
  }

  void offer(const Slot& slot) {
    dut.stage_valid_i = slot.valid;
    dut.stage_epoch_i = slot.epoch;
    dut.stage_stage_i = slot.stage;
    dut.stage_row_i = slot.row;
    for (unsigned r = 0; r < 24; ++r) dut.stage_registers_i[r] = slot.registers[r];
    dut.stage_pred_i = slot.predicates;
  }

  bool mine(const Slot& slot) const { return slot.valid && slot.stage == kStage; }
  const Row& rowOf(const Slot& slot) const { return rows[slot.epoch][slot.row]; }

  static bool guardHolds(unsigned guard, const Slot& slot) { return guard < 16 || slot.pred(guard & 7) != ((guard & 8) != 0); }

  /// An operand of a wide row: zero, a part of a register, or the row's immediate.
  static std::uint32_t operand(std::uint64_t bits, std::uint32_t immediate, const Slot& slot) {
    if (bits >> 8 == 2) return immediate;
    if (bits >> 8 != 1) return 0;
    const std::uint32_t word = slot.registers.at(bits & 31);
    switch (static_cast<isa::Selector>(bits >> 5 & 7)) {
      case isa::Selector::W: return word;
      case isa::Selector::B0: return word & 0xff;
      case isa::Selector::B1: return word >> 8 & 0xff;
      case isa::Selector::B2: return word >> 16 & 0xff;
      case isa::Selector::B3: return word >> 24;
      case isa::Selector::H0: return word & 0xffff;
      case isa::Selector::H1: return word >> 16;
    }
    return 0;
  }
  std::uint64_t randomOperand() {
    return random.oneIn(4) ? 0 : random.oneIn(4) ? kImmOperand : regOperand(static_cast<unsigned>(random.below(isa::kOperandRegisters)), static_cast<isa::Selector>(random.below(7)));
  }
  std::uint64_t randomGuard() { return random.oneIn(2) ? 0 : 16 + random.below(16); }

  /// Both successors, and by what they are chosen, at random.
  Row withRandomSuccessor(Row row, unsigned modes) {
    row = withNext(row, {static_cast<std::uint8_t>(random.below(64)), static_cast<std::uint8_t>(random.below(256))});
    return withBranch(row, static_cast<isa::BranchMode>(random.below(modes)),
                      {static_cast<std::uint8_t>(random.below(64)), static_cast<std::uint8_t>(random.below(256))},
                      static_cast<unsigned>(random.below(8)), random.oneIn(2));
  }

  /// Where the packet goes: `own` is the row's hit or condition, `dispatched` what the dispatch memory holds for it.
  static Place successor(const Row& row, const Slot& before, bool own, std::optional<Place> dispatched = {}) {
    const Place next{static_cast<std::uint8_t>(isa::get(row, isa::control_word::kNextStage)), static_cast<std::uint8_t>(isa::get(row, isa::control_word::kNextRow))};
    const Place taken{static_cast<std::uint8_t>(isa::get(row, isa::control_word::kTakenStage)), static_cast<std::uint8_t>(isa::get(row, isa::control_word::kTakenRow))};
    const bool negated = isa::get(row, isa::control_word::kBneg) != 0;
    switch (static_cast<isa::BranchMode>(isa::get(row, isa::control_word::kBmode))) {
      case isa::BranchMode::Next: return next;
      case isa::BranchMode::Pred: return before.pred(static_cast<unsigned>(isa::get(row, isa::control_word::kBp))) != negated ? taken : next;
      case isa::BranchMode::Own: return own != negated ? taken : next;
      case isa::BranchMode::Dispatch: return own && dispatched ? *dispatched : next;
    }
    return next;
  }

  std::array<std::array<Row, kRows>, isa::kEpochs> rows{};
};

}  // namespace norman::test
