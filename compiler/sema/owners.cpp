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

uint64_t Checker::interfaceNumber(const std::string& name, const SourceRange& range) {
  constexpr size_t kMost = UINT16_MAX - isa::kInterfacePatterns * isa::kInterfaceBlock;
  const auto [place, fresh] = interfaces_.try_emplace(name, program_.interfaces.size() + 1);
  if (!fresh) return place->second;
  if (program_.interfaces.size() == kMost && !size_reported_) {
    diagnostics_.report(DiagId::ResourceLimit, range, "the policy names more than " + std::to_string(kMost) + " interfaces")
        .help("use patterns: 'iface.in == \"tap*\"' takes in all whose name begins so");
    size_reported_ = true;
  }
  program_.interfaces.push_back(name);
  return place->second;
}

bool Checker::isInterfacePattern(const std::string& name) { return name.ends_with('*'); }

/// The first number of a pattern's block; nothing if there are too many.
std::optional<uint64_t> Checker::patternNumber(const std::string& pattern, const SourceRange& range) {
  std::vector<InterfacePattern>& patterns = program_.interface_patterns;
  if (const auto known = std::ranges::find(patterns, pattern, &InterfacePattern::name); known != patterns.end()) return known->first;
  if (patterns.size() < isa::kInterfacePatterns) {
    patterns.push_back({pattern, UINT16_MAX + 1 - isa::kInterfaceBlock * (patterns.size() + 1)});
    return patterns.back().first;
  }
  if (!size_reported_)
    diagnostics_
        .report(DiagId::ResourceLimit, range, "there are more than " + std::to_string(isa::kInterfacePatterns) + " patterns of interfaces")
        .help("name the interfaces of some");
  size_reported_ = true;
  return std::nullopt;
}

/// The numbers of all interfaces that a pattern takes in: its own block, and those of what is named more exactly anywhere in the
/// policy, here or further on.
const std::vector<Interval>& Checker::interfacesOf(const std::string& pattern, const SourceRange& range) {
  const auto [place, fresh] = pattern_numbers_.try_emplace(pattern);
  std::vector<Interval>& numbers = place->second;
  if (!fresh) return numbers;
  const std::string begin = pattern.substr(0, pattern.size() - 1);
  if (begin.empty()) {
    numbers.push_back({{0, 1}, {0, UINT16_MAX}});
    return numbers;
  }
  std::set<std::string> names{pattern};
  for (auto at = file_.strings.lower_bound(begin); at != file_.strings.end() && at->starts_with(begin); ++at) names.insert(*at);
  for (const std::string& name : program_.interfaces)
    if (name.starts_with(begin)) names.insert(name);
  for (const InterfacePattern& known : program_.interface_patterns)
    if (known.name.starts_with(begin)) names.insert(known.name);
  for (const std::string& name : names) {
    if (!isInterfacePattern(name)) {
      const uint64_t number = interfaceNumber(name, range);
      numbers.push_back({{0, number}, {0, number}});
    } else if (const auto first = patternNumber(name, range)) {
      numbers.push_back({{0, *first}, {0, *first + isa::kInterfaceBlock - 1}});
    }
  }
  return numbers;
}

}  // namespace norman
