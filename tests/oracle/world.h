// The host that rules are tried on: its interfaces, and where its addresses lead.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace norman::oracle {

enum class Family { Ipv4, Ipv6 };
enum class Hook { Input, Forward, Output };
inline constexpr std::array<Hook, 3> kHooks{Hook::Input, Hook::Forward, Hook::Output};

/// An address of either family, or any other value that rules compare.
__extension__ using Number = unsigned __int128;

/// Both ends belong to it.
struct Span {
  Number first = 0;
  Number last = 0;
  bool holds(Number value) const { return value >= first && value <= last; }
  friend bool operator==(const Span&, const Span&) = default;
};

/// Names of interfaces, so that one begins with another; rules call them by name and by "eth+".
inline const std::vector<std::string> kInterfaces{"eth0", "eth1", "eth10", "wan0"};
/// The interfaces' MAC addresses follow this one.
inline constexpr uint64_t kFirstMac = 0x020000001000;

/// Where addresses lead; more particular ones come first.
struct Route {
  Span addresses;
  std::string prefix;
  bool local = false;
  unsigned out = 0;  // the interface
};
const std::vector<Route>& routes(Family family);
const Route& routeOf(Family family, Number address);

/// A neighbour on an interface: what is sent to it leaves there. `host` 1 is the interface's own address.
std::string neighbour(Family family, unsigned interface, unsigned host);

unsigned addressBits(Family family);
Number largestAddress(Family family);
std::string addressText(Family family, Number address);
/// Nothing when the text is no address of the family.
std::optional<Number> addressOf(Family family, const std::string& text);
Span prefixSpan(Family family, Number address, unsigned length);
std::string macText(uint64_t mac);

}  // namespace norman::oracle
