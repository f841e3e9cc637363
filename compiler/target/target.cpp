// The interface of the target: sets up LLVM's objects once and runs them.
#include "target.h"

#include <cstring>
#include <map>
#include <mutex>
#include <set>

#include "MCTargetDesc/NormanRow.h"
#include "MCTargetDesc/NormanTargetStreamer.h"
#include "Norman.h"
#include "NormanCheckIR.h"
#include "NormanDecisionTree.h"
#include "NormanReport.h"
#include "NormanTargetMachine.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/MCAsmBackend.h"
#include "llvm/MC/MCAsmInfo.h"
#include "llvm/MC/MCCodeEmitter.h"
#include "llvm/MC/MCContext.h"
#include "llvm/MC/MCDisassembler/MCDisassembler.h"
#include "llvm/MC/MCInstPrinter.h"
#include "llvm/MC/MCInstrInfo.h"
#include "llvm/MC/MCObjectFileInfo.h"
#include "llvm/MC/MCObjectWriter.h"
#include "llvm/MC/MCParser/MCAsmParser.h"
#include "llvm/MC/MCParser/MCTargetAsmParser.h"
#include "llvm/MC/MCRegisterInfo.h"
#include "llvm/MC/MCStreamer.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FormattedStream.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Target/TargetLoweringObjectFile.h"
#include "llvm/Transforms/Utils/Cloning.h"
#include "norman/spec/isa.h"

extern "C" {
void LLVMInitializeNormanTargetInfo();
void LLVMInitializeNormanTarget();
void LLVMInitializeNormanTargetMC();
void LLVMInitializeNormanAsmPrinter();
void LLVMInitializeNormanAsmParser();
void LLVMInitializeNormanDisassembler();
}

using namespace llvm;

namespace norman::target {
namespace {

constexpr char kTriple[] = "norman-unknown-none-elf";

const Target& theTarget() {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeNormanTargetInfo();
    LLVMInitializeNormanTarget();
    LLVMInitializeNormanTargetMC();
    LLVMInitializeNormanAsmPrinter();
    LLVMInitializeNormanAsmParser();
    LLVMInitializeNormanDisassembler();
  });
  // By name: the architecture of the triple is unknown to LLVM and says nothing.
  std::string error;
  Triple triple(kTriple);
  const Target* target = TargetRegistry::lookupTarget("norman", triple, error);
  assert(target && "the target registers itself");
  return *target;
}

/// What was reported, by function; "" stands for the module.
using Failures = std::map<std::string, std::vector<Message>>;

/// Collects what LLVM's context is told while it lives.
class ReportHandler : public DiagnosticHandler {
 public:
  explicit ReportHandler(Failures& failures) : failures_(failures) {}

  bool handleDiagnostics(const DiagnosticInfo& info) override {
    if (info.getSeverity() != DS_Error) return true;
    Message message;
    std::string text;
    std::string function;
    if (const auto* unsupported = dyn_cast<DiagnosticInfoUnsupported>(&info)) {
      text = unsupported->getMessage().str();
      function = unsupported->getFunction().getName();
      if (unsupported->isLocationAvailable()) {
        message.line = unsupported->getLocation().getLine();
        message.column = unsupported->getLocation().getColumn();
      }
    } else {
      raw_string_ostream stream(text);
      DiagnosticPrinterRawOStream printer(stream);
      info.print(printer);
    }
    const size_t split = text.find('\n');
    message.text = text.substr(0, split);
    if (split != std::string::npos) message.help = text.substr(split + 1);
    failures_[function].push_back(std::move(message));
    return true;
  }

 private:
  Failures& failures_;
};

/// From the plan for what is usual to those that help when something runs out.
constexpr NormanPlan kPlans[] = {
    {},
    {.LeastTreeGain = 1},
    {.HoistLookups = false},
    {.Predicate = false},
    {.Predicate = false, .LeastTreeGain = 1},
    {.Predicate = false, .HoistLookups = false},
    {.SecondTap = true},
    {.SecondTap = true, .Predicate = false},
    {.LeastTreeGain = 1000},
};

