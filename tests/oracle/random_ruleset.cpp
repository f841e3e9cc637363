// Draws chains, rules and their options; keeps to what iptables and our compiler take at the hooks that reach a chain.
#include "tests/oracle/random_ruleset.h"

#include <algorithm>

#include <fmt/format.h>

namespace norman::oracle {
namespace {

using test::Random;

// A set of hooks, one bit each.
using Hooks = unsigned;
constexpr Hooks bit(Hook hook) { return 1u << static_cast<unsigned>(hook); }
constexpr Hooks kArriving = bit(Hook::Input) | bit(Hook::Forward);
constexpr Hooks kLeaving = bit(Hook::Forward) | bit(Hook::Output);

class Generator {
 public:
  Generator(Random& random, const RulesetSize& size) : random_(random), plain_(random.oneIn(2)) {
    const unsigned most = plain_ ? size.plain : size.mixed;
    rules_ = static_cast<unsigned>(random.between(most / 3 + 1, std::max(most, 1u)));
  }

  Ruleset make() {
    Ruleset ruleset;
    ruleset.cut_headers = random_.oneIn(plain_ ? 16 : 3);
    const uint64_t families = random_.below(20);
    // What the kernel does with cut headers takes us another rule for each.
    unsigned rules = ruleset.cut_headers ? std::max(1u, rules_ / 2) : rules_;
    if (families >= 17) rules = std::max(1u, rules / 2);
    if (families < 10 || families >= 17) ruleset.tables.push_back(makeTable(Family::Ipv4, rules));
    if (families >= 10) ruleset.tables.push_back(makeTable(Family::Ipv6, rules));
    limitEvents(ruleset);
    return ruleset;
  }

 private:
  struct Plan {
    Chain chain;
    Hooks may = 0;  // hooks that may lead here
  };

  Table makeTable(Family family, unsigned rules) {
    family_ = family;
    plans_.clear();
    const Hooks used = plain_ ? bit(random_.pick(std::vector<Hook>(kHooks.begin(), kHooks.end()))) : 1 + static_cast<unsigned>(random_.below(7));
    for (const Hook hook : kHooks)
      if (used & bit(hook)) plans_.push_back({{.name = hookName(hook), .hook = hook, .accept = random_.oneIn(2), .rules = {}}, bit(hook)});
    const size_t bases = plans_.size();
    const uint64_t chains = random_.oneIn(plain_ ? 2 : 3) ? 0 : random_.between(1, std::min<uint64_t>(4, 1 + rules / 4));
    for (uint64_t i = 0; i < chains; ++i)
      plans_.push_back({{.name = fmt::format("c{}", i), .hook = {}, .accept = true, .rules = {}},
                        random_.oneIn(2) ? used : bit(*plans_[random_.below(bases)].chain.hook)});
    for (unsigned i = 0; i < rules; ++i) {
      const size_t at = random_.percent(plain_ ? 85 : 60) ? random_.below(bases) : random_.below(plans_.size());
      plans_[at].chain.rules.push_back(makeRule(at));
    }
    callAll(bases);
    Table table{family, {}};
    for (Plan& plan : plans_) table.chains.push_back(std::move(plan.chain));
    dropUnknowable(table);
    dropSharedStates(table);
    return table;
  }

  // Most chains should be reached.
  void callAll(size_t bases) {
    for (size_t i = bases; i < plans_.size(); ++i) {
      const auto leads = [&](const Rule& rule) { return rule.target.chain == plans_[i].chain.name; };
      bool reached = false;
      for (const Plan& plan : plans_) reached |= std::any_of(plan.chain.rules.begin(), plan.chain.rules.end(), leads);
      if (reached || random_.oneIn(20)) continue;
      for (size_t from = 0; from < bases; ++from)
        if ((plans_[from].may & ~plans_[i].may) == 0) {
          std::vector<Rule>& rules = plans_[from].chain.rules;
          Rule rule = makeRule(from);
          rule.target = {.kind = random_.oneIn(4) ? TargetKind::Goto : TargetKind::Jump, .chain = plans_[i].chain.name};
          rules.insert(rules.begin() + static_cast<long>(random_.below(rules.size() + 1)), rule);
          break;
        }
    }
  }

