// Writes and reads values of tables, and describes entries of rule lists by the fields that they compare.
#include "compiler/tools/table_text.h"

#include <arpa/inet.h>

#include <algorithm>
#include <bit>
#include <cctype>

#include <fmt/format.h>

#include "compiler/ast/field.h"
#include "compiler/parse/literals.h"

namespace norman::tools {
namespace {

std::string_view trim(std::string_view text) {
  const auto space = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  while (!text.empty() && space(text.back())) text.remove_suffix(1);
  return text;
}

std::string ipv4Text(std::uint32_t value) {
  return fmt::format("{}.{}.{}.{}", value >> 24, value >> 16 & 0xff, value >> 8 & 0xff, value & 0xff);
}

std::string ipv6Text(const ast::Bits128& value) {
  in6_addr address;
  for (int i = 0; i < 8; ++i) {
    address.s6_addr[i] = static_cast<std::uint8_t>(value.hi >> (56 - 8 * i));
    address.s6_addr[i + 8] = static_cast<std::uint8_t>(value.lo >> (56 - 8 * i));
  }
  char text[INET6_ADDRSTRLEN];
  return inet_ntop(AF_INET6, &address, text, sizeof text);
}

// What the lexer sees to before values of a policy are read.

bool isNumber(std::string_view text) {
  std::string_view digits = "0123456789_";
  if (text.starts_with("0x")) digits = "0123456789abcdefABCDEF_";
  if (text.starts_with("0b")) digits = "01_";
  if (digits.size() != 11) text.remove_prefix(2);
  return !text.empty() && text[0] != '_' && text.find_first_not_of(digits) == std::string_view::npos;
}

bool isMac(std::string_view text) {
  if (text.size() != 17) return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (i % 3 == 2 ? text[i] != ':' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) return false;
  return true;
}

unsigned addressBits(isa::ValueType type) { return type == isa::ValueType::Ipv6 ? 128 : 32; }

/// "a", "a or b", "a, b or c".
std::string orList(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) text += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + names[i];
  return text;
}

}  // namespace

std::string partText(const ImageTable& table, std::size_t part) {
  return fmt::format("{}{}", isa::kValueTypeNames[static_cast<std::size_t>(table.key[part])], table.prefixes ? " prefix" : "");
}

std::string keyText(const ImageTable& table) {
  std::string text;
  for (std::size_t i = 0; i < table.key.size(); ++i) text += (i == 0 ? "" : ", ") + partText(table, i);
  return table.key.size() == 1 ? text : "(" + text + ")";
}

std::string valueText(const ast::Bits128& value, isa::ValueType type, const PolicyImage& image) {
  switch (type) {
    case isa::ValueType::Ipv4:
      return ipv4Text(static_cast<std::uint32_t>(value.lo));
    case isa::ValueType::Ipv6:
      return ipv6Text(value);
    case isa::ValueType::Mac: {
      std::string text;
      for (int shift = 40; shift >= 0; shift -= 8) text += fmt::format("{}{:02x}", text.empty() ? "" : ":", value.lo >> shift & 0xff);
      return text;
    }
    case isa::ValueType::Interface:
      for (const PolicyImage::Interface& i : image.interfaces())
        if (i.number == value.lo) return fmt::format("\"{}\"", i.name);
      break;
    case isa::ValueType::Number:
    case isa::ValueType::Port:
    case isa::ValueType::Bytes:
      break;
  }
  return std::to_string(value.lo);
}

std::string keyPartText(const ImageTable& table, const TableKey& key, std::size_t part, const PolicyImage& image) {
  const std::string text = valueText(key[part], table.key[part], image);
  if (!table.prefixes || key.back().lo == addressBits(table.key[part])) return text;
  return fmt::format("{}/{}", text, key.back().lo);
}

std::string entryText(const ImageTable& table, const TableKey& key, const TableEntry& entry, const PolicyImage& image) {
  std::string text;
  for (std::size_t i = 0; i < table.key.size(); ++i) text += (i == 0 ? "" : ", ") + keyPartText(table, key, i, image);
  if (table.key.size() != 1) text = "(" + text + ")";
  if (table.value) text += " -> " + valueText(entry.value, *table.value, image);
  return text;
}

