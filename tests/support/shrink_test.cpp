// The shrinker keeps what a failure needs and nothing else.
#include "tests/support/shrink.h"

#include <gtest/gtest.h>

#include "tests/support/random_policy.h"

namespace norman::test {
namespace {

TEST(Shrink, keeps_only_what_fails) {
  Random random(3);
  RandomPolicy made = randomPolicy(random);
  Term condition{'b', "($0 && $1)", {{'b', "tcp", {}}, {'b', "!($0)", {{'b', "udp", {}}}}}};
  made.text.policies[0].statements.push_back({"", "needle", condition, {{'s', "count", {}}, {'s', "drop", {}}}});
  Case failing{made.text, {}};
  uint64_t time_ns = 0;
  for (int i = 0; i < 20; ++i) failing.packets.push_back(randomPacket(random, made.vocabulary, time_ns));
  failing.packets[11].mark = 77;

  const Case small = shrink(failing, [](const Case& c) {
    bool marked = false;
    for (const Packet& packet : c.packets) marked |= packet.mark == 77;
    const std::string text = print(c.text);
    return marked && text.find("udp") != std::string::npos && text.find("drop") != std::string::npos;
  });

  ASSERT_EQ(small.packets.size(), 1u);
  EXPECT_EQ(small.packets[0].mark, 77u);
  EXPECT_TRUE(small.packets[0].frame.empty());
  ASSERT_EQ(small.text.policies.size(), 1u);
  EXPECT_TRUE(small.text.declarations.empty());
  EXPECT_LT(print(small.text).size(), 80u) << print(small.text);
}

}  // namespace
}  // namespace norman::test
