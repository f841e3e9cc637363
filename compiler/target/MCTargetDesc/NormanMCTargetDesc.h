// What the overlay's code generator, assembler and disassembler share: registers, instructions, makers of MC
// objects.
#pragma once

#include <cstdint>
#include <memory>

namespace llvm {
class MCAsmBackend;
class MCCodeEmitter;
class MCContext;
class MCInstrInfo;
class MCObjectTargetWriter;
class MCRegisterInfo;
class MCSubtargetInfo;
class MCTargetOptions;
class Target;

MCCodeEmitter* createNormanMCCodeEmitter(const MCInstrInfo& MCII, MCContext& Ctx);
MCAsmBackend* createNormanAsmBackend(const Target& T, const MCSubtargetInfo& STI, const MCRegisterInfo& MRI,
                                     const MCTargetOptions& Options);
}  // namespace llvm

#define GET_REGINFO_ENUM
#include "NormanGenRegisterInfo.inc"

#define GET_INSTRINFO_ENUM
#include "NormanGenInstrInfo.inc"

#define GET_SUBTARGETINFO_ENUM
#include "NormanGenSubtargetInfo.inc"
