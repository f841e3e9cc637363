// The layout of keys, once for the compiler's code and the entries beside it.
#include "compiler/codegen/table_key.h"

namespace norman::codegen {
namespace {

constexpr unsigned kKeyWords = 4;

unsigned piecesOf(const ast::Type& type) { return (type.bits + 31u) / 32u; }

unsigned widthOf(const ast::Type& type, unsigned piece) {
  if (type.isInt()) return type.value_bits <= 16 ? 16 : 32;
  return type.kind == ast::TypeKind::Mac && piece == 0 ? 16 : 32;
}

}  // namespace

std::optional<std::vector<KeyPiece>> keyLayout(std::span<const ast::Type> types) {
  std::vector<KeyPiece> layout;
  unsigned next = 0;
  constexpr unsigned kNone = ~0u;
  unsigned half = kNone;  // a word whose upper half is free
  for (unsigned part = 0; part < types.size(); ++part)
    for (unsigned piece = 0; piece < piecesOf(types[part]); ++piece) {
      const unsigned width = widthOf(types[part], piece);
      if (width == 16 && half != kNone) {
        layout.push_back({part, piece, width, half, 16});
        half = kNone;
        continue;
      }
      if (width == 16) half = next;
      layout.push_back({part, piece, width, next++, 0});
    }
  if (next > kKeyWords) return std::nullopt;
  return layout;
}

unsigned lowestBit(const KeyPiece& piece, std::span<const ast::Type> types) {
  return 32 * (piecesOf(types[piece.part]) - 1 - piece.piece);
}

std::array<uint32_t, 4> keyOf(std::span<const ast::Bits128> values, std::span<const ast::Type> types) {
  std::array<uint32_t, 4> key{};
  const std::optional<std::vector<KeyPiece>> layout = keyLayout(types);
  for (const KeyPiece& piece : *layout) {
    const unsigned below = lowestBit(piece, types);
    const ast::Bits128& value = values[piece.part];
    const uint64_t bits = below >= 64 ? value.hi >> (below - 64) : value.lo >> below;
    key[piece.word] |= static_cast<uint32_t>(bits) << piece.shift;
  }
  return key;
}

}  // namespace norman::codegen
