// One configuration of the overlay as the code generator sees it.
#include "NormanSubtarget.h"

#include "MCTargetDesc/NormanMCTargetDesc.h"

#define DEBUG_TYPE "norman-subtarget"

using namespace llvm;

#define GET_SUBTARGETINFO_TARGET_DESC
#define GET_SUBTARGETINFO_CTOR
#include "NormanGenSubtargetInfo.inc"

NormanSubtarget::NormanSubtarget(const Triple& TT, StringRef CPU, StringRef FS, const TargetMachine& TM)
    : NormanGenSubtargetInfo(TT, CPU, /*TuneCPU=*/CPU, FS), TLInfo(TM, *this) {
  ParseSubtargetFeatures(CPU, CPU, FS);
}
