// Suggestions for mistyped names.
#include "compiler/support/nearest_name.h"

#include <gtest/gtest.h>

namespace norman {
namespace {

TEST(NearestName, finds_one_edit) {
  EXPECT_EQ(nearestName("dprot", {"sport", "dport", "flags"}), "dport");
  EXPECT_EQ(nearestName("polcy", {"policy", "const"}), "policy");
  EXPECT_EQ(nearestName("Policy", {"policy", "const"}), "policy");
}

TEST(NearestName, prefers_fewer_edits_then_the_first) {
  EXPECT_EQ(nearestName("cat", {"cut", "car", "cap"}), "cut");
  EXPECT_EQ(nearestName("inptu", {"output", "input"}), "input");
}

TEST(NearestName, finds_a_name_by_its_last_word) {
  EXPECT_EQ(nearestName("http", {"port_https", "port_http", "htt"}), "port_http");
  EXPECT_EQ(nearestName("ports", {"web_ports"}), "web_ports");
  EXPECT_EQ(nearestName("s", {"web_s"}), std::nullopt);
}

TEST(NearestName, stays_silent_when_nothing_is_near) {
  EXPECT_EQ(nearestName("zebra", {"policy", "const"}), std::nullopt);
  EXPECT_EQ(nearestName("", {"policy"}), std::nullopt);
  EXPECT_EQ(nearestName("policy", {"policy"}), std::nullopt);
  EXPECT_EQ(nearestName(std::string(100000, 'a'), {"policy"}), std::nullopt);
}

}  // namespace
}  // namespace norman
