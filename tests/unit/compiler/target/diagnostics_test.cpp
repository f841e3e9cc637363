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
  EXPECT_EQ(compiled.messages.at(0).help, "test it once and keep the result with let");
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
  EXPECT_EQ(compiled.messages.at(0).help, "read fewer different places, one raw32 for several of them, or part the ways with goto");
}

TEST(TargetDiagnostics, same_place_of_raw_bytes_is_read_once) {
  const Compiled compiled = compileText(program(reads({8, 20, 8, 20, 8})));
  EXPECT_TRUE(compiled.output) << compiled.errors();
}

/// Operations that each need the one before; the last is %x<count>.
std::string chain(int count) {
  std::string body = word("x0", 12);
  for (int i = 1; i <= count; ++i)
    body += "  %x" + std::to_string(i) + " = " + (i % 2 ? "add" : "xor") + " i32 %x" + std::to_string(i - 1) + ", " + std::to_string(7 * i + 3) + "\n";
  return body;
}

TEST(TargetDiagnostics, raw_bytes_at_an_index_that_comes_late) {
  const Compiled compiled = compileText(program(chain(20) + "  %r = call { i1, i32 } @norman.gather(i32 2, i32 0, i32 %x20, i32 0), !dbg !11\n"
                                                            "  %v = extractvalue { i1, i32 } %r, 1\n  call void @norman.event.c(i32 1, i32 %v)\n  ret void\n"));
  EXPECT_FALSE(compiled.output);
  EXPECT_EQ(compiled.errors(), "11:3: a packet reads raw bytes at most 2 times, in the overlay's stages 5, 12; this read comes after them, at stage 36\n");
  EXPECT_EQ(compiled.messages.at(0).help, "read fewer different bytes on one path, or put the rules that read them first");
}

TEST(TargetDiagnostics, more_states_on_a_path_than_stages) {
  std::string declarations, body = word("p", 12), metadata = "!norman.objects = !{", records;
  for (int i = 0; i < 9; ++i) {
    const std::string n = std::to_string(i);
    declarations += "declare { i1, i64 } @norman.state.m" + n + "(i32, i64, i64, i64, i32) nounwind willreturn nomerge\n";
    body += "  %r" + n + " = call { i1, i64 } @norman.state.m" + n + "(i32 0, i64 1, i64 0, i64 0, i32 4354), !dbg !1" + (i == 8 ? "1" : "0") + "\n";
    metadata += (i == 0 ? "!" : ", !") + std::to_string(20 + i);
    records += "!" + std::to_string(20 + i) + " = !{!\"m" + n + "\", i32 4, i32 0, i32 1, i32 1, i32 3, i32 0, i32 0, i32 0}\n";
  }
  const Compiled compiled = compileText(declarations + program(body + "  ret void\n", metadata + "}\n" + records));
  EXPECT_FALSE(compiled.output);
  EXPECT_EQ(compiled.errors(), "11:3: no stage is left for 'm8': the overlay has 8 stages for meters and state, and one path uses one object in each\n");
  EXPECT_EQ(compiled.messages.at(0).help, "test fewer meters and state in one direction, or test them earlier");
}

TEST(TargetDiagnostics, more_rows_than_a_stage_has) {
  std::string cases, blocks;
  for (int i = 0; i < 560; ++i) {
    const std::string n = std::to_string(i);
    cases += "    i32 " + std::to_string(5 * i + 1) + ", label %b" + n + "\n";
    blocks += "b" + n + ":\n  call void @norman.event.c(i32 " + std::to_string(i % 2000 + 1) + ", i32 %q), !dbg !11\n  call void @norman.verdict(i32 " + std::to_string(i * 2048 + 1) + ")\n  br label %e\n";
  }
  const Compiled compiled = compileText(program(word("p", 12) + word("q", 13) + "  switch i32 %p, label %e [\n" + cases + "  ]\n" + blocks + "e:\n  ret void\n"));
  EXPECT_FALSE(compiled.output);
  EXPECT_EQ(compiled.errors(), "0:0: 'ingress' needs more than the 256 rows of stage 20\n");
  EXPECT_EQ(compiled.messages.at(0).help, "put lists of addresses or ports into a set");
}

