// A rule's text, checked where its list stands, as entries of that list.
#include "compiler/tools/added_rules.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cctype>
#include <map>
#include <ranges>
#include <set>

#include <fmt/format.h>

#include "compiler/codegen/condition_cubes.h"
#include "compiler/codegen/objects.h"
#include "compiler/codegen/packet_state.h"
#include "compiler/codegen/presence.h"
#include "compiler/codegen/rule_fit.h"
#include "compiler/codegen/rule_list.h"
#include "compiler/codegen/rule_table.h"
#include "compiler/sema/sema.h"
#include "compiler/support/nearest_name.h"
#include "compiler/tools/image_file.h"
#include "compiler/tools/table_text.h"

namespace norman::tools {
namespace {

constexpr std::size_t kMostEntries = 128;  // of one rule, as in a policy

constexpr unsigned bit(isa::ListFlag flag) { return 1u << static_cast<unsigned>(flag); }
constexpr unsigned bit(isa::ListEnd end) { return 1u << static_cast<unsigned>(end); }

std::optional<norman_image_list_head> headOf(const PolicyImage& image, const ImageList& list) {
  for (const auto& head : all<norman_image_list_head>(image, NORMAN_SECTION_LIST_HEADS))
    if (head.object == list.object) return head;
  return std::nullopt;
}

std::string nameAt(const PolicyImage& image, std::uint32_t offset) { return norman_image_string(&image.raw(), offset); }

/// Whether actions end with a verdict; `returns`: or with a return, which then is none to a caller.
bool endsWithVerdict(std::string_view actions, bool returns) {
  const std::size_t comma = actions.rfind(',');
  std::string_view last = comma == std::string_view::npos ? actions : actions.substr(comma + 1);
  while (last.starts_with(' ')) last.remove_prefix(1);
  return last == "pass" || last == "drop" || last.starts_with("reject") || (returns && last == "return");
}

bool isIdentifier(std::string_view name) {
  const auto letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  return !name.empty() && letter(name[0]) && std::ranges::all_of(name, [&](char c) { return letter(c) || std::isdigit(static_cast<unsigned char>(c)) != 0; });
}

/// "a", "a and b", "a, b and c".
std::string andList(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  return text;
}

// --- The text --------------------------------------------------------------------------------------------------------

/// One line without `;` at its end: runs of spaces are one, but in quotes.
Result<std::string> oneLine(std::string_view text) {
  std::string line;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') quoted = !quoted;
    const bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!quoted && space && (line.empty() || line.back() == ' ')) continue;
    line += space && !quoted ? ' ' : c;
  }
  while (line.ends_with(' ') || line.ends_with(';')) line.pop_back();
  if (line.empty()) return Failure{"the rule is empty"};
  quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') quoted = !quoted;
    if (quoted) continue;
    if (line[i] == ';') return Failure{fmt::format("'{}' is more than one rule: add them one by one", line)};
    if (line.compare(i, 2, "//") == 0 || line.compare(i, 2, "/*") == 0) return Failure{fmt::format("'{}' has a comment, which the image does not keep", line)};
  }
  return line;
}

/// The owner predicates and interfaces with the bits and numbers that they have in the image.
KnownNames namesOf(const PolicyImage& image) {
  KnownNames known;
  for (const auto& record : all<norman_image_predicate>(image, NORMAN_SECTION_PREDICATES)) {
    if (record.bit >= known.owner_predicates.size()) known.owner_predicates.resize(record.bit + 1u);
    ast::OwnerPredicate& predicate = known.owner_predicates[record.bit];
    predicate.subject = record.subject == 0 ? ast::OwnerSubject::Owner : ast::OwnerSubject::Socket;
    predicate.subtree = record.kind == static_cast<unsigned>(isa::PredicateKind::CgroupIn);
    switch (static_cast<isa::PredicateKind>(record.kind)) {
      case isa::PredicateKind::User:
        predicate.attribute = ast::OwnerAttribute::User;
        break;
      case isa::PredicateKind::Group:
        predicate.attribute = ast::OwnerAttribute::Group;
        break;
      case isa::PredicateKind::Comm:
        predicate.attribute = ast::OwnerAttribute::Comm;
        break;
      case isa::PredicateKind::Cgroup:
      case isa::PredicateKind::CgroupIn:
        predicate.attribute = ast::OwnerAttribute::Cgroup;
        break;
    }
    predicate.names.push_back(nameAt(image, record.name));
  }
  for (ast::OwnerPredicate& predicate : known.owner_predicates) {
    std::ranges::sort(predicate.names);
    predicate.names.erase(std::unique(predicate.names.begin(), predicate.names.end()), predicate.names.end());
  }
  // A program gives numbers from 1 on.
  std::vector<PolicyImage::Interface> interfaces = image.interfaces();
  std::ranges::sort(interfaces, {}, &PolicyImage::Interface::number);
  for (const PolicyImage::Interface& interface : interfaces)
    if (interface.number == known.interfaces.size() + 1) known.interfaces.push_back(interface.name);
  // The blocks of patterns end at the last number.
  for (const PolicyImage::Interface& interface : std::views::reverse(interfaces))
    if (interface.name.ends_with('*')) known.interface_patterns.push_back({interface.name, interface.number});
  return known;
}

