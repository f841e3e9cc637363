// Words of iptables-save back into the parts of a ruleset.
#include "tests/oracle/save_file.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace norman::oracle {
namespace {

// Words of a line; text in double quotes is one word.
std::vector<std::string> wordsOf(const std::string& line) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false;
  bool any = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
      any = true;
    } else if (c == ' ' && !quoted) {
      if (any) words.push_back(word);
      word.clear();
      any = false;
    } else {
      word += c;
      any = true;
    }
  }
  if (any) words.push_back(word);
  return words;
}

// What a rule needs that we do not have.
struct Lacking {
  std::string what;
};

// Names of services and the like are not looked up.
Number numberOf(const std::string& text, int base = 0) {
  char* end = nullptr;
  const unsigned long long value = std::strtoull(text.c_str(), &end, base);
  if (text.empty() || text[0] == '-' || *end != '\0') throw Lacking{"'" + text + "'"};
  return value;
}

Number addressIn(Family family, const std::string& text) {
  const std::optional<Number> address = addressOf(family, text);
  if (!address) throw Lacking{"'" + text + "'"};
  return *address;
}

// 24 or 255.255.255.0.
unsigned prefixLength(Family family, const std::string& text) {
  const unsigned bits = addressBits(family);
  if (text.find_first_of(".:") == std::string::npos) {
    const Number length = numberOf(text);
    if (length > bits) throw Lacking{"'" + text + "'"};
    return static_cast<unsigned>(length);
  }
  const Number mask = addressIn(family, text);
  for (unsigned length = 0; length <= bits; ++length)
    if (prefixSpan(family, largestAddress(family), length).first == mask) return length;
  throw Lacking{"masks with holes"};
}

Span spanOf(const std::string& text, char between) {
  const size_t at = text.find(between);
  if (at == std::string::npos) return {numberOf(text), numberOf(text)};
  return {numberOf(text.substr(0, at)), numberOf(text.substr(at + 1))};
}

std::vector<Span> spansOf(const std::string& text, char between) {
  std::vector<Span> spans;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) spans.push_back(spanOf(part, between));
  return spans;
}

Number flagsOf(const std::string& text) {
  static const std::map<std::string, unsigned> kFlags{{"FIN", 1},  {"SYN", 2},  {"RST", 4},  {"PSH", 8},
                                                      {"ACK", 16}, {"URG", 32}, {"ALL", 63}, {"NONE", 0}};
  Number flags = 0;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    const auto flag = kFlags.find(part);
    if (flag == kFlags.end()) throw Lacking{"'" + part + "'"};
    flags |= flag->second;
  }
  return flags;
}

class RuleReader {
 public:
  /// `words`: those behind the chain's name. `meter`: what the limit of this rule is called.
  RuleReader(Family family, std::vector<std::string> words, const std::set<std::string>& chains, std::string meter)
      : family_(family), words_(std::move(words)), chains_(chains), meter_(std::move(meter)) {}

  /// Throws Lacking.
  Rule read() {
    rule_.counted = false;
    while (at_ < words_.size()) {
      const std::string word = take();
      if (word == "!") inverted_ = true;
      else if (!option(word) && !moduleOption(word) && !target(word)) throw Lacking{word};
    }
    return rule_;
  }

 private:
  const std::string& take() {
    if (at_ >= words_.size()) throw Lacking{"a line that ends early"};
    return words_[at_++];
  }
  bool inverted() { return std::exchange(inverted_, false); }

  Option prefix(Question asks) {
    Option option{.asks = asks, .inverted = inverted()};
    const std::string text = take();
    const size_t slash = text.find('/');
    option.length = slash == std::string::npos ? addressBits(family_) : prefixLength(family_, text.substr(slash + 1));
    option.spans = {prefixSpan(family_, addressIn(family_, text.substr(0, slash)), option.length)};
    return option;
  }

  Option interface(Question asks) {
    Option option{.asks = asks, .inverted = inverted()};
    option.name = take();
    if (option.name.empty()) throw Lacking{"an interface"};
    return option;
  }

  Option protocol() {
    static const std::map<std::string, unsigned> kProtocols{{"tcp", 6},        {"udp", 17},    {"icmp", 1}, {"icmpv6", 58},
                                                            {"ipv6-icmp", 58}, {"sctp", 132}, {"esp", 50}, {"gre", 47}};
    Option option{.asks = Question::Protocol, .inverted = inverted()};
    const std::string& name = take();
    const auto known = kProtocols.find(name);
    const Number number = known != kProtocols.end() ? Number{known->second} : numberOf(name);
    option.spans = {{number, number}};
    return option;
  }

