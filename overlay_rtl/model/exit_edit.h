// What happens to a frame after the exit: rewritten fields and their checksums, by overlay_rtl/spec/parsing.md.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "overlay_rtl/model/packet_parser.h"

namespace norman {

/// The frame as it is sent, and the metadata that goes with it.
struct EditedPacket {
  std::vector<std::uint8_t> frame;
  std::uint32_t mark = 0;
};

/// Applies an exit record to the frame that `info` was parsed from; `mark` is the mark at entry.
///
/// Only what the frame has is written. A packet that is not passed leaves as it came.
EditedPacket applyExit(std::span<const std::uint8_t> frame, const ParseInfo& info, std::uint32_t mark, const ExitRecord& record);

/// An Internet checksum updated for words that change from m to m' (RFC 1624, equation 3).
class ChecksumUpdate {
 public:
  void word(std::uint16_t before, std::uint16_t after) { sum_ += std::uint32_t{static_cast<std::uint16_t>(~before)} + after; ++words_; }
  bool any() const { return words_ != 0; }
  std::uint16_t apply(std::uint16_t checksum) const;

 private:
  std::uint64_t sum_ = 0;
  unsigned words_ = 0;
};

}  // namespace norman
