// Traffic that looks tables up while they change: each packet's record must be that of a list which stood while it was inside.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <deque>
#include <functional>
#include <memory>

#include "overlay_rtl/sim/live_core.h"

namespace norman::test {

/// `List` is the plain list, `Key` what a packet looks up.
template <typename List, typename Key>
class LiveLists : public LiveTraffic {
 public:
  struct Lookups {
    std::function<Key(const List&)> key;  // of the next packet
    std::function<EntryWords(const Key&)> words;
    std::function<bool(const List&, const Key&, const ExitRecord&)> explains;
  };
  explicit LiveLists(Lookups lookups) : lookups_(std::move(lookups)) {}

  /// From this clock on packets may find `list`.
  void begin(const List& list, std::uint64_t clock) { lists_.push_back({std::make_unique<List>(list), clock, UINT64_MAX}); }
  /// It was not to be.
  void withdraw() { lists_.pop_back(); }
  /// All writes are made. Some clocks later they have reached the stage; packets that entered before may still follow the list before.
  void done(std::uint64_t clock) { lists_[lists_.size() - 2].until = clock + 64; }

  EntryWords next() override {
    keys_.push_back(lookups_.key(*lists_.back().list));
    return lookups_.words(keys_.back());
  }
  void left(const ExitRecord& record, std::uint64_t entered, std::uint64_t left) override {
    ++packets_;
    unexplained_ += std::none_of(lists_.begin(), lists_.end(), [&](const Stood& stood) {
      return stood.from <= left && stood.until >= entered && lookups_.explains(*stood.list, keys_.front(), record);
    });
    keys_.pop_front();
    while (lists_.size() > 2 && lists_.front().until < entered) lists_.pop_front();
  }

  /// Lets the packets leave and judges what there was.
  void finish(LiveCore& core, std::uint64_t changes, std::uint64_t seed) {
    const std::uint64_t clocks = core.clock();
    const LiveFigures figures = core.stop();
    EXPECT_EQ(unexplained_, 0u) << "packets whose records no list that stood explains, of " << packets_ << "; seed " << seed;
    EXPECT_EQ(figures.lost, 0u);
    EXPECT_EQ(figures.entered, figures.offered) << "a packet was delayed";
    EXPECT_EQ(figures.entered, packets_);
    EXPECT_GT(packets_, 10 * changes);
    std::printf("%llu changes in %llu clocks, a packet in each\n", static_cast<unsigned long long>(changes), static_cast<unsigned long long>(clocks));
  }

 private:
  struct Stood {
    std::unique_ptr<List> list;
    std::uint64_t from, until;
  };
  Lookups lookups_;
  std::deque<Stood> lists_;
  std::deque<Key> keys_;  // of the packets offered and not yet out
  std::uint64_t packets_ = 0, unexplained_ = 0;
};

}  // namespace norman::test
