// Fuzzes the image loader: no bytes may crash it, and what it accepts loads and runs without a refused access, alone and
// as a swap from another image.
#include <cstdlib>
#include <cstring>
#include <vector>

#include "overlay_rtl/model/core_model.h"
#include "runtime/core/core_learned.h"
#include "runtime/core/core_load.h"
#include "runtime/core/core_owner.h"
#include "tests/fuzz/base_images.h"
#include "tests/unit/runtime/sample_image.h"

namespace {

const norman_allocator kHeapMemory = {[](void*, std::size_t size) { return std::calloc(1, size); }, [](void*, void* memory) { std::free(memory); }, nullptr};

void check(bool holds) {
  if (!holds) std::abort();
}

// One core of each configuration for all inputs: making one costs more than all the rest. What earlier inputs left in it
// changes results, never whether something crashes or an access is refused.
struct Loader {
  norman::CoreModel& model;
  norman_core core;
  norman_problem problem;

  explicit Loader(norman::CoreModel& on) : model(on) {
    const norman_mmio mmio = {[](void* m, std::uint32_t a, std::uint64_t v) { static_cast<norman::CoreModel*>(m)->write64(a, v); },
                              [](void* m, std::uint32_t a) { return static_cast<norman::CoreModel*>(m)->read64(a); }, &model};
    check(norman_core_attach(&core, &mmio, &kHeapMemory, &problem) == 0);
  }
  ~Loader() {
    check(model.read64(NORMAN_REG_BAD_ACCESS) == 0);
    norman_core_detach(&core);
  }
  void loadAndRun(const norman_image& image, const norman_image* previous, std::uint32_t program, std::uint32_t epoch) {
    if (norman_core_load(&core, &image, previous, program, epoch, &problem) != 0) return;
    norman_core_flip(&core, epoch);
    run(image);
    change(image, epoch);
    run(image);
  }
  void run(const norman_image& image) {
    norman::EntryWords words;
    for (std::uint32_t seed = 0; seed < 4; ++seed) {
      for (std::uint32_t i = 0; i < words.size(); ++i) words[i] = seed == 0 ? 0 : (i + seed) * 2654435761u;
      const norman::ExitRecord record = model.process(std::span(&words, 1)).at(0);
      check(record.verdict() <= norman::isa::Verdict::Reject || image.sections[NORMAN_SECTION_ROWS].count != 0);
    }
  }
  /// What an administrator may do to the tables and lists of a running program.
  void change(const norman_image& image, std::uint32_t epoch) {
    for (std::uint32_t i = 0; i < norman_image_count(&image, NORMAN_SECTION_OBJECTS); ++i) {
      norman_image_object object;
      norman_image_get(&image, NORMAN_SECTION_OBJECTS, i, &object);
      norman_core_refused(&core, &object);
      if (object.stage == norman::isa::kStageExit) continue;
      if (object.kind == NORMAN_OBJECT_KIND_RULES) {
        if (norman_rules* rules = norman_core_rules(&core, object.stage)) changeList(*rules, norman_core_list(&core, &image, i, epoch));
      } else if (object.kind == NORMAN_OBJECT_KIND_PREFIXES) {
        norman_prefixes* prefixes = norman_core_prefixes(&core, object.stage);
        norman_prefix prefix{{0x0a000000, 0, 0, 0}, i, 1, static_cast<std::uint8_t>(object.base), 24, 0};
        if (prefixes == nullptr || norman_prefixes_insert(prefixes, &prefix) != 0) continue;
        check(norman_prefixes_find(prefixes, &prefix) != nullptr);
        check(norman_prefixes_remove(prefixes, &prefix) == 0);
      } else if (object.kind == NORMAN_OBJECT_KIND_SET) {
        for (unsigned e = 0; e < core.exact_count; ++e) {
          if (core.exact[e].stage != object.stage) continue;
          const std::uint32_t key[NORMAN_EXACT_KEY_WORDS] = {i, 1, 2, 3};
          const auto table = static_cast<std::uint8_t>(object.base);
          if (norman_exact_insert(&core.exact[e].table, table, key, 9, 1) != 0) continue;
          check(norman_exact_find(&core.exact[e].table, table, key) != nullptr);
          check(norman_exact_remove(&core.exact[e].table, table, key) == 0);
        }
      } else if (object.kind == NORMAN_OBJECT_KIND_LEARNED) {
        const norman_learned learned = norman_learned_of(&core, &object);
        norman_exact_entry entry;
        norman_learned_read(&learned, 0, &entry);
        norman_learned_remove(&learned, entry.key);
      }
    }
  }
  void changeList(norman_rules& rules, std::uint8_t list) {
    norman_rule rule{};
    rule.mask[8] = rule.mask[9] = 0xffffffff;
    rule.list = list;
    rule.flags = NORMAN_RULE_IS_COUNTED;
    std::uint32_t handle = 0;
    const std::uint32_t first = norman_rules_next(&rules, list, NORMAN_RULES_END);
    if (norman_rules_insert(&rules, &rule, first, &handle) != 0) return;
    check(norman_rules_next(&rules, list, NORMAN_RULES_END) == handle);
    for (unsigned slices = 0; slices < 8 && norman_rules_work(&rules); ++slices) {}
    check(norman_rules_remove(&rules, handle) == 0);
    check(norman_rules_next(&rules, list, NORMAN_RULES_END) == first);
  }
};

void loadAndRun(const norman_image& image, const norman_image& sample, std::uint32_t program) {
  static norman::CoreModel models[] = {norman::CoreModel(norman::isa::kConfigs[0]), norman::CoreModel(norman::isa::kConfigs[1])};
  Loader loader(models[image.config.number]);
  loader.loadAndRun(sample, nullptr, program, 0);
  loader.loadAndRun(image, &sample, program, 1);
  loader.loadAndRun(image, nullptr, program, 1);
}

void bindOwners(const norman_image& image) {
  const norman_names names = {[](void*, const char* name, std::uint32_t* id) { return *id = 7, name[0] != 'x'; },
                              [](void*, const char* name, std::uint32_t* id) { return *id = 8, name[0] != 'x'; }, nullptr};
  norman_owner_table table;
  check(norman_owner_bind(&table, &image, &names, &kHeapMemory) == 0);
  const norman_identity known = {7, 8, "postgres", "/games/chess"};
  const norman_identity unknown = {0, 0, nullptr, nullptr};
  norman_owner_bits(&table, &known, &unknown);
  check(norman_owner_bits(&table, nullptr, nullptr) == 0);
  norman_owner_release(&table);
}

}  // namespace

