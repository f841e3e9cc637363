// The front end as one call.
#include "compiler/sema/sema.h"

#include "compiler/parse/imports.h"
#include "compiler/sema/checker.h"

namespace norman {

std::optional<ast::Program> parseAndCheck(SourceManager& sources, FileId file, Diagnostics& diagnostics) {
  return parseAndCheck(sources, file, diagnostics, {});
}

std::optional<ast::Program> parseAndCheck(SourceManager& sources, FileId file, Diagnostics& diagnostics, const KnownNames& known) {
  const size_t before = diagnostics.errorCount();
  const ast::syntax::File source = parseProgram(sources, file, diagnostics);
  // After a syntax error names would be missing, and every use of one would be another message.
  if (diagnostics.errorCount() != before) return std::nullopt;
  ast::Program program = Checker(sources, source, diagnostics, known).check();
  if (diagnostics.errorCount() != before) return std::nullopt;
  return program;
}

}  // namespace norman
