// Brings the IR into the shape that selection wants: conditions without control flow, one load for each entry
// word, parts of words and conditions next to their users, event slots fixed.
#include <map>
#include <set>

#include "Norman.h"
#include "NormanDecisionTree.h"
#include "NormanTargetMachine.h"
#include "llvm/ADT/PostOrderIterator.h"
#include "llvm/Analysis/InstructionSimplify.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/PatternMatch.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/Local.h"
#include "norman/spec/isa.h"

using namespace llvm;
namespace isa = norman::isa;

namespace {

class NormanPrepareIR : public FunctionPass {
 public:
  static char ID;
  explicit NormanPrepareIR(const NormanTargetMachine& TM) : FunctionPass(ID), TM(TM) {}
  StringRef getPassName() const override { return "Norman IR preparation"; }

  bool runOnFunction(Function& F) override {
    dropDebugRecords(F);
    if (!mergeReads(F)) return true;
    foldConditions(F);
    lowerPredicateOps(F);
    mergeActs(F);
    assignEventSlots(F);
    checkObjectUse(F);
    makeEntryWords(F);
    const NormanPlan& Plan = TM.plan(F);
    growDecisionTrees(F, Plan.LeastTreeGain, *TM.Trees);
    if (Plan.Predicate) predicateArms(F);
    expandMultiplications(F);
    shareExtremes(F);
    putConstantsLast(F);
    keepPredicatesInBlocks(F);
    sinkParts(F);
    return true;
  }

 private:
  void dropDebugRecords(Function& F);
  bool mergeReads(Function& F);
  void foldConditions(Function& F);
  void lowerPredicateOps(Function& F);
  void mergeActs(Function& F);
  void assignEventSlots(Function& F);
  void checkObjectUse(Function& F);
  void makeEntryWords(Function& F);
  void predicateArms(Function& F);
  void expandMultiplications(Function& F);
  void shareExtremes(Function& F);
  void putConstantsLast(Function& F);
  void keepPredicatesInBlocks(Function& F);
  void sinkParts(Function& F);

  const NormanTargetMachine& TM;
};

}  // namespace

char NormanPrepareIR::ID = 0;

FunctionPass* llvm::createNormanPrepareIRPass(const NormanTargetMachine& TM) {
  return new NormanPrepareIR(TM);
}

void NormanPrepareIR::dropDebugRecords(Function& F) {
  for (BasicBlock& BB : F) {
    for (Instruction& I : make_early_inc_range(BB)) {
      I.dropDbgRecords();
      const auto* Intrinsic = dyn_cast<IntrinsicInst>(&I);
      if (isa<DbgInfoIntrinsic>(I) || (Intrinsic && Intrinsic->getIntrinsicID() == Intrinsic::assume)) {
        I.eraseFromParent();
      } else if (isa<FreezeInst>(I)) {
        I.replaceAllUsesWith(I.getOperand(0));
        I.eraseFromParent();
      }
    }
  }
}

/// Whether two values are the same whatever the packet: equal operations on equal operands. Only entry words are loaded.
static bool isSameValue(const Value* A, const Value* B) {
  if (A == B) return true;
  const auto* I = dyn_cast<Instruction>(A);
  const auto* J = dyn_cast<Instruction>(B);
  if (!I || !J || !I->isSameOperationAs(J) ||
      !(isa<BinaryOperator, CastInst, LoadInst, GetElementPtrInst, CmpInst, SelectInst>(I)))
    return false;
  return all_of(zip(I->operands(), J->operands()),
                [](const auto& Pair) { return isSameValue(std::get<0>(Pair), std::get<1>(Pair)); });
}

static bool isRead(const Instruction& I) {
  const auto* Call = dyn_cast<CallInst>(&I);
  return Call && Call->getCalledFunction() && Call->getCalledFunction()->getName() == "norman.gather";
}

/// The most reads of raw bytes that a path makes, one of them left out.
static unsigned mostReads(Function& F, const CallInst* LeftOut = nullptr) {
  DenseMap<const BasicBlock*, unsigned> From;
  for (BasicBlock* BB : post_order(&F)) {
    unsigned Most = 0;
    for (BasicBlock* Succ : successors(BB)) Most = std::max(Most, From.lookup(Succ));
    From[BB] = Most + count_if(*BB, [&](const Instruction& I) { return isRead(I) && &I != LeftOut; });
  }
  return From.lookup(&F.getEntryBlock());
}

