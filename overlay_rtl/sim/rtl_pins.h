// The pins of a Verilated overlay core, the same for every configuration.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "overlay_rtl/model/core_device.h"

namespace norman {

/// One Verilated core, a clock at a time.
///
///   legal:    set inputs -> look at outputs -> clock -> set inputs ...
///
/// Outputs are those before the clock edge; none of them depends on an input of the same clock, so the order of
/// setting and looking does not matter.
class RtlPins {
 public:
  virtual ~RtlPins() = default;

  /// A core out of reset, or null if this configuration was not built.
  static std::unique_ptr<RtlPins> create(const isa::ConfigInfo& config);

  virtual void clock() = 0;
  virtual std::uint64_t clocks() const = 0;  ///< since creation

  // Packets in. `owner` replaces the owner predicate words per epoch; null takes them from `words` for both.
  virtual bool inReady() const = 0;
  virtual void offer(const EntryWords& words, std::uint16_t tag, const std::uint64_t owner[2] = nullptr) = 0;
  virtual void offerNothing() = 0;

  // Packets out.
  virtual bool outValid() const = 0;
  virtual void setOutReady(bool ready) = 0;
  virtual std::uint16_t outTag() const = 0;
  virtual void outRecord(ExitRecord& record) const = 0;

  // What learning stages share: collected in every clock; and what comes from the other core, for the next clock.
  virtual std::vector<SharedEntry> takeShared() = 0;
  virtual void giveShared(const SharedEntry* entry) = 0;  // null: nothing

  // Register map.
  virtual bool requestReady() const = 0;
  virtual void request(bool write, std::uint32_t address, std::uint64_t data) = 0;
  virtual void requestNothing() = 0;
  virtual bool responseValid() const = 0;
  virtual void setResponseReady(bool ready) = 0;
  virtual std::uint64_t responseData() const = 0;

  /// Executed rows go to `sink` as they leave their stage; TraceRow::packet counts packets since
  /// then, so the core must be empty. Null turns it off. At most one core at a time may trace.
  virtual void setTrace(std::vector<TraceRow>* sink) = 0;
};

}  // namespace norman
