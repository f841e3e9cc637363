// Tests of meters, quotas and `every n`: one step of the state unit each; those per key find the key's state
// first.
#include <llvm/IR/Module.h>

#include <algorithm>
#include <array>

#include "compiler/codegen/expression_emitter.h"
#include "compiler/codegen/table_key.h"
#include "norman/spec/isa.h"

namespace norman::codegen {

uint32_t ExpressionEmitter::stepOf(isa::StateOp f, isa::StateOp g, isa::StateRel rel) {
  return static_cast<uint32_t>(f) | static_cast<uint32_t>(g) << 4 | static_cast<uint32_t>(rel) << 8 |
         static_cast<uint32_t>(isa::StateRet::None) << 11;
}

llvm::Value* ExpressionEmitter::ticksNow() {
  llvm::Value* low = builder_.CreateZExt(packet_.read({isa::kWTimeLo, 0, 32}), builder_.getInt64Ty());
  llvm::Value* high = builder_.CreateZExt(packet_.read({isa::kWTimeHi, 0, 32}), builder_.getInt64Ty());
  return builder_.CreateOr(builder_.CreateShl(high, 32), low);
}

/// A packet's bytes, for a byte meter's state.
llvm::Value* ExpressionEmitter::frameBytes() {
  return builder_.CreateZExt(packet_.read({isa::kWLength, 0, 16}), builder_.getInt64Ty());
}

/// What a meter's step adds for a packet.
llvm::Value* ExpressionEmitter::costOf(const ast::Meter& meter) {
  if (meter.kind != ast::MeterKind::Rate) return meter.per_byte ? frameBytes() : builder_.getInt64(1);
  if (!meter.per_byte) return builder_.getInt64(meter.ticks_per_packet);
  llvm::Value* cost =
      builder_.CreateMul(packet_.read({isa::kWLength, 0, 16}), builder_.getInt32(meter.mantissa));
  cost = builder_.CreateZExt(cost, builder_.getInt64Ty());
  if (meter.shift >= 0) return builder_.CreateShl(cost, static_cast<unsigned>(meter.shift));
  return builder_.CreateLShr(cost, static_cast<unsigned>(std::min(63, -meter.shift)));
}

/// What the state unit does for a packet, as ast::MeterKind says; its condition is whether the packet
/// conforms.
ExpressionEmitter::Step ExpressionEmitter::stepFor(const ast::Meter& meter) {
  Step step{costOf(meter), builder_.getInt64(0), builder_.getInt64(meter.limit), 0};
  switch (meter.kind) {
    case ast::MeterKind::Rate:
      step.b = ticksNow();
      step.limit = builder_.CreateAdd(step.b, builder_.getInt64(meter.tolerance));
      step.code = stepOf(isa::StateOp::Maxadd, isa::StateOp::Keep, isa::StateRel::Leu);
      break;
    case ast::MeterKind::Quota:
      step.code = stepOf(isa::StateOp::Add, isa::StateOp::Keep, isa::StateRel::Ltu);
      break;
    case ast::MeterKind::Every:
      step.code = stepOf(isa::StateOp::Add, isa::StateOp::Set, isa::StateRel::Ltu);
      break;
    case ast::MeterKind::State:
      llvm_unreachable("each use of a state has a step of its own");
  }
  return step;
}

llvm::Value* ExpressionEmitter::emitStep(ast::MeterId meter, llvm::Value* index, const Step& step) {
  llvm::CallInst* call = builder_.CreateCall(
      objects_.meter(meter, direction_), {index, step.a, step.b, step.limit, builder_.getInt32(step.code)});
  return builder_.CreateExtractValue(call, 0);
}

llvm::Value* ExpressionEmitter::meterTest(const ast::MeterTest& test, PresenceMask known) {
  const ast::Meter& meter = program_.meters[ast::index(test.meter)];
  if (test.step) return stateTest(test, known);
  if (meter.keyed.size != 0) return keyedTest(test, known);
  llvm::Value* conforms = emitStep(test.meter, builder_.getInt32(0), stepFor(meter));
  return test.exceeds ? builder_.CreateNot(conforms) : conforms;
}

/// The key's words, laid out as LANGUAGE.md section 9 says; `known` holds what its presence has shown.
std::array<llvm::Value*, 4> ExpressionEmitter::keyWords(ast::MeterId meter, const std::vector<ast::KeyPart>& key,
                                                        PresenceMask known) {
  if (const auto shared = shared_keys_.find(meter); shared != shared_keys_.end()) return shared->second;
  std::vector<ast::Type> types;
  std::vector<Value> values;
  for (const ast::KeyPart& part : key) {
    Value value = this->value(*part.value, known);
    if (part.value->type.isInt() && part.value->type.bits == 64) {
      llvm::Value* whole = value.words[0];
      value.words = {builder_.CreateTrunc(builder_.CreateLShr(whole, 32), builder_.getInt32Ty()),
                     builder_.CreateTrunc(whole, builder_.getInt32Ty())};
    }
    if (part.v6 == nullptr) {
      types.push_back(part.value->type);
      values.push_back(std::move(value));
      continue;
    }
    Value six = this->value(*part.v6, known);
    llvm::Value* four = present(isa::kHasIpv4, known);
    llvm::Value* mapped[4] = {builder_.getInt32(0), builder_.getInt32(0), builder_.getInt32(0xffff),
                              value.words[0]};
    for (size_t word = 0; word < 4; ++word)
      six.words[word] = builder_.CreateSelect(four, mapped[word], six.words[word]);
    types.push_back(ast::Type::ipv6());
    values.push_back(std::move(six));
  }
  std::array<llvm::Value*, 4> words;
  words.fill(builder_.getInt32(0));
  const auto layout = keyLayout(types);
  for (const KeyPiece& place : *layout) {
    llvm::Value* part = values[place.part].words[place.piece];
    if (place.shift != 0) part = builder_.CreateShl(part, place.shift);
    words[place.word] = builder_.CreateOr(words[place.word], part);
  }
  return words;
}

bool ExpressionEmitter::stableKey(const std::vector<ast::KeyPart>& key) const {
  bool all = true;
  const auto visit = [&](const ast::Expr& expr) {
    if (expr.kind == ast::ExprKind::FieldRef) all &= stable(ast::as<ast::FieldRef>(expr).field);
  };
  for (const ast::KeyPart& part : key) {
    ast::eachExpr(*part.value, visit);
    if (part.v6 != nullptr) ast::eachExpr(*part.v6, visit);
  }
  return all;
}

PresenceMask ExpressionEmitter::keyPresence(const std::vector<ast::KeyPart>& key) const {
  PresenceMask needed = 0;
  for (const ast::KeyPart& part : key)
    needed |= part.v6 == nullptr ? presenceOf(*part.value) : isa::kHasIp;
  return needed;
}

/// Finds a key in the table of a meter or state; the mode says whether it may be taken in and lives on. `byte`: what a shared state
/// of numbers becomes where one of these happens.
llvm::CallInst* ExpressionEmitter::learn(ast::MeterId id, const std::array<llvm::Value*, 4>& words, bool insert, bool touch, llvm::Value* byte) {
  const ast::Meter& meter = program_.meters[ast::index(id)];
  const ast::Keyed& keyed = meter.keyed;
  llvm::Value* now = builder_.getInt32(0);
  // Bits 55 to 24 of the time in ticks. It does not matter where keys stay for ever and none gives way.
  if (keyed.timeout != 0 || keyed.full == ast::WhenFull::Replace)
    now = builder_.CreateOr(builder_.CreateShl(packet_.read({isa::kWTimeHi, 0, 32}), 8),
                            builder_.CreateLShr(packet_.read({isa::kWTimeLo, 0, 32}), 24));
  const auto bit = [](isa::LearnMode mode) { return uint32_t{1} << static_cast<unsigned>(mode); };
  uint32_t mode = 0;
  if (insert) mode |= bit(isa::LearnMode::Insert);
  if (touch) mode |= bit(isa::LearnMode::Touch);
  if (insert && keyed.full == ast::WhenFull::Replace) mode |= bit(isa::LearnMode::Replace);
  if (keyed.timeout == 0) mode |= bit(isa::LearnMode::Ever);
  // The home shows what it writes; the other direction looks at what it was shown.
  if (meter.home && (insert || touch || *meter.home != direction_)) mode |= bit(isa::LearnMode::Share);
  if (meter.home && !meter.type.isBool()) mode |= bit(isa::LearnMode::Byte);
  const auto timeout = static_cast<uint32_t>(std::max<uint64_t>(1, keyed.timeout));
  return builder_.CreateCall(
      objects_.learned(id, direction_),
      {words[0], words[1], words[2], words[3], now, byte, builder_.getInt32(timeout), builder_.getInt32(mode)});
}

/// Where the key is: learn it; a key that was there takes a step, a new one is charged from 0, which
/// conforms.
llvm::Value* ExpressionEmitter::keyedTest(const ast::MeterTest& test, PresenceMask known) {
  const ast::Meter& meter = program_.meters[ast::index(test.meter)];
  const PresenceMask needed = keyPresence(test.key);
  if (contradicts(needed | known)) return builder_.getFalse();

  llvm::BasicBlock* done = newBlock("metered");
  std::vector<std::pair<llvm::BasicBlock*, llvm::Value*>> answers;
  const auto answer = [&](llvm::Value* conforms) {
    answers.emplace_back(builder_.GetInsertBlock(), test.exceeds ? builder_.CreateNot(conforms) : conforms);
    builder_.CreateBr(done);
  };
  if (untested(needed, known) != 0) {
    llvm::BasicBlock* keyed = newBlock("keyed");
    llvm::Value* has_key = present(needed, known);
    answers.emplace_back(builder_.GetInsertBlock(), builder_.getFalse());
    builder_.CreateCondBr(has_key, keyed, done);
    builder_.SetInsertPoint(keyed);
    known |= closure(needed);
  }
  llvm::CallInst* learned = learn(test.meter, keyWords(test.meter, test.key, known), true, true, builder_.getInt32(0));
  llvm::Value* slot = builder_.CreateExtractValue(learned, 1);
  llvm::BasicBlock* old = newBlock("old");
  llvm::BasicBlock* other = newBlock("other");
  builder_.CreateCondBr(builder_.CreateExtractValue(learned, 0), old, other);
  builder_.SetInsertPoint(old);
  answer(emitStep(test.meter, slot, stepFor(meter)));

  builder_.SetInsertPoint(other);
  if (meter.keyed.full != ast::WhenFull::Replace) {
    llvm::BasicBlock* fresh = newBlock("fresh");
    llvm::Value* refused = builder_.CreateICmpSLT(slot, builder_.getInt32(0));
    const bool conforms = meter.keyed.full == ast::WhenFull::Within;
    answers.emplace_back(other, builder_.getInt1(conforms != test.exceeds));
    builder_.CreateCondBr(refused, done, fresh);
    builder_.SetInsertPoint(fresh);
  }
  Step first = stepFor(meter);
  if (meter.kind == ast::MeterKind::Rate) first.a = builder_.CreateAdd(first.b, first.a);
  first.b = first.limit = builder_.getInt64(0);
  first.code = stepOf(isa::StateOp::Set, isa::StateOp::Keep, isa::StateRel::Always);
  emitStep(test.meter, slot, first);
  answer(builder_.getTrue());

  return joinAnswers(test.range, done, answers);
}

llvm::Value* ExpressionEmitter::joinAnswers(const SourceRange& range, llvm::BasicBlock* done,
                                            const std::vector<std::pair<llvm::BasicBlock*, llvm::Value*>>& answers) {
  builder_.SetInsertPoint(done);
  builder_.SetCurrentDebugLocation(locate_(range));
  llvm::PHINode* result = builder_.CreatePHI(builder_.getInt1Ty(), static_cast<unsigned>(answers.size()));
  for (const auto& [block, value] : answers) result->addIncoming(value, block);
  return result;
}

}  // namespace norman::codegen