/// What is left of a function that has been refused: nothing that a later pass could stumble over.
static void makeEmpty(Function& F) {
  for (BasicBlock& BB : F) BB.dropAllReferences();
  while (!F.empty()) F.begin()->eraseFromParent();
  IRBuilder<>(BasicBlock::Create(F.getContext(), "entry", &F)).CreateRetVoid();
}

/// Raw bytes that several places read are read once, where their ways part, unless another path then reads too often. More places than
/// there are gather stages are reported; then nothing is left of the function, and the answer is false.
bool NormanPrepareIR::mergeReads(Function& F) {
  const unsigned Most = count(TM.subtarget().config().stages, 'G');
  const DominatorTree Dom(F);
  SmallVector<CallInst*, 8> Reads;
  for (BasicBlock* BB : ReversePostOrderTraversal<Function*>(&F)) {
    for (Instruction& I : make_early_inc_range(*BB)) {
      if (!isRead(I)) continue;
      auto* Read = cast<CallInst>(&I);
      const auto Equal = find_if(Reads, [&](CallInst* Other) {
        return all_of(zip(Other->args(), Read->args()),
                      [](const auto& Pair) { return isSameValue(std::get<0>(Pair), std::get<1>(Pair)); });
      });
      if (Equal == Reads.end()) {
        Reads.push_back(Read);
        continue;
      }
      CallInst* First = *Equal;
      if (!Dom.dominates(First, Read)) {
        if (!isa<Constant>(Read->getArgOperand(2))) continue;
        Instruction* Next = First->getNextNode();
        const unsigned Before = std::max(Most, mostReads(F));
        First->moveBefore(Dom.findNearestCommonDominator(First->getParent(), BB)->getTerminator());
        if (mostReads(F, Read) > Before) {
          First->moveBefore(Next);
          continue;
        }
      }
      Read->replaceAllUsesWith(First);
      Read->eraseFromParent();
    }
  }
  bool Fits = true;
  DenseMap<const BasicBlock*, unsigned> Before;  // reads on some path to the block
  for (BasicBlock* BB : ReversePostOrderTraversal<Function*>(&F)) {
    unsigned Count = Before.lookup(BB);
    for (const Instruction& I : *BB) {
      if (!isRead(I) || ++Count <= Most) continue;
      Fits = false;
      if (Most == 0)
        reportNorman(F, I.getDebugLoc(), "the overlay '" + Twine(StringRef(TM.subtarget().config().name)) + "' reads no raw bytes",
                     "compile for an overlay with gather stages, or test fields");
      else
        reportNorman(F, I.getDebugLoc(),
                     "a packet reads raw bytes at most " + Twine(Most) + " times, this is place " + Twine(Count) + " on one path",
                     "read fewer different places, one raw32 for several of them, or part the ways with goto");
    }
    for (BasicBlock* Succ : successors(BB)) Before[Succ] = std::max(Before.lookup(Succ), std::min(Count, Most));
  }
  if (!Fits) {
    makeEmpty(F);
    return false;
  }
  // One name for each result, so that what asks for it twice is seen to.
  SmallPtrSet<Instruction*, 16> Users;
  for (CallInst* Read : Reads) {
    ExtractValueInst* Results[2] = {};
    for (User* U : make_early_inc_range(Read->users())) {
      auto* Part = cast<ExtractValueInst>(U);
      ExtractValueInst*& Result = Results[*Part->idx_begin()];
      if (!Result) {
        Result = Part;
        Part->moveAfter(Read);
        continue;
      }
      for (User* Asking : Part->users()) Users.insert(cast<Instruction>(Asking));
      Part->replaceAllUsesWith(Result);
      Part->eraseFromParent();
    }
  }
  for (BasicBlock* BB : ReversePostOrderTraversal<Function*>(&F)) {
    for (Instruction& I : make_early_inc_range(*BB)) {
      if (!Users.contains(&I) || !I.getType()->isIntegerTy(1)) continue;
      Value* Same = simplifyInstruction(&I, SimplifyQuery(F.getDataLayout()));
      if (!Same) continue;
      for (User* Asking : I.users()) Users.insert(cast<Instruction>(Asking));
      I.replaceAllUsesWith(Same);
      I.eraseFromParent();
    }
  }
  return true;
}

