// Control flow of policies: hooks, scopes, rules, actions, verdicts.
#include "compiler/codegen/program_emitter.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <span>

#include "compiler/ast/chain_copies.h"
#include "compiler/codegen/calls.h"
#include "compiler/codegen/expression_emitter.h"
#include "compiler/codegen/rule_fit.h"
#include "compiler/codegen/rule_table.h"
#include "norman/spec/isa.h"

namespace norman::codegen {
namespace {

class Emitter {
 public:
  Emitter(llvm::Module& module, llvm::Function& function, llvm::DISubprogram* scope,
          const ast::Program& program, const SourceManager& sources, ast::Direction direction,
          Objects& objects, Places& places, const ListChoice& lists)
      : module_(module),
        function_(function),
        scope_(scope),
        program_(program),
        sources_(sources),
        direction_(direction),
        objects_(objects),
        places_(places),
        lists_(lists),
        entry_(block("entry")),
        exit_(block("exit")),
        builder_(entry_),
        packet_(builder_, module, function.getArg(0)),
        expressions_(packet_, objects, program, direction,
                     [this](const SourceRange& range) { return locate(range); }) {}

  void run() {
    at({});
    packet_.declareWritten(writtenTargets());
    PresenceMask known = isa::kHasAlways;
    if (!program_.tests_incomplete[static_cast<size_t>(direction_)]) {
      emitIncomplete();
      known |= isa::kHasEth;  // a frame without a whole Ethernet header is incomplete
    }
    expressions_.shareLookups();
    if (direction_ == ast::Direction::Ingress) {
      emitHook(ast::Hook::Prerouting, known);
      emitHook(ast::Hook::Input, known);
    } else {
      emitForwardOrOutput(known);
      emitHook(ast::Hook::Postrouting, known);
    }
    builder_.CreateBr(exit_);
    exit_->moveAfter(&function_.back());
    builder_.SetInsertPoint(exit_);
    builder_.SetCurrentDebugLocation(locate({}));
    packet_.emitExit();
    builder_.CreateRetVoid();
  }

 private:
  llvm::BasicBlock* block(const llvm::Twine& name) {
    return llvm::BasicBlock::Create(module_.getContext(), name, &function_);
  }

  llvm::DebugLoc locate(const SourceRange& range) {
    if (!range.valid()) return llvm::DILocation::get(module_.getContext(), 0, 0, scope_);
    const LineColumn place = sources_.file(range.file).lineColumn(range.begin);
    const uint32_t line = lineWord(program_, sources_, range);
    const auto [known, is_new] = places_.emplace(std::pair{line, place.column}, range);
    if (!is_new && range.end > known->second.end) known->second = range;
    return llvm::DILocation::get(module_.getContext(), line, place.column, scope_);
  }
  void at(const SourceRange& range) { builder_.SetCurrentDebugLocation(locate(range)); }

  uint32_t writtenTargets() const {
    uint32_t mask = 0;
    for (const ast::Policy& policy : program_.policies) {
      if (ast::directionOf(policy.hook) != direction_) continue;
      ast::eachStatement(policy, [&](const ast::Statement& statement) {
        if (!statement.rule) return;
        for (const ast::Action& action : statement.rule->actions)
          for (const ast::Assignment& assignment : action.assignments)
            mask |= targetMask(ast::field(assignment.target));
      });
    }
    return mask;
  }

  void call(std::string_view name, uint32_t operand) {
    builder_.CreateCall(declareCall(module_, name, builder_.getVoidTy(), {builder_.getInt32Ty()}),
                        builder_.getInt32(operand));
  }

  /// A later policy may decide again; the last verdict of a path counts, and of a block only the last is
  /// emitted.
  void emitVerdict(const ast::Outcome& outcome, ast::RuleId rule) {
    llvm::BasicBlock* here = builder_.GetInsertBlock();
    for (llvm::Instruction& instruction : llvm::make_early_inc_range(*here))
      if (auto* earlier = llvm::dyn_cast<llvm::CallInst>(&instruction))
        if (earlier->getCalledFunction()->getName() == "norman.verdict") earlier->eraseFromParent();
    call("verdict", verdictWord(outcome, rule));
  }

  void emitEvent(const EventCall& event, llvm::Value* element) {
    builder_.CreateCall(event.function, {builder_.getInt32(event.base), element});
  }

