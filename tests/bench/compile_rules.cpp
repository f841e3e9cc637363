// How long long lists of rules take to compile, and the same rules to be loaded by iptables-legacy-restore and nft.
#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "compiler/driver/compile.h"
#include "tests/bench/groups.h"
#include "tests/bench/report.h"
#include "tests/support/random.h"

namespace norman::bench {
namespace {

constexpr int kTimes = 3;

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// One ruleset in three notations.
struct Texts {
  std::string policy = "policy list {\n    hook input;\n    default pass;\n";
  std::string iptables = "*filter\n:INPUT ACCEPT [0:0]\n";
  std::string nft = "table ip filter {\n  chain input {\n    type filter hook input priority 0; policy accept;\n";
};

std::string prefixText(test::Random& random, unsigned shortest, unsigned longest) {
  const auto length = static_cast<unsigned>(random.between(shortest, longest));
  const auto address = static_cast<std::uint32_t>(random.next()) & ~std::uint32_t{0} << (32 - length);
  return fmt::format("{}.{}.{}.{}/{}", address >> 24, address >> 16 & 0xff, address >> 8 & 0xff, address & 0xff, length);
}

/// Rules as access lists have them: source, destination, protocol, port or range of ports, verdict.
Texts accessList(std::size_t count) {
  test::Random random(count);
  Texts texts;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string source = prefixText(random, 16, 32), destination = prefixText(random, 16, 32);
    const char* protocol = random.oneIn(3) ? "udp" : "tcp";
    const auto first = random.between(1, 60'000), last = random.oneIn(4) ? first + random.between(1, 5000) : first;
    const bool drops = !random.oneIn(3);
    texts.policy += fmt::format("    ipv4.src in {} && ipv4.dst in {} && {}.dport {} => {};\n", source, destination, protocol,
                                first == last ? fmt::format("== {}", first) : fmt::format("in {}..{}", first, last), drops ? "drop" : "pass");
    texts.iptables += fmt::format("-A INPUT -s {} -d {} -p {} --dport {}{} -j {}\n", source, destination, protocol, first,
                                  first == last ? "" : fmt::format(":{}", last), drops ? "DROP" : "ACCEPT");
    texts.nft += fmt::format("    ip saddr {} ip daddr {} {} dport {}{} {}\n", source, destination, protocol, first,
                             first == last ? "" : fmt::format("-{}", last), drops ? "drop" : "accept");
  }
  texts.policy += "}\n";
  texts.iptables += "COMMIT\n";
  texts.nft += "  }\n}\n";
  return texts;
}

/// Prefixes that are all dropped: no two of one length begin alike, and none holds another.
Texts blocklist(std::size_t count) {
  test::Random random(count);
  Texts texts;
  texts.policy = "set blocked: ipv4 {\n";
  texts.nft = "table ip filter {\n  set blocked { type ipv4_addr; flags interval; elements = {\n";
  std::vector<std::uint32_t> blocks;  // of 256 addresses
  while (blocks.size() < count) {
    while (blocks.size() < count) blocks.push_back(static_cast<std::uint32_t>(random.between(1 << 16, 223 << 16)));
    std::ranges::sort(blocks);
    blocks.erase(std::ranges::unique(blocks).begin(), blocks.end());
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const auto length = static_cast<unsigned>(random.between(24, 32));
    const std::uint32_t address = blocks[i] << 8 | (static_cast<std::uint32_t>(random.next()) & 0xff & ~std::uint32_t{0} << (32 - length));
    const std::string prefix = fmt::format("{}.{}.{}.{}/{}", address >> 24, address >> 16 & 0xff, address >> 8 & 0xff, address & 0xff, length);
    texts.policy += fmt::format("    {}{}\n", prefix, i + 1 == blocks.size() ? "" : ",");
    texts.iptables += fmt::format("-A INPUT -s {} -j DROP\n", prefix);
    texts.nft += fmt::format("    {}{}\n", prefix, i + 1 == blocks.size() ? "" : ",");
  }
  texts.policy += "}\npolicy list {\n    hook input;\n    ipv4.src in blocked => drop;\n}\n";
  texts.iptables += "COMMIT\n";
  texts.nft += "  } }\n  chain input {\n    type filter hook input priority 0; policy accept;\n    ip saddr @blocked drop\n  }\n}\n";
  return texts;
}

struct Timed {
  std::optional<double> seconds;
  std::string why;  // it could not be measured
};

/// Runs a program on a text in a network namespace of its own, which ends with it.
Timed timeProgram(const char* const* command, const std::string& input) {
  char name[] = "/tmp/norman-bench-XXXXXX";
  const int file = ::mkstemp(name);
  if (file < 0 || ::write(file, input.data(), input.size()) != static_cast<ssize_t>(input.size())) return {std::nullopt, "no temporary file"};
  ::unlink(name);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return {std::nullopt, "no pipe"};
  struct Answer {
    double seconds;
    int error;   // of making the namespace or starting the program
    int status;  // of the program
  } answer{};
  const pid_t child = ::fork();
  if (child == 0) {
    if (::unshare(CLONE_NEWNET) != 0) {
      answer.error = errno;
    } else {
      ::lseek(file, 0, SEEK_SET);
      const double start = now();
      const pid_t program = ::fork();
      if (program == 0) {
        ::dup2(file, STDIN_FILENO);
        const int nowhere = ::open("/dev/null", O_WRONLY);
        ::dup2(nowhere, STDOUT_FILENO);
        ::dup2(nowhere, STDERR_FILENO);
        ::execvp(command[0], const_cast<char* const*>(command));
        ::_exit(127);
      }
      ::waitpid(program, &answer.status, 0);
      answer.seconds = now() - start;
    }
    const bool written = ::write(ends[1], &answer, sizeof answer) == sizeof answer;
    ::_exit(written ? 0 : 1);
  }
  ::close(ends[1]);
  const bool answered = child > 0 && ::read(ends[0], &answer, sizeof answer) == sizeof answer;
  ::close(ends[0]);
  ::close(file);
  if (child > 0) ::waitpid(child, nullptr, 0);
  if (!answered) return {std::nullopt, "no process"};
  if (answer.error != 0) return {std::nullopt, fmt::format("no network namespace: {}", std::strerror(answer.error))};
  if (WIFEXITED(answer.status) && WEXITSTATUS(answer.status) == 127) return {std::nullopt, "not installed"};
  if (answer.status != 0) return {std::nullopt, fmt::format("it fails with status {}", WIFEXITED(answer.status) ? WEXITSTATUS(answer.status) : -1)};
  return {answer.seconds, {}};
}

/// The best of several runs, as the compiler's.
std::string peer(const std::string& figure, const char* label, const char* const* command, const std::string& input) {
  Timed best = timeProgram(command, input);
  for (int i = 1; i < kTimes && best.seconds; ++i)
    if (const Timed again = timeProgram(command, input); again.seconds) best.seconds = std::min(*best.seconds, *again.seconds);
  if (!best.seconds) {
    fmt::print(stderr, "{}: {} skipped: {}\n", figure, label, best.why);
    return fmt::format("{} skipped: {}", label, best.why);
  }
  report(fmt::format("{}.{}", figure, label), *best.seconds * 1e3, "ms", fmt::format("best of {}, a network namespace for each", kTimes));
  return fmt::format("{} {:.0f} ms", label, *best.seconds * 1e3);
}

void measure(const std::string& figure, const Texts& texts) {
  static constexpr const char* kIptables[] = {"iptables-legacy-restore", nullptr};
  static constexpr const char* kNft[] = {"nft", "-f", "-", nullptr};
  const std::string iptables = peer(figure, "iptables", kIptables, texts.iptables);
  const std::string nft = peer(figure, "nft", kNft, texts.nft);
  double best = 1e9;
  std::string tables;
  for (int i = 0; i < kTimes; ++i) {
    SourceManager sources;
    const FileId source = sources.add(figure + ".norman", texts.policy);
    Diagnostics diagnostics;
    const double start = now();
    const auto compiled = compile(sources, source, diagnostics, {});
    best = std::min(best, now() - start);
    if (!compiled) {
      const std::string text = diagnostics.render(sources);
      fmt::print(stderr, "{}: not measured, it does not fit: {}\n", figure, text.substr(0, text.find('\n')));
      return;
    }
    tables = compiled->decisions.empty() ? "" : compiled->decisions.front().table ? "; in tables" : "; as code";
  }
  report(figure, best * 1e3, "ms", fmt::format("source in memory to image, best of {}{}; {}, {}", kTimes, tables, iptables, nft));
}

}  // namespace

void measureCompileRules() {
  for (const std::size_t count : {512, 2000}) measure(fmt::format("compile.rules{}_ms", count), accessList(count));
  measure("compile.blocklist10000_ms", blocklist(10'000));
}

}  // namespace norman::bench
