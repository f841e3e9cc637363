// The offline runner: directions, owners, the deciding rule, hits, counters and what is printed.
#include "overlay_rtl/model/offline/runner.h"

#include <gtest/gtest.h>

#include "overlay_rtl/model/core_model.h"
#include "tests/unit/runtime/sample_image.h"

namespace norman {
namespace {

using namespace test;  // NOLINT: the sample image

std::vector<std::uint8_t> udp(const std::string& source, const std::string& destination) {
  return *bytesOfHex("0a0b0c0d0e0f 010203040506 0800 4500 001c 0000 0000 40 11 66ce" + source + destination + "1000 0035 0008 0000");
}

TrafficPacket packet(const std::string& source, const std::string& destination = "0a0000ff", std::uint64_t t_ns = 0) {
  TrafficPacket p;
  p.frame = udp(source, destination);
  p.t_ns = t_ns;
  return p;
}

class RunnerTest : public ::testing::Test {
 protected:
  void start(RunOptions options = {}, ImageBuilder builder = sampleImage()) {
    auto image = PolicyImage::fromBytes(builder.build(), "sample");
    ASSERT_TRUE(image) << image.error();
    image_ = std::make_unique<PolicyImage>(std::move(*image));
    auto execution = CoreExecution::load(*image_, modelFactory());
    ASSERT_TRUE(execution) << execution.error();
    execution_ = std::move(*execution);
    options.accounts.users["bob"] = 1001;
    auto runner = Runner::make(*image_, *execution_, std::move(options));
    ASSERT_TRUE(runner) << runner.error();
    runner_ = std::make_unique<Runner>(std::move(*runner));
  }
  PacketResult run(const TrafficPacket& p) { return runner_->run(std::span(&p, 1)).at(0); }

