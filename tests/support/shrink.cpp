// The steps of the shrinker, from the coarse to the fine.
#include "tests/support/shrink.h"

#include <utility>

namespace norman::test {
namespace {

class Shrinker {
 public:
  Shrinker(Case failing, const StillFails& still_fails, int tries)
      : best_(std::move(failing)), still_fails_(still_fails), tries_(tries) {}

  Case run() {
    for (bool progress = true; progress && tries_ > 0;) {
      progress = packets();
      progress |= policies();
      progress |= settings();
      progress |= expressions();
      progress |= declarations();
      progress |= metadata();
    }
    return std::move(best_);
  }

 private:
  // Keeps a candidate that still fails.
  bool attempt(Case candidate) {
    if (tries_-- <= 0 || !still_fails_(candidate)) return false;
    best_ = std::move(candidate);
    return true;
  }

  // Removes elements from a list of the case, large runs first.
  template <typename List>
  bool removeFrom(List list) {
    bool progress = false;
    for (size_t run = list(best_).size(); run > 0; run /= 2)
      for (size_t at = 0; at + run <= list(best_).size();) {
        Case candidate = best_;
        auto& items = list(candidate);
        items.erase(items.begin() + static_cast<long>(at), items.begin() + static_cast<long>(at + run));
        if (attempt(std::move(candidate))) progress = true;
        else ++at;
      }
    return progress;
  }

  bool packets() {
    return removeFrom([](Case& c) -> std::vector<Packet>& { return c.packets; });
  }

  bool declarations() {
    return removeFrom([](Case& c) -> std::vector<std::string>& { return c.text.declarations; });
  }

  // The statements of policies, then of chains.
  static std::vector<StatementText>& list(ProgramText& text, size_t number) {
    const size_t policies = text.policies.size();
    return number < policies ? text.policies[number].statements : text.chains[number - policies].statements;
  }

  bool policies() {
    bool progress = removeFrom([](Case& c) -> std::vector<PolicyText>& { return c.text.policies; });
    progress |= removeFrom([](Case& c) -> std::vector<ChainText>& { return c.text.chains; });
    for (size_t p = 0; p < best_.text.policies.size(); ++p)
      progress |= removeFrom([p](Case& c) -> std::vector<std::string>& { return c.text.policies[p].hooks; });
    for (size_t l = 0; l < best_.text.policies.size() + best_.text.chains.size(); ++l) {
      progress |= removeFrom([l](Case& c) -> std::vector<StatementText>& { return list(c.text, l); });
      for (size_t s = 0; s < list(best_.text, l).size(); ++s)
        progress |= removeFrom([l, s](Case& c) -> std::vector<Term>& { return list(c.text, l)[s].actions; });
    }
    return progress;
  }

  bool settings() {
    bool progress = false;
    for (size_t p = 0; p < best_.text.policies.size(); ++p) {
      const auto change = [&](auto edit) {
        Case candidate = best_;
        PolicyText& policy = candidate.text.policies[p];
        const std::string before = print(candidate.text);
        edit(policy);
        if (print(candidate.text) != before) progress |= attempt(std::move(candidate));
      };
      change([](PolicyText& policy) { policy.priority = 0; });
      change([](PolicyText& policy) { policy.scopes.clear(); });
      change([](PolicyText& policy) { policy.default_verdict.clear(); });
    }
    return progress;
  }

  // All terms of the program, each reached through the list of positions that leads to it.
  template <typename Visit>
  static void eachTerm(ProgramText& text, Visit visit) {
    for (size_t l = 0; l < text.policies.size() + text.chains.size(); ++l)
      for (StatementText& statement : list(text, l)) {
        below(statement.expression, visit);
        for (Term& action : statement.actions) below(action, visit);
      }
  }
  template <typename Visit>
  static void below(Term& term, Visit& visit) {
    visit(term);
    for (Term& part : term.parts) below(part, visit);
  }
  static Term* termAt(ProgramText& text, size_t wanted) {
    Term* found = nullptr;
    size_t number = 0;
    eachTerm(text, [&](Term& term) {
      if (number++ == wanted) found = &term;
    });
    return found;
  }

  static std::vector<Term> simpler(const Term& term) {
    std::vector<Term> options;
    const auto literal = [&](const char* text) {
      if (term.text != text) options.push_back({term.sort, text, {}});
    };
    if (term.sort == 'b' && term.text != "true") {
      if (term.text != "false") literal("true");
      literal("false");
    }
    if (term.sort == 'i' && !term.parts.empty()) literal("1");
    for (const Term& part : term.parts)
      if (part.sort == term.sort) options.push_back(part);
    return options;
  }

  bool expressions() {
    bool progress = false;
    for (size_t number = 0;; ++number) {
      const Term* term = termAt(best_.text, number);
      if (term == nullptr) return progress;
      for (const Term& option : simpler(*term)) {
        Case candidate = best_;
        *termAt(candidate.text, number) = option;
        if (!attempt(std::move(candidate))) continue;
        progress = true;
        break;
      }
      if (tries_ <= 0) return progress;
    }
  }

  bool metadata() {
    bool progress = false;
    for (size_t p = 0; p < best_.packets.size(); ++p) {
      const auto change = [&](auto edit) {
        Case candidate = best_;
        edit(candidate.packets[p]);
        if (candidate.packets[p] == best_.packets[p]) return false;
        const bool smaller = attempt(std::move(candidate));
        progress |= smaller;
        return smaller;
      };
      change([](Packet& packet) { packet.owner.reset(); });
      change([](Packet& packet) { packet.socket.reset(); });
      change([](Packet& packet) { packet.mark = 0; });
      change([](Packet& packet) { packet.random = 0; });
      change([](Packet& packet) { packet.wall_s = 0; });
      change([](Packet& packet) { packet.time_ns = 0; });
      change([](Packet& packet) { packet.iface.clear(); });
      change([](Packet& packet) { packet.oif.clear(); });
      for (size_t cut = best_.packets[p].frame.size() / 2; cut > 0; cut /= 2)
        while (best_.packets[p].frame.size() >= cut &&
               change([cut](Packet& packet) { packet.frame.resize(packet.frame.size() - cut); })) {
        }
      for (size_t at = 0; at < best_.packets[p].frame.size() && tries_ > 0; ++at)
        change([at](Packet& packet) { packet.frame[at] = 0; });
    }
    return progress;
  }

  Case best_;
  const StillFails& still_fails_;
  int tries_;
};

}  // namespace

Case shrink(Case failing, const StillFails& still_fails, int tries) {
  return Shrinker(std::move(failing), still_fails, tries).run();
}

}  // namespace norman::test
