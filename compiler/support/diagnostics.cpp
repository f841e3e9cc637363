// Renders diagnostics: place, message, the line with a caret, notes, help.
#include "compiler/support/diagnostics.h"

#include <algorithm>

namespace norman {
namespace {

struct Entry {
  std::string_view text;
  Severity severity;
};

constexpr Entry kEntries[] = {
#define NORMAN_DIAGNOSTIC(id, text, severity, meaning) {text, Severity::severity},
#include "compiler/support/diagnostics.def"
#undef NORMAN_DIAGNOSTIC
};

constexpr const char* kBold = "\033[1m";
constexpr const char* kRed = "\033[1;31m";
constexpr const char* kYellow = "\033[1;33m";
constexpr const char* kGreen = "\033[1;32m";
constexpr const char* kReset = "\033[0m";

// A line longer than this is shown as the part around the caret.
constexpr size_t kMaxShown = 160;

bool isContinuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// Bytes that would confuse a terminal, and broken UTF-8, are shown as '?': one sign for one character.
std::string printable(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const unsigned char c = static_cast<unsigned char>(text[at]);
    const size_t length = c < 0x80 ? 1 : c >= 0xf0 && c < 0xf5 ? 4 : c >= 0xe0 ? 3 : c >= 0xc2 ? 2 : 0;
    bool good = length != 0 && c < 0xf5 && at + length <= text.size();
    for (size_t i = 1; good && i < length; ++i) good = isContinuation(text[at + i]);
    if (!good) {
      out += '?';
      ++at;
      while (at < text.size() && isContinuation(text[at])) ++at;
      continue;
    }
    if (length == 1)
      out += (c < 0x20 && c != '\t') || c == 0x7f ? '?' : static_cast<char>(c);
    else
      out.append(text.substr(at, length));
    at += length;
  }
  return out;
}

class Renderer {
 public:
  Renderer(const SourceManager& sources, bool colours) : sources_(sources), colours_(colours) {}

  void render(const Diagnostic& diagnostic) {
    const Severity severity = diagnosticSeverity(diagnostic.id);
    place(diagnostic.range);
    paint(severity == Severity::Error ? kRed : kYellow,
          severity == Severity::Error ? "error: " : "warning: ");
    out_ += printable(diagnostic.message);
    out_ += " [";
    out_ += diagnosticId(diagnostic.id);
    out_ += "]\n";
    excerpt(diagnostic.range);
    for (const auto& note : diagnostic.notes) {
      place(note.range);
      paint(kBold, "note: ");
      out_ += printable(note.message) + "\n";
      excerpt(note.range);
    }
    for (const auto& help : diagnostic.help) {
      paint(kBold, "help: ");
      out_ += printable(help) + "\n";
    }
  }

  void plain(const std::string& line) { out_ += line + "\n"; }
  std::string take() { return std::move(out_); }

 private:
  void paint(const char* colour, std::string_view text) {
    if (colours_) out_ += colour;
    out_ += text;
    if (colours_) out_ += kReset;
  }

  void place(const SourceRange& range) {
    if (!range.valid()) return;
    const SourceFile& file = sources_.file(range.file);
    const LineColumn at = file.lineColumn(range.begin);
    paint(kBold, file.name() + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + ": ");
  }

  void excerpt(const SourceRange& range) {
    if (!range.valid()) return;
    const SourceFile& file = sources_.file(range.file);
    if (file.text().empty()) return;
    const uint32_t number = file.lineOf(range.begin);
    const std::string_view line = file.line(number);
    const size_t begin = std::min<size_t>(range.begin - file.lineStart(number), line.size());
    const size_t end = std::clamp<size_t>(range.end - file.lineStart(number), begin, line.size());

    size_t from = 0;
    size_t to = line.size();
    if (line.size() > kMaxShown) {
      from = begin > kMaxShown / 4 ? begin - kMaxShown / 4 : 0;
      to = std::min(line.size(), from + kMaxShown);
      while (from < begin && isContinuation(line[from])) ++from;
      while (to < line.size() && isContinuation(line[to])) ++to;
    }
    const std::string before = (from > 0 ? "..." : "") + printable(line.substr(from, begin - from));
    const std::string marked = printable(line.substr(begin, std::min(end, to) - begin));
    const std::string after =
        printable(line.substr(std::min(end, to), to - std::min(end, to))) + (to < line.size() ? "..." : "");

    const std::string label = std::to_string(number);
    const std::string gutter = std::string(label.size() < 5 ? 5 - label.size() : 0, ' ') + label;
    out_ += gutter + " | " + before + marked + after + "\n";
    out_ += std::string(gutter.size(), ' ') + " | ";
    for (const char c : before)
      if (!isContinuation(c)) out_ += c == '\t' ? '\t' : ' ';
    std::string caret = "^";
    size_t characters = 0;
    for (const char c : marked)
      if (!isContinuation(c)) ++characters;
    if (characters > 1) caret.append(characters - 1, '~');
    paint(kGreen, caret);
    out_ += "\n";
  }

  const SourceManager& sources_;
  bool colours_;
  std::string out_;
};

}  // namespace

std::string_view diagnosticId(DiagId id) { return kEntries[static_cast<size_t>(id)].text; }
Severity diagnosticSeverity(DiagId id) { return kEntries[static_cast<size_t>(id)].severity; }

const std::vector<DiagId>& allDiagnosticIds() {
  static const std::vector<DiagId> ids = {
#define NORMAN_DIAGNOSTIC(id, text, severity, meaning) DiagId::id,
#include "compiler/support/diagnostics.def"
#undef NORMAN_DIAGNOSTIC
  };
  return ids;
}

Diagnostics::Builder& Diagnostics::Builder::note(const SourceRange& range, std::string message) {
  if (diagnostic_ != nullptr) diagnostic_->notes.push_back({range, std::move(message)});
  return *this;
}

Diagnostics::Builder& Diagnostics::Builder::help(std::string message) {
  if (diagnostic_ != nullptr) diagnostic_->help.push_back(std::move(message));
  return *this;
}

Diagnostics::Builder Diagnostics::report(DiagId id, const SourceRange& range, std::string message) {
  if (range.valid() && !reported_.insert({id, range.file.value, range.begin}).second) return Builder(nullptr);
  if (diagnosticSeverity(id) == Severity::Error) {
    ++error_count_;
    if (error_count_ > kMaxErrors) return Builder(nullptr);
  }
  diagnostics_.push_back({id, range, std::move(message), {}, {}});
  return Builder(&diagnostics_.back());
}

std::vector<const Diagnostic*> Diagnostics::byPlace() const {
  std::vector<const Diagnostic*> sorted;
  for (const auto& diagnostic : diagnostics_) sorted.push_back(&diagnostic);
  std::stable_sort(sorted.begin(), sorted.end(), [](const Diagnostic* a, const Diagnostic* b) {
    return std::tie(a->range.file.value, a->range.begin) < std::tie(b->range.file.value, b->range.begin);
  });
  return sorted;
}

std::string Diagnostics::render(const SourceManager& sources, bool colours) const {
  Renderer renderer(sources, colours);
  for (const Diagnostic* diagnostic : byPlace()) renderer.render(*diagnostic);
  if (full())
    renderer.plain("note: there may be more errors; the first " + std::to_string(kMaxErrors) + " are shown");
  return renderer.take();
}

}  // namespace norman
