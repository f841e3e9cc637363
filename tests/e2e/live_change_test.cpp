// The firewall example's set of blocked sources changes while the simulated core takes a packet a clock: no packet is lost, each
// finds the set as it was at some moment of its stay, and what is not being changed never flickers.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "compiler/driver/compile.h"
#include "overlay_rtl/model/offline/execution.h"
#include "overlay_rtl/model/packet_parser.h"
#include "overlay_rtl/sim/live_core.h"
#include "tests/support/random.h"

namespace norman::test {
namespace {

constexpr std::uint32_t kListed = 0xc6120099;  // 198.18.0.153, the source that the policy lists itself

PolicyImage firewall() {
  SourceManager sources;
  Diagnostics diagnostics;
  std::string error;
  sources.setLibrary("stdlib");
  const FileId file = sources.load("examples/firewall.norman", error);
  if (!file.valid()) throw std::runtime_error(error);
  const auto compiled = compile(sources, file, diagnostics, {});
  if (!compiled) throw std::runtime_error(diagnostics.render(sources));
  auto image = PolicyImage::fromBytes({compiled->output.begin(), compiled->output.end()}, "firewall");
  if (!image) throw std::runtime_error(image.error());
  return std::move(*image);
}

// A segment with ACK from this source to port 80, which the firewall passes unless the source is blocked.
EntryWords segmentFrom(std::uint32_t source) {
  std::vector<std::uint8_t> frame{0x02, 0, 0, 0, 0, 0x10, 0x02, 0, 0, 0, 0, 1, 0x08, 0x00,               // Ethernet
                                  0x45, 0, 0, 40, 0, 1, 0, 0, 64, 6, 0, 0, 0, 0, 0, 0, 192, 0, 2, 10,    // IPv4
                                  0x9c, 0x40, 0, 80, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x10, 4, 0, 0, 0, 0, 0};  // TCP
  for (unsigned byte = 0; byte < 4; ++byte) frame[26 + byte] = static_cast<std::uint8_t>(source >> (24 - 8 * byte));
  PacketMetadata metadata;
  metadata.local = true;
  return parsePacket(frame, metadata).words;
}

/// The sources, what the control plane says of each and since when, and the traffic from them.
class Sources : public LiveTraffic {
 public:
  Sources(const PolicyImage& image, std::size_t count) : image_(image) {
    for (std::size_t i = 0; i < count; ++i) sources_.push_back({kListed + 1 + 7 * static_cast<std::uint32_t>(i)});  // all in 198.18.0.0/15
    for (Source& source : sources_) source.words = segmentFrom(source.address);
  }

  std::uint32_t address(std::size_t i) const { return sources_[i].address; }
  bool blocked(std::size_t i) const { return sources_[i].blocked; }
  // The change of source `i` to `blocked` takes from clock `begin` to `end`.
  void change(std::size_t i, bool blocked, std::uint64_t begin) {
    sources_[i].blocked = blocked;
    sources_[i].changes.push_back({begin, UINT64_MAX, blocked});
  }
  void changed(std::size_t i, std::uint64_t end) { sources_[i].changes.back().end = end; }

  EntryWords next() override {
    inside_.push_back(random_.below(sources_.size()));
    return sources_[inside_.back()].words;
  }
  void left(const ExitRecord& record, std::uint64_t entered, std::uint64_t left) override {
    const Source& source = sources_[inside_.front()];
    inside_.pop_front();
    bool may_pass = false, may_drop = false;
    const auto allow = [&](bool blocked) { (blocked ? may_drop : may_pass) = true; };
    // From the latest change back to the one that was done when the packet entered.
    bool settled = false;
    for (auto change = source.changes.rbegin(); change != source.changes.rend() && !settled; ++change) {
      if (change->begin > left) continue;
      allow(change->blocked);
      settled = change->end <= entered;
    }
    if (!settled) allow(false);
    if (may_pass && may_drop) ++either;
    const bool dropped = record.verdict() == isa::Verdict::Drop;
    if (dropped ? !may_drop : !may_pass) ++wrong;
    if (dropped) ++drops;
    ++deciders[record.rule()];
  }

  std::uint64_t wrong = 0, either = 0, drops = 0;
  std::map<std::uint32_t, std::uint64_t> deciders;  // packets by rule id

