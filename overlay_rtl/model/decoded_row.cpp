// Decoding of rows by the tables that the contract renders.
#include "overlay_rtl/model/decoded_row.h"

namespace norman {
namespace {

using Row = std::array<std::uint64_t, isa::kRowWords>;

template <typename T>
T slot(const Row& row, const isa::SlotInfo& info) {
  return static_cast<T>(isa::get(row, info));
}

Guard makeGuard(std::uint64_t bits) {
  return {(bits >> 4 & 1) != 0, (bits >> 3 & 1) != 0, static_cast<std::uint8_t>(bits & 7)};
}

std::optional<isa::Opcode> match(const Row& row, char stage_kind, unsigned words) {
  for (std::size_t i = 0; i < isa::kInsns.size(); ++i) {
    const isa::InsnInfo& insn = isa::kInsns[i];
    if (insn.stage_kind != stage_kind || insn.reserved) continue;
    bool same = true;
    for (unsigned w = 0; w < words; ++w) same = same && (row[w] & insn.mask[w]) == insn.match[w];
    if (same) return static_cast<isa::Opcode>(i);
  }
  return std::nullopt;
}

DecodedLane decodeLane(std::uint64_t word, bool lane_zero) {
  const Row row{word, 0, 0, 0};
  DecodedLane lane;
  lane.opcode = match(row, 'A', 1);
  if (!lane.opcode) return lane;
  const isa::InsnInfo& insn = isa::kInsns[static_cast<std::size_t>(*lane.opcode)];
  if (insn.lane_zero_only && !lane_zero) {
    lane.opcode.reset();
    return lane;
  }
  // The formats of lanes share their head; where they differ the others' slots are read and not used.
  namespace rr = isa::lane_rr;
  lane.guard = makeGuard(isa::get(row, rr::kGuard));
  lane.a = makePart(isa::get(row, rr::kRa), isa::get(row, rr::kAsel));
  if (isa::get(row, rr::kBimm) != 0)
    lane.imm = slot<std::uint32_t>(row, isa::lane_ri::kImm);
  else
    lane.b = makePart(isa::get(row, rr::kRb), isa::get(row, rr::kBsel));
  lane.rd = slot<std::uint8_t>(row, rr::kRd);
  lane.pd = slot<std::uint8_t>(row, rr::kPd);
  lane.pc = slot<std::uint8_t>(row, rr::kPc);
  lane.pb = slot<std::uint8_t>(row, isa::lane_plog::kPb);
  lane.tt = slot<std::uint8_t>(row, isa::lane_plog::kTt);
  lane.slot = slot<std::uint8_t>(row, isa::lane_event::kSlot);
  return lane;
}

DecodedOperand makeOperand(const Row& row, const isa::SlotInfo& info, std::uint32_t imm) {
  const std::uint64_t bits = isa::get(row, info);
  DecodedOperand operand;
  switch (static_cast<isa::OperandMode>(bits >> 8)) {
    case isa::OperandMode::Zero: break;
    case isa::OperandMode::Reg: operand.part = makePart(bits & 31, bits >> 5 & 7); break;
    case isa::OperandMode::Imm: operand.imm = imm; break;
  }
  return operand;
}

DecodedLookup decodeLookup(const Row& row) {
  namespace f = isa::lookup_row;
  const auto imm = slot<std::uint32_t>(row, f::kImm);
  DecodedLookup lookup;
  lookup.key = {makeOperand(row, f::kK0, imm), makeOperand(row, f::kK1, imm), makeOperand(row, f::kK2, imm), makeOperand(row, f::kK3, imm)};
  lookup.table = slot<std::uint8_t>(row, f::kTable);
  lookup.rd = slot<std::uint8_t>(row, f::kRd);
  lookup.dwe = isa::get(row, f::kDwe) != 0;
  lookup.dbase = slot<std::uint16_t>(row, f::kDbase);
  // A learning lookup has the same places for all of these.
  lookup.size = slot<std::uint8_t>(row, isa::learn_row::kSize);
  lookup.now = slot<std::uint8_t>(row, isa::learn_row::kNow);
  lookup.byte = slot<std::uint8_t>(row, isa::learn_row::kByte);
  lookup.mode = slot<std::uint8_t>(row, isa::learn_row::kMode);
  lookup.timeout = imm;
  return lookup;
}

DecodedRule decodeRule(const Row& row) {
  namespace f = isa::rule_row;
  const isa::SlotInfo keys[] = {f::kK0, f::kK1, f::kK2, f::kK3, f::kK4, f::kK5, f::kK6, f::kK7, f::kK8, f::kK9, f::kK10, f::kK11, f::kK12, f::kK13};
  DecodedRule rule;
  for (std::size_t i = 0; i < rule.key.size(); ++i) rule.key[i] = makeOperand(row, keys[i], 0);
  rule.table = slot<std::uint8_t>(row, f::kTable);
  rule.rd = slot<std::uint8_t>(row, f::kRd);
  rule.rc = slot<std::uint8_t>(row, f::kRc);
  rule.dwe = isa::get(row, f::kDwe) != 0;
  rule.rce = isa::get(row, f::kRce) != 0;
  rule.dbase = slot<std::uint16_t>(row, f::kDbase);
  return rule;
}

DecodedState decodeState(const Row& row) {
  namespace f = isa::state_row;
  const auto imm = slot<std::uint32_t>(row, f::kImm);
  DecodedState state;
  state.index = makeOperand(row, f::kIndex, imm);
  state.alo = makeOperand(row, f::kAlo, imm);
  state.ahi = makeOperand(row, f::kAhi, imm);
  state.blo = makeOperand(row, f::kBlo, imm);
  state.bhi = makeOperand(row, f::kBhi, imm);
  state.klo = makeOperand(row, f::kKlo, imm);
  state.khi = makeOperand(row, f::kKhi, imm);
  state.base = slot<std::uint16_t>(row, f::kBase);
  state.bound = slot<std::uint16_t>(row, f::kBound);
  state.f = slot<std::uint8_t>(row, f::kF);
  state.g = slot<std::uint8_t>(row, f::kG);
  state.rel = slot<std::uint8_t>(row, f::kRel);
  state.ret = slot<std::uint8_t>(row, f::kRet);
  state.rdlo = slot<std::uint8_t>(row, f::kRdlo);
  state.rdhi = slot<std::uint8_t>(row, f::kRdhi);
  state.lowe = isa::get(row, f::kLowe) != 0;
  state.hiwe = isa::get(row, f::kHiwe) != 0;
  return state;
}

DecodedGather decodeGather(const Row& row) {
  namespace f = isa::gather_row;
  DecodedGather gather;
  gather.offset = slot<std::uint32_t>(row, f::kImm);
  gather.index = makeOperand(row, f::kIndex, gather.offset);
  gather.base = slot<std::uint8_t>(row, f::kBase);
  gather.size = slot<std::uint8_t>(row, f::kSize);
  gather.rd = slot<std::uint8_t>(row, f::kRd);
  gather.dwe = isa::get(row, f::kDwe) != 0;
  return gather;
}

}  // namespace

Part makePart(std::uint64_t reg, std::uint64_t selector) {
  Part part;
  part.reg = static_cast<std::uint8_t>(reg);
  switch (static_cast<isa::Selector>(selector)) {
    case isa::Selector::W: part.mask = 0xffffffff; break;
    case isa::Selector::B0: part.mask = 0xff; break;
    case isa::Selector::B1: part.shift = 8; part.mask = 0xff; break;
    case isa::Selector::B2: part.shift = 16; part.mask = 0xff; break;
    case isa::Selector::B3: part.shift = 24; part.mask = 0xff; break;
    case isa::Selector::H0: part.mask = 0xffff; break;
    case isa::Selector::H1: part.shift = 16; part.mask = 0xffff; break;
  }
  return part;
}

DecodedRow decodeRow(const Row& row, char stage_kind) {
  namespace c = isa::control_word;
  DecodedRow decoded;
  decoded.mode = static_cast<isa::BranchMode>(isa::get(row, c::kBmode));
  decoded.negated = isa::get(row, c::kBneg) != 0;
  decoded.predicate = slot<std::uint8_t>(row, c::kBp);
  decoded.next_stage = slot<std::uint8_t>(row, c::kNextStage);
  decoded.next_row = slot<std::uint8_t>(row, c::kNextRow);
  decoded.taken_stage = slot<std::uint8_t>(row, c::kTakenStage);
  decoded.taken_row = slot<std::uint8_t>(row, c::kTakenRow);
  if (stage_kind == 'A') {
    decoded.lanes = {decodeLane(row[0], true), decodeLane(row[1], false)};
    return decoded;
  }
  decoded.opcode = match(row, stage_kind, isa::kRowWords);
  if (!decoded.opcode) return decoded;
  namespace h = isa::lookup_row;  // the head of all wide rows is the same
  decoded.guard = makeGuard(isa::get(row, h::kGuard));
  decoded.pd = slot<std::uint8_t>(row, h::kPd);
  decoded.pwe = isa::get(row, h::kPwe) != 0;
  if (stage_kind == 'E' || stage_kind == 'L')
    decoded.lookup = decodeLookup(row);
  else if (stage_kind == 'S')
    decoded.state = decodeState(row);
  else if (stage_kind == 'R')
    decoded.rule = decodeRule(row);
  else if (stage_kind == 'G')
    decoded.gather = decodeGather(row);
  return decoded;
}

}  // namespace norman
