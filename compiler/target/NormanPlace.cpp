// Assigns every operation to a stage, a row and a lane: the last pass.
//
// What holds between two operations of one path:
//
//   reads what the other wrote    a later stage
//   writes what the other wrote   a later stage
//   writes what the other read    the same row will do: rows read before they write
//
// A branch reads predicates of earlier stages, or the result of its own row's lookup or state step. Blocks
// that no path shares use different rows of the same stages. An object stands in one stage: the first one
// that suits all its uses, found by trying and moving it on. What fits no stage is reported with what is
// there and what was needed.
//
// With objects of another image to keep (`!norman.keep`), an object that is the same tries the place that it had
// there first, others stay away from it as long as that goes, and nothing new lies where the other image has
// something: both run side by side while one replaces the other.
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "Norman.h"
#include "NormanMachineFunctionInfo.h"
#include "NormanOps.h"
#include "NormanSubtarget.h"
#include "NormanTargetMachine.h"
#include "llvm/ADT/PostOrderIterator.h"
#include "llvm/ADT/SmallSet.h"
#include "llvm/CodeGen/MachineFunctionPass.h"
#include "llvm/CodeGen/MachineRegisterInfo.h"
#include "llvm/IR/DebugInfoMetadata.h"

using namespace llvm;
namespace isa = norman::isa;

namespace {

/// A block as placement sees it.
struct PlaceBlock {
  MachineBasicBlock* MBB = nullptr;
  std::vector<MachineInstr*> Ops;
  MachineInstr* Branch = nullptr;  // the conditional branch, if any
  int Next = -1, Taken = -1;       // successors by number; -1 for the exit
  unsigned Preds = 0;
  std::optional<size_t> Tap;  // operations from this one on come after the second tap

  // Filled by placement.
  int Entry = 0;     // first stage at which it may have a row
  int End = -1;      // stage of its last row
  bool Own = false;  // branches on the result of its last row
  std::map<int, std::array<MachineInstr*, 2>> Rows;
  std::map<int, uint8_t> Numbers;  // row numbers by stage
};

/// Why placement gave up.
struct Failure {
  const MachineInstr* At = nullptr;
  std::string Message, Help;
};

class Placer {
 public:
  Placer(MachineFunction& MF)
      : MF(MF),
        Info(*MF.getInfo<NormanMachineFunctionInfo>()),
        Config(MF.getSubtarget<NormanSubtarget>().config()) {}
  void run();

 private:
  void collect();
  void addTap(const MachineInstr& Tap);
  void shareTails();
  bool placeAll();
  bool placeBlock(int Number);
  int placeWide(PlaceBlock& B, MachineInstr& MI, int Ready);
  int placeGather(PlaceBlock& B, MachineInstr& MI, int Ready);
  void mergeGuarded(int Number);
  bool layOutObjects();
  bool numberRows();
  /// Whether the operation, which comes after the tap or not, may stand at the stage as far as tapped
  /// registers go.
  bool tapAllows(const MachineInstr& MI, bool AfterTap, int Stage) const;
  void emit();
  NormanRowRef target(int Number) const;
  int resolve(int Number) const;
  void fail(const MachineInstr* At, const Twine& Message, const Twine& Help = "");
  const MachineInstr* firstUse(int64_t Object) const;
  void report() const;
  char kind(int Stage) const {
    return Stage < static_cast<int>(Config.stages.size()) ? Config.stages[Stage] : 'A';
  }
  unsigned countStages(char Kind) const { return llvm::count(Config.stages, Kind); }
  bool isLearned(int64_t Object) const {
    return Info.Objects[Object].Record.kind == static_cast<uint8_t>(isa::ObjectKind::Learned);
  }
  /// Whether a set, or else a learned table, stands in this stage.
  bool holds(int Stage, bool Learned) const {
    return any_of(ObjectStage, [&](const auto& It) { return It.second == Stage && isLearned(It.first) == Learned; });
  }
  bool layOutLearned(size_t I, int Stage);
  bool placeShared();
  /// Whether the stage is one where this program looks at what the other core shares: nothing else may be there, because the
  /// stage would write its own entries where the other's come.
  bool mirrors(int Stage) const {
    return any_of(Shared, [&](const auto& It) {
      const NormanObject& Object = Info.Objects[It.first];
      return It.second.Stage == Stage && Object.Record.program == static_cast<uint8_t>(Info.Program) && *Object.Home != Info.Program;
    });
  }
  bool mirrorsAllow(int64_t Object, int Stage) const {
    const auto& Home = Info.Objects[Object].Home;
    return !mirrors(Stage) || (Home && *Home != Info.Program);
  }
  /// The object of the other image whose place this one should have.
  const NormanKept* keptOf(int64_t Object) const {
    const auto It = find_if(Info.Kept, [Object](const NormanKept& K) { return K.Object == Object; });
    return It == Info.Kept.end() ? nullptr : &*It;
  }
  /// Whether the object got the stage of the one that it is the same as.
  const NormanKept* inPlace(int64_t Object) const {
    const NormanKept* Kept = keptOf(Object);
    const auto It = ObjectStage.find(Object);
    return Kept && It != ObjectStage.end() && It->second == Kept->Stage ? Kept : nullptr;
  }
  bool keepsFree(int64_t Object, int Stage) const;

