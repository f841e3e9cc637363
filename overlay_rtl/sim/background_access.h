// Register accesses that go on beside packets: one queue, a request a clock, reads answered in order.
#pragma once

#include <cstdint>
#include <deque>

#include "overlay_rtl/sim/rtl_pins.h"

namespace norman {

///   legal:    beforeClock -> RtlPins::clock -> afterClock -> beforeClock ...
class BackgroundAccess {
 public:
  explicit BackgroundAccess(RtlPins& pins) : pins_(pins) {}

  void write(std::uint32_t address, std::uint64_t value) { queue_.push_back({true, address, value}); }
  void read(std::uint32_t address) { queue_.push_back({false, address, 0}); }
  /// Nothing waits to be sent or answered.
  bool idle() const { return queue_.empty() && !waiting_; }
  std::size_t waiting() const { return queue_.size(); }
  /// Of the last read that was answered.
  std::uint64_t answer() const { return answer_; }

  void beforeClock() {
    if (waiting_ && pins_.responseValid()) {
      answer_ = pins_.responseData();
      waiting_ = false;
    }
    accepted_ = false;
    if (queue_.empty() || waiting_) {
      pins_.requestNothing();
      return;
    }
    const Access& next = queue_.front();
    pins_.request(next.write, next.address, next.data);
    accepted_ = pins_.requestReady();
  }
  void afterClock() {
    if (!accepted_) return;
    waiting_ = !queue_.front().write;
    queue_.pop_front();
  }

 private:
  struct Access {
    bool write;
    std::uint32_t address;
    std::uint64_t data;
  };
  RtlPins& pins_;
  std::deque<Access> queue_;
  bool waiting_ = false, accepted_ = false;
  std::uint64_t answer_ = 0;
};

}  // namespace norman
