// The compiler as one call: policy source in, image bytes or a text of some stage out.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/codegen/objects.h"
#include "compiler/native/native_program.h"
#include "compiler/support/diagnostics.h"
#include "compiler/support/source.h"

namespace norman {

/// How far compilation goes, and what it leaves.
enum class Emit {
  Ast,    // the typed AST as text
  Ir,     // the LLVM IR as text
  Asm,    // assembly text
  Image,  // the policy image
};

struct CompileOptions {
  Emit emit = Emit::Image;
  /// A configuration of the contract: "default" or "small".
  std::string overlay = "default";
  /// Check the machine code after every pass of the backend (tests).
  bool verify = false;
  /// Rules that make a rule table, where the overlay has one (tests: fewer).
  size_t table_rules = codegen::kTableRules;
  /// Objects of the image that this one is to take the place of: what is the same keeps its place if that goes, and if the
  /// policy fits no other way nothing is kept.
  std::vector<codegen::KeptObject> keep = {};
};

struct Compilation {
  std::string output;
  /// What the compiler chose, for the report; empty with Emit::Ast.
  std::vector<codegen::Decision> decisions;
  /// How rules were put into lists, and the ways before that did not fit, each with what was short; empty without a backend.
  std::string way = {};
  std::vector<std::string> failed_ways = {};
};

/// Compiles one file. Every mistake, also what does not fit the overlay, goes to `diagnostics` with its place.
/// Returns nothing exactly if this call reported an error.
std::optional<Compilation> compile(SourceManager& sources, FileId file, Diagnostics& diagnostics, const CompileOptions& options);

/// The same policies as host code. Null after errors, which are in `diagnostics`.
std::unique_ptr<native::NativeProgram> compileNative(SourceManager& sources, FileId file, Diagnostics& diagnostics,
                                                     const std::string& overlay);

}  // namespace norman
