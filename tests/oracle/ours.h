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

struct Answers {
  std::vector<Answer> model;             // one for each packet
  std::vector<Answer> rtl;               // empty when it was left out
  std::vector<Answer> evaluator;         // the opinion of the language reference, for the report
  std::map<std::string, uint64_t> hits;  // packets that rules counted or logged, by "POLICY.RULE"
};

class Ours {
 public:
  Ours();
  ~Ours();

  enum class Prepared { Ready, Refused, DoesNotFit };
  /// Compiles a policy for the default core. Unless it is ready `text` has the diagnostics.
  Prepared prepare(const std::string& policy, std::string& text);

  /// Runs the policy that was prepared last, from its beginning; `with_rtl`: on the simulated hardware too.
  /// Throws std::runtime_error when an execution cannot take what the compiler made.
  Answers run(const std::vector<test::Packet>& packets, bool with_rtl);

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
  std::unique_ptr<test::Machine> model_;
  std::unique_ptr<test::Machine> rtl_;
};

}  // namespace norman::oracle
