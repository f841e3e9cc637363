// Numbers of interfaces, as device/Image.td says.
#include <gtest/gtest.h>

#include "norman/spec/norman_hw.h"
#include "overlay_rtl/model/offline/interface_numbers.h"

namespace norman {
namespace {

TEST(InterfaceNumbers, named_ones_then_patterns_then_the_others) {
  InterfaceNumbers numbers({{"eth1", 1}, {"eth*", 65280}, {"lo", 2}, {"e*", 65024}});
  EXPECT_EQ(numbers.of(""), 0);
  EXPECT_EQ(numbers.of("wlan0"), 3);
  EXPECT_EQ(numbers.of("eth1"), 1);
  EXPECT_EQ(numbers.of("eth0"), 65280);
  EXPECT_EQ(numbers.of("eth"), 65281);
  EXPECT_EQ(numbers.of("eno1"), 65024);
  EXPECT_EQ(numbers.of("wlan1"), 4);
  EXPECT_EQ(numbers.of("eth0"), 65280) << "an interface keeps its number";
  EXPECT_EQ(numbers.of("lo"), 2);
}

TEST(InterfaceNumbers, the_last_one_of_a_full_block_is_shared) {
  InterfaceNumbers numbers({{"tap*", 65280}, {"tap1*", 65024}});
  for (std::uint32_t i = 0; i < NORMAN_INTERFACE_BLOCK; ++i) EXPECT_EQ(numbers.of("tap2." + std::to_string(i)), 65280 + i);
  EXPECT_EQ(numbers.of("tap3"), 65535);
  EXPECT_EQ(numbers.of("tap4"), 65535);
  EXPECT_EQ(numbers.of("tap1"), 65024);
  EXPECT_EQ(numbers.of("eth0"), 1);
}

TEST(InterfaceNumbers, others_end_where_blocks_may_begin) {
  InterfaceNumbers numbers({{"eth0", 49150}});
  EXPECT_EQ(numbers.of("eth1"), 49151);
  EXPECT_EQ(numbers.of("eth2"), 49151);
  EXPECT_EQ(numbers.of("eth0"), 49150);
}

}  // namespace
}  // namespace norman
