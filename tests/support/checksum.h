// Repairs the checksums of a rewritten frame: an opinion of its own, written from parsing.md.
#pragma once

#include <span>
#include <string_view>

#include "tests/support/frame_parser.h"

namespace norman::test {

/// A run of bytes that was written; at most one for each header field, in any order. Both ends are even
/// distances from the network header's begin.
struct Written {
  size_t offset;  // in the frame
  size_t bytes;
};

/// Brings the checksums that cover `written` up to date. `before` is the frame as it came.
void repairChecksums(const Headers& headers, const Frame& before, Frame& after, std::span<const Written> written);

/// The Internet checksum of a run of bytes computed from scratch, for tests: 0 for a correct packet.
uint16_t internetChecksum(std::span<const uint8_t> bytes, uint32_t initial = 0);

}  // namespace norman::test
