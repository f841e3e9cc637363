// Which registers the allocator may use.
#pragma once

#include "llvm/CodeGen/TargetRegisterInfo.h"

#define GET_REGINFO_HEADER
#include "NormanGenRegisterInfo.inc"

namespace llvm {

class NormanRegisterInfo : public NormanGenRegisterInfo {
 public:
  NormanRegisterInfo();
  const MCPhysReg* getCalleeSavedRegs(const MachineFunction* MF) const override;
  BitVector getReservedRegs(const MachineFunction& MF) const override;
  const TargetRegisterClass* getLargestLegalSuperClass(const TargetRegisterClass* RC, const MachineFunction&) const override;
  bool eliminateFrameIndex(MachineBasicBlock::iterator, int, unsigned, RegScavenger*) const override;
  Register getFrameRegister(const MachineFunction&) const override { return Register(); }
};

}  // namespace llvm
