// normanc disasm: an image back to assembly.
#include "compiler/target/target.h"
#include "compiler/tools/arguments.h"
#include "compiler/tools/output.h"
#include "compiler/tools/policy_input.h"

namespace norman::tools {

int disasm(const DisasmArguments& arguments) {
  // Opening it as a control plane would says what is wrong with a bad one.
  const auto input = readImage(arguments.file);
  if (!input) return kMistake;
  bool reported = false;
  const auto text = target::disassemble(input->bytes, [&](const target::Message& message) {
    reported = true;
    fail(message.text);
  });
  if (!text) return reported ? kMistake : fail("the image cannot be disassembled");
  const std::string problem = writeFile(arguments.output, *text);
  return problem.empty() ? kSuccess : fail(problem);
}

}  // namespace norman::tools