Result<EntryWords> splitEntry(std::string_view text) {
  EntryWords words;
  std::string_view key = text;
  if (const std::size_t arrow = text.find("->"); arrow != std::string_view::npos) {
    key = text.substr(0, arrow);
    words.value = std::string(trim(text.substr(arrow + 2)));
    if (words.value->empty()) return Failure{"a value is missing after '->'"};
  }
  key = trim(key);
  if (key.starts_with('(') != key.ends_with(')')) return Failure{"a bracket is missing"};
  if (key.starts_with('(')) key = key.substr(1, key.size() - 2);
  for (;;) {
    const std::size_t comma = key.find(',');
    words.key.emplace_back(trim(key.substr(0, comma)));
    if (words.key.back().empty()) return Failure{"a value is missing"};
    if (comma == std::string_view::npos) return words;
    key.remove_prefix(comma + 1);
  }
}

Result<TableKey> readKey(const std::vector<std::string>& words, const ImageTable& table, const PolicyImage& image) {
  TableKey key;
  if (!table.prefixes) {
    for (std::size_t i = 0; i < words.size(); ++i) {
      const auto value = readValue(words[i], table.key[i], image);
      if (!value) return Failure{value.error()};
      key.push_back(*value);
    }
    return key;
  }
  const std::string_view text = words[0];
  const isa::ValueType type = table.key[0];
  const std::size_t slash = text.find('/');
  const auto address = type == isa::ValueType::Ipv4 ? readIpv4(text.substr(0, slash)) : readIpv6(text.substr(0, slash));
  if (!address) return Failure{fmt::format("'{}' is no {}", text, partText(table, 0))};
  unsigned length = addressBits(type);
  if (slash != std::string_view::npos) {
    const auto number = text.size() - slash - 1 <= 3 && isNumber(text.substr(slash + 1)) ? readNumber(text.substr(slash + 1)) : std::nullopt;
    if (!number || number->scale != 0 || number->digits > length)
      return Failure{fmt::format("'{}' is no {}: its length is a number from 0 to {}", text, partText(table, 0), length)};
    length = static_cast<unsigned>(number->digits);
  }
  const ast::Bits128 open = ast::lowOnes(addressBits(type) - length);
  if ((address->hi & open.hi) != 0 || (address->lo & open.lo) != 0)
    return Failure{fmt::format("'{}' has bits after its length: write {}/{}", text,
                               valueText({address->hi & ~open.hi, address->lo & ~open.lo}, type, image), length)};
  return TableKey{*address, {0, length}};
}

Result<ast::Bits128> readValue(std::string_view text, isa::ValueType type, const PolicyImage& image) {
  const std::string_view wanted = isa::kValueTypeNames[static_cast<std::size_t>(type)];
  const bool address = type == isa::ValueType::Ipv4 || type == isa::ValueType::Ipv6;
  std::optional<ast::Bits128> value;
  switch (type) {
    case isa::ValueType::Ipv4:
      value = readIpv4(text);
      break;
    case isa::ValueType::Ipv6:
      value = readIpv6(text);
      break;
    case isa::ValueType::Mac:
      if (isMac(text)) value = readMac(text);
      break;
    case isa::ValueType::Number:
    case isa::ValueType::Port:
    case isa::ValueType::Bytes: {
      const auto number = isNumber(text) ? readNumber(text) : std::nullopt;
      if (number && number->scale == 0) value = ast::Bits128{0, number->digits};
      if (value && type == isa::ValueType::Port && value->lo > 0xffff) return Failure{fmt::format("'{}' is no port: ports end at 65535", text)};
      break;
    }
    case isa::ValueType::Interface: {
      std::string_view name = text;
      if (name.size() >= 2 && name.starts_with('"') && name.ends_with('"')) name = name.substr(1, name.size() - 2);
      if (name.ends_with('*')) return Failure{fmt::format("'{}' is a pattern, expected one interface", name)};
      std::vector<std::string> known;
      for (const PolicyImage::Interface& i : image.interfaces()) {
        if (i.name.ends_with('*')) continue;
        if (i.name == name) return ast::Bits128{0, i.number};
        known.push_back(fmt::format("\"{}\"", i.name));
      }
      if (known.empty()) return Failure{fmt::format("the policy names no interface, so the image knows no number for '{}'", name)};
      return Failure{fmt::format("the policy does not name the interface '{}', so the image knows no number for it; it names {}", name, orList(known))};
    }
  }
  if (value) return *value;
  if (address && text.find('/') != std::string_view::npos) return Failure{fmt::format("'{}' is a prefix, expected one {} address", text, wanted)};
  if (text.find("..") != std::string_view::npos) return Failure{fmt::format("'{}' is a range, expected one value of type {}", text, wanted)};
  return Failure{fmt::format("'{}' is no {}{}", text, wanted, address || type == isa::ValueType::Mac ? " address" : "")};
}

