// Draws the rows of random programs from the contract's records.
#include "tests/support/random_program.h"

#include <algorithm>
#include <array>
#include <bit>
#include <set>
#include <string_view>

#include "norman/spec/norman_hw.h"
#include "overlay_rtl/model/exact_table.h"
#include "overlay_rtl/model/rule_table.h"

namespace norman::test {
namespace {

using Row = std::array<std::uint64_t, isa::kRowWords>;

struct Place {
  unsigned stage, row;
};

// Prefix tables of the second epoch's programs have ids from here on, those of the first one's below.
constexpr std::uint32_t kSecondTables = 128;
constexpr std::uint64_t kValid = std::uint64_t{1} << 48;

constexpr unsigned kRulesOfTree = isa::kRuleLeafSlots / isa::kEpochs;

class Generator {
 public:
  Generator(const isa::ConfigInfo& config, std::uint64_t seed, const RandomProgramOptions& options)
      : config_(config), options_(options), random_(seed) {
    for (const isa::InsnInfo& insn : isa::kInsns) {
      if (insn.reserved || insn.stage_kind != 'A') continue;
      lane0_.push_back(&insn);
      if (!insn.lane_zero_only) lane1_.push_back(&insn);
    }
  }

  RandomProgram make() {
    const auto stages = static_cast<unsigned>(config_.stages.size());
    for (unsigned stage = stages; stage-- > 0;) {
      const char kind = config_.stages[stage];
      rules_of_stage_ = 0;
      // No stage looks up in what it learns with other rows: such lookups may miss a packet's write just before.
      const bool learns = (config_.learning >> stage & 1) != 0 && random_.oneIn(2);
      for (unsigned row = 0; row < options_.rows_per_stage; ++row) {
        const Row words = kind == 'A' ? aluRow() : learns ? learnRow() : kind == 'E' ? lookupRow(stage, row) : kind == 'L' ? prefixRow(row) : kind == 'R' ? ruleRow(stage, row) : kind == 'G' ? gatherRow() : stateRow();
        writeRow(stage, row, withControl(words, stage, kind));
      }
      while (kind == 'R' && rules_of_stage_ < config_.rule_trees * kRulesOfTree) ruleCommand(stage, 0);
      if (kind == 'L') prefixes(stage);
      if (kind == 'E' || kind == 'R' || kind == 'L')
        for (unsigned index = 0; index < isa::kDispatchEntries; ++index) {
          const Place to = successor(stage);
          program_.rest.push_back({NORMAN_REG_DISPATCH(options_.epoch, stage, index), std::uint64_t{to.stage} << 8 | to.row});
        }
    }
    maps();
    return std::move(program_);
  }

 private:
  std::uint64_t number(std::uint64_t bound) { return random_.below(bound); }
  std::uint32_t word() { return random_.oneIn(2) ? static_cast<std::uint32_t>(number(8)) : static_cast<std::uint32_t>(random_.next()); }
  unsigned reg() { return static_cast<unsigned>(number(config_.registers)); }
  // Rows that are no ALU rows read and write the first registers only.
  unsigned registerOfBank(unsigned bank, unsigned banks) {
    return bank + banks * static_cast<unsigned>(number((config_.registers - bank + banks - 1) / banks));
  }
  unsigned operandReg() { return static_cast<unsigned>(number(config_.operands)); }
  unsigned resultReg() { return static_cast<unsigned>(number(isa::kResultRegisters)); }
  unsigned selector() { return random_.oneIn(2) ? 0 : static_cast<unsigned>(number(isa::kSelectorNames.size())); }
  std::uint64_t guard() { return random_.oneIn(4) ? 16 | number(16) : 0; }
  std::uint64_t operand() {
    switch (number(4)) {
      case 0: return 0;
      case 1: return 2u << 8;
      default: return 1u << 8 | selector() << 5 | operandReg();
    }
  }

  Place successor(unsigned stage) {
    const auto stages = static_cast<unsigned>(config_.stages.size());
    unsigned to = stage + 1;
    if (!options_.straight) {
      if (random_.oneIn(4)) to += static_cast<unsigned>(number(5));
      if (random_.oneIn(64)) to = stages;
    }
    if (to >= stages) return {isa::kStageExit, 0};
    return {to, static_cast<unsigned>(number(options_.rows_per_stage))};
  }