  void emitIncomplete() {
    llvm::BasicBlock* incomplete = block("incomplete");
    llvm::BasicBlock* complete = block("complete");
    builder_.CreateCondBr(expressions_.present(isa::kHasIncomplete, 0), incomplete, complete);
    builder_.SetInsertPoint(incomplete);
    emitEvent(objects_.incomplete(), builder_.getInt32(0));
    call("verdict", static_cast<uint32_t>(isa::Verdict::Drop) | static_cast<uint32_t>(isa::Reason::Incomplete) << 3 | isa::kNoRule << 16);
    builder_.CreateBr(exit_);
    builder_.SetInsertPoint(complete);
  }

  std::vector<const ast::Policy*> policiesAt(ast::Hook hook) const {
    std::vector<const ast::Policy*> policies;
    for (const ast::Policy& policy : program_.policies)
      if (policy.hook == hook) policies.push_back(&policy);
    return policies;
  }

  void emitHook(ast::Hook hook, PresenceMask known) {
    const auto policies = policiesAt(hook);
    if (policies.empty()) return;
    if (hook != ast::Hook::Input) return emitPolicies(policies, known);
    at(policies.front()->range);
    emitPoliciesIf(policies, expressions_.present(isa::kHasLocal, known), known);
  }

  void emitForwardOrOutput(PresenceMask known) {
    const auto forward = policiesAt(ast::Hook::Forward);
    const auto output = policiesAt(ast::Hook::Output);
    if (forward.empty() && output.empty()) return;
    at((forward.empty() ? output : forward).front()->range);
    if (forward.empty()) return emitPoliciesIf(output, expressions_.absent(isa::kHasForward), known);
    llvm::Value* is_forward = expressions_.present(isa::kHasForward, known);
    if (output.empty()) return emitPoliciesIf(forward, is_forward, known);
    llvm::BasicBlock* forwarding = block("forward");
    llvm::BasicBlock* sending = block("output");
    llvm::BasicBlock* done = block("routed");
    builder_.CreateCondBr(is_forward, forwarding, sending);
    const unsigned tables_before = tables_;
    unsigned tables_after = tables_;
    for (const auto& [start, policies] : {std::pair{forwarding, &forward}, std::pair{sending, &output}}) {
      builder_.SetInsertPoint(start);
      tables_ = tables_before;  // a packet is in one of them
      emitPolicies(*policies, known);
      builder_.CreateBr(done);
      tables_after = std::max(tables_after, tables_);
    }
    tables_ = tables_after;
    builder_.SetInsertPoint(done);
  }

  /// A single policy tests hook and scope at once.
  void emitPoliciesIf(const std::vector<const ast::Policy*>& policies, llvm::Value* at_hook,
                      PresenceMask known) {
    if (policies.size() == 1) return emitPolicy(*policies.front(), at_hook, known);
    llvm::BasicBlock* inside = block("hook");
    llvm::BasicBlock* done = block("hook.done");
    builder_.CreateCondBr(at_hook, inside, done);
    builder_.SetInsertPoint(inside);
    emitPolicies(policies, known);
    builder_.CreateBr(done);
    builder_.SetInsertPoint(done);
  }

  /// One after the other. A packet that a policy lets through goes on at the next one whose scope it can be in, so that those for IPv4
  /// and those for IPv6 lie beside each other.
  void emitPolicies(const std::vector<const ast::Policy*>& policies, PresenceMask known) {
    std::vector<llvm::BasicBlock*> starts(policies.size() + 1);
    std::vector<unsigned> tables(policies.size() + 1, tables_);  // that a packet may have asked before
    for (size_t i = 0; i <= policies.size(); ++i) {
      if (starts[i] != nullptr) {
        builder_.CreateBr(starts[i]);
        builder_.SetInsertPoint(starts[i]);
      }
      tables_ = tables[i];
      if (i == policies.size()) break;
      size_t next = i + 1;
      while (next < policies.size() && (policies[next]->scope & policies[i]->scope) == 0) ++next;
      if (next != i + 1 && starts[next] == nullptr) starts[next] = block("scoped");
      emitPolicy(*policies[i], builder_.getTrue(), known, starts[next]);
      tables[i + 1] = std::max(tables[i + 1], tables[i]);
      tables[next] = std::max(tables[next], tables_);
    }
  }

