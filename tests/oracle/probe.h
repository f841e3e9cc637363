// Probes: packets made from a ruleset's own constants, as wishes first and then as frames.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/oracle/ruleset.h"
#include "tests/support/packet.h"
#include "tests/support/random.h"

namespace norman::oracle {

/// A packet on its way to the kernel: the number by which it is known again is in the frame.
struct Probe {
  Family family = Family::Ipv4;
  bool sent = false;       // by a socket of the host itself; otherwise it arrives on an interface
  unsigned interface = 0;  // in, or out when it is sent
  uint32_t uid = 0;        // of the socket
  uint32_t gid = 0;
  uint32_t mark = 0;       // likewise
  std::vector<uint8_t> frame;
};

/// Sockets' marks have this bit, so that what the kernel sends by itself is told apart.
inline constexpr uint32_t kSocketMark = 0x80000000;

/// Writes the number into the IP id or the flow label (and brings the checksum up to date): low bits first.
void setNumber(Probe& probe, uint32_t number);
/// The number that an IP id or a flow label stands for.
uint32_t numberOf(Family family, uint32_t field);

/// A probe near a rule of the ruleset: at the ends of its prefixes and ranges, just inside and just outside.
Probe randomProbe(test::Random& random, const Ruleset& ruleset);

/// Whether headers go on behind the window of our parser. Such packets are not compared.
bool beyondWindow(const Probe& probe);

}  // namespace norman::oracle
