// Moves operations into lanes of earlier rows that would stay empty, and orders each block by stages.
//
// Works on SSA form, before register allocation: the allocator then sees live ranges in the order in which
// the rows will execute, and a value gets a register of its own where two rows overlap. The stages computed
// here are an estimate; placement computes them again with registers.
//
// An operation without side effects may move to any row of a block that dominates its own, because rows of
// one stage read before they write and the value is in nobody's way. So a chain of tests costs one row a
// test: while one row branches on a predicate, its lanes compute the next.
#include <map>

#include "Norman.h"
#include "NormanMachineFunctionInfo.h"
#include "NormanOps.h"
#include "NormanSubtarget.h"
#include "NormanTap.h"
#include "NormanTargetMachine.h"
#include "llvm/ADT/PostOrderIterator.h"
#include "llvm/CodeGen/MachineDominators.h"
#include "llvm/CodeGen/MachineFunctionPass.h"
#include "llvm/CodeGen/MachineInstrBuilder.h"
#include "llvm/CodeGen/MachineRegisterInfo.h"

using namespace llvm;

namespace {

class NormanHoist : public MachineFunctionPass {
 public:
  static char ID;
  NormanHoist() : MachineFunctionPass(ID) {}
  StringRef getPassName() const override { return "Norman hoisting"; }
  void getAnalysisUsage(AnalysisUsage& AU) const override {
    AU.addRequired<MachineDominatorTreeWrapperPass>();
    MachineFunctionPass::getAnalysisUsage(AU);
  }
  bool runOnMachineFunction(MachineFunction& MF) override;

 private:
  struct Block {
    int Entry = 0;  // first stage at which it may have a row
    int End = -1;   // stage of its last row
    std::map<int, std::array<MachineInstr*, 2>> Rows;
  };

  void dropCopies(MachineFunction& MF);
  void dropDeadResults(MachineFunction& MF);
  void orderConditions(MachineFunction& MF);
  void schedule(MachineFunction& MF);
  void scheduleBlock(MachineBasicBlock& MBB);
  NormanStages stages(const MachineFunction& MF) const;
  /// Finds a lane for MI in a row of a dominating block; returns the block.
  MachineBasicBlock* hoist(MachineInstr& MI, int Ready);
  /// Finds a table stage for a lookup in a dominating block, or a gather stage for a read: it changes nothing, so paths that do not ask may
  /// make it too.
  bool hoistLookup(MachineInstr& MI);
  /// An operation like MI that a dominating block already makes, if keeping its result does no harm.
  MachineInstr* findEqual(MachineInstr& MI);
  void put(MachineInstr& MI, MachineBasicBlock& Where, int Stage);
  int readyStage(const MachineInstr& MI, int Floor) const;
  void extend(Register Reg, int Stage);
  bool hasRoom(bool Predicate, int From, int To) const;
  /// Whether a row of this operation may stand in the stage, if that has no other of its block.
  bool suits(const MachineInstr& MI, int Stage) const {
    return kind(Stage) == Norman::stageKind(MI.getDesc()) &&
           (MI.getOpcode() != Norman::LEARN || (Learning >> Stage & 1) != 0);
  }
  char kind(int Stage) const { return Stage < static_cast<int>(Stages.size()) ? Stages[Stage] : 'A'; }
  void orderBlocks(MachineFunction& MF);

  std::string_view Stages;
  uint64_t Learning = 0;  // stages that can learn, as bits
  unsigned Registers = 0;
  MachineRegisterInfo* MRI = nullptr;
  MachineDominatorTree* Dom = nullptr;
  DenseMap<const MachineBasicBlock*, Block> Blocks;
  DenseMap<const MachineInstr*, std::pair<MachineBasicBlock*, int>> Place;
  DenseMap<Register, int> DefStage;
  DenseMap<Register, int> LiveTo;
  std::map<int, unsigned> LivePredicates, LiveRegisters;  // by stage, all blocks together
  std::map<int64_t, int> ObjectStage;
  std::map<int64_t, unsigned> ObjectUses;
  bool HoistLookups = false;
  SmallVector<Register, 16> TapWords;  // entry words that are loaded at the second tap
  int TapStage = 0;
  bool InPlace = false;  // every operation stays in its block
};

}  // namespace

char NormanHoist::ID = 0;

FunctionPass* llvm::createNormanHoistPass() { return new NormanHoist; }

static bool isPredicate(const MachineRegisterInfo& MRI, Register Reg) {
  return MRI.getRegClass(Reg) == &Norman::PRRegClass;
}

