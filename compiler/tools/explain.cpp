// normanc explain: which rule decided, and the rows that ran, seen on the compiled image.
#include <cstdio>
#include <map>
#include <memory>

#include <fmt/format.h>

#include "compiler/target/target.h"
#include "compiler/tools/added_rules.h"
#include "compiler/tools/arguments.h"
#include "compiler/tools/output.h"
#include "compiler/tools/policy_input.h"
#include "compiler/tools/traffic_input.h"
#include "overlay_rtl/model/core_model.h"
#include "overlay_rtl/model/offline/json_text.h"
#include "overlay_rtl/model/offline/runner.h"

namespace norman::tools {
namespace {

/// Rows of an image by program, stage and row.
class RowWords {
 public:
  explicit RowWords(const PolicyImage& image) {
    const uint32_t count = norman_image_count(&image.raw(), NORMAN_SECTION_ROWS);
    for (uint32_t i = 0; i < count; ++i) {
      norman_image_row row;
      norman_image_get(&image.raw(), NORMAN_SECTION_ROWS, i, &row);
      rows_[{row.program, row.stage, row.row}] = row;
    }
  }
  const norman_image_row* find(isa::Program program, unsigned stage, unsigned row) const {
    const auto found = rows_.find({static_cast<unsigned>(program), stage, row});
    return found == rows_.end() ? nullptr : &found->second;
  }

 private:
  std::map<std::tuple<unsigned, unsigned, unsigned>, norman_image_row> rows_;
};

std::vector<std::string> operationsOf(const RanRow& ran, const PolicyImage& image, const RowWords& rows) {
  const norman_image_row* row = rows.find(ran.program, ran.row.stage, ran.row.row);
  if (row == nullptr) return {};
  const uint64_t words[4] = {row->word[0], row->word[1], row->word[2], row->word[3]};
  return target::disassembleRow(words, image.config().stages[ran.row.stage]);
}

/// Lines of the policy's source, when it can be read: from the compilation, else from the file that the image names.
class SourceLines {
 public:
  SourceLines(PolicyInput& policy) : image_(policy.image), sources_(policy.sources.get()) {
    if (sources_ != nullptr) return;
    own_ = std::make_unique<SourceManager>();
    sources_ = own_.get();
  }
  /// Without the white space around it; empty if it is not known.
  std::string line(const std::string& name, uint32_t number) {
    if (name == kAddedFile) return addedText(image_, number);
    const FileId file = find(name);
    if (!file.valid() || number == 0 || number > sources_->file(file).lineCount()) return {};
    std::string_view text = sources_->file(file).line(number);
    const size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return std::string(text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1));
  }

 private:
  FileId find(const std::string& name) {
    if (const auto found = files_.find(name); found != files_.end()) return found->second;
    FileId file = sources_->find(name);
    std::string text;
    std::string problem;
    if (!file.valid() && own_ && !name.starts_with("<") &&
        readRegular(name, SourceManager::kMaxFileBytes, "a policy file", text, problem))
      file = own_->add(name, std::move(text));
    return files_[name] = file;
  }

