// Rewriting frames: fields land where they belong, and checksums stay what a full sum gives.
#include "overlay_rtl/model/exit_edit.h"

#include <gtest/gtest.h>

#include <random>

#include "overlay_rtl/model/offline/traffic.h"

namespace norman {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes hex(const std::string& text) { return bytesOfHex(text).value(); }
std::uint16_t half(const Bytes& b, std::size_t at) { return static_cast<std::uint16_t>(b[at] << 8 | b[at + 1]); }
void put(Bytes& b, std::size_t at, std::uint32_t v) {
  b[at] = static_cast<std::uint8_t>(v >> 8);
  b[at + 1] = static_cast<std::uint8_t>(v);
}
std::uint32_t sum(const Bytes& b, std::size_t from, std::size_t to) {
  std::uint32_t total = 0;
  for (std::size_t i = from; i < to; ++i) total += i % 2 == from % 2 ? std::uint32_t{b[i]} << 8 : b[i];
  return total;
}
std::uint16_t fold(std::uint32_t total) {
  while (total >> 16 != 0) total = (total & 0xffff) + (total >> 16);
  return static_cast<std::uint16_t>(total);
}

// Writes right checksums into a frame of IPv4 (20 bytes) or IPv6 at byte 14, from the definition.
void seal(Bytes& f) {
  const bool v4 = f[14] >> 4 == 4;
  const std::size_t l4 = v4 ? 34 : 54;
  const std::uint8_t protocol = f[v4 ? 23 : 20];
  if (v4) {
    put(f, 24, 0);
    put(f, 24, static_cast<std::uint16_t>(~fold(sum(f, 14, 34))));
  }
  const std::size_t at = l4 + (protocol == 6 ? 16 : protocol == 17 ? 6 : 2);
  put(f, at, 0);
  const std::uint32_t pseudo = v4 && protocol == 1 ? 0 : sum(f, v4 ? 26 : 22, l4) + protocol + static_cast<std::uint32_t>(f.size() - l4);
  std::uint16_t check = static_cast<std::uint16_t>(~fold(fold(pseudo) + sum(f, l4, f.size())));
  if (protocol == 17 && check == 0) check = 0xffff;
  put(f, at, check);
}

Bytes packet(bool v4, std::uint8_t protocol, std::mt19937& random) {
  Bytes f(v4 ? 34 + 28 : 54 + 28);
  for (std::uint8_t& byte : f) byte = static_cast<std::uint8_t>(random());
  put(f, 12, v4 ? 0x0800 : 0x86dd);
  if (v4) {
    f[14] = 0x45;
    put(f, 20, 0x4000);
    f[23] = protocol;
  } else {
    f[14] = static_cast<std::uint8_t>(0x60 | (f[14] & 15));
    f[20] = protocol;
  }
  return f;
}

ExitRecord rewrite(std::initializer_list<std::pair<isa::ExitTarget, std::uint32_t>> targets) {
  ExitRecord record;
  for (const auto& [target, value] : targets) {
    record.act |= 1u << target;
    record.targets[target] = value;
  }
  return record;
}

Bytes edit(const Bytes& frame, const ExitRecord& record) { return applyExit(frame, parsePacket(frame, {}).info, 0, record).frame; }

TEST(ExitEdit, checksums_stay_right_under_random_rewriting) {
  std::mt19937 random(11);
  for (int i = 0; i < 20000; ++i) {
    const bool v4 = random() % 2 == 0;
    const std::uint8_t protocols[] = {6, 17, static_cast<std::uint8_t>(v4 ? 1 : 58)};
    Bytes before = packet(v4, protocols[random() % 3], random);
    seal(before);
    ExitRecord record;
    record.act = static_cast<std::uint32_t>(random()) & 0x1ffff;
    for (std::uint32_t& value : record.targets) value = static_cast<std::uint32_t>(random()) >> (random() % 33 % 32);
    const Bytes after = edit(before, record);
    ASSERT_EQ(after.size(), before.size());
    Bytes sealed = after;
    seal(sealed);
    // RFC 1624 may give the other zero where a sum comes out as zero; no byte of these packets makes that differ.
    ASSERT_EQ(hexOfBytes(after), hexOfBytes(sealed)) << hexOfBytes(before) << " act " << record.act;
  }
}

TEST(ExitEdit, a_wrong_checksum_stays_wrong_by_the_same_amount) {
  std::mt19937 random(12);
  Bytes before = packet(true, 6, random);
  seal(before);
  put(before, 24, half(before, 24) + 1);
  Bytes after = edit(before, rewrite({{isa::kTTtl, 3}}));
  put(after, 24, half(after, 24) - 1);
  Bytes sealed = after;
  seal(sealed);
  EXPECT_EQ(hexOfBytes(after), hexOfBytes(sealed));
}

TEST(ExitEdit, nothing_covered_written_leaves_the_checksum) {
  std::mt19937 random(13);
  const Bytes before = packet(true, 17, random);  // random checksums
  Bytes expected = before;
  expected[5] = 9;
  expected[4] = 8;
  expected[3] = 7;
  expected[2] = 6;
  EXPECT_EQ(hexOfBytes(edit(before, rewrite({{isa::kTEthDst, 0x06070809}}))), hexOfBytes(expected));
}

TEST(ExitEdit, a_udp_checksum_of_zero_means_none) {
  std::mt19937 random(14);
  Bytes before = packet(true, 17, random);
  seal(before);
  put(before, 40, 0);
  const Bytes after = edit(before, rewrite({{isa::kTDport, 53}, {isa::kTSrc0, 0x01020304}}));
  EXPECT_EQ(half(after, 40), 0);
  EXPECT_EQ(half(after, 36), 53);
}

TEST(ExitEdit, a_udp_checksum_that_comes_out_as_zero_is_sent_as_ones) {
  std::mt19937 random(15);
  Bytes before = packet(true, 17, random);
  seal(before);
  // The destination port that makes the sum all ones.
  const std::uint16_t check = half(before, 40);
  const std::uint16_t port = static_cast<std::uint16_t>(fold(std::uint32_t{half(before, 36)} + check));
  EXPECT_EQ(half(edit(before, rewrite({{isa::kTDport, port}})), 40), 0xffff);
}

TEST(ExitEdit, ports_of_sctp_and_addresses_of_arp_are_not_written) {
  std::mt19937 random(16);
  Bytes sctp = packet(true, 132, random);
  EXPECT_EQ(edit(sctp, rewrite({{isa::kTDport, 1}, {isa::kTSport, 2}})), sctp);
  const Bytes arp = hex("ffffffffffff 010203040506 0806 0001 0800 06 04 0001 010203040506 0a000001 000000000000 0a000002");
  EXPECT_EQ(edit(arp, rewrite({{isa::kTSrc0, 1}, {isa::kTTtl, 2}, {isa::kTTos, 3}, {isa::kTVlanTci, 4}})), arp);
  EXPECT_EQ(edit({1, 2, 3}, rewrite({{isa::kTEthDst, 1}})), (Bytes{1, 2, 3}));
}

TEST(ExitEdit, writes_tags_and_keeps_later_fragments_apart) {
  Bytes tagged = hex("ffffffffffff 010203040506 8100 0001 0800 4500 001c 0001 2002 40 11 0000 01020304 05060708 aabbccdd eeff0011");
  const Bytes after = edit(tagged, rewrite({{isa::kTVlanTci, 0x12345}, {isa::kTDst0, 0}, {isa::kTDport, 7}}));
  EXPECT_EQ(half(after, 14), 0x2345);
  EXPECT_EQ(Bytes(after.end() - 8, after.end()), Bytes(tagged.end() - 8, tagged.end())) << "no ports in a later fragment";
  EXPECT_NE(half(after, 28), half(tagged, 28)) << "the IPv4 checksum follows";
}

TEST(ExitEdit, packets_that_do_not_pass_leave_as_they_came) {
  std::mt19937 random(17);
  const Bytes before = packet(true, 6, random);
  ExitRecord record = rewrite({{isa::kTTtl, 3}, {isa::kTMark, 9}});
  record.verdict_word = 1;
  const EditedPacket edited = applyExit(before, parsePacket(before, {}).info, 4, record);
  EXPECT_EQ(edited.frame, before);
  EXPECT_EQ(edited.mark, 4u);
  record.verdict_word = 0;
  EXPECT_EQ(applyExit(before, parsePacket(before, {}).info, 4, record).mark, 9u);
}

}  // namespace
}  // namespace norman
