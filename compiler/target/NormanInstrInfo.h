// Copies, and the report that takes the place of spills.
#pragma once

#include "NormanRegisterInfo.h"
#include "llvm/CodeGen/TargetInstrInfo.h"

#define GET_INSTRINFO_HEADER
#include "NormanGenInstrInfo.inc"

namespace llvm {

class NormanInstrInfo : public NormanGenInstrInfo {
 public:
  const NormanRegisterInfo& getRegisterInfo() const { return RI; }

  void copyPhysReg(MachineBasicBlock& MBB, MachineBasicBlock::iterator I, const DebugLoc& DL,
                   MCRegister DestReg, MCRegister SrcReg, bool KillSrc) const override;
  void storeRegToStackSlot(MachineBasicBlock& MBB, MachineBasicBlock::iterator I, Register SrcReg,
                           bool IsKill, int FrameIndex, const TargetRegisterClass* RC,
                           const TargetRegisterInfo* TRI, Register VReg) const override;
  void loadRegFromStackSlot(MachineBasicBlock& MBB, MachineBasicBlock::iterator I, Register DestReg,
                            int FrameIndex, const TargetRegisterClass* RC, const TargetRegisterInfo* TRI,
                            Register VReg) const override;

 private:
  NormanRegisterInfo RI;
};

}  // namespace llvm
