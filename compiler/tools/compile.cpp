// normanc compile: a policy becomes an image, or the text of a stage before it.
#include "compiler/driver/compile.h"

#include <cstdio>

#include <fmt/format.h>

#include "compiler/tools/arguments.h"
#include "compiler/tools/keep.h"
#include "compiler/tools/library.h"
#include "compiler/tools/output.h"
#include "compiler/tools/policy_input.h"
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

  std::optional<ImageInput> old;
  if (!arguments.keep.empty()) {
    old = readImage(arguments.keep);
    if (!old) return kMistake;
    if (old->image.config().name != arguments.overlay)
      return fail(fmt::format("'{}' is for the overlay {}, this one is compiled for {}", arguments.keep, old->image.config().name, arguments.overlay));
  }

  Diagnostics diagnostics;
  const Emit emit = emitOf(arguments.emit);
  CompileOptions options{.emit = emit, .overlay = arguments.overlay};
  if (old) options.keep = objectsToKeep(old->image);
  auto result = norman::compile(sources, file, diagnostics, options);
  if (printDiagnostics(diagnostics, sources) != kSuccess || !result) return kMistake;
  if (old && emit == Emit::Image) {
    auto kept = keepContents(old->image, result->output);
    if (!kept) return failAsIs(kept.error());
    result->output = std::move(kept->image);
    for (const std::string& line : kept->notes) fmt::print(stderr, "normanc: {}\n", line);
  }

  std::string report;
  if (!arguments.report.empty()) {
    auto image = PolicyImage::fromBytes({result->output.begin(), result->output.end()}, arguments.file);
    if (!image) return failAsIs(image.error());
    report = arguments.report == "json" ? jsonReport(*image, *result, sources)
                                        : textReport(*image, *result, sources);
  }
  const bool to_output = !arguments.output.empty() || emit != Emit::Image;
  if (to_output) problem = writeFile(arguments.output.empty() ? "-" : arguments.output, result->output);
  if (!problem.empty()) return fail(problem);
  std::fwrite(report.data(), 1, report.size(), stdout);
  return finishOutput();
}

}  // namespace norman::tools