std::string predicateText(const ast::OwnerPredicate& predicate) {
  static constexpr std::string_view kAttributes[] = {"user", "group", "comm", "cgroup"};
  const auto subject = predicate.subject == ast::OwnerSubject::Owner ? "owner" : "socket";
  const auto attribute = kAttributes[static_cast<std::size_t>(predicate.attribute)];
  if (predicate.names.size() == 1)
    return fmt::format("{}.{} {} \"{}\"", subject, attribute, predicate.subtree ? "in" : "==", predicate.names[0]);
  std::string names;
  for (const std::string& name : predicate.names) names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", name);
  return fmt::format("{}.{} in {{{}}}", subject, attribute, names);
}

/// A rule, checked at its list's hook.
struct CheckedRule {
  ast::Program program;
  const ast::Rule* rule = nullptr;
  std::string name;     // empty: it has none
  std::string actions;  // as written
};

class RuleChecker {
 public:
  RuleChecker(const PolicyImage& image, const norman_image_list_head& head, const KnownNames& known) : known_(known) {
    std::set<std::string> counters;
    for (const auto& object : all<norman_image_object>(image, NORMAN_SECTION_OBJECTS)) {
      const std::string name = nameAt(image, object.name);
      if (object.kind == static_cast<unsigned>(isa::ObjectKind::Counter) && isIdentifier(name) && counters.insert(name).second)
        before_ += object.size == 1 ? fmt::format("counter {}; ", name) : fmt::format("counter {}[{}]; ", name, object.size);
    }
    const std::string owner = nameAt(image, head.owner);
    before_ += fmt::format("policy {} {{ hook {}; scope all; default pass;\n", isIdentifier(owner) && !counters.contains(owner) ? owner : "added",
                           isa::kHookNames[head.hook]);
  }

  Result<CheckedRule> check(const WrittenRule& rule, const std::string& line) {
    SourceManager sources;
    Diagnostics diagnostics;
    const FileId file = sources.add(rule.file, before_ + line + "\n; }\n");
    auto program = parseAndCheck(sources, file, diagnostics, known_);
    if (!program) return Failure{render(rule, line, diagnostics)};
    if (program->policies.size() != 1 || program->policies[0].statements.size() != 1 || !program->policies[0].statements[0].rule)
      return Failure{fmt::format("'{}' is no rule", line)};
    CheckedRule result;
    result.program = std::move(*program);
    const ast::Policy& policy = result.program.policies[0];
    result.rule = &*policy.statements[0].rule;
    const ast::RuleInfo& info = result.program.rules[ast::index(result.rule->id)];
    result.name = info.name;
    result.actions = sources.text(join(result.rule->actions.front().range, result.rule->actions.back().range));
    return result;
  }

 private:
  /// The messages at their places in the rule alone.
  std::string render(const WrittenRule& rule, const std::string& line, const Diagnostics& diagnostics) const {
    SourceManager sources;
    const FileId file = sources.add(rule.file, line, rule.line);
    const auto moved = [&](const SourceRange& range) {
      const auto at = [&](std::uint32_t offset) {
        return static_cast<std::uint32_t>(offset < before_.size() ? 0 : std::min<std::size_t>(offset - before_.size(), line.size()));
      };
      return SourceRange{file, at(range.begin), at(range.end)};
    };
    Diagnostics shown;
    for (const Diagnostic& diagnostic : diagnostics.all()) {
      if (diagnosticSeverity(diagnostic.id) != Severity::Error) continue;
      auto report = shown.report(diagnostic.id, moved(diagnostic.range), diagnostic.message);
      for (const Diagnostic::Note& note : diagnostic.notes) {
        if (!note.range.valid())
          report.note(note.message);
        else if (note.range.begin >= before_.size())  // else about what stands in no one's text
          report.note(moved(note.range), note.message);
      }
      for (const std::string& help : diagnostic.help) report.help(help);
      if (diagnostic.id == DiagId::UnknownName)
        report.note("an image knows the counters of its policy, and no constants, sets, maps, functions or imports: write their values");
    }
    std::string text = shown.render(sources);
    if (!text.ends_with('\n')) text += '\n';
    return text;
  }

  const KnownNames& known_;
  std::string before_;
};

// --- What the list compares --------------------------------------------------------------------------------------------

using Key = codegen::RuleList::Key;

Key keyOf(const PolicyImage& image, const ImageList& list) {
  Key key;
  for (const auto& record : all<norman_image_key_word>(image, NORMAN_SECTION_KEYS))
    if (record.object == list.object) key[record.key] = record.word == 255 ? codegen::kComputedWord : record.word;
  return key;
}

bool compares(const Key& key, unsigned word) { return std::ranges::find(key, std::optional(word)) != key.end(); }

/// What rules of the list may ask.
std::vector<std::string> fieldsOf(const Key& key) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < ast::fieldCount(); ++i) {
    const ast::Field& field = ast::field(static_cast<ast::FieldId>(i));
    if (field.reserved || field.either_family || field.word == isa::kWParse || field.word == isa::kWPredLo || field.word == isa::kWPredHi) continue;
    if (std::ranges::all_of(codegen::slicesOf(field), [&](const codegen::Slice& slice) { return compares(key, slice.word); })) names.emplace_back(field.name);
  }
  if (compares(key, isa::kWPredLo) || compares(key, isa::kWPredHi)) names.emplace_back("names of owners");
  if (compares(key, isa::kWParse)) names.emplace_back("which headers a packet has");
  return names;
}