  MachineFunction& MF;
  NormanMachineFunctionInfo& Info;
  const isa::ConfigInfo& Config;
  const TargetRegisterInfo& TRI = *MF.getSubtarget().getRegisterInfo();
  std::vector<PlaceBlock> Blocks;      // in reverse post-order: successors after their predecessors
  std::map<int64_t, int> ObjectStage;  // of this attempt
  std::map<int64_t, int> LeastStage;   // what earlier attempts taught
  SmallSet<MCRegister, 16> Tapped;     // registers that the second tap writes
  std::vector<MachineInstr*> Guarded;  // operations that this attempt predicated
  std::set<int> Learning;              // stages that can learn and that sets must leave free
  struct SharedPlace {
    int Stage;
    uint32_t Base;
  };
  std::map<int64_t, SharedPlace> Shared;  // learned tables that both programs have, at the same place in both
  std::map<int, std::vector<bool>> LearnedUnits;  // of rows, by stage: whether a learned table has them
  bool Sparing = true;  // stages of objects to keep are for these
  bool Retry = false;
  std::optional<Failure> Failed;
};

class NormanPlace : public MachineFunctionPass {
 public:
  static char ID;
  NormanPlace() : MachineFunctionPass(ID) {}
  StringRef getPassName() const override { return "Norman placement"; }
  bool runOnMachineFunction(MachineFunction& MF) override {
    Placer(MF).run();
    return true;
  }
};

}  // namespace

char NormanPlace::ID = 0;

FunctionPass* llvm::createNormanPlacePass() { return new NormanPlace; }

void Placer::fail(const MachineInstr* At, const Twine& Message, const Twine& Help) {
  if (!Failed) Failed = Failure{At, Message.str(), Help.str()};
}

void Placer::collect() {
  DenseMap<const MachineBasicBlock*, int> Numbers;
  std::vector<MachineBasicBlock*> Order;
  for (MachineBasicBlock* MBB : ReversePostOrderTraversal<MachineFunction*>(&MF)) {
    Numbers[MBB] = Order.size();
    Order.push_back(MBB);
  }
  for (MachineBasicBlock* MBB : Order) {
    PlaceBlock B;
    B.MBB = MBB;
    for (MachineInstr& MI : *MBB) {
      if (Norman::isEntryWord(MI)) {
        const auto Reg = static_cast<uint8_t>(TRI.getEncodingValue(MI.getOperand(0).getReg()));
        // All words come at once. Where registers are scarce the allocator copies one away to make room for the next.
        if (any_of(Info.Entries, [Reg](const norman_image_entry& E) { return E.tap == 0 && E.reg == Reg; })) {
          const auto [Message, Help] = Norman::registerShortage(Config.registers);
          fail(&MI, Message, Help);
        }
        Info.Entries.push_back(
            {static_cast<uint8_t>(Info.Program), 0, Reg, static_cast<uint8_t>(MI.getOperand(1).getImm()), 0});
      } else if (Norman::isTap(MI)) {
        B.Tap = B.Ops.size();
        addTap(MI);
      } else if (Norman::isExitMap(MI)) {
        Info.Exits.push_back({static_cast<uint8_t>(Info.Program),
                              static_cast<uint8_t>(MI.getOperand(0).getImm()),
                              static_cast<uint8_t>(TRI.getEncodingValue(MI.getOperand(1).getReg())),
                              static_cast<uint8_t>(MI.getOperand(2).getImm()), 0});
      } else if (MI.getOpcode() == Norman::BRC) {
        B.Branch = &MI;
        B.Taken = Numbers.lookup(MI.getOperand(0).getMBB());
      } else if (MI.getOpcode() == Norman::BR) {
        B.Next = Numbers.lookup(MI.getOperand(0).getMBB());
      } else if (Norman::isRowOp(MI)) {
        B.Ops.push_back(&MI);
      }
    }
    const auto LastInst = MBB->getLastNonDebugInstr();
    const bool Falls = LastInst == MBB->end() || !LastInst->isBarrier();
    if (Falls && !MBB->succ_empty()) B.Next = Numbers.lookup(&*std::next(MBB->getIterator()));
    if (B.Branch && B.Next == B.Taken) {
      B.Branch = nullptr;
      B.Taken = -1;
    }
    Blocks.push_back(std::move(B));
  }
  for (const PlaceBlock& B : Blocks) {
    for (const int To : {B.Next, B.Branch ? B.Taken : -1}) {
      if (To < 0) continue;
      ++Blocks[To].Preds;
      if (B.Tap && !Blocks[To].Tap) Blocks[To].Tap = 0;
    }
  }
}

/// The first TAP met says what the second tap loads; all say the same.
void Placer::addTap(const MachineInstr& Tap) {
  if (!Tapped.empty()) return;
  const unsigned Words = Tap.getNumOperands() / 2;
  for (unsigned I = 0; I < Words; ++I) {
    const MCRegister Reg = Tap.getOperand(Words + I).getReg();
    Tapped.insert(Reg);
    Info.Entries.push_back({static_cast<uint8_t>(Info.Program), 1,
                            static_cast<uint8_t>(TRI.getEncodingValue(Reg)),
                            static_cast<uint8_t>(Tap.getOperand(I).getImm()), 0});
  }
}

