// Where each field of the language lies in a frame, by its name.
#include "tests/support/field_access.h"

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace norman::test {
namespace {

using ast::Bits128;

// A run of bits in the frame: `width` bits, the lowest of them `lsb` above the lowest bit of the `bytes` bytes at
// `offset` from the header. Widths above 64 bits are whole bytes.
struct Place {
  size_t offset;
  size_t bytes;
  unsigned lsb;
  unsigned width;
};

using Base = std::function<std::optional<size_t>(const PacketState&)>;
using Metadata = std::function<std::optional<Bits128>(const PacketState&)>;

struct Access {
  Base base;          // of a field in the frame
  Place place{};
  bool writable = false;
  Metadata metadata;  // of any other
};

std::optional<Bits128> number(uint64_t value) { return Bits128{0, value}; }

Base layer4(Layer4 kind) {
  return [kind](const PacketState& s) -> std::optional<size_t> {
    if (s.headers.layer4 != kind) return std::nullopt;
    return s.headers.layer4_offset;
  };
}

using Table = std::unordered_map<std::string_view, Access>;

void addLinkFields(Table& table) {
  const Base ethernet = [](const PacketState& s) { return s.headers.ethernet ? std::optional<size_t>(0) : std::nullopt; };
  const Base vlan = [](const PacketState& s) { return s.headers.vlan; };
  const Base vlan2 = [](const PacketState& s) { return s.headers.vlan2; };
  const Base arp = [](const PacketState& s) { return s.headers.arp; };
  table["eth.dst"] = {ethernet, {0, 6, 0, 48}, true, {}};
  table["eth.src"] = {ethernet, {6, 6, 0, 48}, true, {}};
  table["eth.type"].metadata = [](const PacketState& s) -> std::optional<Bits128> {
    if (!s.headers.ethernet) return std::nullopt;
    return number(s.headers.eth_type);
  };
  table["vlan.id"] = {vlan, {0, 2, 0, 12}, true, {}};
  table["vlan.dei"] = {vlan, {0, 2, 12, 1}, true, {}};
  table["vlan.pcp"] = {vlan, {0, 2, 13, 3}, true, {}};
  table["vlan.inner_id"] = {vlan2, {0, 2, 0, 12}, false, {}};
  table["arp.op"] = {arp, {6, 2, 0, 16}, false, {}};
  table["arp.sha"] = {arp, {8, 6, 0, 48}, false, {}};
  table["arp.spa"] = {arp, {14, 4, 0, 32}, false, {}};
  table["arp.tha"] = {arp, {18, 6, 0, 48}, false, {}};
  table["arp.tpa"] = {arp, {24, 4, 0, 32}, false, {}};
}

void addNetworkFields(Table& table) {
  const Base ipv4 = [](const PacketState& s) { return s.headers.ipv4; };
  const Base ipv6 = [](const PacketState& s) { return s.headers.ipv6; };
  table["ipv4.ihl"] = {ipv4, {0, 1, 0, 4}, false, {}};
  table["ipv4.tos"] = {ipv4, {1, 1, 0, 8}, true, {}};
  table["ipv4.dscp"] = {ipv4, {1, 1, 2, 6}, true, {}};
  table["ipv4.ecn"] = {ipv4, {1, 1, 0, 2}, true, {}};
  table["ipv4.total_len"] = {ipv4, {2, 2, 0, 16}, false, {}};
  table["ipv4.id"] = {ipv4, {4, 2, 0, 16}, false, {}};
  table["ipv4.df"] = {ipv4, {6, 2, 14, 1}, false, {}};
  table["ipv4.mf"] = {ipv4, {6, 2, 13, 1}, false, {}};
  table["ipv4.frag_offset"] = {ipv4, {6, 2, 0, 13}, false, {}};
  table["ipv4.ttl"] = {ipv4, {8, 1, 0, 8}, true, {}};
  table["ipv4.protocol"] = {ipv4, {9, 1, 0, 8}, false, {}};
  table["ipv4.checksum"] = {ipv4, {10, 2, 0, 16}, false, {}};
  table["ipv4.src"] = {ipv4, {12, 4, 0, 32}, true, {}};
  table["ipv4.dst"] = {ipv4, {16, 4, 0, 32}, true, {}};
  table["ipv6.traffic_class"] = {ipv6, {0, 2, 4, 8}, true, {}};
  table["ipv6.dscp"] = {ipv6, {0, 2, 6, 6}, true, {}};
  table["ipv6.ecn"] = {ipv6, {0, 2, 4, 2}, true, {}};
  table["ipv6.flow_label"] = {ipv6, {0, 4, 0, 20}, false, {}};
  table["ipv6.payload_len"] = {ipv6, {4, 2, 0, 16}, false, {}};
  table["ipv6.hop_limit"] = {ipv6, {7, 1, 0, 8}, true, {}};
  table["ipv6.src"] = {ipv6, {8, 16, 0, 128}, true, {}};
  table["ipv6.dst"] = {ipv6, {24, 16, 0, 128}, true, {}};
  table["ipv6.next_header"].metadata = [](const PacketState& s) -> std::optional<Bits128> {
    if (!s.headers.ipv6) return std::nullopt;
    return number(s.headers.protocol);
  };
  table["ip.protocol"].metadata = [](const PacketState& s) -> std::optional<Bits128> {
    if (!s.headers.ipv4 && !s.headers.ipv6) return std::nullopt;
    return number(s.headers.protocol);
  };
  table["ip.version"].metadata = [](const PacketState& s) -> std::optional<Bits128> {
    if (!s.headers.ipv4 && !s.headers.ipv6) return std::nullopt;
    return number(s.headers.ipv4 ? 4 : 6);
  };
}

void addTransportFields(Table& table) {
  const Base ports = [](const PacketState& s) -> std::optional<size_t> {
    if (!s.headers.hasPorts()) return std::nullopt;
    return s.headers.layer4_offset;
  };
  const Base tcp = layer4(Layer4::Tcp);
  table["l4.sport"] = {ports, {0, 2, 0, 16}, true, {}};
  table["l4.dport"] = {ports, {2, 2, 0, 16}, true, {}};
  table["tcp.sport"] = {tcp, {0, 2, 0, 16}, true, {}};
  table["tcp.dport"] = {tcp, {2, 2, 0, 16}, true, {}};
  table["tcp.seq"] = {tcp, {4, 4, 0, 32}, false, {}};
  table["tcp.ack_seq"] = {tcp, {8, 4, 0, 32}, false, {}};
  table["tcp.data_offset"] = {tcp, {12, 1, 4, 4}, false, {}};
  table["tcp.flags"] = {tcp, {12, 2, 0, 9}, false, {}};
  const std::string_view flags[] = {"tcp.fin", "tcp.syn", "tcp.rst", "tcp.psh", "tcp.ack", "tcp.urg"};
  for (unsigned bit = 0; bit < 6; ++bit) table[flags[bit]] = {tcp, {13, 1, bit, 1}, false, {}};
  table["tcp.window"] = {tcp, {14, 2, 0, 16}, false, {}};
  table["tcp.checksum"] = {tcp, {16, 2, 0, 16}, false, {}};
  table["tcp.urgent"] = {tcp, {18, 2, 0, 16}, false, {}};
  const Base udp = layer4(Layer4::Udp);
  table["udp.sport"] = {udp, {0, 2, 0, 16}, true, {}};
  table["udp.dport"] = {udp, {2, 2, 0, 16}, true, {}};
  table["udp.len"] = {udp, {4, 2, 0, 16}, false, {}};
  table["udp.checksum"] = {udp, {6, 2, 0, 16}, false, {}};
  const Base sctp = layer4(Layer4::Sctp);
  table["sctp.sport"] = {sctp, {0, 2, 0, 16}, false, {}};
  table["sctp.dport"] = {sctp, {2, 2, 0, 16}, false, {}};
  table["sctp.vtag"] = {sctp, {4, 4, 0, 32}, false, {}};
  for (const bool six : {false, true}) {
    const Base icmp = layer4(six ? Layer4::Icmpv6 : Layer4::Icmp);
    table[six ? "icmpv6.type" : "icmp.type"] = {icmp, {0, 1, 0, 8}, false, {}};
    table[six ? "icmpv6.code" : "icmp.code"] = {icmp, {1, 1, 0, 8}, false, {}};
    table[six ? "icmpv6.id" : "icmp.id"] = {icmp, {4, 2, 0, 16}, false, {}};
    table[six ? "icmpv6.seq" : "icmp.seq"] = {icmp, {6, 2, 0, 16}, false, {}};
  }
}

template <typename Get>
Metadata ofOwner(std::optional<Owner> Packet::* subject, Get get) {
  return [subject, get](const PacketState& s) -> std::optional<Bits128> {
    const std::optional<Owner>& owner = s.packet->*subject;
    if (!owner) return std::nullopt;
    return number(get(*owner));
  };
}

void addMetadata(Table& table) {
  table["packet.len"].metadata = [](const PacketState& s) {
    return number(std::min<size_t>(s.packet->frame.size(), 65535));
  };
  table["packet.mark"].metadata = [](const PacketState& s) { return number(s.mark); };
  table["packet.random"].metadata = [](const PacketState& s) { return number(s.packet->random); };
  table["packet.time"].metadata = [](const PacketState& s) { return number(s.packet->time_ns * 16); };
  table["time.second_of_day"].metadata = [](const PacketState& s) { return number(s.packet->wall_s % 86400); };
  // 1970 began on a Thursday.
  table["time.weekday"].metadata = [](const PacketState& s) { return number((s.packet->wall_s / 86400 + 4) % 7); };
  table["iface.in"].metadata = [](const PacketState& s) -> std::optional<Bits128> {
    if (s.iface == 0) return std::nullopt;
    return number(s.iface);
  };
  table["iface.out"].metadata = [](const PacketState& s) -> std::optional<Bits128> {
    if (s.oif == 0) return std::nullopt;
    return number(s.oif);
  };
  const auto uid = [](const Owner& o) { return o.uid; };
  const auto gid = [](const Owner& o) { return o.gid; };
  table["owner.uid"].metadata = ofOwner(&Packet::owner, uid);
  table["owner.gid"].metadata = ofOwner(&Packet::owner, gid);
  table["owner.pid"].metadata = ofOwner(&Packet::owner, [](const Owner& o) { return o.pid; });
  table["socket.uid"].metadata = ofOwner(&Packet::socket, uid);
  table["socket.gid"].metadata = ofOwner(&Packet::socket, gid);
  table["parse.incomplete"].metadata = [](const PacketState& s) { return number(s.headers.incomplete); };
  table["parse.fragment"].metadata = [](const PacketState& s) { return number(s.headers.fragment); };
  table["parse.later_fragment"].metadata = [](const PacketState& s) { return number(s.headers.later_fragment); };
  table["parse.ip_options"].metadata = [](const PacketState& s) { return number(s.headers.ip_options); };
  table["parse.ipv6_ext"].metadata = [](const PacketState& s) { return number(s.headers.ipv6_ext); };
}

Table makeTable() {
  Table table;
  addLinkFields(table);
  addNetworkFields(table);
  addTransportFields(table);
  addMetadata(table);
  return table;
}

// `ip.ttl` and its like are the field of whichever header is there.
std::string_view familyField(std::string_view name, bool six) {
  if (name == "ip.ttl") return six ? "ipv6.hop_limit" : "ipv4.ttl";
  if (name == "ip.dscp") return six ? "ipv6.dscp" : "ipv4.dscp";
  if (name == "ip.ecn") return six ? "ipv6.ecn" : "ipv4.ecn";
  if (name == "ip.src") return six ? "ipv6.src" : "ipv4.src";
  if (name == "ip.dst") return six ? "ipv6.dst" : "ipv4.dst";
  return name;
}

const Access& accessOf(const PacketState& state, ast::FieldId field) {
  static const Table table = makeTable();
  const std::string_view name = familyField(ast::field(field).name, state.headers.ipv6.has_value());
  const auto found = table.find(name);
  if (found == table.end()) throw std::logic_error("the evaluator does not know the field " + std::string(name));
  return found->second;
}

}  // namespace

std::optional<Bits128> readField(const PacketState& state, ast::FieldId field) {
  const Access& access = accessOf(state, field);
  if (access.metadata) return access.metadata(state);
  const std::optional<size_t> base = access.base(state);
  if (!base) return std::nullopt;
  const size_t at = *base + access.place.offset;
  if (access.place.width == 128) return Bits128{readBytes(state.frame, at, 8), readBytes(state.frame, at + 8, 8)};
  const uint64_t raw = readBytes(state.frame, at, access.place.bytes) >> access.place.lsb;
  return Bits128{0, raw & ast::lowOnes(access.place.width).lo};
}

void writeField(PacketState& state, ast::FieldId field, Bits128 value) {
  if (ast::field(field).name == "packet.mark") {
    state.mark = static_cast<uint32_t>(value.lo);
    return;
  }
  const Access& access = accessOf(state, field);
  if (!access.writable)
    throw std::logic_error("the evaluator cannot write the field " + std::string(ast::field(field).name));
  const std::optional<size_t> base = access.base(state);
  if (!base) return;
  const size_t at = *base + access.place.offset;
  if (access.place.width == 128) {
    writeBytes(state.frame, at, 8, value.hi);
    writeBytes(state.frame, at + 8, 8, value.lo);
    return;
  }
  const uint64_t mask = ast::lowOnes(access.place.width).lo << access.place.lsb;
  const uint64_t old = readBytes(state.frame, at, access.place.bytes);
  writeBytes(state.frame, at, access.place.bytes, (old & ~mask) | ((value.lo << access.place.lsb) & mask));
}

}  // namespace norman::test
