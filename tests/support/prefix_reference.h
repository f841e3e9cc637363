// Prefixes as plain lists, and random ones: what prefix stages are compared with.
#pragma once

#include <cerrno>
#include <map>
#include <optional>
#include <vector>

#include "overlay_rtl/model/prefix_table.h"
#include "runtime/core/core_prefix.h"
#include "tests/support/random.h"

namespace norman::test {

inline bool contains(const norman_prefix& prefix, std::uint8_t table, const ExactKey& key) {
  if (prefix.table != table) return false;
  for (unsigned bit = 0; bit < prefix.length; ++bit)
    if ((prefix.key[bit / 32] ^ key[bit / 32]) >> (31 - bit % 32) & 1) return false;
  return true;
}

inline bool samePrefix(const norman_prefix& a, const norman_prefix& b) {
  return a.table == b.table && a.length == b.length && std::equal(std::begin(a.key), std::end(a.key), std::begin(b.key));
}

/// A list that is looked through from front to back; for few prefixes.
class PrefixReference {
 public:
  std::size_t size() const { return prefixes_.size(); }
  bool has(const norman_prefix& prefix) const { return at(prefix) < prefixes_.size(); }
  const norman_prefix& any(Random& random) const { return prefixes_[random.below(prefixes_.size())]; }

  int insert(const norman_prefix& prefix) {
    if (has(prefix)) return -EEXIST;
    prefixes_.push_back(prefix);
    return 0;
  }
  int change(const norman_prefix& prefix) {
    if (!has(prefix)) return -ENOENT;
    prefixes_[at(prefix)] = prefix;
    return 0;
  }
  int remove(const norman_prefix& prefix) {
    const std::size_t index = at(prefix);
    if (index == prefixes_.size()) return -ENOENT;
    prefixes_.erase(prefixes_.begin() + static_cast<std::ptrdiff_t>(index));
    return 0;
  }
  std::optional<PrefixTable::Result> find(std::uint8_t table, const ExactKey& key) const {
    const norman_prefix* best = nullptr;
    for (const norman_prefix& prefix : prefixes_)
      if (contains(prefix, table, key) && (best == nullptr || prefix.length > best->length)) best = &prefix;
    if (best == nullptr) return std::nullopt;
    return PrefixTable::Result{best->value, best->action};
  }

 private:
  std::size_t at(const norman_prefix& prefix) const {
    std::size_t index = 0;
    while (index < prefixes_.size() && !samePrefix(prefixes_[index], prefix)) ++index;
    return index;
  }

  std::vector<norman_prefix> prefixes_;
};

/// The same for many: one ordered map, asked for every length.
class PlainPrefixes {
 public:
  std::size_t size() const { return list_.size(); }
  bool has(const norman_prefix& prefix) const { return where_.contains(keyOf(prefix.table, prefix.length, prefix.key)); }
  const norman_prefix& any(Random& random) const { return list_[random.below(list_.size())]; }

  int insert(const norman_prefix& prefix) {
    if (!where_.emplace(keyOf(prefix.table, prefix.length, prefix.key), list_.size()).second) return -EEXIST;
    list_.push_back(prefix);
    return 0;
  }
  void remove(const norman_prefix& prefix) {
    const auto found = where_.find(keyOf(prefix.table, prefix.length, prefix.key));
    const std::size_t index = found->second;
    where_.erase(found);
    if (index + 1 != list_.size()) {
      list_[index] = list_.back();
      where_[keyOf(list_[index].table, list_[index].length, list_[index].key)] = index;
    }
    list_.pop_back();
  }
  std::optional<PrefixTable::Result> find(std::uint8_t table, const ExactKey& key) const {
    for (int length = 128; length >= 0; --length) {
      const auto found = where_.find(keyOf(table, static_cast<unsigned>(length), key.data()));
      if (found != where_.end()) return PrefixTable::Result{list_[found->second].value, list_[found->second].action};
    }
    return std::nullopt;
  }

