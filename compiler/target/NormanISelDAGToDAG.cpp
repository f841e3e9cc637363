// Selection of what TableGen's patterns cannot say: selectors, entry words, carries, lookup and state rows.
#include "MCTargetDesc/NormanBaseInfo.h"
#include "Norman.h"
#include "NormanSubtarget.h"
#include "NormanTargetMachine.h"
#include "llvm/CodeGen/SelectionDAGISel.h"
#include "norman/spec/isa.h"

#define DEBUG_TYPE "norman-isel"

using namespace llvm;
namespace isa = norman::isa;

namespace {

class NormanDAGToDAGISel : public SelectionDAGISel {
 public:
  NormanDAGToDAGISel(NormanTargetMachine& TM) : SelectionDAGISel(TM, TM.getOptLevel()) {}

 private:
#include "NormanGenDAGISel.inc"

  void Select(SDNode* N) override;

  /// Splits N into a register and the part of it that N is. Always succeeds: the whole of N is a part.
  bool selectRegSel(SDValue N, SDValue& Reg, SDValue& Sel);

  void selectEntryWord(SDNode* N);
  void selectCarry(SDNode* N, unsigned RR, unsigned RI, bool CarryIn);
  void selectEvent(SDNode* N);
  void selectExit(SDNode* N);
  void selectLookup(SDNode* N, unsigned Opcode);
  void selectGather(SDNode* N);
  void selectRules(SDNode* N);
  void selectVerdict(SDNode* N);
  void selectLearn(SDNode* N);
  void selectState(SDNode* N);

  SDValue number(uint64_t Value, SDNode* N) { return CurDAG->getTargetConstant(Value, SDLoc(N), MVT::i32); }
  /// Appends the guard of an operation: always, or what operand Predicate of N says if there is one.
  void addGuard(SmallVectorImpl<SDValue>& Ops, SDNode* N, unsigned Predicate = ~0u);
  /// Appends V as operand of a wide row. The row has one immediate; a second value is made in a register.
  void addKey(SmallVectorImpl<SDValue>& Ops, SDValue V, SDNode* N, std::optional<uint32_t>& Immediate);
};

class NormanDAGToDAGISelLegacy : public SelectionDAGISelLegacy {
 public:
  static char ID;
  explicit NormanDAGToDAGISelLegacy(NormanTargetMachine& TM)
      : SelectionDAGISelLegacy(ID, std::make_unique<NormanDAGToDAGISel>(TM)) {}
  StringRef getPassName() const override { return "Norman instruction selection"; }
};

}  // namespace

char NormanDAGToDAGISelLegacy::ID = 0;

FunctionPass* llvm::createNormanISelDag(NormanTargetMachine& TM) { return new NormanDAGToDAGISelLegacy(TM); }

bool NormanDAGToDAGISel::selectRegSel(SDValue N, SDValue& Reg, SDValue& Sel) {
  Reg = N;
  unsigned Shift = 0, Width = 32;
  if (N.getOpcode() == ISD::AND) {
    const auto* Mask = dyn_cast<ConstantSDNode>(N.getOperand(1));
    if (Mask && (Mask->getZExtValue() == 0xff || Mask->getZExtValue() == 0xffff)) {
      Width = Mask->getZExtValue() == 0xff ? 8 : 16;
      Reg = N.getOperand(0);
    }
  }
  if (Reg.getOpcode() == ISD::SRL) {
    const auto* Amount = dyn_cast<ConstantSDNode>(Reg.getOperand(1));
    const uint64_t By = Amount ? Amount->getZExtValue() : 0;
    // (x >> 8) & 0xff, (x >> 16) & 0xffff, x >> 24, x >> 16; what the mask lets through must be a part.
    if (By != 0 && By % 8 == 0 && By < 32) {
      const unsigned Have = std::min<unsigned>(Width, 32 - By);
      if ((Have == 8 && By % 8 == 0) || (Have == 16 && By == 16)) {
        Shift = By;
        Width = Have;
        Reg = Reg.getOperand(0);
      }
    }
  }
  if (Width == 32 || isa<ConstantSDNode>(Reg)) {
    Reg = N;
    Width = 32;
  }
  isa::Selector Selector = isa::Selector::W;
  if (Width == 8) Selector = static_cast<isa::Selector>(static_cast<unsigned>(isa::Selector::B0) + Shift / 8);
  if (Width == 16) Selector = Shift == 0 ? isa::Selector::H0 : isa::Selector::H1;
  Sel = number(static_cast<unsigned>(Selector), N.getNode());
  return true;
}

