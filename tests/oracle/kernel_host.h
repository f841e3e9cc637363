// The Linux kernel as a host with interfaces of its own: rules in, probes in, what its hooks saw out.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/oracle/probe.h"

namespace norman::oracle {

/// What the kernel did with a probe.
struct Sighting {
  std::optional<Hook> hook{};  // whose rules it met; none when the kernel threw it away before
  unsigned in = 0;           // interfaces; of those that the hook knows
  unsigned out = 0;
  uint8_t ttl = 0;           // as the hook saw it: forwarding takes one away before
  uint32_t mark_before = 0;  // likewise
  bool passed = false;       // the rules
  uint32_t mark = 0;         // when it passed
};

/// Network namespace, interfaces (TAP), observers (nftables). All of it is gone when the process ends, however it ends:
/// the namespace has no name, and the interfaces are not persistent.
///
///   prerouting:               a mark for what arrives
///   input, forward, output:   observer "first" -500  ->  iptables' filter table 0  ->  observer "last" 500, which drops
///
/// So no packet reaches a socket or leaves, and the kernel answers none.
class KernelHost {
 public:
  /// Moves the calling thread into a new network namespace. Null with the reason where this cannot be done.
  static std::unique_ptr<KernelHost> create(std::string& reason);
  ~KernelHost();
  KernelHost(const KernelHost&) = delete;
  KernelHost& operator=(const KernelHost&) = delete;

  /// Replaces the filter table of a family and sets its counters to zero; "" or what iptables-restore said.
  std::string load(Family family, const std::string& rules);

  /// Sends the probes one after the other; they are numbered from 1.
  std::vector<Sighting> run(std::vector<Probe>& probes);

  /// Packets counted since the last load, of each rule of each chain.
  std::map<std::string, std::vector<uint64_t>> counters(Family family);

 private:
  KernelHost() = default;
  std::string setUp();
  std::string openTaps();
  std::string configure();
  std::string openLog();
  void readLog(std::vector<Sighting>& sightings);
  int socketOf(const Probe& probe);
  void closeSockets();

  std::vector<int> taps_;
  std::vector<unsigned> indices_;  // the kernel's numbers of the interfaces
  int log_ = -1;
  std::map<std::pair<Family, std::pair<uint32_t, uint32_t>>, int> sockets_;  // by owner
};

}  // namespace norman::oracle
