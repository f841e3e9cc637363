// Builds random frames header by header; about one in ten is then cut or damaged.
#include "tests/support/random_packet.h"

#include <algorithm>

#include <fmt/format.h>

#include "tests/support/checksum.h"

namespace norman::test {
namespace {

using ast::Bits128;

class Builder {
 public:
  Builder(Random& random, const Vocabulary& vocabulary) : random_(random), vocabulary_(vocabulary) {}

  Frame build() {
    if (random_.oneIn(40)) return junk(random_.below(200));
    put(mac(), 6);
    put(mac(), 6);
    const uint64_t shape = random_.below(100);
    const size_t tags = shape < 72 ? 0 : shape < 90 ? 1 : shape < 97 ? 2 : 3;
    for (size_t i = 0; i < tags; ++i) {
      put(random_.oneIn(4) ? 0x88a8 : 0x8100, 2);
      put(random_.below(8) << 13 | random_.below(2) << 12 | (number() & 0xfff), 2);
    }
    const uint64_t kind = random_.below(100);
    if (kind < 52) ipv4();
    else if (kind < 82) ipv6();
    else if (kind < 92) arp();
    else other();
    if (random_.oneIn(10) && !frame_.empty()) frame_.resize(random_.below(frame_.size() + 1));
    if (random_.oneIn(20) && !frame_.empty())
      frame_[random_.below(std::min<size_t>(frame_.size(), 80))] = static_cast<uint8_t>(random_.next());
    if (random_.oneIn(8) && frame_.size() < 60) frame_.resize(60);
    return std::move(frame_);
  }

 private:
  void put(uint64_t value, size_t bytes) {
    for (size_t i = bytes; i-- > 0;) frame_.push_back(static_cast<uint8_t>(value >> (8 * i)));
  }
  void putAddress(const Bits128& value) {
    put(value.hi, 8);
    put(value.lo, 8);
  }
  Frame junk(size_t size) {
    Frame frame(size);
    for (uint8_t& byte : frame) byte = static_cast<uint8_t>(random_.next());
    return frame;
  }

  uint64_t mac() { return random_.percent(60) ? random_.pick(vocabulary_.macs) : random_.next(); }
  // A number that the policy names, one beside it, or any.
  uint64_t number() { return random_.percent(70) ? near(random_.pick(vocabulary_.numbers)) : random_.next(); }
  uint64_t near(uint64_t value) { return random_.oneIn(3) ? value + random_.below(3) - 1 : value; }
  uint64_t port() { return random_.percent(80) ? near(random_.pick(vocabulary_.ports)) : random_.next(); }
  uint64_t address4() {
    return random_.percent(80) ? near(random_.pick(vocabulary_.ipv4)) : 0x0a000000 | random_.below(1 << 24);
  }
  Bits128 address6() {
    Bits128 value = random_.pick(vocabulary_.ipv6);
    if (random_.oneIn(4)) value.lo = near(value.lo);
    if (random_.oneIn(6)) value.lo = random_.next();
    if (random_.oneIn(8)) value.hi ^= uint64_t{1} << random_.below(64);
    return value;
  }

  void arp() {
    put(0x0806, 2);
    const bool odd = random_.oneIn(12);
    put(odd ? random_.below(3) : 1, 2);
    put(odd ? 0x0800 + random_.below(2) : 0x0800, 2);
    put(odd ? 5 + random_.below(2) : 6, 1);
    put(odd ? 3 + random_.below(2) : 4, 1);
    put(random_.percent(90) ? 1 + random_.below(2) : number(), 2);
    put(mac(), 6);
    put(address4(), 4);
    put(mac(), 6);
    put(address4(), 4);
  }

  void other() {
    put(random_.oneIn(2) ? 0x88cc : random_.below(0x10000), 2);
    const Frame rest = junk(random_.below(60));
    frame_.insert(frame_.end(), rest.begin(), rest.end());
  }

  uint8_t protocol(bool six) {
    const uint64_t choice = random_.below(100);
    if (choice < 38) return 6;
    if (choice < 68) return 17;
    if (choice < 82) return random_.oneIn(8) ? (six ? 1 : 58) : (six ? 58 : 1);
    if (choice < 90) return 132;
    return static_cast<uint8_t>(number());
  }

