// The operator 'in': what is looked for, in a named set or among elements written in place.
#include <algorithm>

#include "compiler/sema/checker.h"
#include "compiler/sema/intervals.h"

namespace norman {

using namespace ast;

Value Checker::checkIn(const syntax::Expr& expr) {
  Value operand = check(expr.operands[0]);
  if (operand.isError()) return operand;
  return inSet(std::move(operand), expr.operands[1], expr.range);
}

SetId Checker::setFor(const SourceRange& key, const std::string& name, Type type,
                      const std::vector<Interval>& intervals, const SourceRange& range) {
  if (!hook_) return SetId{};  // a declaration checked by itself leaves nothing in the program
  const auto [place, fresh] =
      set_ids_.try_emplace({key.begin, type.kind}, static_cast<SetId>(program_.sets.size()));
  if (fresh) program_.sets.push_back({name, range, type, intervals});
  return place->second;
}

Value Checker::inSet(Value operand, const syntax::Expr& target, const SourceRange& range) {
  const bool either = operand.kind == Value::Kind::Either;
  SetType type = SetType::Number;
  const char* wanted = "";
  if (operand.kind == Value::Kind::Symbol) {
    switch (operand.attribute) {
      case OwnerAttribute::User:
        type = SetType::User;
        break;
      case OwnerAttribute::Group:
        type = SetType::Group;
        break;
      case OwnerAttribute::Comm:
        type = SetType::Comm;
        break;
      case OwnerAttribute::Cgroup:
        type = SetType::Cgroup;
        break;
    }
    wanted = "names";
  } else if (either || operand.isAddress()) {
    type = SetType::Address;
    wanted = "addresses";
  } else if (operand.kind == Value::Kind::Typed && operand.type.kind == TypeKind::Mac) {
    type = SetType::Mac;
    wanted = "MAC addresses";
  } else if (operand.isInt()) {
    type = operand.type.unit == Unit::Interface ? SetType::Interface : SetType::Number;
    wanted = type == SetType::Interface ? "interfaces" : "numbers";
  } else {
    diagnostics_.report(DiagId::TypeMismatch, operand.range,
                        "'in' asks for a number, an address or a name, got " + describeType(operand));
    return errorValue(range);
  }

  // A named set, or elements written in place. Numbers in place may have units, which must go with the
  // operand's.
  Elements in_place;
  const Elements* elements = &in_place;
  SourceRange key = target.range;
  SourceRange shown = target.range;
  std::string name;
  bool named = false;
  if (target.kind == syntax::ExprKind::Path) {
    if (Declared* declared = find(target.name.text); declared != nullptr && declared->kind == NameKind::Set) {
      declared->used = true;
      const SetInfo& info = set(declared->index);
      if (!info.type) return errorValue(range);
      const bool numbers = *info.type == SetType::Port && type == SetType::Number &&
                           (operand.type.unit == Unit::Port || operand.type.unit == Unit::None);
      if (*info.type != type && !numbers) {
        diagnostics_
            .report(DiagId::TypeMismatch, target.range,
                    "'" + target.name.text + "' is a set of type " + file_.sets[declared->index].type.text +
                        ", a set of " + wanted + " is needed here")
            .note(declared->range, "declared here");
        return errorValue(range);
      }
      elements = &info.elements;
      key = declared->range;
      shown = declared->range;
      name = target.name.text;
      named = true;
    }
  }
  if (!named) {
    const size_t before = diagnostics_.errorCount();
    const bool list = target.kind == syntax::ExprKind::List;
    for (size_t i = 0; i < (list ? target.operands.size() : 1); ++i) {
      const syntax::Expr& element = list ? target.operands[i] : target;
      readSetElement(element, type, in_place);
      if (type != SetType::Number) continue;
      const bool constant_set = element.kind == syntax::ExprKind::Path &&
                                find(element.name.text) != nullptr &&
                                find(element.name.text)->kind == NameKind::Set;
      if (constant_set) continue;
      // Units of numbers: seconds may be written as durations.
      const size_t added = in_place.other.size();
      for (const syntax::Expr* end :
           {&element, element.kind == syntax::ExprKind::Range ? &element.operands[1] : nullptr}) {
        if (end == nullptr || added == 0 || diagnostics_.errorCount() != before) continue;
        const bool outer = std::exchange(constants_only_, true);
        Value value = check(end->kind == syntax::ExprKind::Range ? end->operands[0] : *end);
        constants_only_ = outer;
        Value other = typedValue(operand.type, nullptr, operand.range);
        const bool duration = value.type.unit == Unit::Nanoseconds;
        if (!unifyUnits(other, value, range, "this comparison")) break;
        if (duration && operand.type.unit == Unit::Seconds) {
          Interval& interval = in_place.other.back();
          if (end == &element) interval.first.lo = value.literal()->lo;
          if (end != &element || element.kind != syntax::ExprKind::Range)
            interval.last.lo = value.literal()->lo;
        }
      }
    }
    if (diagnostics_.errorCount() != before) return errorValue(range);
    in_place.ipv4 = normalise(std::move(in_place.ipv4));
    in_place.ipv6 = normalise(std::move(in_place.ipv6));
    in_place.other = normalise(std::move(in_place.other));
    std::sort(in_place.names.begin(), in_place.names.end());
    in_place.names.erase(std::unique(in_place.names.begin(), in_place.names.end()), in_place.names.end());
  }

  if (operand.kind == Value::Kind::Symbol) {
    if (!countElements(elements->names.size(), range)) return errorValue(range);
    const bool subtree = operand.attribute == OwnerAttribute::Cgroup;
    return typedValue(Type::boolean(), ownerTest(operand, elements->names, subtree, false, range), range);
  }
  const unsigned depth = operand.depth + 3;
  const auto member = [&](ExprPtr value, Type element_type,
                          const std::vector<Interval>& intervals) -> ExprPtr {
    if (value == nullptr || intervals.empty()) return makeBool(range, false);
    const SetId id = setFor(key, name, element_type, intervals, shown);
    if (value->kind == ExprKind::Literal) {
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
  // The set's type is that of a plain number: one set may serve operands of several units and widths.
  const Type element_type = type == SetType::Mac ? Type::mac() : Type::u64();
  return typedValue(Type::boolean(), member(std::move(operand.expr), element_type, elements->other), range,
                    depth);
}

}  // namespace norman
