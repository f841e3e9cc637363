// Readers of recorded traffic.
#include "overlay_rtl/model/offline/traffic.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>

#include "overlay_rtl/model/offline/json_reader.h"

namespace norman {
namespace {

constexpr std::uint32_t kLinkEthernet = 1;
constexpr std::uint32_t kFrameBytesMax = 1 << 18;  // as libpcap's largest snapshot
constexpr std::uint32_t kBlockBytesMax = 1 << 24;

// A stream that remembers how far it is, for messages.
class Input {
 public:
  explicit Input(const std::string& path) : name_(path == "-" ? "standard input" : path) {
    if (path != "-") {
      file_.open(path, std::ios::binary);
      if (!file_) error_ = fmt::format("{}: error: cannot be opened: {}", name_, std::strerror(errno));
    }
    stream_ = path == "-" ? &std::cin : &file_;
  }

  const std::string& name() const { return name_; }
  const std::string& openError() const { return error_; }
  int peek() { return stream_->peek(); }

  /// Reads up to `size` bytes.
  std::vector<std::uint8_t> read(std::size_t size) {
    std::vector<std::uint8_t> bytes(size);
    stream_->read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
    bytes.resize(static_cast<std::size_t>(stream_->gcount()));
    offset_ += bytes.size();
    return bytes;
  }
  bool line(std::string& text) { return static_cast<bool>(std::getline(*stream_, text)); }
  std::uint64_t offset() const { return offset_; }

 private:
  std::string name_, error_;
  std::ifstream file_;
  std::istream* stream_ = nullptr;
  std::uint64_t offset_ = 0;
};

// Integers of a capture file, in the order of bytes that its writer had.
struct ByteOrder {
  bool swapped = false;

  std::uint32_t u16(const std::uint8_t* p) const {
    return swapped ? std::uint32_t{p[0]} << 8 | p[1] : std::uint32_t{p[1]} << 8 | p[0];
  }
  std::uint32_t u32(const std::uint8_t* p) const {
    return swapped ? u16(p) << 16 | u16(p + 2) : u16(p + 2) << 16 | u16(p);
  }
  std::uint64_t u64(const std::uint8_t* p) const {
    return swapped ? std::uint64_t{u32(p)} << 32 | u32(p + 4) : std::uint64_t{u32(p + 4)} << 32 | u32(p);
  }
};

// Times of a capture, counted from its first packet: 64-bit ticks of 1/16 ns do not reach back to 1970.
class CaptureClock {
 public:
  void stamp(TrafficPacket& packet, std::uint64_t seconds, std::uint64_t nanoseconds) {
    const std::uint64_t now = seconds * 1'000'000'000 + nanoseconds;
    if (!first_) first_ = now;
    packet.t_ns = now < *first_ ? 0 : now - *first_;
    packet.wall_s = seconds;
  }

 private:
  std::optional<std::uint64_t> first_;
};

class CaptureReader : public TrafficReader {
 protected:
  explicit CaptureReader(std::unique_ptr<Input> input) : input_(std::move(input)) {}

  std::nullopt_t stop(const std::string& text) {
    if (error_.empty()) error_ = fmt::format("{}: error: {}", input_->name(), text);
    return std::nullopt;
  }
  std::nullopt_t cutOff(const char* what) {
    return stop(fmt::format("the file is cut off within {} after {} packets, at byte {}", what, packets_, input_->offset()));
  }

  std::unique_ptr<Input> input_;
  ByteOrder order_;
  CaptureClock clock_;
  std::uint64_t packets_ = 0;
};

class PcapReader : public CaptureReader {
 public:
  PcapReader(std::unique_ptr<Input> input, std::uint32_t magic) : CaptureReader(std::move(input)) {
    order_.swapped = magic == 0xd4c3b2a1 || magic == 0x4d3cb2a1;
    nanoseconds_ = magic == 0xa1b23c4d || magic == 0x4d3cb2a1;
    const std::vector<std::uint8_t> rest = input_->read(20);
    if (rest.size() < 20) {
      cutOff("the file header");
      return;
    }
    const std::uint32_t link = order_.u32(&rest[16]) & 0x0fffffff;
    if (link != kLinkEthernet) stop(fmt::format("link type {}, only Ethernet ({}) is read", link, kLinkEthernet));
  }

