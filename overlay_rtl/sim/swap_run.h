// Hot swaps back to back under full load, and what became of the packets.
#pragma once

#include <cstdint>

#include "norman/spec/isa.h"

namespace norman {

struct SwapOptions {
  unsigned swaps = 1000;
  bool drain = true;  ///< wait until no packet is in the old bank; without it packets must be seen to be mixed
};

struct SwapFigures {
  std::uint64_t packets = 0;
  std::uint64_t lost = 0;         ///< left in the wrong order, or not at all
  std::uint64_t mixed = 0;        ///< did not see the program of their own epoch in every stage
  std::uint64_t delayed = 0;      ///< clocks in which a packet was offered and not accepted
  std::uint64_t swaps_seen = 0;   ///< changes of epoch from packet to packet
  std::uint64_t load_clocks = 0;  ///< the longest load of a bank: a row in each stage, maps, start
  std::uint64_t load_writes = 0;  ///< register writes of such a load
  std::uint64_t clocks = 0;
};

/// Loads the idle bank, last stage first, flips, drains, loads the next program into the other bank, and so on, with a
/// packet offered every clock. Each program has a row in every stage: ALU and state stages add numbers of that program,
/// lookups find that of one of four entries, so that a packet's sums tell if any stage took a row of another program.
SwapFigures runSwaps(const isa::ConfigInfo& config, const SwapOptions& options);

}  // namespace norman
