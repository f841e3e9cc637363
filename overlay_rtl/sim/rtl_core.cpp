// Runs packets and register accesses through the pins of a simulated core.
#include "overlay_rtl/sim/rtl_core.h"

#include <algorithm>
#include <cassert>

namespace norman {

std::unique_ptr<RtlCore> RtlCore::create(const isa::ConfigInfo& config) {
  auto pins = RtlPins::create(config);
  if (!pins) return nullptr;
  return std::unique_ptr<RtlCore>(new RtlCore(std::move(pins)));
}

void RtlCore::setStalls(double idle, double stall, std::uint64_t seed) {
  idle_ = idle;
  stall_ = stall;
  random_.seed(seed);
}

void RtlCore::write64(std::uint32_t address, std::uint64_t value) {
  pins_->request(true, address, value);
  while (!pins_->requestReady()) pins_->clock();
  pins_->clock();
  pins_->requestNothing();
}

std::uint64_t RtlCore::read64(std::uint32_t address) {
  pins_->request(false, address, 0);
  while (!pins_->requestReady()) pins_->clock();
  pins_->clock();
  pins_->requestNothing();
  while (!pins_->responseValid()) pins_->clock();
  const std::uint64_t value = pins_->responseData();
  pins_->clock();
  return value;
}

void RtlCore::giveShared(std::span<const SharedEntry> entries) {
  for (const SharedEntry& entry : entries) {
    pins_->giveShared(&entry);
    pins_->clock();
  }
  pins_->giveShared(nullptr);
  // A stage writes it two clocks later.
  if (!entries.empty())
    for (int i = 0; i < 2; ++i) pins_->clock();
}

std::vector<ExitRecord> RtlCore::process(std::span<const EntryWords> packets) {
  std::vector<ExitRecord> records(packets.size());
  figures_ = {};
  figures_.packets = packets.size();
  if (packets.empty()) return records;

  // What write64 sent last may still be on its way (writes are posted and travel a stage a clock): a read waits in
  // the unit that sends them, so it proves acceptance; the packets then follow the writes through the stages.
  while (!pins_->requestReady()) pins_->clock();

  std::vector<TraceRow> rows;
  if (trace_ != nullptr) pins_->setTrace(&rows);

  std::bernoulli_distribution idles(idle_), stalls(stall_);
  const bool steady = idle_ == 0 && stall_ == 0;
  std::size_t entered = 0, left = 0;
  bool offered = false;
  std::uint64_t first_in = 0, last_in = 0;
  pins_->setOutReady(true);
  while (left < packets.size()) {
    if (!offered && entered < packets.size() && (steady || !idles(random_))) {
      pins_->offer(packets[entered], static_cast<std::uint16_t>(entered));
      offered = true;
    }
    const bool take = steady || !stalls(random_);
    if (!steady) pins_->setOutReady(take);
    if (take && pins_->outValid()) {
      assert(pins_->outTag() == static_cast<std::uint16_t>(left) && "packets leave in the order in which they came");
      pins_->outRecord(records[left]);
      if (left == 0) figures_.latency_clocks = pins_->clocks() - first_in;
      ++left;
    }
    if (offered && pins_->inReady()) {
      if (entered == 0) first_in = pins_->clocks();
      last_in = pins_->clocks();
      ++entered;
      offered = false;
      pins_->clock();
      if (entered == packets.size() || !steady) pins_->offerNothing();
    } else {
      pins_->clock();
    }
  }
  figures_.entry_clocks = last_in - first_in + 1;

  if (trace_ != nullptr) {
    // A row is reported in the clock after it left its stage; the last ones left before their packets' records came.
    pins_->setTrace(nullptr);
    std::stable_sort(rows.begin(), rows.end(), [](const TraceRow& a, const TraceRow& b) {
      return a.packet != b.packet ? a.packet < b.packet : a.stage < b.stage;
    });
    trace_->insert(trace_->end(), rows.begin(), rows.end());
  }
  return records;
}

CoreFactory rtlFactory() {
  return [](const isa::ConfigInfo& config) -> std::unique_ptr<CoreDevice> { return RtlCore::create(config); };
}

}  // namespace norman
