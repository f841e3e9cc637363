// Types of expressions after the semantic checks.
#pragma once

#include <cstdint>
#include <string>

namespace norman::ast {

enum class TypeKind {
  Bool,  // always present: reading an absent flag gives false
  Int,   // unsigned, 32 or 64 bits, wraps
  Ipv4,  // 32 bits
  Ipv6,  // 128 bits
  Mac,   // 48 bits
};

/// What an Int counts. Units are checked by sema and mean nothing to code generation.
enum class Unit { None, Port, Interface, Bytes, Packets, Nanoseconds, Seconds };

struct Type {
  TypeKind kind = TypeKind::Bool;
  /// Bool 1, Int 32 or 64 (the width of its arithmetic), Ipv4 32, Mac 48, Ipv6 128.
  uint8_t bits = 1;
  /// For an Int, a bound on its value: it is less than 2^value_bits. A port has 16, a 6-bit field 6.
  uint8_t value_bits = 1;
  Unit unit = Unit::None;

  static constexpr Type boolean() { return {TypeKind::Bool, 1, 1, Unit::None}; }
  static constexpr Type u32(uint8_t value_bits = 32, Unit unit = Unit::None) {
    return {TypeKind::Int, 32, value_bits, unit};
  }
  static constexpr Type u64(uint8_t value_bits = 64, Unit unit = Unit::None) {
    return {TypeKind::Int, 64, value_bits, unit};
  }
  static constexpr Type ipv4() { return {TypeKind::Ipv4, 32, 32, Unit::None}; }
  static constexpr Type ipv6() { return {TypeKind::Ipv6, 128, 128, Unit::None}; }
  static constexpr Type mac() { return {TypeKind::Mac, 48, 48, Unit::None}; }

  bool isBool() const { return kind == TypeKind::Bool; }
  bool isInt() const { return kind == TypeKind::Int; }
  friend bool operator==(const Type&, const Type&) = default;
};

/// "bool", "u32", "u64", "port", "ipv4", ... as the language writes them.
std::string typeName(const Type& type);

}  // namespace norman::ast
