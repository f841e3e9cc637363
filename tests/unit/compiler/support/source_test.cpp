// Lines, columns and reading of files.
#include "compiler/support/source.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace norman {
namespace {

TEST(SourceFile, counts_lines_and_characters_from_one) {
  const SourceFile file("f", "ab\ncaf\xc3\xa9 x\r\n\nlast");
  EXPECT_EQ(file.lineCount(), 4u);
  EXPECT_EQ(file.lineColumn(0).line, 1u);
  EXPECT_EQ(file.lineColumn(0).column, 1u);
  EXPECT_EQ(file.lineColumn(9).line, 2u);
  EXPECT_EQ(file.lineColumn(9).column, 6u) << "two bytes of one character count once";
  EXPECT_EQ(file.line(2), "caf\xc3\xa9 x");
  EXPECT_EQ(file.line(3), "");
  EXPECT_EQ(file.line(4), "last");
  EXPECT_EQ(file.lineColumn(1000).line, 4u) << "past the end";
}

TEST(SourceFile, has_one_line_when_empty) {
  const SourceFile file("f", "");
  EXPECT_EQ(file.lineCount(), 1u);
  EXPECT_EQ(file.line(1), "");
  EXPECT_EQ(file.lineColumn(0).column, 1u);
}

TEST(SourceManager, reads_a_file) {
  const auto path = std::filesystem::temp_directory_path() / "norman_source_test.norman";
  std::ofstream(path) << "policy";
  SourceManager sources;
  std::string error;
  const FileId file = sources.load(path, error);
  ASSERT_TRUE(file.valid()) << error;
  EXPECT_EQ(sources.file(file).text(), "policy");
  EXPECT_EQ(sources.place({file, 2, 3}), path.string() + ":1");
  std::filesystem::remove(path);
}

TEST(SourceManager, refuses_what_it_cannot_read) {
  SourceManager sources;
  std::string error;
  EXPECT_FALSE(sources.load("/nonexistent/policy.norman", error).valid());
  EXPECT_EQ(error, "cannot read '/nonexistent/policy.norman': No such file or directory");
  EXPECT_FALSE(sources.load("/", error).valid());
  EXPECT_EQ(error, "cannot read '/': Is a directory");
}

TEST(SourceManager, refuses_a_huge_file_without_holding_it) {
  const auto path = std::filesystem::temp_directory_path() / "norman_source_test_huge.norman";
  std::ofstream(path).close();
  std::filesystem::resize_file(path, 100000000);
  SourceManager sources;
  std::string error;
  EXPECT_FALSE(sources.load(path, error).valid());
  EXPECT_EQ(error,
            "'" + path.string() + "' is larger than 8388608 bytes, the most that a policy file may have");
  std::filesystem::remove(path);
}

TEST(SourceFile, a_part_of_a_file_counts_from_its_line) {
  const SourceFile part("p", "one\ntwo", 7);
  EXPECT_EQ(part.lineOf(0), 7u);
  EXPECT_EQ(part.lineOf(4), 8u);
  EXPECT_EQ(part.lineColumn(5).line, 8u);
  EXPECT_EQ(part.lineColumn(5).column, 2u);
  EXPECT_EQ(part.line(7), "one");
  EXPECT_EQ(part.line(8), "two");
  EXPECT_EQ(part.lineStart(8), 4u);
}

}  // namespace
}  // namespace norman
