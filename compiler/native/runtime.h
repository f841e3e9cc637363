// What compiled policies call: lookups, state steps and events on ordinary memory.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <unordered_map>
#include <vector>

#include "norman/spec/norman_hw.h"
#include "overlay_rtl/model/core_device.h"

namespace norman::native {

struct KeyHash {
  std::size_t operator()(const std::array<std::uint32_t, 4>& key) const {
    std::uint64_t hash = 0;
    for (const std::uint32_t word : key) hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    return static_cast<std::size_t>(hash ^ hash >> 32);
  }
};

/// A set: key words to value.
using Table = std::unordered_map<std::array<std::uint32_t, 4>, std::uint32_t, KeyHash>;

/// A prefix table: a set of the prefixes of each length, the longest first.
using PrefixTable = std::map<unsigned, Table, std::greater<>>;

/// A list of rules, in their order.
struct RuleTable {
  std::vector<norman_image_list_entry> entries;
};

/// The packet being executed: what the code writes.
struct Execution {
  std::uint32_t verdict_word = 0;
  std::uint32_t act = 0;
  std::array<std::uint32_t, isa::kExitTargets> targets{};
  std::vector<std::uint32_t> events;
  unsigned program = 0;
  const EntryWords* packet = nullptr;
};

/// A learned table: entries by way and row, as the overlay keeps them, because which keys compete decides who is refused. Each
/// program has its own, or both that of number 0.
struct LearnedTable {
  struct Entry {
    std::array<std::uint32_t, 4> key{};
    std::uint32_t expiry = 0;
    std::uint8_t byte = 0;
    bool valid = false;
  };
  std::array<std::vector<Entry>, 2> entries;  // [row * ways + way]
  bool shared = false;
  std::array<std::uint64_t, 2> refused{};
  const Execution* execution = nullptr;
};

/// Words of one meter or state object; each program has its own.
struct StateObject {
  std::array<std::vector<std::uint64_t>, 2> words;
  const Execution* execution = nullptr;
};

extern "C" {
void normanNativeEvent(Execution* execution, std::uint32_t base, std::uint32_t index);
bool normanNativeLookup(const Table* table, std::uint32_t k0, std::uint32_t k1, std::uint32_t k2, std::uint32_t k3, std::uint32_t* value);
bool normanNativePrefix(const PrefixTable* table, std::uint32_t k0, std::uint32_t k1, std::uint32_t k2, std::uint32_t k3, std::uint32_t* value);
bool normanNativeGather(const Execution* execution, std::uint32_t base, std::uint32_t size, std::uint32_t index, std::uint32_t offset,
                        std::uint32_t* value);
/// `key`: the lookup's key words; `argument` gets that of the terminal entry, `actions` what earlier ones leave to the program.
bool normanNativeRules(Execution* execution, const RuleTable* table, const std::uint32_t* key, std::uint32_t* argument, std::uint32_t* actions);
bool normanNativeLearn(LearnedTable* table, std::uint32_t k0, std::uint32_t k1, std::uint32_t k2, std::uint32_t k3, std::uint32_t now,
                       std::uint32_t byte, std::uint32_t timeout, std::uint32_t mode, std::uint32_t* result);
bool normanNativeState(StateObject* object, std::uint32_t index, std::uint64_t a, std::uint64_t b, std::uint64_t k, std::uint32_t step,
                       std::uint64_t* returned);
}

}  // namespace norman::native
