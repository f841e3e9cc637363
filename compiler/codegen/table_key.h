// How a combination of values lies in the key words of an exact stage.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "compiler/ast/program.h"

namespace norman::codegen {

/// A 32-bit (or, of a MAC address, 16-bit) part of one of the combination's values, and its place.
struct KeyPiece {
  unsigned part;   // of the combination
  unsigned piece;  // of the value, most significant first
  unsigned width;  // 16 or 32
  unsigned word;   // of the key
  unsigned shift;  // 0 or 16
};

/// Whole words in order; pieces of 16 bits (ports, the upper part of a MAC address) share words. Nothing when
/// it takes more than the four words of a key. The layout depends on the types alone: who changes a table
/// from outside must find it again.
std::optional<std::vector<KeyPiece>> keyLayout(std::span<const ast::Type> types);

/// Bits of the part below the piece.
unsigned lowestBit(const KeyPiece& piece, std::span<const ast::Type> types);

/// The key words of one combination.
std::array<uint32_t, 4> keyOf(std::span<const ast::Bits128> values, std::span<const ast::Type> types);

}  // namespace norman::codegen
