// Turns ANTLR's contexts into values: precedence of operators, literals, words that are not done yet.
#include "compiler/parse/tree_reader.h"

#include <algorithm>
#include <string>

#include "compiler/parse/literals.h"

namespace norman {
namespace {

using antlr4::ParserRuleContext;
using antlr4::Token;
using Norman = NormanParser;
namespace syntax = ast::syntax;
using syntax::BinaryOp;
using syntax::Expr;
using syntax::ExprKind;
using syntax::Name;

// Binding strength of the arithmetic operators, as LANGUAGE.md section 5 orders them.
struct Operator {
  BinaryOp op;
  int strength;
};

Operator operatorOf(size_t type) {
  switch (type) {
    case Norman::PIPE:
      return {BinaryOp::BitOr, 1};
    case Norman::CARET:
      return {BinaryOp::BitXor, 2};
    case Norman::AMP:
      return {BinaryOp::BitAnd, 3};
    case Norman::SHL:
      return {BinaryOp::Shl, 4};
    case Norman::SHR:
      return {BinaryOp::Shr, 4};
    case Norman::PLUS:
      return {BinaryOp::Add, 5};
    case Norman::MINUS:
      return {BinaryOp::Sub, 5};
    case Norman::STAR:
      return {BinaryOp::Mul, 6};
    case Norman::SLASH:
      return {BinaryOp::Div, 6};
    default:
      return {BinaryOp::Rem, 6};
  }
}

BinaryOp comparatorOf(size_t type) {
  switch (type) {
    case Norman::EQ:
      return BinaryOp::Eq;
    case Norman::NE:
      return BinaryOp::Ne;
    case Norman::LT:
      return BinaryOp::Lt;
    case Norman::LE:
      return BinaryOp::Le;
    case Norman::GT:
      return BinaryOp::Gt;
    default:
      return BinaryOp::Ge;
  }
}

class TreeReader {
 public:
  TreeReader(const SourceManager& sources, FileId file, Diagnostics& diagnostics)
      : sources_(sources), file_(file), diagnostics_(diagnostics) {}

  syntax::File read(Norman::ProgramContext* tree) {
    syntax::File file;
    file.file = file_;
    for (auto* declaration : tree->declaration()) {
      if (auto* import = declaration->importDecl()) {
        const bool quoted = import->STRING() != nullptr;
        Name path = quoted ? name(import->STRING()) : name(import->path());
        if (quoted) path.text = path.text.substr(1, path.text.size() - 2);
        file.imports.push_back({std::move(path), quoted});
      }
      if (auto* policy = declaration->policyDecl()) file.policies.push_back(readPolicy(policy));
      if (auto* chain = declaration->chainDecl()) file.chains.push_back(readChain(chain));
      if (auto* constant = declaration->constDecl())
        file.constants.push_back({name(constant->ID()), readExpr(constant->expr())});
      if (auto* set = declaration->setDecl())
        file.sets.push_back(
            {name(set->ID()), names(set->elementType()->ID()),
             set->elementList() != nullptr ? readElements(set->elementList()) : std::vector<Expr>{},
             readSize(set->sizeOption())});
      if (auto* map = declaration->mapDecl()) file.maps.push_back(readMap(map));
      if (auto* counter = declaration->counterDecl())
        file.counters.push_back({name(counter->ID()), optional(counter->expr())});
      if (auto* meter = declaration->meterDecl()) file.meters.push_back(readMeter(meter));
      if (auto* quota = declaration->quotaDecl()) file.quotas.push_back(readQuota(quota));
      if (auto* state = declaration->stateDecl()) file.states.push_back(readState(state));
      if (auto* function = declaration->functionDecl()) file.functions.push_back(readFunction(function));
      if (auto* later = declaration->notYetDecl()) notYet(later->RESERVED()->getSymbol());
    }
    file.strings = std::move(strings_);
    return file;
  }

