// The packet parser that model, RTL tests and native code share until the NIC has one in RTL.
#include "overlay_rtl/model/packet_parser.h"

#include <algorithm>
#include <cassert>

namespace norman {
namespace {

using isa::EntryWord;

constexpr std::uint16_t kTypeIpv4 = 0x0800, kTypeArp = 0x0806, kTypeVlan = 0x8100, kTypeVlanService = 0x88a8, kTypeIpv6 = 0x86dd;
constexpr std::uint8_t kHopByHop = 0, kIcmp = 1, kTcp = 6, kUdp = 17, kRouting = 43, kFragment = 44, kAuth = 51, kIcmpv6 = 58,
                       kDestination = 60, kSctp = 132;
constexpr std::uint16_t kMoreFragments = 0x2000, kOffsetMask = 0x1fff;

class Parser {
 public:
  explicit Parser(std::span<const std::uint8_t> frame) : window_(frame.first(std::min<std::size_t>(frame.size(), isa::kWindowBytes))) {}

  ParsedPacket run(std::size_t length, const PacketMetadata& metadata) {
    metadataWords(length, metadata);
    ethernet();
    word(isa::kWLength) |= std::uint32_t{out_.info.l3_offset} << 16 | std::uint32_t{out_.info.l4_offset} << 24;
    word(isa::kWParse) = out_.info.presence;
    std::copy(window_.begin(), window_.end(), out_.words.window.begin());
    out_.words.window_bytes = static_cast<std::uint8_t>(window_.size());
    return out_;
  }

 private:
  std::uint32_t& word(EntryWord w) { return out_.words[w]; }
  void set(std::uint32_t presence) { out_.info.presence |= presence; }

  // Every read follows a question whether the header is whole.
  std::uint32_t u8(std::size_t at) const {
    assert(at < window_.size());
    return window_[at];
  }
  std::uint32_t u16(std::size_t at) const { return u8(at) << 8 | u8(at + 1); }
  std::uint32_t u32(std::size_t at) const { return u16(at) << 16 | u16(at + 2); }

  // Says whether a fixed header part lies in the window, and marks the packet incomplete if it does not.
  bool whole(std::size_t at, std::size_t size) {
    if (at + size <= window_.size()) return true;
    set(isa::kHasIncomplete);
    return false;
  }

  void metadataWords(std::size_t length, const PacketMetadata& m) {
    set(isa::kHasAlways);
    if (m.egress) set(isa::kHasEgress);
    if (m.forward) set(isa::kHasForward);
    if (m.local) set(isa::kHasLocal);
    if (m.iface_in != 0) set(isa::kHasIfaceIn);
    if (m.iface_out != 0) set(isa::kHasIfaceOut);
    word(isa::kWIface) = m.iface_in | std::uint32_t{m.iface_out} << 16;
    word(isa::kWLength) = static_cast<std::uint32_t>(std::min<std::size_t>(length, 0xffff));
    word(isa::kWTimeLo) = static_cast<std::uint32_t>(m.ticks);
    word(isa::kWTimeHi) = static_cast<std::uint32_t>(m.ticks >> 32);
    word(isa::kWMark) = m.mark;
    word(isa::kWRandom) = m.random;
    // 1970-01-01 was a Thursday.
    word(isa::kWWall) = static_cast<std::uint32_t>(m.wall_s % 86400 | (m.wall_s / 86400 + 4) % 7 << 24);
    if (m.owner) {
      set(isa::kHasOwner);
      word(isa::kWOwnUid) = m.owner->uid;
      word(isa::kWOwnGid) = m.owner->gid;
      word(isa::kWOwnPid) = m.owner->pid;
      word(isa::kWOwnComm) = m.owner->comm;
      word(isa::kWOwnCgroup) = m.owner->cgroup;
    }
    if (m.socket) {
      set(isa::kHasSocket);
      word(isa::kWSockUid) = m.socket->uid;
      word(isa::kWSockGid) = m.socket->gid;
      word(isa::kWSockCgroup) = m.socket->cgroup;
    }
    word(isa::kWPredLo) = static_cast<std::uint32_t>(m.owner_predicates);
    word(isa::kWPredHi) = static_cast<std::uint32_t>(m.owner_predicates >> 32);
  }

