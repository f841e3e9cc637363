// Control plane and traffic of the hot swap experiment.
#include "overlay_rtl/sim/swap_run.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <string_view>
#include <vector>

#include "norman/spec/norman_hw.h"
#include "overlay_rtl/model/exact_table.h"
#include "overlay_rtl/sim/background_access.h"

namespace norman {
namespace {

constexpr unsigned kSum = 1;                          // adds up; its bank of entry words holds word 1
constexpr unsigned kNumberWord = kSum;                // the word of selector 0
constexpr unsigned kFound = 2;                        // results of tables and state words, added up beside it
constexpr unsigned kResult = 3;                       // and, after it, where a lookup or a step leaves its result
constexpr unsigned kSumTarget = isa::kTSrc0;
constexpr unsigned kFoundTarget = isa::kTSrc1;
constexpr unsigned kKeys = 4;                         // entries in each exact stage, lists in each rule stage; a program asks for one
static_assert(kKeys <= isa::kRuleLeafSlots, "the lists lie in the leaf that a tree begins with");

std::array<std::uint64_t, isa::kRowWords> rowOf(std::string_view name) {
  for (const isa::InsnInfo& insn : isa::kInsns)
    if (insn.name == name) return insn.match;
  assert(false && "no such instruction");
  return {};
}

// What a stage adds: another number in each stage of each program.
std::uint32_t addend(std::uint32_t program, std::uint32_t stage) {
  std::uint64_t x = (std::uint64_t{program} << 8 | stage) * 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 29)) * 0xbf58476d1ce4e5b9;
  return static_cast<std::uint32_t>(x >> 32);
}

// What a lookup finds: tables belong to no program, so the number is that of the key.
std::uint32_t found(std::uint32_t key, std::uint32_t stage) { return addend(~key, stage); }

struct Sums {
  std::uint32_t sum = 0, found = 0;
};
Sums sumsOf(const isa::ConfigInfo& config, std::uint32_t program) {
  Sums sums;
  for (unsigned stage = 0; stage < config.stages.size(); ++stage) {
    if (config.stages[stage] == 'A') sums.sum += addend(program, stage);
    if (config.stages[stage] == 'E' || config.stages[stage] == 'R') sums.found += found(program % kKeys, stage);
    if (config.stages[stage] == 'S') sums.found += addend(program, stage);
  }
  return sums;
}

using Row = std::array<std::uint64_t, isa::kRowWords>;

// A row in every stage. The ALU stages after a lookup or a step take its result.
std::vector<Row> rowsOf(const isa::ConfigInfo& config, std::uint32_t program) {
  constexpr unsigned immediate = static_cast<unsigned>(isa::OperandMode::Imm) << 8;
  std::vector<Row> rows;
  unsigned results = 0, taken = 0;  // written, and added, since the last that was not
  for (unsigned stage = 0; stage < config.stages.size(); ++stage) {
    Row row{};
    switch (config.stages[stage]) {
      case 'A': {
        row = rowOf("ADDri");
        isa::set(row, isa::lane_ri::kRd, kSum);
        isa::set(row, isa::lane_ri::kRa, kSum);
        isa::set(row, isa::lane_ri::kImm, addend(program, stage));
        Row second{};
        if (stage == 0) {
          second = rowOf("ACT");
          second[0] |= std::uint64_t{1} << kSumTarget | std::uint64_t{1} << kFoundTarget;
        } else if (taken < results) {
          second = rowOf("ADDrr");
          isa::set(second, isa::lane_rr::kRd, kFound);
          isa::set(second, isa::lane_rr::kRa, kFound);
          isa::set(second, isa::lane_rr::kRb, kResult + taken++);
          if (taken == results) taken = results = 0;
        }
        row[1] = second[0];
        break;
      }
      case 'E':
        row = rowOf("LOOKUP");
        isa::set(row, isa::lookup_row::kDwe, 1);
        isa::set(row, isa::lookup_row::kRd, kResult + results++);
        isa::set(row, isa::lookup_row::kK0, immediate);
        isa::set(row, isa::lookup_row::kImm, program % kKeys);
        break;
      case 'R':
        row = rowOf("RULE");
        isa::set(row, isa::rule_row::kDwe, 1);
        isa::set(row, isa::rule_row::kRd, kResult + results++);
        isa::set(row, isa::rule_row::kTable, program % kKeys);
        break;
      case 'S':
        row = rowOf("STATE");
        isa::set(row, isa::state_row::kF, static_cast<unsigned>(isa::StateOp::Set));
        isa::set(row, isa::state_row::kRel, static_cast<unsigned>(isa::StateRel::Always));
        isa::set(row, isa::state_row::kRet, static_cast<unsigned>(isa::StateRet::New));
        isa::set(row, isa::state_row::kLowe, 1);
        isa::set(row, isa::state_row::kRdlo, kResult + results++);
        isa::set(row, isa::state_row::kAlo, immediate);
        isa::set(row, isa::state_row::kImm, addend(program, stage));
        break;
      default:
        break;
    }
    const bool last = stage + 1 == config.stages.size();
    isa::set(row, isa::control_word::kNextStage, last ? isa::kStageExit : stage + 1);
    rows.push_back(row);
  }
  assert(taken == results && "every string ends in enough ALU stages to add the results of those before");
  return rows;
}

