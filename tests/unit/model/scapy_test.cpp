// The model's parser sees what scapy sees in frames that scapy built.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "overlay_rtl/model/offline/traffic.h"
#include "overlay_rtl/model/packet_parser.h"

namespace norman {
namespace {

struct Field {
  std::string name;
  unsigned word, lsb, width;
  std::uint32_t needs;
};

const std::vector<Field>& fields() {
  static const std::vector<Field> all = {
#define NORMAN_FIELD(id, name, type, word, lsb, width, needs, target, reserved, doc) Field{name, word, lsb, width, needs},
#include "norman/spec/fields.inc"
  };
  return all;
}

// The field's value as hexadecimal digits, empty if absent.
std::string valueOf(const ParsedPacket& packet, const Field& field) {
  const EntryWords& w = packet.words;
  if ((packet.info.presence & field.needs) != field.needs) return {};
  char text[40];
  if (field.width == 128) {
    std::snprintf(text, sizeof(text), "%08x%08x%08x%08x", w[field.word], w[field.word + 1], w[field.word + 2], w[field.word + 3]);
  } else if (field.width == 48) {
    const std::uint32_t high = field.name == "eth.dst" ? w[isa::kWEthHi] >> 16 : field.name == "eth.src" ? w[isa::kWEthHi] & 0xffff : w[field.word - 1] & 0xffff;
    std::snprintf(text, sizeof(text), "%x%08x", high, w[field.word]);
  } else {
    const std::uint64_t mask = (std::uint64_t{1} << field.width) - 1;
    std::snprintf(text, sizeof(text), "%llx", static_cast<unsigned long long>((w[field.word] >> field.lsb) & mask));
  }
  const std::string digits = text;
  const std::size_t first = digits.find_first_not_of('0');
  return first == std::string::npos ? "0" : digits.substr(first);
}

bool compared(const std::string& name) {
  for (const char* header : {"eth.", "vlan.", "arp.", "ipv4.", "ipv6.", "tcp.", "udp.", "sctp.", "icmp.", "icmpv6.", "parse."})
    if (name.rfind(header, 0) == 0) return true;
  return false;
}

TEST(PacketParser, sees_what_scapy_sees) {
  const std::string command = std::string(NORMAN_SCAPY_PYTHON) + " tests/unit/model/scapy_packets.py 600 1";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  ASSERT_NE(pipe, nullptr);
  std::string text;
  std::array<char, 65536> chunk;
  while (const std::size_t got = std::fread(chunk.data(), 1, chunk.size(), pipe.get())) text.append(chunk.data(), got);
  std::map<std::string, unsigned> seen;
  unsigned frames = 0;
  for (std::size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const nlohmann::json line = nlohmann::json::parse(text.substr(begin, end - begin));
    const std::vector<std::uint8_t> frame = *bytesOfHex(line["frame"]);
    const ParsedPacket packet = parsePacket(frame, {});
    EXPECT_FALSE(packet.info.has(isa::kHasIncomplete)) << line["frame"];
    const auto& expected = line["fields"];
    for (const Field& field : fields()) {
      if (!compared(field.name)) continue;
      const std::string got = valueOf(packet, field);
      if (!expected.contains(field.name)) {
        // Fields that repeat others under another name are not printed, and bits of parse are zero when not printed.
        const bool repeats = field.name.rfind("parse.", 0) == 0 || field.name.ends_with("dscp") || field.name.ends_with("ecn") || field.width == 1;
        if (!repeats) {
          EXPECT_EQ(got, "") << field.name << " of " << line["frame"];
        }
        continue;
      }
      ++seen[field.name];
      ASSERT_EQ(got, expected[field.name].get<std::string>()) << field.name << " of " << line["frame"];
    }
    ++frames;
  }
  EXPECT_EQ(frames, 600u) << "the script failed: " << command;
  for (const char* name : {"arp.tha", "vlan.inner_id", "ipv6.src", "tcp.urgent", "sctp.vtag", "icmp.seq", "icmpv6.id", "udp.checksum"}) EXPECT_GT(seen[name], 5u) << name;
}

}  // namespace
}  // namespace norman
