// Tells images from source by the first four bytes.
#include "compiler/tools/policy_input.h"

#include <string_view>

#include <fmt/format.h>

#include "compiler/driver/compile.h"
#include "compiler/tools/arguments.h"
#include "compiler/tools/library.h"
#include "compiler/tools/output.h"

namespace norman::tools {
namespace {

constexpr std::string_view kElfMagic = "\x7f" "ELF";

std::optional<PolicyImage> openImage(const std::string& bytes, const std::string& path) {
  auto image = PolicyImage::fromBytes({bytes.begin(), bytes.end()}, shownName(path));
  if (image) return std::move(*image);
  failAsIs(image.error());
  return std::nullopt;
}

}  // namespace

std::optional<ImageInput> readImage(const std::string& path) {
  std::string bytes;
  std::string problem;
  if (!readWhole(path, isa::kImageBytesMax, "an image", bytes, problem)) {
    fail(problem);
    return std::nullopt;
  }
  auto image = openImage(bytes, path);
  if (!image) return std::nullopt;
  return ImageInput{std::move(*image), std::move(bytes)};
}

std::optional<PolicyInput> readPolicy(const std::string& path, const std::string& overlay, const std::string& library) {
  std::string bytes;
  std::string problem;
  if (!readWhole(path, isa::kImageBytesMax, "a policy or an image", bytes, problem)) {
    fail(problem);
    return std::nullopt;
  }
  if (bytes.starts_with(kElfMagic)) {
    auto image = openImage(bytes, path);
    if (!image) return std::nullopt;
    return PolicyInput{std::move(*image), nullptr, {}};
  }
  if (bytes.size() > SourceManager::kMaxFileBytes) {
    fail(fmt::format("'{}' has {} bytes, a policy file may have {}", shownName(path), bytes.size(), SourceManager::kMaxFileBytes));
    return std::nullopt;
  }
  auto sources = std::make_unique<SourceManager>();
  sources->setLibrary(libraryFolder(library));
  const FileId file = sources->add(shownName(path), std::move(bytes));
  Diagnostics diagnostics;
  const auto result = norman::compile(*sources, file, diagnostics, {.overlay = overlay});
  printDiagnostics(diagnostics, *sources);
  if (!result) return std::nullopt;
  auto image = openImage(result->output, path);
  if (!image) return std::nullopt;
  return PolicyInput{std::move(*image), std::move(sources), file};
}

}  // namespace norman::tools
