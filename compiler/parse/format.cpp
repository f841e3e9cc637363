// Lays tokens out again: ANTLR's tree says where lines begin and may break, the gaps between tokens hold the
// comments.
#include "compiler/parse/format.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "compiler/parse/parse_tree.h"
#include "compiler/parse/tree_reader.h"

namespace norman {
namespace {

using antlr4::ParserRuleContext;
using antlr4::Token;
using Norman = NormanParser;

constexpr unsigned kIndent = 4;
constexpr unsigned kContinued = 8;

// How loosely two tokens hang together: lines break at the smallest numbers first. Each level of brackets
// adds kLevels.
constexpr int kNoBreak = std::numeric_limits<int>::max();
enum Looseness { kArrow, kComma, kOr, kAnd, kCompare, kArithmetic, kLevels };

struct Comment {
  std::string text;
  bool to_line_end = false;  // `//` or `#`
  unsigned lines_before = 0;
  unsigned lines_after = 0;
};

/// What the layout moves around: a token or a comment.
struct Piece {
  std::string text;
  unsigned space = 1;     // before it, on one line
  int level = kNoBreak;   // of a break before it
  bool new_line = false;  // begins a line, whatever fits
};

unsigned widthOf(std::string_view text) {
  unsigned width = 0;
  for (const char c : text) width += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return width;
}

std::string withoutTrailingSpace(std::string text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n')
      while (!out.empty() && (out.back() == ' ' || out.back() == '\t')) out.pop_back();
    if (c != '\r') out += c;
  }
  while (!out.empty() && (out.back() == ' ' || out.back() == '\t')) out.pop_back();
  return out;
}

/// The comments between two tokens: nothing else than white space is there.
std::vector<Comment> commentsIn(std::string_view gap) {
  std::vector<Comment> comments;
  unsigned lines = 0;
  for (size_t at = 0; at < gap.size();) {
    const char c = gap[at];
    if (c == '\n' || (c == '\r' && (at + 1 == gap.size() || gap[at + 1] != '\n'))) ++lines;
    if (c != '/' && c != '#') {
      ++at;
      continue;
    }
    Comment comment;
    comment.to_line_end = c == '#' || gap[at + 1] == '/';
    size_t end = comment.to_line_end ? gap.find_first_of("\r\n", at) : gap.find("*/", at + 2) + 2;
    end = std::min(end, gap.size());
    comment.text = withoutTrailingSpace(std::string(gap.substr(at, end - at)));
    comment.lines_before = lines;
    if (!comments.empty()) comments.back().lines_after = lines;
    comments.push_back(std::move(comment));
    lines = 0;
    at = end;
  }
  if (!comments.empty()) comments.back().lines_after = lines;
  return comments;
}

/// Puts pieces on lines.
class Layout {
 public:
  Layout(const std::vector<Piece>& pieces, unsigned first, unsigned continued)
      : pieces_(pieces), column_(first), continued_(continued) {}

  std::string run() {
    fill(0, pieces_.size());
    return std::move(out_);
  }

 private:
  /// Columns that the pieces take on one line; the first one without what stands before it.
  unsigned width(size_t begin, size_t end) const {
    unsigned sum = 0;
    for (size_t i = begin; i < end; ++i) {
      if (i > begin && pieces_[i].new_line) return kFormatColumns + 1;
      sum += widthOf(pieces_[i].text) + (i > begin ? pieces_[i].space : 0);
      if (sum > kFormatColumns) break;
    }
    return sum;
  }

  void put(const Piece& piece, bool first) {
    if (!first) {
      out_.append(piece.space, ' ');
      column_ += piece.space;
    }
    out_ += piece.text;
    column_ += widthOf(piece.text);
  }

  void newLine() {
    out_ += '\n';
    out_.append(continued_, ' ');
    column_ = continued_;
  }

  /// The pieces from where the line stands; the first one has its space already.
  void fill(size_t begin, size_t end) {
    if (begin == end) return;
    const auto level = [&](size_t i) { return pieces_[i].new_line ? -1 : pieces_[i].level; };
    int loosest = kNoBreak;
    if (column_ + width(begin, end) > kFormatColumns)
      for (size_t i = begin + 1; i < end; ++i) loosest = std::min(loosest, level(i));
    if (loosest == kNoBreak) {
      for (size_t i = begin; i < end; ++i) put(pieces_[i], i == begin);
      return;
    }
    for (size_t at = begin; at < end;) {
      size_t next = at + 1;
      while (next < end && level(next) != loosest) ++next;
      if (at != begin) {
        const bool fits =
            !pieces_[at].new_line && column_ + pieces_[at].space + width(at, next) <= kFormatColumns;
        if (fits) {
          out_.append(pieces_[at].space, ' ');
          column_ += pieces_[at].space;
        } else {
          newLine();
        }
      }
      fill(at, next);
      at = next;
    }
  }

