// Compiles the examples and makes entry words from random packets.
#include "tests/bench/workload.h"

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "compiler/driver/compile.h"
#include "overlay_rtl/model/packet_parser.h"
#include "tests/support/random_packet.h"

namespace norman::bench {

std::vector<std::string> exampleNames() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(NORMAN_SOURCE) + "/examples"))
    if (entry.path().extension() == ".norman") names.push_back(entry.path().stem());
  std::ranges::sort(names);
  return names;
}

std::string exampleFile(const std::string& name) { return std::string(NORMAN_SOURCE) + "/examples/" + name + ".norman"; }

PolicyImage compileExample(const std::string& name, const std::string& overlay) {
  SourceManager sources;
  Diagnostics diagnostics;
  std::string error;
  sources.setLibrary(std::string(NORMAN_SOURCE) + "/stdlib");
  const FileId file = sources.load(exampleFile(name), error);
  if (!file.valid()) throw std::runtime_error(error);
  const auto compiled = compile(sources, file, diagnostics, {.overlay = overlay});
  if (!compiled) throw std::runtime_error(diagnostics.render(sources));
  auto image = PolicyImage::fromBytes({compiled->output.begin(), compiled->output.end()}, name);
  if (!image) throw std::runtime_error(image.error());
  return std::move(*image);
}

size_t rowsOf(const PolicyImage& image, isa::Program program) {
  size_t rows = 0;
  for (uint32_t i = 0; i < norman_image_count(&image.raw(), NORMAN_SECTION_ROWS); ++i) {
    norman_image_row row;
    norman_image_get(&image.raw(), NORMAN_SECTION_ROWS, i, &row);
    if (row.program == static_cast<uint8_t>(program)) ++rows;
  }
  return rows;
}

isa::Program programOf(const PolicyImage& image) {
  return rowsOf(image, isa::Program::Egress) >= rowsOf(image, isa::Program::Ingress) ? isa::Program::Egress : isa::Program::Ingress;
}

std::vector<EntryWords> packetsFor(isa::Program program, size_t count) {
  test::Random random(1);
  test::Vocabulary vocabulary;
  vocabulary.ports = {22, 53, 80, 443, 3306, 5432, 5060, 16400};
  uint64_t time_ns = 0;
  std::vector<EntryWords> words;
  words.reserve(count);
  while (words.size() < count) {
    const test::Packet packet = test::randomPacket(random, vocabulary, time_ns);
    PacketMetadata metadata;
    metadata.egress = program == isa::Program::Egress;
    metadata.local = program == isa::Program::Ingress;
    metadata.iface_in = metadata.egress ? 0 : static_cast<uint16_t>(1 + random.below(4));
    metadata.iface_out = metadata.egress ? static_cast<uint16_t>(1 + random.below(4)) : 0;
    metadata.ticks = packet.time_ns * 16;
    metadata.random = packet.random;
    metadata.wall_s = packet.wall_s;
    if (packet.owner) metadata.owner = OwnerWords{packet.owner->uid, packet.owner->gid, packet.owner->pid, 0, 0};
    metadata.owner_predicates = random.next() & random.next();
    words.push_back(parsePacket(packet.frame, metadata).words);
  }
  return words;
}

}  // namespace norman::bench
