// normanc compile: a policy becomes an image, or the text of a stage before it.
#include "compiler/driver/compile.h"

#include <cstdio>

#include "compiler/tools/arguments.h"
#include "compiler/tools/library.h"
#include "compiler/tools/output.h"
#include "compiler/tools/report.h"
#include "overlay_rtl/model/offline/policy_image.h"

namespace norman::tools {
namespace {

Emit emitOf(const std::string& name) {
  if (name == "ast") return Emit::Ast;
  if (name == "ir") return Emit::Ir;
  if (name == "asm") return Emit::Asm;
  return Emit::Image;
}

}  // namespace

int compile(const CompileArguments& arguments) {
  SourceManager sources;
  sources.setLibrary(libraryFolder(arguments.library));
  std::string problem;
  const FileId file = sources.load(arguments.file, problem);
  if (!file.valid()) return fail(problem);

  Diagnostics diagnostics;
  const Emit emit = emitOf(arguments.emit);
  const auto result = norman::compile(sources, file, diagnostics, {.emit = emit, .overlay = arguments.overlay});
  if (printDiagnostics(diagnostics, sources) != kSuccess || !result) return kMistake;

  std::string report;
  if (!arguments.report.empty()) {
    auto image = PolicyImage::fromBytes({result->output.begin(), result->output.end()}, arguments.file);
    if (!image) return failAsIs(image.error());
    report = arguments.report == "json" ? jsonReport(*image, result->decisions, sources)
                                        : textReport(*image, result->decisions, sources);
  }
  const bool to_output = !arguments.output.empty() || emit != Emit::Image;
  if (to_output) problem = writeFile(arguments.output.empty() ? "-" : arguments.output, result->output);
  if (!problem.empty()) return fail(problem);
  std::fwrite(report.data(), 1, report.size(), stdout);
  return finishOutput();
}

}  // namespace norman::tools