  std::optional<TrafficPacket> next() override {
    if (!error_.empty()) return std::nullopt;
    const std::vector<std::uint8_t> header = input_->read(16);
    if (header.empty()) return std::nullopt;
    if (header.size() < 16) return cutOff("a packet's header");
    const std::uint32_t captured = order_.u32(&header[8]);
    if (captured > kFrameBytesMax)
      return stop(fmt::format("damaged after {} packets: a packet of {} bytes, at most {} are read", packets_, captured, kFrameBytesMax));
    TrafficPacket packet;
    packet.frame = input_->read(captured);
    if (packet.frame.size() < captured) return cutOff("a packet");
    packet.wire_length = std::max(captured, order_.u32(&header[12]));
    const std::uint64_t fraction = order_.u32(&header[4]);
    clock_.stamp(packet, order_.u32(&header[0]), nanoseconds_ ? fraction : fraction * 1000);
    ++packets_;
    return packet;
  }

 private:
  bool nanoseconds_ = false;
};

// pcapng is read here and not by libpcap, which shows neither interface names nor directions.
class PcapngReader : public CaptureReader {
 public:
  explicit PcapngReader(std::unique_ptr<Input> input) : CaptureReader(std::move(input)) { section(); }

  std::optional<TrafficPacket> next() override {
    while (error_.empty()) {
      const std::vector<std::uint8_t> type = input_->read(4);
      if (type.empty()) return std::nullopt;
      if (type.size() < 4) return cutOff("a block");
      const std::uint32_t kind = order_.u32(type.data());
      if (kind == kSectionBlock) {
        section();
        continue;
      }
      const std::optional<std::vector<std::uint8_t>> body = block();
      if (!body) return std::nullopt;
      std::optional<TrafficPacket> packet;
      switch (kind) {
        case kInterfaceBlock: interfaceBlock(*body); break;
        case kEnhancedBlock: packet = enhanced(*body); break;
        case kSimpleBlock: packet = simple(*body); break;
        default: break;  // statistics, names and comments
      }
      if (packet) {
        ++packets_;
        return packet;
      }
    }
    return std::nullopt;
  }

 private:
  static constexpr std::uint32_t kSectionBlock = 0x0a0d0d0a, kInterfaceBlock = 1, kSimpleBlock = 3, kEnhancedBlock = 6;
  static constexpr std::uint32_t kOptionName = 2, kOptionResolution = 9, kOptionOffset = 14, kOptionFlags = 2;

  struct Interface {
    std::string name;
    std::uint32_t link = 0, snapshot = 0;
    bool binary = false;         // resolution is a power of two
    std::uint8_t exponent = 6;   // units of 10^-6 s unless the file says otherwise
    std::uint64_t offset_s = 0;
  };

  // The body of a block whose type was read: what lies between its two lengths.
  std::optional<std::vector<std::uint8_t>> block() {
    const std::vector<std::uint8_t> length = input_->read(4);
    if (length.size() < 4) return cutOff("a block");
    const std::uint32_t size = order_.u32(length.data());
    if (size < 12 || size % 4 != 0 || size > kBlockBytesMax) return stop(fmt::format("damaged after {} packets: a block of {} bytes", packets_, size));
    std::vector<std::uint8_t> body = input_->read(size - 8);
    if (body.size() < size - 8) return cutOff("a block");
    if (order_.u32(&body[body.size() - 4]) != size) return stop(fmt::format("damaged after {} packets: the two lengths of a block differ", packets_));
    body.resize(body.size() - 4);
    return body;
  }

  // A section header whose type was read: sets the order of bytes and forgets the interfaces.
  void section() {
    const std::vector<std::uint8_t> head = input_->read(8);
    if (head.size() < 8) {
      cutOff("a section header");
      return;
    }
    order_.swapped = false;
    if (order_.u32(&head[4]) == 0x4d3c2b1a)
      order_.swapped = true;
    else if (order_.u32(&head[4]) != 0x1a2b3c4d) {
      stop("damaged: a section header without its byte-order magic");
      return;
    }
    const std::uint32_t size = order_.u32(head.data());
    if (size < 28 || size % 4 != 0 || size > kBlockBytesMax) {
      stop(fmt::format("damaged: a section header of {} bytes", size));
      return;
    }
    const std::vector<std::uint8_t> rest = input_->read(size - 12);
    if (rest.size() < size - 12) {
      cutOff("a section header");
      return;
    }
    if (order_.u16(rest.data()) != 1) stop(fmt::format("pcapng version {}, only 1 is read", order_.u16(rest.data())));
    interfaces_.clear();
  }

  // Calls f(code, bytes) for each option from `at` on.
  template <typename F>
  void options(const std::vector<std::uint8_t>& body, std::size_t at, F f) const {
    while (at + 4 <= body.size()) {
      const std::uint32_t code = order_.u16(&body[at]);
      const std::uint32_t length = order_.u16(&body[at + 2]);
      if (code == 0 || at + 4 + length > body.size()) return;
      f(code, &body[at + 4], length);
      at += 4 + (length + 3) / 4 * 4;
    }
  }

