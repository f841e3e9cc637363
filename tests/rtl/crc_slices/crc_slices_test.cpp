// crc_slices computes CRC-64/ECMA-182 bit for bit.
#include "tests/rtl/bench.h"

namespace norman::test {
namespace {

using CrcSlicesTest = Bench;

std::uint64_t crcOf(const std::uint8_t* bytes, std::size_t count) {
  std::uint64_t crc = 0;
  for (std::size_t i = 0; i < count; ++i)
    for (int bit = 7; bit >= 0; --bit) {
      const bool out = (crc >> 63 & 1) != (bytes[i] >> bit & 1u);
      crc = crc << 1 ^ (out ? 0x42f0e1eba9ea3693u : 0u);
    }
  return crc;
}

TEST_F(CrcSlicesTest, knows_the_published_check_value) {
  EXPECT_EQ(crcOf(reinterpret_cast<const std::uint8_t*>("123456789"), 9), 0x6c40df5f0b497347u);
}

TEST_F(CrcSlicesTest, hashes_table_and_key_words) {
  for (int i = 0; i < 5000; ++i) {
    std::uint8_t message[17];
    std::uint32_t key[4];
    message[0] = static_cast<std::uint8_t>(random.next());
    for (int w = 0; w < 4; ++w) {
      key[w] = static_cast<std::uint32_t>(number());
      for (int b = 0; b < 4; ++b) message[1 + 4 * w + b] = static_cast<std::uint8_t>(key[w] >> (24 - 8 * b));
    }
    dut.crc_table_i = message[0];
    dut.crc_key01_i = key[0] | std::uint64_t{key[1]} << 32;
    dut.crc_key23_i = key[2] | std::uint64_t{key[3]} << 32;
    dut.eval();
    const std::uint64_t crc = crcOf(message, sizeof message);
    for (unsigned way = 0; way < isa::kExactWays; ++way)
      ASSERT_EQ(dut.crc_addr_o >> (11 * way) & 0x7ff, crc >> (isa::kHashShift * way) & 0x7ff) << "way " << way;
  }
}

}  // namespace
}  // namespace norman::test
