// A packet and what the NIC knows about it, as every execution under test receives it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace norman::test {

/// Who owns the connection that a packet belongs to.
struct Owner {
  uint32_t uid = 0;
  uint32_t gid = 0;
  uint32_t pid = 0;     // not known of a socket
  std::string comm;     // likewise
  std::string cgroup;
  friend bool operator==(const Owner&, const Owner&) = default;
};

/// Which programs a packet runs through: a forwarded one runs through ingress (without `input`), then egress.
enum class Path { Ingress, Egress, Forward };

struct Packet {
  std::vector<uint8_t> frame;
  Path path = Path::Ingress;
  bool local = true;         // ingress: the destination is this host
  uint64_t time_ns = 0;
  uint32_t mark = 0;
  uint32_t random = 0;
  uint64_t wall_s = 0;       // seconds since 1970, UTC
  std::string iface;         // empty: none
  std::string oif;
  std::optional<Owner> owner;
  std::optional<Owner> socket;
  friend bool operator==(const Packet&, const Packet&) = default;
};

}  // namespace norman::test
