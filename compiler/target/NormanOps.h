// Questions about machine operations that hoisting and placement both ask.
#pragma once

#include <array>
#include <string>

#include "MCTargetDesc/NormanBaseInfo.h"
#include "MCTargetDesc/NormanMCTargetDesc.h"
#include "llvm/CodeGen/MachineInstr.h"

namespace llvm::Norman {

/// What is said where the registers run out: while they are allocated, or when entry words share one.
struct RegisterShortage {
  std::string Message;
  const char* Help = "use fewer different fields in this direction, or compare long addresses through a set";
};
inline RegisterShortage registerShortage(unsigned Registers) {
  return {"the policy needs more than " + std::to_string(Registers) + " registers at a time"};
}

/// Instructions that take a place in a row; the others are the entry and exit maps, branches and bookkeeping.
inline bool isRowOp(const MachineInstr& MI) {
  return !MI.isMetaInstruction() && MI.getDesc().getSize() != 0 && !MI.isCopy() && !MI.isPHI();
}
inline bool isWide(const MachineInstr& MI) { return MI.getDesc().getSize() == 32; }
inline bool isEntryWord(const MachineInstr& MI) {
  return MI.getOpcode() == LDCTX0 || MI.getOpcode() == LDCTX1 || MI.getOpcode() == LDCTX2;
}
inline bool isExitMap(const MachineInstr& MI) {
  switch (MI.getOpcode()) {
    case EXITMAP0:
    case EXITMAP1:
    case EXITMAP2:
    case EXITMAP3:
    case EXITMAP4:
    case EXITMAP5:
      return true;
    default:
      return false;
  }
}

/// Where a path passes the second entry tap. Immediates are the entry words, implicit definitions the
/// registers that get them, in the same order.
inline bool isTap(const MachineInstr& MI) { return MI.getOpcode() == TAP; }

/// Whether the operation asks or changes an object: it then has one stage on all paths. Others stand in any stage
/// of their kind.
inline bool usesObject(const MachineInstr& MI) { return isWide(MI) && MI.getOpcode() != GATHER; }

/// Operand of a wide row that holds the object's number before placement, its table id or base afterwards.
inline unsigned objectOperand(const MachineInstr& MI) {
  return MI.getOpcode() == LOOKUP || MI.getOpcode() == PREFIX || MI.getOpcode() == LEARN ? 2 : 3;
}

/// Two operations of one row must not both write the verdict, the act word or one event slot: a number for
/// each, or -1.
inline int exclusiveResource(const MachineInstr& MI) {
  switch (MI.getOpcode()) {
    case VERDICT:
    case VERDICTr:
      return 0;
    case ACT:
      return 1;
    case EVENT:
    case EVENTX:
      return 2 + static_cast<int>(MI.getOperand(0).getImm());
    default:
      return -1;
  }
}

/// Whether an operation finds a lane beside those that a row has already.
inline bool fitsLane(const std::array<MachineInstr*, 2>& Lanes, const MachineInstr& MI) {
  if (Lanes[0] && Lanes[1]) return false;
  for (const MachineInstr* Other : Lanes) {
    if (!Other) continue;
    if (laneZeroOnly(Other->getDesc()) && laneZeroOnly(MI.getDesc())) return false;
    if (const int Resource = exclusiveResource(MI); Resource >= 0 && Resource == exclusiveResource(*Other)) return false;
  }
  return true;
}

/// The guard's machine operands: sense and predicate are the last two explicit operands.
inline unsigned guardOperand(const MachineInstr& MI) { return MI.getNumExplicitOperands() - 2; }

}  // namespace llvm::Norman
