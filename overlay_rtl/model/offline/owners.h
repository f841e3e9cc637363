// Who owns the packets of a capture: a JSON-lines file with a line per connection or frame.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>

#include "overlay_rtl/model/offline/result.h"
#include "overlay_rtl/model/offline/traffic.h"
#include "overlay_rtl/model/packet_parser.h"

namespace norman {

/// Owner and socket of one line.
struct Ownership {
  std::optional<Identity> owner, socket;
};

/// Lines are {"n":0, ...} for the frame of this number (from 0), or
/// {"proto":"tcp"|"udp"|"sctp"|NUMBER,"src":"IP","sport":1,"dst":"IP","dport":2, ...} for a connection in both
/// directions; sport and dport may be left out together for protocols without ports. Each has "owner" and "socket" as in
/// traffic files. A line for a frame goes before one for its connection.
class Owners {
 public:
  static Result<Owners> fromFile(const std::string& path);

  /// What the file says of a packet; `n` is its number.
  const Ownership* find(std::uint64_t n, const ParsedPacket& packet) const;

 private:
  using Address = std::array<std::uint32_t, 5>;  // family, then the words of the address
  using Flow = std::tuple<std::uint8_t, Address, std::uint16_t, Address, std::uint16_t>;

  static std::optional<Address> addressOf(const std::string& text);
  friend class OwnersLine;

  std::map<std::uint64_t, Ownership> frames_;
  std::map<Flow, Ownership> flows_;
};

/// An address prefix such as 10.0.0.0/8 or 2001:db8::/32; without a length it is one address.
class AddressPrefix {
 public:
  static std::optional<AddressPrefix> fromText(const std::string& text);
  bool contains(bool is_ipv6, const std::uint32_t* words) const;

 private:
  bool is_ipv6_ = false;
  unsigned length_ = 0;
  std::array<std::uint32_t, 4> words_{};
};

}  // namespace norman
