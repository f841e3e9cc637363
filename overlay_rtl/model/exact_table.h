// One exact-match stage of the model: four ways of hashed entries, which software or the stage itself puts there.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "norman/spec/isa.h"

namespace norman {

using ExactKey = std::array<std::uint32_t, isa::kExactKeyWords>;

struct ExactEntry {
  ExactKey key{};
  std::uint32_t value = 0;
  std::uint8_t action = 0;
  std::uint8_t table = 0;
  bool valid = false;

  bool operator==(const ExactEntry&) const = default;
};

/// CRC-64/ECMA-182 of the table id and the key, most significant byte of each word first.
///
/// Written apart from runtime/core's, so that a mistake in either shows as a lookup that misses.
std::uint64_t exactHash(std::uint8_t table, const ExactKey& key);

/// The memory behind one exact stage; software decides which entry goes where.
class ExactTable {
 public:
  explicit ExactTable(std::uint32_t rows_per_way) : rows_(rows_per_way), entries_(rows_per_way * isa::kExactWays) {}

  std::uint32_t rows() const { return rows_; }
  ExactEntry& at(std::uint32_t way, std::uint32_t row) { return entries_[way * rows_ + row]; }

  /// Row of way `way` that a key with this hash may lie in.
  std::uint32_t rowOf(std::uint64_t hash, std::uint32_t way) const {
    return static_cast<std::uint32_t>(hash >> (isa::kHashShift * way)) & (rows_ - 1);
  }

  /// One learning lookup, as spec/isa/Rows.td says; `mode` holds bits of enum LearnMode, what is written keeps `byte`.
  struct Learned {
    bool found = false;
    bool full = false;                 ///< refused: all places taken
    std::uint32_t slot = 0xffffffff;
    std::uint8_t byte = 0;             ///< of the entry found, before anything was written
    struct Place {
      std::uint32_t way, row;
    };
    std::optional<Place> written{};
  };
  Learned learn(std::uint8_t table, std::uint32_t size, const ExactKey& key, std::uint32_t now, std::uint32_t timeout, std::uint8_t mode,
                std::uint8_t byte);

  /// The entry of the lowest way that matches, or null. While software moves an entry two ways hold the same one.
  const ExactEntry* find(std::uint8_t table, const ExactKey& key) const;

 private:
  std::uint32_t rows_;
  std::vector<ExactEntry> entries_;
};

}  // namespace norman