/// `if (a) if (b) x` becomes `if (a && b) x`: a branch costs a stage, a comparison half a row.
void NormanPrepareIR::foldConditions(Function& F) {
  bool Changed = true;
  while (Changed) {
    Changed = false;
    for (BasicBlock& BB : make_early_inc_range(F)) {
      auto* Branch = dyn_cast<BranchInst>(BB.getTerminator());
      // A block that is reached from one place and holds at most a few operations besides its condition.
      if (!Branch || !Branch->isConditional() || &BB == &F.getEntryBlock() || !BB.getSinglePredecessor())
        continue;
      constexpr unsigned MostOperations = 12;  // all are computed in vain where the first condition fails
      if (FoldBranchToCommonDest(Branch, nullptr, nullptr, nullptr, MostOperations)) {
        Changed = true;
        if (pred_empty(&BB)) DeleteDeadBlock(&BB);
      }
    }
  }
}

/// Logic on i1 in the operations that predicates have: and, or, xor.
void NormanPrepareIR::lowerPredicateOps(Function& F) {
  for (BasicBlock& BB : F) {
    for (Instruction& I : make_early_inc_range(BB)) {
      IRBuilder<> B(&I);
      Value* New = nullptr;
      if (auto* Select = dyn_cast<SelectInst>(&I); Select && I.getType()->isIntegerTy(1)) {
        Value* C = Select->getCondition();
        Value* T = Select->getTrueValue();
        Value* E = Select->getFalseValue();
        if (match(E, PatternMatch::m_Zero())) {
          New = B.CreateAnd(C, T);
        } else if (match(T, PatternMatch::m_One())) {
          New = B.CreateOr(C, E);
        } else {
          New = B.CreateOr(B.CreateAnd(C, T), B.CreateAnd(B.CreateNot(C), E));
        }
      } else if (auto* Cmp = dyn_cast<ICmpInst>(&I); Cmp && Cmp->getOperand(0)->getType()->isIntegerTy(1)) {
        Value* X = Cmp->getOperand(0);
        Value* Y = Cmp->getOperand(1);
        switch (Cmp->getPredicate()) {
          case ICmpInst::ICMP_EQ:
            New = B.CreateNot(B.CreateXor(X, Y));
            break;
          case ICmpInst::ICMP_NE:
            New = B.CreateXor(X, Y);
            break;
          case ICmpInst::ICMP_ULT:
          case ICmpInst::ICMP_SGT:
            New = B.CreateAnd(B.CreateNot(X), Y);
            break;
          case ICmpInst::ICMP_UGT:
          case ICmpInst::ICMP_SLT:
            New = B.CreateAnd(X, B.CreateNot(Y));
            break;
          case ICmpInst::ICMP_ULE:
          case ICmpInst::ICMP_SGE:
            New = B.CreateOr(B.CreateNot(X), Y);
            break;
          default:
            New = B.CreateOr(X, B.CreateNot(Y));
            break;
        }
      }
      if (!New) continue;
      if (auto* NewInst = dyn_cast<Instruction>(New)) NewInst->setDebugLoc(I.getDebugLoc());
      I.replaceAllUsesWith(New);
      I.eraseFromParent();
    }
  }
}

/// One act for all act bits and rewritten targets of a block.
void NormanPrepareIR::mergeActs(Function& F) {
  Module& M = *F.getParent();
  FunctionCallee Act =
      M.getOrInsertFunction("norman.act", Type::getVoidTy(M.getContext()), Type::getInt32Ty(M.getContext()));
  for (BasicBlock& BB : F) {
    uint32_t Bits = 0;
    CallInst* Last = nullptr;
    for (Instruction& I : make_early_inc_range(BB)) {
      auto* Call = dyn_cast<CallInst>(&I);
      const Function* Callee = Call ? Call->getCalledFunction() : nullptr;
      if (!Callee || (Callee->getName() != "norman.act" && Callee->getName() != "norman.rewrite")) continue;
      const auto Value = static_cast<uint32_t>(cast<ConstantInt>(Call->getArgOperand(0))->getZExtValue());
      Bits |= Callee->getName() == "norman.act" ? Value : 1u << (Value & 31);
      if (Last) Last->eraseFromParent();
      Last = Call;
    }
    if (!Last || Bits == 0) continue;
    IRBuilder<> B(Last);
    B.CreateCall(Act, B.getInt32(Bits));
    Last->eraseFromParent();
  }
}

