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

TEST(Literals, reads_times_of_day) {
  EXPECT_EQ(readTime("0:00"), (ast::Bits128{0, 0}));
  EXPECT_EQ(readTime("09:30"), (ast::Bits128{0, 34200}));
  EXPECT_EQ(readTime("23:59:59"), (ast::Bits128{0, 86399}));
  EXPECT_EQ(readTime("24:00"), (ast::Bits128{0, 86400}));
  EXPECT_EQ(readTime("24:00:01"), std::nullopt);
  EXPECT_EQ(readTime("9:60"), std::nullopt);
  EXPECT_EQ(readTime("9:00:60"), std::nullopt);
}

}  // namespace
}  // namespace norman
