// The IR builder of code generation: folds what is constant or an identity while it builds.
#pragma once

#include <llvm/Analysis/InstSimplifyFolder.h>
#include <llvm/IR/IRBuilder.h>

namespace norman::codegen {

using Builder = llvm::IRBuilder<llvm::InstSimplifyFolder>;

}  // namespace norman::codegen
