// Reading of addresses and numbers.
#include "compiler/parse/literals.h"

#include <arpa/inet.h>

#include <string>

namespace norman {

using ast::Bits128;

std::optional<Bits128> readIpv4(std::string_view text) {
  in_addr address;
  if (inet_pton(AF_INET, std::string(text).c_str(), &address) != 1) return std::nullopt;
  return Bits128{0, ntohl(address.s_addr)};
}

std::optional<Bits128> readIpv6(std::string_view text) {
  in6_addr address;
  if (inet_pton(AF_INET6, std::string(text).c_str(), &address) != 1) return std::nullopt;
  Bits128 value;
  for (int i = 0; i < 8; ++i) {
    value.hi = value.hi << 8 | address.s6_addr[i];
    value.lo = value.lo << 8 | address.s6_addr[i + 8];
  }
  return value;
}

std::optional<Bits128> readMac(std::string_view text) {
  Bits128 value;
  for (const char c : text) {
    if (c == ':') continue;
    const char lower = static_cast<char>(c | 0x20);
    value.lo = value.lo << 4 | static_cast<uint64_t>(c <= '9' ? c - '0' : lower - 'a' + 10);
  }
  return value;
}

std::optional<ast::Bits128> readTime(std::string_view text) {
  unsigned parts[3] = {0, 0, 0};
  unsigned part = 0;
  for (const char c : text) {
    if (c == ':')
      ++part;
    else
      parts[part] = 10 * parts[part] + static_cast<unsigned>(c - '0');
  }
  const uint64_t second = uint64_t{parts[0]} * 3600 + parts[1] * 60 + parts[2];
  if (parts[1] > 59 || parts[2] > 59 || second > 86400) return std::nullopt;
  return ast::Bits128{0, second};
}

std::optional<Number> readNumber(std::string_view text) {
  Number number;
  unsigned base = 10;
  if (text.starts_with("0x")) base = 16;
  if (text.starts_with("0b")) base = 2;
  if (base != 10) text.remove_prefix(2);
  bool point = false;
  for (const char c : text) {
    if (c == '_') continue;
    if (c == '.') {
      point = true;
      continue;
    }
    const auto digit = static_cast<uint64_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    if (number.digits > (UINT64_MAX - digit) / base) return std::nullopt;
    number.digits = number.digits * base + digit;
    if (point) ++number.scale;
  }
  return number;
}

}  // namespace norman