  bool option(const std::string& word) {
    if (word == "-s") rule_.options.push_back(prefix(Question::Source));
    else if (word == "-d") rule_.options.push_back(prefix(Question::Destination));
    else if (word == "-i") rule_.options.push_back(interface(Question::InInterface));
    else if (word == "-o") rule_.options.push_back(interface(Question::OutInterface));
    else if (word == "-p") rule_.options.push_back(protocol());
    else if (word == "-f") rule_.options.push_back({.asks = Question::LaterFragment, .inverted = inverted()});
    else if (word == "-m") module(take());
    else return false;
    return true;
  }

  void module(const std::string& name) {
    static const std::set<std::string> kTracking{"state", "conntrack", "connmark", "connlimit", "helper"};
    static const std::set<std::string> kKnown{"tcp",  "udp",  "sctp", "icmp", "icmp6",  "multiport", "mac",  "limit",     "comment", "ttl",
                                              "hl",   "dscp", "tos",  "ecn",  "length", "mark",      "frag", "statistic", "owner",   "iprange"};
    if (kTracking.contains(name)) throw Lacking{"connection tracking"};
    if (!kKnown.contains(name)) throw Lacking{"-m " + name};
    if (name != "comment") rule_.modules.push_back({name, {}});
  }

  void add(Option option) {
    if (rule_.modules.empty()) throw Lacking{"an option without its module"};
    rule_.modules.back().options.push_back(std::move(option));
  }

  // An option with one word behind it, or two; the word is read as numbers.
  struct Words {
    Question asks;
    char between;  // the ends of a range
  };

  bool moduleOption(const std::string& word) {
    static const std::map<std::string, Words> kNumbers{
        {"--sport", {Question::SourcePort, ':'}},   {"--dport", {Question::DestinationPort, ':'}}, {"--sports", {Question::SourcePorts, ':'}},
        {"--dports", {Question::DestinationPorts, ':'}}, {"--ports", {Question::Ports, ':'}},      {"--ttl-eq", {Question::TtlEqual, ':'}},
        {"--ttl-gt", {Question::TtlAbove, ':'}},    {"--ttl-lt", {Question::TtlBelow, ':'}},       {"--hl-eq", {Question::TtlEqual, ':'}},
        {"--hl-gt", {Question::TtlAbove, ':'}},     {"--hl-lt", {Question::TtlBelow, ':'}},        {"--dscp", {Question::Dscp, ':'}},
        {"--ecn-ip-ect", {Question::Ect, ':'}},     {"--length", {Question::Length, ':'}},         {"--gid-owner", {Question::Group, '-'}}};
    static const std::map<std::string, Question> kMasked{{"--tos", Question::Tos}, {"--mark", Question::Mark}};
    static const std::map<std::string, Question> kRanges{{"--src-range", Question::SourceRange}, {"--dst-range", Question::DestinationRange}};
    if (const auto numbers = kNumbers.find(word); numbers != kNumbers.end()) {
      Option option{.asks = numbers->second.asks, .inverted = inverted()};
      option.spans = spansOf(take(), numbers->second.between);
      add(option);
    } else if (const auto masked = kMasked.find(word); masked != kMasked.end()) {
      Option option{.asks = masked->second, .inverted = inverted()};
      const Span value = spanOf(take(), '/');
      const bool whole = words_[at_ - 1].find('/') == std::string::npos;
      option.spans = {{value.first, value.first}};
      option.mask = !whole ? value.last : masked->second == Question::Tos ? 0xff : 0xffffffff;
      add(option);
    } else if (const auto range = kRanges.find(word); range != kRanges.end()) {
      Option option{.asks = range->second, .inverted = inverted()};
      const std::string& text = take();
      const size_t at = text.find('-');
      const Number first = addressIn(family_, text.substr(0, at));
      option.spans = {{first, at == std::string::npos ? first : addressIn(family_, text.substr(at + 1))}};
      add(option);
    } else if (word == "--tcp-flags") {
      Option option{.asks = Question::TcpFlags, .inverted = inverted()};
      option.mask = flagsOf(take());
      const Number value = flagsOf(take());
      option.spans = {{value, value}};
      add(option);
    } else if (word == "--syn") add({.asks = Question::TcpSyn, .inverted = inverted()});
    else if (word == "--icmp-type" || word == "--icmpv6-type") icmpType();
    else if (word == "--mac-source") {
      Option option{.asks = Question::SourceMac, .inverted = inverted()};
      std::string digits = take();
      std::erase(digits, ':');
      const Number mac = numberOf(digits, 16);
      option.spans = {{mac, mac}};
      add(option);
    } else if (word == "--uid-owner") {
      Option option{.asks = Question::User, .inverted = inverted()};
      if (const std::string& text = take(); text == "root") option.name = text;
      else option.spans = spansOf(text, '-');
      add(option);
    } else if (word == "--socket-exists") add({.asks = Question::SocketExists, .inverted = inverted()});
    else if (word == "--fragfirst") {
      if (take() != "--fragmore") throw Lacking{"-m frag"};
      add({.asks = Question::FirstOfMore});
    } else if (word == "--mode") nth();
    else if (word == "--limit") limit();
    else if (word == "--limit-burst" && uses(rule_, "limit")) rule_.modules.back().options.back().mask = numberOf(take());
    else if (word == "--comment") take();
    else return false;
    return true;
  }

