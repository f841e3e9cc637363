// Encodes one operation of a row: 64 bits for a lane, 256 for a table or state stage (its control word left
// zero).
#include "MCTargetDesc/NormanBaseInfo.h"
#include "MCTargetDesc/NormanMCTargetDesc.h"
#include "llvm/ADT/APInt.h"
#include "llvm/MC/MCCodeEmitter.h"
#include "llvm/MC/MCContext.h"
#include "llvm/MC/MCInst.h"
#include "llvm/MC/MCInstrInfo.h"
#include "llvm/MC/MCRegisterInfo.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/Support/Endian.h"
#include "norman/spec/isa.h"

using namespace llvm;

namespace {

class NormanMCCodeEmitter : public MCCodeEmitter {
 public:
  NormanMCCodeEmitter(const MCInstrInfo& MCII, MCContext& Ctx) : MCII(MCII), Ctx(Ctx) {}

  void encodeInstruction(const MCInst& MI, SmallVectorImpl<char>& CB, SmallVectorImpl<MCFixup>& Fixups,
                         const MCSubtargetInfo& STI) const override {
    APInt Inst, Scratch;
    getBinaryCodeForInstr(MI, Fixups, Inst, Scratch, STI);
    for (unsigned Word = 0; Word < MCII.get(MI.getOpcode()).getSize() / 8; ++Word) {
      char Bytes[8];
      support::endian::write64le(Bytes, Inst.getRawData()[Word]);
      CB.append(std::begin(Bytes), std::end(Bytes));
    }
  }

 private:
  void getBinaryCodeForInstr(const MCInst& MI, SmallVectorImpl<MCFixup>& Fixups, APInt& Inst, APInt& Scratch,
                             const MCSubtargetInfo& STI) const;

  uint64_t regNumber(const MCOperand& Op) const {
    return Op.getReg() ? Ctx.getRegisterInfo()->getEncodingValue(Op.getReg()) : 0;
  }
  void getMachineOpValue(const MCInst&, const MCOperand& MO, APInt& Op, SmallVectorImpl<MCFixup>&,
                         const MCSubtargetInfo&) const {
    Op = MO.isReg() ? regNumber(MO) : static_cast<uint64_t>(MO.getImm());
  }
  template <unsigned Width>
  void getNumValue(const MCInst& MI, unsigned OpNo, APInt& Op, SmallVectorImpl<MCFixup>&,
                   const MCSubtargetInfo&) const {
    Op = static_cast<uint64_t>(MI.getOperand(OpNo).getImm()) & ((uint64_t{1} << Width) - 1);
  }
  void getRegSelValue(const MCInst& MI, unsigned OpNo, APInt& Op, SmallVectorImpl<MCFixup>&,
                      const MCSubtargetInfo&) const {
    Op = regNumber(MI.getOperand(OpNo)) << 3 | MI.getOperand(OpNo + 1).getImm();
  }
  void getKeyOpValue(const MCInst& MI, unsigned OpNo, APInt& Op, SmallVectorImpl<MCFixup>&,
                     const MCSubtargetInfo&) const {
    Op = static_cast<uint64_t>(MI.getOperand(OpNo + 1).getImm()) << 5 | regNumber(MI.getOperand(OpNo));
  }
  void getOptRegValue(const MCInst& MI, unsigned OpNo, APInt& Op, SmallVectorImpl<MCFixup>&,
                      const MCSubtargetInfo&) const {
    const MCOperand& Reg = MI.getOperand(OpNo);
    Op = Reg.getReg() ? 0x20 | regNumber(Reg) : 0;
  }
  void getOptPRValue(const MCInst& MI, unsigned OpNo, APInt& Op, SmallVectorImpl<MCFixup>&,
                     const MCSubtargetInfo&) const {
    const MCOperand& Reg = MI.getOperand(OpNo);
    Op = Reg.getReg() ? 0x8 | regNumber(Reg) : 0;
  }
  void getGuardValue(const MCInst& MI, unsigned OpNo, APInt& Op, SmallVectorImpl<MCFixup>&,
                     const MCSubtargetInfo&) const {
    const int64_t Sense = MI.getOperand(OpNo).getImm();
    Op = Sense == Norman::GuardAlways
             ? 0
             : 0x10 | (Sense == Norman::GuardIfNot ? 0x8 : 0) | regNumber(MI.getOperand(OpNo + 1));
  }

  const MCInstrInfo& MCII;
  MCContext& Ctx;
};

#include "NormanGenMCCodeEmitter.inc"

}  // namespace

MCCodeEmitter* llvm::createNormanMCCodeEmitter(const MCInstrInfo& MCII, MCContext& Ctx) {
  return new NormanMCCodeEmitter(MCII, Ctx);
}
