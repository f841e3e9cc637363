// Makes the MC objects of the overlay and registers their makers.
#include "MCTargetDesc/NormanMCTargetDesc.h"

#include "MCTargetDesc/NormanInstPrinter.h"
#include "MCTargetDesc/NormanTargetStreamer.h"
#include "TargetInfo/NormanTargetInfo.h"
#include "llvm/MC/MCAsmInfoELF.h"
#include "llvm/MC/MCAssembler.h"
#include "llvm/MC/MCDwarf.h"
#include "llvm/MC/MCInstrInfo.h"
#include "llvm/MC/MCObjectStreamer.h"
#include "llvm/MC/MCRegisterInfo.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/FormattedStream.h"

using namespace llvm;

#define GET_REGINFO_MC_DESC
#include "NormanGenRegisterInfo.inc"

#define GET_INSTRINFO_MC_DESC
#include "NormanGenInstrInfo.inc"

#define GET_SUBTARGETINFO_MC_DESC
#include "NormanGenSubtargetInfo.inc"

namespace {

class NormanMCAsmInfo : public MCAsmInfoELF {
 public:
  NormanMCAsmInfo() {
    CommentString = "#";
    CodePointerSize = 4;
    MinInstAlignment = 8;
    HasIdentDirective = false;
    // Source lines go into the rows, there is no DWARF.
    SupportsDebugInformation = false;
  }
};

}  // namespace

extern "C" void LLVMInitializeNormanTargetMC() {
  Target& T = getTheNormanTarget();
  TargetRegistry::RegisterMCAsmInfo(
      T, [](const MCRegisterInfo&, const Triple&, const MCTargetOptions&) -> MCAsmInfo* {
        return new NormanMCAsmInfo;
      });
  TargetRegistry::RegisterMCInstrInfo(T, [] {
    auto* Info = new MCInstrInfo;
    InitNormanMCInstrInfo(Info);
    return Info;
  });
  TargetRegistry::RegisterMCRegInfo(T, [](const Triple&) {
    auto* Info = new MCRegisterInfo;
    InitNormanMCRegisterInfo(Info, Norman::NoRegister);
    return Info;
  });
  TargetRegistry::RegisterMCSubtargetInfo(T, [](const Triple& TT, StringRef CPU, StringRef FS) {
    return createNormanMCSubtargetInfoImpl(TT, CPU, CPU, FS);
  });
  TargetRegistry::RegisterMCInstPrinter(
      T,
      [](const Triple&, unsigned, const MCAsmInfo& MAI, const MCInstrInfo& MII,
         const MCRegisterInfo& MRI) -> MCInstPrinter* { return new NormanInstPrinter(MAI, MII, MRI); });
  TargetRegistry::RegisterMCCodeEmitter(T, createNormanMCCodeEmitter);
  TargetRegistry::RegisterMCAsmBackend(T, createNormanAsmBackend);
  TargetRegistry::RegisterAsmTargetStreamer(
      T, [](MCStreamer& S, formatted_raw_ostream& OS, MCInstPrinter* Printer) -> MCTargetStreamer* {
        return new NormanTargetAsmStreamer(S, OS, *Printer);
      });
  TargetRegistry::RegisterObjectTargetStreamer(
      T, [](MCStreamer& S, const MCSubtargetInfo& STI) -> MCTargetStreamer* {
        auto* Streamer = new NormanTargetRecordStreamer(S, /*WritesObject=*/true);
        Streamer->setEncoder(&static_cast<MCObjectStreamer&>(S).getAssembler().getEmitter(), &STI);
        return Streamer;
      });
}