bool Placer::tapAllows(const MachineInstr& MI, bool AfterTap, int Stage) const {
  if (AfterTap == (Stage >= static_cast<int>(Config.tap_stage))) return true;
  return none_of(MI.operands(), [&](const MachineOperand& Op) {
    return Op.isReg() && Tapped.contains(MCRegister(Op.getReg()));
  });
}

static bool sameOps(const PlaceBlock& L, const PlaceBlock& R) {
  if (L.Ops.size() != R.Ops.size() || L.Tap != R.Tap) return false;
  for (size_t I = 0; I < L.Ops.size(); ++I) {
    if (!L.Ops[I]->isIdenticalTo(*R.Ops[I], MachineInstr::CheckDefs)) return false;
  }
  return true;
}

/// Blocks that do the same and go to the same place become one.
void Placer::shareTails() {
  for (int I = Blocks.size() - 1; I >= 0; --I) {
    if (Blocks[I].Branch || Blocks[I].Ops.empty()) continue;
    for (int J = Blocks.size() - 1; J > I; --J) {
      if (Blocks[J].Branch || Blocks[J].Preds == 0 || resolve(Blocks[J].Next) != resolve(Blocks[I].Next) ||
          !sameOps(Blocks[I], Blocks[J]))
        continue;
      for (PlaceBlock& P : Blocks) {
        for (int* Edge : {&P.Next, &P.Taken}) {
          if (*Edge == I) {
            *Edge = J;
            --Blocks[I].Preds;
            ++Blocks[J].Preds;
          }
        }
        if (P.Branch && P.Next == P.Taken) {
          P.Branch = nullptr;
          P.Taken = -1;
          --Blocks[J].Preds;
        }
      }
      Blocks[I].Ops.clear();
      break;
    }
  }
}

/// Whether what another image has in the stage lets the object be there: sets and learned tables cannot share one, and
/// a stage that an object to keep needs is spared.
bool Placer::keepsFree(int64_t Object, int Stage) const {
  const NormanKept* Own = keptOf(Object);
  if (Own && Own->Stage == Stage) return true;
  return none_of(Info.Kept, [&](const NormanKept& K) {
    if (K.Stage != Stage) return false;
    const bool Learned = K.Kind == static_cast<uint8_t>(isa::ObjectKind::Learned);
    return (kind(Stage) == 'E' && Learned != isLearned(Object)) ||
           (Sparing && K.Object >= 0 && LeastStage.count(K.Object) == 0);
  });
}

/// An instruction that asks an object, to have a place for what is said of it; null where only the other program does.
const MachineInstr* Placer::firstUse(int64_t Object) const {
  for (const PlaceBlock& B : Blocks)
    for (const MachineInstr* MI : B.Ops)
      if (Norman::usesObject(*MI) && MI->getOperand(Norman::objectOperand(*MI)).getImm() == Object) return MI;
  return nullptr;
}

/// Stage for a read of raw bytes, any of their kind, or -1 if the attempt failed.
int Placer::placeGather(PlaceBlock& B, MachineInstr& MI, int Ready) {
  int Stage = Ready;
  while (Stage < static_cast<int>(Config.stages.size()) && (kind(Stage) != 'G' || B.Rows.count(Stage))) ++Stage;
  if (Stage < static_cast<int>(Config.stages.size())) return Stage;
  const unsigned Most = countStages('G');  // not 0: NormanPrepareIR has seen to that
  std::string Stages;
  for (size_t At = Config.stages.find('G'); At != std::string_view::npos; At = Config.stages.find('G', At + 1))
    Stages += (Stages.empty() ? "" : ", ") + std::to_string(At);
  fail(&MI,
       "a packet reads raw bytes at most " + Twine(Most) + " times, in the overlay's stages " + Stages +
           "; this read comes after them, at stage " + Twine(Ready),
       "read fewer different bytes on one path, or put the rules that read them first");
  return -1;
}