  /// Whether the packet is of one of the scope's kinds: one test of entry word 0.
  llvm::Value* inScope(uint8_t scope, PresenceMask& known) {
    if (scope == ast::kScopeAll) return builder_.getTrue();
    constexpr std::pair<uint8_t, uint32_t> kinds[] = {
        {ast::kScopeIpv4, isa::kHasIpv4}, {ast::kScopeIpv6, isa::kHasIpv6}, {ast::kScopeArp, isa::kHasArp}};
    uint32_t inside = 0;
    uint32_t outside = 0;
    for (const auto& [kind, bit] : kinds) (scope & kind ? inside : outside) |= bit;
    const bool others = (scope & ast::kScopeOther) != 0;
    if (inside == (isa::kHasIpv4 | isa::kHasIpv6)) inside = isa::kHasIp;
    if (!others && std::has_single_bit(inside)) {
      llvm::Value* test = expressions_.present(inside, known);
      known |= closure(inside);
      return test;
    }
    llvm::Value* word = packet_.read({isa::kWParse, 0, 32});
    if (others) return builder_.CreateICmpEQ(builder_.CreateAnd(word, outside), builder_.getInt32(0));
    return builder_.CreateICmpNE(builder_.CreateAnd(word, inside), builder_.getInt32(0));
  }

  /// `passed`: where packets go on that it lets through; nothing: where those do that it does not apply to.
  void emitPolicy(const ast::Policy& policy, llvm::Value* at_hook, PresenceMask known, llvm::BasicBlock* passed = nullptr) {
    at(policy.range);
    llvm::Value* scope = inScope(policy.scope, known);
    llvm::Value* applies = builder_.CreateAnd(scope, at_hook);
    llvm::BasicBlock* done = block(policy.name + ".done");
    if (!llvm::isa<llvm::ConstantInt>(applies)) {
      llvm::BasicBlock* begin = block(policy.name);
      builder_.CreateCondBr(applies, begin, done);
      builder_.SetInsertPoint(begin);
    } else if (llvm::cast<llvm::ConstantInt>(applies)->isZero()) {
      builder_.CreateBr(done);
      builder_.SetInsertPoint(done);
      return;
    }
    expressions_.forgetLocals();
    policy_done_ = passed != nullptr ? passed : done;
    policy_ = &policy;
    policy_name_ = policy.name;
    listed_ = 0;
    emitLists(policy, known);
    const auto rules =
        std::ranges::count_if(policy.statements, [](const ast::Statement& s) { return s.rule.has_value(); });
    if (static_cast<size_t>(rules) != listed_ || rules == 0)
      objects_.decide({policy.range,
                       fmt::format("{} rule{} of policy '{}' at {}", rules, rules == 1 ? "" : "s", policy.name,
                                   ast::hookName(policy.hook)),
                       false, objects_.ruleStages() == 0 ? "this overlay has no rule stage; rules are compares and branches"
                                                         : "what is not in a rule table is compares and branches"});
    at(program_.rules[ast::index(policy.default_rule)].range);
    emitDecision(policy.default_outcome, policy.default_rule);
    builder_.SetInsertPoint(done);
  }

  /// The policy's statements and the copies of its chains; the builder then stands where nothing has decided.
  void emitLists(const ast::Policy& policy, PresenceMask known) {
    bool returns = false;
    ast::eachStatement(policy, [&](const ast::Statement& statement) {
      returns |= statement.rule && !statement.rule->actions.empty() &&
                 statement.rule->actions.back().kind == ast::ActionKind::Return;
    });
    chains_ = ast::findChainCopies(policy, SIZE_MAX);
    list_ = 0;
    copies_.clear();
    called_.clear();
    places_after_.clear();
    for (const auto& copy : chains_.copies)
      copies_.push_back({block(policy.chains[ast::index(copy.chain)].name), ~PresenceMask{0}});
    if (copies_.empty() && !returns) return emitStatements(policy.statements, known);

    llvm::BasicBlock* end = block(policy.name + ".default");
    then_ = end;
    emitStatements(policy.statements, known);
    builder_.CreateBr(then_);
    // Callers come first, so all that a copy may take for granted is known when it is its turn.
    for (size_t i = 0; i < copies_.size(); ++i) {
      if (copies_[i].callers == 0) {  // all its callers are in rule tables
        copies_[i].entry->eraseFromParent();
        continue;
      }
      const auto& place = chains_.copies[i].then;
      list_ = i + 1;
      then_ = place.call == nullptr ? end : places_after_.at({place.list, place.call});
      builder_.SetInsertPoint(copies_[i].entry);
      emitStatements(policy.chains[ast::index(chains_.copies[i].chain)].statements, copies_[i].known);
      builder_.CreateBr(then_);
    }
    builder_.SetInsertPoint(end);
    noteChains(policy);
  }

