// Direct calls of LLVM's utilities: a pass manager would take longer to set up than they take to run.
#include "compiler/codegen/passes.h"

#include <llvm/ADT/PostOrderIterator.h>
#include <llvm/Analysis/InstructionSimplify.h>
#include <llvm/IR/Dominators.h>
#include <llvm/IR/Instructions.h>
#include <llvm/Transforms/Utils/BasicBlockUtils.h>
#include <llvm/Transforms/Utils/Local.h>
#include <llvm/Transforms/Utils/PromoteMemToReg.h>

#include <vector>

namespace norman::codegen {
namespace {

void promoteVariables(llvm::Function& function) {
  std::vector<llvm::AllocaInst*> variables;
  for (llvm::Instruction& instruction : function.getEntryBlock())
    if (auto* variable = llvm::dyn_cast<llvm::AllocaInst>(&instruction)) variables.push_back(variable);
  if (variables.empty()) return;
  llvm::DominatorTree dominators(function);
  llvm::PromoteMemToReg(variables, dominators);
}

/// Operands first, so that one pass sees all.
void foldIdentities(llvm::Function& function) {
  const llvm::SimplifyQuery query(function.getParent()->getDataLayout());
  for (llvm::BasicBlock* block : llvm::ReversePostOrderTraversal(&function))
    for (llvm::Instruction& instruction : *block)
      if (llvm::Value* same = llvm::simplifyInstruction(&instruction, query)) instruction.replaceAllUsesWith(same);
}

void dropDeadCode(llvm::Function& function) {
  bool changed = true;
  while (changed) {
    changed = false;
    for (llvm::BasicBlock* block : llvm::post_order(&function))
      for (llvm::Instruction& instruction : llvm::make_early_inc_range(llvm::reverse(*block)))
        if (llvm::isInstructionTriviallyDead(&instruction)) {
          instruction.eraseFromParent();
          changed = true;
        }
  }
}

/// The exit block stays by itself, whatever leads to it (ir.md: "in a block of its own").
void joinBlocks(llvm::Function& function) {
  bool changed = true;
  while (changed) {
    changed = false;
    for (llvm::BasicBlock& block : llvm::make_early_inc_range(function)) {
      if (&block == &function.getEntryBlock() || llvm::isa<llvm::ReturnInst>(block.getTerminator())) continue;
      if (llvm::MergeBlockIntoPredecessor(&block)) {
        changed = true;
        continue;
      }
      const auto* jump = llvm::dyn_cast<llvm::BranchInst>(block.getTerminator());
      if (jump == nullptr || jump->isConditional() || &block.front() != jump) continue;
      changed |= llvm::TryToSimplifyUncondBranchFromEmptyBlock(&block);
    }
  }
}

void orderBlocks(llvm::Function& function) {
  llvm::ReversePostOrderTraversal<llvm::Function*> order(&function);
  llvm::BasicBlock* last = &function.getEntryBlock();
  for (llvm::BasicBlock* block : order) {
    if (block == last) continue;
    block->moveAfter(last);
    last = block;
  }
}

}  // namespace

void runPasses(llvm::Module& module) {
  for (llvm::Function& function : module) {
    if (function.isDeclaration()) continue;
    llvm::removeUnreachableBlocks(function);
    promoteVariables(function);
    foldIdentities(function);
    dropDeadCode(function);
    joinBlocks(function);
    orderBlocks(function);
  }
}

}  // namespace norman::codegen
