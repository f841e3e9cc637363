// learning_stage: keys are learned, found, expire and are refused, a packet a clock, while software reads, changes and deletes.
//
// The reference is written from spec/isa/Rows.td and takes one packet after the other. An access of software has a place in
// that order: the clock whose packet looked nothing up, which the answer's clock tells.
#include <bit>
#include <deque>
#include <map>
#include <optional>

#include "tests/rtl/stage_bench.h"

namespace norman::test {
namespace {

using Key = std::array<std::uint32_t, isa::kExactKeyWords>;

struct Entry {
  bool valid = false;
  unsigned table = 0, action = 0;
  std::uint32_t value = 0;
  Key key{};

  // As the staging registers hold it.
  std::array<std::uint64_t, 3> words() const {
    return {key[0] | std::uint64_t{key[1]} << 32, key[2] | std::uint64_t{key[3]} << 32,
            value | std::uint64_t{action} << 32 | std::uint64_t{table} << 40 | std::uint64_t{valid} << 48};
  }
  bool operator==(const Entry&) const = default;
};

// CRC-64/ECMA-182, bit by bit.
std::uint64_t hashOf(unsigned table, const Key& key) {
  std::uint64_t crc = 0;
  const auto feed = [&crc](std::uint32_t bits, int count) {
    for (int b = count - 1; b >= 0; --b) crc = crc << 1 ^ (((crc >> 63) ^ (bits >> b & 1)) != 0 ? 0x42f0e1eba9ea3693u : 0u);
  };
  feed(table, 8);
  for (const std::uint32_t word : key) feed(word, 32);
  return crc;
}

bool has(std::uint64_t mode, isa::LearnMode bit) { return (mode >> static_cast<unsigned>(bit) & 1) != 0; }

class LearningStageTest : public StageBench {
 protected:
  static constexpr std::uint64_t kLatency = 11;  // from the clock in which a slot is offered until it is seen, two of bench_top
  static constexpr unsigned kEntryRows = isa::kConfigs[0].exact_rows;
  static constexpr unsigned kTimeRegister = 15, kByteRegister = 14;
  struct Table {
    unsigned id, size;
  };
  // Two small ones, so that keys are refused often, and a larger one beside them.
  static constexpr std::array<Table, 3> kTables{{{0, 0}, {3, 0}, {8, 2}}};
  static constexpr unsigned kPlainTable = 200;   // of ordinary lookups: its entries lie beyond the learned tables

  struct Place {
    unsigned way, row;
    bool operator<(const Place& other) const { return std::tie(way, row) < std::tie(other.way, other.row); }
  };
  struct Result {
    bool hit = false, full = false, found_nothing = false;
    std::optional<std::uint32_t> value;          // goes to rd
    unsigned action = 0;
  };

  // mirror_t: valid, way, row, entry {valid, table, key word 3 to 0, action, value}, most significant first.
  static constexpr unsigned kMirrorWords = 6, kMirrorRowBits = std::bit_width(kEntryRows - 1);
  static std::array<std::uint32_t, kMirrorWords> mirrorOf(const Place& place, const Entry& entry) {
    std::array<std::uint32_t, kMirrorWords> words{};
    unsigned at = 0;
    const auto put = [&](std::uint64_t bits, unsigned count) {
      for (unsigned b = 0; b < count; ++b, ++at) words[at / 32] |= static_cast<std::uint32_t>(bits >> b & 1) << at % 32;
    };
    put(entry.value, 32);
    put(entry.action, 8);
    for (const std::uint32_t word : entry.key) put(word, 32);
    put(entry.table, 8);
    put(entry.valid, 1);
    put(place.row, kMirrorRowBits);
    put(place.way, 2);
    put(1, 1);
    return words;
  }
  bool mirrorValid() const { return (dut.learning_mirror_o[kMirrorWords - 1] >> (177 + kMirrorRowBits + 2) % 32 & 1) != 0; }
  std::array<std::uint32_t, kMirrorWords> mirrorNow() const {
    std::array<std::uint32_t, kMirrorWords> words;
    for (unsigned w = 0; w < kMirrorWords; ++w) words[w] = dut.learning_mirror_o[w];
    return words;
  }

