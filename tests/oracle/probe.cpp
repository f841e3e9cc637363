// Draws what a probe should be from the rules that it is aimed at, then builds its frame.
#include "tests/oracle/probe.h"

#include <algorithm>

#include "tests/support/checksum.h"
#include "tests/support/frame_parser.h"

namespace norman::oracle {
namespace {

using test::Random;

constexpr size_t kEthernet = 14;
constexpr size_t kWindow = 128;

// What a probe should be.
struct Draft {
  Family family = Family::Ipv4;
  Hook hook = Hook::Input;
  unsigned in = 0;
  unsigned out = 0;
  Number src = 0;
  Number dst = 0;
  bool dst_aimed = false;
  bool out_aimed = false;
  unsigned protocol = 6;
  unsigned sport = 0;
  unsigned dport = 0;
  unsigned flags = 2;
  unsigned type = 8;
  unsigned code = 0;
  unsigned ttl = 64;
  unsigned tos = 0;
  uint64_t mac = 0x020000000001;
  unsigned length = 0;          // as `-m length` counts it; 0: as it comes
  bool fragment_header = false; // IPv6
  unsigned fragment_offset = 0; // in units of 8 bytes
  bool more = false;
  std::vector<uint8_t> extensions;  // IPv6, without the fragment header
  unsigned option_words = 0;        // IPv4
  uint32_t mark = 0;
  uint32_t uid = 0;
  uint32_t gid = 0;
};

// A value in the span or, as often as asked for, just outside of it. Ends are likelier than the middle.
Number near(Random& random, const Span& span, Number most, bool outside) {
  if (outside) {
    const bool below = span.first > 0 && (span.last >= most || random.oneIn(2));
    if (below) return span.first - 1;
    if (span.last < most) return span.last + 1;
  }
  switch (random.below(3)) {
    case 0: return span.first;
    case 1: return span.last;
    default: break;
  }
  const Number size = span.last - span.first + 1;
  const Number word = Number{random.next()} << 64 | random.next();
  return size == 0 ? word : span.first + word % size;
}

Number mostOf(Family family, Question asks) {
  switch (asks) {
    case Question::Source:
    case Question::Destination:
    case Question::SourceRange:
    case Question::DestinationRange: return largestAddress(family);
    case Question::SourcePort:
    case Question::DestinationPort:
    case Question::SourcePorts:
    case Question::DestinationPorts:
    case Question::Ports:
    case Question::Length: return 0xffff;
    case Question::SourceMac: return 0xffffffffffff;
    case Question::User:
    case Question::Group: return 0xfffffffe;
    case Question::Dscp: return 63;
    case Question::Ect: return 3;
    default: return 255;
  }
}

// Names of interfaces that an option accepts, as indices.
std::vector<unsigned> interfacesOf(const Option& option, bool outside) {
  const bool open = option.name.back() == '+';
  const std::string begin = open ? option.name.substr(0, option.name.size() - 1) : option.name;
  std::vector<unsigned> list;
  for (unsigned i = 0; i < kInterfaces.size(); ++i)
    if ((open ? kInterfaces[i].starts_with(begin) : kInterfaces[i] == begin) != outside) list.push_back(i);
  return list;
}

void aim(Random& random, Draft& draft, const Option& option) {
  const bool outside = option.inverted != random.oneIn(8);
  const auto pick = [&](const Span& span) { return near(random, span, mostOf(draft.family, option.asks), outside); };
  const auto one = [&] { return pick(option.spans.empty() ? Span{0, 255} : random.pick(option.spans)); };
  const auto small = [&] { return static_cast<unsigned>(one()); };
  const auto masked = [&](uint32_t old) {  // bits of the mask as wished, one of them wrong for outside
    const auto mask = static_cast<uint32_t>(option.mask);
    uint32_t value = (old & ~mask) | static_cast<uint32_t>(option.spans[0].first);
    if (outside && mask != 0) {
      uint32_t bit = 1u << random.below(32);
      while ((bit & mask) == 0) bit = bit << 1 | bit >> 31;
      value ^= bit;
    }
    return value;
  };
  switch (option.asks) {
    case Question::Source:
    case Question::SourceRange: draft.src = one(); break;
    case Question::Destination:
    case Question::DestinationRange:
      draft.dst = one();
      draft.dst_aimed = true;
      break;
    case Question::InInterface:
      if (const auto list = interfacesOf(option, outside); !list.empty()) draft.in = random.pick(list);
      break;
    case Question::OutInterface:
      if (const auto list = interfacesOf(option, outside); !list.empty()) {
        draft.out = random.pick(list);
        draft.out_aimed = true;
      }
      break;
    case Question::Protocol: draft.protocol = small(); break;
    case Question::LaterFragment: draft.fragment_offset = outside ? 0 : static_cast<unsigned>(random.between(1, 300)); break;
    case Question::SourcePort:
    case Question::SourcePorts: draft.sport = small(); break;
    case Question::DestinationPort:
    case Question::DestinationPorts: draft.dport = small(); break;
    case Question::Ports: (random.oneIn(2) ? draft.sport : draft.dport) = small(); break;
    case Question::TcpFlags: draft.flags = masked(draft.flags); break;
    case Question::TcpSyn: draft.flags = outside ? static_cast<unsigned>(random.below(64)) : 2 | (draft.flags & ~0x17u); break;
    case Question::IcmpType:
      if (option.spans.empty()) break;
      draft.type = static_cast<unsigned>(pick(option.spans[0]));
      if (!option.any_code) {
        if (outside && random.oneIn(2)) draft.type = static_cast<unsigned>(option.spans[0].first);
        draft.code = static_cast<unsigned>(near(random, option.spans[1], 255, outside));
      }
      break;
    case Question::SourceMac: draft.mac = static_cast<uint64_t>(one()); break;
    case Question::TtlEqual: draft.ttl = small(); break;
    case Question::TtlAbove: draft.ttl = static_cast<unsigned>(near(random, {option.spans[0].first + 1, 255}, 255, outside)); break;
    case Question::TtlBelow:
      draft.ttl = static_cast<unsigned>(near(random, {0, option.spans[0].first == 0 ? 0 : option.spans[0].first - 1}, 255, outside));
      break;
    case Question::Dscp: draft.tos = (draft.tos & 3) | small() << 2; break;
    case Question::Tos: draft.tos = masked(draft.tos) & 0xff; break;
    case Question::Ect: draft.tos = (draft.tos & 0xfc) | small(); break;
    case Question::Length: draft.length = small(); break;
    case Question::Mark: draft.mark = masked(draft.mark); break;
    case Question::FirstOfMore:
      draft.fragment_header = true;
      draft.more = !outside || random.oneIn(2);
      draft.fragment_offset = outside && draft.more ? 3 : 0;
      break;
    case Question::User: draft.uid = option.name.empty() ? static_cast<uint32_t>(one()) : outside ? 1000 : 0; break;
    case Question::Group: draft.gid = static_cast<uint32_t>(one()); break;
    case Question::SocketExists:
    case Question::Limit:
    case Question::Nth: break;
  }
}

void aimRule(Random& random, Draft& draft, const Table& table, const Rule& rule);

void aimChain(Random& random, Draft& draft, const Table& table, const Chain& chain) {
  if (!chain.rules.empty()) aimRule(random, draft, table, random.pick(chain.rules));
}

void aimRule(Random& random, Draft& draft, const Table& table, const Rule& rule) {
  for (const Option& option : rule.options) aim(random, draft, option);
  for (const Module& module : rule.modules)
    for (const Option& option : module.options) aim(random, draft, option);
  if (rule.target.kind != TargetKind::Jump && rule.target.kind != TargetKind::Goto) return;
  for (const Chain& chain : table.chains)
    if (chain.name == rule.target.chain && !random.oneIn(6)) aimChain(random, draft, table, chain);
}

Number randomIn(Random& random, const Span& span) {
  const Number size = span.last - span.first + 1;
  const Number word = Number{random.next()} << 64 | random.next();
  return size == 0 ? word : span.first + word % size;
}

// A destination for the hook: local for input, behind the wanted interface for forward.
Number destination(Random& random, const Draft& draft) {
  std::vector<const Route*> fitting;
  for (const Route& route : routes(draft.family))
    if (route.local == (draft.hook == Hook::Input) && (route.local || !draft.out_aimed || route.out == draft.out)) fitting.push_back(&route);
  for (int tries = 0;; ++tries) {
    Number address = randomIn(random, random.pick(fitting)->addresses);
    if (&routeOf(draft.family, address) == &routes(draft.family).back()) {  // anywhere: somewhere ordinary
      address = draft.family == Family::Ipv4 ? (address & 0x00ffffff) | 0x64000000 : (address & ~(Number{0xffff} << 112)) | Number{0x2a01} << 112;
    }
    if (tries > 20 || routeOf(draft.family, address).local == (draft.hook == Hook::Input)) return address;
  }
}

Draft randomDraft(Random& random, const Ruleset& ruleset) {
  const Table& table = random.pick(ruleset.tables);
  Draft draft;
  draft.family = table.family;
  std::vector<const Chain*> bases;
  for (const Chain& chain : table.chains)
    if (chain.hook && (!chain.rules.empty() || !chain.accept)) bases.push_back(&chain);
  const Chain* base = bases.empty() || random.oneIn(40) ? nullptr : random.pick(bases);
  draft.hook = base != nullptr ? *base->hook : random.pick(std::vector<Hook>(kHooks.begin(), kHooks.end()));

  const bool ipv4 = draft.family == Family::Ipv4;
  draft.in = static_cast<unsigned>(random.below(kInterfaces.size()));
  draft.out = static_cast<unsigned>(random.below(kInterfaces.size()));
  draft.src = ipv4 ? Number{0xcb007100 + random.below(256)} : Number{0x20010db880000000} << 64 | random.below(1 << 20);
  draft.protocol = random.pick(std::vector<unsigned>{6, 6, 6, 17, 17, ipv4 ? 1u : 58u, 132, 47, 255});
  draft.sport = random.oneIn(2) ? 1024 + static_cast<unsigned>(random.below(64512)) : static_cast<unsigned>(random.below(1024));
  draft.dport = static_cast<unsigned>(random.oneIn(2) ? random.pick(std::vector<unsigned>{22, 53, 80, 443}) : random.below(65536));
  draft.flags = random.oneIn(3) ? static_cast<unsigned>(random.below(256)) : 2;
  draft.type = static_cast<unsigned>(ipv4 ? random.below(20) : random.between(126, 138));
  draft.ttl = random.oneIn(6) ? static_cast<unsigned>(random.between(2, 255)) : 64;
  draft.tos = random.oneIn(4) ? static_cast<unsigned>(random.below(256)) : 0;
  draft.mac = 0x020000000000 + random.below(3);
  draft.mark = random.oneIn(2) ? 0 : static_cast<uint32_t>(random.below(16));
  draft.uid = random.oneIn(3) ? 0 : static_cast<uint32_t>(999 + random.below(3));
  draft.gid = random.oneIn(3) ? 0 : static_cast<uint32_t>(99 + random.below(3));
  if (random.oneIn(12)) {
    draft.more = random.oneIn(2);
    draft.fragment_offset = random.oneIn(2) ? 0 : static_cast<unsigned>(random.between(1, 200));
    draft.fragment_header = !ipv4;
  }
  if (ipv4 && random.oneIn(12)) draft.option_words = static_cast<unsigned>(random.between(1, 10));
  if (!ipv4 && random.oneIn(8))
    for (uint64_t n = random.between(1, 3); n > 0; --n) draft.extensions.push_back(random.pick(std::vector<uint8_t>{60, 43, 51, 60}));
  if (!ipv4 && random.oneIn(16)) draft.extensions.insert(draft.extensions.begin(), 0);

  if (base != nullptr) {
    aimChain(random, draft, table, *base);
    if (random.oneIn(4)) aimChain(random, draft, table, *base);
  }
  draft.fragment_header |= !ipv4 && (draft.more || draft.fragment_offset != 0);

  // What the kernel would throw away before its rules see it is a wasted probe.
  if (draft.hook != Hook::Output) {
    const Route* route = draft.dst_aimed ? &routeOf(draft.family, draft.dst) : nullptr;
    const bool leads = route != nullptr && route->local == (draft.hook == Hook::Input);
    if (!leads && !random.oneIn(16)) draft.dst = destination(random, draft);
  } else if (!draft.dst_aimed) {
    draft.dst = ipv4 ? Number{0x64000000 + random.below(1 << 20)} : Number{0x2a01} << 112 | random.below(1 << 20);
  }
  if (draft.hook == Hook::Forward && draft.ttl < 2 && !random.oneIn(16)) draft.ttl = 2;
  if (ipv4 && draft.hook == Hook::Input && !random.oneIn(16)) draft.more = false, draft.fragment_offset = 0;  // Linux reassembles first
  draft.mac &= ~(uint64_t{1} << 40);  // not a group address
  // A fragment that begins within a TCP header is an attack: the kernel drops it.
  if (!ruleset.cut_headers && draft.fragment_offset == 1) draft.fragment_offset = 2;
  if (ruleset.cut_headers && ipv4 && draft.protocol == 6 && random.oneIn(8)) draft.fragment_offset = 1;
  if (ipv4 && draft.hook == Hook::Output && draft.src == 0) draft.src = 1;  // raw(7): a source of zero is filled in
  const std::vector<unsigned> extensions{0, 43, 44, 51, 60};
  if (!ipv4 && std::find(extensions.begin(), extensions.end(), draft.protocol) != extensions.end()) draft.protocol = 47;
  return draft;
}

class FrameBuilder {
 public:
  FrameBuilder(Random& random, const Draft& draft, const Ruleset& ruleset) : random_(random), draft_(draft), ruleset_(ruleset) {}

