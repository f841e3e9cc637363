// The sets, maps and rule lists of an image as values that can be changed and put back.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compiler/ast/bits128.h"
#include "compiler/codegen/rule_list.h"
#include "norman/spec/isa.h"
#include "norman/spec/norman_hw.h"
#include "overlay_rtl/model/offline/policy_image.h"

namespace norman::tools {

using TableKey = std::vector<ast::Bits128>;  // a number for each part; of prefixes then the length, in the bits of the address

struct TableEntry {
  ast::Bits128 value;       // of a map
  std::uint32_t line = 0;   // where the policy has it, 0: nowhere
};

/// One declaration's set or map, whatever number of tables of the hardware hold it. A set of addresses has two: one of each
/// family, of the same name.
struct ImageTable {
  std::string name;
  std::uint32_t line = 0;
  bool changes = false;  // declared with a size
  bool prefixes = false;
  std::uint32_t size = 0;
  std::vector<isa::ValueType> key;
  std::optional<isa::ValueType> value;  // of a map
  std::vector<std::uint32_t> objects;   // indices in .norman.objects
  std::map<TableKey, TableEntry> entries;
};

/// Entries of one rule in one list, in order.
struct ListedRule {
  std::uint16_t rule = NORMAN_NO_RULE;
  std::vector<norman_image_list_entry> entries;
};
struct ImageList {
  std::string name;
  std::uint32_t object = 0;
  std::uint32_t size = 0;
  std::vector<ListedRule> rules;
  std::map<unsigned, unsigned> words;  // entry words by key word

  /// The rule of the first entry that decides all that this one of rule number `rule` would; nothing where there is none.
  std::optional<std::uint16_t> deciderOf(std::size_t rule, const norman_image_list_entry& entry) const;
  /// Marks the entries that are decided by an earlier rule's, and no others.
  void markCovered();
  std::size_t loadedEntries() const;
};

/// An earlier entry decides all that it would, so it is not loaded.
bool isCovered(const norman_image_list_entry& entry);

/// What a lookup compares for an entry.
codegen::RuleEntry testOf(const norman_image_list_entry& entry);

/// The records of a section, in its order.
template <typename Record>
std::vector<Record> all(const PolicyImage& image, norman_section section) {
  std::vector<Record> records(norman_image_count(&image.raw(), section));
  for (std::uint32_t i = 0; i < records.size(); ++i) norman_image_get(&image.raw(), section, i, &records[i]);
  return records;
}

class ImageTables {
 public:
  explicit ImageTables(const PolicyImage& image);

  std::vector<ImageTable> tables;
  std::vector<ImageList> lists;

  /// The image's bytes with the contents that tables and lists have now.
  std::string bytes(std::string_view image) const;

 private:
  /// Bits of a number that lie in a word of the key, or in the argument.
  using Piece = norman_image_piece;
  std::map<std::uint32_t, std::vector<Piece>> pieces_;  // by object
};

}  // namespace norman::tools
