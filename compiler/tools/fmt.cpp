// normanc fmt: policies in their canonical form.
#include "compiler/parse/format.h"

#include <cstdio>

#include "compiler/tools/arguments.h"
#include "compiler/tools/output.h"

namespace norman::tools {
/// Every file by itself: one that does not parse is reported and left as it is, the others are done.
int format(const FormatArguments& arguments) {
  int status = kSuccess;
  for (const std::string& path : arguments.files) {
    SourceManager sources;
    std::string problem;
    const FileId file = sources.load(path, problem);
    if (!file.valid()) {
      status = fail(problem);
      continue;
    }
    Diagnostics diagnostics;
    const auto text = formatSource(sources, file, diagnostics);
    if (printDiagnostics(diagnostics, sources) != kSuccess || !text) {
      status = kMistake;
      continue;
    }
    const bool same = *text == sources.file(file).text();
    if (arguments.check) {
      if (same) continue;
      std::printf("%s\n", shownName(path).c_str());
      status = kMistake;
    } else if (!arguments.write) {
      problem = writeFile("-", *text);
    } else if (!same) {
      problem = writeFile(path, *text, Mode::Kept);
    }
    if (!problem.empty()) status = fail(problem);
  }
  const int finished = finishOutput();
  return finished != kSuccess ? finished : status;
}

}  // namespace norman::tools
