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

ExactTable::Learned ExactTable::learn(std::uint8_t table, std::uint32_t size, const ExactKey& key, std::uint32_t now, std::uint32_t timeout,
                                      std::uint8_t mode, std::uint8_t byte) {
  const auto has = [mode](isa::LearnMode bit) { return (mode >> static_cast<unsigned>(bit) & 1) != 0; };
  const std::uint64_t hash = exactHash(0, key);
  const std::uint32_t mask = (isa::kLearnUnit << size) - 1;
  const auto row = [&](std::uint32_t way) { return rowOf(hash, way) & mask; };
  const auto placeRow = [&](std::uint32_t way) { return (isa::kLearnUnit * table | row(way)) & (rows_ - 1); };
  const auto entry = [&](std::uint32_t way) -> ExactEntry& { return at(way, placeRow(way)); };
  const auto alive = [&](std::uint32_t way) {
    const ExactEntry& held = entry(way);
    return held.valid && (has(isa::LearnMode::Ever) || ((now - held.value) >> 31) != 0);
  };
  const auto take = [&](std::uint32_t way) {
    entry(way) = {.key = key, .value = now + timeout, .action = byte, .table = table, .valid = true};
    return Learned::Place{way, placeRow(way)};
  };
  const auto slot = [&](std::uint32_t way) { return row(way) * isa::kExactWays + way; };

  for (std::uint32_t way = 0; way < isa::kExactWays; ++way) {
    if (!alive(way) || entry(way).table != table || entry(way).key != key) continue;
    Learned learned{.found = true, .slot = slot(way), .byte = entry(way).action};
    if (has(isa::LearnMode::Touch)) learned.written = take(way);
    return learned;
  }
  if (!has(isa::LearnMode::Insert)) return {};
  std::uint32_t way = 0;
  while (way < isa::kExactWays && alive(way)) ++way;
  if (way == isa::kExactWays) {
    if (!has(isa::LearnMode::Replace)) return {.full = true};
    way = now % isa::kExactWays;
  }
  return {.slot = slot(way), .written = take(way)};
}

}  // namespace norman
