// The overlay's entry in LLVM's target registry.
#pragma once

namespace llvm {
class Target;
Target& getTheNormanTarget();
}  // namespace llvm