  void nth() {  // nth --every n --packet p
    if (take() != "nth" || take() != "--every") throw Lacking{"-m statistic"};
    const Number every = numberOf(take());
    if (take() != "--packet" || numberOf(take()) + 1 != every) throw Lacking{"-m statistic"};
    add({.asks = Question::Nth, .spans = {{every, every}}});
  }

  void icmpType() {
    Option option{.asks = Question::IcmpType, .inverted = inverted()};
    const std::string& text = take();
    if (text != "any") {
      const size_t slash = text.find('/');
      option.spans.push_back(spanOf(text.substr(0, slash), '/'));
      option.any_code = slash == std::string::npos;
      if (!option.any_code) option.spans.push_back(spanOf(text.substr(slash + 1), '/'));
    }
    add(option);
  }

  void limit() {
    const std::string& text = take();
    const size_t slash = text.find('/');
    Option option{.asks = Question::Limit, .mask = 5, .length = 3600, .name = meter_};  // the defaults: bursts of 5, per hour
    const Number packets = numberOf(text.substr(0, slash));
    option.spans = {{packets, packets}};
    if (packets == 0) throw Lacking{"--limit " + text};
    if (slash != std::string::npos) {
      const char unit = text[slash + 1];
      option.length = unit == 's' ? 1 : unit == 'm' ? 60 : unit == 'h' ? 3600 : 86400;
    }
    add(option);
  }

  bool target(const std::string& word) {
    if (word == "-g") {
      rule_.target = {.kind = TargetKind::Goto, .chain = take()};
      return true;
    }
    if (word != "-j") return false;
    static const std::set<std::string> kTracking{"CT", "NOTRACK", "CONNMARK"};
    static const std::set<std::string> kNat{"SNAT", "DNAT", "MASQUERADE", "REDIRECT", "NETMAP"};
    const std::string& name = take();
    if (kTracking.contains(name)) throw Lacking{"connection tracking"};
    if (kNat.contains(name)) throw Lacking{"NAT"};
    if (name == "ACCEPT") rule_.target.kind = TargetKind::Accept;
    else if (name == "DROP") rule_.target.kind = TargetKind::Drop;
    else if (name == "RETURN") rule_.target.kind = TargetKind::Return;
    else if (name == "LOG" || name == "NFLOG") {
      rule_.target.kind = TargetKind::Log;
      at_ = words_.size();  // how it is logged does not matter
    } else if (name == "REJECT") reject();
    else if (name == "MARK") mark();
    else if (chains_.contains(name))
      rule_.target = {.kind = TargetKind::Jump, .chain = name};
    else throw Lacking{"-j " + name};
    return true;
  }

  void mark() {
    static const std::map<std::string, MarkChange> kChanges{
        {"--set-mark", MarkChange::Set}, {"--and-mark", MarkChange::And}, {"--or-mark", MarkChange::Or}, {"--xor-mark", MarkChange::Xor}};
    const auto change = kChanges.find(take());
    if (change == kChanges.end()) throw Lacking{"-j MARK"};
    const std::string& text = take();
    const Span value = spanOf(text, '/');
    rule_.target = {.kind = TargetKind::Mark, .change = change->second, .value = static_cast<uint32_t>(value.first)};
    if (text.find('/') != std::string::npos) rule_.target.mask = static_cast<uint32_t>(value.last);
  }

