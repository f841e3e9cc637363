// Hostile sources: each gives one clear message, quickly, whatever its size and depth.
#include <gtest/gtest.h>

#include "compiler/parse/parse.h"

namespace norman {
namespace {

std::vector<DiagId> idsOf(const std::string& text) {
  SourceManager sources;
  Diagnostics diagnostics;
  parseSource(sources, sources.add("f.norman", text), diagnostics);
  std::vector<DiagId> ids;
  for (const auto& diagnostic : diagnostics.all()) ids.push_back(diagnostic.id);
  return ids;
}

std::string messageOf(const std::string& text) {
  SourceManager sources;
  Diagnostics diagnostics;
  parseSource(sources, sources.add("f.norman", text), diagnostics);
  return diagnostics.all().empty() ? "" : diagnostics.all()[0].message;
}

const std::string kHead = "policy p { hook input; ";

std::string repeat(const std::string& what, size_t times) {
  std::string text;
  for (size_t i = 0; i < times; ++i) text += what;
  return text;
}

TEST(Limits, refuses_an_empty_file) {
  EXPECT_EQ(idsOf(""), std::vector{DiagId::EmptySource});
  EXPECT_EQ(idsOf(" \n\t\n"), std::vector{DiagId::EmptySource});
  EXPECT_EQ(idsOf("/* only */ # comments"), std::vector{DiagId::EmptySource});
}

TEST(Limits, refuses_a_text_above_the_size) {
  EXPECT_EQ(idsOf(std::string(SourceManager::kMaxFileBytes + 1, ' ')), std::vector{DiagId::SourceTooLarge});
  EXPECT_EQ(idsOf(std::string(SourceManager::kMaxFileBytes, ' ')), std::vector{DiagId::EmptySource});
  EXPECT_EQ(messageOf(std::string(SourceManager::kMaxFileBytes + 1, ' ')), "'f.norman' has 8388609 bytes, a policy file has at most 8388608");
}

TEST(Limits, refuses_too_many_tokens) {
  EXPECT_EQ(idsOf(kHead + repeat(";", kMaxTokens)), std::vector{DiagId::SourceTooLarge});
  EXPECT_EQ(idsOf(kHead + repeat("a ", kMaxTokens)), std::vector{DiagId::SourceTooLarge});
  EXPECT_EQ(messageOf(kHead + repeat("a ", kMaxTokens)), "more than 2000000 words and signs in one file");
}

TEST(Limits, refuses_deep_brackets_of_every_kind) {
  for (const char* bracket : {"(", "[", "{", "!(", "~(", "!", "~", "! ", "!/**/", "a[(", "in {"})
    EXPECT_EQ(idsOf(kHead + repeat(bracket, 200000)), std::vector{DiagId::NestingTooDeep}) << bracket;
  EXPECT_EQ(idsOf(kHead + repeat("(", 200000) + "tcp" + repeat(")", 200000) + " => drop; }"),
            std::vector{DiagId::NestingTooDeep});
  EXPECT_EQ(idsOf("map " + repeat("{", 200000)), std::vector{DiagId::NestingTooDeep});
}

TEST(Limits, takes_nesting_up_to_the_limit) {
  const size_t depth = kMaxNesting - 1;  // the policy's brace is one level
  EXPECT_EQ(idsOf(kHead + repeat("(", depth) + "tcp" + repeat(")", depth) + " => drop; }"),
            std::vector<DiagId>{});
  EXPECT_EQ(idsOf(kHead + repeat("!", depth) + "tcp => drop; }"), std::vector<DiagId>{});
  EXPECT_EQ(idsOf(kHead + repeat("!(", depth / 2) + "tcp" + repeat(")", depth / 2) + " => drop; }"),
            std::vector<DiagId>{});
  EXPECT_EQ(idsOf(kHead + repeat("(", depth + 1) + "tcp" + repeat(")", depth + 1) + " => drop; }"),
            std::vector{DiagId::NestingTooDeep});
}

TEST(Limits, forgets_levels_that_are_closed) {
  EXPECT_EQ(idsOf(kHead + repeat("!(tcp) && ", 1000) + "tcp => drop; }"), std::vector<DiagId>{});
  EXPECT_EQ(idsOf(kHead + repeat("tcp.dport != 1 && ", 1000) + "tcp => drop; }"), std::vector<DiagId>{});
}

TEST(Limits, refuses_long_chains_of_operators_once) {
  EXPECT_EQ(idsOf(kHead + "packet.mark" + repeat(" + packet.mark", 100000) + " == 1 => drop; }"),
            std::vector{DiagId::NestingTooDeep});
  EXPECT_EQ(idsOf(kHead + "packet.mark" + repeat(" + packet.mark", 400) + " == 1 => drop; }"),
            std::vector<DiagId>{});
}

TEST(Limits, takes_long_conditions_and_lists) {
  EXPECT_EQ(idsOf(kHead + "tcp" + repeat(" || tcp", 20000) + " => drop; }"), std::vector<DiagId>{});
  EXPECT_EQ(idsOf(kHead + "tcp.dport in {1" + repeat(", 1", 20000) + "} => drop; }"), std::vector<DiagId>{});
}

TEST(Limits, refuses_junk) {
  EXPECT_EQ(idsOf(std::string("\0\0\0\0", 4)), std::vector{DiagId::NotText});
  EXPECT_EQ(idsOf(repeat("\xff\xfe", 50000)), std::vector{DiagId::NotText});
  EXPECT_EQ(idsOf("policy p { hook input; }\xc3"), std::vector{DiagId::NotText}) << "a character is cut off";
  EXPECT_EQ(idsOf("\xc0\x80"), std::vector{DiagId::NotText}) << "an overlong form";
  EXPECT_EQ(idsOf(repeat("$", 1000)), std::vector{DiagId::Syntax});
  EXPECT_EQ(idsOf(repeat("}", 1000)).size(), 100u) << "no more messages than anybody reads";
}

TEST(Limits, refuses_numbers_that_do_not_fit) {
  EXPECT_EQ(idsOf("const a = " + std::string(100000, '9') + ";"), std::vector{DiagId::BadLiteral});
}

}  // namespace
}  // namespace norman
