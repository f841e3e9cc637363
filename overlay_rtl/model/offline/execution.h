// One way to run both programs of an image: on overlay cores behind registers, or as something that looks the same.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "overlay_rtl/model/core_device.h"
#include "overlay_rtl/model/offline/policy_image.h"
#include "runtime/core/core_load.h"

namespace norman {

struct CounterValue {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;

  bool operator==(const CounterValue&) const = default;
};

/// Runs packets through the ingress or the egress program of one image.
class Execution {
 public:
  virtual ~Execution() = default;
  virtual std::vector<ExitRecord> process(isa::Program program, std::span<const EntryWords> packets) = 0;
  virtual CounterValue counter(isa::Program program, std::uint32_t event_id) = 0;
  /// As CoreDevice::setTrace; an execution without rows ignores it.
  virtual void setTrace(isa::Program program, std::vector<TraceRow>* sink) = 0;
};

/// Two cores, loaded by runtime/core as a control plane would do it.
class CoreExecution : public Execution {
 public:
  static Result<std::unique_ptr<CoreExecution>> load(const PolicyImage& image, const CoreFactory& factory);
  ~CoreExecution() override;

  std::vector<ExitRecord> process(isa::Program program, std::span<const EntryWords> packets) override;
  CounterValue counter(isa::Program program, std::uint32_t event_id) override;
  void setTrace(isa::Program program, std::vector<TraceRow>* sink) override;

  CoreDevice& device(isa::Program program) { return *cores_[static_cast<std::size_t>(program)].device; }
  norman_core& control(isa::Program program) { return cores_[static_cast<std::size_t>(program)].control; }

 private:
  struct Core {
    std::unique_ptr<CoreDevice> device;
    norman_core control{};
    bool attached = false;
  };
  CoreExecution() = default;

  Core cores_[2];
};

/// The register accesses of a core, as runtime/core wants them.
norman_mmio mmioOf(CoreDevice& device);

}  // namespace norman
