// normanc run: recorded packets through a policy, one JSON line for each.
#include <cstdio>

#include <fmt/format.h>

#include "compiler/driver/compile.h"
#include "compiler/tools/arguments.h"
#include "compiler/tools/output.h"
#include "compiler/tools/policy_input.h"
#include "compiler/tools/traffic_input.h"
#include "overlay_rtl/model/core_model.h"
#include "overlay_rtl/model/offline/json_text.h"
#include "overlay_rtl/model/offline/runner.h"
#ifdef NORMAN_HAVE_RTL
#include "overlay_rtl/sim/rtl_core.h"
#endif

namespace norman::tools {
namespace {

// So many packets are read and run at a time: enough to keep the simulated core full, little memory.
constexpr size_t kBatch = 4096;

/// Host code where the runner expects cores.
class NativeExecution : public Execution {
 public:
  explicit NativeExecution(std::unique_ptr<native::NativeProgram> program) : program_(std::move(program)) {}
  std::vector<ExitRecord> process(isa::Program program, std::span<const EntryWords> packets) override {
    std::vector<ExitRecord> records;
    records.reserve(packets.size());
    for (const EntryWords& words : packets) records.push_back(program_->run(program, words));
    return records;
  }
  CounterValue counter(isa::Program program, std::uint32_t event_id) override {
    const native::EventCount count = program_->eventCount(program, event_id);
    return {count.packets, count.bytes};
  }
  void setTrace(isa::Program, std::vector<TraceRow>*) override {}

 private:
  std::unique_ptr<native::NativeProgram> program_;
};

#ifdef NORMAN_HAVE_RTL
struct Clocks {
  std::uint64_t packets = 0;
  std::uint64_t entry = 0;
  std::uint64_t latency = 0;
};

/// A simulated core that adds up what its runs took.
class MeasuredCore : public CoreDevice {
 public:
  MeasuredCore(std::unique_ptr<CoreDevice> core, Clocks& clocks) : core_(std::move(core)), clocks_(clocks) {}
  void write64(std::uint32_t address, std::uint64_t value) override { core_->write64(address, value); }
  std::uint64_t read64(std::uint32_t address) override { return core_->read64(address); }
  void setTrace(std::vector<TraceRow>* sink) override { core_->setTrace(sink); }
  std::vector<SharedEntry> takeShared() override { return core_->takeShared(); }
  void giveShared(std::span<const SharedEntry> entries) override { core_->giveShared(entries); }
  std::vector<ExitRecord> process(std::span<const EntryWords> packets) override {
    auto records = core_->process(packets);
    if (const auto* rtl = dynamic_cast<const RtlCore*>(core_.get()); rtl != nullptr && !packets.empty()) {
      clocks_.packets += rtl->figures().packets;
      clocks_.entry += rtl->figures().entry_clocks;
      clocks_.latency = rtl->figures().latency_clocks;
    }
    return records;
  }

 private:
  std::unique_ptr<CoreDevice> core_;
  Clocks& clocks_;
};
#endif

void printCounters(Runner& runner, const PolicyImage& image) {
  for (const NamedCounter& counter : runner.counters()) {
    nlohmann::ordered_json line;
    line["counter"] = counter.name;
    line["place"] = nullptr;
    if (counter.line != 0) line["place"] = image.place(counter.line);
    line["packets"] = counter.value.packets;
    line["bytes"] = counter.value.bytes;
    fmt::print("{}\n", jsonText(line));
  }
}

}  // namespace

int run(const RunArguments& arguments) {
  auto policy = readPolicy(arguments.file, arguments.overlay, arguments.library);
  if (!policy) return kMistake;
  auto options = runOptions(arguments.traffic);
  if (!options) return kMistake;

  std::unique_ptr<Execution> execution;
#ifdef NORMAN_HAVE_RTL
  Clocks clocks;
#endif
  if (arguments.on == "native") {
    if (!policy->sources) return fail("an image holds rows only; --on native needs the policy's source");
    Diagnostics diagnostics;
    auto program = compileNative(*policy->sources, policy->file, diagnostics, arguments.overlay);
    if (!program) {
      printDiagnostics(diagnostics, *policy->sources);
      return kMistake;
    }
    execution = std::make_unique<NativeExecution>(std::move(program));
  } else {
    CoreFactory factory = modelFactory();
    if (arguments.on == "rtl") {
#ifdef NORMAN_HAVE_RTL
      factory = [&clocks, make = rtlFactory()](const isa::ConfigInfo& config) -> std::unique_ptr<CoreDevice> {
        auto core = make(config);
        if (core == nullptr) return nullptr;
        return std::make_unique<MeasuredCore>(std::move(core), clocks);
      };
#else
      return fail("this normanc was built without the simulated hardware: Verilator was not found");
#endif
    }
    auto cores = CoreExecution::load(policy->image, factory);
    if (!cores) return failAsIs(cores.error());
    execution = std::move(*cores);
  }

  auto traffic = openTraffic(arguments.traffic.in);
  if (!traffic) return failAsIs(traffic.error());
  auto runner = Runner::make(policy->image, *execution, std::move(*options));
  if (!runner) return failAsIs(runner.error());
  if (runner->unresolvedNames() != 0)
    fmt::print(stderr, "normanc: warning: {} user or group name{} of the policy {} not in the account files; tests of {} never hold\n",
               runner->unresolvedNames(), runner->unresolvedNames() == 1 ? "" : "s", runner->unresolvedNames() == 1 ? "is" : "are",
               runner->unresolvedNames() == 1 ? "it" : "them");

  bool more = true;
  while (more) {
    std::vector<TrafficPacket> batch;
    while (batch.size() < kBatch) {
      auto packet = (*traffic)->next();
      if (!packet) {
        more = false;
        break;
      }
      batch.push_back(std::move(*packet));
    }
    for (const PacketResult& result : runner->run(batch)) fmt::print("{}\n", jsonLine(result));
  }
  if (arguments.counters) printCounters(*runner, policy->image);
#ifdef NORMAN_HAVE_RTL
  if (arguments.on == "rtl" && clocks.entry != 0)
    fmt::print(stderr, "rtl: {} packets entered in {} clocks ({:.2f} packets per clock), latency {} clocks\n", clocks.packets, clocks.entry,
               static_cast<double>(clocks.packets) / static_cast<double>(clocks.entry), clocks.latency);
#endif
  const int status = finishOutput();
  if (!(*traffic)->error().empty()) return failAsIs((*traffic)->error());
  return status;
}

}  // namespace norman::tools
