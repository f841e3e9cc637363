// What the groups measure on: compiled examples and the packets of a busy link.
#pragma once

#include <string>
#include <vector>

#include "overlay_rtl/model/core_device.h"
#include "overlay_rtl/model/offline/policy_image.h"

namespace norman::bench {

/// The names of all examples, sorted.
std::vector<std::string> exampleNames();

/// The path of an example's source.
std::string exampleFile(const std::string& name);

/// Compiles an example for an overlay; throws with the diagnostics when it is refused.
PolicyImage compileExample(const std::string& name, const std::string& overlay);

/// Non-empty rows of a direction.
size_t rowsOf(const PolicyImage& image, isa::Program program);

/// The direction that an example's policies are in; of two the one with more rows.
isa::Program programOf(const PolicyImage& image);

/// Entry words of ordinary and odd packets with owners, mostly in the ranges that the examples test.
std::vector<EntryWords> packetsFor(isa::Program program, size_t count);

}  // namespace norman::bench
