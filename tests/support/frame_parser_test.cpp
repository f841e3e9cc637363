// What the evaluator's parser finds in ordinary, cut and odd frames.
#include "tests/support/frame_parser.h"

#include <gtest/gtest.h>

#include <string>

namespace norman::test {
namespace {

Frame hex(std::string_view text) {
  Frame frame;
  std::string digits;
  for (const char c : text)
    if (c != ' ') digits += c;
  for (size_t i = 0; i + 1 < digits.size(); i += 2)
    frame.push_back(static_cast<uint8_t>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  return frame;
}

const char kMacs[] = "020000000001 020000000002 ";
const char kTcp[] = "04d2 0050 00000001 00000002 5002 2000 0000 0000";

std::string ipv4(std::string_view fragment = "0000", std::string_view protocol = "06") {
  return "0800 4500 0028 0001 " + std::string(fragment) + " 40 " + std::string(protocol) + " 0000 0a000001 0a000002 ";
}

TEST(FrameParser, finds_tcp_behind_two_tags) {
  const Headers h = findHeaders(hex(std::string(kMacs) + "88a8 0064 8100 2065" + ipv4() + kTcp));
  EXPECT_EQ(h.vlan, 14u);
  EXPECT_EQ(h.vlan2, 18u);
  EXPECT_EQ(h.eth_type, 0x0800u);
  EXPECT_EQ(h.ipv4, 22u);
  EXPECT_EQ(h.layer4, Layer4::Tcp);
  EXPECT_EQ(h.layer4_offset, 42u);
  EXPECT_FALSE(h.incomplete);
}

TEST(FrameParser, stops_at_a_third_tag_without_calling_it_incomplete) {
  const Headers h = findHeaders(hex(std::string(kMacs) + "8100 0001 8100 0002 8100 0003" + ipv4() + kTcp));
  EXPECT_EQ(h.eth_type, 0x8100u);
  EXPECT_FALSE(h.ipv4);
  EXPECT_FALSE(h.incomplete);
}

TEST(FrameParser, every_cut_of_a_header_is_incomplete) {
  const Frame whole = hex(std::string(kMacs) + ipv4() + kTcp);
  for (size_t size = 0; size < whole.size(); ++size) {
    const Headers h = findHeaders(Frame(whole.begin(), whole.begin() + static_cast<long>(size)));
    EXPECT_TRUE(h.incomplete) << size;
    EXPECT_EQ(h.ipv4.has_value(), size >= 34) << size;
    EXPECT_EQ(h.layer4, Layer4::None) << size;
  }
  EXPECT_FALSE(findHeaders(whole).incomplete);
}

TEST(FrameParser, a_later_fragment_has_no_layer_4) {
  const Headers first = findHeaders(hex(std::string(kMacs) + ipv4("2000") + kTcp));
  EXPECT_TRUE(first.fragment);
  EXPECT_FALSE(first.later_fragment);
  EXPECT_EQ(first.layer4, Layer4::Tcp);
  const Headers later = findHeaders(hex(std::string(kMacs) + ipv4("0001") + kTcp));
  EXPECT_TRUE(later.fragment);
  EXPECT_TRUE(later.later_fragment);
  EXPECT_EQ(later.layer4, Layer4::None);
  EXPECT_FALSE(later.incomplete);
}

TEST(FrameParser, walks_ipv6_extension_headers) {
  const std::string head = std::string(kMacs) + "86dd 60000000 0024 00 40" + std::string(64, '0');
  const Headers h = findHeaders(hex(head + "3c00 000000000000" "3300 000000000000" "1100 000000000000" + "1f90 0035 000c 0000 00000000"));
  EXPECT_TRUE(h.ipv6_ext);
  EXPECT_EQ(h.protocol, 17);
  EXPECT_EQ(h.layer4, Layer4::Udp);
  EXPECT_EQ(h.layer4_offset, 14u + 40 + 24);
  const Headers cut = findHeaders(hex(head + "3c00 000000000000" "3300 0000"));
  EXPECT_TRUE(cut.incomplete);
  EXPECT_EQ(cut.protocol, 60);
  // An atomic fragment is none; a later one ends the walk and names what it holds.
  const std::string fragment = std::string(kMacs) + "86dd 60000000 0024 2c 40" + std::string(64, '0');
  const Headers atomic = findHeaders(hex(fragment + "1100 0000 00000001" + "1f90 0035 000c 0000"));
  EXPECT_FALSE(atomic.fragment);
  EXPECT_EQ(atomic.layer4, Layer4::Udp);
  const Headers later = findHeaders(hex(fragment + "1100 0008 00000001" + "1f90"));
  EXPECT_TRUE(later.later_fragment);
  EXPECT_EQ(later.protocol, 17);
  EXPECT_FALSE(later.incomplete);
}

TEST(FrameParser, headers_past_the_window_are_cut) {
  std::string text = std::string(kMacs) + "86dd 60000000 0024 00 40" + std::string(64, '0');
  text += "1109" + std::string(2 * 78, '0');  // 80 bytes of hop-by-hop options
  const Headers h = findHeaders(hex(text + "1f90 0035 000c 0000"));
  EXPECT_TRUE(h.incomplete);
  EXPECT_EQ(h.protocol, 17);
  EXPECT_EQ(h.layer4, Layer4::None);
}

TEST(FrameParser, knows_only_arp_for_ipv4_over_ethernet) {
  const std::string rest = "0001 020000000001 0a000001 000000000000 0a000002";
  EXPECT_TRUE(findHeaders(hex(std::string(kMacs) + "0806 0001 0800 06 04" + rest)).arp);
  const Headers other = findHeaders(hex(std::string(kMacs) + "0806 0006 0800 06 04" + rest));
  EXPECT_FALSE(other.arp);
  EXPECT_FALSE(other.incomplete);
}

TEST(FrameParser, a_wrong_version_is_no_ip_header) {
  const Headers h = findHeaders(hex(std::string(kMacs) + "0800 5500" + std::string(80, '0')));
  EXPECT_FALSE(h.ipv4);
  EXPECT_FALSE(h.incomplete);
}

TEST(FrameParser, reads_zeros_and_writes_nothing_past_the_end) {
  Frame frame{1, 2};
  EXPECT_EQ(readBytes(frame, 1, 2), 0x0200u);
  writeBytes(frame, 1, 2, 0xabcd);
  EXPECT_EQ(frame, (Frame{1, 0xab}));
}

}  // namespace
}  // namespace norman::test
