// Loads an image into two cores.
#include "overlay_rtl/model/offline/execution.h"

#include <fmt/format.h>

namespace norman {

norman_mmio mmioOf(CoreDevice& device) {
  return {[](void* core, std::uint32_t address, std::uint64_t value) { static_cast<CoreDevice*>(core)->write64(address, value); },
          [](void* core, std::uint32_t address) { return static_cast<CoreDevice*>(core)->read64(address); }, &device};
}

Result<std::unique_ptr<CoreExecution>> CoreExecution::load(const PolicyImage& image, const CoreFactory& factory) {
  std::unique_ptr<CoreExecution> execution(new CoreExecution);
  for (const isa::Program program : {isa::Program::Ingress, isa::Program::Egress}) {
    Core& core = execution->cores_[static_cast<std::size_t>(program)];
    core.device = factory(image.config());
    if (core.device == nullptr) return Failure{fmt::format("error: there is no core of configuration '{}'", image.config().name)};
    const norman_mmio mmio = mmioOf(*core.device);
    norman_problem problem{};
    if (norman_core_attach(&core.control, &mmio, &kHeap, &problem) != 0) return Failure{fmt::format("error: {}", problem.text)};
    core.attached = true;
    if (norman_core_load(&core.control, &image.raw(), nullptr, static_cast<std::uint32_t>(program), 0, &problem) != 0)
      return Failure{fmt::format("error: {}{}{}", problem.section, problem.section[0] != '\0' ? ": " : "", problem.text)};
    norman_core_flip(&core.control, 0);
  }
  return execution;
}

CoreExecution::~CoreExecution() {
  for (Core& core : cores_)
    if (core.attached) norman_core_detach(&core.control);
}

std::vector<ExitRecord> CoreExecution::process(isa::Program program, std::span<const EntryWords> packets) {
  std::vector<ExitRecord> records = device(program).process(packets);
  const isa::Program other = program == isa::Program::Ingress ? isa::Program::Egress : isa::Program::Ingress;
  device(other).giveShared(device(program).takeShared());
  return records;
}

CounterValue CoreExecution::counter(isa::Program program, std::uint32_t event_id) {
  CounterValue value;
  norman_core_count(&control(program), event_id, &value.packets, &value.bytes);
  return value;
}

void CoreExecution::setTrace(isa::Program program, std::vector<TraceRow>* sink) { device(program).setTrace(sink); }

}  // namespace norman