  const std::vector<Piece>& pieces_;
  unsigned column_;
  unsigned continued_;
  std::string out_;
};

class Formatter {
 public:
  Formatter(const SourceManager& sources, FileId file, const ParseTree& tree)
      : text_(sources.file(file).text()),
        tree_(tree),
        marks_(tree.tokens().size()),
        gaps_(tree.tokens().size()) {
    size_t end = 0;
    for (size_t i = 0; i < tree.tokens().size(); ++i) {
      const Token* token = tree.tokens()[i];
      const bool last = token->getType() == Token::EOF;
      const size_t begin = last ? text_.size() : token->getStartIndex();
      gaps_[i] = commentsIn(text_.substr(end, begin - end));
      gap_lines_.push_back(static_cast<unsigned>(std::ranges::count(text_.substr(end, begin - end), '\n')));
      end = last ? begin : token->getStopIndex() + 1;
    }
    mark(tree.program(), 0);
  }

  std::string run() {
    bool apart = false;  // from the declaration before
    for (auto* declaration : tree_.program()->declaration()) {
      auto* inner = static_cast<ParserRuleContext*>(declaration->children.front());
      const bool tall = isTall(inner);
      leading(next_ == 0, apart || (tall && next_ != 0));
      declare(inner, tall);
      apart = tall;
    }
    leading(false, false);  // comments at the end
    return std::move(out_);
  }

 private:
  struct Mark {
    int level = kNoBreak;
    bool new_line = false;  // begins a line, as in the source
    bool glued = false;     // to the token before
    bool dropped = false;   // a sign that the canonical form does without
  };

  // ---------------------------------------------------------------------------------------- from the tree

  static size_t tokenOf(antlr4::tree::TerminalNode* node) { return node->getSymbol()->getTokenIndex(); }
  static size_t first(ParserRuleContext* context) { return context->start->getTokenIndex(); }
  static size_t last(ParserRuleContext* context) { return context->stop->getTokenIndex(); }

  void glue(antlr4::tree::TerminalNode* node, bool before, bool after) {
    if (node == nullptr) return;
    if (before) marks_[tokenOf(node)].glued = true;
    if (after) marks_[tokenOf(node) + 1].glued = true;
  }
  void level(size_t token, int depth, Looseness looseness) {
    marks_[token].level = depth * kLevels + looseness;
  }
  template <typename Contexts>
  void breakBetween(const Contexts& contexts, int depth, Looseness looseness) {
    for (size_t i = 1; i < contexts.size(); ++i) level(first(contexts[i]), depth, looseness);
  }
  void names(const std::vector<antlr4::tree::TerminalNode*>& nodes, size_t from) {
    for (size_t i = from + 1; i < nodes.size(); ++i) level(tokenOf(nodes[i]), 0, kComma);
  }
  void drop(antlr4::tree::TerminalNode* node) {
    if (node != nullptr && gaps_[tokenOf(node)].empty()) marks_[tokenOf(node)].dropped = true;
  }

