// Keyed state from IR to packets: model, RTL and native code run one program, software lists and removes what it learned, and a
// plain map says what must come out.
#include <gtest/gtest.h>
#include <llvm/AsmParser/Parser.h>
#include <llvm/Support/SourceMgr.h>

#include <fstream>
#include <map>
#include <sstream>

#include "compiler/native/native_program.h"
#include "compiler/target/target.h"
#include "overlay_rtl/model/core_model.h"
#include "runtime/core/core_learned.h"
#include "runtime/core/core_verify.h"
#include "tests/support/heap.h"
#include "tests/support/random.h"

#ifdef NORMAN_TEST_RTL
#include "overlay_rtl/sim/rtl_core.h"
#endif

namespace norman::test {
namespace {

constexpr std::uint32_t kTimeout = 57221, kKnocks = 1, kRefused = 17;

std::string replaceAll(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) text.replace(at, from.size(), to);
  return text;
}

// The golden test's program, with tables of another size.
std::string programText(unsigned entries) {
  std::ifstream file("tests/golden/ir/keyed_state.ll");
  std::stringstream text;
  text << file.rdbuf();
  return replaceAll(text.str(), "i32 64, i32", "i32 " + std::to_string(entries) + ", i32");
}

std::vector<std::uint8_t> compile(const std::string& text, const std::string& config) {
  llvm::LLVMContext context;
  llvm::SMDiagnostic problem;
  const auto module = llvm::parseAssemblyString(text, problem, context);
  if (!module) throw std::runtime_error(problem.getMessage().str());
  std::string said;
  const auto image = target::compileImage(*module, {.config = config, .verify = true}, [&](const target::Message& message) { said += message.text + "\n"; });
  if (!image) throw std::runtime_error(said);
  return {image->begin(), image->end()};
}

std::unique_ptr<native::NativeProgram> compileNative(const std::string& text) {
  auto context = std::make_unique<llvm::LLVMContext>();
  llvm::SMDiagnostic problem;
  auto module = llvm::parseAssemblyString(replaceAll(text, " addrspace(1)", ""), problem, *context);
  if (!module) throw std::runtime_error(problem.getMessage().str());
  auto program = native::NativeProgram::create(std::move(context), std::move(module));
  if (!program) throw std::runtime_error(llvm::toString(program.takeError()));
  return std::move(*program);
}

// A core with the program loaded by the control plane.
class LoadedCore {
 public:
  LoadedCore(std::unique_ptr<CoreDevice> device, const std::vector<std::uint8_t>& bytes) : device_(std::move(device)), bytes_(bytes) {
    mmio_ = {[](void* d, std::uint32_t a, std::uint64_t v) { static_cast<CoreDevice*>(d)->write64(a, v); },
             [](void* d, std::uint32_t a) { return static_cast<CoreDevice*>(d)->read64(a); }, device_.get()};
    check(norman_core_attach(&core_, &mmio_, &heap_.allocator, &problem_));
    check(norman_image_open(&image_, bytes_.data(), bytes_.size(), &heap_.allocator, &problem_));
    check(norman_core_load(&core_, &image_, nullptr, 0, 0, &problem_));
    norman_core_flip(&core_, 0);
    for (std::uint32_t i = 0; i < norman_image_count(&image_, NORMAN_SECTION_OBJECTS); ++i) {
      norman_image_object object;
      norman_image_get(&image_, NORMAN_SECTION_OBJECTS, i, &object);
      if (object.kind == NORMAN_OBJECT_KIND_LEARNED) table_ = norman_learned_of(&core_, &object);
    }
  }
  ~LoadedCore() { norman_core_detach(&core_); }

