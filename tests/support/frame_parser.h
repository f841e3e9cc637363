// Finds the headers of a frame for the evaluator: an opinion of its own, written from parsing.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace norman::test {

using Frame = std::vector<uint8_t>;

enum class Layer4 { None, Tcp, Udp, Sctp, Icmp, Icmpv6 };

/// Where each header that is present begins. An absent optional is an absent header.
struct Headers {
  bool ethernet = false;
  std::optional<size_t> vlan;   // of the outer tag control
  std::optional<size_t> vlan2;  // of the inner one
  uint32_t eth_type = 0;
  std::optional<size_t> arp;
  std::optional<size_t> ipv4;
  std::optional<size_t> ipv6;
  uint8_t protocol = 0;  // after the extension headers; meaningless without IP
  Layer4 layer4 = Layer4::None;
  size_t layer4_offset = 0;
  bool incomplete = false;
  bool fragment = false;
  bool later_fragment = false;
  bool ip_options = false;
  bool ipv6_ext = false;

  bool hasPorts() const { return layer4 == Layer4::Tcp || layer4 == Layer4::Udp || layer4 == Layer4::Sctp; }
};

Headers findHeaders(const Frame& frame);

/// `count` bytes (at most 8) as a number; bytes after the frame's end read as zero.
uint64_t readBytes(const Frame& frame, size_t offset, size_t count);
/// Writes the low `count` bytes of `value`; bytes after the frame's end are not written.
void writeBytes(Frame& frame, size_t offset, size_t count, uint64_t value);

}  // namespace norman::test
