// stage_rows: a row comes out two clocks after its address, in both epochs, while rows of this stage and of others are written.
#include <array>
#include <deque>
#include <functional>
#include <map>

#include "tests/rtl/stage_bench.h"

namespace norman::test {
namespace {

class StageRowsTest : public StageBench {
 protected:
  using Words = std::array<std::uint64_t, isa::kRowWords>;
  static constexpr unsigned kUsed = 8;  // rows of an epoch

  /// Writes a word of a row, as the configuration chain brings it: it is in the memory a clock later.
  void write(unsigned epoch, unsigned row, unsigned word) {
    configure(Rows, row, word, random.next(), true, epoch);
    dut.cfg_foreign_i = 0;
    written.emplace_back([this, epoch, row, word, data = dut.cfg_data_i] { stored[{epoch, row}][word] = data; });
  }
  /// What changes no row: another stage's write, another kind, or nothing.
  void writeOther() {
    configure(random.oneIn(2) ? Rows : static_cast<Kind>(1 + random.below(10)), static_cast<unsigned>(random.below(kUsed)),
              static_cast<unsigned>(random.below(4)), random.next(), true, static_cast<unsigned>(random.below(2)));
    dut.cfg_foreign_i = dut.cfg_kind_i == Rows || random.oneIn(2);
    if (random.oneIn(4)) dut.cfg_valid_i = dut.cfg_foreign_i = 0;
    written.emplace_back([] {});
  }
  void step() {
    const auto data = dut.cfg_data_i;
    const bool valid = dut.cfg_valid_i, foreign = dut.cfg_foreign_i;
    clock();
    ASSERT_EQ(dut.rows_cfg_valid_o, valid);
    ASSERT_EQ(dut.rows_mine_o, valid && !foreign);
    if (valid) {
      ASSERT_EQ(dut.rows_cfg_data_o, data);
    }
  }

  std::map<std::pair<unsigned, unsigned>, Words> stored;  // by epoch and row
  std::deque<std::function<void()>> written;              // since, oldest first
};

TEST_P(StageRowsTest, gives_rows_two_clocks_later) {
  const auto settle = [this](std::size_t keep) {
    for (; written.size() > keep; written.pop_front()) written.front()();
  };
  for (unsigned i = 0; i < 2 * kUsed * isa::kRowWords; ++i) {
    write(i & 1, i >> 1 & (kUsed - 1), i >> 4);
    step();
  }
  std::deque<Words> coming;
  for (int i = 0; i < 20000; ++i) {
    settle(1);  // the last one is on its way into the memory while this address is read
    dut.rows_epoch_i = static_cast<unsigned>(random.below(2));
    dut.rows_row_i = static_cast<unsigned>(random.below(kUsed));
    coming.push_back(stored[{dut.rows_epoch_i, dut.rows_row_i}]);
    if (random.percent(GetParam())) writeOther();
    else write(static_cast<unsigned>(random.below(2)), static_cast<unsigned>(random.below(kUsed)), static_cast<unsigned>(random.below(4)));
    step();
    if (HasFatalFailure()) return;
    if (coming.size() < 2) continue;
    const Words row = coming.front();
    coming.pop_front();
    ASSERT_EQ(dut.rows_word0_o, row[0]) << "clock " << i << ", seed " << seed();
    ASSERT_EQ(dut.rows_word1_o, row[1]);
    ASSERT_EQ(dut.rows_control_o, row[2] & 0x3ffffffff) << "the control word has 34 bits";
    ASSERT_EQ(dut.rows_word3_o, row[3]);
  }
}
INSTANTIATE_TEST_SUITE_P(Others, StageRowsTest, ::testing::Values(0u, 50u, 95u));

}  // namespace
}  // namespace norman::test
