// The search for a range: implicit binary trees over separators, then over a block's boundaries.
#include "overlay_rtl/model/prefix_table.h"

namespace norman {

PrefixTable::PrefixTable(std::uint32_t levels, std::uint32_t blocks)
    : levels_(levels), blocks_(blocks), slots_(std::size_t{2} << levels), results_(std::size_t{blocks} * isa::kPrefixBlockRanges) {
  for (std::uint32_t level = 0; level < levels; ++level) separators_.emplace_back(std::size_t{2} << level, kBeyond);
  for (std::uint32_t level = 0; level < isa::kPrefixBlockLevels; ++level) boundaries_.emplace_back(std::size_t{blocks} << level, kBeyond);
}

bool PrefixTable::write(std::uint32_t memory, std::uint32_t address, const ExactEntry& word) {
  const auto at = [](isa::PrefixMemory first) { return static_cast<std::uint32_t>(first); };
  const std::optional<Result> result = word.valid ? std::optional<Result>({word.value, word.action}) : std::nullopt;
  const auto writePlace = [&](std::vector<std::vector<Place>>& levels, std::uint32_t level) {
    if (level >= levels.size() || address >= levels[level].size()) return false;
    levels[level][address] = word.valid ? Place{word.table, word.key[0], word.key[1], word.key[2], word.key[3]} : kBeyond;
    return true;
  };
  if (memory < at(isa::PrefixMemory::Slots)) return writePlace(separators_, memory);
  if (memory == at(isa::PrefixMemory::Slots)) {
    if (address >= slots_.size() || word.key[3] >= blocks_) return false;
    slots_[address] = {word.key[3], result};
    return true;
  }
  if (memory < at(isa::PrefixMemory::Results)) return writePlace(boundaries_, memory - at(isa::PrefixMemory::Boundaries));
  if (memory == at(isa::PrefixMemory::Results)) {
    if (address >= results_.size()) return false;
    results_[address] = result;
    return true;
  }
  if (memory != at(isa::PrefixMemory::Bank) || address > 1) return false;
  bank_ = address;
  return true;
}

std::optional<PrefixTable::Result> PrefixTable::find(std::uint8_t table, const ExactKey& key) const {
  const Place place{table, key[0], key[1], key[2], key[3]};
  const auto descend = [&place](const std::vector<std::vector<Place>>& levels, std::uint32_t from) {
    std::uint32_t node = 0;
    for (std::uint32_t level = 0; level < levels.size(); ++level) {
      const std::size_t index = (std::size_t{from} << level) + node;
      node = 2 * node + (index < levels[level].size() && place >= levels[level][index] ? 1 : 0);
    }
    return node;
  };
  const Slot& slot = slots_[(std::size_t{bank_} << levels_) + descend(separators_, bank_)];
  const auto& result = results_[std::size_t{slot.block} * isa::kPrefixBlockRanges + descend(boundaries_, slot.block)];
  return result ? result : slot.result;
}

}  // namespace norman