/// Whether the way from a block to a successor says that the rule lookup hit no terminal entry.
static bool isMissOf(const Instruction& Lookup, const BasicBlock& BB, const BasicBlock* Succ) {
  const auto* Branch = dyn_cast<BranchInst>(BB.getTerminator());
  if (!Branch || !Branch->isConditional() || Branch->getSuccessor(0) == Branch->getSuccessor(1)) return false;
  const Value* Condition = Branch->getCondition();
  const bool Negated = match(Condition, PatternMatch::m_Not(PatternMatch::m_Value(Condition)));
  const auto* Hit = dyn_cast<ExtractValueInst>(Condition);
  return Hit && Hit->getAggregateOperand() == &Lookup && Hit->getIndices() == ArrayRef(0u) && Branch->getSuccessor(Negated ? 0 : 1) == Succ;
}

/// A rule lookup takes the free slots that come first. Rows follow their objects' stages, so it may run before or after any
/// event of its path: those get slots above all that lookups of the path can take, and none that another event of it has.
void NormanPrepareIR::assignEventSlots(Function& F) {
  LLVMContext& C = F.getContext();
  const auto NameOf = [](const Instruction& I) {
    const auto* Call = dyn_cast<CallInst>(&I);
    return Call && Call->getCalledFunction() ? Call->getCalledFunction()->getName() : StringRef();
  };
  const auto Refuse = [&](const Instruction& I) {
    reportNorman(F, I.getDebugLoc(),
                 "a packet can carry " + Twine(isa::kEventSlots) + " counts and logs, this is the " +
                     Twine(isa::kEventSlots + 1) + "th on one path",
                 "count or log in fewer of the rules that one packet can match");
  };
  // Most events that lookups take: before a block, from its beginning to that of a successor, and from its beginning on.
  DenseMap<const BasicBlock*, unsigned> RulesBefore, RulesAfter;
  const auto RulesTo = [&](const BasicBlock& BB, const BasicBlock* Succ) {
    unsigned Sum = 0;
    for (const Instruction& I : BB) {
      if (!NameOf(I).starts_with("norman.rules.")) continue;
      const uint64_t Events = cast<ConstantInt>(cast<CallInst>(I).getArgOperand(isa::kRuleKeyWords))->getZExtValue();
      Sum += isMissOf(I, BB, Succ) ? Events >> 8 : Events & 0xff;
    }
    return Sum;
  };
  const ReversePostOrderTraversal<Function*> Order(&F);
  for (BasicBlock* BB : Order) {
    for (Instruction& I : *BB) {
      if (NameOf(I).starts_with("norman.rules.") && RulesBefore.lookup(BB) + RulesTo(*BB, nullptr) > isa::kEventSlots) Refuse(I);
    }
    for (BasicBlock* Succ : successors(BB))
      RulesBefore[Succ] = std::max(RulesBefore.lookup(Succ), RulesBefore.lookup(BB) + RulesTo(*BB, Succ));
  }
  for (BasicBlock* BB : post_order(&F)) {
    unsigned Most = succ_empty(BB) ? RulesTo(*BB, nullptr) : 0;
    for (BasicBlock* Succ : successors(BB)) Most = std::max(Most, RulesTo(*BB, Succ) + RulesAfter.lookup(Succ));
    RulesAfter[BB] = Most;
  }

  DenseMap<const BasicBlock*, unsigned> UsedBefore;  // slots, as bits, of events on some path to the block
  for (BasicBlock* BB : Order) {
    unsigned Used = UsedBefore.lookup(BB);
    const unsigned Rules = RulesBefore.lookup(BB) + RulesAfter.lookup(BB);
    for (Instruction& I : *BB) {
      if (!NameOf(I).starts_with("norman.event.")) continue;
      unsigned Slot = Rules;
      while (Slot < isa::kEventSlots && (Used >> Slot & 1) != 0) ++Slot;
      if (Slot >= isa::kEventSlots) {
        Refuse(I);
        Slot = isa::kEventSlots - 1;
      }
      I.setMetadata(NormanSlotMetadata, MDNode::get(C, ConstantAsMetadata::get(ConstantInt::get(Type::getInt32Ty(C), Slot))));
      Used |= 1u << Slot;
    }
    for (BasicBlock* Succ : successors(BB)) UsedBefore[Succ] |= Used;
  }
}