  // What a lane writes; two lanes of a row must not write the same.
  using Written = std::set<std::string>;

  std::uint64_t lane(const std::vector<const isa::InsnInfo*>& insns, Written& written) {
    for (;;) {
      const isa::InsnInfo& insn = *random_.pick(insns);
      Row row{insn.match[0], 0, 0, 0};
      Written mine;
      const auto draw = [&](std::string_view list) {
        for (std::size_t at = 0; at < list.size();) {
          const std::size_t end = std::min(list.find(',', at), list.size());
          drawSlot(row, insn, list.substr(at, end - at), mine);
          at = end + 1;
        }
      };
      draw(insn.outs);
      draw(insn.operands);
      isa::set(row, isa::lane_rr::kGuard, guard());
      if (insn.name.starts_with("VERDICT")) mine.insert("verdict");
      bool clash = false;
      for (const std::string& what : mine) clash = clash || written.contains(what);
      if (clash) continue;
      written.insert(mine.begin(), mine.end());
      return row[0];
    }
  }

  void drawSlot(Row& row, const isa::InsnInfo& insn, std::string_view name, Written& written) {
    namespace rr = isa::lane_rr;
    const bool event = insn.name.starts_with("EVENT");
    if (name == "ra") isa::set(row, rr::kRa, reg());
    else if (name == "rb") isa::set(row, rr::kRb, reg());
    else if (name == "asel") isa::set(row, rr::kAsel, event ? static_cast<unsigned>(isa::Selector::B0) : selector());
    else if (name == "bsel") isa::set(row, rr::kBsel, selector());
    else if (name == "pc") isa::set(row, rr::kPc, number(8));
    else if (name == "imm") isa::set(row, isa::lane_ri::kImm, event ? number(config_.event_ids + config_.event_ids / 16) : word());
    else if (name == "pb") isa::set(row, isa::lane_plog::kPb, number(8));
    else if (name == "tt") isa::set(row, isa::lane_plog::kTt, number(16));
    else if (name == "rd") {
      const unsigned r = reg();
      isa::set(row, rr::kRd, r);
      written.insert("r" + std::to_string(r));
    } else if (name == "pd") {
      const std::uint64_t p = number(8);
      isa::set(row, rr::kPd, p);
      written.insert("p" + std::to_string(p));
    } else if (name == "slot") {
      const std::uint64_t s = number(isa::kEventSlots);
      isa::set(row, isa::lane_event::kSlot, s);
      written.insert("e" + std::to_string(s));
    }
  }

  Row aluRow() {
    Written written;
    Row row{};
    if (!random_.oneIn(16)) row[0] = lane(lane0_, written);
    if (!random_.oneIn(8)) row[1] = lane(lane1_, written);
    return row;
  }

  const isa::InsnInfo& insn(std::string_view name) {
    for (const isa::InsnInfo& candidate : isa::kInsns)
      if (candidate.name == name) return candidate;
    std::abort();
  }

  // The first key word is a byte of a register, the others zero or the immediate: so some of the entries are hit.
  Row lookupRow(unsigned stage, unsigned number_of_row) {
    namespace f = isa::lookup_row;
    Row row = insn("LOOKUP").match;
    const auto table = static_cast<std::uint8_t>(options_.first_table + number_of_row);
    const std::uint32_t immediate = word();
    const std::uint64_t byte = 1 + number(4);
    isa::set(row, f::kK0, 1u << 8 | byte << 5 | operandReg());
    ExactKey key{};
    const std::array<isa::SlotInfo, 3> others{f::kK1, f::kK2, f::kK3};
    for (unsigned k = 0; k < 3; ++k)
      if (random_.oneIn(2)) {
        isa::set(row, others[k], 2u << 8);
        key[k + 1] = immediate;
      }
    isa::set(row, f::kImm, immediate);
    isa::set(row, f::kTable, table);
    isa::set(row, f::kRd, resultReg());
    isa::set(row, f::kDwe, number(2));
    isa::set(row, f::kPd, number(8));
    isa::set(row, f::kPwe, number(2));
    isa::set(row, f::kGuard, guard());
    isa::set(row, f::kDbase, number(256));
    std::set<std::uint32_t> chosen;
    while (chosen.size() < options_.entries_per_row) chosen.insert(static_cast<std::uint32_t>(number(256)));
    for (const std::uint32_t first : chosen) {
      key[0] = first;
      addEntry(stage, table, key);
    }
    return row;
  }

