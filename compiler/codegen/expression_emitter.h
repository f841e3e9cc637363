// Expressions of the typed AST as IR values and branches.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "compiler/ast/program.h"
#include "compiler/codegen/objects.h"
#include "compiler/codegen/packet_state.h"
#include "compiler/codegen/presence.h"
#include "norman/spec/isa.h"

namespace norman::codegen {

/// The value of an expression. Presence is a set of bits of entry word 0, because most absent values are
/// absent for want of a header, and perhaps a condition; testing them is left to whoever uses the value.
struct Value {
  ast::Type type;
  PresenceMask presence = 0;
  /// Bool: an i1. Int: an i32 or i64. Addresses: 32-bit pieces, most significant first.
  llvm::SmallVector<llvm::Value*, 4> words;
  /// An i1 that must hold besides, where presence is known at run time only (a map has the key or not); else
  /// null.
  llvm::Value* found = nullptr;
};

/// Emits expressions at the builder's place; the folder's README says which file holds which of its
/// functions. `known` names the presence bits that are known to be set there, so that nothing is tested
/// twice.
class ExpressionEmitter {
 public:
  ExpressionEmitter(PacketState& packet, Objects& objects, const ast::Program& program,
                    ast::Direction direction, std::function<llvm::DebugLoc(const SourceRange&)> locate);

  /// Looks up in the entry block what several places look up with the same key, and makes keys that several use; the builder stands there. A
  /// path may use a table only once, so places that cannot share get a copy of the table.
  void shareLookups();

  /// The value; the builder may stand in another block afterwards.
  Value value(const ast::Expr& expr, PresenceMask known);
  /// Ends the block with a branch on a condition.
  void branch(const ast::Expr& condition, PresenceMask known, llvm::BasicBlock* yes, llvm::BasicBlock* no);
  /// An i1 that holds when all bits are present; a constant when that is known.
  llvm::Value* present(PresenceMask needed, PresenceMask known);
  /// An i1 that holds when some of the bits is not set.
  llvm::Value* absent(PresenceMask bits) { return emit({0, bits, bits}, false); }
  void bind(ast::LocalId local, Value value) { locals_[local] = std::move(value); }
  void forgetLocals() { locals_.clear(); }

  /// Whether the field is never rewritten by this program.
  bool stable(ast::FieldId field) const;

  /// Presence bits that are set whenever the condition is true.
  PresenceMask implied(const ast::Expr& condition, bool negated = false) const;
  /// Presence bits without which the condition is false and its evaluation has no effect.
  PresenceMask guard(const ast::Expr& condition) const;

 private:
  /// (word & mask) == value over an entry word that is never rewritten.
  struct BitTest {
    unsigned word;
    uint32_t mask;
    uint32_t value;
  };
  struct Term {
    const ast::Expr* expr;
    bool negated;
  };
  /// What a leaf tests besides presence: a bit test, or an i1; `holds` is its polarity.
  struct Core {
    std::optional<BitTest> bits;
    llvm::Value* value = nullptr;
    bool holds = true;
  };

  static void flatten(const Term& term, bool conjunction, std::vector<Term>& out);
  static bool isConjunction(const Term& term);
  static bool isJunction(const Term& term);
  static bool hasMeter(const ast::Expr& expr);
  PresenceMask presenceOf(const ast::Expr& operand) const;
  PresenceMask needed(const ast::Expr& leaf) const;
  bool provesItself(const Core& core, PresenceMask needed) const;
  bool looksUp(const ast::Expr& expr);
  bool splitsFamilies(const std::vector<Term>& terms);
  bool needsBranches(const ast::Expr& expr);

  llvm::Value* condition(const Term& term, PresenceMask known);
  llvm::Value* all(const std::vector<Term>& terms, PresenceMask known);
  llvm::Value* any(const std::vector<Term>& terms, PresenceMask known);
  Core core(const Term& leaf, PresenceMask known);
  std::optional<BitTest> equality(const ast::Compare& compare) const;
  std::optional<BitTest> single(const ast::InSet& in);
  llvm::Value* emit(const BitTest& test, bool holds);
  llvm::Value* join(std::vector<llvm::Value*> values, bool conjunction);

