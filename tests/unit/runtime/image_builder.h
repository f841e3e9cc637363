// Makes images for tests, record by record, in the same ELF shape as the compiler's.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "norman/spec/isa.h"
#include "norman/spec/norman_hw.h"

namespace norman::test {

class ImageBuilder {
 public:
  using Row = std::array<std::uint64_t, isa::kRowWords>;

  explicit ImageBuilder(std::string_view config = "default") {
    for (const isa::ConfigInfo& candidate : isa::kConfigs)
      if (candidate.name == config) config_ = &candidate;
    header.magic = isa::kImageMagic;
    header.version = isa::kImageVersion;
    header.isa_version = isa::kIsaVersion;
    header.config = config_->number;
    header.stages = static_cast<std::uint8_t>(config_->stages.size());
    header.registers = static_cast<std::uint8_t>(config_->registers);
    std::memcpy(header.stage_string, config_->stages.data(), config_->stages.size());
  }

  const isa::ConfigInfo& config() const { return *config_; }
  std::uint8_t stageOf(char kind, unsigned nth = 0) const {
    for (std::size_t s = 0; s < config_->stages.size(); ++s)
      if (config_->stages[s] == kind && nth-- == 0) return static_cast<std::uint8_t>(s);
    return isa::kStageExit;
  }

  std::uint32_t name(std::string_view text) {
    const auto offset = static_cast<std::uint32_t>(strings.size());
    if (text.empty()) return 0;
    strings += text;
    strings += '\0';
    return offset;
  }
  void row(std::uint8_t program, std::uint8_t stage, std::uint16_t row, const Row& words, std::uint32_t line = 0) {
    rows.push_back({program, stage, row, line, {words[0], words[1], words[2], words[3]}});
  }
  std::uint32_t object(std::string_view text, unsigned kind, std::uint8_t program, std::uint8_t stage, std::uint32_t base, std::uint32_t size,
                       std::uint32_t line = 0) {
    objects.push_back({name(text), line, static_cast<std::uint8_t>(kind), program, stage, 0, base, size, 0});
    return static_cast<std::uint32_t>(objects.size() - 1);
  }
  /// An entry of a rule list that matches every key, until its key words are set.
  norman_image_list_entry& listEntry(std::uint32_t of, unsigned flags, std::uint32_t argument = 0, std::uint8_t action = 0, std::uint16_t event = 0) {
    norman_image_list_entry entry{};
    entry.object = of;
    entry.flags = static_cast<std::uint8_t>(flags);
    entry.action = action;
    entry.argument = argument;
    entry.event = event;
    entry.rule = static_cast<std::uint16_t>(isa::kNoRule);
    entry.mask[isa::kRuleRangeWord] = entry.mask[isa::kRuleRangeWord + 1] = 0xffffffff;
    lists.push_back(entry);
    return lists.back();
  }
  std::uint32_t rule(std::string_view policy, std::string_view rule_name, std::uint32_t line) {
    const std::uint32_t policy_offset = name(policy), name_offset = name(rule_name);
    if (file_ == 0) file_ = name("test.norman");
    rules.push_back({policy_offset, name_offset, file_, line, 1, name("drop")});
    return static_cast<std::uint32_t>(rules.size() - 1);
  }

  /// The bytes of the ELF file.
  std::vector<std::uint8_t> build() const {
    std::vector<Section> sections = {{".norman.header", bytesOf(std::vector{header})},
                                     {".norman.programs", bytesOf(programs)},
                                     {".norman.rows", bytesOf(rows)},
                                     {".norman.entry", bytesOf(entry)},
                                     {".norman.exit", bytesOf(exits)},
                                     {".norman.dispatch", bytesOf(dispatch)},
                                     {".norman.objects", bytesOf(objects)},
                                     {".norman.entries", bytesOf(entries)},
                                     {".norman.lists", bytesOf(lists)},
                                     {".norman.keys", bytesOf(keys)},
                                     {".norman.listheads", bytesOf(heads)},
                                     {".norman.added", bytesOf(added)},
                                     {".norman.tables", bytesOf(tables)},
                                     {".norman.pieces", bytesOf(pieces)},
                                     {".norman.rules", bytesOf(rules)},
                                     {".norman.predicates", bytesOf(predicates)},
                                     {".norman.interfaces", bytesOf(interfaces)},
                                     {".norman.report", bytesOf(report)},
                                     {".norman.strings", {strings.begin(), strings.end()}}};
    for (const auto& [section_name, contents] : extra) sections.push_back({section_name, contents});
    std::string names(1, '\0');
    std::vector<std::uint8_t> file(64, 0);
    struct Header {
      std::uint32_t name, type;
      std::uint64_t flags, address, offset, size;
      std::uint32_t link, info;
      std::uint64_t alignment, entry_size;
    };
    std::vector<Header> headers(1, Header{});
    const auto add = [&](const std::string& section_name, const std::vector<std::uint8_t>& contents) {
      headers.push_back({static_cast<std::uint32_t>(names.size()), 1, 0, 0, file.size(), contents.size(), 0, 0, 1, 0});
      names += section_name + '\0';
      file.insert(file.end(), contents.begin(), contents.end());
    };
    for (const Section& section : sections)
      if (!section.contents.empty()) add(section.name, section.contents);
    names += std::string(".shstrtab") + '\0';
    headers.push_back({static_cast<std::uint32_t>(names.size() - 10), 3, 0, 0, file.size(), names.size(), 0, 0, 1, 0});
    file.insert(file.end(), names.begin(), names.end());
    const std::uint64_t table = file.size();
    for (const Header& h : headers) {
      const auto* p = reinterpret_cast<const std::uint8_t*>(&h);
      file.insert(file.end(), p, p + sizeof(h));
    }
    const std::uint8_t ident[16] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
    std::memcpy(file.data(), ident, sizeof(ident));
    const auto put = [&](std::size_t at, std::uint64_t value, std::size_t size) { std::memcpy(&file[at], &value, size); };
    put(16, 1, 2);
    put(40, table, 8);
    put(52, 64, 2);
    put(58, 64, 2);
    put(60, headers.size(), 2);
    put(62, headers.size() - 1, 2);
    return file;
  }

  norman_image_header header{};
  std::vector<norman_image_program> programs;
  std::vector<norman_image_row> rows;
  std::vector<norman_image_entry> entry;
  std::vector<norman_image_exit> exits;
  std::vector<norman_image_dispatch> dispatch;
  std::vector<norman_image_object> objects;
  std::vector<norman_image_table_entry> entries;
  std::vector<norman_image_list_entry> lists;
  std::vector<norman_image_key_word> keys;
  std::vector<norman_image_list_head> heads;
  std::vector<norman_image_added_rule> added;
  std::vector<norman_image_table> tables;
  std::vector<norman_image_piece> pieces;
  std::vector<norman_image_rule> rules;
  std::vector<norman_image_predicate> predicates;
  std::vector<norman_image_interface> interfaces;
  std::vector<norman_image_resource> report;
  std::string strings = std::string(1, '\0');
  std::vector<std::pair<std::string, std::vector<std::uint8_t>>> extra;

 private:
  struct Section {
    std::string name;
    std::vector<std::uint8_t> contents;
  };
  template <typename T>
  static std::vector<std::uint8_t> bytesOf(const std::vector<T>& records) {
    const auto* p = reinterpret_cast<const std::uint8_t*>(records.data());
    return {p, p + records.size() * sizeof(T)};
  }

  const isa::ConfigInfo* config_ = nullptr;
  std::uint32_t file_ = 0;
};

}  // namespace norman::test