/// Bits of entry words that rules before or after the list rewrite: the list compares them as they came.
bool isRewritten(const PolicyImage& image, isa::Program program, const ast::Field& field) {
  for (const auto& exit : all<norman_image_exit>(image, NORMAN_SECTION_EXIT)) {
    if (exit.program != static_cast<unsigned>(program)) continue;
    const codegen::Slice target = codegen::targetSlice(exit.target);
    for (const codegen::Slice& slice : codegen::slicesOf(field))
      if (target.width != 0 && target.word == slice.word && target.lsb < slice.lsb + slice.width && slice.lsb < target.lsb + target.width) return true;
  }
  return false;
}

/// Why no entry can make the tests of a condition.
std::string whyNot(const ast::Expr& condition, const std::function<bool(ast::FieldId)>& stable) {
  std::string reason = fmt::format("it compares two values that packets bring, or takes more than {} entries", kMostEntries);
  ast::eachExpr(condition, [&](const ast::Expr& expr) {
    switch (expr.kind) {
      case ast::ExprKind::StateValue:
        reason = "the program asks states by itself";
        return;
      case ast::ExprKind::MeterTest:
        reason = "'every' changes something with each packet";
        return;
      case ast::ExprKind::RawRead:
        reason = "the program reads raw bytes by itself";
        return;
      case ast::ExprKind::FieldRef:
        if (const auto field = ast::as<ast::FieldRef>(expr).field; !stable(field))
          reason = fmt::format("the program rewrites {}, and a list compares packets as they came", ast::field(field).name);
        return;
      case ast::ExprKind::Arith:
        reason = "it computes";
        return;
      default:
        return;
    }
  });
  return reason;
}

/// Fields of the condition of which the key lacks a word.
std::vector<std::string> missingFields(const ast::Expr& condition, const Key& key) {
  std::vector<std::string> names;
  const auto add = [&](std::string name) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  };
  ast::eachExpr(condition, [&](const ast::Expr& expr) {
    if (expr.kind == ast::ExprKind::OwnerTest) {
      const bool low = ast::index(ast::as<ast::OwnerTest>(expr).predicate) < 32;
      if (!compares(key, low ? isa::kWPredLo : isa::kWPredHi)) add("names of owners");
    }
    if (expr.kind != ast::ExprKind::FieldRef) return;
    const ast::Field& field = ast::field(ast::as<ast::FieldRef>(expr).field);
    if (field.word != isa::kWParse && !std::ranges::all_of(codegen::slicesOf(field), [&](const codegen::Slice& slice) { return compares(key, slice.word); }))
      add(std::string(field.name));
  });
  if (!compares(key, isa::kWParse)) add("which headers a packet has");
  return names;
}

// --- What lookups do at most -------------------------------------------------------------------------------------------

/// What one packet can match together.
class Together {
 public:
  explicit Together(const ImageList& list) {
    for (const auto& [key, word] : list.words)
      if (word == isa::kWParse && key >= isa::kRuleRangeWord) parse_ = key;
  }
  /// Most of the entries that a packet which matches `with` matches, counted up to one more than a lookup carries out.
  unsigned most(const std::vector<codegen::RuleEntry>& entries, std::size_t end, const codegen::RuleEntry& with) const {
    unsigned most_so_far = 0;
    for (std::size_t i = 0; i < end && most_so_far <= isa::kRuleContinuing; ++i)
      if (const auto both = codegen::meet(entries[i], with); both && possible(*both)) most_so_far = std::max(most_so_far, 1 + most(entries, i, *both));
    return most_so_far;
  }

 private:
  bool possible(const codegen::RuleEntry& entry) const {
    if (!parse_) return true;
    const std::uint32_t value = entry.value[*parse_] & entry.mask[*parse_];
    return !codegen::contradicts(value) && (codegen::closure(value) & entry.mask[*parse_] & ~value) == 0;
  }
  std::optional<unsigned> parse_;
};

codegen::RuleEntry anything() {
  codegen::RuleEntry entry;
  entry.mask[isa::kRuleRangeWord] = entry.mask[isa::kRuleRangeWord + 1] = 0xffffffff;
  return entry;
}

// --- Writing -----------------------------------------------------------------------------------------------------------

/// Records and strings of an image that grow.
class Growing {
 public:
  Growing(std::string_view bytes, const PolicyImage& image, const PolicyImage* like)
      : image_(image), like_(like), file_(bytes), rules_(file_.records<norman_image_rule>(NORMAN_IMAGE_RULE_SECTION)),
        objects_(file_.records<norman_image_object>(NORMAN_IMAGE_OBJECT_SECTION)),
        added_(file_.records<norman_image_added_rule>(NORMAN_IMAGE_ADDED_RULE_SECTION)), strings_(file_.section(".norman.strings")) {}

  /// A record for a rule; that of an added one which was deleted again is used once more. Nothing if there is no number left.
  std::optional<std::uint16_t> addRule(const std::string& policy, const std::string& name, const std::string& actions, const std::string& text,
                                       const std::set<std::uint16_t>& listed, const std::set<std::uint16_t>& added) {
    const std::uint32_t file = string(kAddedFile);
    std::size_t id = rules_.size();
    std::uint32_t line = 1;
    for (std::size_t i = 0; i < rules_.size(); ++i) {
      if (rules_[i].file != file) continue;
      line = std::max(line, rules_[i].line + 1);
      const auto number = static_cast<std::uint16_t>(i);
      if (id == rules_.size() && !listed.contains(number) && !added.contains(number)) id = i;
    }
    if (id >= isa::kNoRule) return std::nullopt;
    if (id == rules_.size())
      rules_.push_back({.policy = 0, .name = 0, .file = file, .line = line, .column = 1, .action = 0});
    rules_[id].policy = string(policy);
    rules_[id].name = string(name);
    rules_[id].action = string(actions);
    added_.push_back({static_cast<std::uint32_t>(id), string(text)});
    return static_cast<std::uint16_t>(id);
  }

