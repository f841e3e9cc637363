// Control plane and traffic of the hot swap experiment.
#include "overlay_rtl/sim/swap_run.h"

#include <algorithm>
#include <array>
#include <deque>
#include <string_view>


#include "norman/spec/norman_hw.h"
#include "overlay_rtl/sim/background_access.h"

namespace norman {
namespace {

constexpr unsigned kRegister = 1;                     // adds up; its bank of entry words holds word 1
constexpr unsigned kNumberWord = kRegister;           // the word of selector 0
constexpr unsigned kTarget = isa::kTSrc0;

std::uint64_t insnMatch(std::string_view name) {
  for (const isa::InsnInfo& insn : isa::kInsns)
    if (insn.name == name) return insn.match[0];
  return 0;
}

std::uint32_t addend(std::uint32_t program, std::uint32_t stage) {
  std::uint64_t x = (std::uint64_t{program} << 8 | stage) * 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 29)) * 0xbf58476d1ce4e5b9;
  return static_cast<std::uint32_t>(x >> 32);
}

std::uint32_t sumOf(const isa::ConfigInfo& config, std::uint32_t program) {
  std::uint32_t sum = 0;
  for (unsigned stage = 0; stage < config.stages.size(); ++stage)
    if (config.stages[stage] == 'A') sum += addend(program, stage);
  return sum;
}

void queueLoad(BackgroundAccess& access, const isa::ConfigInfo& config, unsigned epoch, std::uint32_t program) {
  for (auto stage = static_cast<unsigned>(config.stages.size()); stage-- > 0;) {
    std::array<std::uint64_t, isa::kRowWords> row{};
    if (config.stages[stage] == 'A') {
      row[0] = insnMatch("ADDri");
      isa::set(row, isa::lane_ri::kRd, kRegister);
      isa::set(row, isa::lane_ri::kRa, kRegister);
      isa::set(row, isa::lane_ri::kImm, addend(program, stage));
      if (stage == 0) row[1] = insnMatch("ACT") | std::uint64_t{1} << kTarget;
    }
    const bool last = stage + 1 == config.stages.size();
    isa::set(row, isa::control_word::kNextStage, last ? isa::kStageExit : stage + 1);
    for (unsigned w = 0; w < isa::kRowWords; ++w) access.write(NORMAN_REG_ROWS(epoch, stage, 0, w), row[w]);
  }
  access.write(NORMAN_REG_ENTRY_MAP(epoch, 0, kRegister), 16);
  access.write(NORMAN_REG_EXIT_MAP(epoch, kTarget), kRegister);
  access.write(NORMAN_REG_START(epoch), std::uint64_t{program} << 32);
}

}  // namespace

SwapFigures runSwaps(const isa::ConfigInfo& config, const SwapOptions& options) {
  const auto pins = RtlPins::create(config);
  BackgroundAccess access(*pins);
  SwapFigures figures;

  enum class Phase { Load, Flip, AskDrained, Drained } phase = Phase::Load;
  std::array<std::uint32_t, isa::kEpochs> program{};  // in each bank, for packets that leave now
  std::uint32_t newest = 0;
  unsigned active = 0, done = 0;
  std::uint64_t load_start = 0;
  int epoch_before = -1;

  queueLoad(access, config, 0, newest);
  while (!access.idle()) {
    access.beforeClock();
    pins->clock();
    access.afterClock();
  }
  const std::uint64_t begin = pins->clocks();
  EntryWords words{};
  std::uint32_t entered = 0, left = 0;
  while (done < options.swaps || left < entered) {
    if (done < options.swaps && access.idle()) {
      switch (phase) {
        case Phase::Load:
          queueLoad(access, config, 1 - active, ++newest);
          load_start = pins->clocks();
          phase = Phase::Flip;
          break;
        case Phase::Flip:
          figures.load_clocks = std::max(figures.load_clocks, pins->clocks() - load_start);
          active = 1 - active;
          program[active] = newest;
          access.write(NORMAN_REG_EPOCH, active);
          phase = options.drain ? Phase::AskDrained : Phase::Load;
          done += options.drain ? 0 : 1;
          break;
        case Phase::AskDrained:
          access.read(NORMAN_REG_INFLIGHT(1 - active));
          phase = Phase::Drained;
          break;
        case Phase::Drained:
          phase = access.answer() == 0 ? Phase::Load : Phase::AskDrained;
          done += phase == Phase::Load ? 1 : 0;
          break;
      }
    }

    const bool offering = done < options.swaps;
    bool accepted = false;
    if (offering) {
      words[kNumberWord] = entered;
      pins->offer(words, static_cast<std::uint16_t>(entered));
      accepted = pins->inReady();
      figures.delayed += accepted ? 0 : 1;
    } else {
      pins->offerNothing();
    }
    if (pins->outValid()) {
      ExitRecord record;
      pins->outRecord(record);
      if (pins->outTag() != static_cast<std::uint16_t>(left)) ++figures.lost;
      const std::uint32_t own = program[record.epoch];
      if (record.verdict_word != own || record.targets[kTarget] != left + sumOf(config, own)) ++figures.mixed;
      if (epoch_before >= 0 && record.epoch != epoch_before) ++figures.swaps_seen;
      epoch_before = record.epoch;
      ++left;
    }
    access.beforeClock();
    pins->clock();
    access.afterClock();
    entered += accepted ? 1 : 0;
    if (pins->clocks() - begin > 100'000 + std::uint64_t{options.swaps} * 10'000) {  // packets that never leave are lost
      figures.lost += entered - left;
      break;
    }
  }
  figures.packets = entered;
  figures.clocks = pins->clocks() - begin;
  return figures;
}

}  // namespace norman
