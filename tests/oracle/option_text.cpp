// The meaning of iptables' options, from iptables(8) and iptables-extensions(8), in our language.
#include "tests/oracle/option_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace norman::oracle {
namespace {

unsigned long long plain(Number number) { return static_cast<unsigned long long>(number); }

std::string iptablesSpan(const Span& span, char between) {
  return span.first == span.last ? fmt::format("{}", plain(span.first))
                                 : fmt::format("{}{}{}", plain(span.first), between, plain(span.last));
}

std::string ourSpan(const Span& span) {
  return span.first == span.last ? fmt::format("{}", plain(span.first)) : fmt::format("{}..{}", plain(span.first), plain(span.last));
}

std::string iptablesSpans(const Option& option) {
  std::vector<std::string> texts;
  for (const Span& span : option.spans) texts.push_back(iptablesSpan(span, ':'));
  return fmt::format("{}", fmt::join(texts, ","));
}

std::string ourSpans(const Option& option) {
  std::vector<std::string> texts;
  for (const Span& span : option.spans) texts.push_back(ourSpan(span));
  return fmt::format("{{{}}}", fmt::join(texts, ", "));
}

// `field == 5` or `field in 5..9`.
std::string within(const std::string& field, const Span& span) {
  return span.first == span.last ? fmt::format("{} == {}", field, plain(span.first)) : fmt::format("{} in {}", field, ourSpan(span));
}

std::string flagNames(Number flags) {
  static const char* const kNames[] = {"FIN", "SYN", "RST", "PSH", "ACK", "URG"};
  std::vector<std::string> names;
  for (unsigned i = 0; i < 6; ++i)
    if (flags >> i & 1) names.push_back(kNames[i]);
  return names.empty() ? "NONE" : fmt::format("{}", fmt::join(names, ","));
}

std::string prefixText(Family family, const Option& option) {
  const std::string address = addressText(family, option.spans[0].first);
  return option.length == addressBits(family) ? address : fmt::format("{}/{}", address, option.length);
}

std::string rangeText(Family family, const Option& option, const char* between) {
  return addressText(family, option.spans[0].first) + between + addressText(family, option.spans[0].last);
}

std::string prefixCondition(Family family, const char* field, const Option& option) {
  return fmt::format("{} {} {}", field, option.length == addressBits(family) ? "==" : "in", prefixText(family, option));
}

// "eth+" is every interface whose name begins with "eth", as our "eth*".
std::string interfaceCondition(const char* field, const std::string& name) {
  if (name == "+") return "true";
  return fmt::format("{} == \"{}\"", field, name.back() == '+' ? name.substr(0, name.size() - 1) + '*' : name);
}

const char* periodName(unsigned seconds) { return seconds == 1 ? "sec" : seconds == 60 ? "min" : seconds == 3600 ? "hour" : "day"; }

const char* tosField(Family family) { return family == Family::Ipv4 ? "ipv4.tos" : "ipv6.traffic_class"; }

constexpr Number kSynMask = 0x17;  // SYN, RST, ACK, FIN

std::string positive(Family family, const std::string& module, const Option& option) {
  const bool ipv4 = family == Family::Ipv4;
  const Span span = option.spans.empty() ? Span{} : option.spans[0];
  switch (option.asks) {
    case Question::Source: return prefixCondition(family, "ip.src", option);
    case Question::Destination: return prefixCondition(family, "ip.dst", option);
    case Question::InInterface: return interfaceCondition("iface.in", option.name);
    case Question::OutInterface: return interfaceCondition("iface.out", option.name);
    case Question::Protocol: return fmt::format("ip.protocol == {}", plain(span.first));
    case Question::LaterFragment: return "parse.later_fragment";
    case Question::SourcePort: return within(module + ".sport", span);
    case Question::DestinationPort: return within(module + ".dport", span);
    case Question::TcpFlags: return fmt::format("(tcp.flags & {:#x}) == {:#x}", plain(option.mask), plain(span.first));
    case Question::TcpSyn: return fmt::format("(tcp.flags & {:#x}) == 2", plain(kSynMask));
    case Question::IcmpType: {
      const char* header = ipv4 ? "icmp" : "icmpv6";
      if (option.spans.empty()) return header;  // any
      if (option.any_code) return fmt::format("{}.type == {}", header, plain(span.first));
      return fmt::format("{0}.type == {1} && {0}.code == {2}", header, plain(span.first), plain(option.spans[1].first));
    }
    case Question::SourcePorts: return "l4.sport in " + ourSpans(option);
    case Question::DestinationPorts: return "l4.dport in " + ourSpans(option);
    case Question::Ports: return fmt::format("l4.sport in {0} || l4.dport in {0}", ourSpans(option));
    case Question::SourceMac: return "eth.src == " + macText(static_cast<uint64_t>(span.first));
    case Question::TtlEqual: return fmt::format("ip.ttl == {}", plain(span.first));
    case Question::TtlAbove: return fmt::format("ip.ttl > {}", plain(span.first));
    case Question::TtlBelow: return fmt::format("ip.ttl < {}", plain(span.first));
    case Question::Dscp: return fmt::format("ip.dscp == {}", plain(span.first));
    case Question::Tos: return fmt::format("({} & {:#x}) == {:#x}", tosField(family), plain(option.mask), plain(span.first));
    case Question::Ect: return fmt::format("ip.ecn == {}", plain(span.first));
    // The manual says layer 3 payload; both counts hold the IP header.
    case Question::Length: return within(ipv4 ? "ipv4.total_len" : "ipv6.payload_len + 40", span);
    case Question::Mark: return fmt::format("(packet.mark & {:#x}) == {:#x}", plain(option.mask), plain(span.first));
    case Question::SourceRange: return "ip.src in " + rangeText(family, option, "..");
    case Question::DestinationRange: return "ip.dst in " + rangeText(family, option, "..");
    case Question::FirstOfMore: return "parse.fragment && !parse.later_fragment";
    case Question::User:
      return option.name.empty() ? within("socket.uid", span) : fmt::format("socket.user == \"{}\"", option.name);
    case Question::Group: return within("socket.gid", span);
    case Question::SocketExists: return "socket";
    case Question::Limit: return "within " + option.name;
    case Question::Nth: return fmt::format("every {}", plain(span.first));
  }
  return "";
}

// Whether the header that an inverted option looks at must be there nevertheless: a port that is not 80 is a port.
std::string neededHeader(Family family, const std::string& module, const Option& option) {
  switch (option.asks) {
    case Question::SourcePort:
    case Question::DestinationPort: return module;
    case Question::TcpFlags:
    case Question::TcpSyn: return "tcp";
    case Question::IcmpType: return family == Family::Ipv4 ? "icmp" : "icmpv6";
    case Question::SourcePorts:
    case Question::DestinationPorts:
    case Question::Ports: return "l4";
    default: return "";
  }
}

std::string words(Family family, const std::string& module, const Option& option) {
  const Span span = option.spans.empty() ? Span{} : option.spans[0];
  switch (option.asks) {
    case Question::Source: return "-s " + prefixText(family, option);
    case Question::Destination: return "-d " + prefixText(family, option);
    case Question::InInterface: return "-i " + option.name;
    case Question::OutInterface: return "-o " + option.name;
    case Question::Protocol: return fmt::format("-p {}", plain(span.first));
    case Question::LaterFragment: return "-f";
    case Question::SourcePort: return "--sport " + iptablesSpan(span, ':');
    case Question::DestinationPort: return "--dport " + iptablesSpan(span, ':');
    case Question::TcpFlags: return fmt::format("--tcp-flags {} {}", flagNames(option.mask), flagNames(span.first));
    case Question::TcpSyn: return "--syn";
    case Question::IcmpType: {
      const std::string name = family == Family::Ipv4 ? "--icmp-type " : "--icmpv6-type ";
      if (option.spans.empty()) return name + "any";
      if (option.any_code) return fmt::format("{}{}", name, plain(span.first));
      return fmt::format("{}{}/{}", name, plain(span.first), plain(option.spans[1].first));
    }
    case Question::SourcePorts: return "--sports " + iptablesSpans(option);
    case Question::DestinationPorts: return "--dports " + iptablesSpans(option);
    case Question::Ports: return "--ports " + iptablesSpans(option);
    case Question::SourceMac: return "--mac-source " + macText(static_cast<uint64_t>(span.first));
    case Question::TtlEqual: return fmt::format("--{}-eq {}", module, plain(span.first));
    case Question::TtlAbove: return fmt::format("--{}-gt {}", module, plain(span.first));
    case Question::TtlBelow: return fmt::format("--{}-lt {}", module, plain(span.first));
    case Question::Dscp: return fmt::format("--dscp {}", plain(span.first));
    case Question::Tos: return fmt::format("--tos {:#x}/{:#x}", plain(span.first), plain(option.mask));
    case Question::Ect: return fmt::format("--ecn-ip-ect {}", plain(span.first));
    case Question::Length: return "--length " + iptablesSpan(span, ':');
    case Question::Mark: return fmt::format("--mark {:#x}/{:#x}", plain(span.first), plain(option.mask));
    case Question::SourceRange: return "--src-range " + rangeText(family, option, "-");
    case Question::DestinationRange: return "--dst-range " + rangeText(family, option, "-");
    case Question::FirstOfMore: return "--fragfirst --fragmore";
    case Question::User: return "--uid-owner " + (option.name.empty() ? iptablesSpan(span, '-') : option.name);
    case Question::Group: return "--gid-owner " + iptablesSpan(span, '-');
    case Question::SocketExists: return "--socket-exists";
    case Question::Limit:
      return fmt::format("--limit {}/{} --limit-burst {}", plain(span.first), periodName(option.length), plain(option.mask));
    case Question::Nth:  // "set the initial counter value": packets count from 0 there
      return fmt::format("--mode nth --every {} --packet {}", plain(span.first), plain(span.first) - 1);
  }
  return "";
}

}  // namespace