  // Loads the same program into the other epoch, as a change of policy does.
  void swap() {
    epoch_ ^= 1;
    check(norman_core_load(&core_, &image_, &image_, 0, epoch_, &problem_));
    norman_core_flip(&core_, epoch_);
  }
  std::vector<ExitRecord> run(std::span<const EntryWords> packets) { return device_->process(packets); }
  const norman_learned& table() const { return table_; }
  norman_core& core() { return core_; }
  // First key word to expiry. A key that expired and came again may be there twice, the old entry not alive.
  std::map<std::uint32_t, std::uint32_t> keys() {
    std::map<std::uint32_t, std::uint32_t> keys;
    norman_exact_entry entry;
    for (std::uint32_t slot = 0; slot < table_.rows * isa::kExactWays; ++slot)
      if (norman_learned_read(&table_, slot, &entry)) keys[entry.key[0]] = std::max(keys[entry.key[0]], entry.value);
    return keys;
  }

 private:
  void check(int error) {
    if (error != 0) throw std::runtime_error(std::string(problem_.section) + ": " + problem_.text);
  }
  CountingHeap heap_;
  std::unique_ptr<CoreDevice> device_;
  std::vector<std::uint8_t> bytes_;
  norman_mmio mmio_{};
  norman_core core_{};
  norman_image image_{};
  norman_problem problem_{};
  norman_learned table_{};
  std::uint32_t epoch_ = 0;
};

EntryWords packet(std::uint32_t source, std::uint16_t port, std::uint64_t time_ms) {
  EntryWords words{};
  const std::uint64_t ticks = time_ms * 1000000 * isa::kTicksPerNs;
  words[isa::kWTimeLo] = static_cast<std::uint32_t>(ticks);
  words[isa::kWTimeHi] = static_cast<std::uint32_t>(ticks >> 32);
  words[isa::kWSrc0] = source;
  words[isa::kWSrc3] = source * 7;
  words[isa::kWPorts] = port | 0x12340000;
  words[isa::kWLength] = 60;
  return words;
}
std::uint32_t unitOf(const EntryWords& words) { return words[isa::kWTimeHi] << 8 | words[isa::kWTimeLo] >> 24; }

struct Traffic {
  Random random{1};
  std::uint64_t time_ms = 100;
  std::vector<EntryWords> next(unsigned count, unsigned sources) {
    std::vector<EntryWords> packets;
    for (unsigned i = 0; i < count; ++i) {
      time_ms += random.oneIn(200) ? random.below(90000) : random.below(20);
      const auto source = static_cast<std::uint32_t>(0x0a000000 + random.below(random.oneIn(2) ? 20 : sources));
      packets.push_back(packet(source, random.oneIn(2) ? 7000 : random.oneIn(2) ? 22 : 80, time_ms));
    }
    return packets;
  }
};

class KeyedState : public ::testing::TestWithParam<const char*> {
 protected:
  void start(unsigned entries) {
    const std::string text = programText(entries), config = GetParam();
    const auto bytes = compile(text, config);
    const isa::ConfigInfo& sizes = *findConfig(config);
    cores.push_back(std::make_unique<LoadedCore>(std::make_unique<CoreModel>(sizes), bytes));
#ifdef NORMAN_TEST_RTL
    if (auto rtl = RtlCore::create(sizes)) cores.push_back(std::make_unique<LoadedCore>(std::move(rtl), bytes));
#endif
    native = compileNative(text);
  }
  // The records of the model, after the others have been compared with them.
  std::vector<ExitRecord> run(const std::vector<EntryWords>& packets) {
    const auto records = cores[0]->run(packets);
    for (std::size_t c = 1; c < cores.size(); ++c) EXPECT_TRUE(cores[c]->run(packets) == records) << "core " << c;
    for (std::size_t i = 0; native && i < packets.size(); ++i) {
      ExitRecord record = native->run(isa::Program::Ingress, packets[i]);
      record.epoch = records[i].epoch;
      EXPECT_TRUE(record == records[i]) << "packet " << i;
    }
    return records;
  }
  std::vector<std::unique_ptr<LoadedCore>> cores;
  std::unique_ptr<native::NativeProgram> native;
};

// What the program means, with a map: for tables that are never full.
struct Knockers {
  struct State {
    std::uint32_t expiry = 0, count = 0;
  };
  std::map<std::uint32_t, State> known;

