// What presence bits imply and exclude.
#include "compiler/codegen/presence.h"

#include <gtest/gtest.h>

#include "norman/spec/isa.h"

namespace norman::codegen {
namespace {

TEST(Presence, a_transport_header_implies_everything_below_it) {
  EXPECT_EQ(closure(isa::kHasTcp), isa::kHasTcp | isa::kHasPorts | isa::kHasIp | isa::kHasEth);
  EXPECT_EQ(closure(isa::kHasIcmpv6), isa::kHasIcmpv6 | isa::kHasIpv6 | isa::kHasIp | isa::kHasEth);
  EXPECT_EQ(closure(isa::kHasVlan2), isa::kHasVlan2 | isa::kHasVlan | isa::kHasEth);
  EXPECT_EQ(closure(0), 0u);
}

TEST(Presence, only_what_nothing_else_implies_is_tested) {
  EXPECT_EQ(untested(isa::kHasTcp | isa::kHasPorts | isa::kHasIp, 0), isa::kHasTcp);
  EXPECT_EQ(untested(isa::kHasIp | isa::kHasIpv4, isa::kHasTcp), isa::kHasIpv4);
  EXPECT_EQ(untested(isa::kHasPorts, isa::kHasUdp), 0u);
  EXPECT_EQ(untested(isa::kHasIpv6 | isa::kHasTcp, 0), isa::kHasIpv6 | isa::kHasTcp);
}

TEST(Presence, no_packet_has_two_headers_of_one_layer) {
  EXPECT_TRUE(contradicts(isa::kHasTcp | isa::kHasUdp));
  EXPECT_TRUE(contradicts(isa::kHasIcmp | isa::kHasIpv6));
  EXPECT_TRUE(contradicts(isa::kHasArp | isa::kHasTcp));
  EXPECT_TRUE(contradicts(isa::kHasLaterFragment | isa::kHasPorts | isa::kHasTcp));
  EXPECT_FALSE(contradicts(isa::kHasTcp | isa::kHasIpv6 | isa::kHasVlan2 | isa::kHasOwner));
}

}  // namespace
}  // namespace norman::codegen
