// Refuses IR that selection would die of: overlay_rtl/spec/ir.md as code. Runs before any pass.
#include "NormanCheckIR.h"

#include "Norman.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/IR/CFG.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include "norman/spec/isa.h"

using namespace llvm;
namespace isa = norman::isa;

namespace {

class Checker {
 public:
  explicit Checker(const Function& F) : F(F) {}

  bool run() {
    if (F.getName() != "ingress" && F.getName() != "egress")
      return fail(nullptr, "function '" + F.getName() + "' is neither ingress nor egress");
    if (!F.getReturnType()->isVoidTy() || F.arg_size() != 1 || !F.getArg(0)->getType()->isPointerTy()) {
      return fail(nullptr, "function '" + F.getName() + "' must be void (ptr)");
    }
    checkLoops();
    for (const BasicBlock& BB : F) {
      for (const Instruction& I : BB) check(I);
    }
    return Good;
  }

 private:
  bool fail(const Instruction* I, const Twine& Message) {
    reportNorman(F, I ? I->getDebugLoc() : DebugLoc(), Message);
    return Good = false;
  }

  void checkLoops() {
    enum class Mark { Open, Done };
    DenseMap<const BasicBlock*, Mark> Marks;
    SmallVector<std::pair<const BasicBlock*, const_succ_iterator>, 32> Stack;
    Marks[&F.getEntryBlock()] = Mark::Open;
    Stack.push_back({&F.getEntryBlock(), succ_begin(&F.getEntryBlock())});
    while (!Stack.empty()) {
      auto& [BB, Next] = Stack.back();
      if (Next == succ_end(BB)) {
        Marks[BB] = Mark::Done;
        Stack.pop_back();
        continue;
      }
      const BasicBlock* Succ = *Next++;
      const auto [It, New] = Marks.try_emplace(Succ, Mark::Open);
      if (New) {
        Stack.push_back({Succ, succ_begin(Succ)});
      } else if (It->second == Mark::Open) {
        fail(BB->getTerminator(), "the program contains a loop; the overlay has none");
        return;
      }
    }
  }

  static bool isInteger(const Type* T) {
    return T->isIntegerTy(1) || T->isIntegerTy(8) || T->isIntegerTy(16) || T->isIntegerTy(32) ||
           T->isIntegerTy(64);
  }

  void needConstant(const CallBase& Call, unsigned Arg) {
    if (!isa<ConstantInt>(Call.getArgOperand(Arg))) {
      fail(&Call, "argument " + Twine(Arg + 1) + " of '" + Call.getCalledFunction()->getName() +
                      "' must be a constant");
    }
  }

  void checkCall(const CallBase& Call) {
    const Function* Callee = Call.getCalledFunction();
    if (!Callee) return void(fail(&Call, "indirect call"));
    const StringRef Name = Callee->getName();
    const auto Arguments = [&](unsigned Count) {
      if (Call.arg_size() == Count) return true;
      return fail(&Call,
                  "'" + Name + "' takes " + Twine(Count) + " arguments, got " + Twine(Call.arg_size()));
    };
    if (Name == "norman.verdict" || Name == "norman.act" || Name == "norman.rewrite") {
      if (Arguments(1)) needConstant(Call, 0);
    } else if (Name == "norman.exit") {
      if (!Arguments(2)) return;
      needConstant(Call, 0);
      if (const auto* Target = dyn_cast<ConstantInt>(Call.getArgOperand(0));
          Target && Target->getZExtValue() >= isa::kExitTargets) {
        fail(&Call, "exit target " + Twine(Target->getZExtValue()) + " of " + Twine(isa::kExitTargets));
      }
      if (!isa<ReturnInst>(Call.getParent()->getTerminator()))
        fail(&Call, "'norman.exit' outside the exit block");
    } else if (Name.starts_with("norman.event.")) {
      if (Arguments(2)) needConstant(Call, 0);
    } else if (Name.starts_with("norman.lookup.") || Name.starts_with("norman.prefix.")) {
      Arguments(isa::kExactKeyWords);
    } else if (Name == "norman.gather") {
      if (!Arguments(4)) return;
      for (const unsigned Arg : {0u, 1u, 3u}) needConstant(Call, Arg);
      const auto Below = [&](unsigned Arg, size_t Limit) {
        const auto* Number = dyn_cast<ConstantInt>(Call.getArgOperand(Arg));
        if (Number && Number->getZExtValue() >= Limit)
          fail(&Call, "argument " + Twine(Arg + 1) + " of 'norman.gather' is " + Twine(Number->getZExtValue()));
      };
      Below(0, isa::kGatherBaseNames.size());
      Below(1, isa::kGatherSizeNames.size());
    } else if (Name == "norman.verdict.word") {
      Arguments(1);
    } else if (Name.starts_with("norman.rules.")) {
      if (Arguments(isa::kRuleKeyWords + 1)) needConstant(Call, isa::kRuleKeyWords);
    } else if (Name.starts_with("norman.learn.")) {
      if (!Arguments(isa::kExactKeyWords + 4)) return;
      needConstant(Call, isa::kExactKeyWords + 2);
      needConstant(Call, isa::kExactKeyWords + 3);
    } else if (Name.starts_with("norman.state.")) {
      if (Arguments(5)) needConstant(Call, 4);
    } else if (const auto* Intrinsic = dyn_cast<IntrinsicInst>(&Call)) {
      switch (Intrinsic->getIntrinsicID()) {
        case Intrinsic::umin:
        case Intrinsic::umax:
        case Intrinsic::smin:
        case Intrinsic::smax:
        case Intrinsic::assume:
        case Intrinsic::dbg_value:
        case Intrinsic::dbg_declare:
        case Intrinsic::dbg_label:
          break;
        default:
          fail(&Call, "intrinsic '" + Name + "' has no operation in the overlay");
      }
    } else {
      fail(&Call, "call of unknown function '" + Name + "'");
    }
  }

