// How often the statements of a chain stand in a compiled policy: once for each place where it goes on
// afterwards.
#pragma once

#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include "compiler/ast/program.h"

namespace norman::ast {

/// A policy with its calls written out. A packet only moves forward, so a chain that two rules call and that
/// may end without a decision stands there twice, once before what follows each call. Calls share a copy when
/// the same thing follows them: `goto`, a call that ends its list, and all calls of a chain that always
/// decides.
struct ChainCopies {
  /// What follows a copy: the statement after a call, in the list that holds it; without a statement the end
  /// of the policy; kNever where a chain always decides.
  struct Place {
    size_t list = 0;
    const Statement* call = nullptr;
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  static constexpr size_t kNever = SIZE_MAX;

  struct Copy {
    ChainId chain{};
    Place then;
    size_t callers = 0;
  };
  /// Callers before the chains that they call.
  std::vector<Copy> copies;
  /// The copy that a call or goto leads to. Lists are numbered: 0 is the policy, n the copy n - 1.
  std::map<std::pair<size_t, const Statement*>, size_t> targets;
  /// Rules in all copies.
  size_t rules = 0;
  /// The copies have more rules than asked for; the rest is missing.
  bool too_many = false;
};

ChainCopies findChainCopies(const Policy& policy, size_t most_rules);

}  // namespace norman::ast