  /// The event id of a counter of one element, which is there or comes into being. Nothing if all ids are taken.
  std::optional<std::uint32_t> event(isa::ObjectKind kind, const std::string& name, isa::Program program, std::uint16_t rule) {
    const auto same = [&](const norman_image_object& o, const PolicyImage& in) { return o.kind == static_cast<unsigned>(kind) && name == nameAt(in, o.name); };
    std::optional<std::uint32_t> base;
    std::uint32_t size = 1;
    std::vector<bool> taken(image_.config().event_ids);
    taken[isa::kEventIncomplete] = true;
    for (std::size_t i = 0; i < objects_.size(); ++i) {
      const norman_image_object& o = objects_[i];
      if (o.kind != static_cast<unsigned>(isa::ObjectKind::Counter) && o.kind != static_cast<unsigned>(isa::ObjectKind::Log)) continue;
      for (std::uint32_t n = o.base; n < o.base + o.size && n < taken.size(); ++n) taken[n] = true;
      if (!same(o, image_)) continue;
      if (o.program == static_cast<unsigned>(program)) return o.base;
      base = o.base;  // the other direction's counter has its number here too
      size = o.size;
    }
    if (!base && like_ != nullptr)
      for (const auto& o : all<norman_image_object>(*like_, NORMAN_SECTION_OBJECTS))
        if (same(o, *like_) && o.size == 1 && o.base < taken.size() && !taken[o.base]) base = o.base;
    if (!base) {
      const auto free = std::ranges::find(taken, false);
      if (free == taken.end()) return std::nullopt;
      base = static_cast<std::uint32_t>(free - taken.begin());
    }
    objects_.push_back({.name = string(name), .line = lineWord(rule), .kind = static_cast<std::uint8_t>(kind), .program = static_cast<std::uint8_t>(program),
                        .stage = isa::kStageExit, .shift = 0, .base = *base, .size = size,
                        .type = codegen::eventType(static_cast<unsigned>(kind), size)});
    return base;
  }

  /// The rule's line with the number of its file, which stands behind those of the policy.
  std::uint32_t lineWord(std::uint16_t rule) const {
    std::vector<std::uint32_t> files;
    for (const norman_image_rule& each : rules_)
      if (std::ranges::find(files, each.file) == files.end()) files.push_back(each.file);
    const auto file = static_cast<std::uint32_t>(std::ranges::find(files, rules_[rule].file) - files.begin());
    return file << isa::kLineBits | rules_[rule].line;
  }

  std::string bytes() {
    file_.setRecords(NORMAN_IMAGE_RULE_SECTION, rules_);
    file_.setRecords(NORMAN_IMAGE_OBJECT_SECTION, objects_);
    file_.setRecords(NORMAN_IMAGE_ADDED_RULE_SECTION, added_);
    file_.setSection(".norman.strings", strings_);
    return file_.bytes();
  }

 private:
  std::uint32_t string(std::string_view text) {
    if (text.empty()) return isa::kNoName;
    const std::string wanted = '\0' + std::string(text) + '\0';
    if (const std::size_t found = strings_.find(wanted); found != std::string::npos) return static_cast<std::uint32_t>(found + 1);
    const auto offset = static_cast<std::uint32_t>(strings_.size());
    strings_.append(text).push_back('\0');
    return offset;
  }

  const PolicyImage& image_;
  const PolicyImage* like_;
  ImageFile file_;
  std::vector<norman_image_rule> rules_;
  std::vector<norman_image_object> objects_;
  std::vector<norman_image_added_rule> added_;
  std::string strings_;
};

// --- Places ------------------------------------------------------------------------------------------------------------

/// The first rule of the list that the program decides after the lookup, because it asks a meter or state: entries behind it would
/// decide before it. list.rules.size() if there is none.
std::size_t firstDecidedLate(const ImageList& list, const std::string& owner, const PolicyImage& image) {
  for (std::size_t i = 0; i < list.rules.size(); ++i) {
    const auto rule = image.rule(list.rules[i].rule);
    if (!rule || !endsWithVerdict(rule->action, rule->policy == owner)) continue;
    const bool terminal = std::ranges::any_of(list.rules, [&](const ListedRule& other) {
      return other.rule == list.rules[i].rule &&
             std::ranges::any_of(other.entries, [](const norman_image_list_entry& entry) { return (entry.flags & bit(isa::ListFlag::Terminal)) != 0; });
    });
    if (!terminal) return i;
  }
  return list.rules.size();
}

