// Random programs for a core: valid rows in every stage, maps, dispatch memories and table entries, as register writes.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "norman/spec/isa.h"
#include "overlay_rtl/model/core_device.h"
#include "tests/support/random.h"

namespace norman::test {

/// A program of one epoch. It starts at stage 0 and most of its rows continue in the next stage, so that a packet
/// executes a row in most stages; every row obeys the rules that a loader checks.
struct RandomProgram {
  using Write = std::pair<std::uint32_t, std::uint64_t>;  ///< address, value

  std::vector<Write> rows;     ///< instruction memory, by stage from the last to the first
  std::vector<Write> rest;     ///< maps, dispatch memories, start register
  std::vector<Write> tables;   ///< entries of exact stages; table ids are the program's own
};

struct RandomProgramOptions {
  unsigned rows_per_stage = 8;
  unsigned epoch = 0;
  unsigned first_table = 0;       ///< table ids from here on, one a lookup row of a stage
  unsigned entries_per_row = 96;  ///< of 256 possible keys of a lookup row
  bool straight = false;          ///< every row continues in the next stage: each packet executes a row in all of them
};

RandomProgram randomProgram(const isa::ConfigInfo& config, std::uint64_t seed, const RandomProgramOptions& options = {});

void write(CoreDevice& core, const std::vector<RandomProgram::Write>& writes);

/// Writes everything of the program. Packets that enter after an epoch write follow it.
void load(CoreDevice& core, const RandomProgram& program);

/// Entry words of a packet: half of them small, so that comparisons and keys are equal often enough. The window is as long as it happens.
EntryWords randomEntryWords(Random& random);

}  // namespace norman::test
