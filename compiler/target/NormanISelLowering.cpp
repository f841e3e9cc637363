// How IR becomes operations of the overlay: what is legal, and the calls of overlay_rtl/spec/ir.md.
#include "NormanISelLowering.h"

#include "Norman.h"
#include "NormanMachineFunctionInfo.h"
#include "NormanSubtarget.h"
#include "llvm/CodeGen/SelectionDAG.h"
#include "llvm/CodeGen/TargetLoweringObjectFileImpl.h"
#include "llvm/IR/InstrTypes.h"
#include "llvm/Support/KnownBits.h"

using namespace llvm;

NormanTargetLowering::NormanTargetLowering(const TargetMachine& TM, const NormanSubtarget& STI)
    : TargetLowering(TM) {
  addRegisterClass(MVT::i32, &Norman::GPRRegClass);
  addRegisterClass(MVT::i1, &Norman::PRRegClass);
  computeRegisterProperties(STI.getRegisterInfo());

  setBooleanContents(ZeroOrOneBooleanContent);
  setMinimumJumpTableEntries(INT_MAX);
  // A condition stays one value: `a && b` is a chain of comparisons, not two branches.
  setJumpIsExpensive(true);
  setSchedulingPreference(Sched::Source);

  for (MVT VT : {MVT::i1, MVT::i32}) {
    for (unsigned Op : {ISD::BR_CC, ISD::SELECT_CC, ISD::BR_JT}) setOperationAction(Op, VT, Expand);
  }
  setOperationAction(ISD::BR_JT, MVT::Other, Expand);
  for (unsigned Op :
       {ISD::ROTL,      ISD::ROTR,      ISD::FSHL,       ISD::FSHR,      ISD::CTPOP,   ISD::CTLZ,
        ISD::CTTZ,      ISD::BSWAP,     ISD::BITREVERSE, ISD::SMIN,      ISD::SMAX,    ISD::ABS,
        ISD::SHL_PARTS, ISD::SRL_PARTS, ISD::SRA_PARTS,  ISD::MULHU,     ISD::MULHS,   ISD::UMUL_LOHI,
        ISD::SMUL_LOHI, ISD::SDIVREM,   ISD::UDIVREM,    ISD::USUBSAT,   ISD::UADDSAT, ISD::SADDO,
        ISD::SSUBO,     ISD::UMULO,     ISD::SMULO,      ISD::SETCCCARRY}) {
    setOperationAction(Op, MVT::i32, Expand);
  }
  for (MVT VT : {MVT::i1, MVT::i8, MVT::i16}) setOperationAction(ISD::SIGN_EXTEND_INREG, VT, Expand);
  for (unsigned Op : {ISD::UMIN, ISD::UMAX, ISD::UADDO, ISD::USUBO, ISD::UADDO_CARRY, ISD::USUBO_CARRY}) {
    setOperationAction(Op, MVT::i32, Legal);
  }
  for (MVT Part : {MVT::i1, MVT::i8, MVT::i16}) {
    for (unsigned Ext : {ISD::EXTLOAD, ISD::ZEXTLOAD, ISD::SEXTLOAD})
      setLoadExtAction(Ext, MVT::i32, Part, Expand);
  }
  setOperationAction(ISD::MUL, MVT::i32, Custom);
  setOperationAction(ISD::SELECT, MVT::i1, Custom);
  setOperationAction(ISD::SETCC, MVT::i64, Custom);
  // The rest of the relations between predicates is made of select and xor by NormanPrepareIR.
  for (ISD::CondCode CC : {ISD::SETGT, ISD::SETLE}) setCondCodeAction(CC, MVT::i1, Expand);
}

const char* NormanTargetLowering::getTargetNodeName(unsigned Opcode) const {
  switch (static_cast<NormanISD::NodeType>(Opcode)) {
    case NormanISD::FIRST:
      break;
    case NormanISD::RET:
      return "NormanISD::RET";
    case NormanISD::VERDICT:
      return "NormanISD::VERDICT";
    case NormanISD::ACT:
      return "NormanISD::ACT";
    case NormanISD::EVENT:
      return "NormanISD::EVENT";
    case NormanISD::RULES:
      return "NormanISD::RULES";
    case NormanISD::LOOKUP:
      return "NormanISD::LOOKUP";
    case NormanISD::PREFIX:
      return "NormanISD::PREFIX";
    case NormanISD::GATHER:
      return "NormanISD::GATHER";
    case NormanISD::LEARN:
      return "NormanISD::LEARN";
    case NormanISD::STATE:
      return "NormanISD::STATE";
    case NormanISD::EXIT:
      return "NormanISD::EXIT";
    case NormanISD::MUL16:
      return "NormanISD::MUL16";
    case NormanISD::CHAIN_LTU:
      return "NormanISD::CHAIN_LTU";
    case NormanISD::CHAIN_LTS:
      return "NormanISD::CHAIN_LTS";
  }
  return nullptr;
}

