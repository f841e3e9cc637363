// The overlay core in RTL, simulated by Verilator, behind the interface that the model has too.
#pragma once

#include <memory>
#include <random>
#include <vector>

#include "overlay_rtl/model/core_device.h"
#include "overlay_rtl/sim/rtl_pins.h"

namespace norman {

/// What the last call of RtlCore::process() took.
struct RunFigures {
  std::uint64_t packets = 0;
  std::uint64_t entry_clocks = 0;    ///< from the first accepted packet to the last, both included
  std::uint64_t latency_clocks = 0;  ///< of the first packet, from acceptance to its record at the output
  double packetsPerClock() const { return entry_clocks == 0 ? 0 : double(packets) / double(entry_clocks); }
};

/// A core in simulation. Packets are offered back to back and taken as soon as they are there, unless stalls are set.
class RtlCore : public CoreDevice {
 public:
  /// Null if this configuration was not built.
  static std::unique_ptr<RtlCore> create(const isa::ConfigInfo& config);

  void write64(std::uint32_t address, std::uint64_t value) override;
  std::uint64_t read64(std::uint32_t address) override;
  std::vector<ExitRecord> process(std::span<const EntryWords> packets) override;
  void setTrace(std::vector<TraceRow>* sink) override { trace_ = sink; }
  std::vector<SharedEntry> takeShared() override { return pins_->takeShared(); }
  void giveShared(std::span<const SharedEntry> entries) override;

  /// From now on a clock offers no packet with probability `idle`, and takes none with probability `stall`.
  void setStalls(double idle, double stall, std::uint64_t seed);

  const RunFigures& figures() const { return figures_; }
  std::uint64_t clocks() const { return pins_->clocks(); }
  RtlPins& pins() { return *pins_; }

 private:
  explicit RtlCore(std::unique_ptr<RtlPins> pins) : pins_(std::move(pins)) {}

  std::unique_ptr<RtlPins> pins_;
  std::vector<TraceRow>* trace_ = nullptr;
  RunFigures figures_;
  double idle_ = 0, stall_ = 0;
  std::mt19937_64 random_;
};

/// A factory for simulated cores.
CoreFactory rtlFactory();

}  // namespace norman
