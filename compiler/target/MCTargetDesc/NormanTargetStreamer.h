// Where a compiled or assembled image goes record by record: text, an object file, or memory.
#pragma once

#include <string>
#include <vector>

#include "MCTargetDesc/NormanRow.h"
#include "llvm/MC/MCStreamer.h"
#include "norman/spec/norman_hw.h"

namespace llvm {

class formatted_raw_ostream;

class NormanTargetStreamer : public MCTargetStreamer {
 public:
  using MCTargetStreamer::MCTargetStreamer;

  virtual void emitConfig(const norman::isa::ConfigInfo& Config) = 0;
  virtual void emitProgram(const norman_image_program& Program) = 0;
  virtual void emitRow(const NormanRow& Row) = 0;
  virtual void emitEntry(const norman_image_entry& Entry) = 0;
  virtual void emitExit(const norman_image_exit& Exit) = 0;
  virtual void emitObject(const norman_image_object& Object, StringRef Name) = 0;
  virtual void emitResource(const norman_image_resource& Resource) = 0;
};

/// Prints what the assembler reads; objects and resources as comments.
class NormanTargetAsmStreamer : public NormanTargetStreamer {
 public:
  NormanTargetAsmStreamer(MCStreamer& S, formatted_raw_ostream& OS, MCInstPrinter& Printer)
      : NormanTargetStreamer(S), OS(OS), Printer(Printer) {}

  void emitConfig(const norman::isa::ConfigInfo& Config) override;
  void emitProgram(const norman_image_program& Program) override;
  void emitRow(const NormanRow& Row) override;
  void emitEntry(const norman_image_entry& Entry) override;
  void emitExit(const norman_image_exit& Exit) override;
  void emitObject(const norman_image_object& Object, StringRef Name) override;
  void emitResource(const norman_image_resource&) override {}

 private:
  formatted_raw_ostream& OS;
  MCInstPrinter& Printer;
};

/// Keeps the records and, if the streamer writes an object file, puts them into its sections at the end.
class NormanTargetRecordStreamer : public NormanTargetStreamer {
 public:
  NormanTargetRecordStreamer(MCStreamer& S, bool WritesObject)
      : NormanTargetStreamer(S), WritesObject(WritesObject) {}

  void emitConfig(const norman::isa::ConfigInfo& Config) override;
  void emitProgram(const norman_image_program& Program) override { Programs.push_back(Program); }
  void emitRow(const NormanRow& Row) override;
  void emitEntry(const norman_image_entry& Entry) override { Entries.push_back(Entry); }
  void emitExit(const norman_image_exit& Exit) override { Exits.push_back(Exit); }
  void emitObject(const norman_image_object& Object, StringRef) override { Objects.push_back(Object); }
  void emitResource(const norman_image_resource& Resource) override { Resources.push_back(Resource); }
  void finish() override;

  /// What encodes the rows; given by whoever makes the streamer.
  void setEncoder(const MCCodeEmitter* E, const MCSubtargetInfo* S) { Emitter = E, STI = S; }

  std::vector<norman_image_header> Headers;
  std::vector<norman_image_program> Programs;
  std::vector<norman_image_row> Rows;
  std::vector<norman_image_entry> Entries;
  std::vector<norman_image_exit> Exits;
  std::vector<norman_image_object> Objects;
  std::vector<norman_image_resource> Resources;

 private:
  template <typename Record>
  void emitSection(const char* Name, const std::vector<Record>& Records);

  bool WritesObject;
  const MCCodeEmitter* Emitter = nullptr;
  const MCSubtargetInfo* STI = nullptr;
};

}  // namespace llvm
