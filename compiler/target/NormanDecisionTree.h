// Chains of conditions, as rules make them, become decision trees.
#pragma once

#include <memory>

namespace llvm {

class Function;

/// Trees that were grown. A program is compiled several times until it fits, with the same chains in it: the same chain has the
/// same tree.
class NormanTreeCache {
 public:
  NormanTreeCache();
  ~NormanTreeCache();
  struct Trees;
  Trees& trees() { return *Known; }

 private:
  std::unique_ptr<Trees> Known;
};

/// Rebuilds chains of branches on constants where a tree makes the longest path shorter by so many stages.
/// Entry words must have been loaded once each, so that equal fields are equal values.
void growDecisionTrees(Function& F, int LeastGain, NormanTreeCache& Cache);

}  // namespace llvm
