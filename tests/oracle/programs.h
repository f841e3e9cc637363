// Runs the programs of iptables, nftables and iproute2.
#pragma once

#include <string>
#include <vector>

namespace norman::oracle {

struct Ran {
  int status = -1;  // 0 for success
  std::string output;
  std::string errors;
};

/// Runs a program found in the system's folders with `input` on its standard input.
Ran run(const std::vector<std::string>& words, const std::string& input = "");

/// Whether a program of this name can be run.
bool isInstalled(const std::string& program);

}  // namespace norman::oracle