/// Number in list.rules that the rule gets. Entries of chains stand behind those of the rule that leads there, so that places
/// next to one are only known where the rule's own entries show them.
Result<std::size_t> placeOf(const ImageList& list, const std::string& owner, const RulePosition& position, const PolicyImage& image) {
  if (position.at == RulePosition::At::End) return list.rules.size();
  const auto named = ruleNamed(list, position.rule, image);
  if (!named) return Failure{named.error()};
  const std::uint16_t id = list.rules[*named].rule;
  const auto rule = image.rule(id);
  const std::string name = ruleName(image, id);
  if (!rule || rule->policy != owner)
    return Failure{fmt::format("'{}' stands in another chain; '{}' has the rules of '{}', and a rule is added next to one of these", name, list.name, owner)};
  std::size_t first = list.rules.size();
  std::size_t last = 0;
  for (std::size_t i = 0; i < list.rules.size(); ++i) {
    if (list.rules[i].rule != id) continue;
    first = std::min(first, i);
    last = i;
  }
  const auto decides = [&](std::size_t i) { return (list.rules[i].entries.back().flags & bit(isa::ListFlag::Terminal)) != 0; };
  if (position.at == RulePosition::At::Before) {
    if (leadsToChain(rule->action) && decides(first))
      return Failure{fmt::format("'{}' leads to a chain, whose entries come before its own: where they begin the image does not tell; name the rule before it with --after",
                                 name)};
    return first;
  }
  if (leadsToChain(rule->action) && !decides(last))
    return Failure{fmt::format("'{}' leads to a chain, whose entries come after its own: where they end the image does not tell; name the rule after it with --before",
                               name)};
  return last + 1;
}

std::string verdictsOf(unsigned ends) {
  std::vector<std::string> verdicts;
  if ((ends & bit(isa::ListEnd::Pass)) != 0) verdicts.emplace_back("pass");
  if ((ends & bit(isa::ListEnd::Stop)) != 0) {
    verdicts.emplace_back("drop");
    verdicts.emplace_back("reject");
  }
  return verdicts.empty() ? "no verdict" : andList(verdicts);
}

std::string plural(unsigned count, std::string_view what) { return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s"); }

bool overlap(const std::vector<codegen::Cube>& cubes) {
  for (std::size_t i = 0; i < cubes.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (!codegen::disjoint(cubes[i], cubes[j])) return true;
  return false;
}

}  // namespace

bool leadsToChain(std::string_view actions) {
  const std::size_t comma = actions.rfind(',');
  std::string_view last = comma == std::string_view::npos ? actions : actions.substr(comma + 1);
  while (last.starts_with(' ')) last.remove_prefix(1);
  return last.starts_with("call ") || last.starts_with("goto ");
}

std::string ruleName(const PolicyImage& image, std::uint16_t id) {
  const auto rule = image.rule(id);
  if (!rule) return "?";
  return rule->name.empty() ? fmt::format("{}.{}", rule->policy, rule->line) : fmt::format("{}.{}", rule->policy, rule->name);
}

std::string addedText(const PolicyImage& image, std::uint32_t line) {
  for (const auto& record : all<norman_image_added_rule>(image, NORMAN_SECTION_ADDED))
    if (const auto rule = image.rule(record.rule); rule && rule->file == kAddedFile && rule->line == line) return nameAt(image, record.text);
  return {};
}

Result<std::size_t> ruleNamed(const ImageList& list, const std::string& text, const PolicyImage& image) {
  if (!text.empty() && text.size() <= 9 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) {
    const auto number = static_cast<std::size_t>(std::stoul(text));
    if (number >= 1 && number <= list.rules.size()) return number - 1;
    return Failure{fmt::format("'{}' has {} rules, and none of number {}", list.name, list.rules.size(), text)};
  }
  std::optional<std::size_t> wanted;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < list.rules.size(); ++i) {
    const auto rule = image.rule(list.rules[i].rule);
    if (!rule) continue;
    names.push_back(ruleName(image, list.rules[i].rule));
    if (text != names.back() && text != rule->name && text != fmt::format("{}:{}", rule->file, rule->line)) continue;
    if (wanted && list.rules[*wanted].rule != list.rules[i].rule)
      return Failure{fmt::format("'{}' names several rules of '{}': name one by policy and rule", text, list.name)};
    if (!wanted) wanted = i;
  }
  if (wanted) return *wanted;
  const auto near = nearestName(text, {names.begin(), names.end()});
  return Failure{fmt::format("'{}' has no rule '{}'{}", list.name, text, near ? fmt::format("; did you mean '{}'?", *near) : "")};
}

std::string overloaded(const ImageList& list, const PolicyImage& image) {
  const auto head = headOf(image, list);
  if (!head) return {};
  const Together together(list);
  std::vector<codegen::RuleEntry> going_on;
  std::vector<codegen::RuleEntry> counted;
  unsigned hit = 0;
  for (const ListedRule& rule : list.rules)
    for (const norman_image_list_entry& entry : rule.entries) {
      if (isCovered(entry)) continue;
      const codegen::RuleEntry test = testOf(entry);
      const bool counts = (entry.flags & bit(isa::ListFlag::Counted)) != 0;
      if ((entry.flags & bit(isa::ListFlag::Terminal)) != 0) {
        if (counts) hit = std::max(hit, 1 + together.most(counted, counted.size(), test));
        continue;
      }
      going_on.push_back(test);
      if (counts) counted.push_back(test);
    }
  if (together.most(going_on, going_on.size(), anything()) > isa::kRuleContinuing)
    return fmt::format("a packet may match more than {} rules of '{}' that act and go on, and a lookup carries out no more", isa::kRuleContinuing, list.name);
  const unsigned miss = together.most(counted, counted.size(), anything());
  if (miss <= head->miss_events && std::max(hit, miss) <= head->events) return {};
  const char* decides = miss > head->miss_events ? "does not decide" : "decides";
  const unsigned over = miss > head->miss_events ? miss - head->miss_events : std::max(hit, miss) - head->events;
  return fmt::format("a packet that '{}' {} may take {} more than the program leaves to it", list.name, decides, plural(over, "event slot"));
}

