// The model's parser and the evaluator's, written apart, agree on every field of random frames.
#include <gtest/gtest.h>

#include "compiler/ast/field.h"
#include "overlay_rtl/model/packet_parser.h"
#include "tests/support/field_access.h"
#include "tests/support/random_packet.h"

namespace norman::test {
namespace {

// A field as the contract's table says that it lies in the entry words.
std::optional<ast::Bits128> fromWords(const EntryWords& words, const ast::Field& field) {
  if ((words[0] & field.presence_mask) != field.presence_mask) return std::nullopt;
  const auto word = [&](size_t at) { return uint64_t{words[field.word + at]}; };
  if (field.width == 128) return ast::Bits128{word(0) << 32 | word(1), word(2) << 32 | word(3)};
  if (field.width == 64) return ast::Bits128{0, word(1) << 32 | word(0)};
  if (field.width == 48) {
    uint64_t high = words[field.word - 1] & 0xffff;
    if (field.name == "eth.dst") high = words[8] >> 16;
    if (field.name == "eth.src") high = words[8] & 0xffff;
    return ast::Bits128{0, high << 32 | word(0)};
  }
  return ast::Bits128{0, word(0) >> field.lsb & ast::lowOnes(field.width).lo};
}

std::string text(const std::optional<ast::Bits128>& value) {
  return value ? std::to_string(value->hi) + ":" + std::to_string(value->lo) : "absent";
}

TEST(Parsers, agree_on_every_field) {
  const uint64_t seed = 1;
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  Random random(seed);
  Vocabulary vocabulary;
  uint64_t time_ns = 0;
  for (int i = 0; i < 40000; ++i) {
    const Packet packet = randomPacket(random, vocabulary, time_ns);
    PacketState state;
    state.packet = &packet;
    state.frame = packet.frame;
    state.headers = findHeaders(packet.frame);
    state.mark = packet.mark;
    PacketMetadata metadata;
    metadata.ticks = packet.time_ns * 16;
    metadata.mark = packet.mark;
    metadata.random = packet.random;
    metadata.wall_s = packet.wall_s;
    if (packet.owner) metadata.owner = OwnerWords{packet.owner->uid, packet.owner->gid, packet.owner->pid, 0, 0};
    if (packet.socket) metadata.socket = SocketWords{packet.socket->uid, packet.socket->gid, 0};
    const ParsedPacket parsed = parsePacket(packet.frame, metadata);
    for (size_t f = 0; f < ast::fieldCount(); ++f) {
      const auto id = static_cast<ast::FieldId>(f);
      const ast::Field& field = ast::field(id);
      if (field.reserved || field.either_family) continue;
      ASSERT_EQ(text(readField(state, id)), text(fromWords(parsed.words, field)))
          << field.name << " of packet " << i << ": " << describe(packet);
    }
  }
}

}  // namespace
}  // namespace norman::test