/// Stage for a row that uses an object, or -1 if the attempt failed.
int Placer::placeWide(PlaceBlock& B, MachineInstr& MI, int Ready) {
  if (!Norman::usesObject(MI)) return placeGather(B, MI, Ready);
  const char Kind = Norman::stageKind(MI.getDesc());
  const int64_t Object = MI.getOperand(Norman::objectOperand(MI)).getImm();
  // Software moves the entries of sets to wherever there is room, so no learned table can be in their stage.
  const bool Learned = isLearned(Object);
  const auto Suits = [&](int Stage) {
    if (kind(Stage) != Kind || B.Rows.count(Stage) || !keepsFree(Object, Stage) || !mirrorsAllow(Object, Stage)) return false;
    if (Learned) return (Config.learning >> Stage & 1) != 0 && !holds(Stage, false);
    return Kind != 'E' || (!Learning.count(Stage) && !holds(Stage, true));
  };
  if (const auto It = Shared.find(Object); It != Shared.end()) {
    const int Stage = It->second.Stage;
    if (Stage >= Ready && Suits(Stage)) {
      ObjectStage[Object] = Stage;
      return Stage;
    }
    if (holds(Stage, false) && Learning.insert(Stage).second) {
      Retry = true;  // without the sets that stand there
      return -1;
    }
    fail(&MI,
         Twine("no stage is left for '") + Info.Objects[Object].shownName() + "', which both directions share: it lies in stage " +
             Twine(Stage) +
             (Stage < Ready ? ", and its key is not known before stage " + Twine(Ready) : Twine(", where another state is")),
         "use shared states first and in the order of their declaration, or keep fewer states in this direction");
    return -1;
  }
  if (const auto It = ObjectStage.find(Object); It != ObjectStage.end()) {
    if (It->second >= Ready && Suits(It->second)) return It->second;
    // Another path uses the object where this one cannot: move it on and begin again.
    LeastStage[Object] = std::max(Ready, It->second + 1);
    Retry = true;
    return -1;
  }
  const auto Learnt = LeastStage.find(Object);
  const int Least = std::max(Ready, Learnt == LeastStage.end() ? 0 : Learnt->second);
  if (const NormanKept* Kept = keptOf(Object); Kept && Kept->Stage >= Least && Suits(Kept->Stage)) {
    ObjectStage[Object] = Kept->Stage;
    return Kept->Stage;
  }
  int Stage = Least;
  while (Stage < static_cast<int>(Config.stages.size()) && !Suits(Stage)) ++Stage;
  if (Stage >= static_cast<int>(Config.stages.size())) {
    for (int Other = Least; Learned && Other < Stage; ++Other) {
      if ((Config.learning >> Other & 1) == 0 || B.Rows.count(Other) || !Learning.insert(Other).second) continue;
      Retry = true;  // without the sets that stand there
      return -1;
    }
    const char* What = Learned      ? "keyed state"
                       : Kind == 'E' ? "sets"
                       : Kind == 'L' ? "prefix tables"
                       : Kind == 'R' ? "lists of rules"
                                     : "meters and state";
    std::optional<int> Latest;
    for (int Other = 0; Other < Stage; ++Other) {
      if (kind(Other) == Kind && (!Learned || (Config.learning >> Other & 1) != 0)) Latest = Other;
    }
    if (Latest && *Latest < Ready) {
      fail(&MI,
           Twine("no stage is left for '") + Info.Objects[Object].shownName() + "': the overlay's last stage for " + What + " is number " +
               Twine(*Latest) + ", what this one is asked for is ready at stage " + Twine(Ready),
           "test it earlier, or test less before it");
      return -1;
    }
    fail(&MI,
         Twine("no stage is left for '") + Info.Objects[Object].shownName() + "': the overlay has " +
             Twine(Learned ? llvm::popcount(Config.learning) : countStages(Kind)) + " stages for " + What + ", and one path uses one object in each",
         Twine("test fewer ") + What + " in one direction, or test them earlier");
    return -1;
  }
  ObjectStage[Object] = Stage;
  return Stage;
}

bool Placer::placeBlock(int Number) {
  PlaceBlock& B = Blocks[Number];
  const size_t Count = B.Ops.size();
  // Least distances in stages from operation I to J > I; -1 for none.
  std::vector<std::vector<std::pair<size_t, int>>> After(Count);
  std::vector<int> Waits(Count, 0), Earliest(Count, B.Entry), Height(Count, 0);
  const auto Touches = [&](const MachineInstr& MI, bool Defs) {
    SmallVector<MCRegister, 8> Regs;
    for (const MachineOperand& Op : MI.operands()) {
      if (Op.isReg() && Op.getReg() && Op.isDef() == Defs) Regs.push_back(Op.getReg());
    }
    return Regs;
  };
  std::vector<SmallVector<MCRegister, 8>> Defs, Uses;
  const auto AfterTap = [&](size_t I) { return B.Tap && I >= *B.Tap; };
  for (size_t I = 0; I < Count; ++I) {
    Defs.push_back(Touches(*B.Ops[I], true));
    Uses.push_back(Touches(*B.Ops[I], false));
    if (AfterTap(I) && !tapAllows(*B.Ops[I], true, 0))
      Earliest[I] = std::max(Earliest[I], static_cast<int>(Config.tap_stage));
  }
  const auto Meet = [](const SmallVector<MCRegister, 8>& L, const SmallVector<MCRegister, 8>& R) {
    return any_of(L, [&](MCRegister Reg) { return is_contained(R, Reg); });
  };
  for (size_t J = 0; J < Count; ++J) {
    for (size_t I = 0; I < J; ++I) {
      int Distance = -1;
      const int Resource = Norman::exclusiveResource(*B.Ops[I]);
      if (Meet(Defs[I], Uses[J]) || Meet(Defs[I], Defs[J]) ||
          (Resource >= 0 && Resource == Norman::exclusiveResource(*B.Ops[J]))) {
        Distance = 1;
      } else if (Meet(Uses[I], Defs[J])) {
        Distance = 0;
      }
      if (Distance < 0) continue;
      After[I].push_back({J, Distance});
      ++Waits[J];
    }
  }
  const Register Condition = B.Branch ? B.Branch->getOperand(2).getReg() : Register();
  int Decider = -1;  // the operation that makes the branch's predicate
  for (size_t I = Count; I-- > 0;) {
    if (Decider < 0 && Condition && is_contained(Defs[I], MCRegister(Condition))) {
      Decider = I;
      Height[I] = 100;
    }
    for (const auto& [J, Distance] : After[I]) Height[I] = std::max(Height[I], Height[J] + Distance);
  }
  std::vector<int> Stage(Count, -1);
  std::vector<size_t> Ready;
  for (size_t I = 0; I < Count; ++I) {
    if (Waits[I] == 0) Ready.push_back(I);
  }
  size_t Placed = 0;
  int Last = B.Entry - 1;
  const auto Put = [&](size_t I, int At) {
    Stage[I] = At;
    auto& Lanes = B.Rows[At];
    Lanes[Lanes[0] ? 1 : 0] = B.Ops[I];
    Last = std::max(Last, At);
    ++Placed;
    for (const auto& [J, Distance] : After[I]) {
      Earliest[J] = std::max(Earliest[J], At + Distance);
      if (--Waits[J] == 0) Ready.push_back(J);
    }
  };
  for (int At = B.Entry; Placed < Count; ++At) {
    // Wide operations choose their stage when their operands are ready.
    for (size_t R = 0; R < Ready.size();) {
      const size_t I = Ready[R];
      if (!Norman::isWide(*B.Ops[I]) || Earliest[I] > At) {
        ++R;
        continue;
      }
      const int Where = placeWide(B, *B.Ops[I], Earliest[I]);
      if (Where < 0) return false;
      Ready.erase(Ready.begin() + R);
      Put(I, Where);
      R = 0;
    }
    if (kind(At) != 'A') continue;
    // An operation put into this row can let another into it (written after read), so look again each time.
    for (;;) {
      std::optional<size_t> Best;
      for (const size_t I : Ready) {
        if (Norman::isWide(*B.Ops[I]) || Earliest[I] > At) continue;
        if (B.Rows.count(At) && !Norman::fitsLane(B.Rows[At], *B.Ops[I])) continue;
        if (!Best || Height[I] > Height[*Best] || (Height[I] == Height[*Best] && I < *Best)) Best = I;
      }
      if (!Best) break;
      Ready.erase(llvm::find(Ready, *Best));
      Put(*Best, At);
    }
  }
  for (size_t I = 0; I < Count; ++I) {
    if (tapAllows(*B.Ops[I], AfterTap(I), Stage[I])) continue;
    fail(B.Ops[I],
         "'" + MF.getName() +
             "' needs more registers than there are both before and after the second entry tap at stage " +
             Twine(Config.tap_stage),
         "use fewer different fields in this direction");
    return false;
  }
  B.End = Last;
  B.Own = false;
  if (B.Branch) {
    B.End = std::max(Last, B.Entry);
    if (Decider >= 0 && Stage[Decider] == B.End) {
      // Condition is never set on two registers; only a row's own result can be read by its own branch.
      B.Own = Norman::isWide(*B.Ops[Decider]);
      if (!B.Own) ++B.End;
    }
    B.Rows[B.End];  // a branch needs a row even if its lanes are empty
  }
  return true;
}

