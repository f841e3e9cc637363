// One direction's policies as one function.
#pragma once

#include <llvm/IR/DIBuilder.h>

#include <cstdint>
#include <map>
#include <utility>

#include "compiler/ast/program.h"
#include "compiler/codegen/objects.h"

namespace norman::codegen {

/// What stands at a line and column that a debug location names: the widest range that begins there.
using Places = std::map<std::pair<uint32_t, uint32_t>, SourceRange>;

struct FunctionOptions {
  unsigned context_address_space = 1;
  ListChoice lists = {};
};

/// Emits `@ingress` or `@egress`: hooks in their order, policies by priority, rules in source order.
void emitProgram(llvm::Module& module, llvm::DIBuilder& debug, llvm::DIFile* file,
                 const ast::Program& program, const SourceManager& sources, ast::Direction direction,
                 Objects& objects, Places& places, const FunctionOptions& options);

}  // namespace norman::codegen
