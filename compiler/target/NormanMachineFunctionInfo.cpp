// Objects of a module and what placement leaves behind.
#include "NormanMachineFunctionInfo.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/Metadata.h"
#include "llvm/IR/Module.h"

using namespace llvm;
namespace isa = norman::isa;

std::vector<NormanObject> llvm::readNormanObjects(const Module& M) {
  std::vector<NormanObject> Objects;
  const NamedMDNode* List = M.getNamedMetadata("norman.objects");
  if (!List) return Objects;
  for (const MDNode* Node : List->operands()) {
    const auto Number = [&](unsigned I) -> uint32_t {
      return I < Node->getNumOperands() ? mdconst::extract<ConstantInt>(Node->getOperand(I))->getZExtValue()
                                        : 0;
    };
    NormanObject Object;
    Object.Name = cast<MDString>(Node->getOperand(0))->getString();
    Object.Record.kind = Number(1);
    Object.Record.program = Number(2);
    Object.Record.size = Number(3);
    Object.Record.type = Number(4);
    Object.Record.line = Number(5);
    Object.Record.name = Number(6);
    if (Object.Record.kind == static_cast<uint8_t>(isa::ObjectKind::Learned)) {
      Object.Record.shift = Number(7);
      if (Number(8) != 0) Object.Home = static_cast<isa::Program>(Number(8) - 1);
    } else {
      Object.Record.base = Number(7);
    }
    Object.Record.stage = isa::kStageExit;
    Objects.push_back(std::move(Object));
  }
  return Objects;
}

std::vector<NormanKept> llvm::readNormanKept(const Module& M) {
  std::vector<NormanKept> Result;
  const NamedMDNode* List = M.getNamedMetadata("norman.keep");
  if (!List) return Result;
  for (const MDNode* Node : List->operands()) {
    const auto Number = [&](unsigned I) {
      return static_cast<uint32_t>(mdconst::extract<ConstantInt>(Node->getOperand(I))->getZExtValue());
    };
    NormanKept Kept;
    Kept.Program = Number(0);
    Kept.Kind = Number(1);
    Kept.Stage = Number(2);
    Kept.Base = Number(3);
    Kept.Size = Number(4);
    if (Node->getNumOperands() > 5) Kept.Object = Number(5);
    Result.push_back(Kept);
  }
  return Result;
}

NormanMachineFunctionInfo::NormanMachineFunctionInfo(const Function& F, const TargetSubtargetInfo*)
    : Program(F.getName() == "egress" ? isa::Program::Egress : isa::Program::Ingress),
      Objects(readNormanObjects(*F.getParent())),
      Kept(readNormanKept(*F.getParent())) {
  erase_if(Kept, [this](const NormanKept& K) { return K.Program != static_cast<uint8_t>(Program); });
}

int NormanMachineFunctionInfo::objectNumber(StringRef Name) const {
  for (size_t I = 0; I < Objects.size(); ++I) {
    if (Objects[I].Name == Name && Objects[I].Record.program == static_cast<uint8_t>(Program)) return I;
  }
  return -1;
}
