// Any bytes as a policy: the front end must answer with a program or with messages, in bounded time and
// memory; what parses has one canonical form that means the same and keeps the comments.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

#include "compiler/ast/printer.h"
#include "compiler/parse/format.h"
#include "compiler/parse/parse.h"
#include "compiler/sema/sema.h"
#include "tests/support/syntax_text.h"

namespace {

void check(bool holds, const char* what, const std::string& shown) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s:\n%s\n", what, shown.c_str());
  std::abort();
}

struct Formatted {
  std::string text;
  std::string tree;
};

/// Nothing if it does not parse.
std::optional<Formatted> format(const std::string& source) {
  norman::SourceManager sources;
  norman::Diagnostics diagnostics;
  const norman::FileId file = sources.add("fuzz.norman", source);
  const auto syntax = norman::parseSource(sources, file, diagnostics);
  const bool parses = !diagnostics.hasErrors();
  norman::Diagnostics again;
  auto text = norman::formatSource(sources, file, again);
  check(text.has_value() != again.hasErrors(), "either a text or messages", again.render(sources));
  if (parses != text.has_value() || !parses) return std::nullopt;
  return Formatted{std::move(*text), norman::test::syntaxText(syntax)};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string source(reinterpret_cast<const char*>(data), size);
  {
    norman::SourceManager sources;
    norman::Diagnostics diagnostics;
    const norman::FileId file = sources.add("fuzz.norman", source);
    const auto program = norman::parseAndCheck(sources, file, diagnostics);
    // Everything that a tool would do with the answer is part of it.
    const std::string messages = diagnostics.render(sources);
    check(program.has_value() != diagnostics.hasErrors(), "either a program or errors", messages);
    check(program.has_value() || !messages.empty(), "a reason for having no program", source);
    if (program.has_value()) norman::ast::print(*program, sources);
  }
  if (const auto once = format(source)) {
    const auto twice = format(once->text);
    check(twice.has_value(), "the canonical form parses", once->text);
    check(twice->text == once->text, "the canonical form stays as it is", once->text + "\nand then\n" + twice->text);
    check(twice->tree == once->tree, "the canonical form means the same", once->text);
    check(norman::test::commentsOf(once->text) == norman::test::commentsOf(source), "comments are kept", once->text);
  }
  return 0;
}
