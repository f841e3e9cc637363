// Makes programs by the typing rules of LANGUAGE.md, each expression with the unit and width that its place asks for.
#include "tests/support/random_policy.h"

#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "compiler/ast/field.h"

namespace norman::test {
namespace {

using ast::Bits128;

// What kind of value an expression has, as far as the rules for operators ask.
enum class Kind { Bool, U32, U64, Ipv4, Ipv6, Address, Mac, Interface };
enum class Unit { None, Port, Bytes, Seconds, Duration };

struct Value {
  Term term;
  Kind kind = Kind::Bool;
  Unit unit = Unit::None;
  unsigned bits = 32;     // it is less than 2^bits
  bool literal = false;
};

char sortOf(Kind kind) {
  switch (kind) {
    case Kind::Bool: return 'b';
    case Kind::U32:
    case Kind::U64: return 'i';
    case Kind::Ipv4: return '4';
    case Kind::Ipv6: return '6';
    case Kind::Address: return 'a';
    case Kind::Mac: return 'm';
    case Kind::Interface: return 's';
  }
  return 's';
}

Term leaf(char sort, std::string text) { return {sort, std::move(text), {}}; }
Term raw(std::string text) { return leaf('s', std::move(text)); }
Term node(char sort, std::string text, std::vector<Term> parts) { return {sort, std::move(text), std::move(parts)}; }

std::string ipv4Text(uint32_t value) {
  return fmt::format("{}.{}.{}.{}", value >> 24, value >> 16 & 255, value >> 8 & 255, value & 255);
}
std::string ipv6Text(const Bits128& value) {
  std::string text;
  for (int i = 0; i < 8; ++i) {
    const uint64_t half = i < 4 ? value.hi : value.lo;
    text += fmt::format("{}{:x}", i == 0 ? "" : ":", half >> (48 - 16 * (i % 4)) & 0xffff);
  }
  return text;
}
std::string macText(uint64_t value) {
  std::string text;
  for (int i = 5; i >= 0; --i) text += fmt::format("{:02x}{}", value >> (8 * i) & 255, i == 0 ? "" : ":");
  return text;
}

// Where a field may be named, and where it is known, by hook.
enum HookBit : unsigned { kPre = 1, kIn = 2, kForward = 4, kOut = 8, kPost = 16 };
struct HookName {
  HookBit bit;
  const char* name;
  int direction;
};
constexpr std::array<HookName, 5> kHooks{
    {{kPre, "prerouting", 0}, {kIn, "input", 0}, {kForward, "forward", 1}, {kOut, "output", 1}, {kPost, "postrouting", 1}}};

bool fieldAllowed(std::string_view name, unsigned hooks) {
  if (name.starts_with("connection.")) return false;
  if (name.starts_with("owner.") || name.starts_with("socket.")) return (hooks & ~unsigned{kForward}) != 0;
  if (name == "iface.in") return (hooks & ~unsigned{kOut}) != 0;
  if (name == "iface.out") return (hooks & (kForward | kOut | kPost)) != 0;
  if (name.starts_with("local.") || name.starts_with("remote."))
    return (hooks & (kPre | kPost)) == 0 && (hooks & (kIn | kOut)) != 0;
  return true;
}

struct FieldInfo {
  std::string name;
  Kind kind;
  Unit unit;
  unsigned bits;
  bool writable;
};

const std::vector<FieldInfo>& allFields() {
  static const std::vector<FieldInfo> fields = [] {
    std::vector<FieldInfo> list;
    for (size_t i = 0; i < ast::fieldCount(); ++i) {
      const ast::Field& field = ast::field(static_cast<ast::FieldId>(i));
      if (field.reserved) continue;
      FieldInfo info{std::string(field.name), Kind::U32, Unit::None, field.width, field.target >= 0};
      switch (field.type.kind) {
        case ast::TypeKind::Bool: info.kind = Kind::Bool; break;
        case ast::TypeKind::Ipv4: info.kind = Kind::Ipv4; break;
        case ast::TypeKind::Ipv6: info.kind = field.either_family ? Kind::Address : Kind::Ipv6; break;
        case ast::TypeKind::Mac: info.kind = Kind::Mac; break;
        case ast::TypeKind::Int: break;
      }
      if (info.name.ends_with("port")) info.unit = Unit::Port;
      if (info.name == "packet.len") info.unit = Unit::Bytes;
      if (info.name == "time.second_of_day") info.unit = Unit::Seconds;
      if (info.name == "packet.time") {
        info.kind = Kind::U64;
        info.unit = Unit::Duration;
        info.bits = 64;
      }
      if (info.name.starts_with("iface.")) info.kind = Kind::Interface;
      if (info.name.starts_with("l4.")) info.writable = false;
      list.push_back(info);
    }
    for (const char* side : {"local", "remote"}) {
      list.push_back({std::string(side) + ".port", Kind::U32, Unit::Port, 16, false});
      list.push_back({std::string(side) + ".ip", Kind::Address, Unit::None, 128, false});
    }
    return list;
  }();
  return fields;
}

struct Function {
  std::string name;
  Kind result;
  Unit unit;
  Kind parameter;
  Unit parameter_unit;
};

struct Map {
  std::string name;
  std::vector<std::string> types;  // of the key
  std::string value;
};

struct MeterUse {
  std::string name;
  std::array<bool, 2> used{false, false};
};

// A packet uses a state once: each has one place in a direction.
struct StateUse {
  std::string name;
  std::string type;
  std::array<bool, 2> used{false, false};
  bool shared = false;
  std::optional<size_t> home{};  // the direction that assigns the shared one
};

class Generator {
 public:
  explicit Generator(Random& random) : random_(random) {}

  RandomPolicy make() {
    reads_raw_ = random_.oneIn(5);
    constants();
    sets();
    combinations();
    maps();
    counters();
    meters();
    states();
    functions();
    const uint64_t policies = random_.percent(65) ? 1 : random_.percent(80) ? 2 : 3;
    if (random_.percent(40)) chains_.resize(random_.between(1, 3));
    for (StateUse& state : states_)
      if (state.shared && random_.percent(70)) sharing(state);
    for (uint64_t i = 0; i < policies; ++i) policy(i);
    for (size_t i = 0; i < chains_.size(); ++i) chain(i);
    return std::move(out_);
  }

 private:
  uint64_t below(uint64_t n) { return random_.below(n); }
  void declare(std::string line) { out_.text.declarations.push_back(std::move(line)); }

  // ------------------------------------------------------------------------------------------- literals