void NormanDAGToDAGISel::addGuard(SmallVectorImpl<SDValue>& Ops, SDNode* N, unsigned Predicate) {
  if (Predicate >= N->getNumOperands()) {
    Ops.push_back(number(Norman::GuardAlways, N));
    Ops.push_back(CurDAG->getRegister(0, MVT::i1));
    return;
  }
  // The combiner turns the exclusive or with one into a comparison.
  SDValue P = N->getOperand(Predicate);
  bool Negated = false;
  for (;;) {
    const unsigned Opcode = P.getOpcode();
    if ((Opcode != ISD::XOR && Opcode != ISD::SETCC) || P.getOperand(0).getValueType() != MVT::i1) break;
    const auto* C = dyn_cast<ConstantSDNode>(P.getOperand(1));
    if (!C) break;
    bool Flips = C->getZExtValue() & 1;  // x ^ 1, x != 1
    if (Opcode == ISD::SETCC) {
      const ISD::CondCode CC = cast<CondCodeSDNode>(P.getOperand(2))->get();
      if (CC != ISD::SETEQ && CC != ISD::SETNE) break;
      Flips ^= CC == ISD::SETEQ;
    }
    Negated ^= Flips;
    P = P.getOperand(0);
  }
  Ops.push_back(number(Negated ? Norman::GuardIfNot : Norman::GuardIf, N));
  Ops.push_back(P);
}

void NormanDAGToDAGISel::Select(SDNode* N) {
  if (N->isMachineOpcode()) {
    N->setNodeId(-1);
    return;
  }
  switch (N->getOpcode()) {
    case ISD::LOAD:
      return selectEntryWord(N);
    case ISD::UADDO:
      return selectCarry(N, Norman::ADDCrr, Norman::ADDCri, false);
    case ISD::USUBO:
      return selectCarry(N, Norman::SUBCrr, Norman::SUBCri, false);
    case ISD::UADDO_CARRY:
      return selectCarry(N, Norman::ADDErr, Norman::ADDEri, true);
    case ISD::USUBO_CARRY:
      return selectCarry(N, Norman::SUBErr, Norman::SUBEri, true);
    case NormanISD::VERDICT:
      return selectVerdict(N);
    case NormanISD::ACT: {
      SmallVector<SDValue, 4> Ops{N->getOperand(1)};
      addGuard(Ops, N, 2);
      Ops.push_back(N->getOperand(0));
      CurDAG->SelectNodeTo(N, Norman::ACT, MVT::Other, Ops);
      return;
    }
    case NormanISD::EVENT:
      return selectEvent(N);
    case NormanISD::EXIT:
      return selectExit(N);
    case NormanISD::LOOKUP:
      return selectLookup(N, Norman::LOOKUP);
    case NormanISD::PREFIX:
      return selectLookup(N, Norman::PREFIX);
    case NormanISD::GATHER:
      return selectGather(N);
    case NormanISD::RULES:
      return selectRules(N);
    case NormanISD::LEARN:
      return selectLearn(N);
    case NormanISD::STATE:
      return selectState(N);
    default:
      SelectCode(N);
  }
}

void NormanDAGToDAGISel::selectEntryWord(SDNode* N) {
  // NormanPrepareIR leaves only whole words at constant offsets.
  const auto* Load = cast<LoadSDNode>(N);
  assert(Load->getMemoryVT() == MVT::i32 && "entry words are loaded whole");
  const unsigned Word = cast<ConstantSDNode>(Load->getBasePtr())->getZExtValue() / 4;
  static constexpr unsigned Opcodes[] = {Norman::LDCTX0, Norman::LDCTX1, Norman::LDCTX2};
  SDNode* Entry =
      CurDAG->getMachineNode(Opcodes[Word % isa::kEntryBanks], SDLoc(N), MVT::i32, number(Word, N));
  ReplaceUses(SDValue(N, 0), SDValue(Entry, 0));
  ReplaceUses(SDValue(N, 1), Load->getChain());
  CurDAG->RemoveDeadNode(N);
}