  const PolicyImage& image_;
  std::unique_ptr<SourceManager> own_;
  SourceManager* sources_ = nullptr;
  std::map<std::string, FileId> files_;
};

std::string subject(const char* what, const std::optional<Identity>& identity) {
  if (!identity) return "";
  std::string text = fmt::format("{} uid {} gid {}", what, identity->uid, identity->gid);
  if (!identity->comm.empty()) text += fmt::format(" {}", identity->comm);
  if (!identity->cgroup.empty()) text += fmt::format(" in {}", identity->cgroup);
  return text;
}

void print(const PacketResult& result, const PolicyImage& image, const RowWords& rows, SourceLines& source) {
  fmt::print("packet {}: {}", result.n, directionName(result.direction));
  for (const std::string& who : {subject("owner", result.owner), subject("socket", result.socket)})
    if (!who.empty()) fmt::print(", {}", who);
  fmt::print("\n  verdict: {}", isa::kVerdictNames[static_cast<size_t>(result.verdict)]);
  if (result.reason != isa::Reason::None) fmt::print(", {}", isa::kReasonNames[static_cast<size_t>(result.reason)]);
  fmt::print("\n");
  if (result.rule) {
    const PolicyImage::Rule& rule = *result.rule;
    fmt::print("  decided by: {}:{}: {}{}{}: {}\n", rule.file, rule.line, rule.policy, rule.name.empty() ? "" : ".", rule.name, rule.action);
    if (const std::string text = source.line(rule.file, rule.line); !text.empty()) fmt::print("    {} | {}\n", rule.line, text);
  } else if (result.reason == isa::Reason::Incomplete) {
    fmt::print("  decided by: no rule; a fixed header part is cut off, and no policy here asks for parse.incomplete\n");
  } else {
    fmt::print("  decided by: no rule; no policy saw the packet\n");
  }
  for (const Hit& hit : result.hits)
    fmt::print("  hit: {} {}{}{}\n", hit.action, hit.name, hit.rule.empty() ? "" : " at ", hit.rule);
  if (result.captured) fmt::print("  captured\n");
  if (result.rows.empty()) {
    fmt::print("  no row ran\n");
    return;
  }
  fmt::print("  rows that ran:\n");
  for (const RanRow& ran : result.rows) {
    std::string text;
    for (const std::string& operation : operationsOf(ran, image, rows)) text += (text.empty() ? "" : "; ") + operation;
    if (text.empty()) text = "(only goes on)";
    const uint32_t number = PolicyImage::lineNumber(ran.line);
    const std::string place = number == 0 ? "" : image.fileCount() > 1 ? image.place(ran.line) : fmt::format("line {}", number);
    fmt::print("    {:<7} stage {:>2}{} row {:>3}  {:<9}  {}\n", isa::kProgramNames[static_cast<size_t>(ran.program)], ran.row.stage,
               image.config().stages[ran.row.stage], ran.row.row, place, text);
  }
}

/// What `normanc run` says of the packet, with the line that decided and the rows that ran.
void printJson(const PacketResult& result, const PolicyImage& image, const RowWords& rows, SourceLines& source) {
  nlohmann::ordered_json line = jsonOf(result);
  line["decided_by"] = nullptr;
  if (result.rule) {
    const PolicyImage::Rule& rule = *result.rule;
    line["decided_by"] = {{"file", rule.file}, {"line", rule.line}, {"policy", rule.policy}, {"rule", rule.name}, {"action", rule.action},
                          {"source", source.line(rule.file, rule.line)}};
  }
  line["rows"] = nlohmann::ordered_json::array();
  for (const RanRow& ran : result.rows)
    line["rows"].push_back({{"program", isa::kProgramNames[static_cast<size_t>(ran.program)]}, {"stage", ran.row.stage},
                            {"kind", std::string(1, image.config().stages[ran.row.stage])}, {"row", ran.row.row},
                            {"line", PolicyImage::lineNumber(ran.line)}, {"operations", operationsOf(ran, image, rows)}});
  fmt::print("{}\n", jsonText(line));
}

/// Errors about the packet of the command line name the option, not the file that carries it.
int failTraffic(const std::string& text, std::FILE* packet_file) {
  const std::string carrier = packet_file == nullptr ? "" : fmt::format("/dev/fd/{}:1", fileno(packet_file));
  return failAsIs(!carrier.empty() && text.starts_with(carrier) ? "--packet" + text.substr(carrier.size()) : text);
}

/// A packet given on the command line is read like a file of one line.
Result<std::unique_ptr<TrafficReader>> openPacket(const std::string& packet, std::unique_ptr<std::FILE, int (*)(std::FILE*)>& file) {
  file.reset(std::tmpfile());
  if (!file) return Failure{"normanc: error: no temporary file can be made"};
  const bool object = packet.starts_with("{");
  fmt::print(file.get(), "{}\n", object ? packet : fmt::format("{{\"frame\":\"{}\"}}", packet));
  std::fflush(file.get());
  return openTraffic(fmt::format("/dev/fd/{}", fileno(file.get())));
}

}  // namespace

int explain(const ExplainArguments& arguments) {
  auto policy = readPolicy(arguments.file, arguments.overlay, arguments.library);
  if (!policy) return kMistake;
  auto options = runOptions(arguments.traffic);
  if (!options) return kMistake;
  options->trace = true;

  std::unique_ptr<std::FILE, int (*)(std::FILE*)> packet_file(nullptr, &std::fclose);
  auto traffic = arguments.packet.empty() ? openTraffic(arguments.traffic.in) : openPacket(arguments.packet, packet_file);
  if (!traffic) return failTraffic(traffic.error(), packet_file.get());
  auto cores = CoreExecution::load(policy->image, modelFactory());
  if (!cores) return failAsIs(cores.error());
  auto runner = Runner::make(policy->image, **cores, std::move(*options));
  if (!runner) return failAsIs(runner.error());

  const RowWords rows(policy->image);
  SourceLines source(*policy);
  while (auto packet = (*traffic)->next()) {
    const std::vector<TrafficPacket> one = {std::move(*packet)};
    for (const PacketResult& result : runner->run(one)) (arguments.json ? printJson : print)(result, policy->image, rows, source);
  }
  const int status = finishOutput();
  return (*traffic)->error().empty() ? status : failTraffic((*traffic)->error(), packet_file.get());
}

}  // namespace norman::tools