 private:
  using Key = std::array<std::uint32_t, 6>;
  static Key keyOf(unsigned table, unsigned length, const std::uint32_t* key) {
    Key result{table, length};
    for (unsigned word = 0; word < 4; ++word) {
      const unsigned bits = length <= 32 * word ? 0 : std::min(32u, length - 32 * word);
      result[2 + word] = bits == 0 ? 0 : key[word] & ~std::uint32_t{0} << (32 - bits);
    }
    return result;
  }

  std::map<Key, std::size_t> where_;
  std::vector<norman_prefix> list_;
};

/// A prefix's bits, cut to its length.
inline norman_prefix makePrefix(Random& random, std::uint8_t table, unsigned length, const ExactKey& key) {
  norman_prefix prefix{};
  for (unsigned bit = 0; bit < length; ++bit) prefix.key[bit / 32] |= key[bit / 32] & std::uint32_t{1} << (31 - bit % 32);
  prefix.table = table;
  prefix.length = static_cast<std::uint8_t>(length);
  prefix.value = static_cast<std::uint32_t>(random.next());
  prefix.action = static_cast<std::uint8_t>(random.below(256));
  return prefix;
}

inline ExactKey randomKey(Random& random) {
  ExactKey key{};
  for (std::uint32_t& word : key) word = static_cast<std::uint32_t>(random.next());
  return key;
}

/// A key at a border of the prefix, within it, or just beside it.
inline ExactKey keyNear(Random& random, const norman_prefix& prefix) {
  ExactKey key = randomKey(random);
  const std::uint32_t rest = random.oneIn(3) ? 0 : random.oneIn(2) ? ~std::uint32_t{0} : 1;
  for (unsigned word = 0; word < 4; ++word) {
    const unsigned bits = prefix.length <= 32 * word ? 0 : std::min(32u, prefix.length - 32 * word);
    const std::uint32_t mask = bits == 0 ? 0 : ~std::uint32_t{0} << (32 - bits);
    key[word] = prefix.key[word] | ((rest == 1 ? key[word] : rest) & ~mask);
  }
  if (!random.oneIn(3)) return key;
  const bool up = random.oneIn(2);
  for (unsigned word = 4; word-- > 0;) {
    key[word] += up ? 1 : ~std::uint32_t{0};
    if (key[word] != (up ? 0 : ~std::uint32_t{0})) break;
  }
  return key;
}

/// Prefixes that lie in each other, of a few tables, the last one of all included.
inline norman_prefix nestedPrefix(Random& random) {
  constexpr std::uint8_t kTables[] = {0, 1, 255};
  ExactKey key{};
  for (std::uint32_t& word : key) word = random.oneIn(2) ? 0 : random.oneIn(2) ? ~std::uint32_t{0} : static_cast<std::uint32_t>(random.below(4)) << 30;
  return makePrefix(random, kTables[random.below(3)], static_cast<unsigned>(random.oneIn(2) ? random.below(129) : random.below(34)), key);
}

/// Prefixes as routes and blocklists have them: IPv4 in table 4, mostly of 16 to 24 bits and hosts, IPv6 in table 6.
inline norman_prefix routePrefix(Random& random) {
  ExactKey key = randomKey(random);
  if (random.oneIn(3)) {
    key[0] = 0x20000000 | (key[0] & 0x0fff0fff);
    constexpr unsigned kLengths[] = {19, 29, 32, 32, 36, 40, 44, 48, 48, 48, 48, 56, 64, 64, 128};
    return makePrefix(random, 6, kLengths[random.below(std::size(kLengths))], key);
  }
  key = {key[0] & 0xfff0ffff, 0, 0, 0};
  constexpr unsigned kLengths[] = {0, 8, 11, 12, 14, 16, 16, 18, 19, 20, 20, 21, 22, 22, 22, 23, 24, 24, 24, 24, 24, 24, 24, 24, 28, 32, 32, 32};
  return makePrefix(random, 4, kLengths[random.below(std::size(kLengths))], key);
}

}  // namespace norman::test