/// An object stands in one stage, and a packet passes a stage once.
void NormanPrepareIR::checkObjectUse(Function& F) {
  DenseMap<const BasicBlock*, std::set<StringRef>> Before;  // objects that some path to the block has used
  for (BasicBlock* BB : ReversePostOrderTraversal<Function*>(&F)) {
    std::set<StringRef> Used = Before[BB];
    for (Instruction& I : *BB) {
      auto* Call = dyn_cast<CallInst>(&I);
      if (!Call || !Call->getCalledFunction()) continue;
      StringRef Name = Call->getCalledFunction()->getName();
      if (!Name.consume_front("norman.lookup.") && !Name.consume_front("norman.prefix.") && !Name.consume_front("norman.learn.") &&
          !Name.consume_front("norman.state.") && !Name.consume_front("norman.rules."))
        continue;
      if (!Used.insert(Name).second) {
        reportNorman(F, Call->getDebugLoc(),
                     "one path uses '" + Name + "' twice; an object is used once for each packet",
                     "test it once and keep the result with let");
      }
    }
    for (BasicBlock* Succ : successors(BB)) Before[Succ].insert(Used.begin(), Used.end());
  }
}

/// Every entry word is loaded once, at the beginning; bytes and halves are parts of it.
void NormanPrepareIR::makeEntryWords(Function& F) {
  const DataLayout& DL = F.getDataLayout();
  Argument* Context = F.getArg(0);
  std::map<unsigned, Instruction*> Words;
  SmallVector<LoadInst*, 32> Loads;
  for (BasicBlock& BB : F) {
    for (Instruction& I : BB) {
      if (auto* Load = dyn_cast<LoadInst>(&I)) Loads.push_back(Load);
    }
  }
  IRBuilder<> Top(F.getContext());
  for (LoadInst* Load : Loads) {
    APInt Offset(DL.getIndexTypeSizeInBits(Load->getPointerOperandType()), 0);
    Load->getPointerOperand()->stripAndAccumulateConstantOffsets(DL, Offset, true);
    const unsigned Number = Offset.getZExtValue() / 4;
    Instruction*& Word = Words[Number];
    if (!Word) {
      Top.SetInsertPoint(&F.getEntryBlock(), F.getEntryBlock().begin());
      Top.SetCurrentDebugLocation(Load->getDebugLoc());
      Word = Top.CreateAlignedLoad(Top.getInt32Ty(),
                                   Top.CreateConstGEP1_32(Top.getInt32Ty(), Context, Number), Align(4));
    }
    IRBuilder<> B(Load);
    Value* Part = Word;
    if (const uint64_t Shift = Offset.getZExtValue() % 4 * 8) Part = B.CreateLShr(Part, Shift);
    Load->replaceAllUsesWith(B.CreateTrunc(Part, Load->getType()));
    Load->eraseFromParent();
  }
}

/// The name of a call that takes place only under a predicate, its last operand.
static std::string predicatedName(StringRef Name) {
  return (NormanIfPrefix + Name.drop_front(strlen("norman."))).str();
}

/// Whether the call can be made under a predicate: counts, logs and act bits.
static bool isPredicable(const CallInst& Call) {
  const StringRef Name = Call.getCalledFunction()->getName();
  return Name == "norman.act" || Name.starts_with("norman.event.") || Name.starts_with(NormanIfPrefix);
}

/// Makes the call depend on a condition, besides the one that it depends on.
static void predicate(CallInst& Call, Value* Condition) {
  IRBuilder<> B(&Call);
  Function& Callee = *Call.getCalledFunction();
  if (Callee.getName().starts_with(NormanIfPrefix)) {
    const unsigned Last = Call.arg_size() - 1;
    Call.setArgOperand(Last, B.CreateAnd(Condition, Call.getArgOperand(Last)));
    return;
  }
  SmallVector<Type*, 4> Types(Callee.getFunctionType()->params());
  SmallVector<Value*, 4> Args(Call.args());
  Types.push_back(B.getInt1Ty());
  Args.push_back(Condition);
  FunctionCallee If = Callee.getParent()->getOrInsertFunction(predicatedName(Callee.getName()),
                                                              FunctionType::get(B.getVoidTy(), Types, false));
  CallInst* New = B.CreateCall(If, Args);
  if (MDNode* Slot = Call.getMetadata(NormanSlotMetadata)) New->setMetadata(NormanSlotMetadata, Slot);
  Call.eraseFromParent();
}

