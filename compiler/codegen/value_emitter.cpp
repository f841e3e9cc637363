// Literals, fields, arithmetic and comparisons as values.
#include <algorithm>

#include "compiler/codegen/calls.h"
#include "compiler/codegen/expression_emitter.h"

namespace norman::codegen {

using ast::as;
using ast::CompareOp;
using ast::Expr;
using ast::ExprKind;
using ast::TypeKind;

Value ExpressionEmitter::literal(const ast::Type& type, const ast::Bits128& bits) {
  const auto word = [&](uint64_t v) { return builder_.getInt32(static_cast<uint32_t>(v)); };
  switch (type.kind) {
    case TypeKind::Bool:
      return {type, 0, {builder_.getInt1(bits.lo != 0)}};
    case TypeKind::Ipv4:
      return {type, 0, {word(bits.lo)}};
    case TypeKind::Mac:
      return {type, 0, {word(bits.lo >> 32), word(bits.lo)}};
    case TypeKind::Ipv6:
      return {type, 0, {word(bits.hi >> 32), word(bits.hi), word(bits.lo >> 32), word(bits.lo)}};
    case TypeKind::Int:
      if (type.bits == 64) return {type, 0, {builder_.getInt64(bits.lo)}};
      return {type, 0, {word(bits.lo)}};
  }
  llvm_unreachable("type");
}

Value ExpressionEmitter::value(const Expr& expr, PresenceMask known) {
  const auto place = [&] { builder_.SetCurrentDebugLocation(locate_(expr.range)); };
  switch (expr.kind) {
    case ExprKind::Literal:
      return literal(expr.type, as<ast::Literal>(expr).value);
    case ExprKind::LocalRef:
      return locals_.at(as<ast::LocalRef>(expr).local);
    case ExprKind::FieldRef: {
      if (expr.type.isBool()) break;
      place();
      const ast::Field& field = ast::field(as<ast::FieldRef>(expr).field);
      Value result{expr.type, field.presence_mask, {}};
      for (const Slice& slice : slicesOf(field)) result.words.push_back(packet_.read(slice));
      if (expr.type.isInt() && expr.type.bits == 64) {
        if (result.words.size() == 1)
          return {expr.type, result.presence, {builder_.CreateZExt(result.words[0], builder_.getInt64Ty())}};
        llvm::Value* high =
            builder_.CreateShl(builder_.CreateZExt(result.words[0], builder_.getInt64Ty()), 32);
        result.words = {builder_.CreateOr(high, builder_.CreateZExt(result.words[1], builder_.getInt64Ty()))};
      }
      return result;
    }
    case ExprKind::Widen: {
      Value inner = value(*as<ast::Widen>(expr).operand, known);
      place();
      return {expr.type,
              inner.presence,
              {builder_.CreateZExt(inner.words[0], builder_.getInt64Ty())},
              inner.found};
    }
    case ExprKind::RawRead:
      return rawRead(as<ast::RawRead>(expr), known);
    case ExprKind::Arith:
      return arith(as<ast::Arith>(expr), known);
    case ExprKind::MapValue:
      return mapValue(as<ast::MapValue>(expr), known);
    case ExprKind::StateValue:
      return stateValue(as<ast::StateValue>(expr), known);
    case ExprKind::Present:
    case ExprKind::Compare:
    case ExprKind::InSet:
    case ExprKind::InTable:
    case ExprKind::OwnerTest:
    case ExprKind::MeterTest:
    case ExprKind::Not:
    case ExprKind::And:
    case ExprKind::Or:
      break;
  }
  // A condition.
  place();
  if (!needsBranches(expr) || expr.kind == ExprKind::MeterTest)
    return {expr.type, 0, {condition({&expr, false}, known)}};
  llvm::BasicBlock* yes = newBlock("true");
  llvm::BasicBlock* no = newBlock("false");
  llvm::BasicBlock* done = newBlock("known");
  branch(expr, known, yes, no);
  for (llvm::BasicBlock* block : {yes, no}) {
    builder_.SetInsertPoint(block);
    builder_.CreateBr(done);
  }
  builder_.SetInsertPoint(done);
  place();
  llvm::PHINode* result = builder_.CreatePHI(builder_.getInt1Ty(), 2);
  result->addIncoming(builder_.getTrue(), yes);
  result->addIncoming(builder_.getFalse(), no);
  return {expr.type, 0, {result}};
}

Value ExpressionEmitter::rawRead(const ast::RawRead& expr, PresenceMask known) {
  const Value index = value(*expr.index, known);
  builder_.SetCurrentDebugLocation(locate_(expr.range));
  // A constant is the offset, anything else the index.
  const bool constant = expr.index->kind == ExprKind::Literal;
  llvm::Type* word = builder_.getInt32Ty();
  llvm::FunctionCallee gather = declareCall(*builder_.GetInsertBlock()->getModule(), "gather", llvm::StructType::get(builder_.getInt1Ty(), word),
                                            {word, word, word, word});
  auto* function = llvm::cast<llvm::Function>(gather.getCallee());
  function->setMemoryEffects(llvm::MemoryEffects::none());
  function->addFnAttr(llvm::Attribute::Speculatable);
  const auto size = expr.bytes == 1 ? isa::GatherSize::Byte : expr.bytes == 2 ? isa::GatherSize::Half : isa::GatherSize::Word;
  llvm::Value* read = builder_.CreateCall(
      gather, {builder_.getInt32(static_cast<uint32_t>(expr.base)), builder_.getInt32(static_cast<uint32_t>(size)),
               constant ? builder_.getInt32(0) : index.words[0], constant ? index.words[0] : builder_.getInt32(0)});
  llvm::Value* there = builder_.CreateExtractValue(read, 0);
  if (index.found != nullptr) there = builder_.CreateAnd(index.found, there);
  return {expr.type, index.presence, {builder_.CreateExtractValue(read, 1)}, there};
}

Value ExpressionEmitter::arith(const ast::Arith& expr, PresenceMask known) {
  const Value left = value(*expr.lhs, known);
  const Value right = value(*expr.rhs, known);
  builder_.SetCurrentDebugLocation(locate_(expr.range));
  llvm::Value* a = left.words[0];
  llvm::Value* b = right.words[0];
  const auto result = [&]() -> llvm::Value* {
    switch (expr.op) {
      case ast::ArithOp::Add:
        return builder_.CreateAdd(a, b);
      case ast::ArithOp::Sub:
        return builder_.CreateSub(a, b);
      case ast::ArithOp::Mul:
        return builder_.CreateMul(a, b);
      case ast::ArithOp::And:
        return builder_.CreateAnd(a, b);
      case ast::ArithOp::Or:
        return builder_.CreateOr(a, b);
      case ast::ArithOp::Xor:
        return builder_.CreateXor(a, b);
      case ast::ArithOp::Shl:
        return builder_.CreateShl(a, b);
      case ast::ArithOp::Shr:
        return builder_.CreateLShr(a, b);
      case ast::ArithOp::Min:
        return builder_.CreateSelect(builder_.CreateICmpULT(a, b), a, b);
      case ast::ArithOp::Max:
        return builder_.CreateSelect(builder_.CreateICmpULT(a, b), b, a);
    }
    llvm_unreachable("operator");
  }();
  return {expr.type, left.presence | right.presence, {result}, foundAll({left, right})};
}

llvm::Value* ExpressionEmitter::equal(const Value& lhs, const Value& rhs) {
  std::vector<llvm::Value*> parts;
  for (size_t i = 0; i < lhs.words.size(); ++i)
    parts.push_back(builder_.CreateICmpEQ(lhs.words[i], rhs.words[i]));
  return join(std::move(parts), true);
}

/// From the least significant word on: where two words are equal, what the lower ones said stands.
llvm::Value* ExpressionEmitter::lessThan(const Value& lhs, const Value& rhs, bool or_equal) {
  llvm::Value* result = builder_.getInt1(or_equal);
  for (size_t i = lhs.words.size(); i-- > 0;) {
    if (i + 1 == lhs.words.size()) {
      result = builder_.CreateICmp(or_equal ? llvm::CmpInst::ICMP_ULE : llvm::CmpInst::ICMP_ULT, lhs.words[i],
                                   rhs.words[i]);
      continue;
    }
    llvm::Value* same = builder_.CreateICmpEQ(lhs.words[i], rhs.words[i]);
    llvm::Value* less = builder_.CreateICmpULT(lhs.words[i], rhs.words[i]);
    result = builder_.CreateSelect(same, result, less);
  }
  return result;
}

llvm::Value* ExpressionEmitter::compare(CompareOp op, const Value& lhs, const Value& rhs) {
  switch (op) {
    case CompareOp::Eq:
      return equal(lhs, rhs);
    case CompareOp::Ne: {
      std::vector<llvm::Value*> parts;
      for (size_t i = 0; i < lhs.words.size(); ++i)
        parts.push_back(builder_.CreateICmpNE(lhs.words[i], rhs.words[i]));
      return join(std::move(parts), false);
    }
    case CompareOp::Lt:
      return lessThan(lhs, rhs, false);
    case CompareOp::Le:
      return lessThan(lhs, rhs, true);
    case CompareOp::Gt:
      return lessThan(rhs, lhs, false);
    case CompareOp::Ge:
      return lessThan(rhs, lhs, true);
  }
  llvm_unreachable("compare operator");
}

}  // namespace norman::codegen