  std::vector<uint8_t> build() {
    const bool sent = draft_.hook == Hook::Output;
    put(sent ? 0x020000000002 : kFirstMac + draft_.in, 6);
    put(sent ? kFirstMac + draft_.out : draft_.mac, 6);
    put(draft_.family == Family::Ipv4 ? 0x0800 : 0x86dd, 2);
    if (draft_.family == Family::Ipv4) ipv4();
    else ipv6();
    return std::move(frame_);
  }

 private:
  void put(Number value, size_t bytes) {
    for (size_t i = bytes; i-- > 0;) frame_.push_back(static_cast<uint8_t>(value >> (8 * i)));
  }
  void randomBytes(size_t count) {
    for (size_t i = 0; i < count; ++i) put(random_.next(), 1);
  }

  void ipv4() {
    put(0x45 + draft_.option_words, 1);
    put(draft_.tos, 1);
    put(0, 2);  // total length
    put(0, 2);  // id
    put((draft_.more ? 0x2000u : random_.oneIn(2) ? 0x4000u : 0u) | draft_.fragment_offset, 2);
    put(draft_.ttl, 1);
    put(draft_.protocol, 1);
    put(0, 2);
    put(draft_.src, 4);
    put(draft_.dst, 4);
    for (unsigned i = 0; i < 4 * draft_.option_words; ++i) put(1, 1);  // no operation
    size_t padding = rest(false);
    test::writeBytes(frame_, kEthernet + 2, 2, frame_.size() - kEthernet);
    if (draft_.hook != Hook::Output) randomBytes(padding);
  }

