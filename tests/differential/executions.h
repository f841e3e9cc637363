// All executions of a policy side by side: evaluator, model, RTL and native code, compared packet by packet.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/codegen/rule_table.h"
#include "tests/differential/machine.h"
#include "tests/support/packet.h"

namespace norman::test {

/// How a comparison ended.
struct Comparison {
  enum class Kind {
    Equal,
    Refused,     // the front end refuses the source: the generator's mistake, or sema's
    DoesNotFit,  // a resource of the overlay runs out
    Different,
    Broken,      // an execution cannot take what the compiler made
  };
  Kind kind = Kind::Equal;
  std::string text;      // the diagnostics, or what differs
  size_t rows = 0;       // rows of the image
  size_t executed = 0;   // rows executed by the packets
};

/// Runs policies one after the other on the same machines: every policy is a hot swap.
class Executions {
 public:
  /// `with_rtl`: compare the Verilated core too.
  explicit Executions(bool with_rtl);

  Comparison compare(const std::string& source, const std::vector<Packet>& packets, const std::string& config,
                     size_t table_rules = codegen::kTableRules);

 private:
  struct Pair {
    std::unique_ptr<Machine> model;
    std::unique_ptr<Machine> rtl;
  };
  Pair& machines(const std::string& config);

  bool with_rtl_;
  std::map<std::string, Pair> machines_;
};

}  // namespace norman::test
