// Code generation as a recipe.
#include "compiler/codegen/codegen.h"

#include <llvm/BinaryFormat/Dwarf.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/DIBuilder.h>
#include <llvm/IR/Metadata.h>
#include <llvm/IR/Verifier.h>

#include "compiler/codegen/passes.h"
#include "compiler/codegen/presence.h"

namespace norman::codegen {

std::optional<CodegenResult> generate(llvm::LLVMContext& context, const ast::Program& program,
                                      const SourceManager& sources, Diagnostics& diagnostics,
                                      const CodegenOptions& options) {
  const size_t errors_before = diagnostics.errorCount();
  const std::string& file_name = sources.file(program.file).name();
  auto module = std::make_unique<llvm::Module>(file_name, context);
  module->setSourceFileName(file_name);
  module->addModuleFlag(llvm::Module::Warning, "Debug Info Version", llvm::DEBUG_METADATA_VERSION);
  const auto note = [&](const char* name, const std::string& text) {
    module->getOrInsertNamedMetadata(name)->addOperand(
        llvm::MDNode::get(context, llvm::MDString::get(context, text)));
  };
  note("norman.config", options.overlay);
  note("norman.source", file_name);
  for (const PresenceMask group : exclusiveGroups()) {
    auto* mask = llvm::ConstantInt::get(llvm::Type::getInt32Ty(context), group);
    module->getOrInsertNamedMetadata("norman.exclusive")
        ->addOperand(llvm::MDNode::get(context, llvm::ConstantAsMetadata::get(mask)));
  }

  llvm::DIBuilder debug(*module);
  llvm::DIFile* file = debug.createFile(file_name, ".");
  debug.createCompileUnit(llvm::dwarf::DW_LANG_C, file, "normanc", true, "", 0);

  Places places;
  Objects objects(*module, program, sources, options.overlay, diagnostics, options.keep, options.lists.spare_prefixes);
  for (const ast::Direction direction : {ast::Direction::Ingress, ast::Direction::Egress})
    if (program.hasPolicies(direction))
      emitProgram(*module, debug, file, program, sources, direction, objects, places,
                  {options.context_address_space, options.lists});
  objects.finish();
  debug.finalize();
  if (diagnostics.errorCount() != errors_before) return std::nullopt;

  runPasses(*module);
  assert(!llvm::verifyModule(*module, &llvm::errs()) && "code generation made invalid IR");
  return CodegenResult{std::move(module), objects.decisions(), std::move(places), objects.listedRules(), objects.hasPrefixTables(),
                       objects.listEntries()};
}

}  // namespace norman::codegen
