// What ANTLR does on a syntax error, instead of its own strategy: one message in the user's words, then the
// next item.
#pragma once

#include <string>

#include "NormanParser.h"
#include "compiler/support/diagnostics.h"
#include "compiler/support/source.h"

namespace norman {

/// Reports the first mistake of each item of a policy and of each declaration, skips the rest of the item,
/// goes on.
///
/// ANTLR catches an error in the rule function where it happens. This strategy throws it on from there until
/// it is in `policyItem` or `declaration`, whose end is easy to find: so no half-parsed rule makes a second
/// message.
class ErrorStrategy : public antlr4::DefaultErrorStrategy {
 public:
  ErrorStrategy(const SourceManager& sources, FileId file, Diagnostics& diagnostics)
      : sources_(sources), file_(file), diagnostics_(diagnostics) {}

  void reportError(antlr4::Parser* parser, const antlr4::RecognitionException& error) override;
  void recover(antlr4::Parser* parser, std::exception_ptr error) override;
  antlr4::Token* recoverInline(antlr4::Parser* parser) override;
  void sync(antlr4::Parser* parser) override;

 private:
  SourceRange rangeOf(antlr4::Token* token) const;
  std::string textOf(antlr4::Token* token) const;
  std::string describe(antlr4::Token* token) const;
  bool reportSpecial(antlr4::Parser* parser, antlr4::Token* got);
  void reportExpected(antlr4::Parser* parser, antlr4::Token* got, const antlr4::misc::IntervalSet& expected);
  void reportCharacter(const SourceRange& range);
  void skipItem(antlr4::Parser* parser, unsigned depth);
  void skipStranger(antlr4::Parser* parser);
  void skipDeclaration(antlr4::Parser* parser, unsigned depth);
  unsigned openBraces(antlr4::Parser* parser) const;
  antlr4::Token* previous(antlr4::Parser* parser, antlr4::Token* got) const;

  const SourceManager& sources_;
  FileId file_;
  Diagnostics& diagnostics_;
  bool swallowed_ = false;       // an open string or comment was reported: what closes things may be in it
  size_t last_stop_ = SIZE_MAX;  // token index where the last skipping ended: the next one must get further
};

/// For the first, fast attempt: gives up at the first error without a word.
using QuietStrategy = antlr4::BailErrorStrategy;

}  // namespace norman
