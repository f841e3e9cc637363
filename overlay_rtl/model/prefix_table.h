// One prefix stage of the model: the search through separators, slots, boundaries and results as the contract describes it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "overlay_rtl/model/exact_table.h"

namespace norman {

class PrefixTable {
 public:
  struct Result {
    std::uint32_t value = 0;
    std::uint8_t action = 0;

    bool operator==(const Result&) const = default;
  };

  /// 2^levels slots, and `blocks` blocks.
  PrefixTable(std::uint32_t levels, std::uint32_t blocks);

  /// Writes a word of one of the memories (enum PrefixMemory); false if there is no such word.
  bool write(std::uint32_t memory, std::uint32_t address, const ExactEntry& word);

  /// What a lookup finds.
  std::optional<Result> find(std::uint8_t table, const ExactKey& key) const;

 private:
  /// A place on the number line, or one beyond its end.
  using Place = std::array<std::uint32_t, 1 + isa::kExactKeyWords>;
  struct Slot {
    std::uint32_t block = 0;
    std::optional<Result> result;
  };
  static constexpr Place kBeyond{~std::uint32_t{0}};

  std::uint32_t levels_, blocks_, bank_ = 0;
  std::vector<std::vector<Place>> separators_, boundaries_;  // by level
  std::vector<Slot> slots_;
  std::vector<std::optional<Result>> results_;
};

}  // namespace norman
