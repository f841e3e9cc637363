// Long lists of rules do not cost a stage a rule, and short arms cost no branch.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/compiler/target/module_text.h"

namespace norman::test {
namespace {

std::string word(const std::string& name, int number) {
  return "  %" + name + ".at = getelementptr i8, ptr addrspace(1) %ctx, i32 " + std::to_string(4 * number) +
         "\n  %" + name + " = load i32, ptr addrspace(1) %" + name + ".at\n";
}

/// `if (a == i && b == j) { count i; drop } else ...`, so many times.
std::string rules(int count) {
  std::string body = word("a", 12) + word("b", 24) + "  br label %r0\n";
  for (int i = 0; i < count; ++i) {
    const std::string n = std::to_string(i);
    const std::string next = i + 1 == count ? "%done" : "%r" + std::to_string(i + 1);
    body += "r" + n + ":\n  %x" + n + " = icmp eq i32 %a, " + std::to_string(1000 + 7 * i) + "\n  %y" + n +
            " = icmp eq i32 %b, " + std::to_string(80 + i % 5) + "\n  %c" + n + " = and i1 %x" + n + ", %y" +
            n + "\n  br i1 %c" + n + ", label %m" + n + ", label " + next + "\nm" + n +
            ":\n  call void @norman.event.c(i32 " + std::to_string(i + 1) +
            ", i32 0)\n  call void @norman.verdict(i32 " + std::to_string(1 + 65536 * i) +
            ")\n  br label %done\n";
  }
  return program(body + "done:\n  ret void\n");
}

/// One more than the last stage that has a row.
int stagesUsed(const std::string& assembly) {
  int last = -1;
  for (size_t at = 0; (at = assembly.find("\t.row\ts", at)) != std::string::npos; ++at)
    last = std::max(last, std::atoi(assembly.c_str() + at + 7));
  return last + 1;
}

size_t rowsUsed(const std::string& assembly) {
  size_t rows = 0;
  for (size_t at = 0; (at = assembly.find("\t.row\ts", at)) != std::string::npos; ++at) ++rows;
  return rows;
}

TEST(PathLength, grows_with_the_logarithm_of_a_list) {
  const Compiled twenty = compileText(rules(20));
  ASSERT_TRUE(twenty.output) << twenty.errors();
  EXPECT_LE(stagesUsed(*twenty.output), 19);
  const Compiled hundred = compileText(rules(100));
  ASSERT_TRUE(hundred.output) << hundred.errors();
  EXPECT_LE(stagesUsed(*hundred.output), 25);
}

TEST(PathLength, short_lists_stay_chains) {
  const Compiled three = compileText(rules(3));
  ASSERT_TRUE(three.output) << three.errors();
  EXPECT_EQ(three.output->find("cmp.ltu"), std::string::npos) << *three.output;
}

TEST(PathLength, short_arms_are_predicated) {
  const Compiled compiled = compileText(program(
      word("a", 0) +
      "  %c = icmp eq i32 %a, 5\n  br i1 %c, label %t, label %j\n"
      "t:\n  call void @norman.event.c(i32 3, i32 0)\n  call void @norman.act(i32 16777216)\n  br label %j\n"
      "j:\n  call void @norman.verdict(i32 1)\n  br label %d\nd:\n  ret void\n"));
  ASSERT_TRUE(compiled.output) << compiled.errors();
  EXPECT_EQ(rowsUsed(*compiled.output), 2u) << *compiled.output;
  EXPECT_NE(compiled.output->find("event 0, 3 if p0"), std::string::npos) << *compiled.output;
  EXPECT_EQ(compiled.output->find(".branch"), std::string::npos) << *compiled.output;
}

}  // namespace
}  // namespace norman::test
