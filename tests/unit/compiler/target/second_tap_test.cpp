// More entry words than registers: those that are needed late come in at the second tap.
#include <gtest/gtest.h>

#include "tests/unit/compiler/target/module_text.h"

namespace norman::test {
namespace {

std::string word(int number) {
  const std::string n = std::to_string(number);
  return "  %at" + n + " = getelementptr i8, ptr addrspace(1) %ctx, i32 " + std::to_string(4 * number) +
         "\n  %w" + n + " = load i32, ptr addrspace(1) %at" + n + "\n";
}

/// The exclusive or of words, one after the other, as the index of an event.
std::string longChain(int words) {
  std::string body;
  for (int i = 0; i < words; ++i) body += word(i);
  std::string last = "%w0";
  for (int i = 1; i < words; ++i) {
    const std::string x = "%x" + std::to_string(i);
    body += "  " + x + " = sub i32 " + last + ", %w" + std::to_string(i) + ", !dbg !11\n";
    last = x;
  }
  return body + "  call void @norman.event.c(i32 1, i32 " + last + "), !dbg !11\n";
}

/// Tests six more words, then the chain on one of two paths.
std::string branchedChain(const std::string& done) {
  std::string body;
  for (int i = 30; i < 36; ++i) body += word(i);
  return body +
         "  %a = icmp eq i32 %w30, %w31\n  %b = icmp eq i32 %w32, %w33\n  %c = icmp eq i32 %w34, %w35\n"
         "  %ab = and i1 %a, %b\n  %abc = and i1 %ab, %c\n  br i1 %abc, label %early, label %late\n"
         "early:\n  call void @norman.event.c(i32 7, i32 0)\n  br label %done\n"
         "late:\n" +
         longChain(20) +
         "  br label %done\n"
         "done:\n" +
         done + "  ret void\n";
}

TEST(SecondTap, stays_unused_while_registers_suffice) {
  const Compiled compiled = compileText(program(longChain(20) + "  ret void\n"));
  ASSERT_TRUE(compiled.output) << compiled.errors();
  EXPECT_EQ(compiled.output->find(".entry\t1,"), std::string::npos);
}

TEST(SecondTap, loads_what_is_needed_late) {
  const Compiled compiled = compileText(program(branchedChain("")));
  ASSERT_TRUE(compiled.output) << compiled.errors();
  EXPECT_NE(compiled.output->find(".entry\t1,"), std::string::npos) << *compiled.output;
}

TEST(SecondTap, loads_what_only_the_exit_reads) {
  // Every path goes past the tap, the one that ends early as well.
  const std::string body =
      branchedChain("  call void @norman.exit(i32 0, i32 %w36)\n  call void @norman.exit(i32 1, i32 %w37)\n");
  const Compiled compiled = compileText(program(word(36) + word(37) + body));
  ASSERT_TRUE(compiled.output) << compiled.errors();
  for (const char* number : {", 36\n", ", 37\n"}) {
    const size_t at = compiled.output->find(number);
    ASSERT_NE(at, std::string::npos);
    const size_t line = compiled.output->rfind('\n', at) + 1;
    EXPECT_EQ(compiled.output->substr(line, 9), "\t.entry\t1") << *compiled.output;
  }
}

}  // namespace
}  // namespace norman::test
