// Prints one operation of a row as assembly text.
#include "MCTargetDesc/NormanInstPrinter.h"

#include "MCTargetDesc/NormanBaseInfo.h"
#include "MCTargetDesc/NormanMCTargetDesc.h"
#include "llvm/MC/MCInst.h"
#include "llvm/Support/raw_ostream.h"
#include "norman/spec/isa.h"

using namespace llvm;

#include "NormanGenAsmWriter.inc"

void NormanInstPrinter::printInst(const MCInst* MI, uint64_t Address, StringRef, const MCSubtargetInfo&,
                                  raw_ostream& O) {
  printInstruction(MI, Address, O);
}

static void printSelector(uint64_t Selector, raw_ostream& O) {
  if (Selector != 0 && Selector < norman::isa::kSelectorNames.size()) {
    O << '.' << norman::isa::kSelectorNames[Selector];
  } else if (Selector != 0) {
    O << ".sel" << Selector;
  }
}

void NormanInstPrinter::printOperand(const MCInst* MI, unsigned OpNo, raw_ostream& O) {
  const MCOperand& Op = MI->getOperand(OpNo);
  if (Op.isImm()) {
    O << Op.getImm();
  } else {
    // Predicates that an operation ignores are left out of the machine instruction and encode as p0.
    O << (Op.getReg() ? getRegisterName(Op.getReg()) : "p0");
  }
}

void NormanInstPrinter::printRegSel(const MCInst* MI, unsigned OpNo, raw_ostream& O) {
  printOperand(MI, OpNo, O);
  printSelector(MI->getOperand(OpNo + 1).getImm(), O);
}

void NormanInstPrinter::printKeyOp(const MCInst* MI, unsigned OpNo, raw_ostream& O) {
  const uint64_t Mode = MI->getOperand(OpNo + 1).getImm();
  switch (static_cast<norman::isa::OperandMode>(Mode >> 3)) {
    case norman::isa::OperandMode::Zero:
      O << '0';
      return;
    case norman::isa::OperandMode::Imm:
      O << "imm";
      return;
    case norman::isa::OperandMode::Reg:
      printOperand(MI, OpNo, O);
      printSelector(Mode & 7, O);
      return;
  }
  O << "mode3";
}

void NormanInstPrinter::printOptReg(const MCInst* MI, unsigned OpNo, raw_ostream& O) {
  const MCOperand& Op = MI->getOperand(OpNo);
  O << (Op.getReg() ? getRegisterName(Op.getReg()) : "-");
}

void NormanInstPrinter::printGuard(const MCInst* MI, unsigned OpNo, raw_ostream& O) {
  const int64_t Sense = MI->getOperand(OpNo).getImm();
  if (Sense == Norman::GuardAlways) return;
  O << (Sense == Norman::GuardIf ? " if " : " if !") << getRegisterName(MI->getOperand(OpNo + 1).getReg());
}

template <typename Names>
static void printName(const Names& Table, int64_t Value, raw_ostream& O) {
  if (Value >= 0 && static_cast<size_t>(Value) < Table.size() && !Table[Value].empty()) {
    O << Table[Value];
  } else {
    O << Value;
  }
}

void NormanInstPrinter::printStateOp(const MCInst* MI, unsigned OpNo, raw_ostream& O) {
  printName(norman::isa::kStateOpNames, MI->getOperand(OpNo).getImm(), O);
}
void NormanInstPrinter::printStateRel(const MCInst* MI, unsigned OpNo, raw_ostream& O) {
  printName(norman::isa::kStateRelNames, MI->getOperand(OpNo).getImm(), O);
}
void NormanInstPrinter::printStateRet(const MCInst* MI, unsigned OpNo, raw_ostream& O) {
  printName(norman::isa::kStateRetNames, MI->getOperand(OpNo).getImm(), O);
}
void NormanInstPrinter::printGatherBase(const MCInst* MI, unsigned OpNo, raw_ostream& O) {
  printName(norman::isa::kGatherBaseNames, MI->getOperand(OpNo).getImm(), O);
}
void NormanInstPrinter::printGatherSize(const MCInst* MI, unsigned OpNo, raw_ostream& O) {
  printName(norman::isa::kGatherSizeNames, MI->getOperand(OpNo).getImm(), O);
}
