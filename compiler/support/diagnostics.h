// Collects what is wrong with the user's input and renders it for people.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "compiler/support/source.h"

namespace norman {

enum class Severity { Error, Warning };

enum class DiagId {
#define NORMAN_DIAGNOSTIC(id, text, severity, meaning) id,
#include "compiler/support/diagnostics.def"
#undef NORMAN_DIAGNOSTIC
};

/// "unknown-name" of DiagId::UnknownName.
std::string_view diagnosticId(DiagId id);
Severity diagnosticSeverity(DiagId id);
/// All ids in the order of diagnostics.def.
const std::vector<DiagId>& allDiagnosticIds();

/// One message with what belongs to it.
struct Diagnostic {
  struct Note {
    SourceRange range;  // may be invalid: a note without a place
    std::string message;
  };
  DiagId id;
  SourceRange range;  // may be invalid: a message without a place
  std::string message;
  std::vector<Note> notes;
  std::vector<std::string> help;
};

/// Messages in the order of their discovery; at most one for each (id, place).
class Diagnostics {
 public:
  /// After this many errors the rest is counted, not kept: nobody reads more, and junk input makes millions.
  static constexpr size_t kMaxErrors = 100;

  /// Adds to the message just reported; harmless when the message was suppressed.
  class Builder {
   public:
    explicit Builder(Diagnostic* diagnostic) : diagnostic_(diagnostic) {}
    Builder& note(std::string message) { return note({}, std::move(message)); }
    Builder& note(const SourceRange& range, std::string message);
    Builder& help(std::string message);

   private:
    Diagnostic* diagnostic_;
  };

  /// Reports a mistake in the user's input. `message` is lower case and has no final period.
  Builder report(DiagId id, const SourceRange& range, std::string message);

  bool hasErrors() const { return error_count_ != 0; }
  size_t errorCount() const { return error_count_; }
  /// Further errors will only be counted: a good moment to stop looking for them.
  bool full() const { return error_count_ >= kMaxErrors; }
  const std::vector<Diagnostic>& all() const { return diagnostics_; }
  /// All messages, sorted by file and place.
  std::vector<const Diagnostic*> byPlace() const;

  /// All messages as text, sorted by place, each with its line and caret; ANSI colours only when asked.
  std::string render(const SourceManager& sources, bool colours = false) const;

 private:
  std::vector<Diagnostic> diagnostics_;
  std::set<std::tuple<DiagId, uint32_t, uint32_t>> reported_;
  size_t error_count_ = 0;
};

}  // namespace norman