void setVerification(bool on) {
  const auto& options = cl::getRegisteredOptions();
  const auto found = options.find("verify-machineinstrs");
  if (found != options.end()) found->second->addOccurrence(0, "verify-machineinstrs", on ? "true" : "false");
}

std::optional<std::string> compile(Module& module, const Options& options, const Report& report,
                                   CodeGenFileType type) {
  const isa::ConfigInfo* config = nullptr;
  for (const isa::ConfigInfo& candidate : isa::kConfigs) {
    if (candidate.name == options.config) config = &candidate;
  }
  if (!config) {
    report({0, 0, "unknown overlay '" + options.config + "', expected default or small", ""});
    return std::nullopt;
  }
  if (options.verify) setVerification(true);
  TargetOptions target_options;
  std::unique_ptr<NormanTargetMachine> machine(static_cast<NormanTargetMachine*>(
      theTarget().createTargetMachine(kTriple, options.config, "", target_options, Reloc::Static,
                                      CodeModel::Small, CodeGenOptLevel::Default)));
  machine->HoldsLists = options.holds_lists;
  if (options.trees) machine->Trees = options.trees;
  module.setTargetTriple(kTriple);
  module.setDataLayout(machine->createDataLayout());

  LLVMContext& context = module.getContext();
  std::unique_ptr<DiagnosticHandler> previous = context.getDiagnosticHandler();
  Failures failures;
  context.setDiagnosticHandler(std::make_unique<ReportHandler>(failures));
  SmallString<0> bytes;
  if (checkNormanIR(module)) {
    addNormanResourceNames(module);
    const auto emit = [&](Module& emitted) {
      failures.clear();
      bytes.clear();
      raw_svector_ostream stream(bytes);
      legacy::PassManager passes;
      if (machine->addPassesToEmitFile(passes, stream, nullptr, type, /*DisableVerify=*/!options.verify))
        llvm_unreachable("the target emits both kinds of file");
      passes.run(emitted);
    };
    // A program that does not fit is tried with the next plan; the one that does keeps its own, and is left out meanwhile.
    Failures first;
    for (size_t attempt = 0; attempt < std::size(kPlans) && (attempt == 0 || !failures.empty()); ++attempt) {
      const std::unique_ptr<Module> copy = CloneModule(module);
      for (Function& function : *copy) {
        if (function.isDeclaration()) continue;
        if (attempt == 0 || failures.count(function.getName().str()))
          machine->plan(function) = kPlans[attempt];
        else
          function.deleteBody();
      }
      emit(*copy);
      if (attempt == 0) first = failures;
    }
    if (failures.empty() && !first.empty()) emit(module);
    // What the first plan lacked is what a person can understand.
    for (auto& [function, messages] : failures) messages = std::move(first[function]);
  }
  context.setDiagnosticHandler(std::move(previous));
  if (failures.empty()) return std::string(bytes);
  // One message for each place: what follows from a mistake is no news.
  std::set<std::pair<unsigned, unsigned>> places;
  for (const auto& [function, messages] : failures) {
    for (const Message& message : messages) {
      if (message.line == 0 || places.insert({message.line, message.column}).second) report(message);
    }
  }
  return std::nullopt;
}

/// LLVM's objects for machine code without code generation.
struct Machine {
  explicit Machine(SourceMgr* sources = nullptr)
      : registers(theTarget().createMCRegInfo(kTriple)),
        assembly(theTarget().createMCAsmInfo(*registers, kTriple, options)),
        instructions(theTarget().createMCInstrInfo()),
        subtarget(theTarget().createMCSubtargetInfo(kTriple, "default", "")),
        context(Triple(kTriple), assembly.get(), registers.get(), subtarget.get(), sources, &options),
        files(theTarget().createMCObjectFileInfo(context, /*PIC=*/false)),
        printer(theTarget().createMCInstPrinter(Triple(kTriple), 0, *assembly, *instructions, *registers)),
        emitter(theTarget().createMCCodeEmitter(*instructions, context)),
        disassembler(theTarget().createMCDisassembler(*subtarget, context)) {
    context.setObjectFileInfo(files.get());
  }

