// Which registers the allocator may use.
#include "NormanRegisterInfo.h"

#include "MCTargetDesc/NormanMCTargetDesc.h"
#include "NormanFrameLowering.h"
#include "NormanSubtarget.h"
#include "llvm/CodeGen/MachineFunction.h"

using namespace llvm;

#define GET_REGINFO_TARGET_DESC
#include "NormanGenRegisterInfo.inc"

NormanRegisterInfo::NormanRegisterInfo() : NormanGenRegisterInfo(Norman::NoRegister) {}

const MCPhysReg* NormanRegisterInfo::getCalleeSavedRegs(const MachineFunction*) const {
  static const MCPhysReg None[] = {0};
  return None;
}

BitVector NormanRegisterInfo::getReservedRegs(const MachineFunction& MF) const {
  BitVector Reserved(getNumRegs());
  const unsigned Count = MF.getSubtarget<NormanSubtarget>().config().registers;
  for (MCPhysReg Reg : Norman::GPRRegClass) {
    if (getEncodingValue(Reg) >= Count) Reserved.set(Reg);
  }
  return Reserved;
}

/// What holds a word between the rows that read few registers: allocation copies it to where these want it.
const TargetRegisterClass* NormanRegisterInfo::getLargestLegalSuperClass(const TargetRegisterClass* RC, const MachineFunction&) const {
  return Norman::GPRRegClass.hasSubClassEq(RC) ? &Norman::GPRRegClass : RC;
}

bool NormanRegisterInfo::eliminateFrameIndex(MachineBasicBlock::iterator MI, int, unsigned FIOperandNum,
                                             RegScavenger*) const {
  // Only the instructions that stand for a reported spill name a frame index; the function is not used after
  // the report.
  MI->getOperand(FIOperandNum).ChangeToImmediate(0);
  return false;
}
