// Code generation: the typed AST of a policy file as one LLVM module, exactly as overlay_rtl/spec/ir.md says.
#pragma once

#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/ast/program.h"
#include "compiler/codegen/objects.h"
#include "compiler/codegen/program_emitter.h"
#include "compiler/support/diagnostics.h"
#include "compiler/support/source.h"

namespace norman::codegen {

struct CodegenOptions {
  /// A configuration of the contract: "default" or "small".
  std::string overlay = "default";
  /// Address space of the entry words: 1 for the overlay, 0 for native code.
  unsigned context_address_space = 1;
  /// Which rules become lists of rule tables, where the overlay has them.
  ListChoice lists = {};
  /// Objects of the image that this one is to take the place of.
  std::vector<KeptObject> keep = {};
};

struct CodegenResult {
  std::unique_ptr<llvm::Module> module;
  std::vector<Decision> decisions;
  Places places;
  std::vector<ListedRules> lists;  // rules that follow each other as one lookup of a rule stage
  bool prefix_tables = false;      // there are some
  std::map<size_t, std::vector<RuleTableEntry>> list_entries = {};  // of lists, by the number of their object in the module
};

/// The module, tidied by the pass list. Returns nothing exactly if this call reported an error.
std::optional<CodegenResult> generate(llvm::LLVMContext& context, const ast::Program& program,
                                      const SourceManager& sources, Diagnostics& diagnostics,
                                      const CodegenOptions& options);

}  // namespace norman::codegen
