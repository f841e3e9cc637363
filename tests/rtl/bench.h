// What the benches of the small modules share: the Verilated model of bench_top.sv out of reset, and a seed.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>

#include "Vbench_top.h"
#include "norman/spec/isa.h"
#include "tests/support/random.h"

namespace norman::test {

class Bench : public ::testing::Test {
 protected:
  Bench() {
    RecordProperty("seed", std::to_string(seed()));
    dut.rst_ni = 0;
    for (int i = 0; i < 4; ++i) clock();
    dut.rst_ni = 1;
    dut.eval();
  }
  ~Bench() override { dut.final(); }

  static std::uint64_t seed() {
    const char* text = std::getenv("NORMAN_SEED");
    return text != nullptr ? std::strtoull(text, nullptr, 0) : 1;
  }
  void clock() {
    dut.clk_i = 1;
    dut.eval();
    dut.clk_i = 0;
    dut.eval();
  }
  /// Words whose interesting cases (zero, all ones, equal, small, single bits) come often.
  std::uint64_t number() {
    const std::uint64_t bits = random.next();
    switch (random.below(6)) {
      case 0: return bits & 7;
      case 1: return ~(bits & 7);
      case 2: return std::uint64_t{1} << (bits & 63);
      case 3: return (std::uint64_t{1} << (bits & 63)) - 1;
      default: return bits;
    }
  }

  Vbench_top dut;
  Random random{seed()};
};

}  // namespace norman::test