  /// Where lines may break and which tokens touch; `depth` counts brackets.
  void mark(antlr4::tree::ParseTree* node, int depth) {
    if (auto* rule = dynamic_cast<Norman::RuleItemContext*>(node)) {
      level(tokenOf(rule->ARROW()), depth, kArrow);
      breakBetween(rule->action(), depth, kComma);
    } else if (auto* expr = dynamic_cast<Norman::ExprContext*>(node)) {
      for (auto* sign : expr->OR()) level(tokenOf(sign), depth, kOr);
    } else if (auto* conjunction = dynamic_cast<Norman::ConjunctionContext*>(node)) {
      for (auto* sign : conjunction->AND()) level(tokenOf(sign), depth, kAnd);
    } else if (auto* comparison = dynamic_cast<Norman::ComparisonContext*>(node)) {
      if (comparison->comparator() != nullptr) level(first(comparison->comparator()), depth, kCompare);
    } else if (auto* arithmetic = dynamic_cast<Norman::ArithmeticContext*>(node)) {
      for (auto* sign : arithmetic->arithmeticOp()) level(first(sign), depth, kArithmetic);
    } else if (auto* list = dynamic_cast<Norman::ElementListContext*>(node)) {
      ++depth;
      const bool of_a_set = dynamic_cast<Norman::SetDeclContext*>(list->parent) != nullptr;
      breakBetween(list->element(), depth, kComma);
      const auto commas = list->COMMA();
      if (!commas.empty() && commas.size() == list->element().size()) drop(commas.back());
      if (!of_a_set || list->element().empty()) {
        glue(list->LBRACE(), false, true);
        glue(list->RBRACE(), true, false);
      } else {
        level(first(list->element(0)), depth, kComma);
      }
    } else if (auto* paren = dynamic_cast<Norman::ParenPrimaryContext*>(node)) {
      breakBetween(paren->expr(), ++depth, kComma);
    } else if (auto* element = dynamic_cast<Norman::ElementContext*>(node)) {
      if (element->LPAREN() != nullptr) breakBetween(element->element(), ++depth, kComma);
    } else if (auto* path = dynamic_cast<Norman::PathPrimaryContext*>(node)) {
      glue(path->LPAREN(), true, false);
      if (path->LPAREN() != nullptr || path->LBRACKET() != nullptr)
        breakBetween(path->expr(), ++depth, kComma);
    } else if (auto* swap = dynamic_cast<Norman::SwapActionContext*>(node)) {
      glue(swap->LPAREN(), true, false);
    } else if (auto* function = dynamic_cast<Norman::FunctionDeclContext*>(node)) {
      glue(function->LPAREN(), true, false);
      breakBetween(function->parameter(), depth + 1, kComma);
    } else if (auto* set = dynamic_cast<Norman::SetDeclContext*>(node)) {
      if (set->elementList() != nullptr) drop(set->SEMI());
    } else if (auto* map = dynamic_cast<Norman::MapDeclContext*>(node)) {
      if (map->mapBody() != nullptr) drop(map->SEMI());
    } else if (auto* body = dynamic_cast<Norman::MapBodyContext*>(node)) {
      breakBetween(body->mapEntry(), ++depth, kComma);
      const auto commas = body->COMMA();
      if (!commas.empty() && commas.size() == body->mapEntry().size()) drop(commas.back());
    } else if (auto* hook = dynamic_cast<Norman::HookItemContext*>(node)) {
      names(hook->ID(), 0);
    } else if (auto* scope = dynamic_cast<Norman::ScopeItemContext*>(node)) {
      names(scope->ID(), 0);
    } else if (auto* priority = dynamic_cast<Norman::PriorityItemContext*>(node)) {
      glue(priority->MINUS(), false, true);
    } else if (auto* reason = dynamic_cast<Norman::ReasonContext*>(node)) {
      for (auto* minus : reason->MINUS()) glue(minus, true, true);
    } else if (auto* chance = dynamic_cast<Norman::ChancePrimaryContext*>(node)) {
      glue(chance->PERCENT(), true, false);
    } else if (auto* rate = dynamic_cast<Norman::RateItemContext*>(node)) {
      glue(rate->SLASH(), true, true);
    }
    for (auto* child : node->children) mark(child, depth);
  }

  // ---------------------------------------------------------------------------------------- lines

  bool hasComments(size_t begin, size_t end) const {
    return std::any_of(gaps_.begin() + static_cast<long>(begin), gaps_.begin() + static_cast<long>(end) + 1,
                       [](const auto& gap) { return !gap.empty(); });
  }

  bool fitsOneLine(ParserRuleContext* context) {
    if (hasComments(first(context) + 1, last(context))) return false;
    // The comments above it are lines of their own.
    const std::vector<Comment> above = std::exchange(gaps_[first(context)], {});
    unsigned width = 0;
    for (const Piece& piece : pieces(first(context), last(context)))
      width += widthOf(piece.text) + piece.space;
    gaps_[first(context)] = above;
    return width <= kFormatColumns;
  }

  /// Whether the declaration takes several lines, and so stands apart from its neighbours.
  bool isTall(ParserRuleContext* declaration) {
    if (dynamic_cast<Norman::PolicyDeclContext*>(declaration) != nullptr ||
        dynamic_cast<Norman::ChainDeclContext*>(declaration) != nullptr)
      return true;
    if (auto* function = dynamic_cast<Norman::FunctionDeclContext*>(declaration))
      return function->functionBody()->LBRACE() != nullptr;
    if (dynamic_cast<Norman::SetDeclContext*>(declaration) != nullptr ||
        dynamic_cast<Norman::MapDeclContext*>(declaration) != nullptr ||
        dynamic_cast<Norman::QuotaDeclContext*>(declaration) != nullptr ||
        dynamic_cast<Norman::StateDeclContext*>(declaration) != nullptr ||
        dynamic_cast<Norman::MeterDeclContext*>(declaration) != nullptr)
      return !fitsOneLine(declaration);
    return false;
  }

