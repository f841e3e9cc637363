// A NIC's two overlay cores as the test drives them: images in, packets in, outcomes, counters and traces out.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "overlay_rtl/model/core_device.h"
#include "overlay_rtl/model/offline/interface_numbers.h"
#include "overlay_rtl/model/packet_parser.h"
#include "runtime/core/core_load.h"
#include "runtime/core/core_owner.h"
#include "tests/differential/outcome.h"
#include "tests/support/evaluator.h"
#include "tests/support/packet.h"

namespace norman::test {

/// What the host knows about a program's packets besides their frames.
class Host {
 public:
  virtual ~Host() = default;
  virtual uint64_t ownerBits(const Packet& packet) const = 0;
  /// One program sees what the other has learned.
  virtual bool shares() const = 0;
  /// Numbers of interfaces: those that the program names, then others in the order of their first appearance.
  uint16_t interfaceNumber(const std::string& name) { return interfaces_.of(name); }

 protected:
  InterfaceNumbers interfaces_{{}};
};

/// A verified image, its names bound to the accounts of the tests' world.
class LoadedImage : public Host {
 public:
  /// Throws std::runtime_error with the loader's words when the image is refused.
  LoadedImage(std::vector<uint8_t> bytes, const Accounts& accounts);
  ~LoadedImage() override;
  LoadedImage(const LoadedImage&) = delete;
  LoadedImage& operator=(const LoadedImage&) = delete;

  struct Object {
    std::string name;
    isa::ObjectKind kind;
    isa::Program program;
    uint32_t stage;
    uint32_t base;
    uint32_t size;
  };

  const norman_image& image() const { return image_; }
  const std::vector<Object>& objects() const { return objects_; }
  bool has(isa::Program program) const { return programs_[static_cast<size_t>(program)]; }
  /// First event id of a counter or log; throws when the image has none of this name.
  uint32_t eventBase(isa::ObjectKind kind, const std::string& name) const;
  uint64_t ownerBits(const Packet& packet) const override;
  bool shares() const override { return (norman_image_mirrors(&image_, 0) | norman_image_mirrors(&image_, 1)) != 0; }

 private:
  std::vector<uint8_t> bytes_;
  norman_image image_{};
  norman_owner_table owners_{};
  std::vector<Object> objects_;
  std::array<bool, 2> programs_{false, false};
};

/// What the parser hands to a core for a packet in one direction.
ParsedPacket enter(Host& host, const Packet& packet, isa::Program program, const std::vector<uint8_t>& frame, uint32_t mark);

/// Runs one direction of a packet list; the records belong to the packets in order.
using RunProgram = std::function<std::vector<ExitRecord>(isa::Program, std::span<const EntryWords>)>;

/// Sends packets through ingress, egress or both, as their paths say, and edits the frames after each exit: all through ingress
/// first, unless the host shares; then as many at a time as go the same way.
std::vector<Outcome> runPackets(Host& host, std::span<const Packet> packets, const RunProgram& run);

/// Both cores of one execution. Programs are loaded into the idle epoch, then the cores flip; nothing is ever reset.
class Machine {
 public:
  Machine(const CoreFactory& factory, const isa::ConfigInfo& config);
  ~Machine();

  /// Throws std::runtime_error when the loader refuses the image.
  void load(const LoadedImage& image);
  std::vector<ExitRecord> process(isa::Program program, std::span<const EntryWords> packets);
  /// Rows executed since the last load, if tracing is on.
  void trace(bool on);
  const std::vector<TraceRow>& rows(isa::Program program) const { return rows_[static_cast<size_t>(program)]; }

  Count count(isa::Program program, uint32_t event_id);
  uint64_t stateWord(const LoadedImage::Object& object);

 private:
  struct Core {
    std::unique_ptr<CoreDevice> device;
    norman_core core{};
    uint32_t epoch = 0;
  };
  std::array<Core, 2> cores_;
  std::array<std::vector<TraceRow>, 2> rows_;
  bool tracing_ = false;
};

}  // namespace norman::test
