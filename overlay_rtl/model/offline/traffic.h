// Recorded traffic: packets of a pcap, pcapng or JSON-lines file, one after the other.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "overlay_rtl/model/offline/result.h"

namespace norman {

/// Which programs a packet runs through: forward means ingress, then egress.
enum class Direction { Ingress, Egress, Forward };

const char* directionName(Direction direction);
std::optional<Direction> directionOf(const std::string& name);

/// A process, or the creator of a socket.
struct Identity {
  std::uint32_t uid = 0, gid = 0, pid = 0;
  std::string comm;    // empty: not known
  std::string cgroup;  // empty: not known
};

struct TrafficPacket {
  std::vector<std::uint8_t> frame;
  std::uint32_t wire_length = 0;       ///< length on the wire; 0 means the frame's own
  std::uint64_t t_ns = 0;              ///< arrival; of a capture, since its first packet
  std::uint64_t wall_s = 0;            ///< seconds since 1970-01-01 UTC
  std::optional<Direction> direction;  ///< where the file says it
  std::string iface, oif;              ///< empty: none
  std::uint32_t mark = 0;
  std::optional<std::uint32_t> random;  ///< none: made from the packet's number
  std::optional<Identity> owner, socket;
};

/// Reads packets one by one.
class TrafficReader {
 public:
  virtual ~TrafficReader() = default;
  /// The next packet; none at the end. The end came too early when error() is not empty.
  virtual std::optional<TrafficPacket> next() = 0;
  const std::string& error() const { return error_; }

 protected:
  std::string error_;
};

/// Opens a file ("-" is standard input); its first bytes say what it is.
Result<std::unique_ptr<TrafficReader>> openTraffic(const std::string& path);

/// Bytes of a text of hexadecimal digits; spaces and colons between bytes are allowed. None for any other text.
std::optional<std::vector<std::uint8_t>> bytesOfHex(const std::string& text);
std::string hexOfBytes(const std::vector<std::uint8_t>& bytes);

}  // namespace norman
