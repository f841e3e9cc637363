// Incremental checksum repair after RFC 1624, with plain integers.
#include "tests/support/checksum.h"

namespace norman::test {
namespace {

uint64_t fold(uint64_t sum) {
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

uint64_t repaired(uint64_t old, uint64_t difference) { return ~fold((~old & 0xffff) + difference) & 0xffff; }

// The sum of ~m + m' over the 16-bit words of one written run.
uint64_t differenceOf(const Frame& before, const Frame& after, const Written& run) {
  uint64_t sum = 0;
  for (size_t at = run.offset; at < run.offset + run.bytes; at += 2)
    sum += (~readBytes(before, at, 2) & 0xffff) + readBytes(after, at, 2);
  return sum;
}

}  // namespace

void repairChecksums(const Headers& headers, const Frame& before, Frame& after, std::span<const Written> written) {
  // Each of the two sums covers its own part of what was written.
  uint64_t header_difference = 0;
  uint64_t layer4_difference = 0;
  bool header_touched = false;
  bool layer4_touched = false;
  for (const Written& run : written) {
    const uint64_t difference = differenceOf(before, after, run);
    const bool in_ipv4 = headers.ipv4 && run.offset >= *headers.ipv4 && run.offset < *headers.ipv4 + 20;
    const bool in_address =
        (in_ipv4 && run.offset >= *headers.ipv4 + 12) || (headers.ipv6 && run.offset >= *headers.ipv6 + 8 && run.offset < *headers.ipv6 + 40);
    const bool in_layer4 = headers.layer4 != Layer4::None && run.offset >= headers.layer4_offset;
    if (in_ipv4) {
      header_difference += difference;
      header_touched = true;
    }
    if (in_address || in_layer4) {
      layer4_difference += difference;
      layer4_touched = true;
    }
  }
  if (header_touched) {
    const size_t at = *headers.ipv4 + 10;
    writeBytes(after, at, 2, repaired(readBytes(before, at, 2), header_difference));
  }
  if (!layer4_touched) return;
  switch (headers.layer4) {
    case Layer4::Tcp: {
      const size_t at = headers.layer4_offset + 16;
      writeBytes(after, at, 2, repaired(readBytes(before, at, 2), layer4_difference));
      break;
    }
    case Layer4::Icmpv6: {
      const size_t at = headers.layer4_offset + 2;
      writeBytes(after, at, 2, repaired(readBytes(before, at, 2), layer4_difference));
      break;
    }
    case Layer4::Udp: {
      const size_t at = headers.layer4_offset + 6;
      const uint64_t old = readBytes(before, at, 2);
      if (old == 0) break;  // no checksum
      const uint64_t sum = repaired(old, layer4_difference);
      writeBytes(after, at, 2, sum == 0 ? 0xffff : sum);
      break;
    }
    case Layer4::None:
    case Layer4::Sctp:   // no sum
    case Layer4::Icmp:   // covers no address
      break;
  }
}

uint16_t internetChecksum(std::span<const uint8_t> bytes, uint32_t initial) {
  uint64_t sum = initial;
  for (size_t i = 0; i < bytes.size(); ++i) sum += i % 2 == 0 ? uint64_t{bytes[i]} << 8 : bytes[i];
  return static_cast<uint16_t>(~fold(sum));
}

}  // namespace norman::test