// --- Rule lists ------------------------------------------------------------------------------------------------------

namespace {

struct Compared {
  std::uint32_t value = 0, mask = 0;
};

/// The header of a presence bit: what the fields that only need it are called before the point.
std::string headerOf(std::uint32_t bit) {
  for (std::size_t i = 0; i < ast::fieldCount(); ++i) {
    const ast::Field& field = ast::field(static_cast<ast::FieldId>(i));
    if (field.presence_mask == bit) return std::string(field.name.substr(0, field.name.find('.')));
  }
  return fmt::format("presence bit {}", std::countr_zero(bit));
}

/// The field that lies there, of those whose headers the entry asks for if there is one; null if none does.
const ast::Field* fieldAt(unsigned word, std::uint32_t bits, std::uint32_t present) {
  const ast::Field* best = nullptr;
  for (std::size_t i = 0; i < ast::fieldCount(); ++i) {
    const ast::Field& field = ast::field(static_cast<ast::FieldId>(i));
    if (field.word != word || field.width > 32 || field.reserved) continue;
    const std::uint32_t ones = (field.width == 32 ? ~std::uint32_t{0} : (std::uint32_t{1} << field.width) - 1) << field.lsb;
    if ((ones & ~bits) != 0) continue;
    const bool fits = (field.presence_mask & ~present) == 0;
    const bool best_fits = best != nullptr && (best->presence_mask & ~present) == 0;
    if (best == nullptr || (fits && !best_fits) || (fits == best_fits && field.width > best->width)) best = &field;
  }
  return best;
}

/// Whether the key word compares a word of an address; others may stand in the places that no rule of the list needs for one.
bool isAddress(const ImageList& list, unsigned key) {
  const auto word = list.words.find(key);
  return key < isa::kRuleRangeWord && (word == list.words.end() || (word->second >= isa::kWSrc0 && word->second < isa::kWDst0 + 4));
}

std::string addressTest(const ImageList& list, const norman_image_list_entry& entry, unsigned first_key, std::uint32_t present) {
  ast::Bits128 value, mask;
  const auto word = [&](unsigned i) {
    if (!isAddress(list, first_key + i)) return std::pair(std::uint64_t{0}, std::uint64_t{0});
    return std::pair(std::uint64_t{entry.value[first_key + i]}, std::uint64_t{entry.mask[first_key + i]});
  };
  value = {word(0).first << 32 | word(1).first, word(2).first << 32 | word(3).first};
  mask = {word(0).second << 32 | word(1).second, word(2).second << 32 | word(3).second};
  if (mask == ast::Bits128{}) return {};
  const bool six = (present & isa::kHasIpv6) != 0 || (mask.hi & 0xffffffff) != 0 || mask.lo != 0;
  const bool source = first_key == 0;
  const bool arp = (present & isa::kHasArp) != 0;
  const auto group = first_key == 0 ? isa::RuleGroup::Src : isa::RuleGroup::Dst;
  const bool inverted = entry.invert >> static_cast<unsigned>(group) & 1;
  const unsigned length = static_cast<unsigned>(std::countl_one(mask.hi) + (mask.hi == ~std::uint64_t{0} ? std::countl_one(mask.lo) : 0));
  const unsigned bits = static_cast<unsigned>(std::popcount(mask.hi) + std::popcount(mask.lo));
  const auto text = [six](const ast::Bits128& address) { return six ? ipv6Text(address) : ipv4Text(static_cast<std::uint32_t>(address.hi >> 32)); };
  const std::string name = arp ? (source ? "arp.spa" : "arp.tpa") : fmt::format("{}.{}", six ? "ipv6" : "ipv4", source ? "src" : "dst");
  if (length != bits) return fmt::format("{} & {} {} {}", name, text(mask), inverted ? "!=" : "==", text(value));
  if (length == (six ? 128U : 32U)) return fmt::format("{} {} {}", name, inverted ? "!=" : "==", text(value));
  return inverted ? fmt::format("!({} in {}/{})", name, text(value), length) : fmt::format("{} in {}/{}", name, text(value), length);
}

}  // namespace

