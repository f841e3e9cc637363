// Numbers shared by code generator, assembler and disassembler that are no records of the contract.
#pragma once

#include "llvm/MC/MCInstrDesc.h"

namespace llvm::Norman {

/// Stage kinds as they stand in TSFlags; NormanInstrFormats.td has the same numbers.
inline constexpr char KindLetters[] = "AERLGS";

inline char stageKind(const MCInstrDesc& Desc) { return KindLetters[(Desc.TSFlags >> 1) & 7]; }
inline bool laneZeroOnly(const MCInstrDesc& Desc) { return Desc.TSFlags & 1; }

/// First machine operand of Guard: 0 always, 1 if the predicate holds, 2 if it does not.
enum GuardSense : int64_t { GuardAlways = 0, GuardIf = 1, GuardIfNot = 2 };

/// Second machine operand of KeyOp: {mode, selector}.
inline int64_t keyMode(unsigned Mode, unsigned Selector) { return Mode << 3 | Selector; }

}  // namespace llvm::Norman