/// Selection copies what crosses blocks; in SSA form the copy's source does as well.
void NormanHoist::dropCopies(MachineFunction& MF) {
  for (MachineBasicBlock& MBB : MF) {
    for (MachineInstr& MI : make_early_inc_range(MBB)) {
      if (!MI.isCopy()) continue;
      const Register To = MI.getOperand(0).getReg(), From = MI.getOperand(1).getReg();
      if (!To.isVirtual() || !From.isVirtual() || !MRI->constrainRegClass(From, MRI->getRegClass(To)))
        continue;
      MRI->replaceRegWith(To, From);
      MI.eraseFromParent();
    }
  }
}

/// Rows whose results nobody reads name no register for them.
void NormanHoist::dropDeadResults(MachineFunction& MF) {
  for (MachineBasicBlock& MBB : MF) {
    for (MachineInstr& MI : MBB) {
      if (!Norman::isWide(MI)) continue;
      for (MachineOperand& Def : MI.defs()) {
        if (Def.getReg().isVirtual() && MRI->use_nodbg_empty(Def.getReg())) Def.setReg(Norman::NoRegister);
      }
    }
  }
}

namespace {

/// The opcodes of one comparison: alone, and combined with a predicate by and, by or.
struct Comparison {
  unsigned Alone, And, Or;
};
constexpr Comparison Comparisons[] = {
#define NORMAN_COMPARISON(NAME)                                    \
  {Norman::NAME##rr, Norman::NAME##_andrr, Norman::NAME##_orrr}, { \
    Norman::NAME##ri, Norman::NAME##_andri, Norman::NAME##_orri    \
  }
    NORMAN_COMPARISON(CMPEQ),  NORMAN_COMPARISON(CMPNE),  NORMAN_COMPARISON(CMPLTU),
    NORMAN_COMPARISON(CMPGEU), NORMAN_COMPARISON(CMPLEU), NORMAN_COMPARISON(CMPGTU),
    NORMAN_COMPARISON(CMPLTS), NORMAN_COMPARISON(CMPGES), NORMAN_COMPARISON(TST),
    NORMAN_COMPARISON(TSZ),
#undef NORMAN_COMPARISON
};

enum class Combined { No, Alone, And, Or };

std::pair<const Comparison*, Combined> comparison(unsigned Opcode) {
  for (const Comparison& C : Comparisons) {
    if (C.Alone == Opcode) return {&C, Combined::Alone};
    if (C.And == Opcode) return {&C, Combined::And};
    if (C.Or == Opcode) return {&C, Combined::Or};
  }
  return {nullptr, Combined::No};
}

/// What a comparison compares, without the predicate that it is combined with.
std::vector<int64_t> comparisonKey(const MachineInstr& MI, const Comparison& C) {
  std::vector<int64_t> Key{C.Alone};
  const MCInstrDesc& Alone = MI.getMF()->getSubtarget().getInstrInfo()->get(C.Alone);
  for (unsigned I = 1; I < Alone.getNumOperands() - 2; ++I) {
    const MachineOperand& Op = MI.getOperand(I);
    Key.push_back(Op.isReg() ? int64_t{Op.getReg().id()} : Op.getImm());
  }
  return Key;
}

}  // namespace

