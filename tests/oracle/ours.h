// Our side: a policy compiled, loaded into the model and the simulated hardware, and run on packets.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/packet.h"

namespace norman::test {
class Machine;
}

namespace norman::oracle {

struct Answer {
  bool passed = false;
  uint32_t mark = 0;
  friend bool operator==(const Answer&, const Answer&) = default;
};

struct OurRun {
  enum class Kind { Ran, Refused, DoesNotFit, Broken };
  Kind kind = Kind::Ran;
  std::string text;                       // diagnostics, or what broke
  std::vector<Answer> model;              // one for each packet
  std::vector<Answer> rtl;                // empty when it was left out
  std::vector<Answer> evaluator;          // the opinion of the language reference, for the report
  std::map<std::string, uint64_t> hits;   // packets that rules counted or logged, by "POLICY.RULE"
};

class Ours {
 public:
  Ours();
  ~Ours();

  /// `with_rtl`: on the simulated hardware too.
  OurRun run(const std::string& policy, const std::vector<test::Packet>& packets, bool with_rtl);

 private:
  std::unique_ptr<test::Machine> model_;
  std::unique_ptr<test::Machine> rtl_;
};

}  // namespace norman::oracle
