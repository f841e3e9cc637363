// Tells images from source by the first four bytes.
#include "compiler/tools/policy_input.h"

#include <cstdio>
#include <cstring>

#include "compiler/driver/compile.h"
#include "compiler/tools/arguments.h"
#include "compiler/tools/output.h"

namespace norman::tools {
namespace {

bool isImage(const std::string& path) {
  if (path == "-") return false;
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return false;
  char magic[4] = {};
  const size_t got = std::fread(magic, 1, sizeof magic, file);
  std::fclose(file);
  return got == sizeof magic && std::memcmp(magic, "\x7f" "ELF", sizeof magic) == 0;
}

}  // namespace

std::optional<PolicyInput> readPolicy(const std::string& path, const std::string& overlay) {
  if (isImage(path)) {
    auto image = PolicyImage::fromFile(path);
    if (!image) {
      failAsIs(image.error());
      return std::nullopt;
    }
    return PolicyInput{std::move(*image), nullptr, {}};
  }
  auto sources = std::make_unique<SourceManager>();
  std::string problem;
  const FileId file = sources->load(path, problem);
  if (!file.valid()) {
    fail(problem);
    return std::nullopt;
  }
  Diagnostics diagnostics;
  const auto result = norman::compile(*sources, file, diagnostics, {.overlay = overlay});
  printDiagnostics(diagnostics, *sources);
  if (!result) return std::nullopt;
  auto image = PolicyImage::fromBytes({result->output.begin(), result->output.end()}, path);
  if (!image) {
    failAsIs(image.error());
    return std::nullopt;
  }
  return PolicyInput{std::move(*image), std::move(sources), file};
}

}  // namespace norman::tools