 private:
  SourceRange range(Token* token) const {
    return {file_, static_cast<uint32_t>(token->getStartIndex()),
            static_cast<uint32_t>(token->getStopIndex() + 1)};
  }
  SourceRange range(ParserRuleContext* context) const {
    return join(range(context->start), context->stop != nullptr ? range(context->stop) : SourceRange{});
  }
  std::string text(const SourceRange& where) const { return std::string(sources_.text(where)); }
  Name name(Token* token) const { return {text(range(token)), range(token)}; }
  Name name(antlr4::tree::TerminalNode* node) const {
    return node != nullptr ? name(node->getSymbol()) : Name{};
  }
  std::vector<Name> names(const std::vector<antlr4::tree::TerminalNode*>& nodes) const {
    std::vector<Name> result;
    for (auto* node : nodes) result.push_back(name(node));
    return result;
  }

  // Spaces and comments may stand around the dots.
  Name name(Norman::PathContext* path) const {
    Name result{text(range(path->ID()->getSymbol())), range(path)};
    for (auto* segment : path->segment()) result.text += "." + text(range(segment));
    return result;
  }

  void notYet(Token* word) {
    diagnostics_.report(DiagId::NotYet, range(word),
                        "'" + text(range(word)) + "' is not done yet by this compiler");
  }

  // --------------------------------------------------------------------------------------- declarations

  syntax::Policy readPolicy(Norman::PolicyDeclContext* context) {
    syntax::Policy policy;
    policy.name = name(context->ID());
    policy.range = range(context);
    for (auto* item : context->policyItem()) {
      const SourceRange place = range(item);
      if (auto* rule = dynamic_cast<Norman::RuleItemContext*>(item)) {
        policy.statements.push_back({place, std::nullopt, readRule(rule)});
      } else if (auto* local = dynamic_cast<Norman::LocalItemContext*>(item)) {
        policy.statements.push_back({place, readLet(local->letItem()), std::nullopt});
      } else if (auto* hook = dynamic_cast<Norman::HookItemContext*>(item)) {
        once("hook", place, !policy.hooks.empty());
        policy.hooks = names(hook->ID());
      } else if (auto* scope = dynamic_cast<Norman::ScopeItemContext*>(item)) {
        once("scope", place, !policy.scopes.empty());
        policy.scopes = names(scope->ID());
      } else if (auto* priority = dynamic_cast<Norman::PriorityItemContext*>(item)) {
        once("priority", place, policy.priority.has_value());
        policy.priority_range = range(priority->INT()->getSymbol());
        const auto number = readNumber(text(policy.priority_range));
        constexpr uint64_t kClamp = 1000000;  // far outside of what sema accepts
        const auto size = static_cast<int64_t>(std::min(number ? number->digits : kClamp, kClamp));
        policy.priority = priority->MINUS() != nullptr ? -size : size;
        if (priority->MINUS() != nullptr)
          policy.priority_range = join(range(priority->MINUS()->getSymbol()), policy.priority_range);
      } else if (auto* otherwise = dynamic_cast<Norman::DefaultItemContext*>(item)) {
        once("default", place, policy.default_verdict.has_value());
        policy.default_verdict = readVerdict(otherwise->verdict());
        policy.default_range = place;
      } else if (auto* later = dynamic_cast<Norman::ReservedItemContext*>(item)) {
        notYet(later->notYetDecl()->RESERVED()->getSymbol());
      }
    }
    return policy;
  }

  syntax::Chain readChain(Norman::ChainDeclContext* context) {
    syntax::Chain chain;
    chain.name = name(context->ID());
    for (auto* item : context->policyItem()) {
      const SourceRange place = range(item);
      if (auto* rule = dynamic_cast<Norman::RuleItemContext*>(item)) {
        chain.statements.push_back({place, std::nullopt, readRule(rule)});
      } else if (auto* local = dynamic_cast<Norman::LocalItemContext*>(item)) {
        chain.statements.push_back({place, readLet(local->letItem()), std::nullopt});
      } else if (auto* later = dynamic_cast<Norman::ReservedItemContext*>(item)) {
        notYet(later->notYetDecl()->RESERVED()->getSymbol());
      } else {
        diagnostics_.report(DiagId::Syntax, place, "a chain has no '" + text(range(item->start)) + "'")
            .help("a chain runs where a policy calls it: the settings stand in the policy");
      }
    }
    return chain;
  }

