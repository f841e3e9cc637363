// Key words for entry words, and entries from cubes.
#include "compiler/codegen/rule_list.h"

#include <algorithm>

namespace norman::codegen {
namespace {

constexpr size_t kKeyWords = isa::kRuleKeyWords;
constexpr unsigned kRangeWords[] = {isa::kRuleRangeWord, isa::kRuleRangeWord + 1};

constexpr uint16_t bits(unsigned first, unsigned count) { return static_cast<uint16_t>(((1u << count) - 1) << first); }
constexpr uint16_t kSides[] = {bits(0, 4), bits(4, 4)};
constexpr uint16_t kRanges = bits(isa::kRuleRangeWord, 2);
constexpr uint16_t kFree = bits(isa::kRuleRangeWord + 2, kKeyWords - isa::kRuleRangeWord - 2);  // compared bit by bit, for any entry word

bool isRange(size_t key_word) { return key_word == kRangeWords[0] || key_word == kRangeWords[1]; }

/// The key word that is for this word of an address, where it is one.
std::optional<unsigned> addressKey(unsigned word) {
  if (word >= isa::kWSrc0 && word < isa::kWSrc0 + 4) return word - isa::kWSrc0;
  if (word >= isa::kWDst0 && word < isa::kWDst0 + 4) return 4 + word - isa::kWDst0;
  return std::nullopt;
}

/// Key words that can compare the entry word bit by bit, or as ranges.
uint16_t comparing(unsigned word, bool ranges) {
  if (const auto own = addressKey(word)) return bits(*own, 1);
  if (ranges) return kRanges;
  return word == isa::kWParse ? kFree : static_cast<uint16_t>(kFree | kSides[0] | kSides[1]);
}

/// Gives each entry word a key word that may compare it; those of addresses go to others only where there is no room else.
class KeyChoice {
 public:
  explicit KeyChoice(std::span<const std::pair<unsigned, uint16_t>> words) : words_(words) {}

  std::optional<RuleList::Key> run() {
    for (size_t i = 0; i < words_.size(); ++i) {
      std::array<bool, kKeyWords> asked{};
      if (!place(i, asked)) return std::nullopt;
    }
    RuleList::Key key;
    for (size_t k = 0; k < kKeyWords; ++k)
      if (of_[k]) key[k] = words_[*of_[k]].first;
    return key;
  }

 private:
  /// Key words that may compare it, the best first: registers take entry words and give key words by the residue of their
  /// number, so that words of another residue take a copy.
  std::vector<unsigned> candidates(size_t i) const {
    const auto [word, allowed] = words_[i];
    std::vector<unsigned> result;
    for (const bool address : {false, true})
      for (const bool same_residue : {true, false})
        for (unsigned k = 0; k < kKeyWords; ++k)
          if ((allowed >> k & 1) != 0 && (k < isa::kRuleRangeWord) == address && (k % isa::kEntryBanks == word % isa::kEntryBanks) == same_residue)
            result.push_back(k);
    return result;
  }

  /// Finds a key word for the word, moving others to another one of theirs where that helps.
  bool place(size_t i, std::array<bool, kKeyWords>& asked) {
    const std::vector<unsigned> mine = candidates(i);
    for (const unsigned k : mine)
      if (!of_[k]) {
        of_[k] = i;
        return true;
      }
    for (const unsigned k : mine) {
      if (asked[k]) continue;
      asked[k] = true;
      if (!place(*of_[k], asked)) continue;
      of_[k] = i;
      return true;
    }
    return false;
  }