std::vector<std::string> testsOf(const ImageList& list, const norman_image_list_entry& entry) {
  const auto inverted = [&](isa::RuleGroup group) { return entry.invert >> static_cast<unsigned>(group) & 1; };
  std::vector<std::string> tests;
  std::uint32_t present = 0;
  // Headers first: they say which fields the other words are.
  for (const auto& [key, word] : list.words) {
    if (word != isa::kWParse || key < isa::kRuleRangeWord) continue;
    for (std::uint32_t left = entry.mask[key]; left != 0; left &= left - 1) {
      const std::uint32_t bit = left & -left;
      const bool set = (entry.value[key] & bit) != 0;
      if (set) present |= bit;
      tests.push_back((set ? "" : "!") + headerOf(bit));
    }
  }
  for (const unsigned first : {0U, 4U})
    if (std::string test = addressTest(list, entry, first, present); !test.empty()) tests.push_back(std::move(test));
  for (unsigned half = 0; half < 4; ++half) {
    const unsigned key = isa::kRuleRangeWord + half / 2, shift = 16 * (half % 2);
    const std::uint32_t low = entry.value[key] >> shift & 0xffff, high = entry.mask[key] >> shift & 0xffff;
    const bool other = inverted(static_cast<isa::RuleGroup>(static_cast<unsigned>(isa::RuleGroup::Range8Low) + half));
    if (low == 0 && high == 0xffff && !other) continue;
    const auto word = list.words.find(key);
    const ast::Field* field = word == list.words.end() ? nullptr : fieldAt(word->second, 0xffffU << shift, present);
    const std::string name = field != nullptr ? std::string(field->name) : fmt::format("key word {} bits {}..{}", key, shift, shift + 15);
    const std::string test = low == high ? fmt::format("{} {} {}", name, other ? "!=" : "==", low) : fmt::format("{} in {}..{}", name, low, high);
    tests.push_back(low != high && other ? "!(" + test + ")" : test);
  }
  for (unsigned key = 0; key < isa::kRuleKeyWords; ++key) {
    const auto word = list.words.find(key);
    if (isAddress(list, key) || key / 2 == isa::kRuleRangeWord / 2 || entry.mask[key] == 0 || (word != list.words.end() && word->second == isa::kWParse)) continue;
    const bool other = key >= 10 && inverted(static_cast<isa::RuleGroup>(static_cast<unsigned>(isa::RuleGroup::Word10) + key - 10));
    std::uint32_t left = entry.mask[key];
    while (left != 0 && !other && word != list.words.end()) {
      const ast::Field* field = fieldAt(word->second, left, present);
      if (field == nullptr) break;
      const std::uint32_t ones = field->width == 32 ? ~std::uint32_t{0} : (std::uint32_t{1} << field->width) - 1;
      const std::uint32_t value = entry.value[key] >> field->lsb & ones;
      tests.push_back(field->width == 1 ? fmt::format("{}{}", value != 0 ? "" : "!", field->name) : fmt::format("{} == {}", field->name, value));
      left &= ~(ones << field->lsb);
    }
    if (left != 0)
      tests.push_back(fmt::format("{} & {:#x} {} {:#x}", word == list.words.end() ? fmt::format("key word {}", key) : fmt::format("entry word {}", word->second),
                                  left, other ? "!=" : "==", entry.value[key] & left));
  }
  return tests;
}

}  // namespace norman::tools
