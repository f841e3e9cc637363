// Changes find their places by the section headers of the good image.
#include "tests/fuzz/base_images.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace norman::fuzz {
namespace {

std::uint64_t number(const std::string& bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data() + at, size);
  return value;
}

}  // namespace

const std::vector<std::string>& baseImages() {
  static const std::vector<std::string> images = [] {
    std::vector<std::filesystem::path> files;
    if (const char* folder = std::getenv("NORMAN_FUZZ_IMAGES"))
      for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (entry.path().extension() == ".img") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    std::vector<std::string> read;
    for (const auto& file : files) {
      std::ifstream in(file, std::ios::binary);
      std::stringstream text;
      text << in.rdbuf();
      read.push_back(text.str());
    }
    if (read.empty()) {
      std::fprintf(stderr, "NORMAN_FUZZ_IMAGES names no folder with images (*.img)\n");
      std::exit(1);
    }
    return read;
  }();
  return images;
}

std::string edited(const std::string& image, FuzzedDataProvider& input) {
  std::string bytes = image;
  const std::size_t table = number(image, 40, 8), sections = number(image, 60, 2);
  for (unsigned edits = input.ConsumeIntegralInRange<unsigned>(1, 8); edits != 0; --edits) {
    const std::size_t header = table + 64 * (input.ConsumeIntegral<std::uint8_t>() % sections);
    const std::size_t offset = number(image, header + 24, 8), size = number(image, header + 32, 8);
    const unsigned width = 1u << input.ConsumeIntegralInRange<unsigned>(0, 2);
    const std::size_t words = size / width;
    if (words == 0 || offset > image.size() || size > image.size() - offset) continue;
    const std::size_t at = offset + width * (input.ConsumeIntegral<std::uint16_t>() % words);
    const std::uint32_t extremes[] = {0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0xffffff00};
    std::uint32_t value = static_cast<std::uint32_t>(number(image, at, width));
    switch (input.ConsumeIntegralInRange<unsigned>(0, 3)) {
      case 0: value = extremes[input.ConsumeIntegral<std::uint8_t>() % std::size(extremes)]; break;
      case 1: value += static_cast<std::uint32_t>(input.ConsumeIntegral<std::int8_t>()); break;
      case 2: value ^= 1u << input.ConsumeIntegralInRange<unsigned>(0, 8 * width - 1); break;
      default: value = input.ConsumeIntegral<std::uint32_t>(); break;
    }
    std::memcpy(bytes.data() + at, &value, width);
  }
  return bytes;
}

std::string imageFrom(FuzzedDataProvider& input) {
  const std::vector<std::string>& images = baseImages();
  const auto chosen = input.ConsumeIntegral<std::uint8_t>();
  if (chosen == 255) return input.ConsumeRandomLengthString(input.remaining_bytes());
  return edited(images[chosen % images.size()], input);
}

}  // namespace norman::fuzz