  void ethernet() {
    if (!whole(0, 14)) return;
    set(isa::kHasEth);
    word(isa::kWEthHi) = u16(0) << 16 | u16(6);
    word(isa::kWEthDst) = u32(2);
    word(isa::kWEthSrc) = u32(8);
    std::size_t at = 14;
    std::uint32_t type = u16(12);
    for (unsigned tags = 0; tags < 2 && (type == kTypeVlan || type == kTypeVlanService); ++tags) {
      word(isa::kWEthType) = (word(isa::kWEthType) & 0xffff0000u) | type;
      if (!whole(at, 4)) return;
      set(tags == 0 ? isa::kHasVlan : isa::kHasVlan2);
      if (tags == 0)
        word(isa::kWEthType) |= u16(at) << 16;
      else
        word(isa::kWVlan2) = u16(at);
      type = u16(at + 2);
      at += 4;
    }
    word(isa::kWEthType) = (word(isa::kWEthType) & 0xffff0000u) | type;
    switch (type) {
      case kTypeArp: arp(at); break;
      case kTypeIpv4: ipv4(at); break;
      case kTypeIpv6: ipv6(at); break;
      default: break;
    }
  }

  void arp(std::size_t at) {
    if (!whole(at, 28)) return;
    if (u16(at) != 1 || u16(at + 2) != kTypeIpv4 || u8(at + 4) != 6 || u8(at + 5) != 4) return;
    set(isa::kHasArp);
    out_.info.l3_offset = static_cast<std::uint8_t>(at);
    word(isa::kWMisc) = u16(at) << 16;
    word(isa::kWPorts) = u16(at + 6);
    word(isa::kWSrc1) = u16(at + 8);
    word(isa::kWSrc2) = u32(at + 10);
    word(isa::kWSrc0) = u32(at + 14);
    word(isa::kWDst1) = u16(at + 18);
    word(isa::kWDst2) = u32(at + 20);
    word(isa::kWDst0) = u32(at + 24);
  }

  void ipv4(std::size_t at) {
    if (!whole(at, 20)) return;
    const std::uint32_t header_words = u8(at) & 15;
    if (u8(at) >> 4 != 4 || header_words < 5) return;
    set(isa::kHasIpv4 | isa::kHasIp);
    if (header_words > 5) set(isa::kHasIpOptions);
    out_.info.l3_offset = static_cast<std::uint8_t>(at);
    const std::uint32_t fragment = u16(at + 6);
    const std::uint8_t protocol = static_cast<std::uint8_t>(u8(at + 9));
    word(isa::kWL3) = 4u << 28 | header_words << 24 | u8(at + 1) << 16 | u8(at + 8) << 8 | protocol;
    word(isa::kWFrag) = u16(at + 4) << 16 | fragment;
    word(isa::kWLengths) = u16(at + 2);
    word(isa::kWChecksum) = u16(at + 10);
    word(isa::kWSrc0) = u32(at + 12);
    word(isa::kWDst0) = u32(at + 16);
    if ((fragment & (kMoreFragments | kOffsetMask)) != 0) set(isa::kHasFragment);
    if ((fragment & kOffsetMask) != 0) {
      set(isa::kHasLaterFragment);
      return;
    }
    transport(at + 4 * std::size_t{header_words}, protocol, false);
  }

