// The pipeline as one call: what each stage leaves, and where each stage's complaints point.
#include "compiler/driver/compile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "overlay_rtl/model/offline/policy_image.h"

namespace norman {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kPolicy = "policy p {\n    hook input;\n    ssh: tcp.dport == 22 => count, drop;\n}\n";

struct Outcome {
  std::optional<Compilation> result;
  std::string messages;
};

Outcome compileText(const std::string& source, const CompileOptions& options = {}) {
  SourceManager sources;
  Diagnostics diagnostics;
  const FileId file = sources.add("p.norman", source);
  Outcome outcome;
  outcome.result = compile(sources, file, diagnostics, options);
  outcome.messages = diagnostics.render(sources);
  EXPECT_EQ(outcome.result.has_value(), !diagnostics.hasErrors()) << outcome.messages;
  return outcome;
}

TEST(Compile, leaves_what_is_asked_for) {
  EXPECT_THAT(compileText(kPolicy, {.emit = Emit::Ast}).result->output, HasSubstr("ssh: (tcp.dport == 22) => count p.ssh, drop;"));
  EXPECT_THAT(compileText(kPolicy, {.emit = Emit::Ir}).result->output, HasSubstr("define void @ingress(ptr addrspace(1) noalias readonly"));
  EXPECT_THAT(compileText(kPolicy, {.emit = Emit::Asm}).result->output, HasSubstr("cmp.eq"));
  EXPECT_THAT(compileText(kPolicy).result->output, StartsWith("\x7f" "ELF"));
}

TEST(Compile, makes_images_that_a_loader_accepts) {
  for (const char* overlay : {"default", "small"}) {
    const Outcome outcome = compileText(kPolicy, {.overlay = overlay, .verify = true});
    ASSERT_TRUE(outcome.result) << outcome.messages;
    auto image = PolicyImage::fromBytes({outcome.result->output.begin(), outcome.result->output.end()}, "p.img");
    ASSERT_TRUE(static_cast<bool>(image)) << image.error();
    EXPECT_EQ(image->config().name, overlay);
    EXPECT_TRUE(image->hasProgram(isa::Program::Ingress));
    EXPECT_FALSE(image->hasProgram(isa::Program::Egress));
    const auto rule = image->rule(0);
    ASSERT_TRUE(rule);
    EXPECT_EQ(rule->policy, "p");
    EXPECT_EQ(rule->name, "ssh");
    EXPECT_EQ(rule->file, "p.norman");
    EXPECT_EQ(rule->line, 3u);
    EXPECT_EQ(rule->action, "count, drop");
  }
}

TEST(Compile, the_same_source_makes_the_same_bytes) {
  EXPECT_EQ(compileText(kPolicy).result->output, compileText(kPolicy).result->output);
}

TEST(Compile, a_fifth_event_on_a_path_points_at_its_action) {
  const Outcome outcome = compileText(
      "counter a; counter b; counter c; counter d; counter e;\n"
      "policy p {\n    hook input;\n    ip => count a, count b, count c, count d, count e;\n}\n");
  EXPECT_FALSE(outcome.result);
  EXPECT_THAT(outcome.messages, HasSubstr("p.norman:4:"));
  EXPECT_THAT(outcome.messages, HasSubstr("[resource-limit]"));
  EXPECT_THAT(outcome.messages, HasSubstr("\n      |"));
}

TEST(Compile, what_is_too_long_points_at_a_rule) {
  std::string source = "policy p {\n    hook input;\n";
  // No two have a value in common that a decision tree could ask about.
  for (int i = 0; i < 80; ++i) source += "    (tcp.seq ^ " + std::to_string(i) + ") > tcp.window => drop;\n";
  const Outcome outcome = compileText(source + "}\n");
  EXPECT_FALSE(outcome.result);
  EXPECT_THAT(outcome.messages, StartsWith("p.norman:"));
  EXPECT_THAT(outcome.messages, HasSubstr("[resource-limit]"));
}

TEST(Compile, native_code_comes_from_the_same_source) {
  SourceManager sources;
  Diagnostics diagnostics;
  const auto program = compileNative(sources, sources.add("p.norman", kPolicy), diagnostics, "default");
  ASSERT_NE(program, nullptr) << diagnostics.render(sources);
  EXPECT_TRUE(program->has(isa::Program::Ingress));
  EXPECT_EQ(compileNative(sources, sources.add("bad.norman", "policy p { }"), diagnostics, "default"), nullptr);
}

}  // namespace
}  // namespace norman
