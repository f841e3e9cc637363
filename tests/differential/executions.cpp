// Compiles a policy for every execution, runs the packets and compares what comes out.
#include "tests/differential/executions.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/Metadata.h>

#include "compiler/codegen/codegen.h"
#include "compiler/native/native_program.h"
#include "compiler/sema/sema.h"
#include "tests/support/evaluator.h"
#include "tests/support/random_packet.h"

#ifdef NORMAN_TEST_IMAGE
#include "overlay_rtl/model/core_model.h"
#include "compiler/driver/compile.h"
#endif
#ifdef NORMAN_TEST_RTL
#include "overlay_rtl/sim/rtl_core.h"
#endif

namespace norman::test {
namespace {

// First event ids of counters and logs, as the module's own list of objects says.
class EventIds {
 public:
  explicit EventIds(const llvm::Module& module) {
    const llvm::NamedMDNode* objects = module.getNamedMetadata("norman.objects");
    if (objects == nullptr) return;
    const auto number = [](const llvm::MDNode* node, unsigned at) {
      return llvm::mdconst::extract<llvm::ConstantInt>(node->getOperand(at))->getZExtValue();
    };
    for (const llvm::MDNode* node : objects->operands()) {
      const auto kind = static_cast<isa::ObjectKind>(number(node, 1));
      const std::string name = llvm::cast<llvm::MDString>(node->getOperand(0))->getString().str();
      const auto base = static_cast<uint32_t>(number(node, 7));
      if (kind == isa::ObjectKind::Counter) counters_[name] = base;
      if (kind == isa::ObjectKind::Log) logs_[static_cast<uint32_t>(std::stoul(name.substr(3)))] = base;  // "log7.policy.rule"
    }
  }

  // 0xffffffff where the compiler made none: no execution counts there.
  uint32_t counter(const std::string& name) const { return find(counters_, name); }
  uint32_t log(ast::RuleId rule) const { return find(logs_, static_cast<uint32_t>(ast::index(rule))); }

 private:
  template <typename Key>
  static uint32_t find(const std::map<Key, uint32_t>& in, const Key& key) {
    const auto found = in.find(key);
    return found == in.end() ? UINT32_MAX : found->second;
  }
  std::map<std::string, uint32_t> counters_;
  std::map<uint32_t, uint32_t> logs_;
};

// What the control plane would know, had the image no loader: the evaluator's own owner tests.
class AstHost : public Host {
 public:
  explicit AstHost(const ast::Program& program) : program_(program) {
    std::vector<PolicyImage::Interface> named;
    for (const std::string& name : program.interfaces) named.push_back({name, static_cast<uint16_t>(named.size() + 1)});
    for (const ast::InterfacePattern& pattern : program.interface_patterns) named.push_back({pattern.name, static_cast<uint16_t>(pattern.first)});
    interfaces_ = InterfaceNumbers(std::move(named));
  }
  uint64_t ownerBits(const Packet& packet) const override {
    uint64_t bits = 0;
    for (size_t i = 0; i < program_.owner_predicates.size(); ++i) {
      const ast::OwnerPredicate& predicate = program_.owner_predicates[i];
      const auto& subject = predicate.subject == ast::OwnerSubject::Owner ? packet.owner : packet.socket;
      if (ownerMatches(predicate, subject, worldAccounts())) bits |= uint64_t{1} << i;
    }
    return bits;
  }
  bool shares() const override {
    return std::any_of(program_.meters.begin(), program_.meters.end(), [](const ast::Meter& meter) { return meter.home.has_value(); });
  }

