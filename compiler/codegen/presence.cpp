// The implications between headers, as overlay_rtl/spec/parsing.md states them.
#include "compiler/codegen/presence.h"

#include <bit>

#include "norman/spec/isa.h"

namespace norman::codegen {
namespace {

struct Implication {
  PresenceMask from;
  PresenceMask to;
};

// Listed from the outside in, so that one pass reaches the closure.
constexpr Implication kImplications[] = {
    {isa::kHasVlan2, isa::kHasVlan},     {isa::kHasVlan, isa::kHasEth},
    {isa::kHasArp, isa::kHasEth},        {isa::kHasLaterFragment, isa::kHasFragment},
    {isa::kHasTcp, isa::kHasPorts},      {isa::kHasUdp, isa::kHasPorts},
    {isa::kHasSctp, isa::kHasPorts},     {isa::kHasPorts, isa::kHasIp},
    {isa::kHasIcmp, isa::kHasIpv4},      {isa::kHasIcmpv6, isa::kHasIpv6},
    {isa::kHasIpOptions, isa::kHasIpv4}, {isa::kHasIpv6Ext, isa::kHasIpv6},
    {isa::kHasFragment, isa::kHasIp},    {isa::kHasIpv4, isa::kHasIp},
    {isa::kHasIpv6, isa::kHasIp},        {isa::kHasIp, isa::kHasEth},
};

// Of each group a packet has at most one.
constexpr PresenceMask kExclusive[] = {
    isa::kHasArp | isa::kHasIpv4 | isa::kHasIpv6,
    isa::kHasArp | isa::kHasIp,
    isa::kHasTcp | isa::kHasUdp | isa::kHasSctp | isa::kHasIcmp | isa::kHasIcmpv6 | isa::kHasLaterFragment,
};

}  // namespace

PresenceMask closure(PresenceMask known) {
  for (const Implication& i : kImplications)
    if (known & i.from) known |= i.to;
  return known;
}

PresenceMask untested(PresenceMask needed, PresenceMask known) {
  known = closure(known);
  PresenceMask rest = needed & ~known;
  for (PresenceMask bits = rest; bits != 0; bits &= bits - 1) {
    const PresenceMask bit = bits & -bits;
    if (closure(known | (rest & ~bit)) & bit) rest &= ~bit;
  }
  return rest;
}

std::span<const PresenceMask> exclusiveGroups() { return kExclusive; }

bool contradicts(PresenceMask known) {
  known = closure(known);
  for (const PresenceMask group : kExclusive)
    if (std::popcount(known & group) > 1) return true;
  return false;
}

}  // namespace norman::codegen