TEST(TargetDiagnostics, learned_table_of_no_power_of_two) {
  const Compiled compiled = compileText(
      "declare { i1, i32 } @norman.learn.seen(i32, i32, i32, i32, i32, i32, i32, i32) nounwind willreturn nomerge\n" +
      program(word("s", 12) + "  %r = call { i1, i32 } @norman.learn.seen(i32 %s, i32 0, i32 0, i32 0, i32 0, i32 0, i32 57221, i32 3), !dbg !11\n"
                              "  %x = extractvalue { i1, i32 } %r, 0\n  br i1 %x, label %d, label %e\n"
                              "d:\n  call void @norman.verdict(i32 1)\n  br label %e\ne:\n  ret void\n",
              "!norman.objects = !{!20}\n!20 = !{!\"seen\", i32 6, i32 0, i32 100, i32 1, i32 3, i32 0, i32 0, i32 0}\n"));
  EXPECT_FALSE(compiled.output);
  EXPECT_EQ(compiled.errors(), "11:3: 'seen' has 100 entries, keyed state has a power of two from 64 to 8192\n");
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
  EXPECT_EQ(compiled.messages.at(0).help, "put lists of addresses or ports into a set, which takes one stage, or split the policy by hook");
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

/// A module that no policy makes, and what is said of it.
struct Refused {
  const char* name;
  std::string ir;
  const char* message;  // of line 10
};

class TargetRefusesIr : public ::testing::TestWithParam<Refused> {};

TEST_P(TargetRefusesIr, in_so_many_words) {
  const Compiled compiled = compileText(GetParam().ir);
  EXPECT_FALSE(compiled.output);
  EXPECT_EQ(compiled.errors(), GetParam().message);
}

/// One instruction after a word of the packet, which gives %x.
std::string instruction(const std::string& line, const std::string& metadata = "") {
  return program(word("p", 12) + "  " + line + ", !dbg !10\n  ret void\n", metadata);
}

INSTANTIATE_TEST_SUITE_P(
    Modules, TargetRefusesIr,
    ::testing::Values(
        Refused{"another_function", "define void @forward(ptr addrspace(1) %ctx) {\n  ret void\n}\n",
                "0:0: function 'forward' is neither ingress nor egress\n"},
        Refused{"a_result", "define i32 @egress(ptr addrspace(1) %ctx) {\n  ret i32 0\n}\n", "0:0: function 'egress' must be void (ptr)\n"},
        Refused{"a_verdict_that_is_no_constant", instruction("call void @norman.verdict(i32 %p)"),
                "10:3: argument 1 of 'norman.verdict' must be a constant\n"},
        Refused{"an_indirect_call",
                program("  %f = inttoptr i32 64 to ptr\n  call void %f(), !dbg !10\n  ret void\n"),
                "0:0: 'inttoptr' has no operation in the overlay\n10:3: indirect call\n"},
        Refused{"an_exit_before_the_end",
                program(word("p", 12) + "  call void @norman.exit(i32 1, i32 %p), !dbg !10\n  br label %e\ne:\n  ret void\n"),
                "10:3: 'norman.exit' outside the exit block\n"},
        Refused{"raw_bytes_of_no_layer", instruction("%x = call { i1, i32 } @norman.gather(i32 9, i32 0, i32 0, i32 0)"),
                "10:3: argument 1 of 'norman.gather' is 9\n"},
        Refused{"an_intrinsic", "declare i32 @llvm.ctpop.i32(i32)\n" + instruction("%x = call i32 @llvm.ctpop.i32(i32 %p)"),
                "10:3: intrinsic 'llvm.ctpop.i32' has no operation in the overlay\n"},
        Refused{"a_load_from_an_index",
                program(word("p", 12) + "  %at = getelementptr i8, ptr addrspace(1) %ctx, i32 %p\n"
                                        "  %x = load i32, ptr addrspace(1) %at, !dbg !10\n  ret void\n"),
                "10:3: load from elsewhere than a constant offset of the context\n"},
        Refused{"a_load_of_64_bits", program("  %x = load i64, ptr addrspace(1) %ctx, !dbg !10\n  ret void\n"),
                "10:3: load of another type than i8, i16 and i32\n"},
        Refused{"a_load_across_words",
                program("  %at = getelementptr i8, ptr addrspace(1) %ctx, i32 3\n  %x = load i16, ptr addrspace(1) %at, !dbg !10\n  ret void\n"),
                "10:3: load of no part of an entry word: offset 3\n"},
        Refused{"a_shift_of_64_bits_by_a_value",
                program(word("p", 12) + "  %w = zext i32 %p to i64\n  %x = shl i64 %w, %w, !dbg !10\n  ret void\n"),
                "10:3: a 64-bit value is shifted by an amount that is not constant\n"},
        Refused{"a_product_of_64_bits",
                program(word("p", 12) + "  %w = zext i32 %p to i64\n  %x = mul i64 %w, %w, !dbg !10\n  ret void\n"),
                "10:3: the overlay multiplies 64-bit values only by constants\n"}),
    [](const auto& info) { return std::string(info.param.name); });

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
  EXPECT_EQ(small.messages[0].text, "the policy needs more than 16 registers at a time");
  EXPECT_EQ(small.messages[0].help, "use fewer different fields in this direction, or compare long addresses through a set");
}

}  // namespace
}  // namespace norman::test
