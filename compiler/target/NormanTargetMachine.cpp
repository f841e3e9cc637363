// The overlay as a machine: data layout, subtarget, and the list of passes with the reason for each.
#include "NormanTargetMachine.h"

#include "Norman.h"
#include "NormanMachineFunctionInfo.h"
#include "TargetInfo/NormanTargetInfo.h"
#include "llvm/Analysis/TargetTransformInfo.h"
#include "llvm/CodeGen/BasicTTIImpl.h"
#include "llvm/CodeGen/Passes.h"
#include "llvm/CodeGen/TargetLoweringObjectFileImpl.h"
#include "llvm/CodeGen/TargetPassConfig.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/Function.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Transforms/Utils.h"

using namespace llvm;

// Pointers occur only as the address of the context; registers hold 32 bits.
static constexpr char DataLayoutString[] = "e-p:32:32-p1:32:32-i64:32-n32-S32";

extern "C" void LLVMInitializeNormanTarget() {
  RegisterTargetMachine<NormanTargetMachine> X(getTheNormanTarget());
}

NormanTargetMachine::NormanTargetMachine(const Target& T, const Triple& TT, StringRef CPU, StringRef FS,
                                         const TargetOptions& Options, std::optional<Reloc::Model>,
                                         std::optional<CodeModel::Model>, CodeGenOptLevel OL, bool)
    : LLVMTargetMachine(T, DataLayoutString, TT, CPU, FS, Options, Reloc::Static, CodeModel::Small, OL),
      TLOF(std::make_unique<TargetLoweringObjectFileELF>()),
      Subtarget(TT, CPU, FS, *this) {
  initAsmInfo();
}

MachineFunctionInfo* NormanTargetMachine::createMachineFunctionInfo(BumpPtrAllocator& Allocator,
                                                                    const Function& F,
                                                                    const TargetSubtargetInfo* STI) const {
  return NormanMachineFunctionInfo::create<NormanMachineFunctionInfo>(Allocator, F, STI);
}

namespace {

class NormanTTIImpl : public BasicTTIImplBase<NormanTTIImpl> {
  using Base = BasicTTIImplBase<NormanTTIImpl>;
  friend Base;
  const NormanSubtarget* ST;
  const NormanTargetLowering* TLI;
  const NormanSubtarget* getST() const { return ST; }
  const NormanTargetLowering* getTLI() const { return TLI; }

 public:
  NormanTTIImpl(const NormanTargetMachine* TM, const Function& F)
      : Base(TM, F.getDataLayout()), ST(&TM->subtarget()), TLI(ST->getTargetLowering()) {}
  bool shouldBuildLookupTables() const { return false; }
};

class NormanPassConfig : public TargetPassConfig {
 public:
  NormanPassConfig(NormanTargetMachine& TM, PassManagerBase& PM) : TargetPassConfig(TM, PM) {
    // What the base class adds around the passes below and a machine without stack, calls and loops has no
    // use for.
    for (AnalysisID ID :
         {AnalysisID(&LocalStackSlotAllocationID), AnalysisID(&ShrinkWrapID),
          AnalysisID(&PrologEpilogCodeInserterID), AnalysisID(&FixupStatepointCallerSavedID),
          AnalysisID(&PostRAMachineSinkingID), AnalysisID(&PostRASchedulerID), AnalysisID(&FEntryInserterID),
          AnalysisID(&XRayInstrumentationID), AnalysisID(&PatchableFunctionID), AnalysisID(&FuncletLayoutID),
          AnalysisID(&StackMapLivenessID), AnalysisID(&LiveDebugValuesID),
          AnalysisID(&RemoveRedundantDebugValuesID), AnalysisID(&MachineSanitizerBinaryMetadataID),
          AnalysisID(&ImplicitNullChecksID)}) {
      disablePass(ID);
    }
  }

  NormanTargetMachine& target() const { return getTM<NormanTargetMachine>(); }

  void addIRPasses() override {
    addPass(createLowerSwitchPass());  // the selector would make jump tables or bit tests of a switch
    addPass(createNormanPrepareIRPass(
        target()));  // entry words, event slots and conditions in the shape that selection wants
    addPass(createUnreachableBlockEliminationPass());
  }
  void addCodeGenPrepare() override {}  // it sinks and widens for machines with addressing modes
  bool addInstSelector() override {
    addPass(createNormanISelDag(target()));
    return false;
  }
  void addMachineSSAOptimization() override {
    addPass(&DeadMachineInstructionElimID);  // words and selectors whose users folded them
    addPass(createNormanHoistPass());  // fills lanes of earlier rows; decides the order that allocation sees
  }
  void addOptimizedRegAlloc() override {
    addPass(&ProcessImplicitDefsID);  // values that need no copy: exit targets where nothing is rewritten
    addPass(&UnreachableMachineBlockElimID);  // LiveVariables wants every block reached
    addPass(&LiveVariablesID);                // PHI elimination and two-address form ask it for kills
    addPass(&PHIEliminationID);               // a phi becomes copies at the ends of the blocks before it
    addPass(&TwoAddressInstructionPassID);    // leaves SSA form, as the coalescer expects
    addPass(&RegisterCoalescerID);            // joins those copies: each left over costs a lane
    addPass(&RenameIndependentSubregsID);     // splits what the coalescer joined but never meets
    addRegAssignAndRewriteOptimized();        // greedy allocation, on the order of NormanHoist
  }
  void addMachineLateOptimization() override {
  }                                     // no tail merging or duplication: placement shares rows itself
  void addBlockPlacement() override {}  // rows name their successors, layout means nothing
  bool addGCPasses() override { return false; }
  void addPreEmitPass2() override { addPass(createNormanPlacePass()); }  // last: rows exist only after it
};

}  // namespace

TargetTransformInfo NormanTargetMachine::getTargetTransformInfo(const Function& F) const {
  return TargetTransformInfo(NormanTTIImpl(this, F));
}

TargetPassConfig* NormanTargetMachine::createPassConfig(PassManagerBase& PM) {
  return new NormanPassConfig(*this, PM);
}

void llvm::reportNorman(const Function& F, const DebugLoc& Loc, const Twine& Message, const Twine& Help) {
  // The help travels behind a line feed; the interface of this library takes it apart again.
  const std::string HelpText = Help.str();
  const std::string Text = HelpText.empty() ? Message.str() : (Message + "\n" + HelpText).str();
  F.getContext().diagnose(DiagnosticInfoUnsupported(F, Text, Loc));
}
