// result_route: where packets go, a packet every clock, by branches on predicates and results and by the dispatch memory, which changes meanwhile.
#include <array>
#include <deque>
#include <string>

#include "tests/rtl/stage_bench.h"

namespace norman::test {
namespace {

class ResultRouteTest : public StageBench {
 protected:
  static constexpr std::size_t kDispatchResult = 7, kBranchResult = 3;  // of ten clocks and of six, as bench_top.sv has them

  struct Inside {
    Slot slot;
    bool active = false, may_dispatch = false;
    isa::BranchMode mode{};
    Place next, taken;
    unsigned predicate = 0;
    bool negated = false;
    bool looked = false;
    Place dispatched;      // what the memory had when it was looked at
    Place of_dispatch, of_branch;  // where it goes from the one stage and from the other
  };

  Place randomPlace() { return {static_cast<std::uint8_t>(random.below(64)), static_cast<std::uint8_t>(random.below(256))}; }

  Inside enter() {
    Inside inside;
    inside.slot = randomSlot({0});
    inside.active = mine(inside.slot);
    inside.may_dispatch = !random.oneIn(4);
    inside.mode = static_cast<isa::BranchMode>(random.below(4));
    inside.next = randomPlace();
    inside.taken = randomPlace();
    inside.predicate = static_cast<unsigned>(random.below(8));
    inside.negated = random.oneIn(2);
    offer(inside.slot);
    dut.route_active_i = inside.active;
    dut.route_may_dispatch_i = inside.may_dispatch;
    dut.route_control_i = withBranch(withNext({}, inside.next), inside.mode, inside.taken, inside.predicate, inside.negated)[2];
    return inside;
  }

  /// The successor without a dispatch, once the row's own result is known.
  static Place branch(const Inside& inside, bool result) {
    if (!inside.active) return {static_cast<std::uint8_t>(inside.slot.stage), static_cast<std::uint8_t>(inside.slot.row)};
    const bool by = inside.mode == isa::BranchMode::Own ? result : inside.slot.pred(inside.predicate);
    const bool branches = inside.mode == isa::BranchMode::Own || inside.mode == isa::BranchMode::Pred;
    return branches && by != inside.negated ? inside.taken : inside.next;
  }

  std::array<std::array<Place, 256>, isa::kEpochs> memory{};
};

TEST_P(ResultRouteTest, goes_where_the_result_says) {
  constexpr unsigned kUsed = 4;  // entries of an epoch, few so that they change while they are looked at
  const auto change = [this](unsigned epoch, unsigned entry) {
    const Place place = randomPlace();
    configure(Dispatch, entry, 0, place.row | std::uint64_t{place.stage} << 8, true, epoch);
    return place;
  };
  dut.cfg_foreign_i = 0;
  for (unsigned epoch = 0; epoch < isa::kEpochs; ++epoch)
    for (unsigned entry = 0; entry < kUsed; ++entry) {
      memory[epoch][entry] = change(epoch, entry);
      clock();
    }
  std::deque<Inside> inside;  // the newest last
  const auto by_age = [&](std::size_t clocks) -> Inside* { return inside.size() > clocks ? &inside[inside.size() - 1 - clocks] : nullptr; };
  unsigned dispatches = 0, branches = 0;
  for (int i = 0; i < 20000; ++i) {
    inside.push_back(enter());
    if (inside.size() > kDispatchResult + 3) inside.pop_front();
    // A result that nobody asked for may be anything.
    dut.route_look_i = random.oneIn(2);
    dut.route_dispatch_addr_i = static_cast<unsigned>(random.below(kUsed));
    if (Inside* looking = by_age(kDispatchResult - 1)) {
      looking->looked = dut.route_look_i;
      looking->dispatched = memory[looking->slot.epoch][dut.route_dispatch_addr_i];
    }
    dut.route_result_i = random.oneIn(2);
    dut.route_found_i = 0;
    if (Inside* resolving = by_age(kDispatchResult)) {
      dut.route_found_i = resolving->looked && random.oneIn(2);
      const bool dispatched = resolving->active && resolving->mode == isa::BranchMode::Dispatch && resolving->may_dispatch && dut.route_found_i;
      resolving->of_dispatch = dispatched ? resolving->dispatched : branch(*resolving, dut.route_result_i);
      dispatches += dispatched;
    }
    dut.route_branch_result_i = random.oneIn(2);
    if (Inside* resolving = by_age(kBranchResult)) {
      resolving->of_branch = branch(*resolving, dut.route_branch_result_i);
      branches += resolving->active && resolving->mode == isa::BranchMode::Own && dut.route_branch_result_i != resolving->negated;
    }
    dut.cfg_valid_i = 0;
    if (random.oneIn(3)) {
      const auto epoch = static_cast<unsigned>(random.below(2)), entry = static_cast<unsigned>(random.below(kUsed));
      memory[epoch][entry] = change(epoch, entry);  // seen by those that look a clock later
    }
    clock();

    const std::string where = "clock " + std::to_string(i) + ", seed " + std::to_string(seed());
    if (const Inside* fetching = by_age(kDispatchResult); fetching && fetching->slot.valid) {
      ASSERT_EQ(dut.route_fetch_row_o, fetching->of_dispatch.row) << where;
      ASSERT_EQ(dut.route_fetch_epoch_o, fetching->slot.epoch) << where;
    }
    if (const Inside* leaving = by_age(kDispatchResult + 2)) {
      ASSERT_EQ(dut.route_valid_o, leaving->slot.valid) << where;
      if (leaving->slot.valid) {
        ASSERT_EQ(dut.route_epoch_o, leaving->slot.epoch) << where;
        ASSERT_EQ(dut.route_stage_o, leaving->of_dispatch.stage) << where;
        ASSERT_EQ(dut.route_row_o, leaving->of_dispatch.row) << where;
      }
    }
    if (const Inside* leaving = by_age(kBranchResult + 2)) {
      ASSERT_EQ(dut.route_branch_valid_o, leaving->slot.valid) << where;
      if (leaving->slot.valid) {
        ASSERT_EQ(dut.route_branch_stage_o, leaving->of_branch.stage) << where;
        ASSERT_EQ(dut.route_branch_row_o, leaving->of_branch.row) << where;
      }
    }
  }
  EXPECT_GT(dispatches, 100u);
  EXPECT_GT(branches, 100u);
}
INSTANTIATE_TEST_SUITE_P(Idles, ResultRouteTest, ::testing::Values(0u, 30u, 80u));

}  // namespace
}  // namespace norman::test
