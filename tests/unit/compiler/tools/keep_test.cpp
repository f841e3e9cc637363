// Images that take the place of others: loaded into the same core while the other one runs.
#include <gtest/gtest.h>

#include <cerrno>
#include <string>

#include "compiler/driver/compile.h"
#include "compiler/tools/keep.h"
#include "norman/spec/norman_hw.h"
#include "overlay_rtl/model/core_model.h"
#include "runtime/core/core_load.h"

namespace norman::tools {
namespace {

const std::string kObjects =
    "set blocked: ipv4 size 16 { 10.0.0.1 } map rank: port -> number size 8; meter slow { rate 10 packets/s; burst 3; } "
    "set fixed: port { 1, 3, 5, 7, 9, 11, 13, 15 } ";
const std::string kRules = "a: ipv4.src in blocked => count hits, drop; b: rank[tcp.dport] == 1 => drop; c: icmp && exceeds slow => drop; ";
const std::string kOld = "counter hits; " + kObjects + "policy p { hook input; " + kRules + "d: tcp.sport in fixed => drop; }";
const std::string kNew = "counter fresh[4]; counter hits; set more: ipv4 size 4; " + kObjects + "policy p { hook input; " + kRules +
                         "d: tcp.sport in { 2, 4, 6, 8, 10, 12, 14, 16 } => count fresh[1]; }";

class Keep : public testing::Test {
 protected:
  ~Keep() override { norman_core_detach(&core_); }

  PolicyImage image(const std::string& policy, const PolicyImage* old = nullptr) {
    SourceManager sources;
    const FileId file = sources.add("test.norman", policy);
    Diagnostics diagnostics;
    CompileOptions options;
    if (old != nullptr) options.keep = objectsToKeep(*old);
    auto result = compile(sources, file, diagnostics, options);
    EXPECT_FALSE(diagnostics.hasErrors()) << diagnostics.render(sources);
    std::string bytes = result ? result->output : "";
    if (old != nullptr) {
      auto kept = keepContents(*old, bytes);
      EXPECT_TRUE(kept);
      bytes = kept->image;
      notes_ = kept->notes;
    }
    return std::move(*PolicyImage::fromBytes({bytes.begin(), bytes.end()}, "test.img"));
  }
  /// Loads the old image, runs it, adds an entry, and loads the new one beside it.
  int swap(const PolicyImage& old, const PolicyImage& now) {
    EXPECT_EQ(norman_core_attach(&core_, &mmio_, &kHeap, &problem_), 0) << problem_.text;
    EXPECT_EQ(norman_core_load(&core_, &old.raw(), nullptr, NORMAN_PROGRAM_INGRESS, 0, &problem_), 0) << problem_.text;
    norman_core_flip(&core_, 0);
    const auto [table, id] = tableOf(old, "blocked");
    EXPECT_EQ(norman_exact_insert(table, id, kLive, 0, 0), 0);
    const int error = norman_core_load(&core_, &now.raw(), &old.raw(), NORMAN_PROGRAM_INGRESS, 1, &problem_);
    if (error == 0) norman_core_flip(&core_, 1);
    return error;
  }
  std::pair<norman_exact*, std::uint8_t> tableOf(const PolicyImage& image, const std::string& name) {
    for (const PolicyImage::Object& object : image.objects()) {
      if (object.name != name) continue;
      for (unsigned i = 0; i < core_.exact_count; ++i)
        if (core_.exact[i].stage == object.stage) return {&core_.exact[i].table, static_cast<std::uint8_t>(object.base)};
    }
    return {nullptr, 0};
  }

  static constexpr std::uint32_t kLive[4] = {0x0a000063, 0, 0, 0};
  CoreModel model_{isa::kConfigs[0]};
  norman_mmio mmio_{[](void* m, std::uint32_t a, std::uint64_t v) { static_cast<CoreModel*>(m)->write64(a, v); },
                    [](void* m, std::uint32_t a) { return static_cast<CoreModel*>(m)->read64(a); }, &model_};
  norman_core core_{};
  norman_problem problem_{};
  std::vector<std::string> notes_;
};

TEST_F(Keep, what_was_added_while_the_old_image_ran_is_there) {
  const PolicyImage old = image(kOld);
  const PolicyImage now = image(kNew, &old);
  EXPECT_EQ(notes_, std::vector<std::string>{"kept: 4 of 4 objects of the other image"});
  ASSERT_EQ(swap(old, now), 0) << problem_.text;
  const auto [table, id] = tableOf(now, "blocked");
  EXPECT_NE(norman_exact_find(table, id, kLive), nullptr);
}

TEST_F(Keep, without_it_the_loader_refuses_what_would_collide) {
  const PolicyImage old = image(kOld);
  const PolicyImage now = image(kNew);
  EXPECT_EQ(swap(old, now), -EINVAL);
  EXPECT_STREQ(problem_.text, "'list.1' would lie on 'fixed' of the running program");
}

TEST_F(Keep, a_set_of_other_constants_is_another_set) {
  const std::string policy = "set s: port { 1, 3, 5, 7, 9, 11, 13, 15 } policy p { hook input; tcp.dport in s => drop; }";
  std::string changed = policy;
  changed.replace(changed.find("15"), 2, "17");
  const PolicyImage old = image(policy);
  const PolicyImage same = image(policy, &old);
  const PolicyImage other = image(changed, &old);
  EXPECT_EQ(old.objects()[0].base, same.objects()[0].base);
  EXPECT_EQ(old.objects()[0].stage, other.objects()[0].stage);
  EXPECT_NE(old.objects()[0].base, other.objects()[0].base) << "both are in use until the packets have left";
}

}  // namespace
}  // namespace norman::tools
