// The whole pipeline: read, check, generate, select and place.
#include "compiler/driver/compile.h"

#include <llvm/Support/raw_ostream.h>

#include "compiler/ast/printer.h"
#include "compiler/codegen/codegen.h"
#include "compiler/sema/sema.h"
#include "compiler/target/target.h"

namespace norman {
namespace {

/// What the backend says at a line and column, as a diagnostic of the source there.
class BackendReport {
 public:
  BackendReport(const SourceManager& sources, const ast::Program& program, const codegen::Places& places, Diagnostics& diagnostics)
      : sources_(sources), program_(program), places_(places), diagnostics_(diagnostics) {}

  void operator()(const target::Message& message) {
    Diagnostics::Builder builder = diagnostics_.report(DiagId::ResourceLimit, rangeAt(message.line, message.column), message.text);
    if (!message.help.empty()) builder.help(message.help);
  }

 private:
  SourceRange rangeAt(uint32_t word, uint32_t column) const {
    if (const auto found = places_.find({word, column}); found != places_.end()) return found->second;
    const uint32_t line = word & ((uint32_t{1} << isa::kLineBits) - 1);
    if (word >> isa::kLineBits >= program_.files.size()) return {};
    const FileId file = program_.files[word >> isa::kLineBits];
    const SourceFile& source = sources_.file(file);
    if (line == 0 || line > source.lineCount()) return {};
    const uint32_t begin = source.lineStart(line);
    return {file, begin, begin + static_cast<uint32_t>(source.line(line).size())};
  }

  const SourceManager& sources_;
  const ast::Program& program_;
  const codegen::Places& places_;
  Diagnostics& diagnostics_;
};

std::string textOf(const llvm::Module& module) {
  std::string text;
  llvm::raw_string_ostream out(text);
  module.print(out, nullptr);
  return text;
}

}  // namespace

struct Attempt {
  std::optional<Compilation> result;
  bool lists = false;  // rules became lists of a rule stage
};

/// From the typed AST on.
static Attempt generate(const ast::Program& program, const SourceManager& sources, Diagnostics& diagnostics, const CompileOptions& options) {
  llvm::LLVMContext context;
  auto code = codegen::generate(context, program, sources, diagnostics,
                                {.overlay = options.overlay, .context_address_space = 1, .table_rules = options.table_rules, .keep = options.keep});
  if (!code) return {};
  if (options.emit == Emit::Ir) return {Compilation{textOf(*code->module), std::move(code->decisions)}, code->rule_lists != 0};

  const target::Options target{.config = options.overlay, .verify = options.verify};
  BackendReport report(sources, program, code->places, diagnostics);
  auto output = options.emit == Emit::Asm ? target::compileAssembly(*code->module, target, report)
                                          : target::compileImage(*code->module, target, report);
  if (!output) return {std::nullopt, code->rule_lists != 0};
  return {Compilation{std::move(*output), std::move(code->decisions)}, code->rule_lists != 0};
}

/// With and then without rule tables. Messages are those of the first way if none goes.
static Attempt generateAnyway(const ast::Program& program, const SourceManager& sources, Diagnostics& diagnostics, const CompileOptions& options) {
  Diagnostics messages = diagnostics;
  Attempt attempt = generate(program, sources, messages, options);
  if (!attempt.result && attempt.lists) {
    // A rule stage may lie too early for what must come before it: then compares and branches, if these fit.
    CompileOptions without = options;
    without.table_rules = SIZE_MAX;
    Diagnostics others = diagnostics;
    if (Attempt other = generate(program, sources, others, without); other.result) {
      attempt = std::move(other);
      messages = std::move(others);
    }
  }
  diagnostics = std::move(messages);
  return attempt;
}

std::optional<Compilation> compile(SourceManager& sources, FileId file, Diagnostics& diagnostics, const CompileOptions& options) {
  const std::optional<ast::Program> program = parseAndCheck(sources, file, diagnostics);
  if (!program) return std::nullopt;
  if (options.emit == Emit::Ast) return Compilation{ast::print(*program, sources), {}};
  if (!options.keep.empty()) {
    Diagnostics messages = diagnostics;
    if (Attempt attempt = generateAnyway(*program, sources, messages, options); attempt.result) {
      diagnostics = std::move(messages);
      return std::move(attempt.result);
    }
  }
  CompileOptions anew = options;
  anew.keep.clear();
  return generateAnyway(*program, sources, diagnostics, anew).result;
}

std::unique_ptr<native::NativeProgram> compileNative(SourceManager& sources, FileId file, Diagnostics& diagnostics,
                                                     const std::string& overlay) {
  const std::optional<ast::Program> program = parseAndCheck(sources, file, diagnostics);
  if (!program) return nullptr;
  auto context = std::make_unique<llvm::LLVMContext>();
  auto code = codegen::generate(*context, *program, sources, diagnostics, {.overlay = overlay, .context_address_space = 0});
  if (!code) return nullptr;
  auto native = native::NativeProgram::create(std::move(context), std::move(code->module));
  if (native) return std::move(*native);
  diagnostics.report(DiagId::NotYet, {}, "this host cannot run policies: " + llvm::toString(native.takeError()));
  return nullptr;
}

}  // namespace norman
