// Reads the words of literals: addresses, prefixes, numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "compiler/ast/bits128.h"

namespace norman {

/// Dotted decimal of four numbers up to 255 without leading zeros.
std::optional<ast::Bits128> readIpv4(std::string_view text);
/// The forms of RFC 4291, an IPv4 tail included.
std::optional<ast::Bits128> readIpv6(std::string_view text);
/// Six pairs of hexadecimal digits with colons.
std::optional<ast::Bits128> readMac(std::string_view text);

/// The second of the day: "9:00", "17:30:59"; up to "24:00", the end of the day.
std::optional<ast::Bits128> readTime(std::string_view text);

struct Number {
  uint64_t digits = 0;  // the number without its point
  uint8_t scale = 0;    // digits after the point
};

/// Decimal with `_` between digits, 0x, 0b, or decimal with a point; nothing when it needs more than 64 bits.
std::optional<Number> readNumber(std::string_view text);

}  // namespace norman
