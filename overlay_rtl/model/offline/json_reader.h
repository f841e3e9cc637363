// Checked access to the members of one JSON object per line.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "overlay_rtl/model/offline/traffic.h"

namespace norman {

/// Reads members of an object and collects the first mistake; every member must be asked for, so that a misspelled one
/// is refused.
class JsonObject {
 public:
  JsonObject(const nlohmann::json& object, std::string where);

  bool has(const char* name);
  std::optional<std::uint64_t> number(const char* name, std::uint64_t largest);
  std::optional<std::string> text(const char* name);
  std::optional<Identity> identity(const char* name, bool is_socket);
  void refuse(const std::string& text);

  /// The first mistake; empty if there is none and every member is known.
  std::string finish();

 private:
  const nlohmann::json* find(const char* name);

  const nlohmann::json& object_;
  std::string where_, error_;
  std::vector<std::string> known_;
};

/// The object of one line; sets `error` and returns none for any other text.
std::optional<nlohmann::json> objectOfLine(const std::string& line, const std::string& where, std::string& error);

}  // namespace norman