/// Puts the tests that several conditions share first in each of them: `a && b`, `c && a` become `a && b`, `a
/// && c`, so that `a` is made once.
void NormanHoist::orderConditions(MachineFunction& MF) {
  const TargetInstrInfo& TII = *MF.getSubtarget().getInstrInfo();
  struct Seen {
    unsigned Count = 0, First = 0;
  };
  std::map<std::vector<int64_t>, Seen> Tests;
  std::vector<std::vector<MachineInstr*>> Chains;  // from the last operation to the first
  for (MachineBasicBlock& MBB : MF) {
    for (MachineInstr& MI : MBB) {
      const auto [C, How] = comparison(MI.getOpcode());
      if (!C) continue;
      Seen& Test = Tests[comparisonKey(MI, *C)];
      if (Test.Count++ == 0) Test.First = Tests.size();
      if (How == Combined::Alone) continue;
      // The last of a chain is not combined further by the same operation.
      const Register Result = MI.getOperand(0).getReg();
      if (MRI->hasOneNonDBGUse(Result)) {
        const MachineInstr& User = *MRI->use_instr_nodbg_begin(Result);
        if (User.getParent() == &MBB && comparison(User.getOpcode()).second == How) continue;
      }
      std::vector<MachineInstr*> Chain{&MI};
      for (MachineInstr* At = &MI;;) {
        MachineInstr* Def = MRI->getVRegDef(At->getOperand(Norman::guardOperand(*At) - 1).getReg());
        if (!Def || Def->getParent() != &MBB || !MRI->hasOneNonDBGUse(Def->getOperand(0).getReg())) break;
        const Combined Before = comparison(Def->getOpcode()).second;
        if (Before != How && Before != Combined::Alone) break;
        Chain.push_back(Def);
        if (Before == Combined::Alone) break;
        At = Def;
      }
      Chains.push_back(std::move(Chain));
    }
  }
  for (std::vector<MachineInstr*>& Chain : Chains) {
    const Combined How = comparison(Chain.front()->getOpcode()).second;
    const bool Closed = comparison(Chain.back()->getOpcode()).second == Combined::Alone;
    std::vector<MachineInstr*> Order(Chain.rbegin(), Chain.rend());
    const auto Rank = [&](const MachineInstr* MI) {
      const Seen& Test = Tests[comparisonKey(*MI, *comparison(MI->getOpcode()).first)];
      return std::pair(-static_cast<int>(Test.Count), Test.Count > 1 ? Test.First : 0);
    };
    stable_sort(Order, [&](const MachineInstr* L, const MachineInstr* R) { return Rank(L) < Rank(R); });
    Register Last;
    if (!Closed) Last = Chain.back()->getOperand(Norman::guardOperand(*Chain.back()) - 1).getReg();
    MachineInstr& Tail = *Chain.front();
    const Register Result = Tail.getOperand(0).getReg();
    for (size_t I = 0; I < Order.size(); ++I) {
      const MachineInstr& Old = *Order[I];
      const Comparison& C = *comparison(Old.getOpcode()).first;
      const unsigned Opcode = !Last ? C.Alone : How == Combined::And ? C.And : C.Or;
      const Register To = I + 1 == Order.size() ? Result : MRI->createVirtualRegister(&Norman::PRRegClass);
      auto New = BuildMI(*Tail.getParent(), Tail, Old.getDebugLoc(), TII.get(Opcode), To);
      for (unsigned Op = 1; Op < TII.get(C.Alone).getNumOperands() - 2; ++Op) {
        MachineOperand Copy = Old.getOperand(Op);
        if (Copy.isReg()) Copy.setIsKill(false);
        New.add(Copy);
      }
      if (Last) New.addReg(Last);
      New.addImm(Norman::GuardAlways).addReg(Norman::NoRegister);
      Last = To;
    }
    for (MachineInstr* Old : Chain) Old->eraseFromParent();
  }
}

int NormanHoist::readyStage(const MachineInstr& MI, int Floor) const {
  int Ready = Floor;
  for (const MachineOperand& Op : MI.uses()) {
    if (!Op.isReg() || !Op.getReg().isVirtual()) continue;
    if (const auto It = DefStage.find(Op.getReg()); It != DefStage.end())
      Ready = std::max(Ready, It->second + 1);
  }
  return Ready;
}

void NormanHoist::extend(Register Reg, int Stage) {
  const auto It = LiveTo.find(Reg);
  if (It == LiveTo.end()) return;
  auto& Live = isPredicate(*MRI, Reg) ? LivePredicates : LiveRegisters;
  for (; It->second < Stage; ++It->second) ++Live[It->second + 1];
}

bool NormanHoist::hasRoom(bool Predicate, int From, int To) const {
  // Two predicates and four registers stay free for what the blocks in between make for themselves.
  const unsigned Most = Predicate ? norman::isa::kPredicates - 2 : Registers - 4;
  const auto& Live = Predicate ? LivePredicates : LiveRegisters;
  for (int Stage = From + 1; Stage <= To; ++Stage) {
    const auto It = Live.find(Stage);
    if (It != Live.end() && It->second >= Most) return false;
  }
  return true;
}

void NormanHoist::put(MachineInstr& MI, MachineBasicBlock& Where, int Stage) {
  Block& B = Blocks[&Where];
  auto& Lanes = B.Rows[Stage];
  Lanes[Lanes[0] ? 1 : 0] = &MI;
  Place[&MI] = {&Where, Stage};
  for (const MachineOperand& Op : MI.uses()) {
    if (Op.isReg() && Op.getReg().isVirtual()) extend(Op.getReg(), Stage);
  }
  for (const MachineOperand& Def : MI.defs()) {
    if (!Def.getReg().isVirtual()) continue;
    DefStage[Def.getReg()] = Stage;
    LiveTo[Def.getReg()] = Stage;
  }
}

