// Every example, compiled and run on a capture in all executions, gives the results in expected/.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "overlay_rtl/model/offline/owners.h"
#include "overlay_rtl/model/offline/traffic.h"
#include "tests/differential/executions.h"

namespace norman::test {
namespace {

namespace fs = std::filesystem;

const fs::path kExpected = "tests/e2e/expected";

struct Example {
  const char* name;
  const char* capture;
  bool fits_small = true;
};

fs::path captureFolder() { return fs::path(NORMAN_BUILD) / "demo"; }

// Makes the captures once, with Debian's own Python; false where scapy is not installed.
bool haveCaptures() {
  static const bool made = [] {
    if (std::system("/usr/bin/python3 -c 'import scapy.all' >/dev/null 2>&1") != 0) return false;
    const std::string command = "/usr/bin/python3 examples/make_demo_capture.py " + captureFolder().string();
    return std::system(command.c_str()) == 0;
  }();
  return made;
}

std::string capture(const char* name, const char* suffix) { return (captureFolder() / (std::string(name) + suffix)).string(); }

struct Ran {
  int status = -1;
  std::string output;
};

Ran runCommand(const std::string& command) {
  Ran ran;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return ran;
  char buffer[65536];
  for (size_t got; (got = fread(buffer, 1, sizeof buffer, pipe)) > 0;) ran.output.append(buffer, got);
  ran.status = pclose(pipe);
  return ran;
}

std::string readFile(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<TrafficPacket> readCapture(const std::string& path) {
  std::vector<TrafficPacket> packets;
  auto reader = openTraffic(path);
  EXPECT_TRUE(reader) << path;
  if (!reader) return packets;
  while (auto packet = (*reader)->next()) packets.push_back(std::move(*packet));
  return packets;
}

// The lines of `normanc run` as a person compares them: a frame is shown only where it was rewritten.
std::string summary(const std::string& output, const std::vector<TrafficPacket>& packets) {
  std::string text;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line);
    if (json.contains("counter")) {
      text += fmt::format("counter {} packets {} bytes {}\n", json["counter"].get<std::string>(), json["packets"].get<uint64_t>(),
                          json["bytes"].get<uint64_t>());
      continue;
    }
    const auto n = json["n"].get<size_t>();
    text += fmt::format("{:3} {} {}", n, json["dir"].get<std::string>(), json["verdict"].get<std::string>());
    if (json["reason"] != "none") text += " (" + json["reason"].get<std::string>() + ")";
    if (json["rule"].is_string()) text += " by " + fs::path(json["rule"].get<std::string>()).filename().string();
    for (const auto& hit : json["hits"]) text += " " + hit["action"].get<std::string>() + " " + hit["name"].get<std::string>();
    if (json.contains("captured")) text += " captured";
    if (json.contains("owner")) text += " owner " + json["owner"]["comm"].get<std::string>();
    if (json["mark"] != 0) text += fmt::format(" mark {}", json["mark"].get<uint32_t>());
    if (json["frame"].get<std::string>() != hexOfBytes(packets.at(n).frame)) text += " sent " + json["frame"].get<std::string>().substr(0, 128);
    text += "\n";
  }
  return text;
}

/// Tests that run on a capture.
class OnCapture : public testing::Test {
 protected:
  void SetUp() override {
    if (haveCaptures()) return;
    std::puts("SKIPPED: python3-scapy is not installed, so there is no capture");
    GTEST_SKIP();
  }
};

/// The capture, its owners and the host's addresses as options of `run` and `explain`.
std::string optionsFor(const char* traffic) {
  return fmt::format("--in {} --owners {} --users {} --groups {} --local 192.0.2.10 --local 2001:db8::10", capture(traffic, ".pcapng"),
                     capture(traffic, "_owners.jsonl"), (captureFolder() / "passwd").string(), (captureFolder() / "group").string());
}

class Examples : public OnCapture, public testing::WithParamInterface<Example> {};

TEST_P(Examples, give_the_expected_results_on_every_execution) {
  const auto [name, traffic, fits_small] = GetParam();
  const std::string policy = std::string("examples/") + name + ".norman";
  const std::vector<TrafficPacket> packets = readCapture(capture(traffic, ".pcapng"));
  ASSERT_FALSE(packets.empty());

  const std::string arguments = fmt::format(" run {} {} --counters", policy, optionsFor(traffic));
  std::string model;
  for (const char* on : {"model", "native", "rtl"}) {
    if (std::string_view(on) == "rtl" && !NORMAN_WITH_RTL) continue;
    for (const char* overlay : {"default", "small"}) {
      if (std::string_view(overlay) == "small" && (!fits_small || std::string_view(on) == "native")) continue;
      const Ran ran = runCommand(fmt::format("{}{} --on {} --overlay {}", NORMANC, arguments, on, overlay));
      ASSERT_EQ(ran.status, 0) << on << " " << overlay;
      const std::string text = summary(ran.output, packets);
      if (model.empty()) model = text;
      EXPECT_EQ(text, model) << on << " on the " << overlay << " overlay differs from the model";
    }
  }
  const fs::path expected = kExpected / (std::string(name) + ".txt");
  if (std::getenv("NORMAN_UPDATE") != nullptr) std::ofstream(expected) << model;
  EXPECT_EQ(model, readFile(expected)) << "after a wanted change: NORMAN_UPDATE=1 build/tests/e2e_examples";
}

// The evaluator says the same of the same packets.
TEST_P(Examples, agree_with_the_evaluator) {
  const auto [name, traffic, fits_small] = GetParam();
  auto owners = Owners::fromFile(capture(traffic, "_owners.jsonl"));
  ASSERT_TRUE(owners) << owners.error();
  std::vector<Packet> packets;
  for (const TrafficPacket& given : readCapture(capture(traffic, ".pcapng"))) {
    Packet packet;
    packet.frame = given.frame;
    // The host's own MAC address tells the direction.
    packet.path = given.frame.size() >= 12 && given.frame[11] == 0x10 ? Path::Egress : Path::Ingress;
    packet.time_ns = given.t_ns;
    packet.wall_s = given.wall_s;
    (packet.path == Path::Egress ? packet.oif : packet.iface) = given.iface;
    const auto identity = [](const Identity& who) { return Owner{who.uid, who.gid, who.pid, who.comm, who.cgroup}; };
    if (const Ownership* found = owners->find(packets.size(), parsePacket(packet.frame, {}))) {
      if (found->owner) packet.owner = identity(*found->owner);
      if (found->socket) packet.socket = identity(*found->socket);
    }
    packets.push_back(std::move(packet));
  }
  Executions executions(NORMAN_WITH_RTL);
  for (const char* overlay : {"default", "small"}) {
    if (!fits_small && std::string_view(overlay) == "small") continue;
    const Comparison comparison = executions.compare(readFile(std::string("examples/") + name + ".norman"), packets, overlay);
    EXPECT_EQ(comparison.kind, Comparison::Kind::Equal) << overlay << ":\n" << comparison.text;
    EXPECT_GT(comparison.rows, 0u);
  }
}

// "Why was this packet dropped?" is answered with the line of the policy, for each packet that the firewall did not pass.
using Explain = OnCapture;
TEST_F(Explain, quotes_the_line_that_stopped_each_packet) {
  const Ran ran = runCommand(fmt::format("{} explain examples/firewall.norman --json {}", NORMANC, optionsFor("probes")));
  ASSERT_EQ(ran.status, 0);
  size_t stopped = 0;
  std::set<std::string> lines;
  std::istringstream output(ran.output);
  for (std::string text; std::getline(output, text);) {
    const auto json = nlohmann::json::parse(text);
    if (json["verdict"] == "pass") continue;
    const auto& decided = json["decided_by"];
    std::ifstream file(decided["file"].get<std::string>());
    std::string line;
    for (auto n = decided["line"].get<int>(); n > 0; --n) std::getline(file, line);
    const auto quoted = decided["source"].get<std::string>();
    EXPECT_EQ(line.substr(std::min(line.size(), line.find_first_not_of(' '))), quoted) << text;
    EXPECT_TRUE(quoted.find("drop") != std::string::npos || quoted.find("reject") != std::string::npos) << quoted;
    lines.insert(quoted);
    ++stopped;
  }
  std::printf("%zu packets stopped by %zu lines\n", stopped, lines.size());
  EXPECT_GT(stopped, 40u);
  EXPECT_GT(lines.size(), 14u);
}

INSTANTIATE_TEST_SUITE_P(All, Examples,
                         testing::Values(Example{"partition_ports", "demo"}, Example{"arp_flood", "demo"},
                                         Example{"rate_limit", "burst"}, Example{"sampling", "burst"},
                                         Example{"mark_dscp", "demo"},
                                         Example{"block_hosts", "demo"}, Example{"xdp1", "demo"}, Example{"xdp2", "demo"},
                                         Example{"rxq_info", "demo"}, Example{"office", "demo", false}, Example{"syn_guard", "demo", false},
                                         Example{"per_user_quota", "burst"}, Example{"port_knock", "knocks", false},
                                         Example{"simple_firewall", "gateway", false}, Example{"redirect_map", "gateway"}, Example{"router_ipv4", "gateway", false},
                                         Example{"blocklist", "demo", false}, Example{"firewall", "probes", false}, Example{"limits", "probes", false}, Example{"dns_guard", "names", false}, Example{"answers", "answers", false},
                                         Example{"connmark", "answers", false}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace norman::test