  void ipv6() {
    put(Number{6} << 28 | Number{draft_.tos} << 20, 4);
    put(0, 2);  // payload length
    size_t next = frame_.size();
    put(0, 1);
    put(draft_.ttl, 1);
    put(draft_.src, 16);
    put(draft_.dst, 16);
    const auto link = [&](unsigned number) {  // a header of this number begins here
      frame_[next] = static_cast<uint8_t>(number);
      next = frame_.size();
    };
    std::vector<uint8_t> chain = draft_.extensions;
    if (draft_.fragment_header) {
      // A fragment header is the last one that can be read of a later fragment.
      const size_t at = draft_.fragment_offset != 0 ? chain.size() : random_.below(chain.size() + 1);
      const bool first_stays = !chain.empty() && chain[0] == 0 && at == 0;
      chain.insert(chain.begin() + static_cast<long>(at + (first_stays ? 1 : 0)), 44);
    }
    // A fragment header that says nothing is not found again in our language, and `frag` looks for it before a cut.
    const bool atomic = draft_.fragment_header && !draft_.more && draft_.fragment_offset == 0;
    const bool cut_chain = ruleset_.cut_headers && !chain.empty() && !(atomic && uses(ruleset_, "frag")) && random_.oneIn(5);
    for (size_t i = 0; i < chain.size(); ++i) {
      link(chain[i]);
      if (cut_chain && i + 1 == chain.size()) {  // of which at most its first byte is there
        randomBytes(random_.below(2));
        test::writeBytes(frame_, kEthernet + 4, 2, frame_.size() - kEthernet - 40);
        return;
      }
      extension(chain[i]);
    }
    const bool names_extension = ruleset_.cut_headers && draft_.fragment_offset != 0 && random_.oneIn(4);
    link(names_extension ? random_.pick(std::vector<unsigned>{0, 43, 51, 60}) : draft_.protocol);
    const size_t padding = rest(!chain.empty());
    test::writeBytes(frame_, kEthernet + 4, 2, frame_.size() - kEthernet - 40);
    if (draft_.hook != Hook::Output) randomBytes(padding);
  }

