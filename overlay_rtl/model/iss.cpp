// The steps of table and state stages.
#include "overlay_rtl/model/iss.h"

#include <algorithm>

namespace norman {
namespace {

bool holds(isa::StateRel rel, std::uint64_t state, std::uint64_t k) {
  switch (rel) {
    case isa::StateRel::Never: return false;
    case isa::StateRel::Always: return true;
    case isa::StateRel::Eq: return state == k;
    case isa::StateRel::Ne: return state != k;
    case isa::StateRel::Ltu: return state < k;
    case isa::StateRel::Geu: return state >= k;
    case isa::StateRel::Gtu: return state > k;
    case isa::StateRel::Leu: return state <= k;
  }
  return false;
}

// `operand` is a in the arm f and b in the arm g; maxadd takes both, whichever arm it stands in. A code that no record
// has keeps the state.
std::uint64_t apply(std::uint8_t op, std::uint64_t state, std::uint64_t operand, std::uint64_t a, std::uint64_t b) {
  switch (static_cast<isa::StateOp>(op)) {
    case isa::StateOp::Keep: return state;
    case isa::StateOp::Set: return operand;
    case isa::StateOp::Add: return state + operand;
    case isa::StateOp::Sub: return state - operand;
    case isa::StateOp::Max: return std::max(state, operand);
    case isa::StateOp::Min: return std::min(state, operand);
    case isa::StateOp::Or: return state | operand;
    case isa::StateOp::Andn: return state & ~operand;
    case isa::StateOp::Maxadd: return std::max(state, b) + a;
  }
  return state;
}

}  // namespace

void RowContext::lookup() {
  const DecodedLookup& row = row_->lookup;
  ExactKey key;
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = row.key[i].of(packet_.registers);
  const ExactEntry* entry = memory_->exact->find(row.table, key);
  if (entry == nullptr) return;
  own_ = true;
  dispatches_ = true;
  action_ = entry->action;
  if (row.dwe) packet_.registers[row.rd] = entry->value;
}

void RowContext::rule() {
  const DecodedRule& row = row_->rule;
  RuleKey key;
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = row.key[i].of(packet_.registers);
  const RuleResult result = memory_->rules->find(row.table, key);
  own_ = result.hit;
  bool lost = result.lost;

  u32 carried = 0;
  unsigned carries = 0;
  const auto act = [&](const RuleEntryResult& entry) {
    if (entry.log) packet_.act |= 1u << static_cast<unsigned>(isa::Act::Log);
    if (entry.capture) packet_.act |= 1u << static_cast<unsigned>(isa::Act::Capture);
    if (!entry.counts) return;
    unsigned free_slot = 0;
    while (free_slot < isa::kEventSlots && (packet_.event_valid >> free_slot & 1) != 0) ++free_slot;
    if (free_slot == isa::kEventSlots)
      lost = true;
    else
      event(free_slot, entry.event);
  };
  for (unsigned i = 0; i < result.continuing; ++i) {
    const RuleEntryResult& entry = result.earlier[i];
    act(entry);
    if (entry.carry) carried |= u32{entry.action} << (8 * carries++);
  }
  if (result.hit) {
    act(result.terminal);
    if (row.dwe) packet_.registers[row.rd] = result.terminal.argument;
  }
  if (row.rce) packet_.registers[row.rc] = carried;
  dispatches_ = result.hit || carries != 0;
  action_ = carries != 0 ? static_cast<std::uint8_t>(carried) : result.terminal.action;
  if (lost) ++*memory_->rule_lost;
}

void RowContext::prefix() {
  const DecodedLookup& row = row_->lookup;
  ExactKey key;
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = row.key[i].of(packet_.registers);
  const std::optional<PrefixTable::Result> result = memory_->prefixes->find(row.table, key);
  if (!result) return;
  own_ = true;
  dispatches_ = true;
  action_ = result->action;
  if (row.dwe) packet_.registers[row.rd] = result->value;
}

void RowContext::gather() {
  const DecodedGather& row = row_->gather;
  const u32 offsets = (*memory_->packet)[isa::kWLength];
  u64 first = u64{row.index.of(packet_.registers)} + row.offset, size = 0;
  bool there = true;
  switch (static_cast<isa::GatherBase>(row.base)) {
    case isa::GatherBase::Frame: break;
    case isa::GatherBase::L3:
      there = (offsets >> 16 & 0xff) != 0;
      first += offsets >> 16 & 0xff;
      break;
    case isa::GatherBase::L4:
      there = offsets >> 24 != 0;
      first += offsets >> 24;
      break;
    default: there = false;
  }
  switch (static_cast<isa::GatherSize>(row.size)) {
    case isa::GatherSize::Byte: size = 1; break;
    case isa::GatherSize::Half: size = 2; break;
    case isa::GatherSize::Word: size = 4; break;
    default: there = false;
  }
  own_ = there && first + size <= memory_->packet->window_bytes;
  u32 value = 0;
  for (u64 at = first; own_ && at < first + size; ++at) value = value << 8 | memory_->packet->window[at];
  if (row.dwe) packet_.registers[row.rd] = value;
}

void RowContext::learn() {
  const DecodedLookup& row = row_->lookup;
  ExactKey key;
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = row.key[i].of(packet_.registers);
  const auto has = [&row](isa::LearnMode bit) { return (row.mode >> static_cast<unsigned>(bit) & 1) != 0; };
  const bool with_byte = has(isa::LearnMode::Byte);
  const ExactTable::Learned result = memory_->exact->learn(row.table, row.size, key, packet_.registers[row.now], row.timeout, row.mode,
                                                           with_byte ? static_cast<std::uint8_t>(packet_.registers[row.byte]) : std::uint8_t{0});
  own_ = result.found;
  *memory_->learn_full += result.full;
  if (has(isa::LearnMode::Share)) *memory_->shared = result.written;
  if (row.dwe) packet_.registers[row.rd] = with_byte ? result.byte : result.slot;
}

void RowContext::state() {
  const DecodedState& row = row_->state;
  const auto wide = [this](const DecodedOperand& hi, const DecodedOperand& lo) {
    return u64{hi.of(packet_.registers)} << 32 | lo.of(packet_.registers);
  };
  const u32 index = row.index.of(packet_.registers);
  if (index > row.bound) {
    ++*memory_->bad_index;
    return;
  }
  const u64 operand_a = wide(row.ahi, row.alo);
  const u64 operand_b = wide(row.bhi, row.blo);
  // The size is a power of two; a verified image stays below it.
  u64& word = (*memory_->state)[(row.base + index) & (memory_->state->size() - 1)];
  const u64 before = word;
  own_ = holds(static_cast<isa::StateRel>(row.rel), before, wide(row.khi, row.klo));
  word = own_ ? apply(row.f, before, operand_a, operand_a, operand_b) : apply(row.g, before, operand_b, operand_a, operand_b);
  u64 result = 0;
  switch (static_cast<isa::StateRet>(row.ret)) {
    case isa::StateRet::None: break;
    case isa::StateRet::Old: result = before; break;
    case isa::StateRet::New: result = word; break;
  }
  if (row.lowe) packet_.registers[row.rdlo] = static_cast<u32>(result);
  if (row.hiwe) packet_.registers[row.rdhi] = static_cast<u32>(result >> 32);
}

}  // namespace norman
