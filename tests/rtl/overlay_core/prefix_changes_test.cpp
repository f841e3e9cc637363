// Prefix tables changed through the register map by runtime/core, in the model and in RTL: packets find what a plain list says,
// between any two changes, and at a packet a clock while the changes go on.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "norman/spec/norman_hw.h"
#include "overlay_rtl/model/core_model.h"
#include "overlay_rtl/sim/rtl_core.h"
#include "tests/rtl/overlay_core/live_lists.h"
#include "tests/support/heap.h"
#include "tests/support/prefix_reference.h"
#include "tests/unit/model/row_builder.h"

namespace norman::test {
namespace {

constexpr unsigned kValue = 6;          // register that receives what was found, instead of a key word
constexpr std::uint32_t kNothing = 77;  // verdict word of a packet that finds nothing

std::uint64_t seed() {
  const char* text = std::getenv("NORMAN_SEED");
  return text != nullptr ? std::strtoull(text, nullptr, 0) : 1;
}

std::uint64_t scaled(std::uint64_t usual) { return std::getenv("NORMAN_LONG") != nullptr ? 10 * usual : usual; }

// One lookup in each table that prefixes of the test have, with entry words 0 to 3 as key; entry word 4 says in which: rows of the
// tables follow each other as branches. The verdict word becomes the value.
constexpr std::uint8_t kTables[] = {0, 1, 255};

template <typename Write>
void loadProgram(const isa::ConfigInfo& config, unsigned stage, const Write& write) {
  const auto writeRow = [&](unsigned at, unsigned number, const Row& row) {
    for (unsigned w = 0; w < isa::kRowWords; ++w) write(NORMAN_REG_ROWS(0, at, number, w), row[w]);
  };
  const auto after = static_cast<unsigned>(config.stages.find('A', stage));
  for (unsigned word = 0; word < 5; ++word) write(NORMAN_REG_ENTRY_MAP(0, 0, word), 16 | word / isa::kEntryBanks);
  // Predicate n - 1 says that word 4 is n.
  const std::uint8_t lookup = static_cast<std::uint8_t>(stage);
  writeRow(0, 0, withBranch(alu(lane("CMPEQri", {{"ra", 4}, {"imm", 1}, {"pd", 0}}), lane("CMPEQri", {{"ra", 4}, {"imm", 2}, {"pd", 1}}), {1, 0}), isa::BranchMode::Next, {}));
  writeRow(1, 0, withBranch(alu(0, 0, {3, 0}), isa::BranchMode::Pred, {lookup, 1}, 0));
  writeRow(3, 0, withBranch(alu(0, 0, {lookup, 0}), isa::BranchMode::Pred, {lookup, 2}, 1));
  for (unsigned table = 0; table < 3; ++table)
    writeRow(stage, table,
             wide("PREFIX", {{"table", kTables[table]}, {"k0", regOperand(0)}, {"k1", regOperand(1)}, {"k2", regOperand(2)}, {"k3", regOperand(3)},
                             {"dwe", 1}, {"rd", kValue}, {"pwe", 1}, {"pd", 2}},
                  {static_cast<std::uint8_t>(after), 0}));
  writeRow(after, 0, alu(lane("VERDICTr", {{"rb", kValue}, {"guard", 16 | 2}})));
  write(NORMAN_REG_START(0), std::uint64_t{kNothing} << 32);
}

EntryWords wordsOf(std::uint8_t table, const ExactKey& key) {
  EntryWords words{};
  std::copy(key.begin(), key.end(), words.begin());
  words[4] = static_cast<std::uint32_t>(std::find(std::begin(kTables), std::end(kTables), table) - std::begin(kTables));
  return words;
}

std::uint32_t verdictOf(const std::optional<PrefixTable::Result>& result) { return result ? result->value : kNothing; }

/// Random changes of nested prefixes, and the list as it should be.
class Changes {
 public:
  Changes(Random& random, std::size_t most) : random_(random), most_(most) {}
  ~Changes() { norman_prefixes_close(prefixes_); }
  Changes(const Changes&) = delete;
  Changes& operator=(const Changes&) = delete;

  void open(const isa::ConfigInfo& config, const norman_prefixes_hardware& hardware) {
    const norman_prefixes_size size{config.prefix_entries, config.prefix_levels, config.prefix_blocks};
    ASSERT_EQ(norman_prefixes_open(&prefixes_, &size, &heap_.allocator, &hardware), 0);
  }

  /// The list after the next change, before that change is made.
  const PrefixReference& prepare() {
    after_ = now_;
    what_ = now_.size() == 0 || (now_.size() < most_ ? !random_.oneIn(3) : random_.oneIn(3)) ? 0 : random_.oneIn(4) ? 1 : 2;
    prefix_ = nestedPrefix(random_);
    if (what_ != 0) {
      const std::uint32_t value = prefix_.value;
      prefix_ = now_.any(random_);
      prefix_.value = value;
    }
    expected_ = what_ == 0 ? after_.insert(prefix_) : what_ == 1 ? after_.change(prefix_) : after_.remove(prefix_);
    return after_;
  }
  void make() {
    EXPECT_EQ(what_ == 0   ? norman_prefixes_insert(prefixes_, &prefix_)
              : what_ == 1 ? norman_prefixes_change(prefixes_, &prefix_)
                           : norman_prefixes_remove(prefixes_, &prefix_),
              expected_);
    now_ = after_;
  }
  const PrefixReference& now() const { return now_; }
  /// A key near some prefix, and the table to look in.
  std::pair<std::uint8_t, ExactKey> key(const PrefixReference& list) {
    const norman_prefix near = list.size() == 0 ? nestedPrefix(random_) : list.any(random_);
    return {random_.oneIn(8) ? kTables[random_.below(3)] : near.table, keyNear(random_, near)};
  }

