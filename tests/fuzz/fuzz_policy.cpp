// Any bytes as a policy: the front end must answer with a program or with messages, in bounded time and
// memory.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "compiler/ast/printer.h"
#include "compiler/sema/sema.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  norman::SourceManager sources;
  norman::Diagnostics diagnostics;
  const norman::FileId file =
      sources.add("fuzz.norman", std::string(reinterpret_cast<const char*>(data), size));
  const auto program = norman::parseAndCheck(sources, file, diagnostics);
  // Everything that a tool would do with the answer is part of it.
  const std::string messages = diagnostics.render(sources);
  if (program.has_value() == diagnostics.hasErrors()) std::abort();
  if (!program.has_value() && messages.empty()) std::abort();
  if (program.has_value()) norman::ast::print(*program, sources);
  return 0;
}
