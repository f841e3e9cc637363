// A source with its tokens and ANTLR's tree, which live as long as this does.
#pragma once

#include <memory>

#include "NormanLexer.h"
#include "NormanParser.h"
#include "compiler/support/diagnostics.h"
#include "compiler/support/source.h"

namespace norman {

class ParseTree {
 public:
  /// Parses one file; every mistake goes to `diagnostics`. Never throws.
  ParseTree(const SourceManager& sources, FileId file, Diagnostics& diagnostics);

  /// Null after an error, otherwise a tree with at least one declaration.
  NormanParser::ProgramContext* program() const { return program_; }
  /// All tokens, the end of the file last; white space and comments have none.
  const std::vector<antlr4::Token*>& tokens() const { return list_; }

 private:
  std::unique_ptr<antlr4::ANTLRInputStream> input_;
  std::unique_ptr<NormanLexer> lexer_;
  std::unique_ptr<antlr4::CommonTokenStream> tokens_;
  std::unique_ptr<NormanParser> parser_;
  NormanParser::ProgramContext* program_ = nullptr;
  std::vector<antlr4::Token*> list_;
};

}  // namespace norman
