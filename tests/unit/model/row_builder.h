// Builds rows by instruction and slot name, so that tests of the core read like assembly.
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <iostream>
#include <string_view>
#include <utility>

#include "norman/spec/isa.h"

namespace norman::test {

using Row = std::array<std::uint64_t, isa::kRowWords>;
using Slots = std::initializer_list<std::pair<std::string_view, std::uint64_t>>;

/// A register through a selector, zero, or the immediate, as an operand slot of a wide row.
constexpr std::uint64_t regOperand(unsigned reg, isa::Selector sel = isa::Selector::W) {
  return std::uint64_t{1} << 8 | static_cast<std::uint64_t>(sel) << 5 | reg;
}
constexpr std::uint64_t kImmOperand = 2u << 8;

/// A guard slot: the operation takes place if predicate `p` (or its complement) holds.
constexpr std::uint64_t guardOn(unsigned p, bool negated = false) { return 16u | (negated ? 8u : 0u) | p; }

struct Place {
  std::uint8_t stage = isa::kStageExit;
  std::uint8_t row = 0;
};

[[noreturn]] inline void fail(std::string_view what, std::string_view name) {
  std::cerr << "row builder: " << what << " '" << name << "'\n";
  std::abort();
}

inline const isa::InsnInfo& insn(std::string_view name) {
  for (const isa::InsnInfo& candidate : isa::kInsns)
    if (candidate.name == name) return candidate;
  fail("no instruction", name);
}

template <std::size_t N>
void fill(Row& row, const std::array<isa::SlotInfo, N>& slots, Slots values) {
  for (const auto& [name, value] : values) {
    bool found = false;
    for (const isa::SlotInfo& slot : slots) {
      if (slot.name != name) continue;
      isa::set(row, slot, value);
      found = true;
    }
    if (!found) fail("no slot", name);
  }
}

/// A lane operation; slots of every lane format are known by name.
inline std::uint64_t lane(std::string_view name, Slots values) {
  Row row{insn(name).match[0], 0, 0, 0};
  for (const auto& value : values) {
    const auto in = [&](const auto& slots) {
      for (const isa::SlotInfo& slot : slots)
        if (slot.name == value.first) {
          isa::set(row, slot, value.second);
          return true;
        }
      return false;
    };
    if (!in(isa::lane_rr::kSlots) && !in(isa::lane_ri::kSlots) && !in(isa::lane_plog::kSlots) && !in(isa::lane_event::kSlots)) fail("no slot", value.first);
  }
  return row[0];
}

inline Row withNext(Row row, Place next) {
  isa::set(row, isa::control_word::kNextStage, next.stage);
  isa::set(row, isa::control_word::kNextRow, next.row);
  return row;
}

inline Row withBranch(Row row, isa::BranchMode mode, Place taken, unsigned predicate = 0, bool negated = false) {
  isa::set(row, isa::control_word::kBmode, static_cast<unsigned>(mode));
  isa::set(row, isa::control_word::kTakenStage, taken.stage);
  isa::set(row, isa::control_word::kTakenRow, taken.row);
  isa::set(row, isa::control_word::kBp, predicate);
  isa::set(row, isa::control_word::kBneg, negated ? 1 : 0);
  return row;
}

inline Row alu(std::uint64_t lane0, std::uint64_t lane1 = 0, Place next = {}) { return withNext({lane0, lane1, 0, 0}, next); }

/// A row of a table or state stage.
inline Row wide(std::string_view name, Slots values, Place next = {}) {
  Row row = insn(name).match;
  if (insn(name).stage_kind == 'S')
    fill(row, isa::state_row::kSlots, values);
  else if (insn(name).stage_kind == 'R')
    fill(row, isa::rule_row::kSlots, values);
  else if (insn(name).stage_kind == 'G')
    fill(row, isa::gather_row::kSlots, values);
  else
    fill(row, isa::lookup_row::kSlots, values);
  return withNext(row, next);
}

}  // namespace norman::test
