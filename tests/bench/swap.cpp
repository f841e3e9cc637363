// Hot swaps back to back while a packet enters every clock: is any packet lost, or seen by two programs?
//
// Each program has a row in every stage. The rows of the ALU stages add a number of that program and stage to one register,
// which leaves as the mark; the sum is right only if every row that ran was of one program, and the verdict names that
// program. The idle bank is written last stage first, so that a packet that was still in it would meet new rows early and
// old ones late. A bank is written again as soon as its in-flight counter says that it has drained.
#include <deque>
#include <stdexcept>

#include <fmt/format.h>

#include "norman/spec/norman_hw.h"
#include "overlay_rtl/sim/rtl_pins.h"
#include "tests/bench/groups.h"
#include "tests/bench/report.h"
#include "tests/support/random.h"
#include "tests/unit/model/row_builder.h"

namespace norman::bench {
namespace {

constexpr unsigned kSwaps = 1000;

uint32_t addend(unsigned program, unsigned stage) {
  return static_cast<uint32_t>(test::caseSeed(program, stage));
}

struct Write {
  uint32_t address;
  uint64_t value;
};

// The register writes of a program for one epoch; the flip is not among them.
std::deque<Write> writesOf(const isa::ConfigInfo& config, unsigned program, unsigned epoch, uint32_t& sum) {
  std::deque<Write> writes;
  const auto stages = static_cast<unsigned>(config.stages.size());
  bool verdict_placed = false;
  bool act_placed = false;
  sum = 0;
  for (unsigned stage = stages; stage-- > 0;) {
    const unsigned next = stage + 1 == stages ? isa::kStageExit : stage + 1;
    uint64_t lanes[2] = {0, 0};
    if (config.stages[stage] == 'A') {
      sum += addend(program, stage);
      lanes[0] = test::lane("ADDri", {{"imm", addend(program, stage)}});
      if (!verdict_placed) {
        lanes[1] = test::lane("VERDICT", {{"imm", uint64_t{program} << 16}});
        verdict_placed = true;
      } else if (!act_placed) {
        lanes[1] = test::lane("ACT", {{"imm", uint64_t{1} << isa::kTMark}});
        act_placed = true;
      }
    }
    const test::Row row = test::alu(lanes[0], lanes[1], {static_cast<uint8_t>(next), 0});
    for (unsigned word = 0; word < isa::kRowWords; ++word) writes.push_back({NORMAN_REG_ROWS(epoch, stage, 0, word), row[word]});
  }
  writes.push_back({NORMAN_REG_EXIT_MAP(epoch, isa::kTMark), 0});
  writes.push_back({NORMAN_REG_START(epoch), uint64_t{isa::kNoRule} << 48});
  return writes;
}

}  // namespace

void measureSwap() {
  const isa::ConfigInfo& config = isa::kConfigs[0];
  const auto pins = RtlPins::create(config);
  if (!pins) throw std::runtime_error("the simulated core was not built");

  uint64_t entered = 0;
  uint64_t left = 0;
  uint64_t mixed = 0;
  uint64_t stalled = 0;
  unsigned newest_seen = 0;
  std::vector<uint32_t> sums{0};
  bool flowing = false;
  EntryWords packet{};
  // One clock: a packet enters, one leaves and is judged.
  const auto clock = [&] {
    if (flowing) {
      packet[isa::kEntryWords - 1] = static_cast<uint32_t>(entered);
      pins->offer(packet, static_cast<uint16_t>(entered));
      if (pins->inReady()) ++entered;
      else ++stalled;
    } else {
      pins->offerNothing();
    }
    if (pins->outValid()) {
      ExitRecord record;
      pins->outRecord(record);
      const unsigned program = record.rule();
      const bool in_order = pins->outTag() == static_cast<uint16_t>(left);
      const bool whole = program >= newest_seen && program < sums.size() &&
                         record.targets[isa::kTMark] == sums[program];
      if (!whole || !in_order) ++mixed;
      else newest_seen = program;
      ++left;
    }
    pins->clock();
  };
  const auto write = [&](const Write& request) {
    pins->request(true, request.address, request.value);
    while (!pins->requestReady()) clock();
    clock();
    pins->requestNothing();
  };
  const auto read = [&](uint32_t address) {
    pins->request(false, address, 0);
    while (!pins->requestReady()) clock();
    clock();
    pins->requestNothing();
    while (!pins->responseValid()) clock();
    const uint64_t value = pins->responseData();
    clock();
    return value;
  };

  pins->setOutReady(true);
  pins->setResponseReady(true);
  uint64_t load_clocks = 0;
  uint64_t swap_clocks = 0;
  size_t write_count = 0;
  for (unsigned swap = 1; swap <= kSwaps + 1; ++swap) {
    const unsigned epoch = swap % 2;
    uint32_t sum = 0;
    const std::deque<Write> writes = writesOf(config, swap, epoch, sum);
    write_count = writes.size();
    sums.push_back(sum);
    const uint64_t start = pins->clocks();
    for (const Write& request : writes) write(request);
    load_clocks = std::max(load_clocks, swap == 1 ? 0 : pins->clocks() - start);
    write({NORMAN_REG_EPOCH, epoch});
    while (read(NORMAN_REG_INFLIGHT(1 - epoch)) != 0) {
    }
    if (swap > 1) swap_clocks += pins->clocks() - start;
    flowing = true;  // from the first program on
  }
  flowing = false;
  for (int i = 0; i < 1000; ++i) clock();

  const std::string load = fmt::format("{} swaps, {} packets, one offered every clock", kSwaps, entered);
  report("overlay.swap.lost", static_cast<double>(entered - left), "packets", load);
  report("overlay.swap.mixed", static_cast<double>(mixed), "packets", load + "; old bank overwritten last stage first");
  report("overlay.swap.packets_per_clock", static_cast<double>(entered) / static_cast<double>(entered + stalled), "packets/clock",
         "offered and taken during the swaps");
  report("overlay.swap.load_clocks", static_cast<double>(load_clocks), "clocks",
         fmt::format("{} register writes: a row in each of {} stages", write_count, config.stages.size()));
  report("overlay.swap.clocks", static_cast<double>(swap_clocks) / kSwaps, "clocks", "load, flip and drain, mean");
}

}  // namespace norman::bench