  void once(const char* what, const SourceRange& place, bool again) {
    if (again)
      diagnostics_
          .report(DiagId::DuplicateName, place, std::string("'") + what + "' is given twice in this policy")
          .help("write one statement; a list has commas");
  }

  syntax::Let readLet(Norman::LetItemContext* context) {
    return {name(context->ID()), readExpr(context->expr())};
  }

  syntax::Rule readRule(Norman::RuleItemContext* context) {
    syntax::Rule rule;
    rule.label = name(context->ID());
    rule.condition = readExpr(context->expr());
    for (auto* action : context->action()) readAction(action, rule.actions);
    return rule;
  }

  syntax::Meter readMeter(Norman::MeterDeclContext* context) {
    syntax::Meter meter;
    meter.name = name(context->ID());
    meter.keyed.key = readKey(context->keyClause());
    for (auto* item : context->meterItem()) {
      if (auto* rate = dynamic_cast<Norman::RateItemContext*>(item)) {
        if (meter.rate)
          diagnostics_.report(DiagId::DuplicateName, range(item), "'rate' is given twice in this meter");
        meter.rate = readQuantity(rate->quantity());
        meter.period = name(rate->ID());
      } else if (auto* burst = dynamic_cast<Norman::BurstItemContext*>(item)) {
        if (meter.burst)
          diagnostics_.report(DiagId::DuplicateName, range(item), "'burst' is given twice in this meter");
        meter.burst = readQuantity(burst->quantity());
      } else if (auto* option = dynamic_cast<Norman::MeterKeyItemContext*>(item)) {
        readKeyOption(option->keyOption(), meter.keyed);
      }
    }
    return meter;
  }

  std::vector<Expr> readKey(Norman::KeyClauseContext* context) {
    std::vector<Expr> key;
    if (context == nullptr) return key;
    for (auto* path : context->path()) {
      key.push_back(make(ExprKind::Path, range(path)));
      key.back().name = name(path);
    }
    return key;
  }

  void readKeyOption(Norman::KeyOptionContext* context, syntax::Keyed& keyed, bool in_state = false) {
    const Name word = name(context->ID(0));
    const SourceRange place = range(context);
    if (!keyed.range.valid()) keyed.range = place;
    const auto twice = [&](bool again) {
      if (again) diagnostics_.report(DiagId::DuplicateName, place, "'" + word.text + "' is given twice");
    };
    const bool full = word.text == "full";
    if (!full && word.text != "size" && word.text != "timeout") {
      diagnostics_.report(DiagId::UnknownName, word.range, "unknown statement '" + word.text + "'")
          .help(in_state ? "there are size, timeout and full" : "there are rate, burst, size, timeout and full");
      return;
    }
    if (full == (context->quantity() != nullptr)) {
      diagnostics_
          .report(DiagId::Syntax, place,
                  full ? (in_state ? "'full' is ignore or replace" : "'full' is within, exceeds or replace")
                       : "'" + word.text + "' is a number")
          .help(full ? (in_state ? "write for example 'full replace;'" : "write for example 'full exceeds;'")
                     : "write for example 'size 4096; timeout 60 s;'");
      return;
    }
    if (full) {
      twice(!keyed.full.text.empty());
      keyed.full = context->WITHIN() != nullptr    ? name(context->WITHIN())
                   : context->EXCEEDS() != nullptr ? name(context->EXCEEDS())
                                                   : name(context->ID(1));
    } else {
      std::optional<Expr>& value = word.text == "size" ? keyed.size : keyed.timeout;
      twice(value.has_value());
      value = readQuantity(context->quantity());
    }
  }

  syntax::Quota readQuota(Norman::QuotaDeclContext* context) {
    syntax::Quota quota;
    quota.name = name(context->ID());
    quota.keyed.key = readKey(context->keyClause());
    for (auto* item : context->quotaItem()) {
      if (auto* limit = dynamic_cast<Norman::LimitItemContext*>(item)) {
        if (quota.limit)
          diagnostics_.report(DiagId::DuplicateName, range(item), "the limit is given twice in this quota");
        quota.limit = readQuantity(limit->quantity());
      } else if (auto* option = dynamic_cast<Norman::QuotaKeyItemContext*>(item)) {
        readKeyOption(option->keyOption(), quota.keyed);
      }
    }
    return quota;
  }

