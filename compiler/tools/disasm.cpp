// normanc disasm: an image back to assembly.
#include <fmt/format.h>

#include "compiler/target/target.h"
#include "compiler/tools/arguments.h"
#include "compiler/tools/output.h"
#include "overlay_rtl/model/offline/policy_image.h"

#include <fstream>
#include <sstream>

namespace norman::tools {

int disasm(const DisasmArguments& arguments) {
  // Opening it as a control plane would says what is wrong with a bad one.
  auto image = PolicyImage::fromFile(arguments.file);
  if (!image) return failAsIs(image.error());
  std::ifstream in(arguments.file, std::ios::binary);
  std::stringstream bytes;
  bytes << in.rdbuf();
  bool reported = false;
  const auto text = target::disassemble(bytes.view(), [&](const target::Message& message) {
    reported = true;
    fail(message.text);
  });
  if (!text) return reported ? kMistake : fail("the image cannot be disassembled");
  const std::string problem = writeFile(arguments.output, *text);
  return problem.empty() ? kSuccess : fail(problem);
}

}  // namespace norman::tools
