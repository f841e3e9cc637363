// Images as files whose sets and maps change: what goes in comes out, and nothing else moves.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "compiler/driver/compile.h"
#include "compiler/tools/image_file.h"
#include "compiler/tools/image_tables.h"
#include "compiler/tools/table_text.h"
#include "tests/support/random.h"

namespace norman::tools {
namespace {

std::string imageOf(const std::string& policy) {
  SourceManager sources;
  const FileId file = sources.add("test.norman", policy);
  Diagnostics diagnostics;
  const auto result = compile(sources, file, diagnostics, {});
  EXPECT_TRUE(result) << diagnostics.render(sources);
  return result ? result->output : "";
}

PolicyImage opened(const std::string& bytes) {
  auto image = PolicyImage::fromBytes({bytes.begin(), bytes.end()}, "test.img");
  EXPECT_TRUE(image) << image.error();
  return std::move(*image);
}

const char* const kRecords[] = {".norman.header", ".norman.programs", ".norman.rows", ".norman.entry", ".norman.exit", ".norman.dispatch",
                                ".norman.objects", ".norman.entries", ".norman.lists", ".norman.keys", ".norman.tables", ".norman.pieces",
                                ".norman.rules", ".norman.predicates", ".norman.interfaces", ".norman.report", ".norman.strings"};

/// One policy for each shape of key; every set is looked up in both directions.
const char* const kPolicies[] = {
    "set t: address size 64 { 10.0.0.1 } policy p { hook input, output; ip.src in t => drop; ip.dst in t => count; }",
    "set t: port size 64; policy p { hook input, output; tcp.dport in t => drop; }",
    "set t: number size 64; policy p { hook input, output; tcp.seq in t => drop; }",
    "set t: mac size 64; policy p { hook input, output; eth.src in t => drop; }",
    "set t: (ipv4, port, mac) size 64; policy p { hook input, output; (ipv4.src, tcp.dport, eth.src) in t => drop; }",
    "map t: ipv6 -> number size 64; policy p { hook input, output; t[ipv6.src] == 7 => drop; }",
    "map t: (port, port) -> mac size 64; policy p { hook input, output; t[tcp.sport, tcp.dport] == 02:00:00:00:00:01 => drop; }",
    "map t: mac -> ipv4 size 64; policy p { hook input, output; t[eth.src] == 10.0.0.1 => drop; }",
};

ast::Bits128 randomValue(test::Random& random, isa::ValueType type) {
  const auto bits = [&](unsigned count) { return random.oneIn(4) ? ast::lowOnes(count).lo : random.next() & ast::lowOnes(count).lo; };
  switch (type) {
    case isa::ValueType::Ipv6:
      return {bits(64), bits(64)};
    case isa::ValueType::Mac:
      return {0, bits(48)};
    case isa::ValueType::Port:
      return {0, bits(16)};
    case isa::ValueType::Number:
    case isa::ValueType::Interface:
    case isa::ValueType::Ipv4:
    case isa::ValueType::Bytes:
      break;
  }
  return {0, bits(32)};
}

TEST(ImageFile, writes_the_sections_that_it_read) {
  const std::string bytes = imageOf(kPolicies[0]);
  const ImageFile file(bytes);
  const std::string again = file.bytes();
  for (const char* name : kRecords) EXPECT_EQ(ImageFile(again).section(name), file.section(name)) << name;
  EXPECT_FALSE(file.section(".norman.rows").empty());
  EXPECT_EQ(ImageFile(again).bytes(), again);
}

TEST(ImageFile, a_section_that_was_not_there_is_added) {
  ImageFile file(imageOf("policy p { hook input; tcp => drop; }"));
  file.setSection(".norman.entries", std::string(32, '\0'));
  EXPECT_EQ(ImageFile(file.bytes()).section(".norman.entries"), std::string(32, '\0'));
}

TEST(ImageTables, entries_are_kept_through_any_sequence_of_changes) {
  test::Random random(1);
  for (const char* policy : kPolicies) {
    const std::string first = imageOf(policy);
    std::string bytes = first;
    std::map<std::size_t, std::map<TableKey, ast::Bits128>> expected;
    {
      const ImageTables tables(opened(bytes));
      for (std::size_t i = 0; i < tables.tables.size(); ++i)
        for (const auto& [key, entry] : tables.tables[i].entries) expected[i][key] = entry.value;
    }
    for (int round = 0; round < 20; ++round) {
      ImageTables tables(opened(bytes));
      ASSERT_FALSE(tables.tables.empty()) << policy;
      for (int n = 0; n < 8; ++n) {
        const std::size_t which = random.below(tables.tables.size());
        ImageTable& table = tables.tables[which];
        EXPECT_TRUE(table.changes);
        auto& plain = expected[which];
        if (!plain.empty() && random.oneIn(3)) {
          const TableKey key = std::next(plain.begin(), static_cast<std::ptrdiff_t>(random.below(plain.size())))->first;
          table.entries.erase(key);
          plain.erase(key);
          continue;
        }
        TableKey key;
        for (const isa::ValueType type : table.key) key.push_back(randomValue(random, type));
        const ast::Bits128 value = table.value ? randomValue(random, *table.value) : ast::Bits128{};
        table.entries[key] = {.value = value, .line = 0};
        plain[key] = value;
      }
      bytes = tables.bytes(bytes);
      const PolicyImage image = opened(bytes);
      const ImageTables again(image);
      for (std::size_t i = 0; i < again.tables.size(); ++i) {
        ASSERT_EQ(again.tables[i].entries.size(), expected[i].size()) << policy;
        for (const auto& [key, entry] : again.tables[i].entries) {
          const auto found = expected[i].find(key);
          ASSERT_NE(found, expected[i].end()) << policy;
          EXPECT_EQ(found->second, entry.value) << policy;
          // Its text leads back to it.
          const auto words = splitEntry(entryText(again.tables[i], key, entry, image));
          ASSERT_TRUE(words);
          for (std::size_t part = 0; part < key.size(); ++part) {
            const auto value = readValue(words->key.at(part), again.tables[i].key[part], image);
            ASSERT_TRUE(value) << value.error();
            EXPECT_EQ(*value, key[part]);
          }
          if (again.tables[i].value) {
            EXPECT_EQ(*readValue(words->value.value(), *again.tables[i].value, image), entry.value);
          }
        }
      }
    }
    for (const char* name : kRecords) {
      if (std::string_view(name) != ".norman.entries") {
        EXPECT_EQ(ImageFile(bytes).section(name), ImageFile(first).section(name)) << name;
      }
    }
  }
}

TEST(ImageTables, every_object_of_a_declaration_holds_the_same) {
  const std::string first = imageOf(kPolicies[0]);
  const PolicyImage image = opened(first);
  ImageTables tables(image);
  ASSERT_EQ(tables.tables.size(), 2u);  // a table for each family
  for (ImageTable& table : tables.tables) {
    EXPECT_EQ(table.name, "t");
    EXPECT_EQ(table.objects.size(), 4u) << "two directions, two places that ask";
  }
  tables.tables[0].entries[{{0, 0x0a000007}}] = {};
  const auto records = ImageFile(tables.bytes(first)).records<norman_image_table_entry>(NORMAN_IMAGE_TABLE_ENTRY_SECTION);
  std::map<std::uint32_t, int> count;
  for (const auto& record : records) count[record.object] += record.key[0] == 0x0a000007;
  for (const std::uint32_t object : tables.tables[0].objects) EXPECT_EQ(count[object], 1) << object;
}

TEST(ImageTables, what_the_program_relies_on_stays_as_it_was) {
  const std::string bytes = imageOf("set t: port { 1, 3, 5, 7, 9, 11, 13, 15 } policy p { hook input; tcp.dport in t => drop; }");
  ImageTables tables(opened(bytes));
  ASSERT_EQ(tables.tables.size(), 1u);
  EXPECT_FALSE(tables.tables[0].changes);
  EXPECT_EQ(tables.tables[0].entries.size(), 8u);
  tables.tables[0].entries.clear();
  EXPECT_EQ(ImageFile(tables.bytes(bytes)).section(".norman.entries"), ImageFile(bytes).section(".norman.entries"));
}

}  // namespace
}  // namespace norman::tools
