// Keyed state: each use finds its key and takes one step of the state unit.
#include <llvm/IR/Module.h>

#include "compiler/codegen/expression_emitter.h"
#include "norman/spec/isa.h"

namespace norman::codegen {
namespace {

using ast::StateChange;

isa::StateOp opOf(StateChange change) {
  switch (change) {
    case StateChange::Keep:
      return isa::StateOp::Keep;
    case StateChange::Set:
      return isa::StateOp::Set;
    case StateChange::Add:
      return isa::StateOp::Add;
    case StateChange::Sub:
      return isa::StateOp::Sub;
    case StateChange::Max:
      return isa::StateOp::Max;
    case StateChange::Min:
      return isa::StateOp::Min;
    case StateChange::Or:
      return isa::StateOp::Or;
    case StateChange::AndNot:
      return isa::StateOp::Andn;
  }
  llvm_unreachable("change of a state");
}

struct Relation {
  isa::StateRel step;
  llvm::CmpInst::Predicate compare;
};

Relation relationOf(ast::CompareOp op) {
  switch (op) {
    case ast::CompareOp::Eq:
      return {isa::StateRel::Eq, llvm::CmpInst::ICMP_EQ};
    case ast::CompareOp::Ne:
      return {isa::StateRel::Ne, llvm::CmpInst::ICMP_NE};
    case ast::CompareOp::Lt:
      return {isa::StateRel::Ltu, llvm::CmpInst::ICMP_ULT};
    case ast::CompareOp::Le:
      return {isa::StateRel::Leu, llvm::CmpInst::ICMP_ULE};
    case ast::CompareOp::Gt:
      return {isa::StateRel::Gtu, llvm::CmpInst::ICMP_UGT};
    case ast::CompareOp::Ge:
      return {isa::StateRel::Geu, llvm::CmpInst::ICMP_UGE};
  }
  llvm_unreachable("compare operator");
}

}  // namespace

/// A value as a state keeps it. What has 32 bits stands in the upper half, so that sums wrap there and order is kept.
llvm::Value* ExpressionEmitter::stateWord(const Value& value) {
  llvm::Type* i64 = builder_.getInt64Ty();
  if (value.type.isInt() && value.type.bits == 64) return value.words[0];
  if (value.type.kind == ast::TypeKind::Mac)
    return builder_.CreateOr(builder_.CreateShl(builder_.CreateZExt(value.words[0], i64), 32),
                             builder_.CreateZExt(value.words[1], i64));
  llvm::Value* word = value.words[0];
  if (value.type.isBool()) word = builder_.CreateSelect(word, builder_.getInt32(1), builder_.getInt32(0));
  return builder_.CreateShl(builder_.CreateZExt(word, i64), 32);
}

Value ExpressionEmitter::stateValue(const ast::StateValue& expr, PresenceMask known) {
  const auto words = keyWords(expr.state, expr.key, known);
  builder_.SetCurrentDebugLocation(locate_(expr.range));
  // Looking changes nothing, so it may be done before it is known whether there is a key.
  llvm::CallInst* learned = learn(expr.state, words, false, false, builder_.getInt32(0));
  return {expr.type, keyPresence(expr.key), {builder_.CreateExtractValue(learned, 1)}};
}

llvm::Value* ExpressionEmitter::stateTest(const ast::MeterTest& test, PresenceMask known) {
  const ast::StateStep& step = *test.step;
  const ast::Keyed& keyed = program_.meters[ast::index(test.meter)].keyed;
  llvm::Value* const zero = builder_.getInt64(0);

  // Values have no effect, so they may be taken before it is known whether they are there.
  struct Operand {
    llvm::Value* word;
    llvm::Value* low;  // a number of 32 bits by itself
    PresenceMask presence = 0;
    llvm::Value* found = nullptr;
  };
  const auto operand = [&](const ast::ExprPtr& expr) {
    if (expr == nullptr) return Operand{zero, builder_.getInt32(0)};
    const Value value = this->value(*expr, known);
    return Operand{stateWord(value), value.words[0], value.presence, value.found};
  };
  const Operand limit = operand(step.limit);
  const Operand then = operand(step.then.value);
  const Operand otherwise = operand(step.otherwise.value);
  builder_.SetCurrentDebugLocation(locate_(test.range));
  const auto isThere = [&](PresenceMask presence, std::initializer_list<llvm::Value*> founds) {
    llvm::Value* there = present(presence, known);
    for (llvm::Value* found : founds)
      if (found != nullptr) there = builder_.CreateAnd(found, there);
    return there;
  };

  llvm::BasicBlock* done = newBlock("stepped");
  std::vector<std::pair<llvm::BasicBlock*, llvm::Value*>> answers;
  const auto answer = [&](llvm::Value* holds) {
    answers.emplace_back(builder_.GetInsertBlock(), holds);
    builder_.CreateBr(done);
  };
  const PresenceMask needed = keyPresence(test.key) | limit.presence;
  if (contradicts(needed | known)) {
    answer(builder_.getFalse());
    return joinAnswers(test.range, done, answers);
  }
  if (llvm::Value* there = isThere(needed, {limit.found}); !llvm::isa<llvm::ConstantInt>(there)) {
    llvm::BasicBlock* inside = newBlock("keyed");
    answers.emplace_back(builder_.GetInsertBlock(), builder_.getFalse());
    builder_.CreateCondBr(there, inside, done);
    builder_.SetInsertPoint(inside);
  }
  known |= closure(needed);
  const auto words = keyWords(test.meter, test.key, known);
  const Relation relation =
      step.op ? relationOf(*step.op) : Relation{isa::StateRel::Always, llvm::CmpInst::ICMP_EQ};
  // What a key that is not kept answers: its state is 0.
  llvm::Value* const at_first = step.op ? builder_.CreateICmp(relation.compare, zero, limit.word) : builder_.getTrue();
  const auto* certain = llvm::dyn_cast<llvm::ConstantInt>(at_first);

  const auto use = [&](bool changes) {
    const StateChange f = changes ? step.then.kind : StateChange::Keep;
    const StateChange g = changes ? step.otherwise.kind : StateChange::Keep;
    const bool keeps_new = certain != nullptr ? (certain->isOne() ? f : g) == StateChange::Keep
                                              : f == StateChange::Keep && g == StateChange::Keep;
    const ast::Meter& meter = program_.meters[ast::index(test.meter)];
    const bool byte = meter.home && !meter.type.isBool();
    llvm::CallInst* learned = learn(test.meter, words, !keeps_new, changes, byte && changes ? then.low : builder_.getInt32(0));
    // A shared state has no word: it is a byte beside its key, or whether that was there.
    if (byte) {
      llvm::Value* const kept = builder_.CreateExtractValue(learned, 1);
      return answer(step.op ? builder_.CreateICmp(relation.compare, kept, limit.low) : builder_.getTrue());
    }
    if (meter.home) {
      llvm::Value* const kept = builder_.getInt64(uint64_t{1} << 32);
      llvm::Value* const if_kept = step.op ? builder_.CreateICmp(relation.compare, kept, limit.word) : builder_.getTrue();
      return answer(builder_.CreateSelect(builder_.CreateExtractValue(learned, 0), if_kept, at_first));
    }
    llvm::Value* slot = builder_.CreateExtractValue(learned, 1);
    llvm::BasicBlock* old = newBlock("old");
    llvm::BasicBlock* other = newBlock("other");
    builder_.CreateCondBr(builder_.CreateExtractValue(learned, 0), old, other);
    builder_.SetInsertPoint(old);
    llvm::Value* holds = emitStep(test.meter, slot,
                                  {changes ? then.word : zero, changes ? otherwise.word : zero, limit.word,
                                   stepOf(opOf(f), opOf(g), relation.step)});
    answer(step.op ? holds : builder_.getTrue());
    builder_.SetInsertPoint(other);
    if (keeps_new) return answer(at_first);
    if (keyed.full != ast::WhenFull::Replace) {
      llvm::BasicBlock* fresh = newBlock("fresh");
      answers.emplace_back(other, at_first);
      builder_.CreateCondBr(builder_.CreateICmpSLT(slot, builder_.getInt32(0)), done, fresh);
      builder_.SetInsertPoint(fresh);
    }
    const auto fromZero = [&](StateChange change, llvm::Value* word) -> llvm::Value* {
      switch (change) {
        case StateChange::Set:
        case StateChange::Add:
        case StateChange::Max:
        case StateChange::Or:
          return word;
        case StateChange::Sub:
          return builder_.CreateSub(zero, word);
        case StateChange::Keep:
        case StateChange::Min:
        case StateChange::AndNot:
          return zero;
      }
      llvm_unreachable("change of a state");
    };
    llvm::Value* first = nullptr;
    if (certain != nullptr)
      first = certain->isOne() ? fromZero(f, then.word) : fromZero(g, otherwise.word);
    else
      first = builder_.CreateSelect(at_first, fromZero(f, then.word), fromZero(g, otherwise.word));
    emitStep(test.meter, slot,
             {first, zero, zero, stepOf(isa::StateOp::Set, isa::StateOp::Keep, isa::StateRel::Always)});
    answer(at_first);
  };

  const bool changes = step.then.kind != StateChange::Keep || step.otherwise.kind != StateChange::Keep;
  const PresenceMask values = then.presence | otherwise.presence;
  llvm::Value* can = contradicts(values | known) ? builder_.getFalse() : isThere(values, {then.found, otherwise.found});
  if (const auto* constant = llvm::dyn_cast<llvm::ConstantInt>(can)) {
    use(changes && constant->isOne());
  } else {
    llvm::BasicBlock* assigned = newBlock("assigned");
    llvm::BasicBlock* asked = newBlock("asked");
    builder_.CreateCondBr(can, assigned, asked);
    builder_.SetInsertPoint(assigned);
    use(true);
    builder_.SetInsertPoint(asked);
    use(false);
  }
  return joinAnswers(test.range, done, answers);
}

}  // namespace norman::codegen
