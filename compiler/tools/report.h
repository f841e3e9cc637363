// What a compiled policy uses of the overlay, and what the compiler chose.
#pragma once

#include <string>

#include "compiler/driver/compile.h"
#include "compiler/support/source.h"
#include "overlay_rtl/model/offline/policy_image.h"

namespace norman::tools {

std::string textReport(const PolicyImage& image, const Compilation& compiled, const SourceManager& sources);
/// One JSON object on one line.
std::string jsonReport(const PolicyImage& image, const Compilation& compiled, const SourceManager& sources);

}  // namespace norman::tools
