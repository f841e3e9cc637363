// Numbers of a host's interfaces: those that a policy names, those that its patterns take in, and all others.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "overlay_rtl/model/offline/policy_image.h"

namespace norman {

class InterfaceNumbers {
 public:
  /// What an image names, patterns included, as device/Image.td says.
  explicit InterfaceNumbers(std::vector<PolicyImage::Interface> named) : known_(std::move(named)) {}

  /// The number of an interface, 0 for "". One that was not there before gets the next one: in the block of the
  /// longest pattern that takes it in, else behind the named ones. Where there is none left the last one is shared.
  std::uint16_t of(const std::string& name);

 private:
  std::vector<PolicyImage::Interface> known_;
};

}  // namespace norman