  // An interface that no hook of a chain knows is a mistake in our language; iptables compares it with no name.
  static void dropUnknowable(Table& table) {
    std::vector<Hooks> reach(table.chains.size());
    for (size_t i = 0; i < table.chains.size(); ++i) {
      const Chain& chain = table.chains[i];
      if (chain.hook) reach[i] |= bit(*chain.hook);
      for (const Rule& rule : chain.rules)
        for (size_t to = i + 1; to < table.chains.size(); ++to)
          if (table.chains[to].name == rule.target.chain) reach[to] |= reach[i];
    }
    for (size_t i = 0; i < table.chains.size(); ++i)
      for (Rule& rule : table.chains[i].rules)
        std::erase_if(rule.options, [&](const Option& option) {
          return (option.asks == Question::InInterface && reach[i] != 0 && (reach[i] & kArriving) == 0) ||
                 (option.asks == Question::OutInterface && reach[i] != 0 && (reach[i] & kLeaving) == 0);
        });
  }

  // The kernel keeps one state for a rule, however it is reached; we keep one for each direction, and allow one place.
  static void dropSharedStates(Table& table) {
    for (Chain& chain : table.chains) {
      if (places(table, chain, true) + places(table, chain, false) < 2) continue;
      for (Rule& rule : chain.rules)
        std::erase_if(rule.modules, [](const Module& module) { return module.name == "limit" || module.name == "statistic"; });
    }
  }

  Rule makeRule(size_t at) {
    const Hooks may = plans_[at].may;
    Rule rule;
    if (random_.percent(30)) rule.options.push_back(addressOption(Question::Source, false));
    if (random_.percent(30)) rule.options.push_back(addressOption(Question::Destination, (may & bit(Hook::Input)) != 0));
    if ((may & kArriving) != 0 && random_.percent(18)) rule.options.push_back(interfaceOption(Question::InInterface));
    if ((may & kLeaving) != 0 && random_.percent(18)) rule.options.push_back(interfaceOption(Question::OutInterface));
    if (family_ == Family::Ipv4 && random_.oneIn(25)) rule.options.push_back({.asks = Question::LaterFragment, .inverted = random_.oneIn(3)});
    if (random_.percent(60)) protocol(rule);
    module(rule, 7, "length", [&] { return lengthOption(); });
    module(rule, 7, family_ == Family::Ipv4 ? "ttl" : "hl", [&] { return ttlOption(); });
    module(rule, 6, "dscp", [&] { return numberOption(Question::Dscp, 63); });
    module(rule, 4, "tos", [&] { return maskedOption(Question::Tos, 0xff); });
    module(rule, 3, "ecn", [&] { return numberOption(Question::Ect, 3); });
    module(rule, 8, "mark", [&] { return maskedOption(Question::Mark, 0xf); });
    if ((may & bit(Hook::Output)) == 0) module(rule, 8, "mac", [&] { return macOption(); });
    if (family_ == Family::Ipv6) module(rule, 8, "frag", [] { return Option{.asks = Question::FirstOfMore}; });
    if (random_.percent(plain_ ? 1 : 6)) {
      Module range{"iprange", {}};
      if (random_.oneIn(2)) range.options.push_back(rangeOption(Question::SourceRange));
      if (range.options.empty() || random_.oneIn(3)) range.options.push_back(rangeOption(Question::DestinationRange));
      rule.modules.push_back(range);
    }
    if (may == bit(Hook::Output) && random_.percent(plain_ ? 2 : 40)) rule.modules.push_back(ownerModule());
    // Last, so that a cut header is met before.
    module(rule, 4, "limit", [&] { return limitOption(); });
    module(rule, 4, "statistic", [&] { return nthOption(); });
    // A rule without any condition ends its chain as a rule: only now and then.
    if (rule.options.empty() && rule.modules.empty() && (plain_ || !random_.oneIn(6))) rule.options.push_back(addressOption(Question::Source, false));
    rule.target = makeTarget(at, rule);
    rule.counted = rule.target.kind != TargetKind::Log;  // that it logged is known anyhow
    return rule;
  }

