// The calls of ir.md as the host executes them, from IR text.
#include "compiler/native/native_program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <llvm/AsmParser/Parser.h>
#include <llvm/Support/SourceMgr.h>

namespace norman::native {
namespace {

using ::testing::ElementsAre;

constexpr std::string_view kDeclarations = R"(
declare void @norman.verdict(i32)
declare void @norman.act(i32)
declare void @norman.rewrite(i32)
declare void @norman.exit(i32, i32)
declare void @norman.event.seen(i32, i32)
declare {i1, i32} @norman.lookup.hosts(i32, i32, i32, i32)
declare {i1, i64} @norman.state.slow(i32, i64, i64, i64, i32)
)";

std::unique_ptr<NativeProgram> load(std::string_view body) {
  auto context = std::make_unique<llvm::LLVMContext>();
  llvm::SMDiagnostic problem;
  auto module = llvm::parseAssemblyString(std::string(kDeclarations) + std::string(body), problem, *context);
  EXPECT_NE(module, nullptr) << problem.getMessage().str();
  auto program = NativeProgram::create(std::move(context), std::move(module));
  if (!program) {
    ADD_FAILURE() << llvm::toString(program.takeError());
    return nullptr;
  }
  return std::move(*program);
}

TEST(NativeProgram, passes_in_a_direction_without_program) {
  const auto program = load("define void @ingress(ptr %ctx) { ret void }");
  EXPECT_TRUE(program->has(isa::Program::Ingress));
  EXPECT_FALSE(program->has(isa::Program::Egress));
  const ExitRecord record = program->run(isa::Program::Egress, {});
  EXPECT_EQ(record.verdict(), isa::Verdict::Pass);
  EXPECT_EQ(record.rule(), isa::kNoRule);
}

TEST(NativeProgram, the_last_verdict_of_a_path_counts) {
  const auto program = load(R"(define void @ingress(ptr %ctx) {
    call void @norman.verdict(i32 65536)
    br label %next
  next:
    call void @norman.verdict(i32 131073)
    ret void
  })");
  const ExitRecord record = program->run(isa::Program::Ingress, {});
  EXPECT_EQ(record.verdict(), isa::Verdict::Drop);
  EXPECT_EQ(record.rule(), 2u);
}

TEST(NativeProgram, counts_events_with_the_frame_length) {
  const auto program = load(R"(define void @egress(ptr %ctx) {
    %p = getelementptr inbounds i8, ptr %ctx, i32 12
    %i = load i32, ptr %p
    call void @norman.event.seen(i32 5, i32 %i)
    call void @norman.event.seen(i32 1, i32 0)
    ret void
  })");
  EntryWords words{};
  words[isa::kWLength] = 0xaabb0064;  // the offsets above the length do not count
  words[3] = 2;
  const ExitRecord record = program->run(isa::Program::Egress, words);
  EXPECT_EQ(record.event_valid, 3);
  EXPECT_THAT(record.event_ids, ElementsAre(7, 1, 0, 0));
  program->run(isa::Program::Egress, words);
  EXPECT_EQ(program->eventCount(isa::Program::Egress, 7), (EventCount{2, 200}));
  EXPECT_EQ(program->eventCount(isa::Program::Ingress, 7), EventCount{});
}

TEST(NativeProgram, hands_over_rewritten_targets_only) {
  const auto program = load(R"(define void @ingress(ptr %ctx) {
    %w = load i32, ptr %ctx
    %c = icmp eq i32 %w, 0
    br i1 %c, label %exit, label %write
  write:
    call void @norman.rewrite(i32 6)
    call void @norman.act(i32 16777216)
    br label %exit
  exit:
    %v = phi i32 [ poison, %0 ], [ %w, %write ]
    call void @norman.exit(i32 6, i32 %v)
    ret void
  })");
  EntryWords words{};
  EXPECT_EQ(program->run(isa::Program::Ingress, words).act, 0u);
  EXPECT_EQ(program->run(isa::Program::Ingress, words).targets[isa::kTTtl], 0u);
  words[0] = 0x1234;
  const ExitRecord record = program->run(isa::Program::Ingress, words);
  EXPECT_EQ(record.act, 1u << isa::kTTtl | 1u << 24);
  EXPECT_TRUE(record.has(isa::Act::Capture));
  EXPECT_EQ(record.targets[isa::kTTtl], 0x34u);  // as wide as the target
}

