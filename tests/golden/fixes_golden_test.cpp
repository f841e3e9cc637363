// Every policy under fixes/ has mistakes of the one kind that it is named for, and says at the ends of their lines what the
// mended line is: "wrong //! right". As it stands it is refused or warned about; mended it compiles, to an image, and nothing is said.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>

#include "compiler/driver/compile.h"

namespace norman {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = "//!";

std::vector<fs::path> policies() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator("tests/golden/fixes"))
    if (entry.path().extension() == ".norman") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> linesOf(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// With every line mended, but for one.
std::string mended(const std::vector<std::string>& lines, std::optional<size_t> except = {}) {
  std::string text;
  for (size_t i = 0; i < lines.size(); ++i) {
    const size_t mark = lines[i].find(kMark);
    text += mark == std::string::npos ? lines[i] : i == except ? lines[i].substr(0, mark) : lines[i].substr(mark + kMark.size());
    text += "\n";
  }
  return text;
}

struct Said {
  std::set<std::string> ids;
  std::string text;
  bool compiled = false;
};

Said say(const std::string& source) {
  SourceManager sources;
  sources.setLibrary("stdlib");
  Diagnostics diagnostics;
  const FileId file = sources.add("policy.norman", source);
  Said said;
  said.compiled = compile(sources, file, diagnostics, {}).has_value();
  said.text = diagnostics.render(sources);
  for (const Diagnostic& diagnostic : diagnostics.all()) said.ids.emplace(diagnosticId(diagnostic.id));
  return said;
}

class Fixes : public testing::TestWithParam<fs::path> {};

TEST_P(Fixes, the_mended_policy_compiles) {
  const std::vector<std::string> lines = linesOf(GetParam());
  const Said good = say(mended(lines));
  EXPECT_EQ(good.text, "") << mended(lines);
  EXPECT_TRUE(good.compiled);
}

TEST_P(Fixes, each_mistake_alone_is_of_this_kind) {
  const std::vector<std::string> lines = linesOf(GetParam());
  const std::string id = GetParam().stem().string();
  const bool apart = id != "recursion" && id != "duplicate-name" && id != "meter-here" && id != "resource-limit";
  size_t mistakes = 0;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].find(kMark) == std::string::npos) continue;
    ++mistakes;
    if (!apart) continue;  // its lines are one mistake together
    const Said bad = say(mended(lines, i));
    EXPECT_EQ(bad.ids, std::set<std::string>{id}) << "line " << i + 1 << "\n" << bad.text;
  }
  EXPECT_NE(mistakes, 0u);
  std::string whole;
  for (const std::string& line : lines) whole += line.substr(0, line.find(kMark)) + "\n";
  const Said bad = say(whole);
  EXPECT_EQ(bad.ids, std::set<std::string>{id}) << bad.text;
}

// A source that is too large is mended by being smaller, which needs no example.
TEST(FixesFolder, every_diagnostic_has_a_fix) {
  for (const DiagId id : allDiagnosticIds()) {
    if (id == DiagId::SourceTooLarge) continue;
    EXPECT_TRUE(fs::exists(fs::path("tests/golden/fixes") / (std::string(diagnosticId(id)) + ".norman"))) << diagnosticId(id);
  }
}

INSTANTIATE_TEST_SUITE_P(Folder, Fixes, testing::ValuesIn(policies()), [](const auto& info) {
  std::string name = info.param.stem().string();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace norman