  syntax::State readState(Norman::StateDeclContext* context) {
    syntax::State state;
    if (context->SHARED() != nullptr) state.shared = range(context->SHARED()->getSymbol());
    state.name = name(context->ID(0));
    state.type = name(context->ID(1));
    state.keyed.key = readKey(context->keyClause());
    for (auto* item : context->stateItem()) readKeyOption(item->keyOption(), state.keyed, true);
    return state;
  }

  std::optional<Expr> readSize(Norman::SizeOptionContext* context) {
    if (context == nullptr) return std::nullopt;
    const Name word = name(context->ID());
    if (word.text != "size")
      diagnostics_.report(DiagId::Syntax, word.range, "expected 'size' or '{', got '" + word.text + "'")
          .help("what may change while packets flow has a size: 'size 4096'");
    Expr size = make(ExprKind::Number, range(context->INT()->getSymbol()));
    const auto number = readNumber(text(size.range));
    if (number)
      size.value = {0, number->digits};
    else
      diagnostics_.report(DiagId::BadLiteral, size.range,
                          "'" + text(size.range) + "' does not fit into 64 bits");
    return size;
  }

  syntax::Map readMap(Norman::MapDeclContext* context) {
    syntax::Map map;
    map.name = name(context->ID(0));
    map.types = names(context->elementType()->ID());
    map.value_type = name(context->ID(1));
    map.size = readSize(context->sizeOption());
    if (context->mapBody() == nullptr) return map;
    for (auto* part : context->mapBody()->mapEntry()) {
      syntax::MapEntry entry;
      entry.range = range(part);
      entry.key = readElement(part->element());
      auto* target = part->mapTarget();
      if (target->constant() != nullptr) {
        entry.value = readConstant(target->constant());
      } else if (target->verdict() != nullptr) {
        entry.action = readVerdict(target->verdict());
      } else {
        syntax::Action action;
        action.range = range(target);
        action.kind = target->CALL() != nullptr   ? syntax::ActionKind::Call
                      : target->GOTO() != nullptr ? syntax::ActionKind::Goto
                                                  : syntax::ActionKind::Return;
        action.name = name(target->ID());
        entry.action = std::move(action);
      }
      map.entries.push_back(std::move(entry));
    }
    return map;
  }

  syntax::Function readFunction(Norman::FunctionDeclContext* context) {
    syntax::Function function;
    function.name = name(context->ID(0));
    function.result_type = name(context->ID(1));
    for (auto* parameter : context->parameter())
      function.parameters.push_back({name(parameter->ID(0)), name(parameter->ID(1))});
    for (auto* let : context->functionBody()->letItem()) function.lets.push_back(readLet(let));
    function.result = readExpr(context->functionBody()->expr());
    return function;
  }

  // -------------------------------------------------------------------------------------------- actions

  syntax::Action readVerdict(Norman::VerdictContext* context) {
    syntax::Action action;
    action.range = range(context);
    if (context->PASS() != nullptr) action.kind = syntax::ActionKind::Pass;
    if (context->DROP() != nullptr) action.kind = syntax::ActionKind::Drop;
    if (context->REJECT() != nullptr) action.kind = syntax::ActionKind::Reject;
    if (auto* reason = context->reason()) {
      for (auto* word : reason->ID())
        action.name.text += (action.name.text.empty() ? "" : "-") + name(word).text;
      action.name.range = range(reason);
    }
    return action;
  }

