// A row: its operations, its successors, and their encoding as four words.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "llvm/MC/MCInst.h"
#include "norman/spec/isa.h"

namespace llvm {

class MCCodeEmitter;
class MCDisassembler;
class MCInstPrinter;
class MCInstrInfo;
class MCSubtargetInfo;
class raw_ostream;

/// Where a packet goes: a row of a stage, or stage 63, the exit.
struct NormanRowRef {
  uint8_t Stage = norman::isa::kStageExit;
  uint8_t Row = 0;
  bool isExit() const { return Stage == norman::isa::kStageExit; }
  bool operator==(const NormanRowRef&) const = default;
};

/// The control word of a row.
struct NormanControl {
  NormanRowRef Next;
  NormanRowRef Taken;
  norman::isa::BranchMode Mode = norman::isa::BranchMode::Next;
  bool Negated = false;
  uint8_t Predicate = 0;
};

struct NormanRow {
  uint8_t Program = 0;
  uint8_t Stage = 0;
  uint8_t Row = 0;
  uint32_t Line = 0;
  std::array<MCInst, 2> Ops;  // lanes, or the one operation of a wide row in Ops[0]; opcode 0 for none
  NormanControl Control;

  bool has(unsigned Lane) const { return Ops[Lane].getOpcode() != 0; }
};

using NormanRowWords = std::array<uint64_t, 4>;

/// Encodes a row. Its operations must suit the stage.
NormanRowWords encodeRow(const NormanRow& Row, const MCCodeEmitter& Emitter, const MCSubtargetInfo& STI);

/// Decodes the words of a row at a stage of kind Kind into Row. False if they are no row of that kind.
bool decodeRow(const NormanRowWords& Words, char Kind, const MCDisassembler& Disassembler,
               const MCCodeEmitter& Emitter, const MCSubtargetInfo& STI, NormanRow& Row);

/// Prints the row as the assembler reads it: .row directive, operations, successors.
void printRow(const NormanRow& Row, MCInstPrinter& Printer, const MCSubtargetInfo& STI, raw_ostream& OS);

}  // namespace llvm
