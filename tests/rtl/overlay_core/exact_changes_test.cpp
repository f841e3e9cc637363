// Sets and maps changed through the register map by runtime/core, in the model and in RTL: packets find what a plain map says
// between any two changes, also while entries move to make room for others.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <map>
#include <vector>

#include "norman/spec/norman_hw.h"
#include "overlay_rtl/model/core_model.h"
#include "overlay_rtl/sim/rtl_core.h"
#include "runtime/core/core_exact.h"
#include "tests/support/heap.h"
#include "tests/support/random.h"
#include "tests/unit/model/row_builder.h"

namespace norman::test {
namespace {

constexpr unsigned kFound = 6;    // register that receives the value
constexpr std::uint8_t kTable = 5;

using Key = std::array<std::uint32_t, isa::kExactKeyWords>;

std::uint64_t seed() {
  const char* text = std::getenv("NORMAN_SEED");
  return text != nullptr ? std::strtoull(text, nullptr, 0) : 1;
}

std::uint64_t scaled(std::uint64_t usual) { return std::getenv("NORMAN_LONG") != nullptr ? 10 * usual : usual; }

/// One lookup with entry words 0 to 3 as key; the verdict word becomes the value.
void loadProgram(CoreDevice& core, const isa::ConfigInfo& config, unsigned stage) {
  unsigned after = stage + 1;
  while (config.stages[after] != 'A') ++after;
  Row lookup = wide("LOOKUP", {{"table", kTable}, {"dwe", 1}, {"rd", kFound}, {"pwe", 1}, {"pd", 0}}, {static_cast<std::uint8_t>(after), 0});
  const isa::SlotInfo keys[] = {isa::lookup_row::kK0, isa::lookup_row::kK1, isa::lookup_row::kK2, isa::lookup_row::kK3};
  for (unsigned k = 0; k < isa::kExactKeyWords; ++k) {
    isa::set(lookup, keys[k], regOperand(k));
    core.write64(NORMAN_REG_ENTRY_MAP(0, 0, k), 16 | k / isa::kEntryBanks);
  }
  const Row verdict = alu(lane("VERDICTr", {{"rb", kFound}, {"guard", 16}}) /* on a hit */, 0);
  for (unsigned w = 0; w < isa::kRowWords; ++w) {
    core.write64(NORMAN_REG_ROWS(0, stage, 0, w), lookup[w]);
    core.write64(NORMAN_REG_ROWS(0, after, 0, w), verdict[w]);
  }
  core.write64(NORMAN_REG_START(0), std::uint64_t{stage} << 8);
}

struct Target {
  CoreDevice& core;
  unsigned stage;
};

void writeEntry(void* context, std::uint32_t way, std::uint32_t row, const norman_exact_entry* entry) {
  auto& target = *static_cast<Target*>(context);
  target.core.write64(NORMAN_REG_EXACT_DATA(0), entry->key[0] | std::uint64_t{entry->key[1]} << 32);
  target.core.write64(NORMAN_REG_EXACT_DATA(1), entry->key[2] | std::uint64_t{entry->key[3]} << 32);
  target.core.write64(NORMAN_REG_EXACT_DATA(2),
                      entry->value | std::uint64_t{entry->action} << 32 | std::uint64_t{entry->table} << 40 | std::uint64_t{entry->valid} << 48);
  target.core.write64(NORMAN_REG_EXACT_WRITE, target.stage | std::uint64_t{way} << 8 | std::uint64_t{row} << 16);
}

class ExactChangesTest : public ::testing::TestWithParam<const isa::ConfigInfo*> {
 protected:
  const isa::ConfigInfo& config() const { return *GetParam(); }

  /// Two packets between any two changes. The stage begins with so many entries that inserts have to move others.
  void change(CoreDevice& core, std::uint64_t operations, std::size_t before) {
    Random random(seed());
    const auto stage = static_cast<unsigned>(config().stages.find('E'));
    loadProgram(core, config(), stage);
    Target target{core, stage};
    CountingHeap heap;
    norman_exact exact{};
    ASSERT_EQ(norman_exact_open(&exact, config().exact_rows, &heap.allocator, writeEntry, &target), 0);
    std::map<Key, std::uint32_t> plain;
    std::vector<Key> keys;
    std::vector<Key> gone;  // that were there: found if a change leaves something behind
    const auto randomKey = [&] {
      Key key{};
      for (std::uint32_t& word : key) word = random.oneIn(3) ? static_cast<std::uint32_t>(random.below(4)) : static_cast<std::uint32_t>(random.next());
      return key;
    };
    std::uint64_t full = 0;
    const auto insert = [&] {
      const Key key = randomKey();
      const auto value = static_cast<std::uint32_t>(random.next());
      const int error = norman_exact_insert(&exact, kTable, key.data(), value, 0);
      if (plain.contains(key)) {
        ASSERT_EQ(error, -EEXIST);
      } else if (error == -ENOSPC) {
        ++full;
      } else {
        ASSERT_EQ(error, 0);
        plain[key] = value;
        keys.push_back(key);
      }
    };
    while (keys.size() < before && full == 0 && !HasFatalFailure()) insert();
    std::vector<EntryWords> words(2);
    for (std::uint64_t i = 0; i < operations && !HasFatalFailure(); ++i) {
      if (keys.size() > before || random.oneIn(2)) {
        const std::size_t which = random.below(keys.size());
        ASSERT_EQ(norman_exact_remove(&exact, kTable, keys[which].data()), 0);
        plain.erase(keys[which]);
        gone.push_back(keys[which]);
        keys[which] = keys.back();
        keys.pop_back();
      } else {
        insert();
      }
      std::array<Key, 2> asked;
      for (unsigned p = 0; p < asked.size(); ++p) {
        asked[p] = random.oneIn(4) ? randomKey() : !gone.empty() && random.oneIn(3) ? gone[random.below(gone.size())] : keys[random.below(keys.size())];
        words[p] = {};
        std::ranges::copy(asked[p], words[p].begin());
      }
      const std::vector<ExitRecord> records = core.process(words);
      for (unsigned p = 0; p < asked.size(); ++p) {
        const auto found = plain.find(asked[p]);
        ASSERT_EQ(records[p].verdict_word, found == plain.end() ? 0 : found->second) << "operation " << i << ", seed " << seed();
      }
    }
    EXPECT_EQ(exact.used, plain.size());
    EXPECT_EQ(core.read64(NORMAN_REG_BAD_ACCESS), 0u);
    norman_exact_close(&exact);
  }
};

// 100 000 changes over both devices.
TEST_P(ExactChangesTest, the_model_agrees_with_a_plain_map) {
  CoreModel core(config());
  change(core, scaled(96'000), config().exact_rows * isa::kExactWays * 95 / 100);
}

TEST_P(ExactChangesTest, the_rtl_agrees_with_a_plain_map) {
  const auto core = RtlCore::create(config());
  ASSERT_NE(core, nullptr);
  change(*core, scaled(4'000), config().exact_rows * isa::kExactWays * 95 / 100);
}

INSTANTIATE_TEST_SUITE_P(Configs, ExactChangesTest, ::testing::Values(&isa::kConfigs[0], &isa::kConfigs[1]),
                         [](const auto& info) { return std::string(info.param->name); });

}  // namespace
}  // namespace norman::test