  MCTargetOptions options;
  std::unique_ptr<MCRegisterInfo> registers;
  std::unique_ptr<MCAsmInfo> assembly;
  std::unique_ptr<MCInstrInfo> instructions;
  std::unique_ptr<MCSubtargetInfo> subtarget;
  MCContext context;
  std::unique_ptr<MCObjectFileInfo> files;
  std::unique_ptr<MCInstPrinter> printer;
  std::unique_ptr<MCCodeEmitter> emitter;
  std::unique_ptr<MCDisassembler> disassembler;
};

/// The records of a section of an image; false if the section's size is no multiple of theirs.
template <typename Record>
bool readSection(const object::ObjectFile& file, const char* name, std::vector<Record>& records) {
  for (const object::SectionRef& section : file.sections()) {
    Expected<StringRef> section_name = section.getName();
    if (!section_name) {
      consumeError(section_name.takeError());
      return false;
    }
    if (*section_name != name) continue;
    Expected<StringRef> contents = section.getContents();
    if (!contents) {
      consumeError(contents.takeError());
      return false;
    }
    if (contents->size() % sizeof(Record) != 0) return false;
    records.resize(contents->size() / sizeof(Record));
    if (!records.empty()) std::memcpy(records.data(), contents->data(), contents->size());
  }
  return true;
}

}  // namespace

std::shared_ptr<llvm::NormanTreeCache> makeTreeCache() { return std::make_shared<llvm::NormanTreeCache>(); }

std::optional<std::string> compileImage(Module& module, const Options& options, const Report& report) {
  return compile(module, options, report, CodeGenFileType::ObjectFile);
}

std::optional<std::string> compileAssembly(Module& module, const Options& options, const Report& report) {
  return compile(module, options, report, CodeGenFileType::AssemblyFile);
}

std::optional<std::string> assemble(std::string_view text, const Report& report) {
  SourceMgr sources;
  bool failed = false;
  struct Handler {
    const Report& report;
    bool& failed;
  } handler{report, failed};
  sources.setDiagHandler(
      [](const SMDiagnostic& diagnostic, void* context) {
        const auto& handler = *static_cast<Handler*>(context);
        if (diagnostic.getKind() != SourceMgr::DK_Error) return;
        handler.failed = true;
        handler.report({static_cast<unsigned>(std::max(0, diagnostic.getLineNo())),
                        static_cast<unsigned>(diagnostic.getColumnNo() + 1), diagnostic.getMessage().str(),
                        ""});
      },
      &handler);
  sources.AddNewSourceBuffer(MemoryBuffer::getMemBufferCopy(text, "assembly"), SMLoc());
  Machine machine(&sources);
  SmallString<0> bytes;
  raw_svector_ostream stream(bytes);
  std::unique_ptr<MCAsmBackend> backend(
      theTarget().createMCAsmBackend(*machine.subtarget, *machine.registers, machine.options));
  std::unique_ptr<MCObjectWriter> writer = backend->createObjectWriter(stream);
  std::unique_ptr<MCStreamer> streamer(theTarget().createMCObjectStreamer(
      Triple(kTriple), machine.context, std::move(backend), std::move(writer),
      std::unique_ptr<MCCodeEmitter>(theTarget().createMCCodeEmitter(*machine.instructions, machine.context)),
      *machine.subtarget));
  std::unique_ptr<MCAsmParser> parser(
      createMCAsmParser(sources, machine.context, *streamer, *machine.assembly));
  std::unique_ptr<MCTargetAsmParser> target_parser(
      theTarget().createMCAsmParser(*machine.subtarget, *parser, *machine.instructions, machine.options));
  parser->setTargetParser(*target_parser);
  if (parser->Run(/*NoInitialTextSection=*/false) || failed) return std::nullopt;
  return std::string(bytes);
}

