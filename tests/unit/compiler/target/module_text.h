// IR text through the target, for its tests.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/target/target.h"

namespace norman::test {

/// What came of a module: text or image, or the messages that say why not.
struct Compiled {
  std::optional<std::string> output;
  std::vector<target::Message> messages;
  /// "line:column: text" of all messages, one a line.
  std::string errors() const;
};

Compiled compileText(const std::string& ir, bool image = false, const std::string& config = "default");
Compiled assembleText(const std::string& text);

/// A program of one block chain: `body` between the function's head and its end, with the declarations of
/// ir.md.
std::string program(const std::string& body, const std::string& metadata = "");

}  // namespace norman::test