/// `if (a) count` becomes a count under the predicate a: a branch and its arm cost two stages, an operation
/// half a row, and what comes after need not wait.
void NormanPrepareIR::predicateArms(Function& F) {
  constexpr unsigned MostOperations = 5;  // of an arm; more take lanes that the other path could use
  bool Changed = true;
  while (Changed) {
    Changed = false;
    for (BasicBlock* Arm : post_order(&F)) {
      BasicBlock* Before = Arm->getSinglePredecessor();
      BasicBlock* After = Arm->getSingleSuccessor();
      auto* Branch = Before ? dyn_cast<BranchInst>(Before->getTerminator()) : nullptr;
      if (!After || !Branch || !Branch->isConditional() || Branch->getSuccessor(0) == Branch->getSuccessor(1))
        continue;
      const bool Negated = Branch->getSuccessor(1) == Arm;
      // The exit stays a block by itself.
      if (Branch->getSuccessor(Negated ? 0 : 1) != After || isa<ReturnInst>(After->getTerminator())) continue;
      unsigned Operations = range_size(After->phis());
      bool Good = true;
      for (Instruction& I : *Arm) {
        if (I.isTerminator() || isa<GetElementPtrInst, CastInst>(I)) continue;
        ++Operations;
        const auto* Call = dyn_cast<CallInst>(&I);
        Good = Good && (Call ? isPredicable(*Call) : isa<CmpInst, BinaryOperator>(I));
      }
      for (PHINode& Phi : After->phis())
        Good = Good && (Phi.getType()->isIntegerTy(32) || Phi.getType()->isIntegerTy(1));
      if (!Good || Operations > MostOperations) continue;
      IRBuilder<> B(Branch);
      Value* Condition = Branch->getCondition();
      if (Negated) Condition = B.CreateNot(Condition);
      for (Instruction& I : make_early_inc_range(*Arm)) {
        if (I.isTerminator()) continue;
        I.moveBefore(Branch);
        if (auto* Call = dyn_cast<CallInst>(&I)) predicate(*Call, Condition);
      }
      B.SetInsertPoint(Branch);
      for (PHINode& Phi : After->phis()) {
        Value* Taken = Phi.getIncomingValueForBlock(Arm);
        Value* Passed = Phi.getIncomingValueForBlock(Before);
        Value* Chosen = isa<PoisonValue>(Passed) || Taken == Passed ? Taken
                        : isa<PoisonValue>(Taken)                   ? Passed
                                                  : B.CreateSelect(Condition, Taken, Passed);
        Phi.setIncomingValueForBlock(Before, Chosen);
      }
      BranchInst* Jump = BranchInst::Create(After);
      Jump->setDebugLoc(Branch->getDebugLoc());
      ReplaceInstWithInst(Branch, Jump);
      DeleteDeadBlock(Arm, nullptr, /*KeepOneInputPHIs=*/true);
      MergeBlockIntoPredecessor(After);
      Changed = true;
      break;  // the order has changed
    }
  }
  lowerPredicateOps(F);  // selects of predicates
}

/// 64-bit products by constants as shifts and additions.
void NormanPrepareIR::expandMultiplications(Function& F) {
  for (BasicBlock& BB : F) {
    for (Instruction& I : make_early_inc_range(BB)) {
      if (I.getOpcode() != Instruction::Mul || !I.getType()->isIntegerTy(64)) continue;
      Value* X = I.getOperand(0);
      auto* C = dyn_cast<ConstantInt>(I.getOperand(1));
      if (!C) {
        C = cast<ConstantInt>(X);
        X = I.getOperand(1);
      }
      IRBuilder<> B(&I);
      // Non-adjacent form: the fewest additions and subtractions.
      Value* Sum = nullptr;
      uint64_t Rest = C->getZExtValue();
      for (unsigned Shift = 0; Rest != 0; ++Shift, Rest >>= 1) {
        if ((Rest & 1) == 0) continue;
        const bool Minus = (Rest & 3) == 3;
        Value* Term = Shift ? B.CreateShl(X, Shift) : X;
        if (Minus) {
          Sum = B.CreateSub(Sum ? Sum : B.getInt64(0), Term);
          Rest += 1;
          if (Rest == 0) break;  // carried out of 64 bits
        } else {
          Sum = Sum ? B.CreateAdd(Sum, Term) : Term;
        }
      }
      I.replaceAllUsesWith(Sum ? Sum : B.getInt64(0));
      I.eraseFromParent();
    }
  }
}

