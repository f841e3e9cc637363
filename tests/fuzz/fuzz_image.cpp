// Fuzzes the image loader: no bytes may crash it, and what it accepts loads and runs without a refused access, alone and
// as a swap from another image.
#include <cstdlib>
#include <cstring>
#include <vector>

#include "overlay_rtl/model/core_model.h"
#include "runtime/core/core_load.h"
#include "runtime/core/core_owner.h"
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
    norman::EntryWords words;
    for (std::uint32_t seed = 0; seed < 4; ++seed) {
      for (std::uint32_t i = 0; i < words.size(); ++i) words[i] = seed == 0 ? 0 : (i + seed) * 2654435761u;
      const norman::ExitRecord record = model.process(std::span(&words, 1)).at(0);
      check(record.verdict() <= norman::isa::Verdict::Reject || image.sections[NORMAN_SECTION_ROWS].count != 0);
    }
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

// The first byte chooses: the rest is a whole image, or a list of {offset, offset, value} edits of a good one.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<std::uint8_t> samples[] = {norman::test::sampleImage("default").build(), norman::test::sampleImage("small").build()};
  if (size == 0) return 0;
  std::vector<std::uint8_t> bytes;
  if (data[0] < 2) {
    bytes = samples[data[0]];
    for (std::size_t i = 1; i + 3 <= size; i += 3) bytes[(data[i] | std::size_t{data[i + 1]} << 8) % bytes.size()] = data[i + 2];
  } else {
    bytes.assign(data + 1, data + size);
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