  std::span<const std::pair<unsigned, uint16_t>> words_;
  std::array<std::optional<size_t>, kKeyWords> of_{};
};

/// Groups (enum RuleGroup) that compare a side's address.
uint16_t groupOf(unsigned side) {
  return static_cast<uint16_t>(1u << static_cast<unsigned>(side == 0 ? isa::RuleGroup::Src : isa::RuleGroup::Dst));
}

}  // namespace

bool RuleEntry::covers(const RuleEntry& other) const {
  // An address that must not be in a prefix: only the very same test is known to cover it.
  for (unsigned side = 0; side < 2; ++side) {
    const bool inverted = (invert & groupOf(side)) != 0;
    const bool other_inverted = (other.invert & groupOf(side)) != 0;
    const bool same = std::equal(&value[4 * side], &value[4 * side] + 4, &other.value[4 * side]) &&
                      std::equal(&mask[4 * side], &mask[4 * side] + 4, &other.mask[4 * side]);
    if (inverted && !(other_inverted && same)) return false;
    if (!inverted && other_inverted && !std::all_of(&mask[4 * side], &mask[4 * side] + 4, [](uint32_t m) { return m == 0; })) return false;
  }
  for (size_t i = 0; i < kKeyWords; ++i) {
    if (i < 8 && (invert & groupOf(i / 4)) != 0) continue;
    if (!isRange(i)) {
      if ((mask[i] & ~other.mask[i]) != 0 || ((value[i] ^ other.value[i]) & mask[i]) != 0) return false;
      continue;
    }
    for (const unsigned shift : {0u, 16u}) {
      if ((value[i] >> shift & 0xffff) > (other.value[i] >> shift & 0xffff)) return false;
      if ((mask[i] >> shift & 0xffff) < (other.mask[i] >> shift & 0xffff)) return false;
    }
  }
  return true;
}

bool RuleEntry::meets(const RuleEntry& other) const {
  for (size_t i = 0; i < kKeyWords; ++i) {
    if (i < 8 && ((invert | other.invert) & groupOf(i / 4)) != 0) continue;
    if (!isRange(i)) {
      if (((value[i] ^ other.value[i]) & mask[i] & other.mask[i]) != 0) return false;
      continue;
    }
    for (const unsigned shift : {0u, 16u})
      if ((value[i] >> shift & 0xffff) > (other.mask[i] >> shift & 0xffff) || (other.value[i] >> shift & 0xffff) > (mask[i] >> shift & 0xffff)) return false;
  }
  return true;
}

std::optional<RuleEntry> meet(RuleEntry a, const RuleEntry& b) {
  if (!a.meets(b)) return std::nullopt;
  for (size_t i = 0; i < kKeyWords; ++i) {
    const uint16_t group = i < 8 ? groupOf(i / 4) : 0;
    if ((b.invert & group) != 0) continue;
    if ((a.invert & group) != 0) {
      a.value[i] = b.value[i];
      a.mask[i] = b.mask[i];
      if (i % 4 == 3) a.invert &= static_cast<uint16_t>(~group);
    } else if (!isRange(i)) {
      a.value[i] |= b.value[i] & b.mask[i];
      a.mask[i] |= b.mask[i];
    } else {
      uint32_t low = 0;
      uint32_t high = 0;
      for (const unsigned shift : {0u, 16u}) {
        low |= std::max(a.value[i] >> shift & 0xffff, b.value[i] >> shift & 0xffff) << shift;
        high |= std::min(a.mask[i] >> shift & 0xffff, b.mask[i] >> shift & 0xffff) << shift;
      }
      a.value[i] = low;
      a.mask[i] = high;
    }
  }
  return a;
}

namespace {

/// Cuts off the entry what lies outside of `other`, piece by piece; what is left of it lies inside. False if that cannot be said.
bool cutOff(RuleEntry entry, const RuleEntry& other, std::vector<RuleEntry>& pieces) {
  for (unsigned side = 0; side < 2; ++side) {
    const bool tests = std::any_of(&other.mask[4 * side], &other.mask[4 * side] + 4, [](uint32_t m) { return m != 0; });
    if (((entry.invert & groupOf(side)) != 0 && tests) || (other.invert & groupOf(side)) != 0) return false;
  }
  for (size_t i = 0; i < kKeyWords; ++i) {
    if (i < 8 && (entry.invert & groupOf(i / 4)) != 0) continue;
    if (!isRange(i)) {
      for (uint32_t open = other.mask[i] & ~entry.mask[i]; open != 0; open &= open - 1) {
        const uint32_t bit = open & -open;
        entry.mask[i] |= bit;
        pieces.push_back(entry);
        pieces.back().value[i] |= ~other.value[i] & bit;
        entry.value[i] |= other.value[i] & bit;
      }
      continue;
    }
    for (const unsigned shift : {0u, 16u}) {
      const auto put = [shift](uint32_t& word, uint32_t half) { word = (word & ~(0xffffu << shift)) | half << shift; };
      const uint32_t first = other.value[i] >> shift & 0xffff;
      const uint32_t last = other.mask[i] >> shift & 0xffff;
      if ((entry.value[i] >> shift & 0xffff) < first) {
        pieces.push_back(entry);
        put(pieces.back().mask[i], first - 1);
        put(entry.value[i], first);
      }
      if ((entry.mask[i] >> shift & 0xffff) > last) {
        pieces.push_back(entry);
        put(pieces.back().value[i], last + 1);
        put(entry.mask[i], last);
      }
    }
  }
  return true;
}

}  // namespace

bool coveredTogether(const RuleEntry& entry, std::span<const RuleEntry* const> others, const std::function<bool(const RuleEntry&)>& possible) {
  constexpr size_t kMostPieces = 256;  // of those looked at: lists are long, and most of their rules are no one's shadow
  struct Piece {
    RuleEntry entry;
    size_t from;  // others before this one are cut off already
  };
  std::vector<Piece> open{{entry, 0}};
  for (size_t looked_at = 0; !open.empty(); ++looked_at) {
    if (looked_at == kMostPieces) return false;
    Piece piece = std::move(open.back());
    open.pop_back();
    if (!possible(piece.entry)) continue;
    std::vector<RuleEntry> outside;
    bool cut = false;
    for (; piece.from < others.size() && !cut; ++piece.from) {
      outside.clear();
      cut = others[piece.from]->meets(piece.entry) && cutOff(piece.entry, *others[piece.from], outside);
    }
    if (!cut) return false;
    for (RuleEntry& rest : outside) open.push_back({std::move(rest), piece.from});
  }
  return true;
}

bool RuleList::add(const std::vector<Cube>& cubes) {
  auto words = words_;
  const auto test = [&](unsigned word, bool ranges, uint16_t not_there) {
    auto found = std::ranges::find(words, word, &std::pair<unsigned, uint16_t>::first);
    if (found == words.end()) found = words.insert(words.end(), {word, comparing(word, ranges)});
    found->second &= static_cast<uint16_t>(comparing(word, ranges) & ~not_there);
  };
  for (const Cube& cube : cubes) {
    // An entry inverts all that it compares of a side.
    uint16_t inverted = 0;
    for (unsigned side = 0; side < 2; ++side)
      if (cube.differs[side]) inverted |= kSides[side];
    for (const auto& [word, tested] : cube.words) test(word, false, inverted);
    for (const auto& [half, range] : cube.halves) test(half.first, true, 0);
    for (unsigned side = 0; side < 2; ++side)
      for (unsigned i = 0; cube.differs[side] && i < 4; ++i)
        if ((*cube.differs[side])[i].mask != 0) test((side == 0 ? isa::kWSrc0 : isa::kWDst0) + i, false, 0);
  }
  if (fixed_) {
    for (const auto& [word, allowed] : words) {
      const auto found = std::ranges::find(key_, std::optional(word));
      if (found == key_.end() || (allowed >> (found - key_.begin()) & 1) == 0) return false;
    }
  } else {
    const auto key = KeyChoice(words).run();
    if (!key) return false;
    key_ = *key;
  }
  words_ = std::move(words);
  rules_.push_back(cubes);
  return true;
}

size_t RuleList::cubes() const {
  size_t count = 0;
  for (const auto& rule : rules_) count += rule.size();
  return count;
}

std::vector<RuleEntry> RuleList::entries() const {
  const auto keyWord = [this](unsigned word) {
    for (size_t i = 0; i < kKeyWords; ++i)
      if (key_[i] == word) return i;
    return kKeyWords;
  };
  std::vector<RuleEntry> entries;
  for (size_t rule = 0; rule < rules_.size(); ++rule)
    for (const Cube& cube : rules_[rule]) {
      RuleEntry entry;
      entry.rule = rule;
      for (const unsigned word : kRangeWords) entry.mask[word] = 0xffffffff;
      for (const auto& [word, bits] : cube.words) {
        entry.value[keyWord(word)] = bits.value;
        entry.mask[keyWord(word)] = bits.mask;
      }
      for (const auto& [half, range] : cube.halves) {
        const unsigned shift = half.second ? 16 : 0;
        uint32_t& lowest = entry.value[keyWord(half.first)];
        uint32_t& highest = entry.mask[keyWord(half.first)];
        lowest = (lowest & ~(0xffffu << shift)) | range.first << shift;
        highest = (highest & ~(0xffffu << shift)) | range.last << shift;
      }
      for (unsigned side = 0; side < 2; ++side) {
        if (!cube.differs[side]) continue;
        entry.invert |= groupOf(side);
        for (unsigned i = 0; i < 4; ++i) {
          entry.value[4 * side + i] = (*cube.differs[side])[i].value;
          entry.mask[4 * side + i] = (*cube.differs[side])[i].mask;
        }
      }
      entries.push_back(entry);
    }
  return entries;
}

}  // namespace norman::codegen
