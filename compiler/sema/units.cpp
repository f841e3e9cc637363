// The table of units of LANGUAGE.md section 1.
#include "compiler/sema/units.h"

namespace norman {
namespace {

constexpr UnitInfo kUnits[] = {
    {"byte", Quantity::Bytes, 1},
    {"bytes", Quantity::Bytes, 1},
    {"b", Quantity::Bytes, 1},
    {"kb", Quantity::Bytes, 1000},
    {"mb", Quantity::Bytes, 1000000},
    {"gb", Quantity::Bytes, 1000000000},
    {"kib", Quantity::Bytes, 1024},
    {"mib", Quantity::Bytes, 1024 * 1024},
    {"gib", Quantity::Bytes, 1024 * 1024 * 1024},
    {"bit", Quantity::Bits, 1},
    {"bits", Quantity::Bits, 1},
    {"kbit", Quantity::Bits, 1000},
    {"mbit", Quantity::Bits, 1000000},
    {"gbit", Quantity::Bits, 1000000000},
    {"tbit", Quantity::Bits, 1000000000000},
    {"packet", Quantity::Packets, 1},
    {"packets", Quantity::Packets, 1},
    {"ns", Quantity::Duration, 1},
    {"us", Quantity::Duration, 1000},
    {"ms", Quantity::Duration, 1000000},
    {"s", Quantity::Duration, 1000000000},
    {"min", Quantity::Duration, 60 * 1000000000ull},
    {"h", Quantity::Duration, 3600 * 1000000000ull},
    {"d", Quantity::Duration, 86400 * 1000000000ull},
};

}  // namespace

std::optional<UnitInfo> findUnit(std::string_view name) {
  for (const UnitInfo& unit : kUnits)
    if (unit.name == name) return unit;
  return std::nullopt;
}

const std::vector<std::string_view>& unitNames() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> all;
    for (const UnitInfo& unit : kUnits) all.push_back(unit.name);
    return all;
  }();
  return names;
}

}  // namespace norman
