// Lookups and commands of a rule stage, as spec/device/Rules.td describes them.
#include "overlay_rtl/model/rule_table.h"

#include <algorithm>

namespace norman {
namespace {

namespace e = isa::rule_entry;
namespace c = isa::rule_command;

using Groups = std::uint32_t;  // bit g: group g of enum RuleGroup

constexpr Groups bit(isa::RuleGroup group) { return Groups{1} << static_cast<unsigned>(group); }

bool inRange(std::uint32_t value, std::uint64_t word, unsigned half) {
  const auto low = static_cast<std::uint16_t>(word >> (16 * half));
  const auto high = static_cast<std::uint16_t>(word >> (32 + 16 * half));
  const auto part = static_cast<std::uint16_t>(value >> (16 * half));
  return low <= part && part <= high;
}

RuleEntryResult resultOf(const StagedRule& words) {
  RuleEntryResult result;
  result.label = static_cast<std::uint32_t>(isa::get(words, e::kLabel));
  result.argument = static_cast<std::uint32_t>(isa::get(words, e::kArgument));
  result.event = static_cast<std::uint16_t>(isa::get(words, e::kEvent));
  result.action = static_cast<std::uint8_t>(isa::get(words, e::kAction));
  result.terminal = isa::get(words, e::kTerminal) != 0;
  result.counts = isa::get(words, e::kCounts) != 0;
  result.log = isa::get(words, e::kLog) != 0;
  result.capture = isa::get(words, e::kCapture) != 0;
  result.carry = isa::get(words, e::kCarry) != 0;
  return result;
}

std::uint32_t dimensionOf(std::uint8_t dimension, std::uint8_t list, const RuleKey& key) {
  if (dimension < isa::kRuleRangeWord) return key[dimension];
  switch (static_cast<isa::RuleDimension>(dimension)) {
    case isa::RuleDimension::Range8Low: return key[8] & 0xffff;
    case isa::RuleDimension::Range8High: return key[8] >> 16;
    case isa::RuleDimension::Range9Low: return key[9] & 0xffff;
    case isa::RuleDimension::Range9High: return key[9] >> 16;
    case isa::RuleDimension::List: return list;
    default: return 0;
  }
}

}  // namespace

RuleTable::RuleTable(std::uint32_t trees, std::uint32_t rows, std::uint32_t overflow)
    : rows_(rows), trees_(trees), overflow_(overflow), before_(overflow) {
  for (Tree& tree : trees_) {
    for (auto& level : tree.levels) level.resize(rows);
    tree.leaves.resize(rows);
  }
}

RuleTable::Entry* RuleTable::entryOf(std::uint64_t command) {
  const std::array<std::uint64_t, 1> word{command};
  const auto tree = isa::get(word, c::kTree);
  const auto row = isa::get(word, c::kRow);
  const auto slot = isa::get(word, c::kPlace);
  if (tree == isa::kRuleTreeOverflow) return row < overflow_.size() ? &overflow_[row] : nullptr;
  if (tree >= trees_.size() || row >= rows_ || slot >= isa::kRuleLeafSlots) return nullptr;
  return &trees_[tree].leaves[row][slot];
}

bool RuleTable::command(std::uint64_t command, const StagedRule& staged) {
  const std::array<std::uint64_t, 1> word{command};
  const auto tree = isa::get(word, c::kTree);
  const auto row = isa::get(word, c::kRow);
  const auto visible = static_cast<std::uint8_t>(isa::get(word, c::kVisible));
  switch (static_cast<isa::RuleOp>(isa::get(word, c::kOp))) {
    case isa::RuleOp::Entry:
      if (Entry* entry = entryOf(command)) {
        *entry = {staged, visible};
        return true;
      }
      return false;
    case isa::RuleOp::Visible:
      if (Entry* entry = entryOf(command)) {
        entry->visible = visible;
        return true;
      }
      return false;
    case isa::RuleOp::Node: {
      namespace n = isa::rule_node;
      const auto level = isa::get(word, c::kPlace);
      if (tree >= trees_.size() || level >= isa::kRuleLevels || row >= rows_) return false;
      Node& node = trees_[tree].levels[level][row];
      node.threshold = static_cast<std::uint32_t>(isa::get(staged, n::kThreshold));
      node.dimension = static_cast<std::uint8_t>(isa::get(staged, n::kDimension));
      node.left = {isa::get(staged, n::kLeftLeaf) != 0, static_cast<std::uint16_t>(isa::get(staged, n::kLeft) % rows_)};
      node.right = {isa::get(staged, n::kRightLeaf) != 0, static_cast<std::uint16_t>(isa::get(staged, n::kRight) % rows_)};
      return true;
    }
    case isa::RuleOp::Root: {
      namespace r = isa::rule_root;
      if (tree >= trees_.size()) return false;
      trees_[tree].root[isa::get(word, c::kBank)] = {isa::get(staged, r::kRootLeaf) != 0,
                                                     static_cast<std::uint16_t>(isa::get(staged, r::kRoot) % rows_)};
      return true;
    }
    case isa::RuleOp::Order:
      if (row >= overflow_.size()) return false;
      before_[row] = staged[0];
      return true;
    case isa::RuleOp::Bank: bank_ = static_cast<unsigned>(isa::get(word, c::kBank)); return true;
    default: return false;
  }
}

// Trees but one look for terminal entries only.
bool RuleTable::mayLie(const Entry& entry, std::size_t tree) {
  return tree == isa::kRuleContinuingTree || isa::get(entry.words, e::kTerminal) != 0;
}

bool RuleTable::matches(const Entry& entry, unsigned bank, std::uint8_t list, const RuleKey& key) {
  if ((entry.visible >> bank & 1) == 0 || isa::get(entry.words, e::kList) != list) return false;
  const auto differs = [&](unsigned i) { return ((key[i] ^ static_cast<std::uint32_t>(entry.words[i])) & (entry.words[i] >> 32)) != 0; };
  Groups failing = 0;
  for (unsigned i = 0; i < 4; ++i) {
    if (differs(i)) failing |= bit(isa::RuleGroup::Src);
    if (differs(4 + i)) failing |= bit(isa::RuleGroup::Dst);
    if (differs(10 + i)) failing |= bit(isa::RuleGroup::Word10) << i;
  }
  for (unsigned half = 0; half < 4; ++half) {
    const unsigned word = isa::kRuleRangeWord + half / 2;
    if (!inRange(key[word], entry.words[word], half % 2)) failing |= bit(isa::RuleGroup::Range8Low) << half;
  }
  return failing == isa::get(entry.words, e::kInvert);
}

bool RuleTable::precedes(std::size_t one, std::size_t other) const {
  constexpr std::size_t kSixteen = isa::kRuleOverflowOrdered;
  if (one / kSixteen == other / kSixteen) return (before_[one] >> (other % kSixteen) & 1) != 0;
  return isa::get(overflow_[one].words, e::kLabel) < isa::get(overflow_[other].words, e::kLabel);
}

RuleTable::Descent RuleTable::descend(std::uint8_t list, const RuleKey& key) const {
  Descent descent{bank_, {}};
  for (const Tree& tree : trees_) {
    Pointer at = tree.root[bank_];
    for (std::size_t level = 0; !at.leaf && level < isa::kRuleLevels; ++level) {
      const Node& node = tree.levels[level][at.index];
      at = dimensionOf(node.dimension, list, key) < node.threshold ? node.left : node.right;
    }
    descent.leaves.push_back(at.leaf ? at.index : kNoLeaf);
  }
  return descent;
}

RuleResult RuleTable::compare(const Descent& descent, std::uint8_t list, const RuleKey& key) const {
  std::vector<RuleEntryResult> in_trees;
  for (std::size_t tree = 0; tree < trees_.size(); ++tree) {
    if (descent.leaves[tree] == kNoLeaf) continue;
    for (const Entry& entry : trees_[tree].leaves[descent.leaves[tree]])
      if (matches(entry, descent.bank, list, key) && mayLie(entry, tree)) in_trees.push_back(resultOf(entry.words));
  }
  const auto byLabel = [](const RuleEntryResult& a, const RuleEntryResult& b) { return a.label < b.label; };
  std::stable_sort(in_trees.begin(), in_trees.end(), byLabel);

  // Overflow entries come after those that match and come before them: in the order of their sixteen, else by label.
  std::uint64_t matching = 0;
  for (std::size_t i = 0; i < overflow_.size(); ++i)
    if (matches(overflow_[i], descent.bank, list, key)) matching |= std::uint64_t{1} << i;
  std::vector<std::pair<int, RuleEntryResult>> in_overflow;
  for (std::size_t i = 0; i < overflow_.size(); ++i) {
    if ((matching >> i & 1) == 0) continue;
    int rank = 0;
    for (std::size_t other = 0; other < overflow_.size(); ++other)
      if ((matching >> other & 1) != 0 && precedes(other, i)) ++rank;
    in_overflow.emplace_back(rank, resultOf(overflow_[i].words));
  }
  std::stable_sort(in_overflow.begin(), in_overflow.end(), [](const auto& a, const auto& b) { return a.first < b.first; });

  std::vector<RuleEntryResult> found = in_trees;
  for (const auto& [rank, match] : in_overflow) found.push_back(match);
  std::inplace_merge(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(in_trees.size()), found.end(), byLabel);

  RuleResult result;
  for (const RuleEntryResult& match : found) {
    if (match.terminal) {
      result.hit = true;
      result.terminal = match;
      break;
    }
    if (result.continuing < isa::kRuleContinuing)
      result.earlier[result.continuing++] = match;
    else
      result.lost = true;
  }
  return result;
}

}  // namespace norman
