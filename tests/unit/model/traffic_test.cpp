// Reading recorded traffic, owners and accounts: what is read, and how damage is reported.
#include "overlay_rtl/model/offline/traffic.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "overlay_rtl/model/offline/accounts.h"
#include "overlay_rtl/model/offline/owners.h"

namespace norman {
namespace {

using Bytes = std::vector<std::uint8_t>;

// A file of the test's own that goes with it.
class TempFile {
 public:
  explicit TempFile(const std::string& contents, const std::string& name = "file") : path_(testing::TempDir() + "norman_" + name + std::to_string(++count_)) {
    std::ofstream(path_, std::ios::binary) << contents;
  }
  explicit TempFile(const Bytes& contents) : TempFile(std::string(contents.begin(), contents.end())) {}
  ~TempFile() { std::remove(path_.c_str()); }
  TempFile(const TempFile&) = delete;
  const std::string& path() const { return path_; }
  /// A message with this file's name replaced by FILE.
  std::string clean(std::string text) const {
    for (std::size_t at; (at = text.find(path_)) != std::string::npos;) text.replace(at, path_.size(), "FILE");
    return text;
  }

 private:
  static inline int count_ = 0;
  std::string path_;
};

struct ReadAll {
  std::vector<TrafficPacket> packets;
  std::string error;
};

template <typename Contents>
ReadAll readAll(const Contents& contents) {
  const TempFile file(contents);
  ReadAll all;
  auto reader = openTraffic(file.path());
  if (!reader) {
    all.error = file.clean(reader.error());
    return all;
  }
  while (auto packet = (*reader)->next()) all.packets.push_back(std::move(*packet));
  all.error = file.clean((*reader)->error());
  return all;
}

class Writer {
 public:
  explicit Writer(bool big = false) : big_(big) {}
  Writer& u16(std::uint32_t v) { return number(v, 2); }
  Writer& u32(std::uint32_t v) { return number(v, 4); }
  Writer& u64(std::uint64_t v) { return big_ ? u32(static_cast<std::uint32_t>(v >> 32)).u32(static_cast<std::uint32_t>(v)) : u32(static_cast<std::uint32_t>(v)).u32(static_cast<std::uint32_t>(v >> 32)); }
  Writer& raw(const Bytes& b) { return bytes.insert(bytes.end(), b.begin(), b.end()), *this; }
  Writer& text(const std::string& t) { return raw({t.begin(), t.end()}); }
  Writer& pad() {
    while (bytes.size() % 4 != 0) bytes.push_back(0);
    return *this;
  }
  Writer& block(std::uint32_t type, const Writer& body) {
    const auto size = static_cast<std::uint32_t>(body.bytes.size() + 12);
    return u32(type).u32(size).raw(body.bytes).u32(size);
  }
  Bytes bytes;

