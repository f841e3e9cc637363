// Reads JSON lines without trusting them.
#include "overlay_rtl/model/offline/json_reader.h"

#include <fmt/format.h>

#include <algorithm>

namespace norman {

JsonObject::JsonObject(const nlohmann::json& object, std::string where) : object_(object), where_(std::move(where)) {
  if (!object_.is_object()) refuse("expected an object");
}

const nlohmann::json* JsonObject::find(const char* name) {
  known_.emplace_back(name);
  if (!object_.is_object()) return nullptr;
  const auto found = object_.find(name);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

bool JsonObject::has(const char* name) { return find(name) != nullptr; }

void JsonObject::refuse(const std::string& text) {
  if (error_.empty()) error_ = fmt::format("{}: error: {}", where_, text);
}

std::optional<std::uint64_t> JsonObject::number(const char* name, std::uint64_t largest) {
  const nlohmann::json* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number_unsigned() || value->get<std::uint64_t>() > largest) {
    refuse(fmt::format("'{}' is {}, expected a whole number from 0 to {}", name, value->dump(), largest));
    return std::nullopt;
  }
  return value->get<std::uint64_t>();
}

std::optional<std::string> JsonObject::text(const char* name) {
  const nlohmann::json* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string() || value->get_ref<const std::string&>().find('\0') != std::string::npos) {
    refuse(fmt::format("'{}' is no text", name));
    return std::nullopt;
  }
  return value->get<std::string>();
}

std::optional<Identity> JsonObject::identity(const char* name, bool is_socket) {
  const nlohmann::json* value = find(name);
  if (value == nullptr) return std::nullopt;
  JsonObject object(*value, fmt::format("{}: '{}'", where_, name));
  Identity identity;
  identity.uid = static_cast<std::uint32_t>(object.number("uid", UINT32_MAX).value_or(0));
  identity.gid = static_cast<std::uint32_t>(object.number("gid", UINT32_MAX).value_or(0));
  identity.cgroup = object.text("cgroup").value_or("");
  if (!is_socket) {
    identity.pid = static_cast<std::uint32_t>(object.number("pid", UINT32_MAX).value_or(0));
    identity.comm = object.text("comm").value_or("");
  }
  if (std::string text = object.finish(); !text.empty() && error_.empty()) error_ = std::move(text);
  return identity;
}

std::string JsonObject::finish() {
  if (!error_.empty() || !object_.is_object()) return error_;
  for (const auto& [name, value] : object_.items())
    if (std::find(known_.begin(), known_.end(), name) == known_.end()) {
      std::string all;
      for (const std::string& known : known_) all += (all.empty() ? "" : ", ") + known;
      refuse(fmt::format("unknown member '{}', known are {}", name, all));
      break;
    }
  return error_;
}

std::optional<nlohmann::json> objectOfLine(const std::string& line, const std::string& where, std::string& error) {
  nlohmann::json value = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded() || !value.is_object()) {
    error = fmt::format("{}: error: expected one JSON object on the line", where);
    return std::nullopt;
  }
  return value;
}

}  // namespace norman