  void noteChains(const ast::Policy& policy) {
    for (size_t chain = 0; chain < policy.chains.size(); ++chain) {
      size_t copies = 0;
      size_t callers = 0;
      for (size_t i = 0; i < copies_.size(); ++i) {
        if (ast::index(chains_.copies[i].chain) != chain || copies_[i].callers == 0) continue;
        ++copies;
        callers += copies_[i].callers;
      }
      const auto listed = static_cast<size_t>(std::ranges::count(called_, static_cast<ast::ChainId>(chain)));
      const std::string in_tables = listed == 0   ? ""
                                    : listed == 1 ? "1 call is in a rule table"
                                                  : fmt::format("{} calls are in rule tables", listed);
      const std::string besides = listed == 0 ? "" : "; " + in_tables;
      if (copies == 0) objects_.forgetListsIn(policy.chains[chain].range);
      objects_.decide(
          {policy.chains[chain].range,
           fmt::format("chain '{}' in policy '{}' at {}", policy.chains[chain].name, policy.name,
                       ast::hookName(policy.hook)),
           copies == 0 && listed != 0,
           copies == 0   ? in_tables
           : copies == 1
               ? fmt::format("one copy serves {} call{}", callers, callers == 1 ? "" : "s") + besides
               : fmt::format("{} copies serve {} calls, because different rules follow", copies, callers) + besides});
    }
  }

  /// Runs of rules that need the same headers test for these once and are skipped together where they are
  /// absent.
  void emitStatements(std::span<const ast::Statement> statements, PresenceMask known) {
    while (!statements.empty()) {
      const ast::Statement& first = statements.front();
      if (first.let) {
        expressions_.bind(first.let->local, expressions_.value(*first.let->value, known));
        statements = statements.subspan(1);
        continue;
      }
      if (tables_ < objects_.ruleStages() && !as_code_) {
        if (auto table = planRuleTable(statements, tableContext(), lists_.fewest)) {
          const size_t listed = table->statements;
          if (lists_.left_out.contains(placeOf(first))) {
            as_code_ = true;
            emitStatements(statements.first(listed), known);
            as_code_ = false;
          } else {
            emitRuleTable(statements.first(listed), std::move(*table), known);
          }
          statements = statements.subspan(listed);
          continue;
        }
      }
      const PresenceMask needs = untested(expressions_.guard(*first.rule->condition), known);
      size_t run = 1;
      if (needs != 0 && !contradicts(needs | known))
        while (run < statements.size() && statements[run].rule &&
               (needs & ~closure(expressions_.guard(*statements[run].rule->condition))) == 0)
          ++run;
      if (run == 1) {
        emitRule(first, known);
      } else {
        llvm::BasicBlock* inside = block("run");
        llvm::BasicBlock* after = block("run.done");
        at(first.rule->condition->range);
        builder_.CreateCondBr(expressions_.present(needs, known), inside, after);
        builder_.SetInsertPoint(inside);
        emitStatements(statements.first(run), known | closure(needs));
        builder_.CreateBr(after);
        builder_.SetInsertPoint(after);
      }
      statements = statements.subspan(run);
    }
  }

  static bool goesOn(const RuleTableEntry& entry) { return (entry.flags >> static_cast<unsigned>(isa::ListFlag::Terminal) & 1) == 0; }

