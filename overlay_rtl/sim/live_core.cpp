// Steps a simulated core with a packet at its entry and an access at its registers.
#include "overlay_rtl/sim/live_core.h"

namespace norman {

std::unique_ptr<LiveCore> LiveCore::create(const isa::ConfigInfo& config) {
  auto core = RtlCore::create(config);
  if (!core) return nullptr;
  return std::unique_ptr<LiveCore>(new LiveCore(std::move(core)));
}

void LiveCore::step() {
  RtlPins& pins = core_->pins();
  if (offering_) {
    pins.offer(next_, tag_);
    ++figures_.offered;
  } else {
    pins.offerNothing();
  }
  const bool entered = offering_ && pins.inReady();
  if (pins.outValid()) {
    ExitRecord record;
    pins.outRecord(record);
    if (inside_.empty() || pins.outTag() != leaving_) {
      ++figures_.lost;
    } else {
      traffic_->left(record, inside_.front(), clock_);
      inside_.pop_front();
    }
    leaving_ = static_cast<std::uint16_t>(pins.outTag() + 1);
  }
  access_.beforeClock();
  pins.clock();
  access_.afterClock();
  if (entered) {
    inside_.push_back(clock_);
    ++figures_.entered;
    ++tag_;
    next_ = traffic_->next();
  }
  ++clock_;
}

void LiveCore::finish() {
  while (!access_.idle()) step();
}

void LiveCore::write64(std::uint32_t address, std::uint64_t value) {
  if (traffic_ == nullptr) return core_->write64(address, value);
  access_.write(address, value);
  finish();
}

std::uint64_t LiveCore::read64(std::uint32_t address) {
  if (traffic_ == nullptr) return core_->read64(address);
  access_.read(address);
  finish();
  return access_.answer();
}

void LiveCore::start(LiveTraffic& traffic) {
  traffic_ = &traffic;
  figures_ = {};
  clock_ = 0;
  tag_ = leaving_ = 0;
  inside_.clear();
  next_ = traffic.next();
  offering_ = true;
  core_->pins().setOutReady(true);
  core_->pins().setResponseReady(true);
}

void LiveCore::run(std::uint64_t clocks) {
  for (; clocks > 0; --clocks) step();
}

LiveFigures LiveCore::stop() {
  constexpr int kLongestStay = 4096;  // far more clocks than there are stages
  offering_ = false;
  for (int i = 0; i < kLongestStay && !inside_.empty(); ++i) step();
  figures_.lost += inside_.size();
  traffic_ = nullptr;
  return figures_;
}

}  // namespace norman
