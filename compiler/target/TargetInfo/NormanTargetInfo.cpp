// Registers the target by name alone: no triple ever selects it.
#include "TargetInfo/NormanTargetInfo.h"

#include "llvm/MC/TargetRegistry.h"

using namespace llvm;

Target& llvm::getTheNormanTarget() {
  static Target TheNormanTarget;
  return TheNormanTarget;
}

extern "C" void LLVMInitializeNormanTargetInfo() {
  TargetRegistry::RegisterTarget(getTheNormanTarget(), "norman", "Norman overlay", "Norman",
                                 [](Triple::ArchType) { return false; });
}
