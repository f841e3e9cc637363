// Names of the resources in the report.
#include "NormanReport.h"

#include <iterator>
#include <string>

#include "llvm/IR/Constants.h"
#include "llvm/IR/Module.h"

using namespace llvm;

static constexpr const char* Names[] = {"stages",      "rows",          "lanes",
                                        "registers",   "predicates",    "entry words",
                                        "event slots", "table entries", "rule entries",
                                        "state words"};
static constexpr char StringsSection[] = ".norman.strings";
static constexpr char OffsetMetadata[] = "norman.target.names";

void llvm::addNormanResourceNames(Module& M) {
  GlobalVariable* Old = nullptr;
  for (GlobalVariable& G : M.globals()) {
    if (G.getSection() == StringsSection) Old = &G;
  }
  std::string Bytes(1, '\0');
  if (Old) {
    const auto* Data = dyn_cast<ConstantDataArray>(Old->getInitializer());
    if (Data) Bytes = Data->getRawDataValues().str();
  }
  LLVMContext& C = M.getContext();
  NamedMDNode* Offset = M.getOrInsertNamedMetadata(OffsetMetadata);
  for (const char* Name : Names) {
    Offset->addOperand(
        MDNode::get(C, ConstantAsMetadata::get(ConstantInt::get(Type::getInt32Ty(C), Bytes.size()))));
    Bytes += Name;
    Bytes += '\0';
  }
  Constant* Data = ConstantDataArray::getString(C, Bytes, /*AddNull=*/false);
  auto* New =
      new GlobalVariable(M, Data->getType(), true, GlobalValue::PrivateLinkage, Data, "norman.strings");
  New->setSection(StringsSection);
  New->setAlignment(Align(1));
  if (Old) {
    New->takeName(Old);
    Old->replaceAllUsesWith(New);
    Old->eraseFromParent();
  }
}

uint32_t llvm::normanResourceName(const Module& M, NormanResource Resource) {
  const NamedMDNode* Offset = M.getNamedMetadata(OffsetMetadata);
  const auto Index = static_cast<unsigned>(Resource);
  static_assert(std::size(Names) == static_cast<unsigned>(NormanResource::StateWords) + 1);
  if (!Offset || Index >= Offset->getNumOperands()) return 0;
  return mdconst::extract<ConstantInt>(Offset->getOperand(Index)->getOperand(0))->getZExtValue();
}