  void declare(ParserRuleContext* declaration, bool tall) {
    if (auto* policy = dynamic_cast<Norman::PolicyDeclContext*>(declaration)) {
      block(tokenOf(policy->LBRACE()), policy->policyItem(), last(policy));
    } else if (auto* chain = dynamic_cast<Norman::ChainDeclContext*>(declaration)) {
      block(tokenOf(chain->LBRACE()), chain->policyItem(), last(chain));
    } else if (auto* meter = dynamic_cast<Norman::MeterDeclContext*>(declaration); meter != nullptr && tall) {
      block(tokenOf(meter->LBRACE()), meter->meterItem(), last(meter));
    } else if (auto* quota = dynamic_cast<Norman::QuotaDeclContext*>(declaration); quota != nullptr && tall) {
      block(tokenOf(quota->LBRACE()), quota->quotaItem(), last(quota));
    } else if (auto* state = dynamic_cast<Norman::StateDeclContext*>(declaration); state != nullptr && tall) {
      block(tokenOf(state->LBRACE()), state->stateItem(), last(state));
    } else if (auto* function = dynamic_cast<Norman::FunctionDeclContext*>(declaration);
               function != nullptr && tall) {
      auto* body = function->functionBody();
      std::vector<std::pair<size_t, size_t>> lines;
      for (auto* let : body->letItem()) lines.emplace_back(first(let), last(let));
      lines.emplace_back(tokenOf(body->RETURN()), tokenOf(body->SEMI()));
      block(tokenOf(body->LBRACE()), lines, last(body));
    } else if (auto* set = dynamic_cast<Norman::SetDeclContext*>(declaration); set != nullptr && tall) {
      if (set->elementList() != nullptr)
        elements(set->elementList()->LBRACE(), set->elementList()->element(), set->elementList()->RBRACE(),
                 last(set), false);
      else
        line(last(declaration));
    } else if (auto* map = dynamic_cast<Norman::MapDeclContext*>(declaration); map != nullptr && tall) {
      if (map->mapBody() != nullptr)
        elements(map->mapBody()->LBRACE(), map->mapBody()->mapEntry(), map->mapBody()->RBRACE(), last(map),
                 true);
      else
        line(last(declaration));
    } else {
      line(last(declaration));
    }
  }

  template <typename Item>
  void block(size_t open, const std::vector<Item*>& items, size_t close) {
    std::vector<std::pair<size_t, size_t>> lines;
    for (Item* item : items) lines.emplace_back(first(item), last(item));
    block(open, lines, close);
  }

  void block(size_t open, const std::vector<std::pair<size_t, size_t>>& lines, size_t close) {
    line(open);
    indent_ += kIndent;
    bool fresh = true;
    for (const auto& [begin, end] : lines) {
      leading(fresh, false);
      line(end);
      fresh = false;
    }
    leading(fresh, false, true);
    indent_ -= kIndent;
    line(close);
  }

  /// `one_a_line`: each part begins a line, as the entries of a map do.
  template <typename Part>
  void elements(antlr4::tree::TerminalNode* open, const std::vector<Part*>& parts,
                antlr4::tree::TerminalNode* close, size_t end, bool one_a_line) {
    line(tokenOf(open));
    if (!parts.empty()) {
      indent_ += kIndent;
      // Comments say what the lines of a list have in common, so such a list keeps its lines.
      const bool keep = hasComments(next_, tokenOf(close));
      if (one_a_line || keep)
        for (auto* part : parts)
          marks_[first(part)].new_line = part != parts.front() && (one_a_line || gap_lines_[first(part)] > 0);
      leading(true, false);
      // Up to the brace, with the comments before it.
      std::vector<Piece> all = pieces(next_, tokenOf(close) - 1);
      next_ = tokenOf(close);
      bool new_line = false;
      addComments(all, gaps_[next_], new_line);
      gaps_[next_].clear();
      write(all, indent_);
      out_ += '\n';
      indent_ -= kIndent;
    }
    line(end);
  }

