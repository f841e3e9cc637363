// The way of a policy through compiler, loader and machines, as the differential test goes it.
#include "tests/oracle/ours.h"

#include <optional>
#include <utility>

#include "compiler/driver/compile.h"
#include "compiler/sema/sema.h"
#include "overlay_rtl/model/core_model.h"
#include "tests/differential/machine.h"
#include "tests/support/evaluator.h"
#include "tests/support/random_packet.h"
#ifdef NORMAN_TEST_RTL
#include "overlay_rtl/sim/rtl_core.h"
#endif

namespace norman::oracle {
namespace {

std::vector<Answer> answers(const std::vector<test::Outcome>& outcomes) {
  std::vector<Answer> list;
  for (const test::Outcome& outcome : outcomes)
    list.push_back({outcome.verdict == static_cast<uint32_t>(isa::Verdict::Pass), outcome.mark});
  return list;
}

bool belongsToRule(const test::LoadedImage::Object& object) {
  return object.kind == isa::ObjectKind::Counter || object.kind == isa::ObjectKind::Log;
}

}  // namespace

struct Ours::Compiled {
  ast::Program program;
  std::vector<uint8_t> image;
};

Ours::Ours() = default;
Ours::~Ours() = default;

Ours::Prepared Ours::prepare(const std::string& policy, std::string& text) {
  SourceManager sources;
  Diagnostics diagnostics;
  const FileId file = sources.add("oracle.norman", policy);
  std::optional<ast::Program> program = parseAndCheck(sources, file, diagnostics);
  std::optional<Compilation> compiled;
  if (program) compiled = compile(sources, file, diagnostics, {.verify = true});
  if (!compiled) {
    text = diagnostics.render(sources);
    return program ? Prepared::DoesNotFit : Prepared::Refused;
  }
  compiled_ = std::make_unique<Compiled>(std::move(*program), std::vector<uint8_t>(compiled->output.begin(), compiled->output.end()));
  return Prepared::Ready;
}

Answers Ours::run(const std::vector<test::Packet>& packets, bool with_rtl) {
  const isa::ConfigInfo& config = *findConfig("default");
  if (!model_) model_ = std::make_unique<test::Machine>(modelFactory(), config);
#ifdef NORMAN_TEST_RTL
  if (!rtl_ && with_rtl) rtl_ = std::make_unique<test::Machine>(rtlFactory(), config);
#endif
  Answers result;
  test::LoadedImage image(compiled_->image, test::worldAccounts());
  const auto execute = [&](test::Machine& machine) {
    machine.load(image);
    return test::runPackets(image, packets, [&](isa::Program which, std::span<const EntryWords> words) { return machine.process(which, words); });
  };
  const std::vector<test::Outcome> outcomes = execute(*model_);
  result.model = answers(outcomes);
  std::map<uint32_t, std::string> rules;  // by event
  for (const test::LoadedImage::Object& object : image.objects())
    if (belongsToRule(object)) rules[object.base] = object.name;
  for (const test::Outcome& outcome : outcomes)
    for (const uint32_t event : outcome.events)
      if (const auto rule = rules.find(event); rule != rules.end()) ++result.hits[rule->second];
  if (rtl_ && with_rtl) result.rtl = answers(execute(*rtl_));

  test::Evaluator evaluator(compiled_->program, test::worldAccounts());
  for (const test::Packet& packet : packets) {
    const test::Result judged = evaluator.run(packet);
    result.evaluator.push_back({judged.verdict == ast::Verdict::Pass, judged.mark});
  }
  return result;
}

}  // namespace norman::oracle
