// The fields of a packet as the machine contract lists them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "compiler/ast/type.h"

namespace norman::ast {

/// Index of a field in the contract's table.
enum class FieldId : uint16_t {};

/// One row of the contract's field table ("norman/spec/fields.inc").
struct Field {
  std::string_view name;   // "tcp.dport"
  Type type;               // one-bit fields are Bool
  uint16_t word;           // first entry word
  uint8_t lsb;             // lowest bit within that word
  uint8_t width;           // bits; 48 and 128 span words as the contract says
  uint32_t presence_mask;  // present iff all these bits of entry word 0 are set; 0: always present
  int target;              // number of the first exit target that rewrites it, -1 when it cannot be rewritten
  bool either_family;      // ip.src, ip.dst: an address of either family; never in a typed AST
  bool reserved;           // known to the language, refused by sema; never in a typed AST
  std::string_view doc;
};

const Field& field(FieldId id);
size_t fieldCount();
/// Looks a field up by its full name; reserved ones are found too.
std::optional<FieldId> findField(std::string_view name);

}  // namespace norman::ast
