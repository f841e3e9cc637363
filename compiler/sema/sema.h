// The semantic checks: names, types, units, legality, limits. Syntax tree in, typed AST out.
#pragma once

#include <optional>

#include "compiler/ast/program.h"
#include "compiler/support/diagnostics.h"
#include "compiler/support/source.h"

namespace norman {

/// The front end as one call: parses and checks one file. Every mistake goes to `diagnostics`; warnings may
/// be there with a result. Returns nothing exactly if this call reported an error.
std::optional<ast::Program> parseAndCheck(SourceManager& sources, FileId file,
                                          Diagnostics& diagnostics);

/// What an image has given numbers to already.
struct KnownNames {
  std::vector<std::string> interfaces;                 // Program::interfaces begins with these
  std::vector<ast::InterfacePattern> interface_patterns;
  std::vector<ast::OwnerPredicate> owner_predicates;   // as interfaces; one without names is a test that no rule can ask
};

/// Likewise, for a file that is to become part of an image.
std::optional<ast::Program> parseAndCheck(SourceManager& sources, FileId file, Diagnostics& diagnostics, const KnownNames& known);

}  // namespace norman
