// What became of a packet, in the one form in which all executions are compared.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "norman/spec/isa.h"

namespace norman::test {

struct Outcome {
  uint32_t verdict = 0;  // enum Verdict
  uint32_t reason = 0;   // enum Reason
  uint32_t rule = isa::kNoRule;
  bool capture = false;
  bool log = false;
  std::vector<uint32_t> events;  // sorted
  uint32_t mark = 0;
  std::vector<uint8_t> frame;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

/// The fields in which two outcomes differ, as "verdict: evaluator 1, model 0; ...".
std::string differences(const std::string& name_a, const Outcome& a, const std::string& name_b, const Outcome& b);

}  // namespace norman::test
