// write_back: two operations write registers, predicates, event slots, verdict and act; a number of no register writes none.
#include <array>

#include "tests/rtl/bench.h"

namespace norman::test {
namespace {

using WriteBackTest = Bench;

TEST_F(WriteBackTest, writes_what_is_enabled_and_nothing_else) {
  struct Operation {
    bool takes_place, reg, pred, event, verdict, act;
    unsigned number, pred_number;
    std::uint32_t value;
    bool pred_value;
  };
  for (int i = 0; i < 50000; ++i) {
    std::array<std::uint32_t, 24> registers{};
    for (unsigned r = 0; r < 24; ++r) dut.write_registers_i[r] = registers[r] = static_cast<std::uint32_t>(random.next());
    unsigned predicates = dut.write_pred_i = static_cast<unsigned>(random.below(256));
    std::uint32_t act = dut.write_act_i = static_cast<std::uint32_t>(random.next()), verdict = 0;
    unsigned event_valid = 0;
    std::uint64_t event_id = 0;

    Operation operations[2];
    for (Operation& o : operations) {
      const auto flag = [&] { return random.oneIn(2); };
      o = {!random.oneIn(4), flag(), flag(), random.oneIn(4), random.oneIn(8), random.oneIn(8), static_cast<unsigned>(random.below(32)),
           static_cast<unsigned>(random.below(8)), static_cast<std::uint32_t>(number()), flag()};
    }
    // Two writes of a row never name the same place: the loader refuses such rows.
    Operation& first = operations[0];
    Operation& second = operations[1];
    if (first.number == second.number) second.number ^= 1;
    if ((first.number & 3) == (second.number & 3)) second.event = false;
    if (first.pred_number == second.pred_number) second.pred = false;
    if (first.verdict) second.verdict = false;
    for (const Operation& o : operations) {
      if (!o.takes_place) continue;
      if (o.reg && o.number < 24) registers[o.number] = o.value;
      if (o.pred) predicates = (predicates & ~(1u << o.pred_number)) | unsigned{o.pred_value} << o.pred_number;
      if (o.event) {
        event_valid |= 1u << (o.number & 3);
        event_id |= (std::uint64_t{o.value} & 0xffff) << (16 * (o.number & 3));
      }
      if (o.verdict) verdict = o.value;
      if (o.act) act |= o.value;
    }
    const auto enables = [](const Operation& o) { return unsigned{o.act} << 4 | unsigned{o.verdict} << 3 | unsigned{o.event} << 2 | unsigned{o.pred} << 1 | unsigned{o.reg}; };
    dut.write_do0_i = first.takes_place;
    dut.write_enables0_i = enables(first);
    dut.write_number0_i = first.number;
    dut.write_value0_i = first.value;
    dut.write_pred_number0_i = first.pred_number;
    dut.write_pred_value0_i = first.pred_value;
    dut.write_do1_i = second.takes_place;
    dut.write_enables1_i = enables(second);
    dut.write_number1_i = second.number;
    dut.write_value1_i = second.value;
    dut.write_pred_number1_i = second.pred_number;
    dut.write_pred_value1_i = second.pred_value;
    clock();
    for (unsigned r = 0; r < 24; ++r) ASSERT_EQ(dut.write_registers_o[r], registers[r]) << "register " << r;
    ASSERT_EQ(dut.write_pred_o, predicates);
    ASSERT_EQ(dut.write_event_valid_o, event_valid);
    ASSERT_EQ(dut.write_event_id_o, event_id);
    ASSERT_EQ(dut.write_verdict_o, verdict);
    ASSERT_EQ(dut.write_act_o, act);
  }
}

}  // namespace
}  // namespace norman::test
