// The overlay as a machine: data layout, subtarget, passes.
#pragma once

#include <array>
#include <functional>
#include <span>

#include "Norman.h"
#include "NormanDecisionTree.h"
#include "NormanSubtarget.h"
#include "llvm/Target/TargetMachine.h"

namespace llvm {

class NormanTargetMachine : public LLVMTargetMachine {
 public:
  NormanTargetMachine(const Target& T, const Triple& TT, StringRef CPU, StringRef FS,
                      const TargetOptions& Options, std::optional<Reloc::Model> RM,
                      std::optional<CodeModel::Model> CM, CodeGenOptLevel OL, bool JIT);

  const NormanSubtarget* getSubtargetImpl(const Function&) const override { return &Subtarget; }
  const NormanSubtarget& subtarget() const { return Subtarget; }
  TargetPassConfig* createPassConfig(PassManagerBase& PM) override;
  TargetLoweringObjectFile* getObjFileLowering() const override { return TLOF.get(); }
  MachineFunctionInfo* createMachineFunctionInfo(BumpPtrAllocator& Allocator, const Function& F,
                                                 const TargetSubtargetInfo* STI) const override;
  TargetTransformInfo getTargetTransformInfo(const Function& F) const override;

  /// How to compile this function (ingress or egress).
  NormanPlan& plan(const Function& F) { return Plans[F.getName() == "egress"]; }
  const NormanPlan& plan(const Function& F) const { return Plans[F.getName() == "egress"]; }

  /// Whether one rule stage holds all of these lists (target.h); none says that it does.
  std::function<bool(std::span<const size_t>)> HoldsLists;

  /// Trees of this program's chains, from all ways of compiling it.
  std::shared_ptr<NormanTreeCache> Trees = std::make_shared<NormanTreeCache>();

 private:
  std::array<NormanPlan, 2> Plans;
  std::unique_ptr<TargetLoweringObjectFile> TLOF;
  NormanSubtarget Subtarget;
};

}  // namespace llvm
