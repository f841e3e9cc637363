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

}  // namespace

extern "C" void normanNativeEvent(Execution* execution, std::uint32_t base, std::uint32_t index) {
  execution->events.push_back(base + index);
}

extern "C" bool normanNativeLookup(const Table* table, std::uint32_t k0, std::uint32_t k1, std::uint32_t k2, std::uint32_t k3,
                                   std::uint32_t* value) {
  const auto found = table->find({k0, k1, k2, k3});
  *value = found == table->end() ? 0 : found->second;
  return found != table->end();
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
