// Membership in sets and values of maps: compares, and lookups that several places share.
#include <fmt/format.h>
#include <llvm/IR/Module.h>

#include <algorithm>
#include <array>

#include "compiler/ast/chain_copies.h"
#include "compiler/codegen/expression_emitter.h"
#include "compiler/codegen/table_key.h"
#include "norman/spec/isa.h"

namespace norman::codegen {

using ast::as;
using ast::Expr;
using ast::ExprKind;
using ast::TypeKind;

llvm::Value* ExpressionEmitter::inInterval(const Value& value, ast::Interval interval) {
  // A set of numbers may hold more than a narrow field can.
  if (value.type.isInt() && value.type.bits == 32) {
    constexpr ast::Bits128 top = ast::lowOnes(32);
    if (interval.first > top) return builder_.getFalse();
    interval.last = std::min(interval.last, top);
  }
  const Value first = literal(value.type, interval.first);
  const Value last = literal(value.type, interval.last);
  const auto number = [](llvm::Value* v) { return llvm::cast<llvm::ConstantInt>(v)->getZExtValue(); };
  std::vector<llvm::Value*> parts;
  size_t i = 0;
  for (; i < value.words.size() && number(first.words[i]) == number(last.words[i]); ++i)
    parts.push_back(builder_.CreateICmpEQ(value.words[i], first.words[i]));
  if (i == value.words.size()) return join(std::move(parts), true);

  // Lower words that may have any value need no test; then one word decides.
  bool rest_free = true;
  for (size_t j = i + 1; j < value.words.size(); ++j)
    rest_free &= number(first.words[j]) == 0 && number(last.words[j]) == 0xffffffff;
  if (rest_free) {
    llvm::Value* word = value.words[i];
    const uint64_t low = number(first.words[i]);
    const uint64_t high = number(last.words[i]);
    const bool wide = word->getType()->isIntegerTy(64);
    const uint64_t top = wide                                         ? ~uint64_t{0}
                         : value.type.kind == TypeKind::Mac && i == 0 ? 0xffff
                                                                      : 0xffffffff;
    llvm::Type* type = word->getType();
    if (low == 0 && high == top)
      parts.push_back(builder_.getTrue());
    else if (low == 0)
      parts.push_back(builder_.CreateICmpULE(word, llvm::ConstantInt::get(type, high)));
    else if (high == top)
      parts.push_back(builder_.CreateICmpUGE(word, llvm::ConstantInt::get(type, low)));
    else
      parts.push_back(builder_.CreateICmpULE(builder_.CreateSub(word, llvm::ConstantInt::get(type, low)),
                                             llvm::ConstantInt::get(type, high - low)));
    return join(std::move(parts), true);
  }
  const auto tail = [i](const Value& whole) {
    Value part = whole;
    part.words.erase(part.words.begin(), part.words.begin() + static_cast<std::ptrdiff_t>(i));
    return part;
  };
  parts.push_back(lessThan(tail(first), tail(value), true));
  parts.push_back(lessThan(tail(value), tail(last), true));
  return join(std::move(parts), true);
}

llvm::Value* ExpressionEmitter::lookup(ast::SetId set, std::string_view operand, const Value& key) {
  std::array<llvm::Value*, 4> words;
  words.fill(builder_.getInt32(0));
  if (key.type.isInt() && key.type.bits == 64) {
    words[0] = builder_.CreateTrunc(key.words[0], builder_.getInt32Ty());
    words[1] = builder_.CreateTrunc(builder_.CreateLShr(key.words[0], 32), builder_.getInt32Ty());
  } else {
    std::ranges::copy(key.words, words.begin());
  }
  llvm::CallInst* call = builder_.CreateCall(objects_.lookup(set, operand, direction_), words);
  return builder_.CreateExtractValue(call, 0);
}

llvm::Value* ExpressionEmitter::inSet(const ast::InSet& in, PresenceMask known) {
  const SetPlan& plan = objects_.plan(in.set);
  const Value key = value(*in.operand, known);
  builder_.SetCurrentDebugLocation(locate_(in.range));
  std::vector<llvm::Value*> parts;
  for (const ast::Interval& interval : plan.inline_intervals) parts.push_back(inInterval(key, interval));
  if (plan.table_entries != 0) {
    const auto operand = stableOperand(*in.operand);
    const auto shared = operand ? shared_.find({in.set, *operand}) : shared_.end();
    parts.push_back(shared != shared_.end()
                        ? shared->second
                        : lookup(in.set, operand ? *operand : fmt::format("#{}", unstable_operands_++), key));
  }
  return andFound(join(std::move(parts), false), {&key});
}

std::vector<Value> ExpressionEmitter::keyValues(const std::vector<ast::ExprPtr>& operands,
                                                PresenceMask known) {
  std::vector<Value> values;
  for (const auto& operand : operands) values.push_back(value(*operand, known));
  return values;
}

/// The result {hit, value} of the lookup that gives one piece of a map's value; a set has one piece.
llvm::Value* ExpressionEmitter::lookup(ast::TableId table, std::string_view operands,
                                       const std::vector<Value>& key, unsigned piece) {
  std::array<llvm::Value*, 4> words;
  words.fill(builder_.getInt32(0));
  const auto layout = keyLayout(program_.tables[ast::index(table)].key);
  for (const KeyPiece& place : *layout) {
    llvm::Value* part = key[place.part].words[place.piece];
    if (place.shift != 0) part = builder_.CreateShl(part, place.shift);
    words[place.word] = builder_.CreateOr(words[place.word], part);
  }
  return builder_.CreateCall(objects_.lookup(table, operands, direction_, piece), words);
}

/// Lookups of a table's value: one, or two for a MAC address.
unsigned ExpressionEmitter::piecesOf(ast::TableId table) const {
  const auto& value = program_.tables[ast::index(table)].value;
  return value && value->kind == TypeKind::Mac ? 2 : 1;
}

/// The results of a table's lookups, perhaps those that several places share.
std::vector<llvm::Value*> ExpressionEmitter::tableResults(ast::TableId table,
                                                          const std::vector<ast::ExprPtr>& operands,
                                                          const std::vector<Value>& key) {
  const auto names = stableOperands(operands);
  if (names)
    if (const auto shared = shared_tables_.find({table, *names}); shared != shared_tables_.end())
      return shared->second;
  const std::string name = names ? *names : fmt::format("#{}", unstable_operands_++);
  std::vector<llvm::Value*> results;
  for (unsigned piece = 0; piece < piecesOf(table); ++piece)
    results.push_back(lookup(table, name, key, piece));
  return results;
}

/// The condition, where what is only known at run time is there.
llvm::Value* ExpressionEmitter::andFound(llvm::Value* condition, std::initializer_list<const Value*> values) {
  for (const Value* value : values)
    if (value->found != nullptr) condition = builder_.CreateAnd(value->found, condition);
  return condition;
}

/// Null when nothing needs a test.
llvm::Value* ExpressionEmitter::foundAll(const std::vector<Value>& values) {
  llvm::Value* all = nullptr;
  for (const Value& value : values)
    if (value.found != nullptr) all = all == nullptr ? value.found : builder_.CreateAnd(all, value.found);
  return all;
}

/// What the first row that holds the key has. `found`: there is one, and parts that are known at run time are
/// there.
Value ExpressionEmitter::rowValue(const ast::MapValue::Choice& choice, const ast::Type& type,
                                  PresenceMask known) {
  const ast::Table& table = program_.tables[ast::index(choice.table)];
  const TablePlan& plan = objects_.plan(choice.table);
  const std::vector<Value> key = keyValues(choice.operands, known);
  Value result = literal(type, {});
  for (const Value& part : key) result.presence |= part.presence;
  std::vector<llvm::Value*> holds;
  // From the last row to the first, so that the first one stands.
  for (size_t i = plan.inline_rows.size(); i-- > 0;) {
    const ast::TableRow& row = table.rows[plan.inline_rows[i]];
    std::vector<llvm::Value*> parts;
    for (size_t p = 0; p < key.size(); ++p) parts.push_back(inInterval(key[p], row.key[p]));
    llvm::Value* here = join(std::move(parts), true);
    const Value value = literal(type, row.value);
    for (size_t word = 0; word < result.words.size(); ++word)
      result.words[word] = i + 1 == plan.inline_rows.size()
                               ? value.words[word]
                               : builder_.CreateSelect(here, value.words[word], result.words[word]);
    holds.push_back(here);
  }
  // Entries of the table are narrower than what is compared.
  if (plan.table_entries != 0) {
    const std::vector<llvm::Value*> results = tableResults(choice.table, choice.operands, key);
    llvm::Value* hit = builder_.CreateExtractValue(results[0], 0);
    for (size_t word = 0; word < result.words.size(); ++word) {
      llvm::Value* value = builder_.CreateExtractValue(results[word], 1);
      result.words[word] = holds.empty() ? value : builder_.CreateSelect(hit, value, result.words[word]);
    }
    holds.push_back(hit);
  }
  result.found = join(std::move(holds), false);
  if (llvm::Value* parts = foundAll(key)) result.found = builder_.CreateAnd(result.found, parts);
  return result;
}

Value ExpressionEmitter::mapValue(const ast::MapValue& expr, PresenceMask known) {
  builder_.SetCurrentDebugLocation(locate_(expr.range));
  if (expr.choices.size() == 1) return rowValue(expr.choices.front(), expr.type, known);
  Value result;
  for (size_t i = expr.choices.size(); i-- > 0;) {
    Value choice = rowValue(expr.choices[i], expr.type, known);
    choice.found = builder_.CreateAnd(present(choice.presence, known), choice.found);
    choice.presence = 0;
    if (result.words.empty()) {
      result = std::move(choice);
      continue;
    }
    for (size_t word = 0; word < result.words.size(); ++word)
      result.words[word] = builder_.CreateSelect(choice.found, choice.words[word], result.words[word]);
    result.found = builder_.CreateOr(choice.found, result.found);
  }
  return result;
}

/// Whether one of the rows holds the key from its part `from` on. Rows that begin alike share the test of
/// their beginning.
llvm::Value* ExpressionEmitter::anyRow(const std::vector<Value>& key, const ast::Table& table,
                                       std::span<const size_t> rows, size_t from) {
  if (from == key.size()) return builder_.getTrue();
  std::vector<std::pair<ast::Interval, std::vector<size_t>>> groups;
  for (const size_t row : rows) {
    const ast::Interval& interval = table.rows[row].key[from];
    const auto same =
        std::ranges::find_if(groups, [&](const auto& group) { return group.first == interval; });
    if (same == groups.end())
      groups.push_back({interval, {row}});
    else
      same->second.push_back(row);
  }
  std::vector<llvm::Value*> parts;
  for (const auto& [interval, group] : groups) {
    llvm::Value* begins = inInterval(key[from], interval);
    parts.push_back(join({begins, anyRow(key, table, group, from + 1)}, true));
  }
  return join(std::move(parts), false);
}

llvm::Value* ExpressionEmitter::inTable(const ast::InTable& in, PresenceMask known) {
  const TablePlan& plan = objects_.plan(in.table);
  const ast::Table& table = program_.tables[ast::index(in.table)];
  const std::vector<Value> key = keyValues(in.operands, known);
  builder_.SetCurrentDebugLocation(locate_(in.range));
  std::vector<llvm::Value*> parts;
  if (!plan.inline_rows.empty()) parts.push_back(anyRow(key, table, plan.inline_rows, 0));
  if (plan.table_entries != 0)
    parts.push_back(builder_.CreateExtractValue(tableResults(in.table, in.operands, key)[0], 0));
  llvm::Value* holds = join(std::move(parts), false);
  llvm::Value* found = foundAll(key);
  return found == nullptr ? holds : builder_.CreateAnd(found, holds);
}

void ExpressionEmitter::shareLookups() {
  struct Use {
    unsigned times = 0;
    const Expr* operand = nullptr;
    SourceRange range;
  };
  struct TableUse {
    unsigned times = 0;
    const std::vector<ast::ExprPtr>* operands = nullptr;
    SourceRange range;
  };
  struct KeyUse {
    unsigned times = 0;
    const std::vector<ast::KeyPart>* key = nullptr;
    SourceRange range;
  };
  std::map<ast::MeterId, KeyUse> key_uses;
  std::map<std::pair<ast::SetId, std::string>, Use> uses;
  std::map<std::pair<ast::TableId, std::string>, TableUse> table_uses;
  unsigned times = 1;  // that the expression stands in the program
  const auto useTable = [&](ast::TableId table, const std::vector<ast::ExprPtr>& operands,
                            const SourceRange& range) {
    if (objects_.plan(table).table_entries == 0) return;
    if (const auto names = stableOperands(operands)) {
      TableUse& use = table_uses[{table, *names}];
      use.times += times;
      if (use.operands == nullptr) use = {use.times, &operands, range};
    }
  };
  const auto useKey = [&](ast::MeterId meter, const std::vector<ast::KeyPart>& key, const SourceRange& range) {
    if (key.empty() || !stableKey(key)) return;
    KeyUse& use = key_uses[meter];
    use.times += times;
    if (use.key == nullptr) use = {use.times, &key, range};
  };
  const auto visit = [&](const Expr& expr) {
    if (expr.kind == ExprKind::InSet) {
      const auto& in = as<ast::InSet>(expr);
      if (objects_.plan(in.set).table_entries == 0) return;
      if (const auto operand = stableOperand(*in.operand)) {
        Use& use = uses[{in.set, *operand}];
        use.times += times;
        if (use.operand == nullptr) use = {use.times, in.operand.get(), in.range};
      }
    } else if (expr.kind == ExprKind::InTable) {
      useTable(as<ast::InTable>(expr).table, as<ast::InTable>(expr).operands, expr.range);
    } else if (expr.kind == ExprKind::MapValue) {
      for (const auto& choice : as<ast::MapValue>(expr).choices)
        useTable(choice.table, choice.operands, expr.range);
    } else if (expr.kind == ExprKind::MeterTest) {
      useKey(as<ast::MeterTest>(expr).meter, as<ast::MeterTest>(expr).key, expr.range);
    } else if (expr.kind == ExprKind::StateValue) {
      useKey(as<ast::StateValue>(expr).state, as<ast::StateValue>(expr).key, expr.range);
    }
  };
  for (const ast::Policy& policy : program_.policies) {
    if (ast::directionOf(policy.hook) != direction_) continue;
    const auto list = [&](const std::vector<ast::Statement>& statements) {
      for (const ast::Statement& statement : statements) ast::eachExpr(statement, visit);
    };
    times = 1;
    list(policy.statements);
    std::vector<unsigned> copies(policy.chains.size());
    for (const auto& copy : ast::findChainCopies(policy, SIZE_MAX).copies) ++copies[ast::index(copy.chain)];
    for (size_t i = 0; i < policy.chains.size(); ++i) {
      times = copies[i];
      list(policy.chains[i].statements);
    }
  }
  for (const auto& [key, use] : uses) {
    if (use.times < 2) continue;
    builder_.SetCurrentDebugLocation(locate_(use.range));
    shared_[key] = lookup(key.first, key.second, value(*use.operand, 0));
  }
  for (const auto& [key, use] : table_uses) {
    if (use.times < 2) continue;
    builder_.SetCurrentDebugLocation(locate_(use.range));
    shared_tables_[key] = tableResults(key.first, *use.operands, keyValues(*use.operands, 0));
  }
  for (const auto& [meter, use] : key_uses) {
    if (use.times < 2) continue;
    builder_.SetCurrentDebugLocation(locate_(use.range));
    shared_keys_[meter] = keyWords(meter, *use.key, 0);
  }
}

}  // namespace norman::codegen
