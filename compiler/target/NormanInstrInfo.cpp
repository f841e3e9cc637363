// Copies, and the report that takes the place of spills.
#include "NormanInstrInfo.h"

#include "MCTargetDesc/NormanMCTargetDesc.h"
#include "Norman.h"
#include "NormanOps.h"
#include "NormanSubtarget.h"
#include "llvm/CodeGen/MachineInstrBuilder.h"
#include "norman/spec/isa.h"

using namespace llvm;

#define GET_INSTRINFO_CTOR_DTOR
#include "NormanGenInstrInfo.inc"

void NormanInstrInfo::copyPhysReg(MachineBasicBlock& MBB, MachineBasicBlock::iterator I, const DebugLoc& DL,
                                  MCRegister DestReg, MCRegister SrcReg, bool KillSrc) const {
  constexpr int64_t First = 12;  // truth table of a PLOG whose result is its first operand
  if (Norman::PRRegClass.contains(DestReg)) {
    BuildMI(MBB, I, DL, get(Norman::PLOG), DestReg)
        .addReg(SrcReg, getKillRegState(KillSrc))
        .addReg(Norman::NoRegister)
        .addImm(First)
        .addImm(0)
        .addReg(Norman::NoRegister);
    return;
  }
  BuildMI(MBB, I, DL, get(Norman::MOVr), DestReg)
      .addReg(SrcReg, getKillRegState(KillSrc))
      .addImm(0)
      .addImm(0)
      .addReg(Norman::NoRegister);
}

void NormanInstrInfo::storeRegToStackSlot(MachineBasicBlock& MBB, MachineBasicBlock::iterator I,
                                          Register SrcReg, bool, int, const TargetRegisterClass* RC,
                                          const TargetRegisterInfo*, Register) const {
  const MachineFunction& MF = *MBB.getParent();
  const unsigned Registers = MF.getSubtarget<NormanSubtarget>().config().registers;
  DebugLoc DL = I != MBB.end() ? I->getDebugLoc() : DebugLoc();
  if (Norman::PRRegClass.hasSubClassEq(RC)) {
    reportNorman(MF.getFunction(), DL,
                 "the policy needs more than " + Twine(norman::isa::kPredicates) + " predicates at a time",
                 "split the condition over several rules");
  } else {
    const auto [Message, Help] = Norman::registerShortage(Registers);
    reportNorman(MF.getFunction(), DL, Message, Help);
  }
  // Keeps the machine function well formed; nothing is made of it after the report.
  BuildMI(MBB, I, DL, get(TargetOpcode::KILL)).addReg(SrcReg);
}

void NormanInstrInfo::loadRegFromStackSlot(MachineBasicBlock& MBB, MachineBasicBlock::iterator I,
                                           Register DestReg, int, const TargetRegisterClass*,
                                           const TargetRegisterInfo*, Register) const {
  BuildMI(MBB, I, DebugLoc(), get(TargetOpcode::IMPLICIT_DEF), DestReg);
}
