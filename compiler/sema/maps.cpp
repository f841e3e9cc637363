// Maps: their entries, `ports[tcp.dport]` as a value, and maps of verdicts as actions.
#include <algorithm>
#include <bit>

#include "compiler/sema/checker.h"

namespace norman {

using namespace ast;

namespace {

constexpr std::pair<std::string_view, Type> kValueTypes[] = {{"number", Type::u32()},
                                                             {"port", Type::u32(16, Unit::Port)},
                                                             {"bytes", Type::u32(32, Unit::Bytes)},
                                                             {"interface", Type::u32(16, Unit::Interface)},
                                                             {"ipv4", Type::ipv4()},
                                                             {"mac", Type::mac()}};

/// Bits of the value that an interval leaves open: of a prefix those after its length.
unsigned openBits(const Interval& interval) {
  const uint64_t lo = interval.last.lo - interval.first.lo;
  const uint64_t hi = interval.last.hi - interval.first.hi - (interval.last.lo < interval.first.lo ? 1 : 0);
  return static_cast<unsigned>(hi != 0 ? 64 + std::bit_width(hi) : std::bit_width(lo));
}

}  // namespace

/// A size that is not written is 0.
std::optional<uint32_t> Checker::checkSize(const std::optional<syntax::Expr>& size, size_t elements,
                                           const char* what) {
  if (!size) return 0;
  constexpr uint64_t kMaxSize = 1u << 20;  // more than any overlay holds
  const uint64_t number = size->value.lo;
  if (number < 1 || number > kMaxSize) {
    diagnostics_.report(DiagId::OutOfRange, size->range,
                        "the size of a " + std::string(what) + " is a number from 1 to 1048576, got " +
                            std::to_string(number));
    return std::nullopt;
  }
  if (elements > number) {
    diagnostics_
        .report(DiagId::OutOfRange, size->range,
                "this " + std::string(what) + " has " + std::to_string(elements) + " elements, its size is " +
                    std::to_string(number))
        .help("write at least 'size " + std::to_string(elements) + "'");
    return std::nullopt;
  }
  return static_cast<uint32_t>(number);
}

/// What has a size holds what was written, one by one.
bool Checker::arePrefixes(std::span<const Interval> intervals, const SourceRange& range) {
  for (const Interval& i : intervals) {
    const Bits128 open{i.first.hi ^ i.last.hi, i.first.lo ^ i.last.lo};
    const Bits128 above = next(open);
    if ((open.hi & above.hi) == 0 && (open.lo & above.lo) == 0 && (i.first.hi & open.hi) == 0 && (i.first.lo & open.lo) == 0) continue;
    diagnostics_.report(DiagId::TypeMismatch, range, "what has a size holds addresses and prefixes, this range is none")
        .help("write the prefixes that make up the range, or leave the size out");
    return false;
  }
  return true;
}

void Checker::reportNotSingle(const SourceRange& range, bool addresses) {
  auto report = diagnostics_.report(addresses ? DiagId::TypeMismatch : DiagId::NotYet, range,
                                    addresses ? "what has a size and is of addresses holds single ones"
                                              : "what has a size holds single values only, by this compiler");
  if (addresses)
    report.help("the type 'prefix' holds prefixes too");
  else
    report.help("list the values, or leave the size out");
}

void Checker::checkSingle(const std::vector<Row>& rows) {
  for (const Row& row : rows)
    if (std::ranges::any_of(row.parts,
                            [](const Row::Part& p) { return p.interval.first != p.interval.last; })) {
      reportNotSingle(row.range, row.parts.size() == 1 && row.parts[0].family != 0);
      return;
    }
}

void Checker::checkSingle(const Elements& elements, const syntax::Set& declaration) {
  const auto ranges = [](const std::vector<Interval>& intervals) {
    return std::ranges::any_of(intervals, [](const Interval& i) { return i.first != i.last; });
  };
  const bool names = !elements.names.empty();
  if (names)
    diagnostics_.report(
        DiagId::TypeMismatch, declaration.size->range,
        "a set of names has no size: the control plane resolves them, packets do not look them up");
  // Neighbours have become ranges: what was written tells.
  if (!ranges(elements.ipv4) && !ranges(elements.ipv6) && !ranges(elements.other)) return;
  for (const syntax::Expr& element : declaration.elements) {
    const bool pattern = element.kind == syntax::ExprKind::String && isInterfacePattern(element.name.text);
    const bool single = !pattern && element.kind != syntax::ExprKind::Range &&
                        element.kind != syntax::ExprKind::Prefix4 &&
                        element.kind != syntax::ExprKind::Prefix6;
    if (single) continue;
    reportNotSingle(element.range, elements.other.empty());
    return;
  }
}

// Narrow rows before wide ones; of equal ones the first written. The same key twice is a mistake.
void Checker::sortRows(std::vector<Row>& rows) {
  using Key = std::vector<std::pair<Bits128, Bits128>>;
  std::map<Key, SourceRange> known;
  for (const Row& row : rows) {
    Key key;
    for (const Row::Part& part : row.parts) {
      key.emplace_back(Bits128{0, part.family}, part.interval.first);
      key.emplace_back(Bits128{}, part.interval.last);
    }
    const auto [first, fresh] = known.try_emplace(std::move(key), row.range);
    if (!fresh)
      diagnostics_.report(DiagId::DuplicateName, row.range, "this key is in the map twice")
          .note(first->second, "the first one");
  }
  const auto open = [](const Row& row) {
    unsigned bits = 0;
    for (const Row::Part& part : row.parts) bits += openBits(part.interval);
    return bits;
  };
  std::ranges::stable_sort(rows, [&](const Row& a, const Row& b) { return open(a) < open(b); });
}

std::optional<Bits128> Checker::mapValue(const syntax::Expr& expr, const Type& type) {
  const bool outer = std::exchange(constants_only_, true);
  Value value = check(expr);
  constants_only_ = outer;
  if (value.isError()) return std::nullopt;
  if (type.unit == Unit::Interface && value.kind == Value::Kind::String) {
    if (!isInterfacePattern(value.text)) return Bits128{0, interfaceNumber(value.text, expr.range)};
    diagnostics_.report(DiagId::TypeMismatch, expr.range, "a value of this map is one interface, got the pattern '" + value.text + "'")
        .help("name the interface");
    return std::nullopt;
  }
  const auto literal = value.literal();
  const bool unit = value.type.unit == type.unit || value.type.unit == Unit::None;
  if (!literal || value.type.kind != type.kind || (type.isInt() && (!unit || type.unit == Unit::Interface))) {
    diagnostics_.report(DiagId::TypeMismatch, expr.range,
                        "the values of this map are of type " +
                            (type == Type::u32() ? "number" : typeName(type)) + ", got " +
                            describeType(value));
    return std::nullopt;
  }
  if (type.isInt() && bitLength(*literal) > type.value_bits) {
    diagnostics_.report(DiagId::OutOfRange, expr.range,
                        "a value of this map is less than " + std::to_string(uint64_t{1} << type.value_bits) +
                            ", got " + std::to_string(literal->lo));
    return std::nullopt;
  }
  return literal;
}

void Checker::readMapEntry(const syntax::MapEntry& entry, MapInfo& info) {
  Bits128 value;
  if (info.value) {
    if (!entry.value) {
      diagnostics_
          .report(DiagId::TypeMismatch, entry.action->range, "this map has values, got a verdict or a jump")
          .help("a map of verdicts is one of type 'verdict'");
      return;
    }
    const auto read = mapValue(*entry.value, *info.value);
    if (!read) return;
    value = *read;
  } else {
    if (!entry.action) {
      diagnostics_.report(DiagId::TypeMismatch, entry.value->range, "this map has verdicts, got a value")
          .help("write pass, drop, reject, 'call CHAIN', 'goto CHAIN' or return");
      return;
    }
    const bool jump =
        entry.action->kind == syntax::ActionKind::Call || entry.action->kind == syntax::ActionKind::Goto;
    if (jump && require(entry.action->name, NameKind::Chain, "chain") == nullptr) return;
    const auto same = [&](const syntax::Action* other) {
      return other->kind == entry.action->kind && other->name.text == entry.action->name.text;
    };
    const auto found = std::ranges::find_if(info.targets, same);
    value.lo = static_cast<uint64_t>(found - info.targets.begin());
    if (found == info.targets.end()) info.targets.push_back(&*entry.action);
  }
  const size_t first = info.rows.size();
  map_key_ = true;
  const bool read = readRow(entry.key, info.types, info.rows);
  map_key_ = false;
  if (!read) return;
  for (size_t i = first; i < info.rows.size(); ++i) {
    info.rows[i].value = value;
    info.rows[i].range = entry.range;
  }
}

const Checker::MapInfo& Checker::map(size_t index) {
  MapInfo& info = maps_[index];
  if (info.progress != Progress::Untouched) return info;
  info.progress = Progress::Done;
  const syntax::Map& declaration = file_.maps[index];
  const size_t before = diagnostics_.errorCount();
  std::vector<std::string_view> words;
  for (const std::string_view word : {"address", "prefix", "ipv4", "ipv6", "port", "number", "mac", "interface"})
    words.push_back(word);
  for (const syntax::Name& word : declaration.types) {
    if (const auto type = findElementType(word.text))
      info.types.push_back(*type);
    else
      reportUnknown("type of key", word, words);
  }
  if (declaration.value_type.text != "verdict") {
    std::vector<std::string_view> values;
    for (const auto& [word, type] : kValueTypes) {
      values.push_back(word);
      if (word == declaration.value_type.text) info.value = type;
    }
    values.push_back("verdict");
    if (!info.value) reportUnknown("type of value", declaration.value_type, values);
  }
  if (diagnostics_.errorCount() == before && checkPartTypes(declaration.types, info.types)) {
    for (const syntax::MapEntry& entry : declaration.entries) readMapEntry(entry, info);
    if (const auto capacity = checkSize(declaration.size, info.rows.size(), "map")) info.capacity = *capacity;
    info.prefixes = info.capacity != 0 && info.types.size() == 1 && info.types[0].prefixes;
    for (const Row& row : info.rows)
      if (info.prefixes && !arePrefixes(std::span(&row.parts[0].interval, 1), row.range)) break;
    if (info.capacity != 0 && !info.prefixes) checkSingle(info.rows);
    if (info.capacity != 0 && !info.value)
      diagnostics_
          .report(DiagId::NotYet, declaration.size->range, "a map of verdicts has no size, by this compiler")
          .help("map to a number, and compare it in rules");
    sortRows(info.rows);
  }
  info.good = diagnostics_.errorCount() == before;
  return info;
}

std::vector<const syntax::Action*> Checker::targetsOf(const syntax::Action& action) {
  if (action.kind != syntax::ActionKind::Apply) return {&action};
  std::vector<const syntax::Action*> targets;
  if (const Declared* declared = find(action.name.text);
      declared != nullptr && declared->kind == NameKind::Map)
    for (const syntax::MapEntry& entry : file_.maps[declared->index].entries)
      if (entry.action) targets.push_back(&*entry.action);
  return targets;
}

Value Checker::checkIndex(const syntax::Expr& expr) { return indexMap(expr, false); }

Value Checker::indexMap(const syntax::Expr& expr, bool verdicts) {
  Declared* declared = require(expr.name, NameKind::Map, "map");
  if (declared == nullptr) return errorValue(expr.range);
  const MapInfo& info = map(declared->index);
  std::vector<Value> operands;
  bool good = info.good;
  for (const syntax::Expr& part : expr.operands) {
    operands.push_back(check(part));
    good = good && !operands.back().isError();
  }
  if (!good) return errorValue(expr.range);
  if (verdicts == info.value.has_value()) {
    diagnostics_
        .report(DiagId::WrongKind, expr.range,
                "map '" + expr.name.text +
                    (verdicts ? "' has values, verdicts are needed here"
                              : "' has verdicts, a value is needed here"))
        .note(declared->range, "declared here")
        .help(verdicts ? "compare what it has, or assign it to a field"
                       : "apply it as the last action of a rule: '=> " +
                             std::string(sources_.text(expr.range)) + ";'");
    return errorValue(expr.range);
  }
  if (operands.size() != info.types.size()) {
    diagnostics_
        .report(DiagId::ArgumentCount, expr.range,
                "the key of map '" + expr.name.text + "' has " + std::to_string(info.types.size()) +
                    (info.types.size() == 1 ? " part" : " parts") + ", got " +
                    std::to_string(operands.size()))
        .note(declared->range, "declared here");
    return errorValue(expr.range);
  }
  const bool single = operands.size() == 1;
  for (size_t i = 0; i < operands.size(); ++i)
    if (!fitsPart(operands[i], info.types[i], info.rows, single ? SIZE_MAX : i, expr.range))
      return errorValue(expr.range);
  const Type type = info.value.value_or(Type::u32());
  unsigned depth = 1;
  for (const Value& operand : operands) depth = std::max(depth, operand.depth + 2);
  std::vector<MapValue::Choice> choices;
  for (Found& found :
       findTables(operands, {&info.types, &info.rows, declared->range, expr.name.text, type, info.capacity, info.prefixes},
                  expr.range))
    choices.push_back({std::move(found.operands), found.table});
  if (choices.empty()) return typedValue(type, nullptr, expr.range);
  return typedValue(type, std::make_unique<MapValue>(type, expr.range, std::move(choices)), expr.range,
                    depth);
}

// `c => first, m[k];` becomes `let c' = c; c' => first; let m' = m[k]; c' && m' == 0 => TARGET0; ...`, all of
// them one rule.
void Checker::applyMap(const syntax::Action& action, size_t statement, ListInfo& list, Policy& policy,
                       std::vector<Statement>& statements, Rule& rule) {
  nodes_ = 0;
  Value index = indexMap(*action.value, true);
  if (index.isError() || index.expr == nullptr) return;
  const MapInfo& info = map(find(action.name.text)->index);
  const auto keep = [&](const char* name, ExprPtr value) {
    const auto local = static_cast<LocalId>(policy.locals.size());
    const Type type = value->type;
    policy.locals.push_back({action.name.text + name, type});
    Statement kept;
    kept.range = action.range;
    kept.let = Let{local, std::move(value)};
    statements.push_back(std::move(kept));
    return std::make_unique<LocalRef>(type, action.range, local);
  };
  const RuleId id = rule.id;
  ExprPtr condition = guarded(std::move(rule.condition));
  const auto always = [&] { return condition->kind == ExprKind::Literal; };
  if (!always()) condition = keep(".asked", std::move(condition));
  if (!rule.actions.empty()) {
    Statement before;
    before.range = action.range;
    rule.condition = clone(*condition);
    before.rule = std::move(rule);
    statements.push_back(std::move(before));
  }
  const ExprPtr found = keep(".found", std::move(index.expr));
  for (size_t i = 0; i < info.targets.size(); ++i) {
    Rule decided;
    decided.id = id;
    std::vector<ExprPtr> both;
    both.push_back(clone(*condition));
    both.push_back(makeCompare(action.range, CompareOp::Eq, clone(*found),
                               std::make_unique<Literal>(Type::u32(), action.range, Bits128{0, i})));
    decided.condition = makeAnd(action.range, std::move(both));
    checkAction(*info.targets[i], statement, list, decided.actions);
    for (Action& done : decided.actions) done.range = action.range;
    Statement made;
    made.range = action.range;
    made.rule = std::move(decided);
    statements.push_back(std::move(made));
  }
}

}  // namespace norman