static bool isMovable(const MachineInstr& MI) {
  return Norman::isRowOp(MI) && !Norman::isWide(MI) && !MI.hasUnmodeledSideEffects() &&
         MI.getNumDefs() != 0 && MI.getOperand(Norman::guardOperand(MI)).getImm() == Norman::GuardAlways;
}

MachineBasicBlock* NormanHoist::hoist(MachineInstr& MI, int Ready) {
  MachineBasicBlock* Home = MI.getParent();
  SmallVector<MachineBasicBlock*, 32> Chain;
  for (auto* Node = Dom->getNode(Home)->getIDom(); Node; Node = Node->getIDom())
    Chain.push_back(Node->getBlock());
  const Block& HomeBlock = Blocks[Home];
  const bool Predicate = isPredicate(*MRI, MI.getOperand(0).getReg());
  for (MachineBasicBlock* Where : reverse(Chain)) {
    Block& B = Blocks[Where];
    for (int Stage = std::max(Ready, B.Entry); Stage <= B.End; ++Stage) {
      if (kind(Stage) != 'A') continue;
      const auto Row = B.Rows.find(Stage);
      if (Row != B.Rows.end() && !Norman::fitsLane(Row->second, MI)) continue;
      if (!hasRoom(Predicate, Stage, HomeBlock.Entry)) continue;
      put(MI, *Where, Stage);
      extend(MI.getOperand(0).getReg(), HomeBlock.Entry);
      return Where;
    }
  }
  return nullptr;
}

bool NormanHoist::hoistLookup(MachineInstr& MI) {
  // An object stands in one stage, and no path asks it twice: one that is asked at several places stays
  // there.
  const unsigned Opcode = MI.getOpcode();
  if (!HoistLookups || InPlace || (Opcode != Norman::LOOKUP && Opcode != Norman::PREFIX && Opcode != Norman::GATHER)) return false;
  const bool HasObject = Norman::usesObject(MI);
  const int64_t Object = HasObject ? MI.getOperand(Norman::objectOperand(MI)).getImm() : 0;
  if (HasObject && ObjectUses[Object] != 1) return false;
  SmallVector<MachineBasicBlock*, 32> Chain;
  for (auto* Node = Dom->getNode(MI.getParent())->getIDom(); Node; Node = Node->getIDom())
    Chain.push_back(Node->getBlock());
  const int HomeEntry = Blocks[MI.getParent()].Entry;
  const int Ready = readyStage(MI, 0);
  for (MachineBasicBlock* Where : reverse(Chain)) {
    Block& B = Blocks[Where];
    for (int Stage = std::max(Ready, B.Entry); Stage <= B.End; ++Stage) {
      if (!suits(MI, Stage) || B.Rows.count(Stage)) continue;
      const auto HasRoom = [&](const MachineOperand& Def) {
        return !Def.getReg().isVirtual() || hasRoom(isPredicate(*MRI, Def.getReg()), Stage, HomeEntry);
      };
      if (!all_of(MI.defs(), HasRoom)) continue;
      put(MI, *Where, Stage);
      for (const MachineOperand& Def : MI.defs()) {
        if (Def.getReg().isVirtual()) extend(Def.getReg(), HomeEntry);
      }
      if (HasObject) ObjectStage[Object] = Stage;
      return true;
    }
  }
  return false;
}

MachineInstr* NormanHoist::findEqual(MachineInstr& MI) {
  if (MI.getNumDefs() != 1) return nullptr;
  for (auto* Node = Dom->getNode(MI.getParent()); Node; Node = Node->getIDom()) {
    Block& B = Blocks[Node->getBlock()];
    for (auto& [Stage, Lanes] : B.Rows) {
      for (MachineInstr* Other : Lanes) {
        if (!Other || Other == &MI || !isMovable(*Other) ||
            !Other->isIdenticalTo(MI, MachineInstr::IgnoreVRegDefs))
          continue;
        const Register Reg = Other->getOperand(0).getReg();
        if (hasRoom(isPredicate(*MRI, Reg), LiveTo.lookup(Reg), Blocks[MI.getParent()].Entry)) return Other;
      }
    }
  }
  return nullptr;
}