TEST(NativeProgram, looks_keys_up_in_the_entries_of_the_module) {
  // One entry: object 0, value 9, key 1 2 3 4.
  const auto program = load(R"(
  @entries = constant [8 x i32] [i32 0, i32 0, i32 9, i32 1, i32 2, i32 3, i32 4, i32 0], section ".norman.entries"
  !norman.objects = !{!0}
  !0 = !{!"hosts", i32 1, i32 0, i32 1, i32 0, i32 0, i32 0, i32 0, i32 0}
  define void @ingress(ptr %ctx) {
    %k = load i32, ptr %ctx
    %r = call {i1, i32} @norman.lookup.hosts(i32 %k, i32 2, i32 3, i32 4)
    %hit = extractvalue {i1, i32} %r, 0
    %value = extractvalue {i1, i32} %r, 1
    br i1 %hit, label %yes, label %exit
  yes:
    call void @norman.event.seen(i32 0, i32 %value)
    br label %exit
  exit:
    ret void
  })");
  EntryWords words{};
  EXPECT_EQ(program->run(isa::Program::Ingress, words).event_valid, 0);
  words[0] = 1;
  EXPECT_EQ(program->run(isa::Program::Ingress, words).event_ids[0], 9);
}

TEST(NativeProgram, keeps_state_for_each_direction) {
  // state <= k ? max(state, b) + a : state, with a = 10, b = 0, k = 10.
  const std::string body = R"((ptr %ctx) {
    %r = call {i1, i64} @norman.state.slow(i32 0, i64 10, i64 0, i64 10, i32 1800)
    %c = extractvalue {i1, i64} %r, 0
    br i1 %c, label %exit, label %drop
  drop:
    call void @norman.verdict(i32 1)
    br label %exit
  exit:
    ret void
  })";
  const auto program = load("define void @ingress" + body + "\ndefine void @egress" + body + R"(
  !norman.objects = !{!0, !1}
  !0 = !{!"slow", i32 2, i32 0, i32 1, i32 0, i32 0, i32 0, i32 0, i32 0}
  !1 = !{!"slow", i32 2, i32 1, i32 1, i32 0, i32 0, i32 0, i32 0, i32 0}
  )");
  EXPECT_EQ(program->run(isa::Program::Ingress, {}).verdict(), isa::Verdict::Pass);
  EXPECT_EQ(program->run(isa::Program::Ingress, {}).verdict(), isa::Verdict::Pass);
  EXPECT_EQ(program->run(isa::Program::Ingress, {}).verdict(), isa::Verdict::Drop);
  EXPECT_EQ(program->stateWord(isa::Program::Ingress, "slow"), 20u);
  EXPECT_EQ(program->run(isa::Program::Egress, {}).verdict(), isa::Verdict::Pass);
  EXPECT_EQ(program->stateWord(isa::Program::Egress, "slow"), 10u);
}

TEST(NativeProgram, refuses_calls_that_the_ir_does_not_have) {
  auto context = std::make_unique<llvm::LLVMContext>();
  llvm::SMDiagnostic problem;
  auto module = llvm::parseAssemblyString("declare void @puts(ptr) define void @ingress(ptr %ctx) { call void @puts(ptr %ctx) ret void }",
                                          problem, *context);
  auto program = NativeProgram::create(std::move(context), std::move(module));
  ASSERT_FALSE(static_cast<bool>(program));
  EXPECT_EQ(llvm::toString(program.takeError()), "'puts' is not a call of the IR");
}

}  // namespace
}  // namespace norman::native
