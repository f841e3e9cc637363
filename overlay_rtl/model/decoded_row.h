// Rows of the instruction memory, decoded once when they are loaded.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "norman/spec/isa.h"

namespace norman {

/// A part of a register: (value >> shift) & mask.
struct Part {
  std::uint8_t reg = 0;
  std::uint8_t shift = 0;
  std::uint32_t mask = 0;

  std::uint32_t of(const std::array<std::uint32_t, isa::kRegistersMax>& registers) const { return registers[reg] >> shift & mask; }
};

/// Shift and mask of a selector; the code that no selector has selects nothing.
Part makePart(std::uint64_t reg, std::uint64_t selector);

struct Guard {
  bool enabled = false;
  bool negated = false;
  std::uint8_t predicate = 0;

  bool holds(std::uint8_t predicates) const { return !enabled || (((predicates >> predicate & 1) != 0) != negated); }
};

/// A lane operation; `opcode` empty means that nothing is done.
struct DecodedLane {
  std::optional<isa::Opcode> opcode;
  Guard guard;
  Part a;
  Part b;             // of b when it is a register; its mask is zero when it is the immediate
  std::uint32_t imm = 0;
  std::uint8_t rd = 0, pd = 0, pc = 0, pb = 0, tt = 0, slot = 0;
};

/// An operand of a wide row: zero, a part of a register, or the row's immediate.
struct DecodedOperand {
  Part part;              // mask 0 unless it is a register
  std::uint32_t imm = 0;  // 0 unless it is the immediate

  std::uint32_t of(const std::array<std::uint32_t, isa::kRegistersMax>& registers) const { return part.of(registers) | imm; }
};

struct DecodedLookup {
  std::array<DecodedOperand, isa::kExactKeyWords> key;
  std::uint8_t table = 0, rd = 0;
  bool dwe = false;
  std::uint16_t dbase = 0;
  // Of learning lookups
  std::uint8_t size = 0, now = 0, byte = 0, mode = 0;
  std::uint32_t timeout = 0;
};

struct DecodedRule {
  std::array<DecodedOperand, isa::kRuleKeyWords> key;
  std::uint8_t table = 0, rd = 0, rc = 0;
  bool dwe = false, rce = false;
  std::uint16_t dbase = 0;
};

struct DecodedState {
  DecodedOperand index, alo, ahi, blo, bhi, klo, khi;
  std::uint16_t base = 0, bound = 0;
  std::uint8_t f = 0, g = 0, rel = 0, ret = 0, rdlo = 0, rdhi = 0;
  bool lowe = false, hiwe = false;
};

struct DecodedGather {
  DecodedOperand index;
  std::uint32_t offset = 0;
  std::uint8_t base = 0, size = 0, rd = 0;
  bool dwe = false;
};

struct DecodedRow {
  isa::BranchMode mode = isa::BranchMode::Next;
  bool negated = false;
  std::uint8_t predicate = 0;
  std::uint8_t next_stage = 0, next_row = 0, taken_stage = 0, taken_row = 0;

  std::array<DecodedLane, 2> lanes;  // of ALU rows

  // Of rows that a table or state stage executes; `opcode` empty means that nothing is done.
  std::optional<isa::Opcode> opcode;
  Guard guard;
  std::uint8_t pd = 0;
  bool pwe = false;
  DecodedLookup lookup;
  DecodedState state;
  DecodedRule rule;
  DecodedGather gather;
};

/// Decodes a row for a stage of this kind. Undefined and reserved encodings become "nothing".
DecodedRow decodeRow(const std::array<std::uint64_t, isa::kRowWords>& row, char stage_kind);

}  // namespace norman