  /// Whether a rule stage holds the list. Lists of paths that exclude each other may come into one stage, which has little room for
  /// entries that go on: these must fit with those of all other lists.
  bool fits(std::span<const RuleTableEntry> entries) const {
    if (!fitsRuleStage(std::array{std::vector(entries.begin(), entries.end())}, objects_.overlay())) return false;
    if (going_on_.empty() || std::ranges::none_of(entries, goesOn)) return true;
    std::vector<std::vector<RuleTableEntry>> lists = going_on_;
    std::ranges::copy_if(entries, std::back_inserter(lists.emplace_back()), goesOn);
    return fitsRuleStage(lists, objects_.overlay());
  }

  ListPlace placeOf(const ast::Statement& statement) const { return {policy_->hook, statement.range.file.value, statement.range.begin}; }

  RuleTableContext tableContext() {
    return {program_, [this](ast::FieldId field) { return expressions_.stable(field); },
            [this](const ast::Action& action, ast::RuleId rule) {
              const EventCall event = action.kind == ast::ActionKind::Log ? objects_.log(rule, direction_)
                                                                          : objects_.counter(action.counter, rule, direction_);
              return static_cast<uint16_t>(event.base);
            },
            [this](std::span<const RuleTableEntry> entries) { return fits(entries); },
            *policy_, list_ == 0, lists_.widely};
  }

  /// One lookup instead of the rules; what it finds is the verdict word.
  void emitRuleTable(std::span<const ast::Statement> statements, RuleTable table, PresenceMask known) {
    const SourceRange range = join(statements.front().range, statements.back().range);
    at(statements.front().rule->condition->range);
    ++tables_;
    listed_ += statements.size();
    called_.insert(called_.end(), table.called.begin(), table.called.end());
    objects_.forgetListsIn(range);
    objects_.decide({range, fmt::format("{} rules of '{}'", table.rules, policy_name_), true,
                     fmt::format("{} entries of a rule table are one lookup; compares and branches would take a row for nearly each",
                                 table.entries.size())});
    for (const RuleTable::Shadowed& shadowed : table.shadowed) {
      const SourceRange place = program_.rules[ast::index(shadowed.rule)].range;
      std::string others;
      for (const ast::RuleId by : shadowed.by)
        others += (others.empty() ? "" : ", ") + sources_.place(program_.rules[ast::index(by)].range);
      objects_.decide({place, "this rule", true,
                       shadowed.by.size() == 1 ? fmt::format("it is never reached and left out: the rule at {} decides all its packets", others)
                                               : fmt::format("it is never reached and left out: the rules at {} decide all its packets", others)});
    }

    // Computed bits are joined in pairs: they wait for each other no longer than needed.
    std::map<unsigned, std::vector<llvm::Value*>> bits;
    for (const ComputedBit& computed : table.computed)
      bits[computed.word].push_back(builder_.CreateSelect(expressions_.value(*computed.condition, known).words[0], builder_.getInt32(computed.bit),
                                                          builder_.getInt32(0)));
    at(statements.front().rule->condition->range);
    std::vector<llvm::Value*> operands;
    for (const auto& word : table.key) {
      if (!word) {
        operands.push_back(builder_.getInt32(0));
        continue;
      }
      std::vector<llvm::Value*> parts = bits[*word];
      if (*word != kComputedWord) parts.push_back(packet_.read({*word, 0, 32}));
      while (parts.size() > 1) {
        parts.push_back(builder_.CreateOr(parts[0], parts[1]));
        parts.erase(parts.begin(), parts.begin() + 2);
      }
      operands.push_back(parts[0]);
    }
    operands.push_back(builder_.getInt32(table.events | table.miss_events << 8));
    const bool passes = table.passes;
    const bool ends = table.ends;
    const std::vector<CarriedRule> carried = std::move(table.carried);
    std::vector<RuleTableEntry> going_on;
    std::ranges::copy_if(table.entries, std::back_inserter(going_on), goesOn);
    if (!going_on.empty()) going_on_.push_back(std::move(going_on));
    llvm::Value* found =
        builder_.CreateCall(objects_.rules(policy_name_, list_ == 0 ? policy_->name : policy_->chains[ast::index(chains_.copies[list_ - 1].chain)].name, std::move(table), direction_, range, placeOf(statements.front())), operands);
    if (!passes && !ends) return emitCarried(carried, found, known);  // all go on
    // What is carried stands in both arms: the branch is that of the lookup's own row. Rules that the program decides come behind
    // all that entries decide.
    std::vector<CarriedRule> before_verdict = carried;
    before_verdict.erase(std::ranges::find(before_verdict, true, &CarriedRule::decides), before_verdict.end());
    llvm::BasicBlock* decided = block("decided");
    llvm::BasicBlock* next = block("undecided");
    builder_.CreateCondBr(builder_.CreateExtractValue(found, 0), decided, next);
    builder_.SetInsertPoint(next);
    emitCarried(carried, found, known);
    next = builder_.GetInsertBlock();
    builder_.SetInsertPoint(decided);
    emitCarried(before_verdict, found, known);
    llvm::Value* word = builder_.CreateExtractValue(found, 1);
    builder_.CreateCall(declareCall(module_, "verdict.word", builder_.getVoidTy(), {builder_.getInt32Ty()}), word);
    if (passes && ends)
      builder_.CreateCondBr(builder_.CreateICmpEQ(builder_.CreateAnd(word, kVerdictMask),
                                                  builder_.getInt32(static_cast<uint32_t>(isa::Verdict::Pass))),
                            policy_done_, exit_);
    else
      builder_.CreateBr(passes ? policy_done_ : exit_);
    builder_.SetInsertPoint(next);
  }

