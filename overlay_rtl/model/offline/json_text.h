// JSON as one line of text.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace norman {

/// Without a line feed. Bytes that are no UTF-8 (names come from files) become the replacement character.
inline std::string jsonText(const nlohmann::ordered_json& value) {
  return value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace norman