void NormanHoist::scheduleBlock(MachineBasicBlock& MBB) {
  Block& B = Blocks[&MBB];
  B.Entry = 0;
  for (const MachineBasicBlock* Pred : MBB.predecessors()) B.Entry = std::max(B.Entry, Blocks[Pred].End + 1);
  B.End = B.Entry - 1;

  SmallVector<MachineInstr*, 32> Ops;
  Register Condition;
  for (MachineInstr& MI : MBB) {
    if (MI.isPHI()) {
      const Register Reg = MI.getOperand(0).getReg();
      DefStage[Reg] = B.Entry - 1;
      LiveTo[Reg] = B.Entry - 1;
    } else if (MI.isCopy() || Norman::isEntryWord(MI) || MI.isImplicitDef()) {
      const Register Reg = MI.getOperand(0).getReg();
      if (!Reg.isVirtual()) continue;
      DefStage[Reg] = MI.isCopy() ? readyStage(MI, 0) - 1 : is_contained(TapWords, Reg) ? TapStage - 1 : -1;
      LiveTo[Reg] = DefStage[Reg];
    } else if (MI.getOpcode() == Norman::BRC) {
      Condition = MI.getOperand(2).getReg();
    } else if (Norman::isRowOp(MI)) {
      Ops.push_back(&MI);
    }
  }
  // Height: operations that wait for this one; what the branch waits for goes first.
  DenseMap<Register, int> Height;
  DenseMap<const MachineInstr*, int> Heights;
  if (Condition.isVirtual()) Height[Condition] = 100;
  for (MachineInstr* MI : reverse(Ops)) {
    int Highest = 0;
    for (const MachineOperand& Def : MI->defs()) Highest = std::max(Highest, Height.lookup(Def.getReg()));
    Heights[MI] = Highest;
    for (const MachineOperand& Op : MI->uses()) {
      if (Op.isReg() && Op.getReg().isVirtual())
        Height[Op.getReg()] = std::max(Height.lookup(Op.getReg()), Highest + 1);
    }
  }
  stable_sort(Ops, [&](MachineInstr* L, MachineInstr* R) { return Heights[L] > Heights[R]; });
  int Last = B.Entry - 1;
  for (MachineInstr* MI : Ops) {
    if (isMovable(*MI) && !InPlace) {
      const Register Own = MI->getOperand(0).getReg();
      MachineInstr* Equal = findEqual(*MI);
      // What reads few registers may read this result.
      if (Equal && MRI->constrainRegClass(Equal->getOperand(0).getReg(), MRI->getRegClass(Own))) {
        const Register Reg = Equal->getOperand(0).getReg();
        MRI->replaceRegWith(Own, Reg);
        MRI->clearKillFlags(Reg);
        if (Condition.isVirtual() && Own == Condition) Condition = Reg;
        extend(Reg, B.Entry);
        MI->eraseFromParent();
        continue;
      }
      if (hoist(*MI, readyStage(*MI, 0))) continue;
    }
    if (Norman::isWide(*MI) && hoistLookup(*MI)) continue;
    int Stage = readyStage(*MI, B.Entry);
    if (Norman::isWide(*MI)) {
      int* Known = nullptr;
      if (Norman::usesObject(*MI)) {
        Known = &ObjectStage[MI->getOperand(Norman::objectOperand(*MI)).getImm()];
        Stage = std::max(Stage, *Known);
      }
      // Past the last stage any will do: placement reports it.
      while ((Stage < static_cast<int>(Stages.size()) && !suits(*MI, Stage)) || B.Rows.count(Stage)) ++Stage;
      if (Known && *Known == 0) *Known = Stage;
    } else {
      while (kind(Stage) != 'A' || (B.Rows.count(Stage) && !Norman::fitsLane(B.Rows[Stage], *MI))) ++Stage;
    }
    put(*MI, MBB, Stage);
    Last = std::max(Last, Stage);
  }
  if (MBB.succ_size() > 1) {
    int Stage = std::max(Last, B.Entry);
    if (Condition.isVirtual()) {
      const MachineInstr* Def = MRI->getVRegDef(Condition);
      const bool Own =
          Def && Norman::isWide(*Def) && DefStage.lookup(Condition) == Stage && Def->getParent() == &MBB;
      if (!Own) Stage = std::max(Stage, DefStage.lookup(Condition) + 1);
      extend(Condition, Stage);
    }
    B.End = Stage;
  } else {
    B.End = Last;
  }
}

