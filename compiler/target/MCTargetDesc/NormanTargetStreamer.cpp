// Writes the records of an image as text or as sections of an object file.
#include "MCTargetDesc/NormanTargetStreamer.h"

#include <bit>
#include <cstring>

#include "llvm/BinaryFormat/ELF.h"
#include "llvm/MC/MCCodeEmitter.h"
#include "llvm/MC/MCContext.h"
#include "llvm/MC/MCSectionELF.h"
#include "llvm/Support/FormattedStream.h"

using namespace llvm;
namespace isa = norman::isa;

static_assert(std::endian::native == std::endian::little, "records are written as they lie in memory");

void NormanTargetAsmStreamer::emitConfig(const isa::ConfigInfo& Config) {
  OS << "\t.config\t" << Config.name << '\n';
}

void NormanTargetAsmStreamer::emitProgram(const norman_image_program& Program) {
  OS << "\t.program\t" << isa::kProgramNames[Program.program] << ", ";
  if (Program.stage == isa::kStageExit) {
    OS << "exit";
  } else {
    OS << 's' << unsigned(Program.stage) << '.' << Program.row;
  }
  OS << ", " << Program.initial_verdict << '\n';
}

void NormanTargetAsmStreamer::emitRow(const NormanRow& Row) {
  printRow(Row, Printer, *getStreamer().getContext().getSubtargetInfo(), OS);
}

void NormanTargetAsmStreamer::emitEntry(const norman_image_entry& Entry) {
  OS << "\t.entry\t" << unsigned(Entry.tap) << ", r" << unsigned(Entry.reg) << ", " << unsigned(Entry.word)
     << '\n';
}

void NormanTargetAsmStreamer::emitExit(const norman_image_exit& Exit) {
  OS << "\t.exit\t" << isa::kExitTargetNames[Exit.target] << ", r" << unsigned(Exit.reg);
  if (Exit.sel != 0) OS << '.' << isa::kSelectorNames[Exit.sel];
  OS << '\n';
}

void NormanTargetAsmStreamer::emitObject(const norman_image_object& Object, StringRef Name) {
  OS << "# " << isa::kObjectKindNames[Object.kind] << ' ' << Name << ": "
     << isa::kProgramNames[Object.program];
  if (Object.stage != isa::kStageExit) OS << ", stage " << unsigned(Object.stage);
  OS << ", base " << Object.base << ", size " << Object.size << '\n';
}

void NormanTargetRecordStreamer::emitConfig(const isa::ConfigInfo& Config) {
  norman_image_header Header{};
  Header.magic = isa::kImageMagic;
  Header.version = isa::kImageVersion;
  Header.isa_version = isa::kIsaVersion;
  Header.config = Config.number;
  Header.stages = Config.stages.size();
  Header.registers = Config.registers;
  memcpy(Header.stage_string, Config.stages.data(), Config.stages.size());
  Headers.push_back(Header);
}

void NormanTargetRecordStreamer::emitRow(const NormanRow& Row) {
  assert(Emitter && STI && "no encoder given");
  norman_image_row Record{};
  Record.program = Row.Program;
  Record.stage = Row.Stage;
  Record.row = Row.Row;
  Record.line = Row.Line;
  const NormanRowWords Words = encodeRow(Row, *Emitter, *STI);
  memcpy(Record.word, Words.data(), sizeof(Record.word));
  Rows.push_back(Record);
}

template <typename Record>
void NormanTargetRecordStreamer::emitSection(const char* Name, const std::vector<Record>& Records) {
  if (Records.empty()) return;
  MCStreamer& Out = getStreamer();
  MCSectionELF* Section = Out.getContext().getELFSection(Name, ELF::SHT_PROGBITS, ELF::SHF_ALLOC);
  Section->setAlignment(Align(8));
  Out.switchSection(Section);
  Out.emitBytes(StringRef(reinterpret_cast<const char*>(Records.data()), Records.size() * sizeof(Record)));
}

void NormanTargetRecordStreamer::finish() {
  if (!WritesObject) return;
  emitSection(NORMAN_IMAGE_HEADER_SECTION, Headers);
  emitSection(NORMAN_IMAGE_PROGRAM_SECTION, Programs);
  emitSection(NORMAN_IMAGE_ROW_SECTION, Rows);
  emitSection(NORMAN_IMAGE_ENTRY_SECTION, Entries);
  emitSection(NORMAN_IMAGE_EXIT_SECTION, Exits);
  emitSection(NORMAN_IMAGE_OBJECT_SECTION, Objects);
  emitSection(NORMAN_IMAGE_RESOURCE_SECTION, Resources);
}
