// Fuzzes packet parsing and frame edits: no frame may crash them, and an edit changes nothing but what is present.
#include <cstdlib>
#include <cstring>

#include "overlay_rtl/model/exit_edit.h"

// The first eight bytes are the act word and a pattern for the values, the rest is the frame.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 8) return 0;
  norman::ExitRecord record;
  std::uint32_t pattern = 0;
  std::memcpy(&record.act, data, 4);
  std::memcpy(&pattern, data + 4, 4);
  for (std::uint32_t& value : record.targets) value = pattern = pattern * 1664525u + 1013904223u;
  const std::span<const std::uint8_t> frame(data + 8, size - 8);

  const norman::ParsedPacket before = norman::parsePacket(frame, {});
  const norman::EditedPacket edited = norman::applyExit(frame, before.info, 0, record);
  const norman::ParsedPacket after = norman::parsePacket(edited.frame, {});
  // Rewriting moves no header: the same ones are present, in the same places.
  if (before.info.presence != after.info.presence || before.info.l3_offset != after.info.l3_offset ||
      before.info.l4_offset != after.info.l4_offset || edited.frame.size() != frame.size())
    std::abort();
  return 0;
}
