// The calls of ir.md, done in plain C++ from the enumerations of the contract.
#include "compiler/native/runtime.h"

#include <algorithm>

namespace norman::native {
namespace {

std::uint64_t apply(isa::StateOp op, std::uint64_t state, std::uint64_t operand, std::uint64_t a, std::uint64_t b) {
  switch (op) {
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

/// As a rule stage compares: spec/device/Rules.td.
bool matches(const norman_image_list_entry& entry, const std::uint32_t* key) {
  const auto is = [&](isa::RuleGroup group, bool equal) { return equal != ((entry.invert >> static_cast<unsigned>(group) & 1) != 0); };
  const auto ternary = [&](unsigned first, unsigned count) {
    std::uint32_t difference = 0;
    for (unsigned i = first; i < first + count; ++i) difference |= (key[i] ^ entry.value[i]) & entry.mask[i];
    return difference == 0;
  };
  const auto range = [&](unsigned word, unsigned shift) {
    const std::uint32_t value = key[word] >> shift & 0xffff;
    return value >= (entry.value[word] >> shift & 0xffff) && value <= (entry.mask[word] >> shift & 0xffff);
  };
  return is(isa::RuleGroup::Src, ternary(0, 4)) && is(isa::RuleGroup::Dst, ternary(4, 4)) && is(isa::RuleGroup::Range8Low, range(8, 0)) &&
         is(isa::RuleGroup::Range8High, range(8, 16)) && is(isa::RuleGroup::Range9Low, range(9, 0)) &&
         is(isa::RuleGroup::Range9High, range(9, 16)) && is(isa::RuleGroup::Word10, ternary(10, 1)) &&
         is(isa::RuleGroup::Word11, ternary(11, 1)) && is(isa::RuleGroup::Word12, ternary(12, 1)) && is(isa::RuleGroup::Word13, ternary(13, 1));
}

bool has(const norman_image_list_entry& entry, isa::ListFlag flag) { return (entry.flags >> static_cast<unsigned>(flag) & 1) != 0; }

/// CRC-64/ECMA-182 over a zero byte and the key, most significant bits first.
std::uint64_t hashOf(const std::array<std::uint32_t, 4>& key) {
  std::uint64_t crc = 0;  // a zero byte leaves it
  for (const std::uint32_t word : key) {
    crc ^= std::uint64_t{word} << 32;
    for (int bit = 0; bit < 32; ++bit) crc = crc << 1 ^ ((crc >> 63) != 0 ? 0x42f0e1eba9ea3693u : 0u);
  }
  return crc;
}

}  // namespace

extern "C" bool normanNativeGather(const Execution* execution, std::uint32_t base, std::uint32_t size, std::uint32_t index, std::uint32_t offset,
                                   std::uint32_t* value) {
  const EntryWords& packet = *execution->packet;
  const std::uint32_t layers = packet[isa::kWLength] >> 16;
  const std::array<std::uint32_t, 3> bases = {0, layers & 0xff, layers >> 8};
  const std::uint64_t first = std::uint64_t{bases.at(base)} + index + offset;
  const std::uint64_t end = first + (std::uint64_t{1} << size);
  *value = 0;
  if ((base != 0 && bases.at(base) == 0) || end > packet.window_bytes) return false;
  for (std::uint64_t at = first; at < end; ++at) *value = *value << 8 | packet.window[at];
  return true;
}

extern "C" bool normanNativeRules(Execution* execution, const RuleTable* table, const std::uint32_t* key, std::uint32_t* argument,
                                  std::uint32_t* actions) {
  *argument = 0;
  *actions = 0;
  unsigned continuing = 0;
  unsigned carried = 0;
  for (const norman_image_list_entry& entry : table->entries) {
    if (!matches(entry, key)) continue;
    const bool terminal = has(entry, isa::ListFlag::Terminal);
    if (!terminal && continuing++ == isa::kRuleContinuing) {
      --continuing;
      continue;
    }
    if (has(entry, isa::ListFlag::Counted)) execution->events.push_back(entry.event);
    if (has(entry, isa::ListFlag::Logged)) execution->act |= 1u << static_cast<unsigned>(isa::Act::Log);
    if (has(entry, isa::ListFlag::Captured)) execution->act |= 1u << static_cast<unsigned>(isa::Act::Capture);
    if (has(entry, isa::ListFlag::Carried)) *actions |= std::uint32_t{entry.action} << (8 * carried++);
    if (!terminal) continue;
    *argument = entry.argument;
    return true;
  }
  return false;
}

extern "C" void normanNativeEvent(Execution* execution, std::uint32_t base, std::uint32_t index) {
  execution->events.push_back(base + index);
}

extern "C" bool normanNativeLookup(const Table* table, std::uint32_t k0, std::uint32_t k1, std::uint32_t k2, std::uint32_t k3,
                                   std::uint32_t* value) {
  const auto found = table->find({k0, k1, k2, k3});
  *value = found == table->end() ? 0 : found->second;
  return found != table->end();
}

extern "C" bool normanNativePrefix(const PrefixTable* table, std::uint32_t k0, std::uint32_t k1, std::uint32_t k2, std::uint32_t k3,
                                   std::uint32_t* value) {
  *value = 0;
  for (const auto& [length, prefixes] : *table) {
    std::array<std::uint32_t, 4> key = {k0, k1, k2, k3};
    for (unsigned word = 0; word < key.size(); ++word)
      key[word] &= length >= 32 * (word + 1) ? ~0u : length <= 32 * word ? 0u : ~0u << (32 - length % 32);
    if (const auto found = prefixes.find(key); found != prefixes.end()) {
      *value = found->second;
      return true;
    }
  }
  return false;
}

extern "C" bool normanNativeLearn(LearnedTable* table, std::uint32_t k0, std::uint32_t k1, std::uint32_t k2, std::uint32_t k3,
                                  std::uint32_t now, std::uint32_t byte, std::uint32_t timeout, std::uint32_t mode, std::uint32_t* result) {
  const std::array<std::uint32_t, 4> key{k0, k1, k2, k3};
  const auto has = [mode](isa::LearnMode bit) { return (mode >> static_cast<unsigned>(bit) & 1) != 0; };
  auto& entries = table->entries[table->shared ? 0 : table->execution->program];
  const bool with_byte = has(isa::LearnMode::Byte);
  const std::uint8_t kept = with_byte ? static_cast<std::uint8_t>(byte) : std::uint8_t{0};
  std::uint32_t slot = 0xffffffff;
  *result = with_byte ? 0 : slot;
  if (entries.empty()) return false;
  const std::uint64_t hash = hashOf(key);
  std::array<std::uint32_t, isa::kExactWays> places;
  for (std::uint32_t way = 0; way < places.size(); ++way) {
    const auto row = static_cast<std::uint32_t>(hash >> (isa::kHashShift * way)) % static_cast<std::uint32_t>(entries.size() / places.size());
    places[way] = row * isa::kExactWays + way;
  }
  const auto alive = [&](std::uint32_t place) {
    const LearnedTable::Entry& entry = entries[place];
    return entry.valid && (has(isa::LearnMode::Ever) || ((now - entry.expiry) & 0x80000000) != 0);
  };
  for (const std::uint32_t place : places) {
    if (!alive(place) || entries[place].key != key) continue;
    LearnedTable::Entry& entry = entries[place];
    *result = with_byte ? entry.byte : place;
    if (has(isa::LearnMode::Touch)) {
      entry.expiry = now + timeout;
      entry.byte = kept;
    }
    return true;
  }
  if (!has(isa::LearnMode::Insert)) return false;
  for (const std::uint32_t place : places)
    if (slot == 0xffffffff && !alive(place)) slot = place;
  if (slot == 0xffffffff && has(isa::LearnMode::Replace)) slot = places[now % isa::kExactWays];
  if (slot == 0xffffffff)
    ++table->refused[table->execution->program];
  else
    entries[slot] = {key, now + timeout, kept, true};
  if (!with_byte) *result = slot;
  return false;
}

extern "C" bool normanNativeState(StateObject* object, std::uint32_t index, std::uint64_t a, std::uint64_t b, std::uint64_t k,
                                  std::uint32_t step, std::uint64_t* returned) {
  auto& words = object->words[object->execution->program];
  *returned = 0;
  if (index >= words.size()) return false;
  std::uint64_t& state = words[index];
  const bool condition = holds(static_cast<isa::StateRel>(step >> 8 & 7), state, k);
  const std::uint64_t old = state;
  state = condition ? apply(static_cast<isa::StateOp>(step & 15), state, a, a, b)
                    : apply(static_cast<isa::StateOp>(step >> 4 & 15), state, b, a, b);
  const auto ret = static_cast<isa::StateRet>(step >> 11 & 3);
  *returned = ret == isa::StateRet::Old ? old : ret == isa::StateRet::New ? state : 0;
  return condition;
}

}  // namespace norman::native
