// A simulated core whose registers software uses while packets flow: every access takes clocks, and in every clock
// a packet is offered.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>

#include "overlay_rtl/sim/background_access.h"
#include "overlay_rtl/sim/rtl_core.h"

namespace norman {

/// Where a live core's packets come from, and what becomes of them. Clocks are counted from the first of start().
class LiveTraffic {
 public:
  virtual ~LiveTraffic() = default;
  /// The next packet; asked for once each.
  virtual EntryWords next() = 0;
  /// The packet that entered at clock `entered` has left, in the order of entry, at clock `left`.
  virtual void left(const ExitRecord& record, std::uint64_t entered, std::uint64_t left) = 0;
};

struct LiveFigures {
  std::uint64_t offered = 0;    ///< clocks in which a packet was offered, until stop()
  std::uint64_t entered = 0;
  std::uint64_t lost = 0;       ///< did not leave, or not in the order of entry
  double packetsPerClock() const { return offered == 0 ? 0 : double(entered) / double(offered); }
};

/// Before start() and after stop() it is an RtlCore like any other.
///
///   legal:    start -> write64, read64, run ... -> stop
///   illegal:  process between start and stop
class LiveCore : public CoreDevice {
 public:
  /// Null if this configuration was not built.
  static std::unique_ptr<LiveCore> create(const isa::ConfigInfo& config);

  void write64(std::uint32_t address, std::uint64_t value) override;
  std::uint64_t read64(std::uint32_t address) override;
  std::vector<ExitRecord> process(std::span<const EntryWords> packets) override { return core_->process(packets); }
  void setTrace(std::vector<TraceRow>* sink) override { core_->setTrace(sink); }
  std::vector<SharedEntry> takeShared() override { return core_->takeShared(); }
  void giveShared(std::span<const SharedEntry> entries) override { core_->giveShared(entries); }

  /// From now on the clock of an access is also the traffic's, which must outlive stop().
  void start(LiveTraffic& traffic);
  void run(std::uint64_t clocks);
  std::uint64_t clock() const { return clock_; }
  /// Lets the packets leave that are inside.
  LiveFigures stop();

 private:
  explicit LiveCore(std::unique_ptr<RtlCore> core) : core_(std::move(core)) {}
  void step();
  void finish();

  std::unique_ptr<RtlCore> core_;
  BackgroundAccess access_{core_->pins()};
  LiveTraffic* traffic_ = nullptr;
  EntryWords next_{};
  bool offering_ = false;
  std::uint64_t clock_ = 0;
  std::uint16_t tag_ = 0;           // of the packet that is offered
  std::uint16_t leaving_ = 0;       // of the one that must leave next
  std::deque<std::uint64_t> inside_;  // clocks of entry
  LiveFigures figures_;
};

}  // namespace norman
