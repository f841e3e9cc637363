// The measurements, one function a group.
#include "tests/bench/groups.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <stdexcept>

#include <fmt/format.h>

#include "compiler/driver/compile.h"
#include "overlay_rtl/model/core_model.h"
#include "overlay_rtl/model/offline/execution.h"
#include "overlay_rtl/sim/rtl_core.h"
#include "tests/bench/report.h"
#include "tests/bench/workload.h"
#include "tests/support/random_program.h"

namespace norman::bench {
namespace {

using Clock = std::chrono::steady_clock;

double secondsOf(const std::function<void()>& work) {
  const auto start = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double bestOf(int times, const std::function<void()>& work) {
  double best = secondsOf(work);
  for (int i = 1; i < times; ++i) best = std::min(best, secondsOf(work));
  return best;
}

std::unique_ptr<CoreExecution> load(const PolicyImage& image, const CoreFactory& factory) {
  auto execution = CoreExecution::load(image, factory);
  if (!execution) throw std::runtime_error(execution.error());
  return std::move(*execution);
}

std::string stagesNote(const isa::ConfigInfo& config) { return fmt::format("{}: {}", config.name, config.stages); }

}  // namespace

void measureOverlay() {
  const isa::ConfigInfo& config = *findConfig("default");
  for (const std::string& name : exampleNames()) {
    const PolicyImage image = compileExample(name, "default");
    const isa::Program program = programOf(image);
    const auto execution = load(image, rtlFactory());
    execution->process(program, packetsFor(program, 4000));
    const auto& core = dynamic_cast<const RtlCore&>(execution->device(program));
    report("overlay.packets_per_clock." + name, core.figures().packetsPerClock(), "packets/clock", stagesNote(config));
  }

  constexpr int kPrograms = 200;
  double worst = 1e9;
  uint64_t latency = 0;
  auto core = RtlCore::create(config);
  test::Random random(1);
  std::vector<EntryWords> words(1000);
  for (EntryWords& word : words) word = test::randomEntryWords(random);
  for (int i = 0; i < kPrograms; ++i) {
    test::RandomProgramOptions options;
    options.straight = true;
    options.epoch = static_cast<unsigned>(i % 2);
    test::load(*core, test::randomProgram(config, test::caseSeed(1, static_cast<uint64_t>(i)), options));
    core->process(words);
    worst = std::min(worst, core->figures().packetsPerClock());
    latency = std::max(latency, core->figures().latency_clocks);
  }
  report("overlay.packets_per_clock.random", worst, "packets/clock",
         fmt::format("worst of {} random programs, a row in each of {} stages", kPrograms, config.stages.size()));
  report("overlay.latency_clocks", static_cast<double>(latency), "clocks", stagesNote(config));

  for (const isa::ConfigInfo& built : isa::kConfigs) {
    const PolicyImage image = compileExample("partition_ports", std::string(built.name));
    const auto execution = load(image, rtlFactory());
    const std::vector<EntryWords> packets = packetsFor(isa::Program::Ingress, 100'000);
    const double seconds = bestOf(5, [&] { execution->process(isa::Program::Ingress, packets); });
    // The figure that is asked for is that of the default core.
    report(built.name == config.name ? "overlay.sim_packets_per_s" : fmt::format("overlay.sim_packets_per_s.{}", built.name),
           static_cast<double>(packets.size()) / seconds, "packets/s",
           fmt::format("{}: partition_ports, one thread, from the first stage on, best of 5; Verilator {}", built.name, NORMAN_SIM_FLAGS));
  }
}

void measureRows() {
  const std::pair<const char*, int> hxdp[] = {{"xdp1", 36}, {"xdp2", 43}, {"rxq_info", 46}, {"simple_firewall", 27}, {"redirect_map", 15}, {"router_ipv4", 51}};
  for (const std::string& name : exampleNames()) {
    const PolicyImage image = compileExample(name, "default");
    const isa::Program program = programOf(image);
    const size_t rows = rowsOf(image, program);
    std::string note = "non-empty rows of one direction";
    for (const auto& [of, count] : hxdp)
      if (name == of) note += fmt::format("; hXDP {} VLIW rows", count);
    if (name == "rxq_info") note += "; counts by interface, the original by receive queue and with options";
    if (name == "xdp1" || name == "xdp2") note += "; IPv6 extension headers are read over, the original counts the first";
    if (name == "redirect_map" || name == "router_ipv4") note += "; the mark names the port, the original's verdict does";
    report("rows." + name, static_cast<double>(rows), "rows", note);

    const auto execution = load(image, modelFactory());
    std::vector<TraceRow> trace;
    execution->setTrace(program, &trace);
    const std::vector<EntryWords> packets = packetsFor(program, 10'000);
    execution->process(program, packets);
    execution->setTrace(program, nullptr);
    report("rows_executed." + name, static_cast<double>(trace.size()) / static_cast<double>(packets.size()), "rows/packet",
           "mean over random packets");
  }
}

void measureCompile() {
  SourceManager sources;
  std::string error;
  const FileId file = sources.load(exampleFile("partition_ports"), error);
  if (!file.valid()) throw std::runtime_error(error);
  const double seconds = bestOf(10, [&] {
    Diagnostics diagnostics;
    if (!compile(sources, file, diagnostics, {})) throw std::runtime_error(diagnostics.render(sources));
  });
  report("compile.small_ms", seconds * 1e3, "ms", "partition_ports, source in memory to image, best of 10");
}

void measureSpeed() {
  const std::vector<EntryWords> packets = packetsFor(isa::Program::Ingress, 200'000);
  const PolicyImage image = compileExample("partition_ports", "default");
  const auto model = load(image, modelFactory());
  const double by_model = bestOf(5, [&] { model->process(isa::Program::Ingress, packets); });
  report("model.packets_per_s", static_cast<double>(packets.size()) / by_model, "packets/s", "partition_ports, one thread, after parsing, best of 5");

  SourceManager sources;
  Diagnostics diagnostics;
  std::string error;
  const FileId file = sources.load(exampleFile("partition_ports"), error);
  const auto native = compileNative(sources, file, diagnostics, "default");
  if (native == nullptr) throw std::runtime_error(diagnostics.render(sources));
  const double by_native = bestOf(5, [&] {
    for (const EntryWords& words : packets) native->run(isa::Program::Ingress, words);
  });
  report("native.packets_per_s", static_cast<double>(packets.size()) / by_native, "packets/s", "partition_ports, one thread, after parsing, best of 5");
}

}  // namespace norman::bench
