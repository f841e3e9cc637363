// The offline runner.
#include "overlay_rtl/model/offline/runner.h"

#include <iterator>
#include <fmt/format.h>

#include <algorithm>

#include "overlay_rtl/model/exit_edit.h"
#include "overlay_rtl/model/offline/json_text.h"

namespace norman {
namespace {

// A number from 1 on for each text, as the control plane numbers commands and cgroups.
std::uint32_t numberOf(const std::string& text) {
  if (text.empty()) return 0;
  std::uint32_t hash = 2166136261u;  // FNV-1a: no table to keep, and no program reads these words
  for (const char c : text) hash = (hash ^ static_cast<std::uint8_t>(c)) * 16777619u;
  return hash | 1;
}

// A word that looks random and is the same in every run: the finalizer of SplitMix64 over the packet's number.
std::uint32_t randomOf(std::uint64_t n) {
  std::uint64_t z = (n + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return static_cast<std::uint32_t>((z ^ z >> 31) >> 32);
}

norman_identity identityOf(const Identity& identity) {
  return {identity.uid, identity.gid, identity.comm.empty() ? nullptr : identity.comm.c_str(),
          identity.cgroup.empty() ? nullptr : identity.cgroup.c_str()};
}

bool toMany(const ParsedPacket& packet) {
  if (packet.info.has(isa::kHasIpv6)) return packet.words[isa::kWDst0] >> 24 == 0xff;
  const std::uint32_t destination = packet.words[isa::kWDst0];
  return destination >> 28 == 14 || destination == 0xffffffff;
}

}  // namespace

Runner::Runner(const PolicyImage& image, Execution& execution, RunOptions options)
    : image_(image), execution_(execution), options_(std::move(options)), interfaces_(image.interfaces()) {
  for (auto& owner : event_owner_) owner.resize(image.config().event_ids, nullptr);
  for (const PolicyImage::Object& object : image.objects()) {
    if (object.kind != isa::ObjectKind::Counter && object.kind != isa::ObjectKind::Log) continue;
    for (std::uint32_t i = 0; i < object.size; ++i) event_owner_[static_cast<std::size_t>(object.program)].at(object.base + i) = &object;
  }
}

Runner::Runner(Runner&& other) noexcept
    : image_(other.image_), execution_(other.execution_), options_(std::move(other.options_)), owner_table_(other.owner_table_),
      interfaces_(std::move(other.interfaces_)), event_owner_{std::move(other.event_owner_[0]), std::move(other.event_owner_[1])}, next_n_(other.next_n_) {
  other.owner_table_ = {};
}

Runner::~Runner() { norman_owner_release(&owner_table_); }

Result<Runner> Runner::make(const PolicyImage& image, Execution& execution, RunOptions options) {
  Runner runner(image, execution, std::move(options));
  const norman_names names = runner.options_.accounts.names();
  if (norman_owner_bind(&runner.owner_table_, &image.raw(), &names, &kHeap) != 0) return Failure{"error: no memory for the owner predicates"};
  return runner;
}

// `local` says whether the packet's destination is this host, which matters at ingress. Without prefixes every
// destination is.
Direction Runner::decide(const TrafficPacket& packet, const ParsedPacket& plain, bool& local) const {
  const bool is_ipv6 = plain.info.has(isa::kHasIpv6);
  const bool addressed = plain.info.has(isa::kHasIp) || plain.info.has(isa::kHasArp);
  const auto isLocal = [&](isa::EntryWord word) {
    return std::any_of(options_.local.begin(), options_.local.end(),
                       [&](const AddressPrefix& prefix) { return prefix.contains(is_ipv6, &plain.words[word]); });
  };
  local = options_.local.empty() || !plain.info.has(isa::kHasIp) || isLocal(isa::kWDst0) || toMany(plain);
  if (packet.direction) return *packet.direction;
  if (options_.direction) return *options_.direction;
  return addressed && isLocal(isa::kWSrc0) ? Direction::Egress : Direction::Ingress;
}

std::vector<PacketResult> Runner::run(std::span<const TrafficPacket> packets) {
  if (!shares_ || packets.size() < 2) return runTogether(packets);
  // What one program learns the other one sees: as many at a time as go through one program.
  std::vector<PacketResult> results;
  const auto programOf = [&](const TrafficPacket& packet) {
    bool local = false;
    return decide(packet, parsePacket(packet.frame, {}), local);
  };
  for (std::size_t begin = 0, end; begin < packets.size(); begin = end) {
    const Direction direction = programOf(packets[begin]);
    for (end = begin + 1; end < packets.size() && direction != Direction::Forward && programOf(packets[end]) == direction;) ++end;
    std::ranges::move(runTogether(packets.subspan(begin, end - begin)), std::back_inserter(results));
  }
  return results;
}

std::vector<PacketResult> Runner::runTogether(std::span<const TrafficPacket> packets) {
  std::vector<PacketResult> results(packets.size());
  std::vector<PacketMetadata> metadata(packets.size());
  std::vector<ParsedPacket> parsed(packets.size());
  std::vector<std::size_t> ingress;
  // Numbered while packets are taken in order, so that numbers do not depend on how many come in one call.
  std::vector<std::uint16_t> out_numbers(packets.size());
  for (std::size_t i = 0; i < packets.size(); ++i) {
    const TrafficPacket& packet = packets[i];
    PacketResult& result = results[i];
    PacketMetadata& m = metadata[i];
    result.n = next_n_++;
    result.frame = packet.frame;
    result.mark = packet.mark;
    const ParsedPacket plain = parsePacket(packet.frame, {});
    bool local = false;
    result.direction = decide(packet, plain, local);
    result.owner = packet.owner;
    result.socket = packet.socket;
    if (const Ownership* ownership = options_.owners.find(result.n, plain)) {
      if (ownership->owner) result.owner = ownership->owner;
      if (ownership->socket) result.socket = ownership->socket;
    }
    m.ticks = packet.t_ns * isa::kTicksPerNs;
    m.mark = packet.mark;
    m.random = packet.random.value_or(randomOf(result.n));
    m.wall_s = packet.wall_s;
    m.wire_length = packet.wire_length;
    if (result.direction == Direction::Forward) {
      // No process of this host owns what is only forwarded.
      result.owner.reset();
      result.socket.reset();
    }
    norman_identity owner{}, socket{};
    if (result.owner) {
      const Identity& o = *result.owner;
      m.owner = OwnerWords{o.uid, o.gid, o.pid, numberOf(o.comm), numberOf(o.cgroup)};
      owner = identityOf(o);
    }
    if (result.socket) {
      const Identity& s = *result.socket;
      m.socket = SocketWords{s.uid, s.gid, numberOf(s.cgroup)};
      socket = identityOf(s);
    }
    m.owner_predicates = norman_owner_bits(&owner_table_, result.owner ? &owner : nullptr, result.socket ? &socket : nullptr);
    if (result.direction == Direction::Egress) {
      m.egress = true;
      m.iface_out = interfaces_.of(packet.iface);
    } else {
      m.iface_in = interfaces_.of(packet.iface);
      m.local = result.direction == Direction::Ingress && local;
      if (result.direction == Direction::Forward) out_numbers[i] = interfaces_.of(packet.oif);
      ingress.push_back(i);
    }
    parsed[i] = parsePacket(packet.frame, m);
    result.entry = parsed[i].words;
  }

  const auto runProgram = [&](isa::Program program, const std::vector<std::size_t>& which) {
    std::vector<EntryWords> words;
    words.reserve(which.size());
    for (const std::size_t i : which) words.push_back(parsed[i].words);
    std::vector<TraceRow> rows;
    if (options_.trace) execution_.setTrace(program, &rows);
    const std::vector<ExitRecord> records = execution_.process(program, words);
    if (options_.trace) execution_.setTrace(program, nullptr);
    for (std::size_t k = 0; k < which.size(); ++k) settle(results[which[k]], program, records.at(k), parsed[which[k]]);
    addRows(results, which, program, rows);
  };
  runProgram(isa::Program::Ingress, ingress);

  // Nothing is shared here, so egress may run after the ingress of packets that came later.
  std::vector<std::size_t> egress;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    PacketResult& result = results[i];
    if (result.direction == Direction::Ingress || result.verdict != isa::Verdict::Pass) continue;
    if (result.direction == Direction::Forward) {
      PacketMetadata& m = metadata[i];
      m.egress = true;
      m.forward = true;
      m.local = false;
      m.mark = result.mark;
      m.iface_out = out_numbers[i];
      parsed[i] = parsePacket(result.frame, m);
    }
    egress.push_back(i);
  }
  runProgram(isa::Program::Egress, egress);
  // Who is dropped on the second program leaves as it came to the first.
  for (std::size_t i = 0; i < packets.size(); ++i) {
    if (results[i].verdict == isa::Verdict::Pass) continue;
    results[i].frame = packets[i].frame;
    results[i].mark = packets[i].mark;
  }
  return results;
}

void Runner::settle(PacketResult& result, isa::Program program, const ExitRecord& record, const ParsedPacket& parsed) {
  result.verdict = record.verdict();
  result.reason = record.reason();
  // A forwarded packet that no egress policy saw was decided by the ingress rule.
  if (program == isa::Program::Ingress || record.rule() != isa::kNoRule || record.verdict() != isa::Verdict::Pass)
    result.rule = image_.rule(record.rule());
  else if (result.direction == Direction::Egress)
    result.rule.reset();
  result.captured = result.captured || record.has(isa::Act::Capture);
  addHits(result, program, record);
  EditedPacket edited = applyExit(result.frame, parsed.info, result.mark, record);
  result.frame = std::move(edited.frame);
  result.mark = edited.mark;
}

void Runner::addHits(PacketResult& result, isa::Program program, const ExitRecord& record) const {
  for (std::uint32_t slot = 0; slot < isa::kEventSlots; ++slot) {
    if ((record.event_valid >> slot & 1) == 0) continue;
    const std::uint32_t id = record.event_ids[slot];
    if (id == isa::kEventIncomplete) {
      result.hits.push_back({"", "count", "incomplete"});
      continue;
    }
    const auto& owners = event_owner_[static_cast<std::size_t>(program)];
    const PolicyImage::Object* object = id < owners.size() ? owners[id] : nullptr;
    if (object == nullptr) continue;
    result.hits.push_back({image_.place(object->line), object->kind == isa::ObjectKind::Log ? "log" : "count",
                           object->size == 1 ? object->name : fmt::format("{}[{}]", object->name, id - object->base)});
  }
}

void Runner::addRows(std::vector<PacketResult>& results, const std::vector<std::size_t>& which, isa::Program program, const std::vector<TraceRow>& rows) {
  for (const TraceRow& row : rows) results[which.at(row.packet)].rows.push_back({program, row, image_.rowLine(program, row.stage, row.row)});
}

std::vector<NamedCounter> Runner::counters() {
  std::vector<NamedCounter> result;
  const auto add = [&result](const std::string& name, std::uint32_t line, CounterValue value) {
    for (NamedCounter& known : result)
      if (known.name == name) {
        known.value.packets += value.packets;
        known.value.bytes += value.bytes;
        return;
      }
    result.push_back({name, line, value});
  };
  CounterValue incomplete = execution_.counter(isa::Program::Ingress, isa::kEventIncomplete);
  const CounterValue other = execution_.counter(isa::Program::Egress, isa::kEventIncomplete);
  incomplete.packets += other.packets;
  incomplete.bytes += other.bytes;
  if (incomplete.packets != 0) add("incomplete", 0, incomplete);
  for (const PolicyImage::Object& object : image_.objects()) {
    if (object.kind != isa::ObjectKind::Counter) continue;
    for (std::uint32_t i = 0; i < object.size; ++i) {
      const CounterValue value = execution_.counter(object.program, object.base + i);
      if (object.size == 1)
        add(object.name, object.line, value);
      else if (value.packets != 0)
        add(fmt::format("{}[{}]", object.name, i), object.line, value);
    }
  }
  return result;
}

nlohmann::ordered_json jsonOf(const PacketResult& result) {
  nlohmann::ordered_json line;
  line["n"] = result.n;
  line["dir"] = directionName(result.direction);
  line["verdict"] = isa::kVerdictNames[static_cast<std::size_t>(result.verdict)];
  line["reason"] = isa::kReasonNames[static_cast<std::size_t>(result.reason)];
  line["rule"] = nullptr;
  if (result.rule) line["rule"] = fmt::format("{}:{}", result.rule->file, result.rule->line);
  line["hits"] = nlohmann::ordered_json::array();
  for (const Hit& hit : result.hits) {
    nlohmann::ordered_json item;
    item["rule"] = nullptr;
    if (!hit.rule.empty()) item["rule"] = hit.rule;
    item["action"] = hit.action;
    item["name"] = hit.name;
    line["hits"].push_back(std::move(item));
  }
  if (result.captured) line["captured"] = true;
  if (result.owner) {
    nlohmann::ordered_json& owner = line["owner"];
    owner["uid"] = result.owner->uid;
    owner["gid"] = result.owner->gid;
    owner["pid"] = result.owner->pid;
    if (!result.owner->comm.empty()) owner["comm"] = result.owner->comm;
    if (!result.owner->cgroup.empty()) owner["cgroup"] = result.owner->cgroup;
  }
  line["frame"] = hexOfBytes(result.frame);
  line["mark"] = result.mark;
  return line;
}

std::string jsonLine(const PacketResult& result) { return jsonText(jsonOf(result)); }

}  // namespace norman
