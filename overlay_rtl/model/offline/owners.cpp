// Reads owners files, and addresses as people write them.
#include "overlay_rtl/model/offline/owners.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>

#include "overlay_rtl/model/offline/json_reader.h"

namespace norman {
namespace {

// Words of an address in host order; false if the text is no address.
bool wordsOf(const std::string& text, bool& is_ipv6, std::array<std::uint32_t, 4>& words) {
  std::uint8_t bytes[16] = {};
  is_ipv6 = text.find(':') != std::string::npos;
  if (inet_pton(is_ipv6 ? AF_INET6 : AF_INET, text.c_str(), bytes) != 1) return false;
  for (std::size_t i = 0; i < 4; ++i)
    words[i] = std::uint32_t{bytes[4 * i]} << 24 | std::uint32_t{bytes[4 * i + 1]} << 16 | std::uint32_t{bytes[4 * i + 2]} << 8 | bytes[4 * i + 3];
  return true;
}

std::optional<std::uint8_t> protocolOf(const nlohmann::json& value) {
  if (value.is_number_unsigned() && value.get<std::uint64_t>() < 256) return static_cast<std::uint8_t>(value.get<unsigned>());
  if (value == "tcp") return std::uint8_t{6};
  if (value == "udp") return std::uint8_t{17};
  if (value == "sctp") return std::uint8_t{132};
  return std::nullopt;
}

}  // namespace

std::optional<Owners::Address> Owners::addressOf(const std::string& text) {
  bool is_ipv6 = false;
  std::array<std::uint32_t, 4> words{};
  if (!wordsOf(text, is_ipv6, words)) return std::nullopt;
  return Address{is_ipv6 ? 6u : 4u, words[0], words[1], words[2], words[3]};
}

class OwnersLine {
 public:
  // Adds a line to the file's contents; gives the text of its first mistake.
  static std::string add(Owners& owners, const std::string& line, const std::string& where) {
    std::string error;
    const std::optional<nlohmann::json> object = objectOfLine(line, where, error);
    if (!object) return error;
    JsonObject reader(*object, where);
    const std::optional<std::uint64_t> n = reader.number("n", UINT64_MAX);
    const bool by_flow = reader.has("proto");
    std::optional<std::uint8_t> protocol;
    if (by_flow) {
      protocol = protocolOf((*object)["proto"]);
      if (!protocol) reader.refuse("'proto' is none of tcp, udp, sctp and a number below 256");
    }
    const auto source = address(reader, "src", by_flow);
    const auto destination = address(reader, "dst", by_flow);
    const auto source_port = static_cast<std::uint16_t>(reader.number("sport", 0xffff).value_or(0));
    const auto destination_port = static_cast<std::uint16_t>(reader.number("dport", 0xffff).value_or(0));
    Ownership ownership{reader.identity("owner", false), reader.identity("socket", true)};
    if (n.has_value() == by_flow) reader.refuse("expected either 'n' or 'proto', 'src', 'dst' and the ports");
    error = reader.finish();
    if (!error.empty()) return error;
    if (n) {
      owners.frames_.insert_or_assign(*n, std::move(ownership));
    } else {
      owners.flows_.insert_or_assign({*protocol, *destination, destination_port, *source, source_port}, ownership);
      owners.flows_.insert_or_assign({*protocol, *source, source_port, *destination, destination_port}, std::move(ownership));
    }
    return {};
  }

 private:
  static std::optional<Owners::Address> address(JsonObject& reader, const char* name, bool needed) {
    const std::optional<std::string> text = reader.text(name);
    if (!text) {
      if (needed) reader.refuse(fmt::format("'{}' is missing", name));
      return std::nullopt;
    }
    const std::optional<Owners::Address> result = Owners::addressOf(*text);
    if (!result) reader.refuse(fmt::format("'{}' is '{}', expected an IPv4 or IPv6 address", name, *text));
    return result;
  }
};

Result<Owners> Owners::fromFile(const std::string& path) {
  std::ifstream file(path);
  if (!file) return Failure{fmt::format("{}: error: cannot be opened: {}", path, std::strerror(errno))};
  Owners owners;
  std::string line;
  for (unsigned number = 1; std::getline(file, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const std::string error = OwnersLine::add(owners, line, fmt::format("{}:{}", path, number));
    if (!error.empty()) return Failure{error};
  }
  return owners;
}

const Ownership* Owners::find(std::uint64_t n, const ParsedPacket& packet) const {
  if (const auto found = frames_.find(n); found != frames_.end()) return &found->second;
  if (!packet.info.has(isa::kHasIp)) return nullptr;
  const EntryWords& w = packet.words;
  const bool is_ipv6 = packet.info.has(isa::kHasIpv6);
  const bool ports = packet.info.has(isa::kHasPorts);
  const Flow flow{static_cast<std::uint8_t>(w[isa::kWL3] & 0xff),
                  {is_ipv6 ? 6u : 4u, w[isa::kWSrc0], w[isa::kWSrc1], w[isa::kWSrc2], w[isa::kWSrc3]},
                  ports ? static_cast<std::uint16_t>(w[isa::kWPorts] >> 16) : std::uint16_t{0},
                  {is_ipv6 ? 6u : 4u, w[isa::kWDst0], w[isa::kWDst1], w[isa::kWDst2], w[isa::kWDst3]},
                  ports ? static_cast<std::uint16_t>(w[isa::kWPorts]) : std::uint16_t{0}};
  const auto found = flows_.find(flow);
  return found == flows_.end() ? nullptr : &found->second;
}

std::optional<AddressPrefix> AddressPrefix::fromText(const std::string& text) {
  AddressPrefix prefix;
  const std::size_t slash = text.find('/');
  if (!wordsOf(text.substr(0, slash), prefix.is_ipv6_, prefix.words_)) return std::nullopt;
  const unsigned most = prefix.is_ipv6_ ? 128 : 32;
  prefix.length_ = most;
  if (slash == std::string::npos) return prefix;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + slash + 1, end, prefix.length_);
  if (error != std::errc{} || rest != end || prefix.length_ > most) return std::nullopt;
  return prefix;
}

bool AddressPrefix::contains(bool is_ipv6, const std::uint32_t* words) const {
  if (is_ipv6 != is_ipv6_) return false;
  for (unsigned bit = 0; bit < length_; bit += 32) {
    const unsigned bits = length_ - bit < 32 ? length_ - bit : 32;
    const std::uint32_t mask = bits == 32 ? 0xffffffff : ~(0xffffffffu >> bits);
    if (((words[bit / 32] ^ words_[bit / 32]) & mask) != 0) return false;
  }
  return true;
}

}  // namespace norman