  uint32_t ipv4Value() {
    if (random_.percent(60)) return random_.pick(out_.vocabulary.ipv4);
    const auto value = static_cast<uint32_t>(random_.oneIn(4) ? random_.next() : 0x0a000000 | below(1 << 16));
    out_.vocabulary.ipv4.push_back(value);
    return value;
  }
  Bits128 ipv6Value() {
    if (random_.percent(60)) return random_.pick(out_.vocabulary.ipv6);
    Bits128 value{0x20010db800000000 | below(4), random_.oneIn(2) ? below(1000) : random_.next()};
    if (random_.oneIn(6)) value.hi = random_.next();
    out_.vocabulary.ipv6.push_back(value);
    return value;
  }
  uint64_t macValue() {
    if (random_.percent(60)) return random_.pick(out_.vocabulary.macs);
    const uint64_t value = 0x020000000000 | (random_.next() & 0xffffffff);
    out_.vocabulary.macs.push_back(value);
    return value;
  }
  uint64_t portValue() {
    if (random_.percent(50)) return random_.pick(out_.vocabulary.ports);
    const auto value = static_cast<uint16_t>(random_.oneIn(2) ? random_.next() : below(1024));
    out_.vocabulary.ports.push_back(value);
    return value;
  }
  // A number less than 2^bits.
  uint64_t numberValue(unsigned bits) {
    const uint64_t mask = ast::lowOnes(std::min(bits, 64u)).lo;
    if (random_.percent(50)) return random_.pick(out_.vocabulary.numbers) & mask;
    uint64_t value = random_.next() & ast::lowOnes(static_cast<unsigned>(random_.between(1, std::max(1u, std::min(bits, 64u))))).lo;
    if (random_.oneIn(8)) value = mask;
    out_.vocabulary.numbers.push_back(value & mask);
    return value & mask;
  }

  Value literal(Kind kind, Unit unit, unsigned bits) {
    Value value;
    value.kind = kind;
    value.literal = true;
    value.bits = bits;
    switch (kind) {
      case Kind::Bool: value.term = leaf('b', random_.oneIn(2) ? "true" : "false"); break;
      case Kind::Ipv4: value.term = leaf('4', ipv4Text(ipv4Value())); break;
      case Kind::Ipv6: value.term = leaf('6', ipv6Text(ipv6Value())); break;
      case Kind::Mac: value.term = leaf('m', macText(macValue())); break;
      case Kind::Address:
        value.term = leaf('a', random_.oneIn(2) ? ipv4Text(ipv4Value()) : ipv6Text(ipv6Value()));
        break;
      case Kind::Interface: value.term = raw('"' + interface() + '"'); break;
      case Kind::U32:
      case Kind::U64: value.term = leaf('i', numberText(unit, bits)); break;
    }
    return value;
  }
  std::string interface() { return random_.oneIn(6) ? "tun7" : random_.pick(worldInterfaces()); }
  std::string interfaceOrPattern() {
    return random_.oneIn(4) ? random_.pick(std::vector<std::string>{"eth*", "e*", "wlan*", "tun*", "lo*", "*", "eth1*"}) : interface();
  }

  std::string numberText(Unit unit, unsigned bits) {
    if (unit == Unit::Port) return std::to_string(portValue() & ast::lowOnes(bits).lo);
    if (unit == Unit::Duration) return random_.oneIn(3) ? fmt::format("{} us", below(5000)) : std::to_string(below(1ull << 40));
    if (unit == Unit::Seconds && random_.oneIn(3) && bits >= 17)
      return random_.oneIn(2) ? fmt::format("{} h", below(24)) : fmt::format("{}:{:02}", below(24), below(60));
    if (unit == Unit::Seconds) return std::to_string(below(86400) & ast::lowOnes(bits).lo);
    if (unit == Unit::Bytes) {
      const uint64_t size = (random_.oneIn(3) ? random_.between(60, 130) : below(1600)) & ast::lowOnes(bits).lo;
      return random_.oneIn(3) ? fmt::format("{} bytes", size) : std::to_string(size);
    }
    for (const auto& [name, width] : constants_)
      if (width <= bits && random_.oneIn(6)) return name;
    const uint64_t value = numberValue(bits);
    return random_.oneIn(4) ? fmt::format("{:#x}", value) : std::to_string(value);
  }

  // ------------------------------------------------------------------------------------------- declarations

  void constants() {
    for (uint64_t i = below(3); i > 0; --i) {
      const unsigned bits = random_.oneIn(2) ? 8 : 16;
      const uint64_t value = numberValue(bits);
      const std::string name = fmt::format("k{}", i);
      declare(random_.oneIn(3) ? fmt::format("const {} = {} + 0;", name, value) : fmt::format("const {} = {};", name, value));
      constants_.emplace_back(name, std::max<unsigned>(1, static_cast<unsigned>(std::bit_width(value))));
    }
  }

  // `a`, `a..b` or a prefix.
  /// A key of a map in two spellings would be there twice: one address is no prefix, and no range is a prefix.
  std::string addressElement() {
    if (random_.oneIn(2)) {
      const uint32_t value = ipv4Value();
      if (random_.oneIn(3)) {
        const unsigned length = static_cast<unsigned>(random_.between(8, 32));
        if (length == 32) return ipv4Text(value);
        return fmt::format("{}/{}", ipv4Text(value & ~static_cast<uint32_t>(ast::lowOnes(32 - length).lo)), length);
      }
      if (random_.oneIn(4)) return ipv4Text(value & ~255u) + ".." + ipv4Text((value | 255u) - 1);
      return ipv4Text(value);
    }
    Bits128 value = ipv6Value();
    if (random_.oneIn(3)) {
      const unsigned length = static_cast<unsigned>(random_.oneIn(2) ? random_.between(16, 64) : random_.between(65, 128));
      if (length == 128) return ipv6Text(value);
      const Bits128 cut = ast::lowOnes(128 - length);
      value.hi &= ~cut.hi;
      value.lo &= ~cut.lo;
      return fmt::format("{}/{}", ipv6Text(value), length);
    }
    return ipv6Text(value);
  }
  std::string prefixElement() {
    for (;;)
      if (std::string element = addressElement(); element.find("..") == std::string::npos) return element;
  }
  /// A range of one value would be the same key of a map as the value.
  static std::string range(uint64_t first, uint64_t last) {
    return first == last ? std::to_string(first) : fmt::format("{}..{}", first, last);
  }

  std::string portElement() {
    const uint64_t first = portValue();
    if (random_.oneIn(4)) return range(first, std::min<uint64_t>(65535, first + below(2000)));
    return std::to_string(first);
  }
  std::string numberElement(unsigned bits) {
    const uint64_t first = numberValue(bits);
    if (random_.oneIn(4)) return range(first, std::min<uint64_t>(ast::lowOnes(bits).lo, first + below(20)));
    return std::to_string(first);
  }
  template <typename Make>
  std::string elements(uint64_t count, Make make) {
    std::string text;
    for (uint64_t i = 0; i < count; ++i) text += (i == 0 ? " " : ", ") + make();
    return "{" + text + " }";
  }
  static std::string quoted(const std::string& text) { return '"' + text + '"'; }

  std::string userName() { return random_.oneIn(6) ? "1001" : pickKey(worldAccounts().users); }
  std::string groupName() { return random_.oneIn(6) ? "50" : pickKey(worldAccounts().groups); }
  std::string pickKey(const std::map<std::string, uint32_t>& names) {
    auto at = names.begin();
    std::advance(at, static_cast<long>(below(names.size())));
    return at->first;
  }

