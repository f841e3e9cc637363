// The second entry tap: which entry words are loaded there, and the places where paths pass it.
//
// At the tap every packet gets the words, whatever path it is on and whether the path needs them. So each
// path gets one TAP, which defines the physical registers that the hardware writes; register allocation keeps
// everything else that lives there out of them, and what needs a word copies it from its register, which
// costs nothing if the allocator leaves it where it is.
//
//            before            the tap's stage           after
//   stages   0 1 2 ...   |  T T+1 ...            a block lies before, after, or has the TAP in its middle
//            [block] ----TAP---> [block]         an edge over the tap gets the TAP
//
// Placement then holds operations on tapped registers to their side of the stage, or gives up.
#include "NormanTap.h"

#include <array>
#include <map>

#include "MCTargetDesc/NormanMCTargetDesc.h"
#include "NormanOps.h"
#include "NormanSubtarget.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/CodeGen/MachineInstrBuilder.h"
#include "llvm/CodeGen/MachineRegisterInfo.h"
#include "llvm/CodeGen/MachineSSAUpdater.h"
#include "norman/spec/isa.h"

using namespace llvm;
namespace isa = norman::isa;

SmallVector<Register, 16> llvm::findTapWords(const MachineFunction& MF, const NormanStages& Stages) {
  const MachineRegisterInfo& MRI = MF.getRegInfo();
  const isa::ConfigInfo& Config = MF.getSubtarget<NormanSubtarget>().config();
  struct Late {
    Register Reg;
    unsigned Residue;
    int First;  // stage of the first use
  };
  SmallVector<Late, 32> Candidates;
  for (const MachineInstr& MI : MF.front()) {
    if (!Norman::isEntryWord(MI)) continue;
    const Register Reg = MI.getOperand(0).getReg();
    int First = isa::kStageExit;
    for (const MachineInstr& User : MRI.use_nodbg_instructions(Reg)) {
      if (Norman::isExitMap(User)) continue;  // after the last stage
      const auto It = Stages.Ops.find(&User);
      First = std::min(First, It == Stages.Ops.end() ? 0 : It->second);
    }
    if (First >= static_cast<int>(Config.tap_stage) && !MRI.use_nodbg_empty(Reg)) {
      Candidates.push_back({Reg, static_cast<unsigned>(MI.getOperand(1).getImm()) % isa::kEntryBanks, First});
    }
  }
  stable_sort(Candidates, [](const Late& L, const Late& R) { return L.First > R.First; });
  // The tap loads only the upper half of the registers.
  const unsigned Most = Config.registers / isa::kEntryBanks / isa::kTapShare;
  std::array<unsigned, isa::kEntryBanks> Found{};
  SmallVector<Register, 16> Words;
  for (const Late& C : Candidates) {
    if (Found[C.Residue]++ < Most) Words.push_back(C.Reg);
  }
  return Words;
}

namespace {

/// An empty block on the edge.
MachineBasicBlock* splitEdge(MachineBasicBlock& From, MachineBasicBlock& To) {
  MachineFunction& MF = *From.getParent();
  MachineBasicBlock* Between = MF.CreateMachineBasicBlock();
  MF.push_back(Between);
  for (MachineInstr& MI : From.terminators()) {
    for (MachineOperand& Op : MI.operands()) {
      if (Op.isMBB() && Op.getMBB() == &To) Op.setMBB(Between);
    }
  }
  const TargetInstrInfo& TII = *MF.getSubtarget().getInstrInfo();
  if (From.isLayoutSuccessor(&To) && (From.empty() || !From.back().isBarrier()))
    BuildMI(&From, DebugLoc(), TII.get(Norman::BR)).addMBB(Between);
  From.replaceSuccessor(&To, Between);
  Between->addSuccessor(&To);
  To.replacePhiUsesWith(&From, Between);
  BuildMI(Between, DebugLoc(), TII.get(Norman::BR)).addMBB(&To);
  return Between;
}

class TapInserter {
 public:
  TapInserter(MachineFunction& MF, ArrayRef<Register> Words, const NormanStages& Stages)
      : MF(MF),
        MRI(MF.getRegInfo()),
        Stages(Stages),
        Stage(MF.getSubtarget<NormanSubtarget>().config().tap_stage) {
    chooseRegisters(Words);
  }
  void run();

 private:
  struct Word {
    Register Reg;         // what the uses read
    unsigned Number = 0;  // of the entry word
    MCRegister Tapped;
  };

  void chooseRegisters(ArrayRef<Register> Regs);
  bool isAfter(const MachineBasicBlock& MBB) const { return Stages.Blocks.lookup(&MBB).first >= Stage; }
  /// The exit map is read after the last stage, however short the path: a block with it is never before the
  /// tap.
  bool isBefore(const MachineBasicBlock& MBB) const {
    return !isAfter(MBB) && Stages.Blocks.lookup(&MBB).second < Stage && !MBB.isReturnBlock();
  }
  void insertAt(MachineBasicBlock& MBB, MachineBasicBlock::iterator At);
  void connect();

