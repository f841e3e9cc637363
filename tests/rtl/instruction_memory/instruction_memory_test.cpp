// instruction_memory: a row comes out two clocks after its address, in both epochs, while words are written.
#include <array>
#include <deque>
#include <map>

#include "tests/rtl/bench.h"

namespace norman::test {
namespace {

class InstructionMemoryTest : public Bench, public ::testing::WithParamInterface<unsigned> {};

TEST_P(InstructionMemoryTest, gives_rows_two_clocks_later) {
  using Row = std::array<std::uint64_t, isa::kRowWords>;
  std::map<std::pair<unsigned, unsigned>, Row> rows;  // by epoch and row
  constexpr unsigned used = 8;
  const auto write = [&](unsigned epoch, unsigned row, unsigned word) {
    dut.rows_write_i = 1;
    dut.rows_write_epoch_i = epoch;
    dut.rows_write_row_i = row;
    dut.rows_write_word_i = word;
    dut.rows_write_data_i = rows[{epoch, row}][word] = random.next();
  };
  for (unsigned i = 0; i < 2 * used * isa::kRowWords; ++i) {
    write(i & 1, i >> 1 & (used - 1), i >> 4);
    clock();
  }
  std::deque<Row> coming;
  for (int i = 0; i < 20000; ++i) {
    dut.rows_epoch_i = static_cast<unsigned>(random.below(2));
    dut.rows_row_i = static_cast<unsigned>(random.below(used));
    coming.push_back(rows[{dut.rows_epoch_i, dut.rows_row_i}]);  // without what is written in the same clock
    dut.rows_write_i = 0;
    if (!random.percent(GetParam())) write(static_cast<unsigned>(random.below(2)), static_cast<unsigned>(random.below(used)), static_cast<unsigned>(random.below(4)));
    clock();
    if (coming.size() < 2) continue;
    const Row row = coming.front();
    coming.pop_front();
    ASSERT_EQ(dut.rows_word0_o, row[0]);
    ASSERT_EQ(dut.rows_word1_o, row[1]);
    ASSERT_EQ(dut.rows_control_o, row[2] & 0x3ffffffff) << "the control word has 34 bits";
    ASSERT_EQ(dut.rows_word3_o, row[3]);
  }
}
INSTANTIATE_TEST_SUITE_P(Idles, InstructionMemoryTest, ::testing::Values(0u, 50u, 95u));

}  // namespace
}  // namespace norman::test
