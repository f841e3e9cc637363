// The architectural model of one overlay core: register map, memories and the row interpreter.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "overlay_rtl/model/core_device.h"
#include "overlay_rtl/model/exact_table.h"
#include "overlay_rtl/model/prefix_table.h"
#include "overlay_rtl/model/rule_table.h"

namespace norman {

struct DecodedRow;

/// Executes rows exactly as their records say, one packet after the other.
///
/// Outcomes of what a verified image never does are fixed too: an encoding that no record has does nothing, a state
/// step above its bound is not done and counted in BAD_INDEX, an event id that no counter has is counted in BAD_EVENT,
/// an access to no register is counted in BAD_ACCESS.
class CoreModel : public CoreDevice {
 public:
  explicit CoreModel(const isa::ConfigInfo& config);
  ~CoreModel() override;

  void write64(std::uint32_t address, std::uint64_t value) override;
  std::uint64_t read64(std::uint32_t address) override;
  std::vector<ExitRecord> process(std::span<const EntryWords> packets) override;
  void setTrace(std::vector<TraceRow>* sink) override { trace_ = sink; }
  std::vector<SharedEntry> takeShared() override { return std::exchange(shared_, {}); }
  void giveShared(std::span<const SharedEntry> entries) override;

  const isa::ConfigInfo& config() const { return config_; }

 private:
  struct Tap {
    std::uint8_t reg;
    std::uint8_t word;
  };
  struct ExitSource {
    std::uint8_t reg = 0;
    std::uint8_t sel = 0;
  };
  struct Place {
    std::uint8_t stage = isa::kStageExit;
    std::uint8_t row = 0;
  };
  struct Counter {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
  };
  // What the maps say for one epoch.
  struct Epoch {
    std::uint64_t start = std::uint64_t{isa::kStageExit} << 8;
    std::array<std::array<std::uint8_t, isa::kRegistersMax>, isa::kEntryTaps> entry{};  // enable 4, selector 3:0
    std::array<ExitSource, isa::kExitTargets> exits{};
    std::array<std::vector<Tap>, isa::kEntryTaps> taps;  // `entry` as a list, made before packets run
    bool taps_stale = true;
  };

  std::size_t rowIndex(std::uint32_t epoch, std::uint32_t stage, std::uint32_t row) const {
    return (epoch * config_.stages.size() + stage) * isa::kRowsPerStage + row;
  }
  char stageKind(std::uint32_t stage) const { return stage < config_.stages.size() ? config_.stages[stage] : '\0'; }
  bool canLearn(std::uint32_t stage) const { return (config_.learning >> stage & 1) != 0; }
  bool writeWindow(std::uint32_t address, std::uint64_t value);
  bool readWindow(std::uint32_t address, std::uint64_t& value);
  void prepare();
  ExitRecord run(const EntryWords& words, std::uint32_t number);
  void share(std::uint8_t stage, std::uint32_t way, std::uint32_t row);
  void count(const ExitRecord& record, std::uint32_t length);

  const isa::ConfigInfo& config_;
  std::array<Epoch, isa::kEpochs> epochs_;
  std::vector<std::array<std::uint64_t, isa::kRowWords>> rows_;
  std::vector<DecodedRow> decoded_;        // those that were written; number 0 is the empty row
  std::vector<std::uint32_t> decoded_at_;  // as rows_: number in decoded_
  std::vector<std::size_t> stale_rows_;
  std::vector<Place> dispatch_;                         // [epoch][stage][index]
  std::vector<std::unique_ptr<ExactTable>> exact_;      // by stage, null where the stage is of another kind
  std::vector<std::unique_ptr<RuleTable>> rules_;       // by stage, null where the stage is of another kind
  std::vector<std::unique_ptr<PrefixTable>> prefixes_;  // of prefix stages
  std::vector<std::vector<std::uint64_t>> state_;       // by stage, empty where the stage is of another kind
  std::array<std::vector<Counter>, isa::kEventSlots> events_;
  std::array<std::uint64_t, 4> staging_{};
  StagedRule rule_staging_{};
  std::uint64_t epoch_ = 0, packets_ = 0, bad_access_ = 0, bad_event_ = 0, bad_index_ = 0, rule_lost_ = 0, learn_full_ = 0, mirror_ = 0;
  std::vector<SharedEntry> shared_;
  std::vector<TraceRow>* trace_ = nullptr;
};

/// A factory for models.
CoreFactory modelFactory();

}  // namespace norman