  Row randomRow() {
    if (random.oneIn(12)) return withRandomSuccessor(Row{}, 3);
    if (random.oneIn(8)) {
      Row row = wide("LOOKUP", {});
      fill(row, isa::lookup_row::kSlots,
           {{"guard", randomGuard()}, {"pwe", random.below(2)}, {"pd", random.below(8)}, {"dwe", random.below(2)}, {"rd", random.below(isa::kResultRegisters)},
            {"table", kPlainTable}, {"k0", regOperand(0)}, {"dbase", random.below(100)}});
      return withRandomSuccessor(row, 4);
    }
    const Table table = random.pick(std::vector<Table>(kTables.begin(), kTables.end()));
    Row row = wide("LEARN", {});
    // Most rows insert and touch; the rest has every mode.
    const auto bit = [](isa::LearnMode mode) { return std::uint64_t{1} << static_cast<unsigned>(mode); };
    const std::uint64_t looks_up = (random.oneIn(4) ? bit(isa::LearnMode::Ever) : 0) | (random.oneIn(2) ? bit(isa::LearnMode::Byte) : 0);
    const std::uint64_t learns = random.oneIn(3) ? random.below(64) : 3 | (random.oneIn(2) ? bit(isa::LearnMode::Byte) : 0);
    const std::uint64_t mode = only_looks_up ? looks_up : learns;
    fill(row, isa::learn_row::kSlots,
         {{"guard", randomGuard()}, {"pwe", random.below(2)}, {"pd", random.below(8)}, {"dwe", !random.oneIn(4)}, {"rd", random.below(isa::kResultRegisters)},
          {"table", table.id}, {"size", table.size}, {"mode", mode}, {"now", kTimeRegister}, {"byte", kByteRegister}, {"k0", regOperand(random.oneIn(3) ? 1 : 0)},
          {"k1", random.oneIn(4) ? regOperand(2, isa::Selector::B0) : 0}, {"imm", random.pick(std::vector<std::uint64_t>{1, 10, 60, 300})}});
    return withRandomSuccessor(row, 3);
  }

  // The next packet: few keys, one often again; a time that goes on, past the wrap too, and seldom jumps.
  Slot nextSlot() {
    Slot slot = randomSlot({0});
    if (random.oneIn(3)) last_key = static_cast<std::uint32_t>(random.below(random.oneIn(2) ? 12 : 300));
    if (slot.valid) now += random.oneIn(8) ? static_cast<std::uint32_t>(random.below(4)) : 0;
    slot.registers[0] = slot.registers[1] = last_key;
    if (random.oneIn(4)) slot.registers[1] = static_cast<std::uint32_t>(random.below(12));
    slot.registers[2] = static_cast<std::uint32_t>(random.below(2));
    slot.registers[kByteRegister] = static_cast<std::uint32_t>(random.next());
    slot.registers[kTimeRegister] = random.oneIn(300) ? now + static_cast<std::uint32_t>(random.next()) : now;
    return slot;
  }

  bool looksUp(const Slot& slot) const {
    if (!mine(slot)) return false;
    const Row& row = rowOf(slot);
    return isa::get(row, isa::lookup_row::kOp) != 0 && guardHolds(static_cast<unsigned>(isa::get(row, isa::lookup_row::kGuard)), slot);
  }

  void write(const Place& place, const Entry& entry, bool share) {
    entries[place] = entry;
    written.back() = place;
    if (share) shared.push_back({place, entry});
  }

  Entry at(const Place& place) const {
    const auto found = entries.find(place);
    return found == entries.end() ? Entry{} : found->second;
  }