  void reject() {
    rule_.target.kind = TargetKind::Reject;
    if (at_ >= words_.size()) return;
    if (take() != "--reject-with") throw Lacking{"-j REJECT"};
    const std::string& with = take();
    // Our language has one reason for "prohibited by an administrator".
    const std::string reason = with == "icmp-host-prohibited" || with == "icmp-net-prohibited" ? "icmp-admin-prohibited" : with;
    for (unsigned i = 0; i < rejectReasons().size(); ++i) {
      const char* name = family_ == Family::Ipv4 ? rejectReasons()[i].ipv4 : rejectReasons()[i].ipv6;
      if (name == nullptr || reason != name) continue;
      rule_.target.reject = i;
      return;
    }
    throw Lacking{"--reject-with " + with};
  }

 private:
  Family family_;
  std::vector<std::string> words_;
  const std::set<std::string>& chains_;
  std::string meter_;
  size_t at_ = 0;
  bool inverted_ = false;
  Rule rule_;
};

bool isLimited(const Rule& rule) { return uses(rule, "limit"); }

void leaveOut(SavedRules& saved, Chain& chain, bool (*which)(const Rule&), const char* reason) {
  const auto removed = static_cast<unsigned>(std::erase_if(chain.rules, which));
  if (removed == 0) return;
  saved.taken -= removed;
  saved.left_out[reason] += removed;
}

}  // namespace

SavedRules readSaved(const std::string& text, Family family) {
  SavedRules saved;
  saved.table.family = family;
  std::vector<Chain>& chains = saved.table.chains;
  std::set<std::string> names;
  std::string table;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('*')) table = line.substr(1);
    std::vector<std::string> words = wordsOf(line.starts_with('[') ? line.substr(line.find(']') + 1) : line);
    if (words.empty()) continue;
    if (table == "filter" && words[0][0] == ':') {
      Chain chain{.name = words[0].substr(1), .hook = {}, .accept = words.size() < 2 || words[1] != "DROP", .rules = {}};
      for (const Hook hook : kHooks)
        if (hookName(hook) == chain.name) chain.hook = hook;
      names.insert(chain.name);
      chains.push_back(std::move(chain));
    }
    if (words[0] != "-A" || words.size() < 2) continue;
    if (table != "filter") {
      ++saved.left_out[table == "nat" ? "NAT" : "table " + table];
      continue;
    }
    const auto chain = std::find_if(chains.begin(), chains.end(), [&](const Chain& c) { return c.name == words[1]; });
    try {
      if (chain == chains.end()) throw Lacking{"its chain"};
      RuleReader reader(family, {words.begin() + 2, words.end()}, names, fmt::format("limit{}", saved.taken));
      chain->rules.push_back(reader.read());
      ++saved.taken;
    } catch (const Lacking& lacking) {
      ++saved.left_out[lacking.what];
    }
  }
  for (Chain& chain : chains) {
    if (std::max(places(saved.table, chain, true), places(saved.table, chain, false)) < 2) continue;
    leaveOut(saved, chain, isLimited, "limits in chains that two rules lead to");
  }
  return saved;
}

void leaveOutLimits(SavedRules& saved) {
  for (Chain& chain : saved.table.chains) leaveOut(saved, chain, isLimited, "limits");
}

void useInterfacesOfThisHost(Table& table) {
  std::map<std::string, std::string> names;
  for (Chain& chain : table.chains)
    for (Rule& rule : chain.rules)
      for (Option& option : rule.options) {
        if (option.name.empty() || option.name.back() == '+' || option.name == "lo") continue;
        const auto known = names.find(option.name);
        if (known != names.end()) option.name = known->second;
        else if (names.size() < kInterfaces.size()) option.name = names[option.name] = kInterfaces[names.size()];
      }
}

std::vector<SavedFile> savedFiles() {
  std::vector<SavedFile> files;
  const char* corpora = std::getenv("NORMAN_CORPORA");
  const std::filesystem::path folder = std::filesystem::path(corpora != nullptr ? corpora : "") / "iptables-shell-dumps";
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, error)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path());
    std::stringstream text;
    text << file.rdbuf();
    if (("\n" + text.str()).find("\n*filter") == std::string::npos) continue;
    const std::string name = entry.path().stem();
    files.push_back({name, name.find("ip6tables") != std::string::npos ? Family::Ipv6 : Family::Ipv4, text.str()});
  }
  std::sort(files.begin(), files.end(), [](const SavedFile& a, const SavedFile& b) { return a.name < b.name; });
  return files;
}

}  // namespace norman::oracle
