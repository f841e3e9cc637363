// Rendering of messages; their texts are pinned by tests/golden/errors.
#include "compiler/support/diagnostics.h"

#include <gtest/gtest.h>

#include <set>

namespace norman {
namespace {

class DiagnosticsTest : public ::testing::Test {
 protected:
  FileId file(std::string text) { return sources_.add("f.norman", std::move(text)); }
  std::string render(bool colours = false) { return diagnostics_.render(sources_, colours); }

  SourceManager sources_;
  Diagnostics diagnostics_;
};

TEST_F(DiagnosticsTest, shows_place_line_caret_note_and_help) {
  const FileId id = file("one\ntwo three\n");
  diagnostics_.report(DiagId::UnknownName, {id, 8, 13}, "unknown name 'three'")
      .note({id, 0, 3}, "here")
      .note("anywhere")
      .help("say two");
  EXPECT_EQ(render(),
            "f.norman:2:5: error: unknown name 'three' [unknown-name]\n"
            "    2 | two three\n"
            "      |     ^~~~~\n"
            "f.norman:1:1: note: here\n"
            "    1 | one\n"
            "      | ^~~\n"
            "note: anywhere\n"
            "help: say two\n");
}

TEST_F(DiagnosticsTest, has_colours_only_when_asked) {
  const FileId id = file("x");
  diagnostics_.report(DiagId::Syntax, {id, 0, 1}, "m");
  EXPECT_EQ(render().find('\033'), std::string::npos);
  EXPECT_NE(render(true).find("\033[1;31merror: \033[0m"), std::string::npos);
}

TEST_F(DiagnosticsTest, sorts_by_place) {
  const FileId id = file("a\nb\n");
  diagnostics_.report(DiagId::Syntax, {id, 2, 3}, "second");
  diagnostics_.report(DiagId::Syntax, {id, 0, 1}, "first");
  const std::string text = render();
  EXPECT_LT(text.find("first"), text.find("second"));
}

TEST_F(DiagnosticsTest, says_the_same_once) {
  const FileId id = file("abc");
  diagnostics_.report(DiagId::Syntax, {id, 0, 1}, "once").help("first");
  diagnostics_.report(DiagId::Syntax, {id, 0, 2}, "again").help("second");
  diagnostics_.report(DiagId::UnknownName, {id, 0, 1}, "another kind");
  EXPECT_EQ(diagnostics_.errorCount(), 2u);
  EXPECT_EQ(render().find("again"), std::string::npos);
  EXPECT_EQ(render().find("second"), std::string::npos);
}

TEST_F(DiagnosticsTest, counts_warnings_apart) {
  const FileId id = file("abc");
  diagnostics_.report(DiagId::UnusedName, {id, 0, 1}, "w");
  EXPECT_FALSE(diagnostics_.hasErrors());
  EXPECT_NE(render().find("warning: w [unused-name]"), std::string::npos);
}

TEST_F(DiagnosticsTest, keeps_tabs_and_wide_characters_aligned) {
  const FileId id = file("\t\xc3\xa9\xc3\xa9 x\n");
  diagnostics_.report(DiagId::Syntax, {id, 6, 7}, "m");
  EXPECT_NE(render().find("    1 | \t\xc3\xa9\xc3\xa9 x\n      | \t   ^\n"), std::string::npos) << render();
}

TEST_F(DiagnosticsTest, hides_bytes_that_confuse_terminals) {
  const FileId id = file("a\033[31mb\xff");
  diagnostics_.report(DiagId::NotText, {id, 1, 2}, "got \033 and \xff");
  const std::string text = render();
  EXPECT_EQ(text.find('\033'), std::string::npos);
  EXPECT_EQ(text.find('\xff'), std::string::npos);
}

TEST_F(DiagnosticsTest, shows_a_part_of_a_long_line) {
  const FileId id = file(std::string(100000, 'a') + "b" + std::string(100000, 'c'));
  diagnostics_.report(DiagId::Syntax, {id, 100000, 100001}, "m");
  const std::string text = render();
  EXPECT_LT(text.size(), 600u);
  EXPECT_NE(text.find("ab"), std::string::npos);
}

TEST_F(DiagnosticsTest, takes_ranges_at_and_past_the_end) {
  const FileId id = file("abc");
  diagnostics_.report(DiagId::Syntax, {id, 3, 3}, "end");
  diagnostics_.report(DiagId::UnknownName, {id, 3, 90}, "past");
  diagnostics_.report(DiagId::ResourceLimit, {}, "nowhere");
  EXPECT_NE(render().find("error: nowhere [resource-limit]\n"), std::string::npos);
}

TEST_F(DiagnosticsTest, stops_keeping_after_many_errors) {
  const FileId id = file(std::string(1000, 'a'));
  for (uint32_t i = 0; i < 500; ++i) diagnostics_.report(DiagId::Syntax, {id, i, i + 1}, "m");
  EXPECT_EQ(diagnostics_.errorCount(), 500u);
  EXPECT_EQ(diagnostics_.all().size(), Diagnostics::kMaxErrors);
  EXPECT_NE(render().find("note: there may be more errors; the first 100 are shown\n"), std::string::npos);
}

TEST(DiagnosticIds, are_distinct_and_kebab_case) {
  std::set<std::string_view> seen;
  for (const DiagId id : allDiagnosticIds()) {
    const std::string_view text = diagnosticId(id);
    EXPECT_TRUE(seen.insert(text).second) << text;
    for (const char c : text) EXPECT_TRUE((c >= 'a' && c <= 'z') || c == '-') << text;
  }
}

}  // namespace
}  // namespace norman
