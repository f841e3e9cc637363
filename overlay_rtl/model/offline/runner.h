// Runs recorded traffic through a policy image and says what became of each packet, and why.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "overlay_rtl/model/offline/accounts.h"
#include "overlay_rtl/model/offline/execution.h"
#include "overlay_rtl/model/offline/interface_numbers.h"
#include "overlay_rtl/model/offline/owners.h"
#include "overlay_rtl/model/offline/traffic.h"

namespace norman {

struct RunOptions {
  /// Where packets go whose file does not say it.
  std::optional<Direction> direction{};
  /// Addresses of this host. Where neither file nor `direction` decide, a packet from one of them is egress and any other
  /// ingress. At ingress it is local if it goes to one of them, to many (broadcast, multicast) or has no IP addresses;
  /// without prefixes all are local.
  std::vector<AddressPrefix> local{};
  Accounts accounts{};
  Owners owners{};
  bool trace = false;  ///< record the rows that ran
};

/// A counter or log that a packet hit.
struct Hit {
  std::string rule;    ///< "file:line" of the object; empty for packets dropped because they are incomplete
  std::string action;  ///< "count" or "log"
  std::string name;    ///< of the counter, with the index for an array

  bool operator==(const Hit&) const = default;
};

/// A row that ran for a packet, for `explain`.
struct RanRow {
  isa::Program program{};
  TraceRow row;
  std::uint32_t line = 0;  ///< source line that the row comes from, 0 if none
};

struct PacketResult {
  std::uint64_t n = 0;
  Direction direction{};
  isa::Verdict verdict{};
  isa::Reason reason{};
  std::optional<PolicyImage::Rule> rule;  ///< the deciding rule; none if no policy saw the packet, or it was incomplete
  std::vector<Hit> hits;
  bool captured = false;
  std::vector<std::uint8_t> frame;  ///< as sent, or as it came if it was not passed
  std::uint32_t mark = 0;
  std::optional<Identity> owner, socket;
  EntryWords entry{};               ///< entry words of the first program that it ran through
  std::vector<RanRow> rows;         ///< with RunOptions::trace
};

/// The value of one counter of the image; arrays give one for each index that is not zero.
struct NamedCounter {
  std::string name;
  std::uint32_t line = 0;
  CounterValue value;  ///< summed over both directions
};

class Runner {
 public:
  /// `image`, `execution` and what `options` refers to must outlive the runner.
  static Result<Runner> make(const PolicyImage& image, Execution& execution, RunOptions options);

  Runner(Runner&&) noexcept;
  Runner& operator=(Runner&&) = delete;
  ~Runner();

  /// Runs packets in order. State of the cores and the numbering of packets go on from call to call.
  std::vector<PacketResult> run(std::span<const TrafficPacket> packets);
  std::vector<NamedCounter> counters();
  /// Names of the image that no account has; tests on them never hold.
  std::uint32_t unresolvedNames() const { return owner_table_.unresolved; }

 private:
  Runner(const PolicyImage& image, Execution& execution, RunOptions options);

  /// Ingress of all, then egress of all.
  std::vector<PacketResult> runTogether(std::span<const TrafficPacket> packets);
  Direction decide(const TrafficPacket& packet, const ParsedPacket& plain, bool& local) const;
  void settle(PacketResult& result, isa::Program program, const ExitRecord& record, const ParsedPacket& parsed);
  void addHits(PacketResult& result, isa::Program program, const ExitRecord& record) const;
  void addRows(std::vector<PacketResult>& results, const std::vector<std::size_t>& which, isa::Program program, const std::vector<TraceRow>& rows);

  const PolicyImage& image_;
  const bool shares_ = image_.shares();
  Execution& execution_;
  RunOptions options_;
  norman_owner_table owner_table_{};
  InterfaceNumbers interfaces_;
  std::vector<const PolicyImage::Object*> event_owner_[2];  // by event id
  std::uint64_t next_n_ = 0;
};

/// What `normanc run` prints for a packet.
nlohmann::ordered_json jsonOf(const PacketResult& result);
/// The same as one line, without the line feed.
std::string jsonLine(const PacketResult& result);

}  // namespace norman