  /// What the entries of rules that go on leave to the program, in the order of the rules.
  void emitCarried(const std::vector<CarriedRule>& carried, llvm::Value* found, PresenceMask known) {
    if (carried.empty()) return;
    llvm::Value* actions = builder_.CreateExtractValue(found, 2);
    llvm::Value* any = nullptr;
    for (unsigned i = 0; i < isa::kRuleContinuing && carried.size() > 1; ++i) {
      llvm::Value* byte = builder_.CreateAnd(builder_.CreateLShr(actions, 8 * i), 0xff);
      any = any == nullptr ? byte : builder_.CreateOr(any, byte);
    }
    for (size_t i = 0; i < carried.size(); ++i) {
      const ast::Rule& rule = *carried[i].rule;
      at(rule.condition->range);
      llvm::Value* matched = any == nullptr ? builder_.CreateICmpNE(actions, builder_.getInt32(0))
                                            : builder_.CreateICmpNE(builder_.CreateAnd(any, uint32_t{1} << i), builder_.getInt32(0));
      llvm::BasicBlock* after = openIf(matched);
      PresenceMask holds = known;
      if (carried[i].tested_from) {
        std::vector<const ast::Expr*> operands{rule.condition.get()};
        if (rule.condition->kind == ast::ExprKind::And) {
          operands.clear();
          for (const ast::ExprPtr& operand : ast::as<ast::And>(*rule.condition).operands) operands.push_back(operand.get());
        }
        for (size_t n = 0; n < operands.size(); ++n) {
          if (n >= *carried[i].tested_from) {
            llvm::BasicBlock* yes = block("rest");
            expressions_.branch(*operands[n], holds, yes, after);
            builder_.SetInsertPoint(yes);
          }
          holds |= closure(expressions_.implied(*operands[n]));
        }
      } else {
        holds |= closure(expressions_.implied(*rule.condition));
      }
      for (const ast::Action& action : rule.actions) {
        at(action.range);
        const bool by_program = action.kind == ast::ActionKind::Assign || action.kind == ast::ActionKind::Update ||
                                ((action.kind == ast::ActionKind::Count || action.kind == ast::ActionKind::Log) && &action != carried[i].done) ||
                                (action.kind == ast::ActionKind::Capture && carried[i].tested_from);
        if (by_program) emitAction(action, rule.id, holds);
        if (carried[i].decides && action.kind == ast::ActionKind::Verdict) emitDecision(action.outcome, rule.id);
        if (carried[i].decides && action.kind == ast::ActionKind::Return) builder_.CreateBr(then_);
      }
      if (carried[i].decides)
        builder_.SetInsertPoint(after);
      else
        closeIf(after);
    }
  }

