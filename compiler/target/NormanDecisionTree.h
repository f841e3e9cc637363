// Chains of conditions, as rules make them, become decision trees.
#pragma once

namespace llvm {

class Function;

/// Rebuilds chains of branches on constants where a tree makes the longest path shorter by so many stages.
/// Entry words must have been loaded once each, so that equal fields are equal values.
void growDecisionTrees(Function& F, int LeastGain);

}  // namespace llvm
