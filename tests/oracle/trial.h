// A ruleset tried on both sides: in the kernel and on our machines.
#pragma once

#include <string>
#include <vector>

#include "tests/oracle/kernel_host.h"
#include "tests/oracle/ours.h"
#include "tests/oracle/probe.h"

namespace norman::oracle {

struct Case {
  Ruleset ruleset;
  std::vector<Probe> probes;
};

struct Comparison {
  enum class Kind {
    Equal,
    DoesNotFit,  // the overlay
    Refused,     // by our front end, or by iptables
    Broken,      // an execution cannot take what the compiler made
    Different,
  };
  Kind kind = Kind::Equal;
  std::string text;             // the refusal, or the differences
  std::vector<size_t> wrong;    // probes that fared differently
  size_t compared = 0;
  size_t unseen = 0;            // probes that the kernel threw away before its rules
  size_t beyond_window = 0;     // probes with headers that our parser cannot see
  size_t passed = 0;            // of those compared
  size_t counters = 0;          // rules whose counters were compared
  size_t hit = 0;               // of those, rules that counted something
};

class Trial {
 public:
  explicit Trial(KernelHost& kernel) : kernel_(kernel) {}

  Comparison compare(const Case& tried, bool with_rtl);

 private:
  KernelHost& kernel_;
  Ours ours_;
};

/// A case that fails in the same way with as few rules, conditions and probes as could be found in `tries` attempts.
Case shrink(Trial& trial, const Case& failing, Comparison::Kind kind, bool with_rtl, int tries);

/// The first error of diagnostics, without its place and its numbers, so that like refusals are one line.
std::string refusal(const std::string& diagnostics);

/// The ruleset in both forms, and the probes.
std::string describe(const Case& tried);

}  // namespace norman::oracle
