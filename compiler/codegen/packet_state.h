// The packet as the program sees it: entry words, and what rewriting has made of them so far.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <tuple>

#include "compiler/ast/field.h"
#include "compiler/codegen/builder.h"

namespace norman::codegen {

/// A run of bits of an entry word.
struct Slice {
  unsigned word;
  unsigned lsb;
  unsigned width;
};

/// Where the 32-bit pieces of a field lie, most significant first: one for fields of a word, two for a mac
/// (16 and 32 bits) and a u64, four for an IPv6 address.
llvm::SmallVector<Slice, 4> slicesOf(const ast::Field& field);

/// The exit targets that take the pieces of a field, in the order of slicesOf(); the field must be writable.
llvm::SmallVector<unsigned, 4> targetsOf(const ast::Field& field);

/// The bits of the entry words that an exit target replaces; width 0 for those that no field names.
Slice targetSlice(unsigned target);

/// Bit n: exit target n takes a piece of the field.
uint32_t targetMask(const ast::Field& field);

/// Reads and writes fields at the builder's place.
///
/// A rewritten target lives in two variables (stack slots that promotion turns into registers and phis): its
/// value as rules read it, which starts as the entry word's, and its value for the exit, which starts as
/// poison so that a path that does not rewrite it costs nothing.
class PacketState {
 public:
  PacketState(Builder& builder, llvm::Module& module, llvm::Value* context)
      : builder_(builder), module_(module), context_(context) {}

  /// Makes the variables of the targets in the mask, all that the program rewrites, before anything reads or
  /// writes a field. The builder stands in the entry block.
  void declareWritten(uint32_t targets);

  /// The bits as an i32, zero-extended, after the rewriting so far.
  llvm::Value* read(const Slice& slice);
  /// As many low bits of an i32 as the slice has become the new value of the slice.
  void write(unsigned target, const Slice& slice, llvm::Value* value);
  /// Whether some rule of this program rewrites bits of the mask.
  bool rewritten(unsigned word, uint32_t mask) const;
  /// Hands the rewritten values over; the builder stands in the exit block.
  void emitExit();

  Builder& builder() { return builder_; }

 private:
  struct Variable {
    llvm::AllocaInst* value = nullptr;
    llvm::AllocaInst* exit = nullptr;
  };

  llvm::Value* load(unsigned byte, unsigned bytes);
  llvm::Value* readEntry(const Slice& slice);

  Builder& builder_;
  llvm::Module& module_;
  llvm::Value* context_;
  std::array<Variable, 24> variables_;
  // Loads of the block that the builder stands in: a block reads a word once.
  llvm::BasicBlock* loaded_block_ = nullptr;
  std::map<std::pair<unsigned, unsigned>, llvm::Value*> loaded_;
};

}  // namespace norman::codegen
