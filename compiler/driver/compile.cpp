// The whole pipeline: read, check, generate, select and place.
#include "compiler/driver/compile.h"

#include <algorithm>

#include <fmt/format.h>
#include <llvm/Support/raw_ostream.h>

#include "compiler/ast/printer.h"
#include "compiler/codegen/codegen.h"
#include "compiler/codegen/rule_fit.h"
#include "compiler/sema/sema.h"
#include "compiler/target/target.h"

namespace norman {
namespace {

/// What the backend said of a program, at a place of the source.
struct Refusal {
  SourceRange range;
  std::string text;
  std::string help;
};

/// Puts places to what the backend says at a line and column.
class BackendReport {
 public:
  BackendReport(const SourceManager& sources, const ast::Program& program, const codegen::Places& places, std::vector<Refusal>& refusals)
      : sources_(sources), program_(program), places_(places), refusals_(refusals) {}

  /// What both programs lack is said once, with a place where one of them has one.
  void operator()(const target::Message& message) {
    const SourceRange range = rangeAt(message.line, message.column);
    const auto said = std::ranges::find(refusals_, message.text, &Refusal::text);
    if (said == refusals_.end())
      refusals_.push_back({range, message.text, message.help});
    else if (!said->range.valid())
      said->range = range;
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
  std::vector<Refusal>& refusals_;
};

std::string textOf(const llvm::Module& module) {
  std::string text;
  llvm::raw_string_ostream out(text);
  module.print(out, nullptr);
  return text;
}

/// One way of compiling a program.
struct Attempt {
  std::optional<Compilation> result;
  std::vector<codegen::ListedRules> lists;
  Diagnostics messages;
  bool prefix_tables = false;
  bool generated = false;  // what is wrong was found behind code generation
  std::vector<Refusal> refusals = {};  // by the backend
};

/// Looks for lists of rules with which a program fits.
class ListSearch {
 public:
  ListSearch(const ast::Program& program, const SourceManager& sources, const Diagnostics& before, const CompileOptions& options)
      : program_(program), sources_(sources), before_(before), options_(options) {}

  /// Ways to put rules into lists, the usual one first, until one fits:
  ///
  ///   lists of the usual length            one lookup each, and few rows
  ///   shorter ones too                     where compares and branches make paths too long
  ///   both with few prefix tables          where these are more than their stages
  ///   without the shortest of these        where a path asks more lists than there are rule stages
  ///   nothing computed, no chains in them  where what must come before a lookup takes too long
  ///   none                                 where there is no room before the rule stages at all
  ///
  /// Each compiles the whole program, so they are few. Messages are those of the first way if none fits.
  Attempt run() {
    Attempt attempt = search();
    if (attempt.result && options_.emit != Emit::Ir) {
      attempt.result->way = way_;
      attempt.result->failed_ways = failed_;
    }
    for (size_t i = 0; i < attempt.refusals.size(); ++i) {
      const Refusal& refusal = attempt.refusals[i];
      Diagnostics::Builder builder = attempt.messages.report(DiagId::ResourceLimit, refusal.range, refusal.text);
      if (i == 0 && failed_.size() > 1)
        for (const std::string& way : failed_) builder.note(way);
      if (!refusal.help.empty()) builder.help(refusal.help);
    }
    return attempt;
  }

 private:
  static constexpr size_t kFewRules = 3;
  static constexpr size_t kLeftOut = 3;

  Attempt search() {
    codegen::ListChoice lists{.fewest = options_.table_rules};
    if (fits(lists, "the usual lists") || !last_.generated) return std::move(last_);
    first_ = last_;
    lists.fewest = std::min(lists.fewest, kFewRules);
    if (fits(lists, "shorter lists too")) return std::move(last_);
    if (last_.prefix_tables && fits({.fewest = options_.table_rules, .spare_prefixes = true}, "the usual lists, few prefix tables")) return std::move(last_);
    if (first_.prefix_tables && fits({.fewest = lists.fewest, .spare_prefixes = true}, "shorter lists too, few prefix tables")) return std::move(last_);
    for (size_t n = 0; n < kLeftOut && last_.lists.size() > 1; ++n) {
      lists.left_out.insert(std::ranges::min_element(last_.lists, {}, &codegen::ListedRules::rules)->place);
      if (fits(lists, "shorter lists too, without the shortest of these")) return std::move(last_);
    }
    for (const size_t fewest : {options_.table_rules, lists.fewest})
      if (fits({.fewest = fewest, .widely = false}, "lists without chains and computed conditions")) return std::move(last_);
    if (fits({.fewest = SIZE_MAX}, "no lists")) return std::move(last_);
    return std::move(first_);
  }

