// Declarations with the attributes that every call has.
#include "compiler/codegen/calls.h"

#include <fmt/format.h>

namespace norman::codegen {

llvm::FunctionCallee declareCall(llvm::Module& module, std::string_view name, llvm::Type* result,
                                 llvm::ArrayRef<llvm::Type*> operands, bool reads_only) {
  llvm::FunctionCallee callee = module.getOrInsertFunction(fmt::format("norman.{}", name),
                                                           llvm::FunctionType::get(result, operands, false));
  auto* function = llvm::cast<llvm::Function>(callee.getCallee());
  function->addFnAttr(llvm::Attribute::NoUnwind);
  function->addFnAttr(llvm::Attribute::WillReturn);
  function->addFnAttr(llvm::Attribute::NoMerge);
  if (reads_only) function->setMemoryEffects(llvm::MemoryEffects::inaccessibleMemOnly(llvm::ModRefInfo::Ref));
  return callee;
}

}  // namespace norman::codegen