  void checkLoad(const LoadInst& Load) {
    APInt Offset(F.getDataLayout().getIndexTypeSizeInBits(Load.getPointerOperandType()), 0);
    const Value* Base =
        Load.getPointerOperand()->stripAndAccumulateConstantOffsets(F.getDataLayout(), Offset, true);
    const Type* T = Load.getType();
    const bool Narrow = T->isIntegerTy(8) || T->isIntegerTy(16);
    if (Base != F.getArg(0))
      return void(fail(&Load, "load from elsewhere than a constant offset of the context"));
    if (!Narrow && !T->isIntegerTy(32)) return void(fail(&Load, "load of another type than i8, i16 and i32"));
    const uint64_t Bytes = T->getIntegerBitWidth() / 8;
    if (Offset.isNegative() || Offset.getZExtValue() + Bytes > 4 * isa::kEntryWords ||
        Offset.getZExtValue() % Bytes != 0) {
      fail(&Load, "load of no part of an entry word: offset " + Twine(Offset.getSExtValue()));
    }
  }

  void check(const Instruction& I) {
    switch (I.getOpcode()) {
      case Instruction::Ret:
      case Instruction::Br:
      case Instruction::Switch:
      case Instruction::Unreachable:
      case Instruction::GetElementPtr:
      case Instruction::ExtractValue:
        return;
      case Instruction::Call:
        return checkCall(cast<CallBase>(I));
      case Instruction::Load:
        return checkLoad(cast<LoadInst>(I));
      case Instruction::Shl:
      case Instruction::LShr:
      case Instruction::AShr:
        if (I.getType()->isIntegerTy(64) && !isa<ConstantInt>(I.getOperand(1))) {
          fail(&I, "a 64-bit value is shifted by an amount that is not constant");
        }
        break;
      case Instruction::Mul:
        if (I.getType()->isIntegerTy(64) && !isa<ConstantInt>(I.getOperand(0)) &&
            !isa<ConstantInt>(I.getOperand(1))) {
          fail(&I, "the overlay multiplies 64-bit values only by constants");
        }
        break;
      case Instruction::Add:
      case Instruction::Sub:
      case Instruction::And:
      case Instruction::Or:
      case Instruction::Xor:
      case Instruction::ICmp:
      case Instruction::Select:
      case Instruction::PHI:
      case Instruction::ZExt:
      case Instruction::SExt:
      case Instruction::Trunc:
      case Instruction::Freeze:
        break;
      default:
        return void(fail(&I, Twine("'") + I.getOpcodeName() + "' has no operation in the overlay"));
    }
    if (!isInteger(I.getType())) {
      std::string Text;
      raw_string_ostream(Text) << *I.getType();
      fail(&I, "value of type " + Text);
    }
  }

  const Function& F;
  bool Good = true;
};

}  // namespace

bool llvm::checkNormanIR(const Module& M) {
  bool Good = true;
  for (const Function& F : M) {
    if (!F.isDeclaration() && !Checker(F).run()) Good = false;
  }
  return Good;
}
