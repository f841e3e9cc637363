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

/// Prints what is wrong and returns nothing after an error. Only a regular file can be an image.
std::optional<PolicyInput> readPolicy(const std::string& path, const std::string& overlay);

}  // namespace norman::tools
