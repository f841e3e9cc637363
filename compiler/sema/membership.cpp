// The operator 'in': what is looked for, in a named set or among elements written in place.
#include <algorithm>

#include "compiler/sema/checker.h"
#include "compiler/sema/intervals.h"

namespace norman {

using namespace ast;

Value Checker::checkIn(const syntax::Expr& expr) {
  if (expr.operands[0].kind == syntax::ExprKind::Tuple) return inCombination(expr);
  Value operand = check(expr.operands[0]);
  if (operand.isError()) return operand;
  return inSet(std::move(operand), expr.operands[1], expr.range);
}

SetId Checker::setFor(Type type, const std::vector<Interval>& intervals, const Looked& looked) {
  if (!hook_) return SetId{};  // a declaration checked by itself leaves nothing in the program
  const auto [place, fresh] = set_ids_.try_emplace({looked.range.file.value, looked.range.begin, type.kind},
                                                   static_cast<SetId>(program_.sets.size()));
  if (fresh) program_.sets.push_back({looked.name, looked.range, type, intervals, looked.capacity, looked.prefixes});
  return place->second;
}

std::optional<Checker::SetType> Checker::setTypeFor(const Value& operand) {
  if (operand.kind == Value::Kind::Symbol) {
    switch (operand.attribute) {
      case OwnerAttribute::User:
        return SetType::User;
      case OwnerAttribute::Group:
        return SetType::Group;
      case OwnerAttribute::Comm:
        return SetType::Comm;
      case OwnerAttribute::Cgroup:
        return SetType::Cgroup;
    }
  }
  if (operand.kind == Value::Kind::Either || operand.isAddress()) return SetType::Address;
  if (operand.kind == Value::Kind::Typed && operand.type.kind == TypeKind::Mac) return SetType::Mac;
  if (operand.isInt()) return operand.type.unit == Unit::Interface ? SetType::Interface : SetType::Number;
  diagnostics_.report(DiagId::TypeMismatch, operand.range,
                      "'in' asks for a number, an address or a name, got " + describeType(operand));
  return std::nullopt;
}

const char* Checker::elementsOf(SetType type) {
  switch (type) {
    case SetType::Address:
      return "addresses";
    case SetType::Port:
    case SetType::Number:
      return "numbers";
    case SetType::Mac:
      return "MAC addresses";
    case SetType::Interface:
      return "interfaces";
    case SetType::User:
    case SetType::Group:
    case SetType::Comm:
    case SetType::Cgroup:
      break;
  }
  return "names";
}

bool Checker::readNamedSet(Declared& declared, const syntax::Name& target, const Value& operand, SetType type,
                           Looked& looked) {
  declared.used = true;
  const SetInfo& info = set(declared.index);
  if (!info.types.empty())
    diagnostics_
        .report(DiagId::TypeMismatch, operand.range,
                "'" + target.text + "' is a set of combinations, got one value")
        .note(declared.range, "declared here")
        .help("write as many values as the set has: '(a, b) in " + target.text + "'");
  if (!info.type) return false;
  const bool numbers = *info.type == SetType::Port && type == SetType::Number &&
                       (operand.type.unit == Unit::Port || operand.type.unit == Unit::None);
  if (*info.type != type && !numbers) {
    diagnostics_
        .report(DiagId::TypeMismatch, target.range,
                "'" + target.text + "' is a set of type " + file_.sets[declared.index].types.front().text +
                    ", a set of " + elementsOf(type) + " is needed here")
        .note(declared.range, "declared here");
    return false;
  }
  looked.named = &info.elements;
  looked.range = declared.range;
  looked.name = target.text;
  looked.type = info.type;
  looked.capacity = info.capacity;
  looked.prefixes = info.prefixes;
  return true;
}

// Ends of numbers in place may have units, which must go with the operand's: seconds may be written as
// durations.
void Checker::unifyElement(const syntax::Expr& element, const Value& operand, Interval& interval,
                           const SourceRange& range) {
  const size_t before = diagnostics_.errorCount();
  const bool is_range = element.kind == syntax::ExprKind::Range;
  for (const bool last : {false, true}) {
    if ((last && !is_range) || diagnostics_.errorCount() != before) return;
    const bool outer = std::exchange(constants_only_, true);
    Value value = check(is_range ? element.operands[last ? 1 : 0] : element);
    constants_only_ = outer;
    Value other = typedValue(operand.type, nullptr, operand.range);
    const bool duration = value.type.unit == Unit::Nanoseconds;
    if (!unifyUnits(other, value, range, "this comparison")) return;
    if (!duration || operand.type.unit != Unit::Seconds) continue;
    if (!last) interval.first.lo = value.literal()->lo;
    if (last || !is_range) interval.last.lo = value.literal()->lo;
  }
}

bool Checker::readElementsInPlace(const syntax::Expr& target, const Value& operand, SetType type,
                                  const SourceRange& range, Elements& into) {
  const size_t before = diagnostics_.errorCount();
  const bool list = target.kind == syntax::ExprKind::List;
  for (size_t i = 0; i < (list ? target.operands.size() : 1); ++i) {
    const syntax::Expr& element = list ? target.operands[i] : target;
    readSetElement(element, type, into);
    if (type != SetType::Number || into.other.empty() || diagnostics_.errorCount() != before) continue;
    const Declared* declared = element.kind == syntax::ExprKind::Path ? find(element.name.text) : nullptr;
    const bool of_a_set = declared != nullptr && declared->kind == NameKind::Set;
    if (!of_a_set) unifyElement(element, operand, into.other.back(), range);
  }
  if (diagnostics_.errorCount() != before) return false;
  into.ipv4 = normalise(std::move(into.ipv4));
  into.ipv6 = normalise(std::move(into.ipv6));
  into.other = normalise(std::move(into.other));
  std::sort(into.names.begin(), into.names.end());
  into.names.erase(std::unique(into.names.begin(), into.names.end()), into.names.end());
  return true;
}

Value Checker::inSet(Value operand, const syntax::Expr& target, const SourceRange& range) {
  const std::optional<SetType> known = setTypeFor(operand);
  if (!known) return errorValue(range);
  const SetType type = *known;
  Looked looked;
  looked.range = target.range;
  Declared* declared = target.kind == syntax::ExprKind::Path ? find(target.name.text) : nullptr;
  const bool named = declared != nullptr && declared->kind == NameKind::Set;
  const bool good = named ? readNamedSet(*declared, target.name, operand, type, looked)
                          : readElementsInPlace(target, operand, type, range, looked.in_place);
  if (!good) return errorValue(range);
  const Elements* const elements = named ? looked.named : &looked.in_place;
  const bool either = operand.kind == Value::Kind::Either;

  if (operand.kind == Value::Kind::Symbol) {
    if (!countElements(elements->names.size(), range)) return errorValue(range);
    const bool subtree = operand.attribute == OwnerAttribute::Cgroup;
    return typedValue(Type::boolean(), ownerTest(operand, elements->names, subtree, false, range), range);
  }
  const unsigned depth = operand.depth + 3;
  const auto member = [&](ExprPtr value, Type element_type,
                          const std::vector<Interval>& intervals) -> ExprPtr {
    if (value == nullptr || (intervals.empty() && looked.capacity == 0)) return makeBool(range, false);
    const SetId id = setFor(element_type, intervals, looked);
    if (value->kind == ExprKind::Literal && looked.capacity == 0) {
      const Bits128 number = as<Literal>(*value).value;
      const auto after = std::upper_bound(
          intervals.begin(), intervals.end(), number,
          [](const Bits128& wanted, const Interval& interval) { return wanted < interval.first; });
      return makeBool(range, after != intervals.begin() && number <= std::prev(after)->last);
    }
    return std::make_unique<InSet>(range, std::move(value), id);
  };
  if (type == SetType::Address) {
    const bool four = either || operand.isIpv4();
    const bool six = either || !operand.isIpv4();
    const bool other_family = (!four && elements->ipv6.empty() && !elements->ipv4.empty()) ||
                              (!six && elements->ipv4.empty() && !elements->ipv6.empty());
    if (other_family && !named) {  // a named set may get other elements some day
      diagnostics_.report(DiagId::TypeMismatch, range,
                          std::string("an ") + (four ? "ipv4" : "ipv6") + " address is looked for among " +
                              (four ? "ipv6" : "ipv4") + " ones only");
      return errorValue(range);
    }
    std::vector<ExprPtr> cases;
    if (four) cases.push_back(member(std::move(operand.expr), Type::ipv4(), elements->ipv4));
    if (six)
      cases.push_back(
          member(either ? std::move(operand.v6) : std::move(operand.expr), Type::ipv6(), elements->ipv6));
    return typedValue(Type::boolean(), makeOr(range, std::move(cases)), range, depth);
  }
  if (operand.isInt() && operand.is_field && operand.expr != nullptr && !elements->other.empty()) {
    const Bits128 largest = elements->other.back().last;
    if (bitLength(largest) > operand.type.value_bits) {
      diagnostics_.report(DiagId::OutOfRange, target.range,
                          "'" + std::string(field(as<FieldRef>(*operand.expr).field).name) + "' has " +
                              std::to_string(operand.type.value_bits) + " bits and is less than " +
                              std::to_string(uint64_t{1} << operand.type.value_bits) +
                              ", the largest element is " + std::to_string(largest.lo));
      return errorValue(range);
    }
  }
  // The set's type is that of a plain number, of what it was declared for: it may serve operands of several widths.
  Type element_type = type == SetType::Mac ? Type::mac() : Type::u64();
  if (looked.type == SetType::Port) element_type.unit = Unit::Port;
  if (looked.type == SetType::Interface) element_type.unit = Unit::Interface;
  return typedValue(Type::boolean(), member(std::move(operand.expr), element_type, elements->other), range,
                    depth);
}

}  // namespace norman