  void sets() {
    const std::vector<std::string> kinds{"address", "port", "number", "mac", "user", "group", "comm", "cgroup", "interface"};
    for (uint64_t i = below(4); i > 0; --i) {
      const std::string kind = random_.pick(kinds);
      const std::string name = fmt::format("s{}", i);
      uint64_t size = random_.oneIn(12) ? 0 : random_.between(1, 6);
      // Long ones become tables; single values only, as an administrator's block list has.
      const bool long_list = random_.oneIn(3) && (kind == "address" || kind == "port" || kind == "mac" || kind == "number");
      if (long_list) size = random_.between(20, 120);
      const auto single = [&](auto value) { return [this, value] { return (this->*value)(); }; };
      std::string list;
      if (kind == "address")
        list = long_list ? elements(size, [&] { return random_.percent(70) ? ipv4Text(ipv4Value()) : ipv6Text(ipv6Value()); })
                         : elements(size, single(&Generator::addressElement));
      if (kind == "port")
        list = long_list ? elements(size, [&] { return std::to_string(portValue()); }) : elements(size, single(&Generator::portElement));
      if (kind == "number") list = elements(size, [&] { return long_list ? std::to_string(below(256)) : numberElement(8); });
      if (kind == "mac") list = elements(size, [&] { return macText(macValue()); });
      if (kind == "user") list = elements(size, [&] { return quoted(userName()); });
      if (kind == "group") list = elements(size, [&] { return quoted(groupName()); });
      if (kind == "comm") list = elements(size, [&] { return quoted(random_.pick(worldComms())); });
      if (kind == "cgroup") list = elements(size, [&] { return quoted(random_.pick(worldCgroups())); });
      if (kind == "interface") list = elements(size, [&] { return quoted(interfaceOrPattern()); });
      // A few hold prefixes and change.
      const bool prefixes = kind == "address" && !long_list && size != 0 && random_.oneIn(3);
      if (prefixes) list = elements(random_.between(1, 40), single(&Generator::prefixElement));
      declare(fmt::format("set {}: {} {}", name, prefixes ? "prefix size 100" : kind, list));
      sets_[kind].push_back(name);
    }
  }

  // Combinations: the types of each one's parts, and elements of single values mostly.
  std::string part(const std::string& type) {
    if (type == "port") return portElement();
    if (type == "number") return numberElement(8);
    if (type == "mac") return macText(macValue());
    if (type == "ipv4") {
      const uint32_t value = ipv4Value();
      return random_.oneIn(5) ? ipv4Text(value & ~255u) + "/24" : ipv4Text(value);
    }
    return random_.percent(70) ? ipv4Text(ipv4Value()) : addressElement();
  }
  std::string singlePart(const std::string& type) {
    if (type == "port") return std::to_string(portValue());
    if (type == "number") return std::to_string(below(256));
    if (type == "mac") return macText(macValue());
    return ipv4Text(ipv4Value());
  }
  template <typename Make>
  static std::string combination(const std::vector<std::string>& types, Make make) {
    std::string text;
    for (const std::string& type : types) text += (text.empty() ? "(" : ", ") + make(type);
    return text + ")";
  }
  std::vector<std::string> partTypes() {
    std::vector<std::string> types;
    for (uint64_t parts = random_.oneIn(3) ? 3 : 2; parts > 0; --parts)
      types.push_back(random_.pick(std::vector<std::string>{"address", "ipv4", "port", "port", "number", "mac"}));
    return types;
  }
  void combinations() {
    for (uint64_t i = random_.oneIn(3) ? random_.between(1, 2) : 0; i > 0; --i) {
      Combination set{fmt::format("b{}", i), partTypes()};
      // Long ones become tables.
      const bool long_list = random_.oneIn(3);
      const std::string list = elements(long_list ? random_.between(6, 60) : random_.between(1, 4), [&] {
        return combination(set.types, [&](const std::string& type) { return long_list ? singlePart(type) : part(type); });
      });
      declare(fmt::format("set {}: {} {}", set.name, combination(set.types, [](const std::string& type) { return type; }), list));
      combinations_.push_back(std::move(set));
    }
  }
  // Maps: keys as combinations have them, of one part too, and numbers, addresses or verdicts.
  void maps() {
    for (uint64_t i = random_.oneIn(3) ? random_.between(1, 2) : 0; i > 0; --i) {
      Map map{fmt::format("map{}", i), {}, random_.pick(std::vector<std::string>{"number", "number", "port", "ipv4", "mac", "verdict"})};
      map.types = random_.oneIn(2) ? partTypes() : std::vector<std::string>{random_.oneIn(2) ? "port" : "address"};
      const bool long_list = random_.oneIn(3);
      const bool prefixes = long_list && map.types == std::vector<std::string>{"address"} && map.value != "verdict" && random_.oneIn(2);
      std::set<std::string> keys;
      const std::string list = elements(long_list ? random_.between(6, 60) : random_.between(1, 5), [&] {
        std::string key;
        for (int tries = 0; tries < 100 && (key.empty() || !keys.insert(key).second); ++tries) {
          key = combination(map.types, [&](const std::string& type) { return prefixes ? prefixElement() : long_list ? singlePart(type) : part(type); });
          if (map.types.size() == 1) key = key.substr(1, key.size() - 2);
        }
        return key + " -> " + mapValue(map.value);
      });
      const bool changes = long_list && map.value != "verdict" && (prefixes || random_.oneIn(3));
      std::string types = combination(map.types, [](const std::string& type) { return type; });
      if (map.types.size() == 1) types = prefixes ? "prefix" : map.types[0];
      declare(fmt::format("map {}: {} -> {}{} {}", map.name, types, map.value, changes ? " size 100" : "", list));
      maps_.push_back(std::move(map));
    }
  }
  std::string mapValue(const std::string& type) {
    if (type == "number") return std::to_string(numberValue(32));
    if (type == "port") return std::to_string(portValue());
    if (type == "ipv4") return ipv4Text(ipv4Value());
    if (type == "mac") return macText(macValue());
    return random_.oneIn(3) ? "return" : verdict();
  }
  const Map* pickMap(const std::string& value) {
    for (const Map& map : maps_)
      if (map.value == value && (maps_.size() == 1 || random_.oneIn(2))) return &map;
    return nullptr;
  }
  Term mapIndex(const Map& map) {
    std::vector<Term> parts;
    std::string text;
    for (const std::string& type : map.types) {
      text += fmt::format("{}${}", text.empty() ? "" : ", ", parts.size());
      parts.push_back(partOperand(type));
    }
    return node('s', map.name + "[" + text + "]", std::move(parts));
  }
  Value mapTest() {
    if (const Map* map = pickMap("ipv4"))
      return boolValue(node('b', "$0 " + equality() + " $1", {mapIndex(*map), random_.oneIn(2) ? leaf('4', ipv4Text(ipv4Value())) : leaf('4', "ipv4.dst")}));
    if (const Map* map = pickMap("mac"))
      return boolValue(node('b', random_.oneIn(2) ? "$0 " + equality() + " eth.src" : "present($0)", {mapIndex(*map)}));
    if (const Map* map = pickMap("port")) return boolValue(node('b', "$0 in " + elements(2, [&] { return portElement(); }), {mapIndex(*map)}));
    return compareIntegers(0);
  }

  Term partOperand(const std::string& type) {
    std::vector<FieldInfo> fields = fieldsOf({Kind::U32});
    std::erase_if(fields, [&](const FieldInfo& field) {
      return type == "port" ? field.unit != Unit::Port : field.unit != Unit::None || field.bits < 8;
    });
    if (type == "mac") fields = fieldsOf({Kind::Mac});
    if (type == "ipv4") fields = fieldsOf({Kind::Ipv4, Kind::Address});
    if (type == "address") fields = fieldsOf({Kind::Address});
    return fieldValue(random_.pick(fields)).term;
  }
  Value combinationIn() {
    Combination set;
    const bool declared = !combinations_.empty() && random_.percent(70);
    if (declared) set = random_.pick(combinations_);
    else set.types = {random_.oneIn(2) ? "port" : "address", "port"};
    std::vector<Term> parts;
    std::string text;
    for (const std::string& type : set.types) {
      text += fmt::format("{}${}", text.empty() ? "(" : ", ", parts.size());
      parts.push_back(partOperand(type));
    }
    const auto make = [&](const std::string& type) { return part(type); };
    const std::string target =
        declared ? set.name : elements(random_.between(1, 3), [&] { return combination(set.types, make); });
    return boolValue(node('b', text + ") in " + target, std::move(parts)));
  }

