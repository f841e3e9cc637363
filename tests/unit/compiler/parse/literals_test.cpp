// Addresses and numbers.
#include "compiler/parse/literals.h"

#include <gtest/gtest.h>

namespace norman {
namespace {

using ast::Bits128;

TEST(Literals, reads_ipv4) {
  EXPECT_EQ(readIpv4("10.0.0.1"), (Bits128{0, 0x0a000001}));
  EXPECT_EQ(readIpv4("255.255.255.255"), (Bits128{0, 0xffffffff}));
  EXPECT_EQ(readIpv4("256.0.0.1"), std::nullopt);
  EXPECT_EQ(readIpv4("010.0.0.1"), std::nullopt) << "octal to some, decimal to others";
  EXPECT_EQ(readIpv4("1.2.3"), std::nullopt);
}

TEST(Literals, reads_ipv6) {
  EXPECT_EQ(readIpv6("::"), (Bits128{0, 0}));
  EXPECT_EQ(readIpv6("2001:db8::1"), (Bits128{0x20010db800000000, 1}));
  EXPECT_EQ(readIpv6("::ffff:10.0.0.1"), (Bits128{0, 0xffff0a000001}));
  EXPECT_EQ(readIpv6("1::2::3"), std::nullopt);
  EXPECT_EQ(readIpv6("12345::"), std::nullopt);
}

TEST(Literals, reads_mac) { EXPECT_EQ(readMac("02:00:00:00:Ab:01"), (Bits128{0, 0x02000000ab01})); }

TEST(Literals, reads_numbers) {
  EXPECT_EQ(readNumber("1_000_000")->digits, 1000000u);
  EXPECT_EQ(readNumber("0xFf")->digits, 255u);
  EXPECT_EQ(readNumber("0b101")->digits, 5u);
  EXPECT_EQ(readNumber("18446744073709551615")->digits, UINT64_MAX);
  EXPECT_FALSE(readNumber("18446744073709551616"));
  EXPECT_FALSE(readNumber("0x10000000000000000"));
  EXPECT_EQ(readNumber("12.50")->digits, 1250u);
  EXPECT_EQ(readNumber("12.50")->scale, 2u);
}

}  // namespace
}  // namespace norman
