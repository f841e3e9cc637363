// Consecutive rules as one list of a rule stage: a key that all of them can be compared with, and their entries.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "compiler/codegen/condition_cubes.h"
#include "norman/spec/isa.h"

namespace norman::codegen {

/// One entry, as overlay_rtl/spec/device/Rules.td describes it.
struct RuleEntry {
  std::array<uint32_t, isa::kRuleKeyWords> value{};  // range words: lowest values of both halves
  std::array<uint32_t, isa::kRuleKeyWords> mask{};   // range words: highest values
  uint16_t invert = 0;
  size_t rule = 0;  // number of the rule within the list

  /// Whether every packet that matches `other` matches this one too; may say false where it is so.
  bool covers(const RuleEntry& other) const;
  /// Whether some packet may match both; may say true where there is none.
  bool meets(const RuleEntry& other) const;
};

/// What matches both, but for inverted groups, which are taken to match; nothing where no packet can.
std::optional<RuleEntry> meet(RuleEntry a, const RuleEntry& b);

/// Whether every packet that matches the entry matches one of the others, all of them together; may say false where it is so.
/// `possible` says whether a key can be as an entry asks.
bool coveredTogether(const RuleEntry& entry, std::span<const RuleEntry* const> others, const std::function<bool(const RuleEntry&)>& possible);

/// Grows rule by rule as long as one key serves all.
///
/// An address is compared by the key words of its side, ports and lengths by the two that compare ranges, everything else by
/// the four that are left, or by those of addresses that no rule of the list asks for.
class RuleList {
 public:
  using Key = std::array<std::optional<unsigned>, isa::kRuleKeyWords>;

  RuleList() = default;
  /// A list whose rules have chosen these key words, and choose no others.
  explicit RuleList(const Key& key) : key_(key), fixed_(true) {}

  /// Adds a rule at the end. False, and nothing is changed, if its tests need more key words than there are.
  bool add(const std::vector<Cube>& cubes);
  size_t rules() const { return rules_.size(); }
  /// A list as it was, for takeBack().
  struct Mark {
    Key key;
    std::vector<std::pair<unsigned, uint16_t>> words;
    size_t rules;
  };
  Mark mark() const { return {key_, words_, rules_.size()}; }
  void takeBack(const Mark& mark) {
    key_ = mark.key;
    words_ = mark.words;
    rules_.resize(mark.rules);
  }
  size_t cubes() const;

  /// The entry word that is compared as a key word, where one is.
  const Key& key() const { return key_; }
  /// In the order of the rules.
  std::vector<RuleEntry> entries() const;

 private:
  Key key_;
  bool fixed_ = false;
  std::vector<std::pair<unsigned, uint16_t>> words_;  // entry words in the order of their first test, each with the key words that may compare it, as bits
  std::vector<std::vector<Cube>> rules_;
};

}  // namespace norman::codegen
