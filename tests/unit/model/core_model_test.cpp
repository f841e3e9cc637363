// The architectural core: register map, rows, taps, tables, state, events, epochs.
#include "overlay_rtl/model/core_model.h"

#include <gtest/gtest.h>

#include "norman/spec/norman_hw.h"
#include "tests/unit/model/row_builder.h"

namespace norman {
namespace {

using namespace test;  // NOLINT: the builder's names read as assembly

constexpr Place kExit{};

class CoreModelTest : public ::testing::Test {
 protected:
  CoreModelTest() { write(NORMAN_REG_START(0), start({0, 0})); }

  static std::uint64_t start(Place place, std::uint32_t verdict = std::uint32_t{isa::kNoRule} << 16) {
    return std::uint64_t{verdict} << 32 | std::uint64_t{place.stage} << 8 | place.row;
  }
  void write(std::uint32_t address, std::uint64_t value) { core_.write64(address, value); }
  std::uint64_t read(std::uint32_t address) { return core_.read64(address); }
  void load(Place place, const Row& row, unsigned epoch = 0) {
    for (unsigned w = 0; w < 4; ++w) write(NORMAN_REG_ROWS(epoch, place.stage, place.row, w), row[w]);
  }
  void enter(unsigned reg, unsigned word, unsigned tap = 0, unsigned epoch = 0) {
    ASSERT_EQ(word % isa::kEntryBanks, reg % isa::kEntryBanks);
    write(NORMAN_REG_ENTRY_MAP(epoch, tap, reg), 16u | word / isa::kEntryBanks);
  }
  void leave(unsigned target, unsigned reg, isa::Selector sel = isa::Selector::W, unsigned epoch = 0) {
    write(NORMAN_REG_EXIT_MAP(epoch, target), reg | static_cast<unsigned>(sel) << 5);
  }
  ExitRecord run(const EntryWords& words = {}) { return core_.process(std::span(&words, 1)).at(0); }
  unsigned stageOf(char kind, unsigned nth = 0) const {
    for (unsigned s = 0; s < config_.stages.size(); ++s)
      if (config_.stages[s] == kind && nth-- == 0) return s;
    ADD_FAILURE() << "no stage of kind " << kind;
    return 0;
  }
  // Runs one lane operation on r0 = a, r1 = b, p0 = carry and gives r2 and p1 as it left them.
  struct Outcome {
    std::uint32_t rd;
    bool pd;
  };
  Outcome operate(std::string_view name, std::uint32_t a, std::uint32_t b, bool carry, Slots more) {
    std::vector<std::pair<std::string_view, std::uint64_t>> slots;
    load({0, 0}, alu(lane("MOVi", {{"rd", 0}, {"imm", a}}), lane("MOVi", {{"rd", 1}, {"imm", b}}), {1, 0}));
    load({1, 0}, alu(lane("MOVi", {{"rd", 2}, {"imm", 0x5eed}}), lane("PLOG", {{"pd", 0}, {"tt", carry ? 15u : 0u}}), {3, 0}));
    std::uint64_t word = lane(name, more);
    load({3, 0}, alu(word));
    std::vector<TraceRow> trace;
    core_.setTrace(&trace);
    run();
    core_.setTrace(nullptr);
    EXPECT_EQ(trace.size(), 3u);
    return {trace.back().registers[2], (trace.back().predicates & 2) != 0};
  }

