// The fixed list of transformations between code generation and the backends.
#pragma once

#include <llvm/IR/Module.h>

namespace norman::codegen {

/// Tidies every function. This is all the optimisation there is, and why:
///
///   promote variables      rewritten fields become values and phis: the overlay has no stack
///   drop unreachable code  rules after one that always decides
///   fold identities        masks and compares whose result is known from what their operands are
///   drop dead code         entry words that only an unread variable was started with
///   join blocks            a row that only branches would cost a clock and a stage
///   order blocks           every successor stands after its block, as stages do
///
/// Nothing else runs. O2 would merge the calls of two arms into one with selected constants, hoist and sink
/// lookups, thread jumps, turn switches into compares and replace a key by the constant it was compared with;
/// each undoes what the machine is good at (DESIGN section 6).
void runPasses(llvm::Module& module);

}  // namespace norman::codegen
