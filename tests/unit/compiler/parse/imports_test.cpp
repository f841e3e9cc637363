// Several files as one policy: where they are found, each once, and how many there may be.
#include "compiler/parse/imports.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace norman {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Imports : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "norman-imports-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  /// The names of the constants, in their order; or the messages.
  std::string constants(const std::string& root) {
    SourceManager sources;
    sources.setLibrary((folder_ / "library").string());
    std::string error;
    const FileId file = sources.load((folder_ / root).string(), error);
    EXPECT_EQ(error, "");
    Diagnostics diagnostics;
    const auto whole = parseProgram(sources, file, diagnostics);
    if (diagnostics.hasErrors()) return diagnostics.render(sources);
    std::string names;
    for (const auto& constant : whole.constants) names += constant.name.text + " ";
    return names;
  }

  fs::path folder_;
};

TEST_F(Imports, stand_before_the_file_that_names_them) {
  write("main.norman", "const m = 1; import \"sub/a.norman\"; const n = 1; import std.l;");
  write("sub/a.norman", "import \"b.norman\"; const a = 1;");
  write("sub/b.norman", "const b = 1;");
  write("library/l.norman", "const l = 1;");
  EXPECT_EQ(constants("main.norman"), "b a l m n ");
}

TEST_F(Imports, come_once_whatever_path_leads_to_them) {
  write("main.norman",
        "import \"a.norman\"; import \"./sub/../b.norman\"; import \"link.norman\"; const m = 1;");
  write("a.norman", "import \"b.norman\"; const a = 1;");
  write("b.norman", "const b = 1;");
  write("sub/x", "");
  fs::create_symlink("b.norman", folder_ / "link.norman");
  EXPECT_EQ(constants("main.norman"), "b a m ");
}

TEST_F(Imports, are_looked_for_beside_the_file_then_in_the_library) {
  write("main.norman", "import \"a.norman\"; import \"b.norman\"; const m = 1;");
  write("a.norman", "const near = 1;");
  write("library/a.norman", "const far = 1;");
  write("library/b.norman", "const b = 1;");
  EXPECT_EQ(constants("main.norman"), "near b m ");
}

TEST_F(Imports, of_oneself_are_a_circle) {
  write("main.norman", "import \"main.norman\"; const m = 1;");
  EXPECT_THAT(constants("main.norman"), HasSubstr("main.norman -> "));
}

TEST_F(Imports, open_nothing_but_files) {
  write("main.norman", "import \"pipe\"; const m = 1;");
  ASSERT_EQ(mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(constants("main.norman"), HasSubstr("pipe': it is not a regular file [bad-import]"));
  write("main.norman", "import \"/dev/zero\"; const m = 1;");
  EXPECT_THAT(constants("main.norman"), HasSubstr("cannot read '/dev/zero': it is not a regular file"));
  write("main.norman", "import \"library\"; const m = 1;");
  fs::create_directories(folder_ / "library");
  EXPECT_THAT(constants("main.norman"), HasSubstr("library': it is a directory"));
}

TEST_F(Imports, are_bounded_in_number) {
  std::string text;
  for (int i = 0; i < 64; ++i) {
    text += fmt::format("import \"f{}.norman\";\n", i);
    write(fmt::format("f{}.norman", i), fmt::format("const c{} = 1;", i));
  }
  write("main.norman", text);
  const std::string messages = constants("main.norman");
  EXPECT_THAT(
      messages,
      HasSubstr(
          "main.norman:64:8: error: with this file the policy has more than 64 files [resource-limit]"));
}

TEST_F(Imports, are_bounded_in_bytes) {
  const std::string padding(6u << 20, ' ');
  write("a.norman", "const a = 1;" + padding);
  write("b.norman", "const b = 1;" + padding);
  write("c.norman", "const c = 1;" + padding);
  write("main.norman", "import \"a.norman\"; import \"b.norman\"; import \"c.norman\";");
  EXPECT_THAT(constants("main.norman"),
              HasSubstr("all its files together have at most 16777216 [resource-limit]"));
  write("a.norman", "const a = 1;" + padding + padding);
  EXPECT_THAT(constants("main.norman"), HasSubstr("is larger than 8388608 bytes"));
}

}  // namespace
}  // namespace norman
