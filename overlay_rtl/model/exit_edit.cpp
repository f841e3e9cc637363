// Rewrites fields of a frame and updates the checksums that cover them.
#include "overlay_rtl/model/exit_edit.h"

#include <cassert>

namespace norman {
namespace {

class Editor {
 public:
  Editor(std::vector<std::uint8_t>& frame, const ParseInfo& info, const ExitRecord& record) : frame_(frame), info_(info), record_(record) {}

  void run() {
    if (info_.has(isa::kHasEth)) macs();
    if (info_.has(isa::kHasVlan)) half(isa::kTVlanTci, 14);
    if (info_.has(isa::kHasIp)) {
      trafficClass();
      timeToLive();
      addresses();
    }
    if (info_.has(isa::kHasTcp) || info_.has(isa::kHasUdp)) {
      half(isa::kTSport, info_.l4_offset, &layer4_);
      half(isa::kTDport, info_.l4_offset + 2u, &layer4_);
    }
    checksums();
  }

 private:
  bool asked(isa::ExitTarget target) const { return (record_.act >> target & 1) != 0; }
  std::uint32_t value(isa::ExitTarget target) const { return record_.targets[target]; }
  // What is written or read belongs to a header that the parser found whole in this frame.
  std::uint8_t& byte(std::size_t at) {
    assert(at < frame_.size());
    return frame_[at];
  }
  std::uint16_t half(std::size_t at) { return static_cast<std::uint16_t>(byte(at) << 8 | byte(at + 1)); }
  void put(std::size_t at, std::uint32_t v, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i) byte(at + i) = static_cast<std::uint8_t>(v >> (8 * (bytes - 1 - i)));
  }
  void half(isa::ExitTarget target, std::size_t at, ChecksumUpdate* checksum = nullptr) {
    if (!asked(target)) return;
    const std::uint16_t before = half(at);
    put(at, value(target), 2);
    if (checksum != nullptr) checksum->word(before, half(at));
  }

  void macs() {
    if (asked(isa::kTEthDstHi)) put(0, value(isa::kTEthDstHi), 2);
    if (asked(isa::kTEthDst)) put(2, value(isa::kTEthDst), 4);
    if (asked(isa::kTEthSrcHi)) put(6, value(isa::kTEthSrcHi), 2);
    if (asked(isa::kTEthSrc)) put(8, value(isa::kTEthSrc), 4);
  }

  void trafficClass() {
    if (!asked(isa::kTTos)) return;
    const auto tos = static_cast<std::uint8_t>(value(isa::kTTos));
    const std::size_t at = info_.l3_offset;
    const std::uint16_t before = half(at);
    if (info_.has(isa::kHasIpv4)) {
      byte(at + 1) = tos;
      ipv4_.word(before, half(at));
    } else {  // version 15:12, traffic class 11:4, first bits of the flow label 3:0
      put(at, (before & 0xf00fu) | std::uint32_t{tos} << 4, 2);
    }
  }

  void timeToLive() {
    if (!asked(isa::kTTtl)) return;
    const auto ttl = static_cast<std::uint8_t>(value(isa::kTTtl));
    if (!info_.has(isa::kHasIpv4)) {
      byte(info_.l3_offset + 7u) = ttl;
      return;
    }
    const std::size_t at = info_.l3_offset + 8u;
    const std::uint16_t before = half(at);
    byte(at) = ttl;
    ipv4_.word(before, half(at));
  }

  void addresses() {
    const bool v4 = info_.has(isa::kHasIpv4);
    for (unsigned i = 0; i < (v4 ? 1u : 4u); ++i) {
      address(static_cast<isa::ExitTarget>(isa::kTSrc0 + i), info_.l3_offset + (v4 ? 12u : 8u) + 4 * i, v4);
      address(static_cast<isa::ExitTarget>(isa::kTDst0 + i), info_.l3_offset + (v4 ? 16u : 24u) + 4 * i, v4);
    }
  }
  void address(isa::ExitTarget target, std::size_t at, bool v4) {
    if (!asked(target)) return;
    const std::uint16_t before[2] = {half(at), half(at + 2)};
    put(at, value(target), 4);
    for (unsigned i = 0; i < 2; ++i) {
      if (v4) ipv4_.word(before[i], half(at + 2 * i));
      layer4_.word(before[i], half(at + 2 * i));
    }
  }

  void checksums() {
    if (ipv4_.any()) put(info_.l3_offset + 10u, ipv4_.apply(half(info_.l3_offset + 10u)), 2);
    if (!layer4_.any()) return;
    std::size_t at = info_.l4_offset;
    if (info_.has(isa::kHasTcp))
      at += 16;
    else if (info_.has(isa::kHasUdp))
      at += 6;
    else if (info_.has(isa::kHasIcmpv6))
      at += 2;
    else
      return;
    const std::uint16_t before = half(at);
    if (info_.has(isa::kHasUdp) && before == 0) return;  // the sender computed none
    std::uint16_t after = layer4_.apply(before);
    if (info_.has(isa::kHasUdp) && after == 0) after = 0xffff;
    put(at, after, 2);
  }

  std::vector<std::uint8_t>& frame_;
  const ParseInfo& info_;
  const ExitRecord& record_;
  ChecksumUpdate ipv4_, layer4_;
};

}  // namespace

std::uint16_t ChecksumUpdate::apply(std::uint16_t checksum) const {
  std::uint64_t sum = sum_ + static_cast<std::uint16_t>(~checksum);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

EditedPacket applyExit(std::span<const std::uint8_t> frame, const ParseInfo& info, std::uint32_t mark, const ExitRecord& record) {
  EditedPacket edited{{frame.begin(), frame.end()}, mark};
  if (record.verdict() != isa::Verdict::Pass) return edited;
  if ((record.act >> isa::kTMark & 1) != 0) edited.mark = record.targets[isa::kTMark];
  if ((record.act & 0xffffff) != 0) Editor(edited.frame, info, record).run();
  return edited;
}

}  // namespace norman
