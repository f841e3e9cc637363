// Line tables and reading of source files.
#include "compiler/support/source.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace norman {

SourceRange join(const SourceRange& first, const SourceRange& second) {
  if (!first.valid()) return second;
  if (!second.valid()) return first;
  return {first.file, std::min(first.begin, second.begin), std::max(first.end, second.end)};
}

SourceFile::SourceFile(std::string name, std::string text, uint32_t first_line)
    : name_(std::move(name)), text_(std::move(text)), first_line_(first_line) {
  line_starts_.push_back(0);
  for (size_t at = text_.find('\n'); at != std::string::npos; at = text_.find('\n', at + 1))
    line_starts_.push_back(static_cast<uint32_t>(at + 1));
}

uint32_t SourceFile::lineOf(uint32_t offset) const {
  const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  return static_cast<uint32_t>(after - line_starts_.begin()) - 1 + first_line_;
}

LineColumn SourceFile::lineColumn(uint32_t offset) const {
  const uint32_t line = lineOf(offset);
  const size_t stop = std::min<size_t>(offset, text_.size());
  uint32_t column = 1;
  for (size_t at = lineStart(line); at < stop; ++at)
    if ((static_cast<unsigned char>(text_[at]) & 0xc0) != 0x80) ++column;  // not a UTF-8 continuation byte
  return {line, column};
}

std::string_view SourceFile::line(uint32_t line) const {
  const size_t number = line - first_line_;
  const size_t begin = line_starts_[number];
  size_t end = number + 1 < lineCount() ? line_starts_[number + 1] - 1 : text_.size();
  if (end > begin && text_[end - 1] == '\r') --end;
  return std::string_view(text_).substr(begin, end - begin);
}

std::string shownName(const std::string& path) { return path == "-" ? "<stdin>" : path; }

bool readWhole(const std::string& path, uint64_t most, const char* what, std::string& text, std::string& error) {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> opened(nullptr, &std::fclose);
  std::FILE* in = stdin;
  if (path != "-") {
    opened.reset(std::fopen(path.c_str(), "rb"));
    in = opened.get();
    if (in == nullptr) {
      error = "cannot read '" + path + "': " + std::strerror(errno);
      return false;
    }
  }
  char chunk[65536];
  while (const size_t got = std::fread(chunk, 1, sizeof chunk, in)) {
    text.append(chunk, got);
    if (text.size() > most) {
      error = "'" + shownName(path) + "' is larger than " + std::to_string(most) + " bytes, the most that " + what + " may have";
      return false;
    }
  }
  if (std::ferror(in) != 0) {
    error = "cannot read '" + shownName(path) + "': " + std::strerror(errno);
    return false;
  }
  return true;
}

std::optional<FileIdentity> identify(const std::string& path) {
  struct stat status;
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return FileIdentity{status.st_dev, status.st_ino};
}

bool readRegular(const std::string& path, uint64_t most, const char* what, std::string& text, std::string& error) {
  const auto failed = [&](const std::string& why) {
    error = "cannot read '" + path + "': " + why;
    return false;
  };
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) return failed(std::strerror(errno));
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> opened(::fdopen(descriptor, "rb"), &std::fclose);
  if (opened == nullptr) {
    ::close(descriptor);
    return failed("out of memory");
  }
  struct stat status;
  if (::fstat(descriptor, &status) != 0) return failed(std::strerror(errno));
  if (S_ISDIR(status.st_mode)) return failed("it is a directory");
  if (!S_ISREG(status.st_mode)) return failed("it is not a regular file");
  char chunk[65536];
  while (const size_t got = std::fread(chunk, 1, sizeof chunk, opened.get())) {
    text.append(chunk, got);
    if (text.size() > most) {
      error = "'" + path + "' is larger than " + std::to_string(most) + " bytes, the most that " + what + " may have";
      return false;
    }
  }
  return std::ferror(opened.get()) == 0 || failed(std::strerror(errno));
}

FileId SourceManager::add(std::string name, std::string text, uint32_t first_line) {
  files_.emplace_back(std::move(name), std::move(text), first_line);
  return {static_cast<uint32_t>(files_.size() - 1)};
}

FileId SourceManager::load(const std::string& path, std::string& error) {
  std::string text;
  if (!readWhole(path, kMaxFileBytes, "a policy file", text, error)) return {};
  return add(shownName(path), std::move(text));
}

FileId SourceManager::find(std::string_view name) const {
  for (size_t i = 0; i < files_.size(); ++i)
    if (files_[i].name() == name) return {static_cast<uint32_t>(i)};
  return {};
}

std::string_view SourceManager::text(const SourceRange& range) const {
  if (!range.valid()) return {};
  return file(range.file).text().substr(range.begin, range.end - range.begin);
}

std::string SourceManager::place(const SourceRange& range) const {
  if (!range.valid()) return {};
  const SourceFile& source = file(range.file);
  return source.name() + ":" + std::to_string(source.lineOf(range.begin));
}

}  // namespace norman
