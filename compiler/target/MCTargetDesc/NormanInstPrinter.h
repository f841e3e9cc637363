// Prints one operation of a row as assembly text.
#pragma once

#include "llvm/MC/MCInst.h"
#include "llvm/MC/MCInstPrinter.h"
#include "llvm/MC/MCRegister.h"
#include "llvm/Support/raw_ostream.h"

namespace llvm {

class NormanInstPrinter : public MCInstPrinter {
 public:
  using MCInstPrinter::MCInstPrinter;

  void printInst(const MCInst* MI, uint64_t Address, StringRef Annot, const MCSubtargetInfo& STI,
                 raw_ostream& O) override;
  void printRegName(raw_ostream& O, MCRegister Reg) const override { O << getRegisterName(Reg); }

  // Made by TableGen.
  std::pair<const char*, uint64_t> getMnemonic(const MCInst* MI) override;
  void printInstruction(const MCInst* MI, uint64_t Address, raw_ostream& O);
  static const char* getRegisterName(MCRegister Reg);

 private:
  void printOperand(const MCInst* MI, unsigned OpNo, raw_ostream& O);
  void printRegSel(const MCInst* MI, unsigned OpNo, raw_ostream& O);
  void printKeyOp(const MCInst* MI, unsigned OpNo, raw_ostream& O);
  void printOptReg(const MCInst* MI, unsigned OpNo, raw_ostream& O);
  void printGuard(const MCInst* MI, unsigned OpNo, raw_ostream& O);
  void printStateOp(const MCInst* MI, unsigned OpNo, raw_ostream& O);
  void printStateRel(const MCInst* MI, unsigned OpNo, raw_ostream& O);
  void printStateRet(const MCInst* MI, unsigned OpNo, raw_ostream& O);
  void printGatherBase(const MCInst* MI, unsigned OpNo, raw_ostream& O);
  void printGatherSize(const MCInst* MI, unsigned OpNo, raw_ostream& O);
  template <unsigned Width>
  void printNum(const MCInst* MI, unsigned OpNo, raw_ostream& O) {
    O << (static_cast<uint64_t>(MI->getOperand(OpNo).getImm()) & ((uint64_t{1} << Width) - 1));
  }
};

}  // namespace llvm