  // Small tables, and keys of one byte: places are wanted by many. Where entry words are small, times of different packets
  // are near each other, else entries are as often expired as not.
  Row learnRow() {
    namespace f = isa::learn_row;
    Row row = insn("LEARN").match;
    const unsigned size = static_cast<unsigned>(number(3));
    isa::set(row, f::kTable, number(config_.exact_rows / isa::kLearnUnit >> size) << size & 12);
    isa::set(row, f::kSize, size);
    isa::set(row, f::kMode, random_.oneIn(2) ? 3 : number(1 << f::kMode.width));
    isa::set(row, f::kNow, operandReg());
    isa::set(row, f::kByte, operandReg());
    isa::set(row, f::kK0, 1u << 8 | (1 + number(4)) << 5 | operandReg());
    const std::array<isa::SlotInfo, 3> others{f::kK1, f::kK2, f::kK3};
    for (const isa::SlotInfo& other : others)
      if (random_.oneIn(4)) isa::set(row, other, 1u << 8 | (1 + number(4)) << 5 | operandReg());
    isa::set(row, f::kImm, random_.oneIn(2) ? number(1 << 26) : number(std::uint64_t{1} << 31));
    isa::set(row, f::kRd, resultReg());
    isa::set(row, f::kDwe, number(2));
    isa::set(row, f::kPd, number(8));
    isa::set(row, f::kPwe, number(2));
    isa::set(row, f::kGuard, guard());
    return row;
  }

  // Takes the first free way; a key without one is left out.
  void addEntry(unsigned stage, std::uint8_t table, const ExactKey& key) {
    const std::uint64_t hash = exactHash(table, key);
    for (unsigned way = 0; way < isa::kExactWays; ++way) {
      const std::uint64_t row = hash >> (isa::kHashShift * way) & (config_.exact_rows - 1);
      if (!used_.insert({stage, way, static_cast<unsigned>(row)}).second) continue;
      program_.tables.push_back({NORMAN_REG_EXACT_DATA(0), key[0] | std::uint64_t{key[1]} << 32});
      program_.tables.push_back({NORMAN_REG_EXACT_DATA(1), key[2] | std::uint64_t{key[3]} << 32});
      const std::uint64_t rest = word() | number(256) << 32 | std::uint64_t{table} << 40 | std::uint64_t{1} << 48;
      program_.tables.push_back({NORMAN_REG_EXACT_DATA(2), rest});
      program_.tables.push_back({NORMAN_REG_EXACT_WRITE, stage | way << 8 | row << 16});
      return;
    }
  }

  // As a lookup; some of the ranges that its table is cut into have a result.
  Row prefixRow(unsigned number_of_row) {
    namespace f = isa::lookup_row;
    Row row = insn("PREFIX").match;
    const std::array<isa::SlotInfo, 4> keys{f::kK0, f::kK1, f::kK2, f::kK3};
    for (const isa::SlotInfo& key : keys) isa::set(row, key, operand());
    if (random_.oneIn(2)) isa::set(row, f::kK0, 1u << 8 | (1 + number(4)) << 5 | operandReg());
    isa::set(row, f::kImm, word());
    isa::set(row, f::kTable, prefixTable(number_of_row));
    isa::set(row, f::kRd, resultReg());
    isa::set(row, f::kDwe, number(2));
    isa::set(row, f::kPd, number(8));
    isa::set(row, f::kPwe, number(2));
    isa::set(row, f::kGuard, guard());
    isa::set(row, f::kDbase, number(256));
    return row;
  }

  // Near enough to the window's ends that bytes lie within and beyond.
  Row gatherRow() {
    namespace f = isa::gather_row;
    Row row = insn("GATHER").match;
    isa::set(row, f::kIndex, random_.oneIn(4) ? operand() : random_.oneIn(2) ? 0 : 1u << 8 | (1 + number(4)) << 5 | operandReg());
    isa::set(row, f::kImm, random_.oneIn(8) ? word() : number(140));
    isa::set(row, f::kBase, number(isa::kGatherBaseNames.size()));
    isa::set(row, f::kSize, number(isa::kGatherSizeNames.size()));
    isa::set(row, f::kRd, resultReg());
    isa::set(row, f::kDwe, number(2));
    isa::set(row, f::kPd, number(8));
    isa::set(row, f::kPwe, number(2));
    isa::set(row, f::kGuard, guard());
    return row;
  }