  void branchTerm(const Term& term, PresenceMask known, llvm::BasicBlock* yes, llvm::BasicBlock* no);
  void branchAll(const std::vector<Term>& terms, PresenceMask known, llvm::BasicBlock* yes,
                 llvm::BasicBlock* no);
  void branchAny(const std::vector<Term>& terms, PresenceMask known, llvm::BasicBlock* yes,
                 llvm::BasicBlock* no);
  void branchAnswers(llvm::Value* holds, llvm::BasicBlock* yes, llvm::BasicBlock* no);
  llvm::BasicBlock* newBlock(const char* name);

  llvm::Value* compare(ast::CompareOp op, const Value& lhs, const Value& rhs);
  llvm::Value* lessThan(const Value& lhs, const Value& rhs, bool or_equal);
  llvm::Value* equal(const Value& lhs, const Value& rhs);
  llvm::Value* inInterval(const Value& value, ast::Interval interval);
  llvm::Value* inSet(const ast::InSet& in, PresenceMask known);
  llvm::Value* lookup(ast::SetId set, std::string_view operand, const Value& key);
  llvm::Value* frameBytes();
  llvm::Value* costOf(const ast::Meter& meter);
  Value mapValue(const ast::MapValue& expr, PresenceMask known);
  Value rowValue(const ast::MapValue::Choice& choice, const ast::Type& type, PresenceMask known);
  llvm::Value* andFound(llvm::Value* condition, std::initializer_list<const Value*> values);
  llvm::Value* foundAll(const std::vector<Value>& values);
  llvm::Value* lookup(ast::TableId table, std::string_view operands, const std::vector<Value>& key,
                      unsigned piece);
  llvm::Value* anyRow(const std::vector<Value>& key, const ast::Table& table, std::span<const size_t> rows,
                      size_t from);
  llvm::Value* inTable(const ast::InTable& in, PresenceMask known);
  std::vector<Value> keyValues(const std::vector<ast::ExprPtr>& operands, PresenceMask known);
  /// Operands and code of a state step.
  struct Step {
    llvm::Value* a;
    llvm::Value* b;
    llvm::Value* limit;
    uint32_t code;
  };
  Step stepFor(const ast::Meter& meter);
  llvm::Value* emitStep(ast::MeterId meter, llvm::Value* index, const Step& step);
  llvm::Value* meterTest(const ast::MeterTest& test, PresenceMask known);
  llvm::Value* keyedTest(const ast::MeterTest& test, PresenceMask known);
  static uint32_t stepOf(isa::StateOp f, isa::StateOp g, isa::StateRel rel);
  bool stableKey(const std::vector<ast::KeyPart>& key) const;
  PresenceMask keyPresence(const std::vector<ast::KeyPart>& key) const;
  llvm::CallInst* learn(ast::MeterId id, const std::array<llvm::Value*, 4>& words, bool insert, bool touch, llvm::Value* byte);
  llvm::Value* joinAnswers(const SourceRange& range, llvm::BasicBlock* done,
                           const std::vector<std::pair<llvm::BasicBlock*, llvm::Value*>>& answers);
  llvm::Value* stateTest(const ast::MeterTest& test, PresenceMask known);
  Value stateValue(const ast::StateValue& expr, PresenceMask known);
  llvm::Value* stateWord(const Value& value);
  std::array<llvm::Value*, 4> keyWords(ast::MeterId meter, const std::vector<ast::KeyPart>& key, PresenceMask known);
  llvm::Value* ticksNow();
  Value rawRead(const ast::RawRead& expr, PresenceMask known);
  Value arith(const ast::Arith& expr, PresenceMask known);
  Value literal(const ast::Type& type, const ast::Bits128& bits);
  std::optional<std::string> stableOperand(const ast::Expr& operand) const;
  std::vector<llvm::Value*> tableResults(ast::TableId table, const std::vector<ast::ExprPtr>& operands,
                                         const std::vector<Value>& key);
  unsigned piecesOf(ast::TableId table) const;
  std::optional<std::string> stableOperands(const std::vector<ast::ExprPtr>& operands) const;

  PacketState& packet_;
  Builder& builder_;
  Objects& objects_;
  const ast::Program& program_;
  ast::Direction direction_;
  std::function<llvm::DebugLoc(const SourceRange&)> locate_;
  std::map<ast::LocalId, Value> locals_;
  std::map<std::pair<ast::SetId, std::string>, llvm::Value*> shared_;
  std::map<std::pair<ast::TableId, std::string>, std::vector<llvm::Value*>>
      shared_tables_;  // results by piece
  std::map<ast::MeterId, std::array<llvm::Value*, 4>> shared_keys_;
  unsigned unstable_operands_ = 0;
};

}  // namespace norman::codegen
