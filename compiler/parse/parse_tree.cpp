// Drives lexer and parser: the bytes first, then SLL, then LL with messages where SLL fails.
#include "compiler/parse/parse_tree.h"

#include "compiler/parse/error_strategy.h"
#include "compiler/parse/prescan.h"

namespace norman {
namespace {

// ANTLR counts characters, we count bytes. Outside strings and comments only ASCII means anything, so every
// other byte becomes one sign that no token knows; texts of tokens are always taken from the source itself.
std::string asciiOf(std::string_view text) {
  std::string ascii(text);
  for (char& c : ascii)
    if (static_cast<unsigned char>(c) >= 0x80) c = '\x7f';
  return ascii;
}

}  // namespace

ParseTree::ParseTree(const SourceManager& sources, FileId file, Diagnostics& diagnostics) {
  if (!prescan(sources, file, diagnostics)) return;

  input_ = std::make_unique<antlr4::ANTLRInputStream>(asciiOf(sources.file(file).text()));
  lexer_ = std::make_unique<NormanLexer>(input_.get());
  lexer_->removeErrorListeners();
  tokens_ = std::make_unique<antlr4::CommonTokenStream>(lexer_.get());
  parser_ = std::make_unique<NormanParser>(tokens_.get());
  parser_->removeErrorListeners();

  const size_t errors_before = diagnostics.errorCount();
  NormanParser::ProgramContext* tree = nullptr;
  try {
    auto* simulator = parser_->getInterpreter<antlr4::atn::ParserATNSimulator>();
    simulator->setPredictionMode(antlr4::atn::PredictionMode::SLL);
    parser_->setErrorHandler(std::make_shared<QuietStrategy>());
    try {
      tree = parser_->program();
    } catch (const antlr4::ParseCancellationException&) {
      parser_->reset();  // also goes back to the first token
      simulator->setPredictionMode(antlr4::atn::PredictionMode::LL);
      parser_->setErrorHandler(std::make_shared<ErrorStrategy>(sources, file, diagnostics));
      tree = parser_->program();
    }
  } catch (const std::exception& error) {
    // ANTLR gave up in a way that the strategy does not know; still one message, and no result.
    if (diagnostics.errorCount() == errors_before)
      diagnostics.report(DiagId::Syntax, {file, 0, 0},
                         std::string("the source cannot be parsed: ") + error.what());
  }
  if (tree == nullptr || diagnostics.errorCount() != errors_before) return;
  if (tree->declaration().empty()) {
    diagnostics.report(DiagId::EmptySource, {file, 0, 0}, "the source holds no declaration")
        .help("a policy begins with 'policy NAME { hook input; ... }'");
    return;
  }
  program_ = tree;
  list_ = tokens_->getTokens();
}

}  // namespace norman
