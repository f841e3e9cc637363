// Users and groups by name, from files in passwd and group format.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "overlay_rtl/model/offline/result.h"
#include "runtime/core/core_owner.h"

namespace norman {

class Accounts {
 public:
  /// Reads both files; an empty path means that there are no such names.
  static Result<Accounts> fromFiles(const std::string& users, const std::string& groups);

  /// What runtime/core asks; this object must outlive its use.
  norman_names names() const;

  std::map<std::string, std::uint32_t> users, groups;
};

}  // namespace norman