  void ipv6(std::size_t at) {
    if (!whole(at, 40)) return;
    if (u8(at) >> 4 != 6) return;
    set(isa::kHasIpv6 | isa::kHasIp);
    out_.info.l3_offset = static_cast<std::uint8_t>(at);
    for (std::size_t i = 0; i < 4; ++i) {
      out_.words[isa::kWSrc0 + i] = u32(at + 8 + 4 * i);
      out_.words[isa::kWDst0 + i] = u32(at + 24 + 4 * i);
    }
    word(isa::kWFlow) = u32(at) & 0xfffff;
    word(isa::kWLengths) = u16(at + 4);
    word(isa::kWL3) = 6u << 28 | (u32(at) >> 20 & 0xff) << 16 | u8(at + 7) << 8;
    std::uint8_t next = static_cast<std::uint8_t>(u8(at + 6));
    const bool layer4_here = extensions(at + 40, next, at);
    word(isa::kWL3) |= next;
    if (layer4_here) transport(at, next, true);
  }

  // Walks the extension headers from `at`. Leaves the protocol after them in `next` and where it begins in `end`; false
  // if no layer 4 header can follow.
  bool extensions(std::size_t at, std::uint8_t& next, std::size_t& end) {
    while (next == kHopByHop || next == kRouting || next == kFragment || next == kAuth || next == kDestination) {
      set(isa::kHasIpv6Ext);
      if (!whole(at, 8)) return false;
      const std::uint8_t kind = next;
      next = static_cast<std::uint8_t>(u8(at));
      if (kind == kFragment) {
        const std::uint32_t offset = u16(at + 2) >> 3;
        const bool more = (u16(at + 2) & 1) != 0;
        word(isa::kWFrag) = u16(at + 6) << 16 | (more ? std::uint32_t{kMoreFragments} : 0u) | offset;
        if (more || offset != 0) set(isa::kHasFragment);
        if (offset != 0) {
          set(isa::kHasLaterFragment);
          return false;
        }
        at += 8;
      } else if (kind == kAuth) {
        at += 4 * (std::size_t{u8(at + 1)} + 2);
      } else {
        at += 8 * (std::size_t{u8(at + 1)} + 1);
      }
    }
    end = at;
    return true;
  }

  bool header(std::size_t at, std::size_t size, std::uint32_t presence) {
    if (!whole(at, size)) return false;
    set(presence);
    out_.info.l4_offset = static_cast<std::uint8_t>(at);
    return true;
  }

  void transport(std::size_t at, std::uint8_t protocol, bool over_ipv6) {
    switch (protocol) {
      case kTcp:
        if (!header(at, 20, isa::kHasTcp | isa::kHasPorts)) return;
        word(isa::kWPorts) = u32(at);
        word(isa::kWSeq) = u32(at + 4);
        word(isa::kWAck) = u32(at + 8);
        word(isa::kWTcp) = u16(at + 14) << 16 | (u16(at + 12) & 0xf1ff);
        word(isa::kWChecksum) |= u16(at + 16) << 16;
        word(isa::kWMisc) = u16(at + 18);
        break;
      case kUdp:
        if (!header(at, 8, isa::kHasUdp | isa::kHasPorts)) return;
        word(isa::kWPorts) = u32(at);
        word(isa::kWLengths) |= u16(at + 4) << 16;
        word(isa::kWChecksum) |= u16(at + 6) << 16;
        break;
      case kSctp:
        if (!header(at, 12, isa::kHasSctp | isa::kHasPorts)) return;
        word(isa::kWPorts) = u32(at);
        word(isa::kWSeq) = u32(at + 4);
        break;
      case kIcmp:
      case kIcmpv6:
        if (over_ipv6 != (protocol == kIcmpv6)) return;
        if (!header(at, 8, over_ipv6 ? isa::kHasIcmpv6 : isa::kHasIcmp)) return;
        word(isa::kWPorts) = u16(at) << 16 | u16(at + 4);
        word(isa::kWTcp) = u16(at + 6) << 16;
        word(isa::kWChecksum) |= u16(at + 2) << 16;
        break;
      default: break;
    }
  }

  std::span<const std::uint8_t> window_;
  ParsedPacket out_;
};

}  // namespace

ParsedPacket parsePacket(std::span<const std::uint8_t> frame, const PacketMetadata& metadata) {
  const std::size_t length = metadata.wire_length != 0 ? metadata.wire_length : frame.size();
  return Parser(frame).run(length, metadata);
}

}  // namespace norman