/// The smaller and the larger of the same two 64-bit numbers (the ends of a connection) share one comparison, which takes
/// two rows. Selection would make a minimum and a maximum of them, with a comparison each, if it saw the choice whole.
void NormanPrepareIR::shareExtremes(Function& F) {
  Type* I32 = Type::getInt32Ty(F.getContext());
  for (BasicBlock& BB : F) {
    for (Instruction& I : make_early_inc_range(BB)) {
      auto* Select = dyn_cast<SelectInst>(&I);
      if (!Select || !Select->getType()->isIntegerTy(64) || !isa<ICmpInst>(Select->getCondition())) continue;
      IRBuilder<> B(Select);
      const auto Half = [&](unsigned Shift) {
        const auto Part = [&](Value* V) { return B.CreateTrunc(Shift ? B.CreateLShr(V, Shift) : V, I32); };
        Value* Chosen = B.CreateSelect(Select->getCondition(), Part(Select->getTrueValue()), Part(Select->getFalseValue()));
        return B.CreateZExt(Chosen, B.getInt64Ty());
      };
      Value* Low = Half(0);
      Select->replaceAllUsesWith(B.CreateOr(B.CreateShl(Half(32), 32), Low));
      Select->eraseFromParent();
    }
  }
}

/// A selection has room for a constant where its predicate does not hold; the other one would be put into a register first,
/// which takes a row more. So compares that choose constants are turned round, for all that they choose if that goes.
void NormanPrepareIR::putConstantsLast(Function& F) {
  std::map<ICmpInst*, SmallVector<SelectInst*, 4>> Chosen;
  for (BasicBlock& BB : F) {
    for (Instruction& I : BB) {
      auto* Select = dyn_cast<SelectInst>(&I);
      if (!Select || !Select->getType()->isIntegerTy(32) || isa<Constant>(Select->getFalseValue())) continue;
      auto* Compare = dyn_cast<ICmpInst>(Select->getCondition());
      if (Compare && !Compare->getOperand(0)->getType()->isIntegerTy(64)) Chosen[Compare].push_back(Select);
    }
  }
  for (auto& [Compare, Selects] : Chosen) {
    if (none_of(Selects, [](const SelectInst* S) { return isa<ConstantInt>(S->getTrueValue()); })) continue;
    auto* Turned = cast<ICmpInst>(Compare->clone());
    Turned->setPredicate(Compare->getInversePredicate());
    Turned->insertAfter(Compare);
    for (SelectInst* Select : Selects) {
      Select->setCondition(Turned);
      Select->swapValues();
    }
    if (Compare->use_empty()) Compare->eraseFromParent();
  }
}

/// Where a phi's incoming value is used, or the user itself.
static Instruction* placeOfUse(const Use& U) {
  auto* User = cast<Instruction>(U.getUser());
  if (auto* Phi = dyn_cast<PHINode>(User)) return Phi->getIncomingBlock(U)->getTerminator();
  return User;
}

/// True if making the value again costs at most `Budget` operations.
static bool isCheapCondition(const Value* V, int& Budget) {
  const auto* I = dyn_cast<Instruction>(V);
  if (!I) return true;
  if (--Budget < 0) return false;
  if (isa<ICmpInst>(I)) return !I->getOperand(0)->getType()->isIntegerTy(64);
  if (I->getOpcode() == Instruction::And || I->getOpcode() == Instruction::Or ||
      I->getOpcode() == Instruction::Xor) {
    return isCheapCondition(I->getOperand(0), Budget) && isCheapCondition(I->getOperand(1), Budget);
  }
  return false;
}

static Value* cloneCondition(Value* V, Instruction* Before) {
  auto* I = dyn_cast<Instruction>(V);
  if (!I || isa<PHINode>(I)) return V;
  Instruction* Copy = I->clone();
  if (!isa<ICmpInst>(I)) {
    for (Use& U : Copy->operands()) U.set(cloneCondition(U.get(), Before));
  }
  Copy->insertBefore(Before);
  return Copy;
}