  void interfaceBlock(const std::vector<std::uint8_t>& body) {
    if (body.size() < 8) {
      stop("damaged: an interface block is too short");
      return;
    }
    Interface result;
    result.link = order_.u16(body.data());
    result.snapshot = order_.u32(&body[4]);
    options(body, 8, [&](std::uint32_t code, const std::uint8_t* bytes, std::uint32_t length) {
      if (code == kOptionName) result.name.assign(bytes, std::find(bytes, bytes + length, 0));
      if (code == kOptionResolution && length == 1) {
        result.binary = (*bytes & 0x80) != 0;
        result.exponent = *bytes & 0x7f;
      }
      if (code == kOptionOffset && length == 8) result.offset_s = order_.u64(bytes);
    });
    if (result.exponent > (result.binary ? 63 : 19)) {
      stop(fmt::format("time stamps in units of {}^-{} s are not read", result.binary ? 2 : 10, result.exponent));
      return;
    }
    interfaces_.push_back(std::move(result));
  }

  void stampFrom(TrafficPacket& packet, const Interface& interface, std::uint64_t units) {
    std::uint64_t per_second = interface.binary ? std::uint64_t{1} << interface.exponent : 1;
    if (!interface.binary)
      for (unsigned i = 0; i < interface.exponent; ++i) per_second *= 10;
    __extension__ typedef unsigned __int128 u128;
    const auto nanoseconds = static_cast<std::uint64_t>(static_cast<u128>(units % per_second) * 1'000'000'000 / per_second);
    clock_.stamp(packet, units / per_second + interface.offset_s, nanoseconds);
  }

  const Interface* interfaceOf(std::uint32_t number) {
    if (number >= interfaces_.size()) {
      stop(fmt::format("damaged after {} packets: a packet of interface {}, there are {}", packets_, number, interfaces_.size()));
      return nullptr;
    }
    if (interfaces_[number].link != kLinkEthernet) {
      stop(fmt::format("link type {} of interface {} ('{}'), only Ethernet ({}) is read", interfaces_[number].link, number, interfaces_[number].name,
                       kLinkEthernet));
      return nullptr;
    }
    return &interfaces_[number];
  }

  std::optional<TrafficPacket> enhanced(const std::vector<std::uint8_t>& body) {
    if (body.size() < 20) return stop("damaged: a packet block is too short");
    const Interface* interface = interfaceOf(order_.u32(body.data()));
    if (interface == nullptr) return std::nullopt;
    const std::uint32_t captured = order_.u32(&body[12]);
    if (captured > body.size() - 20 || captured > kFrameBytesMax) return stop(fmt::format("damaged after {} packets: a packet of {} bytes leaves its block", packets_, captured));
    TrafficPacket packet;
    packet.frame.assign(body.begin() + 20, body.begin() + 20 + captured);
    packet.wire_length = std::max(captured, order_.u32(&body[16]));
    packet.iface = interface->name;
    stampFrom(packet, *interface, std::uint64_t{order_.u32(&body[4])} << 32 | order_.u32(&body[8]));
    options(body, 20 + (captured + 3) / 4 * 4, [&](std::uint32_t code, const std::uint8_t* bytes, std::uint32_t length) {
      if (code != kOptionFlags || length != 4) return;
      const std::uint32_t way = order_.u32(bytes) & 3;
      if (way == 1) packet.direction = Direction::Ingress;
      if (way == 2) packet.direction = Direction::Egress;
    });
    return packet;
  }

  std::optional<TrafficPacket> simple(const std::vector<std::uint8_t>& body) {
    if (body.size() < 4) return stop("damaged: a packet block is too short");
    const Interface* interface = interfaceOf(0);
    if (interface == nullptr) return std::nullopt;
    const std::uint32_t length = order_.u32(body.data());
    std::uint32_t captured = interface->snapshot == 0 ? length : std::min(length, interface->snapshot);
    captured = std::min<std::uint32_t>(captured, static_cast<std::uint32_t>(body.size() - 4));
    TrafficPacket packet;
    packet.frame.assign(body.begin() + 4, body.begin() + 4 + captured);
    packet.wire_length = length;
    packet.iface = interface->name;
    return packet;
  }

  std::vector<Interface> interfaces_;
};

class JsonLinesReader : public TrafficReader {
 public:
  explicit JsonLinesReader(std::unique_ptr<Input> input) : input_(std::move(input)) {}

