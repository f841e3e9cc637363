// An allocator for tests that can fail on demand and counts what is not freed.
#pragma once

#include <cstdlib>

#include "runtime/core/core_base.h"

namespace norman::test {

class CountingHeap {
 public:
  CountingHeap() : allocator{[](void* self, std::size_t size) { return static_cast<CountingHeap*>(self)->take(size); },
                             [](void* self, void* memory) { static_cast<CountingHeap*>(self)->give(memory); }, this} {}
  CountingHeap(const CountingHeap&) = delete;

  norman_allocator allocator;
  int live = 0;
  int fail_after = -1;  ///< allocations that still succeed; -1: all

 private:
  void* take(std::size_t size) {
    if (fail_after == 0) return nullptr;
    if (fail_after > 0) --fail_after;
    ++live;
    return std::calloc(1, size);
  }
  void give(void* memory) {
    --live;
    std::free(memory);
  }
};

}  // namespace norman::test
