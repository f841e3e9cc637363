// What fits the overlays: the examples, the first random policies of the differential test, rulesets of real hosts.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/driver/compile.h"
#include "tests/bench/groups.h"
#include "tests/bench/report.h"
#include "tests/bench/workload.h"
#include "tests/oracle/save_file.h"
#include "tests/support/random_policy.h"

namespace norman::bench {
namespace {

constexpr std::uint64_t kSeed = 20261122;  // of the differential test
constexpr std::uint64_t kPolicies = 300;

// Compiles the policies of one kind and remembers those that do not fit.
class Trial {
 public:
  Trial(std::string overlay, std::string kind) : overlay_(std::move(overlay)), kind_(std::move(kind)) {}

  void tryExample(const std::string& name) {
    SourceManager sources;
    sources.setLibrary(std::string(NORMAN_SOURCE) + "/stdlib");
    std::string error;
    const FileId file = sources.load(exampleFile(name), error);
    if (!file.valid()) throw std::runtime_error(error);
    count(name, sources, file, codegen::kTableRules);
  }

  void tryText(const std::string& name, const std::string& text, std::size_t table_rules = codegen::kTableRules) {
    SourceManager sources;
    count(name, sources, sources.add(name + ".norman", text), table_rules);
  }

  void print() const {
    report(fmt::format("overlay.holds.{}.{}", overlay_, kind_), tried_ - static_cast<double>(refused_.size()), kind_,
           fmt::format("of {}{}{}", tried_, refused_.empty() ? "" : "; not: ", fmt::join(refused_, " ")));
  }

 private:
  void count(const std::string& name, SourceManager& sources, FileId file, std::size_t table_rules) {
    ++tried_;
    Diagnostics diagnostics;
    if (!compile(sources, file, diagnostics, {.overlay = overlay_, .table_rules = table_rules})) refused_.push_back(name);
  }

  std::string overlay_, kind_;
  unsigned tried_ = 0;
  std::vector<std::string> refused_;
};

void tryExamples(Trial& trial) {
  for (const std::string& name : exampleNames()) trial.tryExample(name);
}

// As the differential test makes them, but all of them for this overlay.
void tryRandomPolicies(Trial& trial) {
  for (std::uint64_t number = 0; number < kPolicies; ++number) {
    test::Random random(test::caseSeed(kSeed, number));
    random.oneIn(4);  // its choice of the overlay
    const std::size_t table_rules = random.oneIn(2) ? 1 : codegen::kTableRules;
    trial.tryText(std::to_string(number), print(test::randomPolicy(random).text), table_rules);
  }
}

void tryDumps(Trial& trial) {
  for (const oracle::SavedFile& file : oracle::savedFiles()) {
    const oracle::SavedRules saved = oracle::readSaved(file.text, file.family);
    trial.tryText(file.name, oracle::policyText({{saved.table}, false}));
  }
}

}  // namespace

void measureOverlays() {
  for (const auto& config : isa::kConfigs) {
    const std::string overlay(config.name);
    Trial examples(overlay, "examples"), policies(overlay, "policies"), dumps(overlay, "dumps");
    tryExamples(examples);
    examples.print();
    tryRandomPolicies(policies);
    policies.print();
    tryDumps(dumps);
    dumps.print();
  }
}

}  // namespace norman::bench
