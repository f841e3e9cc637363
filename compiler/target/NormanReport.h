// Names of the resources in the report, and where they stand in the image's strings.
#pragma once

#include <cstdint>

namespace llvm {

class Module;

enum class NormanResource {
  Stages,
  Rows,
  Lanes,
  Registers,
  Predicates,
  EntryWords,
  EventSlots,
  TableEntries,
  RuleEntries,
  StateWords
};

/// Appends the names to `.norman.strings` and notes their offsets in the module. Call once, before code
/// generation.
void addNormanResourceNames(Module& M);

/// Offset of a name in `.norman.strings`.
uint32_t normanResourceName(const Module& M, NormanResource Resource);

}  // namespace llvm
