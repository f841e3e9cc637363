// Decodes the operations of a row. Which table applies depends on the stage's kind, which the caller gives as
// address.
#include "MCTargetDesc/NormanBaseInfo.h"
#include "MCTargetDesc/NormanMCTargetDesc.h"
#include "TargetInfo/NormanTargetInfo.h"
#include "llvm/ADT/APInt.h"
#include "llvm/MC/MCDecoderOps.h"
#include "llvm/MC/MCDisassembler/MCDisassembler.h"
#include "llvm/MC/MCInst.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/Endian.h"
#include "norman/spec/isa.h"

#define DEBUG_TYPE "norman-disassembler"

using namespace llvm;
using DecodeStatus = MCDisassembler::DecodeStatus;

static constexpr unsigned GPRs[] = {
    Norman::R0,  Norman::R1,  Norman::R2,  Norman::R3,  Norman::R4,  Norman::R5,  Norman::R6,  Norman::R7,
    Norman::R8,  Norman::R9,  Norman::R10, Norman::R11, Norman::R12, Norman::R13, Norman::R14, Norman::R15,
    Norman::R16, Norman::R17, Norman::R18, Norman::R19, Norman::R20, Norman::R21, Norman::R22, Norman::R23};
static constexpr unsigned PRs[] = {Norman::P0, Norman::P1, Norman::P2, Norman::P3,
                                   Norman::P4, Norman::P5, Norman::P6, Norman::P7};

static DecodeStatus DecodeGPRRegisterClass(MCInst& Inst, uint64_t Number, uint64_t, const MCDisassembler*) {
  if (Number >= std::size(GPRs)) return MCDisassembler::Fail;
  Inst.addOperand(MCOperand::createReg(GPRs[Number]));
  return MCDisassembler::Success;
}

static DecodeStatus DecodeGRORegisterClass(MCInst& Inst, uint64_t Number, uint64_t Address, const MCDisassembler* D) {
  if (Number >= norman::isa::kOperandRegisters) return MCDisassembler::Fail;
  return DecodeGPRRegisterClass(Inst, Number, Address, D);
}

static DecodeStatus DecodePRRegisterClass(MCInst& Inst, uint64_t Number, uint64_t, const MCDisassembler*) {
  if (Number >= std::size(PRs)) return MCDisassembler::Fail;
  Inst.addOperand(MCOperand::createReg(PRs[Number]));
  return MCDisassembler::Success;
}

static DecodeStatus decodeRegSel(MCInst& Inst, uint64_t Value, uint64_t Address, const MCDisassembler* D) {
  if ((Value & 7) >= norman::isa::kSelectorNames.size()) return MCDisassembler::Fail;
  const DecodeStatus Status = DecodeGPRRegisterClass(Inst, Value >> 3, Address, D);
  Inst.addOperand(MCOperand::createImm(Value & 7));
  return Status;
}

static DecodeStatus decodeKeyOp(MCInst& Inst, uint64_t Value, uint64_t Address, const MCDisassembler* D) {
  const auto Mode = static_cast<norman::isa::OperandMode>(Value >> 8);
  DecodeStatus Status = MCDisassembler::Success;
  if (Mode == norman::isa::OperandMode::Reg) {
    Status = DecodeGPRRegisterClass(Inst, Value & 31, Address, D);
    if (((Value >> 5) & 7) >= norman::isa::kSelectorNames.size()) return MCDisassembler::Fail;
  } else if (Value >> 8 == 3 || (Value & 0xff) != 0) {
    return MCDisassembler::Fail;
  } else {
    Inst.addOperand(MCOperand::createReg(0));
  }
  Inst.addOperand(MCOperand::createImm(Value >> 5));
  return Status;
}

static DecodeStatus decodeOptReg(MCInst& Inst, uint64_t Value, uint64_t Address, const MCDisassembler* D) {
  if (Value & 0x20) return DecodeGPRRegisterClass(Inst, Value & 0x1f, Address, D);
  Inst.addOperand(MCOperand::createReg(0));
  return Value == 0 ? MCDisassembler::Success : MCDisassembler::Fail;
}

static DecodeStatus decodeOptPR(MCInst& Inst, uint64_t Value, uint64_t Address, const MCDisassembler* D) {
  if (Value & 0x8) return DecodePRRegisterClass(Inst, Value & 7, Address, D);
  Inst.addOperand(MCOperand::createReg(0));
  return Value == 0 ? MCDisassembler::Success : MCDisassembler::Fail;
}

static DecodeStatus decodeGuard(MCInst& Inst, uint64_t Value, uint64_t, const MCDisassembler*) {
  const bool Enabled = Value & 0x10;
  Inst.addOperand(MCOperand::createImm(!Enabled    ? Norman::GuardAlways
                                       : Value & 8 ? Norman::GuardIfNot
                                                   : Norman::GuardIf));
  Inst.addOperand(MCOperand::createReg(Enabled ? PRs[Value & 7] : 0));
  return Enabled || Value == 0 ? MCDisassembler::Success : MCDisassembler::Fail;
}

#include "NormanGenDisassemblerTables.inc"

namespace {

class NormanDisassembler : public MCDisassembler {
 public:
  using MCDisassembler::MCDisassembler;

  DecodeStatus getInstruction(MCInst& Inst, uint64_t& Size, ArrayRef<uint8_t> Bytes, uint64_t Address,
                              raw_ostream&) const override {
    const uint8_t* Table = nullptr;
    Size = 32;
    switch (static_cast<char>(Address)) {
      case 'E':
        Table = DecoderTableE256;
        break;
      case 'R':
        Table = DecoderTableR256;
        break;
      case 'L':
        Table = DecoderTableL256;
        break;
      case 'G':
        Table = DecoderTableG256;
        break;
      case 'S':
        Table = DecoderTableS256;
        break;
      default:
        Size = 8;
        if (Bytes.size() < Size) return Fail;
        return decodeInstruction(DecoderTableLane64, Inst, support::endian::read64le(Bytes.data()), Address,
                                 this, STI);
    }
    if (Bytes.size() < Size) return Fail;
    uint64_t Words[4];
    for (unsigned Word = 0; Word < 4; ++Word)
      Words[Word] = support::endian::read64le(Bytes.data() + 8 * Word);
    return decodeInstruction(Table, Inst, APInt(256, Words), Address, this, STI);
  }
};

}  // namespace

extern "C" void LLVMInitializeNormanDisassembler() {
  TargetRegistry::RegisterMCDisassembler(
      getTheNormanTarget(), [](const Target&, const MCSubtargetInfo& STI, MCContext& Ctx) -> MCDisassembler* {
        return new NormanDisassembler(STI, Ctx);
      });
}
