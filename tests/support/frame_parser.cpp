// Finds the headers of a frame, step by step as the table of parsing.md lists them.
#include "tests/support/frame_parser.h"

#include <algorithm>

namespace norman::test {
namespace {

constexpr size_t kWindow = 128;

class Walk {
 public:
  explicit Walk(const Frame& frame) : frame_(frame), end_(std::min(frame.size(), kWindow)) {}

  Headers run() {
    ethernet();
    return headers_;
  }

 private:
  // Says whether the next `count` bytes can be seen; if not, the walk is over and the packet incomplete.
  bool need(size_t count) {
    if (at_ + count <= end_) return true;
    headers_.incomplete = true;
    return false;
  }
  uint64_t get(size_t offset, size_t count) const { return readBytes(frame_, at_ + offset, count); }

  void ethernet() {
    if (!need(14)) return;
    headers_.ethernet = true;
    headers_.eth_type = static_cast<uint32_t>(get(12, 2));
    at_ = 14;
    for (int tag = 0; tag < 2 && isTag(headers_.eth_type); ++tag) {
      if (!need(4)) return;
      (tag == 0 ? headers_.vlan : headers_.vlan2) = at_;
      headers_.eth_type = static_cast<uint32_t>(get(2, 2));
      at_ += 4;
    }
    switch (headers_.eth_type) {
      case 0x0806: arp(); break;
      case 0x0800: ipv4(); break;
      case 0x86dd: ipv6(); break;
      default: break;
    }
  }

  static bool isTag(uint32_t type) { return type == 0x8100 || type == 0x88a8; }

  void arp() {
    if (!need(28)) return;
    if (get(0, 2) == 1 && get(2, 2) == 0x0800 && get(4, 1) == 6 && get(5, 1) == 4) headers_.arp = at_;
  }

  void ipv4() {
    if (!need(20)) return;
    const uint64_t words = get(0, 1) & 15;
    if (get(0, 1) >> 4 != 4 || words < 5) return;
    headers_.ipv4 = at_;
    headers_.ip_options = words > 5;
    headers_.protocol = static_cast<uint8_t>(get(9, 1));
    const uint64_t fragment = get(6, 2);
    headers_.fragment = (fragment & 0x3fff) != 0;
    headers_.later_fragment = (fragment & 0x1fff) != 0;
    at_ += words * 4;
    layer4();
  }

  void ipv6() {
    if (!need(40)) return;
    if (get(0, 1) >> 4 != 6) return;
    headers_.ipv6 = at_;
    headers_.protocol = static_cast<uint8_t>(get(6, 1));
    at_ += 40;
    for (;;) {
      const uint8_t kind = headers_.protocol;
      if (kind != 0 && kind != 43 && kind != 44 && kind != 51 && kind != 60) break;
      headers_.ipv6_ext = true;
      if (!need(8)) return;
      size_t length = 8 * (get(1, 1) + 1);
      if (kind == 51) length = 4 * (get(1, 1) + 2);
      if (kind == 44) {
        length = 8;
        const uint64_t fragment = get(2, 2);  // offset in 15:3, M in bit 0
        headers_.fragment |= (fragment & 0xfff9) != 0;
        headers_.later_fragment |= (fragment & 0xfff8) != 0;
      }
      headers_.protocol = static_cast<uint8_t>(get(0, 1));
      at_ += length;
      if (headers_.later_fragment) return;
    }
    layer4();
  }

  void layer4() {
    if (headers_.later_fragment) return;
    Layer4 kind = Layer4::None;
    size_t fixed = 8;
    switch (headers_.protocol) {
      case 6: kind = Layer4::Tcp; fixed = 20; break;
      case 17: kind = Layer4::Udp; break;
      case 132: kind = Layer4::Sctp; fixed = 12; break;
      case 1: kind = headers_.ipv4 ? Layer4::Icmp : Layer4::None; break;
      case 58: kind = headers_.ipv6 ? Layer4::Icmpv6 : Layer4::None; break;
      default: break;
    }
    if (kind == Layer4::None || !need(fixed)) return;
    headers_.layer4 = kind;
    headers_.layer4_offset = at_;
  }

  const Frame& frame_;
  const size_t end_;
  size_t at_ = 0;
  Headers headers_;
};

}  // namespace

Headers findHeaders(const Frame& frame) { return Walk(frame).run(); }

uint64_t readBytes(const Frame& frame, size_t offset, size_t count) {
  uint64_t value = 0;
  for (size_t i = offset; i < offset + count; ++i) value = value << 8 | (i < frame.size() ? frame[i] : 0u);
  return value;
}

void writeBytes(Frame& frame, size_t offset, size_t count, uint64_t value) {
  for (size_t i = 0; i < count; ++i)
    if (offset + i < frame.size()) frame[offset + i] = static_cast<uint8_t>(value >> (8 * (count - 1 - i)));
}

}  // namespace norman::test
