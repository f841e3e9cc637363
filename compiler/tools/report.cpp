// The resource report of an image, for people and for programs.
#include "compiler/tools/report.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "overlay_rtl/model/offline/json_text.h"

namespace norman::tools {
namespace {

struct Resource {
  std::string name;
  std::string program;
  int stage;  // -1: the whole core
  char kind;
  uint32_t used;
  uint32_t available;
};

std::vector<Resource> resourcesOf(const PolicyImage& image) {
  std::vector<Resource> resources;
  const uint32_t count = norman_image_count(&image.raw(), NORMAN_SECTION_REPORT);
  for (uint32_t i = 0; i < count; ++i) {
    norman_image_resource record;
    norman_image_get(&image.raw(), NORMAN_SECTION_REPORT, i, &record);
    const bool whole = record.stage == isa::kStageExit;
    resources.push_back({norman_image_string(&image.raw(), record.name), std::string(isa::kProgramNames[record.program]),
                         whole ? -1 : record.stage, whole ? '\0' : image.config().stages[record.stage], record.used, record.available});
  }
  return resources;
}

}  // namespace

std::string textReport(const PolicyImage& image, const Compilation& compiled, const SourceManager& sources) {
  std::string text = fmt::format("overlay {}: {} stages, {} registers\n\n", image.config().name, image.config().stages.size(),
                                 image.config().registers);
  text += fmt::format("{:<8}  {:<22}  {:>5}  {:>4}  {:>8}  {:>9}\n", "program", "resource", "stage", "kind", "used", "available");
  for (const Resource& r : resourcesOf(image))
    text += fmt::format("{:<8}  {:<22}  {:>5}  {:>4}  {:>8}  {:>9}\n", r.program, r.name, r.stage < 0 ? "all" : std::to_string(r.stage),
                        r.stage < 0 ? std::string() : std::string(1, r.kind), r.used, r.available);
  if (!compiled.decisions.empty()) text += "\nchoices\n";
  for (const codegen::Decision& d : compiled.decisions)
    text += fmt::format("  {}: {}: {}: {}\n", sources.place(d.range), d.subject, d.table ? "table" : "code", d.reason);
  if (!compiled.failed_ways.empty()) {
    text += "\nways to list rules\n";
    for (const std::string& failed : compiled.failed_ways) text += fmt::format("  {}\n", failed);
    text += fmt::format("  {}: it fits\n", compiled.way);
  }
  return text;
}

std::string jsonReport(const PolicyImage& image, const Compilation& compiled, const SourceManager& sources) {
  nlohmann::ordered_json report;
  report["overlay"] = image.config().name;
  report["stages"] = image.config().stages;
  report["resources"] = nlohmann::ordered_json::array();
  for (const Resource& r : resourcesOf(image)) {
    nlohmann::ordered_json item;
    item["program"] = r.program;
    item["name"] = r.name;
    item["stage"] = nullptr;
    if (r.stage >= 0) {
      item["stage"] = r.stage;
      item["kind"] = std::string(1, r.kind);
    }
    item["used"] = r.used;
    item["available"] = r.available;
    report["resources"].push_back(std::move(item));
  }
  report["choices"] = nlohmann::ordered_json::array();
  for (const codegen::Decision& d : compiled.decisions)
    report["choices"].push_back({{"place", sources.place(d.range)}, {"what", d.subject}, {"as", d.table ? "table" : "code"}, {"why", d.reason}});
  report["way"] = compiled.way;
  report["failed_ways"] = compiled.failed_ways;
  return jsonText(report) + "\n";
}

}  // namespace norman::tools
