// normanc check: diagnostics only.
#include "compiler/driver/compile.h"
#include "compiler/tools/arguments.h"
#include "compiler/tools/output.h"

namespace norman::tools {

/// Every file by itself and all the way to an image, so that what passes also fits.
int check(const CheckArguments& arguments) {
  SourceManager sources;
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
    if (printDiagnostics(diagnostics, sources) != kSuccess) status = kMistake;
  }
  return status;
}

}  // namespace norman::tools
