// Sets the namespace up, sends probes, and listens to the observers through nfnetlink_log.
#include "tests/oracle/kernel_host.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>
#include <linux/netlink.h>

#include "tests/oracle/programs.h"
#include "tests/support/frame_parser.h"

namespace norman::oracle {
namespace {

constexpr size_t kEthernet = 14;
constexpr uint16_t kGroup = 7;
constexpr int kMtu = 9000;
// What an observer puts before its report.
constexpr char kFirst = '1';
constexpr char kLast = '2';

const char* const kPrograms[] = {"ip", "nft", "iptables-legacy-restore", "iptables-legacy-save", "ip6tables-legacy-restore",
                                 "ip6tables-legacy-save"};

// One of each match and target: where the kernel lacks one, nothing is compared.
const char* const kProbeRules4 =
    "*filter\n-N c\n-A c -p tcp -m tcp --dport 1 --syn\n-A c -p udp -m udp --dport 1\n-A c -p sctp -m sctp --dport 1\n"
    "-A c -p icmp -m icmp --icmp-type 8\n-A c -p tcp -m multiport --dports 1,2\n-A c -m mac --mac-source 02:00:00:00:00:01\n"
    "-A c -m ttl --ttl-eq 1\n-A c -m dscp --dscp 1\n-A c -m tos --tos 1/1\n-A c -m ecn --ecn-ip-ect 1\n-A c -m length --length 1\n"
    "-A c -m mark --mark 1\n-A c -m iprange --src-range 1.1.1.1-1.1.1.2\n-A c -m limit --limit 1/hour -j LOG\n-A c -j MARK --set-mark 1\n-A c -j REJECT\n"
    "-A c -m statistic --mode nth --every 2 --packet 1\n-A OUTPUT -m owner --uid-owner 1\nCOMMIT\n";
const char* const kProbeRules6 =
    "*filter\n-N c\n-A c -p icmpv6 -m icmp6 --icmpv6-type 128\n-A c -m hl --hl-eq 1\n-A c -m frag --fragfirst --fragmore\n"
    "-A c -m tos --tos 1/1\n-A c -m iprange --src-range ::1-::2\n-A c -j LOG\n-A c -j REJECT\nCOMMIT\n";

std::string failure(const std::string& what) { return what + ": " + std::strerror(errno); }

std::string writeSetting(const std::string& name, const std::string& value) {
  std::ofstream file("/proc/sys/net/" + name);
  file << value << std::flush;
  return file ? "" : "cannot write /proc/sys/net/" + name;
}

const char* program(Family family, bool save) {
  if (family == Family::Ipv4) return save ? "iptables-legacy-save" : "iptables-legacy-restore";
  return save ? "ip6tables-legacy-save" : "ip6tables-legacy-restore";
}

// A netlink message in the making.
class Message {
 public:
  explicit Message(uint16_t type) {
    header()->nlmsg_type = type;
    header()->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
    auto* general = reinterpret_cast<nfgenmsg*>(bytes_ + NLMSG_HDRLEN);
    general->nfgen_family = AF_UNSPEC;
    general->res_id = htons(kGroup);
  }
  template <typename Value>
  void add(uint16_t type, const Value& value) {
    auto* attribute = reinterpret_cast<nlattr*>(bytes_ + size_);
    attribute->nla_type = type;
    attribute->nla_len = static_cast<uint16_t>(NLA_HDRLEN + sizeof value);
    std::memcpy(bytes_ + size_ + NLA_HDRLEN, &value, sizeof value);
    size_ += NLA_ALIGN(attribute->nla_len);
  }
  bool sendTo(int socket) {
    header()->nlmsg_len = static_cast<uint32_t>(size_);
    return send(socket, bytes_, size_, 0) == static_cast<ssize_t>(size_);
  }

