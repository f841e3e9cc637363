// What every shrinker does: keeps candidates that still fail, and takes elements out of lists, large runs first.
//
// A. Zeller, R. Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (2002), without its complements.
#pragma once

#include <cstddef>
#include <functional>
#include <utility>

namespace norman::test {

/// Holds the smallest case that still fails; asks `still_fails` at most `tries` times.
template <typename Case>
class Reducer {
 protected:
  using StillFails = std::function<bool(const Case&)>;

  Reducer(Case failing, StillFails still_fails, int tries) : best_(std::move(failing)), still_fails_(std::move(still_fails)), tries_(tries) {}

  bool triesLeft() const { return tries_ > 0; }

  /// Keeps a candidate that still fails.
  bool attempt(Case candidate) {
    if (tries_-- <= 0 || !still_fails_(candidate)) return false;
    best_ = std::move(candidate);
    return true;
  }

  /// Removes elements from the vector that `list` finds in a case. Returns whether any could go.
  template <typename List>
  bool removeFrom(List list) {
    bool progress = false;
    for (size_t run = list(best_).size(); run > 0; run /= 2)
      for (size_t at = 0; at + run <= list(best_).size();) {
        Case candidate = best_;
        auto& items = list(candidate);
        items.erase(items.begin() + static_cast<long>(at), items.begin() + static_cast<long>(at + run));
        if (attempt(std::move(candidate)))
          progress = true;
        else
          at += run;
      }
    return progress;
  }

  Case best_;

 private:
  StillFails still_fails_;
  int tries_;
};

}  // namespace norman::test
