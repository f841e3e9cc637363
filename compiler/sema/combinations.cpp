// Combinations of values: the elements of their sets, and `(a, b) in pairs`.
#include <algorithm>

#include "compiler/sema/checker.h"

namespace norman {

using namespace ast;

namespace {

constexpr size_t kMaxParts = 8;  // more than any table or chain of compares takes

unsigned familyOf(const Value& value) { return value.isIpv4() ? 4 : 6; }

}  // namespace

std::string Checker::combinationText(const std::vector<ElementType>& types) {
  const auto word = [](const ElementType& type) {
    switch (type.type) {
      case SetType::Address:
        return type.prefixes ? "prefix" : type.family == 4 ? "ipv4" : type.family == 6 ? "ipv6" : "address";
      case SetType::Port:
        return "port";
      case SetType::Number:
        return "number";
      case SetType::Mac:
        return "mac";
      case SetType::Interface:
        return "interface";
      case SetType::User:
      case SetType::Group:
      case SetType::Comm:
      case SetType::Cgroup:
        break;
    }
    return "a name";
  };
  std::string text;
  for (const ElementType& type : types) text += (text.empty() ? "(" : ", ") + std::string(word(type));
  return text + ")";
}

bool Checker::checkPartTypes(const std::vector<syntax::Name>& words, const std::vector<ElementType>& types) {
  for (size_t i = 0; i < types.size(); ++i) {
    switch (types[i].type) {
      case SetType::Address:
      case SetType::Port:
      case SetType::Number:
      case SetType::Mac:
      case SetType::Interface:
        continue;
      case SetType::User:
      case SetType::Group:
      case SetType::Comm:
      case SetType::Cgroup:
        break;
    }
    diagnostics_
        .report(
            DiagId::TypeMismatch, words[i].range,
            "a combination has no " + words[i].text + ": names are resolved outside of the packet's values")
        .help("test it apart, as in 'owner." + words[i].text + " in names && (...) in pairs'");
    return false;
  }
  if (types.size() <= kMaxParts) return true;
  diagnostics_.report(DiagId::ResourceLimit, words[kMaxParts].range,
                      "a combination has at most " + std::to_string(kMaxParts) + " parts");
  return false;
}

// An element whose part is a set stands for one combination with each of that set's elements.
bool Checker::readRow(const syntax::Expr& element, const std::vector<ElementType>& types,
                      std::vector<Row>& into) {
  const size_t before = diagnostics_.errorCount();
  if (element.kind == syntax::ExprKind::Path && types.size() > 1) {
    Declared* declared = find(element.name.text);
    if (declared != nullptr && declared->kind == NameKind::Set) {
      declared->used = true;
      const SetInfo& other = set(declared->index);
      if (other.types.empty() && !other.type) return false;  // reported
      if (other.capacity != 0) {
        diagnostics_
            .report(DiagId::TypeMismatch, element.range,
                    "a copy of set '" + element.name.text + "' would not follow its changes: it has a size")
            .help("test it apart, with '||'");
        return false;
      }
      const bool same =
          std::ranges::equal(other.types, types, [](const ElementType& a, const ElementType& b) {
            return a.type == b.type && a.family == b.family;
          });
      if (same) {
        if (!countElements(other.rows.size(), element.range)) return false;
        into.insert(into.end(), other.rows.begin(), other.rows.end());
        return true;
      }
    }
  }
  const bool single = types.size() == 1;
  if (!single && (element.kind != syntax::ExprKind::Tuple || element.operands.size() != types.size())) {
    diagnostics_
        .report(
            DiagId::TypeMismatch, element.range,
            "expected a combination " + combinationText(types) + ", got " +
                (element.kind == syntax::ExprKind::Tuple ? std::to_string(element.operands.size()) + " values"
                                                         : "one value"))
        .help("write the values of an element in parentheses, with commas");
    return false;
  }
  std::vector<Row> rows = {Row{{}, element.range, {}}};
  for (size_t i = 0; i < types.size(); ++i) {
    Elements elements;
    const syntax::Expr& value = single ? element : element.operands[i];
    readElement(value, types[i], elements);
    if (diagnostics_.errorCount() != before) return false;
    std::vector<Row::Part> parts;
    for (const Interval& interval : elements.ipv4) parts.push_back({4, interval});
    for (const Interval& interval : elements.ipv6) parts.push_back({6, interval});
    for (const Interval& interval : elements.other) {
      if (types[i].type == SetType::Number && bitLength(interval.last) > 32) {
        diagnostics_.report(DiagId::OutOfRange, value.range,
                            "the numbers of combinations and keys are less than 4294967296");
        return false;
      }
      parts.push_back({0, interval});
    }
    if (!countElements(rows.size() * parts.size(), element.range)) return false;
    std::vector<Row> more;
    for (const Row& row : rows)
      for (const Row::Part& part : parts) {
        more.push_back(row);
        more.back().parts.push_back(part);
      }
    rows = std::move(more);
  }
  into.insert(into.end(), std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
  return true;
}

std::optional<std::vector<Value>> Checker::checkParts(const syntax::Expr& tuple) {
  std::vector<Value> values;
  bool good = true;
  if (tuple.operands.size() > kMaxParts) {
    diagnostics_.report(DiagId::ResourceLimit, tuple.operands[kMaxParts].range,
                        "a combination has at most " + std::to_string(kMaxParts) + " parts");
    return std::nullopt;
  }
  for (const syntax::Expr& part : tuple.operands) {
    values.push_back(check(part));
    good = good && !values.back().isError();
  }
  if (!good) return std::nullopt;
  return values;
}

/// The type of elements that a value is looked for among, where no declaration says so.
std::optional<Checker::ElementType> Checker::partTypeFor(const Value& operand) {
  if (operand.kind == Value::Kind::Symbol) {
    diagnostics_
        .report(
            DiagId::TypeMismatch, operand.range,
            "a combination has no names: '" + operand.text + "' is resolved outside of the packet's values")
        .help("test it apart, with '&&'");
    return std::nullopt;
  }
  const std::optional<SetType> type = setTypeFor(operand);
  if (!type) return std::nullopt;
  return ElementType{*type};
}

bool Checker::fitsPart(const Value& operand, ElementType type, const std::vector<Row>& rows, size_t part,
                       const SourceRange& range) {
  const std::string part_text =
      part == SIZE_MAX ? "the key" : "part " + std::to_string(part + 1) + " of the combination";
  const auto wrong = [&](const std::string& wanted) {
    diagnostics_.report(DiagId::TypeMismatch, operand.range,
                        part_text + " is " + wanted + ", got " + describeType(operand));
    return false;
  };
  switch (type.type) {
    case SetType::Address:
      return operand.kind == Value::Kind::Either || operand.isAddress() ? true : wrong("an address");
    case SetType::Mac:
      return operand.kind == Value::Kind::Typed && operand.type.kind == TypeKind::Mac
                 ? true
                 : wrong("a MAC address");
    case SetType::Interface:
      return operand.isInt() && operand.type.unit == Unit::Interface ? true : wrong("an interface");
    case SetType::Port:
    case SetType::Number:
      break;
    case SetType::User:
    case SetType::Group:
    case SetType::Comm:
    case SetType::Cgroup:
      return wrong("a name");
  }
  const bool port = type.type == SetType::Port;
  if (!operand.isInt() || operand.type.unit == Unit::Interface ||
      (port && operand.type.unit != Unit::Port && operand.type.unit != Unit::None))
    return wrong(port ? "a port" : "a number");
  if (operand.type.bits == 64) return wrong("a number of 32 bits");
  if (port && operand.type.value_bits > 16) {
    diagnostics_
        .report(
            DiagId::OutOfRange, operand.range,
            "part " + std::to_string(part + 1) + " of the combination is a port, this number may be larger")
        .help("declare the part as 'number', or write '& 0xffff'");
    return false;
  }
  if (!operand.is_field || operand.expr == nullptr) return true;
  for (const Row& row : rows) {
    const Interval& interval = row.parts[part == SIZE_MAX ? 0 : part].interval;
    if (bitLength(interval.last) <= operand.type.value_bits) continue;
    diagnostics_.report(DiagId::OutOfRange, range,
                        "'" + std::string(field(as<FieldRef>(*operand.expr).field).name) + "' has " +
                            std::to_string(operand.type.value_bits) + " bits and is less than " +
                            std::to_string(uint64_t{1} << operand.type.value_bits) + ", an element has " +
                            std::to_string(interval.last.lo));
    return false;
  }
  return true;
}

Value Checker::inCombination(const syntax::Expr& expr) {
  const syntax::Expr& tuple = expr.operands[0];
  const syntax::Expr& target = expr.operands[1];
  std::optional<std::vector<Value>> checked = checkParts(tuple);
  if (!checked) return errorValue(expr.range);
  std::vector<Value>& operands = *checked;

  // What is looked at: a named set, or combinations written in place.
  std::vector<ElementType> types;
  std::vector<Row> in_place;
  const std::vector<Row>* rows = &in_place;
  SourceRange place = target.range;
  std::string name;
  uint32_t capacity = 0;
  Declared* declared = target.kind == syntax::ExprKind::Path ? find(target.name.text) : nullptr;
  if (declared != nullptr && declared->kind == NameKind::Set) {
    declared->used = true;
    const SetInfo& info = set(declared->index);
    if (info.types.empty() && !info.type) return errorValue(expr.range);  // reported
    if (info.types.size() != operands.size()) {
      const std::string has = info.types.empty()
                                  ? "single values of type " + file_.sets[declared->index].types[0].text
                                  : "combinations " + combinationText(info.types);
      diagnostics_
          .report(DiagId::TypeMismatch, tuple.range,
                  "'" + target.name.text + "' is a set of " + has + ", got " +
                      std::to_string(operands.size()) + " values")
          .note(declared->range, "declared here");
      return errorValue(expr.range);
    }
    types = info.types;
    rows = &info.rows;
    capacity = info.capacity;
    place = declared->range;
    name = target.name.text;
  } else {
    for (const Value& operand : operands) {
      const auto type = partTypeFor(operand);
      if (!type) return errorValue(expr.range);
      types.push_back(*type);
    }
    const bool list = target.kind == syntax::ExprKind::List;
    for (size_t i = 0; i < (list ? target.operands.size() : 1); ++i)
      if (!readRow(list ? target.operands[i] : target, types, in_place)) return errorValue(expr.range);
  }
  for (size_t i = 0; i < types.size(); ++i)
    if (!fitsPart(operands[i], types[i], *rows, i, expr.range)) return errorValue(expr.range);
  return lookIn(std::move(operands), {&types, rows, place, name, std::nullopt, capacity}, expr.range);
}

// One table for each choice of families; a choice whose values are never present is none.
std::vector<Checker::Found> Checker::findTables(const std::vector<Value>& operands, const TableSource& source,
                                                const SourceRange& range) {
  std::map<std::string, std::vector<const Row*>> choices;
  for (const Row& row : *source.rows) {
    std::string choice;
    for (const Row::Part& part : row.parts) choice += static_cast<char>('0' + part.family);
    choices[choice].push_back(&row);
  }
  if (source.capacity != 0) {  // rows of every choice may come later
    std::vector<std::string> all = {""};
    for (const ElementType& type : *source.types) {
      std::vector<std::string> longer;
      for (const std::string& choice : all)
        for (const char family : std::string_view("046"))
          if (type.type != SetType::Address
                  ? family == '0'
                  : family != '0' && (type.family == 0 || type.family == static_cast<unsigned>(family - '0')))
            longer.push_back(choice + family);
      all = std::move(longer);
    }
    for (const std::string& choice : all) choices.try_emplace(choice);
  }
  std::vector<Found> found;
  for (const auto& [choice, chosen] : choices) {
    std::vector<ExprPtr> parts;
    unsigned families = 0;  // of the packet's own addresses
    for (size_t i = 0; i < operands.size(); ++i) {
      const Value& operand = operands[i];
      const unsigned family = static_cast<unsigned>(choice[i] - '0');
      const ExprPtr* part = &operand.expr;
      if (operand.kind == Value::Kind::Either) {
        part = family == 4 ? &operand.expr : &operand.v6;
        if (operand.of_packet) families |= family == 4 ? 1 : 2;
      } else if (family != 0 && family != familyOf(operand)) {
        break;
      }
      if (*part == nullptr || !countNodes(1, range)) break;
      parts.push_back(clone(**part));
    }
    if (parts.size() != operands.size() || families == 3) continue;
    TableId id{};
    if (hook_) {
      const auto [known, fresh] =
          table_ids_.try_emplace({source.place.file.value, source.place.begin, choice},
                                 static_cast<TableId>(program_.tables.size()));
      id = known->second;
      if (fresh) {
        Table table{source.name, source.place, {}, {}, source.value, source.capacity, source.prefixes};
        for (size_t i = 0; i < operands.size(); ++i) {
          const ElementType& type = (*source.types)[i];
          const bool in_place = source.name.empty() && operands[i].isInt();
          table.key.push_back(type.type == SetType::Address ? parts[i]->type
                              : type.type == SetType::Mac   ? Type::mac()
                              : type.type == SetType::Port  ? Type::u32(16, Unit::Port)
                              : in_place                    ? operands[i].type
                                                            : Type::u32());
        }
        for (const Row* row : chosen) {
          // What the value cannot be holds no value.
          std::vector<Interval> key;
          bool possible = true;
          for (const Row::Part& part : row->parts) {
            const Bits128 top = lowOnes(table.key[key.size()].value_bits);
            possible = possible && part.interval.first <= top;
            key.push_back({part.interval.first, std::min(part.interval.last, top)});
          }
          if (possible) table.rows.push_back({std::move(key), row->value, row->range});
        }
        program_.tables.push_back(std::move(table));
      }
    }
    found.push_back({std::move(parts), id});
  }
  return found;
}

Value Checker::lookIn(std::vector<Value> operands, const TableSource& source, const SourceRange& range) {
  unsigned depth = 1;
  for (const Value& operand : operands) depth = std::max(depth, operand.depth + 2);
  std::vector<ExprPtr> cases;
  for (Found& found : findTables(operands, source, range))
    cases.push_back(std::make_unique<InTable>(range, std::move(found.operands), found.table));
  if (cases.empty()) return boolValue(false, range);
  return typedValue(Type::boolean(), makeOr(range, std::move(cases)), range, depth + 1);
}

}  // namespace norman