 private:
  Writer& number(std::uint32_t v, int size) {
    for (int i = 0; i < size; ++i) bytes.push_back(static_cast<std::uint8_t>(v >> (8 * (big_ ? size - 1 - i : i))));
    return *this;
  }
  bool big_;
};

Writer pcapFile(std::uint32_t magic, bool big = false, std::uint32_t link = 1) {
  Writer w(big);
  return w.u32(magic).u16(2).u16(4).u32(0).u32(0).u32(65535).u32(link);
}

TEST(Pcap, reads_both_orders_and_resolutions_with_times_from_the_first_packet) {
  for (const bool big : {false, true})
    for (const bool nanoseconds : {false, true}) {
      Writer w = pcapFile(nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, big);
      w.u32(1700000000).u32(5).u32(3).u32(100).raw({1, 2, 3});
      w.u32(1700000001).u32(7).u32(0).u32(0);
      const ReadAll all = readAll(w.bytes);
      EXPECT_EQ(all.error, "");
      ASSERT_EQ(all.packets.size(), 2u);
      EXPECT_EQ(all.packets[0].frame, (Bytes{1, 2, 3}));
      EXPECT_EQ(all.packets[0].wire_length, 100u);
      EXPECT_EQ(all.packets[0].t_ns, 0u);
      EXPECT_EQ(all.packets[0].wall_s, 1700000000u);
      EXPECT_EQ(all.packets[1].t_ns, 1'000'000'000u + (nanoseconds ? 2u : 2000u));
      EXPECT_TRUE(all.packets[1].frame.empty());
    }
}

TEST(Pcap, a_file_that_is_cut_off_gives_its_good_packets_and_an_error) {
  Writer w = pcapFile(0xa1b2c3d4);
  w.u32(1).u32(0).u32(2).u32(2).raw({1, 2}).u32(2).u32(0).u32(4).u32(4).raw({1, 2});
  ReadAll all = readAll(w.bytes);
  EXPECT_EQ(all.packets.size(), 1u);
  EXPECT_EQ(all.error, "FILE: error: the file is cut off within a packet after 1 packets, at byte 60");
  w.bytes.resize(50);
  all = readAll(w.bytes);
  EXPECT_EQ(all.error, "FILE: error: the file is cut off within a packet's header after 1 packets, at byte 50");
  w.bytes.resize(10);
  EXPECT_EQ(readAll(w.bytes).error, "FILE: error: the file is cut off within the file header after 0 packets, at byte 10");
}

TEST(Pcap, refuses_other_links_and_absurd_sizes) {
  EXPECT_EQ(readAll(pcapFile(0xa1b2c3d4, false, 101).bytes).error, "FILE: error: link type 101, only Ethernet (1) is read");
  EXPECT_EQ(readAll(pcapFile(0xa1b2c3d4).u32(0).u32(0).u32(0xfffffff0).u32(0).bytes).error,
            "FILE: error: damaged after 0 packets: a packet of 4294967280 bytes, at most 262144 are read");
}

Writer sectionBlock(bool big = false) {
  Writer w(big), body(big);
  body.u32(0x1a2b3c4d).u16(1).u16(0).u32(0xffffffff).u32(0xffffffff);
  return w.block(0x0a0d0d0a, body);
}

TEST(Pcapng, reads_interface_names_directions_and_resolutions) {
  for (const bool big : {false, true}) {
    Writer w = sectionBlock(big);
    Writer eth0(big), eth1(big), first(big), second(big), statistics(big);
    eth0.u16(1).u16(0).u32(0).u16(2).u16(4).text("eth0").u16(9).u16(1).raw({9, 0, 0, 0}).u16(0).u16(0);
    eth1.u16(1).u16(0).u32(0).u16(2).u16(5).text("wlan1").pad();
    w.block(1, eth0).block(1, eth1);
    const std::uint64_t t0 = 1'700'000'000'000'000'007, t1 = 1'700'000'000'000'100;
    first.u32(0).u32(static_cast<std::uint32_t>(t0 >> 32)).u32(static_cast<std::uint32_t>(t0)).u32(5).u32(60).raw({1, 2, 3, 4, 5}).pad().u16(2).u16(4).u32(2).u32(0);
    second.u32(1).u32(static_cast<std::uint32_t>(t1 >> 32)).u32(static_cast<std::uint32_t>(t1)).u32(0).u32(0).u16(2).u16(4).u32(1);
    w.block(6, first).block(5, statistics.u32(0).u64(0)).block(6, second);
    const ReadAll all = readAll(w.bytes);
    EXPECT_EQ(all.error, "");
    ASSERT_EQ(all.packets.size(), 2u);
    EXPECT_EQ(all.packets[0].iface, "eth0");
    EXPECT_EQ(all.packets[0].frame.size(), 5u);
    EXPECT_EQ(all.packets[0].direction, Direction::Egress);
    EXPECT_EQ(all.packets[1].iface, "wlan1");
    EXPECT_EQ(all.packets[1].direction, Direction::Ingress);
    EXPECT_EQ(all.packets[1].t_ns, 99'993u);
    EXPECT_EQ(all.packets[1].wall_s, 1'700'000'000u);
  }
}

TEST(Pcapng, reports_damage) {
  Writer w = sectionBlock();
  Writer packet;
  w.block(6, packet.u32(3).u32(0).u32(0).u32(0).u32(0));
  EXPECT_EQ(readAll(w.bytes).error, "FILE: error: damaged after 0 packets: a packet of interface 3, there are 0");
  w = sectionBlock();
  w.u32(1).u32(7);
  EXPECT_EQ(readAll(w.bytes).error, "FILE: error: damaged after 0 packets: a block of 7 bytes");
  w = sectionBlock();
  w.u32(1).u32(20).u64(1).u32(24);
  EXPECT_EQ(readAll(w.bytes).error, "FILE: error: damaged after 0 packets: the two lengths of a block differ");
  w = sectionBlock();
  w.u32(1).u32(20).u32(1);
  EXPECT_EQ(readAll(w.bytes).error, "FILE: error: the file is cut off within a block after 0 packets, at byte 40");
  w = sectionBlock();
  w.bytes[8] = 0;
  EXPECT_EQ(readAll(w.bytes).error, "FILE: error: damaged: a section header without its byte-order magic");
  Writer sll;
  w = sectionBlock();
  Writer frame;
  w.block(1, sll.u16(113).u16(0).u32(0)).block(6, frame.u32(0).u32(0).u32(0).u32(0).u32(0));
  EXPECT_EQ(readAll(w.bytes).error, "FILE: error: link type 113 of interface 0 (''), only Ethernet (1) is read");
}

TEST(Traffic, survives_every_altered_byte_of_a_capture) {
  Writer w = sectionBlock();
  Writer eth0, packet;
  w.block(1, eth0.u16(1).u16(0).u32(0).u16(2).u16(4).text("eth0").u16(9).u16(1).raw({9, 0, 0, 0}));
  w.block(6, packet.u32(0).u32(5).u32(7).u32(5).u32(60).raw({1, 2, 3, 4, 5}).pad().u16(2).u16(4).u32(2));
  for (std::size_t i = 0; i < w.bytes.size(); ++i)
    for (const std::uint8_t flip : {0x01, 0x80, 0xff}) {
      Bytes bytes = w.bytes;
      bytes[i] ^= flip;
      readAll(bytes);
    }
}

TEST(Traffic, names_what_it_cannot_read) {
  EXPECT_EQ(readAll(std::string("")).error, "FILE: error: the file is empty or no file: expected pcap, pcapng or JSON lines");
  EXPECT_EQ(readAll(std::string("hello")).error, "FILE: error: neither pcap, pcapng nor JSON lines");
  const auto missing = openTraffic("/does/not/exist");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error(), "/does/not/exist: error: cannot be opened: No such file or directory");
}

TEST(JsonLines, reads_every_member) {
  const ReadAll all = readAll(std::string(R"({"t_ns":5,"dir":"forward","iface":"eth0","oif":"eth1","frame":"00 0a:FF","mark":7,"random":8,"wall_s":9,)"
                                          R"("owner":{"uid":1,"gid":2,"pid":3,"comm":"x","cgroup":"/x"},"socket":{"uid":4,"gid":5,"cgroup":"/y"}})"
                                          "\n\n{\"frame\":\"\"}\n"));
  EXPECT_EQ(all.error, "");
  ASSERT_EQ(all.packets.size(), 2u);
  const TrafficPacket& p = all.packets[0];
  EXPECT_EQ(p.frame, (Bytes{0, 10, 255}));
  EXPECT_EQ(p.t_ns, 5u);
  EXPECT_EQ(p.direction, Direction::Forward);
  EXPECT_EQ(p.oif, "eth1");
  EXPECT_EQ(p.mark, 7u);
  EXPECT_EQ(p.random, 8u);
  EXPECT_EQ(p.wall_s, 9u);
  EXPECT_EQ(p.owner->comm, "x");
  EXPECT_EQ(p.socket->gid, 5u);
  EXPECT_FALSE(all.packets[1].direction);
  EXPECT_FALSE(all.packets[1].random);
}

TEST(JsonLines, refuses_mistakes_with_their_line) {
  const auto error = [](const std::string& line) { return readAll("{\"frame\":\"00\"}\n" + line + "\n").error; };
  EXPECT_EQ(error("{"), "FILE:2: error: expected one JSON object on the line");
  EXPECT_EQ(error("[1]"), "FILE:2: error: expected one JSON object on the line");
  EXPECT_EQ(error("{}"), "FILE:2: error: 'frame' is missing");
  EXPECT_EQ(error("{\"frame\":\"0\"}"), "FILE:2: error: 'frame' is no text of hexadecimal digits, two for each byte");
  EXPECT_EQ(error("{\"frame\":\"\",\"mark\":-1}"), "FILE:2: error: 'mark' is -1, expected a whole number from 0 to 4294967295");
  EXPECT_EQ(error("{\"frame\":\"\",\"dir\":\"up\"}"), "FILE:2: error: 'dir' is 'up', expected ingress, egress or forward");
  EXPECT_EQ(error("{\"frame\":\"\",\"ifcae\":\"x\"}"),
            "FILE:2: error: unknown member 'ifcae', known are frame, t_ns, wall_s, dir, iface, oif, mark, random, owner, socket");
  EXPECT_EQ(error("{\"frame\":\"\",\"owner\":{\"uid\":\"bob\"}}"), "FILE:2: 'owner': error: 'uid' is \"bob\", expected a whole number from 0 to 4294967295");
  EXPECT_EQ(error("{\"frame\":\"\",\"owner\":3}"), "FILE:2: 'owner': error: expected an object");
  EXPECT_EQ(readAll("{\"frame\":\"00\"}\n{\"frame\":" + std::string(200000, '[')).error, "FILE:2: error: expected one JSON object on the line");
}

TEST(Owners, finds_by_frame_number_and_by_connection_in_both_directions) {
  const TempFile file(R"({"n":1,"owner":{"uid":9}}
{"proto":"tcp","src":"10.0.0.1","sport":4096,"dst":"10.0.0.2","dport":80,"owner":{"uid":5},"socket":{"uid":6}}
{"proto":58,"src":"fe80::1","dst":"fe80::2","owner":{"uid":7}}
)");
  const auto owners = Owners::fromFile(file.path());
  ASSERT_TRUE(owners) << owners.error();
  const std::string macs = "0a0b0c0d0e0f 010203040506";
  const auto tcp = [&](const char* addresses, const char* ports) {
    return parsePacket(*bytesOfHex(macs + "0800 4500 0028 0000 0000 40 06 0000" + addresses + ports + "00000000 00000000 5000 0000 0000 0000"), {});
  };
  EXPECT_EQ(owners->find(0, tcp("0a000001 0a000002", "1000 0050"))->owner->uid, 5u);
  EXPECT_EQ(owners->find(0, tcp("0a000002 0a000001", "0050 1000"))->socket->uid, 6u);
  EXPECT_EQ(owners->find(0, tcp("0a000002 0a000001", "1000 0050")), nullptr);
  EXPECT_EQ(owners->find(1, tcp("0a000001 0a000002", "1000 0050"))->owner->uid, 9u);
  const std::string low = "fe80000000000000000000000000000";
  EXPECT_EQ(owners->find(0, parsePacket(*bytesOfHex(macs + "86dd 60000000 0008 3a 40" + low + "2" + low + "1 8000 0000 0001 0002"), {}))->owner->uid, 7u);
  EXPECT_EQ(owners->find(0, parsePacket(*bytesOfHex(macs + "0806"), {})), nullptr);
}

TEST(Owners, refuses_mistakes_with_their_line) {
  const auto error = [](const std::string& line) {
    const TempFile file(line);
    const auto owners = Owners::fromFile(file.path());
    return owners ? "accepted" : file.clean(owners.error());
  };
  EXPECT_EQ(error("{}"), "FILE:1: error: expected either 'n' or 'proto', 'src', 'dst' and the ports");
  EXPECT_EQ(error(R"({"n":1,"proto":"tcp","src":"::1","dst":"::2"})"), "FILE:1: error: expected either 'n' or 'proto', 'src', 'dst' and the ports");
  EXPECT_EQ(error(R"({"proto":"tpc"})"), "FILE:1: error: 'proto' is none of tcp, udp, sctp and a number below 256");
  EXPECT_EQ(error(R"({"proto":"tcp","src":"10.0.0.1"})"), "FILE:1: error: 'dst' is missing");
  EXPECT_EQ(error(R"({"proto":"tcp","src":"10.0.0.256","dst":"::"})"), "FILE:1: error: 'src' is '10.0.0.256', expected an IPv4 or IPv6 address");
}

TEST(AddressPrefix, contains_addresses_by_their_first_bits) {
  const auto has = [](const char* prefix, bool is_ipv6, std::array<std::uint32_t, 4> words) { return AddressPrefix::fromText(prefix)->contains(is_ipv6, words.data()); };
  EXPECT_TRUE(has("10.0.0.0/8", false, {0x0affffff}));
  EXPECT_FALSE(has("10.0.0.0/8", false, {0x0bffffff}));
  EXPECT_FALSE(has("10.0.0.0/8", true, {0x0affffff}));
  EXPECT_TRUE(has("0.0.0.0/0", false, {1}));
  EXPECT_TRUE(has("10.0.0.1", false, {0x0a000001}));
  EXPECT_FALSE(has("10.0.0.1", false, {0x0a000002}));
  EXPECT_TRUE(has("2001:db8::/33", true, {0x20010db8, 0x7fffffff}));
  EXPECT_FALSE(has("2001:db8::/33", true, {0x20010db8, 0x80000000}));
  for (const char* bad : {"", "10.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8x", "::/129", "10.0.0.0/-1"}) EXPECT_FALSE(AddressPrefix::fromText(bad)) << bad;
}

TEST(Accounts, reads_passwd_and_group_files) {
  const TempFile users("root:x:0:0::/root:/bin/sh\n# comment\n\nbob:x:1001:50::/home/bob:/bin/sh\n"), groups("staff:x:50:bob\nempty:x:51:\n");
  const auto accounts = Accounts::fromFiles(users.path(), groups.path());
  ASSERT_TRUE(accounts) << accounts.error();
  EXPECT_EQ(accounts->users.at("bob"), 1001u);
  EXPECT_EQ(accounts->groups.at("empty"), 51u);
  for (const char* bad : {"bob", "bob:x", "bob:x:abc:", ":x:1:", "bob:x:5x:"}) {
    const TempFile file(bad);
    EXPECT_FALSE(Accounts::fromFiles(file.path(), "")) << bad;
  }
  EXPECT_TRUE(Accounts::fromFiles("", ""));
}

TEST(Hex, reads_and_writes_bytes) {
  EXPECT_EQ(hexOfBytes(*bytesOfHex("DE:ad be EF")), "deadbeef");
  EXPECT_FALSE(bytesOfHex("dea"));
  EXPECT_FALSE(bytesOfHex("zz"));
  EXPECT_FALSE(bytesOfHex("d ea d"));
}

}  // namespace
}  // namespace norman
