// Takes away whatever a failing case does not need.
#include <algorithm>

#include "tests/oracle/trial.h"

namespace norman::oracle {
namespace {

class Shrinker {
 public:
  Shrinker(Trial& trial, const Case& failing, Comparison::Kind kind, bool with_rtl, int tries)
      : trial_(trial), best_(failing), kind_(kind), with_rtl_(with_rtl), tries_(tries) {}

  Case run() {
    for (bool progress = true; progress && tries_ > 0;) {
      progress = probes();
      progress |= tables();
      progress |= rules();
      progress |= conditions();
      progress |= bytes();
    }
    return std::move(best_);
  }

 private:
  bool attempt(Case candidate) {
    if (tries_-- <= 0 || trial_.compare(candidate, with_rtl_).kind != kind_) return false;
    best_ = std::move(candidate);
    return true;
  }

  // Removes elements of a list of the case, large runs first.
  template <typename List>
  bool removeFrom(List list) {
    bool progress = false;
    for (size_t run = list(best_).size(); run > 0; run /= 2)
      for (size_t at = 0; at + run <= list(best_).size();) {
        Case candidate = best_;
        auto& items = list(candidate);
        items.erase(items.begin() + static_cast<long>(at), items.begin() + static_cast<long>(at + run));
        if (attempt(std::move(candidate))) progress = true;
        else at += run;
      }
    return progress;
  }

  bool probes() {
    // One probe alone is nearly always enough.
    if (best_.probes.size() > 1) {
      const std::vector<size_t> wrong = trial_.compare(best_, with_rtl_).wrong;
      if (!wrong.empty()) {
        Case candidate = best_;
        candidate.probes = {best_.probes[wrong[0]]};
        if (attempt(std::move(candidate))) return true;
      }
    }
    return removeFrom([](Case& c) -> std::vector<Probe>& { return c.probes; });
  }

  bool tables() {
    if (best_.ruleset.tables.size() < 2) return false;
    return removeFrom([](Case& c) -> std::vector<Table>& { return c.ruleset.tables; });
  }

  // Calls `visit(table, chain)` for each chain there is; the numbers stay valid as long as chains stay.
  template <typename Visit>
  bool eachChain(Visit visit) {
    bool progress = false;
    for (size_t t = 0; t < best_.ruleset.tables.size(); ++t)
      for (size_t c = 0; c < best_.ruleset.tables[t].chains.size(); ++c) progress |= visit(t, c);
    return progress;
  }

  bool rules() {
    bool progress = eachChain([&](size_t t, size_t c) {
      return removeFrom([t, c](Case& of) -> std::vector<Rule>& { return of.ruleset.tables[t].chains[c].rules; });
    });
    for (size_t t = 0; t < best_.ruleset.tables.size(); ++t)
      for (size_t c = best_.ruleset.tables[t].chains.size(); c-- > 0;) {
        const std::string name = best_.ruleset.tables[t].chains[c].name;
        if (isCalled(best_.ruleset.tables[t], name)) continue;
        Case candidate = best_;
        auto& chains = candidate.ruleset.tables[t].chains;
        chains.erase(chains.begin() + static_cast<long>(c));
        progress |= attempt(std::move(candidate));
      }
    return progress;
  }

  static bool isCalled(const Table& table, const std::string& name) {
    return std::any_of(table.chains.begin(), table.chains.end(), [&](const Chain& chain) {
      return std::any_of(chain.rules.begin(), chain.rules.end(), [&](const Rule& rule) { return rule.target.chain == name; });
    });
  }

  bool conditions() {
    return eachChain([&](size_t t, size_t c) {
      bool progress = false;
      for (size_t r = 0; r < best_.ruleset.tables[t].chains[c].rules.size(); ++r) {
        const auto rule = [t, c, r](Case& of) -> Rule& { return of.ruleset.tables[t].chains[c].rules[r]; };
        progress |= removeFrom([&](Case& of) -> std::vector<Module>& { return rule(of).modules; });
        for (size_t m = 0; m < rule(best_).modules.size(); ++m) {
          if (rule(best_).modules[m].options.size() > 1)
            progress |= removeFrom([&](Case& of) -> std::vector<Option>& { return rule(of).modules[m].options; });
          for (size_t o = 0; o < rule(best_).modules[m].options.size(); ++o)
            if (rule(best_).modules[m].options[o].spans.size() > 2)
              progress |= removeFrom([&](Case& of) -> std::vector<Span>& { return rule(of).modules[m].options[o].spans; });
        }
        progress |= removeFrom([&](Case& of) -> std::vector<Option>& { return rule(of).options; });
        if (rule(best_).counted) {
          Case candidate = best_;
          rule(candidate).counted = false;
          progress |= attempt(std::move(candidate));
        }
      }
      return progress;
    });
  }

  // Payload that nothing looks at. The lengths in the headers stay, so this only finds padding; it costs little.
  bool bytes() {
    bool progress = false;
    for (size_t p = 0; p < best_.probes.size(); ++p)
      while (best_.probes[p].frame.size() > 64) {
        Case candidate = best_;
        candidate.probes[p].frame.resize(candidate.probes[p].frame.size() - 1);
        if (!attempt(std::move(candidate))) break;
        progress = true;
      }
    return progress;
  }

  Trial& trial_;
  Case best_;
  Comparison::Kind kind_;
  bool with_rtl_;
  int tries_;
};

}  // namespace

Case shrink(Trial& trial, const Case& failing, Comparison::Kind kind, bool with_rtl, int tries) {
  return Shrinker(trial, failing, kind, with_rtl, tries).run();
}

}  // namespace norman::oracle
