// LANGUAGE.md agrees with the contract: its table has each field, with its type and whether it can be
// rewritten.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "compiler/ast/field.h"
#include "compiler/sema/units.h"

namespace norman {
namespace {

std::string language() {
  std::ifstream in("grammar/LANGUAGE.md");
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(' ');
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

struct Row {
  std::string type;
  bool writable;
};

std::map<std::string, Row> fieldTable() {
  std::map<std::string, Row> rows;
  std::istringstream lines(language());
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| `") || line.find('.') == std::string::npos) continue;
    std::vector<std::string> cells;
    std::istringstream parts(line.substr(1));
    for (std::string cell; std::getline(parts, cell, '|');) cells.push_back(trimmed(cell));
    if (cells.size() < 4 || cells[0].find(',') != std::string::npos) continue;
    rows[cells[0].substr(1, cells[0].size() - 2)] = {cells[1], cells[2] == "yes"};
  }
  return rows;
}

std::string typeOf(const ast::Field& field) {
  if (field.either_family) return "address";
  if (field.name == "packet.time") return "duration";
  if (field.type.isInt() && field.type.unit == ast::Unit::None) return "u" + std::to_string(field.width);
  return ast::typeName(field.type);
}

TEST(Language, lists_every_field_of_the_contract) {
  const auto rows = fieldTable();
  for (size_t i = 0; i < ast::fieldCount(); ++i) {
    const ast::Field& field = ast::field(static_cast<ast::FieldId>(i));
    if (field.reserved) continue;
    const auto row = rows.find(std::string(field.name));
    ASSERT_NE(row, rows.end()) << "LANGUAGE.md has no row for " << field.name;
    EXPECT_EQ(row->second.type, typeOf(field)) << field.name;
    const bool writable = field.target >= 0 && !field.name.starts_with("l4.");
    EXPECT_EQ(row->second.writable, writable) << field.name;
  }
}

TEST(Language, lists_no_field_that_the_contract_lacks) {
  for (const auto& [name, row] : fieldTable()) {
    if (name.find('.') == std::string::npos || !ast::findField(name)) {
      EXPECT_TRUE(name.starts_with("local.") || name.starts_with("owner.") || name.starts_with("socket.") ||
                  name.find(' ') != std::string::npos || name.find('.') == std::string::npos ||
                  !std::islower(static_cast<unsigned char>(name[0])))
          << "LANGUAGE.md has a row for " << name;
    }
  }
}

TEST(Language, lists_every_unit) {
  const std::string text = language();
  for (const auto unit : unitNames())
    EXPECT_NE(text.find("`" + std::string(unit) + "`"), std::string::npos) << unit;
}

}  // namespace
}  // namespace norman
