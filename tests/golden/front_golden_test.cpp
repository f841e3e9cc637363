// Every policy under parse/ prints the typed AST beside it, every one under errors/ the exact messages beside
// it.
//
// NORMAN_UPDATE_GOLDEN=1 rewrites the expectations; read the difference before committing it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "compiler/ast/printer.h"
#include "compiler/sema/sema.h"

namespace norman {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<fs::path> policiesIn(const char* folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fs::path("tests/golden") / folder))
    if (entry.path().extension() == ".norman") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

void compare(const fs::path& expectation, const std::string& got) {
  if (std::getenv("NORMAN_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(expectation, std::ios::binary) << got;
    return;
  }
  EXPECT_EQ(got, read(expectation)) << "in " << expectation << "; NORMAN_UPDATE_GOLDEN=1 rewrites it";
}

struct Result {
  std::string ast;  // empty after an error
  std::string messages;
  std::vector<DiagId> ids;
};

Result run(const fs::path& path, const std::string& library = "") {
  SourceManager sources;
  sources.setLibrary(library);
  Diagnostics diagnostics;
  const FileId file = sources.add(path.filename().string(), read(path));
  Result result;
  if (const auto program = parseAndCheck(sources, file, diagnostics))
    result.ast = ast::print(*program, sources);
  result.messages = diagnostics.render(sources);
  for (const auto& diagnostic : diagnostics.all()) result.ids.push_back(diagnostic.id);
  return result;
}

TEST(Golden, prints_the_typed_ast) {
  for (const fs::path& path : policiesIn("parse")) {
    const Result result = run(path);
    EXPECT_EQ(result.messages, "") << path;
    compare(fs::path(path).replace_extension(".ast"), result.ast);
  }
}

TEST(Golden, says_exactly_what_is_wrong) {
  for (const fs::path& path : policiesIn("errors")) {
    const Result result = run(path);
    EXPECT_FALSE(result.messages.empty()) << path;
    compare(fs::path(path).replace_extension(".txt"), result.messages);
  }
}

TEST(Golden, examples_have_no_mistakes) {
  for (const auto& entry : fs::directory_iterator("examples")) {
    if (entry.path().extension() != ".norman") continue;
    EXPECT_EQ(run(entry.path(), "stdlib").messages, "") << entry.path();
  }
}

// Ids that a file of reasonable size cannot show have a unit test instead.
TEST(Golden, every_diagnostic_has_a_test) {
  const std::vector<DiagId> elsewhere = {
      DiagId::SourceTooLarge,  // tests/unit/compiler/parse: needs more than 8 MiB
  };
  std::vector<DiagId> seen = elsewhere;
  for (const fs::path& path : policiesIn("errors")) {
    const Result result = run(path);
    seen.insert(seen.end(), result.ids.begin(), result.ids.end());
  }
  for (const DiagId id : allDiagnosticIds())
    EXPECT_NE(std::find(seen.begin(), seen.end(), id), seen.end())
        << "no policy under tests/golden/errors shows [" << diagnosticId(id) << "]";
}

}  // namespace
}  // namespace norman
