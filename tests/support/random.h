// Random choices that are the same on every machine for the same seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace norman::test {

/// The generator SplitMix64: one word of state, any seed is good.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    state_ += 0x9e3779b97f4a7c15;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  /// 0 .. bound - 1; the bias of the remainder does not matter to tests.
  uint64_t below(uint64_t bound) { return next() % bound; }
  /// Both ends included.
  uint64_t between(uint64_t first, uint64_t last) { return first + below(last - first + 1); }
  bool oneIn(uint64_t n) { return below(n) == 0; }
  bool percent(uint64_t n) { return below(100) < n; }
  template <typename T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }

 private:
  uint64_t state_;
};

/// The seed of one of many cases, so that a case can be repeated alone.
inline uint64_t caseSeed(uint64_t seed, uint64_t number) { return Random(seed ^ (number * 0xd1342543de82ef95)).next(); }

}  // namespace norman::test