SDValue NormanTargetLowering::LowerOperation(SDValue Op, SelectionDAG& DAG) const {
  switch (Op.getOpcode()) {
    case ISD::SELECT:
      return lowerSelectI1(Op, DAG);
    case ISD::SETCC:
      return lowerSetCC64(Op, DAG);
    case ISD::MUL:
      return lowerMul(Op, DAG);
    default:
      llvm_unreachable("no custom lowering was asked for");
  }
}

SDValue NormanTargetLowering::lowerSelectI1(SDValue Op, SelectionDAG& DAG) const {
  const SDLoc DL(Op);
  const SDValue Cond = Op.getOperand(0);
  const SDValue Yes = DAG.getNode(ISD::AND, DL, MVT::i1, Op.getOperand(1), Cond);
  const SDValue No = DAG.getNode(ISD::AND, DL, MVT::i1, Op.getOperand(2), DAG.getNOT(DL, Cond, MVT::i1));
  return DAG.getNode(ISD::OR, DL, MVT::i1, Yes, No);
}

/// Compares word by word from the lower one: two operations, where subtraction and selects take four or more.
SDValue NormanTargetLowering::lowerSetCC64(SDValue Op, SelectionDAG& DAG) const {
  const SDLoc DL(Op);
  SDValue A = Op.getOperand(0), B = Op.getOperand(1);
  ISD::CondCode CC = cast<CondCodeSDNode>(Op.getOperand(2))->get();
  const auto Words = [&](SDValue V) {
    return std::pair(DAG.getNode(ISD::EXTRACT_ELEMENT, DL, MVT::i32, V, DAG.getIntPtrConstant(0, DL)),
                     DAG.getNode(ISD::EXTRACT_ELEMENT, DL, MVT::i32, V, DAG.getIntPtrConstant(1, DL)));
  };
  if (CC == ISD::SETEQ || CC == ISD::SETNE) {
    const auto [ALo, AHi] = Words(A);
    const auto [BLo, BHi] = Words(B);
    return DAG.getNode(CC == ISD::SETEQ ? ISD::AND : ISD::OR, DL, MVT::i1,
                       DAG.getSetCC(DL, MVT::i1, ALo, BLo, CC), DAG.getSetCC(DL, MVT::i1, AHi, BHi, CC));
  }
  // Everything is a < b, with operands swapped and result inverted as needed.
  bool Invert = false;
  switch (CC) {
    case ISD::SETUGT:
    case ISD::SETGT:
      std::swap(A, B);
      break;
    case ISD::SETUGE:
    case ISD::SETGE:
      Invert = true;
      break;
    case ISD::SETULE:
    case ISD::SETLE:
      std::swap(A, B);
      Invert = true;
      break;
    default:
      break;
  }
  const auto [ALo, AHi] = Words(A);
  const auto [BLo, BHi] = Words(B);
  const SDValue Low = DAG.getSetCC(DL, MVT::i1, ALo, BLo, ISD::SETULT);
  const SDValue Less = DAG.getNode(ISD::isSignedIntSetCC(CC) ? NormanISD::CHAIN_LTS : NormanISD::CHAIN_LTU,
                                   DL, MVT::i1, AHi, BHi, Low);
  return Invert ? DAG.getNOT(DL, Less, MVT::i1) : Less;
}