std::string overfull(const ImageTables& tables, const PolicyImage& image) {
  std::map<std::pair<isa::Program, unsigned>, std::vector<std::vector<codegen::RuleTableEntry>>> stages;
  for (const ImageList& list : tables.lists) {
    const PolicyImage::Object& object = image.objects()[list.object];
    if (object.stage == isa::kStageExit) continue;
    std::vector<codegen::RuleTableEntry>& loads = stages[{object.program, object.stage}].emplace_back();
    for (const ListedRule& rule : list.rules)
      for (const norman_image_list_entry& entry : rule.entries) {
        if (isCovered(entry)) continue;
        codegen::RuleTableEntry& loaded = loads.emplace_back();
        loaded.test = testOf(entry);
        loaded.flags = entry.flags;
      }
  }
  for (const auto& [place, lists] : stages)
    if (!codegen::fitsRuleStage(lists, image.config()))
      return fmt::format("stage {} of {} does not hold the entries that its lists would have", place.second,
                         isa::kProgramNames[static_cast<std::size_t>(place.first)]);
  return {};
}

Result<AddedRule> addRule(const std::string& bytes, const std::string& list_name, const WrittenRule& written, const RulePosition& position,
                          const PolicyImage* like) {
  const auto image = PolicyImage::fromBytes({bytes.begin(), bytes.end()}, "the image");
  if (!image) return Failure{image.error()};
  ImageTables tables(*image);
  const auto found = std::ranges::find(tables.lists, list_name, &ImageList::name);
  if (found == tables.lists.end()) return Failure{fmt::format("the image has no list '{}'", list_name)};
  ImageList& list = *found;
  const auto head = headOf(*image, list);
  if (!head) return Failure{fmt::format("the image does not say where '{}' stands: compile the policy again", list.name)};
  const std::string owner = nameAt(*image, head->owner);
  const isa::Program program = image->objects()[list.object].program;

  const auto line = oneLine(written.text);
  if (!line) return Failure{line.error()};
  const KnownNames known = namesOf(*image);
  auto checked = RuleChecker(*image, *head, known).check(written, *line);
  if (!checked) return Failure{checked.error()};
  const ast::Program& ast = checked->program;
  const ast::Rule& rule = *checked->rule;
  const auto refuse = [&](const std::string& why) { return Failure{fmt::format("'{}': {}", *line, why)}; };

  // What the image has no number for.
  const bool new_pattern = ast.interface_patterns.size() > known.interface_patterns.size();
  if (ast.interfaces.size() > known.interfaces.size() || new_pattern) {
    std::vector<std::string> names;
    for (const std::string& name : known.interfaces) names.push_back(fmt::format("\"{}\"", name));
    for (const ast::InterfacePattern& pattern : known.interface_patterns) names.push_back(fmt::format("\"{}\"", pattern.name));
    return refuse(fmt::format("the policy does not name the interface \"{}\", so the image knows no number for it; it names {}",
                              new_pattern ? ast.interface_patterns[known.interface_patterns.size()].name : ast.interfaces[known.interfaces.size()],
                              names.empty() ? "none" : andList(names)));
  }
  if (ast.owner_predicates.size() > known.owner_predicates.size()) {
    std::vector<std::string> tests;
    for (const ast::OwnerPredicate& predicate : known.owner_predicates)
      if (!predicate.names.empty()) tests.push_back(predicateText(predicate));
    return refuse(fmt::format("the policy does not test {}, so the image has no bit for it; it tests {}",
                              predicateText(ast.owner_predicates[known.owner_predicates.size()]), tests.empty() ? "no owner by name" : andList(tests)));
  }
  if (ast.tests_incomplete[0] || ast.tests_incomplete[1]) return refuse("whether packets with parse.incomplete reach rules at all is the policy's to say");

  // The condition.
  const std::function<bool(ast::FieldId)> stable = [&](ast::FieldId id) { return !isRewritten(*image, program, ast::field(id)); };
  const Key key = keyOf(*image, list);
  const auto ranged = [&](unsigned word) {
    const auto at = std::ranges::find(key, std::optional(word));
    if (at == key.end()) return codegen::isRangedWord(word);
    return at == key.begin() + isa::kRuleRangeWord || at == key.begin() + isa::kRuleRangeWord + 1;
  };
  const auto cubes = codegen::cubesOf(*rule.condition, {.program = ast, .stable = stable, .limit = kMostEntries, .ranged = ranged});
  if (!cubes) return refuse(fmt::format("no entry of a list can test it: {}", whyNot(*rule.condition, stable)));
  if (cubes->empty()) return refuse(fmt::format("no packet at hook {} matches it", isa::kHookNames[head->hook]));
  codegen::RuleList entries(key);
  if (!entries.add(*cubes))
    return refuse(fmt::format("lookups of '{}' do not compare {}; they compare {}", list.name, andList(missingFields(*rule.condition, key)), andList(fieldsOf(key))));

  // The actions.
  std::uint8_t flags = 0;
  const ast::Action* event = nullptr;
  const ast::Action* verdict = nullptr;
  for (const ast::Action& action : rule.actions) switch (action.kind) {
      case ast::ActionKind::Count:
      case ast::ActionKind::Log:
        if (event != nullptr) return refuse("an entry of a list counts or logs once");
        event = &action;
        flags |= bit(isa::ListFlag::Counted);
        if (action.kind == ast::ActionKind::Log) flags |= bit(isa::ListFlag::Logged);
        break;
      case ast::ActionKind::Capture:
        flags |= bit(isa::ListFlag::Captured);
        break;
      case ast::ActionKind::Verdict:
        verdict = &action;
        flags |= bit(isa::ListFlag::Terminal);
        break;
      case ast::ActionKind::Assign:
      case ast::ActionKind::Update:
      case ast::ActionKind::Call:
      case ast::ActionKind::Goto:
      case ast::ActionKind::Return:
        return refuse(fmt::format("an added rule can count or log, capture, and end with a verdict of its list, which has {}; the rest is the program's",
                                  verdictsOf(head->ends)));
    }
  if (verdict != nullptr) {
    const auto end = verdict->outcome.verdict == ast::Verdict::Pass ? isa::ListEnd::Pass : isa::ListEnd::Stop;
    if ((head->ends & bit(end)) == 0)
      return refuse(fmt::format("the program does not expect {} from '{}', whose rules end with {}", end == isa::ListEnd::Pass ? "pass" : "drop or reject",
                                list.name, verdictsOf(head->ends)));
  } else if (event != nullptr && overlap(*cubes)) {
    return refuse("a packet may match two of its entries and would count twice: write conditions that exclude each other");
  }

  // Its name.
  std::set<std::uint16_t> listed;
  std::set<std::uint16_t> added;
  std::set<std::string> taken;
  for (const ImageList& each : tables.lists)
    for (const ListedRule& of : each.rules) listed.insert(of.rule);
  for (const std::uint16_t id : listed)
    if (const auto of = image->rule(id); of && of->policy == owner) taken.insert(of->name);
  for (const auto& record : all<norman_image_added_rule>(*image, NORMAN_SECTION_ADDED)) added.insert(static_cast<std::uint16_t>(record.rule));
  std::string name = checked->name;
  std::string text = *line;
  if (name.empty()) {
    for (unsigned number = 1; name.empty() || taken.contains(name); ++number) name = fmt::format("added{}", number);
    text = fmt::format("{}: {}", name, text);
  } else if (taken.contains(name)) {
    return refuse(fmt::format("'{}' has a rule '{}' already", owner, name));
  }

  const auto place = placeOf(list, owner, position, *image);
  if (!place) return Failure{place.error()};
  if (const std::size_t late = firstDecidedLate(list, owner, *image); *place > late)
    return refuse(fmt::format("'{}' asks a meter or state and then decides, and the program does so after the lookup: a rule can be added before it, with --before, but not behind it",
                              ruleName(*image, list.rules[late].rule)));

  // From here on the image changes.
  Growing growing(bytes, *image, like);
  const auto id = growing.addRule(owner, name, checked->actions, text, listed, added);
  if (!id) return refuse(fmt::format("the image has {} rules, and no number for another", isa::kNoRule));
  std::optional<std::uint32_t> event_id = 0;
  if (event != nullptr) {
    const bool log = event->kind == ast::ActionKind::Log;
    std::string counter = fmt::format("{}.{}", owner, name);
    std::uint64_t element = 0;
    if (!log) {
      const std::string& declared = ast.counters[ast::index(event->counter)].name;
      if (isIdentifier(declared)) counter = declared;
    }
    if (event->counter_index) {
      if (event->counter_index->kind != ast::ExprKind::Literal) return refuse("an entry of a list counts in an element that the rule names, and computes none");
      element = ast::as<ast::Literal>(*event->counter_index).value.lo;
      assert(element < ast.counters[ast::index(event->counter)].size && "sema knows the counter's size");
    }
    event_id = growing.event(log ? isa::ObjectKind::Log : isa::ObjectKind::Counter, counter, program, *id);
    if (!event_id) return refuse(fmt::format("all {} event ids of the overlay are taken", image->config().event_ids));
    *event_id += static_cast<std::uint32_t>(element);
  }
  ListedRule& mine = *list.rules.insert(list.rules.begin() + static_cast<std::ptrdiff_t>(*place), ListedRule{*id, {}});
  for (const codegen::RuleEntry& test : entries.entries()) {
    norman_image_list_entry record{};
    record.object = list.object;
    record.flags = flags;
    record.invert = test.invert;
    record.argument = verdict == nullptr ? 0 : codegen::verdictWord(verdict->outcome, static_cast<ast::RuleId>(*id));
    record.event = static_cast<std::uint16_t>(*event_id);
    record.rule = *id;
    std::ranges::copy(test.value, record.value);
    std::ranges::copy(test.mask, record.mask);
    record.line = growing.lineWord(*id);
    mine.entries.push_back(record);
  }
  list.markCovered();
  if (const std::string problem = overloaded(list, *image); !problem.empty()) return refuse(problem);

  AddedRule result{.bytes = growing.bytes(), .name = fmt::format("{}.{}", owner, name), .warnings = {}};
  const ListedRule& inserted = list.rules[*place];
  if (std::ranges::all_of(inserted.entries, isCovered)) {
    const auto decider = list.deciderOf(*place, inserted.entries.front());
    result.warnings.push_back(fmt::format("'{}' is never reached: '{}' decides before it", result.name, decider ? ruleName(*image, *decider) : "?"));
  }
  result.bytes = tables.bytes(result.bytes);
  const auto verified = PolicyImage::fromBytes({result.bytes.begin(), result.bytes.end()}, "the changed image");
  if (!verified) return Failure{verified.error()};
  return result;
}