  void emitRule(const ast::Statement& statement, PresenceMask known) {
    const ast::Rule& rule = *statement.rule;
    const ast::RuleInfo& info = program_.rules[ast::index(rule.id)];
    const std::string name = info.name.empty() ? "rule" : info.name;
    llvm::BasicBlock* matched = block(name);
    llvm::BasicBlock* next = block(name + ".next");
    at(rule.condition->range);
    expressions_.branch(*rule.condition, known, matched, next);
    builder_.SetInsertPoint(matched);
    known |= closure(expressions_.implied(*rule.condition));
    bool decided = false;
    for (const ast::Action& action : rule.actions) {
      at(action.range);
      switch (action.kind) {
        case ast::ActionKind::Call:
        case ast::ActionKind::Goto:
          places_after_[{list_, &statement}] = next;
          emitJump(chains_.targets.at({list_, &statement}), known);
          decided = true;
          break;
        case ast::ActionKind::Return:
          builder_.CreateBr(then_);
          decided = true;
          break;
        case ast::ActionKind::Verdict:
        case ast::ActionKind::Count:
        case ast::ActionKind::Log:
        case ast::ActionKind::Capture:
        case ast::ActionKind::Assign:
        case ast::ActionKind::Update:
          decided = action.kind == ast::ActionKind::Verdict;
          emitAction(action, rule.id, known);
          break;
      }
    }
    if (!decided) builder_.CreateBr(next);
    builder_.SetInsertPoint(next);
  }

  void emitJump(size_t copy, PresenceMask known) {
    copies_[copy].known &= closure(known);
    ++copies_[copy].callers;
    builder_.CreateBr(copies_[copy].entry);
  }

  void emitAction(const ast::Action& action, ast::RuleId rule, PresenceMask known) {
    switch (action.kind) {
      case ast::ActionKind::Verdict:
        return emitDecision(action.outcome, rule);
      case ast::ActionKind::Count:
        return emitCount(action, rule, known);
      case ast::ActionKind::Log:
        emitEvent(objects_.log(rule, direction_), builder_.getInt32(0));
        return call("act", uint32_t{1} << static_cast<unsigned>(isa::Act::Log));
      case ast::ActionKind::Capture:
        return call("act", uint32_t{1} << static_cast<unsigned>(isa::Act::Capture));
      case ast::ActionKind::Assign:
        return emitAssignments(action, known);
      case ast::ActionKind::Update:
        expressions_.value(*action.update, known);
        return;
      case ast::ActionKind::Call:
      case ast::ActionKind::Goto:
      case ast::ActionKind::Return:
        break;  // emitRule
    }
    llvm_unreachable("action");
  }

  /// `pass` ends the policy, everything else ends the program.
  void emitDecision(const ast::Outcome& outcome, ast::RuleId rule) {
    emitVerdict(outcome, rule);
    builder_.CreateBr(outcome.verdict == ast::Verdict::Pass ? policy_done_ : exit_);
  }

  /// Opens a block where the condition holds; the builder then stands in it. Returns where to go on, or null
  /// when the condition is certain.
  llvm::BasicBlock* openIf(llvm::Value* condition) {
    if (const auto* constant = llvm::dyn_cast<llvm::ConstantInt>(condition);
        constant != nullptr && constant->isOne())
      return nullptr;
    llvm::BasicBlock* inside = block("if");
    llvm::BasicBlock* after = block("endif");
    builder_.CreateCondBr(condition, inside, after);
    builder_.SetInsertPoint(inside);
    return after;
  }
  void closeIf(llvm::BasicBlock* after) {
    if (after == nullptr) return;
    builder_.CreateBr(after);
    builder_.SetInsertPoint(after);
  }

  void emitCount(const ast::Action& action, ast::RuleId rule, PresenceMask known) {
    const EventCall event = objects_.counter(action.counter, rule, direction_);
    if (!action.counter_index) return emitEvent(event, builder_.getInt32(0));
    const Value element = expressions_.value(*action.counter_index, known);
    at(action.range);
    llvm::Value* index = element.words[0];
    const uint32_t size = program_.counters[ast::index(action.counter)].size;
    llvm::Value* counted = expressions_.present(element.presence, known);
    if (element.found != nullptr) counted = builder_.CreateAnd(element.found, counted);
    const unsigned bits = element.type.value_bits;
    if (bits >= 32 || (uint64_t{1} << bits) > size)
      counted = builder_.CreateAnd(builder_.CreateICmpULT(index, builder_.getInt32(size)), counted);
    llvm::BasicBlock* after = openIf(counted);
    emitEvent(event, index);
    closeIf(after);
  }