void NormanDAGToDAGISel::selectCarry(SDNode* N, unsigned RR, unsigned RI, bool CarryIn) {
  SDValue A = N->getOperand(0), B = N->getOperand(1), Sel;
  const bool Commutes = N->getOpcode() == ISD::UADDO || N->getOpcode() == ISD::UADDO_CARRY;
  if (Commutes && isa<ConstantSDNode>(A)) std::swap(A, B);
  SmallVector<SDValue, 8> Ops;
  SDValue Reg;
  selectRegSel(A, Reg, Sel);
  Ops.append({Reg, Sel});
  const auto* Constant = dyn_cast<ConstantSDNode>(B);
  if (Constant) {
    Ops.push_back(number(Constant->getZExtValue(), N));
  } else {
    selectRegSel(B, Reg, Sel);
    Ops.append({Reg, Sel});
  }
  if (CarryIn) Ops.push_back(N->getOperand(2));
  addGuard(Ops, N);
  CurDAG->SelectNodeTo(N, Constant ? RI : RR, MVT::i32, MVT::i1, Ops);
}

void NormanDAGToDAGISel::selectEvent(SDNode* N) {
  const SDValue Index = N->getOperand(3);
  SmallVector<SDValue, 8> Ops{N->getOperand(1)};
  const auto* Constant = dyn_cast<ConstantSDNode>(Index);
  if (Constant && Constant->getZExtValue() >= cast<ConstantSDNode>(N->getOperand(4))->getZExtValue()) {
    ReplaceUses(SDValue(N, 0), N->getOperand(0));
    CurDAG->RemoveDeadNode(N);
    return;
  }
  if (Constant) {
    Ops.push_back(
        number(cast<ConstantSDNode>(N->getOperand(2))->getZExtValue() + Constant->getZExtValue(), N));
  } else {
    SDValue Reg, Sel;
    selectRegSel(Index, Reg, Sel);
    Ops.append({Reg, Sel, N->getOperand(2)});
  }
  addGuard(Ops, N, 5);
  Ops.push_back(N->getOperand(0));
  CurDAG->SelectNodeTo(N, Constant ? Norman::EVENT : Norman::EVENTX, MVT::Other, Ops);
}

void NormanDAGToDAGISel::selectExit(SDNode* N) {
  if (N->getOperand(2).isUndef()) {
    ReplaceUses(SDValue(N, 0), N->getOperand(0));
    CurDAG->RemoveDeadNode(N);
    return;
  }
  static constexpr unsigned Opcodes[] = {Norman::EXITMAP0, Norman::EXITMAP1, Norman::EXITMAP2,
                                         Norman::EXITMAP3, Norman::EXITMAP4, Norman::EXITMAP5};
  static_assert(std::size(Opcodes) == isa::kExitBanks);
  const uint64_t Target = cast<ConstantSDNode>(N->getOperand(1))->getZExtValue();
  SDValue Reg = N->getOperand(2), Sel = number(static_cast<unsigned>(isa::Selector::W), N);
  // Targets as wide as a register take it whole.
  if (isa::kExitTargetWidths[Target] < 32) selectRegSel(Reg, Reg, Sel);
  const SDValue Ops[] = {N->getOperand(1), Reg, Sel, N->getOperand(0)};
  CurDAG->SelectNodeTo(N, Opcodes[Target % isa::kExitBanks], MVT::Other, Ops);
}

void NormanDAGToDAGISel::addKey(SmallVectorImpl<SDValue>& Ops, SDValue V, SDNode* N,
                                std::optional<uint32_t>& Immediate) {
  const auto Mode = [&](isa::OperandMode M) {
    return number(Norman::keyMode(static_cast<unsigned>(M), 0), N);
  };
  const SDValue None = CurDAG->getRegister(0, MVT::i32);
  if (const auto* Constant = dyn_cast<ConstantSDNode>(V)) {
    const auto Value = static_cast<uint32_t>(Constant->getZExtValue());
    if (Value == 0) {
      Ops.append({None, Mode(isa::OperandMode::Zero)});
      return;
    }
    if (!Immediate || *Immediate == Value) {
      Immediate = Value;
      Ops.append({None, Mode(isa::OperandMode::Imm)});
      return;
    }
  }
  if (V.isUndef()) {
    Ops.append({None, Mode(isa::OperandMode::Zero)});
    return;
  }
  SDValue Reg, Sel;
  selectRegSel(V, Reg, Sel);
  const unsigned Selector = cast<ConstantSDNode>(Sel)->getZExtValue();
  Ops.append({Reg, number(Norman::keyMode(static_cast<unsigned>(isa::OperandMode::Reg), Selector), N)});
}