  // Carries one packet's lookup out.
  Result lookUp(const Slot& slot) {
    const Row& row = rowOf(slot);
    Key key{};
    const auto imm = static_cast<std::uint32_t>(isa::get(row, isa::learn_row::kImm));
    const isa::SlotInfo slots[] = {isa::learn_row::kK0, isa::learn_row::kK1, isa::learn_row::kK2, isa::learn_row::kK3};
    for (unsigned w = 0; w < key.size(); ++w) key[w] = operand(isa::get(row, slots[w]), imm, slot);
    const auto table = static_cast<unsigned>(isa::get(row, isa::learn_row::kTable));
    if (isa::get(row, isa::learn_row::kOp) == 1) {
      const std::uint64_t hash = hashOf(table, key);
      for (unsigned way = 0; way < isa::kExactWays; ++way) {
        const Entry entry = at({way, static_cast<unsigned>(hash >> (isa::kHashShift * way)) & (kEntryRows - 1)});
        if (entry.valid && entry.table == table && entry.key == key) return {.hit = true, .value = entry.value, .action = entry.action};
      }
      return {};
    }
    const std::uint64_t mode = isa::get(row, isa::learn_row::kMode), hash = hashOf(0, key);
    const unsigned rows = isa::kLearnUnit << isa::get(row, isa::learn_row::kSize);
    const std::uint32_t time = slot.registers.at(isa::get(row, isa::learn_row::kNow));
    const auto rowOfWay = [&](unsigned way) { return static_cast<unsigned>(hash >> (isa::kHashShift * way)) % rows; };
    const auto place = [&](unsigned way) { return Place{way, isa::kLearnUnit * table + rowOfWay(way)}; };
    const auto alive = [&](unsigned way) {
      const Entry entry = at(place(way));
      return entry.valid && (has(mode, isa::LearnMode::Ever) || (time - entry.value) >= 0x80000000);
    };
    for (unsigned way = 0; way < isa::kExactWays; ++way)
      for (const std::optional<Place>& other : written) close += other && other->way == way && other->row == place(way).row;
    const auto slotOf = [&](unsigned way) { return 4 * rowOfWay(way) + way; };
    const bool with_byte = has(mode, isa::LearnMode::Byte);
    const Entry mine{true, table, with_byte ? slot.registers.at(isa::get(row, isa::learn_row::kByte)) & 0xff : 0, time + imm, key};
    const bool share = has(mode, isa::LearnMode::Share);
    for (unsigned way = 0; way < isa::kExactWays; ++way) {
      const Entry entry = at(place(way));
      if (!alive(way) || entry.table != table || entry.key != key) continue;
      if (has(mode, isa::LearnMode::Touch)) write(place(way), mine, share);
      return {.hit = true, .value = with_byte ? entry.action : slotOf(way)};
    }
    const auto newSlot = [&](unsigned way) { return with_byte ? 0 : slotOf(way); };
    const std::uint32_t no_slot = with_byte ? 0 : 0xffffffff;
    if (!has(mode, isa::LearnMode::Insert)) return {.found_nothing = true, .value = no_slot};
    for (unsigned way = 0; way < isa::kExactWays; ++way) {
      if (alive(way)) continue;
      write(place(way), mine, share);
      return {.value = newSlot(way)};
    }
    if (!has(mode, isa::LearnMode::Replace)) return {.full = true, .value = no_slot};
    write(place(time & 3), mine, share);
    return {.value = newSlot(time & 3)};
  }

  // The slot after the stage.
  Slot leave(const Slot& before, const Result& result) const {
    Slot after = before;
    if (!mine(before)) return after;
    const Row& row = rowOf(before);
    // A learning lookup does not dispatch, and has its byte's register where others have the base.
    const bool learns = isa::get(row, isa::lookup_row::kOp) != 1;
    const std::uint64_t entry = learns ? 0 : isa::get(row, isa::lookup_row::kDbase) + result.action;
    const auto place = successor(row, before, result.hit, dispatch[before.epoch].at(entry));
    after.stage = place.stage;
    after.row = place.row;
    if (!looksUp(before)) return after;
    if (result.value && isa::get(row, isa::lookup_row::kDwe) != 0) after.registers.at(isa::get(row, isa::lookup_row::kRd)) = *result.value;
    if (isa::get(row, isa::lookup_row::kPwe) != 0) after.setPred(static_cast<unsigned>(isa::get(row, isa::lookup_row::kPd)), result.hit);
    return after;
  }
  void expectLeft(const Slot& slot) const {
    EXPECT_EQ(dut.learning_stage_o, slot.stage);
    EXPECT_EQ(dut.learning_row_o, slot.row);
    EXPECT_EQ(dut.learning_epoch_o, slot.epoch);
    EXPECT_EQ(dut.learning_pred_o, slot.predicates);
    for (unsigned r = 0; r < 24; ++r) EXPECT_EQ(dut.learning_registers_o[r], slot.registers[r]) << "register " << r;
  }

  // Written before packets flow.
  void writeEntry(const Place& place, const Entry& entry) {
    for (unsigned w = 0; w < 3; ++w) {
      configure(Staging, 0, w, entry.words()[w]);
      clock();
    }
    configure(ExactWrite, place.row, place.way, 0, true);
    clock();
    dut.cfg_valid_i = 0;
    for (int i = 0; i < 12; ++i) clock();
    entries[place] = entry;
  }

