// Random rule lists by kind.
#include "tests/support/rule_sets.h"

#include <algorithm>
#include <cstring>
#include <set>
#include <string>

namespace norman::test {
namespace {

struct Prefix {
  std::uint32_t value = 0;
  unsigned length = 0;
};

std::uint32_t maskOf(unsigned length) { return length == 0 ? 0 : 0xffffffffu << (32 - length); }

void setPrefix(norman_rule& rule, unsigned word, const Prefix& prefix) {
  rule.mask[word] = maskOf(prefix.length);
  rule.value[word] = prefix.value & rule.mask[word];
}

void setPorts(norman_rule& rule, unsigned half, std::uint32_t low, std::uint32_t high) {
  const unsigned shift = 16 * half;
  rule.value[8] = (rule.value[8] & ~(0xffffu << shift)) | low << shift;
  rule.mask[8] = (rule.mask[8] & ~(0xffffu << shift)) | high << shift;
}

void setProtocol(norman_rule& rule, std::uint32_t protocol) {
  rule.value[11] = protocol;
  rule.mask[11] = 0xff;
}

// Networks that nest: a few large ones, each with smaller ones in it, down to hosts.
class Networks {
 public:
  Networks(Random& random, std::size_t count) : random_(random) {
    const std::size_t sites = 4 + count / 64;
    for (std::size_t i = 0; i < sites; ++i) sites_.push_back({static_cast<std::uint32_t>(random.next()), 8 + static_cast<unsigned>(random.below(9))});
  }
  Prefix pick(unsigned least, unsigned most) {
    // Some sites have far more rules than others.
    const std::size_t site = random_.below(1 + random_.below(sites_.size()));
    const auto length = static_cast<unsigned>(random_.between(least, most));
    const Prefix& of = sites_[site];
    const std::uint32_t low = static_cast<std::uint32_t>(random_.next()) & static_cast<std::uint32_t>(random_.next()) & ~maskOf(of.length);
    return {(of.value & maskOf(of.length)) | low, std::max(length, of.length)};
  }

 private:
  Random& random_;
  std::vector<Prefix> sites_;
};

constexpr std::uint32_t kServices[] = {20, 21, 22, 23, 25, 53, 67, 69, 80, 110, 111, 123, 135, 137, 139, 143, 161, 179, 389, 443, 445, 465, 514,
                                       587, 636, 873, 993, 995, 1433, 1521, 1723, 2049, 3128, 3306, 3389, 5060, 5432, 5900, 6379, 8080, 8443, 9200};

void setService(norman_rule& rule, Random& random, unsigned half) {
  const std::uint32_t port = random.oneIn(3) ? static_cast<std::uint32_t>(1024 + random.below(20000)) : kServices[random.below(std::size(kServices))];
  setPorts(rule, half, port, port);
}

norman_rule makeRule(RuleSet set, Random& random, Networks& inside, Networks& outside) {
  norman_rule rule{};
  rule.mask[8] = rule.mask[9] = 0xffffffff;
  rule.flags = NORMAN_RULE_IS_TERMINAL;
  const std::uint32_t transport = random.percent(70) ? 6 : 17;
  switch (set) {
    case RuleSet::Acl:
      if (!random.percent(10)) setPrefix(rule, 0, outside.pick(16, 32));
      setPrefix(rule, 4, random.percent(60) ? inside.pick(32, 32) : inside.pick(20, 30));
      if (random.percent(90)) {
        setProtocol(rule, transport);
        if (random.percent(80))
          setService(rule, random, 1);
        else if (random.oneIn(2))
          setPorts(rule, 1, 1024, 65535);
      }
      break;
    case RuleSet::Firewall:
      if (random.percent(60)) setPrefix(rule, 0, outside.pick(12, 32));
      if (random.percent(65)) setPrefix(rule, 4, inside.pick(16, 32));
      if (random.percent(85)) {
        setProtocol(rule, transport);
        if (random.percent(20)) setPorts(rule, 0, 1024, 65535);
        if (random.percent(70)) {
          setService(rule, random, 1);
        } else {
          const auto low = static_cast<std::uint32_t>(random.below(60000));
          setPorts(rule, 1, low, static_cast<std::uint32_t>(std::min<std::uint64_t>(65535, low + random.below(6000))));
        }
      }
      break;
    case RuleSet::Ports: {
      setProtocol(rule, transport);
      const auto low = static_cast<std::uint32_t>(random.below(65536));
      setPorts(rule, 1, low, random.percent(75) ? low : static_cast<std::uint32_t>(std::min<std::uint64_t>(65535, low + random.below(200))));
      if (random.percent(10)) setPorts(rule, 0, 1024, 65535);
      if (random.percent(20)) setPrefix(rule, 4, inside.pick(16, 24));
      break;
    }
    case RuleSet::Addresses:
      setPrefix(rule, 0, random.percent(60) ? Prefix{static_cast<std::uint32_t>(random.next()), 32} : outside.pick(16, 29));
      break;
    case RuleSet::Uniform:
      for (const unsigned word : {0u, 4u})
        setPrefix(rule, word, {static_cast<std::uint32_t>(random.next()), static_cast<unsigned>(random.between(8, 32))});
      setProtocol(rule, transport);
      for (unsigned half = 0; half < 2; ++half) {
        const auto a = static_cast<std::uint32_t>(random.below(65536)), b = static_cast<std::uint32_t>(random.below(65536));
        if (random.oneIn(2))
          setPorts(rule, half, a, a);
        else
          setPorts(rule, half, std::min(a, b), std::max(a, b));
      }
      break;
  }
  return rule;
}

// How much a rule says: narrow rules stand before wide ones in lists that people write, more or less.
unsigned width(const norman_rule& rule) {
  unsigned bits = 0;
  for (unsigned i = 0; i < NORMAN_RULE_KEY_WORDS; ++i)
    if (i != 8 && i != 9) bits += static_cast<unsigned>(__builtin_popcount(rule.mask[i]));
  for (unsigned half = 0; half < 2; ++half) bits += (rule.mask[8] >> (16 * half) & 0xffff) - (rule.value[8] >> (16 * half) & 0xffff) < 1024 ? 16 : 0;
  return bits;
}

}  // namespace

std::string_view nameOf(RuleSet set) {
  switch (set) {
    case RuleSet::Acl: return "acl";
    case RuleSet::Firewall: return "firewall";
    case RuleSet::Ports: return "ports";
    case RuleSet::Addresses: return "addresses";
    case RuleSet::Uniform: return "uniform";
  }
  return "";
}

std::vector<norman_rule> makeRules(RuleSet set, std::size_t count, std::uint64_t seed) {
  Random random(seed);
  Networks inside(random, count), outside(random, 4 * count);
  std::vector<std::pair<unsigned, norman_rule>> rules;
  std::set<std::string> seen;
  while (rules.size() < count) {
    const norman_rule rule = makeRule(set, random, inside, outside);
    if (!seen.emplace(reinterpret_cast<const char*>(&rule), sizeof rule).second) continue;
    rules.emplace_back(width(rule) + random.below(24), rule);
  }
  std::stable_sort(rules.begin(), rules.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<norman_rule> list;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    list.push_back(rules[i].second);
    list.back().argument = static_cast<std::uint32_t>(i);
  }
  return list;
}

}  // namespace norman::test