 private:
  nlmsghdr* header() { return reinterpret_cast<nlmsghdr*>(bytes_); }
  alignas(8) char bytes_[256] = {};
  size_t size_ = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(nfgenmsg));
};

// The fields of a report that matter here.
struct Report {
  char observer = 0;
  unsigned hook = 0;
  uint32_t mark = 0;
  unsigned in = 0;
  unsigned out = 0;
  uint32_t number = 0;  // of the probe
  uint8_t ttl = 0;
};

uint32_t bigEndian32(const char* at) {
  uint32_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return ntohl(value);
}

Report parseReport(const nlmsghdr* message) {
  Report report;
  const char* at = reinterpret_cast<const char*>(message) + NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(nfgenmsg));
  const char* end = reinterpret_cast<const char*>(message) + message->nlmsg_len;
  while (at + NLA_HDRLEN <= end) {
    const auto* attribute = reinterpret_cast<const nlattr*>(at);
    const char* data = at + NLA_HDRLEN;
    const size_t length = attribute->nla_len - size_t{NLA_HDRLEN};
    switch (attribute->nla_type & NLA_TYPE_MASK) {
      case NFULA_PACKET_HDR: report.hook = reinterpret_cast<const nfulnl_msg_packet_hdr*>(data)->hook; break;
      case NFULA_MARK: report.mark = bigEndian32(data); break;
      case NFULA_IFINDEX_INDEV: report.in = bigEndian32(data); break;
      case NFULA_IFINDEX_OUTDEV: report.out = bigEndian32(data); break;
      case NFULA_PREFIX: report.observer = data[0]; break;
      case NFULA_PAYLOAD:
        if (length < 20) break;
        if ((data[0] & 0xf0) == 0x60) {
          report.number = numberOf(Family::Ipv6, bigEndian32(data) & 0xfffff);
          report.ttl = static_cast<uint8_t>(data[7]);
        } else {
          report.number = numberOf(Family::Ipv4, bigEndian32(data + 4) >> 16);
          report.ttl = static_cast<uint8_t>(data[8]);
        }
        break;
      default: break;
    }
    at += NLA_ALIGN(attribute->nla_len);
  }
  return report;
}

}  // namespace

std::unique_ptr<KernelHost> KernelHost::create(std::string& reason) {
  if (geteuid() != 0) {
    reason = "only root may make a network namespace with rules of its own";
    return nullptr;
  }
  for (const char* name : kPrograms)
    if (!isInstalled(name)) {
      reason = fmt::format("{} is not installed", name);
      return nullptr;
    }
  std::unique_ptr<KernelHost> host(new KernelHost);
  reason = host->setUp();
  return reason.empty() ? std::move(host) : nullptr;
}

KernelHost::~KernelHost() {
  closeSockets();
  for (const int tap : taps_) close(tap);
  if (log_ >= 0) close(log_);
}

std::string KernelHost::setUp() {
  if (unshare(CLONE_NEWNET) != 0) return failure("no network namespace");
  if (std::string error = openTaps(); !error.empty()) return error;
  if (std::string error = configure(); !error.empty()) return error;
  if (std::string error = openLog(); !error.empty()) return error;
  if (std::string error = load(Family::Ipv4, kProbeRules4); !error.empty()) return "iptables here lacks what is compared: " + error;
  if (std::string error = load(Family::Ipv6, kProbeRules6); !error.empty()) return "ip6tables here lacks what is compared: " + error;
  return "";
}

std::string KernelHost::openTaps() {
  for (const std::string& name : kInterfaces) {
    const int tap = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (tap < 0) return failure("no TAP device: /dev/net/tun");
    taps_.push_back(tap);
    ifreq request{};
    std::memcpy(request.ifr_name, name.c_str(), name.size());
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    if (ioctl(tap, TUNSETIFF, &request) != 0) return failure("no TAP device: TUNSETIFF");
    indices_.push_back(if_nametoindex(name.c_str()));
  }
  return "";
}