/// An arm that only fills free lanes of the branch's row becomes predicated execution there.
void Placer::mergeGuarded(int Number) {
  PlaceBlock& B = Blocks[Number];
  if (!B.Branch || B.Own) return;
  // A branch that stands in a table or state stage has no lanes; it may wait for the next row that has, if
  // that delays nobody but the arm, which could begin no earlier anyhow.
  const int Early = B.End;
  if (kind(B.End) != 'A') {
    if (resolve(B.Next) >= 0 && resolve(B.Taken) >= 0) return;
    while (kind(B.End) != 'A') ++B.End;
    if (B.End >= static_cast<int>(Config.stages.size())) {
      B.End = Early;
      return;
    }
  }
  if (B.End >= static_cast<int>(Config.stages.size())) return;
  bool Merged = false;
  const auto Settle = [&] {
    if (B.End == Early) return;
    if (Merged) {
      if (!B.Rows[Early][0]) B.Rows.erase(Early);
    } else {
      B.Rows.erase(B.End);
      B.End = Early;
    }
  };
  for (const bool TakenArm : {true, false}) {
    int& Edge = TakenArm ? B.Taken : B.Next;
    if (Edge < 0) continue;
    PlaceBlock& Arm = Blocks[Edge];
    if (Arm.Preds != 1 || Arm.Branch || Arm.Ops.empty() || Arm.Ops.size() > 2) continue;
    auto Lanes = B.Rows[B.End];
    bool Good = true;
    std::set<MCRegister> Written;
    for (const MachineInstr* MI : Lanes) {
      if (!MI) continue;
      for (const MachineOperand& Op : MI->operands()) {
        if (Op.isReg() && Op.isDef()) Written.insert(Op.getReg());
      }
    }
    for (MachineInstr* MI : Arm.Ops) {
      const unsigned Guard = Norman::guardOperand(*MI);
      Good = Good && tapAllows(*MI, Arm.Tap.has_value(), B.End) && !Norman::isWide(*MI) &&
             MI->getOperand(Guard).getImm() == Norman::GuardAlways && Norman::fitsLane(Lanes, *MI);
      if (!Good) break;
      for (const MachineOperand& Op : MI->operands()) {
        if (Op.isReg() && Op.getReg() && Written.count(Op.getReg())) Good = false;
      }
      for (const MachineOperand& Op : MI->operands()) {
        if (Op.isReg() && Op.isDef()) Written.insert(Op.getReg());
      }
      Lanes[Lanes[0] ? 1 : 0] = MI;
    }
    if (!Good) continue;
    const bool Negated = B.Branch->getOperand(1).getImm();
    for (MachineInstr* MI : Arm.Ops) {
      const unsigned Guard = Norman::guardOperand(*MI);
      MI->getOperand(Guard).setImm(TakenArm != Negated ? Norman::GuardIf : Norman::GuardIfNot);
      MI->getOperand(Guard + 1).setReg(B.Branch->getOperand(2).getReg());
      Guarded.push_back(MI);
    }
    B.Rows[B.End] = Lanes;
    Merged = true;
    B.Ops.insert(B.Ops.end(), Arm.Ops.begin(), Arm.Ops.end());
    const int After = Arm.Next;
    Arm.Ops.clear();
    Arm.Preds = 0;
    Edge = After;
    // The arm's own edge to After now is this block's: the count of After stays.
    if (resolve(B.Next) == resolve(B.Taken)) {
      if (B.Taken >= 0) --Blocks[B.Taken].Preds;
      B.Branch = nullptr;
      B.Taken = -1;
      break;
    }
  }
  Settle();
}