  void ipv4() {
    put(0x0800, 2);
    const size_t at = frame_.size();
    const uint64_t words = random_.oneIn(6) ? random_.between(6, 15) : 5;
    const uint64_t stated = random_.oneIn(40) ? random_.below(16) : words;
    put(uint64_t{random_.oneIn(50) ? random_.below(16) : 4} << 4 | stated, 1);
    put(number(), 1);
    put(0, 2);
    put(number(), 2);
    const bool fragment = random_.oneIn(7);
    put(fragment ? random_.below(2) << 13 | (random_.oneIn(2) ? 0 : random_.below(0x2000)) : random_.below(2) << 14, 2);
    put(number(), 1);
    const uint8_t kind = protocol(false);
    put(kind, 1);
    put(0, 2);
    put(address4(), 4);
    put(address4(), 4);
    for (uint64_t i = 5; i < words; ++i) put(random_.next(), 4);
    const size_t layer4 = frame_.size();
    transport(kind);
    setLength(at + 2, frame_.size() - at);
    if (random_.percent(90)) {
      const uint16_t sum = internetChecksum({frame_.data() + at, layer4 - at});
      writeBytes(frame_, at + 10, 2, sum);
    } else {
      writeBytes(frame_, at + 10, 2, odd16());
    }
    transportChecksum(kind, layer4, {frame_.data() + at + 12, 8});
  }

  void ipv6() {
    put(0x86dd, 2);
    const size_t at = frame_.size();
    put(uint64_t{random_.oneIn(50) ? random_.below(16) : 6} << 28 | (number() & 0xff) << 20 | (number() & 0xfffff), 4);
    put(0, 2);
    const uint8_t kind = protocol(true);
    std::vector<uint8_t> chain;
    if (random_.oneIn(4))
      for (uint64_t i = random_.between(1, 3); i > 0; --i) chain.push_back(random_.pick(kExtensions));
    put(chain.empty() ? kind : chain[0], 1);
    put(number(), 1);
    putAddress(address6());
    putAddress(address6());
    for (size_t i = 0; i < chain.size(); ++i) extension(chain[i], i + 1 < chain.size() ? chain[i + 1] : kind);
    const size_t layer4 = frame_.size();
    transport(kind);
    setLength(at + 4, frame_.size() - at - 40);
    transportChecksum(kind, layer4, {frame_.data() + at + 8, 32});
  }

  void extension(uint8_t kind, uint8_t next_header) {
    put(next_header, 1);
    if (kind == 44) {
      put(0, 1);
      const uint64_t offset = random_.oneIn(2) ? 0 : random_.below(0x2000);
      put(offset << 3 | random_.below(2), 2);
      put(random_.next(), 4);
      return;
    }
    const uint64_t units = random_.oneIn(3) ? random_.below(5) : 0;
    put(units, 1);
    const size_t length = kind == 51 ? 4 * (units + 2) : 8 * (units + 1);
    for (size_t i = 2; i < length; ++i) put(random_.next(), 1);
  }

  void transport(uint8_t kind) {
    const size_t payload = random_.oneIn(30) ? random_.below(1500) : random_.oneIn(200) ? 9000 : random_.below(40);
    switch (kind) {
      case 6:
        put(port(), 2);
        put(port(), 2);
        put(random_.next(), 4);
        put(number(), 4);
        put(uint64_t{random_.oneIn(10) ? random_.below(16) : 5} << 12 | random_.below(512), 2);
        put(number(), 2);
        put(0, 2);
        put(number(), 2);
        break;
      case 17:
        put(port(), 2);
        put(port(), 2);
        put(8 + payload, 2);
        put(0, 2);
        break;
      case 132:
        put(port(), 2);
        put(port(), 2);
        put(number(), 4);
        put(random_.next(), 4);
        break;
      case 1:
      case 58:
        put(number(), 1);
        put(number(), 1);
        put(0, 2);
        put(number(), 2);
        put(number(), 2);
        break;
      default: break;
    }
    for (size_t i = 0; i < payload; ++i) put(random_.next(), 1);
  }

  uint64_t odd16() { return random_.oneIn(3) ? 0 : random_.oneIn(2) ? 0xffff : random_.below(0x10000); }

  void setLength(size_t at, size_t length) { writeBytes(frame_, at, 2, random_.oneIn(20) ? random_.next() : length); }

  // Mostly right, so that a rewritten packet can be told from a damaged one.
  void transportChecksum(uint8_t kind, size_t at, std::span<const uint8_t> addresses) {
    const size_t field = kind == 6 ? 16 : kind == 17 ? 6 : kind == 1 || kind == 58 ? 2 : 0;
    if (field == 0) return;
    if (random_.oneIn(6)) {
      writeBytes(frame_, at + field, 2, odd16());
      return;
    }
    uint32_t pseudo = 0;
    if (kind != 1) {
      for (size_t i = 0; i < addresses.size(); ++i) pseudo += i % 2 == 0 ? addresses[i] << 8 : addresses[i];
      pseudo += kind + static_cast<uint32_t>(frame_.size() - at);
    }
    uint16_t sum = internetChecksum({frame_.data() + at, frame_.size() - at}, pseudo);
    if (kind == 17 && sum == 0) sum = 0xffff;
    writeBytes(frame_, at + field, 2, sum);
  }

