// Conditions as values, in as few tests as the packet's layout allows: equalities of one entry word are
// merged into one masked compare, and presence is tested once for a whole conjunction.
#include <llvm/IR/Module.h>

#include <bit>
#include <cassert>

#include "compiler/codegen/expression_emitter.h"
#include "norman/spec/isa.h"

namespace norman::codegen {
namespace {

using ast::as;
using ast::CompareOp;
using ast::Expr;
using ast::ExprKind;

CompareOp inverse(CompareOp op) {
  switch (op) {
    case CompareOp::Eq:
      return CompareOp::Ne;
    case CompareOp::Ne:
      return CompareOp::Eq;
    case CompareOp::Lt:
      return CompareOp::Ge;
    case CompareOp::Le:
      return CompareOp::Gt;
    case CompareOp::Gt:
      return CompareOp::Le;
    case CompareOp::Ge:
      return CompareOp::Lt;
  }
  llvm_unreachable("compare operator");
}

/// Bits of entry words that are zero unless a header is there ("a part of a word whose header is absent is
/// zero"), so that a bit found set proves the header.
struct OwnedBits {
  unsigned word;
  uint32_t mask;
  PresenceMask header;
};
constexpr OwnedBits kOwnedBits[] = {
    {isa::kWTcp, 0xffff, isa::kHasTcp},
    {isa::kWAck, 0xffffffff, isa::kHasTcp},
    {isa::kWFlow, 0xffffffff, isa::kHasIpv6},
    {isa::kWOwnUid, 0xffffffff, isa::kHasOwner},
    {isa::kWOwnGid, 0xffffffff, isa::kHasOwner},
    {isa::kWOwnPid, 0xffffffff, isa::kHasOwner},
    {isa::kWSockUid, 0xffffffff, isa::kHasSocket},
    {isa::kWSockGid, 0xffffffff, isa::kHasSocket},
};

bool isPredicateWord(unsigned word) { return word == isa::kWPredLo || word == isa::kWPredHi; }

}  // namespace

/// Whether the test can only hold where the presence bits are set, so that they need no test of their own.
bool ExpressionEmitter::provesItself(const Core& core, PresenceMask needed) const {
  if (!core.bits || !core.holds) return false;
  // The control plane computes owner predicates; for a packet without owner (or socket) none holds.
  if (isPredicateWord(core.bits->word)) return true;
  for (const OwnedBits& owned : kOwnedBits)
    if (owned.word == core.bits->word && (core.bits->value & owned.mask) != 0 &&
        untested(needed, owned.header) == 0)
      return true;
  return false;
}

// ---------------------------------------------------------------------------------------------- leaves

std::optional<ExpressionEmitter::BitTest> ExpressionEmitter::equality(const ast::Compare& compare) const {
  if (compare.op != CompareOp::Eq && compare.op != CompareOp::Ne) return std::nullopt;
  const Expr* field_side = compare.lhs.get();
  const Expr* literal_side = compare.rhs.get();
  if (field_side->kind != ExprKind::FieldRef) std::swap(field_side, literal_side);
  if (field_side->kind != ExprKind::FieldRef || literal_side->kind != ExprKind::Literal) return std::nullopt;
  const ast::Field& field = ast::field(as<ast::FieldRef>(*field_side).field);
  const ast::Bits128& value = as<ast::Literal>(*literal_side).value;
  if (field.width > 32 || value.hi != 0 || std::bit_width(value.lo) > field.width ||
      !stableOperand(*field_side))
    return std::nullopt;
  const uint32_t ones = field.width == 32 ? ~uint32_t{0} : (uint32_t{1} << field.width) - 1;
  return BitTest{field.word, ones << field.lsb, static_cast<uint32_t>(value.lo) << field.lsb};
}

/// Membership in a set of one value is an equality, unless the values change.
std::optional<ExpressionEmitter::BitTest> ExpressionEmitter::single(const ast::InSet& in) {
  const ast::Set& set = program_.sets[ast::index(in.set)];
  if (set.capacity != 0 || set.intervals.size() != 1 || set.intervals[0].first != set.intervals[0].last ||
      !stableOperand(*in.operand))
    return std::nullopt;
  const ast::Field& field = ast::field(as<ast::FieldRef>(*in.operand).field);
  const ast::Bits128& value = set.intervals[0].first;
  if (field.width > 32 || value.hi != 0 || std::bit_width(value.lo) > field.width) return std::nullopt;
  const uint32_t ones = field.width == 32 ? ~uint32_t{0} : (uint32_t{1} << field.width) - 1;
  objects_.plan(in.set);  // noted in the report
  return BitTest{field.word, ones << field.lsb, static_cast<uint32_t>(value.lo) << field.lsb};
}

ExpressionEmitter::Core ExpressionEmitter::core(const Term& leaf, PresenceMask known) {
  builder_.SetCurrentDebugLocation(locate_(leaf.expr->range));
  const auto plain = [&](llvm::Value* value) {
    return Core{std::nullopt, leaf.negated ? builder_.CreateNot(value) : value};
  };
  switch (leaf.expr->kind) {
    case ExprKind::Literal:
      return plain(builder_.getInt1(as<ast::Literal>(*leaf.expr).value.lo != 0));
    case ExprKind::LocalRef:
      return plain(locals_.at(as<ast::LocalRef>(*leaf.expr).local).words[0]);
    case ExprKind::Present: {
      const Expr& operand = *as<ast::Present>(*leaf.expr).operand;
      if (operand.type.isBool() || operand.kind == ExprKind::FieldRef) return plain(builder_.getTrue());
      const Value asked = value(operand, known);
      return plain(andFound(builder_.getTrue(), {&asked}));
    }
    case ExprKind::FieldRef: {
      const ast::Field& field = ast::field(as<ast::FieldRef>(*leaf.expr).field);
      const uint32_t bit = uint32_t{1} << field.lsb;
      if (stableOperand(*leaf.expr)) return {BitTest{field.word, bit, bit}, nullptr, !leaf.negated};
      return plain(
          builder_.CreateICmpNE(packet_.read({field.word, field.lsb, field.width}), builder_.getInt32(0)));
    }
    case ExprKind::OwnerTest: {
      const auto& test = as<ast::OwnerTest>(*leaf.expr);
      const size_t bit = ast::index(test.predicate);
      const uint32_t mask = uint32_t{1} << (bit % 32);
      return {BitTest{bit < 32 ? isa::kWPredLo : isa::kWPredHi, mask, mask}, nullptr,
              test.negated == leaf.negated};
    }
    case ExprKind::Compare: {
      const auto& compare = as<ast::Compare>(*leaf.expr);
      if (const auto test = equality(compare))
        return {test, nullptr, (compare.op == CompareOp::Eq) != leaf.negated};
      const Value lhs = value(*compare.lhs, known);
      const Value rhs = value(*compare.rhs, known);
      builder_.SetCurrentDebugLocation(locate_(leaf.expr->range));
      if (lhs.found != nullptr || rhs.found != nullptr)
        return plain(andFound(this->compare(compare.op, lhs, rhs), {&lhs, &rhs}));
      return {std::nullopt, this->compare(leaf.negated ? inverse(compare.op) : compare.op, lhs, rhs)};
    }
    case ExprKind::InSet: {
      const auto& in = as<ast::InSet>(*leaf.expr);
      if (const auto test = single(in)) return {test, nullptr, !leaf.negated};
      return plain(inSet(in, known));
    }
    case ExprKind::InTable:
      return plain(inTable(as<ast::InTable>(*leaf.expr), known));
    case ExprKind::MeterTest: {
      const auto& test = as<ast::MeterTest>(*leaf.expr);
      llvm::Value* holds = meterTest(test, known);
      return {std::nullopt, leaf.negated ? builder_.CreateNot(holds) : holds};
    }
    case ExprKind::RawRead:
    case ExprKind::MapValue:
    case ExprKind::StateValue:
    case ExprKind::Widen:
    case ExprKind::Arith:
    case ExprKind::Not:
    case ExprKind::And:
    case ExprKind::Or:
      break;
  }
  llvm_unreachable("not a leaf of a condition");
}

llvm::Value* ExpressionEmitter::emit(const BitTest& test, bool holds) {
  const auto predicate = holds ? llvm::CmpInst::ICMP_EQ : llvm::CmpInst::ICMP_NE;
  if (test.mask == 0) return builder_.getInt1(holds);
  const auto lsb = static_cast<unsigned>(std::countr_zero(test.mask));
  const auto width = static_cast<unsigned>(std::bit_width(test.mask)) - lsb;
  // A whole byte, half or word is an operand by itself.
  if (std::popcount(test.mask) == static_cast<int>(width) && (width == 8 || width == 16 || width == 32) &&
      lsb % width == 0)
    return builder_.CreateICmp(predicate, packet_.read({test.word, lsb, width}),
                               builder_.getInt32(test.value >> lsb));
  llvm::Value* bits = builder_.CreateAnd(packet_.read({test.word, 0, 32}), test.mask);
  if (width == 1 && test.value != 0)
    return builder_.CreateICmp(llvm::CmpInst::getInversePredicate(predicate), bits, builder_.getInt32(0));
  return builder_.CreateICmp(predicate, bits, builder_.getInt32(test.value));
}

llvm::Value* ExpressionEmitter::present(PresenceMask needed, PresenceMask known) {
  if (contradicts(needed | known)) return builder_.getFalse();
  const PresenceMask bits = untested(needed, known);
  return emit({isa::kWParse, bits, bits}, true);
}

// ---------------------------------------------------------------------------------------------- junctions

llvm::Value* ExpressionEmitter::condition(const Term& term, PresenceMask known) {
  if (term.expr->kind == ExprKind::Not)
    return condition({as<ast::Not>(*term.expr).operand.get(), !term.negated}, known);
  std::vector<Term> terms;
  const bool conjunction = isJunction(term) ? isConjunction(term) : !term.negated;
  flatten(term, conjunction, terms);
  return conjunction ? all(terms, known) : any(terms, known);
}

/// The conjunction of the terms. What each implies may be taken for granted by the others, as long as it is
/// tested.
llvm::Value* ExpressionEmitter::all(const std::vector<Term>& terms, PresenceMask known) {
  PresenceMask facts = closure(known);
  for (const Term& term : terms) facts |= closure(implied(*term.expr, term.negated));
  if (contradicts(facts)) return builder_.getFalse();

  const llvm::DebugLoc place = builder_.getCurrentDebugLocation();
  std::map<unsigned, BitTest> tests;
  std::vector<llvm::Value*> values;
  PresenceMask to_test = 0;
  PresenceMask proven = closure(known);
  bool contradiction = false;
  const auto merge = [&](const BitTest& test) {
    const auto [found, is_new] = tests.emplace(test.word, test);
    if (is_new) return;
    BitTest& whole = found->second;
    contradiction |= ((whole.value ^ test.value) & whole.mask & test.mask) != 0;
    whole.mask |= test.mask;
    whole.value |= test.value;
  };
  for (const Term& term : terms) {
    if (isJunction(term) || term.negated) {
      to_test |= implied(*term.expr, term.negated);
      const bool negated_leaf = !isJunction(term);
      if (!negated_leaf) {
        values.push_back(condition(term, facts));
        continue;
      }
      if (untested(needed(*term.expr), facts) != 0) {
        values.push_back(any({term}, facts));
        continue;
      }
    }
    Core test = core(term, facts);
    if (!term.negated) {
      if (provesItself(test, needed(*term.expr)))
        proven |= closure(needed(*term.expr));
      else
        to_test |= needed(*term.expr);
    }
    if (test.bits && !test.holds && std::has_single_bit(test.bits->mask)) {
      test.bits->value ^= test.bits->mask;  // a bit that is not set is clear
      test.holds = true;
    }
    if (test.bits && test.holds)
      merge(*test.bits);
    else
      values.push_back(test.bits ? emit(*test.bits, false) : test.value);
  }
  if (contradiction) return builder_.getFalse();
  const PresenceMask bits = untested(to_test, proven);
  if (bits != 0) merge({isa::kWParse, bits, bits});
  if (contradiction) return builder_.getFalse();
  builder_.SetCurrentDebugLocation(place);
  std::vector<llvm::Value*> parts;
  for (const auto& [word, test] : tests) parts.push_back(emit(test, true));
  parts.insert(parts.end(), values.begin(), values.end());
  return join(std::move(parts), true);
}

/// The disjunction of the terms. What all of them need is tested once, before.
llvm::Value* ExpressionEmitter::any(const std::vector<Term>& terms, PresenceMask known) {
  PresenceMask common = ~PresenceMask{0};
  for (const Term& term : terms) common &= closure(implied(*term.expr, term.negated));
  const PresenceMask bits = untested(common, known);
  if (bits != 0 && terms.size() > 1) {
    llvm::Value* guard = present(common, known);
    return join({guard, any(terms, known | common)}, true);
  }

  const llvm::DebugLoc place = builder_.getCurrentDebugLocation();
  // Negated equalities of one word are merged: !a || !b is !(a && b).
  std::map<unsigned, BitTest> tests;
  std::vector<llvm::Value*> values;
  bool always = false;
  const auto merge = [&](const BitTest& test) {
    const auto [found, is_new] = tests.emplace(test.word, test);
    if (is_new) return;
    BitTest& whole = found->second;
    always |= ((whole.value ^ test.value) & whole.mask & test.mask) != 0;
    whole.mask |= test.mask;
    whole.value |= test.value;
  };
  for (const Term& term : terms) {
    if (isJunction(term)) {
      values.push_back(condition(term, known));
      continue;
    }
    if (!term.negated) {
      values.push_back(all({term}, known));
      continue;
    }
    if (contradicts(needed(*term.expr) | known)) {
      always = true;  // absent for certain
      continue;
    }
    const PresenceMask presence = untested(needed(*term.expr), known);
    const Core test = core(term, known | needed(*term.expr));
    // A test that proves the header fails where the header is absent; then the negation holds without asking.
    if (presence != 0 &&
        !(test.bits && provesItself({test.bits, nullptr, true}, needed(*term.expr)) && !test.holds))
      merge({isa::kWParse, presence, presence});
    if (test.bits && !test.holds)
      merge(*test.bits);
    else
      values.push_back(test.bits ? emit(*test.bits, true) : test.value);
  }
  if (always) return builder_.getTrue();
  builder_.SetCurrentDebugLocation(place);
  std::vector<llvm::Value*> parts;
  for (const auto& [word, test] : tests) parts.push_back(emit(test, false));
  parts.insert(parts.end(), values.begin(), values.end());
  return join(std::move(parts), false);
}

/// Chains, because a compare can take the predicate before it into its result; from four on two chains,
/// because a row has two lanes.
llvm::Value* ExpressionEmitter::join(std::vector<llvm::Value*> values, bool conjunction) {
  const auto chain = [&](auto first, auto last) {
    llvm::Value* result = builder_.getInt1(conjunction);
    for (; first != last; ++first) {
      if (llvm::isa<llvm::ConstantInt>(result) || llvm::isa<llvm::ConstantInt>(*first)) {
        const auto* constant = llvm::dyn_cast<llvm::ConstantInt>(result);
        llvm::Value* other = *first;
        if (constant == nullptr) {
          constant = llvm::cast<llvm::ConstantInt>(*first);
          other = result;
        }
        result = constant->isOne() == conjunction ? other : builder_.getInt1(!conjunction);
      } else {
        result = conjunction ? builder_.CreateAnd(result, *first) : builder_.CreateOr(result, *first);
      }
    }
    return result;
  };
  if (values.size() < 4) return chain(values.begin(), values.end());
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() + 1) / 2);
  std::vector<llvm::Value*> halves = {chain(values.begin(), middle), chain(middle, values.end())};
  return chain(halves.begin(), halves.end());
}

}  // namespace norman::codegen