/// The block that a packet really reaches: blocks without rows are passed through. -1 for the exit.
int Placer::resolve(int Number) const {
  while (Number >= 0 && Blocks[Number].Ops.empty() && !Blocks[Number].Branch) Number = Blocks[Number].Next;
  return Number;
}

bool Placer::placeAll() {
  ObjectStage.clear();
  for (PlaceBlock& B : Blocks) {
    B.Entry = 0;
    B.End = -1;
    B.Rows.clear();
  }
  for (size_t I = 0; I < Blocks.size(); ++I) {
    if (!placeBlock(I)) return false;
    mergeGuarded(I);
    PlaceBlock& B = Blocks[I];
    const int After = std::max(B.End, B.Entry - 1) + 1;
    if (B.Next >= 0) Blocks[B.Next].Entry = std::max(Blocks[B.Next].Entry, After);
    if (B.Branch) Blocks[B.Taken].Entry = std::max(Blocks[B.Taken].Entry, After);
  }
  // Everything has a stage, perhaps beyond the last: then say how many it takes.
  int Needed = 0;
  const MachineInstr* Late = nullptr;
  for (const PlaceBlock& B : Blocks) {
    for (const auto& [Stage, Lanes] : B.Rows) {
      Needed = std::max(Needed, Stage + 1);
      if (Stage >= static_cast<int>(Config.stages.size()) && !Late) Late = Lanes[0] ? Lanes[0] : B.Branch;
    }
  }
  if (Late) {
    fail(Late,
         "the longest path of '" + Twine(MF.getName()) + "' needs " + Twine(Needed) +
             " stages, the overlay has " + Twine(Config.stages.size()),
         "put lists of addresses or ports into a set, which takes one stage, or split the policy by hook");
    return false;
  }
  return true;
}

constexpr uint32_t LearnedUnit = isa::kLearnUnit * isa::kExactWays;  // entries of the smallest learned table

/// Takes the first free units for a learned table of so many, at a multiple of them; nothing if there are none.
static std::optional<uint32_t> takeUnits(std::vector<bool>& Taken, uint32_t Wanted) {
  for (uint32_t First = 0; First + Wanted <= Taken.size(); First += Wanted) {
    const auto Begin = Taken.begin() + First;
    if (std::find(Begin, Begin + Wanted, true) != Begin + Wanted) continue;
    std::fill(Begin, Begin + Wanted, true);
    return First;
  }
  return std::nullopt;
}

/// Rows for a learned table: a power of two of units, at a multiple of it.
bool Placer::layOutLearned(size_t I, int Stage) {
  norman_image_object& Record = Info.Objects[I].Record;
  const uint32_t Units = Config.exact_rows / isa::kLearnUnit, Wanted = Record.size / LearnedUnit;
  if (Record.size % LearnedUnit != 0 || !isPowerOf2_32(Wanted) || Wanted > Units) {
    fail(firstUse(I), Twine("'") + Info.Objects[I].shownName() + "' has " + Twine(Record.size) +
                      " entries, keyed state has a power of two from " + Twine(LearnedUnit) + " to " +
                      Twine(Units * LearnedUnit));
    return false;
  }
  std::vector<bool>& Taken = LearnedUnits[Stage];
  if (Taken.empty()) {
    Taken.resize(Units);
    for (const NormanKept& K : Info.Kept) {
      if (K.Stage != Stage || K.Kind != static_cast<uint8_t>(isa::ObjectKind::Learned)) continue;
      std::fill_n(Taken.begin() + K.Base, K.Size / LearnedUnit, true);
    }
    for (const auto& [Other, Place] : Shared)
      if (Place.Stage == Stage) std::fill_n(Taken.begin() + Place.Base, Info.Objects[Other].Record.size / LearnedUnit, true);
  }
  if (const auto It = Shared.find(I); It != Shared.end()) {
    Record.stage = Stage;
    Record.base = It->second.Base;
    return true;
  }
  if (const NormanKept* Kept = inPlace(I)) {
    Record.stage = Stage;
    Record.base = Kept->Base;
    return true;
  }
  if (const auto First = takeUnits(Taken, Wanted)) {
    Record.stage = Stage;
    Record.base = *First;
    return true;
  }
  LeastStage[I] = Stage + 1;
  Retry = true;
  return false;
}