  void expect(const EntryWords& words, const ExitRecord& record) {
    const std::uint32_t now = unitOf(words), source = words[isa::kWSrc0];
    const auto found = known.find(source);
    const bool alive = found != known.end() && now < found->second.expiry;
    switch (words[isa::kWPorts] & 0xffff) {
      case 7000: {
        State& state = known[source];
        state.count = alive ? state.count + 1 : 1;
        state.expiry = now + kTimeout;
        EXPECT_EQ(record.event_ids[0], kKnocks + (alive ? state.count & 15 : 0));
        break;
      }
      case 22: EXPECT_EQ(record.verdict(), alive && found->second.count >= 3 ? isa::Verdict::Pass : isa::Verdict::Drop); break;
      default: EXPECT_EQ(record.verdict(), isa::Verdict::Pass); break;
    }
  }
};

TEST_P(KeyedState, opens_the_door_after_three_knocks_of_one_source) {
  start(1024);
  Knockers expected;
  Traffic traffic;
  for (int round = 0; round < 3; ++round) {
    const auto packets = traffic.next(4000, 200);
    const auto records = run(packets);
    for (std::size_t i = 0; i < packets.size(); ++i) expected.expect(packets[i], records[i]);
    ASSERT_FALSE(HasFailure()) << "round " << round;
    const std::uint32_t now = unitOf(packets.back());
    for (const auto& core : cores) {
      const auto keys = core->keys();
      for (const auto& [source, state] : expected.known)
        if (now < state.expiry) {
          ASSERT_TRUE(keys.contains(source)) << std::hex << source;
          EXPECT_EQ(keys.at(source), state.expiry);
        }
      EXPECT_EQ(norman_learned_refused(&core->core()), 0u);
      // What is learned stays over a swap to the same policy.
      core->swap();
      EXPECT_EQ(core->keys(), keys);
    }
  }
}

TEST_P(KeyedState, forgets_what_software_removes) {
  start(256);
  native.reset();  // has no such access
  Knockers expected;
  Traffic traffic;
  std::uint32_t removed = 0;
  for (int round = 0; round < 6; ++round) {
    const auto packets = traffic.next(1000, 60);
    const auto records = run(packets);
    for (std::size_t i = 0; i < packets.size(); ++i) expected.expect(packets[i], records[i]);
    const std::uint32_t now = unitOf(packets.back());
    for (const std::uint32_t source : {0x0a000001u, 0x0a000002u, 0x0a000007u}) {
      const std::uint32_t key[] = {source, 0, 0, source * 7};
      for (const auto& core : cores) norman_learned_remove(&core->table(), key);
      expected.known.erase(source);
    }
    for (const auto& core : cores) {
      if (round != 0) continue;
      const auto keys = core->keys();
      for (const std::uint32_t source : {0x0a000001u, 0x0a000002u, 0x0a000007u}) EXPECT_FALSE(keys.contains(source));
    }
    std::uint32_t swept = 0;
    for (std::size_t c = 0; c < cores.size(); ++c) {
      const std::uint32_t number = norman_learned_sweep(&cores[c]->table(), now);
      EXPECT_TRUE(c == 0 || number == swept);
      swept = number;
      if (round != 1) continue;
      for (const auto& [source, expiry] : cores[c]->keys()) EXPECT_LT(now, expiry);
    }
    removed += swept;
    ASSERT_FALSE(HasFailure()) << "round " << round;
  }
  EXPECT_GT(removed, 20u);
  for (const auto& core : cores) {
    norman_learned_clear(&core->table());
    EXPECT_TRUE(core->keys().empty());
  }
}

TEST_P(KeyedState, refuses_and_counts_keys_when_their_places_are_taken) {
  start(64);
  Traffic traffic;
  std::uint64_t refused = 0;
  for (int round = 0; round < 4; ++round)
    for (const ExitRecord& record : run(traffic.next(2000, 400))) refused += record.event_valid != 0 && record.event_ids[0] == kRefused;
  EXPECT_GT(refused, 100u);
  for (const auto& core : cores) EXPECT_EQ(norman_learned_refused(&core->core()), refused);
}
INSTANTIATE_TEST_SUITE_P(Configs, KeyedState, ::testing::Values("default", "small"));

}  // namespace
}  // namespace norman::test
