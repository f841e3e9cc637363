// A rule's condition as a union of cubes: conjunctions of tests that an entry of a rule table can make.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "compiler/ast/program.h"

namespace norman::codegen {

/// A conjunction of tests of entry words. A rule stage compares two of them as two ranges of 16 bits each, every other word bit
/// by bit, and an address also for being none of one prefix (spec/device/Rules.td).
struct Cube {
  /// (word & mask) == value
  struct Bits {
    uint32_t value = 0;
    uint32_t mask = 0;
    friend bool operator==(const Bits&, const Bits&) = default;
  };
  /// Both ends belong to it.
  struct Range {
    uint32_t first = 0;
    uint32_t last = 0xffff;
    friend bool operator==(const Range&, const Range&) = default;
  };
  using Address = std::array<Bits, 4>;

  std::map<unsigned, Bits> words;                    // by entry word
  std::map<std::pair<unsigned, bool>, Range> halves; // by entry word and whether it is the high half
  std::array<std::optional<Address>, 2> differs;     // source and destination address: not in this prefix
  friend bool operator==(const Cube&, const Cube&) = default;
};

/// Entry words that are compared as ranges where nothing else is said: ports, and the frame's length.
bool isRangedWord(unsigned word);

/// Whether no packet is in both.
bool disjoint(const Cube& a, const Cube& b);

/// Both hold, or nothing where that is never so. An entry compares an address once, with a prefix that it must be in or must
/// not be in: where it would take both `possible` becomes false and the result means nothing. See meetInto().
std::optional<Cube> meet(Cube a, const Cube& b, bool& possible);

/// Adds cubes for the packets that are in both; they exclude each other. An address that must be in one prefix and not in another
/// takes a cube for each bit by which the other is longer.
void meetInto(std::vector<Cube>& out, const Cube& a, const Cube& b);

/// Cubes for the same packets that exclude each other, or nothing where these are more than `limit`.
std::optional<std::vector<Cube>> takeApart(const std::vector<Cube>& cubes, size_t limit);

/// What tests may be made of.
struct CubeContext {
  const ast::Program& program;
  std::function<bool(ast::FieldId)> stable;  // the field is never rewritten
  size_t limit;                              // most cubes
  /// Whether the entry word is compared as ranges.
  std::function<bool(unsigned)> ranged = isRangedWord;
  /// Whether the entry word may be compared. Not set: any may.
  std::function<bool(unsigned)> keyed = {};
  /// The word and its bit that says whether the condition holds, which the program computes before the lookup; nothing where it cannot.
  /// Not set: it never can.
  std::function<std::optional<std::pair<unsigned, uint32_t>>(const ast::Expr&)> computed = {};
};

/// The condition (`negated`: its negation), or nothing when it is not made of tests that an entry can make, or would take too many
/// cubes. An empty union never holds.
std::optional<std::vector<Cube>> cubesOf(const ast::Expr& condition, const CubeContext& context, bool negated = false);

}  // namespace norman::codegen