void NormanDAGToDAGISel::selectLookup(SDNode* N, unsigned Opcode) {
  // Results of the node are {hit, value}, those of the instruction {rd, pd}. The table id is set after
  // placement; until then the object's number stands there.
  std::optional<uint32_t> Immediate;
  SmallVector<SDValue, 16> Ops{N->getOperand(1)};
  for (unsigned Key = 0; Key < isa::kExactKeyWords; ++Key) addKey(Ops, N->getOperand(2 + Key), N, Immediate);
  Ops.append({number(Immediate.value_or(0), N), number(0, N)});
  addGuard(Ops, N);
  Ops.push_back(N->getOperand(0));
  SDNode* Row = CurDAG->getMachineNode(Opcode, SDLoc(N), {MVT::i32, MVT::i1, MVT::Other}, Ops);
  ReplaceUses(SDValue(N, 0), SDValue(Row, 1));
  ReplaceUses(SDValue(N, 1), SDValue(Row, 0));
  ReplaceUses(SDValue(N, 2), SDValue(Row, 2));
  CurDAG->RemoveDeadNode(N);
}

/// A constant that is added to the index goes into the offset: the sum of both does not wrap either.
void NormanDAGToDAGISel::selectGather(SDNode* N) {
  SDValue Index = N->getOperand(2);
  uint64_t Offset = cast<ConstantSDNode>(N->getOperand(3))->getZExtValue();
  const auto Add = [&](SDValue V) {
    const auto* Constant = dyn_cast<ConstantSDNode>(V);
    if (!Constant || Offset + Constant->getZExtValue() > UINT32_MAX) return false;
    Offset += Constant->getZExtValue();
    return true;
  };
  if (Index.getOpcode() == ISD::ADD &&
      CurDAG->computeOverflowForUnsignedAdd(Index.getOperand(0), Index.getOperand(1)) == SelectionDAG::OFK_Never &&
      Add(Index.getOperand(1)))
    Index = Index.getOperand(0);
  if (Add(Index)) Index = CurDAG->getConstant(0, SDLoc(N), MVT::i32);
  std::optional<uint32_t> Immediate;
  SmallVector<SDValue, 10> Ops{N->getOperand(0), N->getOperand(1)};
  addKey(Ops, Index, N, Immediate);
  Ops.push_back(number(Immediate.value_or(Offset), N));
  addGuard(Ops, N);
  SDNode* Row = CurDAG->getMachineNode(Norman::GATHER, SDLoc(N), {MVT::i32, MVT::i1}, Ops);
  ReplaceUses(SDValue(N, 0), SDValue(Row, 1));
  ReplaceUses(SDValue(N, 1), SDValue(Row, 0));
  CurDAG->RemoveDeadNode(N);
}

/// A word that is constant, or one that a rule table gave.
void NormanDAGToDAGISel::selectVerdict(SDNode* N) {
  const auto* Constant = dyn_cast<ConstantSDNode>(N->getOperand(1));
  SmallVector<SDValue, 6> Ops;
  if (Constant) {
    Ops.push_back(number(Constant->getZExtValue(), N));
  } else {
    SDValue Reg, Sel;
    selectRegSel(N->getOperand(1), Reg, Sel);
    Ops.append({Reg, Sel});
  }
  addGuard(Ops, N, 2);
  Ops.push_back(N->getOperand(0));
  CurDAG->SelectNodeTo(N, Constant ? Norman::VERDICT : Norman::VERDICTr, MVT::Other, Ops);
}

/// Key words come whole from registers of their bank, or are zero.
void NormanDAGToDAGISel::selectRules(SDNode* N) {
  static constexpr unsigned Banks[] = {Norman::GRK0RegClassID, Norman::GRK1RegClassID, Norman::GRK2RegClassID,
                                       Norman::GRK3RegClassID, Norman::GRK4RegClassID, Norman::GRK5RegClassID};
  static_assert(std::size(Banks) == isa::kRuleKeyBanks);
  SmallVector<SDValue, 36> Ops{N->getOperand(1)};
  for (unsigned Key = 0; Key < isa::kRuleKeyWords; ++Key) {
    const SDValue Word = N->getOperand(2 + Key);
    const auto* Constant = dyn_cast<ConstantSDNode>(Word);
    if (Word.isUndef() || (Constant && Constant->isZero())) {
      Ops.append({CurDAG->getRegister(0, MVT::i32), number(Norman::keyMode(static_cast<unsigned>(isa::OperandMode::Zero), 0), N)});
      continue;
    }
    SDNode* Copy = CurDAG->getMachineNode(TargetOpcode::COPY_TO_REGCLASS, SDLoc(N), MVT::i32, Word,
                                          number(Banks[Key % isa::kRuleKeyBanks], N));
    Ops.append({SDValue(Copy, 0), number(Norman::keyMode(static_cast<unsigned>(isa::OperandMode::Reg),
                                                         static_cast<unsigned>(isa::Selector::W)), N)});
  }
  Ops.push_back(number(0, N));  // dispatch base
  addGuard(Ops, N, N->getNumOperands());
  Ops.push_back(N->getOperand(0));
  SDNode* Row = CurDAG->getMachineNode(Norman::RULE, SDLoc(N), {MVT::i32, MVT::i32, MVT::i1, MVT::Other}, Ops);
  ReplaceUses(SDValue(N, 0), SDValue(Row, 2));
  ReplaceUses(SDValue(N, 1), SDValue(Row, 0));
  ReplaceUses(SDValue(N, 2), SDValue(Row, 1));
  ReplaceUses(SDValue(N, 3), SDValue(Row, 3));
  CurDAG->RemoveDeadNode(N);
}

