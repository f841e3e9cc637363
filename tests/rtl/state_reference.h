// What an arm of a state step computes: the reference of the benches, written from spec/isa/Enums.td.
#pragma once

#include <algorithm>
#include <cstdint>

#include "norman/spec/isa.h"

namespace norman::test {

/// The new state; `operand` is a in the arm f and b in the arm g.
inline std::uint64_t stateArm(isa::StateOp op, std::uint64_t state, std::uint64_t operand, std::uint64_t a, std::uint64_t b) {
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
  return 0;
}

}  // namespace norman::test