 private:
  const ast::Program& program_;
};

uint32_t verdictNumber(ast::Verdict verdict) {
  switch (verdict) {
    case ast::Verdict::Pass: return static_cast<uint32_t>(isa::Verdict::Pass);
    case ast::Verdict::Drop: return static_cast<uint32_t>(isa::Verdict::Drop);
    case ast::Verdict::Reject: return static_cast<uint32_t>(isa::Verdict::Reject);
  }
  return UINT32_MAX;
}

Outcome outcomeOf(const Result& result, const ast::Program& program, const EventIds& ids) {
  Outcome outcome;
  outcome.verdict = verdictNumber(result.verdict);
  outcome.reason = static_cast<uint32_t>(result.reason);
  if (result.rule) outcome.rule = static_cast<uint32_t>(ast::index(*result.rule));
  outcome.mark = result.mark;
  outcome.frame = result.frame;
  for (const Hit& hit : result.hits) {
    switch (hit.action) {
      case ast::ActionKind::Count:
        outcome.events.push_back(ids.counter(program.counters[ast::index(hit.counter)].name) + hit.element);
        break;
      case ast::ActionKind::Log:
        outcome.log = true;
        outcome.events.push_back(ids.log(hit.rule));
        break;
      case ast::ActionKind::Capture: outcome.capture = true; break;
      case ast::ActionKind::Verdict:
      case ast::ActionKind::Assign:
      case ast::ActionKind::Update:
      case ast::ActionKind::Call:
      case ast::ActionKind::Goto:
      case ast::ActionKind::Return: break;  // no hits
    }
  }
  if (result.dropped_incomplete) {
    outcome.reason = static_cast<uint32_t>(isa::Reason::Incomplete);
    outcome.events.push_back(isa::kEventIncomplete);
  }
  std::sort(outcome.events.begin(), outcome.events.end());
  return outcome;
}

// One execution's counters and meters, asked for one by one.
struct StateOf {
  std::function<Count(isa::Program, uint32_t)> count;
  std::function<std::optional<uint64_t>(isa::Program, const std::string&)> meter;
};

std::string compareState(const std::string& name, const ast::Program& program, const Evaluator& evaluator, const EventIds& ids,
                         const StateOf& state) {
  std::string text;
  const auto both = [&](uint32_t id) {
    const Count in = state.count(isa::Program::Ingress, id);
    const Count out = state.count(isa::Program::Egress, id);
    return Count{in.packets + out.packets, in.bytes + out.bytes};
  };
  const auto check = [&](const std::string& counter, const Count& expected, const Count& got) {
    if (expected == got) return;
    text += fmt::format("  counter {}: evaluator {} packets {} bytes, {} {} packets {} bytes\n", counter, expected.packets,
                        expected.bytes, name, got.packets, got.bytes);
  };
  check("parse.incomplete", evaluator.incomplete(), both(isa::kEventIncomplete));
  for (size_t i = 0; i < program.counters.size(); ++i) {
    const uint32_t base = ids.counter(program.counters[i].name);
    const std::vector<Count>& elements = evaluator.counter(static_cast<ast::CounterId>(i));
    for (size_t element = 0; element < elements.size(); ++element)
      check(fmt::format("{}[{}]", program.counters[i].name, element), elements[element],
            base == UINT32_MAX ? Count{} : both(base + static_cast<uint32_t>(element)));
  }
  for (size_t i = 0; i < program.meters.size(); ++i) {
    if (program.meters[i].keyed.size != 0) continue;  // seen in what the packets meet
    for (const isa::Program direction : {isa::Program::Ingress, isa::Program::Egress}) {
      const uint64_t expected = evaluator.meter(static_cast<ast::MeterId>(i), static_cast<ast::Direction>(direction));
      const std::optional<uint64_t> got = state.meter(direction, program.meters[i].name);
      if (got.value_or(0) != expected)
        text += fmt::format("  meter {} of program {}: evaluator {}, {} {}\n", program.meters[i].name,
                            static_cast<int>(direction), expected, name, got.value_or(0));
    }
  }
  return text;
}

std::string compareOutcomes(const std::string& name_a, const std::vector<Outcome>& a, const std::string& name_b,
                            const std::vector<Outcome>& b) {
  for (size_t i = 0; i < a.size(); ++i)
    if (a[i] != b[i]) return fmt::format("packet {}:\n{}", i, differences(name_a, a[i], name_b, b[i]));
  return "";
}

#ifdef NORMAN_TEST_RTL
std::string compareRows(const char* program, const std::vector<TraceRow>& model, const std::vector<TraceRow>& rtl) {
  const size_t common = std::min(model.size(), rtl.size());
  for (size_t i = 0; i <= common; ++i) {
    if (i == common ? model.size() == rtl.size() : model[i] == rtl[i]) continue;
    const auto show = [&](const std::vector<TraceRow>& rows) -> std::string {
      if (i >= rows.size()) return "nothing";
      const TraceRow& row = rows[i];
      return fmt::format("packet {} stage {} row {} predicates {:08b} registers {:x}", row.packet, row.stage, row.row,
                         row.predicates, fmt::join(row.registers, " "));
    };
    return fmt::format("{}, executed row {}:\n  model {}\n  rtl   {}\n", program, i, show(model), show(rtl));
  }
  return "";
}
#endif

}  // namespace

Executions::Executions(bool with_rtl) : with_rtl_(with_rtl) {}

Executions::Pair& Executions::machines(const std::string& config) {
  Pair& pair = machines_[config];
#ifdef NORMAN_TEST_IMAGE
  const isa::ConfigInfo& info = *findConfig(config);
  if (!pair.model) pair.model = std::make_unique<Machine>(modelFactory(), info);
#ifdef NORMAN_TEST_RTL
  if (!pair.rtl && with_rtl_) pair.rtl = std::make_unique<Machine>(rtlFactory(), info);
#endif
#endif
  return pair;
}

Comparison Executions::compare(const std::string& source, const std::vector<Packet>& packets, const std::string& config,
                               size_t table_rules) {
  using Kind = Comparison::Kind;
  SourceManager sources;
  sources.setLibrary("stdlib");
  Diagnostics diagnostics;
  const FileId file = sources.add("random.norman", source);
  const std::optional<ast::Program> program = parseAndCheck(sources, file, diagnostics);
  if (!program) return {Kind::Refused, diagnostics.render(sources), 0, 0};

  auto context = std::make_unique<llvm::LLVMContext>();
  auto generated = codegen::generate(*context, *program, sources, diagnostics, {.overlay = config, .context_address_space = 0, .lists = {.fewest = table_rules}});
  if (!generated) return {Kind::DoesNotFit, diagnostics.render(sources), 0, 0};
  const EventIds ids(*generated->module);
  auto native = native::NativeProgram::create(std::move(context), std::move(generated->module));
  if (!native) return {Kind::Broken, "native: " + llvm::toString(native.takeError()), 0, 0};

  Comparison result;
#ifdef NORMAN_TEST_IMAGE
  const std::optional<Compilation> compiled = compile(sources, file, diagnostics, {.overlay = config, .verify = true, .table_rules = table_rules});
  if (!compiled) return {Kind::DoesNotFit, diagnostics.render(sources), 0, 0};
  std::optional<LoadedImage> image;
  try {
    image.emplace(std::vector<uint8_t>(compiled->output.begin(), compiled->output.end()), worldAccounts());
  } catch (const std::runtime_error& error) {
    return {Kind::Broken, error.what(), 0, 0};
  }
  Host& host = *image;
  result.rows = norman_image_count(&image->image(), NORMAN_SECTION_ROWS);
#else
  AstHost host(*program);
#endif

  Evaluator evaluator(*program, worldAccounts());
  std::vector<Outcome> expected;
  for (const Packet& packet : packets) expected.push_back(outcomeOf(evaluator.run(packet), *program, ids));

  const auto report = [&](std::string text) {
    result.kind = Kind::Different;
    result.text += text;
  };
  const std::vector<Outcome> by_native = runPackets(host, packets, [&](isa::Program which, std::span<const EntryWords> words) {
    std::vector<ExitRecord> records;
    for (const EntryWords& entry : words)
      records.push_back((*native)->has(which) ? (*native)->run(which, entry) : ExitRecord{.verdict_word = uint32_t{isa::kNoRule} << 16});
    return records;
  });
  if (std::string text = compareOutcomes("evaluator", expected, "native", by_native); !text.empty()) report(text);
  const StateOf native_state{
      [&](isa::Program which, uint32_t id) {
        const native::EventCount count = (*native)->eventCount(which, id);
        return Count{count.packets, count.bytes};
      },
      [&](isa::Program which, const std::string& name) -> std::optional<uint64_t> { return (*native)->stateWord(which, name); }};
  if (std::string text = compareState("native", *program, evaluator, ids, native_state); !text.empty()) report(text);

#ifdef NORMAN_TEST_IMAGE
  Pair& pair = machines(config);
  const auto execute = [&](const char* name, Machine& machine) {
    try {
      machine.trace(true);
      machine.load(*image);
      // The reserved counter belongs to the core, not to a policy: a swap keeps it.
      const std::array<Count, 2> kept = {machine.count(isa::Program::Ingress, isa::kEventIncomplete),
                                                          machine.count(isa::Program::Egress, isa::kEventIncomplete)};
      const std::vector<Outcome> outcomes = runPackets(
          host, packets, [&](isa::Program which, std::span<const EntryWords> words) { return machine.process(which, words); });
      if (std::string text = compareOutcomes("evaluator", expected, name, outcomes); !text.empty()) report(text);
      // A core counts what its own program has; other ids still hold what an earlier policy left there.
      const auto counts = [&](isa::Program which, uint32_t id) {
        return std::any_of(image->objects().begin(), image->objects().end(), [&](const LoadedImage::Object& object) {
          return object.kind == isa::ObjectKind::Counter && object.program == which && id >= object.base && id - object.base < object.size;
        });
      };
      const auto count = [&](isa::Program which, uint32_t id) {
        if (id != isa::kEventIncomplete) return counts(which, id) ? machine.count(which, id) : Count{};
        const Count now = machine.count(which, id);
        const Count& before = kept[static_cast<size_t>(which)];
        return Count{now.packets - before.packets, now.bytes - before.bytes};
      };
      const StateOf state{count,
                          [&](isa::Program which, const std::string& meter) -> std::optional<uint64_t> {
                            for (const LoadedImage::Object& object : image->objects())
                              if ((object.kind == isa::ObjectKind::Meter || object.kind == isa::ObjectKind::State) && object.program == which &&
                  object.name == meter)
                                return machine.stateWord(object);
                            return std::nullopt;
                          }};
      if (std::string text = compareState(name, *program, evaluator, ids, state); !text.empty()) report(text);
    } catch (const std::runtime_error& error) {
      result.kind = Kind::Broken;
      result.text += fmt::format("{}: {}\n", name, error.what());
    }
  };
  execute("model", *pair.model);
  for (const isa::Program which : {isa::Program::Ingress, isa::Program::Egress}) result.executed += pair.model->rows(which).size();
#ifdef NORMAN_TEST_RTL
  if (pair.rtl) {
    execute("rtl", *pair.rtl);
    for (const isa::Program which : {isa::Program::Ingress, isa::Program::Egress}) {
      const char* name = which == isa::Program::Ingress ? "ingress" : "egress";
      if (std::string text = compareRows(name, pair.model->rows(which), pair.rtl->rows(which)); !text.empty()) report(text);
    }
  }
#endif
#endif
  return result;
}

}  // namespace norman::test