void NormanDAGToDAGISel::selectLearn(SDNode* N) {
  // As a lookup; the table's size is set after placement too. The immediate is the timeout.
  std::optional<uint32_t> Immediate = cast<ConstantSDNode>(N->getOperand(8))->getZExtValue();
  const uint64_t Mode = cast<ConstantSDNode>(N->getOperand(9))->getZExtValue();
  // What never expires and gives way to nothing does not care for the time: some other register will do for it.
  SDValue Now = N->getOperand(6);
  const auto Has = [Mode](isa::LearnMode Bit) { return (Mode >> static_cast<unsigned>(Bit) & 1) != 0; };
  if (isa<ConstantSDNode>(Now) && Has(isa::LearnMode::Ever) && !Has(isa::LearnMode::Replace)) {
    for (unsigned Key = 0; Key < isa::kExactKeyWords; ++Key) {
      const SDValue Word = N->getOperand(2 + Key);
      if (!isa<ConstantSDNode>(Word) && !Word.isUndef()) Now = Word;
    }
  }
  // Nor for the byte what writes none.
  const bool Writes = Has(isa::LearnMode::Insert) || Has(isa::LearnMode::Touch);
  const SDValue Byte = Writes && Has(isa::LearnMode::Byte) ? N->getOperand(7) : Now;
  SmallVector<SDValue, 18> Ops{N->getOperand(1), number(0, N), number(Mode, N), Now, Byte};
  for (unsigned Key = 0; Key < isa::kExactKeyWords; ++Key) addKey(Ops, N->getOperand(2 + Key), N, Immediate);
  Ops.push_back(number(*Immediate, N));
  addGuard(Ops, N);
  Ops.push_back(N->getOperand(0));
  SDNode* Row = CurDAG->getMachineNode(Norman::LEARN, SDLoc(N), {MVT::i32, MVT::i1, MVT::Other}, Ops);
  ReplaceUses(SDValue(N, 0), SDValue(Row, 1));
  ReplaceUses(SDValue(N, 1), SDValue(Row, 0));
  ReplaceUses(SDValue(N, 2), SDValue(Row, 2));
  CurDAG->RemoveDeadNode(N);
}

void NormanDAGToDAGISel::selectState(SDNode* N) {
  // Base and bound are set after placement; until then the object's number stands in the place of the base.
  const uint64_t Step = cast<ConstantSDNode>(N->getOperand(9))->getZExtValue();
  std::optional<uint32_t> Immediate;
  SmallVector<SDValue, 32> Ops{N->getOperand(1)};
  addKey(Ops, N->getOperand(2), N, Immediate);
  Ops.push_back(number(0, N));
  Ops.push_back(number(Step >> 8 & 7, N));   // rel
  Ops.push_back(number(Step & 15, N));       // f
  Ops.push_back(number(Step >> 4 & 15, N));  // g
  Ops.push_back(number(Step >> 11 & 3, N));  // ret
  for (unsigned I = 3; I < 9; ++I) addKey(Ops, N->getOperand(I), N, Immediate);
  Ops.push_back(number(Immediate.value_or(0), N));
  addGuard(Ops, N);
  Ops.push_back(N->getOperand(0));
  SDNode* Row =
      CurDAG->getMachineNode(Norman::STATE, SDLoc(N), {MVT::i32, MVT::i32, MVT::i1, MVT::Other}, Ops);
  ReplaceUses(SDValue(N, 0), SDValue(Row, 2));
  ReplaceUses(SDValue(N, 1), SDValue(Row, 0));
  ReplaceUses(SDValue(N, 2), SDValue(Row, 1));
  ReplaceUses(SDValue(N, 3), SDValue(Row, 3));
  CurDAG->RemoveDeadNode(N);
}
