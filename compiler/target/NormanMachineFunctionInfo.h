// What the code generator knows about one program besides its instructions: its objects, and where it was
// placed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "MCTargetDesc/NormanRow.h"
#include "llvm/CodeGen/MachineFunction.h"
#include "norman/spec/isa.h"
#include "norman/spec/norman_hw.h"

namespace llvm {

class MachineInstr;
class Module;

/// An object of `!norman.objects`: what codegen says of it, and where placement put it.
struct NormanObject {
  std::string Name;
  norman_image_object Record{};
  /// Of a learned table that both programs have: the one that learns.
  std::optional<norman::isa::Program> Home;

  /// As the policy calls it: the learned table of a state or meter is NAME.keys.
  StringRef shownName() const {
    StringRef Shown = Name;
    Shown.consume_back(".keys");
    return Shown;
  }
};

/// All objects of a module in the order of `.norman.objects`.
std::vector<NormanObject> readNormanObjects(const Module& M);

/// An object of `!norman.keep`: its place belongs to it, or to the object that is the same.
struct NormanKept {
  uint8_t Program = 0, Kind = 0, Stage = 0;
  uint32_t Base = 0, Size = 0;
  int64_t Object = -1;  // in the order of `.norman.objects`, -1: none is the same
};
std::vector<NormanKept> readNormanKept(const Module& M);

/// A row before its operations are lowered to MC.
struct NormanPlacedRow {
  uint8_t Stage = 0;
  uint8_t Row = 0;
  uint32_t Line = 0;
  std::array<const MachineInstr*, 2> Ops{};
  NormanControl Control;
};

class NormanMachineFunctionInfo : public MachineFunctionInfo {
 public:
  NormanMachineFunctionInfo(const Function& F, const TargetSubtargetInfo*);

  MachineFunctionInfo* clone(BumpPtrAllocator&, MachineFunction& DestMF,
                             const DenseMap<MachineBasicBlock*, MachineBasicBlock*>&) const override {
    return DestMF.cloneInfo<NormanMachineFunctionInfo>(*this);
  }

  norman::isa::Program Program;
  std::vector<NormanObject> Objects;
  std::vector<NormanKept> Kept;  // of this program

  /// Index in Objects of the object of this name that belongs to this program; -1 if there is none.
  int objectNumber(StringRef Name) const;

  // Filled by placement.
  bool Placed = false;
  NormanRowRef Start;
  std::vector<NormanPlacedRow> Rows;
  std::vector<norman_image_entry> Entries;
  std::vector<norman_image_exit> Exits;
  unsigned Predicates = 0;  // most that are used
  unsigned EventSlots = 0;
};

}  // namespace llvm