  template <typename Make>
  void module(Rule& rule, unsigned percent, const char* name, Make make) {
    if (random_.percent(percent) && (!plain_ || random_.oneIn(20))) rule.modules.push_back({name, {make()}});
  }

  Target makeTarget(size_t at, const Rule& rule) {
    const uint64_t kind = plain_ && !random_.oneIn(12) ? random_.below(64) : random_.below(100);
    if (kind < 30) return {.kind = TargetKind::Accept};
    if (kind < 56) return {.kind = TargetKind::Drop};
    if (kind < 63) return rejectTarget(rule);
    if (kind < 69) return {.kind = TargetKind::Return};
    if (kind < 76) return {.kind = TargetKind::Log};
    if (kind < 86) return markTarget();
    if (kind < 88) return {};
    std::vector<std::string> callable;
    for (size_t to = at + 1; to < plans_.size(); ++to)
      if (!plans_[to].chain.hook && (plans_[at].may & ~plans_[to].may) == 0) callable.push_back(plans_[to].chain.name);
    if (callable.empty()) return {.kind = random_.oneIn(2) ? TargetKind::Accept : TargetKind::Drop};
    return {.kind = random_.oneIn(4) ? TargetKind::Goto : TargetKind::Jump, .chain = random_.pick(callable)};
  }

  Target rejectTarget(const Rule& rule) {
    const bool tcp = std::any_of(rule.options.begin(), rule.options.end(), [](const Option& option) {
      return option.asks == Question::Protocol && !option.inverted && option.spans[0].first == 6;
    });
    for (;;) {
      const auto reject = static_cast<unsigned>(random_.below(rejectReasons().size()));
      const RejectReason& reason = rejectReasons()[reject];
      if ((family_ == Family::Ipv6 && reason.ipv6 == nullptr) || (std::string(reason.ours) == "tcp-reset" && !tcp)) continue;
      return {.kind = TargetKind::Reject, .reject = reject};
    }
  }

  Target markTarget() {
    Target target{.kind = TargetKind::Mark};
    target.change = static_cast<MarkChange>(random_.below(4));
    target.value = static_cast<uint32_t>(random_.oneIn(3) ? random_.next() : random_.below(16));
    if (target.change == MarkChange::Set && random_.oneIn(2)) target.mask = static_cast<uint32_t>(random_.oneIn(2) ? 0xff : random_.next());
    return target;
  }

  bool inverted() { return random_.oneIn(plain_ ? 25 : 6); }

  Number pickAddress(bool local) {
    // Few networks, so that rules overlap.
    const auto host = [&](uint64_t size) { return random_.oneIn(3) ? random_.below(4) : random_.below(size); };
    if (family_ == Family::Ipv4) {
      switch (local ? random_.below(2) : random_.below(6)) {
        case 0: return 0x0a000000 + (random_.below(3) << 16) + host(1 << 16);  // 10.0 to 10.2
        case 1: return 0xc0000200 + host(256);                                  // 192.0.2
        case 2: return 0x0a800000 + (random_.below(3) << 20) + host(1 << 20);  // 10.128 and on
        case 3: return 0xac100000 + host(1 << 16);                              // 172.16
        case 4: return 0xcb007100 + host(256);                                  // 203.0.113
        default: return random_.between(0x01000000, 0x7effffff);
      }
    }
    const Number net = Number{0x20010db8} << 96;
    const Number low = random_.oneIn(2) ? Number{random_.below(8)} : Number{random_.next()};
    switch (local ? 0 : random_.below(4)) {
      case 0: return net | Number{random_.below(4)} << 64 | low;
      case 1: return net | Number{0x4000 + random_.below(4)} << 80 | low;
      case 2: return net | Number{0x8000 + random_.below(4)} << 80 | low;
      default: return Number{0x2a010000 + random_.below(4)} << 96 | low;
    }
  }

