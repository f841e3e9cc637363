// An image's ELF file as its sections, to be written again with other contents.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace norman::tools {

class ImageFile {
 public:
  /// Bytes of an image that runtime/core has verified.
  explicit ImageFile(std::string_view bytes);

  /// The contents of a section; empty for one that there is not.
  std::string_view section(std::string_view name) const;
  /// Replaces a section's contents, or adds the section.
  void setSection(std::string_view name, std::string contents);

  template <typename Record>
  std::vector<Record> records(std::string_view name) const {
    const std::string_view bytes = section(name);
    std::vector<Record> result(bytes.size() / sizeof(Record));
    if (!result.empty()) std::memcpy(result.data(), bytes.data(), bytes.size());
    return result;
  }
  template <typename Record>
  void setRecords(std::string_view name, const std::vector<Record>& records) {
    setSection(name, std::string(reinterpret_cast<const char*>(records.data()), records.size() * sizeof(Record)));
  }

  /// The file: the same sections in the same order, one behind the other.
  std::string bytes() const;

 private:
  struct Section {
    std::string name;
    std::string header;  // as in the file; its name, place and size are set when it is written
    std::string contents;
  };
  std::string header_;
  std::vector<Section> sections_;
  std::size_t names_ = 0;  // the section that holds the names
};

}  // namespace norman::tools
