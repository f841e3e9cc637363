// The second entry tap: which entry words are loaded there, and the places where paths pass it.
#pragma once

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/CodeGen/MachineFunction.h"

namespace llvm {

/// Stages as far as they are known before registers are: of blocks the first and the last, of operations
/// their own.
struct NormanStages {
  DenseMap<const MachineBasicBlock*, std::pair<int, int>> Blocks;
  DenseMap<const MachineInstr*, int> Ops;
};

/// Entry words that no operation before the tap's stage reads.
SmallVector<Register, 16> findTapWords(const MachineFunction& MF, const NormanStages& Stages);

/// Loads the words at the tap: a TAP on every path, and copies out of the registers that it writes. The
/// operations of each block must stand in the order of their stages. May split edges.
void insertSecondTap(MachineFunction& MF, ArrayRef<Register> Words, const NormanStages& Stages);

}  // namespace llvm
