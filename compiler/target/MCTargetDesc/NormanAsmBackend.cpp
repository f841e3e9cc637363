// The object file side of the image: ELF without relocations.
#include "MCTargetDesc/NormanMCTargetDesc.h"
#include "llvm/MC/MCAsmBackend.h"
#include "llvm/MC/MCELFObjectWriter.h"
#include "llvm/MC/MCFixupKindInfo.h"
#include "llvm/MC/MCObjectWriter.h"
#include "llvm/MC/MCValue.h"

using namespace llvm;

namespace {

constexpr uint16_t MachineNumber = 0x4e4d;  // 'NM': no number of the ELF registry

class NormanELFObjectWriter : public MCELFObjectTargetWriter {
 public:
  NormanELFObjectWriter()
      : MCELFObjectTargetWriter(/*Is64Bit=*/true, /*OSABI=*/0, MachineNumber, /*HasRelocationAddend=*/true) {}

 protected:
  unsigned getRelocType(MCContext&, const MCValue&, const MCFixup&, bool) const override { return 0; }
};

class NormanAsmBackend : public MCAsmBackend {
 public:
  NormanAsmBackend() : MCAsmBackend(llvm::endianness::little) {}

  std::unique_ptr<MCObjectTargetWriter> createObjectTargetWriter() const override {
    return std::make_unique<NormanELFObjectWriter>();
  }
  unsigned getNumFixupKinds() const override { return 0; }
  void applyFixup(const MCAssembler&, const MCFixup&, const MCValue&, MutableArrayRef<char>, uint64_t, bool,
                  const MCSubtargetInfo*) const override {}
  bool fixupNeedsRelaxation(const MCFixup&, uint64_t) const override { return false; }
  bool writeNopData(raw_ostream& OS, uint64_t Count, const MCSubtargetInfo*) const override {
    OS.write_zeros(Count);
    return true;
  }
};

}  // namespace

MCAsmBackend* llvm::createNormanAsmBackend(const Target&, const MCSubtargetInfo&, const MCRegisterInfo&,
                                           const MCTargetOptions&) {
  return new NormanAsmBackend;
}