/// A predicate that another block uses is made again there if it is cheap, else kept as a bit of a register.
/// The hoisting pass undoes the first where predicates are free.
void NormanPrepareIR::keepPredicatesInBlocks(Function& F) {
  // Phis of predicates become phis of words.
  for (BasicBlock& BB : F) {
    for (PHINode& Phi : make_early_inc_range(BB.phis())) {
      if (!Phi.getType()->isIntegerTy(1)) continue;
      Type* I32 = Type::getInt32Ty(F.getContext());
      PHINode* Word = PHINode::Create(I32, Phi.getNumIncomingValues(), "", Phi.getIterator());
      for (unsigned I = 0; I < Phi.getNumIncomingValues(); ++I) {
        IRBuilder<> B(Phi.getIncomingBlock(I)->getTerminator());
        Word->addIncoming(B.CreateZExt(Phi.getIncomingValue(I), I32), Phi.getIncomingBlock(I));
      }
      IRBuilder<> B(&BB, BB.getFirstNonPHIIt());
      Value* Bit = B.CreateICmpNE(Word, B.getInt32(0));
      Phi.replaceAllUsesWith(Bit);
      Phi.eraseFromParent();
    }
  }
  for (BasicBlock* BB : post_order(&F)) {
    SmallVector<Instruction*, 32> Insts;
    for (Instruction& I : reverse(*BB)) Insts.push_back(&I);
    for (Instruction* I : Insts) {
      if (!I->getType()->isIntegerTy(1)) continue;
      std::map<BasicBlock*, Value*> Copies;
      int Budget = 4;
      const bool Cheap = isCheapCondition(I, Budget);
      Value* Word = nullptr;
      for (Use& U : make_early_inc_range(I->uses())) {
        Instruction* Place = placeOfUse(U);
        if (Place->getParent() == BB) continue;
        Value*& Copy = Copies[Place->getParent()];
        if (!Copy) {
          Instruction* First = &*Place->getParent()->getFirstNonPHIIt();
          if (Cheap) {
            Copy = cloneCondition(I, First);
          } else {
            if (!Word) {
              IRBuilder<> B(I->getNextNode());
              Word = B.CreateZExt(I, B.getInt32Ty());
            }
            IRBuilder<> B(First);
            Copy = B.CreateICmpNE(Word, B.getInt32(0));
            if (auto* CopyInst = dyn_cast<Instruction>(Copy)) CopyInst->setDebugLoc(Place->getDebugLoc());
          }
        }
        U.set(Copy);
      }
      if (I->use_empty() && !I->mayHaveSideEffects()) I->eraseFromParent();
    }
  }
}

/// Parts of words cost nothing where they are used, and a register and a move where they are not.
void NormanPrepareIR::sinkParts(Function& F) {
  const auto IsPart = [](const Instruction& I) {
    switch (I.getOpcode()) {
      case Instruction::Trunc:
        return !I.getOperand(0)->getType()->isIntegerTy(64) && !I.getType()->isIntegerTy(1);
      case Instruction::ZExt:
        return !I.getOperand(0)->getType()->isIntegerTy(1) && !I.getType()->isIntegerTy(64);
      case Instruction::LShr:
        return isa<ConstantInt>(I.getOperand(1)) &&
               cast<ConstantInt>(I.getOperand(1))->getZExtValue() % 8 == 0 && I.getType()->isIntegerTy(32);
      case Instruction::And:
        return I.getType()->isIntegerTy(32) && isa<ConstantInt>(I.getOperand(1)) &&
               (cast<ConstantInt>(I.getOperand(1))->getZExtValue() == 0xff ||
                cast<ConstantInt>(I.getOperand(1))->getZExtValue() == 0xffff);
      default:
        return false;
    }
  };
  for (BasicBlock* BB : post_order(&F)) {
    SmallVector<Instruction*, 32> Insts;
    for (Instruction& I : reverse(*BB)) Insts.push_back(&I);
    for (Instruction* I : Insts) {
      if (!IsPart(*I)) continue;
      std::map<BasicBlock*, Instruction*> Copies;
      for (Use& U : make_early_inc_range(I->uses())) {
        BasicBlock* Where = placeOfUse(U)->getParent();
        if (Where == BB) continue;
        Instruction*& Copy = Copies[Where];
        if (!Copy) {
          Copy = I->clone();
          Copy->insertInto(Where, Where->getFirstInsertionPt());
        }
        U.set(Copy);
      }
      if (I->use_empty()) I->eraseFromParent();
    }
  }
}