  std::unique_ptr<PolicyImage> image_;
  std::unique_ptr<CoreExecution> execution_;
  std::unique_ptr<Runner> runner_;
};

TEST_F(RunnerTest, names_the_deciding_rule_and_what_it_hit) {
  start();
  const PacketResult result = run(packet("0a000001"));
  EXPECT_EQ(result.verdict, isa::Verdict::Drop);
  ASSERT_TRUE(result.rule);
  EXPECT_EQ(result.rule->name, "blocked");
  EXPECT_EQ(result.hits, (std::vector<Hit>{{"test.norman:3", "count", "guard.blocked"}, {"test.norman:3", "log", "guard.blocked.log"}}));
  EXPECT_EQ(result.frame, packet("0a000001").frame);
  EXPECT_EQ(jsonLine(result), R"({"n":0,"dir":"ingress","verdict":"drop","reason":"none","rule":"test.norman:3","hits":[{"rule":"test.norman:3","action":"count","name":"guard.blocked"},)"
                              R"({"rule":"test.norman:3","action":"log","name":"guard.blocked.log"}],"frame":")" + hexOfBytes(result.frame) + R"(","mark":0})");
}

TEST_F(RunnerTest, sends_rewritten_frames_with_right_checksums) {
  start();
  const PacketResult result = run(packet("0a000003"));
  EXPECT_EQ(result.verdict, isa::Verdict::Pass);
  EXPECT_FALSE(result.rule);
  EXPECT_EQ(result.frame[22], 9);
  EXPECT_NE(result.frame[24], packet("0a000003").frame[24]);
  EXPECT_NE(jsonLine(result).find("\"rule\":null"), std::string::npos);
}

TEST_F(RunnerTest, state_goes_on_from_call_to_call) {
  start();
  EXPECT_EQ(run(packet("0a000003", "0a0000ff", 1000)).verdict, isa::Verdict::Pass);
  EXPECT_EQ(run(packet("0a000003", "0a0000ff", 1010)).rule->name, "slow");
  const PacketResult later = run(packet("0a000003", "0a0000ff", 1100));
  EXPECT_EQ(later.verdict, isa::Verdict::Pass);
  EXPECT_EQ(later.n, 2u);
}

TEST_F(RunnerTest, egress_asks_the_owner) {
  start({.direction = Direction::Egress});
  TrafficPacket p = packet("0a000001");
  p.iface = "eth1";
  PacketResult result = run(p);
  EXPECT_EQ(result.verdict, isa::Verdict::Reject);
  EXPECT_EQ(result.reason, isa::Reason::AdminProhibited);
  EXPECT_EQ(result.hits, (std::vector<Hit>{{"test.norman:9", "count", "seen"}, {"test.norman:8", "count", "per_interface[1]"}}));
  p.owner = Identity{1001, 0, 5, "postgres", "/"};
  result = run(p);
  EXPECT_EQ(result.verdict, isa::Verdict::Pass);
  EXPECT_NE(jsonLine(result).find(R"("owner":{"uid":1001,"gid":0,"pid":5,"comm":"postgres","cgroup":"/"})"), std::string::npos);
  p.iface = "another";
  p.owner->uid = 7;
  EXPECT_EQ(run(p).hits.at(1).name, "per_interface[2]") << "interfaces that the image does not name come after those it does";
  const std::vector<NamedCounter> counters = runner_->counters();
  ASSERT_EQ(counters.size(), 4u);
  EXPECT_EQ(counters[0].name, "guard.blocked");
  EXPECT_EQ(counters[0].value, CounterValue{});
  EXPECT_EQ(counters[2].name, "per_interface[2]");
  EXPECT_EQ(counters[2].value, (CounterValue{1, 42}));
}

TEST_F(RunnerTest, local_prefixes_decide_the_direction) {
  start({.local = {*AddressPrefix::fromText("10.0.0.0/24")}});
  EXPECT_EQ(run(packet("0a000009", "08080808")).direction, Direction::Egress);
  PacketResult result = run(packet("08080808", "0a000009"));
  EXPECT_EQ(result.direction, Direction::Ingress);
  EXPECT_TRUE(result.entry[0] & isa::kHasLocal);
  result = run(packet("08080808", "09090909"));
  EXPECT_EQ(result.direction, Direction::Ingress);
  EXPECT_FALSE(result.entry[0] & isa::kHasLocal) << "not ours, and nothing says that it is forwarded";
  EXPECT_TRUE(run(packet("08080808", "e0000001")).entry[0] & isa::kHasLocal);
  TrafficPacket p = packet("0a000009", "08080808");
  p.direction = Direction::Ingress;
  result = run(p);
  EXPECT_EQ(result.direction, Direction::Ingress) << "the file comes first";
  EXPECT_FALSE(result.entry[0] & isa::kHasLocal) << "but it does not say where local is";
}

TEST_F(RunnerTest, forwarded_packets_run_through_both_programs) {
  start();
  TrafficPacket p = packet("0a000003");
  p.direction = Direction::Forward;
  p.iface = "eth1";
  p.oif = "eth7";
  p.owner = Identity{1001, 0, 0, "", ""};
  PacketResult result = run(p);
  EXPECT_EQ(result.verdict, isa::Verdict::Reject) << "a forwarded packet has no owner";
  EXPECT_EQ(result.rule->policy, "own");
  EXPECT_EQ(result.hits.at(1).name, "per_interface[2]");
  EXPECT_EQ(result.frame, p.frame) << "the rewriting of the first program is undone with it";
  p.frame = udp("0a000001", "0a0000ff");
  EXPECT_EQ(run(p).rule->name, "blocked") << "dropped by the first program";
}

TEST_F(RunnerTest, traces_rows_with_their_lines) {
  start({.trace = true});
  const std::vector<TrafficPacket> packets{packet("0a000003"), packet("0a000001")};
  const std::vector<PacketResult> results = runner_->run(packets);
  ASSERT_EQ(results[0].rows.size(), 4u);
  EXPECT_EQ(results[0].rows[1].line, 3u);
  EXPECT_EQ(results[0].rows[2].line, 4u);
  ASSERT_EQ(results[1].rows.size(), 4u);
  EXPECT_EQ(results[1].rows[0].row.stage, 0);
}

TEST_F(RunnerTest, reports_names_that_nobody_has) {
  ImageBuilder builder = sampleImage();
  builder.predicates.push_back({9, 0, NORMAN_PREDICATE_KIND_GROUP, 0, builder.name("nobody-at-all")});
  start({}, builder);
  EXPECT_EQ(runner_->unresolvedNames(), 1u);
}

TEST_F(RunnerTest, answers_do_not_depend_on_the_configuration_or_on_how_packets_are_batched) {
  std::vector<TrafficPacket> packets;
  for (unsigned i = 0; i < 60; ++i) {
    TrafficPacket p = packet(i % 5 == 0 ? "0a000002" : "0a000003", "0a0000ff", i * 17);
    p.direction = i % 3 == 0 ? Direction::Forward : i % 3 == 1 ? Direction::Ingress : Direction::Egress;
    p.iface = "eth" + std::to_string(i % 4);
    p.oif = "wan" + std::to_string(i % 2);
    packets.push_back(std::move(p));
  }
  std::vector<std::string> expected;
  for (const std::string_view config : {"default", "small"})
    for (const std::size_t batch : {std::size_t{60}, std::size_t{7}, std::size_t{1}}) {
      start({}, sampleImage(config));
      std::vector<std::string> lines;
      for (std::size_t i = 0; i < packets.size(); i += batch)
        for (const PacketResult& result : runner_->run(std::span(packets).subspan(i, std::min(batch, packets.size() - i)))) lines.push_back(jsonLine(result));
      if (expected.empty()) expected = lines;
      EXPECT_EQ(lines, expected) << config << " in batches of " << batch;
    }
}

TEST_F(RunnerTest, refuses_a_configuration_that_has_no_core) {
  const auto image = PolicyImage::fromBytes(sampleImage().build(), "sample");
  ASSERT_TRUE(image);
  const auto execution = CoreExecution::load(*image, [](const isa::ConfigInfo&) { return nullptr; });
  ASSERT_FALSE(execution);
  EXPECT_EQ(execution.error(), "error: there is no core of configuration 'default'");
}

TEST(PolicyImage, explains_what_is_wrong_with_a_file) {
  const auto missing = PolicyImage::fromFile("/does/not/exist");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error(), "/does/not/exist: error: cannot be opened: No such file or directory");
  const auto junk = PolicyImage::fromBytes(std::vector<std::uint8_t>(64), "junk");
  ASSERT_FALSE(junk);
  EXPECT_EQ(junk.error(), "junk: error: not an image: no ELF file");
  ImageBuilder builder = sampleImage();
  builder.entry[0].reg = 1;
  const auto broken = PolicyImage::fromBytes(builder.build(), "broken");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error(), "broken: error: section .norman.entry, record 0: entry word 12 cannot go to register r1: the remainders by 3 differ");
}

}  // namespace
}  // namespace norman
