// Two passes over the bytes: size and encoding, then nesting and number of tokens.
#include "compiler/parse/prescan.h"

#include <string>
#include <vector>

#include "compiler/parse/parse.h"

namespace norman {
namespace {

// The length of the UTF-8 sequence at `at`, 0 when the bytes are none. Control characters count as none.
size_t characterLength(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char c = byte(at);
  if (c < 0x80) return (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f') || c == 0x7f ? 0 : 1;
  const size_t length = c >= 0xf0 && c <= 0xf4  ? 4
                        : c >= 0xe0 && c < 0xf0 ? 3
                        : c >= 0xc2 && c < 0xe0 ? 2
                                                : 0;
  if (length == 0 || at + length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i)
    if ((byte(at + i) & 0xc0) != 0x80) return 0;
  return length;
}

bool checkText(std::string_view text, FileId file, Diagnostics& diagnostics) {
  // Marks that editors put first.
  if (text.starts_with("\xef\xbb\xbf")) {
    diagnostics.report(DiagId::NotText, {file, 0, 3}, "the file begins with a byte order mark")
        .help("save it as UTF-8 without one");
    return false;
  }
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    diagnostics.report(DiagId::NotText, {file, 0, 2}, "the file is UTF-16; a policy is UTF-8 without control characters")
        .help("save it as UTF-8");
    return false;
  }
  for (size_t at = 0; at < text.size();) {
    const size_t length = characterLength(text, at);
    if (length == 0) {
      const auto offset = static_cast<uint32_t>(at);
      constexpr char kHex[] = "0123456789abcdef";
      const auto c = static_cast<unsigned char>(text[at]);
      diagnostics
          .report(DiagId::NotText, {file, offset, offset + 1},
                  std::string("byte 0x") + kHex[c >> 4] + kHex[c & 15] + " at offset " + std::to_string(at) +
                      " is not text; a policy is UTF-8 without control characters")
          .help(at != 0 && c >= 0x80 ? "save the file as UTF-8" : "give the policy's source, not an image or a capture");
      return false;
    }
    at += length;
  }
  return true;
}

// Skips a comment or string that begins at `at`; returns `at` when none does. What is not closed ends with
// its line or the text.
size_t skipQuiet(std::string_view text, size_t at) {
  const auto lineEnd = [&](size_t from) {
    const size_t end = text.find_first_of("\r\n", from);
    return end == std::string_view::npos ? text.size() : end;
  };
  const char c = text[at];
  if (c == '#') return lineEnd(at);
  if (c == '"') {
    const size_t end = text.find_first_of("\"\r\n", at + 1);
    return end == std::string_view::npos ? text.size() : end + 1;
  }
  if (c == '/' && at + 1 < text.size() && text[at + 1] == '/') return lineEnd(at);
  if (c == '/' && at + 1 < text.size() && text[at + 1] == '*') {
    const size_t end = text.find("*/", at + 2);
    return end == std::string_view::npos ? text.size() : end + 2;
  }
  return at;
}

bool isWordCharacter(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' ||
         c == ':';
}

bool checkShape(std::string_view text, FileId file, Diagnostics& diagnostics) {
  size_t tokens = 0;
  std::vector<unsigned> open;  // for each open bracket its levels: itself and the prefixes directly before it
  unsigned levels = 0;         // their sum
  unsigned prefixes = 0;       // of `!` and `~` in a row: each is a level until its operand begins
  for (size_t at = 0; at < text.size(); ++at) {
    const size_t after = skipQuiet(text, at);
    if (after != at) {
      if (text[at] == '"') {
        prefixes = 0;
        ++tokens;
      }
      at = after - 1;
      continue;
    }
    const bool space =
        text[at] == ' ' || text[at] == '\t' || text[at] == '\r' || text[at] == '\n' || text[at] == '\f';
    const bool inside = isWordCharacter(text[at]) && at > 0 && isWordCharacter(text[at - 1]);
    if (!space && !inside && ++tokens > kMaxTokens) {
      const auto offset = static_cast<uint32_t>(at);
      diagnostics
          .report(DiagId::SourceTooLarge, {file, offset, offset + 1},
                  "more than " + std::to_string(kMaxTokens) + " words and signs in one file")
          .help("rules that differ in a value only can be one rule with a set");
      return false;
    }
    switch (text[at]) {
      case '(':
      case '[':
      case '{':
        open.push_back(1 + prefixes);
        levels += open.back();
        prefixes = 0;
        break;
      case ')':
      case ']':
      case '}':
        if (!open.empty()) {
          levels -= open.back();
          open.pop_back();
        }
        prefixes = 0;
        break;
      case '!':
      case '~':
        ++prefixes;
        break;
      case ' ':
      case '\t':
      case '\r':
      case '\n':
      case '\f':
        break;
      default:
        prefixes = 0;
        break;
    }
    if (levels + prefixes > kMaxNesting) {
      const auto offset = static_cast<uint32_t>(at);
      diagnostics
          .report(DiagId::NestingTooDeep, {file, offset, offset + 1},
                  "nested more than " + std::to_string(kMaxNesting) + " levels deep")
          .help("give parts of the expression a name with let, or put them into functions");
      return false;
    }
  }
  return true;
}

}  // namespace

bool prescan(const SourceManager& sources, FileId file, Diagnostics& diagnostics) {
  const SourceFile& source = sources.file(file);
  const std::string_view text = source.text();
  if (text.size() > SourceManager::kMaxFileBytes) {
    diagnostics.report(DiagId::SourceTooLarge, {},
                       "'" + source.name() + "' has " + std::to_string(text.size()) +
                           " bytes, a policy file has at most " +
                           std::to_string(SourceManager::kMaxFileBytes));
    return false;
  }
  return checkText(text, file, diagnostics) && checkShape(text, file, diagnostics);
}

}  // namespace norman
