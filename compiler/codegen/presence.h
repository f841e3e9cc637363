// What the presence bits of entry word 0 say about each other.
#pragma once

#include <cstdint>
#include <span>

namespace norman::codegen {

/// A conjunction of presence bits: all of them are set.
using PresenceMask = uint32_t;

/// Adds every bit that the given ones imply (a TCP packet has ports and an IP header).
PresenceMask closure(PresenceMask known);

/// The bits that still must be tested to know all of `needed`, when those of `known` are known to be set.
PresenceMask untested(PresenceMask needed, PresenceMask known);

/// Whether no packet has all these bits (IPv4 and IPv6 at once).
bool contradicts(PresenceMask known);

/// Groups of bits; of each group a packet has at most one.
std::span<const PresenceMask> exclusiveGroups();

}  // namespace norman::codegen
