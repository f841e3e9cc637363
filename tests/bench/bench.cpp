// The program behind ./bench: runs the groups named on the command line, or all.
#include <array>
#include <cstdio>
#include <exception>
#include <string_view>

#include "tests/bench/groups.h"

namespace {

using namespace norman::bench;

struct Group {
  std::string_view name;
  void (*run)();
  std::string_view what;
};
constexpr std::array<Group, 10> kGroups = {{
    {"rows", measureRows, "rows of each example, and those that a packet executes"},
    {"compile", measureCompile, "milliseconds to compile a small policy"},
    {"lists", measureCompileRules, "milliseconds to compile long lists of rules, beside iptables and nft"},
    {"overlay", measureOverlay, "packets per clock, latency, packets simulated per second"},
    {"changes", measureChanges, "packets per clock while the tables of the examples change at full speed"},
    {"tables", measureTables, "capacity of rule tables, cost of inserts and how soon packets find them"},
    {"swap", measureSwap, "a thousand hot swaps under full load"},
    {"fit", measureFit, "whether saved iptables rulesets of real hosts fit (NORMAN_CORPORA)"},
    {"holds", measureOverlays, "how many examples, random policies and saved rulesets fit each overlay"},
    {"speed", measureSpeed, "packets per second of the model and of native code"},
}};

void printHelp() {
  std::printf("usage: norman_bench [GROUP]...\n\n"
              "Measures the groups named, or all: one JSON object a line on standard output, a table on standard error.\n\n");
  for (const Group& group : kGroups)
    std::printf("  %-8.*s %.*s\n", static_cast<int>(group.name.size()), group.name.data(), static_cast<int>(group.what.size()), group.what.data());
  std::printf("\nExamples:\n"
              "  norman_bench                        everything\n"
              "  norman_bench overlay swap > f.json  the core alone, figures to a file\n");
}

}  // namespace

int main(int argc, char** argv) {
  std::array<bool, kGroups.size()> wanted{};
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--help" || argument == "-h") {
      printHelp();
      return 0;
    }
    bool known = false;
    for (std::size_t g = 0; g < kGroups.size(); ++g)
      if (kGroups[g].name == argument) known = wanted[g] = true;
    if (known) continue;
    std::fprintf(stderr, "norman_bench: no group '%s'; norman_bench --help lists those there are\n", argv[i]);
    return 2;
  }
  try {
    for (std::size_t g = 0; g < kGroups.size(); ++g)
      if (argc == 1 || wanted[g]) kGroups[g].run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "norman_bench: %s\n", error.what());
    return 1;
  }
  return 0;
}