  void readAction(Norman::ActionContext* context, std::vector<syntax::Action>& actions) {
    syntax::Action action;
    action.range = range(context);
    if (auto* verdict = dynamic_cast<Norman::VerdictActionContext*>(context)) {
      action = readVerdict(verdict->verdict());
    } else if (auto* count = dynamic_cast<Norman::CountActionContext*>(context)) {
      action.kind = syntax::ActionKind::Count;
      action.name = name(count->ID());
      action.value = optional(count->expr());
    } else if (auto* log = dynamic_cast<Norman::LogActionContext*>(context)) {
      action.kind = syntax::ActionKind::Log;
      if (log->STRING() != nullptr)
        diagnostics_
            .report(DiagId::NotYet, range(log->STRING()->getSymbol()),
                    "a text for 'log' is not done yet by this compiler")
            .help("results name the rule: give the rule a name instead");
    } else if (dynamic_cast<Norman::CaptureActionContext*>(context) != nullptr) {
      action.kind = syntax::ActionKind::Capture;
    } else if (auto* mark = dynamic_cast<Norman::MarkActionContext*>(context)) {
      action.kind = syntax::ActionKind::Mark;
      action.value = readExpr(mark->expr());
    } else if (auto* swap = dynamic_cast<Norman::SwapActionContext*>(context)) {
      action.kind = syntax::ActionKind::Swap;
      action.name = name(swap->path(0));
      action.second = name(swap->path(1));
    } else if (auto* call = dynamic_cast<Norman::CallActionContext*>(context)) {
      action.kind = syntax::ActionKind::Call;
      action.name = name(call->ID());
    } else if (auto* jump = dynamic_cast<Norman::GotoActionContext*>(context)) {
      action.kind = syntax::ActionKind::Goto;
      action.name = name(jump->ID());
    } else if (dynamic_cast<Norman::ReturnActionContext*>(context) != nullptr) {
      action.kind = syntax::ActionKind::Return;
    } else if (auto* assign = dynamic_cast<Norman::AssignActionContext*>(context)) {
      action.name = name(assign->path());
      if (assign->ASSIGN() != nullptr) {
        action.kind = syntax::ActionKind::Assign;
        action.value = readExpr(assign->expr(0));
        if (assign->IF() != nullptr) action.condition = readExpr(assign->expr(1));
        if (assign->ELSE() != nullptr) action.otherwise = readExpr(assign->expr(2));
      } else {
        action.kind = syntax::ActionKind::Apply;
        Expr index = make(ExprKind::Index, range(context));
        index.name = action.name;
        for (auto* part : assign->expr()) adopt(index, readExpr(part));
        action.value = std::move(index);
      }
    } else if (auto* later = dynamic_cast<Norman::ReservedActionContext*>(context)) {
      notYet(later->RESERVED_ACTION()->getSymbol());
      return;
    }
    actions.push_back(std::move(action));
  }

  // ---------------------------------------------------------------------------------------- expressions

  std::optional<Expr> optional(Norman::ExprContext* context) {
    if (context == nullptr) return std::nullopt;
    return readExpr(context);
  }

  Expr make(ExprKind kind, const SourceRange& where) const {
    Expr expr;
    expr.kind = kind;
    expr.range = where;
    return expr;
  }

  // Puts an operand into its place. A tree that would get too deep is reported and loses the operand.
  void adopt(Expr& parent, Expr operand) {
    if (operand.depth >= syntax::kMaxExprDepth) {
      if (!too_deep_)
        diagnostics_
            .report(DiagId::NestingTooDeep, parent.range,
                    "an expression with more than " + std::to_string(syntax::kMaxExprDepth) +
                        " operators on one path")
            .help("give parts of the expression a name with let");
      too_deep_ = true;
      operand = make(ExprKind::Number, operand.range);
    }
    parent.depth = std::max<uint16_t>(parent.depth, static_cast<uint16_t>(operand.depth + 1));
    parent.operands.push_back(std::move(operand));
  }

  Expr readExpr(Norman::ExprContext* context) {
    const auto parts = context->conjunction();
    if (parts.size() == 1) return readConjunction(parts[0]);
    Expr expr = make(ExprKind::Or, range(context));
    for (auto* part : parts) adopt(expr, readConjunction(part));
    return expr;
  }

  Expr readConjunction(Norman::ConjunctionContext* context) {
    const auto parts = context->negation();
    if (parts.size() == 1) return readNegation(parts[0]);
    Expr expr = make(ExprKind::And, range(context));
    for (auto* part : parts) adopt(expr, readNegation(part));
    return expr;
  }

  Expr readNegation(Norman::NegationContext* context) {
    if (context->NOT() == nullptr) return readComparison(context->comparison());
    Expr expr = make(ExprKind::Not, range(context));
    adopt(expr, readNegation(context->negation()));
    return expr;
  }

