// The evaluator's parser and tshark see the same fields in a sample of random frames.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <unistd.h>

#include "compiler/ast/field.h"
#include "tests/support/field_access.h"
#include "tests/support/random_packet.h"

namespace norman::test {
namespace {

// Ours and tshark's names of what is compared; a field that one of them does not see is empty.
struct Pair {
  const char* ours;
  const char* theirs;
};
const std::vector<Pair> kFields{
    {"eth.dst", "eth.dst"},          {"eth.src", "eth.src"},         {"vlan.id", "vlan.id"},
    {"arp.op", "arp.opcode"},        {"arp.spa", "arp.src.proto_ipv4"}, {"arp.tpa", "arp.dst.proto_ipv4"},
    {"ipv4.src", "ip.src"},          {"ipv4.dst", "ip.dst"},         {"ipv4.ttl", "ip.ttl"},
    {"ipv4.protocol", "ip.proto"},   {"ipv4.dscp", "ip.dsfield.dscp"}, {"ipv4.total_len", "ip.len"},
    {"ipv4.id", "ip.id"},            {"ipv6.hop_limit", "ipv6.hlim"}, {"ipv6.payload_len", "ipv6.plen"},
    {"ipv6.dscp", "ipv6.tclass.dscp"}, {"ipv6.flow_label", "ipv6.flow"},
    {"tcp.sport", "tcp.srcport"},    {"tcp.dport", "tcp.dstport"},   {"tcp.window", "tcp.window_size_value"},
    {"udp.sport", "udp.srcport"},    {"udp.dport", "udp.dstport"},   {"udp.len", "udp.length"},
    {"icmp.type", "icmp.type"},      {"icmp.code", "icmp.code"},     {"icmpv6.type", "icmpv6.type"},
    {"icmpv6.code", "icmpv6.code"},  {"sctp.sport", "sctp.srcport"}, {"sctp.dport", "sctp.dstport"},
};

std::string number(const std::string& text) {
  if (text.empty()) return "";
  uint64_t value = 0;
  if (text.find(':') != std::string::npos) {
    for (size_t i = 0; i < text.size(); i += 3) value = value << 8 | std::stoull(text.substr(i, 2), nullptr, 16);
  } else if (text.find('.') != std::string::npos) {
    std::istringstream parts(text);
    for (std::string part; std::getline(parts, part, '.');) value = value << 8 | std::stoull(part);
  } else {
    value = std::stoull(text, nullptr, 0);
  }
  return std::to_string(value);
}

// tshark reads by the lengths that headers claim and looks into the payload; a fair sample has honest lengths and no
// IP packet inside another.
bool comparable(const Headers& h, const Frame& frame) {
  if (h.incomplete || frame.size() < 14 || h.eth_type < 0x0600) return false;
  if (h.eth_type == 0x8100 || h.eth_type == 0x88a8) return false;
  if (h.eth_type == 0x0806) return h.arp.has_value();
  if (h.eth_type == 0x0800 || h.eth_type == 0x86dd) {
    if (!h.ipv4 && !h.ipv6) return false;
    const size_t claimed = h.ipv4 ? *h.ipv4 + readBytes(frame, *h.ipv4 + 2, 2) : *h.ipv6 + 40 + readBytes(frame, *h.ipv6 + 4, 2);
    if (claimed != frame.size()) return false;
    return h.later_fragment || h.layer4 != Layer4::None;
  }
  return h.eth_type == 0x88cc;
}

TEST(ParserAgreement, tshark_sees_the_same_fields) {
  if (std::system("tshark --version >/dev/null 2>&1") != 0) {
    std::puts("SKIPPED: tshark is not installed");
    GTEST_SKIP();
  }
  Random random(11);
  Vocabulary vocabulary;
  uint64_t time_ns = 0;
  std::vector<Frame> frames;
  while (frames.size() < 1500) {
    Frame frame = randomPacket(random, vocabulary, time_ns).frame;
    if (frame.size() <= 1500 && comparable(findHeaders(frame), frame)) frames.push_back(std::move(frame));
  }

  const auto path = std::filesystem::temp_directory_path() / ("norman_parser_agreement_" + std::to_string(getpid()) + ".pcap");
  {
    std::ofstream file(path, std::ios::binary);
    const auto word = [&](uint32_t value) { file.write(reinterpret_cast<const char*>(&value), 4); };
    word(0xa1b2c3d4);
    word(2 | 4 << 16);
    word(0);
    word(0);
    word(65535);
    word(1);
    for (size_t i = 0; i < frames.size(); ++i) {
      word(static_cast<uint32_t>(i));
      word(0);
      word(static_cast<uint32_t>(frames[i].size()));
      word(static_cast<uint32_t>(frames[i].size()));
      file.write(reinterpret_cast<const char*>(frames[i].data()), static_cast<long>(frames[i].size()));
    }
  }
  std::string command = "tshark -n -r " + path.string() +
                        " -o ip.defragment:FALSE -o ipv6.defragment:FALSE -o tcp.desegment_tcp_streams:FALSE"
                        " -T fields -E occurrence=f -E separator=/t";
  for (const Pair& field : kFields) command += std::string(" -e ") + field.theirs;
  FILE* pipe = popen((command + " 2>/dev/null").c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::string output;
  char buffer[4096];
  for (size_t got; (got = fread(buffer, 1, sizeof buffer, pipe)) > 0;) output.append(buffer, got);
  pclose(pipe);
  std::filesystem::remove(path);

  std::istringstream lines(output);
  size_t compared = 0;
  size_t unseen = 0;
  for (size_t i = 0; i < frames.size(); ++i) {
    std::string line;
    ASSERT_TRUE(std::getline(lines, line)) << "tshark ends at frame " << i;
    std::vector<std::string> theirs;
    for (size_t begin = 0; begin <= line.size();) {
      const size_t end = std::min(line.find('\t', begin), line.size());
      theirs.push_back(line.substr(begin, end - begin));
      begin = end + 1;
    }
    theirs.resize(kFields.size());
    Packet packet;
    packet.frame = frames[i];
    PacketState state;
    state.packet = &packet;
    state.frame = frames[i];
    state.headers = findHeaders(frames[i]);
    const bool inner = state.headers.layer4 == Layer4::Icmp || state.headers.layer4 == Layer4::Icmpv6;
    for (size_t f = 0; f < kFields.size(); ++f) {
      const auto value = readField(state, *ast::findField(kFields[f].ours));
      // An ICMP error carries the head of another packet, which tshark reads too.
      if (!value && inner) continue;
      // tshark calls 802.1ad tags something else.
      if (std::string_view(kFields[f].ours) == "vlan.id" && readBytes(frames[i], 12, 2) == 0x88a8) continue;
      // tshark gives up where a length or a flag makes no sense to it.
      if (theirs[f].empty()) {
        unseen += value.has_value();
        continue;
      }
      EXPECT_EQ(value ? std::to_string(value->lo) : "absent", number(theirs[f]))
          << kFields[f].ours << " of frame " << i << ": " << describe(packet);
      ++compared;
    }
  }
  EXPECT_GT(compared, 10000u);
  EXPECT_LT(unseen, compared / 50) << "too little is compared";
}

}  // namespace
}  // namespace norman::test
