// How IR becomes operations of the overlay: what is legal, and the calls of overlay_rtl/spec/ir.md.
#pragma once

#include "llvm/CodeGen/TargetLowering.h"

namespace llvm {

class NormanSubtarget;

namespace NormanISD {
enum NodeType : unsigned {
  FIRST = ISD::BUILTIN_OP_END,
  RET,      // chain
  VERDICT,  // chain, word
  ACT,      // chain, bits, perhaps a predicate
  EVENT,    // chain, slot, base, index, perhaps a predicate
  RULES,    // i1 hit, i32 argument, chain = chain, object, key words
  LOOKUP,   // i1 hit, i32 value, chain = chain, object, four key words
  PREFIX,   // as LOOKUP
  GATHER,   // i1 within, i32 value = base, size, index, offset; no chain, it depends on nothing but the packet
  LEARN,
  STATE,  // i1 condition, i32 low, i32 high, chain = chain, object, index, a, b, k (low and high each), step
  EXIT,   // chain, target, value
  MUL16,  // product of two values below 2^16
  CHAIN_LTU,  // comparison of upper words, given that of the lower ones
  CHAIN_LTS,
};
}  // namespace NormanISD

class NormanTargetLowering : public TargetLowering {
 public:
  NormanTargetLowering(const TargetMachine& TM, const NormanSubtarget& STI);

  const char* getTargetNodeName(unsigned Opcode) const override;
  EVT getSetCCResultType(const DataLayout&, LLVMContext&, EVT) const override { return MVT::i1; }
  SDValue LowerOperation(SDValue Op, SelectionDAG& DAG) const override;
  SDValue LowerFormalArguments(SDValue Chain, CallingConv::ID CallConv, bool IsVarArg,
                               const SmallVectorImpl<ISD::InputArg>& Ins, const SDLoc& DL, SelectionDAG& DAG,
                               SmallVectorImpl<SDValue>& InVals) const override;
  SDValue LowerReturn(SDValue Chain, CallingConv::ID CallConv, bool IsVarArg,
                      const SmallVectorImpl<ISD::OutputArg>& Outs, const SmallVectorImpl<SDValue>& OutVals,
                      const SDLoc& DL, SelectionDAG& DAG) const override;
  SDValue LowerCall(CallLoweringInfo& CLI, SmallVectorImpl<SDValue>& InVals) const override;

  // Selectors make narrowing and widening free.
  bool isTruncateFree(Type*, Type*) const override { return true; }
  bool isTruncateFree(EVT, EVT) const override { return true; }
  bool isZExtFree(SDValue, EVT) const override { return false; }
  // A byte or half is shifted by one operation as long as its mask comes first.
  bool isDesirableToCommuteWithShift(const SDNode* N, CombineLevel) const override {
    const SDValue Value = N->getOperand(0);
    const auto* Mask = Value.getOpcode() == ISD::AND ? dyn_cast<ConstantSDNode>(Value.getOperand(1)) : nullptr;
    return !Mask || (Mask->getZExtValue() != 0xff && Mask->getZExtValue() != 0xffff);
  }
  bool shouldConvertConstantLoadToIntImm(const APInt&, Type*) const override { return true; }
  // Entry words are loaded whole; their parts are selectors.
  bool shouldReduceLoadWidth(SDNode*, ISD::LoadExtType, EVT) const override { return false; }
  // A test of one bit is one operation; a shift and a mask are two, and lane 1 has no shifter.
  bool shouldFoldConstantShiftPairToMask(const SDNode*, CombineLevel) const override { return true; }
  bool shouldAvoidTransformToShift(EVT, unsigned) const override { return true; }
  bool convertSetCCLogicToBitwiseLogic(EVT) const override { return false; }
  bool shouldNormalizeToSelectSequence(LLVMContext&, EVT) const override { return false; }

 private:
  SDValue lowerSelectI1(SDValue Op, SelectionDAG& DAG) const;
  SDValue lowerSetCC64(SDValue Op, SelectionDAG& DAG) const;
  SDValue lowerMul(SDValue Op, SelectionDAG& DAG) const;
};

}  // namespace llvm