  std::optional<TrafficPacket> next() override {
    std::string line;
    while (error_.empty() && input_->line(line)) {
      ++number_;
      if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
      return packetOf(line);
    }
    return std::nullopt;
  }

 private:
  std::optional<TrafficPacket> packetOf(const std::string& line) {
    const std::string where = fmt::format("{}:{}", input_->name(), number_);
    const std::optional<nlohmann::json> object = objectOfLine(line, where, error_);
    if (!object) return std::nullopt;
    JsonObject reader(*object, where);
    TrafficPacket packet;
    if (const std::optional<std::string> text = reader.text("frame")) {
      if (std::optional<std::vector<std::uint8_t>> bytes = bytesOfHex(*text))
        packet.frame = std::move(*bytes);
      else
        reader.refuse("'frame' is no text of hexadecimal digits, two for each byte");
    } else {
      reader.refuse("'frame' is missing");
    }
    if (packet.frame.size() > kFrameBytesMax) reader.refuse(fmt::format("a frame of {} bytes, at most {} are read", packet.frame.size(), kFrameBytesMax));
    packet.t_ns = reader.number("t_ns", (std::uint64_t{1} << 60) - 1).value_or(0);
    packet.wall_s = reader.number("wall_s", std::uint64_t{1} << 40).value_or(0);
    if (const std::optional<std::string> text = reader.text("dir")) {
      packet.direction = directionOf(*text);
      if (!packet.direction) reader.refuse(fmt::format("'dir' is '{}', expected ingress, egress or forward", *text));
    }
    packet.iface = reader.text("iface").value_or("");
    packet.oif = reader.text("oif").value_or("");
    packet.mark = static_cast<std::uint32_t>(reader.number("mark", UINT32_MAX).value_or(0));
    if (const auto random = reader.number("random", UINT32_MAX)) packet.random = static_cast<std::uint32_t>(*random);
    packet.owner = reader.identity("owner", false);
    packet.socket = reader.identity("socket", true);
    error_ = reader.finish();
    if (!error_.empty()) return std::nullopt;
    return packet;
  }

  std::unique_ptr<Input> input_;
  std::uint64_t number_ = 0;
};

}  // namespace

const char* directionName(Direction direction) {
  switch (direction) {
    case Direction::Ingress: return "ingress";
    case Direction::Egress: return "egress";
    case Direction::Forward: return "forward";
  }
  return "";
}

std::optional<Direction> directionOf(const std::string& name) {
  for (const Direction direction : {Direction::Ingress, Direction::Egress, Direction::Forward})
    if (name == directionName(direction)) return direction;
  return std::nullopt;
}

Result<std::unique_ptr<TrafficReader>> openTraffic(const std::string& path) {
  auto input = std::make_unique<Input>(path);
  if (!input->openError().empty()) return Failure{input->openError()};
  const int first = input->peek();
  const std::string name = input->name();
  if (first == std::char_traits<char>::eof()) return Failure{fmt::format("{}: error: the file is empty or no file: expected pcap, pcapng or JSON lines", name)};
  if (first == '{' || first == ' ' || first == '\t') return std::unique_ptr<TrafficReader>(std::make_unique<JsonLinesReader>(std::move(input)));
  std::unique_ptr<TrafficReader> reader;
  const std::vector<std::uint8_t> magic = input->read(4);
  const std::uint32_t number = magic.size() < 4 ? 0 : ByteOrder{}.u32(magic.data());
  switch (number) {
    case 0xa1b2c3d4:
    case 0xd4c3b2a1:
    case 0xa1b23c4d:
    case 0x4d3cb2a1: reader = std::make_unique<PcapReader>(std::move(input), number); break;
    case 0x0a0d0d0a: reader = std::make_unique<PcapngReader>(std::move(input)); break;
    default: return Failure{fmt::format("{}: error: neither pcap, pcapng nor JSON lines", name)};
  }
  if (!reader->error().empty()) return Failure{reader->error()};
  return reader;
}

std::optional<std::vector<std::uint8_t>> bytesOfHex(const std::string& text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; };
  std::vector<std::uint8_t> bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == ' ' || text[i] == ':') {
      ++i;
      continue;
    }
    if (i + 1 >= text.size() || digit(text[i]) < 0 || digit(text[i + 1]) < 0) return std::nullopt;
    bytes.push_back(static_cast<std::uint8_t>(digit(text[i]) << 4 | digit(text[i + 1])));
    i += 2;
  }
  return bytes;
}

std::string hexOfBytes(const std::vector<std::uint8_t>& bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::uint8_t byte : bytes) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

}  // namespace norman