  std::uint32_t prefixTable(unsigned row) const { return options_.first_table + row + kSecondTables * options_.epoch; }

  // Four blocks of sixteen ranges for all rows of a stage. The tree's root divides the programs of both epochs, which have half
  // the slots and blocks of their own; so there is one separator for both of them, which both write.
  void prefixes(unsigned stage) {
    constexpr unsigned kBlocks = 4;
    const unsigned levels = config_.prefix_levels, half = options_.epoch;
    std::vector<std::array<std::uint32_t, 5>> places(kBlocks * isa::kPrefixBlockRanges);
    for (auto& place : places) {
      place = {prefixTable(static_cast<unsigned>(number(options_.rows_per_stage))), random_.oneIn(2) ? static_cast<std::uint32_t>(number(256)) : word(), 0, 0, 0};
      for (std::size_t w = 2; w < place.size(); ++w)
        if (random_.oneIn(4)) place[w] = word();
    }
    std::sort(places.begin(), places.end());
    const auto write = [&](unsigned memory, std::uint64_t address, const std::array<std::uint32_t, 5>& place, std::uint64_t rest) {
      program_.tables.push_back({NORMAN_REG_EXACT_DATA(0), place[1] | std::uint64_t{place[2]} << 32});
      program_.tables.push_back({NORMAN_REG_EXACT_DATA(1), place[3] | std::uint64_t{place[4]} << 32});
      program_.tables.push_back({NORMAN_REG_EXACT_DATA(2), rest | std::uint64_t{place[0]} << 40});
      program_.tables.push_back({NORMAN_REG_PREFIX_WRITE, stage | std::uint64_t{memory} << 8 | address << 16});
    };
    const auto result = [&] { return (random_.next() & 0xffffffffff) | (random_.oneIn(3) ? 0 : kValid); };
    // Thresholds n = 1, 2, 3 of the lowest two levels that are used: nodes of levels 1 and 2 in this program's half.
    write(NORMAN_PREFIX_MEMORY_SEPARATORS, 0, {kSecondTables, 0, 0, 0, 0}, kValid);
    for (unsigned block = 0; block < kBlocks; ++block) {
      const unsigned slot = (half << (levels - 1)) | (block << (levels - 3)), at = half * kBlocks + block;
      const auto* first = &places[block * isa::kPrefixBlockRanges];
      if (block == 2) write(NORMAN_PREFIX_MEMORY_SEPARATORS + 1, half, *first, kValid);
      if (block % 2 == 1) write(NORMAN_PREFIX_MEMORY_SEPARATORS + 2, 2 * half + block / 2, *first, kValid);
      write(NORMAN_PREFIX_MEMORY_SLOTS, slot, {0, 0, 0, 0, at}, result());
      for (unsigned range = 0; range < isa::kPrefixBlockRanges; ++range) {
        write(NORMAN_PREFIX_MEMORY_RESULTS, at * isa::kPrefixBlockRanges + range, {}, result());
        if (range == 0) continue;
        const auto zeros = static_cast<unsigned>(std::countr_zero(range));
        const unsigned level = isa::kPrefixBlockLevels - 1 - zeros;
        write(NORMAN_PREFIX_MEMORY_BOUNDARIES + level, at << level | range >> (zeros + 1), first[range], random_.oneIn(16) ? 0 : kValid);
      }
    }
  }

