// The way of a policy through compiler, loader and machines, as the differential test goes it.
#include "tests/oracle/ours.h"

#include <optional>
#include <stdexcept>

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

Ours::Ours() = default;
Ours::~Ours() = default;

OurRun Ours::run(const std::string& policy, const std::vector<test::Packet>& packets, bool with_rtl) {
  OurRun result;
  const auto fail = [&](OurRun::Kind kind, const std::string& text) {
    result.kind = kind;
    result.text = text;
    return result;
  };
  SourceManager sources;
  Diagnostics diagnostics;
  const FileId file = sources.add("oracle.norman", policy);
  const std::optional<ast::Program> program = parseAndCheck(sources, file, diagnostics);
  if (!program) return fail(OurRun::Kind::Refused, diagnostics.render(sources));
  const std::optional<Compilation> compiled = compile(sources, file, diagnostics, {.verify = true});
  if (!compiled) return fail(OurRun::Kind::DoesNotFit, diagnostics.render(sources));

  const isa::ConfigInfo& config = *findConfig("default");
  if (!model_) model_ = std::make_unique<test::Machine>(modelFactory(), config);
#ifdef NORMAN_TEST_RTL
  if (!rtl_ && with_rtl) rtl_ = std::make_unique<test::Machine>(rtlFactory(), config);
#endif
  try {
    test::LoadedImage image(std::vector<uint8_t>(compiled->output.begin(), compiled->output.end()), test::worldAccounts());
    const auto execute = [&](test::Machine& machine) {
      machine.load(image);
      return test::runPackets(image, packets, [&](isa::Program which, std::span<const EntryWords> words) { return machine.process(which, words); });
    };
    const std::vector<test::Outcome> outcomes = execute(*model_);
    result.model = answers(outcomes);
    std::map<uint32_t, std::string> rules;
    for (const test::LoadedImage::Object& object : image.objects())
      if (belongsToRule(object)) rules[object.base] = object.name;
    for (const test::Outcome& outcome : outcomes)
      for (const uint32_t event : outcome.events)
        if (const auto rule = rules.find(event); rule != rules.end()) ++result.hits[rule->second];
    if (rtl_ && with_rtl) result.rtl = answers(execute(*rtl_));
  } catch (const std::runtime_error& error) {
    return fail(OurRun::Kind::Broken, error.what());
  }
  test::Evaluator evaluator(*program, test::worldAccounts());
  for (const test::Packet& packet : packets) {
    const test::Result judged = evaluator.run(packet);
    result.evaluator.push_back({judged.verdict == ast::Verdict::Pass, judged.mark});
  }
  return result;
}

}  // namespace norman::oracle
