// The contract's field table as C++ values.
#include "compiler/ast/field.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <vector>

namespace norman::ast {
namespace {

// The contract writes types as the language does: u1..u64, bool, port, mac, ipv4, ipv6, address, time, iface.
Type parseType(std::string_view text, std::string_view name) {
  if (text == "bool" || text == "u1") return Type::boolean();
  if (text == "port") return Type::u32(16, Unit::Port);
  if (text == "iface") return Type::u32(16, Unit::Interface);
  if (text == "mac") return Type::mac();
  if (text == "ipv4") return Type::ipv4();
  if (text == "ipv6" || text == "address") return Type::ipv6();
  if (text == "time") return Type::u64();
  unsigned bits = 0;
  assert(text.size() > 1 && text[0] == 'u');
  std::from_chars(text.data() + 1, text.data() + text.size(), bits);
  assert(bits >= 1 && bits <= 64);
  const auto value_bits = static_cast<uint8_t>(bits);
  const Unit unit = name == "packet.len"           ? Unit::Bytes
                    : name == "time.second_of_day" ? Unit::Seconds
                                                   : Unit::None;
  return bits > 32 ? Type::u64(value_bits, unit) : Type::u32(value_bits, unit);
}

Field makeField(std::string_view name, std::string_view type, uint16_t word, uint8_t lsb, uint8_t width,
                uint32_t mask, int target, bool reserved, std::string_view doc) {
  constexpr int kNoTarget = 255;
  return {.name = name,
          .type = parseType(type, name),
          .word = word,
          .lsb = lsb,
          .width = width,
          .presence_mask = mask,
          .target = target == kNoTarget ? -1 : target,
          .either_family = type == "address",
          .reserved = reserved,
          .doc = doc};
}

struct Table {
  std::vector<Field> fields;
  std::vector<std::pair<std::string_view, FieldId>> by_name;

  Table() {
    fields = {
#define NORMAN_FIELD(id, name, type, word, lsb, width, needs, target, reserved, doc) \
  makeField(name, type, word, lsb, width, needs, target, reserved, doc),
#include "norman/spec/fields.inc"
    };
    for (size_t i = 0; i < fields.size(); ++i) by_name.emplace_back(fields[i].name, static_cast<FieldId>(i));
    std::sort(by_name.begin(), by_name.end());
  }
};

const Table& table() {
  static const Table instance;
  return instance;
}

}  // namespace

const Field& field(FieldId id) { return table().fields[static_cast<size_t>(id)]; }
size_t fieldCount() { return table().fields.size(); }

std::optional<FieldId> findField(std::string_view name) {
  const auto& names = table().by_name;
  const auto found =
      std::lower_bound(names.begin(), names.end(), name,
                       [](const auto& entry, std::string_view wanted) { return entry.first < wanted; });
  if (found == names.end() || found->first != name) return std::nullopt;
  return found->second;
}

}  // namespace norman::ast
