// Filter tables of real hosts, turned into policies: do they fit the core?
#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/driver/compile.h"
#include "overlay_rtl/model/offline/policy_image.h"
#include "tests/bench/groups.h"
#include "tests/bench/report.h"
#include "tests/oracle/save_file.h"

namespace norman::bench {
namespace {

// "ingress 12 and egress 30 of 40 stages", up to the last row of each program.
std::string stagesOf(const PolicyImage& image) {
  std::array<unsigned, 2> last{};
  for (uint32_t i = 0; i < norman_image_count(&image.raw(), NORMAN_SECTION_ROWS); ++i) {
    norman_image_row row;
    norman_image_get(&image.raw(), NORMAN_SECTION_ROWS, i, &row);
    last[row.program] = std::max(last[row.program], row.stage + 1u);
  }
  return fmt::format("ingress {} and egress {} of {} stages", last[0], last[1], image.config().stages.size());
}

// Sets, prefix tables and rule lists.
unsigned tablesOf(const PolicyImage& image) {
  unsigned tables = 0;
  for (uint32_t i = 0; i < norman_image_count(&image.raw(), NORMAN_SECTION_OBJECTS); ++i) {
    norman_image_object object;
    norman_image_get(&image.raw(), NORMAN_SECTION_OBJECTS, i, &object);
    const auto kind = static_cast<isa::ObjectKind>(object.kind);
    tables += kind == isa::ObjectKind::Set || kind == isa::ObjectKind::Prefixes || kind == isa::ObjectKind::Rules;
  }
  return tables;
}

std::string firstError(const std::string& diagnostics) {
  const std::string from = diagnostics.substr(std::min(diagnostics.find("error: "), diagnostics.size()));
  return from.substr(0, from.find('\n'));
}

}  // namespace

void measureFit() {
  const std::vector<oracle::SavedFile> files = oracle::savedFiles();
  if (files.empty()) fmt::print(stderr, "fit: nothing to measure, NORMAN_CORPORA names no folder with iptables-shell-dumps\n");
  for (const oracle::SavedFile& file : files) {
    const oracle::SavedRules saved = oracle::readSaved(file.text, file.family);
    std::vector<std::string> left_out;
    for (const auto& [what, lines] : saved.left_out) left_out.push_back(fmt::format("{} {}", lines, what));
    if (left_out.empty()) left_out.push_back("none");
    const std::string rules = fmt::format("{} rules; left out: {}", saved.taken, fmt::join(left_out, ", "));

    SourceManager sources;
    Diagnostics diagnostics;
    const FileId source = sources.add(file.name + ".norman", oracle::policyText({{saved.table}, false}));
    const auto compiled = compile(sources, source, diagnostics, {});
    if (!compiled) {
      report("fit." + file.name, 0, "fits", fmt::format("{}; {}", firstError(diagnostics.render(sources)), rules));
      continue;
    }
    const auto image = PolicyImage::fromBytes({compiled->output.begin(), compiled->output.end()}, file.name);
    if (!image) throw std::runtime_error(image.error());
    const unsigned tables = tablesOf(*image);
    report("fit." + file.name, 1, "fits", fmt::format("{}, {} tables; {}", stagesOf(*image), tables, rules));
  }
}

}  // namespace norman::bench
