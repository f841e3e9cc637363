// What does not fit is reported with the resource, how much there is, and the policy's line.
#include <gtest/gtest.h>

#include "tests/unit/compiler/target/module_text.h"

namespace norman::test {
namespace {

std::string word(const std::string& name, int number) {
  return "  %" + name + ".at = getelementptr i8, ptr addrspace(1) %ctx, i32 " + std::to_string(4 * number) +
         "\n  %" + name + " = load i32, ptr addrspace(1) %" + name + ".at\n";
}

TEST(TargetDiagnostics, fifth_event_on_a_path) {
  std::string body;
  for (int i = 0; i < 5; ++i)
    body += "  call void @norman.event.c(i32 " + std::to_string(i + 1) + ", i32 0), !dbg !1" +
            (i == 4 ? "1" : "0") + "\n";
  const Compiled compiled = compileText(program(body + "  ret void\n"));
  EXPECT_FALSE(compiled.output);
  EXPECT_EQ(compiled.errors(), "11:3: a packet can carry 4 counts and logs, this is the 5th on one path\n");
  ASSERT_EQ(compiled.messages.size(), 1u);
  EXPECT_EQ(compiled.messages[0].help, "count or log in fewer of the rules that one packet can match");
}

TEST(TargetDiagnostics, four_events_on_two_paths_fit) {
  const Compiled compiled =
      compileText(program(word("p", 0) + "  %c = icmp eq i32 %p, 1\n  br i1 %c, label %a, label %b\n"
                                         "a:\n  call void @norman.event.c(i32 1, i32 0)\n  call void "
                                         "@norman.event.c(i32 2, i32 0)\n  br label %j\n"
                                         "b:\n  call void @norman.event.c(i32 3, i32 0)\n  br label %j\n"
                                         "j:\n  call void @norman.event.c(i32 4, i32 0)\n  call void "
                                         "@norman.event.c(i32 5, i32 0)\n  ret void\n"));
  EXPECT_TRUE(compiled.output) << compiled.errors();
}

TEST(TargetDiagnostics, object_used_twice_on_a_path) {
  const std::string lookup =
      " = call { i1, i32 } @norman.lookup.hosts(i32 %s, i32 0, i32 0, i32 0), !dbg !11\n";
  const Compiled compiled =
      compileText(program(word("s", 12) + "  %a" + lookup + "  %b" + lookup +
                              "  %x = extractvalue { i1, i32 } %a, 0\n  %y = extractvalue { i1, i32 } %b, 0\n"
                              "  %z = and i1 %x, %y\n  br i1 %z, label %d, label %e\n"
                              "d:\n  call void @norman.verdict(i32 1)\n  br label %e\ne:\n  ret void\n",
                          "!norman.objects = !{!20}\n!20 = !{!\"hosts\", i32 1, i32 0, i32 10, i32 1, i32 3, "
                          "i32 0, i32 0, i32 0}\n"));
  EXPECT_FALSE(compiled.output);
  EXPECT_EQ(compiled.errors(), "11:3: one path uses 'hosts' twice; an object is used once for each packet\n");
}

/// Reads of raw bytes at these offsets, one after the other, and a drop where all gave 1.
std::string reads(const std::vector<int>& offsets) {
  std::string body = "  %s0 = icmp eq i32 0, 0\n";
  int n = 0;
  for (const int offset : offsets) {
    const std::string i = std::to_string(++n);
    body += "  %r" + i + " = call { i1, i32 } @norman.gather(i32 2, i32 0, i32 0, i32 " + std::to_string(offset) + "), !dbg !1" +
            (n == 3 ? "1" : "0") + "\n  %v" + i + " = extractvalue { i1, i32 } %r" + i + ", 1\n  %c" + i + " = icmp eq i32 %v" + i +
            ", 1\n  %s" + i + " = and i1 %s" + std::to_string(n - 1) + ", %c" + i + "\n";
  }
  return body + "  br i1 %s" + std::to_string(n) + ", label %d, label %e\nd:\n  call void @norman.verdict(i32 1)\n  br label %e\ne:\n  ret void\n";
}

TEST(TargetDiagnostics, third_place_of_raw_bytes_on_a_path) {
  const Compiled compiled = compileText(program(reads({8, 9, 20})));
  EXPECT_FALSE(compiled.output);
  EXPECT_EQ(compiled.errors(), "11:3: a packet reads raw bytes at most 2 times, this is place 3 on one path\n");
}

TEST(TargetDiagnostics, same_place_of_raw_bytes_is_read_once) {
  const Compiled compiled = compileText(program(reads({8, 20, 8, 20, 8})));
  EXPECT_TRUE(compiled.output) << compiled.errors();
}

TEST(TargetDiagnostics, table_larger_than_a_stage) {
  const Compiled compiled = compileText(program(
      word("s", 12) + "  %a = call { i1, i32 } @norman.lookup.hosts(i32 %s, i32 0, i32 0, i32 0), !dbg !11\n"
                      "  %x = extractvalue { i1, i32 } %a, 0\n  br i1 %x, label %d, label %e\n"
                      "d:\n  call void @norman.verdict(i32 1)\n  br label %e\ne:\n  ret void\n",
      "!norman.objects = !{!20}\n!20 = !{!\"hosts\", i32 1, i32 0, i32 100000, i32 1, i32 3, i32 0, i32 0, "
      "i32 0}\n"));
  EXPECT_FALSE(compiled.output);
  ASSERT_EQ(compiled.messages.size(), 1u);
  EXPECT_EQ(compiled.messages[0].text.rfind("'hosts' has 100000 entries, a stage holds ", 0), 0u)
      << compiled.messages[0].text;
}

TEST(TargetDiagnostics, more_stages_than_there_are) {
  // Forty operations, each needing the one before.
  std::string body = word("p", 0);
  std::string last = "p";
  for (int i = 0; i < 40; ++i) {
    const std::string x = "x" + std::to_string(i);
    body += "  %" + x + " = " + (i % 2 ? "add" : "xor") + " i32 %" + last + ", " + std::to_string(7 * i + 3) +
            ", !dbg !11\n";
    last = x;
  }
  const Compiled compiled = compileText(
      program(body + "  call void @norman.event.c(i32 1, i32 %" + last + "), !dbg !11\n  ret void\n"));
  EXPECT_FALSE(compiled.output);
  EXPECT_EQ(compiled.errors(), "11:3: the longest path of 'ingress' needs 59 stages, the overlay has 42\n");
}

TEST(TargetDiagnostics, loops_and_unknown_calls) {
  EXPECT_EQ(compileText(program("  br label %a\na:\n  br label %a, !dbg !10\n")).errors(),
            "10:3: the program contains a loop; the overlay has none\n");
  EXPECT_EQ(
      compileText("declare void @f()\ndefine void @ingress(ptr %c) {\n  call void @f()\n  ret void\n}\n")
          .errors(),
      "0:0: call of unknown function 'f'\n");
  EXPECT_EQ(
      compileText(
          program(
              word("p", 0) +
              "  %d = udiv i32 %p, 3, !dbg !10\n  call void @norman.event.c(i32 1, i32 %d)\n  ret void\n"))
          .errors(),
      "10:3: 'udiv' has no operation in the overlay\n");
}

TEST(TargetDiagnostics, unknown_overlay) {
  EXPECT_EQ(compileText(program("  ret void\n"), true, "huge").errors(),
            "0:0: unknown overlay 'huge', expected default or small\n");
}

/// Ten predicates wanted at a time: computed again or spread over rows, never spilled.
TEST(TargetPressure, ten_conditions_at_a_time) {
  std::string body;
  for (int i = 0; i < 10; ++i) {
    const std::string n = std::to_string(i);
    body +=
        word("w" + n, 20 + i) + "  %c" + n + " = icmp ult i32 %w" + n + ", " + std::to_string(100 + i) + "\n";
  }
  std::string last = "c0";
  for (int i = 1; i < 10; ++i) {
    const std::string n = std::to_string(i);
    body += "  %x" + n + " = xor i1 %" + last + ", %c" + n + "\n";
    last = "x" + n;
  }
  const Compiled compiled = compileText(program(
      body + "  br i1 %" + last +
      ", label %d, label %e\nd:\n  call void @norman.verdict(i32 1)\n  br label %e\ne:\n  ret void\n"));
  EXPECT_TRUE(compiled.output) << compiled.errors();
}

TEST(TargetPressure, small_overlay_has_sixteen_registers) {
  std::string body, last = "w0";
  body += word("w0", 0);
  for (int i = 1; i < 18; ++i) {
    const std::string n = std::to_string(i);
    body += word("w" + n, i) + "  %x" + n + " = xor i32 %" + last + ", %w" + n + "\n";
    last = "x" + n;
  }
  body += "  call void @norman.event.c(i32 1, i32 %" + last + "), !dbg !11\n  ret void\n";
  EXPECT_TRUE(compileText(program(body)).output);
  const Compiled small = compileText(program(body), false, "small");
  EXPECT_FALSE(small.output);
  ASSERT_FALSE(small.messages.empty());
}

}  // namespace
}  // namespace norman::test
