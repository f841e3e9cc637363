// Text of what differs between two outcomes.
#include "tests/differential/outcome.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace norman::test {

std::string differences(const std::string& name_a, const Outcome& a, const std::string& name_b, const Outcome& b) {
  std::string text;
  const auto differ = [&](const char* field, const auto& of_a, const auto& of_b) {
    if (of_a != of_b) text += fmt::format("  {}: {} {}, {} {}\n", field, name_a, of_a, name_b, of_b);
  };
  differ("verdict", a.verdict, b.verdict);
  differ("reason", a.reason, b.reason);
  differ("rule", a.rule, b.rule);
  differ("capture", a.capture, b.capture);
  differ("log", a.log, b.log);
  differ("events", a.events, b.events);
  differ("mark", a.mark, b.mark);
  if (a.frame != b.frame) {
    const auto hex = [](const std::vector<uint8_t>& frame) { return fmt::format("{:02x}", fmt::join(frame, "")); };
    text += fmt::format("  frame: {:>10} {}\n         {:>10} {}\n", name_a, hex(a.frame), name_b, hex(b.frame));
  }
  return text;
}

}  // namespace norman::test
