// The passes of the overlay's code generator.
#pragma once

#include "MCTargetDesc/NormanMCTargetDesc.h"
#include "llvm/CodeGen/MachineFunctionPass.h"

namespace llvm {

class DebugLoc;
class Function;
class FunctionPass;
class NormanTargetMachine;
class PassRegistry;
class Twine;

/// What code generation may vary. A program that does not fit with one plan is compiled again with the next.
struct NormanPlan {
  bool SecondTap = false;    // loads entry words that are needed late at the second tap
  bool Predicate = true;     // executes short arms of branches under a predicate instead
  bool HoistLookups = true;  // looks up before branches, for paths too that do not ask
  int LeastTreeGain = 3;     // stages that a decision tree must save; its rows are not worth less
};

FunctionPass* createNormanPrepareIRPass(const NormanTargetMachine& TM);
FunctionPass* createNormanISelDag(NormanTargetMachine& TM);
FunctionPass* createNormanHoistPass();
FunctionPass* createNormanPlacePass();

/// Reports what a policy asks for and the overlay lacks, at the place in the policy. Help may be empty.
void reportNorman(const Function& F, const DebugLoc& Loc, const Twine& Message, const Twine& Help = "");

/// What calls that depend on a predicate are named, instead of "norman.": NormanPrepareIR makes them.
inline constexpr char NormanIfPrefix[] = "norman.if.";

/// Metadata kind on calls of norman.event.*: the event slot that NormanPrepareIR chose.
inline constexpr char NormanSlotMetadata[] = "norman.slot";

}  // namespace llvm
