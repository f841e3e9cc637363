// Loads images into two cores through the control plane's own code and carries packets through them.
#include "tests/differential/machine.h"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include "overlay_rtl/model/exit_edit.h"

namespace norman::test {
namespace {

void* allocate(void*, size_t size) { return std::calloc(1, size); }
void release(void*, void* memory) { std::free(memory); }
const norman_allocator kAllocator{allocate, release, nullptr};

[[noreturn]] void refuse(const char* what, const norman_problem& problem) {
  throw std::runtime_error(std::string(what) + ": " + problem.section + "[" + std::to_string(problem.record) + "]: " + problem.text);
}

bool lookUp(const std::map<std::string, uint32_t>& names, const char* name, uint32_t* number) {
  const auto found = names.find(name);
  if (found == names.end()) return false;
  *number = found->second;
  return true;
}
bool userNumber(void* context, const char* name, uint32_t* uid) {
  return lookUp(static_cast<const Accounts*>(context)->users, name, uid);
}
bool groupNumber(void* context, const char* name, uint32_t* gid) {
  return lookUp(static_cast<const Accounts*>(context)->groups, name, gid);
}

void mmioWrite(void* context, uint32_t address, uint64_t value) { static_cast<CoreDevice*>(context)->write64(address, value); }
uint64_t mmioRead(void* context, uint32_t address) { return static_cast<CoreDevice*>(context)->read64(address); }

}  // namespace

LoadedImage::LoadedImage(std::vector<uint8_t> bytes, const Accounts& accounts) : bytes_(std::move(bytes)) {
  norman_problem problem{};
  if (norman_image_open(&image_, bytes_.data(), bytes_.size(), &kAllocator, &problem) != 0) refuse("image refused", problem);
  const norman_names names{userNumber, groupNumber, const_cast<Accounts*>(&accounts)};
  if (norman_owner_bind(&owners_, &image_, &names, &kAllocator) != 0) throw std::runtime_error("no memory to bind owners");
  for (uint32_t i = 0; i < norman_image_count(&image_, NORMAN_SECTION_OBJECTS); ++i) {
    norman_image_object record;
    norman_image_get(&image_, NORMAN_SECTION_OBJECTS, i, &record);
    objects_.push_back({norman_image_string(&image_, record.name), static_cast<isa::ObjectKind>(record.kind),
                        static_cast<isa::Program>(record.program), record.stage, record.base, record.size});
  }
  for (uint32_t i = 0; i < norman_image_count(&image_, NORMAN_SECTION_PROGRAMS); ++i) {
    norman_image_program record;
    norman_image_get(&image_, NORMAN_SECTION_PROGRAMS, i, &record);
    programs_[record.program] = true;
  }
  std::vector<PolicyImage::Interface> named;
  for (uint32_t i = 0; i < norman_image_count(&image_, NORMAN_SECTION_INTERFACES); ++i) {
    norman_image_interface record;
    norman_image_get(&image_, NORMAN_SECTION_INTERFACES, i, &record);
    named.push_back({norman_image_string(&image_, record.name), static_cast<uint16_t>(record.number)});
  }
  interfaces_ = InterfaceNumbers(std::move(named));
}

LoadedImage::~LoadedImage() { norman_owner_release(&owners_); }

uint32_t LoadedImage::eventBase(isa::ObjectKind kind, const std::string& name) const {
  for (const Object& object : objects_)
    if (object.kind == kind && object.name == name) return object.base;
  throw std::runtime_error("the image has no counter or log " + name);
}

uint64_t LoadedImage::ownerBits(const Packet& packet) const {
  const auto identity = [](const Owner& owner) {
    return norman_identity{owner.uid, owner.gid, owner.comm.c_str(), owner.cgroup.c_str()};
  };
  norman_identity owner{};
  norman_identity socket{};
  if (packet.owner) owner = identity(*packet.owner);
  if (packet.socket) socket = identity(*packet.socket);
  return norman_owner_bits(&owners_, packet.owner ? &owner : nullptr, packet.socket ? &socket : nullptr);
}

ParsedPacket enter(Host& host, const Packet& packet, isa::Program program, const std::vector<uint8_t>& frame, uint32_t mark) {
  PacketMetadata metadata;
  metadata.egress = program == isa::Program::Egress;
  metadata.forward = packet.path == Path::Forward;
  metadata.local = program == isa::Program::Ingress && packet.path == Path::Ingress && packet.local;
  metadata.iface_in = host.interfaceNumber(packet.iface);
  metadata.iface_out = host.interfaceNumber(packet.oif);
  metadata.ticks = packet.time_ns * 16;
  metadata.mark = mark;
  metadata.random = packet.random;
  metadata.wall_s = packet.wall_s;
  if (packet.owner) metadata.owner = OwnerWords{packet.owner->uid, packet.owner->gid, packet.owner->pid, 0, 0};
  if (packet.socket) metadata.socket = SocketWords{packet.socket->uid, packet.socket->gid, 0};
  metadata.owner_predicates = host.ownerBits(packet);
  return parsePacket(frame, metadata);
}

namespace {

std::vector<Outcome> runTogether(Host& host, std::span<const Packet> packets, const RunProgram& run) {
  std::vector<Outcome> outcomes(packets.size());
  for (size_t i = 0; i < packets.size(); ++i) {
    outcomes[i].frame = packets[i].frame;
    outcomes[i].mark = packets[i].mark;
    host.interfaceNumber(packets[i].iface);  // numbered in the order of the packets, not of the directions
    host.interfaceNumber(packets[i].oif);
  }
  for (const isa::Program program : {isa::Program::Ingress, isa::Program::Egress}) {
    const Path only = program == isa::Program::Ingress ? Path::Ingress : Path::Egress;
    std::vector<size_t> members;
    std::vector<EntryWords> words;
    std::vector<ParseInfo> infos;
    for (size_t i = 0; i < packets.size(); ++i) {
      const bool passed_so_far = outcomes[i].verdict == static_cast<uint32_t>(isa::Verdict::Pass);
      if (packets[i].path != only && !(packets[i].path == Path::Forward && passed_so_far)) continue;
      const ParsedPacket parsed = enter(host, packets[i], program, outcomes[i].frame, outcomes[i].mark);
      members.push_back(i);
      words.push_back(parsed.words);
      infos.push_back(parsed.info);
    }
    const std::vector<ExitRecord> records = run(program, words);
    if (records.size() != members.size()) throw std::runtime_error("an execution lost packets");
    for (size_t n = 0; n < members.size(); ++n) {
      Outcome& outcome = outcomes[members[n]];
      const ExitRecord& record = records[n];
      outcome.verdict = static_cast<uint32_t>(record.verdict());
      outcome.reason = static_cast<uint32_t>(record.reason());
      // A direction without a deciding rule leaves that of the direction before; a drop before any rule has none.
      const bool decided = record.rule() != isa::kNoRule || record.verdict() != isa::Verdict::Pass;
      if (decided) outcome.rule = record.rule();
      outcome.capture |= record.has(isa::Act::Capture);
      outcome.log |= record.has(isa::Act::Log);
      for (size_t slot = 0; slot < record.event_ids.size(); ++slot)
        if (record.event_valid >> slot & 1) outcome.events.push_back(record.event_ids[slot]);
      EditedPacket edited = applyExit(outcome.frame, infos[n], outcome.mark, record);
      outcome.frame = std::move(edited.frame);
      outcome.mark = edited.mark;
    }
  }
  for (Outcome& outcome : outcomes) std::sort(outcome.events.begin(), outcome.events.end());
  return outcomes;
}

}  // namespace

std::vector<Outcome> runPackets(Host& host, std::span<const Packet> packets, const RunProgram& run) {
  if (!host.shares()) return runTogether(host, packets, run);
  std::vector<Outcome> outcomes;
  for (size_t begin = 0, end; begin < packets.size(); begin = end) {
    const Path path = packets[begin].path;
    for (end = begin + 1; end < packets.size() && path != Path::Forward && packets[end].path == path;) ++end;
    for (Outcome& outcome : runTogether(host, packets.subspan(begin, end - begin), run)) outcomes.push_back(std::move(outcome));
  }
  return outcomes;
}

Machine::Machine(const CoreFactory& factory, const isa::ConfigInfo& config) {
  for (Core& core : cores_) {
    core.device = factory(config);
    const norman_mmio mmio{mmioWrite, mmioRead, core.device.get()};
    norman_problem problem{};
    if (norman_core_attach(&core.core, &mmio, &kAllocator, &problem) != 0) refuse("core not taken over", problem);
  }
}

Machine::~Machine() {
  for (Core& core : cores_) norman_core_detach(&core.core);
}

void Machine::load(const LoadedImage& image) {
  for (size_t program = 0; program < cores_.size(); ++program) {
    Core& core = cores_[program];
    const uint32_t idle = 1 - core.epoch;
    norman_problem problem{};
    if (norman_core_load(&core.core, &image.image(), nullptr, static_cast<uint32_t>(program), idle, &problem) != 0)
      refuse("image not loaded", problem);
    norman_core_flip(&core.core, idle);
    core.epoch = idle;
    rows_[program].clear();
  }
}

std::vector<ExitRecord> Machine::process(isa::Program program, std::span<const EntryWords> packets) {
  Core& core = cores_[static_cast<size_t>(program)];
  // Only one core at a time may trace in simulation.
  core.device->setTrace(tracing_ ? &rows_[static_cast<size_t>(program)] : nullptr);
  std::vector<ExitRecord> records = core.device->process(packets);
  core.device->setTrace(nullptr);
  cores_[1 - static_cast<size_t>(program)].device->giveShared(core.device->takeShared());
  return records;
}

void Machine::trace(bool on) { tracing_ = on; }

Count Machine::count(isa::Program program, uint32_t event_id) {
  Count count;
  norman_core_count(&cores_[static_cast<size_t>(program)].core, event_id, &count.packets, &count.bytes);
  return count;
}

uint64_t Machine::stateWord(const LoadedImage::Object& object) {
  const uint32_t address = NORMAN_REG_STATE_WORDS(object.stage, object.base);
  return cores_[static_cast<size_t>(object.program)].device->read64(address);
}

}  // namespace norman::test