  // A few registers as key, and rules that look at few of their bits: so several match.
  Row ruleRow(unsigned stage, unsigned number_of_row) {
    namespace f = isa::rule_row;
    Row row = insn("RULE").match;
    const auto list = static_cast<std::uint8_t>(options_.first_table + number_of_row);
    const auto key = [&](const isa::SlotInfo& slot, unsigned word) {
      isa::set(row, slot, 1u << 8 | registerOfBank(word % isa::kRuleKeyBanks, isa::kRuleKeyBanks));
    };
    key(f::kK0, 0);
    key(f::kK4, 4);
    key(f::kK11, 11);
    if (random_.oneIn(2)) key(f::kK7, 7);
    if (random_.oneIn(2)) key(f::kK8, 8);
    if (random_.oneIn(2)) key(f::kK13, 13);
    isa::set(row, f::kTable, list);
    const unsigned rd = resultReg(), rc = resultReg();
    isa::set(row, f::kRd, rd);
    isa::set(row, f::kDwe, number(2));
    isa::set(row, f::kRc, rc);
    isa::set(row, f::kRce, rd == rc ? 0 : number(2));
    isa::set(row, f::kPd, number(8));
    isa::set(row, f::kPwe, number(2));
    isa::set(row, f::kGuard, guard());
    isa::set(row, f::kDbase, number(256));
    for (unsigned i = 0; i < 4; ++i) addRule(stage, list);
    return row;
  }

  // Rules lie in the leaves that the trees' roots name after a reset, one half of each for an epoch; what finds no room
  // there is left out.
  void addRule(unsigned stage, std::uint8_t list) {
    namespace e = isa::rule_entry;
    if (rules_of_stage_ == config_.rule_trees * kRulesOfTree) return;
    StagedRule entry{};
    for (const unsigned word : {0u, 4u, 11u})
      entry[word] = (random_.next() & 0xffffffff) | (random_.next() & random_.next() & random_.next() & 0xff) << 32;
    for (const unsigned word : {8u, 9u}) entry[word] = 0xffffffff00000000 | (random_.oneIn(4) ? number(4) : 0);
    isa::set(entry, e::kLabel, (number(isa::kRuleLabels) & ~std::uint64_t{31}) | rules_of_stage_);
    isa::set(entry, e::kList, list);
    isa::set(entry, e::kInvert, random_.oneIn(4) ? number(1 << 10) : 0);
    const bool terminal = rules_of_stage_ / kRulesOfTree != isa::kRuleContinuingTree || random_.oneIn(3);
    isa::set(entry, e::kTerminal, terminal);
    for (const isa::SlotInfo& slot : {e::kCounts, e::kLog, e::kCapture}) isa::set(entry, slot, number(2));
    isa::set(entry, e::kCarry, terminal ? 0 : number(2));
    isa::set(entry, e::kAction, number(256));
    isa::set(entry, e::kArgument, number(std::uint64_t{1} << 32));
    isa::set(entry, e::kEvent, number(config_.event_ids));
    for (std::uint32_t word = 0; word < entry.size(); ++word) program_.tables.push_back({NORMAN_REG_RULE_DATA(word), entry[word]});
    ruleCommand(stage, 3);
  }

  // Takes the next place, and says who sees what is staged there.
  void ruleCommand(unsigned stage, unsigned visible) {
    namespace c = isa::rule_command;
    std::array<std::uint64_t, 1> command{};
    isa::set(command, c::kStage, stage);
    isa::set(command, c::kTree, rules_of_stage_ / kRulesOfTree);
    isa::set(command, c::kPlace, options_.epoch * kRulesOfTree + rules_of_stage_ % kRulesOfTree);
    isa::set(command, c::kVisible, visible);
    program_.tables.push_back({NORMAN_REG_RULE_COMMAND, command[0]});
    ++rules_of_stage_;
  }

  Row stateRow() {
    namespace f = isa::state_row;
    Row row = insn("STATE").match;
    // A byte as index, of few words: packets that follow each other meet the same word often.
    const bool indexed = random_.oneIn(2);
    const std::uint64_t bound = indexed ? random_.pick(std::vector<std::uint64_t>{3, 15, 255}) : 0;
    isa::set(row, f::kIndex, indexed ? 1u << 8 | (1 + number(4)) << 5 | operandReg() : 0);
    isa::set(row, f::kBound, bound);
    isa::set(row, f::kBase, random_.oneIn(2) ? number(4) : number(config_.state_words - bound));
    isa::set(row, f::kF, number(isa::kStateOpNames.size()));
    isa::set(row, f::kG, number(isa::kStateOpNames.size()));
    isa::set(row, f::kRel, number(isa::kStateRelNames.size()));
    isa::set(row, f::kRet, number(isa::kStateRetNames.size()));
    const unsigned low = resultReg(), high = resultReg();
    isa::set(row, f::kRdlo, low);
    isa::set(row, f::kLowe, number(2));
    isa::set(row, f::kRdhi, high);
    isa::set(row, f::kHiwe, low == high ? 0 : number(2));
    isa::set(row, f::kPd, number(8));
    isa::set(row, f::kPwe, number(2));
    isa::set(row, f::kGuard, guard());
    isa::set(row, f::kImm, word());
    for (const isa::SlotInfo& slot : {f::kAlo, f::kAhi, f::kBlo, f::kBhi, f::kKlo, f::kKhi}) isa::set(row, slot, operand());
    return row;
  }

