// The host's addresses and routes, and how addresses are written.
#include "tests/oracle/world.h"

#include <arpa/inet.h>

#include <cassert>

#include <fmt/format.h>

namespace norman::oracle {
namespace {

Route route(Family family, const std::string& address, unsigned length, bool local, unsigned out) {
  return {prefixSpan(family, *addressOf(family, address), length), fmt::format("{}/{}", address, length), local, out};
}

}  // namespace

const std::vector<Route>& routes(Family family) {
  static const std::vector<Route> ipv4{
      route(Family::Ipv4, "10.0.0.0", 9, true, 0),       route(Family::Ipv4, "192.0.2.0", 25, true, 0),
      route(Family::Ipv4, "10.128.0.0", 10, false, 1),   route(Family::Ipv4, "10.192.0.0", 10, false, 2),
      route(Family::Ipv4, "192.0.2.128", 25, false, 3),  route(Family::Ipv4, "172.16.0.0", 12, false, 1),
      route(Family::Ipv4, "203.0.113.0", 24, false, 2),  route(Family::Ipv4, "0.0.0.0", 0, false, 0)};
  static const std::vector<Route> ipv6{
      route(Family::Ipv6, "2001:db8::", 34, true, 0),       route(Family::Ipv6, "2001:db8:4000::", 34, false, 1),
      route(Family::Ipv6, "2001:db8:8000::", 34, false, 2), route(Family::Ipv6, "2001:db8:c000::", 34, false, 3),
      route(Family::Ipv6, "::", 0, false, 0)};
  return family == Family::Ipv4 ? ipv4 : ipv6;
}

const Route& routeOf(Family family, Number address) {
  for (const Route& route : routes(family))
    if (route.addresses.holds(address)) return route;
  assert(false && "the last route holds every address");
  return routes(family).back();
}

std::string neighbour(Family family, unsigned interface, unsigned host) {
  return family == Family::Ipv4 ? fmt::format("198.18.{}.{}", interface, host) : fmt::format("fd18:0:0:{}::{}", interface, host);
}

unsigned addressBits(Family family) { return family == Family::Ipv4 ? 32 : 128; }

Number largestAddress(Family family) { return family == Family::Ipv4 ? Number{0xffffffff} : ~Number{0}; }

std::string addressText(Family family, Number address) {
  const unsigned bytes = addressBits(family) / 8;
  uint8_t wire[16];
  for (unsigned i = 0; i < bytes; ++i) wire[i] = static_cast<uint8_t>(address >> (8 * (bytes - 1 - i)));
  char text[INET6_ADDRSTRLEN];
  return inet_ntop(family == Family::Ipv4 ? AF_INET : AF_INET6, wire, text, sizeof text);
}

std::optional<Number> addressOf(Family family, const std::string& text) {
  uint8_t wire[16];
  if (inet_pton(family == Family::Ipv4 ? AF_INET : AF_INET6, text.c_str(), wire) != 1) return std::nullopt;
  Number address = 0;
  for (unsigned i = 0; i < addressBits(family) / 8; ++i) address = address << 8 | wire[i];
  return address;
}

Span prefixSpan(Family family, Number address, unsigned length) {
  const Number all = largestAddress(family);
  const unsigned hosts = addressBits(family) - length;
  const Number host_mask = hosts == 128 ? all : ((Number{1} << hosts) - 1);
  return {address & ~host_mask & all, (address | host_mask) & all};
}

std::string macText(uint64_t mac) {
  return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", mac >> 40 & 0xff, mac >> 32 & 0xff, mac >> 24 & 0xff, mac >> 16 & 0xff,
                     mac >> 8 & 0xff, mac & 0xff);
}

}  // namespace norman::oracle
