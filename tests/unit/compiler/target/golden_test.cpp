// Runs FileCheck over what the target makes of the programs in tests/golden/ir; the first comment says what
// each is about.
//
// Every file is also compiled to an image whose disassembly must say the same as the assembly text.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/unit/compiler/target/module_text.h"

namespace norman::test {
namespace {

std::vector<std::filesystem::path> programs() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator("tests/golden/ir")) {
    if (entry.path().extension() == ".ll") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Lines of the program alone, with one blank between words: comments and other sections are no part of a
/// disassembly.
std::string programLines(const std::string& assembly) {
  static const std::vector<std::string> kNotProgram = {".text",    ".file",  ".type",   ".section", ".asciz",
                                                       ".size",    "#",      "norman.", ".ascii",   ".byte",
                                                       ".p2align", ".globl", ".zero"};
  std::istringstream in(assembly);
  std::string out;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string clean;
    for (std::string word; words >> word;) clean += (clean.empty() ? "" : " ") + word;
    bool keep = !clean.empty();
    for (const std::string& prefix : kNotProgram) keep = keep && clean.rfind(prefix, 0) != 0;
    if (keep) out += clean + "\n";
  }
  return out;
}

class TargetGolden : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(TargetGolden, matches_its_checks) {
  const Compiled compiled = compileText(read(GetParam()));
  ASSERT_TRUE(compiled.output) << compiled.errors();
  const auto text =
      std::filesystem::temp_directory_path() / ("norman_golden_" + std::to_string(getpid()) + ".s");
  std::ofstream(text) << programLines(*compiled.output) << [&] {
    std::string comments;  // objects are printed as comments
    std::istringstream in(*compiled.output);
    for (std::string line; std::getline(in, line);) {
      if (!line.empty() && line[0] == '#') comments += line + "\n";
    }
    return comments;
  }();
  const std::string command =
      std::string(NORMAN_FILECHECK) + " --input-file " + text.string() + " " + GetParam().string() + " 2>&1";
  FILE* pipe = popen(command.c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::string said;
  char buffer[4096];
  while (const size_t n = fread(buffer, 1, sizeof buffer, pipe)) said.append(buffer, n);
  EXPECT_EQ(pclose(pipe), 0) << said;
  std::filesystem::remove(text);
}

TEST_P(TargetGolden, image_disassembles_to_the_same_text) {
  const Compiled assembly = compileText(read(GetParam()));
  const Compiled image = compileText(read(GetParam()), /*image=*/true);
  ASSERT_TRUE(assembly.output && image.output) << assembly.errors() << image.errors();
  std::string problem;
  const auto text = target::disassemble(*image.output, [&](const target::Message& m) { problem = m.text; });
  ASSERT_TRUE(text) << problem;
  EXPECT_EQ(programLines(*text), programLines(*assembly.output));
}

TEST_P(TargetGolden, text_assembles_to_the_same_image) {
  const Compiled image = compileText(read(GetParam()), /*image=*/true);
  ASSERT_TRUE(image.output) << image.errors();
  const auto ignore = [](const target::Message&) {};
  const auto text = target::disassemble(*image.output, ignore);
  ASSERT_TRUE(text);
  const Compiled again = assembleText(*text);
  ASSERT_TRUE(again.output) << again.errors();
  EXPECT_EQ(target::disassemble(*again.output, ignore), text);
}

INSTANTIATE_TEST_SUITE_P(Programs, TargetGolden, testing::ValuesIn(programs()),
                         [](const auto& info) { return info.param.stem().string(); });

}  // namespace
}  // namespace norman::test
