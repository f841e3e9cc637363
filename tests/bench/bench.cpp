// The program behind ./bench: runs the groups named on the command line, or all.
#include <cstdio>
#include <exception>
#include <map>
#include <string>

#include "tests/bench/groups.h"

int main(int argc, char** argv) {
  using namespace norman::bench;
  const std::pair<const char*, void (*)()> groups[] = {
      {"rows", measureRows}, {"compile", measureCompile}, {"overlay", measureOverlay}, {"swap", measureSwap}, {"speed", measureSpeed}};
  for (int i = 1; i < argc; ++i) {
    bool known = false;
    for (const auto& [name, run] : groups) known |= std::string(name) == argv[i];
    if (known) continue;
    std::fprintf(stderr, "norman_bench: no group '%s'; there are overlay, swap, rows, compile and speed\n", argv[i]);
    return 2;
  }
  try {
    for (const auto& [name, run] : groups) {
      bool wanted = argc == 1;
      for (int i = 1; i < argc; ++i) wanted |= std::string(name) == argv[i];
      if (wanted) run();
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "norman_bench: %s\n", error.what());
    return 1;
  }
  return 0;
}
