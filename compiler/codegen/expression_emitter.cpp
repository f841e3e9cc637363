// Conditions become as few tests as the packet's layout allows: equalities of one entry word are merged into
// one masked compare, presence is tested once for a whole conjunction, and only what has an effect (a meter)
// or what would waste a table stage (the two halves of an address set) costs a branch of its own.
#include "compiler/codegen/expression_emitter.h"

#include <fmt/format.h>
#include <llvm/IR/Module.h>

#include <algorithm>
#include <bit>
#include <cassert>

#include "compiler/ast/chain_copies.h"
#include "norman/spec/isa.h"

namespace norman::codegen {
namespace {

using ast::as;
using ast::CompareOp;
using ast::Expr;
using ast::ExprKind;
using ast::TypeKind;

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

ExpressionEmitter::ExpressionEmitter(PacketState& packet, Objects& objects, const ast::Program& program,
                                     ast::Direction direction,
                                     std::function<llvm::DebugLoc(const SourceRange&)> locate)
    : packet_(packet),
      builder_(packet.builder()),
      objects_(objects),
      program_(program),
      direction_(direction),
      locate_(std::move(locate)) {}

// ---------------------------------------------------------------------------------------------- questions

bool ExpressionEmitter::isJunction(const Term& term) {
  return term.expr->kind == ExprKind::And || term.expr->kind == ExprKind::Or;
}
bool ExpressionEmitter::isConjunction(const Term& term) {
  return (term.expr->kind == ExprKind::And) != term.negated;
}

/// Splits nested junctions of the same sort into their terms; negations end up at the leaves.
void ExpressionEmitter::flatten(const Term& term, bool conjunction, std::vector<Term>& out) {
  if (term.expr->kind == ExprKind::Not)
    return flatten({as<ast::Not>(*term.expr).operand.get(), !term.negated}, conjunction, out);
  if (!isJunction(term) || isConjunction(term) != conjunction) {
    out.push_back(term);
    return;
  }
  const auto& operands =
      term.expr->kind == ExprKind::And ? as<ast::And>(*term.expr).operands : as<ast::Or>(*term.expr).operands;
  for (const auto& operand : operands) flatten({operand.get(), term.negated}, conjunction, out);
}

bool ExpressionEmitter::hasMeter(const Expr& expr) {
  const auto any = [](const auto& operands) {
    return std::ranges::any_of(operands, [](const auto& o) { return hasMeter(*o); });
  };
  switch (expr.kind) {
    case ExprKind::MeterTest:
      return true;
    case ExprKind::Not:
      return hasMeter(*as<ast::Not>(expr).operand);
    case ExprKind::And:
      return any(as<ast::And>(expr).operands);
    case ExprKind::Or:
      return any(as<ast::Or>(expr).operands);
    case ExprKind::Literal:
    case ExprKind::FieldRef:
    case ExprKind::LocalRef:
    case ExprKind::Present:
    case ExprKind::Widen:
    case ExprKind::Arith:
    case ExprKind::Compare:
    case ExprKind::InSet:
    case ExprKind::OwnerTest:
      return false;
  }
  llvm_unreachable("expression kind");
}

bool ExpressionEmitter::looksUp(const Expr& expr) {
  const auto any = [this](const auto& operands) {
    return std::ranges::any_of(operands, [this](const auto& o) { return looksUp(*o); });
  };
  switch (expr.kind) {
    case ExprKind::InSet: {
      const auto& in = as<ast::InSet>(expr);
      if (objects_.plan(in.set).table_entries == 0) return false;
      const auto operand = stableOperand(*in.operand);
      return !operand || !shared_.contains({in.set, *operand});
    }
    case ExprKind::Not:
      return looksUp(*as<ast::Not>(expr).operand);
    case ExprKind::And:
      return any(as<ast::And>(expr).operands);
    case ExprKind::Or:
      return any(as<ast::Or>(expr).operands);
    case ExprKind::MeterTest:
    case ExprKind::Literal:
    case ExprKind::FieldRef:
    case ExprKind::LocalRef:
    case ExprKind::Present:
    case ExprKind::Widen:
    case ExprKind::Arith:
    case ExprKind::Compare:
    case ExprKind::OwnerTest:
      return false;
  }
  llvm_unreachable("expression kind");
}

/// Whether some alternatives look IPv4 addresses up and others IPv6 addresses: on separate paths both tables
/// can lie in one stage.
bool ExpressionEmitter::splitsFamilies(const std::vector<Term>& terms) {
  bool four = false;
  bool six = false;
  for (const Term& term : terms) {
    if (!looksUp(*term.expr)) continue;
    const PresenceMask headers = closure(implied(*term.expr, term.negated));
    four |= (headers & isa::kHasIpv4) != 0;
    six |= (headers & isa::kHasIpv6) != 0;
  }
  return four && six;
}

bool ExpressionEmitter::needsBranches(const Expr& expr) {
  if (hasMeter(expr)) return true;
  if (!looksUp(expr)) return false;
  const Term term{&expr, false};
  if (expr.kind == ExprKind::Not) return needsBranches(*as<ast::Not>(expr).operand);
  if (!isJunction(term)) return false;
  std::vector<Term> terms;
  flatten(term, isConjunction(term), terms);
  if (!isConjunction(term) && splitsFamilies(terms)) return true;
  return std::ranges::any_of(terms, [this](const Term& t) { return needsBranches(*t.expr); });
}

PresenceMask ExpressionEmitter::presenceOf(const Expr& operand) const {
  switch (operand.kind) {
    case ExprKind::FieldRef:
      return ast::field(as<ast::FieldRef>(operand).field).presence_mask;
    case ExprKind::LocalRef:
      return locals_.at(as<ast::LocalRef>(operand).local).presence;
    case ExprKind::Widen:
      return presenceOf(*as<ast::Widen>(operand).operand);
    case ExprKind::Arith:
      return presenceOf(*as<ast::Arith>(operand).lhs) | presenceOf(*as<ast::Arith>(operand).rhs);
    case ExprKind::Literal:
    case ExprKind::Present:
    case ExprKind::Compare:
    case ExprKind::InSet:
    case ExprKind::OwnerTest:
    case ExprKind::MeterTest:
    case ExprKind::Not:
    case ExprKind::And:
    case ExprKind::Or:
      return 0;
  }
  llvm_unreachable("expression kind");
}

PresenceMask ExpressionEmitter::needed(const Expr& leaf) const {
  switch (leaf.kind) {
    case ExprKind::Compare:
      return presenceOf(*as<ast::Compare>(leaf).lhs) | presenceOf(*as<ast::Compare>(leaf).rhs);
    case ExprKind::InSet:
      return presenceOf(*as<ast::InSet>(leaf).operand);
    case ExprKind::Present:
      return presenceOf(*as<ast::Present>(leaf).operand);
    case ExprKind::FieldRef:
      return ast::field(as<ast::FieldRef>(leaf).field).presence_mask;
    case ExprKind::OwnerTest: {
      const auto& predicate = program_.owner_predicates[ast::index(as<ast::OwnerTest>(leaf).predicate)];
      return predicate.subject == ast::OwnerSubject::Owner ? isa::kHasOwner : isa::kHasSocket;
    }
    case ExprKind::Literal:
    case ExprKind::LocalRef:
    case ExprKind::Widen:
    case ExprKind::Arith:
    case ExprKind::MeterTest:
    case ExprKind::Not:
    case ExprKind::And:
    case ExprKind::Or:
      return 0;
  }
  llvm_unreachable("expression kind");
}

PresenceMask ExpressionEmitter::implied(const Expr& condition, bool negated) const {
  const Term term{&condition, negated};
  if (condition.kind == ExprKind::Not) return implied(*as<ast::Not>(condition).operand, !negated);
  if (!isJunction(term)) return negated ? 0 : needed(condition);
  const auto& operands =
      condition.kind == ExprKind::And ? as<ast::And>(condition).operands : as<ast::Or>(condition).operands;
  const bool conjunction = isConjunction(term);
  PresenceMask result = conjunction ? 0 : ~PresenceMask{0};
  for (const auto& operand : operands) {
    const PresenceMask bits = closure(implied(*operand, negated));
    result = conjunction ? result | bits : result & bits;
  }
  return result;
}

PresenceMask ExpressionEmitter::guard(const Expr& condition) const {
  if (!hasMeter(condition)) return implied(condition);
  if (condition.kind == ExprKind::And) {
    PresenceMask result = 0;
    for (const auto& operand : as<ast::And>(condition).operands) {
      result |= guard(*operand);
      if (hasMeter(*operand)) break;  // what follows a meter does not keep it from being charged
    }
    return result;
  }
  if (condition.kind == ExprKind::Or) {
    PresenceMask result = ~PresenceMask{0};
    for (const auto& operand : as<ast::Or>(condition).operands) result &= closure(guard(*operand));
    return result;
  }
  return 0;
}

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

std::optional<std::string> ExpressionEmitter::stableOperand(const Expr& operand) const {
  if (operand.kind != ExprKind::FieldRef) return std::nullopt;
  const ast::FieldId id = as<ast::FieldRef>(operand).field;
  for (const Slice& slice : slicesOf(ast::field(id))) {
    const uint32_t mask = slice.width == 32 ? ~uint32_t{0} : ((uint32_t{1} << slice.width) - 1) << slice.lsb;
    if (packet_.rewritten(slice.word, mask)) return std::nullopt;
  }
  return std::string(ast::field(id).name);
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

/// Membership in a set of one value is an equality.
std::optional<ExpressionEmitter::BitTest> ExpressionEmitter::single(const ast::InSet& in) {
  const ast::Set& set = program_.sets[ast::index(in.set)];
  if (set.intervals.size() != 1 || set.intervals[0].first != set.intervals[0].last ||
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
    case ExprKind::Present:
      return plain(builder_.getTrue());
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
      return {std::nullopt, this->compare(leaf.negated ? inverse(compare.op) : compare.op, lhs, rhs)};
    }
    case ExprKind::InSet: {
      const auto& in = as<ast::InSet>(*leaf.expr);
      if (const auto test = single(in)) return {test, nullptr, !leaf.negated};
      return plain(inSet(in, known));
    }
    case ExprKind::MeterTest: {
      const auto& test = as<ast::MeterTest>(*leaf.expr);
      llvm::Value* conforms = meterConforms(test);
      return {std::nullopt, test.exceeds != leaf.negated ? builder_.CreateNot(conforms) : conforms};
    }
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

// ---------------------------------------------------------------------------------------------- conditions
// as values

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

// ---------------------------------------------------------------------------------------------- conditions
// as branches

llvm::BasicBlock* ExpressionEmitter::newBlock(const char* name) {
  return llvm::BasicBlock::Create(builder_.getContext(), name, builder_.GetInsertBlock()->getParent());
}

void ExpressionEmitter::branch(const Expr& condition, PresenceMask known, llvm::BasicBlock* yes,
                               llvm::BasicBlock* no) {
  branchTerm({&condition, false}, known, yes, no);
}

void ExpressionEmitter::branchTerm(const Term& term, PresenceMask known, llvm::BasicBlock* yes,
                                   llvm::BasicBlock* no) {
  if (!needsBranches(*term.expr) || term.expr->kind == ExprKind::MeterTest) {
    llvm::Value* holds = condition(term, known);
    builder_.SetCurrentDebugLocation(locate_(term.expr->range));
    if (const auto* constant = llvm::dyn_cast<llvm::ConstantInt>(holds))
      builder_.CreateBr(constant->isOne() ? yes : no);
    else
      builder_.CreateCondBr(holds, yes, no);
    return;
  }
  if (term.expr->kind == ExprKind::Not)
    return branchTerm({as<ast::Not>(*term.expr).operand.get(), !term.negated}, known, yes, no);
  std::vector<Term> terms;
  flatten(term, isConjunction(term), terms);
  if (isConjunction(term))
    branchAll(terms, known, yes, no);
  else
    branchAny(terms, known, yes, no);
}

void ExpressionEmitter::branchAll(const std::vector<Term>& given, PresenceMask known, llvm::BasicBlock* yes,
                                  llvm::BasicBlock* no) {
  // Cheap tests go before lookups that branch; nothing moves over a meter.
  std::vector<Term> terms = given;
  const auto first_meter = std::ranges::find_if(terms, [](const Term& t) { return hasMeter(*t.expr); });
  std::stable_partition(terms.begin(), first_meter,
                        [this](const Term& t) { return !needsBranches(*t.expr); });

  for (auto next = terms.begin(); next != terms.end();) {
    const auto run =
        std::find_if(next, terms.end(), [this](const Term& t) { return needsBranches(*t.expr); });
    const auto end = run == next ? next + 1 : run;
    llvm::BasicBlock* on = end == terms.end() ? yes : newBlock("and");
    if (run != next) {
      llvm::Value* holds = all({next, run}, known);
      builder_.CreateCondBr(holds, on, no);
    } else {
      branchTerm(*next, known, on, no);
    }
    for (; next != end; ++next) known |= closure(implied(*next->expr, next->negated));
    builder_.SetInsertPoint(on);
  }
}

void ExpressionEmitter::branchAny(const std::vector<Term>& given, PresenceMask known, llvm::BasicBlock* yes,
                                  llvm::BasicBlock* no) {
  std::vector<Term> terms = given;
  const bool meters = std::ranges::any_of(terms, [](const Term& t) { return hasMeter(*t.expr); });
  if (!meters) {
    const auto impossible = [&](const Term& t) { return contradicts(implied(*t.expr, t.negated) | known); };
    std::erase_if(terms, impossible);
    std::ranges::stable_partition(
        terms, [this](const Term& t) { return !needsBranches(*t.expr) && !looksUp(*t.expr); });
    if (splitsFamilies(terms)) {
      std::vector<Term> four, six, rest;
      for (const Term& term : terms) {
        const PresenceMask headers = closure(implied(*term.expr, term.negated));
        (headers & isa::kHasIpv4 ? four : headers & isa::kHasIpv6 ? six : rest).push_back(term);
      }
      if (!rest.empty()) {
        llvm::BasicBlock* on = newBlock("or");
        branchAny(rest, known, yes, on);
        builder_.SetInsertPoint(on);
      }
      llvm::BasicBlock* ipv4 = newBlock("ipv4");
      llvm::BasicBlock* ipv6 = newBlock("ipv6");
      builder_.CreateCondBr(present(isa::kHasIpv4, known), ipv4, ipv6);
      builder_.SetInsertPoint(ipv4);
      branchAny(four, known | isa::kHasIpv4, yes, no);
      builder_.SetInsertPoint(ipv6);
      const bool is_ip = (closure(known) & isa::kHasIp) != 0;
      branchAny(six, is_ip ? known | isa::kHasIpv6 : known, yes, no);
      return;
    }
  }
  if (terms.empty()) {
    builder_.CreateBr(no);
    return;
  }
  for (auto next = terms.begin(); next != terms.end();) {
    const auto run =
        std::find_if(next, terms.end(), [this](const Term& t) { return needsBranches(*t.expr); });
    const auto end = run == next ? next + 1 : run;
    llvm::BasicBlock* on = end == terms.end() ? no : newBlock("or");
    if (run != next) {
      llvm::Value* holds = any({next, run}, known);
      builder_.CreateCondBr(holds, yes, on);
    } else {
      branchTerm(*next, known, yes, on);
    }
    next = end;
    builder_.SetInsertPoint(on);
  }
}

// ---------------------------------------------------------------------------------------------- values

Value ExpressionEmitter::literal(const ast::Type& type, const ast::Bits128& bits) {
  const auto word = [&](uint64_t v) { return builder_.getInt32(static_cast<uint32_t>(v)); };
  switch (type.kind) {
    case TypeKind::Bool:
      return {type, 0, {builder_.getInt1(bits.lo != 0)}};
    case TypeKind::Ipv4:
      return {type, 0, {word(bits.lo)}};
    case TypeKind::Mac:
      return {type, 0, {word(bits.lo >> 32), word(bits.lo)}};
    case TypeKind::Ipv6:
      return {type, 0, {word(bits.hi >> 32), word(bits.hi), word(bits.lo >> 32), word(bits.lo)}};
    case TypeKind::Int:
      if (type.bits == 64) return {type, 0, {builder_.getInt64(bits.lo)}};
      return {type, 0, {word(bits.lo)}};
  }
  llvm_unreachable("type");
}

Value ExpressionEmitter::value(const Expr& expr, PresenceMask known) {
  const auto place = [&] { builder_.SetCurrentDebugLocation(locate_(expr.range)); };
  switch (expr.kind) {
    case ExprKind::Literal:
      return literal(expr.type, as<ast::Literal>(expr).value);
    case ExprKind::LocalRef:
      return locals_.at(as<ast::LocalRef>(expr).local);
    case ExprKind::FieldRef: {
      if (expr.type.isBool()) break;
      place();
      const ast::Field& field = ast::field(as<ast::FieldRef>(expr).field);
      Value result{expr.type, field.presence_mask, {}};
      for (const Slice& slice : slicesOf(field)) result.words.push_back(packet_.read(slice));
      if (expr.type.isInt() && expr.type.bits == 64) {
        if (result.words.size() == 1)
          return {expr.type, result.presence, {builder_.CreateZExt(result.words[0], builder_.getInt64Ty())}};
        llvm::Value* high =
            builder_.CreateShl(builder_.CreateZExt(result.words[0], builder_.getInt64Ty()), 32);
        result.words = {builder_.CreateOr(high, builder_.CreateZExt(result.words[1], builder_.getInt64Ty()))};
      }
      return result;
    }
    case ExprKind::Widen: {
      Value inner = value(*as<ast::Widen>(expr).operand, known);
      place();
      return {expr.type, inner.presence, {builder_.CreateZExt(inner.words[0], builder_.getInt64Ty())}};
    }
    case ExprKind::Arith:
      return arith(as<ast::Arith>(expr), known);
    case ExprKind::Present:
    case ExprKind::Compare:
    case ExprKind::InSet:
    case ExprKind::OwnerTest:
    case ExprKind::MeterTest:
    case ExprKind::Not:
    case ExprKind::And:
    case ExprKind::Or:
      break;
  }
  // A condition.
  place();
  if (!needsBranches(expr) || expr.kind == ExprKind::MeterTest)
    return {expr.type, 0, {condition({&expr, false}, known)}};
  llvm::BasicBlock* yes = newBlock("true");
  llvm::BasicBlock* no = newBlock("false");
  llvm::BasicBlock* done = newBlock("known");
  branch(expr, known, yes, no);
  for (llvm::BasicBlock* block : {yes, no}) {
    builder_.SetInsertPoint(block);
    builder_.CreateBr(done);
  }
  builder_.SetInsertPoint(done);
  place();
  llvm::PHINode* result = builder_.CreatePHI(builder_.getInt1Ty(), 2);
  result->addIncoming(builder_.getTrue(), yes);
  result->addIncoming(builder_.getFalse(), no);
  return {expr.type, 0, {result}};
}

Value ExpressionEmitter::arith(const ast::Arith& expr, PresenceMask known) {
  const Value left = value(*expr.lhs, known);
  const Value right = value(*expr.rhs, known);
  builder_.SetCurrentDebugLocation(locate_(expr.range));
  llvm::Value* a = left.words[0];
  llvm::Value* b = right.words[0];
  const auto result = [&]() -> llvm::Value* {
    switch (expr.op) {
      case ast::ArithOp::Add:
        return builder_.CreateAdd(a, b);
      case ast::ArithOp::Sub:
        return builder_.CreateSub(a, b);
      case ast::ArithOp::Mul:
        return builder_.CreateMul(a, b);
      case ast::ArithOp::And:
        return builder_.CreateAnd(a, b);
      case ast::ArithOp::Or:
        return builder_.CreateOr(a, b);
      case ast::ArithOp::Xor:
        return builder_.CreateXor(a, b);
      case ast::ArithOp::Shl:
        return builder_.CreateShl(a, b);
      case ast::ArithOp::Shr:
        return builder_.CreateLShr(a, b);
      case ast::ArithOp::Min:
        return builder_.CreateSelect(builder_.CreateICmpULT(a, b), a, b);
      case ast::ArithOp::Max:
        return builder_.CreateSelect(builder_.CreateICmpULT(a, b), b, a);
    }
    llvm_unreachable("operator");
  }();
  return {expr.type, left.presence | right.presence, {result}};
}

llvm::Value* ExpressionEmitter::equal(const Value& lhs, const Value& rhs) {
  std::vector<llvm::Value*> parts;
  for (size_t i = 0; i < lhs.words.size(); ++i)
    parts.push_back(builder_.CreateICmpEQ(lhs.words[i], rhs.words[i]));
  return join(std::move(parts), true);
}

/// From the least significant word on: where two words are equal, what the lower ones said stands.
llvm::Value* ExpressionEmitter::lessThan(const Value& lhs, const Value& rhs, bool or_equal) {
  llvm::Value* result = builder_.getInt1(or_equal);
  for (size_t i = lhs.words.size(); i-- > 0;) {
    if (i + 1 == lhs.words.size()) {
      result = builder_.CreateICmp(or_equal ? llvm::CmpInst::ICMP_ULE : llvm::CmpInst::ICMP_ULT, lhs.words[i],
                                   rhs.words[i]);
      continue;
    }
    llvm::Value* same = builder_.CreateICmpEQ(lhs.words[i], rhs.words[i]);
    llvm::Value* less = builder_.CreateICmpULT(lhs.words[i], rhs.words[i]);
    result = builder_.CreateSelect(same, result, less);
  }
  return result;
}

llvm::Value* ExpressionEmitter::compare(CompareOp op, const Value& lhs, const Value& rhs) {
  switch (op) {
    case CompareOp::Eq:
      return equal(lhs, rhs);
    case CompareOp::Ne: {
      std::vector<llvm::Value*> parts;
      for (size_t i = 0; i < lhs.words.size(); ++i)
        parts.push_back(builder_.CreateICmpNE(lhs.words[i], rhs.words[i]));
      return join(std::move(parts), false);
    }
    case CompareOp::Lt:
      return lessThan(lhs, rhs, false);
    case CompareOp::Le:
      return lessThan(lhs, rhs, true);
    case CompareOp::Gt:
      return lessThan(rhs, lhs, false);
    case CompareOp::Ge:
      return lessThan(rhs, lhs, true);
  }
  llvm_unreachable("compare operator");
}

// ---------------------------------------------------------------------------------------------- sets

llvm::Value* ExpressionEmitter::inInterval(const Value& value, ast::Interval interval) {
  // A set of numbers may hold more than a narrow field can.
  if (value.type.isInt() && value.type.bits == 32) {
    constexpr ast::Bits128 top = ast::lowOnes(32);
    if (interval.first > top) return builder_.getFalse();
    interval.last = std::min(interval.last, top);
  }
  const Value first = literal(value.type, interval.first);
  const Value last = literal(value.type, interval.last);
  const auto number = [](llvm::Value* v) { return llvm::cast<llvm::ConstantInt>(v)->getZExtValue(); };
  std::vector<llvm::Value*> parts;
  size_t i = 0;
  for (; i < value.words.size() && number(first.words[i]) == number(last.words[i]); ++i)
    parts.push_back(builder_.CreateICmpEQ(value.words[i], first.words[i]));
  if (i == value.words.size()) return join(std::move(parts), true);

  // Lower words that may have any value need no test; then one word decides.
  bool rest_free = true;
  for (size_t j = i + 1; j < value.words.size(); ++j)
    rest_free &= number(first.words[j]) == 0 && number(last.words[j]) == 0xffffffff;
  if (rest_free) {
    llvm::Value* word = value.words[i];
    const uint64_t low = number(first.words[i]);
    const uint64_t high = number(last.words[i]);
    const bool wide = word->getType()->isIntegerTy(64);
    const uint64_t top = wide                                         ? ~uint64_t{0}
                         : value.type.kind == TypeKind::Mac && i == 0 ? 0xffff
                                                                      : 0xffffffff;
    llvm::Type* type = word->getType();
    if (low == 0 && high == top)
      parts.push_back(builder_.getTrue());
    else if (low == 0)
      parts.push_back(builder_.CreateICmpULE(word, llvm::ConstantInt::get(type, high)));
    else if (high == top)
      parts.push_back(builder_.CreateICmpUGE(word, llvm::ConstantInt::get(type, low)));
    else
      parts.push_back(builder_.CreateICmpULE(builder_.CreateSub(word, llvm::ConstantInt::get(type, low)),
                                             llvm::ConstantInt::get(type, high - low)));
    return join(std::move(parts), true);
  }
  const auto tail = [i](const Value& whole) {
    Value part = whole;
    part.words.erase(part.words.begin(), part.words.begin() + static_cast<std::ptrdiff_t>(i));
    return part;
  };
  parts.push_back(lessThan(tail(first), tail(value), true));
  parts.push_back(lessThan(tail(value), tail(last), true));
  return join(std::move(parts), true);
}

llvm::Value* ExpressionEmitter::lookup(ast::SetId set, std::string_view operand, const Value& key) {
  std::array<llvm::Value*, 4> words;
  words.fill(builder_.getInt32(0));
  if (key.type.isInt() && key.type.bits == 64) {
    words[0] = builder_.CreateTrunc(key.words[0], builder_.getInt32Ty());
    words[1] = builder_.CreateTrunc(builder_.CreateLShr(key.words[0], 32), builder_.getInt32Ty());
  } else {
    std::ranges::copy(key.words, words.begin());
  }
  llvm::CallInst* call = builder_.CreateCall(objects_.lookup(set, operand, direction_), words);
  return builder_.CreateExtractValue(call, 0);
}

llvm::Value* ExpressionEmitter::inSet(const ast::InSet& in, PresenceMask known) {
  const SetPlan& plan = objects_.plan(in.set);
  const Value key = value(*in.operand, known);
  builder_.SetCurrentDebugLocation(locate_(in.range));
  std::vector<llvm::Value*> parts;
  for (const ast::Interval& interval : plan.inline_intervals) parts.push_back(inInterval(key, interval));
  if (plan.table_entries != 0) {
    const auto operand = stableOperand(*in.operand);
    const auto shared = operand ? shared_.find({in.set, *operand}) : shared_.end();
    parts.push_back(shared != shared_.end()
                        ? shared->second
                        : lookup(in.set, operand ? *operand : fmt::format("#{}", unstable_operands_++), key));
  }
  return join(std::move(parts), false);
}

void ExpressionEmitter::shareLookups() {
  std::map<std::pair<ast::SetId, std::string>, std::pair<unsigned, const ast::InSet*>> uses;
  unsigned times = 1;  // that the expression stands in the program
  const std::function<void(const Expr&)> visit = [&](const Expr& expr) {
    switch (expr.kind) {
      case ExprKind::InSet: {
        const auto& in = as<ast::InSet>(expr);
        if (objects_.plan(in.set).table_entries == 0) return;
        if (const auto operand = stableOperand(*in.operand)) {
          auto& use = uses[{in.set, *operand}];
          use.first += times;
          if (use.second == nullptr) use.second = &in;
        }
        return;
      }
      case ExprKind::Not:
        return visit(*as<ast::Not>(expr).operand);
      case ExprKind::And:
        for (const auto& operand : as<ast::And>(expr).operands) visit(*operand);
        return;
      case ExprKind::Or:
        for (const auto& operand : as<ast::Or>(expr).operands) visit(*operand);
        return;
      case ExprKind::Literal:
      case ExprKind::FieldRef:
      case ExprKind::LocalRef:
      case ExprKind::Present:
      case ExprKind::Widen:
      case ExprKind::Arith:
      case ExprKind::Compare:
      case ExprKind::OwnerTest:
      case ExprKind::MeterTest:
        return;
    }
  };
  for (const ast::Policy& policy : program_.policies) {
    if (ast::directionOf(policy.hook) != direction_) continue;
    const auto list = [&](const std::vector<ast::Statement>& statements) {
      for (const ast::Statement& statement : statements) {
        if (statement.rule) visit(*statement.rule->condition);
        if (statement.let) visit(*statement.let->value);
      }
    };
    times = 1;
    list(policy.statements);
    std::vector<unsigned> copies(policy.chains.size());
    for (const auto& copy : ast::findChainCopies(policy, SIZE_MAX).copies) ++copies[ast::index(copy.chain)];
    for (size_t i = 0; i < policy.chains.size(); ++i) {
      times = copies[i];
      list(policy.chains[i].statements);
    }
  }
  for (const auto& [key, use] : uses) {
    if (use.first < 2) continue;
    builder_.SetCurrentDebugLocation(locate_(use.second->range));
    shared_[key] = lookup(key.first, key.second, value(*use.second->operand, 0));
  }
}

// ---------------------------------------------------------------------------------------------- meters

llvm::Value* ExpressionEmitter::ticksNow() {
  llvm::Value* low = builder_.CreateZExt(packet_.read({isa::kWTimeLo, 0, 32}), builder_.getInt64Ty());
  llvm::Value* high = builder_.CreateZExt(packet_.read({isa::kWTimeHi, 0, 32}), builder_.getInt64Ty());
  return builder_.CreateOr(builder_.CreateShl(high, 32), low);
}

/// T <= now + tolerance; then T = max(T, now) + cost. One step of the state unit.
llvm::Value* ExpressionEmitter::meterConforms(const ast::MeterTest& test) {
  const ast::Meter& meter = program_.meters[ast::index(test.meter)];
  llvm::Value* now = ticksNow();
  llvm::Value* cost = builder_.getInt64(meter.ticks_per_packet);
  if (meter.per_byte) {
    cost = builder_.CreateMul(packet_.read({isa::kWLength, 0, 16}), builder_.getInt32(meter.mantissa));
    cost = builder_.CreateZExt(cost, builder_.getInt64Ty());
    if (meter.shift >= 0)
      cost = builder_.CreateShl(cost, static_cast<unsigned>(meter.shift));
    else
      cost = builder_.CreateLShr(cost, static_cast<unsigned>(std::min(63, -meter.shift)));
  }
  llvm::Value* limit = builder_.CreateAdd(now, builder_.getInt64(meter.tolerance));
  constexpr uint32_t step =
      static_cast<uint32_t>(isa::StateOp::Maxadd) | static_cast<uint32_t>(isa::StateOp::Keep) << 4 |
      static_cast<uint32_t>(isa::StateRel::Leu) << 8 | static_cast<uint32_t>(isa::StateRet::None) << 11;
  llvm::CallInst* call =
      builder_.CreateCall(objects_.meter(test.meter, direction_),
                          {builder_.getInt32(0), cost, now, limit, builder_.getInt32(step)});
  return builder_.CreateExtractValue(call, 0);
}

}  // namespace norman::codegen
