// Fuzzes the contents of lookup stages: whatever is inserted, changed and removed in whatever order, lookups in the model find
// what a plain list finds, and no memory is lost.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <vector>

#include <fuzzer/FuzzedDataProvider.h>

#include "overlay_rtl/model/exact_table.h"
#include "runtime/core/core_exact.h"
#include "tests/support/heap.h"
#include "tests/support/prefix_reference.h"
#include "tests/support/rule_reference.h"

namespace norman::test {
namespace {

void check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

constexpr unsigned kSteps = 300;

RuleResult withoutLabels(RuleResult result) {
  result.terminal.label = 0;
  for (RuleEntryResult& entry : result.earlier) entry.label = 0;
  return result;
}

/// A rule that overlaps others: a random one, of which the input makes words wild, turns groups round, or says the range.
norman_rule ruleFrom(FuzzedDataProvider& input, std::uint8_t list) {
  Random random(input.ConsumeIntegral<std::uint16_t>());
  norman_rule rule = randomRule(random, list);
  const auto change = input.ConsumeIntegral<std::uint8_t>();
  if ((change & 1) != 0) rule.mask[change >> 4 & 7] = 0;
  if ((change & 2) != 0) rule.invert = static_cast<std::uint16_t>(input.ConsumeIntegral<std::uint16_t>() & 0x7ff);
  if ((change & 4) != 0) {
    const unsigned word = 8 + (change >> 4 & 1);
    rule.value[word] = input.ConsumeIntegral<std::uint32_t>();
    rule.mask[word] = input.ConsumeIntegral<std::uint32_t>();
  }
  if ((change & 8) != 0) rule.flags = input.ConsumeIntegral<std::uint8_t>();
  return rule;
}

void fuzzRules(FuzzedDataProvider& input) {
  constexpr norman_rules_size kSizes[] = {{1, 32, 8}, {1, 32, 16}, {2, 32, 8}, {4, 64, 32}, {2, 256, 32}, {4, 512, 64}};
  const norman_rules_size& size = kSizes[input.ConsumeIntegralInRange<unsigned>(0, std::size(kSizes) - 1)];
  CountingHeap heap;
  {
    RuleHardware hardware(size);
    norman_rules* rules = nullptr;
    const int opened = norman_rules_open(&rules, &size, &heap.allocator, &hardware.hardware);
    check(opened == 0 || opened == -EINVAL, "a stage opens");
    if (opened != 0) return;
    RuleReference reference;
    std::vector<std::pair<std::uint32_t, std::uint8_t>> handles;
    std::uint64_t refused = 0;
    for (unsigned step = 0; step < kSteps && input.remaining_bytes() != 0; ++step) {
      const auto op = input.ConsumeIntegral<std::uint8_t>();
      const auto list = static_cast<std::uint8_t>(op >> 4 & 1);
      switch (op & 7) {
        case 0:
        case 1:
        case 2: {
          std::uint32_t before = NORMAN_RULES_END;
          if (!handles.empty() && (op & 8) != 0) {
            const auto& [handle, of] = handles[input.ConsumeIntegral<std::uint16_t>() % handles.size()];
            if (of == list) before = handle;
          }
          const norman_rule rule = ruleFrom(input, list);
          std::uint32_t handle = 0;
          const int error = norman_rules_insert(rules, &rule, before, &handle);
          check(error == 0 || error == -EINVAL || error == -ENOSPC, "an insert's answer");
          refused += error == -ENOSPC;
          if (error != 0) break;
          reference.insert(rule, before, handle);
          handles.emplace_back(handle, list);
          break;
        }
        case 3:
        case 4: {
          const auto any = input.ConsumeIntegral<std::uint16_t>();
          if (handles.empty()) {
            check(norman_rules_remove(rules, any) == -ENOENT, "nothing is there");
            break;
          }
          const std::size_t i = any % handles.size();
          check(norman_rules_remove(rules, handles[i].first) == 0, "what is there is removed");
          check(norman_rules_remove(rules, handles[i].first) == -ENOENT, "what is gone is not there");
          reference.remove(handles[i].first);
          handles.erase(handles.begin() + static_cast<std::ptrdiff_t>(i));
          break;
        }
        case 5: {
          std::vector<norman_rule> many(input.ConsumeIntegral<std::uint8_t>());
          for (norman_rule& rule : many) rule = ruleFrom(input, list);
          std::vector<std::uint32_t> given(many.size());
          std::uint32_t left = 0;
          const int error = norman_rules_load(rules, many.data(), static_cast<std::uint32_t>(many.size()), given.data(), &left);
          check(error == 0 || error == -EINVAL || error == -ENOSPC, "a load's answer");
          if (error != 0) break;
          for (std::size_t i = 0; i < many.size(); ++i) {
            reference.insert(many[i], NORMAN_RULES_END, given[i]);
            handles.emplace_back(given[i], list);
          }
          break;
        }
        case 6:
          if ((op & 0xe8) == 0xe8) {
            norman_rules_remove_list(rules, list);
            std::erase_if(handles, [&](const auto& h) {
              if (h.second == list) reference.remove(h.first);
              return h.second == list;
            });
          }
          break;
        default:
          for (unsigned slices = op >> 4; slices != 0 && norman_rules_work(rules); --slices) {}
          break;
      }
      check(hardware.refused == 0, "the stage takes every write");
      check(norman_rules_get_figures(rules)->rules == handles.size(), "as many rules as were inserted");
      check(norman_rules_get_figures(rules)->refused >= refused, "what is refused is counted");
      Random random(step);
      for (unsigned keys = 0; keys < 4; ++keys) {
        const auto asked = static_cast<std::uint8_t>(random.below(2));
        const RuleKey key = randomKey(random, reference);
        check(withoutLabels(hardware.table.find(asked, key)) == reference.find(asked, key), "a lookup of rules");
      }
    }
    norman_rules_close(rules);
  }
  check(heap.live == 0, "all memory is given back");
}

void fuzzPrefixes(FuzzedDataProvider& input) {
  constexpr norman_prefixes_size kSizes[] = {{64, 5, 32}, {16, 4, 16}, {256, 7, 128}, {8, 3, 8}, {1024, 9, 512}};
  const norman_prefixes_size& size = kSizes[input.ConsumeIntegralInRange<unsigned>(0, std::size(kSizes) - 1)];
  CountingHeap heap;
  {
    PrefixTable table(size.levels, size.blocks);
    const norman_prefixes_hardware hardware{[](void* self, std::uint32_t memory, std::uint32_t address, const norman_exact_entry* word) {
                                              ExactEntry entry;
                                              std::copy(std::begin(word->key), std::end(word->key), entry.key.begin());
                                              entry.value = word->value;
                                              entry.action = word->action;
                                              entry.table = word->table;
                                              entry.valid = word->valid != 0;
                                              check(static_cast<PrefixTable*>(self)->write(memory, address, entry), "the stage takes every write");
                                            },
                                            [](void*) {}, &table};
    norman_prefixes* prefixes = nullptr;
    const int opened = norman_prefixes_open(&prefixes, &size, &heap.allocator, &hardware);
    check(opened == 0 || opened == -EINVAL, "a stage opens");
    if (opened != 0) return;
    PrefixReference reference;
    bool held = false;
    for (unsigned step = 0; step < kSteps && input.remaining_bytes() != 0; ++step) {
      const auto op = input.ConsumeIntegral<std::uint8_t>();
      Random random(input.ConsumeIntegral<std::uint16_t>());
      norman_prefix prefix = (op & 16) != 0 && reference.size() != 0 ? reference.any(random) : (op & 32) != 0 ? nestedPrefix(random) : routePrefix(random);
      if ((op & 64) != 0) prefix.length = static_cast<std::uint8_t>(random.next());  // mostly no prefix any more
      bool valid = prefix.length <= 128;
      for (unsigned bit = prefix.length; valid && bit < 128; ++bit) valid = (prefix.key[bit / 32] >> (31 - bit % 32) & 1) == 0;
      switch (op & 15) {
        case 0:
          prefix.value = static_cast<std::uint32_t>(random.next());
          check(norman_prefixes_change(prefixes, &prefix) == (valid ? reference.change(prefix) : -EINVAL), "a change's answer");
          break;
        case 1:
        case 2:
        case 3:
        case 4:
          check(norman_prefixes_remove(prefixes, &prefix) == (valid ? reference.remove(prefix) : -EINVAL), "a removal's answer");
          break;
        case 5:
          held = !held;
          (held ? norman_prefixes_hold : norman_prefixes_show)(prefixes);
          break;
        case 6:
          if (random.oneIn(8)) {
            const std::uint8_t id = prefix.table;
            norman_prefixes_remove_table(prefixes, id);
            PrefixReference others;
            Random all(0);
            while (reference.size() != 0) {
              const norman_prefix one = reference.any(all);
              if (one.table != id) others.insert(one);
              reference.remove(one);
            }
            reference = others;
          }
          break;
        default: {
          const int error = norman_prefixes_insert(prefixes, &prefix);
          if (!valid) {
            check(error == -EINVAL, "no prefix");
          } else if (reference.has(prefix)) {
            check(error == -EEXIST, "a prefix is there");
          } else if (reference.size() >= size.entries) {
            check(error == -ENOSPC, "a full stage refuses");
          } else {
            check(error == 0, "a stage holds as many as it says");
            reference.insert(prefix);
          }
          break;
        }
      }
      check(norman_prefixes_used(prefixes) == reference.size(), "as many prefixes as were inserted");
      for (unsigned keys = 0; keys < 4 && reference.size() != 0; ++keys) {
        const norman_prefix near = reference.any(random);
        const ExactKey key = keyNear(random, near);
        const auto expected = reference.find(near.table, key);
        if (!held) check(table.find(near.table, key) == expected, "a lookup of prefixes");
        const norman_prefix* longest = norman_prefixes_longest(prefixes, near.table, key.data());
        check((longest != nullptr) == expected.has_value() && (longest == nullptr || longest->value == expected->value), "the longest prefix");
      }
    }
    norman_prefixes_close(prefixes);
  }
  check(heap.live == 0, "all memory is given back");
}

void fuzzExact(FuzzedDataProvider& input) {
  const std::uint32_t rows = 1u << input.ConsumeIntegralInRange<unsigned>(0, 6);
  CountingHeap heap;
  {
    ExactTable table(rows);
    norman_exact exact{};
    const auto write = [](void* self, std::uint32_t way, std::uint32_t row, const norman_exact_entry* entry) {
      ExactEntry& at = static_cast<ExactTable*>(self)->at(way, row);
      std::copy(std::begin(entry->key), std::end(entry->key), at.key.begin());
      at.value = entry->value;
      at.action = entry->action;
      at.table = entry->table;
      at.valid = entry->valid != 0;
    };
    check(norman_exact_open(&exact, rows, &heap.allocator, write, &table) == 0, "a stage opens");
    std::map<std::pair<std::uint8_t, ExactKey>, std::uint32_t> reference;
    std::uint32_t limit[2] = {~std::uint32_t{0}, ~std::uint32_t{0}};
    const auto used = [&](std::uint8_t id) {
      return static_cast<std::uint32_t>(std::count_if(reference.begin(), reference.end(), [&](const auto& e) { return e.first.first == id; }));
    };
    for (unsigned step = 0; step < kSteps && input.remaining_bytes() != 0; ++step) {
      const auto op = input.ConsumeIntegral<std::uint8_t>();
      const auto id = static_cast<std::uint8_t>(op >> 4 & 1);
      const ExactKey key{input.ConsumeIntegral<std::uint8_t>(), static_cast<std::uint32_t>(op >> 5), 0, 7};
      switch (op & 7) {
        case 0:
        case 1: {
          const bool there = reference.erase({id, key}) != 0;
          check(norman_exact_remove(&exact, id, key.data()) == (there ? 0 : -ENOENT), "a removal's answer");
          break;
        }
        case 2:
          if ((op & 8) == 0) break;
          limit[id] = input.ConsumeIntegral<std::uint8_t>();
          norman_exact_resize_table(&exact, id, limit[id]);
          break;
        case 3:
          if ((op & 8) == 0) break;
          limit[id] = input.ConsumeIntegral<std::uint8_t>();
          norman_exact_begin_table(&exact, id, limit[id]);
          std::erase_if(reference, [&](const auto& e) { return e.first.first == id; });
          check(exact.tables[id].refused == 0, "a table that begins has refused nothing");
          break;
        default: {
          const std::uint64_t refused = exact.tables[id].refused;
          const int error = norman_exact_insert(&exact, id, key.data(), step, op);
          if (reference.contains({id, key})) {
            check(error == -EEXIST, "a key is there");
          } else if (used(id) >= limit[id] || reference.size() == rows * isa::kExactWays) {
            check(error == -ENOSPC && exact.tables[id].refused == refused + 1, "what is full refuses and counts");
          } else {
            check(error == 0 || error == -ENOSPC, "an insert's answer");
            if (error == 0) reference[{id, key}] = step;
          }
          break;
        }
      }
      check(exact.used == reference.size(), "as many entries as were inserted");
      for (const auto& [of, value] : reference) {
        if (step % 50 != 49) break;  // asking for all takes time
        const ExactEntry* found = table.find(of.first, of.second);
        check(found != nullptr && found->value == value, "a lookup");
      }
      check(reference.contains({id, key}) == (table.find(id, key) != nullptr), "a lookup of what is not there");
    }
    norman_exact_close(&exact);
  }
  check(heap.live == 0, "all memory is given back");
}

}  // namespace
}  // namespace norman::test

// The first byte says which kind of stage, the others what happens to it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  switch (input.ConsumeIntegralInRange<unsigned>(0, 3)) {
    case 0:
      norman::test::fuzzExact(input);
      break;
    case 1:
      norman::test::fuzzPrefixes(input);
      break;
    default:
      norman::test::fuzzRules(input);
      break;
  }
  return 0;
}