  std::map<Place, Entry> entries;
  std::deque<std::optional<Place>> written = std::deque<std::optional<Place>>(4);   // by the last slots, this one included
  std::deque<std::pair<Place, Entry>> shared;      // written and to be shown to the other core
  bool only_looks_up = false;
  std::uint64_t close = 0;                         // places that one of the three slots before has just written
  std::array<std::array<norman::test::Place, 256>, isa::kEpochs> dispatch{};
  std::uint32_t last_key = 0, now = 0xfffff000;
};

// What software asks for, one after the other, and where in the order of slots it took effect.
struct Access {
  enum Kind { kWrite, kChange, kRead } kind = kWrite;
  unsigned way = 0, row = 0;
  Entry entry;              // staged, or read
  unsigned step = 0;        // clocks since it began
  unsigned words = 0;       // of the answer to a read
  std::uint64_t slot = 0;   // known when it is answered
  bool answered = false;
};

TEST_P(LearningStageTest, packets_and_software_see_each_other_in_order) {
  loadRows([this] { return randomRow(); });
  for (unsigned epoch = 0; epoch < isa::kEpochs; ++epoch)
    for (unsigned i = 0; i < 256; ++i) {
      dispatch[epoch][i] = {static_cast<std::uint8_t>(random.below(64)), static_cast<std::uint8_t>(random.below(256))};
      configure(Dispatch, i, 0, dispatch[epoch][i].row | std::uint64_t{dispatch[epoch][i].stage} << 8, true, epoch);
      clock();
    }
  dut.cfg_valid_i = 0;
  offer(Slot{});
  for (std::uint32_t number = 0; number < 12; ++number) {
    const Key key{number, 0, 0, 0};
    const std::uint64_t hash = hashOf(kPlainTable, key);
    for (unsigned way = 0; way < isa::kExactWays; ++way) {
      const unsigned row = static_cast<unsigned>(hash >> (isa::kHashShift * way)) & (kEntryRows - 1);
      if (row < 512 || entries.contains({way, row})) continue;
      writeEntry({way, row}, {true, kPlainTable, static_cast<unsigned>(random.below(100)), static_cast<std::uint32_t>(random.next()), key});
      break;
    }
  }

  std::deque<Slot> inside;
  std::deque<std::array<std::uint32_t, kMirrorWords>> mirrored;
  std::uint64_t shares = 0;
  std::deque<std::pair<Place, Entry>> before;     // what a read would have found after each of the last slots
  std::optional<Access> access;
  std::uint64_t offered = 0, left = 0, full_seen = 0, full_expected = 0;
  std::uint64_t found = 0, taken = 0, nothing = 0, hits = 0, changes = 0, deletions = 0, reads = 0;
  for (int i = 0; i < 200000; ++i) {
    dut.cfg_valid_i = 0;
    if (!access && random.oneIn(8)) {
      access.emplace();
      access->kind = static_cast<Access::Kind>(random.below(3));
      const Table table = random.pick(std::vector<Table>(kTables.begin(), kTables.end()));
      access->way = static_cast<unsigned>(random.below(isa::kExactWays));
      access->row = isa::kLearnUnit * table.id + static_cast<unsigned>(random.below(isa::kLearnUnit << table.size));
      // Mostly what is there now, or just was: an entry to change or to delete.
      access->entry = at({access->way, access->row});
      if (access->kind == Access::kWrite || random.oneIn(4)) access->entry.key[0] = static_cast<std::uint32_t>(random.below(300));
      access->entry.table = table.id;
      access->entry.value = now + static_cast<std::uint32_t>(random.below(100));
      access->entry.action = static_cast<unsigned>(random.below(256));
      access->entry.valid = random.oneIn(4);
    }
    if (access && !access->answered) {
      if (access->step < 3) {
        if (access->kind != Access::kRead) configure(Staging, 0, access->step, access->entry.words()[access->step]);
      } else if (access->step == 3) {
        configure(access->kind == Access::kRead ? ExactRead : ExactWrite, access->row, access->way, 0, access->kind == Access::kWrite);
      }
      ++access->step;
      ASSERT_LT(access->step, 120u) << "an access is done in the first free clock";
    }

    // The register map asks for a bubble if an access finds no free clock.
    Slot slot = nextSlot();
    if (access && !access->answered && access->step > 70) slot.valid = false;
    offer(slot);
    inside.push_back(slot);
    ++offered;
    clock();

    full_seen += dut.learning_full_o;
    // It comes when its packet is still inside: compared when that has left.
    if (mirrorValid()) mirrored.push_back(mirrorNow());
    if (dut.learning_rsp_valid_o) {
      ASSERT_TRUE(access && !access->answered);
      if (access->kind == Access::kRead) {
        ASSERT_EQ(dut.learning_rsp_word_o, access->words);
        if (access->words == 0) access->entry.key[0] = static_cast<std::uint32_t>(dut.learning_rsp_data_o), access->entry.key[1] = dut.learning_rsp_data_o >> 32;
        if (access->words == 1) access->entry.key[2] = static_cast<std::uint32_t>(dut.learning_rsp_data_o), access->entry.key[3] = dut.learning_rsp_data_o >> 32;
        if (access->words == 2) {
          access->entry.value = static_cast<std::uint32_t>(dut.learning_rsp_data_o);
          access->entry.action = dut.learning_rsp_data_o >> 32 & 0xff;
          access->entry.table = dut.learning_rsp_data_o >> 40 & 0xff;
          access->entry.valid = (dut.learning_rsp_data_o >> 48 & 1) != 0;
        }
        access->answered = ++access->words == 3;
      } else {
        ASSERT_EQ(dut.learning_rsp_word_o, 0u);
        access->answered = true;
      }
      // From T1 to the answer five clocks, to the last word of one that reads seven; a slot is offered three before T1.
      if (access->answered) access->slot = offered - (access->kind == Access::kRead ? 10 : 8);
    }

    if (inside.size() <= kLatency) continue;
    const Slot packet = inside.front();
    inside.pop_front();
    const bool looks_up = looksUp(packet);
    if (access && access->answered && access->slot == left) {
      ASSERT_FALSE(looks_up) << "an access takes a free slot";
      const Place place{access->way, access->row};
      if (access->kind == Access::kWrite) entries[place] = access->entry;
      if (access->kind == Access::kChange) {
        const Entry old = at(place);
        if (old.valid && old.table == access->entry.table && old.key == access->entry.key) {
          entries[place] = access->entry;
          ++(access->entry.valid ? changes : deletions);
        }
      }
      if (access->kind == Access::kRead) {
        bool possible = false;
        for (const auto& [where, entry] : before) possible |= !(where < place) && !(place < where) && (entry == access->entry || (!entry.valid && !access->entry.valid));
        EXPECT_TRUE(possible) << "clock " << i << ", seed " << seed();
        ++reads;
      }
      access.reset();
    }
    written.pop_front();
    written.emplace_back();
    const Result result = looks_up ? lookUp(packet) : Result{};
    full_expected += result.full;
    ASSERT_EQ(dut.learning_valid_o, packet.valid);
    if (packet.valid) expectLeft(leave(packet, result));
    for (; !shared.empty(); shared.pop_front(), ++shares) {
      ASSERT_FALSE(mirrored.empty()) << "an entry was not shared; clock " << i << ", seed " << seed();
      ASSERT_EQ(mirrored.front(), mirrorOf(shared.front().first, shared.front().second)) << "clock " << i << ", seed " << seed();
      mirrored.pop_front();
    }
    ASSERT_FALSE(HasFailure()) << "clock " << i << ", seed " << seed();
    if (looks_up && isa::get(rowOf(packet), isa::lookup_row::kOp) == 1) hits += result.hit;
    else if (looks_up) ++(result.hit ? found : result.found_nothing || result.full ? nothing : taken);
    if (access) before.push_back({{access->way, access->row}, at({access->way, access->row})});
    while (before.size() > 4) before.pop_front();
    ++left;
  }
  // The last refusals are seen before their packets have left.
  EXPECT_GE(full_seen, full_expected);
  EXPECT_LE(full_seen, full_expected + kLatency);
  const unsigned share = 100 - GetParam();   // of slots with packets, in percent
  EXPECT_GT(full_expected, share);
  EXPECT_GT(found, 200u * share);
  EXPECT_GT(taken, 200u * share);
  EXPECT_GT(nothing, 40u * share);
  EXPECT_GT(close, share * share / 2);
  EXPECT_GT(hits, share);
  EXPECT_GT(changes, 20u);
  EXPECT_GT(deletions, 50u);
  EXPECT_GT(reads, 500u);
}

// What comes from the other core is there a fixed time later, and lost and counted if the stage writes to that way itself.
TEST_P(LearningStageTest, takes_the_other_cores_entries) {
  constexpr std::uint64_t kAhead = 3;  // slots offered before the entry that are behind it at the memory
  constexpr std::uint64_t kSameClock = 6;  // slots before it that write when it does
  only_looks_up = true;
  loadRows([this] { return randomRow(); });
  offer(Slot{});
  std::deque<Slot> inside;
  struct Coming {
    std::uint64_t slot;
    Place place;
    Entry entry;
  };
  std::deque<Coming> coming;
  std::deque<std::pair<std::uint64_t, Place>> written_by_software;  // by which slot
  Access access;
  bool accessing = false;
  std::uint64_t offered = 0, left = 0, found = 0, nothing = 0, lost = 0, lost_seen = 0;
  for (int i = 0; i < 100000; ++i) {
    dut.cfg_valid_i = 0;
    if (!accessing) {
      access = Access{};
      accessing = true;
      const Table table = random.pick(std::vector<Table>(kTables.begin(), kTables.end()));
      access.way = static_cast<unsigned>(random.below(isa::kExactWays));
      access.row = isa::kLearnUnit * table.id + static_cast<unsigned>(random.below(isa::kLearnUnit << table.size));
    }
    if (access.step < 4 && !access.answered) {
      if (access.step < 3) configure(Staging, 0, access.step, access.entry.words()[access.step]);
      else configure(ExactWrite, access.row, access.way, 0, true);
      ++access.step;
    }
    const Slot slot = nextSlot();
    offer(slot);
    inside.push_back(slot);
    std::fill_n(&dut.learning_mirror_i[0], kMirrorWords, 0);
    if (random.oneIn(2)) {
      // A key of the traffic, in one of its places.
      const Table table = random.pick(std::vector<Table>(kTables.begin(), kTables.end()));
      const Key key{static_cast<std::uint32_t>(random.below(random.oneIn(2) ? 12 : 300)), static_cast<std::uint32_t>(random.below(2)), 0, 0};
      const auto way = static_cast<unsigned>(random.below(isa::kExactWays));
      const unsigned rows = isa::kLearnUnit << table.size;
      const Place place{way, isa::kLearnUnit * table.id + static_cast<unsigned>(hashOf(0, key) >> (isa::kHashShift * way)) % rows};
      const Entry entry{!random.oneIn(4), table.id, static_cast<unsigned>(random.below(256)), now + static_cast<std::uint32_t>(random.below(40)), key};
      const auto words = mirrorOf(place, entry);
      std::copy(words.begin(), words.end(), &dut.learning_mirror_i[0]);
      coming.push_back({offered, place, entry});
    }
    ++offered;
    clock();
    lost_seen += dut.learning_full_o;
    if (dut.learning_rsp_valid_o) {
      ASSERT_FALSE(access.answered);
      access.answered = true;
      access.slot = offered - 8;
    }
    if (inside.size() <= kLatency) continue;
    const Slot packet = inside.front();
    inside.pop_front();
    if (accessing && access.answered && access.slot == left) {
      entries[{access.way, access.row}] = access.entry;
      written_by_software.emplace_back(left, Place{access.way, access.row});
      accessing = false;
    }
    while (!coming.empty() && coming.front().slot < left + kAhead) {
      const Coming& now_there = coming.front();
      bool is_lost = false, overwritten = false;
      for (const auto& [slot_of_write, place] : written_by_software) {
        is_lost |= slot_of_write + kSameClock == now_there.slot && place.way == now_there.place.way;
        overwritten |= slot_of_write + kSameClock > now_there.slot && place.way == now_there.place.way && place.row == now_there.place.row;
      }
      if (is_lost) ++lost;
      else if (!overwritten) entries[now_there.place] = now_there.entry;
      coming.pop_front();
    }
    while (!written_by_software.empty() && written_by_software.front().first + 16 < left) written_by_software.pop_front();
    written.pop_front();
    written.emplace_back();
    const bool looks_up = looksUp(packet);
    const Result result = looks_up ? lookUp(packet) : Result{};
    ASSERT_EQ(dut.learning_valid_o, packet.valid);
    if (packet.valid) expectLeft(leave(packet, result));
    ASSERT_FALSE(HasFailure()) << "clock " << i << ", seed " << seed();
    if (looks_up) ++(result.hit ? found : nothing);
    ++left;
  }
  // One may be on its way out.
  EXPECT_GE(lost_seen, lost);
  EXPECT_LE(lost_seen, lost + 1);
  EXPECT_GT(lost, 100u);
  const unsigned share = 100 - GetParam();
  EXPECT_GT(found, 20u * share);
  EXPECT_GT(nothing, 20u * share);
}

INSTANTIATE_TEST_SUITE_P(Idles, LearningStageTest, ::testing::Values(0u, 30u, 80u));

}  // namespace
}  // namespace norman::test