/// A product modulo 2^32 from at most three products of halves; those known to be zero are left out.
SDValue NormanTargetLowering::lowerMul(SDValue Op, SelectionDAG& DAG) const {
  const SDLoc DL(Op);
  const SDValue A = Op.getOperand(0), B = Op.getOperand(1);
  const auto IsHalf = [&](SDValue V) { return DAG.computeKnownBits(V).countMinLeadingZeros() >= 16; };
  const auto Low = [&](SDValue V) {
    return IsHalf(V) ? V : DAG.getNode(ISD::AND, DL, MVT::i32, V, DAG.getConstant(0xffff, DL, MVT::i32));
  };
  const auto High = [&](SDValue V) {
    return DAG.getNode(ISD::SRL, DL, MVT::i32, V, DAG.getConstant(16, DL, MVT::i32));
  };
  const auto Mul = [&](SDValue X, SDValue Y) { return DAG.getNode(NormanISD::MUL16, DL, MVT::i32, X, Y); };
  SDValue Upper;
  if (!IsHalf(A)) Upper = Mul(High(A), Low(B));
  if (!IsHalf(B)) {
    const SDValue Cross = Mul(Low(A), High(B));
    Upper = Upper ? DAG.getNode(ISD::ADD, DL, MVT::i32, Upper, Cross) : Cross;
  }
  const SDValue Product = Mul(Low(A), Low(B));
  if (!Upper) return Product;
  return DAG.getNode(ISD::ADD, DL, MVT::i32, Product,
                     DAG.getNode(ISD::SHL, DL, MVT::i32, Upper, DAG.getConstant(16, DL, MVT::i32)));
}

SDValue NormanTargetLowering::LowerFormalArguments(SDValue Chain, CallingConv::ID, bool,
                                                   const SmallVectorImpl<ISD::InputArg>& Ins, const SDLoc& DL,
                                                   SelectionDAG& DAG,
                                                   SmallVectorImpl<SDValue>& InVals) const {
  // The context begins at address 0 of its address space; NormanCheckIR has seen that it is the only
  // argument.
  for (const ISD::InputArg& In : Ins) InVals.push_back(DAG.getConstant(0, DL, In.VT));
  return Chain;
}

SDValue NormanTargetLowering::LowerReturn(SDValue Chain, CallingConv::ID, bool,
                                          const SmallVectorImpl<ISD::OutputArg>&,
                                          const SmallVectorImpl<SDValue>&, const SDLoc& DL,
                                          SelectionDAG& DAG) const {
  return DAG.getNode(NormanISD::RET, DL, MVT::Other, Chain);
}