// The first byte chooses: the rest is a whole image, edits of one that the compiler made, or a list of {offset, offset, value}
// edits of one with every kind of record.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<std::uint8_t> samples[] = {norman::test::sampleImage("default").build(), norman::test::sampleImage("small").build()};
  if (size == 0) return 0;
  std::vector<std::uint8_t> bytes;
  if (data[0] < 2) {
    bytes = samples[data[0]];
    for (std::size_t i = 1; i + 3 <= size; i += 3) bytes[(data[i] | std::size_t{data[i + 1]} << 8) % bytes.size()] = data[i + 2];
  } else if (data[0] == 2) {
    bytes.assign(data + 1, data + size);
  } else {
    FuzzedDataProvider input(data + 1, size - 1);
    const std::string image = norman::fuzz::imageFrom(input);
    bytes.assign(image.begin(), image.end());
  }
  norman_image image;
  norman_problem problem;
  if (norman_image_open(&image, bytes.data(), bytes.size(), &kHeapMemory, &problem) != 0) return 0;
  norman_image sample;
  const std::vector<std::uint8_t>& other = samples[image.config.number];
  check(norman_image_open(&sample, other.data(), other.size(), &kHeapMemory, &problem) == 0);
  for (std::uint32_t program = 0; program < 2; ++program) loadAndRun(image, sample, program);
  bindOwners(image);
  return 0;
}
