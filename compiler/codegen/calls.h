// The calls of overlay_rtl/spec/ir.md as declarations.
#pragma once

#include <llvm/IR/Module.h>

#include <string_view>

namespace norman::codegen {

/// Declares `norman.NAME` once for the module. `reads_only`: the call changes nothing, so an unused one may
/// go.
llvm::FunctionCallee declareCall(llvm::Module& module, std::string_view name, llvm::Type* result,
                                 llvm::ArrayRef<llvm::Type*> operands, bool reads_only = false);

}  // namespace norman::codegen