// A list of one entry that matches every key.
void queueList(BackgroundAccess& access, unsigned stage, std::uint32_t list) {
  namespace e = isa::rule_entry;
  std::array<std::uint64_t, isa::kRuleEntryWords> entry{};
  entry[isa::kRuleRangeWord] = entry[isa::kRuleRangeWord + 1] = 0xffffffff00000000;
  isa::set(entry, e::kLabel, list);
  isa::set(entry, e::kList, list);
  isa::set(entry, e::kTerminal, 1);
  isa::set(entry, e::kArgument, found(list, stage));
  std::array<std::uint64_t, 1> command{};
  isa::set(command, isa::rule_command::kStage, stage);
  isa::set(command, isa::rule_command::kPlace, list);
  isa::set(command, isa::rule_command::kVisible, 3);
  for (std::uint32_t word = 0; word < entry.size(); ++word) access.write(NORMAN_REG_RULE_DATA(word), entry[word]);
  access.write(NORMAN_REG_RULE_COMMAND, command[0]);
}

void queueTables(BackgroundAccess& access, const isa::ConfigInfo& config) {
  for (unsigned stage = 0; stage < config.stages.size(); ++stage) {
    if (config.stages[stage] == 'R')
      for (std::uint32_t list = 0; list < kKeys; ++list) queueList(access, stage, list);
    if (config.stages[stage] != 'E') continue;
    for (std::uint32_t key = 0; key < kKeys; ++key) {
      const std::uint32_t way = key % isa::kExactWays;
      const auto row = static_cast<std::uint32_t>(exactHash(0, {key}) >> (isa::kHashShift * way)) & (config.exact_rows - 1);
      access.write(NORMAN_REG_EXACT_DATA(0), key);
      access.write(NORMAN_REG_EXACT_DATA(1), 0);
      access.write(NORMAN_REG_EXACT_DATA(2), std::uint64_t{1} << 48 | found(key, stage));
      access.write(NORMAN_REG_EXACT_WRITE, stage | way << 8 | row << 16);
    }
  }
}

void queueLoad(BackgroundAccess& access, const isa::ConfigInfo& config, unsigned epoch, std::uint32_t program) {
  const std::vector<Row> rows = rowsOf(config, program);
  for (auto stage = static_cast<unsigned>(rows.size()); stage-- > 0;)
    for (unsigned w = 0; w < isa::kRowWords; ++w) access.write(NORMAN_REG_ROWS(epoch, stage, 0, w), rows[stage][w]);
  access.write(NORMAN_REG_ENTRY_MAP(epoch, 0, kSum), 16);
  access.write(NORMAN_REG_EXIT_MAP(epoch, kSumTarget), kSum);
  access.write(NORMAN_REG_EXIT_MAP(epoch, kFoundTarget), kFound);
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

  queueTables(access, config);
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
          figures.load_writes = access.waiting();
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
      const Sums sums = sumsOf(config, own);
      const bool whole = record.verdict_word == own && record.targets[kSumTarget] == left + sums.sum &&
                         record.targets[kFoundTarget] == sums.found;
      if (!whole) ++figures.mixed;
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