  void extension(uint8_t kind) {
    put(0, 1);  // next header
    if (kind == 44) {
      put(0, 1);
      put(draft_.fragment_offset << 3 | (draft_.more ? 1 : 0), 2);
      randomBytes(4);
    } else if (kind == 51) {
      put(4, 1);  // 24 bytes
      randomBytes(22);
    } else {
      put(kind == 60 && random_.oneIn(12) ? 8 : 0, 1);
      const size_t length = 8 * (frame_.back() + size_t{1});
      if (kind == 43) {
        put(random_.below(5), 1);
        put(0, 1);  // no segments left
        put(0, 4);
      } else {
        put(1, 1);  // padding
        put(length - 4, 1);
        for (size_t i = 4; i < length; ++i) put(0, 1);
      }
    }
  }

  // Layer 4 and what follows; returns how much padding the frame gets behind the packet's end.
  size_t rest(bool extensions) {
    const size_t begin = frame_.size();
    if (draft_.fragment_offset == 0) layer4();
    const size_t header = frame_.size() - begin;
    const size_t now = frame_.size() - kEthernet;
    if (draft_.length > now) randomBytes(std::min<size_t>(draft_.length, 6000) - std::min<size_t>(now, 6000));
    else if (draft_.length == 0 && !random_.oneIn(3)) randomBytes(random_.oneIn(10) ? random_.below(1200) : random_.below(40));
    size_t padding = random_.oneIn(6) ? random_.below(30) : 0;
    if (ruleset_.cut_headers && header > 0 && random_.oneIn(3)) {
      // Behind the end that the IP header tells there may be all of the header, which the kernel does not see. A cut that
      // leaves both ports to `multiport` alone is left out: it cannot be said in our language.
      const bool hidden = draft_.hook != Hook::Output && !extensions && random_.oneIn(2);
      const bool ports_stay = hidden || !uses(ruleset_, "multiport");
      frame_.resize(begin + random_.below(ports_stay ? header : std::min<size_t>(header, 4)));
      padding = hidden ? header + 20 : 0;
    }
    return padding;
  }