  /// The comments and blank lines before the next token. `fresh`: nothing is above them in their block.
  void leading(bool fresh, bool apart, bool at_end = false) {
    std::vector<Comment>& gap = gaps_[next_];
    const bool end_of_file = tree_.tokens()[next_]->getType() == Token::EOF;
    size_t used = 0;
    for (const Comment& comment : gap) {
      const bool before_token =
          &comment == &gap.back() && comment.lines_after == 0 && !end_of_file && !at_end;
      if (before_token && !comment.to_line_end) break;  // on the token's own line
      if (!fresh && (apart || comment.lines_before > 1)) out_ += '\n';
      fresh = apart = false;
      out_.append(indent_, ' ');
      out_ += comment.text + '\n';
      ++used;
    }
    const unsigned lines = used > 0       ? gap[used - 1].lines_after
                           : !gap.empty() ? gap.front().lines_before
                                          : gap_lines_[next_];
    gap.erase(gap.begin(), gap.begin() + static_cast<long>(used));
    if (!fresh && !at_end && !end_of_file && (apart || lines > 1)) out_ += '\n';
  }

  /// The tokens up to `end` as one line, or more if they do not fit, and the comment that follows there.
  void line(size_t end) {
    size_t stop = end;
    while (stop > next_ && marks_[stop].dropped) --stop;
    write(pieces(next_, stop), indent_ + kContinued);
    next_ = end + 1;
    std::vector<Comment>& gap = gaps_[next_];
    size_t used = 0;
    while (used < gap.size() && gap[used].lines_before == 0) {
      out_ += "  " + gap[used].text;
      ++used;
      if (gap[used - 1].to_line_end) break;
    }
    if (used > 0) {
      gap_lines_[next_] = gap[used - 1].lines_after;
      gap.erase(gap.begin(), gap.begin() + static_cast<long>(used));
    }
    out_ += '\n';
  }

  void write(const std::vector<Piece>& pieces, unsigned continued) {
    out_.append(indent_, ' ');
    out_ += Layout(pieces, indent_, continued).run();
  }

  void addComments(std::vector<Piece>& pieces, const std::vector<Comment>& comments, bool& new_line) {
    for (const Comment& comment : comments) {
      // Inside a statement a comment in /* */ flows with the words; a line comment ends its line.
      const bool own_line = comment.to_line_end && comment.lines_before > 0 && !pieces.empty();
      pieces.push_back(
          {comment.text, comment.to_line_end && !own_line ? 2u : 1u, kNoBreak, new_line || own_line});
      new_line = comment.to_line_end;
    }
  }

  /// Tokens with the comments between them; those before the first are there too, if leading() has left any.
  std::vector<Piece> pieces(size_t begin, size_t end) {
    std::vector<Piece> result;
    bool new_line = false;  // what comes next must begin a line
    size_t before = begin;
    for (size_t i = begin; i <= end; ++i) {
      addComments(result, gaps_[i], new_line);
      const bool commented = !gaps_[i].empty();
      if (marks_[i].dropped) continue;
      const Token* token = tree_.tokens()[i];
      const std::string text(
          text_.substr(token->getStartIndex(), token->getStopIndex() + 1 - token->getStartIndex()));
      const bool space = commented || (i != begin && spaced(before, i));
      result.push_back(
          {text, space ? 1u : 0u, i == begin ? kNoBreak : marks_[i].level, new_line || marks_[i].new_line});
      new_line = false;
      before = i;
    }
    return result;
  }

  bool spaced(size_t before, size_t at) const {
    if (marks_[at].glued) return false;
    switch (tree_.tokens()[at]->getType()) {
      case Norman::RPAREN:
      case Norman::LBRACKET:
      case Norman::RBRACKET:
      case Norman::COMMA:
      case Norman::SEMI:
      case Norman::COLON:
      case Norman::DOT:
      case Norman::RANGE:
        return false;
      default:
        break;
    }
    switch (tree_.tokens()[before]->getType()) {
      case Norman::LPAREN:
      case Norman::LBRACKET:
      case Norman::NOT:
      case Norman::TILDE:
      case Norman::DOT:
      case Norman::RANGE:
        return false;
      default:
        return true;
    }
  }

  std::string_view text_;
  const ParseTree& tree_;
  std::vector<Mark> marks_;                 // by token
  std::vector<std::vector<Comment>> gaps_;  // before each token; what has been written is gone
  std::vector<unsigned> gap_lines_;         // ends of lines in the gap
  size_t next_ = 0;                         // the first token that is not written yet
  unsigned indent_ = 0;
  std::string out_;
};

}  // namespace

std::optional<std::string> formatSource(const SourceManager& sources, FileId file, Diagnostics& diagnostics) {
  const size_t before = diagnostics.errorCount();
  const ParseTree tree(sources, file, diagnostics);
  if (tree.program() == nullptr) return std::nullopt;
  readTree(tree.program(), sources, file, diagnostics);  // literals that are wrong in themselves
  if (diagnostics.errorCount() != before) return std::nullopt;
  return Formatter(sources, file, tree).run();
}

}  // namespace norman