void NormanHoist::orderBlocks(MachineFunction& MF) {
  for (MachineBasicBlock& MBB : MF) {
    // Exit assignments read what the rows leave behind, constants that stood between them included.
    const MachineBasicBlock::iterator Terminator = MBB.getFirstTerminator();
    const auto End = std::find_if(MBB.begin(), Terminator,
                                  [](const MachineInstr& MI) { return Norman::isExitMap(MI); });
    for (auto& [Stage, Lanes] : Blocks[&MBB].Rows) {
      for (MachineInstr* MI : Lanes) {
        if (MI) MBB.splice(End, MI->getParent(), MI);
      }
    }
  }
  for (MachineBasicBlock& MBB : MF) {
    for (MachineInstr& MI : MBB) {
      for (MachineOperand& Op : MI.operands()) {
        if (Op.isReg() && Op.isUse() && Op.getReg().isVirtual()) MRI->clearKillFlags(Op.getReg());
      }
    }
  }
}

void NormanHoist::schedule(MachineFunction& MF) {
  Blocks.clear();
  Place.clear();
  DefStage.clear();
  LiveTo.clear();
  LivePredicates.clear();
  LiveRegisters.clear();
  ObjectStage.clear();
  // By stage, not along one path after the other: what early stages need of all paths comes before what late
  // ones of one path would like. Of equals the one with the longest way before it.
  DenseMap<const MachineBasicBlock*, unsigned> Waits;
  DenseMap<const MachineBasicBlock*, int> Way;
  std::vector<MachineBasicBlock*> Order;
  for (MachineBasicBlock* MBB : ReversePostOrderTraversal<MachineFunction*>(&MF)) Order.push_back(MBB);
  for (MachineBasicBlock* MBB : reverse(Order)) {
    for (const MachineBasicBlock* To : MBB->successors())
      Way[MBB] = std::max(Way.lookup(MBB), Way.lookup(To) + 1);
  }
  std::vector<MachineBasicBlock*> Ready{&MF.front()};
  while (!Ready.empty()) {
    const auto Rank = [&](const MachineBasicBlock* MBB) {
      int Entry = 0;
      for (const MachineBasicBlock* From : MBB->predecessors()) Entry = std::max(Entry, Blocks[From].End + 1);
      return std::pair(Entry, -Way.lookup(MBB));
    };
    const auto Next = std::min_element(Ready.begin(), Ready.end(),
                                       [&](const auto* L, const auto* R) { return Rank(L) < Rank(R); });
    MachineBasicBlock* MBB = *Next;
    Ready.erase(Next);
    scheduleBlock(*MBB);
    for (MachineBasicBlock* To : MBB->successors()) {
      if (++Waits[To] == To->pred_size()) Ready.push_back(To);
    }
  }
}

NormanStages NormanHoist::stages(const MachineFunction& MF) const {
  NormanStages Result;
  for (const MachineBasicBlock& MBB : MF) {
    if (const auto It = Blocks.find(&MBB); It != Blocks.end())
      Result.Blocks[&MBB] = {It->second.Entry, It->second.End};
  }
  for (const auto& [MI, Where] : Place) Result.Ops[MI] = Where.second;
  return Result;
}

bool NormanHoist::runOnMachineFunction(MachineFunction& MF) {
  const auto& STI = MF.getSubtarget<NormanSubtarget>();
  Stages = STI.config().stages;
  Learning = STI.config().learning;
  Registers = STI.config().registers;
  TapStage = STI.config().tap_stage;
  MRI = &MF.getRegInfo();
  Dom = &getAnalysis<MachineDominatorTreeWrapperPass>().getDomTree();
  dropCopies(MF);
  dropDeadResults(MF);
  orderConditions(MF);
  const NormanPlan& Plan = static_cast<const NormanTargetMachine&>(MF.getTarget()).plan(MF.getFunction());
  HoistLookups = Plan.HoistLookups;
  ObjectUses.clear();
  for (const MachineBasicBlock& MBB : MF) {
    for (const MachineInstr& MI : MBB) {
      if (Norman::usesObject(MI)) ++ObjectUses[MI.getOperand(Norman::objectOperand(MI)).getImm()];
    }
  }
  TapWords.clear();
  if (Plan.SecondTap) {
    // Late is what stands late in its own block; hoisting would make early uses of words that may come late.
    InPlace = true;
    schedule(MF);
    InPlace = false;
    TapWords = findTapWords(MF, stages(MF));
  }
  schedule(MF);
  orderBlocks(MF);
  if (!TapWords.empty()) insertSecondTap(MF, TapWords, stages(MF));
  return true;
}
