// Owners and interfaces: names of the host, which stand for predicate bits and numbers.
#include <algorithm>
#include <set>

#include "compiler/sema/checker.h"
#include "norman/spec/isa.h"

namespace norman {

using namespace ast;

bool Checker::checkOwnerName(OwnerAttribute attribute, std::string& name, const SourceRange& range) {
  constexpr size_t kMaxComm = 15;  // the kernel keeps 15 characters of a command's name
  constexpr size_t kMaxName = 255;
  constexpr size_t kMaxPath = 4095;
  if (name.empty()) {
    diagnostics_.report(DiagId::BadLiteral, range, "an empty name matches nothing");
    return false;
  }
  if (attribute == OwnerAttribute::Comm && name.size() > kMaxComm) {
    diagnostics_
        .report(DiagId::OutOfRange, range,
                "the kernel keeps " + std::to_string(kMaxComm) + " characters of a command's name, got " +
                    std::to_string(name.size()))
        .help("write \"" + name.substr(0, kMaxComm) + "\"");
    return false;
  }
  if (attribute == OwnerAttribute::Cgroup) {
    if (name[0] != '/') {
      diagnostics_.report(DiagId::BadLiteral, range, "a cgroup is a path that begins with '/'")
          .help("write \"/" + name + "\"");
      return false;
    }
    while (name.size() > 1 && name.back() == '/') name.pop_back();
  }
  const size_t most = attribute == OwnerAttribute::Cgroup ? kMaxPath : kMaxName;
  if (name.size() > most) {
    diagnostics_.report(DiagId::OutOfRange, range,
                        "this name has " + std::to_string(name.size()) + " characters, at most " +
                            std::to_string(most) + " are possible");
    return false;
  }
  return true;
}

ExprPtr Checker::ownerTest(const Value& symbol, std::vector<std::string> names, bool subtree, bool negated,
                           const SourceRange& range) {
  constexpr size_t kMaxPredicates = 64;  // bits of the owner predicate words of the contract
  if (names.empty() || neverKnown(symbol.text)) return makeBool(range, false);
  OwnerPredicate wanted;
  wanted.subject = symbol.subject;
  wanted.attribute = symbol.attribute;
  wanted.subtree = subtree;
  wanted.names = std::move(names);
  wanted.range = range;
  auto& all = program_.owner_predicates;
  auto found = std::find_if(all.begin(), all.end(),
                            [&](const OwnerPredicate& other) { return sameTest(wanted, other); });
  if (found == all.end() && !hook_) return std::make_unique<OwnerTest>(range, OwnerPredicateId{}, negated);
  if (found == all.end()) {
    if (all.size() >= kMaxPredicates) {
      if (!size_reported_)
        diagnostics_
            .report(DiagId::ResourceLimit, range,
                    "this is the " + std::to_string(all.size() + 1) +
                        "th distinct test of an owner, the overlay has " + std::to_string(kMaxPredicates) +
                        " owner predicates")
            .help("test several names at once: 'owner.user in {\"a\", \"b\"}' is one predicate");
      size_reported_ = true;
      return makeBool(range, false);
    }
    all.push_back(std::move(wanted));
    found = std::prev(all.end());
  }
  return std::make_unique<OwnerTest>(range, static_cast<OwnerPredicateId>(found - all.begin()), negated);
}

uint64_t Checker::interfaceNumber(const std::string& name) {
  const auto [place, fresh] = interfaces_.try_emplace(name, program_.interfaces.size() + 1);
  if (fresh) program_.interfaces.push_back(name);
  return place->second;
}

bool Checker::isInterfacePattern(const std::string& name) { return name.ends_with('*'); }

/// The numbers of all interfaces that a pattern takes in: its own block, and those of what is named more exactly anywhere.
void Checker::addInterfaces(const std::string& pattern, const SourceRange& range, std::vector<Interval>& into) {
  const std::string_view begin = std::string_view(pattern).substr(0, pattern.size() - 1);
  if (begin.empty()) {
    into.push_back({{0, 1}, {0, UINT16_MAX}});
    return;
  }
  std::set<std::string> names = file_.strings;
  names.insert(program_.interfaces.begin(), program_.interfaces.end());
  for (const InterfacePattern& known : program_.interface_patterns) names.insert(known.name);
  names.insert(pattern);
  for (const std::string& name : names) {
    if (!name.starts_with(begin)) continue;
    if (!isInterfacePattern(name)) {
      const uint64_t number = interfaceNumber(name);
      into.push_back({{0, number}, {0, number}});
      continue;
    }
    std::vector<InterfacePattern>& patterns = program_.interface_patterns;
    auto known = std::ranges::find(patterns, name, &InterfacePattern::name);
    if (known == patterns.end() && patterns.size() == isa::kInterfacePatterns) {
      if (!size_reported_)
        diagnostics_
            .report(DiagId::ResourceLimit, range, "there are more than " + std::to_string(isa::kInterfacePatterns) + " patterns of interfaces")
            .help("name the interfaces of some");
      size_reported_ = true;
      return;
    }
    if (known == patterns.end())
      known = patterns.insert(known, InterfacePattern{name, UINT16_MAX + 1 - isa::kInterfaceBlock * (patterns.size() + 1)});
    into.push_back({{0, known->first}, {0, known->first + isa::kInterfaceBlock - 1}});
  }
}

}  // namespace norman