SDValue NormanTargetLowering::LowerCall(CallLoweringInfo& CLI, SmallVectorImpl<SDValue>& InVals) const {
  SelectionDAG& DAG = CLI.DAG;
  const SDLoc& DL = CLI.DL;
  CLI.IsTailCall = false;
  const Function* Callee = CLI.CB ? CLI.CB->getCalledFunction() : nullptr;
  const MachineFunction& MF = DAG.getMachineFunction();
  StringRef Name = Callee ? Callee->getName() : "";
  // The checks of NormanCheckIR hold here: every call is one of these, constants are constant.
  const auto Constant = [&](unsigned I) {
    return DAG.getTargetConstant(cast<ConstantSDNode>(CLI.OutVals[I])->getZExtValue(), DL, MVT::i32);
  };
  const auto& Info = *MF.getInfo<NormanMachineFunctionInfo>();
  if (Name == "norman.verdict")
    return DAG.getNode(NormanISD::VERDICT, DL, MVT::Other, CLI.Chain, Constant(0));
  if (Name == "norman.verdict.word")
    return DAG.getNode(NormanISD::VERDICT, DL, MVT::Other, CLI.Chain, CLI.OutVals[0]);
  // An event or act may depend on a predicate: a last operand that the others do not have.
  SmallVector<SDValue, 1> Guard;
  if (Name.starts_with(NormanIfPrefix)) {
    Guard.push_back(CLI.OutVals.back());
    Name = Name.drop_front(strlen(NormanIfPrefix));
  } else {
    Name.consume_front("norman.");
  }
  const auto Node = [&](unsigned Opcode, ArrayRef<SDValue> Operands) {
    SmallVector<SDValue, 6> Ops{CLI.Chain};
    Ops.append(Operands.begin(), Operands.end());
    Ops.append(Guard);
    return DAG.getNode(Opcode, DL, MVT::Other, Ops);
  };
  if (Name == "act") return Node(NormanISD::ACT, {Constant(0)});
  if (Name == "exit")
    return DAG.getNode(NormanISD::EXIT, DL, MVT::Other, CLI.Chain, Constant(0), CLI.OutVals[1]);
  if (Name.consume_front("event.")) {
    const auto* Slot = mdconst::extract<ConstantInt>(CLI.CB->getMetadata(NormanSlotMetadata)->getOperand(0));
    // How many ids the object has: what is only now seen to be constant may lie outside of them, on a path that none takes.
    const auto Object = llvm::find_if(Info.Objects, [&](const NormanObject& O) { return O.Name == Name; });
    const uint64_t Size = Object == Info.Objects.end() ? UINT32_MAX : Object->Record.size;
    return Node(NormanISD::EVENT, {DAG.getTargetConstant(Slot->getZExtValue(), DL, MVT::i32), Constant(0), CLI.OutVals[1],
                                   DAG.getTargetConstant(Size, DL, MVT::i32)});
  }
  const bool Prefix = Name.consume_front("prefix.");
  if (Prefix || Name.consume_front("lookup.")) {
    SmallVector<SDValue, 6> Ops{CLI.Chain, DAG.getTargetConstant(Info.objectNumber(Name), DL, MVT::i32)};
    Ops.append(CLI.OutVals.begin(), CLI.OutVals.end());
    const SDValue Node =
        DAG.getNode(Prefix ? NormanISD::PREFIX : NormanISD::LOOKUP, DL, DAG.getVTList(MVT::i1, MVT::i32, MVT::Other), Ops);
    InVals.append({Node.getValue(0), Node.getValue(1)});
    return Node.getValue(2);
  }
  if (Name == "gather") {
    const SDValue Node = DAG.getNode(NormanISD::GATHER, DL, DAG.getVTList(MVT::i1, MVT::i32),
                                     {Constant(0), Constant(1), CLI.OutVals[2], Constant(3)});
    InVals.append({Node.getValue(0), Node.getValue(1)});
    return CLI.Chain;
  }
  if (Name.consume_front("rules.")) {
    SmallVector<SDValue, 18> Ops{CLI.Chain, DAG.getTargetConstant(Info.objectNumber(Name), DL, MVT::i32)};
    Ops.append(CLI.OutVals.begin(), CLI.OutVals.begin() + norman::isa::kRuleKeyWords);
    const SDValue Node = DAG.getNode(NormanISD::RULES, DL, DAG.getVTList({MVT::i1, MVT::i32, MVT::i32, MVT::Other}), Ops);
    InVals.append({Node.getValue(0), Node.getValue(1), Node.getValue(2)});
    return Node.getValue(3);
  }
  if (Name.consume_front("learn.")) {
    SmallVector<SDValue, 9> Ops{CLI.Chain, DAG.getTargetConstant(Info.objectNumber(Name), DL, MVT::i32)};
    Ops.append(CLI.OutVals.begin(), CLI.OutVals.end() - 2);
    Ops.append({Constant(CLI.OutVals.size() - 2), Constant(CLI.OutVals.size() - 1)});
    const SDValue Node =
        DAG.getNode(NormanISD::LEARN, DL, DAG.getVTList(MVT::i1, MVT::i32, MVT::Other), Ops);
    InVals.append({Node.getValue(0), Node.getValue(1)});
    return Node.getValue(2);
  }
  if (Name.consume_front("state.")) {
    SmallVector<SDValue, 12> Ops{CLI.Chain, DAG.getTargetConstant(Info.objectNumber(Name), DL, MVT::i32)};
    Ops.append(CLI.OutVals.begin(), CLI.OutVals.end() - 1);
    Ops.push_back(Constant(CLI.OutVals.size() - 1));
    const SDValue Node =
        DAG.getNode(NormanISD::STATE, DL, DAG.getVTList({MVT::i1, MVT::i32, MVT::i32, MVT::Other}), Ops);
    InVals.append({Node.getValue(0), Node.getValue(1), Node.getValue(2)});
    return Node.getValue(3);
  }
  // A library function that legalisation wanted: an operation that the overlay has not.
  const auto* Symbol = dyn_cast<ExternalSymbolSDNode>(CLI.Callee);
  reportNorman(MF.getFunction(), DL.getDebugLoc(),
               "the overlay has no operation for this expression (" +
                   Twine(Symbol ? Symbol->getSymbol() : "a call") + ")");
  for (const ISD::InputArg& In : CLI.Ins) InVals.push_back(DAG.getUNDEF(In.VT));
  return CLI.Chain;
}
