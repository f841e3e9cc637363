// What an image takes over from the one that it is to replace.
#pragma once

#include <string>
#include <vector>

#include "compiler/codegen/objects.h"
#include "overlay_rtl/model/offline/policy_image.h"
#include "overlay_rtl/model/offline/result.h"

namespace norman::tools {

/// Everything that has a place; lists of rules are laid out beside each other by the loader.
std::vector<codegen::KeptObject> objectsToKeep(const PolicyImage& old);

struct KeptContents {
  std::string image;
  std::vector<std::string> notes;  // what is kept and what is reset, with the reason
};
/// Entries of sets and maps that change go on as they are in the old image, and rules that were added to its lists are added again.
Result<KeptContents> keepContents(const PolicyImage& old, const std::string& compiled);

}  // namespace norman::tools
