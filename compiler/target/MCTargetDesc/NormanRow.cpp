// Encoding, decoding and printing of whole rows.
#include "MCTargetDesc/NormanRow.h"

#include "MCTargetDesc/NormanMCTargetDesc.h"
#include "llvm/MC/MCCodeEmitter.h"
#include "llvm/MC/MCDisassembler/MCDisassembler.h"
#include "llvm/MC/MCFixup.h"
#include "llvm/MC/MCInstPrinter.h"
#include "llvm/MC/MCInstrInfo.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
namespace isa = norman::isa;

NormanRowWords llvm::encodeRow(const NormanRow& Row, const MCCodeEmitter& Emitter,
                               const MCSubtargetInfo& STI) {
  NormanRowWords Words{};
  for (unsigned Lane = 0; Lane < 2; ++Lane) {
    if (!Row.has(Lane)) continue;
    SmallVector<char, 32> Bytes;
    SmallVector<MCFixup, 1> Fixups;
    Emitter.encodeInstruction(Row.Ops[Lane], Bytes, Fixups, STI);
    assert((Bytes.size() == 8 || Lane == 0) && "a wide operation is the only one of its row");
    for (unsigned Word = 0; Word < Bytes.size() / 8; ++Word) {
      Words[Lane + Word] |= support::endian::read64le(Bytes.data() + 8 * Word);
    }
  }
  namespace slots = isa::control_word;
  isa::set(Words, slots::kNextRow, Row.Control.Next.Row);
  isa::set(Words, slots::kNextStage, Row.Control.Next.Stage);
  isa::set(Words, slots::kTakenRow, Row.Control.Taken.Row);
  isa::set(Words, slots::kTakenStage, Row.Control.Taken.Stage);
  isa::set(Words, slots::kBp, Row.Control.Predicate);
  isa::set(Words, slots::kBneg, Row.Control.Negated);
  isa::set(Words, slots::kBmode, static_cast<uint64_t>(Row.Control.Mode));
  return Words;
}

bool llvm::decodeRow(const NormanRowWords& Words, char Kind, const MCDisassembler& Disassembler,
                     const MCCodeEmitter& Emitter, const MCSubtargetInfo& STI, NormanRow& Row) {
  namespace slots = isa::control_word;
  Row.Control.Next = {static_cast<uint8_t>(isa::get(Words, slots::kNextStage)),
                      static_cast<uint8_t>(isa::get(Words, slots::kNextRow))};
  Row.Control.Taken = {static_cast<uint8_t>(isa::get(Words, slots::kTakenStage)),
                       static_cast<uint8_t>(isa::get(Words, slots::kTakenRow))};
  Row.Control.Predicate = isa::get(Words, slots::kBp);
  Row.Control.Negated = isa::get(Words, slots::kBneg);
  Row.Control.Mode = static_cast<isa::BranchMode>(isa::get(Words, slots::kBmode));

  NormanRowWords Rest = Words;
  for (const isa::SlotInfo& Slot : slots::kSlots) isa::set(Rest, Slot, 0);
  Row.Ops = {};
  // The kind of a wide row travels as the address, whose low byte the disassembler reads as the stage's
  // letter.
  const auto Decode = [&](MCInst& Inst, ArrayRef<uint64_t> Source) {
    SmallVector<uint8_t, 32> Bytes(Source.size() * 8);
    for (size_t Word = 0; Word < Source.size(); ++Word)
      support::endian::write64le(&Bytes[8 * Word], Source[Word]);
    uint64_t Size = 0;
    return Disassembler.getInstruction(Inst, Size, Bytes, static_cast<uint64_t>(Kind), nulls()) ==
           MCDisassembler::Success;
  };
  if (Kind == 'A') {
    for (unsigned Lane = 0; Lane < 2; ++Lane) {
      if (Rest[Lane] != 0 && !Decode(Row.Ops[Lane], ArrayRef(&Rest[Lane], 1))) return false;
    }
  } else if (Rest != NormanRowWords{} && !Decode(Row.Ops[0], Rest)) {
    return false;
  }
  return encodeRow(Row, Emitter, STI) == Words;  // bits that no slot explains make it no row
}

static void printRef(const NormanRowRef& Ref, raw_ostream& OS) {
  if (Ref.isExit() && Ref.Row == 0) {
    OS << "exit";
  } else {
    OS << 's' << unsigned(Ref.Stage) << '.' << unsigned(Ref.Row);
  }
}

void llvm::printRow(const NormanRow& Row, MCInstPrinter& Printer, const MCSubtargetInfo& STI,
                    raw_ostream& OS) {
  OS << "\t.row\ts" << unsigned(Row.Stage) << '.' << unsigned(Row.Row);
  if (Row.Line != 0) OS << ", " << Row.Line;
  OS << '\n';
  for (unsigned Lane = 0; Lane < 2; ++Lane) {
    if (Row.has(Lane)) {
      Printer.printInst(&Row.Ops[Lane], 0, "", STI, OS);
      OS << '\n';
    } else if (Lane == 0 && Row.has(1)) {
      OS << "\t.nop\n";
    }
  }
  const NormanControl& Control = Row.Control;
  switch (Control.Mode) {
    case isa::BranchMode::Next:
      OS << "\t.next\t";
      break;
    case isa::BranchMode::Pred:
      OS << "\t.branch\t" << (Control.Negated ? "!" : "") << 'p' << unsigned(Control.Predicate) << ", ";
      break;
    case isa::BranchMode::Own:
      OS << "\t.branch\t" << (Control.Negated ? "!" : "") << "own, ";
      break;
    case isa::BranchMode::Dispatch:
      OS << "\t.dispatch\t";
      break;
  }
  if (Control.Mode == isa::BranchMode::Pred || Control.Mode == isa::BranchMode::Own) {
    printRef(Control.Taken, OS);
    OS << ", ";
  }
  printRef(Control.Next, OS);
  OS << '\n';
}
