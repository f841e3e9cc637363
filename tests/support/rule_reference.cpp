// Rule lists searched one by one.
#include "tests/support/rule_reference.h"

#include <algorithm>

namespace norman::test {
namespace {

bool groupMatches(const norman_rule& rule, unsigned group, const RuleKey& key) {
  const auto bits = [&](unsigned from, unsigned to) {
    for (unsigned i = from; i <= to; ++i)
      if ((key[i] & rule.mask[i]) != (rule.value[i] & rule.mask[i])) return false;
    return true;
  };
  const auto range = [&](unsigned word, bool high) {
    const auto half = [&](std::uint32_t w) { return high ? w >> 16 : w & 0xffff; };
    return half(rule.value[word]) <= half(key[word]) && half(key[word]) <= half(rule.mask[word]);
  };
  switch (group) {
    case 0: return bits(0, 3);
    case 1: return bits(4, 7);
    case 2: return range(8, false);
    case 3: return range(8, true);
    case 4: return range(9, false);
    case 5: return range(9, true);
    default: return bits(10 + group - 6, 10 + group - 6);
  }
}

bool matches(const norman_rule& rule, std::uint8_t list, const RuleKey& key) {
  if (rule.list != list) return false;
  for (unsigned group = 0; group < 10; ++group)
    if (groupMatches(rule, group, key) == ((rule.invert >> group & 1) != 0)) return false;
  return true;
}

RuleEntryResult resultOf(const norman_rule& rule) {
  RuleEntryResult result;
  result.argument = rule.argument;
  result.event = rule.event;
  result.action = rule.action;
  result.terminal = (rule.flags & NORMAN_RULE_IS_TERMINAL) != 0;
  result.counts = (rule.flags & NORMAN_RULE_IS_COUNTED) != 0;
  result.log = (rule.flags & NORMAN_RULE_IS_LOGGED) != 0;
  result.capture = (rule.flags & NORMAN_RULE_IS_CAPTURED) != 0;
  result.carry = (rule.flags & NORMAN_RULE_IS_CARRIED) != 0;
  return result;
}

void setPrefix(norman_rule& rule, unsigned word, std::uint32_t value, unsigned length) {
  const std::uint32_t mask = length == 0 ? 0 : 0xffffffffu << (32 - length);
  rule.mask[word] = mask;
  rule.value[word] = value & mask;
}

// Addresses crowd in few networks, so that rules overlap.
std::uint32_t randomAddress(Random& random) {
  const std::uint32_t networks[] = {0x0a000000, 0x0a010000, 0xc0a80000, 0xc6336400, 0x20010db8};
  return random.oneIn(6) ? static_cast<std::uint32_t>(random.next())
                         : networks[random.below(5)] | static_cast<std::uint32_t>(random.next() & random.next() & 0xffff);
}

void setRange(norman_rule& rule, unsigned word, unsigned half, std::uint32_t low, std::uint32_t high) {
  const std::uint32_t keep = half == 0 ? 0xffff0000 : 0xffff;
  rule.value[word] = (rule.value[word] & keep) | low << (16 * half);
  rule.mask[word] = (rule.mask[word] & keep) | high << (16 * half);
}

}  // namespace

void RuleReference::insert(const norman_rule& rule, std::uint32_t before, std::uint32_t handle) {
  const auto at = std::find_if(rules_.begin(), rules_.end(), [&](const Rule& r) { return before != NORMAN_RULES_END && r.handle == before; });
  rules_.insert(at, {rule, handle});
}

void RuleReference::remove(std::uint32_t handle) {
  rules_.remove_if([&](const Rule& r) { return r.handle == handle; });
}

RuleResult RuleReference::find(std::uint8_t list, const RuleKey& key) const {
  RuleResult result;
  for (const Rule& r : rules_) {
    if (!matches(r.rule, list, key)) continue;
    if ((r.rule.flags & NORMAN_RULE_IS_TERMINAL) != 0) {
      result.hit = true;
      result.terminal = resultOf(r.rule);
      break;
    }
    if (result.continuing < isa::kRuleContinuing)
      result.earlier[result.continuing++] = resultOf(r.rule);
    else
      result.lost = true;
  }
  return result;
}

norman_rule randomRule(Random& random, std::uint8_t list) {
  norman_rule rule{};
  rule.list = list;
  rule.mask[8] = rule.mask[9] = 0xffffffff;
  const unsigned lengths[] = {8, 16, 20, 24, 28, 32, 32, 32};
  for (const unsigned word : {0u, 4u})
    if (!random.oneIn(3)) setPrefix(rule, word, randomAddress(random), lengths[random.below(8)]);
  if (random.oneIn(8))
    for (unsigned word = 1; word < 4; ++word) setPrefix(rule, word, static_cast<std::uint32_t>(random.below(3)), random.oneIn(2) ? 32 : 0);
  for (unsigned half = 0; half < 4; ++half) {
    if (!random.oneIn(half == 1 ? 2 : 6)) continue;
    const auto low = static_cast<std::uint32_t>(random.oneIn(2) ? random.below(1024) : random.below(65536));
    const auto high = random.oneIn(2) ? low : static_cast<std::uint32_t>(std::min<std::uint64_t>(65535, low + random.below(2000)));
    setRange(rule, 8 + half / 2, half % 2, low, high);
  }
  if (random.oneIn(2)) {
    rule.mask[11] = 0xff;
    rule.value[11] = random.oneIn(2) ? 6 : 17;
  }
  if (random.oneIn(6)) {
    rule.mask[12] = static_cast<std::uint32_t>(random.next() & 0x3f);
    rule.value[12] = static_cast<std::uint32_t>(random.next()) & rule.mask[12];
  }
  if (random.oneIn(20)) rule.invert = static_cast<std::uint16_t>(1u << random.below(10));
  rule.argument = static_cast<std::uint32_t>(random.next());
  rule.event = static_cast<std::uint16_t>(random.next());
  rule.action = static_cast<std::uint8_t>(random.next());
  rule.flags = static_cast<std::uint8_t>(random.below(16) << 1);
  if (!random.oneIn(10)) rule.flags = static_cast<std::uint8_t>((rule.flags & 14) | NORMAN_RULE_IS_TERMINAL);
  return rule;
}

RuleKey randomKey(Random& random, const RuleReference& reference) {
  RuleKey key{};
  for (std::uint32_t& word : key) word = randomAddress(random);
  key[11] = random.oneIn(2) ? 6 : 17;
  if (reference.rules().empty() || random.oneIn(8)) return key;
  auto rule = reference.rules().begin();
  std::advance(rule, static_cast<std::ptrdiff_t>(random.below(reference.rules().size())));
  for (unsigned i = 0; i < key.size(); ++i) {
    const std::uint32_t value = rule->rule.value[i], mask = rule->rule.mask[i];
    if (i == 8 || i == 9) {
      // One of the borders, a step beyond it, or between.
      std::uint32_t word = 0;
      for (unsigned half = 0; half < 2; ++half) {
        const std::uint32_t low = value >> (16 * half) & 0xffff, high = mask >> (16 * half) & 0xffff;
        const std::uint64_t choices[] = {low, high, random.between(low, high), low - 1, high + 1};
        word |= static_cast<std::uint32_t>(choices[random.oneIn(8) ? 3 + random.below(2) : random.below(3)] & 0xffff) << (16 * half);
      }
      key[i] = word;
    } else {
      const std::uint32_t low = value & mask, high = value | ~mask;
      const std::uint32_t choices[] = {low, high, (key[i] & ~mask) | low, low - 1, high + 1};
      key[i] = choices[random.oneIn(12) ? 3 + random.below(2) : random.below(3)];
    }
  }
  return key;
}

}  // namespace norman::test
