// The IR builder of code generation: folds constants while it builds. Not InstSimplifyFolder: that looks from a value
// ahead along its block's successors, which are still empty while they are generated.
#pragma once

#include <llvm/IR/IRBuilder.h>

namespace norman::codegen {

using Builder = llvm::IRBuilder<>;

}  // namespace norman::codegen