 private:
  Random& random_;
  std::size_t most_;
  CountingHeap heap_;
  norman_prefixes* prefixes_ = nullptr;
  PrefixReference now_, after_;
  norman_prefix prefix_{};
  int what_ = 0, expected_ = 0;
};

struct Target {
  CoreDevice* core;
  unsigned stage;
};
norman_prefixes_hardware hardwareOf(Target& target) {
  return {[](void* t, std::uint32_t memory, std::uint32_t address, const norman_exact_entry* word) {
            const Target& me = *static_cast<Target*>(t);
            me.core->write64(NORMAN_REG_EXACT_DATA(0), word->key[0] | std::uint64_t{word->key[1]} << 32);
            me.core->write64(NORMAN_REG_EXACT_DATA(1), word->key[2] | std::uint64_t{word->key[3]} << 32);
            me.core->write64(NORMAN_REG_EXACT_DATA(2), word->value | std::uint64_t{word->action} << 32 | std::uint64_t{word->table} << 40 | std::uint64_t{word->valid} << 48);
            me.core->write64(NORMAN_REG_PREFIX_WRITE, me.stage | std::uint64_t{memory} << 8 | std::uint64_t{address} << 16);
          },
          [](void* t) { static_cast<Target*>(t)->core->read64(NORMAN_REG_RULE_FENCE); }, &target};
}

class PrefixChangesTest : public ::testing::TestWithParam<const isa::ConfigInfo*> {
 protected:
  void SetUp() override {
    if (config().stages.find('L') == std::string_view::npos) GTEST_SKIP() << "configuration " << config().name << " has no prefix stages";
  }
  const isa::ConfigInfo& config() const { return *GetParam(); }

  // Packets between any two changes.
  void change(CoreDevice& core, unsigned stage, std::uint64_t operations, std::size_t most, unsigned packets) {
    Target target{&core, stage};
    Random random(seed());
    loadProgram(config(), stage, [&](std::uint32_t address, std::uint64_t value) { core.write64(address, value); });
    Changes changes(random, most);
    changes.open(config(), hardwareOf(target));
    std::vector<EntryWords> words(packets);
    std::vector<std::uint32_t> expected(packets);
    for (std::uint64_t i = 0; i < operations; ++i) {
      changes.prepare();
      changes.make();
      for (unsigned p = 0; p < packets; ++p) {
        const auto [table, key] = changes.key(changes.now());
        expected[p] = verdictOf(changes.now().find(table, key));
        words[p] = wordsOf(table, key);
      }
      const std::vector<ExitRecord> records = core.process(words);
      for (unsigned p = 0; p < packets; ++p) ASSERT_EQ(records[p].verdict_word, expected[p]) << "operation " << i << ", seed " << seed();
    }
    EXPECT_EQ(core.read64(NORMAN_REG_BAD_ACCESS), 0u);
  }
};

// 100 000 changes over both devices.
TEST_P(PrefixChangesTest, the_model_agrees_with_a_plain_list) {
  CoreModel core(config());
  change(core, static_cast<unsigned>(config().stages.rfind('L')), scaled(96'000), 150, 2);
}

TEST_P(PrefixChangesTest, the_rtl_agrees_with_a_plain_list) {
  const auto core = RtlCore::create(config());
  ASSERT_NE(core, nullptr);
  change(*core, static_cast<unsigned>(config().stages.find('L')), scaled(4'000), 150, 2);
}

// A packet enters in every clock, whatever is written meanwhile, and finds the tables before a change or after it.
TEST_P(PrefixChangesTest, takes_a_packet_a_clock_while_tables_change) {
  const auto core = LiveCore::create(config());
  ASSERT_NE(core, nullptr);
  Target target{core.get(), static_cast<unsigned>(config().stages.find('L'))};
  loadProgram(config(), target.stage, [&](std::uint32_t address, std::uint64_t value) { core->write64(address, value); });
  Random random(seed());
  Changes changes(random, 60);
  using Key = std::pair<std::uint8_t, ExactKey>;
  LiveLists<PrefixReference, Key> traffic({[&](const PrefixReference& list) { return changes.key(list); },
                                           [](const Key& key) { return wordsOf(key.first, key.second); },
                                           [](const PrefixReference& list, const Key& key, const ExitRecord& record) {
                                             return record.verdict_word == verdictOf(list.find(key.first, key.second));
                                           }});
  traffic.begin({}, 0);
  core->start(traffic);
  changes.open(config(), hardwareOf(target));
  const std::uint64_t operations = scaled(300);
  for (std::uint64_t i = 0; i < operations; ++i) {
    traffic.begin(changes.prepare(), core->clock());
    changes.make();
    traffic.done(core->clock());
  }
  traffic.finish(*core, operations, seed());
}

INSTANTIATE_TEST_SUITE_P(Configs, PrefixChangesTest, ::testing::Values(&isa::kConfigs[0], &isa::kConfigs[1]),
                         [](const auto& info) { return std::string(info.param->name); });

}  // namespace
}  // namespace norman::test
