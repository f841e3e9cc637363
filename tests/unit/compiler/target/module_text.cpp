// IR text through the target, for its tests.
#include "tests/unit/compiler/target/module_text.h"

#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/IRReader/IRReader.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/SourceMgr.h>

namespace norman::test {

std::string Compiled::errors() const {
  std::string text;
  for (const target::Message& m : messages)
    text += std::to_string(m.line) + ":" + std::to_string(m.column) + ": " + m.text + "\n";
  return text;
}

Compiled compileText(const std::string& ir, bool image, const std::string& config) {
  Compiled result;
  llvm::LLVMContext context;
  llvm::SMDiagnostic error;
  const auto module = llvm::parseIR(llvm::MemoryBufferRef(ir, "test"), error, context);
  if (!module) {
    result.messages.push_back(
        {static_cast<unsigned>(error.getLineNo()), 0, "the test's IR: " + error.getMessage().str(), ""});
    return result;
  }
  const target::Options options{.config = config, .verify = true};
  const auto report = [&](const target::Message& m) { result.messages.push_back(m); };
  result.output = image ? target::compileImage(*module, options, report)
                        : target::compileAssembly(*module, options, report);
  return result;
}

Compiled assembleText(const std::string& text) {
  Compiled result;
  result.output = target::assemble(text, [&](const target::Message& m) { result.messages.push_back(m); });
  return result;
}

std::string program(const std::string& body, const std::string& metadata) {
  return "declare void @norman.verdict(i32) nounwind willreturn nomerge\n"
         "declare void @norman.act(i32) nounwind willreturn nomerge\n"
         "declare void @norman.exit(i32, i32) nounwind willreturn nomerge\n"
         "declare void @norman.event.c(i32, i32) nounwind willreturn nomerge\n"
         "declare { i1, i32 } @norman.gather(i32, i32, i32, i32) nounwind willreturn nomerge speculatable memory(none)\n"
         "declare { i1, i32 } @norman.lookup.hosts(i32, i32, i32, i32) nounwind willreturn nomerge\n"
         "declare { i1, i64 } @norman.state.limit(i32, i64, i64, i64, i32) nounwind willreturn nomerge\n"
         "define void @ingress(ptr addrspace(1) %ctx) !dbg !4 {\n" +
         body +
         "}\n"
         "!llvm.module.flags = !{!0}\n!llvm.dbg.cu = !{!1}\n"
         "!0 = !{i32 2, !\"Debug Info Version\", i32 3}\n"
         "!1 = distinct !DICompileUnit(language: DW_LANG_C, file: !2, emissionKind: LineTablesOnly)\n"
         "!2 = !DIFile(filename: \"a.norman\", directory: \"\")\n"
         "!3 = !DISubroutineType(types: !{})\n"
         "!4 = distinct !DISubprogram(name: \"ingress\", file: !2, line: 1, type: !3, unit: !1, spFlags: "
         "DISPFlagDefinition)\n"
         "!10 = !DILocation(line: 10, column: 3, scope: !4)\n"
         "!11 = !DILocation(line: 11, column: 3, scope: !4)\n" +
         metadata;
}

}  // namespace norman::test
