// Hands placed rows, entry and exit maps, objects and the resource report to the target streamer.
#include <set>

#include "MCTargetDesc/NormanTargetStreamer.h"
#include "Norman.h"
#include "NormanMachineFunctionInfo.h"
#include "NormanReport.h"
#include "NormanSubtarget.h"
#include "TargetInfo/NormanTargetInfo.h"
#include "llvm/CodeGen/AsmPrinter.h"
#include "llvm/CodeGen/MachineInstr.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/MCStreamer.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Target/TargetMachine.h"

using namespace llvm;
namespace isa = norman::isa;

namespace {

class NormanAsmPrinter : public AsmPrinter {
 public:
  NormanAsmPrinter(TargetMachine& TM, std::unique_ptr<MCStreamer> Streamer)
      : AsmPrinter(TM, std::move(Streamer)) {}
  StringRef getPassName() const override { return "Norman assembly printer"; }

  void emitStartOfAsmFile(Module& M) override;
  bool runOnMachineFunction(MachineFunction& MF) override;
  void emitEndOfAsmFile(Module& M) override;

 private:
  NormanTargetStreamer& streamer() {
    return static_cast<NormanTargetStreamer&>(*OutStreamer->getTargetStreamer());
  }
  void reportUse(const MachineFunction& MF, const NormanMachineFunctionInfo& Info);

  std::vector<NormanObject> Objects;
  std::vector<norman_image_resource> Resources;
};

}  // namespace

static MCInst lower(const MachineInstr& MI) {
  MCInst Inst;
  Inst.setOpcode(MI.getOpcode());
  for (const MachineOperand& Op : MI.explicit_operands()) {
    Inst.addOperand(Op.isReg() ? MCOperand::createReg(Op.getReg()) : MCOperand::createImm(Op.getImm()));
  }
  return Inst;
}

void NormanAsmPrinter::emitStartOfAsmFile(Module& M) {
  Objects = readNormanObjects(M);
  streamer().emitConfig(static_cast<const NormanSubtarget*>(TM.getSubtargetImpl(*M.begin()))->config());
}

bool NormanAsmPrinter::runOnMachineFunction(MachineFunction& MF) {
  const auto& Info = *MF.getInfo<NormanMachineFunctionInfo>();
  if (!Info.Placed) return false;  // reported already
  NormanTargetStreamer& Out = streamer();
  const auto Program = static_cast<uint8_t>(Info.Program);
  const uint32_t Initial = static_cast<uint32_t>(isa::Verdict::Pass) | isa::kNoRule << 16;
  Out.emitProgram({Program, Info.Start.Stage, Info.Start.Row, Initial});
  for (const norman_image_entry& Entry : Info.Entries) Out.emitEntry(Entry);
  for (const NormanPlacedRow& Placed : Info.Rows) {
    NormanRow Row;
    Row.Program = Program;
    Row.Stage = Placed.Stage;
    Row.Row = Placed.Row;
    Row.Line = Placed.Line;
    Row.Control = Placed.Control;
    for (unsigned Lane = 0; Lane < 2; ++Lane) {
      if (Placed.Ops[Lane]) Row.Ops[Lane] = lower(*Placed.Ops[Lane]);
    }
    Out.emitRow(Row);
  }
  for (const norman_image_exit& Exit : Info.Exits) Out.emitExit(Exit);
  for (size_t I = 0; I < Objects.size(); ++I) {
    if (Objects[I].Record.program == Program) Objects[I].Record = Info.Objects[I].Record;
  }
  reportUse(MF, Info);
  return false;
}

void NormanAsmPrinter::reportUse(const MachineFunction& MF, const NormanMachineFunctionInfo& Info) {
  const isa::ConfigInfo& Config = MF.getSubtarget<NormanSubtarget>().config();
  const auto Program = static_cast<uint8_t>(Info.Program);
  const auto Add = [&](NormanResource Resource, unsigned Stage, uint32_t Used, uint32_t Available) {
    Resources.push_back({normanResourceName(*MF.getFunction().getParent(), Resource), Program,
                         static_cast<uint8_t>(Stage), 0, Used, Available});
  };
  const unsigned Stages = Config.stages.size();
  std::vector<uint32_t> Rows(Stages), Lanes(Stages);
  uint32_t Deepest = 0, Slots = 0;
  std::set<MCRegister> Registers, Predicates;
  for (const NormanPlacedRow& Row : Info.Rows) {
    ++Rows[Row.Stage];
    Deepest = std::max(Deepest, Row.Stage + 1u);
    for (const MachineInstr* MI : Row.Ops) {
      if (!MI) continue;
      ++Lanes[Row.Stage];
      if (MI->getOpcode() == Norman::EVENT || MI->getOpcode() == Norman::EVENTX) {
        Slots = std::max<uint32_t>(Slots, MI->getOperand(0).getImm() + 1);
      }
      for (const MachineOperand& Op : MI->operands()) {
        if (!Op.isReg() || !Op.getReg()) continue;
        (Norman::PRRegClass.contains(Op.getReg()) ? Predicates : Registers).insert(Op.getReg());
      }
    }
  }
  const auto Sum = [](const std::vector<uint32_t>& V) {
    uint32_t Total = 0;
    for (const uint32_t N : V) Total += N;
    return Total;
  };
  Add(NormanResource::Stages, isa::kStageExit, Deepest, Stages);
  Add(NormanResource::Rows, isa::kStageExit, Sum(Rows), Stages * isa::kRowsPerStage);
  Add(NormanResource::Registers, isa::kStageExit, Registers.size(), Config.registers);
  Add(NormanResource::Predicates, isa::kStageExit, Predicates.size(), isa::kPredicates);
  Add(NormanResource::EntryWords, isa::kStageExit, Info.Entries.size(), Config.registers * isa::kEntryTaps);
  Add(NormanResource::EventSlots, isa::kStageExit, Slots, isa::kEventSlots);
  for (unsigned Stage = 0; Stage < Stages; ++Stage) {
    if (Rows[Stage] != 0) {
      Add(NormanResource::Rows, Stage, Rows[Stage], isa::kRowsPerStage);
      if (Config.stages[Stage] == 'A')
        Add(NormanResource::Lanes, Stage, Lanes[Stage], 2 * isa::kRowsPerStage);
    }
    uint32_t Size = 0;
    for (const NormanObject& Object : Info.Objects) {
      if (Object.Record.program == Program && Object.Record.stage == Stage) Size += Object.Record.size;
    }
    if (Size == 0) continue;
    if (Config.stages[Stage] == 'E') {
      Add(NormanResource::TableEntries, Stage, Size, Config.exact_rows * isa::kExactWays);
    } else if (Config.stages[Stage] == 'L') {
      Add(NormanResource::TableEntries, Stage, Size, Config.prefix_entries);
    } else if (Config.stages[Stage] == 'R') {
      Add(NormanResource::RuleEntries, Stage, Size, Config.rule_trees * Config.rule_rows * isa::kRuleLeafSlots + Config.rule_overflow);
    } else {
      Add(NormanResource::StateWords, Stage, Size, Config.state_words);
    }
  }
}

void NormanAsmPrinter::emitEndOfAsmFile(Module&) {
  for (const NormanObject& Object : Objects) streamer().emitObject(Object.Record, Object.Name);
  for (const norman_image_resource& Resource : Resources) streamer().emitResource(Resource);
}

extern "C" void LLVMInitializeNormanAsmPrinter() {
  RegisterAsmPrinter<NormanAsmPrinter> X(getTheNormanTarget());
}
