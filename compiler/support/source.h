// Source files and positions in them: who said what, where.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace norman {

/// Names one file of a SourceManager. Files are never removed, so an id stays valid.
struct FileId {
  uint32_t value = UINT32_MAX;
  bool valid() const { return value != UINT32_MAX; }
  friend bool operator==(FileId, FileId) = default;
};

/// A half-open run of bytes [begin, end) in one file. A default one means "no place" (a node nobody wrote).
struct SourceRange {
  FileId file;
  uint32_t begin = 0;
  uint32_t end = 0;
  bool valid() const { return file.valid(); }
  friend bool operator==(const SourceRange&, const SourceRange&) = default;
};

/// The smallest range that holds both; an invalid one is ignored. Both lie in the same file.
SourceRange join(const SourceRange& first, const SourceRange& second);

/// A place as people write it. Both count from 1; a column counts characters, not bytes.
struct LineColumn {
  uint32_t line = 0;
  uint32_t column = 0;
};

/// One source text and the offsets of its lines. What is a part of a file begins on another line than the first.
class SourceFile {
 public:
  SourceFile(std::string name, std::string text, uint32_t first_line = 1);

  const std::string& name() const { return name_; }
  std::string_view text() const { return text_; }
  uint32_t lineCount() const { return static_cast<uint32_t>(line_starts_.size()); }
  /// The line's number for an offset; an offset past the end belongs to the last line.
  uint32_t lineOf(uint32_t offset) const;
  LineColumn lineColumn(uint32_t offset) const;
  /// A line without its end.
  std::string_view line(uint32_t line) const;
  uint32_t lineStart(uint32_t line) const { return line_starts_[line - first_line_]; }

 private:
  std::string name_;
  std::string text_;
  std::vector<uint32_t> line_starts_;
  uint32_t first_line_;
};

/// Reads a file, or standard input for "-", whole. Returns false and fills `error` ("cannot read 'x': ...") when it
/// cannot be read or is larger than `most` bytes, the most that `what` may have; no more is ever held in memory.
bool readWhole(const std::string& path, uint64_t most, const char* what, std::string& text, std::string& error);

/// What tells one file from another, whatever path leads to it.
struct FileIdentity {
  uint64_t device = 0;
  uint64_t inode = 0;
  friend auto operator<=>(const FileIdentity&, const FileIdentity&) = default;
};

/// The file that a path leads to; nothing when there is none.
std::optional<FileIdentity> identify(const std::string& path);

/// Like readWhole, for paths that the source names: nothing but a regular file is opened, so that a pipe or device
/// neither blocks nor never ends.
bool readRegular(const std::string& path, uint64_t most, const char* what, std::string& text, std::string& error);

/// How messages name a path: "<stdin>" for "-".
std::string shownName(const std::string& path);

/// Owns the source files of one compilation.
class SourceManager {
 public:
  /// Larger policies are refused before anything reads them. A line of a rule or a set takes about 60 bytes,
  /// so this holds some 120 000 of them.
  static constexpr uint64_t kMaxFileBytes = 8u << 20;

  /// Adds a text under a name, whatever its size.
  FileId add(std::string name, std::string text, uint32_t first_line = 1);

  /// Reads a file, or standard input for "-". Returns an invalid id and fills `error` as readWhole does; the
  /// limit is kMaxFileBytes.
  FileId load(const std::string& path, std::string& error);

  /// The folder of `import std.NAME;`; empty: there is none.
  void setLibrary(std::string folder) { library_ = std::move(folder); }
  const std::string& library() const { return library_; }

  /// The first file of this name; an invalid id when there is none.
  FileId find(std::string_view name) const;

  const SourceFile& file(FileId id) const { return files_[id.value]; }
  /// The text under a range; empty for an invalid one.
  std::string_view text(const SourceRange& range) const;
  /// "file:line" of the range's begin, as results and reports name a rule.
  std::string place(const SourceRange& range) const;

 private:
  std::deque<SourceFile> files_;
  std::string library_;
};

}  // namespace norman