std::string KernelHost::configure() {
  const std::pair<const char*, const char*> settings[] = {
      {"ipv4/ip_forward", "1"},
      {"ipv4/conf/all/accept_local", "1"},  // rules name local addresses as sources too
      {"ipv4/conf/all/send_redirects", "0"},
      {"ipv4/conf/default/send_redirects", "0"},
      {"ipv6/conf/all/forwarding", "1"},
  };
  for (const auto& [name, value] : settings)
    if (std::string error = writeSetting(name, value); !error.empty()) return error;

  std::string batch = "link set lo up\n";
  for (unsigned i = 0; i < kInterfaces.size(); ++i) {
    const std::string& name = kInterfaces[i];
    for (const char* setting : {"rp_filter", "send_redirects"})
      if (std::string error = writeSetting(fmt::format("ipv4/conf/{}/{}", name, setting), "0"); !error.empty()) return error;
    batch += fmt::format("link set {} address {} mtu {} arp off addrgenmode none up\n", name, macText(kFirstMac + i), kMtu);
    batch += fmt::format("addr add {}/24 dev {}\n", neighbour(Family::Ipv4, i, 1), name);
    batch += fmt::format("addr add {}/64 dev {} nodad\n", neighbour(Family::Ipv6, i, 1), name);
  }
  for (const char* family : {"all", "default"})
    if (std::string error = writeSetting(fmt::format("ipv4/conf/{}/rp_filter", family), "0"); !error.empty()) return error;
  for (const Family family : {Family::Ipv4, Family::Ipv6})
    for (const Route& route : routes(family))
      batch += fmt::format("route add {}{} dev {}\n", route.local ? "local " : "", route.prefix,
                           route.local ? "lo" : kInterfaces[route.out]);
  if (const Ran ran = oracle::run({"ip", "-batch", "-"}, batch); ran.status != 0) return "ip: " + ran.errors;

  // What arrives has a mark too: the low bits of its number. nft copies the first bytes of the field as they lie.
  std::string observers =
      "table inet norman_oracle {\n"
      "chain marks { type filter hook prerouting priority -500; meta mark set ip id & 0x0f00; meta mark set ip6 flowlabel & 0xf0000; }\n";
  for (const char* hook : {"input", "forward", "output"}) {
    // What the kernel sends by itself (answers of REJECT) is none of ours.
    const char* ours = std::string_view(hook) == "output" ? "meta mark & 0x80000000 == 0 drop; " : "";
    const auto report = [](char observer) {
      return fmt::format("log prefix \"{}\" group {} snaplen 40 queue-threshold 1;", observer, kGroup);
    };
    observers += fmt::format("chain {0}_first {{ type filter hook {0} priority -500; {1}{2} }}\n", hook, ours, report(kFirst));
    observers += fmt::format("chain {0}_last {{ type filter hook {0} priority 500; {1} drop; }}\n", hook, report(kLast));
  }
  if (const Ran ran = oracle::run({"nft", "-f", "-"}, observers + "}\n"); ran.status != 0) return "nft: " + ran.errors;
  return "";
}

