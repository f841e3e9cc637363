// A verified policy image with its bytes, and its names as C++ values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "overlay_rtl/model/core_device.h"
#include "overlay_rtl/model/offline/result.h"
#include "runtime/core/core_image.h"

namespace norman {

/// Memory for runtime/core from the C++ heap.
extern const norman_allocator kHeap;

class PolicyImage {
 public:
  struct Rule {
    std::string policy, name, file, action;
    std::uint32_t line = 0, column = 0;
  };
  struct Object {
    std::string name;
    isa::ObjectKind kind{};
    isa::Program program{};
    std::uint8_t stage = 0;
    std::uint32_t base = 0, size = 0, line = 0;
  };
  struct Interface {
    std::string name;
    std::uint16_t number = 0;
  };

  /// Takes bytes over and verifies them; `name` begins the text of an error.
  static Result<PolicyImage> fromBytes(std::vector<std::uint8_t> bytes, const std::string& name);
  static Result<PolicyImage> fromFile(const std::string& path);

  PolicyImage(PolicyImage&&) = default;
  PolicyImage& operator=(PolicyImage&&) = default;
  PolicyImage(const PolicyImage&) = delete;
  PolicyImage& operator=(const PolicyImage&) = delete;

  const norman_image& raw() const { return image_; }
  const isa::ConfigInfo& config() const { return isa::kConfigs.at(image_.config.number); }

  bool hasProgram(isa::Program program) const;
  /// A program looks at what the other has learned, so packets of both must run in their order.
  bool shares() const { return (norman_image_mirrors(&image_, 0) | norman_image_mirrors(&image_, 1)) != 0; }
  /// The rule of this id; none for isa::kNoRule.
  std::optional<Rule> rule(std::uint32_t id) const;
  const std::vector<Object>& objects() const { return objects_; }
  const std::vector<Interface>& interfaces() const { return interfaces_; }
  /// Source line that a row comes from, 0 if none, with the number of its file (ir.md, "Source lines").
  std::uint32_t rowLine(isa::Program program, std::uint8_t stage, std::uint8_t row) const;
  /// "file:line" of a line of a record; empty for line 0 and for a file that has no rules.
  std::string place(std::uint32_t line) const;
  /// The line alone.
  static std::uint32_t lineNumber(std::uint32_t line) { return line & ((1U << isa::kLineBits) - 1); }
  /// How many source files have rules.
  std::size_t fileCount() const { return files_.size(); }

 private:
  PolicyImage() = default;
  std::string string(std::uint32_t offset) const { return norman_image_string(&image_, offset); }

  std::vector<std::uint8_t> bytes_;
  norman_image image_{};
  std::vector<Object> objects_;
  std::vector<Interface> interfaces_;
  std::vector<std::uint32_t> lines_;  // [program][stage][row]
  std::vector<std::string> files_;    // of the rules, in their order
};

}  // namespace norman