  void emitAssignments(const ast::Action& action, PresenceMask known) {
    // All values are taken before any field is written.
    std::vector<Value> values;
    for (const ast::Assignment& assignment : action.assignments)
      values.push_back(expressions_.value(*assignment.value, known));
    at(action.range);
    for (size_t i = 0; i < values.size(); ++i) {
      const ast::Field& field = ast::field(action.assignments[i].target);
      const Value& value = values[i];
      const PresenceMask needed = field.presence_mask | value.presence;
      if (contradicts(needed | known)) continue;
      llvm::Value* there = expressions_.present(needed, known);
      if (value.found != nullptr) there = builder_.CreateAnd(value.found, there);
      llvm::BasicBlock* after = openIf(there);
      const auto slices = slicesOf(field);
      const auto targets = targetsOf(field);
      for (size_t piece = 0; piece < slices.size(); ++piece) {
        llvm::Value* word = value.words[piece];
        if (word->getType() != builder_.getInt32Ty())
          word = builder_.CreateZExtOrTrunc(word, builder_.getInt32Ty());
        packet_.write(targets[piece], slices[piece], word);
      }
      closeIf(after);
    }
  }

  llvm::Module& module_;
  llvm::Function& function_;
  llvm::DISubprogram* scope_;
  const ast::Program& program_;
  const SourceManager& sources_;
  ast::Direction direction_;
  Objects& objects_;
  Places& places_;
  const ListChoice& lists_;
  llvm::BasicBlock* entry_;
  llvm::BasicBlock* exit_;
  Builder builder_;
  llvm::BasicBlock* policy_done_ = nullptr;
  const ast::Policy* policy_ = nullptr;
  std::string policy_name_;
  unsigned tables_ = 0;  // rule tables that a packet may have asked so far
  std::vector<std::vector<RuleTableEntry>> going_on_;  // of each list of this program
  bool as_code_ = false;  // no statement now becomes a list
  size_t listed_ = 0;    // rules of this policy that are in them
  // Of the policy being emitted: its chains, and where the list that is being emitted goes on at its end.
  struct Copy {
    llvm::BasicBlock* entry;
    PresenceMask known;  // at every call
    size_t callers = 0;  // emitted
  };
  ast::ChainCopies chains_;
  std::vector<Copy> copies_;
  std::vector<ast::ChainId> called_;  // by rules in tables
  std::map<std::pair<size_t, const ast::Statement*>, llvm::BasicBlock*> places_after_;
  size_t list_ = 0;
  llvm::BasicBlock* then_ = nullptr;
  PacketState packet_;
  ExpressionEmitter expressions_;
};

}  // namespace

void emitProgram(llvm::Module& module, llvm::DIBuilder& debug, llvm::DIFile* file,
                 const ast::Program& program, const SourceManager& sources, ast::Direction direction,
                 Objects& objects, Places& places, const FunctionOptions& options) {
  llvm::LLVMContext& context = module.getContext();
  llvm::Type* pointer = llvm::PointerType::get(context, options.context_address_space);
  auto* type = llvm::FunctionType::get(llvm::Type::getVoidTy(context), {pointer}, false);
  const char* name = direction == ast::Direction::Ingress ? "ingress" : "egress";
  auto* function = llvm::Function::Create(type, llvm::Function::ExternalLinkage, name, module);
  llvm::Argument* packet = function->getArg(0);
  packet->setName("ctx");
  llvm::AttrBuilder attributes(context);
  attributes.addAttribute(llvm::Attribute::NoAlias).addAttribute(llvm::Attribute::ReadOnly);
  attributes.addAlignmentAttr(llvm::Align(4)).addDereferenceableAttr(4 * isa::kEntryWords);
  packet->addAttrs(attributes);
  function->addFnAttr(llvm::Attribute::NoUnwind);

  llvm::DISubroutineType* signature = debug.createSubroutineType(debug.getOrCreateTypeArray({}));
  llvm::DISubprogram* scope = debug.createFunction(
      file, name, name, file, 1, signature, 1, llvm::DINode::FlagZero, llvm::DISubprogram::SPFlagDefinition);
  function->setSubprogram(scope);
  Emitter(module, *function, scope, program, sources, direction, objects, places, options.lists).run();
}

}  // namespace norman::codegen
