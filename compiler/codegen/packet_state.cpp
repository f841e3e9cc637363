// Reading and rewriting fields in the IR.
#include "compiler/codegen/packet_state.h"

#include <llvm/Analysis/SimplifyQuery.h>
#include <llvm/Analysis/ValueTracking.h>
#include <llvm/IR/Module.h>

#include <bit>
#include <cassert>

#include "compiler/codegen/calls.h"
#include "norman/spec/isa.h"

namespace norman::codegen {
namespace {

constexpr uint32_t lowBits(unsigned count) { return count >= 32 ? ~uint32_t{0} : (uint32_t{1} << count) - 1; }

}  // namespace

Slice targetSlice(unsigned target) {
  switch (target) {
    case isa::kTEthDstHi:
      return {isa::kWEthHi, 16, 16};
    case isa::kTEthDst:
      return {isa::kWEthDst, 0, 32};
    case isa::kTEthSrcHi:
      return {isa::kWEthHi, 0, 16};
    case isa::kTEthSrc:
      return {isa::kWEthSrc, 0, 32};
    case isa::kTVlanTci:
      return {isa::kWEthType, 16, 16};
    case isa::kTTos:
      return {isa::kWL3, 16, 8};
    case isa::kTTtl:
      return {isa::kWL3, 8, 8};
    case isa::kTSrc0:
    case isa::kTSrc1:
    case isa::kTSrc2:
    case isa::kTSrc3:
      return {isa::kWSrc0 + (target - isa::kTSrc0), 0, 32};
    case isa::kTDst0:
    case isa::kTDst1:
    case isa::kTDst2:
    case isa::kTDst3:
      return {isa::kWDst0 + (target - isa::kTDst0), 0, 32};
    case isa::kTSport:
      return {isa::kWPorts, 16, 16};
    case isa::kTDport:
      return {isa::kWPorts, 0, 16};
    case isa::kTMark:
      return {isa::kWMark, 0, 32};
    default:
      return {0, 0, 0};  // targets that no field of the language names
  }
}

llvm::SmallVector<Slice, 4> slicesOf(const ast::Field& field) {
  switch (field.width) {
    case 48: {
      Slice high{field.word - 1u, 0, 16};
      if (field.word == isa::kWEthDst) high = {isa::kWEthHi, 16, 16};
      if (field.word == isa::kWEthSrc) high = {isa::kWEthHi, 0, 16};
      return {high, {field.word, 0, 32}};
    }
    case 64:
      return {{field.word + 1u, 0, 32}, {field.word, 0, 32}};
    case 128:
      return {
          {field.word, 0, 32}, {field.word + 1u, 0, 32}, {field.word + 2u, 0, 32}, {field.word + 3u, 0, 32}};
    default:
      return {{field.word, field.lsb, field.width}};
  }
}

llvm::SmallVector<unsigned, 4> targetsOf(const ast::Field& field) {
  assert(field.target >= 0);
  const auto first = static_cast<unsigned>(field.target);
  switch (field.width) {
    case 48:
      return {first - 1, first};
    case 128:
      return {first, first + 1, first + 2, first + 3};
    default:
      return {first};
  }
}

uint32_t targetMask(const ast::Field& field) {
  uint32_t mask = 0;
  for (const unsigned target : targetsOf(field)) mask |= uint32_t{1} << target;
  return mask;
}

void PacketState::declareWritten(uint32_t targets) {
  for (uint32_t rest = targets; rest != 0; rest &= rest - 1) {
    const auto target = static_cast<unsigned>(std::countr_zero(rest));
    const auto name = isa::kExitTargetNames[target];
    Variable& variable = variables_[target];
    variable.value = builder_.CreateAlloca(builder_.getInt32Ty(), nullptr, llvm::StringRef(name));
    variable.exit =
        builder_.CreateAlloca(builder_.getInt32Ty(), nullptr, llvm::Twine(llvm::StringRef(name)) + ".exit");
    builder_.CreateStore(readEntry(targetSlice(target)), variable.value);
    builder_.CreateStore(llvm::PoisonValue::get(builder_.getInt32Ty()), variable.exit);
  }
}

llvm::Value* PacketState::load(unsigned byte, unsigned bytes) {
  if (loaded_block_ != builder_.GetInsertBlock()) {
    loaded_block_ = builder_.GetInsertBlock();
    loaded_.clear();
  }
  llvm::Value*& value = loaded_[{byte, bytes}];
  if (value == nullptr) {
    llvm::Type* type = builder_.getIntNTy(8 * bytes);
    llvm::Value* address =
        byte == 0 ? context_ : builder_.CreateConstInBoundsGEP1_32(builder_.getInt8Ty(), context_, byte);
    value = builder_.CreateAlignedLoad(type, address, llvm::Align(bytes));
    value = builder_.CreateZExt(value, builder_.getInt32Ty());
  }
  return value;
}

llvm::Value* PacketState::readEntry(const Slice& slice) {
  // The smallest byte, half or word that holds the bits: the machine's operands can select these for free.
  unsigned size = 32;
  for (const unsigned candidate : {8u, 16u})
    if (slice.lsb / candidate == (slice.lsb + slice.width - 1) / candidate) {
      size = candidate;
      break;
    }
  const unsigned container = slice.lsb / size * size;
  llvm::Value* value = load(4 * slice.word + container / 8, size / 8);
  value = builder_.CreateLShr(value, slice.lsb - container);
  if (slice.lsb + slice.width < container + size) value = builder_.CreateAnd(value, lowBits(slice.width));
  return value;
}

llvm::Value* PacketState::read(const Slice& slice) {
  for (unsigned target = 0; target < variables_.size(); ++target) {
    if (variables_[target].value == nullptr) continue;
    const Slice whole = targetSlice(target);
    if (whole.word != slice.word || slice.lsb < whole.lsb ||
        slice.lsb + slice.width > whole.lsb + whole.width)
      continue;
    llvm::Value* value = builder_.CreateLoad(builder_.getInt32Ty(), variables_[target].value);
    value = builder_.CreateLShr(value, slice.lsb - whole.lsb);
    if (slice.lsb + slice.width < whole.lsb + whole.width)
      value = builder_.CreateAnd(value, lowBits(slice.width));
    return value;
  }
  return readEntry(slice);
}

bool PacketState::rewritten(unsigned word, uint32_t mask) const {
  for (unsigned target = 0; target < variables_.size(); ++target) {
    const Slice whole = targetSlice(target);
    if (variables_[target].value != nullptr && whole.word == word &&
        (lowBits(whole.width) << whole.lsb & mask) != 0)
      return true;
  }
  return false;
}

void PacketState::write(unsigned target, const Slice& slice, llvm::Value* value) {
  const Slice whole = targetSlice(target);
  Variable& variable = variables_[target];
  assert(variable.value != nullptr && "the target is not in the list of written ones");
  const llvm::SimplifyQuery layout(module_.getDataLayout());
  if (slice.width < 32 && !llvm::MaskedValueIsZero(value, llvm::APInt(32, ~lowBits(slice.width)), layout))
    value = builder_.CreateAnd(value, lowBits(slice.width));
  if (slice.width != whole.width) {
    const unsigned shift = slice.lsb - whole.lsb;
    llvm::Value* rest = builder_.CreateLoad(builder_.getInt32Ty(), variable.value);
    rest = builder_.CreateAnd(rest, lowBits(whole.width) & ~(lowBits(slice.width) << shift));
    value = builder_.CreateOr(rest, builder_.CreateShl(value, shift));
  }
  builder_.CreateStore(value, variable.value);
  builder_.CreateStore(value, variable.exit);
  llvm::FunctionCallee rewrite =
      declareCall(module_, "rewrite", builder_.getVoidTy(), {builder_.getInt32Ty()});
  builder_.CreateCall(rewrite, builder_.getInt32(target));
}

void PacketState::emitExit() {
  for (unsigned target = 0; target < variables_.size(); ++target) {
    if (variables_[target].exit == nullptr) continue;
    llvm::Value* value = builder_.CreateLoad(builder_.getInt32Ty(), variables_[target].exit);
    llvm::Type* i32 = builder_.getInt32Ty();
    builder_.CreateCall(declareCall(module_, "exit", builder_.getVoidTy(), {i32, i32}),
                        {builder_.getInt32(target), value});
  }
}

}  // namespace norman::codegen
