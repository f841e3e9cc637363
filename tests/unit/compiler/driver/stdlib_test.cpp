// Every file of the standard library has a policy that uses it, and that policy fits the overlay.
#include <gtest/gtest.h>

#include <filesystem>

#include "compiler/driver/compile.h"
#include "compiler/parse/format.h"

namespace norman {
namespace {

namespace fs = std::filesystem;

TEST(Stdlib, has_a_policy_that_compiles_for_every_file) {
  size_t files = 0;
  for (const auto& entry : fs::directory_iterator("stdlib")) {
    if (entry.path().extension() != ".norman") continue;
    ++files;
    SourceManager sources;
    sources.setLibrary("stdlib");
    std::string error;
    const FileId file = sources.load("tests/golden/stdlib/" + entry.path().filename().string(), error);
    ASSERT_EQ(error, "");
    EXPECT_NE(sources.file(file).text().find("import std." + entry.path().stem().string() + ";"), std::string::npos);
    Diagnostics diagnostics;
    EXPECT_TRUE(compile(sources, file, diagnostics, {}).has_value());
    EXPECT_EQ(diagnostics.render(sources), "");
    std::string text;
    ASSERT_TRUE(readRegular(entry.path().string(), SourceManager::kMaxFileBytes, "a policy file", text, error)) << error;
    const auto canonical = formatSource(sources, sources.add("stdlib", text), diagnostics);
    EXPECT_EQ(text, canonical.value_or("")) << "normanc fmt --write " << entry.path();
    for (const char* fact : {"\n// Drops   ", "\n// State   ", "\n// Cost    "})
      EXPECT_NE(text.find(fact), std::string::npos) << entry.path() << " does not say:" << fact;
  }
  EXPECT_GE(files, 2u);
}

}  // namespace
}  // namespace norman
