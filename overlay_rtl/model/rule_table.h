// One rule stage of the model: a forest of search trees over entries that are compared in full, and overflow entries.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "norman/spec/isa.h"

namespace norman {

using RuleKey = std::array<std::uint32_t, isa::kRuleKeyWords>;
using StagedRule = std::array<std::uint64_t, isa::kRuleEntryWords>;

/// What one matching entry says.
struct RuleEntryResult {
  std::uint32_t label = 0;
  std::uint32_t argument = 0;
  std::uint16_t event = 0;
  std::uint8_t action = 0;
  bool terminal = false, counts = false, log = false, capture = false, carry = false;

  bool operator==(const RuleEntryResult&) const = default;
};

/// The result of one lookup: what the comment of spec/device/Rules.td promises.
struct RuleResult {
  bool hit = false;  ///< a terminal entry matched
  RuleEntryResult terminal;
  unsigned continuing = 0;
  std::array<RuleEntryResult, isa::kRuleContinuing> earlier{};
  bool lost = false;  ///< there were further entries before the terminal one

  bool operator==(const RuleResult&) const = default;
};

/// The memories behind one rule stage; software decides what lies where.
class RuleTable {
 public:
  RuleTable(std::uint32_t trees, std::uint32_t rows, std::uint32_t overflow);

  /// Carries out a RuleCommand on what is staged. False if it names what this stage does not have: nothing happens.
  bool command(std::uint64_t command, const StagedRule& staged);

  /// A lookup in two steps, as the hardware makes it: down the trees, then through the leaves found and overflow. What
  /// is written between the two, a test can thus see as a packet in flight does.
  struct Descent {
    unsigned bank = 0;
    std::vector<std::uint16_t> leaves;  ///< of each tree; kNoLeaf where it is deeper than there are levels
  };
  static constexpr std::uint16_t kNoLeaf = 0xffff;
  Descent descend(std::uint8_t list, const RuleKey& key) const;
  RuleResult compare(const Descent& descent, std::uint8_t list, const RuleKey& key) const;

  RuleResult find(std::uint8_t list, const RuleKey& key) const { return compare(descend(list, key), list, key); }

 private:
  struct Entry {
    StagedRule words{};
    std::uint8_t visible = 0;
  };
  struct Pointer {
    bool leaf = true;
    std::uint16_t index = 0;
  };
  struct Node {
    std::uint32_t threshold = 0;
    std::uint8_t dimension = 0;
    Pointer left, right;
  };
  struct Tree {
    std::array<Pointer, 2> root;
    std::array<std::vector<Node>, isa::kRuleLevels> levels;
    std::vector<std::array<Entry, isa::kRuleLeafSlots>> leaves;
  };

  static bool matches(const Entry& entry, unsigned bank, std::uint8_t list, const RuleKey& key);
  static bool mayLie(const Entry& entry, std::size_t tree);
  bool precedes(std::size_t one, std::size_t other) const;  // of two overflow entries
  Entry* entryOf(std::uint64_t command);

  std::uint32_t rows_;
  std::vector<Tree> trees_;
  std::vector<Entry> overflow_;
  std::vector<std::uint64_t> before_;  ///< bit j of [i]: overflow entry i comes before entry j of its sixteen
  unsigned bank_ = 0;
};

}  // namespace norman
