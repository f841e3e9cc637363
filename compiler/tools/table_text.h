// Entries of sets, maps and rule lists in the language's own notation.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/tools/image_tables.h"
#include "overlay_rtl/model/offline/result.h"

namespace norman::tools {

/// "ipv4", "ipv4 prefix".
std::string partText(const ImageTable& table, std::size_t part);
/// "ipv4", "(ipv4, port)".
std::string keyText(const ImageTable& table);

/// "10.0.0.1", "(10.0.0.1, 80) -> 7".
std::string entryText(const ImageTable& table, const TableKey& key, const TableEntry& entry, const PolicyImage& image);
/// One part of it: "10.0.0.0/8".
std::string keyPartText(const ImageTable& table, const TableKey& key, std::size_t part, const PolicyImage& image);
std::string valueText(const ast::Bits128& value, isa::ValueType type, const PolicyImage& image);

struct EntryWords {
  std::vector<std::string> key;
  std::optional<std::string> value;
};
/// The parts of an entry as it is written; brackets around one value are allowed too.
Result<EntryWords> splitEntry(std::string_view text);

/// The key that the words stand for; there are as many of them as the table's key has parts.
Result<TableKey> readKey(const std::vector<std::string>& words, const ImageTable& table, const PolicyImage& image);
Result<ast::Bits128> readValue(std::string_view text, isa::ValueType type, const PolicyImage& image);

/// What an entry of a rule list asks of a packet, one text for each test: "ip.src in 10.0.0.0/8".
std::vector<std::string> testsOf(const ImageList& list, const norman_image_list_entry& entry);

}  // namespace norman::tools
