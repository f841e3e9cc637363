// Good images of every kind, and small changes of them: hostile images that come past the first checks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <fuzzer/FuzzedDataProvider.h>

namespace norman::fuzz {

/// The images (*.img) of the folder that the environment variable NORMAN_FUZZ_IMAGES names, see README.md.
const std::vector<std::string>& baseImages();

/// Changes a number in a section, some times, as the input says.
std::string edited(const std::string& image, FuzzedDataProvider& input);

/// A whole image as it is in the input, or one of the base images, edited.
std::string imageFrom(FuzzedDataProvider& input);

}  // namespace norman::fuzz
