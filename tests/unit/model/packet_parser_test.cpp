// The corners of packet parsing: cut headers, third tags, odd versions, long chains, metadata.
#include "overlay_rtl/model/packet_parser.h"

#include <gtest/gtest.h>

#include <random>

#include "overlay_rtl/model/offline/traffic.h"

namespace norman {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes hex(const std::string& text) {
  const auto bytes = bytesOfHex(text);
  EXPECT_TRUE(bytes) << text;
  return bytes.value_or(Bytes{});
}
Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

const Bytes kMacs = hex("0a0b0c0d0e0f 010203040506");
const Bytes kIpv4Tcp = hex("4500 0028 1234 4000 40 06 0000 c0a80001 0a000002");
const Bytes kTcp = hex("1388 0016 00000001 00000002 5012 ffff 1111 2222");
const Bytes kIpv6Head = hex("60000000 0000");

Bytes ipv6(std::uint8_t next) { return kIpv6Head + Bytes{next, 64} + Bytes(32, 0xfe); }
ParsedPacket parse(const Bytes& frame, const PacketMetadata& metadata = {}) { return parsePacket(frame, metadata); }
bool incomplete(const ParsedPacket& p) { return p.info.has(isa::kHasIncomplete); }

TEST(PacketParser, reads_a_tcp_segment) {
  const ParsedPacket p = parse(kMacs + hex("0800") + kIpv4Tcp + kTcp);
  EXPECT_EQ(p.info.presence, isa::kHasAlways | isa::kHasEth | isa::kHasIpv4 | isa::kHasIp | isa::kHasTcp | isa::kHasPorts);
  EXPECT_EQ(p.words[isa::kWEthHi], 0x0a0b0102u);
  EXPECT_EQ(p.words[isa::kWEthDst], 0x0c0d0e0fu);
  EXPECT_EQ(p.words[isa::kWLength], 54u | 14u << 16 | 34u << 24);
  EXPECT_EQ(p.words[isa::kWPorts], 0x13880016u);
  EXPECT_EQ(p.words[isa::kWTcp], 0xffff5012u);
  EXPECT_EQ(p.words[isa::kWL3], 0x45004006u);
  EXPECT_EQ(p.words[isa::kWFrag], 0x12344000u);
}

TEST(PacketParser, an_empty_frame_is_incomplete) {
  const ParsedPacket p = parse({});
  EXPECT_EQ(p.info.presence, isa::kHasAlways | isa::kHasIncomplete);
  EXPECT_EQ(p.words[isa::kWLength], 0u);
}

TEST(PacketParser, every_cut_of_a_fixed_header_is_incomplete) {
  const Bytes whole = kMacs + hex("8100 2005 0800") + kIpv4Tcp + kTcp;
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const ParsedPacket p = parse(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
    EXPECT_EQ(incomplete(p), size < whole.size()) << size;
    EXPECT_EQ(p.info.has(isa::kHasEth), size >= 14) << size;
    EXPECT_EQ(p.info.has(isa::kHasVlan), size >= 18) << size;
    EXPECT_EQ(p.words[isa::kWEthType] & 0xffff, size < 14 ? 0u : size < 18 ? 0x8100u : 0x0800u) << size;
    EXPECT_EQ(p.info.has(isa::kHasIpv4), size >= 38) << size;
    EXPECT_EQ(p.info.has(isa::kHasTcp), size >= 58) << size;
    EXPECT_EQ(p.info.l4_offset, size >= 58 ? 38 : 0) << size;
  }
}

TEST(PacketParser, a_third_tag_ends_parsing) {
  const ParsedPacket p = parse(kMacs + hex("88a8 0001 8100 0002 8100 0003 0800") + kIpv4Tcp);
  EXPECT_FALSE(incomplete(p));
  EXPECT_TRUE(p.info.has(isa::kHasVlan2));
  EXPECT_FALSE(p.info.has(isa::kHasIp));
  EXPECT_EQ(p.words[isa::kWEthType], 0x00018100u);
  EXPECT_EQ(p.words[isa::kWVlan2], 2u);
}

TEST(PacketParser, other_arp_and_other_versions_are_absent_and_complete) {
  EXPECT_TRUE(incomplete(parse(kMacs + hex("0806 0006") + Bytes(25))));
  ParsedPacket p = parse(kMacs + hex("0806 0006") + Bytes(26));
  EXPECT_FALSE(incomplete(p));
  EXPECT_FALSE(p.info.has(isa::kHasArp));
  EXPECT_EQ(p.info.l3_offset, 0);
  p = parse(kMacs + hex("0800 65") + Bytes(40));
  EXPECT_EQ(p.info.presence, isa::kHasAlways | isa::kHasEth);
  p = parse(kMacs + hex("0800 44") + Bytes(40));
  EXPECT_EQ(p.info.presence, isa::kHasAlways | isa::kHasEth);
  p = parse(kMacs + hex("86dd 40") + Bytes(40));
  EXPECT_EQ(p.info.presence, isa::kHasAlways | isa::kHasEth);
}

TEST(PacketParser, layer_4_begins_after_options_also_beyond_the_window) {
  // IPv4 with 60 bytes of header behind two tags: the UDP header ends at byte 90.
  Bytes header = hex("4f00 0060 0000 0000 40 11 0000 01020304 05060708");
  const Bytes frame = kMacs + hex("8100 0001 8100 0002 0800") + header + Bytes(40) + hex("0035 0036 0008 0000");
  ParsedPacket p = parse(frame);
  EXPECT_TRUE(p.info.has(isa::kHasUdp));
  EXPECT_TRUE(p.info.has(isa::kHasIpOptions));
  EXPECT_EQ(p.info.l4_offset, 22 + 60);
  // IPv6 extension headers that push the layer 4 header over the window's end.
  p = parse(kMacs + hex("86dd") + ipv6(0) + hex("11 08") + Bytes(70) + Bytes(200, 0xee));
  EXPECT_TRUE(incomplete(p));
  EXPECT_TRUE(p.info.has(isa::kHasIpv6));
  EXPECT_FALSE(p.info.has(isa::kHasUdp));
  EXPECT_EQ(p.words[isa::kWL3] & 0xff, 17u);
  // What has no fixed part may begin anywhere.
  p = parse(kMacs + hex("86dd") + ipv6(0) + hex("3b 20") + Bytes(300));
  EXPECT_FALSE(incomplete(p));
}

TEST(PacketParser, later_fragments_have_no_layer_4) {
  ParsedPacket p = parse(kMacs + hex("0800 4500 0028 0001 2001 40 06 0000 c0a80001 0a000002") + kTcp);
  EXPECT_TRUE(p.info.has(isa::kHasFragment));
  EXPECT_TRUE(p.info.has(isa::kHasLaterFragment));
  EXPECT_FALSE(p.info.has(isa::kHasTcp));
  EXPECT_FALSE(incomplete(p));
  // Only the beginning of a later fragment: nothing that should be there is cut.
  p = parse(kMacs + hex("0800 4500 0028 0001 0001 40 06 0000 c0a80001 0a000002"));
  EXPECT_FALSE(incomplete(p));
  // IPv6: an offset ends parsing with the protocol that this header names, an atomic fragment is read over.
  p = parse(kMacs + hex("86dd") + ipv6(44) + hex("3c 00 0009 0000abcd"));
  EXPECT_TRUE(p.info.has(isa::kHasLaterFragment));
  EXPECT_EQ(p.words[isa::kWL3] & 0xff, 60u);
  EXPECT_EQ(p.words[isa::kWFrag], 0xabcd2001u);
  p = parse(kMacs + hex("86dd") + ipv6(44) + hex("11 00 0000 00000001") + hex("0035 0036 0008 0000"));
  EXPECT_TRUE(p.info.has(isa::kHasUdp));
  EXPECT_FALSE(p.info.has(isa::kHasFragment));
}

TEST(PacketParser, follows_a_chain_of_extension_headers) {
  const ParsedPacket p = parse(kMacs + hex("86dd") + ipv6(0) + hex("3c 00 0000 00000000") + hex("2b 00 0000 00000000") + hex("33 00 0000 00000000") +
                               hex("3a 01 0000 00000000 00000000") + hex("80 00 abcd 0007 0009"));
  EXPECT_TRUE(p.info.has(isa::kHasIcmpv6)) << "AH counts in words of 4 bytes plus 2";
  EXPECT_EQ(p.words[isa::kWPorts], 0x80000007u);
  EXPECT_EQ(p.words[isa::kWTcp], 0x00090000u);
  EXPECT_EQ(p.words[isa::kWChecksum], 0xabcd0000u);
  // A cut extension header: its own number is the protocol.
  const ParsedPacket cut = parse(kMacs + hex("86dd") + ipv6(60) + hex("11 00 00"));
  EXPECT_TRUE(incomplete(cut));
  EXPECT_TRUE(cut.info.has(isa::kHasIpv6Ext));
  EXPECT_EQ(cut.words[isa::kWL3] & 0xff, 60u);
}

TEST(PacketParser, icmp_belongs_to_its_own_version) {
  EXPECT_FALSE(parse(kMacs + hex("86dd") + ipv6(1) + Bytes(8)).info.has(isa::kHasIcmp));
  EXPECT_FALSE(parse(kMacs + hex("0800 4500 001c 0000 0000 40 3a 0000 01020304 05060708") + Bytes(8)).info.has(isa::kHasIcmpv6));
}

TEST(PacketParser, long_frames_count_in_full_and_stop_at_65535) {
  Bytes frame = kMacs + hex("0800") + kIpv4Tcp + kTcp;
  frame.resize(9000);
  EXPECT_EQ(parse(frame).words[isa::kWLength] & 0xffff, 9000u);
  frame.resize(70000);
  EXPECT_EQ(parse(frame).words[isa::kWLength] & 0xffff, 65535u);
  PacketMetadata captured;
  captured.wire_length = 1514;
  EXPECT_EQ(parse(kMacs + hex("0800") + kIpv4Tcp + kTcp, captured).words[isa::kWLength] & 0xffff, 1514u);
}

TEST(PacketParser, puts_metadata_into_words) {
  PacketMetadata m;
  m.egress = true;
  m.iface_out = 7;
  m.ticks = 0x123456789abcdef0;
  m.mark = 5;
  m.random = 6;
  m.wall_s = 3 * 86400 + 12;  // 1970-01-04 was a Sunday
  m.owner = OwnerWords{1, 2, 3, 4, 5};
  m.socket = SocketWords{6, 7, 8};
  m.owner_predicates = 0x8000000000000001;
  const ParsedPacket p = parse(Bytes(14), m);
  EXPECT_EQ(p.info.presence, isa::kHasAlways | isa::kHasEth | isa::kHasEgress | isa::kHasIfaceOut | isa::kHasOwner | isa::kHasSocket);
  EXPECT_EQ(p.words[isa::kWIface], 0x70000u);
  EXPECT_EQ(p.words[isa::kWTimeHi], 0x12345678u);
  EXPECT_EQ(p.words[isa::kWWall], 12u);
  EXPECT_EQ(p.words[isa::kWOwnPid], 3u);
  EXPECT_EQ(p.words[isa::kWSockCgroup], 8u);
  EXPECT_EQ(p.words[isa::kWPredHi], 0x80000000u);
  m.wall_s = 86399;
  EXPECT_EQ(parse({}, m).words[isa::kWWall], 86399u | 4u << 24) << "a Thursday";
}

TEST(PacketParser, never_reads_outside_random_frames) {
  std::mt19937 random(5);
  for (int i = 0; i < 200000; ++i) {
    Bytes frame(random() % 140);
    for (std::uint8_t& byte : frame) byte = static_cast<std::uint8_t>(random());
    if (frame.size() > 14 && i % 2 == 0) {
      const auto types = std::array<std::uint16_t, 5>{0x0800, 0x86dd, 0x8100, 0x88a8, 0x0806};
      const std::uint16_t type = types[random() % types.size()];
      frame[12] = static_cast<std::uint8_t>(type >> 8);
      frame[13] = static_cast<std::uint8_t>(type);
      frame[14] = type == 0x86dd ? 0x60 : 0x45;
    }
    const ParsedPacket p = parse(frame);
    if (frame.size() < 14) {
      EXPECT_TRUE(incomplete(p));
    }
  }
}

}  // namespace
}  // namespace norman