 private:
  struct Change {
    std::uint64_t begin, end;
    bool blocked;
  };
  struct Source {
    std::uint32_t address = 0;
    EntryWords words{};
    bool blocked = false;
    std::vector<Change> changes{};
  };
  const PolicyImage& image_;
  std::vector<Source> sources_;
  std::deque<std::size_t> inside_;  // sources of the packets offered and not yet out
  Random random_{1};
};

TEST(LiveChange, of_the_firewalls_block_set_loses_nothing) {
  const PolicyImage image = firewall();
  const auto execution = CoreExecution::load(image, [](const isa::ConfigInfo& config) -> std::unique_ptr<CoreDevice> { return LiveCore::create(config); });
  ASSERT_TRUE(execution) << execution.error();
  auto& core = dynamic_cast<LiveCore&>((*execution)->device(isa::Program::Ingress));
  norman_core& control = (*execution)->control(isa::Program::Ingress);

  // Where the set lies, and how its key says an IPv4 address: as that of the entry that it begins with.
  norman_exact* stage = nullptr;
  norman_exact_entry listed{};
  for (unsigned i = 0; i < control.exact_count; ++i)
    for (std::size_t n = 0; n < std::size_t{control.exact[i].table.rows} * isa::kExactWays; ++n)
      if (const norman_exact_entry& entry = control.exact[i].table.entries[n]; entry.valid) {
        ASSERT_EQ(stage, nullptr) << "the example's only entry";
        stage = &control.exact[i].table;
        listed = entry;
      }
  ASSERT_NE(stage, nullptr);
  const auto word = std::find(std::begin(listed.key), std::end(listed.key), kListed) - std::begin(listed.key);
  ASSERT_LT(word, 4);

  // As many as make inserts move others: 7 of 8 places are taken. The set's declaration allows less; the stage is what counts here.
  norman_exact_resize_table(stage, listed.table, stage->rows * isa::kExactWays);
  constexpr std::size_t kStays = 6600, kChanges = 1000, kNever = 400;
  Sources sources(image, kStays + kChanges + kNever);
  core.start(sources);
  std::uint64_t inserts = 0, changes = 0;
  const auto change = [&](std::size_t i) {
    std::uint32_t key[isa::kExactKeyWords];
    std::copy(std::begin(listed.key), std::end(listed.key), key);
    key[word] = sources.address(i);
    const bool block = !sources.blocked(i);
    sources.change(i, block, core.clock());
    ASSERT_EQ(block ? norman_exact_insert(stage, listed.table, key, listed.value, listed.action) : norman_exact_remove(stage, listed.table, key), 0);
    sources.changed(i, core.clock());
    inserts += block;
    ++changes;
  };
  Random random(2);
  for (std::size_t i = 0; i < kStays; ++i) ASSERT_NO_FATAL_FAILURE(change(i));
  for (std::size_t i = 0; i < 6000; ++i) ASSERT_NO_FATAL_FAILURE(change(kStays + random.below(kChanges)));
  core.run(2000);
  const LiveFigures figures = core.stop();

  std::printf("%zu changes of the set in %zu clocks; %zu packets entered in %zu clocks (%.4f packets per clock), %zu lost, %zu while their source changed, %zu dropped\n",
              static_cast<std::size_t>(changes), static_cast<std::size_t>(core.clock()), static_cast<std::size_t>(figures.entered), static_cast<std::size_t>(figures.offered), figures.packetsPerClock(),
              static_cast<std::size_t>(figures.lost), static_cast<std::size_t>(sources.either), static_cast<std::size_t>(sources.drops));
  EXPECT_EQ(figures.lost, 0u);
  EXPECT_EQ(figures.entered, figures.offered) << "no packet has waited";
  EXPECT_EQ(sources.wrong, 0u) << "verdicts that no state of the set explains";
  EXPECT_GT(sources.either, 0u) << "packets met changes, or nothing was tested";
  EXPECT_GT(sources.drops, figures.entered / 8);
  // Drops name their line, and its counter has counted each.
  std::uint64_t by_line = 0;
  for (const auto& [rule, packets] : sources.deciders)
    if (const auto text = image.rule(rule); text && text->name == "blocked") by_line += packets;
  EXPECT_EQ(by_line, sources.drops);
  for (const PolicyImage::Object& object : image.objects())
    if (object.kind == isa::ObjectKind::Counter && object.name == "limits.blocked") {
      EXPECT_EQ((*execution)->counter(isa::Program::Ingress, object.base).packets, sources.drops);
    }
}

}  // namespace
}  // namespace norman::test