  const isa::ConfigInfo& config_ = isa::kConfigs[0];
  CoreModel core_{config_};
};

TEST_F(CoreModelTest, capability_registers_say_what_is_built) {
  EXPECT_EQ(read(NORMAN_REG_CAP_MAGIC), 0x4e4f524d414e0001u);
  EXPECT_EQ(read(NORMAN_REG_CAP_STAGES), config_.stages.size());
  EXPECT_EQ(read(NORMAN_REG_CAP_EVENT_IDS), config_.event_ids);
  std::string text;
  for (unsigned chunk = 0; chunk < 8; ++chunk)
    for (unsigned i = 0; i < 8; ++i)
      if (const char c = static_cast<char>(read(NORMAN_REG_CAP_STRING(chunk)) >> (8 * i)); c != 0) text.push_back(c);
  EXPECT_EQ(text, config_.stages);
}

TEST_F(CoreModelTest, passes_everything_after_reset) {
  CoreModel fresh(config_);
  const EntryWords words{};
  EXPECT_EQ(fresh.process(std::span(&words, 1)).at(0), ExitRecord{});
}

TEST_F(CoreModelTest, counts_refused_writes) {
  write(0x0, 1);                                      // read-only
  write(0x104, 1);                                    // not aligned
  write(NORMAN_REG_STATE_WORDS(0, 0), 1);             // stage 0 has no state
  write(NORMAN_REG_ROWS(0, 63, 0, 0), 1);             // no such stage
  write(NORMAN_REG_ENTRY_MAP(0, 0, 31), 1);           // no such register
  write(NORMAN_REG_EVENTS(0, config_.event_ids, 0), 1);
  write(0xfffff8, 1);
  EXPECT_EQ(read(NORMAN_REG_BAD_ACCESS), 7u);
  EXPECT_EQ(read(0xfffff8), 0u);
  EXPECT_EQ(read(NORMAN_REG_ROWS(0, 0, 0, 0)), 0u);
}

TEST_F(CoreModelTest, loads_registers_at_both_taps) {
  enter(12, isa::kWAck);           // 27 mod 3 == 0
  enter(12, isa::kWL3 - 2, 1);     // word 18
  enter(7, isa::kWSrc1);
  enter(7, isa::kWL3 - 1, 1);      // without effect: the second tap loads the upper half
  leave(0, 12);
  leave(1, 7);
  load({0, 0}, alu(lane("ACT", {{"imm", 3}}), 0, {1, 0}));
  load({1, 0}, alu(0));
  EntryWords words{};
  words[isa::kWAck] = 0x11;
  words[18] = 0x22;
  words[isa::kWSrc1] = 0x33;
  std::vector<TraceRow> trace;
  core_.setTrace(&trace);
  const ExitRecord record = run(words);
  ASSERT_EQ(trace.size(), 2u);
  EXPECT_EQ(trace[1].registers[12], 0x11u) << "before the second tap";
  EXPECT_EQ(record.targets[0], 0x22u) << "the second tap loads packets that skip its place too";
  EXPECT_EQ(record.targets[1], 0x33u);
  EXPECT_EQ(record.targets[2], 0u);
}

TEST_F(CoreModelTest, adds_and_subtracts_with_carry) {
  const Slots registers = {{"rd", 2}, {"ra", 0}, {"rb", 1}};
  EXPECT_EQ(operate("ADDrr", 0xffffffff, 2, false, registers).rd, 1u);
  const Slots carry = {{"rd", 2}, {"pd", 1}, {"ra", 0}, {"rb", 1}};
  Outcome out = operate("ADDCrr", 0xffffffff, 1, false, carry);
  EXPECT_EQ(out.rd, 0u);
  EXPECT_TRUE(out.pd);
  out = operate("ADDErr", 0xfffffffe, 1, true, carry);
  EXPECT_EQ(out.rd, 0u);
  EXPECT_TRUE(out.pd);
  out = operate("SUBErr", 5, 5, true, carry);
  EXPECT_EQ(out.rd, 0xffffffffu);
  EXPECT_TRUE(out.pd);
  out = operate("SUBCrr", 6, 5, true, carry);
  EXPECT_EQ(out.rd, 1u);
  EXPECT_FALSE(out.pd);
}

TEST_F(CoreModelTest, shifts_multiplies_and_selects) {
  const Slots registers = {{"rd", 2}, {"ra", 0}, {"rb", 1}};
  EXPECT_EQ(operate("SHLrr", 1, 33, false, registers).rd, 2u);
  EXPECT_EQ(operate("SARrr", 0x80000000, 31, false, registers).rd, 0xffffffffu);
  EXPECT_EQ(operate("MUL16rr", 0x1ffff, 0x3ffff, false, registers).rd, 0xfffe0001u);
  EXPECT_EQ(operate("SELrr", 7, 9, true, {{"rd", 2}, {"ra", 0}, {"rb", 1}, {"pc", 0}}).rd, 7u);
  EXPECT_EQ(operate("SELrr", 7, 9, false, {{"rd", 2}, {"ra", 0}, {"rb", 1}, {"pc", 0}}).rd, 9u);
  EXPECT_EQ(operate("ADDrr", 0x11223344, 0xaabbccdd, false, {{"rd", 2}, {"ra", 0}, {"asel", 3}, {"rb", 1}, {"bsel", 6}}).rd, 0x22u + 0xaabbu);
}

TEST_F(CoreModelTest, compares_and_combines) {
  const Slots registers = {{"pd", 1}, {"ra", 0}, {"rb", 1}, {"pc", 0}};
  EXPECT_TRUE(operate("CMPLTUrr", 1, 2, false, {{"pd", 1}, {"ra", 0}, {"rb", 1}}).pd);
  EXPECT_FALSE(operate("CMPLTSrr", 1, 0xffffffff, false, {{"pd", 1}, {"ra", 0}, {"rb", 1}}).pd);
  EXPECT_FALSE(operate("CMPEQ_andrr", 2, 2, false, registers).pd);
  EXPECT_TRUE(operate("CMPEQ_orrr", 1, 2, true, registers).pd);
  EXPECT_TRUE(operate("CMPLTU_chainrr", 2, 2, true, registers).pd);
  EXPECT_FALSE(operate("CMPLTU_chainrr", 3, 2, true, registers).pd);
  EXPECT_TRUE(operate("TSTri", 6, 0, false, {{"pd", 1}, {"ra", 0}, {"imm", 2}}).pd);
}

TEST_F(CoreModelTest, guards_keep_an_operation_from_taking_place) {
  EXPECT_EQ(operate("ADDrr", 1, 2, false, {{"rd", 2}, {"ra", 0}, {"rb", 1}, {"guard", guardOn(0)}}).rd, 0x5eedu);
  EXPECT_EQ(operate("ADDrr", 1, 2, false, {{"rd", 2}, {"ra", 0}, {"rb", 1}, {"guard", guardOn(0, true)}}).rd, 3u);
}

TEST_F(CoreModelTest, reads_of_a_row_come_before_its_writes) {
  load({0, 0}, alu(lane("MOVi", {{"rd", 0}, {"imm", 1}}), lane("MOVi", {{"rd", 1}, {"imm", 2}}), {1, 0}));
  load({1, 0}, alu(lane("MOVr", {{"rd", 0}, {"rb", 1}}), lane("MOVr", {{"rd", 1}, {"rb", 0}}), {3, 0}));
  // The branch sees p0 as it was before this row.
  load({3, 0}, withBranch(alu(lane("PLOG", {{"pd", 0}, {"tt", 15}}), 0, {4, 0}), isa::BranchMode::Pred, {4, 1}));
  load({4, 0}, alu(lane("VERDICT", {{"imm", 1}})));
  std::vector<TraceRow> trace;
  core_.setTrace(&trace);
  EXPECT_EQ(run().verdict_word, 1u);
  EXPECT_EQ(trace[1].registers[0], 2u);
  EXPECT_EQ(trace[1].registers[1], 1u);
}

TEST_F(CoreModelTest, lookup_hits_dispatches_and_misses) {
  const auto stage = static_cast<std::uint8_t>(stageOf('E'));
  const ExactKey key{0xc0a80001, 2, 3, 0};
  const std::uint64_t hash = exactHash(7, key);
  const std::uint32_t way = 2;
  const std::uint32_t row = static_cast<std::uint32_t>(hash >> 32) & (config_.exact_rows - 1);
  write(NORMAN_REG_EXACT_DATA(0), key[0] | std::uint64_t{key[1]} << 32);
  write(NORMAN_REG_EXACT_DATA(1), key[2] | std::uint64_t{key[3]} << 32);
  write(NORMAN_REG_EXACT_DATA(2), 0xabcdu | std::uint64_t{5} << 32 | std::uint64_t{7} << 40 | std::uint64_t{1} << 48);
  write(NORMAN_REG_EXACT_WRITE, stage | way << 8 | row << 16);
  write(NORMAN_REG_EXACT_DATA(2), 0);
  write(NORMAN_REG_EXACT_READ, stage | way << 8 | row << 16);
  EXPECT_EQ(read(NORMAN_REG_EXACT_DATA(2)) & 0xffffffff, 0xabcdu);

  enter(0, isa::kWSrc0);
  enter(2, isa::kWMark);
  write(NORMAN_REG_DISPATCH(0, stage, 20 + 5), 9u | 6u << 8);
  load({0, 0}, alu(0, 0, {stage, 0}));
  load({stage, 0}, withBranch(wide("LOOKUP", {{"table", 7}, {"k0", regOperand(0)}, {"k1", kImmOperand}, {"k2", regOperand(2, isa::Selector::B0)}, {"imm", 2},
                                              {"dwe", 1}, {"rd", 8}, {"pwe", 1}, {"pd", 6}, {"dbase", 20}}, {4, 0}),
                              isa::BranchMode::Dispatch, {}));
  load({4, 0}, alu(lane("VERDICT", {{"imm", 1}})));
  load({6, 9}, alu(lane("VERDICTr", {{"rb", 8}}), 0, kExit));
  EntryWords words{};
  words[isa::kWSrc0] = 0xc0a80001;
  words[isa::kWMark] = 0xff03;
  std::vector<TraceRow> trace;
  core_.setTrace(&trace);
  EXPECT_EQ(run(words).verdict_word, 0xabcdu);
  EXPECT_EQ(trace.back().predicates, 1u << 6);
  words[isa::kWMark] = 4;
  EXPECT_EQ(run(words).verdict_word, 1u);
  EXPECT_EQ(trace.back().predicates, 0u);
}

TEST_F(CoreModelTest, state_steps_meter_like_the_generic_cell_rate_algorithm) {
  const auto stage = static_cast<std::uint8_t>(stageOf('S'));
  // T <= now + tolerance ? max(T, now) + cost : T, with k = now + tolerance, a = cost, b = now
  enter(0, isa::kWTimeLo);
  enter(1, isa::kWTimeHi);
  load({0, 0}, alu(lane("ADDri", {{"rd", 2}, {"ra", 0}, {"imm", 100}}), 0, {stage, 0}));
  load({stage, 0}, withBranch(wide("STATE", {{"base", 17}, {"bound", 0}, {"rel", 7}, {"f", 8}, {"g", 0}, {"alo", kImmOperand}, {"imm", 60},
                                             {"blo", regOperand(0)}, {"bhi", regOperand(1)}, {"klo", regOperand(2)}, {"khi", regOperand(1)},
                                             {"ret", 2}, {"lowe", 1}, {"rdlo", 5}, {"hiwe", 1}, {"rdhi", 6}, {"pwe", 1}, {"pd", 3}},
                                   {static_cast<std::uint8_t>(stage + 2), 0}),
                              isa::BranchMode::Own, kExit));
  ASSERT_EQ(config_.stages[stage + 2], 'A');
  load({static_cast<std::uint8_t>(stage + 2), 0}, alu(lane("VERDICT", {{"imm", 1}})));
  EntryWords words{};
  words[isa::kWTimeLo] = 1000;
  std::vector<unsigned> verdicts;
  for (int i = 0; i < 4; ++i) verdicts.push_back(run(words).verdict_word & 7);
  EXPECT_EQ(verdicts, (std::vector<unsigned>{0, 0, 1, 1}));
  EXPECT_EQ(read(NORMAN_REG_STATE_WORDS(stage, 17)), 1120u);
  words[isa::kWTimeHi] = 1;
  EXPECT_EQ(run(words).verdict_word & 7, 0u);
  EXPECT_EQ(read(NORMAN_REG_STATE_WORDS(stage, 17)), (std::uint64_t{1} << 32) + 1060);
}

TEST_F(CoreModelTest, a_state_index_above_its_bound_is_no_step) {
  const auto stage = static_cast<std::uint8_t>(stageOf('S'));
  enter(0, isa::kWSrc0);
  load({0, 0}, alu(lane("PLOG", {{"pd", 3}, {"tt", 15}}), lane("MOVi", {{"rd", 5}, {"imm", 77}}), {stage, 0}));
  load({stage, 0}, wide("STATE", {{"base", 8}, {"bound", 3}, {"index", regOperand(0)}, {"rel", 1}, {"f", 2}, {"alo", kImmOperand}, {"imm", 1},
                                  {"ret", 1}, {"lowe", 1}, {"rdlo", 5}, {"pwe", 1}, {"pd", 3}}));
  std::vector<TraceRow> trace;
  core_.setTrace(&trace);
  EntryWords words{};
  words[isa::kWSrc0] = 3;
  run(words);
  EXPECT_EQ(trace.back().registers[5], 0u);
  EXPECT_EQ(trace.back().predicates, 8u);
  EXPECT_EQ(read(NORMAN_REG_STATE_WORDS(stage, 11)), 1u);
  words[isa::kWSrc0] = 4;
  run(words);
  EXPECT_EQ(trace.back().registers[5], 77u);
  EXPECT_EQ(trace.back().predicates, 0u);
  EXPECT_EQ(read(NORMAN_REG_BAD_INDEX), 1u);
  EXPECT_EQ(read(NORMAN_REG_STATE_WORDS(stage, 12)), 0u);
}

TEST_F(CoreModelTest, counts_events_by_slot_after_the_exit) {
  enter(0, isa::kWSrc0);
  load({0, 0}, alu(lane("EVENT", {{"slot", 1}, {"imm", 12}}), lane("EVENTX", {{"slot", 3}, {"ra", 0}, {"imm", 100}})));
  EntryWords words{};
  words[isa::kWLength] = 60 | 14 << 16;
  words[isa::kWSrc0] = 5;
  const ExitRecord record = run(words);
  EXPECT_EQ(record.event_valid, 10u);
  EXPECT_EQ(record.event_ids[3], 105u);
  words[isa::kWSrc0] = 60000;
  run(words);
  EXPECT_EQ(read(NORMAN_REG_EVENTS(1, 12, 0)), 2u);
  EXPECT_EQ(read(NORMAN_REG_EVENTS(1, 12, 1)), 120u);
  EXPECT_EQ(read(NORMAN_REG_EVENTS(3, 105, 0)), 1u);
  EXPECT_EQ(read(NORMAN_REG_BAD_EVENT), 1u);
  write(NORMAN_REG_EVENTS(1, 12, 0), 0);
  EXPECT_EQ(read(NORMAN_REG_EVENTS(1, 12, 0)), 0u);
}

TEST_F(CoreModelTest, the_epoch_chooses_program_and_maps) {
  load({0, 0}, alu(lane("VERDICT", {{"imm", 1}})));
  load({0, 5}, alu(lane("ACT", {{"imm", 1}})), 1);
  write(NORMAN_REG_START(1), start({0, 5}, 0x20000));
  enter(1, isa::kWSrc1, 0, 1);
  leave(0, 1, isa::Selector::B1, 1);
  EntryWords words{};
  words[isa::kWSrc1] = 0x1234;
  EXPECT_EQ(run(words).verdict_word, 1u);
  write(NORMAN_REG_EPOCH, 1);
  const ExitRecord record = run(words);
  EXPECT_EQ(record.verdict_word, 0x20000u);
  EXPECT_EQ(record.targets[0], 0x12u);
  EXPECT_EQ(record.epoch, 1u);
  EXPECT_EQ(read(NORMAN_REG_PACKETS_IN), 2u);
  EXPECT_EQ(read(NORMAN_REG_INFLIGHT(1)), 0u);
}

TEST_F(CoreModelTest, undefined_and_reserved_encodings_do_nothing) {
  load({0, 0}, alu(~std::uint64_t{0}, lane("SHLri", {{"rd", 1}, {"imm", 1}}) /* lane 1 has no shifter */, {2, 0}));
  ASSERT_EQ(config_.stages[2], 'E');
  load({2, 0}, withNext(insn("LOOKUPW").match, kExit));
  EXPECT_EQ(run().verdict_word, std::uint32_t{isa::kNoRule} << 16);
}

TEST(ExactHash, agrees_with_the_published_check_value) {
  // CRC-64/ECMA-182 of "123456789" is 0x6c40df5f0b497347; here the table id is the first of 17 bytes, so the check goes
  // over the first nine of a message whose rest the CRC is computed over bit by bit.
  std::uint64_t crc = 0;
  const auto feed = [&crc](std::uint8_t byte) {
    crc ^= std::uint64_t{byte} << 56;
    for (int i = 0; i < 8; ++i) crc = (crc << 1) ^ ((crc >> 63) != 0 ? 0x42f0e1eba9ea3693u : 0u);
  };
  for (const char c : std::string_view("123456789")) feed(static_cast<std::uint8_t>(c));
  EXPECT_EQ(crc, 0x6c40df5f0b497347u);
  for (const char c : std::string_view("abcdefgh")) feed(static_cast<std::uint8_t>(c));
  EXPECT_EQ(exactHash('1', {0x32333435, 0x36373839, 0x61626364, 0x65666768}), crc);
}

}  // namespace
}  // namespace norman
