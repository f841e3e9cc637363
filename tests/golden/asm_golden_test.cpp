// Every policy under asm/ compiles to exactly the rows beside it; files named *_small are for that overlay.
//
// NORMAN_UPDATE_GOLDEN=1 rewrites the expectations; read the difference before committing it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "compiler/driver/compile.h"

namespace norman {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<fs::path> policies() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator("tests/golden/asm"))
    if (entry.path().extension() == ".norman") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

// Programs and objects alone: the sections of strings and rules are no code.
std::string programOf(const std::string& assembly) {
  std::istringstream in(assembly);
  std::string text;
  bool in_section = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("\t.type")) in_section = true;
    if (line.starts_with("# ")) in_section = false;
    if (!in_section && !line.empty() && line != "\t.text") text += line + "\n";
  }
  return text;
}

class AsmGolden : public testing::TestWithParam<fs::path> {};

TEST_P(AsmGolden, compiles_to_these_rows) {
  const fs::path& path = GetParam();
  SourceManager sources;
  Diagnostics diagnostics;
  const FileId file = sources.add(path.filename().string(), read(path));
  const std::string overlay = path.stem().string().ends_with("_small") ? "small" : "default";
  const auto compiled =
      compile(sources, file, diagnostics, {.emit = Emit::Asm, .overlay = overlay, .verify = true});
  ASSERT_TRUE(compiled) << diagnostics.render(sources);
  const std::string got = programOf(compiled->output);
  const fs::path expectation = fs::path(path).replace_extension(".s");
  if (std::getenv("NORMAN_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(expectation, std::ios::binary) << got;
    return;
  }
  EXPECT_EQ(got, read(expectation)) << "in " << expectation << "; NORMAN_UPDATE_GOLDEN=1 rewrites it";
}

INSTANTIATE_TEST_SUITE_P(Policies, AsmGolden, testing::ValuesIn(policies()),
                         [](const auto& info) { return info.param.stem().string(); });

}  // namespace
}  // namespace norman
