// normanc check: diagnostics only.
#include <cstdio>

#include <fmt/format.h>

#include "compiler/driver/compile.h"
#include "compiler/tools/arguments.h"
#include "compiler/tools/library.h"
#include "compiler/tools/output.h"
#include "overlay_rtl/model/offline/json_text.h"

namespace norman::tools {
namespace {

using Json = nlohmann::ordered_json;

/// Lines and columns count from 1, columns in characters; the end is the place behind the last sign. Without a place only the message.
void addPlace(Json& item, const SourceManager& sources, const SourceRange& range) {
  if (!range.valid()) return;
  const SourceFile& file = sources.file(range.file);
  const LineColumn begin = file.lineColumn(range.begin);
  const LineColumn end = file.lineColumn(range.end);
  item["file"] = file.name();
  item["line"] = begin.line;
  item["column"] = begin.column;
  item["end_line"] = end.line;
  item["end_column"] = end.column;
}

void printJson(const Diagnostics& diagnostics, const SourceManager& sources) {
  for (const Diagnostic* diagnostic : diagnostics.byPlace()) {
    Json line;
    addPlace(line, sources, diagnostic->range);
    line["severity"] = diagnosticSeverity(diagnostic->id) == Severity::Error ? "error" : "warning";
    line["id"] = diagnosticId(diagnostic->id);
    line["message"] = diagnostic->message;
    line["notes"] = Json::array();
    for (const Diagnostic::Note& note : diagnostic->notes) {
      Json item;
      addPlace(item, sources, note.range);
      item["message"] = note.message;
      line["notes"].push_back(std::move(item));
    }
    line["help"] = diagnostic->help;
    fmt::print("{}\n", jsonText(line));
  }
}

}  // namespace

/// Every file by itself and all the way to an image, so that what passes also fits. What cannot be read is said on
/// standard error in both forms: it is no message about a policy.
int check(const CheckArguments& arguments) {
  SourceManager sources;
  sources.setLibrary(libraryFolder(arguments.library));
  int status = kSuccess;
  for (const std::string& path : arguments.files) {
    std::string problem;
    const FileId file = sources.load(path, problem);
    if (!file.valid()) {
      status = fail(problem);
      continue;
    }
    Diagnostics diagnostics;
    norman::compile(sources, file, diagnostics, {.overlay = arguments.overlay});
    if (arguments.json)
      printJson(diagnostics, sources);
    else
      printDiagnostics(diagnostics, sources);
    if (diagnostics.hasErrors()) status = kMistake;
  }
  if (finishOutput() != kSuccess) status = kMistake;
  return status;
}

}  // namespace norman::tools
