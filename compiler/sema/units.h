// The units of numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace norman {

enum class Quantity { Bytes, Bits, Packets, Duration };

struct UnitInfo {
  std::string_view name;
  Quantity quantity;
  uint64_t factor;  // bytes, bits, packets or nanoseconds in one
};

/// The unit of this name, or nothing.
std::optional<UnitInfo> findUnit(std::string_view name);
/// All names, for suggestions.
const std::vector<std::string_view>& unitNames();

}  // namespace norman