std::string iptablesWords(Family family, const std::string& module, const Option& option) {
  return (option.inverted ? "! " : "") + words(family, module, option);
}

std::string condition(Family family, const std::string& module, const Option& option) {
  const std::string text = positive(family, module, option);
  if (!option.inverted) return text.find("||") == std::string::npos ? text : "(" + text + ")";
  const std::string header = neededHeader(family, module, option);
  return header.empty() ? "!(" + text + ")" : header + " && !(" + text + ")";
}

std::string meterDeclaration(const Option& limit) {
  const char* unit = limit.length == 1 ? "s" : limit.length == 60 ? "min" : limit.length == 3600 ? "h" : "d";
  return fmt::format("meter {} {{ rate {}/{}; burst {}; }}\n", limit.name, plain(limit.spans[0].first), unit, plain(limit.mask));
}

std::string dropsAtOnce(Family family, const std::string& module) {
  // What a module reads at the layer 4 header.
  const unsigned wanted = module == "tcp"                      ? 20
                          : module == "udp"                    ? 8
                          : module == "sctp"                   ? 12
                          : module == "icmp" || module == "icmp6" ? 8
                          : module == "multiport"              ? 4
                                                               : 0;
  // A chain of extension headers that is cut, or a later fragment that names another one: the protocol number that is left
  // is that of an extension header.
  static const std::string kUnfinished = "ip.protocol in {0, 43, 44, 51, 60}";
  if (family == Family::Ipv6 && module.empty()) return kUnfinished;
  // A fragment header before the cut is found all the same.
  if (family == Family::Ipv6 && module == "frag") return "parse.incomplete && !parse.fragment && " + kUnfinished;
  if (wanted == 0) return "";
  // The kernel cuts off what lies behind the length that the IP header tells, we do not.
  if (family == Family::Ipv6) return fmt::format("(parse.incomplete || !parse.ipv6_ext && ipv6.payload_len < {})", wanted);
  const std::string cut =
      fmt::format("(parse.incomplete || !parse.later_fragment && ipv4.total_len - (ipv4.ihl << 2) < {})", wanted);
  // A fragment that begins within the TCP header is an attack.
  return module == "tcp" ? "(" + cut + " || ipv4.frag_offset == 1)" : cut;
}

}  // namespace norman::oracle
