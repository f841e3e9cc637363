// Hash and lookup of the model's exact-match stage.
#include "overlay_rtl/model/exact_table.h"

namespace norman {
namespace {

constexpr std::uint64_t kPolynomial = 0x42f0e1eba9ea3693;

// The CRC is linear over its input and starts at zero, so a table for each byte position would do as well; one table
// for single bytes is fast enough here.
constexpr std::array<std::uint64_t, 256> makeTable() {
  std::array<std::uint64_t, 256> table{};
  for (std::uint64_t byte = 0; byte < 256; ++byte) {
    std::uint64_t crc = byte << 56;
    for (int bit = 0; bit < 8; ++bit) crc = (crc << 1) ^ ((crc >> 63) != 0 ? kPolynomial : 0);
    table[byte] = crc;
  }
  return table;
}
constexpr std::array<std::uint64_t, 256> kTable = makeTable();

std::uint64_t step(std::uint64_t crc, std::uint8_t byte) { return (crc << 8) ^ kTable[(crc >> 56) ^ byte]; }

}  // namespace

std::uint64_t exactHash(std::uint8_t table, const ExactKey& key) {
  std::uint64_t crc = step(0, table);
  for (const std::uint32_t word : key)
    for (int shift = 24; shift >= 0; shift -= 8) crc = step(crc, static_cast<std::uint8_t>(word >> shift));
  return crc;
}

const ExactEntry* ExactTable::find(std::uint8_t table, const ExactKey& key) const {
  const std::uint64_t hash = exactHash(table, key);
  for (std::uint32_t way = 0; way < isa::kExactWays; ++way) {
    const ExactEntry& entry = entries_[way * rows_ + rowOf(hash, way)];
    if (entry.valid && entry.table == table && entry.key == key) return &entry;
  }
  return nullptr;
}

}  // namespace norman