std::vector<std::string> listsBeside(const PolicyImage& image, const std::string& name) {
  const ImageTables tables(image);
  std::vector<std::string> beside;
  const auto found = std::ranges::find(tables.lists, name, &ImageList::name);
  const auto head = found == tables.lists.end() ? std::nullopt : headOf(image, *found);
  if (!head) return beside;
  for (const ImageList& each : tables.lists)
    if (const auto other = headOf(image, each); other && each.name != name && other->hook != head->hook && nameAt(image, other->owner) == nameAt(image, head->owner))
      beside.push_back(fmt::format("'{}' (hook {})", each.name, isa::kHookNames[other->hook]));
  return beside;
}

// --- Another image -----------------------------------------------------------------------------------------------------

namespace {

/// What tells a rule of one image from those of another: its name, or what its entries ask and do.
bool isSame(const PolicyImage& old, const ImageList& old_list, const ListedRule& was, const PolicyImage& now, const ImageList& now_list, const ListedRule& is) {
  const auto a = old.rule(was.rule);
  const auto b = now.rule(is.rule);
  if (!a || !b || a->policy != b->policy || a->name != b->name) return false;
  if (!a->name.empty()) return true;
  return a->action == b->action && std::ranges::equal(was.entries, is.entries, [&](const norman_image_list_entry& x, const norman_image_list_entry& y) {
           return testsOf(old_list, x) == testsOf(now_list, y);
         });
}

}  // namespace