  void layer4() {
    switch (draft_.protocol) {
      case 6:
        put(draft_.sport, 2);
        put(draft_.dport, 2);
        randomBytes(8);
        put(0x50, 1);
        put(draft_.flags, 1);
        randomBytes(6);
        break;
      case 17:
        put(draft_.sport, 2);
        put(draft_.dport, 2);
        put(8, 2);
        put(0, 2);
        break;
      case 132:
        put(draft_.sport, 2);
        put(draft_.dport, 2);
        randomBytes(8);
        break;
      case 1:
      case 58:
        put(draft_.type, 1);
        put(draft_.code, 1);
        randomBytes(6);
        break;
      default: randomBytes(random_.below(16)); break;
    }
  }

  Random& random_;
  const Draft& draft_;
  const Ruleset& ruleset_;
  std::vector<uint8_t> frame_;
};

}  // namespace

void setNumber(Probe& probe, uint32_t number) {
  std::vector<uint8_t>& frame = probe.frame;
  if (probe.family == Family::Ipv6) {
    const uint64_t word = test::readBytes(frame, kEthernet, 4);
    test::writeBytes(frame, kEthernet, 4, (word & ~uint64_t{0xfffff}) | (number & 15) << 16 | number >> 4);
    return;
  }
  test::writeBytes(frame, kEthernet + 4, 2, (number & 255) << 8 | number >> 8);
  test::writeBytes(frame, kEthernet + 10, 2, 0);
  const size_t header = 4 * (frame[kEthernet] & 0xfu);
  test::writeBytes(frame, kEthernet + 10, 2, test::internetChecksum({frame.data() + kEthernet, header}));
}

uint32_t numberOf(Family family, uint32_t field) {
  return family == Family::Ipv6 ? (field & 0xffff) << 4 | field >> 16 : (field & 255) << 8 | field >> 8;
}

Probe randomProbe(Random& random, const Ruleset& ruleset) {
  const Draft draft = randomDraft(random, ruleset);
  Probe probe;
  probe.family = draft.family;
  probe.sent = draft.hook == Hook::Output;
  probe.interface = probe.sent ? draft.out : draft.in;
  probe.uid = draft.uid;
  probe.gid = draft.gid;
  probe.mark = probe.sent ? draft.mark | kSocketMark : 0;
  probe.frame = FrameBuilder(random, draft, ruleset).build();
  return probe;
}

bool beyondWindow(const Probe& probe) {
  if (probe.frame.size() <= kWindow) return false;
  const test::Headers headers = test::findHeaders(probe.frame);
  return headers.incomplete;
}

}  // namespace norman::oracle