  void counters() {
    for (uint64_t i = below(3); i > 0; --i) {
      const std::string name = fmt::format("c{}", i);
      if (random_.oneIn(2)) {
        declare(fmt::format("counter {};", name));
        counters_.push_back(name);
      } else {
        declare(fmt::format("counter {}[{}];", name, random_.oneIn(3) ? 256 : random_.between(1, 40)));
        arrays_.push_back(name);
      }
    }
  }

  void meters() {
    for (uint64_t i = below(3); i > 0; --i) {
      const std::string name = fmt::format("m{}", i);
      uint64_t step = 1000;
      switch (below(3)) {
        case 0: {
          const uint64_t rate = random_.between(1, 900);
          const char* unit = std::array{"kbit", "mbit", "gbit"}[below(3)];
          step = 8'000'000 / (unit[0] == 'k' ? 1 : unit[0] == 'm' ? 1000 : 1'000'000) * 100 / rate + 1;
          declare(fmt::format("meter {} {{ rate {} {}; burst {} {}; }}", name, rate, unit, random_.between(1, 40),
                              random_.oneIn(2) ? "kb" : "bytes"));
          break;
        }
        case 1: {
          const uint64_t rate = random_.between(1, 900);
          step = 100'000 / rate + 1;
          declare(fmt::format("meter {} {{ rate {} mb/s; burst {} kib; }}", name, rate, random_.between(1, 9)));
          break;
        }
        case 2: {
          const uint64_t rate = random_.between(1, 100'000);
          step = 1'000'000'000 / rate;
          declare(fmt::format("meter {} {{ rate {} packets/{};{} }}", name, rate, random_.oneIn(4) ? "min" : "s",
                              random_.oneIn(3) ? "" : fmt::format(" burst {};", random_.between(1, 8))));
          break;
        }
      }
      out_.vocabulary.steps_ns.push_back(step);
      meters_.push_back({name, {false, false}});
    }
    if (random_.oneIn(4)) {
      const std::string key = random_.pick(std::vector<std::string>{"ip.src", "ip.dst", "(ipv4.src, tcp.dport)", "eth.src", "(l4.sport, ip.ttl, l4.dport)"});
      const std::string full = random_.pick(std::vector<std::string>{"", " full exceeds;", " full within;", " full replace;"});
      const std::string timeout = random_.oneIn(2) ? fmt::format(" timeout {} us;", random_.between(1, 20'000)) : "";
      declare(random_.oneIn(2) ? fmt::format("meter k9 per {} {{ rate {} packets/s; size 64;{}{} }}", key, random_.between(1, 100'000), timeout, full)
                               : fmt::format("quota k9 per {} {{ {} packets; size 64;{}{} }}", key, random_.between(1, 4), timeout, full));
      meters_.push_back({"k9", {false, false}});
    }
    if (random_.oneIn(3)) {
      declare(random_.oneIn(2) ? fmt::format("quota q0 {{ {} packets; }}", random_.between(1, 40))
                               : fmt::format("quota q0 {{ {} {}; }}", random_.between(1, 9), random_.oneIn(2) ? "kb" : "kib"));
      meters_.push_back({"q0", {false, false}});
    }
  }

  void states() {
    const std::vector<std::string> keys{"ip.src", "eth.src", "connection", "(ipv4.src, tcp.dport)", "ip.dst", "(l4.sport, ip.ttl, l4.dport)"};
    for (uint64_t i = random_.percent(25) ? 1 + random_.oneIn(4) : 0; i > 0; --i) {
      const std::string name = fmt::format("z{}", i);
      const bool shared = random_.oneIn(3);
      const std::string type = shared ? random_.oneIn(2) ? "bool" : "u8"
                                      : random_.pick(std::vector<std::string>{"bool", "u32", "u32", "u64", "port", "ipv4", "mac"});
      declare(fmt::format("{}state {}: {} per {} {{ size 64;{}{} }}", shared ? "shared " : "", name, type,
                          keys[below(shared ? 3 : keys.size())], random_.oneIn(2) ? fmt::format(" timeout {} us;", random_.between(1, 20'000)) : "",
                          random_.pick(std::vector<std::string>{"", " full ignore;", " full replace;"})));
      states_.push_back({name, type, {false, false}, shared});
    }
  }

  // A value that a state may have, most often one of few.
  Term stateValue(const std::string& type, bool constant) {
    if (type == "bool") return constant || random_.oneIn(2) ? literal(Kind::Bool, Unit::None, 1).term : boolean(1).term;
    if (type == "ipv4") return literal(Kind::Ipv4, Unit::None, 32).term;
    if (type == "mac") return literal(Kind::Mac, Unit::None, 48).term;
    if (constant || random_.percent(60)) return raw(std::to_string(below(4)));
    if (type == "port") return raw(random_.oneIn(2) ? "l4.dport" : "tcp.sport");
    const Value value = integer(1, Kind::U32, Unit::None);
    return node('i', type == "u8" ? "($0 & 0xff)" : "($0)", {value.term});
  }

  Term stateTest(const StateUse& state, bool constant) {
    if (state.type == "bool") return leaf('b', (random_.oneIn(2) ? "!" : "") + state.name);
    const bool ordered = state.type != "ipv4" && state.type != "mac";
    const Term value = stateValue(state.type, constant);
    const std::string op = ordered ? orderOperator() : equality();
    return random_.oneIn(5) ? node('b', "$0 " + op + " " + state.name, {value}) : node('b', state.name + " " + op + " $0", {value});
  }

  Term stateChange(const StateUse& state) {
    if (state.shared && state.type == "bool") return raw("true");
    const Term value = stateValue(state.type, false);
    const bool number = state.type == "u32" || state.type == "u64" || state.type == "port";
    if (!number || random_.oneIn(2)) return node('s', "$0", {value});
    const char* forms[] = {"{} + $0", "$0 + {}", "{} - $0", "max({}, $0)", "min($0, {})", "{} | $0", "{} & ~$0"};
    return node('s', fmt::format(fmt::runtime(forms[below(7)]), state.name), {value});
  }

  // Tests a state in a rule, or assigns it, or both in one step.
  void useState(StatementText& statement, const std::array<int, 2>& hooks) {
    for (StateUse& state : states_) {
      const bool taken = (hooks[0] > 0 && state.used[0]) || (hooks[1] > 0 && state.used[1]);
      if (taken || !random_.oneIn(3)) continue;
      for (size_t direction = 0; direction < 2; ++direction) state.used[direction] |= hooks[direction] > 0;
      auto& actions = statement.actions;
      // One direction assigns a shared state: true, or a byte whatever it was before.
      const size_t direction = hooks[0] > 0 ? 0 : 1;
      const bool assigns = !state.shared || (hooks[1 - direction] == 0 && state.home.value_or(direction) == direction);
      const uint64_t form = !assigns ? 0 : state.type == "u8" ? 2 * below(2) : below(4);
      if (state.shared && form != 0) state.home = direction;
      switch (form) {
        case 0:
          statement.expression = node('b', random_.oneIn(2) ? "($0 && $1)" : "($1 || $0)", {statement.expression, stateTest(state, false)});
          return;
        case 1:
          statement.expression = node('b', "($0 && $1)", {statement.expression, stateTest(state, true)});
          actions.insert(actions.begin(), node('s', state.name + " = $0", {stateChange(state)}));
          return;
        case 2:
          actions.insert(actions.end() - 1, node('s', state.name + " = $0", {stateChange(state)}));
          return;
        case 3:
          actions.insert(actions.end() - 1, random_.oneIn(2) ? node('s', state.name + " = $0 if $1", {stateChange(state), stateTest(state, true)})
                                                             : node('s', state.name + " = $0 if $1 else $2", {stateChange(state), stateTest(state, false), stateChange(state)}));
          return;
      }
    }
  }

  void functions() {
    hooks_ = kIn | kOut;  // what a function may name must be known wherever it is called
    in_function_ = true;
    for (uint64_t i = below(3); i > 0; --i) {
      const std::string name = fmt::format("f{}", i);
      const bool port = random_.oneIn(2);
      parameter_ = Value{leaf('i', "p"), Kind::U32, port ? Unit::Port : Unit::None, port ? 16u : 32u, false};
      Function function{name, Kind::Bool, Unit::None, Kind::U32, parameter_->unit};
      const std::string head = fmt::format("function {}(p: {})", name, port ? "port" : "u32");
      if (random_.oneIn(2)) {
        declare(fmt::format("{}: bool = {};", head, print(boolean(1).term)));
      } else {
        function.result = Kind::U32;
        const Value value = arithmetic(2, Kind::U32, Unit::None);
        if (value.kind == Kind::U32 && value.unit == Unit::None && !value.literal)
          declare(fmt::format("{}: u32 {{ let q = {}; return (q ^ {}) & {}; }}", head, print(value.term), below(100), 0xffff));
        else
          declare(fmt::format("{}: u32 = (p & 0xff) + 1;", head));
      }
      functions_.push_back(function);
    }
    in_function_ = false;
    parameter_.reset();
  }

  // ------------------------------------------------------------------------------------------- expressions

  std::vector<FieldInfo> fieldsOf(const std::set<Kind>& kinds, bool written = false) {
    std::vector<FieldInfo> found;
    for (const FieldInfo& field : allFields()) {
      if (kinds.count(field.kind) == 0 || !fieldAllowed(field.name, hooks_) || (written && !field.writable)) continue;
      // A function may be called at every hook.
      if (in_function_ && !fieldAllowed(field.name, kPre)) continue;
      if (in_function_ && !fieldAllowed(field.name, kForward)) continue;
      if (field.name == "parse.incomplete" && !random_.oneIn(20)) continue;
      found.push_back(field);
    }
    return found;
  }
  Value fieldValue(const FieldInfo& field) {
    return {leaf(sortOf(field.kind), field.name), field.kind, field.unit, field.bits, false};
  }

  // Raw bytes: a program reads few different places, because each takes a stage of its own.
  Value rawRead() {
    if (raws_.size() >= 2 || (!raws_.empty() && random_.percent(60))) return random_.pick(raws_);
    constexpr std::pair<const char*, unsigned> kBases[] = {{"frame", 0}, {"l2", 0}, {"l3", 14}, {"l4", 34}, {"l4", 34}};
    const auto& [base, least] = kBases[below(std::size(kBases))];
    const unsigned bytes = 1u << below(3);
    const unsigned last = 128 - least - bytes;
    std::string offset = std::to_string(random_.oneIn(3) ? below(last + 1) : below(24));
    if (random_.oneIn(4)) offset = "ipv4.ihl * 4 + " + offset;
    else if (random_.oneIn(5)) offset = (random_.oneIn(2) ? "(tcp.data_offset << 2) + " : "packet.len - ") + offset;
    else if (random_.oneIn(12)) offset = "packet.random";
    raws_.push_back({leaf('i', fmt::format("raw{}({}, {})", 8 * bytes, base, offset)), Kind::U32, Unit::None, 8 * bytes, false});
    return raws_.back();
  }

  // An integer that is no literal; `wanted` units other than None bind, None leaves the choice open.
  Value integer(int depth, Kind kind, Unit wanted) {
    if (parameter_ && random_.oneIn(2) && kind == Kind::U32 && (wanted == Unit::None || wanted == parameter_->unit)) return *parameter_;
    if (depth > 0 && random_.percent(45)) return arithmetic(depth, kind, wanted);
    if (kind == Kind::U32 && wanted == Unit::None && !in_function_ && random_.oneIn(6))
      if (const Map* map = pickMap("number")) return {mapIndex(*map), Kind::U32, Unit::None, 32, false};
    if (reads_raw_ && kind == Kind::U32 && wanted == Unit::None && random_.oneIn(3)) return rawRead();
    for (const auto& [name, value] : locals_)
      if (value.kind == kind && (wanted == Unit::None || value.unit == wanted) && random_.oneIn(4)) {
        Value use = value;
        use.term = leaf('i', name);
        return use;
      }
    std::vector<FieldInfo> fields = fieldsOf({kind});
    std::erase_if(fields, [&](const FieldInfo& field) { return wanted != Unit::None && field.unit != wanted; });
    if (fields.empty()) fields = {FieldInfo{"packet.mark", Kind::U32, Unit::None, 32, true}};
    return fieldValue(random_.pick(fields));
  }

  Value arithmetic(int depth, Kind kind, Unit wanted) {
    if (!in_function_ && kind == Kind::U32 && wanted == Unit::None)
      for (const Function& function : functions_)
        if (function.result == Kind::U32 && random_.oneIn(8)) {
          const Value argument = integer(depth - 1, Kind::U32, function.parameter_unit);
          if (argument.unit == function.parameter_unit || argument.unit == Unit::None || function.parameter_unit == Unit::None)
            if (argument.unit == function.parameter_unit)
              return {node('i', function.name + "($0)", {argument.term}), Kind::U32, Unit::None, 32, false};
        }
    const Value lhs = integer(depth - 1, kind, wanted);
    const unsigned width = kind == Kind::U64 ? 64 : 32;
    Value result;
    result.kind = lhs.kind;
    const auto binary = [&](const std::string& op, Term rhs) { return node('i', "($0 " + op + " $1)", {lhs.term, std::move(rhs)}); };
    // With a wanted unit only operators that keep it may be used.
    const uint64_t choice = wanted != Unit::None ? below(4) : below(12);
    result.unit = choice < 4 ? lhs.unit : Unit::None;
    result.bits = width;
    // A duration literal may be compared with seconds, but as an operand it would make a u64.
    const Unit literal_unit = lhs.unit == Unit::Seconds ? Unit::None : lhs.unit;
    const Value right = random_.oneIn(2) ? literal(lhs.kind, literal_unit, std::min(lhs.bits, width)) : sameUnit(depth - 1, lhs);
    const Term& other = right.term;
    if (choice < 4 && lhs.unit == Unit::None) result.unit = right.unit;
    const std::string number = std::to_string(numberValue(std::min(width, lhs.bits)));
    switch (choice) {
      case 0: result.term = binary("+", other); break;
      case 1: result.term = binary("-", other); break;
      case 2: result.term = node('i', "min($0, $1)", {lhs.term, other}); result.bits = lhs.bits; break;
      case 3: result.term = node('i', "max($0, $1)", {lhs.term, other}); break;
      case 4: result.term = binary("&", raw(number)); result.bits = std::max(1u, static_cast<unsigned>(std::bit_width(std::stoull(number)))); break;
      case 5: result.term = binary("|", raw(number)); break;
      case 6: result.term = binary("^", other); break;
      case 7: result.term = binary("<<", raw(std::to_string(below(width)))); break;
      case 8: {
        const unsigned by = static_cast<unsigned>(below(std::min(width, lhs.bits)));
        result.term = binary(">>", raw(std::to_string(by)));
        result.bits = std::max(1u, lhs.bits - by);
        break;
      }
      case 9:
        if (lhs.kind == Kind::U32) {
          result.term = binary("*", raw(std::to_string(below(random_.oneIn(4) ? 0x10000 : 40))));
          break;
        }
        [[fallthrough]];
      case 10: {
        const unsigned power = static_cast<unsigned>(below(std::min(12u, lhs.bits)));
        const bool divide = random_.oneIn(2);
        result.term = binary(divide ? "/" : "%", raw(std::to_string(1u << power)));
        result.bits = divide ? std::max(1u, lhs.bits - power) : std::max(1u, power);
        break;
      }
      default: result.term = node('i', "(~$0)", {lhs.term}); break;
    }
    return result;
  }

  // Something that may be compared with or added to `value`.
  Value sameUnit(int depth, const Value& value) {
    Value other = integer(depth, value.kind, value.unit);
    if (other.unit != value.unit && other.unit != Unit::None && value.unit != Unit::None) return literal(value.kind, value.unit, value.bits);
    return other;
  }

  static const std::vector<std::string>& headers() {
    static const std::vector<std::string> names{"eth", "vlan", "arp", "ipv4", "ipv6", "ip", "tcp", "udp", "sctp", "icmp", "icmpv6", "l4"};
    return names;
  }

  Value boolValue(Term term) { return {std::move(term), Kind::Bool, Unit::None, 1, false}; }

  Value boolean(int depth) {
    if (depth > 0 && random_.percent(60)) {
      switch (below(5)) {
        case 0: return boolValue(node('b', "!($0)", {boolean(depth - 1).term}));
        case 1:
        case 2: return boolValue(node('b', "($0 && $1)", {boolean(depth - 1).term, boolean(depth - 1).term}));
        default: return boolValue(node('b', "($0 || $1)", {boolean(depth - 1).term, boolean(depth - 1).term}));
      }
    }
    const uint64_t choice = below(100);
    if (choice < 8) return boolValue(leaf('b', random_.pick(headers())));
    if (choice < 18) return fieldValue(random_.pick(fieldsOf({Kind::Bool})));
    if (choice < 22) return boolValue(leaf('b', "present(" + random_.pick(fieldsOf({Kind::Bool, Kind::U32, Kind::Ipv4, Kind::Ipv6, Kind::Mac, Kind::Address, Kind::Interface})).name + ")"));
    if (choice < 23) return boolValue(leaf('b', fmt::format("chance {}%", std::array{"1", "50", "12.5", "99.9", "100"}[below(5)])));
    if (choice < 24) return boolValue(node('b', "present($0)", {arithmetic(1, Kind::U32, Unit::None).term}));
    if (choice < 26) return literal(Kind::Bool, Unit::None, 1);
    if (choice < 31) return combinationIn();
    if (choice < 35 && !maps_.empty() && !in_function_) return mapTest();
    if (choice < 48) return compareIntegers(depth);
    if (choice < 60) return integerIn(depth);
    if (choice < 72) return addressTest();
    if (choice < 77) return macTest();
    if (choice < 81) return interfaceTest();
    if (choice < 93) return ownerTest();
    if (choice < 96)
      for (const auto& [name, value] : locals_)
        if (value.kind == Kind::Bool) return boolValue(leaf('b', name));
    if (choice < 98 && !in_function_)
      for (const Function& function : functions_)
        if (function.result == Kind::Bool) {
          const Value argument = integer(1, Kind::U32, function.parameter_unit);
          if (argument.unit == function.parameter_unit) return boolValue(node('b', function.name + "($0)", {argument.term}));
        }
    return compareIntegers(depth);
  }

  std::string orderOperator() { return std::array{"==", "!=", "<", "<=", ">", ">="}[below(6)]; }
  std::string equality() { return random_.oneIn(2) ? "==" : "!="; }

  Value compareIntegers(int depth) {
    const Kind kind = random_.oneIn(8) ? Kind::U64 : Kind::U32;
    const Value lhs = integer(random_.oneIn(3) ? std::min(depth, 2) : 0, kind, Unit::None);
    const Value rhs = random_.percent(80) ? literal(lhs.kind, lhs.unit, lhs.bits) : sameUnit(0, lhs);
    return boolValue(node('b', "$0 " + orderOperator() + " $1", {lhs.term, rhs.term}));
  }

  Value integerIn(int depth) {
    const bool port = random_.oneIn(2);
    const Value lhs = port ? integer(0, Kind::U32, Unit::Port) : integer(std::min(depth, 1), Kind::U32, Unit::None);
    const std::string kind = port ? "port" : "number";
    if (!port && (lhs.bits < 8 || lhs.unit != Unit::None)) return compareIntegers(0);
    if (port && lhs.unit != Unit::Port) return compareIntegers(0);
    const auto& declared = sets_[kind];
    if (!declared.empty() && random_.percent(60)) return boolValue(node('b', "$0 in " + random_.pick(declared), {lhs.term}));
    const std::string list = elements(random_.between(1, 5), [&] { return port ? portElement() : numberElement(8); });
    return boolValue(node('b', "$0 in " + list, {lhs.term}));
  }

  Value addressTest() {
    const std::vector<FieldInfo> fields = fieldsOf({Kind::Ipv4, Kind::Ipv6, Kind::Address});
    const FieldInfo& field = random_.pick(fields);
    const Term lhs = fieldValue(field).term;
    const std::vector<std::string>& declared = sets_["address"];
    if (!declared.empty() && random_.percent(40)) return boolValue(node('b', "$0 in " + random_.pick(declared), {lhs}));
    if (random_.oneIn(5)) {
      std::vector<FieldInfo> same = fieldsOf({field.kind});
      return boolValue(node('b', "$0 " + (field.kind == Kind::Address ? equality() : orderOperator()) + " $1", {lhs, fieldValue(random_.pick(same)).term}));
    }
    if (field.kind == Kind::Address && random_.oneIn(2))
      return boolValue(node('b', "$0 in " + elements(random_.between(1, 4), [&] { return addressElement(); }), {lhs}));
    const Value value = literal(field.kind, Unit::None, 128);
    return boolValue(node('b', "$0 " + orderOperator() + " $1", {lhs, value.term}));
  }

  Value macTest() {
    const std::vector<FieldInfo> fields = fieldsOf({Kind::Mac});
    const Term lhs = fieldValue(random_.pick(fields)).term;
    if (!sets_["mac"].empty() && random_.oneIn(2)) return boolValue(node('b', "$0 in " + random_.pick(sets_["mac"]), {lhs}));
    if (random_.oneIn(4)) return boolValue(node('b', "$0 " + equality() + " $1", {lhs, fieldValue(random_.pick(fields)).term}));
    return boolValue(node('b', "$0 " + equality() + " $1", {lhs, literal(Kind::Mac, Unit::None, 48).term}));
  }

  Value interfaceTest() {
    const std::vector<FieldInfo> fields = fieldsOf({Kind::Interface});
    if (fields.empty()) return compareIntegers(0);
    const Term lhs = raw(random_.pick(fields).name);
    if (!sets_["interface"].empty() && random_.oneIn(2)) return boolValue(node('b', "$0 in " + random_.pick(sets_["interface"]), {lhs}));
    if (random_.oneIn(3)) return boolValue(node('b', "$0 in " + elements(2, [&] { return quoted(interfaceOrPattern()); }), {lhs}));
    return boolValue(node('b', "$0 " + equality() + " $1", {lhs, raw(quoted(interfaceOrPattern()))}));
  }

  Value ownerTest() {
    if (!fieldAllowed("owner.uid", hooks_) || in_function_) return compareIntegers(0);
    if (random_.oneIn(8)) return boolValue(leaf('b', random_.oneIn(2) ? "owner" : "socket"));
    const bool owner = random_.oneIn(2);
    const std::vector<std::string> attributes{"user", "group", "cgroup", "comm"};
    const std::string attribute = attributes[below(owner ? 4 : 3)];
    const auto name = [&] {
      return quoted(attribute == "user"    ? userName()
                    : attribute == "group" ? groupName()
                    : attribute == "comm"  ? random_.pick(worldComms())
                                           : random_.pick(worldCgroups()));
    };
    const Term lhs = raw((owner ? "owner." : "socket.") + attribute);
    if (!sets_[attribute].empty() && random_.oneIn(2)) return boolValue(node('b', "$0 in " + random_.pick(sets_[attribute]), {lhs}));
    if (random_.oneIn(4)) return boolValue(node('b', "$0 in " + elements(random_.between(1, 3), name), {lhs}));
    if (attribute == "cgroup" && random_.oneIn(2)) return boolValue(node('b', "$0 in " + name(), {lhs}));
    return boolValue(node('b', "$0 " + equality() + " $1", {lhs, raw(name())}));
  }

  // ------------------------------------------------------------------------------------------- policies

  void policy(uint64_t number) {
    PolicyText policy;
    policy.name = fmt::format("p{}", number);
    hooks_ = 0;
    const uint64_t shape = below(10);
    if (shape < 4) hooks_ = kHooks[below(5)].bit;
    else if (shape < 8) hooks_ = kIn | kOut;
    else hooks_ = static_cast<unsigned>(random_.between(1, 31));
    std::array<int, 2> hooks_of_direction{0, 0};
    for (const HookName& hook : kHooks)
      if (hooks_ & hook.bit) {
        policy.hooks.push_back(hook.name);
        ++hooks_of_direction[static_cast<size_t>(hook.direction)];
      }
    if (random_.oneIn(3)) policy.priority = static_cast<int>(below(40)) - 20;
    if (random_.percent(55)) {
      for (const char* scope : {"ipv4", "ipv6", "arp"})
        if (random_.oneIn(2)) policy.scopes.push_back(scope);
      if (policy.scopes.empty() || random_.oneIn(2)) policy.scopes = {"all"};
    }
    if (random_.percent(70)) policy.default_verdict = verdict();
    terminal_event_.fill(false);
    next_chain_ = 0;
    policy.statements = statements(fmt::format("v{}", number), random_.between(1, random_.oneIn(6) ? 6 : 3), hooks_of_direction);
    out_.text.policies.push_back(std::move(policy));
  }

  // One policy of each direction, so that one sees what the other has assigned.
  void sharing(StateUse& state) {
    state.home = below(2);
    state.used = {true, true};
    for (const bool assigns : {true, false}) {
      std::vector<HookName> hooks;
      for (const HookName& hook : kHooks)
        if ((static_cast<size_t>(hook.direction) == *state.home) == assigns) hooks.push_back(hook);
      const HookName hook = random_.pick(hooks);
      hooks_ = hook.bit;
      PolicyText policy;
      policy.name = state.name + (assigns ? "_shows" : "_takes");
      policy.hooks = {hook.name};
      policy.priority = -30;
      StatementText statement;
      statement.expression = !assigns ? stateTest(state, false) : random_.oneIn(2) ? raw("true") : boolean(1).term;
      statement.actions = {assigns ? node('s', state.name + " = $0", {stateChange(state)}) : raw(verdict())};
      if (!assigns && state.type == "u8" && random_.oneIn(2)) {
        // Read once, and then a number as any other.
        StatementText read;
        read.let = state.name + "_read";
        read.expression = raw(state.name);
        policy.statements.push_back(std::move(read));
        const std::vector<std::string> tests{"{0} == {1}", "({0} & 3) != {1}", "{0} > ip.ttl", "present({0}) && {0} < {1}", "{0} in {{1, 3..5}}"};
        statement.expression = leaf('b', "(" + fmt::format(fmt::runtime(random_.pick(tests)), state.name + "_read", below(4)) + ")");
        statement.actions.insert(statement.actions.begin(), raw("mark " + state.name + "_read"));
      }
      policy.statements.push_back(std::move(statement));
      out_.text.policies.push_back(std::move(policy));
    }
  }

  // Chains are made after all that may call them: then the hooks where they run and how often are known.
  void chain(size_t number) {
    ChainText chain;
    chain.name = chainName(number);
    const ChainUse use = chains_[number];
    hooks_ = use.hooks != 0 ? use.hooks : unsigned{kIn};
    next_chain_ = use.hooks != 0 ? number + 1 : chains_.size();  // what is not reached leads nowhere
    in_chain_ = true;
    chain.statements = statements(fmt::format("w{}", number), random_.between(random_.oneIn(8) ? 0 : 1, 3), use.ways);
    in_chain_ = false;
    out_.text.chains.push_back(std::move(chain));
  }
  static std::string chainName(size_t number) { return fmt::format("t{}", number); }

  // `ways`: how often a packet of each direction may come through the list.
  std::vector<StatementText> statements(const std::string& prefix, uint64_t count, const std::array<int, 2>& ways) {
    locals_.clear();
    std::vector<StatementText> list;
    const bool meter_possible = ways[0] <= 1 && ways[1] <= 1;
    for (uint64_t i = 0; i < count; ++i) {
      StatementText statement;
      if (random_.oneIn(6)) {
        statement.let = fmt::format("{}_{}", prefix, i);
        Value value = random_.oneIn(3) ? boolean(1) : arithmetic(1, random_.oneIn(5) ? Kind::U64 : Kind::U32, Unit::None);
        if (value.kind == Kind::Bool && meter_possible) useMeter(value.term, ways);
        statement.expression = value.term;
        value.literal = false;
        locals_.emplace_back(statement.let, value);
        list.push_back(std::move(statement));
        continue;
      }
      if (random_.percent(70)) statement.rule = fmt::format("r{}", i);
      statement.expression = boolean(static_cast<int>(random_.between(0, random_.oneIn(6) ? 3 : 2))).term;
      if (meter_possible) useMeter(statement.expression, ways);
      actions(statement, ways);
      if (meter_possible) useState(statement, ways);
      list.push_back(std::move(statement));
    }
    return list;
  }

  // Where a rule goes on; nothing when there is no chain left to go to.
  std::string jump(const std::array<int, 2>& ways) {
    if (random_.oneIn(5)) return "return";
    if (next_chain_ >= chains_.size()) return "";
    const size_t to = random_.between(next_chain_, chains_.size() - 1);
    ChainUse& use = chains_[to];
    use.hooks |= hooks_;
    for (size_t direction = 0; direction < 2; ++direction) use.ways[direction] += ways[direction];
    return (random_.oneIn(3) ? "goto " : "call ") + chainName(to);
  }

  // Adds a meter's test to a condition, on the side where it is always or only sometimes reached.
  void useMeter(Term& condition, const std::array<int, 2>& hooks) {
    const char* shapes[] = {"($0 && $1)", "($1 || $0)", "($1 && $0)"};
    if (everies_ < 2 && random_.oneIn(10)) {
      ++everies_;
      condition = node('b', shapes[below(3)], {condition, leaf('b', fmt::format("every {}", random_.between(2, 9)))});
      return;
    }
    for (MeterUse& meter : meters_) {
      const bool taken = (hooks[0] > 0 && meter.used[0]) || (hooks[1] > 0 && meter.used[1]);
      if (taken || !random_.oneIn(3)) continue;
      for (size_t direction = 0; direction < 2; ++direction) meter.used[direction] |= hooks[direction] > 0;
      Term test = leaf('b', (random_.oneIn(2) ? "exceeds " : "within ") + meter.name);
      if (random_.oneIn(4)) test = node('b', "!($0)", {test});
      condition = node('b', shapes[below(3)], {condition, test});
      return;
    }
  }

  std::string verdict() {
    const uint64_t choice = below(10);
    if (choice < 4) return "drop";
    if (choice < 7) return "pass";
    const std::vector<std::string> reasons{"", " port-unreachable", " host-unreachable", " net-unreachable",
                                           " proto-unreachable", " admin-prohibited", " tcp-reset"};
    return "reject" + random_.pick(reasons);
  }

  // A packet carries four events, so the rules of a direction that go on share three, and each policy's deciding
  // rule may add one where the budget still has it.
  bool takeEvent(const std::array<int, 2>& hooks, bool terminal) {
    for (size_t direction = 0; direction < 2; ++direction) {
      const int needed = terminal && terminal_event_[direction] ? 0 : hooks[direction];
      if (needed > events_left_[direction]) return false;
    }
    for (size_t direction = 0; direction < 2; ++direction) {
      if (hooks[direction] == 0 || (terminal && terminal_event_[direction])) continue;
      events_left_[direction] -= hooks[direction];
      if (terminal) terminal_event_[direction] = true;
    }
    return true;
  }

  void actions(StatementText& statement, const std::array<int, 2>& hooks) {
    const std::string onward = !chains_.empty() && random_.percent(in_chain_ ? 25 : 45) ? jump(hooks) : "";
    const bool terminal = onward.empty() && random_.percent(65);
    const Map* decides = onward.empty() && random_.oneIn(3) ? pickMap("verdict") : nullptr;
    // A terminal rule's single event shares its slot with those of the other terminal rules.
    if (random_.percent(55) && takeEvent(hooks, terminal && !in_chain_)) statement.actions.push_back(random_.oneIn(5) ? raw("log") : count());
    if (random_.oneIn(10)) statement.actions.push_back(raw("capture"));
    if (rewrites_ < 3 && random_.percent(30)) {
      statement.actions.push_back(rewrite());
      ++rewrites_;
    }
    if (!onward.empty()) statement.actions.push_back(raw(onward));
    else if (decides != nullptr) statement.actions.push_back(mapIndex(*decides));
    else if (terminal || statement.actions.empty()) statement.actions.push_back(raw(verdict()));
  }

  Term count() {
    if (!arrays_.empty() && random_.oneIn(2)) {
      if (random_.oneIn(8) && !fieldsOf({Kind::Interface}).empty())
        return raw(fmt::format("count {}[{}]", random_.pick(arrays_), random_.pick(fieldsOf({Kind::Interface})).name));
      const Value at = integer(1, Kind::U32, Unit::None);
      return node('s', "count " + random_.pick(arrays_) + "[$0]", {at.term});
    }
    if (!counters_.empty() && random_.oneIn(2)) return raw("count " + random_.pick(counters_));
    return raw("count");
  }

  Term rewrite() {
    if (random_.oneIn(6)) return node('s', "mark $0", {integer(1, Kind::U32, Unit::None).term});
    if (random_.oneIn(8)) return raw("swap(eth.src, eth.dst)");
    if (random_.oneIn(12)) return raw(random_.oneIn(2) ? "swap(ip.src, ip.dst)" : "swap(tcp.sport, tcp.dport)");
    if (random_.oneIn(14)) return raw("swap(udp.sport, udp.dport)");
    const std::vector<FieldInfo> fields = fieldsOf({Kind::Bool, Kind::U32, Kind::Ipv4, Kind::Ipv6, Kind::Address, Kind::Mac}, true);
    const FieldInfo& target = random_.pick(fields);
    Term value;
    const bool from_field = random_.oneIn(3);
    switch (target.kind) {
      case Kind::Bool: value = from_field ? boolean(1).term : literal(Kind::Bool, Unit::None, 1).term; break;
      case Kind::U32:
        value = from_field ? integer(1, Kind::U32, target.unit).term : literal(Kind::U32, target.unit, target.bits).term;
        break;
      case Kind::Ipv4:
      case Kind::Ipv6:
      case Kind::Address:
      case Kind::Mac:
        value = from_field ? fieldValue(random_.pick(fieldsOf({target.kind}))).term : literal(target.kind, Unit::None, 128).term;
        break;
      case Kind::U64:
      case Kind::Interface: break;  // no such field is writable
    }
    return node('s', target.name + " = $0", {value});
  }

  Random& random_;
  bool reads_raw_ = false;
  std::vector<Value> raws_;  // the places that the program reads
  RandomPolicy out_;
  std::vector<std::pair<std::string, unsigned>> constants_;  // name, bits
  std::map<std::string, std::vector<std::string>> sets_;     // by element type
  struct Combination {
    std::string name;
    std::vector<std::string> types;
  };
  std::vector<Combination> combinations_;
  std::vector<Map> maps_;
  std::vector<std::string> counters_;
  std::vector<std::string> arrays_;
  std::vector<MeterUse> meters_;
  std::vector<StateUse> states_;
  int everies_ = 0;
  std::vector<Function> functions_;
  struct ChainUse {
    unsigned hooks = 0;
    std::array<int, 2> ways{0, 0};  // by direction, how often a packet may come through
  };
  std::vector<ChainUse> chains_;
  size_t next_chain_ = 0;  // the first that the list being made may call
  bool in_chain_ = false;
  std::vector<std::pair<std::string, Value>> locals_;
  std::optional<Value> parameter_;
  bool in_function_ = false;
  unsigned hooks_ = 0;
  std::array<int, 2> events_left_{4, 4};
  std::array<bool, 2> terminal_event_{false, false};
  int rewrites_ = 0;
};

}  // namespace

RandomPolicy randomPolicy(Random& random) { return Generator(random).make(); }

}  // namespace norman::test
