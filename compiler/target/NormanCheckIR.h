// Refuses IR that selection would die of.
#pragma once

namespace llvm {
class Module;

/// Reports through the module's context whatever breaks overlay_rtl/spec/ir.md; false if something does.
bool checkNormanIR(const Module& M);
}  // namespace llvm
