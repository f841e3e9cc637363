// The tables of each example change as fast as software and the configuration bus can, while a packet is offered every clock.
#include <functional>
#include <stdexcept>

#include <fmt/format.h>

#include "overlay_rtl/model/offline/execution.h"
#include "overlay_rtl/sim/live_core.h"
#include "tests/bench/groups.h"
#include "tests/bench/report.h"
#include "tests/bench/workload.h"

namespace norman::bench {
namespace {

constexpr std::size_t kChangesEach = 200;  // of each kind of table

class Repeated : public LiveTraffic {
 public:
  explicit Repeated(std::vector<EntryWords> packets) : packets_(std::move(packets)) {}
  EntryWords next() override { return packets_[n_++ % packets_.size()]; }
  void left(const ExitRecord& /*record*/, std::uint64_t /*entered*/, std::uint64_t /*left*/) override {}

 private:
  std::vector<EntryWords> packets_;
  std::size_t n_ = 0;
};

void require(int error) {
  if (error != 0) throw std::runtime_error("a change was refused");
}

// Each takes what is in the tables out and puts it back, and returns how many changes that were.
std::size_t changeSets(norman_exact& exact) {
  std::vector<norman_exact_entry> entries;
  for (std::size_t i = 0; i < std::size_t{exact.rows} * isa::kExactWays; ++i)
    if (exact.entries[i].valid) entries.push_back(exact.entries[i]);
  if (entries.empty()) return 0;
  for (std::size_t n = 0; n < kChangesEach / 2; ++n) {
    const norman_exact_entry& entry = entries[n % entries.size()];
    require(norman_exact_remove(&exact, entry.table, entry.key));
    require(norman_exact_insert(&exact, entry.table, entry.key, entry.value, entry.action));
  }
  return kChangesEach;
}

std::size_t changeLists(norman_rules* rules) {
  std::size_t changes = 0;
  for (unsigned list = 0; rules != nullptr && list < isa::kTablesMax; ++list) {
    std::uint32_t handle = norman_rules_next(rules, static_cast<std::uint8_t>(list), NORMAN_RULES_END);
    while (handle != NORMAN_RULES_END && changes < kChangesEach) {
      const norman_rule rule = *norman_rules_get(rules, handle);
      const std::uint32_t after = norman_rules_next(rules, static_cast<std::uint8_t>(list), handle);
      std::uint32_t again = 0;
      require(norman_rules_remove(rules, handle));
      require(norman_rules_insert(rules, &rule, after, &again));
      while (norman_rules_work(rules)) continue;
      handle = after;
      changes += 2;
    }
  }
  return changes;
}

std::size_t changePrefixes(norman_prefixes* prefixes, const PolicyImage& image, std::uint32_t stage, isa::Program program) {
  std::size_t changes = 0;
  for (std::uint32_t i = 0; prefixes != nullptr && i < norman_image_count(&image.raw(), NORMAN_SECTION_ENTRIES) && changes < kChangesEach; ++i) {
    norman_image_table_entry entry;
    norman_image_get(&image.raw(), NORMAN_SECTION_ENTRIES, i, &entry);
    const PolicyImage::Object& object = image.objects().at(entry.object);
    if (object.kind != isa::ObjectKind::Prefixes || object.stage != stage || object.program != program) continue;
    norman_prefix prefix{};
    std::copy(std::begin(entry.key), std::end(entry.key), prefix.key);
    prefix.value = entry.value;
    prefix.action = entry.action;
    prefix.table = static_cast<std::uint8_t>(object.base);
    prefix.length = entry.length;
    require(norman_prefixes_remove(prefixes, &prefix));
    require(norman_prefixes_insert(prefixes, &prefix));
    changes += 2;
  }
  return changes;
}

}  // namespace

void measureChanges() {
  for (const std::string& name : exampleNames()) {
    const PolicyImage image = compileExample(name, "default");
    const isa::Program program = programOf(image);
    const auto execution = CoreExecution::load(image, [](const isa::ConfigInfo& config) -> std::unique_ptr<CoreDevice> { return LiveCore::create(config); });
    if (!execution) throw std::runtime_error(execution.error());
    auto& core = dynamic_cast<LiveCore&>((*execution)->device(program));
    norman_core& control = (*execution)->control(program);
    Repeated traffic(packetsFor(program, 4000));
    core.start(traffic);
    std::size_t sets = 0, rules = 0, prefixes = 0;
    for (unsigned i = 0; i < control.exact_count; ++i) sets += changeSets(control.exact[i].table);
    for (unsigned i = 0; i < control.rule_count; ++i) rules += changeLists(control.rule[i].rules);
    for (unsigned i = 0; i < control.prefix_count; ++i) prefixes += changePrefixes(control.prefix[i].prefixes, image, control.prefix[i].stage, program);
    const auto clocks = static_cast<double>(core.clock());
    const LiveFigures figures = core.stop();
    if (sets + rules + prefixes == 0) continue;  // nothing to change
    report("overlay.packets_per_clock.changing." + name, figures.packetsPerClock(), "packets/clock",
           fmt::format("{} changes of sets, {} of rules, {} of prefixes one after the other in {:.0f} clocks; {} packets lost", sets, rules, prefixes, clocks, figures.lost));
  }
}

}  // namespace norman::bench