  MachineFunction& MF;
  MachineRegisterInfo& MRI;
  const NormanStages& Stages;
  const int Stage;
  SmallVector<Word, 16> Words;
  std::map<MachineBasicBlock*, SmallVector<Register, 16>>
      Copies;  // where a block has a TAP: a register for each word
};

}  // namespace

void TapInserter::chooseRegisters(ArrayRef<Register> Regs) {
  const isa::ConfigInfo& Config = MF.getSubtarget<NormanSubtarget>().config();
  // From the top, because the allocator begins at the bottom: the highest one that suits the word and its uses.
  BitVector Taken(Config.registers);
  const int Lowest = static_cast<int>(Config.registers / isa::kTapShare);
  const auto IsFree = [&](unsigned Number, const TargetRegisterClass* Class) {
    return !Taken.test(Number) && Class->contains(Norman::GPRRegClass.getRegister(Number));
  };
  for (const Register Reg : Regs) {
    const auto Word = static_cast<unsigned>(MRI.getVRegDef(Reg)->getOperand(1).getImm());
    const TargetRegisterClass* Class = MRI.getRegClass(Reg);
    // The last resort costs a copy, where the word is used by what reads few registers.
    for (const TargetRegisterClass* Allowed : {Class, &Norman::GPRRegClass}) {
      int Number = static_cast<int>(Config.registers) - 1;
      while (Number >= Lowest && (Number % isa::kEntryBanks != Word % isa::kEntryBanks || !IsFree(Number, Allowed))) --Number;
      if (Number < Lowest) continue;
      Taken.set(Number);
      Words.push_back({Reg, Word, Norman::GPRRegClass.getRegister(Number)});
      break;
    }
  }
}

void TapInserter::insertAt(MachineBasicBlock& MBB, MachineBasicBlock::iterator At) {
  const TargetInstrInfo& TII = *MF.getSubtarget().getInstrInfo();
  auto Tap = BuildMI(MBB, At, DebugLoc(), TII.get(Norman::TAP));
  for (const Word& W : Words) Tap.addImm(W.Number);
  for (const Word& W : Words) Tap.addReg(W.Tapped, RegState::ImplicitDefine);
  for (const Word& W : Words) {
    const Register Copy = MRI.createVirtualRegister(MRI.getRegClass(W.Reg));
    BuildMI(MBB, At, DebugLoc(), TII.get(TargetOpcode::COPY), Copy).addReg(W.Tapped);
    Copies[&MBB].push_back(Copy);
  }
}

/// Uses read the copy that their path has passed.
void TapInserter::connect() {
  for (unsigned I = 0; I < Words.size(); ++I) {
    const Register Reg = Words[I].Reg;
    MachineSSAUpdater Updater(MF);
    Updater.Initialize(Reg);
    for (const auto& [MBB, Regs] : Copies) Updater.AddAvailableValue(MBB, Regs[I]);
    for (MachineOperand& Use : make_early_inc_range(MRI.use_nodbg_operands(Reg))) {
      // Within a block with a TAP all uses come after it: nothing before the tap's stage reads the word.
      if (const auto It = Copies.find(Use.getParent()->getParent()); It != Copies.end()) {
        Use.setReg(It->second[I]);
      } else {
        Updater.RewriteUse(Use);
      }
    }
    MRI.getVRegDef(Reg)->eraseFromParent();
    for (const auto& [MBB, Regs] : Copies) {
      if (MRI.use_nodbg_empty(Regs[I])) MRI.getVRegDef(Regs[I])->eraseFromParent();
    }
  }
}

void TapInserter::run() {
  SmallVector<MachineBasicBlock*, 32> Blocks;
  for (MachineBasicBlock& MBB : MF) Blocks.push_back(&MBB);
  for (MachineBasicBlock* MBB : Blocks) {
    if (isBefore(*MBB)) {
      SmallVector<MachineBasicBlock*, 2> Successors(MBB->successors());
      for (MachineBasicBlock* To : Successors) {
        if (!isAfter(*To)) continue;
        // A block that all paths enter over the tap has it at its beginning.
        if (all_of(To->predecessors(), [&](const MachineBasicBlock* From) { return isBefore(*From); })) {
          if (!Copies.count(To)) insertAt(*To, To->getFirstNonPHI());
        } else if (!Copies.count(To)) {
          MachineBasicBlock* Between = splitEdge(*MBB, *To);
          insertAt(*Between, Between->begin());
        }
      }
    } else if (!isAfter(*MBB)) {
      const auto IsLate = [&](const MachineInstr& MI) {
        const auto It = Stages.Ops.find(&MI);
        return MI.isTerminator() || Norman::isExitMap(MI) ||
               (It != Stages.Ops.end() && It->second >= Stage);
      };
      insertAt(*MBB, std::find_if(MBB->getFirstNonPHI(), MBB->end(), IsLate));
    } else if (MBB->pred_empty()) {
      insertAt(*MBB, MBB->getFirstNonPHI());  // a program without rows before the tap
    }
  }
  connect();
}

void llvm::insertSecondTap(MachineFunction& MF, ArrayRef<Register> Words, const NormanStages& Stages) {
  if (!Words.empty()) TapInserter(MF, Words, Stages).run();
}
