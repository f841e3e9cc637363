#include "overlay_rtl/model/offline/interface_numbers.h"

#include <algorithm>

#include "norman/spec/norman_hw.h"

namespace norman {
namespace {

constexpr std::uint32_t kBlocks = 65536 - NORMAN_INTERFACE_PATTERNS * NORMAN_INTERFACE_BLOCK;  // where those of patterns may begin

bool isPattern(const PolicyImage::Interface& interface) { return interface.name.ends_with('*'); }

}  // namespace

std::uint16_t InterfaceNumbers::of(const std::string& name) {
  if (name.empty()) return 0;
  const PolicyImage::Interface* pattern = nullptr;
  for (const PolicyImage::Interface& known : known_) {
    if (!isPattern(known)) {
      if (known.name == name) return known.number;
    } else if (name.starts_with(std::string_view(known.name).substr(0, known.name.size() - 1)) &&
               (pattern == nullptr || known.name.size() > pattern->name.size())) {
      pattern = &known;
    }
  }
  const std::uint32_t first = pattern != nullptr ? pattern->number : 1;
  const std::uint32_t last = pattern != nullptr ? first + NORMAN_INTERFACE_BLOCK - 1 : kBlocks - 1;
  std::uint32_t number = first;
  for (const PolicyImage::Interface& known : known_)
    if (!isPattern(known) && known.number >= number && known.number <= last) number = known.number + 1u;
  if (number > last) return static_cast<std::uint16_t>(last);
  known_.push_back({name, static_cast<std::uint16_t>(number)});
  return known_.back().number;
}

}  // namespace norman