/// Where the learned tables lie that both programs have: found from the module alone, so that both find the same. Where each
/// direction learns some, those of ingress lie in the first stage that can learn, those of egress in the last; else they take
/// these stages in the order of their declaration, because a packet uses one in each.
bool Placer::placeShared() {
  const uint32_t Units = Config.exact_rows / isa::kLearnUnit;
  std::vector<int> Stages;
  for (int Stage = 0; Stage < 64; ++Stage)
    if (Config.learning >> Stage & 1) Stages.push_back(Stage);
  std::array<std::set<StringRef>, 2> Names;  // by home
  for (const NormanObject& Object : Info.Objects)
    if (Object.Home) Names[static_cast<size_t>(*Object.Home)].insert(Object.Name);
  const auto stageOf = [&](isa::Program Home, size_t Number) {
    const bool Alone = Names[1 - static_cast<size_t>(Home)].empty() && Names[static_cast<size_t>(Home)].size() > 1;
    if (Alone) return Stages[std::min(Number, Stages.size() - 1)];
    return Home == isa::Program::Ingress ? Stages.front() : Stages.back();
  };

  std::map<int, std::vector<bool>> Taken;
  std::map<StringRef, SharedPlace> Places;
  for (size_t I = 0; I < Info.Objects.size(); ++I) {
    const NormanObject& Object = Info.Objects[I];
    if (!Object.Home) continue;
    if (Stages.empty()) {
      fail(firstUse(I), Twine("no stage is left for '") + Object.shownName() + "': the overlay has none that learns");
      return false;
    }
    const auto [It, IsNew] = Places.try_emplace(Object.Name);
    if (IsNew) {
      const int Stage = stageOf(*Object.Home, Places.size() - 1);
      std::vector<bool>& Rows = Taken[Stage];
      Rows.resize(Units);
      const auto First = takeUnits(Rows, Object.Record.size / LearnedUnit);
      if (!First) {
        fail(firstUse(I),
             Twine("no room is left for '") + Object.shownName() + "': a stage of this overlay has " + Twine(Units * LearnedUnit) +
                 " keys of states that both directions share",
             "make these states smaller, or fewer");
        return false;
      }
      It->second = {Stage, *First};
    }
    Shared[I] = It->second;
  }
  return true;
}

/// Table ids and memory of the objects, stage by stage.
bool Placer::layOutObjects() {
  LearnedUnits.clear();
  std::map<int, uint64_t> Used;    // entries or words by stage
  std::map<int, uint32_t> Tables;  // table ids by stage
  std::map<int, std::vector<size_t>> ListsOf;  // objects by stage
  for (size_t I = 0; I < Info.Objects.size(); ++I) {
    NormanObject& Object = Info.Objects[I];
    const auto Kind = static_cast<isa::ObjectKind>(Object.Record.kind);
    if (Object.Record.program != static_cast<uint8_t>(Info.Program) || Kind == isa::ObjectKind::Counter ||
        Kind == isa::ObjectKind::Log)
      continue;
    const auto It = ObjectStage.find(I);
    if (It == ObjectStage.end()) continue;  // declared, used by the other program or by none
    const int Stage = It->second;
    if (Kind == isa::ObjectKind::Learned) {
      if (!layOutLearned(I, Stage)) return false;
      continue;
    }
    const bool Words = kind(Stage) == 'S';
    // Four-way cuckoo tables fill to about 97 %, the trees of a rule stage to four fifths; the rest is room for
    // entries added later.
    const uint64_t Room = Words                ? Config.state_words
                          : kind(Stage) == 'E' ? uint64_t{Config.exact_rows} * isa::kExactWays * 9 / 10
                          : kind(Stage) == 'L' ? uint64_t{Config.prefix_entries}
                                               : uint64_t{Config.rule_trees} * Config.rule_rows * isa::kRuleLeafSlots * 4 / 5;
    if (Used[Stage] + Object.Record.size > Room) {
      if (Object.Record.size > Room) {
        fail(firstUse(I),
             Twine("'") + Object.shownName() + "' has " + Twine(Object.Record.size) +
                 (Words ? " words, a stage holds " : " entries, a stage holds ") + Twine(Room),
             "give it a smaller size");
        return false;
      }
      LeastStage[I] = Stage + 1;
      Retry = true;
      return false;
    }
    if (kind(Stage) == 'R') {
      // Lists of paths that exclude each other share a stage if its trees take them all.
      std::vector<size_t>& Lists = ListsOf[Stage];
      Lists.push_back(I);
      const auto& HoldsLists = static_cast<const NormanTargetMachine&>(MF.getTarget()).HoldsLists;
      if (Lists.size() > 1 && HoldsLists && !HoldsLists(Lists)) {
        LeastStage[I] = Stage + 1;
        Retry = true;
        return false;
      }
    }
    Object.Record.stage = Stage;
    Used[Stage] += Object.Record.size;
    if (const NormanKept* Kept = inPlace(I)) {
      Object.Record.base = Kept->Base;
      continue;
    }
    // The first place behind those that are taken, of this image's objects and of the other's.
    uint32_t& Next = Tables[Stage];
    const uint32_t Length = Words ? Object.Record.size : 1;
    for (bool Moved = true; Moved;) {
      Moved = false;
      for (const NormanKept& K : Info.Kept) {
        const uint32_t Taken = Words ? K.Size : 1;
        if (K.Stage != Stage || (kind(Stage) == 'E') != (K.Kind == static_cast<uint8_t>(isa::ObjectKind::Set)) ||
            K.Base >= Next + Length || Next >= K.Base + Taken)
          continue;
        Next = K.Base + Taken;
        Moved = true;
      }
    }
    if (Next + Length > (Words ? uint64_t{Config.state_words} : uint64_t{isa::kTablesMax})) {
      LeastStage[I] = Stage + 1;
      Retry = true;
      return false;
    }
    Object.Record.base = Next;
    Next += Length;
  }
  for (PlaceBlock& B : Blocks) {
    for (MachineInstr* MI : B.Ops) {
      if (!Norman::usesObject(*MI)) continue;
      MachineOperand& Operand = MI->getOperand(Norman::objectOperand(*MI));
      const norman_image_object& Record = Info.Objects[Operand.getImm()].Record;
      Operand.setImm(Record.base);
      if (MI->getOpcode() == Norman::STATE) MI->getOperand(6).setImm(Record.size - 1);
      if (MI->getOpcode() == Norman::LEARN) MI->getOperand(3).setImm(Log2_32(Record.size / LearnedUnit));
    }
  }
  return true;
}

