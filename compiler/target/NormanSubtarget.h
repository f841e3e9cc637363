// One configuration of the overlay as the code generator sees it.
#pragma once

#include "NormanFrameLowering.h"
#include "NormanISelLowering.h"
#include "NormanInstrInfo.h"
#include "NormanRegisterInfo.h"
#include "llvm/CodeGen/SelectionDAGTargetInfo.h"
#include "llvm/CodeGen/TargetSubtargetInfo.h"
#include "norman/spec/isa.h"

#define GET_SUBTARGETINFO_HEADER
#include "NormanGenSubtargetInfo.inc"

namespace llvm {

class NormanSubtarget : public NormanGenSubtargetInfo {
 public:
  NormanSubtarget(const Triple& TT, StringRef CPU, StringRef FS, const TargetMachine& TM);

  void ParseSubtargetFeatures(StringRef CPU, StringRef TuneCPU, StringRef FS);

  /// Stage string, registers and memory sizes.
  const norman::isa::ConfigInfo& config() const { return norman::isa::kConfigs[IsSmall ? 1 : 0]; }

  /// Lookup and state rows read only the lower half of the operand registers.
  bool hasFewOperands() const { return config().operands < norman::isa::kOperandRegisters; }

  const NormanInstrInfo* getInstrInfo() const override { return &InstrInfo; }
  const NormanRegisterInfo* getRegisterInfo() const override { return &InstrInfo.getRegisterInfo(); }
  const NormanFrameLowering* getFrameLowering() const override { return &FrameLowering; }
  const NormanTargetLowering* getTargetLowering() const override { return &TLInfo; }
  const SelectionDAGTargetInfo* getSelectionDAGInfo() const override { return &TSInfo; }

 private:
  bool IsSmall = false;
  NormanInstrInfo InstrInfo;
  NormanFrameLowering FrameLowering;
  NormanTargetLowering TLInfo;
  SelectionDAGTargetInfo TSInfo;
};

}  // namespace llvm
