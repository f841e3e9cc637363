// Policies as host code: the IR of overlay_rtl/spec/ir.md, compiled by LLVM's JIT.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/Error.h>

#include "overlay_rtl/model/core_device.h"

namespace norman::native {

struct EventCount {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  friend bool operator==(const EventCount&, const EventCount&) = default;
};

/// Both programs of a module, with tables, meters and event counters of their own.
///
/// It shares the exit record with the overlay's executions and nothing else: lookups, state steps and events are
/// done here, apart from the model.
class NativeProgram {
 public:
  /// Takes a module generated with context address space 0. Fails when the module uses what ir.md does not have.
  static llvm::Expected<std::unique_ptr<NativeProgram>> create(std::unique_ptr<llvm::LLVMContext> context,
                                                               std::unique_ptr<llvm::Module> module);
  ~NativeProgram();

  /// Whether some policy hooks into this direction; without one every packet passes.
  bool has(isa::Program program) const;
  /// Runs one packet. Events fill the record's slots in the order of the source.
  ExitRecord run(isa::Program program, const EntryWords& words);

  EventCount eventCount(isa::Program program, std::uint32_t id) const;
  /// The word of a meter; nothing when the program has none of this name.
  std::uint64_t stateWord(isa::Program program, std::string_view object) const;

 private:
  struct Runtime;
  explicit NativeProgram(std::unique_ptr<Runtime> runtime);
  std::unique_ptr<Runtime> runtime_;
};

}  // namespace norman::native
