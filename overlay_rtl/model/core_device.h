// What every overlay core offers to software: its register map, and packets in as entry words, out as exit records.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "norman/spec/isa.h"

namespace norman {

/// What the packet parser hands to the core for one packet: the entry words (overlay_rtl/spec/isa/Entry.td), and the
/// frame's first bytes for gather rows. Words made without a frame have no such bytes.
struct EntryWords : std::array<std::uint32_t, isa::kEntryWords> {
  std::array<std::uint8_t, isa::kWindowBytes> window{};
  std::uint8_t window_bytes = 0;  ///< how many of them the frame has; those beyond are zero

  bool operator==(const EntryWords&) const = default;
};

/// What leaves the core with one packet.
struct ExitRecord {
  std::uint32_t verdict_word = 0;  ///< verdict 2:0, reason 7:3, rule id 31:16
  std::uint32_t act = 0;           ///< 23:0 targets applied, then enum Act
  std::array<std::uint32_t, isa::kExitTargets> targets{};  ///< zero where the target's bit of act is clear
  std::array<std::uint16_t, isa::kEventSlots> event_ids{};  ///< zero where the slot is not valid
  std::uint8_t event_valid = 0;    ///< bit s: slot s holds an event
  std::uint8_t epoch = 0;          ///< epoch that the packet was given at entry

  isa::Verdict verdict() const { return static_cast<isa::Verdict>(verdict_word & 7); }
  isa::Reason reason() const { return static_cast<isa::Reason>(verdict_word >> 3 & 31); }
  std::uint32_t rule() const { return verdict_word >> 16; }
  bool has(isa::Act bit) const { return act >> static_cast<unsigned>(bit) & 1; }
  bool operator==(const ExitRecord&) const = default;
};

/// One row as it was executed: registers and predicates after it.
struct TraceRow {
  std::uint32_t packet = 0;  ///< number of the packet within the call of process()
  std::uint8_t stage = 0;
  std::uint8_t row = 0;
  std::uint8_t predicates = 0;  ///< bit n is predicate n
  std::array<std::uint32_t, isa::kRegistersMax> registers{};  ///< those that the configuration lacks are zero

  bool operator==(const TraceRow&) const = default;
};

/// An entry that a stage has learned and shows to the other core's stage of the same number.
struct SharedEntry {
  std::uint8_t stage = 0, way = 0;
  std::uint16_t row = 0;
  std::array<std::uint64_t, 3> words{};  ///< as EXACT_DATA holds it
};

/// One overlay core: the model, the RTL in simulation, later the card.
///
/// Everything is configured through write64 and read64 of the map in overlay_rtl/spec/device/Mmio.td; process() is the
/// data path. A call of process() returns when every packet has left, so accesses between two calls see a core that is
/// empty.
class CoreDevice {
 public:
  virtual ~CoreDevice() = default;

  virtual void write64(std::uint32_t address, std::uint64_t value) = 0;
  virtual std::uint64_t read64(std::uint32_t address) = 0;

  /// Runs packets in order; the n-th record belongs to the n-th packet.
  virtual std::vector<ExitRecord> process(std::span<const EntryWords> packets) = 0;

  /// From now on every executed row is appended to `sink`, ordered by packet, then by stage; null turns it off.
  virtual void setTrace(std::vector<TraceRow>* sink) = 0;

  /// What packets made this core show to the other since the last call; and what the other one shows. Both between two calls of
  /// process(): whoever runs two cores carries it from one to the other.
  virtual std::vector<SharedEntry> takeShared() = 0;
  virtual void giveShared(std::span<const SharedEntry> entries) = 0;
};

/// Makes a core of the given configuration (isa::kConfigs).
using CoreFactory = std::function<std::unique_ptr<CoreDevice>(const isa::ConfigInfo&)>;

/// The configuration of this name, or null.
inline const isa::ConfigInfo* findConfig(std::string_view name) {
  for (const isa::ConfigInfo& config : isa::kConfigs)
    if (config.name == name) return &config;
  return nullptr;
}

}  // namespace norman
