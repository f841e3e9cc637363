// Messages for syntax errors, and finding the place to go on.
#include "compiler/parse/error_strategy.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include "compiler/support/nearest_name.h"

namespace norman {
namespace {

using antlr4::Parser;
using antlr4::Token;
using Norman = NormanParser;

bool startsDeclaration(size_t type) {
  switch (type) {
    case Norman::IMPORT:
    case Norman::POLICY:
    case Norman::CHAIN:
    case Norman::CONST:
    case Norman::SET:
    case Norman::MAP:
    case Norman::COUNTER:
    case Norman::METER:
    case Norman::QUOTA:
    case Norman::STATE:
    case Norman::SHARED:
    case Norman::FUNCTION:
      return true;
    default:
      return false;
  }
}

bool isKeyword(size_t type) { return type >= Norman::POLICY && type <= Norman::RESERVED_ACTION; }

// "'=='" of the vocabulary for signs and keywords, words for the rest.
std::string tokenName(const Parser& parser, size_t type) {
  switch (type) {
    case Token::EOF:
      return "the end of the file";
    case Norman::ID:
      return "a name";
    case Norman::INT:
    case Norman::DECIMAL:
      return "a number";
    case Norman::TIME:
      return "a time of day";
    case Norman::STRING:
      return "a string";
    case Norman::IPV4:
    case Norman::IPV6:
      return "an address";
    case Norman::PREFIX4:
    case Norman::PREFIX6:
      return "a prefix";
    case Norman::MAC:
      return "a MAC address";
    default:
      return parser.getVocabulary().getDisplayName(type);
  }
}

// Words of other languages, and what is meant here.
const char* habitOf(std::string_view word) {
  static constexpr std::pair<std::string_view, const char*> kHabits[] = {
      {"and", "'&&'"},
      {"or", "'||'"},
      {"not", "'!'"},
      {"accept", "'pass'"},
      {"allow", "'pass'"},
      {"permit", "'pass'"},
      {"deny", "'drop'"},
      {"block", "'drop'"},
      {"discard", "'drop'"},
      {"jump", "'call'"},
      {"then", "'=>'"},
      {"if", "'CONDITION => ACTION;'"},
      {"var", "'let'"},
      {"def", "'function'"},
      {"func", "'function'"},
      {"fn", "'function'"},
      {"rule", "'name: condition => action;'"},
  };
  for (const auto& [habit, ours] : kHabits)
    if (habit == word) return ours;
  return nullptr;
}

std::vector<std::string> keywordsIn(const Parser& parser, const antlr4::misc::IntervalSet& expected) {
  std::vector<std::string> words;
  for (size_t type = Norman::POLICY; type < Norman::RESERVED; ++type) {
    if (!expected.contains(type)) continue;
    std::string name = parser.getVocabulary().getDisplayName(type);
    words.push_back(name.substr(1, name.size() - 2));
  }
  return words;
}

std::optional<std::string> nearestWord(std::string_view word, const std::vector<std::string>& words) {
  return nearestName(word, {words.begin(), words.end()});
}

}  // namespace

SourceRange ErrorStrategy::rangeOf(Token* token) const {
  const auto size = static_cast<uint32_t>(sources_.file(file_).text().size());
  if (token->getType() == Token::EOF) return {file_, size, size};
  const auto begin = static_cast<uint32_t>(token->getStartIndex());
  return {file_, std::min(begin, size), std::min(static_cast<uint32_t>(token->getStopIndex() + 1), size)};
}

std::string ErrorStrategy::textOf(Token* token) const { return std::string(sources_.text(rangeOf(token))); }

std::string ErrorStrategy::describe(Token* token) const {
  if (token->getType() == Token::EOF) return "the end of the file";
  constexpr size_t kLongest = 40;
  std::string text = textOf(token);
  if (text.size() > kLongest) text = text.substr(0, kLongest) + "...";
  return (isKeyword(token->getType()) ? "the keyword '" : "'") + text + "'";
}

// The token before the one that is wrong; a prediction may have looked ahead of the parser's place.
Token* ErrorStrategy::previous(Parser* parser, Token* got) const {
  return got->getTokenIndex() == 0 ? nullptr : parser->getTokenStream()->get(got->getTokenIndex() - 1);
}

// Mistakes that deserve better words than a set of tokens.
bool ErrorStrategy::reportSpecial(Parser* parser, Token* got) {
  const SourceRange range = rangeOf(got);
  switch (got->getType()) {
    case Norman::JUNK: {
      // Bytes of one character come as separate tokens; show all of it.
      SourceRange whole = range;
      const std::string_view text = sources_.file(file_).text();
      while (whole.end < text.size() && (static_cast<unsigned char>(text[whole.end]) & 0xc0) == 0x80)
        ++whole.end;
      diagnostics_.report(DiagId::Syntax, whole,
                          "unexpected character '" + std::string(sources_.text(whole)) + "'");
      return true;
    }
    case Norman::OPEN_STRING:
      diagnostics_.report(DiagId::Syntax, range, "this string is not closed on its line")
          .help("end it with '\"'");
      return true;
    case Norman::OPEN_COMMENT:
      diagnostics_.report(DiagId::Syntax, range, "this comment is not closed").help("end it with '*/'");
      return true;
    default:
      break;
  }
  const auto* context = parser->getContext();
  Token* before = previous(parser, got);

  // `=> dorp;` is taken for the beginning of an assignment.
  if (before != nullptr && before->getType() == Norman::ID && context->start == before &&
      (dynamic_cast<const Norman::AssignActionContext*>(context) != nullptr)) {
    const std::string word = textOf(before);
    const std::vector<std::string> actions = {"pass", "drop", "reject", "count", "log",   "capture",
                                              "mark", "swap", "call",   "goto",  "return"};
    auto report = diagnostics_.report(DiagId::UnknownName, rangeOf(before), "unknown action '" + word + "'");
    if (const char* habit = habitOf(word))
      report.help(std::string("did you mean ") + habit + "?");
    else if (const auto near = nearestWord(word, actions))
      report.help("did you mean '" + *near + "'?");
    else
      report.help(
          "actions are pass, drop, reject, count, log, capture, mark, swap, call, goto, return and 'field = "
          "value'");
    return true;
  }
  // `hok input;` is taken for the beginning of a condition.
  if (before != nullptr && before->getType() == Norman::ID && context->start == before &&
      dynamic_cast<const Norman::RuleItemContext*>(context) != nullptr) {
    const std::string word = textOf(before);
    if (const auto near = nearestWord(word, {"hook", "priority", "scope", "default", "let"})) {
      diagnostics_.report(DiagId::UnknownName, rangeOf(before), "unknown statement '" + word + "'")
          .help("did you mean '" + *near + "'?");
      return true;
    }
  }
  return false;
}

void ErrorStrategy::reportExpected(Parser* parser, Token* got, const antlr4::misc::IntervalSet& expected) {
  if (reportSpecial(parser, got)) return;
  const auto has = [&](size_t type) { return expected.contains(type); };
  const size_t rule = parser->getContext()->getRuleIndex();

  std::string wanted;
  const bool expression = has(Norman::INT) && has(Norman::ID) && has(Norman::LPAREN);
  if (has(Norman::POLICY) && has(Norman::CONST) && rule != Norman::RuleSegment) {
    wanted = "a declaration (import, policy, chain, const, set, map, counter, meter, quota, state or function)";
  } else if (got != parser->getContext()->start &&
             dynamic_cast<Norman::RuleItemContext*>(parser->getContext()) != nullptr && !has(Norman::SEMI) &&
             !has(Norman::COMMA)) {
    wanted = "an operator or '=>'";
  } else if (expression && has(Norman::HOOK) && rule != Norman::RuleSegment) {
    wanted = "a rule, a setting or '}'";
  } else if (has(Norman::COUNT) && has(Norman::PASS) && rule != Norman::RuleSegment) {
    wanted = "an action";
  } else if (expression) {
    wanted = "an expression";
  } else if (has(Norman::INT) && has(Norman::IPV4)) {
    wanted = has(Norman::RBRACE) ? "a value or '}'" : "a value";
  } else if (rule == Norman::RuleSegment) {
    wanted = "the rest of a field's name";
  } else {
    std::vector<std::string> names;
    for (const size_t type : expected.toList()) {
      std::string name = tokenName(*parser, type);
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
    }
    constexpr size_t kMost = 6;
    for (size_t i = 0; i < names.size() && i < kMost; ++i)
      wanted += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + names[i];
  }

  // A missing ';' is shown where it should stand.
  Token* before = previous(parser, got);
  const bool missing_end = has(Norman::SEMI) && before != nullptr && got->getLine() != before->getLine();
  SourceRange range = rangeOf(got);
  if (missing_end) {
    const SourceRange previous = rangeOf(before);
    range = {file_, previous.end, previous.end};
  }
  auto report = diagnostics_.report(DiagId::Syntax, range, "expected " + wanted + ", got " + describe(got));

  if (got->getType() == Norman::ASSIGN &&
      dynamic_cast<Norman::RuleItemContext*>(parser->getContext()) != nullptr) {
    report.help("compare with '=='");
  } else if (got->getType() == Norman::ID) {
    const std::string word = textOf(got);
    if (const char* habit = habitOf(word))
      report.help(std::string("did you mean ") + habit + "?");
    else if (const auto near = nearestWord(word, keywordsIn(*parser, expected)))
      report.help("did you mean '" + *near + "'?");
  } else if (has(Norman::ID) && isKeyword(got->getType()) && !expression) {
    report.help("a keyword cannot be a name; choose another one");
  } else if (got->getType() == Norman::SEMI && wanted == "an operator or '=>'") {
    report.help("a rule is 'name: condition => action, ...;'");
  } else if (got->getType() == Norman::COMMA && has(Norman::LPAREN) && has(Norman::INT)) {
    report.help("something is missing before ','");
  }
  if (has(Norman::RBRACE) && (got->getType() == Token::EOF || startsDeclaration(got->getType()))) {
    for (auto* context = parser->getContext(); context != nullptr;
         context = dynamic_cast<antlr4::ParserRuleContext*>(context->parent))
      if (auto* policy = dynamic_cast<Norman::PolicyDeclContext*>(context);
          policy != nullptr && policy->LBRACE())
        report.note(rangeOf(policy->LBRACE()->getSymbol()), "the '{' that is not closed");
      else if (auto* chain = dynamic_cast<Norman::ChainDeclContext*>(context);
               chain != nullptr && chain->LBRACE())
        report.note(rangeOf(chain->LBRACE()->getSymbol()), "the '{' that is not closed");
  }
}

void ErrorStrategy::reportError(Parser* parser, const antlr4::RecognitionException& error) {
  if (inErrorRecoveryMode(parser)) return;
  beginErrorCondition(parser);
  reportExpected(parser, error.getOffendingToken(), error.getExpectedTokens());
}

Token* ErrorStrategy::recoverInline(Parser* parser) { throw antlr4::InputMismatchException(parser); }

void ErrorStrategy::recover(Parser* parser, std::exception_ptr error) {
  switch (parser->getContext()->getRuleIndex()) {
    case Norman::RulePolicyItem:
      skipItem(parser);
      break;
    case Norman::RuleDeclaration:
      skipDeclaration(parser, openBraces(parser));
      break;
    case Norman::RuleProgram:
      break;
    default:
      std::rethrow_exception(error);
  }
  endErrorCondition(parser);
}

// The loops of the grammar end at any token that cannot begin another item; complain there, not about what
// should follow the loop.
void ErrorStrategy::sync(Parser* parser) {
  const size_t rule = parser->getContext()->getRuleIndex();
  const size_t next = parser->getTokenStream()->LA(1);
  if (rule == Norman::RuleProgram) {
    while (true) {
      const size_t type = parser->getTokenStream()->LA(1);
      if (type == Token::EOF || startsDeclaration(type) || type == Norman::RESERVED) return;
      reportExpected(parser, parser->getCurrentToken(), parser->getExpectedTokens());
      skipDeclaration(parser, 0);
    }
  }
  if (rule == Norman::RuleMeterDecl && next != Norman::RATE && next != Norman::BURST &&
      next != Norman::RBRACE && next != Norman::PER && next != Norman::LBRACE)
    throw antlr4::InputMismatchException(parser);
  if ((rule == Norman::RulePolicyDecl || rule == Norman::RuleChainDecl) && next != Norman::RBRACE &&
      !parser->getExpectedTokens().contains(next))
    throw antlr4::InputMismatchException(parser);
}

void ErrorStrategy::skipItem(Parser* parser) {
  auto* tokens = parser->getTokenStream();
  unsigned depth = 0;
  const size_t begin = tokens->index();
  for (;; parser->consume()) {
    const size_t type = tokens->LA(1);
    if (type == Token::EOF) break;
    if (diagnostics_.full()) continue;  // nobody reads more: on to the end
    if (startsDeclaration(type) && tokens->index() != begin && tokens->LA(-1) != Norman::DOT) break;
    if (type == Norman::LBRACE) ++depth;
    if (type == Norman::RBRACE) {
      if (depth == 0) break;
      --depth;
    }
    if (type == Norman::SEMI) {
      parser->consume();
      break;
    }
  }
}

// Braces that the declaration being left has opened and not closed.
unsigned ErrorStrategy::openBraces(Parser* parser) const {
  auto* tokens = parser->getTokenStream();
  unsigned depth = 0;
  for (size_t i = parser->getContext()->start->getTokenIndex(); i < tokens->index(); ++i) {
    const size_t type = tokens->get(i)->getType();
    if (type == Norman::LBRACE) ++depth;
    if (type == Norman::RBRACE && depth > 0) --depth;
  }
  return depth;
}

void ErrorStrategy::skipDeclaration(Parser* parser, unsigned depth) {
  auto* tokens = parser->getTokenStream();
  if (tokens->index() == last_stop_ && tokens->LA(1) != Token::EOF) parser->consume();
  for (;; parser->consume()) {
    const size_t type = tokens->LA(1);
    if (type == Token::EOF) break;
    if (diagnostics_.full()) continue;
    if (startsDeclaration(type) && tokens->LA(-1) != Norman::DOT) break;
    if (type == Norman::LBRACE) ++depth;
    if ((type == Norman::RBRACE && (depth == 0 || --depth == 0)) || (type == Norman::SEMI && depth == 0)) {
      parser->consume();
      break;
    }
  }
  last_stop_ = tokens->index();
}

}  // namespace norman
