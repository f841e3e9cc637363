// Opens policy images.
#include "overlay_rtl/model/offline/policy_image.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <set>

namespace norman {
namespace {

constexpr std::size_t kStages = 64;

std::size_t lineIndex(std::size_t program, std::size_t stage, std::size_t row) {
  return (program * kStages + stage) * isa::kRowsPerStage + row;
}

template <typename T>
T get(const norman_image& image, norman_section section, std::uint32_t index) {
  T record;
  norman_image_get(&image, section, index, &record);
  return record;
}

}  // namespace

const norman_allocator kHeap = {[](void*, std::size_t size) { return std::calloc(1, size); }, [](void*, void* memory) { std::free(memory); }, nullptr};

Result<PolicyImage> PolicyImage::fromBytes(std::vector<std::uint8_t> bytes, const std::string& name) {
  PolicyImage result;
  result.bytes_ = std::move(bytes);
  norman_problem problem{};
  if (norman_image_open(&result.image_, result.bytes_.data(), result.bytes_.size(), &kHeap, &problem) != 0) {
    if (problem.section[0] == '\0') return Failure{fmt::format("{}: error: {}", name, problem.text)};
    return Failure{fmt::format("{}: error: section {}, record {}: {}", name, problem.section, problem.record, problem.text)};
  }
  const norman_image& image = result.image_;
  for (std::uint32_t i = 0; i < norman_image_count(&image, NORMAN_SECTION_OBJECTS); ++i) {
    const auto o = get<norman_image_object>(image, NORMAN_SECTION_OBJECTS, i);
    result.objects_.push_back({result.string(o.name), static_cast<isa::ObjectKind>(o.kind), static_cast<isa::Program>(o.program), o.stage, o.base,
                               o.size, o.line});
  }
  for (std::uint32_t i = 0; i < norman_image_count(&image, NORMAN_SECTION_INTERFACES); ++i) {
    const auto o = get<norman_image_interface>(image, NORMAN_SECTION_INTERFACES, i);
    result.interfaces_.push_back({result.string(o.name), static_cast<std::uint16_t>(o.number)});
  }
  result.lines_.resize(lineIndex(2, 0, 0));
  for (std::uint32_t i = 0; i < norman_image_count(&image, NORMAN_SECTION_ROWS); ++i) {
    const auto row = get<norman_image_row>(image, NORMAN_SECTION_ROWS, i);
    result.lines_[lineIndex(row.program, row.stage, row.row)] = row.line;
  }
  std::set<std::uint32_t> known;  // names are shared: one offset for each
  for (std::uint32_t i = 0; i < norman_image_count(&image, NORMAN_SECTION_RULES); ++i) {
    const auto r = get<norman_image_rule>(image, NORMAN_SECTION_RULES, i);
    if (known.insert(r.file).second) result.files_.push_back(result.string(r.file));
  }
  return result;
}

Result<PolicyImage> PolicyImage::fromFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Failure{fmt::format("{}: error: cannot be opened: {}", path, std::strerror(errno))};
  std::vector<std::uint8_t> bytes;
  std::vector<char> chunk(1 << 16);
  // One byte more than is accepted is enough to refuse a file without reading all of it.
  while (bytes.size() <= isa::kImageBytesMax && (file.read(chunk.data(), static_cast<std::streamsize>(chunk.size())) || file.gcount() > 0))
    bytes.insert(bytes.end(), chunk.begin(), chunk.begin() + file.gcount());
  if (file.bad()) return Failure{fmt::format("{}: error: cannot be read: {}", path, std::strerror(errno))};
  return fromBytes(std::move(bytes), path);
}

bool PolicyImage::hasProgram(isa::Program program) const {
  for (std::uint32_t i = 0; i < norman_image_count(&image_, NORMAN_SECTION_PROGRAMS); ++i)
    if (get<norman_image_program>(image_, NORMAN_SECTION_PROGRAMS, i).program == static_cast<unsigned>(program)) return true;
  return false;
}

std::optional<PolicyImage::Rule> PolicyImage::rule(std::uint32_t id) const {
  if (id >= norman_image_count(&image_, NORMAN_SECTION_RULES)) return std::nullopt;
  const auto r = get<norman_image_rule>(image_, NORMAN_SECTION_RULES, id);
  return Rule{string(r.policy), string(r.name), string(r.file), string(r.action), r.line, r.column};
}

std::uint32_t PolicyImage::rowLine(isa::Program program, std::uint8_t stage, std::uint8_t row) const {
  return lines_.at(lineIndex(static_cast<std::size_t>(program), stage, row));
}

std::string PolicyImage::place(std::uint32_t line) const {
  const std::size_t file = line >> isa::kLineBits;
  if (line == 0 || (file >= files_.size() && file != 0)) return {};
  return fmt::format("{}:{}", files_.empty() ? "?" : files_[file], lineNumber(line));
}

}  // namespace norman
