// Names of the file, constants, sets, counters, meters, functions by themselves.
#include <algorithm>
#include <array>
#include <bit>
#include <cctype>

#include "compiler/sema/checker.h"
#include "compiler/sema/intervals.h"
#include "compiler/sema/rates.h"
#include "compiler/sema/units.h"
#include "compiler/support/nearest_name.h"

namespace norman {

using namespace ast;

namespace {

// First words of fields, headers and builtin functions: nothing may be called like them.
constexpr std::string_view kTakenNames[] = {
    "eth",   "vlan",   "arp",        "ipv4",    "ipv6",   "ip",     "tcp",  "udp",   "sctp",
    "icmp",  "icmpv6", "l4",         "owner",   "socket", "packet", "time", "iface", "parse",
    "local", "remote", "connection", "present", "min",    "max",    "raw8", "raw16", "raw32"};

}  // namespace

Checker::Checker(const SourceManager& sources, const syntax::File& file, Diagnostics& diagnostics, const KnownNames& known)
    : sources_(sources), file_(file), diagnostics_(diagnostics) {
  program_.file = file.file;
  program_.interfaces = known.interfaces;
  for (const std::string& name : known.interfaces) interfaces_.try_emplace(name, interfaces_.size() + 1);
  program_.interface_patterns = known.interface_patterns;
  program_.owner_predicates = known.owner_predicates;
  constants_.resize(file.constants.size());
  sets_.resize(file.sets.size());
  maps_.resize(file.maps.size());
  functions_.resize(file.functions.size());
  chains_.resize(file.chains.size());
}

const char* Checker::kindName(NameKind kind) {
  switch (kind) {
    case NameKind::Policy:
      return "policy";
    case NameKind::Chain:
      return "chain";
    case NameKind::Const:
      return "constant";
    case NameKind::Set:
      return "set";
    case NameKind::Map:
      return "map";
    case NameKind::Counter:
      return "counter";
    case NameKind::Meter:
      return "meter";
    case NameKind::Quota:
      return "quota";
    case NameKind::State:
      return "state";
    case NameKind::Function:
      return "function";
  }
  return "";
}

void Checker::declare(const syntax::Name& name, NameKind kind, size_t index) {
  if (std::find(std::begin(kTakenNames), std::end(kTakenNames), name.text) != std::end(kTakenNames)) {
    diagnostics_.report(DiagId::DuplicateName, name.range, "'" + name.text + "' is a name of the language")
        .help(std::string("choose another name for this ") + kindName(kind));
    return;
  }
  const auto [place, fresh] = declared_.try_emplace(name.text, Declared{kind, index, name.range});
  if (!fresh)
    diagnostics_.report(DiagId::DuplicateName, name.range, "'" + name.text + "' is declared twice")
        .note(place->second.range, std::string("it is already a ") + kindName(place->second.kind));
}

void Checker::declareNames() {
  const auto all = [&](const auto& list, NameKind kind) {
    for (size_t i = 0; i < list.size(); ++i) declare(list[i].name, kind, i);
  };
  all(file_.constants, NameKind::Const);
  all(file_.sets, NameKind::Set);
  all(file_.maps, NameKind::Map);
  all(file_.counters, NameKind::Counter);
  all(file_.meters, NameKind::Meter);
  all(file_.quotas, NameKind::Quota);
  all(file_.states, NameKind::State);
  all(file_.functions, NameKind::Function);
  all(file_.chains, NameKind::Chain);
  all(file_.policies, NameKind::Policy);
}

Checker::Declared* Checker::find(const std::string& name) {
  const auto found = declared_.find(name);
  return found == declared_.end() ? nullptr : &found->second;
}

std::vector<std::string_view> Checker::declaredNames(std::optional<NameKind> kind) const {
  std::vector<std::string_view> names;
  for (const auto& [name, declared] : declared_)
    if (!kind || declared.kind == *kind) names.push_back(name);
  return names;
}

void Checker::reportUnknown(const char* what, const syntax::Name& name,
                            const std::vector<std::string_view>& candidates) {
  const bool silent = diagnostics_.full();  // suggestions take time
  auto report = diagnostics_.report(DiagId::UnknownName, name.range,
                                    std::string("unknown ") + what + " '" + name.text + "'");
  if (silent) return;
  if (const auto near = nearestName(name.text, candidates)) {
    report.help("did you mean '" + *near + "'?");
  } else if (!candidates.empty() && candidates.size() <= 12) {
    std::string list;
    for (const auto candidate : candidates) list += (list.empty() ? "" : ", ") + std::string(candidate);
    report.help("there are " + list);
  } else if (candidates.empty()) {
    static constexpr std::array<std::string_view, 3> kDeclarations[] = {{"counter", "counter ", ";"},
                                                                       {"chain", "chain ", " { ... }"},
                                                                       {"meter or quota", "meter ", " { rate 10 mbit; }"}};
    for (const auto& [kind, before, after] : kDeclarations)
      if (what == kind) report.help("declare it: '" + std::string(before) + name.text + std::string(after) + "'");
  }
}

void Checker::reportUnknownUnit(const syntax::Name& name) {
  // Units of other tools, and words.
  static constexpr std::pair<std::string_view, std::string_view> kHabits[] = {
      {"bps", "bit"},       {"kbps", "kbit"},     {"mbps", "mbit"}, {"gbps", "gbit"},  {"tbps", "tbit"},  {"pps", "packets"},
      {"pkts", "packets"},  {"pkt", "packets"},     {"msec", "ms"},    {"usec", "us"},    {"nsec", "ns"},
      {"sec", "s"},         {"secs", "s"},        {"second", "s"},  {"seconds", "s"},  {"mins", "min"},   {"minute", "min"},
      {"minutes", "min"},   {"hour", "h"},        {"hours", "h"},   {"hr", "h"},       {"day", "d"},      {"days", "d"},
  };
  std::string lower = name.text;
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  auto report = diagnostics_.report(DiagId::UnknownName, name.range, "unknown unit '" + name.text + "'");
  for (const auto& [habit, ours] : kHabits)
    if (lower == habit) {
      report.help("did you mean '" + std::string(ours) + "'?");
      return;
    }
  const auto near = name.text.size() < 2 ? std::nullopt : nearestName(name.text, unitNames());
  if (near)
    report.help("did you mean '" + *near + "'?");
  else
    report.help("units are bytes, kb, mb, gb, kib, mib, gib; in rates bit, kbit, mbit, gbit, tbit and packets; ns, us, ms, s, min, h, d");
}

Checker::Declared* Checker::require(const syntax::Name& name, NameKind kind, const char* what) {
  Declared* declared = find(name.text);
  if (declared == nullptr) {
    reportUnknown(what, name, declaredNames(kind));
    return nullptr;
  }
  if (declared->kind != kind) {
    diagnostics_
        .report(DiagId::WrongKind, name.range,
                "'" + name.text + "' is a " + kindName(declared->kind) + ", a " + what + " is needed here")
        .note(declared->range, "declared here");
    return nullptr;
  }
  declared->used = true;
  return declared;
}

// -------------------------------------------------------------------------------------------- constants

const Value* Checker::constant(size_t index) {
  ConstInfo& info = constants_[index];
  const syntax::Const& declaration = file_.constants[index];
  if (info.progress == Progress::Running) {
    diagnostics_.report(DiagId::Recursion, declaration.name.range,
                        "constant '" + declaration.name.text + "' refers to itself");
    info.progress = Progress::Done;
    info.value = errorValue(declaration.name.range);
  }
  if (info.progress == Progress::Untouched) {
    info.progress = Progress::Running;
    const bool outer = std::exchange(constants_only_, true);
    Value value = check(declaration.value);
    constants_only_ = outer;
    const bool literal =
        value.literal().has_value() || value.kind == Value::Kind::String || value.kind == Value::Kind::Prefix;
    if (!value.isError() && !literal) {
      diagnostics_.report(DiagId::NotConstant, declaration.value.range, "this is not a constant");
      value = errorValue(declaration.value.range);
    }
    if (info.progress == Progress::Running) {
      info.value = std::move(value);
      info.progress = Progress::Done;
    }
  }
  return &info.value;
}

// ------------------------------------------------------------------------------------------------- sets

namespace {

constexpr std::string_view kElementTypes[] = {"address", "prefix", "ipv4",  "ipv6", "port",   "number",
                                              "mac",     "user",   "group", "comm", "cgroup", "interface"};

/// Values, saturated.
size_t valuesOf(const std::vector<Interval>& intervals) {
  constexpr size_t kMost = size_t{1} << 32;
  size_t count = 0;
  for (const Interval& i : intervals) {
    const uint64_t more = i.last.lo - i.first.lo;
    if (i.first.hi != i.last.hi || more >= kMost) return kMost;
    count = std::min(kMost, count + more + 1);
  }
  return count;
}

void sortPrefixes(std::vector<Interval>& intervals) {
  const auto ends = [](const Interval& i) { return std::pair(i.first, i.last); };
  std::ranges::sort(intervals, {}, ends);
  const auto same = std::ranges::unique(intervals, {}, ends);
  intervals.erase(same.begin(), same.end());
}

}  // namespace

std::optional<Checker::ElementType> Checker::findElementType(std::string_view word) {
  static constexpr std::pair<std::string_view, ElementType> kTypes[] = {
      {"address", {SetType::Address}}, {"ipv4", {SetType::Address, 4}},    {"ipv6", {SetType::Address, 6}},
      {"port", {SetType::Port}},       {"number", {SetType::Number}},      {"mac", {SetType::Mac}},
      {"user", {SetType::User}},       {"group", {SetType::Group}},        {"comm", {SetType::Comm}},
      {"cgroup", {SetType::Cgroup}},   {"interface", {SetType::Interface}},
      {"prefix", {SetType::Address, 0, true}}};
  for (const auto& [name, type] : kTypes)
    if (name == word) return type;
  return std::nullopt;
}

const Checker::SetInfo& Checker::set(size_t index) {
  SetInfo& info = sets_[index];
  const syntax::Set& declaration = file_.sets[index];
  if (info.progress == Progress::Running) {
    diagnostics_.report(DiagId::Recursion, declaration.name.range,
                        "set '" + declaration.name.text + "' contains itself");
    info.progress = Progress::Done;
  }
  if (info.progress == Progress::Done) return info;
  constexpr unsigned kMaxSetDepth = 64;
  if (set_depth_ >= kMaxSetDepth) {
    if (!size_reported_)
      diagnostics_.report(DiagId::ResourceLimit, declaration.name.range,
                          "sets are nested more than " + std::to_string(kMaxSetDepth) + " deep");
    size_reported_ = true;
    info.progress = Progress::Done;
    return info;
  }
  info.progress = Progress::Running;
  ++set_depth_;
  std::vector<ElementType> types;
  for (const syntax::Name& word : declaration.types) {
    if (const auto type = findElementType(word.text))
      types.push_back(*type);
    else
      reportUnknown("type of set", word, {std::begin(kElementTypes), std::end(kElementTypes)});
  }
  if (types.size() == declaration.types.size() && types.size() > 1) {
    if (checkPartTypes(declaration.types, types)) {
      std::vector<Row> rows;
      for (const syntax::Expr& element : declaration.elements) readRow(element, types, rows);
      info.types = std::move(types);
      info.rows = std::move(rows);
    }
  } else if (types.size() == declaration.types.size()) {
    info.type = types.front().type;
    info.prefixes = declaration.size.has_value() && types.front().prefixes;
    Elements elements;
    for (const syntax::Expr& element : declaration.elements) {
      const size_t four = elements.ipv4.size();
      const size_t six = elements.ipv6.size();
      readElement(element, types.front(), elements);
      if (info.prefixes &&
          (!arePrefixes(std::span(elements.ipv4).subspan(four), element.range) || !arePrefixes(std::span(elements.ipv6).subspan(six), element.range)))
        break;
    }
    for (std::vector<Interval>* family : {&elements.ipv4, &elements.ipv6}) {
      if (info.prefixes)
        sortPrefixes(*family);
      else
        *family = normalise(std::move(*family));
    }
    elements.other = normalise(std::move(elements.other));
    std::sort(elements.names.begin(), elements.names.end());
    elements.names.erase(std::unique(elements.names.begin(), elements.names.end()), elements.names.end());
    info.elements = std::move(elements);
  }
  const Elements& has = info.elements;
  const size_t count = info.prefixes ? std::max(has.ipv4.size(), has.ipv6.size())
                                     : std::max(valuesOf(has.ipv4), valuesOf(has.ipv6)) + valuesOf(has.other) + info.rows.size();
  const size_t errors = diagnostics_.errorCount();
  if (declaration.size) {
    if (!info.prefixes && info.type) checkSingle(has, declaration);
    if (diagnostics_.errorCount() == errors)
      if (const auto capacity = checkSize(declaration.size, count, "set")) info.capacity = *capacity;
  }
  if (info.capacity != 0 && !info.types.empty()) checkSingle(info.rows);
  --set_depth_;
  info.progress = Progress::Done;
  return info;
}

namespace {

OwnerAttribute attributeOf(bool user, bool group, bool comm) {
  return user    ? OwnerAttribute::User
         : group ? OwnerAttribute::Group
         : comm  ? OwnerAttribute::Comm
                 : OwnerAttribute::Cgroup;
}

}  // namespace

void Checker::readElement(const syntax::Expr& element, ElementType type, Elements& into) {
  const size_t four = into.ipv4.size();
  const size_t six = into.ipv6.size();
  readSetElement(element, type.type, into);
  if (type.family == 0 || (type.family == 4 ? into.ipv6.size() == six : into.ipv4.size() == four)) return;
  diagnostics_
      .report(DiagId::TypeMismatch, element.range,
              std::string("expected an ipv") + (type.family == 4 ? "4" : "6") +
                  " address, prefix or range, got an ipv" + (type.family == 4 ? "6" : "4") + " one")
      .help("the type 'address' has both");
}

void Checker::readSetElement(const syntax::Expr& element, SetType type, Elements& into) {
  const auto wrong = [&](const std::string& got, const char* wanted) {
    diagnostics_.report(DiagId::TypeMismatch, element.range,
                        "expected " + std::string(wanted) + ", got " + got);
  };
  const auto wantedName = [&]() -> const char* {
    switch (type) {
      case SetType::Address:
        return "an address, a prefix or a range of addresses";
      case SetType::Port:
        return "a port or a range of ports";
      case SetType::Number:
        return "a number or a range of numbers";
      case SetType::Mac:
        return "a MAC address";
      case SetType::Interface:
        return "an interface as a string";
      case SetType::User:
        return "a user as a string";
      case SetType::Group:
        return "a group as a string";
      case SetType::Comm:
        return "a command as a string";
      case SetType::Cgroup:
        return "a cgroup as a string";
    }
    return "";
  };
  // Another set of the same type.
  if (element.kind == syntax::ExprKind::Path) {
    if (Declared* declared = find(element.name.text);
        declared != nullptr && declared->kind == NameKind::Set) {
      declared->used = true;
      const SetInfo& other = set(declared->index);
      if (!other.types.empty()) wrong("a set of combinations", wantedName());
      if (other.capacity != 0)
        diagnostics_
            .report(DiagId::TypeMismatch, element.range,
                    "a copy of set '" + element.name.text + "' would not follow its changes: it has a size")
            .help("test it apart, with '||'");
      if (!other.type) return;
      const bool numbers = (*other.type == SetType::Port && type == SetType::Number) ||
                           (*other.type == SetType::Number && type == SetType::Port);
      if (*other.type != type && !numbers) {
        wrong("a set of type " + file_.sets[declared->index].types.front().text, wantedName());
        return;
      }
      const Elements& more = other.elements;
      if (!countElements(more.ipv4.size() + more.ipv6.size() + more.other.size() + more.names.size(),
                         element.range))
        return;
      const auto append = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
      append(into.ipv4, more.ipv4);
      append(into.ipv6, more.ipv6);
      append(into.other, more.other);
      append(into.names, more.names);
      return;
    }
  }
  if (element.kind == syntax::ExprKind::Tuple) return wrong("a combination", wantedName());
  const bool outer = std::exchange(constants_only_, true);
  const bool range = element.kind == syntax::ExprKind::Range;
  Value first = check(range ? element.operands[0] : element);
  Value last = range ? check(element.operands[1]) : Value{};
  constants_only_ = outer;
  if (first.isError() || (range && last.isError())) return;

  switch (type) {
    case SetType::Interface:
    case SetType::User:
    case SetType::Group:
    case SetType::Comm:
    case SetType::Cgroup: {
      if (range || first.kind != Value::Kind::String) {
        wrong(range ? "a range" : describeType(first), wantedName());
        return;
      }
      std::string name = first.text;
      if (type == SetType::Interface) {
        if (!isInterfacePattern(name)) {
          const uint64_t number = interfaceNumber(name, element.range);
          into.other.push_back({{0, number}, {0, number}});
        } else if (map_key_) {
          diagnostics_.report(DiagId::TypeMismatch, element.range, "a map has no patterns of interfaces, got '" + name + "'")
              .help("name the interfaces, or write rules: 'iface.in == \"" + name + "\" => ...'");
        } else {
          const std::vector<Interval>& numbers = interfacesOf(name, element.range);
          into.other.insert(into.other.end(), numbers.begin(), numbers.end());
        }
        return;
      }
      const auto attribute =
          attributeOf(type == SetType::User, type == SetType::Group, type == SetType::Comm);
      if (checkOwnerName(attribute, name, element.range)) into.names.push_back(std::move(name));
      return;
    }
    case SetType::Address:
    case SetType::Port:
    case SetType::Number:
    case SetType::Mac:
      break;
  }
  if (first.kind == Value::Kind::Prefix && !range) {
    if (type != SetType::Address) {
      wrong("a prefix", wantedName());
      return;
    }
    (first.type.kind == TypeKind::Ipv4 ? into.ipv4 : into.ipv6).push_back(first.interval);
    return;
  }
  const auto low = first.literal();
  const auto high = range ? last.literal() : low;
  const bool fits = low && high && (!range || first.type.kind == last.type.kind) &&
                    (type == SetType::Address ? first.isAddress()
                     : type == SetType::Mac   ? first.type.kind == TypeKind::Mac
                                              : first.isInt());
  if (!fits) {
    const bool mixed = range && low && high && first.isAddress() && last.isAddress();
    if (mixed)
      diagnostics_
          .report(DiagId::TypeMismatch, element.range,
                  "a range from " + describeType(first) + " to " + describeType(last))
          .help("both ends of a range have the same type");
    else
      wrong(describeType(first.literal() ? (range && !last.literal() ? last : first) : first), wantedName());
    return;
  }
  if (*high < *low) {
    const bool night = element.operands[0].kind == syntax::ExprKind::Time;
    const auto end = [&](size_t n) { return std::string(sources_.text(element.operands[n].range)); };
    diagnostics_.report(DiagId::BadRange, element.range, "this range ends before it begins")
        .help(night ? "a range over midnight is two: '{" + end(0) + "..24:00, 0:00.." + end(1) + "}'"
                    : "write the smaller end first");
    return;
  }
  if (type == SetType::Port && bitLength(*high) > 16) {
    diagnostics_.report(DiagId::OutOfRange, element.range, "a port is less than 65536");
    return;
  }
  std::vector<Interval>& list = !first.isAddress()                  ? into.other
                                : first.type.kind == TypeKind::Ipv4 ? into.ipv4
                                                                    : into.ipv6;
  list.push_back({*low, *high});
}

// ------------------------------------------------------------------------------------ counters, meters

void Checker::checkCounter(const syntax::Counter& declaration) {
  counter_ids_.emplace_back();
  Counter counter;
  counter.name = declaration.name.text;
  counter.range = declaration.name.range;
  if (declaration.size) {
    counter.is_array = true;
    const bool outer = std::exchange(constants_only_, true);
    const Value size = check(*declaration.size);
    constants_only_ = outer;
    if (size.isError()) return;
    const auto number = size.literal();
    if (!number || !size.isInt()) {
      diagnostics_.report(DiagId::NotConstant, declaration.size->range,
                          "the size of a counter array is a constant number");
      return;
    }
    if (number->lo < 1 || number->lo > 65535) {
      diagnostics_.report(DiagId::OutOfRange, declaration.size->range,
                          "a counter array has 1 to 65535 elements, got " + std::to_string(number->lo));
      return;
    }
    counter.size = static_cast<uint32_t>(number->lo);
  }
  counter_ids_.back() = static_cast<CounterId>(program_.counters.size());
  counter_elements_ += counter.size;
  program_.counters.push_back(std::move(counter));
}

void Checker::checkMeter(const syntax::Meter& declaration) {
  meter_ids_.emplace_back();
  Meter meter;
  meter.name = declaration.name.text;
  meter.range = declaration.name.range;
  if (!declaration.rate) {
    diagnostics_
        .report(DiagId::MissingSetting, declaration.name.range, "meter '" + meter.name + "' has no rate")
        .help("write 'rate 10 mbit;' or 'rate 100 packets/s;' in it");
    return;
  }
  const syntax::Expr& rate = *declaration.rate;
  const auto unitOf = [&](const syntax::Expr& number, const char* what) -> std::optional<UnitInfo> {
    if (number.name.text.empty()) return UnitInfo{"packets", Quantity::Packets, 1};
    const auto unit = findUnit(number.name.text);
    if (!unit) {
      reportUnknownUnit(number.name);
      return std::nullopt;
    }
    if (unit->quantity == Quantity::Duration) {
      diagnostics_
          .report(DiagId::UnitMismatch, number.name.range, std::string("a ") + what + " is not a duration")
          .help(std::string("a ") + what + " is in bits, bytes or packets");
      return std::nullopt;
    }
    return unit;
  };
  const auto unit = unitOf(rate, "rate");
  if (!unit) return;
  Rate wanted;
  wanted.of = unit->quantity == Quantity::Bits    ? Rate::Of::Bits
              : unit->quantity == Quantity::Bytes ? Rate::Of::Bytes
                                                  : Rate::Of::Packets;
  wanted.digits = rate.value.lo;
  wanted.factor = unit->factor;
  wanted.scale = rate.scale;
  if (!declaration.period.text.empty()) {
    const auto period = findUnit(declaration.period.text);
    if (!period || period->quantity != Quantity::Duration) {
      reportUnknown("period", declaration.period, {"s", "min", "h", "d", "ms", "us"});
      return;
    }
    wanted.period_ns = period->factor;
  }
  if (wanted.scale > 9 || !setRate(meter, wanted)) {
    diagnostics_.report(DiagId::OutOfRange, rate.range, "this rate cannot be metered")
        .note("rates lie between 1 bit/s and 1 tbit/s, or between 1 packet/d and 1000000000 packets/s");
    return;
  }
  uint64_t burst = meter.per_byte ? 1500 : 1;
  if (declaration.burst) {
    const syntax::Expr& size = *declaration.burst;
    const bool plain = size.name.text.empty();
    const auto burst_unit = unitOf(size, "burst");
    if (!burst_unit) return;
    const Quantity expected = meter.per_byte ? Quantity::Bytes : Quantity::Packets;
    if (burst_unit->quantity != expected) {
      diagnostics_
          .report(DiagId::UnitMismatch, size.range,
                  std::string("the burst of this meter is in ") + (meter.per_byte ? "bytes" : "packets") +
                      ", got " +
                      (plain                                    ? "a plain number"
                       : burst_unit->quantity == Quantity::Bits ? "bits"
                       : meter.per_byte                         ? "packets"
                                                                : "bytes"))
          .note(rate.range, "because of this rate")
          .help(meter.per_byte ? "write for example 'burst 15 kb;'"
                               : "write for example 'burst 20 packets;'");
      return;
    }
    const Value number = checkNumber(size);
    if (number.isError()) return;
    burst = number.literal()->lo;
    if (burst == 0) {
      diagnostics_.report(DiagId::OutOfRange, size.range, "a burst is at least 1");
      return;
    }
  }
  if (!setBurst(meter, burst)) {
    diagnostics_.report(DiagId::OutOfRange, declaration.burst ? declaration.burst->range : rate.range,
                        "this burst takes more than two years at this rate");
    return;
  }
  if (!checkKeyed(declaration.keyed, declaration.name, "meter", meter.keyed)) return;
  meter_ids_.back() = static_cast<MeterId>(program_.meters.size());
  program_.meters.push_back(std::move(meter));
}

/// What `per` and its options say.
bool Checker::checkKeyed(const syntax::Keyed& keyed, const syntax::Name& name, const char* what,
                         Keyed& result) {
  if (keyed.key.empty()) {
    if (!keyed.range.valid()) return true;
    diagnostics_
        .report(DiagId::MissingSetting, keyed.range,
                std::string("a ") + what + " without 'per' has no keys to keep")
        .help(std::string("write '") + what + " " + name.text + " per ip.src { ... }', or remove this");
    return false;
  }
  if (!keyed.size) {
    diagnostics_
        .report(DiagId::MissingSetting, name.range,
                std::string(what) + " '" + name.text + "' has no size: how many keys it keeps")
        .help("write for example 'size 4096;' in it");
    return false;
  }
  constexpr uint64_t kMaxKeys = 1u << 20;  // more than any overlay holds
  if (!keyed.size->name.text.empty() || keyed.size->scale != 0 || keyed.size->value.lo < 1 ||
      keyed.size->value.lo > kMaxKeys) {
    diagnostics_
        .report(DiagId::OutOfRange, keyed.size->range, "a size is a plain number of keys from 1 to 1048576")
        .help("write for example 'size 4096;'");
    return false;
  }
  for (const syntax::Expr& part : keyed.key) result.key += (result.key.empty() ? "" : ", ") + part.name.text;
  result.size = std::max<uint32_t>(64, std::bit_ceil(static_cast<uint32_t>(keyed.size->value.lo)));
  if (keyed.timeout) {
    const Value timeout = checkNumber(*keyed.timeout);
    if (timeout.isError()) return false;
    constexpr uint64_t kUnit = uint64_t{1} << 20;  // ns
    const uint64_t units = (timeout.literal()->lo + kUnit - 1) / kUnit;
    if (timeout.type.unit != Unit::Nanoseconds || units < 1 || units > uint64_t{1} << 31) {
      diagnostics_
          .report(DiagId::OutOfRange, keyed.timeout->range, "a timeout is a duration of at most 26 days")
          .help("write for example 'timeout 60 s;'");
      return false;
    }
    result.timeout = units;
  }
  const std::string& full = keyed.full.text;
  if (what == std::string_view("state")) {
    if (full == "replace") result.full = WhenFull::Replace;
    if (full.empty() || full == "ignore" || full == "replace") return true;
    reportUnknown("answer", keyed.full, {"ignore", "replace"});
    return false;
  }
  if (full == "exceeds") result.full = WhenFull::Exceeds;
  if (full == "replace") result.full = WhenFull::Replace;
  if (full.empty() || full == "within" || full == "exceeds" || full == "replace") return true;
  reportUnknown("answer", keyed.full, {"within", "exceeds", "replace"});
  return false;
}

void Checker::checkQuota(const syntax::Quota& declaration) {
  quota_ids_.emplace_back();
  if (!declaration.limit) {
    diagnostics_
        .report(DiagId::MissingSetting, declaration.name.range,
                "quota '" + declaration.name.text + "' has no limit")
        .help("write for example '10 gb;' in it");
    return;
  }
  const syntax::Expr& limit = *declaration.limit;
  const auto unit = findUnit(limit.name.text);
  if (!unit && !limit.name.text.empty()) return reportUnknownUnit(limit.name);
  if (!unit || (unit->quantity != Quantity::Bytes && unit->quantity != Quantity::Packets)) {
    diagnostics_
        .report(DiagId::UnitMismatch, limit.range,
                std::string("a quota is in bytes or packets, got ") + (!unit ? "a plain number"
                                                                       : unit->quantity == Quantity::Bits
                                                                           ? "bits"
                                                                           : "a duration"))
        .help("write for example '10 gb' or '1000 packets'");
    return;
  }
  unsigned __int128 amount = static_cast<unsigned __int128>(limit.value.lo) * unit->factor;
  unsigned __int128 divisor = 1;
  for (unsigned i = 0; i < limit.scale && divisor <= amount; ++i) divisor *= 10;
  const bool whole = amount % divisor == 0;
  amount /= divisor;
  if (!whole || amount == 0 || amount >= uint64_t{1} << 62) {
    diagnostics_
        .report(DiagId::OutOfRange, limit.range,
                "a quota is a whole number from 1 to less than 2^62 of bytes or packets")
        .help("write for example '10 gb' or '1000 packets'");
    return;
  }
  Meter quota;
  quota.kind = MeterKind::Quota;
  quota.name = declaration.name.text;
  quota.range = declaration.name.range;
  quota.per_byte = unit->quantity == Quantity::Bytes;
  quota.limit = static_cast<uint64_t>(amount);
  if (!checkKeyed(declaration.keyed, declaration.name, "quota", quota.keyed)) return;
  quota_ids_.back() = static_cast<MeterId>(program_.meters.size());
  program_.meters.push_back(std::move(quota));
}

// -------------------------------------------------------------------------------------------- functions

// Checks a body once with parameters that could be anything of their type, so that a function that nobody
// calls is checked too.
void Checker::checkFunction(size_t index) {
  const syntax::Function& function = file_.functions[index];
  const size_t before = diagnostics_.errorCount();
  Scope scope;
  scope_ = &scope;
  for (const syntax::Parameter& parameter : function.parameters) {
    bind(parameter.name, typeTemplate(parameter.type, LocalId{}));
  }
  if (functions_[index].progress == Progress::Untouched) {
    functions_[index].progress = Progress::Running;
    functionBody(function);
    functions_[index].progress = Progress::Untouched;
  }
  functions_[index].broken = functions_[index].broken || diagnostics_.errorCount() != before;
  scope_ = nullptr;
}

void Checker::warnUnused() {
  for (const auto& [name, declared] : declared_) {
    if (declared.used || declared.kind == NameKind::Policy) continue;
    if (declared.range.file != file_.file) continue;  // who imports a file need not use all of it
    const bool chain = declared.kind == NameKind::Chain;
    diagnostics_.report(DiagId::UnusedName, declared.range,
                        std::string(kindName(declared.kind)) + " '" + name +
                            (chain ? "' is never called" : "' is never used"));
  }
}

}  // namespace norman