  Row withControl(Row row, unsigned stage, char kind) {
    namespace c = isa::control_word;
    const Place next = successor(stage), taken = successor(stage);
    isa::set(row, c::kNextStage, next.stage);
    isa::set(row, c::kNextRow, next.row);
    auto mode = static_cast<isa::BranchMode>(number(kind == 'E' || kind == 'R' || kind == 'L' ? 4 : kind == 'S' || kind == 'G' ? 3 : 2));
    isa::set(row, c::kBmode, static_cast<unsigned>(mode));
    if (mode == isa::BranchMode::Next || mode == isa::BranchMode::Dispatch) return row;
    isa::set(row, c::kTakenStage, taken.stage);
    isa::set(row, c::kTakenRow, taken.row);
    isa::set(row, c::kBneg, number(2));
    if (mode == isa::BranchMode::Pred) isa::set(row, c::kBp, number(8));
    return row;
  }

  void writeRow(unsigned stage, unsigned row, const Row& words) {
    for (unsigned w = 0; w < isa::kRowWords; ++w) program_.rows.push_back({NORMAN_REG_ROWS(options_.epoch, stage, row, w), words[w]});
  }

  void maps() {
    for (unsigned r = 0; r < config_.registers; ++r) {
      program_.rest.push_back({NORMAN_REG_ENTRY_MAP(options_.epoch, 0, r), number(16) | (random_.oneIn(8) ? 0 : 16)});
      program_.rest.push_back({NORMAN_REG_ENTRY_MAP(options_.epoch, 1, r), number(16) | (random_.oneIn(4) ? 16 : 0)});
    }
    for (unsigned target = 0; target < isa::kExitTargets; ++target) {
      const unsigned sel = isa::kExitTargetWidths[target] == 32 ? 0 : selector();
      program_.rest.push_back({NORMAN_REG_EXIT_MAP(options_.epoch, target), registerOfBank(target % isa::kExitBanks, isa::kExitBanks) | sel << 5});
    }
    program_.rest.push_back({NORMAN_REG_START(options_.epoch), number(options_.rows_per_stage) | (random_.next() & 0xffffffff00000000)});
  }

  const isa::ConfigInfo& config_;
  const RandomProgramOptions& options_;
  Random random_;
  RandomProgram program_;
  std::vector<const isa::InsnInfo*> lane0_, lane1_;
  std::set<std::array<unsigned, 3>> used_;
  unsigned rules_of_stage_ = 0;
};

}  // namespace

RandomProgram randomProgram(const isa::ConfigInfo& config, std::uint64_t seed, const RandomProgramOptions& options) {
  return Generator(config, seed, options).make();
}

void write(CoreDevice& core, const std::vector<RandomProgram::Write>& writes) {
  for (const auto& [address, value] : writes) core.write64(address, value);
}

void load(CoreDevice& core, const RandomProgram& program) {
  write(core, program.rows);
  write(core, program.tables);
  write(core, program.rest);
}

EntryWords randomEntryWords(Random& random) {
  EntryWords words;
  for (std::uint32_t& word : words) {
    const std::uint64_t bits = random.next();
    word = bits >> 63 ? static_cast<std::uint32_t>(bits) : static_cast<std::uint32_t>(bits & 0x03030303);
  }
  if (!random.oneIn(4)) words[isa::kWLength] = static_cast<std::uint32_t>(random.below(24) << 16 | random.below(60) << 24);
  words.window_bytes = static_cast<std::uint8_t>(random.oneIn(2) ? isa::kWindowBytes : random.below(isa::kWindowBytes + 1));
  for (std::size_t at = 0; at < words.window_bytes; ++at) words.window[at] = static_cast<std::uint8_t>(random.next());
  return words;
}

}  // namespace norman::test