  Option addressOption(Question asks, bool local) {
    const unsigned bits = addressBits(family_);
    unsigned length = bits;
    // In a long list short prefixes leave nothing for the rules behind them.
    if (plain_ ? random_.oneIn(2) : !random_.oneIn(3))
      length = random_.oneIn(plain_ ? 8 : 2) ? static_cast<unsigned>(random_.below(bits + 1))
               : family_ == Family::Ipv4     ? 8 * static_cast<unsigned>(random_.between(plain_ ? 2 : 1, 3))
                                             : 16 * static_cast<unsigned>(random_.between(2, 5));
    Option option{.asks = asks, .inverted = inverted()};
    option.length = length;
    option.spans = {prefixSpan(family_, pickAddress(local && !random_.oneIn(4)), length)};
    return option;
  }

  Option rangeOption(Question asks) {
    Number first = pickAddress(false);
    Number last = random_.oneIn(2) ? pickAddress(false) : first + random_.below(1000);
    if (first > last) std::swap(first, last);
    return {.asks = asks, .inverted = inverted(), .spans = {{first, std::min(last, largestAddress(family_))}}};
  }

  Option interfaceOption(Question asks) {
    static const std::vector<std::string> kNames{"eth0", "eth1", "eth10", "wan0", "eth+", "eth1+", "ppp+", "+"};
    Option option{.asks = asks, .inverted = inverted()};
    option.name = random_.pick(kNames);
    if (option.name == "+") option.inverted = false;  // iptables refuses "! +" as a match of nothing
    return option;
  }

  Number port() {
    static const std::vector<uint64_t> kPorts{0, 22, 25, 53, 80, 443, 1023, 1024, 3306, 5432, 6000, 8080, 65535};
    return random_.oneIn(3) ? random_.below(65536) : random_.pick(kPorts);
  }
  Span ports(bool range) {
    Span span{port(), 0};
    span.last = range ? port() : span.first;
    if (span.first > span.last) std::swap(span.first, span.last);
    return span;
  }
  Option portOption(Question asks) { return {.asks = asks, .inverted = inverted(), .spans = {ports(random_.oneIn(3))}}; }

  Option numberOption(Question asks, uint64_t most) {
    const Number value = random_.below(most + 1);
    return {.asks = asks, .inverted = inverted(), .spans = {{value, value}}};
  }

  Option maskedOption(Question asks, uint64_t all) {
    const Number mask = random_.oneIn(3) ? all : random_.below(all + 1);
    const Number value = random_.below(all + 1) & mask;
    return {.asks = asks, .inverted = inverted(), .spans = {{value, value}}, .mask = mask};
  }

  Option lengthOption() {
    Number first = random_.oneIn(3) ? random_.below(1600) : random_.between(20, 120);
    Number last = random_.oneIn(2) ? first : first + random_.below(200);
    if (random_.oneIn(6)) last = 65535;
    return {.asks = Question::Length, .inverted = inverted(), .spans = {{first, last}}};
  }

  Option ttlOption() {
    const Question asks = random_.pick(std::vector<Question>{Question::TtlEqual, Question::TtlAbove, Question::TtlBelow});
    const Number value = random_.oneIn(2) ? 64 : random_.between(1, 254);
    return {.asks = asks, .inverted = asks == Question::TtlEqual && inverted(), .spans = {{value, value}}};
  }

  Option macOption() {
    const Number mac = 0x020000000000 + random_.below(3);
    return {.asks = Question::SourceMac, .inverted = inverted(), .spans = {{mac, mac}}};
  }

  // So slow that none is given back while the test runs: what counts is the burst.
  Option limitOption() {
    const Number burst = random_.between(1, 8);
    return {.asks = Question::Limit, .spans = {{1, 1}}, .mask = burst, .length = 3600, .name = fmt::format("limit{}", meters_++)};
  }

  Option nthOption() {
    const Number every = random_.oneIn(3) ? 2 : random_.between(2, 20);
    return {.asks = Question::Nth, .spans = {{every, every}}};
  }

