// From a frame and its metadata to the 48 entry words, by the rules of overlay_rtl/spec/parsing.md.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "overlay_rtl/model/core_device.h"

namespace norman {

/// Numbers that the connection table keeps of the process that owns a connection now.
struct OwnerWords {
  std::uint32_t uid = 0, gid = 0, pid = 0, comm = 0, cgroup = 0;
};

/// The same of the socket's creation.
struct SocketWords {
  std::uint32_t uid = 0, gid = 0, cgroup = 0;
};

/// What the NIC knows about a frame besides its bytes.
struct PacketMetadata {
  bool egress = false;            ///< goes to the wire
  bool forward = false;           ///< is being forwarded
  bool local = false;             ///< destination is an address of this host (ingress only)
  std::uint16_t iface_in = 0;     ///< interface number, 0 for none
  std::uint16_t iface_out = 0;
  std::uint64_t ticks = 0;        ///< arrival time in 1/16 ns
  std::uint32_t mark = 0;
  std::uint32_t random = 0;
  std::uint64_t wall_s = 0;       ///< wall clock, seconds since 1970-01-01 UTC
  std::optional<OwnerWords> owner;
  std::optional<SocketWords> socket;
  std::uint64_t owner_predicates = 0;
  std::uint32_t wire_length = 0;  ///< length on the wire where the capture kept less than that; 0 means the frame's own
};

/// Where the headers lie that the parser found; what the frame edit after the exit needs.
struct ParseInfo {
  std::uint32_t presence = 0;  ///< isa::Presence
  std::uint8_t l3_offset = 0;  ///< 0 without IP header or ARP
  std::uint8_t l4_offset = 0;  ///< 0 without layer 4 header

  bool has(isa::Presence bit) const { return (presence & bit) != 0; }
};

struct ParsedPacket {
  EntryWords words{};
  ParseInfo info;
};

/// Parses a frame. No frame is an error: what is cut or unknown is absent, as the presence bits say.
ParsedPacket parsePacket(std::span<const std::uint8_t> frame, const PacketMetadata& metadata);

}  // namespace norman