bool Placer::numberRows() {
  std::map<int, unsigned> Next;
  for (PlaceBlock& B : Blocks) {
    if (B.Preds == 0 && &B != &Blocks[0]) B.Rows.clear();
    for (const auto& [Stage, Lanes] : B.Rows) {
      const unsigned Number = Next[Stage]++;
      if (Number >= isa::kRowsPerStage) {
        fail(Lanes[0] ? Lanes[0] : B.Branch,
             "'" + MF.getName() + "' needs more than the " + Twine(isa::kRowsPerStage) + " rows of stage " +
                 Twine(Stage),
             "put lists of addresses or ports into a set");
        return false;
      }
      B.Numbers[Stage] = Number;
    }
  }
  return true;
}

NormanRowRef Placer::target(int Number) const {
  Number = resolve(Number);
  if (Number < 0) return NormanRowRef();
  const auto& [Stage, Row] = *Blocks[Number].Numbers.begin();
  return {static_cast<uint8_t>(Stage), Row};
}

void Placer::emit() {
  // Operations that became predicated ones move in front of the branch whose predicate they read.
  for (const PlaceBlock& B : Blocks) {
    for (MachineInstr* MI : B.Ops) {
      if (MI->getParent() == B.MBB) continue;
      for (MachineOperand& Op : MI->operands()) {
        if (Op.isReg() && Op.isUse()) Op.setIsKill(false);
      }
      B.MBB->splice(B.MBB->getFirstTerminator(), MI->getParent(), MI);
    }
  }
  Info.Start = target(0);
  for (const PlaceBlock& B : Blocks) {
    for (auto It = B.Rows.begin(); It != B.Rows.end(); ++It) {
      const auto& [Stage, Lanes] = *It;
      NormanPlacedRow Row;
      Row.Stage = Stage;
      Row.Row = B.Numbers.at(Stage);
      // Lane 1 lacks shifter and multiplier.
      Row.Ops = {Lanes[0], Lanes[1]};
      if (Lanes[1] && Norman::laneZeroOnly(Lanes[1]->getDesc())) std::swap(Row.Ops[0], Row.Ops[1]);
      for (const MachineInstr* MI : {Row.Ops[0], Row.Ops[1], static_cast<const MachineInstr*>(B.Branch)}) {
        if (MI && Row.Line == 0 && MI->getDebugLoc()) Row.Line = MI->getDebugLoc().getLine();
      }
      if (std::next(It) != B.Rows.end()) {
        Row.Control.Next = {static_cast<uint8_t>(std::next(It)->first), B.Numbers.at(std::next(It)->first)};
      } else {
        Row.Control.Next = target(B.Next);
        if (B.Branch) {
          Row.Control.Taken = target(B.Taken);
          Row.Control.Negated = B.Branch->getOperand(1).getImm();
          Row.Control.Mode = B.Own ? isa::BranchMode::Own : isa::BranchMode::Pred;
          if (!B.Own) Row.Control.Predicate = TRI.getEncodingValue(B.Branch->getOperand(2).getReg());
        }
      }
      Info.Rows.push_back(Row);
    }
  }
  stable_sort(Info.Rows, [](const NormanPlacedRow& L, const NormanPlacedRow& R) {
    return std::pair(L.Stage, L.Row) < std::pair(R.Stage, R.Row);
  });
  Info.Placed = true;
}

void Placer::run() {
  collect();
  if (Failed || !placeShared()) return report();
  shareTails();
  const std::vector<PlaceBlock> Fresh = Blocks;
  // Each attempt moves one object at least one stage on, so this ends.
  for (;;) {
    Retry = false;
    if (placeAll() && layOutObjects() && numberRows()) {
      emit();
      return;
    }
    Blocks = Fresh;
    for (MachineInstr* MI : Guarded) {
      // Undoes the guards of the attempt that failed.
      const unsigned Guard = Norman::guardOperand(*MI);
      MI->getOperand(Guard).setImm(Norman::GuardAlways);
      MI->getOperand(Guard + 1).setReg(Norman::NoRegister);
    }
    Guarded.clear();
    if (!Retry && Sparing && !Info.Kept.empty()) {
      Sparing = false;
      LeastStage.clear();
      Learning.clear();
      Failed.reset();
      continue;
    }
    if (!Retry) break;
  }
  report();
}

void Placer::report() const {
  assert(Failed && "placement gave up without a reason");
  reportNorman(MF.getFunction(), Failed->At ? Failed->At->getDebugLoc() : DebugLoc(), Failed->Message,
               Failed->Help);
}