std::string addRulesOf(const PolicyImage& old, std::string bytes, std::vector<std::string>& notes) {
  std::map<std::uint16_t, std::string> texts;
  for (const auto& record : all<norman_image_added_rule>(old, NORMAN_SECTION_ADDED)) texts[static_cast<std::uint16_t>(record.rule)] = nameAt(old, record.text);
  if (texts.empty()) return bytes;
  std::size_t kept = 0;
  std::size_t count = 0;
  const ImageTables before(old);
  for (const ImageList& list : before.lists) {
    const auto head = headOf(old, list);
    if (!head) continue;
    const std::string owner = nameAt(old, head->owner);
    for (std::size_t i = 0; i < list.rules.size(); ++i) {
      const std::uint16_t id = list.rules[i].rule;
      const auto text = texts.find(id);
      if (text == texts.end()) continue;
      ++count;
      const std::string name = ruleName(old, id);
      const auto image = PolicyImage::fromBytes({bytes.begin(), bytes.end()}, "the new image");
      if (!image) return bytes;
      const ImageTables after(*image);
      // Lists that stand where this one stood; of these the one that has the rule which follows, or else the one before.
      std::vector<const ImageList*> candidates;
      for (const ImageList& each : after.lists)
        if (const auto of = headOf(*image, each); of && of->hook == head->hook && nameAt(*image, of->owner) == owner) candidates.push_back(&each);
      if (candidates.empty()) {
        notes.push_back(fmt::format("reset: added rule '{}': '{}' has no list of rules at hook {} any more", name, owner, isa::kHookNames[head->hook]));
        continue;
      }
      const ImageList* into = nullptr;
      RulePosition position;
      const auto anchor = [&](std::size_t at, RulePosition::At side) {
        for (const ImageList* each : candidates)
          for (std::size_t n = 0; n < each->rules.size(); ++n) {
            if (!isSame(old, list, list.rules[at], *image, *each, each->rules[n])) continue;
            const RulePosition tried{side, std::to_string(n + 1)};
            if (!placeOf(*each, owner, tried, *image)) continue;
            into = each;
            position = tried;
            return true;
          }
        return false;
      };
      bool last = true;    // no rule of the policy follows it
      bool moved = false;  // one that followed is not there any more
      for (std::size_t at = i + 1; at < list.rules.size() && into == nullptr; ++at) {
        if (texts.contains(list.rules[at].rule)) continue;
        last = false;
        moved |= !anchor(at, RulePosition::At::Before);
      }
      for (std::size_t at = i; at-- > 0 && into == nullptr;) anchor(at, RulePosition::At::After);
      if (into == nullptr) into = candidates.back();
      if (last) position = {};
      auto result = addRule(bytes, into->name, {.text = text->second, .file = std::string(kAddedFile), .line = old.rule(id)->line}, position, &old);
      std::string problem = result ? "" : result.error();
      if (problem.empty()) {
        const auto changed = PolicyImage::fromBytes({result->bytes.begin(), result->bytes.end()}, "the new image");
        if (changed) problem = overfull(ImageTables(*changed), *changed);
      }
      if (!problem.empty()) {
        while (problem.ends_with('\n')) problem.pop_back();
        notes.push_back(fmt::format("reset: added rule '{}': {}", name, problem));
        continue;
      }
      bytes = std::move(result->bytes);
      ++kept;
      if (moved) notes.push_back(fmt::format("moved: added rule '{}': a rule that followed it is not there any more", name));
    }
  }
  if (count != 0) notes.insert(notes.begin(), fmt::format("kept: {} of {} added rules of the other image", kept, count));
  return bytes;
}

}  // namespace norman::tools
