// Repaired checksums equal those computed from scratch on random packets that were right before.
#include "tests/support/checksum.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/random_packet.h"

namespace norman::test {
namespace {

uint32_t sumOf(const Frame& frame, size_t offset, size_t bytes) {
  uint32_t sum = 0;
  for (size_t i = 0; i < bytes; ++i) sum += i % 2 == 0 ? frame[offset + i] << 8 : frame[offset + i];
  return sum;
}

// What the layer 4 checksum of a whole packet comes to: 0 when it is right.
uint16_t layer4Sum(const Headers& h, const Frame& frame) {
  const size_t length = frame.size() - h.layer4_offset;
  const uint32_t addresses = h.ipv4 ? sumOf(frame, *h.ipv4 + 12, 8) : sumOf(frame, *h.ipv6 + 8, 32);
  return internetChecksum({frame.data() + h.layer4_offset, length}, addresses + h.protocol + static_cast<uint32_t>(length));
}

TEST(Checksum, repaired_sums_are_those_from_scratch) {
  Random random(7);
  Vocabulary vocabulary;
  uint64_t time_ns = 0;
  int headers_checked = 0;
  int transports_checked = 0;
  for (int i = 0; i < 20000; ++i) {
    const Frame before = randomPacket(random, vocabulary, time_ns).frame;
    const Headers h = findHeaders(before);
    if (!h.ipv4 && !h.ipv6) continue;
    Frame after = before;
    std::vector<Written> runs;
    const auto rewrite = [&](size_t offset, size_t bytes) {
      for (size_t at = offset; at < offset + bytes; ++at) writeBytes(after, at, 1, random.oneIn(3) ? 0xff : random.next());
      runs.push_back({offset, bytes});
    };
    if (h.ipv4) rewrite(*h.ipv4 + 12, 8);
    else rewrite(*h.ipv6 + 8, 32);
    const bool ports = h.layer4 == Layer4::Tcp || h.layer4 == Layer4::Udp;
    if (ports) rewrite(h.layer4_offset, 4);
    repairChecksums(h, before, after, runs);
    if (h.ipv4) {
      const size_t bytes = (before[*h.ipv4] & 15) * size_t{4};
      if (*h.ipv4 + bytes <= before.size() && internetChecksum({before.data() + *h.ipv4, bytes}) == 0) {
        EXPECT_EQ(internetChecksum({after.data() + *h.ipv4, bytes}), 0);
        ++headers_checked;
      }
    }
    if (!ports && h.layer4 != Layer4::Icmpv6) continue;
    if (h.layer4 == Layer4::Udp && readBytes(before, h.layer4_offset + 6, 2) == 0) {
      EXPECT_EQ(readBytes(after, h.layer4_offset + 6, 2), 0u) << "no checksum stays none";
      continue;
    }
    if (layer4Sum(h, before) != 0) continue;
    EXPECT_EQ(layer4Sum(h, after), 0);
    if (h.layer4 == Layer4::Udp) {
      EXPECT_NE(readBytes(after, h.layer4_offset + 6, 2), 0u);
    }
    ++transports_checked;
  }
  EXPECT_GT(headers_checked, 3000);
  EXPECT_GT(transports_checked, 3000);
}

TEST(Checksum, a_udp_sum_of_zero_is_sent_as_all_ones) {
  Frame before(14 + 20 + 8);
  before[12] = 8;
  before[14] = 0x45;
  before[23] = 17;
  writeBytes(before, 34 + 6, 2, 0x0001);
  Frame after = before;
  writeBytes(after, 34, 2, 0x0001);  // ~0xfffe + ~0 + 1: the sum becomes all ones
  const Written run{34, 2};
  repairChecksums(findHeaders(before), before, after, {&run, 1});
  EXPECT_EQ(readBytes(after, 40, 2), 0xffffu);
}

TEST(Checksum, what_is_not_written_stays_wrong) {
  Frame before(14 + 20 + 20);
  before[12] = 8;
  before[14] = 0x45;
  before[23] = 6;
  writeBytes(before, 24, 2, 0x1234);
  Frame after = before;
  repairChecksums(findHeaders(before), before, after, {});
  EXPECT_EQ(after, before);
}

}  // namespace
}  // namespace norman::test
