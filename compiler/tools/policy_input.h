// FILE|IMAGE on the command line: policy source, which is compiled, or an image as it is.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "compiler/support/source.h"
#include "overlay_rtl/model/offline/policy_image.h"

namespace norman::tools {

struct PolicyInput {
  PolicyImage image;
  /// The source, when it was one.
  std::unique_ptr<SourceManager> sources;
  FileId file;
};

struct ImageInput {
  PolicyImage image;
  std::string bytes;
};

// Both print what is wrong and return nothing after an error; "-" is standard input.

std::optional<ImageInput> readImage(const std::string& path);
/// The first four bytes tell an image from a source.
std::optional<PolicyInput> readPolicy(const std::string& path, const std::string& overlay, const std::string& library);

}  // namespace norman::tools
