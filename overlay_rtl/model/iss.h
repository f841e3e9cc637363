// Executes rows: the names that the Exec texts of the contract use, and the contract's statements between them.
#pragma once

#include <array>
#include <cassert>
#include <cstdint>
#include <vector>

#include "overlay_rtl/model/core_device.h"
#include "overlay_rtl/model/decoded_row.h"
#include "overlay_rtl/model/exact_table.h"
#include "overlay_rtl/model/prefix_table.h"
#include "overlay_rtl/model/rule_table.h"

namespace norman {

/// What travels with a packet through the core.
struct PacketContext {
  std::array<std::uint32_t, isa::kRegistersMax> registers{};
  std::uint32_t verdict_word = 0;
  std::uint32_t act = 0;
  std::array<std::uint16_t, isa::kEventSlots> event_ids{};
  std::uint8_t event_valid = 0;
  std::uint8_t predicates = 0;
};

/// Memory that a row of a table or state stage reaches; what its stage does not have is null.
struct StageMemory {
  ExactTable* exact = nullptr;
  std::vector<std::uint64_t>* state = nullptr;
  std::uint64_t* bad_index = nullptr;
  std::uint64_t* learn_full = nullptr;
  const RuleTable* rules = nullptr;
  std::uint64_t* rule_lost = nullptr;
  const PrefixTable* prefixes = nullptr;
  const EntryWords* packet = nullptr;
  std::optional<ExactTable::Learned::Place>* shared = nullptr;  ///< gets the place that a lookup with mode share has written
};

/// One row at work on one packet.
///
/// Reads of a row come before its writes: operands are taken into this object first, then statements write into the
/// packet.
class RowContext {
 public:
  explicit RowContext(PacketContext& packet) : packet_(packet) {}

  void executeAlu(const DecodedRow& row) {
    std::array<Operands, 2> operands;
    for (std::size_t i = 0; i < 2; ++i)
      if (row.lanes[i].opcode) operands[i] = take(row.lanes[i]);
    for (std::size_t i = 0; i < 2; ++i) {
      if (!operands[i].active) continue;
      const DecodedLane& lane = row.lanes[i];
      a = operands[i].a;
      b = operands[i].b;
      pc = operands[i].pc;
      pb = operands[i].pb;
      tt = lane.tt;
      slot = lane.slot;
      rd_ = lane.rd;
      pd_ = lane.pd;
      execute(*lane.opcode);
    }
  }

  void executeWide(const DecodedRow& row, const StageMemory& memory) {
    own_ = false;
    dispatches_ = false;
    if (!row.opcode || !row.guard.holds(packet_.predicates)) return;
    row_ = &row;
    memory_ = &memory;
    pd_ = row.pd;
    execute(*row.opcode);
    if (row.pwe) wp(own_);
  }

  bool own() const { return own_; }            ///< hit or condition of the row just executed
  bool dispatches() const { return dispatches_; }  ///< the row just executed found an action
  std::uint8_t action() const { return action_; }  ///< that it found

 private:
  using u32 = std::uint32_t;
  using u64 = std::uint64_t;
  using i32 = std::int32_t;

  struct Operands {
    bool active = false;
    u32 a = 0, b = 0;
    bool pc = false, pb = false;
  };

  Operands take(const DecodedLane& lane) const {
    const auto predicate = [this](std::uint8_t n) { return (packet_.predicates >> n & 1) != 0; };
    return {lane.guard.holds(packet_.predicates), lane.a.of(packet_.registers), lane.b.of(packet_.registers) | lane.imm, predicate(lane.pc),
            predicate(lane.pb)};
  }

  void execute(isa::Opcode opcode) {
    switch (opcode) {
#define NORMAN_EXEC(name, kind, ...) \
  case isa::Opcode::name: {          \
    __VA_ARGS__                      \
  } break;
#include "norman/spec/exec.inc"
#undef NORMAN_EXEC
    }
  }

  // What the statements call. -------------------------------------------------------------------------------------

  void wr(u32 value) { packet_.registers[rd_] = value; }
  void wp(bool value) {
    packet_.predicates = static_cast<std::uint8_t>((packet_.predicates & ~(1u << pd_)) | static_cast<unsigned>(value) << pd_);
  }
  void event(unsigned event_slot, u32 id) {
    packet_.event_ids[event_slot] = static_cast<std::uint16_t>(id);
    packet_.event_valid = static_cast<std::uint8_t>(packet_.event_valid | 1u << event_slot);
  }
  void verdict(u32 word) { packet_.verdict_word = word; }
  void act(u32 bits) { packet_.act |= bits; }
  void lookup();
  void learn();
  void state();
  void rule();
  void prefix();
  void gather();
  // Reserved: no string that is built has its unit, and decoding never yields it.
  void fsm() { assert(false && "reserved"); }

  PacketContext& packet_;
  const DecodedRow* row_ = nullptr;
  const StageMemory* memory_ = nullptr;
  u32 a = 0, b = 0;
  bool pc = false, pb = false;
  unsigned tt = 0, slot = 0;
  std::uint8_t rd_ = 0, pd_ = 0, action_ = 0;
  bool own_ = false, dispatches_ = false;
};

}  // namespace norman
