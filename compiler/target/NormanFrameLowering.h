// There is no stack.
#pragma once

#include "llvm/CodeGen/TargetFrameLowering.h"

namespace llvm {

class NormanFrameLowering : public TargetFrameLowering {
 public:
  NormanFrameLowering() : TargetFrameLowering(StackGrowsDown, Align(4), 0) {}
  void emitPrologue(MachineFunction&, MachineBasicBlock&) const override {}
  void emitEpilogue(MachineFunction&, MachineBasicBlock&) const override {}
  bool hasFP(const MachineFunction&) const override { return false; }
};

}  // namespace llvm