  bool fits(const codegen::ListChoice& lists, const char* way) {
    way_ = way;
    last_ = generate(lists);
    if (!last_.refusals.empty()) failed_.push_back(fmt::format("with {}: {}", describe(last_.lists), last_.refusals.front().text));
    return last_.result.has_value();
  }

  /// "2 lists of 26 and 12 rules, 44 and 12 entries".
  static std::string describe(const std::vector<codegen::ListedRules>& lists) {
    if (lists.empty()) return "no list of rules";
    std::string rules;
    std::string entries;
    for (size_t i = 0; i < lists.size(); ++i) {
      const char* between = i == 0 ? "" : i + 1 == lists.size() ? " and " : ", ";
      rules += fmt::format("{}{}", between, lists[i].rules);
      entries += fmt::format("{}{}", between, lists[i].entries);
    }
    return fmt::format("{} list{} of {} rules, {} entries", lists.size(), lists.size() == 1 ? "" : "s", rules, entries);
  }

  /// From the typed AST on.
  Attempt generate(const codegen::ListChoice& lists) {
    Attempt attempt{.result = {}, .lists = {}, .messages = before_};
    llvm::LLVMContext context;
    auto code = codegen::generate(context, program_, sources_, attempt.messages,
                                  {.overlay = options_.overlay, .context_address_space = 1, .lists = lists, .keep = options_.keep});
    if (!code) return attempt;
    attempt.generated = true;
    attempt.lists = std::move(code->lists);
    attempt.prefix_tables = code->prefix_tables;
    // The same lists once more fail once more.
    const std::pair way{attempt.lists, attempt.prefix_tables && lists.spare_prefixes};
    if (std::ranges::find(tried_, way) != tried_.end()) return attempt;
    tried_.push_back(way);
    if (options_.emit == Emit::Ir) {
      attempt.result = Compilation{.output = textOf(*code->module), .decisions = std::move(code->decisions)};
      return attempt;
    }
    const auto overlay = std::ranges::find(isa::kConfigs, options_.overlay, &isa::ConfigInfo::name);
    const auto holds_lists = [&](std::span<const size_t> objects) {
      std::vector<std::vector<codegen::RuleTableEntry>> together;
      for (const size_t object : objects) together.push_back(code->list_entries[object]);
      return codegen::fitsRuleStage(together, *overlay);
    };
    const target::Options target{.config = options_.overlay, .verify = options_.verify, .holds_lists = holds_lists, .trees = trees_};
    BackendReport report(sources_, program_, code->places, attempt.refusals);
    auto output = options_.emit == Emit::Asm ? target::compileAssembly(*code->module, target, report)
                                             : target::compileImage(*code->module, target, report);
    if (output) attempt.result = Compilation{.output = std::move(*output), .decisions = std::move(code->decisions)};
    return attempt;
  }

  const ast::Program& program_;
  const SourceManager& sources_;
  const Diagnostics& before_;
  const CompileOptions& options_;
  std::vector<std::pair<std::vector<codegen::ListedRules>, bool>> tried_;
  std::vector<std::string> failed_;  // what the backend lacked, way by way
  std::string way_;                  // the last one
  const std::shared_ptr<llvm::NormanTreeCache> trees_ = target::makeTreeCache();
  Attempt first_;
  Attempt last_;
};

}  // namespace

std::optional<Compilation> compile(SourceManager& sources, FileId file, Diagnostics& diagnostics, const CompileOptions& options) {
  const std::optional<ast::Program> program = parseAndCheck(sources, file, diagnostics);
  if (!program) return std::nullopt;
  if (options.emit == Emit::Ast) return Compilation{.output = ast::print(*program, sources), .decisions = {}};
  Attempt attempt;
  if (!options.keep.empty()) attempt = ListSearch(*program, sources, diagnostics, options).run();
  if (!attempt.result) {
    CompileOptions anew = options;
    anew.keep.clear();
    attempt = ListSearch(*program, sources, diagnostics, anew).run();
  }
  diagnostics = std::move(attempt.messages);
  return std::move(attempt.result);
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
