// The register map and the data path of the architectural model.
#include "overlay_rtl/model/core_model.h"

#include <algorithm>
#include <cassert>
#include <string_view>

#include "norman/spec/norman_hw.h"
#include "overlay_rtl/model/iss.h"

namespace norman {
namespace {

constexpr std::uint64_t kMagic = 0x4e4f524d414e0001;

// Place of a cell within a window of the register map, or no cell.
struct Cell {
  bool in = false;
  std::uint32_t index = 0;
};

Cell cellOf(std::uint32_t address, std::uint32_t base, std::uint32_t end) {
  if (address < base || address >= end) return {};
  return {true, (address - base) / 8};
}

// Whether a stage of this kind has a dispatch memory.
bool looksUp(char kind) { return kind == 'E' || kind == 'R' || kind == 'L'; }

std::uint32_t keyWord(const std::array<std::uint64_t, 4>& staging, std::size_t i) {
  return static_cast<std::uint32_t>(staging[i / 2] >> (32 * (i % 2)));
}

ExactEntry unpack(const std::array<std::uint64_t, 4>& staging) {
  ExactEntry entry;
  for (std::size_t i = 0; i < entry.key.size(); ++i) entry.key[i] = keyWord(staging, i);
  entry.value = static_cast<std::uint32_t>(staging[2]);
  entry.action = static_cast<std::uint8_t>(staging[2] >> 32);
  entry.table = static_cast<std::uint8_t>(staging[2] >> 40);
  entry.valid = (staging[2] >> 48 & 1) != 0;
  return entry;
}

std::array<std::uint64_t, 4> pack(const ExactEntry& entry) {
  return {entry.key[0] | std::uint64_t{entry.key[1]} << 32, entry.key[2] | std::uint64_t{entry.key[3]} << 32,
          entry.value | std::uint64_t{entry.action} << 32 | std::uint64_t{entry.table} << 40 | std::uint64_t{entry.valid} << 48, 0};
}

}  // namespace

CoreModel::CoreModel(const isa::ConfigInfo& config) : config_(config) {
  const std::size_t stages = config.stages.size();
  rows_.resize(isa::kEpochs * stages * isa::kRowsPerStage);
  decoded_at_.resize(rows_.size());
  decoded_.emplace_back();
  dispatch_.resize(isa::kEpochs * stages * isa::kDispatchEntries);
  exact_.resize(stages);
  rules_.resize(stages);
  prefixes_.resize(stages);
  state_.resize(stages);
  for (std::uint32_t stage = 0; stage < stages; ++stage) {
    if (config.stages[stage] == 'E') exact_[stage] = std::make_unique<ExactTable>(config.exact_rows);
    if (config.stages[stage] == 'R') rules_[stage] = std::make_unique<RuleTable>(config.rule_trees, config.rule_rows, config.rule_overflow);
    if (config.stages[stage] == 'L') prefixes_[stage] = std::make_unique<PrefixTable>(config.prefix_levels, config.prefix_blocks);
    if (config.stages[stage] == 'S') state_[stage].resize(config.state_words);
  }
  for (auto& slot : events_) slot.resize(config.event_ids);
}

CoreModel::~CoreModel() = default;

// --- Register map -----------------------------------------------------------------------------------------------------

void CoreModel::write64(std::uint32_t address, std::uint64_t value) {
  if (address % 8 != 0 || !writeWindow(address, value)) ++bad_access_;
}

std::uint64_t CoreModel::read64(std::uint32_t address) {
  std::uint64_t value = 0;
  if (address % 8 != 0 || !readWindow(address, value)) return 0;
  return value;
}

void CoreModel::share(std::uint8_t stage, std::uint32_t way, std::uint32_t row) {
  const auto words = pack(exact_[stage]->at(way, row));
  shared_.push_back({stage, static_cast<std::uint8_t>(way), static_cast<std::uint16_t>(row), {words[0], words[1], words[2]}});
}

void CoreModel::giveShared(std::span<const SharedEntry> entries) {
  for (const SharedEntry& entry : entries)
    if ((mirror_ >> entry.stage & 1) != 0) exact_[entry.stage]->at(entry.way, entry.row) = unpack({entry.words[0], entry.words[1], entry.words[2], 0});
}

bool CoreModel::writeWindow(std::uint32_t address, std::uint64_t value) {
  if (address == NORMAN_REG_EPOCH) {
    epoch_ = value & 1;
    return true;
  }
  if (address == NORMAN_REG_LEARN_MIRROR) {
    mirror_ = value & config_.learning;
    return true;
  }
  if (const Cell c = cellOf(address, NORMAN_REG_START_BASE, NORMAN_REG_START_END); c.in) {
    epochs_[c.index].start = value;
    return true;
  }
  if (const Cell c = cellOf(address, NORMAN_REG_EXACT_DATA_BASE, NORMAN_REG_EXACT_DATA_END); c.in) {
    if (c.index < 3) staging_[c.index] = value;
    return true;
  }
  if (address == NORMAN_REG_EXACT_WRITE || address == NORMAN_REG_EXACT_READ || address == NORMAN_REG_EXACT_CHANGE) {
    const std::uint32_t stage = value & 63;
    const std::uint32_t way = value >> 8 & 3;
    const std::uint32_t row = value >> 16 & 0xffff;
    if (stageKind(stage) != 'E' || row >= config_.exact_rows) return false;
    if (address == NORMAN_REG_EXACT_CHANGE && !canLearn(stage)) return false;
    ExactEntry& entry = exact_[stage]->at(way, row);
    const ExactEntry staged = unpack(staging_);
    if (address == NORMAN_REG_EXACT_WRITE)
      entry = staged;
    else if (address == NORMAN_REG_EXACT_READ)
      staging_ = pack(entry);
    else if (entry.valid && entry.table == staged.table && entry.key == staged.key)
      entry = staged;
    return true;
  }
  if (address == NORMAN_REG_PREFIX_WRITE) {
    const std::uint32_t stage = value & 63;
    return stageKind(stage) == 'L' && prefixes_[stage]->write(value >> 8 & 31, value >> 16 & 0xffff, unpack(staging_));
  }
  const bool has_rules = config_.stages.find('R') != std::string_view::npos;
  if (const Cell c = cellOf(address, NORMAN_REG_RULE_DATA_BASE, NORMAN_REG_RULE_DATA_END); c.in && has_rules) {
    rule_staging_[c.index] = value;
    return true;
  }
  if (address == NORMAN_REG_RULE_COMMAND) {
    const auto stage = static_cast<std::uint32_t>(isa::get(std::array{value}, isa::rule_command::kStage));
    return stageKind(stage) == 'R' && rules_[stage]->command(value, rule_staging_);
  }
  if (const Cell c = cellOf(address, NORMAN_REG_ROWS_BASE, NORMAN_REG_ROWS_END); c.in) {
    const std::uint32_t word = c.index % isa::kRowWords;
    const std::uint32_t row = c.index / isa::kRowWords % isa::kRowsPerStage;
    const std::uint32_t stage = c.index / isa::kRowWords / isa::kRowsPerStage % 64;
    const std::uint32_t epoch = c.index / isa::kRowWords / isa::kRowsPerStage / 64;
    if (stageKind(stage) == '\0') return false;
    const std::size_t index = rowIndex(epoch, stage, row);
    rows_[index][word] = value;
    if (stale_rows_.empty() || stale_rows_.back() != index) stale_rows_.push_back(index);
    return true;
  }
  if (const Cell c = cellOf(address, NORMAN_REG_ENTRY_MAP_BASE, NORMAN_REG_ENTRY_MAP_END); c.in) {
    const std::uint32_t reg = c.index % 32;
    if (reg >= config_.registers) return false;
    const std::uint32_t tap = c.index / 32 % 2;
    if (tap != 0 && reg < config_.registers / isa::kTapShare) return true;
    Epoch& epoch = epochs_[c.index / 64];
    epoch.entry[tap][reg] = value & 31;
    epoch.taps_stale = true;
    return true;
  }
  if (const Cell c = cellOf(address, NORMAN_REG_EXIT_MAP_BASE, NORMAN_REG_EXIT_MAP_END); c.in) {
    const std::uint32_t target = c.index % 32;
    if (target >= isa::kExitTargets) return false;
    epochs_[c.index / 32].exits[target] = {static_cast<std::uint8_t>(value & 31), static_cast<std::uint8_t>(value >> 5 & 7)};
    return true;
  }
  if (const Cell c = cellOf(address, NORMAN_REG_DISPATCH_BASE, NORMAN_REG_DISPATCH_END); c.in) {
    const std::uint32_t index = c.index % isa::kDispatchEntries;
    const std::uint32_t stage = c.index / isa::kDispatchEntries % 64;
    const std::uint32_t epoch = c.index / isa::kDispatchEntries / 64;
    if (!looksUp(stageKind(stage))) return false;
    dispatch_[(epoch * config_.stages.size() + stage) * isa::kDispatchEntries + index] = {static_cast<std::uint8_t>(value >> 8 & 63),
                                                                                            static_cast<std::uint8_t>(value)};
    return true;
  }
  if (const Cell c = cellOf(address, NORMAN_REG_STATE_WORDS_BASE, NORMAN_REG_STATE_WORDS_END); c.in) {
    const std::uint32_t word = c.index % 8192;
    const std::uint32_t stage = c.index / 8192;
    if (stageKind(stage) != 'S' || word >= config_.state_words) return false;
    state_[stage][word] = value;
    return true;
  }
  if (const Cell c = cellOf(address, NORMAN_REG_EVENTS_BASE, NORMAN_REG_EVENTS_END); c.in) {
    const std::uint32_t id = c.index / 2 % 8192;
    if (id >= config_.event_ids) return false;
    Counter& counter = events_[c.index / 2 / 8192][id];
    (c.index % 2 == 0 ? counter.packets : counter.bytes) = value;
    return true;
  }
  return false;
}

bool CoreModel::readWindow(std::uint32_t address, std::uint64_t& value) {
  const auto give = [&value](std::uint64_t v) {
    value = v;
    return true;
  };
  switch (address) {
    case NORMAN_REG_CAP_MAGIC: return give(kMagic);
    case NORMAN_REG_CAP_ISA: return give(isa::kIsaVersion);
    case NORMAN_REG_CAP_STAGES: return give(config_.stages.size());
    case NORMAN_REG_CAP_REGISTERS: return give(config_.registers);
    case NORMAN_REG_CAP_ROWS: return give(isa::kRowsPerStage);
    case NORMAN_REG_CAP_TAP_STAGE: return give(config_.tap_stage);
    case NORMAN_REG_CAP_EXACT_ROWS: return give(config_.exact_rows);
    case NORMAN_REG_CAP_STATE_WORDS: return give(config_.state_words);
    case NORMAN_REG_CAP_EVENT_IDS: return give(config_.event_ids);
    case NORMAN_REG_CAP_LATENCY: return give(0);  // the model has no clock
    case NORMAN_REG_CAP_RULES:
      return give(config_.rule_trees | std::uint64_t{config_.rule_rows} << 16 | std::uint64_t{config_.rule_overflow} << 32);
    case NORMAN_REG_CAP_PREFIX:
      return give(config_.prefix_levels | std::uint64_t{config_.prefix_blocks} << 16 | std::uint64_t{config_.prefix_entries} << 32);
    case NORMAN_REG_CAP_LEARN: return give(config_.learning);
    case NORMAN_REG_CAP_CONFIG: return give(config_.number);
    case NORMAN_REG_EPOCH: return give(epoch_);
    case NORMAN_REG_PACKETS_IN:
    case NORMAN_REG_PACKETS_OUT: return give(packets_);
    case NORMAN_REG_BAD_ACCESS: return give(bad_access_);
    case NORMAN_REG_BAD_EVENT: return give(bad_event_);
    case NORMAN_REG_BAD_INDEX: return give(bad_index_);
    case NORMAN_REG_LEARN_FULL: return give(learn_full_);
    case NORMAN_REG_LEARN_MIRROR: return give(mirror_);
    case NORMAN_REG_RULE_FENCE: return give(0);  // every write has taken effect already
    case NORMAN_REG_RULE_LOST: return give(rule_lost_);
    default: break;
  }
  if (const Cell c = cellOf(address, NORMAN_REG_CAP_STRING_BASE, NORMAN_REG_CAP_STRING_END); c.in) {
    for (std::uint32_t i = 0; i < 8; ++i) {
      const std::size_t at = std::size_t{c.index} * 8 + i;
      if (at < config_.stages.size()) value |= std::uint64_t{static_cast<std::uint8_t>(config_.stages[at])} << (8 * i);
    }
    return true;
  }
  if (const Cell c = cellOf(address, NORMAN_REG_START_BASE, NORMAN_REG_START_END); c.in) return give(epochs_[c.index].start);
  if (const Cell c = cellOf(address, NORMAN_REG_EXACT_DATA_BASE, NORMAN_REG_EXACT_DATA_END); c.in) return give(staging_[c.index]);
  if (const Cell c = cellOf(address, NORMAN_REG_STATE_WORDS_BASE, NORMAN_REG_STATE_WORDS_END); c.in) {
    const std::uint32_t stage = c.index / 8192;
    const std::uint32_t word = c.index % 8192;
    if (stageKind(stage) != 'S' || word >= config_.state_words) return false;
    return give(state_[stage][word]);
  }
  if (const Cell c = cellOf(address, NORMAN_REG_EVENTS_BASE, NORMAN_REG_EVENTS_END); c.in) {
    const std::uint32_t id = c.index / 2 % 8192;
    if (id >= config_.event_ids) return false;
    const Counter& counter = events_[c.index / 2 / 8192][id];
    return give(c.index % 2 == 0 ? counter.packets : counter.bytes);
  }
  return false;
}

// --- Data path --------------------------------------------------------------------------------------------------------

// Turns what was written since the last packet into what packets use.
void CoreModel::prepare() {
  for (const std::size_t index : stale_rows_) {
    if (decoded_at_[index] == 0) {
      decoded_at_[index] = static_cast<std::uint32_t>(decoded_.size());
      decoded_.emplace_back();
    }
    const auto stage = static_cast<std::uint32_t>(index / isa::kRowsPerStage % config_.stages.size());
    DecodedRow& row = decoded_[decoded_at_[index]];
    row = decodeRow(rows_[index], config_.stages[stage]);
    if (row.opcode == isa::Opcode::LEARN && !canLearn(stage)) row.opcode.reset();
  }
  stale_rows_.clear();
  for (Epoch& epoch : epochs_) {
    if (!epoch.taps_stale) continue;
    epoch.taps_stale = false;
    for (std::size_t tap = 0; tap < isa::kEntryTaps; ++tap) {
      epoch.taps[tap].clear();
      for (std::uint32_t reg = 0; reg < config_.registers; ++reg) {
        const std::uint8_t cell = epoch.entry[tap][reg];
        if ((cell & 16) == 0) continue;
        const std::uint32_t word = (cell & 15u) * isa::kEntryBanks + reg % isa::kEntryBanks;
        epoch.taps[tap].push_back({static_cast<std::uint8_t>(reg), static_cast<std::uint8_t>(word)});
      }
    }
  }
}

std::vector<ExitRecord> CoreModel::process(std::span<const EntryWords> packets) {
  prepare();
  std::vector<ExitRecord> records;
  records.reserve(packets.size());
  for (std::size_t i = 0; i < packets.size(); ++i) records.push_back(run(packets[i], static_cast<std::uint32_t>(i)));
  return records;
}

ExitRecord CoreModel::run(const EntryWords& words, std::uint32_t number) {
  const auto epoch_number = static_cast<std::uint32_t>(epoch_);
  const Epoch& epoch = epochs_[epoch_number];
  PacketContext packet;
  packet.verdict_word = static_cast<std::uint32_t>(epoch.start >> 32);
  for (const Tap& tap : epoch.taps[0]) packet.registers[tap.reg] = words[tap.word];

  // The second tap loads registers of every packet that comes past it, also of one that skips the stages around it.
  bool second_tap_done = false;
  const auto passSecondTap = [&] {
    second_tap_done = true;
    for (const Tap& tap : epoch.taps[1]) packet.registers[tap.reg] = words[tap.word];
  };

  Place at{static_cast<std::uint8_t>(epoch.start >> 8 & 63), static_cast<std::uint8_t>(epoch.start)};
  const std::size_t stages = config_.stages.size();
  while (at.stage < stages) {
    if (!second_tap_done && at.stage >= config_.tap_stage) passSecondTap();
    const DecodedRow& row = decoded_[decoded_at_[rowIndex(epoch_number, at.stage, at.row)]];
    bool taken = row.mode == isa::BranchMode::Pred && ((packet.predicates >> row.predicate & 1) != 0) != row.negated;
    RowContext context(packet);
    Place next{};
    if (config_.stages[at.stage] == 'A') {
      context.executeAlu(row);
    } else {
      std::optional<ExactTable::Learned::Place> shared;
      StageMemory memory{exact_[at.stage].get(), &state_[at.stage], &bad_index_, &learn_full_, rules_[at.stage].get(), &rule_lost_,
                         prefixes_[at.stage].get(), &words, &shared};
      context.executeWide(row, memory);
      if (shared) share(at.stage, shared->way, shared->row);
      if (row.mode == isa::BranchMode::Own) taken = context.own() != row.negated;
    }
    if (row.mode == isa::BranchMode::Dispatch && context.dispatches()) {
      const std::uint32_t base = config_.stages[at.stage] == 'R' ? row.rule.dbase : row.lookup.dbase;
      const std::uint32_t index = (base + context.action()) % isa::kDispatchEntries;
      next = dispatch_[(epoch_number * stages + at.stage) * isa::kDispatchEntries + index];
    } else {
      next = taken ? Place{row.taken_stage, row.taken_row} : Place{row.next_stage, row.next_row};
    }
    if (trace_ != nullptr) {
      TraceRow trace{number, at.stage, at.row, packet.predicates, packet.registers};
      std::fill(trace.registers.begin() + config_.registers, trace.registers.end(), 0u);
      trace_->push_back(trace);
    }
    // A packet meets each stage once: a successor that is not later is never met, as in the pipeline.
    if (next.stage <= at.stage) break;
    at = next;
  }
  if (!second_tap_done) passSecondTap();

  ExitRecord record;
  record.verdict_word = packet.verdict_word;
  record.act = packet.act;
  record.event_ids = packet.event_ids;
  record.event_valid = packet.event_valid;
  record.epoch = static_cast<std::uint8_t>(epoch_number);
  for (std::uint32_t target = 0; target < isa::kExitTargets; ++target) {
    if ((packet.act >> target & 1) == 0) continue;
    const ExitSource source = epoch.exits[target];
    const std::uint32_t mask = 0xffffffffu >> (32 - isa::kExitTargetWidths[target]);
    record.targets[target] = makePart(source.reg, source.sel).of(packet.registers) & mask;
  }
  ++packets_;
  count(record, words[isa::kWLength] & 0xffff);
  return record;
}

void CoreModel::count(const ExitRecord& record, std::uint32_t length) {
  for (std::uint32_t slot = 0; slot < isa::kEventSlots; ++slot) {
    if ((record.event_valid >> slot & 1) == 0) continue;
    if (record.event_ids[slot] >= config_.event_ids) {
      ++bad_event_;
      continue;
    }
    Counter& counter = events_[slot][record.event_ids[slot]];
    ++counter.packets;
    counter.bytes += length;
  }
}

CoreFactory modelFactory() {
  return [](const isa::ConfigInfo& config) -> std::unique_ptr<CoreDevice> { return std::make_unique<CoreModel>(config); };
}

}  // namespace norman