  Expr readComparison(Norman::ComparisonContext* context) {
    const auto sides = context->arithmetic();
    if (context->inTarget() != nullptr) {
      Expr expr = make(ExprKind::In, range(context));
      adopt(expr, readArithmetic(sides[0]));
      if (auto* list = context->inTarget()->elementList()) {
        Expr target = make(ExprKind::List, range(list));
        target.operands = readElements(list);
        adopt(expr, std::move(target));
      } else {
        adopt(expr, readElement(context->inTarget()->element()));
      }
      return expr;
    }
    if (context->comparator() == nullptr) return readArithmetic(sides[0]);
    Expr expr = make(ExprKind::Binary, range(context));
    expr.op = comparatorOf(context->comparator()->start->getType());
    adopt(expr, readArithmetic(sides[0]));
    adopt(expr, readArithmetic(sides[1]));
    return expr;
  }

  // The grammar gives a flat list; precedence climbing gives it its shape.
  Expr readArithmetic(Norman::ArithmeticContext* context) {
    const auto operands = context->unary();
    if (operands.size() == 1) return readUnary(operands[0]);
    const auto operators = context->arithmeticOp();
    size_t next = 0;
    return climb(operands, operators, next, 1);
  }

  Expr climb(const std::vector<Norman::UnaryContext*>& operands,
             const std::vector<Norman::ArithmeticOpContext*>& operators, size_t& next, int weakest) {
    Expr left = readUnary(operands[next]);
    while (next < operators.size()) {
      const Operator op = operatorOf(operators[next]->start->getType());
      if (op.strength < weakest) break;
      ++next;
      Expr right = climb(operands, operators, next, op.strength + 1);
      Expr both = make(ExprKind::Binary, join(left.range, right.range));
      both.op = op.op;
      adopt(both, std::move(left));
      adopt(both, std::move(right));
      left = std::move(both);
    }
    return left;
  }

  Expr readUnary(Norman::UnaryContext* context) {
    if (context->TILDE() == nullptr) return readPrimary(context->primary());
    Expr expr = make(ExprKind::Complement, range(context));
    adopt(expr, readUnary(context->unary()));
    return expr;
  }

  Expr readPrimary(Norman::PrimaryContext* context) {
    if (auto* literal = dynamic_cast<Norman::LiteralPrimaryContext*>(context))
      return readLiteral(literal->literal());
    if (auto* path = dynamic_cast<Norman::PathPrimaryContext*>(context)) {
      Expr expr = make(path->LPAREN() != nullptr     ? ExprKind::Call
                       : path->LBRACKET() != nullptr ? ExprKind::Index
                                                     : ExprKind::Path,
                       range(context));
      expr.name = name(path->path());
      for (auto* argument : path->expr()) adopt(expr, readExpr(argument));
      return expr;
    }
    if (auto* paren = dynamic_cast<Norman::ParenPrimaryContext*>(context)) {
      if (paren->expr().size() == 1) return readExpr(paren->expr(0));
      Expr tuple = make(ExprKind::Tuple, range(context));
      for (auto* part : paren->expr()) adopt(tuple, readExpr(part));
      return tuple;
    }
    if (auto* every = dynamic_cast<Norman::EveryPrimaryContext*>(context)) {
      Expr expr = readQuantity(every->quantity());
      expr.kind = ExprKind::Every;
      expr.range = range(context);
      return expr;
    }
    if (auto* chance = dynamic_cast<Norman::ChancePrimaryContext*>(context)) {
      Expr expr = readQuantity(chance->quantity());
      expr.kind = ExprKind::Chance;
      expr.range = range(context);
      return expr;
    }
    auto* meter = dynamic_cast<Norman::MeterPrimaryContext*>(context);
    Expr expr = make(ExprKind::Meter, range(context));
    expr.exceeds = meter->EXCEEDS() != nullptr;
    expr.name = name(meter->ID());
    return expr;
  }

  std::vector<Expr> readElements(Norman::ElementListContext* context) {
    std::vector<Expr> elements;
    const auto parts = context->element();
    elements.reserve(parts.size());
    for (auto* part : parts) elements.push_back(readElement(part));
    return elements;
  }

