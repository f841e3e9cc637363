// What a compiled policy uses of the overlay, and what the compiler chose.
#pragma once

#include <string>
#include <vector>

#include "compiler/codegen/objects.h"
#include "compiler/support/source.h"
#include "overlay_rtl/model/offline/policy_image.h"

namespace norman::tools {

std::string textReport(const PolicyImage& image, const std::vector<codegen::Decision>& decisions, const SourceManager& sources);
/// One JSON object on one line.
std::string jsonReport(const PolicyImage& image, const std::vector<codegen::Decision>& decisions, const SourceManager& sources);

}  // namespace norman::tools