  Module ownerModule() {
    Module owner{"owner", {}};
    const auto id = [&](Question asks, uint64_t base) {
      const Number first = random_.oneIn(4) ? 0 : base + random_.below(3);
      return Option{.asks = asks, .inverted = inverted(), .spans = {{first, random_.oneIn(3) ? first + random_.below(500) : first}}};
    };
    if (random_.percent(70)) {
      owner.options.push_back(id(Question::User, 999));
      if (random_.oneIn(4)) {
        owner.options.back().name = "root";
        owner.options.back().spans = {{0, 0}};
      }
    }
    if (random_.percent(35)) owner.options.push_back(id(Question::Group, 99));
    if (owner.options.empty() || random_.oneIn(8)) owner.options.push_back({.asks = Question::SocketExists, .inverted = random_.oneIn(3)});
    return owner;
  }

  void protocol(Rule& rule) {
    const bool ipv4 = family_ == Family::Ipv4;
    struct Choice {
      unsigned number;
      const char* module;
    };
    static const std::vector<Choice> kChoices{{6, "tcp"},   {6, "tcp"},  {6, "tcp"},    {6, "tcp"},  {17, "udp"}, {17, "udp"},
                                              {17, "udp"},  {1, "icmp"}, {1, "icmp"},   {132, "sctp"}, {50, ""},  {47, ""}};
    Choice choice = random_.pick(kChoices);
    if (choice.number == 1 && !ipv4) choice = {58, "icmp6"};
    Option protocol{.asks = Question::Protocol, .inverted = random_.oneIn(12), .spans = {{choice.number, choice.number}}};
    rule.options.push_back(protocol);
    const std::string name = choice.module;
    if (protocol.inverted || name.empty() || random_.oneIn(plain_ ? 12 : 4)) return;
    if (name.starts_with("icmp")) {
      rule.modules.push_back({name, {icmpOption()}});
      return;
    }
    if (random_.oneIn(4)) {
      static const std::vector<Question> kLists{Question::SourcePorts, Question::DestinationPorts, Question::DestinationPorts, Question::Ports};
      Option list{.asks = random_.pick(kLists), .inverted = inverted()};
      for (uint64_t n = random_.between(1, 6); n > 0; --n) list.spans.push_back(ports(random_.oneIn(4)));
      rule.modules.push_back({"multiport", {list}});
      if (name != "tcp" || !random_.oneIn(3)) return;
    }
    Module module{name, {}};
    if (random_.percent(20)) module.options.push_back(portOption(Question::SourcePort));
    if (random_.percent(70)) module.options.push_back(portOption(Question::DestinationPort));
    if (name == "tcp" && (module.options.empty() || random_.oneIn(5))) module.options.push_back(flagsOption());
    if (module.options.empty() && !random_.oneIn(3)) module.options.push_back(portOption(Question::DestinationPort));
    rule.modules.push_back(module);
  }

  Option flagsOption() {
    if (random_.oneIn(2)) return {.asks = Question::TcpSyn, .inverted = random_.oneIn(3)};
    const Number mask = random_.oneIn(4) ? 63 : random_.between(1, 63);
    const Number value = random_.below(64) & mask;
    return {.asks = Question::TcpFlags, .inverted = inverted(), .spans = {{value, value}}, .mask = mask};
  }

  Option icmpOption() {
    Option option{.asks = Question::IcmpType, .inverted = inverted()};
    if (random_.oneIn(8) && family_ == Family::Ipv4) {  // any
      option.inverted = false;
      return option;
    }
    const Number type = family_ == Family::Ipv4 ? random_.below(19) : random_.between(126, 138);
    option.spans = {{type, type}};
    option.any_code = !random_.oneIn(3);
    const Number code = random_.oneIn(3) ? 1u : 0u;
    if (!option.any_code) option.spans.push_back({code, code});
    return option;
  }

  Random& random_;
  bool plain_;
  unsigned rules_;
  Family family_ = Family::Ipv4;
  std::vector<Plan> plans_;
  unsigned meters_ = 0;
};

}  // namespace

Ruleset randomRuleset(Random& random, const RulesetSize& size) { return Generator(random, size).make(); }

}  // namespace norman::oracle