  Expr readElement(Norman::ElementContext* context) {
    if (context->LPAREN() != nullptr) {
      Expr tuple = make(ExprKind::Tuple, range(context));
      for (auto* part : context->element()) adopt(tuple, readElement(part));
      return tuple;
    }
    const auto ends = context->constant();
    Expr first = readConstant(ends[0]);
    if (ends.size() == 1) return first;
    Expr expr = make(ExprKind::Range, range(context));
    adopt(expr, std::move(first));
    adopt(expr, readConstant(ends[1]));
    return expr;
  }

  Expr readConstant(Norman::ConstantContext* context) {
    if (auto* literal = context->literal()) return readLiteral(literal);
    Expr expr = make(ExprKind::Path, range(context));
    expr.name = name(context->path());
    return expr;
  }

  void badLiteral(const SourceRange& where, const char* what) {
    diagnostics_.report(DiagId::BadLiteral, where, "'" + text(where) + "' is not " + what);
  }

  Expr readQuantity(Norman::QuantityContext* context) {
    Expr expr = make(ExprKind::Number, range(context));
    const SourceRange digits = range(context->start);
    if (const auto number = readNumber(text(digits))) {
      expr.value = {0, number->digits};
      expr.scale = number->scale;
    } else {
      diagnostics_.report(DiagId::BadLiteral, digits, "'" + text(digits) + "' does not fit into 64 bits");
    }
    expr.name = name(context->ID());
    return expr;
  }

  Expr readLiteral(Norman::LiteralContext* context) {
    if (auto* quantity = context->quantity()) return readQuantity(quantity);
    const SourceRange where = range(context);
    const std::string word = text(where);
    Expr expr = make(ExprKind::Bool, where);
    const auto value = [&](ExprKind kind, const std::optional<ast::Bits128>& read, const char* what) {
      expr.kind = kind;
      if (read)
        expr.value = *read;
      else
        badLiteral(where, what);
    };
    switch (context->start->getType()) {
      case Norman::TRUE:
        expr.value = {0, 1};
        break;
      case Norman::FALSE:
        break;
      case Norman::STRING:
        expr.kind = ExprKind::String;
        expr.name = {word.substr(1, word.size() - 2), where};
        strings_.insert(expr.name.text);
        break;
      case Norman::TIME:
        value(ExprKind::Time, readTime(word), "a time of day, from 0:00 to 24:00");
        break;
      case Norman::MAC:
        value(ExprKind::Mac, readMac(word), "a MAC address");
        break;
      case Norman::IPV4:
        value(ExprKind::Ipv4, readIpv4(word), "an IPv4 address: four numbers up to 255");
        break;
      case Norman::IPV6:
        value(ExprKind::Ipv6, readIpv6(word), "an IPv6 address");
        break;
      default: {  // PREFIX4, PREFIX6
        const bool four = context->start->getType() == Norman::PREFIX4;
        const size_t slash = word.find('/');
        const std::string address = word.substr(0, slash);
        value(four ? ExprKind::Prefix4 : ExprKind::Prefix6, four ? readIpv4(address) : readIpv6(address),
              four ? "an IPv4 prefix: four numbers up to 255, then the length" : "an IPv6 prefix");
        const auto length = readNumber(word.substr(slash + 1));
        const unsigned most = four ? 32 : 128;
        if (!length || length->digits > most)
          diagnostics_.report(
              DiagId::BadPrefix, where,
              "prefix length " + word.substr(slash + 1) + " is more than " + std::to_string(most));
        else
          expr.length = static_cast<uint8_t>(length->digits);
        break;
      }
    }
    return expr;
  }

  const SourceManager& sources_;
  FileId file_;
  std::set<std::string> strings_;
  Diagnostics& diagnostics_;
  bool too_deep_ = false;  // said once: the rest of a long chain would say it again
};

}  // namespace

syntax::File readTree(Norman::ProgramContext* tree, const SourceManager& sources, FileId file,
                      Diagnostics& diagnostics) {
  return TreeReader(sources, file, diagnostics).read(tree);
}

}  // namespace norman