  static const std::vector<uint8_t> kExtensions;

  Random& random_;
  const Vocabulary& vocabulary_;
  Frame frame_;
};

const std::vector<uint8_t> Builder::kExtensions{0, 43, 44, 51, 60};

Owner randomOwner(Random& random) {
  Owner owner;
  std::vector<uint32_t> users{0, 4711};
  for (const auto& [name, number] : worldAccounts().users) users.push_back(number);
  std::vector<uint32_t> groups{0, 4712};
  for (const auto& [name, number] : worldAccounts().groups) groups.push_back(number);
  owner.uid = random.pick(users);
  owner.gid = random.pick(groups);
  owner.pid = static_cast<uint32_t>(random.between(1, 5000));
  owner.comm = random.pick(worldComms());
  owner.cgroup = random.pick(worldCgroups());
  return owner;
}

}  // namespace

const Accounts& worldAccounts() {
  static const Accounts accounts{{{"root", 0}, {"alice", 1000}, {"bob", 1001}, {"charlie", 1002}, {"www-data", 33}},
                                 {{"root", 0}, {"staff", 50}, {"users", 100}, {"db", 1010}}};
  return accounts;
}

const std::vector<std::string>& worldComms() {
  static const std::vector<std::string> comms{"postgres", "mysqld", "curl", "quake", "kworker/0:1", "exactly15bytes_"};
  return comms;
}

const std::vector<std::string>& worldCgroups() {
  static const std::vector<std::string> cgroups{"/", "/games", "/games/quake", "/gamesx", "/system", "/system/backup/db"};
  return cgroups;
}

const std::vector<std::string>& worldInterfaces() {
  static const std::vector<std::string> interfaces{"eth0", "eth1", "eth10", "wlan0", "lo"};
  return interfaces;
}

Packet randomPacket(Random& random, const Vocabulary& vocabulary, uint64_t& time_ns) {
  Packet packet;
  packet.frame = Builder(random, vocabulary).build();
  const uint64_t path = random.below(100);
  packet.path = path < 45 ? Path::Ingress : path < 88 ? Path::Egress : Path::Forward;
  packet.local = packet.path == Path::Ingress && !random.oneIn(5);
  const uint64_t step = random.pick(vocabulary.steps_ns);
  time_ns += random.oneIn(4) ? 0 : random.oneIn(8) ? random.below(uint64_t{1} << random.below(38)) : random.below(2 * step + 1);
  packet.time_ns = time_ns;
  packet.mark = random.oneIn(3) ? 0 : static_cast<uint32_t>(random.oneIn(2) ? random.pick(vocabulary.numbers) : random.next());
  packet.random = static_cast<uint32_t>(random.next());
  packet.wall_s = 1'700'000'000 + random.below(20 * 86400);
  if (packet.path != Path::Egress && !random.oneIn(6)) packet.iface = random.pick(worldInterfaces());
  if (packet.path != Path::Ingress && !random.oneIn(6)) packet.oif = random.pick(worldInterfaces());
  if (packet.path != Path::Forward) {
    if (!random.oneIn(4)) packet.owner = randomOwner(random);
    if (!random.oneIn(4)) {
      packet.socket = packet.owner && random.oneIn(2) ? *packet.owner : randomOwner(random);
      packet.socket->pid = 0;
      packet.socket->comm.clear();
    }
  }
  return packet;
}

std::string describe(const Packet& packet) {
  std::string text = fmt::format(R"({{"t_ns":{},"dir":"{}")", packet.time_ns,
                                 packet.path == Path::Ingress  ? "ingress"
                                 : packet.path == Path::Egress ? "egress"
                                                               : "forward");
  if (packet.path == Path::Ingress) text += fmt::format(R"(,"local":{})", packet.local);
  if (!packet.iface.empty()) text += fmt::format(R"(,"iface":"{}")", packet.iface);
  if (!packet.oif.empty()) text += fmt::format(R"(,"oif":"{}")", packet.oif);
  text += fmt::format(R"(,"mark":{},"random":{},"wall_s":{})", packet.mark, packet.random, packet.wall_s);
  if (packet.owner)
    text += fmt::format(R"(,"owner":{{"uid":{},"gid":{},"pid":{},"comm":"{}","cgroup":"{}"}})", packet.owner->uid,
                        packet.owner->gid, packet.owner->pid, packet.owner->comm, packet.owner->cgroup);
  if (packet.socket)
    text += fmt::format(R"(,"socket":{{"uid":{},"gid":{},"cgroup":"{}"}})", packet.socket->uid, packet.socket->gid,
                        packet.socket->cgroup);
  text += R"(,"frame":")";
  for (const uint8_t byte : packet.frame) text += fmt::format("{:02x}", byte);
  return text + "\"}";
}

}  // namespace norman::test
