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

bool startsAction(size_t type) {
  switch (type) {
    case Norman::COUNT:
    case Norman::LOG:
    case Norman::CAPTURE:
    case Norman::MARK:
    case Norman::SWAP:
    case Norman::PASS:
    case Norman::DROP:
    case Norman::REJECT:
    case Norman::RETURN:
    case Norman::CALL:
    case Norman::GOTO:
      return true;
    default:
      return false;
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
    case Norman::JUNK:
      reportCharacter(range);
      return true;
    case Norman::OPEN_STRING:
      swallowed_ = true;
      diagnostics_.report(DiagId::Syntax, range, "this string is not closed on its line")
          .help("end it with '\"'");
      return true;
    case Norman::OPEN_COMMENT:
      swallowed_ = true;
      diagnostics_.report(DiagId::Syntax, range, "this comment is not closed").help("end it with '*/'");
      return true;
    case Token::EOF:
      if (swallowed_) return true;
      break;
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

// A character that no token begins with: those that writing programs put in place of others have a name.
void ErrorStrategy::reportCharacter(const SourceRange& range) {
  // Bytes of one character come as separate tokens; show all of it.
  SourceRange whole = range;
  const std::string_view text = sources_.file(file_).text();
  while (whole.end < text.size() && (static_cast<unsigned char>(text[whole.end]) & 0xc0) == 0x80) ++whole.end;
  const std::string character(sources_.text(whole));
  static constexpr std::string_view kQuotes[] = {"'", "`", "\u00b4", "\u2018", "\u2019", "\u201c", "\u201d", "\u201e", "\u00ab", "\u00bb"};
  static constexpr std::string_view kSpaces[] = {"\u00a0", "\u2007", "\u2009", "\u200b", "\u202f", "\u3000", "\ufeff"};
  static constexpr std::string_view kDashes[] = {"\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2212"};
  const auto among = [&](const auto& list) { return std::find(std::begin(list), std::end(list), character) != std::end(list); };
  const bool space = among(kSpaces);
  auto report = diagnostics_.report(DiagId::Syntax, whole,
                                    space ? "a space of another kind than ' '" : "unexpected character '" + character + "'");
  if (space)
    report.help("write ' ' in its place");
  else if (among(kQuotes))
    report.help("strings stand in '\"'");
  else if (among(kDashes))
    report.help("write '-' in its place");
  else if (character.size() > 1)
    report.help("outside strings and comments only ASCII is used");
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

  const bool in_rule = wanted == "an operator or '=>'";
  const auto follows = [&](std::initializer_list<size_t> types) {
    return before != nullptr && std::find(types.begin(), types.end(), before->getType()) != types.end() &&
           rangeOf(before).end == rangeOf(got).begin;
  };
  if (got->getType() == Norman::ASSIGN &&
      dynamic_cast<Norman::RuleItemContext*>(parser->getContext()) != nullptr) {
    report.help("compare with '=='");
  } else if (in_rule && (got->getType() == Norman::TO || got->getType() == Norman::COLON)) {
    report.help("write '=>' before the actions");
  } else if (in_rule && startsAction(got->getType())) {
    report.help("write '=>' before the actions");
  } else if (got->getType() == Norman::DOT && follows({Norman::DECIMAL})) {
    report.help("an IPv4 address has four numbers: '10.0.0.1'");
  } else if ((got->getType() == Norman::LBRACE && before != nullptr && before->getType() == Norman::EQ) ||
             (in_rule && got->getType() == Norman::RANGE)) {
    report.help("lists and ranges stand right of 'in'");
  } else if (got->getType() == Norman::MINUS && has(Norman::RBRACE) && has(Norman::COMMA)) {
    report.help("a range is written with '..': '80..90'");
  } else if (has(Norman::TO) && (got->getType() == Norman::RBRACE || got->getType() == Norman::COMMA)) {
    report.help("an entry of a map is 'KEY -> VALUE'");
  } else if (wanted == "a rule, a setting or '}'" && got->getType() == Norman::SEMI) {
    report.help("leave this ';' out");
  } else if (wanted == "a rule, a setting or '}'" && (startsAction(got->getType()) || got->getType() == Norman::IF)) {
    report.help("a rule is 'name: condition => action, ...;'");
  } else if (got->getType() == Norman::ID) {
    const std::string word = textOf(got);
    const auto near_prefix = before != nullptr && before->getType() == Norman::ID
                                 ? nearestWord(textOf(before), {"exceeds", "within", "every", "chance"})
                                 : std::nullopt;
    if (const char* habit = habitOf(word))
      report.help(std::string("did you mean ") + habit + "?");
    else if (in_rule && near_prefix)
      report.help("did you mean '" + *near_prefix + " " + word + "'?");
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
      skipItem(parser, openBraces(parser));
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
  if (rule == Norman::RulePolicyDecl || rule == Norman::RuleChainDecl) {
    while (true) {
      const size_t type = parser->getTokenStream()->LA(1);
      if (type == Norman::RBRACE || parser->getExpectedTokens().contains(type)) return;
      // A brace is missing: the declaration ends here.
      if (type == Token::EOF || startsDeclaration(type)) throw antlr4::InputMismatchException(parser);
      reportExpected(parser, parser->getCurrentToken(), parser->getExpectedTokens());
      skipStranger(parser);
    }
  }
}

// What stands in place of an item and is none, with its own braces: `if a { drop; } else { pass; }`.
void ErrorStrategy::skipStranger(Parser* parser) {
  auto* tokens = parser->getTokenStream();
  unsigned depth = 0;
  for (;; parser->consume()) {
    const size_t type = tokens->LA(1);
    if (type == Token::EOF) return;
    if (diagnostics_.full()) continue;
    if (type == Norman::LBRACE) ++depth;
    if (type == Norman::RBRACE && depth == 0) return;
    const bool ends = type == Norman::SEMI ? depth == 0 : type == Norman::RBRACE && --depth == 0 && tokens->LA(2) != Norman::ELSE;
    if (startsDeclaration(type) && depth == 0 && tokens->LA(-1) != Norman::DOT) return;
    if (!ends) continue;
    parser->consume();
    return;
  }
}

void ErrorStrategy::skipItem(Parser* parser, unsigned depth) {
  auto* tokens = parser->getTokenStream();
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
      if (type == Norman::RBRACE && tokens->LA(1) == Norman::SEMI) parser->consume();  // as after a set
      break;
    }
  }
  last_stop_ = tokens->index();
}

}  // namespace norman
