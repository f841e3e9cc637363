// Reads and writes the language's fields in a frame and its metadata, for the evaluator.
#pragma once

#include <optional>

#include "compiler/ast/bits128.h"
#include "compiler/ast/program.h"
#include "tests/support/frame_parser.h"
#include "tests/support/packet.h"

namespace norman::test {

/// A packet on its way through a program: the frame and mark as they are after the rewriting so far.
struct PacketState {
  const Packet* packet = nullptr;
  ast::Direction direction = ast::Direction::Ingress;
  Headers headers;  // of the frame as it came; rewriting moves no header
  Frame frame;
  uint32_t mark = 0;
  uint16_t iface = 0;  // interface numbers of the program; 0: none
  uint16_t oif = 0;
};

/// The field's value, or nothing when it is absent.
std::optional<ast::Bits128> readField(const PacketState& state, ast::FieldId field);

/// Writes a present field; the value's bits above the field's width are lost.
void writeField(PacketState& state, ast::FieldId field, ast::Bits128 value);

}  // namespace norman::test
