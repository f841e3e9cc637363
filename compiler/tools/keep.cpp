// Compares an image with the one that it is to replace, object by object, as the loader will.
#include "compiler/tools/keep.h"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "compiler/tools/added_rules.h"
#include "compiler/tools/image_tables.h"
#include "compiler/tools/table_text.h"

namespace norman::tools {
namespace {

std::vector<norman_image_object> objectsOf(const PolicyImage& image) { return all<norman_image_object>(image, NORMAN_SECTION_OBJECTS); }

isa::ObjectKind kindOf(const norman_image_object& object) { return static_cast<isa::ObjectKind>(object.kind); }

bool isCounter(const norman_image_object& object) { return kindOf(object) == isa::ObjectKind::Counter || kindOf(object) == isa::ObjectKind::Log; }

bool hasPlace(const norman_image_object& object) {
  return kindOf(object) != isa::ObjectKind::Rules && (isCounter(object) || object.stage != isa::kStageExit);
}

/// Sets that change, by object: others hold what their policy says and nothing else.
std::map<std::uint32_t, const ImageTable*> changing(const ImageTables& tables) {
  std::map<std::uint32_t, const ImageTable*> result;
  for (const ImageTable& table : tables.tables)
    if (table.changes)
      for (const std::uint32_t object : table.objects) result[object] = &table;
  return result;
}

bool isTable(const norman_image_object& object) { return kindOf(object) == isa::ObjectKind::Set || kindOf(object) == isa::ObjectKind::Prefixes; }

std::string kindText(isa::ObjectKind kind) {
  switch (kind) {
    case isa::ObjectKind::Counter:
      return "counter";
    case isa::ObjectKind::Set:
      return "table";
    case isa::ObjectKind::Meter:
      return "meter";
    case isa::ObjectKind::State:
      return "state";
    case isa::ObjectKind::Log:
      return "log counter";
    case isa::ObjectKind::Rules:
      return "rule list";
    case isa::ObjectKind::Prefixes:
      return "table";
    case isa::ObjectKind::Learned:
      return "keys";
  }
  return "object";
}

/// Why a program's object does not go on in any of those that have its name; nothing if it does.
std::optional<std::string> whyReset(const norman_image_object& was, const std::vector<norman_image_object>& now) {
  if (now.empty()) return "the policy does not use it any more";
  const auto text = [](const norman_image_object& object) {
    return isCounter(object) ? fmt::format("counter id {}", object.base) : fmt::format("stage {} of {}", object.stage, isa::kProgramNames[object.program]);
  };
  std::string reason;
  for (const norman_image_object& is : now) {
    const bool grown = is.size == was.size || (isTable(was) && is.size > was.size);
    if (is.kind != was.kind) {
      if (reason.empty()) reason = fmt::format("it holds {} now", kindOf(is) == isa::ObjectKind::Set ? "single values" : "prefixes");
      continue;
    }
    if (is.type == was.type && grown && is.shift == was.shift && is.stage == was.stage && is.base == was.base) return std::nullopt;
    if (is.type != was.type && is.size == was.size) {
      // The keys of a shared state have its value.
      const bool keyed = kindOf(was) == isa::ObjectKind::Learned || kindOf(was) == isa::ObjectKind::State;
      if (reason.empty()) reason = keyed ? "its type or its key changed" : "its type changed";
    } else if (!grown || is.type != was.type) {
      if (reason.empty()) reason = fmt::format("its size changed from {} to {}", was.size, is.size);
    } else if (is.shift != was.shift) {
      reason = "its timeout changed";
    } else {
      reason = fmt::format("it moved from {} to {}: its old place does not suit the new program", text(was), text(is));
    }
  }
  return reason;
}

}  // namespace

std::vector<codegen::KeptObject> objectsToKeep(const PolicyImage& old) {
  std::map<std::uint32_t, unsigned> pieces;  // which part of a MAC address a map holds, as codegen counts them
  for (std::uint32_t i = 0; i < norman_image_count(&old.raw(), NORMAN_SECTION_PIECES); ++i) {
    norman_image_piece piece;
    norman_image_get(&old.raw(), NORMAN_SECTION_PIECES, i, &piece);
    if (piece.part == isa::kPieceOfValue && piece.type == static_cast<unsigned>(isa::ValueType::Mac)) pieces[piece.object] = piece.low == 0;
  }
  std::vector<codegen::KeptObject> kept;
  const auto objects = objectsOf(old);
  for (std::uint32_t i = 0; i < objects.size(); ++i) {
    const norman_image_object& o = objects[i];
    if (!hasPlace(o)) continue;
    const auto piece = pieces.find(i);
    kept.push_back({.name = norman_image_string(&old.raw(), o.name), .kind = o.kind, .program = o.program, .stage = o.stage, .base = o.base,
                    .size = o.size, .type = o.type, .piece = piece == pieces.end() ? 0 : piece->second});
  }
  return kept;
}

Result<KeptContents> keepContents(const PolicyImage& old, const std::string& compiled) {
  std::vector<std::string> rule_notes;
  // First, because their counters are objects like others.
  const std::string bytes = addRulesOf(old, compiled, rule_notes);
  auto image = PolicyImage::fromBytes({bytes.begin(), bytes.end()}, "the new image");
  if (!image) return Failure{image.error()};
  const ImageTables before(old);
  ImageTables after(*image);
  KeptContents result;

  // What goes on, and what does not and why: by name, once for all places and both directions.
  const auto was_changing = changing(before);
  const auto now_objects = objectsOf(*image);
  std::map<std::pair<std::string, std::string>, std::optional<std::string>> fates;  // by kind and name
  const auto objects = objectsOf(old);
  for (std::uint32_t i = 0; i < objects.size(); ++i) {
    const norman_image_object& was = objects[i];
    if (!hasPlace(was) || (isTable(was) && !was_changing.contains(i))) continue;
    const std::string name = norman_image_string(&old.raw(), was.name);
    std::vector<norman_image_object> same_name;
    for (const norman_image_object& is : now_objects)
      if (hasPlace(is) && (is.kind == was.kind || (isTable(is) && isTable(was))) && is.program == was.program && name == norman_image_string(&image->raw(), is.name)) same_name.push_back(is);
    const auto why = whyReset(was, same_name);
    const std::string shown = isTable(was) ? fmt::format("'{}' of {}", name, keyText(*was_changing.at(i))) : fmt::format("'{}'", name);
    auto& fate = fates[{kindText(kindOf(was)), shown}];
    if (why && !fate) fate = why;
  }
  std::size_t kept = 0;
  for (const auto& [what, why] : fates) kept += !why;
  result.notes.push_back(fmt::format("kept: {} of {} objects of the other image", kept, fates.size()));
  for (const auto& [what, why] : fates)
    if (why) result.notes.push_back(fmt::format("reset: {} {}: {}", what.first, what.second, *why));
  result.notes.insert(result.notes.end(), rule_notes.begin(), rule_notes.end());

  // Values of interfaces are numbers that another image gives otherwise.
  const auto translate = [&](ast::Bits128& value, isa::ValueType type) {
    if (type != isa::ValueType::Interface) return true;
    const auto read = readValue(valueText(value, type, old), type, *image);
    if (read) value = *read;
    return static_cast<bool>(read);
  };
  for (ImageTable& table : after.tables) {
    if (!table.changes) continue;
    const auto from = std::ranges::find_if(before.tables, [&](const ImageTable& t) {
      return t.changes && t.name == table.name && t.key == table.key && t.prefixes == table.prefixes && t.value == table.value;
    });
    if (from == before.tables.end()) continue;
    std::map<TableKey, TableEntry> entries;
    std::size_t lost = 0;
    for (const auto& [old_key, old_entry] : from->entries) {
      TableKey key = old_key;
      TableEntry entry = old_entry;
      bool known = !table.value || translate(entry.value, *table.value);
      for (std::size_t i = 0; i < table.key.size(); ++i) known = translate(key[i], table.key[i]) && known;
      lost += !known;
      entry.line = 0;  // lines are those of the new policy
      if (known) entries[key] = entry;
    }
    if (entries.size() > table.size) {
      result.notes.push_back(fmt::format("reset: contents of '{}' of {}: {} entries, its size is {} now", table.name, keyText(table), entries.size(), table.size));
      continue;
    }
    if (lost != 0)
      result.notes.push_back(fmt::format("reset: {} entries of '{}': they have interfaces that the policy does not name any more", lost, table.name));
    for (auto& [key, entry] : entries)
      if (const auto mine = table.entries.find(key); mine != table.entries.end() && mine->second.value == entry.value) entry.line = mine->second.line;
    table.entries = std::move(entries);
  }
  result.image = after.bytes(bytes);
  if (const auto verified = PolicyImage::fromBytes({result.image.begin(), result.image.end()}, "the new image"); !verified) return Failure{verified.error()};
  return result;
}

}  // namespace norman::tools