std::string KernelHost::openLog() {
  log_ = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
  if (log_ < 0) return failure("no netlink socket");
  const int size = 16 << 20;
  setsockopt(log_, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
  Message message(NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG);
  message.add(NFULA_CFG_CMD, nfulnl_msg_config_cmd{NFULNL_CFG_CMD_BIND});
  nfulnl_msg_config_mode mode{};
  mode.copy_range = htonl(40);
  mode.copy_mode = NFULNL_COPY_PACKET;
  message.add(NFULA_CFG_MODE, mode);
  message.add(NFULA_CFG_QTHRESH, htonl(1));
  alignas(8) char answer[1024];
  if (!message.sendTo(log_) || recv(log_, answer, sizeof answer, 0) < static_cast<ssize_t>(NLMSG_LENGTH(sizeof(nlmsgerr))))
    return failure("no netfilter log");
  const auto* error = reinterpret_cast<const nlmsgerr*>(answer + NLMSG_HDRLEN);
  if (error->error != 0) {
    errno = -error->error;
    return failure("no netfilter log");
  }
  return "";
}

std::string KernelHost::load(Family family, const std::string& rules) {
  const Ran ran = oracle::run({program(family, false), "-w"}, rules);
  return ran.status == 0 ? "" : ran.errors;
}

void KernelHost::readLog(std::vector<Sighting>& sightings) {
  alignas(8) static char buffer[1 << 16];
  for (;;) {
    const ssize_t got = recv(log_, buffer, sizeof buffer, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (got < 0) throw std::runtime_error(failure("the netfilter log lost reports"));
    auto left = static_cast<size_t>(got);
    for (const auto* message = reinterpret_cast<const nlmsghdr*>(buffer); NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
      if (message->nlmsg_type != (NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET)) continue;
      const Report report = parseReport(message);
      if (report.number == 0 || report.number > sightings.size()) continue;
      Sighting& sighting = sightings[report.number - 1];
      if (report.observer == kLast) {
        sighting.passed = true;
        sighting.mark = report.mark;
        continue;
      }
      sighting.hook = report.hook == 1 ? Hook::Input : report.hook == 2 ? Hook::Forward : Hook::Output;
      sighting.ttl = report.ttl;
      sighting.mark_before = report.mark;
      for (unsigned i = 0; i < indices_.size(); ++i) {
        if (indices_[i] == report.in) sighting.in = i;
        if (indices_[i] == report.out) sighting.out = i;
      }
    }
  }
}

int KernelHost::socketOf(const Probe& probe) {
  int& fd = sockets_.try_emplace({probe.family, {probe.uid, probe.gid}}, -1).first->second;
  if (fd >= 0) return fd;
  // The owner of a socket is who opened it: for that moment we are somebody else, with root's rights to raw sockets.
  setfsgid(probe.gid);
  setfsuid(probe.uid);
  fd = socket(probe.family == Family::Ipv4 ? AF_INET : AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
  setfsuid(0);
  setfsgid(0);
  if (fd < 0) throw std::runtime_error(failure("no raw socket"));
  return fd;
}

void KernelHost::closeSockets() {
  for (const auto& [owner, fd] : sockets_) close(fd);
  sockets_.clear();
}

std::vector<Sighting> KernelHost::run(std::vector<Probe>& probes) {
  std::vector<Sighting> sightings(probes.size());
  readLog(sightings);  // what came late belongs to nobody
  sightings.assign(probes.size(), {});
  for (size_t i = 0; i < probes.size(); ++i) {
    Probe& probe = probes[i];
    setNumber(probe, static_cast<uint32_t>(i + 1));
    if (!probe.sent) {
      if (write(taps_[probe.interface], probe.frame.data(), probe.frame.size()) < 0) throw std::runtime_error(failure("TAP device"));
    } else {
      const int fd = socketOf(probe);
      setsockopt(fd, SOL_SOCKET, SO_MARK, &probe.mark, sizeof probe.mark);
      sockaddr_in6 to{};
      const std::string towards = neighbour(probe.family, probe.interface, 2);
      socklen_t size = sizeof to;
      if (probe.family == Family::Ipv4) {
        auto& to4 = reinterpret_cast<sockaddr_in&>(to);
        size = sizeof to4;
        to4.sin_family = AF_INET;
        inet_pton(AF_INET, towards.c_str(), &to4.sin_addr);
      } else {
        to.sin6_family = AF_INET6;
        inet_pton(AF_INET6, towards.c_str(), &to.sin6_addr);
      }
      // A packet that the rules drop is an error (EPERM) for its sender.
      (void)!sendto(fd, probe.frame.data() + kEthernet, probe.frame.size() - kEthernet, 0, reinterpret_cast<sockaddr*>(&to), size);
    }
    readLog(sightings);
  }
  usleep(2000);  // a kernel may receive from a TAP a little later than the write returns
  readLog(sightings);
  closeSockets();
  return sightings;
}

std::map<std::string, std::vector<uint64_t>> KernelHost::counters(Family family) {
  const Ran ran = oracle::run({program(family, true), "-c", "-t", "filter"});
  if (ran.status != 0) throw std::runtime_error(ran.errors);
  std::map<std::string, std::vector<uint64_t>> counters;
  std::istringstream lines(ran.output);
  for (std::string line; std::getline(lines, line);) {  // [packets:bytes] -A CHAIN ...
    if (line.empty() || line[0] != '[') continue;
    std::istringstream words(line);
    std::string count;
    std::string append;
    std::string chain;
    words >> count >> append >> chain;
    counters[chain].push_back(std::stoull(count.substr(1)));
  }
  return counters;
}

}  // namespace norman::oracle
