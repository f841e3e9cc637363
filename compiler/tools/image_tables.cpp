// Reads tables from an image's records and writes them back.
#include "compiler/tools/image_tables.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "compiler/codegen/rule_list.h"
#include "compiler/tools/image_file.h"

namespace norman::tools {
namespace {

constexpr unsigned kCovered = 1u << static_cast<unsigned>(isa::ListFlag::Covered);
constexpr unsigned kTerminal = 1u << static_cast<unsigned>(isa::ListFlag::Terminal);

std::uint32_t ones(unsigned width) { return width == 32 ? ~std::uint32_t{0} : (std::uint32_t{1} << width) - 1; }

std::uint32_t bitsOf(const ast::Bits128& number, unsigned low, unsigned width) {
  std::uint64_t bits = low >= 64 ? number.hi >> (low - 64) : number.lo >> low;
  if (low != 0 && low < 64) bits |= number.hi << (64 - low);
  return static_cast<std::uint32_t>(bits) & ones(width);
}

void setBits(ast::Bits128& number, unsigned low, std::uint32_t bits) {
  if (low >= 64)
    number.hi |= std::uint64_t{bits} << (low - 64);
  else
    number.lo |= std::uint64_t{bits} << low;
  if (low < 64 && low > 32) number.hi |= std::uint64_t{bits} >> (64 - low);
}

}  // namespace

codegen::RuleEntry testOf(const norman_image_list_entry& entry) {
  codegen::RuleEntry test;
  std::ranges::copy(entry.value, test.value.begin());
  std::ranges::copy(entry.mask, test.mask.begin());
  test.invert = entry.invert;
  return test;
}

bool isCovered(const norman_image_list_entry& entry) { return (entry.flags & kCovered) != 0; }

std::optional<std::uint16_t> ImageList::deciderOf(std::size_t rule, const norman_image_list_entry& entry) const {
  const codegen::RuleEntry test = testOf(entry);
  for (std::size_t i = 0; i < rule; ++i)
    for (const norman_image_list_entry& earlier : rules[i].entries)
      if ((earlier.flags & kTerminal) != 0 && !isCovered(earlier) && testOf(earlier).covers(test)) return rules[i].rule;
  return std::nullopt;
}

void ImageList::markCovered() {
  for (std::size_t i = 0; i < rules.size(); ++i)
    for (norman_image_list_entry& entry : rules[i].entries)
      entry.flags = static_cast<std::uint8_t>(deciderOf(i, entry) ? entry.flags | kCovered : entry.flags & ~kCovered);
}

std::size_t ImageList::loadedEntries() const {
  std::size_t count = 0;
  for (const ListedRule& rule : rules) count += static_cast<std::size_t>(std::ranges::count_if(rule.entries, [](const auto& e) { return !isCovered(e); }));
  return count;
}

ImageTables::ImageTables(const PolicyImage& image) {
  for (const Piece& piece : all<Piece>(image, NORMAN_SECTION_PIECES)) pieces_[piece.object].push_back(piece);

  const auto objects = all<norman_image_object>(image, NORMAN_SECTION_OBJECTS);
  std::map<std::uint32_t, std::size_t> by_declaration;
  std::map<std::uint32_t, std::size_t> of_object;
  for (const auto& record : all<norman_image_table>(image, NORMAN_SECTION_TABLES)) {
    const norman_image_object& object = objects[record.object];
    const auto [place, fresh] = by_declaration.try_emplace(record.declaration, tables.size());
    if (fresh) tables.emplace_back();
    ImageTable& table = tables[place->second];
    of_object[record.object] = place->second;
    table.objects.push_back(record.object);
    if (!fresh) continue;
    table.name = norman_image_string(&image.raw(), object.name);
    table.line = object.line;
    table.size = object.size;
    table.changes = record.changes != 0;
    table.prefixes = object.kind == static_cast<unsigned>(isa::ObjectKind::Prefixes);
    for (const Piece& piece : pieces_[record.object]) {
      const auto type = static_cast<isa::ValueType>(piece.type);
      if (piece.part == isa::kPieceOfValue) {
        table.value = type;
      } else {
        table.key.resize(std::max<std::size_t>(table.key.size(), piece.part + 1U));
        table.key[piece.part] = type;
      }
    }
  }

  for (const auto& record : all<norman_image_table_entry>(image, NORMAN_SECTION_ENTRIES)) {
    const auto found = of_object.find(record.object);
    if (found == of_object.end()) continue;  // not for people: nothing describes it
    ImageTable& table = tables[found->second];
    TableKey key(table.key.size());
    ast::Bits128 value;
    for (const Piece& piece : pieces_[record.object]) {
      if (piece.part == isa::kPieceOfValue)
        setBits(value, piece.low, record.value >> piece.shift & ones(piece.width));
      else if (piece.part < table.key.size())
        setBits(key[piece.part], piece.low, record.key[piece.word] >> piece.shift & ones(piece.width));
    }
    if (table.prefixes) key.push_back({0, record.length});
    TableEntry& entry = table.entries[std::move(key)];
    entry.line = record.line;
    entry.value.hi |= value.hi;  // the objects of a declaration hold pieces of the same value
    entry.value.lo |= value.lo;
  }

  std::map<std::uint32_t, std::size_t> list_of;
  for (std::uint32_t i = 0; i < objects.size(); ++i) {
    if (objects[i].kind != static_cast<unsigned>(isa::ObjectKind::Rules)) continue;
    list_of[i] = lists.size();
    lists.push_back({.name = norman_image_string(&image.raw(), objects[i].name), .object = i, .size = objects[i].size, .rules = {}, .words = {}});
  }
  for (const auto& record : all<norman_image_list_entry>(image, NORMAN_SECTION_LISTS)) {
    ImageList& list = lists[list_of.at(record.object)];
    if (list.rules.empty() || list.rules.back().rule != record.rule) list.rules.push_back({record.rule, {}});
    list.rules.back().entries.push_back(record);
  }
  for (const auto& record : all<norman_image_key_word>(image, NORMAN_SECTION_KEYS))
    if (const auto found = list_of.find(record.object); found != list_of.end() && record.word != 255) lists[found->second].words[record.key] = record.word;
}

std::string ImageTables::bytes(std::string_view image) const {
  ImageFile file(image);
  std::vector<norman_image_table_entry> entries;
  std::map<std::uint32_t, const ImageTable*> described;
  for (const ImageTable& table : tables)
    for (const std::uint32_t object : table.objects)
      if (table.changes) described[object] = &table;
  // What does not change stays as it is.
  for (const auto& record : file.records<norman_image_table_entry>(NORMAN_IMAGE_TABLE_ENTRY_SECTION))
    if (!described.contains(record.object)) entries.push_back(record);
  for (const auto& [object, table] : described)
    for (const auto& [key, entry] : table->entries) {
      norman_image_table_entry record{};
      record.object = object;
      record.line = entry.line;
      if (table->prefixes) record.length = static_cast<std::uint8_t>(key.back().lo);
      const auto pieces = pieces_.find(object);
      if (pieces == pieces_.end()) continue;
      for (const Piece& piece : pieces->second) {
        if (piece.part == isa::kPieceOfValue)
          record.value |= bitsOf(entry.value, piece.low, piece.width) << piece.shift;
        else if (piece.part < table->key.size())
          record.key[piece.word] |= bitsOf(key[piece.part], piece.low, piece.width) << piece.shift;
      }
      entries.push_back(record);
    }
  if (!described.empty()) file.setRecords(NORMAN_IMAGE_TABLE_ENTRY_SECTION, entries);

  std::vector<norman_image_list_entry> rules;
  for (const ImageList& list : lists)
    for (const ListedRule& rule : list.rules) rules.insert(rules.end(), rule.entries.begin(), rule.entries.end());
  if (!lists.empty()) file.setRecords(NORMAN_IMAGE_LIST_ENTRY_SECTION, rules);
  // An added rule that was deleted leaves nothing to add again.
  auto added = file.records<norman_image_added_rule>(NORMAN_IMAGE_ADDED_RULE_SECTION);
  if (std::erase_if(added, [&](const auto& record) { return std::ranges::find(rules, record.rule, &norman_image_list_entry::rule) == rules.end(); }) != 0)
    file.setRecords(NORMAN_IMAGE_ADDED_RULE_SECTION, added);
  return file.bytes();
}

}  // namespace norman::tools