std::optional<std::string> disassemble(std::string_view image, const Report& report) {
  const auto fail = [&](std::string text) {
    report({0, 0, std::move(text), ""});
    return std::nullopt;
  };
  auto file = object::ObjectFile::createELFObjectFile(MemoryBufferRef(image, "image"));
  if (!file) {
    const std::string why = toString(file.takeError());
    return fail("the file is no image: " + why);
  }
  std::vector<norman_image_header> headers;
  std::vector<norman_image_program> programs;
  std::vector<norman_image_row> rows;
  std::vector<norman_image_entry> entries;
  std::vector<norman_image_exit> exits;
  if (!readSection(**file, NORMAN_IMAGE_HEADER_SECTION, headers) ||
      !readSection(**file, NORMAN_IMAGE_PROGRAM_SECTION, programs) ||
      !readSection(**file, NORMAN_IMAGE_ROW_SECTION, rows) ||
      !readSection(**file, NORMAN_IMAGE_ENTRY_SECTION, entries) ||
      !readSection(**file, NORMAN_IMAGE_EXIT_SECTION, exits)) {
    return fail("the image is cut off");
  }
  if (headers.size() != 1 || headers[0].magic != isa::kImageMagic)
    return fail("the file is no image: it has no header record");
  if (headers[0].version != isa::kImageVersion || headers[0].isa_version != isa::kIsaVersion) {
    return fail("the image has version " + std::to_string(headers[0].version) + "." +
                std::to_string(headers[0].isa_version) + ", expected " + std::to_string(isa::kImageVersion) +
                "." + std::to_string(isa::kIsaVersion));
  }
  if (headers[0].config >= isa::kConfigs.size()) return fail("the image is for an unknown overlay");
  const isa::ConfigInfo& config = isa::kConfigs[headers[0].config];

  Machine machine;
  std::string text;
  raw_string_ostream stream(text);
  formatted_raw_ostream formatted(stream);
  std::unique_ptr<MCStreamer> null(theTarget().createNullStreamer(machine.context));
  auto* out = new NormanTargetAsmStreamer(*null, formatted, *machine.printer);  // owned by the streamer
  out->emitConfig(config);
  for (const norman_image_program& program : programs) {
    if (program.program >= isa::kProgramNames.size()) return fail("the image holds an unknown program");
    out->emitProgram(program);
    for (const norman_image_entry& entry : entries) {
      if (entry.program == program.program) out->emitEntry(entry);
    }
    for (const norman_image_row& record : rows) {
      if (record.program != program.program) continue;
      if (record.stage >= config.stages.size() || record.row >= isa::kRowsPerStage)
        return fail("the image holds a row outside the overlay");
      NormanRow row;
      row.Program = record.program;
      row.Stage = record.stage;
      row.Row = record.row;
      row.Line = record.line;
      NormanRowWords words;
      std::memcpy(words.data(), record.word, sizeof(record.word));
      if (!decodeRow(words, config.stages[record.stage], *machine.disassembler, *machine.emitter,
                     *machine.subtarget, row)) {
        return fail("row " + std::to_string(record.row) + " of stage " + std::to_string(record.stage) +
                    " holds no instruction");
      }
      out->emitRow(row);
    }
    for (const norman_image_exit& exit : exits) {
      if (exit.program != program.program) continue;
      if (exit.target >= isa::kExitTargets || exit.sel >= isa::kSelectorNames.size())
        return fail("the image holds an unknown exit target");
      out->emitExit(exit);
    }
  }
  formatted.flush();
  return text;
}

std::vector<std::string> disassembleRow(const uint64_t (&words)[4], char stage_kind) {
  static Machine machine;
  NormanRow row;
  NormanRowWords copy;
  std::memcpy(copy.data(), words, sizeof(words));
  std::vector<std::string> lines;
  if (!decodeRow(copy, stage_kind, *machine.disassembler, *machine.emitter, *machine.subtarget, row))
    return lines;
  for (unsigned lane = 0; lane < 2; ++lane) {
    if (!row.has(lane)) continue;
    std::string text;
    raw_string_ostream stream(text);
    machine.printer->printInst(&row.Ops[lane], 0, "", *machine.subtarget, stream);
    lines.push_back(StringRef(text).trim().str());
    for (char& c : lines.back()) {
      if (c == '\t') c = ' ';
    }
  }
  return lines;
}

}  // namespace norman::target
