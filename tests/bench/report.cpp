// The two forms in which a figure is printed.
#include "tests/bench/report.h"

#include <cmath>
#include <cstdio>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace norman::bench {

void report(const std::string& name, double value, const std::string& unit, const std::string& note) {
  nlohmann::ordered_json line;
  line["name"] = name;
  if (value == std::floor(value) && std::abs(value) < 1e15) line["value"] = static_cast<long long>(value);
  else line["value"] = value;
  line["unit"] = unit;
  line["note"] = note;
  fmt::print("{}\n", line.dump());
  std::fflush(stdout);
  fmt::print(stderr, "{:<44} {:>14} {:<16} {}\n", name, fmt::format("{:.{}f}", value, value == std::floor(value) ? 0 : 3), unit, note);
}

}  // namespace norman::bench
