// Random packets of every shape that the parser must bear, near the constants that a policy names.
#pragma once

#include <string>
#include <vector>

#include "compiler/ast/bits128.h"
#include "tests/support/evaluator.h"
#include "tests/support/packet.h"
#include "tests/support/random.h"

namespace norman::test {

/// Values that policies compare with, so that packets hit them, and the world that both live in.
struct Vocabulary {
  std::vector<uint16_t> ports{22, 53, 80, 443, 5432};
  std::vector<uint32_t> ipv4{0x0a000001, 0xc0000201, 0xffffffff};
  std::vector<ast::Bits128> ipv6{{0x20010db800000000, 1}, {0xfe80000000000000, 0x1122334455667788}};
  std::vector<uint64_t> macs{0x020000000001, 0xffffffffffff};
  std::vector<uint64_t> numbers{0, 1, 6, 17, 64, 255};
  std::vector<uint64_t> steps_ns{1000};  // between packets: what meters take notice of
};

/// Users and groups of the world, with their numbers.
const Accounts& worldAccounts();
const std::vector<std::string>& worldComms();
const std::vector<std::string>& worldCgroups();
const std::vector<std::string>& worldInterfaces();

/// One packet that arrives after `time_ns`, which moves on.
Packet randomPacket(Random& random, const Vocabulary& vocabulary, uint64_t& time_ns);

/// A packet as one line of the offline runner's input (T.jsonl), to repeat a failure by hand.
std::string describe(const Packet& packet);

}  // namespace norman::test
