// Conditions to cubes: negations go down to the leaves, conjunctions multiply, disjunctions add.
#include "compiler/codegen/condition_cubes.h"

#include <algorithm>
#include <bit>

#include "compiler/codegen/packet_state.h"
#include "compiler/codegen/presence.h"
#include "norman/spec/isa.h"

namespace norman::codegen {
namespace {

using ast::Expr;
using ast::ExprKind;
using Wide = unsigned __int128;

Wide wide(const ast::Bits128& value) { return Wide{value.hi} << 64 | value.lo; }
Wide ones(unsigned count) { return count >= 128 ? ~Wide{0} : (Wide{1} << count) - 1; }

struct Interval {
  Wide first;
  Wide last;
};

bool meet(Cube::Bits& a, const Cube::Bits& b) {
  if (((a.value ^ b.value) & a.mask & b.mask) != 0) return false;
  a.value |= b.value;
  a.mask |= b.mask;
  return true;
}

/// Turns tests of single bits of ranged words into ranges, together with the ranges that are there. Sets `possible` to false
/// where they are none; false if nothing passes.
bool toRanges(Cube& cube, bool& possible) {
  for (auto item = cube.words.begin(); item != cube.words.end();) {
    const auto [word, bits] = *item;
    if (!isRangedWord(word)) {
      ++item;
      continue;
    }
    for (const bool high : {false, true}) {
      const uint32_t mask = bits.mask >> (high ? 16 : 0) & 0xffff;
      const uint32_t value = bits.value >> (high ? 16 : 0) & 0xffff;
      if (mask == 0) continue;
      Cube::Range& range = cube.halves[{word, high}];
      uint32_t count = 0;
      Cube::Range found{0xffff, 0};
      for (uint32_t v = range.first; v <= range.last; ++v) {
        if ((v & mask) != value) continue;
        ++count;
        found.first = std::min(found.first, v);
        found.last = v;
      }
      if (count == 0) return false;
      if (found.last - found.first + 1 != count) possible = false;
      range = found;
    }
    item = cube.words.erase(item);
  }
  return true;
}

bool isAddressWord(unsigned word, unsigned side) {
  const unsigned first = side == 0 ? isa::kWSrc0 : isa::kWDst0;
  return word >= first && word < first + 4;
}
bool testsAddress(const Cube& cube, unsigned side) {
  return std::ranges::any_of(cube.words, [side](const auto& item) { return isAddressWord(item.first, side); });
}

/// Once `possible` is false what the functions return means nothing.
class CubeBuilder {
 public:
  explicit CubeBuilder(const CubeContext& context)
      : context_(context), program_(context.program), stable_(context.stable), limit_(context.limit) {}

  bool possible() const { return possible_; }

  std::vector<Cube> condition(const Expr& expr, bool negated) {
    const bool junction = expr.kind == ExprKind::Not || expr.kind == ExprKind::And || expr.kind == ExprKind::Or;
    if (junction || !context_.computed || !possible_) return tests(expr, negated);
    std::vector<Cube> cubes = tests(expr, negated);
    const auto compared = [this](const Cube& cube) {
      return std::ranges::all_of(cube.words, [this](const auto& item) { return context_.keyed(item.first); }) &&
             std::ranges::all_of(cube.halves, [this](const auto& item) { return context_.keyed(item.first.first); });
    };
    if (possible_ && std::ranges::all_of(cubes, compared)) return cubes;
    const auto place = context_.computed(expr);
    if (!place) return impossible();
    possible_ = true;
    Cube cube;
    cube.words[place->first] = {negated ? 0 : place->second, place->second};
    return {cube};
  }

 private:
  std::vector<Cube> tests(const Expr& expr, bool negated) {
    switch (expr.kind) {
      case ExprKind::Literal:
        return (ast::as<ast::Literal>(expr).value.lo != 0) != negated ? always() : never();
      case ExprKind::Not:
        return condition(*ast::as<ast::Not>(expr).operand, !negated);
      case ExprKind::And:
        return junction(ast::as<ast::And>(expr).operands, negated, !negated);
      case ExprKind::Or:
        return junction(ast::as<ast::Or>(expr).operands, negated, negated);
      case ExprKind::Present: {
        const Expr& operand = *ast::as<ast::Present>(expr).operand;
        if (operand.kind != ExprKind::FieldRef) return impossible();
        return present(ast::field(ast::as<ast::FieldRef>(operand).field).presence_mask, negated);
      }
      case ExprKind::FieldRef: {
        const ast::Field* field = fieldOf(expr);
        if (field == nullptr) return impossible();
        const Wide all = ones(field->width);
        return leaf(field->presence_mask, equal(*field, 1, all), negated, [&] { return equal(*field, 0, all); });
      }
      case ExprKind::OwnerTest:
        return owner(ast::as<ast::OwnerTest>(expr), negated);
      case ExprKind::InSet: {
        const auto& in = ast::as<ast::InSet>(expr);
        const ast::Set& set = program_.sets[ast::index(in.set)];
        if (set.capacity != 0) return impossible();  // its values change while packets flow
        std::vector<Interval> intervals;
        for (const ast::Interval& i : set.intervals) intervals.push_back({wide(i.first), wide(i.last)});
        const ast::Field* field = fieldOf(*in.operand);
        return field == nullptr ? impossible() : membership(*field, intervals, false, negated);
      }
      case ExprKind::InTable:
        return combination(ast::as<ast::InTable>(expr), negated);
      case ExprKind::Compare:
        return comparison(ast::as<ast::Compare>(expr), negated);
      case ExprKind::LocalRef:
      case ExprKind::RawRead:
      case ExprKind::MapValue:
      case ExprKind::MeterTest:
      case ExprKind::Widen:
      case ExprKind::Arith:
        return impossible();
    }
    return impossible();
  }

  static std::vector<Cube> always() { return {Cube{}}; }
  static std::vector<Cube> never() { return {}; }

  std::vector<Cube> impossible() {
    possible_ = false;
    return {};
  }
  std::vector<Cube> bounded(std::vector<Cube> cubes) { return cubes.size() > limit_ ? impossible() : cubes; }

  std::vector<Cube> product(const std::vector<Cube>& a, const std::vector<Cube>& b) {
    std::vector<Cube> result;
    for (const Cube& x : a) {
      for (const Cube& y : b)
        if (auto both = meet(x, y, possible_)) result.push_back(std::move(*both));
      if (result.size() > limit_) return impossible();
    }
    return result;
  }

  std::vector<Cube> either(std::vector<Cube> result, std::vector<Cube> cubes) {
    for (Cube& cube : cubes)
      if (std::ranges::find(result, cube) == result.end()) result.push_back(std::move(cube));
    return bounded(std::move(result));
  }

  std::vector<Cube> junction(const std::vector<ast::ExprPtr>& operands, bool negated, bool conjunction) {
    std::vector<Cube> result = conjunction ? always() : never();
    for (const ast::ExprPtr& operand : operands) {
      std::vector<Cube> cubes = condition(*operand, negated);
      result = conjunction ? product(result, cubes) : either(std::move(result), std::move(cubes));
    }
    return result;
  }

  /// All bits of the mask are set; negated, some is not: the first bits are, the next is not.
  std::vector<Cube> present(uint32_t mask, bool negated) const {
    Cube cube;
    if (!negated) {
      if (mask != 0) cube.words[isa::kWParse] = {mask, mask};
      return {cube};
    }
    std::vector<Cube> result;
    uint32_t before = 0;
    for (uint32_t bits = mask; bits != 0; bits &= bits - 1) {
      const uint32_t bit = bits & -bits;
      cube.words[isa::kWParse] = {before, before | bit};
      result.push_back(cube);
      before |= bit;
    }
    return result;
  }

  /// A test that is false where the presence bits are not set; its negation holds there.
  template <typename Otherwise>
  std::vector<Cube> leaf(uint32_t presence, const std::vector<Cube>& holds, bool negated, Otherwise otherwise) {
    if (!negated) return product(present(presence, false), holds);
    std::vector<Cube> result = product(present(presence, false), otherwise());
    for (Cube& cube : present(presence, true)) result.push_back(std::move(cube));
    return bounded(std::move(result));
  }

  /// The field that the expression is, if an entry can test it.
  const ast::Field* fieldOf(const Expr& expr) const {
    const Expr* operand = &expr;
    while (operand->kind == ExprKind::Widen) operand = ast::as<ast::Widen>(*operand).operand.get();
    if (operand->kind != ExprKind::FieldRef) return nullptr;
    const ast::FieldId id = ast::as<ast::FieldRef>(*operand).field;
    return stable_(id) ? &ast::field(id) : nullptr;
  }

  std::vector<Cube> owner(const ast::OwnerTest& test, bool negated) {
    const auto& predicate = program_.owner_predicates[ast::index(test.predicate)];
    const uint32_t presence = predicate.subject == ast::OwnerSubject::Owner ? isa::kHasOwner : isa::kHasSocket;
    const size_t index = ast::index(test.predicate);
    const uint32_t bit = uint32_t{1} << (index % 32);
    Cube holds;
    Cube fails;
    const unsigned word = index < 32 ? isa::kWPredLo : isa::kWPredHi;
    holds.words[word] = {test.negated ? 0 : bit, bit};
    fails.words[word] = {test.negated ? bit : 0, bit};
    return leaf(presence, {holds}, negated, [&] { return std::vector{fails}; });
  }

  /// (field & mask) == value, the mask over the field's bits.
  std::vector<Cube> equal(const ast::Field& field, Wide value, Wide mask) {
    if ((value & ~mask) != 0) return never();
    Cube cube;
    unsigned above = field.width;  // bits of the field not yet placed
    for (const Slice& slice : slicesOf(field)) {
      above -= slice.width;
      const auto bits = static_cast<uint32_t>(ones(slice.width));
      const uint32_t piece_mask = static_cast<uint32_t>(mask >> above) & bits;
      const uint32_t piece = static_cast<uint32_t>(value >> above) & bits;
      if (piece_mask == 0) continue;
      // A prefix of a half's bits is a range of it; toRanges() sees to the others.
      const bool high = slice.lsb >= 16;
      const unsigned lsb = slice.lsb % 16;
      const uint32_t half_mask = piece_mask << lsb;
      const uint32_t free = 0xffffu & ~half_mask;
      const bool prefix = lsb + slice.width <= 16 && (free & (free + 1)) == 0;
      if (isRangedWord(slice.word) && prefix)
        cube.halves[{slice.word, high}] = {piece << lsb, piece << lsb | free};
      else
        cube.words[slice.word] = {piece << slice.lsb, piece_mask << slice.lsb};
    }
    return {cube};
  }

  /// Values of the field between both, as prefixes or as one range.
  void between(const ast::Field& field, Interval interval, std::vector<Cube>& out) {
    const Wide top = ones(field.width);
    if (interval.first > top) return;
    interval.last = std::min(interval.last, top);
    const auto slices = slicesOf(field);
    if (slices.size() == 1 && isRangedWord(slices[0].word) && slices[0].lsb % 16 + slices[0].width == 16) {
      Cube cube;
      const unsigned lsb = slices[0].lsb % 16;
      cube.halves[{slices[0].word, slices[0].lsb >= 16}] = {static_cast<uint32_t>(interval.first) << lsb,
                                                            static_cast<uint32_t>(interval.last) << lsb | ((uint32_t{1} << lsb) - 1)};
      out.push_back(std::move(cube));
      return;
    }
    // The largest aligned block that begins here and does not reach beyond the end, again and again.
    for (Wide at = interval.first;;) {
      unsigned size = 0;
      while (size < field.width && (at & ones(size + 1)) == 0 && (at | ones(size + 1)) <= interval.last) ++size;
      for (Cube& cube : equal(field, at, top & ~ones(size))) out.push_back(std::move(cube));
      if (out.size() > limit_) possible_ = false;
      if (!possible_) return;
      const Wide last = at | ones(size);
      if (last >= interval.last) return;
      at = last + 1;
    }
  }

  static std::vector<Interval> complement(const ast::Field& field, const std::vector<Interval>& intervals) {
    const Wide top = ones(field.width);
    std::vector<Interval> result;
    Wide at = 0;
    bool open = true;  // `at` is not yet covered
    for (const Interval& i : intervals) {
      if (i.first > top) break;
      if (i.first > at) result.push_back({at, i.first - 1});
      open = i.last < top;
      if (!open) break;
      at = i.last + 1;
    }
    if (open) result.push_back({at, top});
    return result;
  }

  /// The field is in one of the intervals (`outside`: in none), which are sorted and disjoint.
  std::vector<Cube> inside(const ast::Field& field, const std::vector<Interval>& intervals, bool outside) {
    std::vector<Cube> result;
    if (outside && intervals.size() == 1) {
      if (auto cube = outsidePrefix(field, intervals[0])) return {*cube};
    }
    for (const Interval& i : outside ? complement(field, intervals) : intervals) between(field, i, result);
    return bounded(std::move(result));
  }

  /// An address that is not in one prefix is one test.
  std::optional<Cube> outsidePrefix(const ast::Field& field, const Interval& interval) {
    const auto slices = slicesOf(field);
    for (unsigned side = 0; side < 2; ++side) {
      if (!std::ranges::all_of(slices, [side](const Slice& s) { return isAddressWord(s.word, side); })) continue;
      std::vector<Cube> block;
      between(field, interval, block);
      if (block.size() != 1) return std::nullopt;
      Cube cube;
      cube.differs[side] = std::array<Cube::Bits, 4>{};
      for (const auto& [word, bits] : block[0].words) (*cube.differs[side])[word - (side == 0 ? isa::kWSrc0 : isa::kWDst0)] = bits;
      return cube;
    }
    return std::nullopt;
  }

  std::vector<Cube> membership(const ast::Field& field, const std::vector<Interval>& intervals, bool outside, bool negated) {
    return leaf(field.presence_mask, negated ? never() : inside(field, intervals, outside), negated,
                [&] { return inside(field, intervals, !outside); });
  }

  /// All values lie in the intervals of one row.
  std::vector<Cube> combination(const ast::InTable& in, bool negated) {
    const ast::Table& table = program_.tables[ast::index(in.table)];
    if (table.capacity != 0) return impossible();
    std::vector<Cube> result = negated ? always() : never();
    for (const ast::TableRow& row : table.rows) {
      std::vector<Cube> of_row = negated ? never() : always();
      for (size_t i = 0; i < in.operands.size(); ++i) {
        const ast::Field* field = fieldOf(*in.operands[i]);
        if (field == nullptr) return impossible();
        std::vector<Cube> part = membership(*field, {{wide(row.key[i].first), wide(row.key[i].last)}}, false, negated);
        of_row = negated ? either(std::move(of_row), std::move(part)) : product(of_row, part);
      }
      result = negated ? product(result, of_row) : either(std::move(result), std::move(of_row));
      if (!possible_) return {};
    }
    return result;
  }

  std::vector<Cube> comparison(const ast::Compare& compare, bool negated) {
    const Expr* left = compare.lhs.get();
    const Expr* right = compare.rhs.get();
    ast::CompareOp op = compare.op;
    if (left->kind == ExprKind::Literal) {
      std::swap(left, right);
      switch (op) {
        case ast::CompareOp::Eq:
        case ast::CompareOp::Ne:
          break;
        case ast::CompareOp::Lt: op = ast::CompareOp::Gt; break;
        case ast::CompareOp::Le: op = ast::CompareOp::Ge; break;
        case ast::CompareOp::Gt: op = ast::CompareOp::Lt; break;
        case ast::CompareOp::Ge: op = ast::CompareOp::Le; break;
      }
    }
    if (right->kind != ExprKind::Literal) return impossible();
    const Wide value = wide(ast::as<ast::Literal>(*right).value);
    if (left->kind == ExprKind::Arith) return masked(ast::as<ast::Arith>(*left), op, value, negated);

    const ast::Field* tested = fieldOf(*left);
    if (tested == nullptr) return impossible();
    const ast::Field& field = *tested;
    const Wide top = ones(field.width);
    std::vector<Interval> intervals;
    switch (op) {
      case ast::CompareOp::Eq:
      case ast::CompareOp::Ne:
        if (value <= top) intervals.push_back({value, value});
        return membership(field, intervals, op == ast::CompareOp::Ne, negated);
      case ast::CompareOp::Lt:
        if (value > 0) intervals.push_back({0, value - 1});
        break;
      case ast::CompareOp::Le:
        intervals.push_back({0, value});
        break;
      case ast::CompareOp::Gt:
        if (value < top) intervals.push_back({value + 1, top});
        break;
      case ast::CompareOp::Ge:
        if (value <= top) intervals.push_back({value, top});
        break;
    }
    return membership(field, intervals, false, negated);
  }

  /// field & MASK compared with a value: TCP flags are written so.
  std::vector<Cube> masked(const ast::Arith& arith, ast::CompareOp op, Wide value, bool negated) {
    if (arith.op != ast::ArithOp::And || arith.rhs->kind != ExprKind::Literal) return impossible();
    if (op != ast::CompareOp::Eq && op != ast::CompareOp::Ne) return impossible();
    const ast::Field* tested = fieldOf(*arith.lhs);
    if (tested == nullptr) return impossible();
    const ast::Field& field = *tested;
    const Wide literal = wide(ast::as<ast::Literal>(*arith.rhs).value);
    const Wide mask = literal & ones(field.width);
    const bool possible = (value & ~mask) == 0;
    const auto same = [&] { return possible ? equal(field, value, mask) : never(); };
    const auto other = [&] {
      if (!possible) return always();
      // The bits before are equal, this one is not.
      std::vector<Cube> result;
      Wide before = 0;
      for (unsigned i = 0; i < field.width; ++i) {
        const Wide bit = Wide{1} << i;
        if ((mask & bit) == 0) continue;
        for (Cube& cube : equal(field, (value & before) | (~value & bit), before | bit)) result.push_back(std::move(cube));
        before |= bit;
      }
      return bounded(std::move(result));
    };
    if (op == ast::CompareOp::Eq) return leaf(field.presence_mask, same(), negated, other);
    return leaf(field.presence_mask, negated ? never() : other(), negated, same);
  }

  const CubeContext& context_;
  const ast::Program& program_;
  const std::function<bool(ast::FieldId)>& stable_;
  size_t limit_;
  bool possible_ = true;
};

}  // namespace

std::optional<Cube> meet(Cube a, const Cube& b, bool& possible) {
  for (const auto& [word, bits] : b.words)
    if (!meet(a.words[word], bits)) return std::nullopt;
  if (const auto parse = a.words.find(isa::kWParse); parse != a.words.end()) {
    const Cube::Bits& bits = parse->second;
    if (contradicts(bits.value) || (closure(bits.value) & bits.mask & ~bits.value) != 0) return std::nullopt;
  }
  for (const auto& [half, range] : b.halves) {
    Cube::Range& whole = a.halves[half];
    whole.first = std::max(whole.first, range.first);
    whole.last = std::min(whole.last, range.last);
    if (whole.first > whole.last) return std::nullopt;
  }
  for (unsigned side = 0; side < 2; ++side) {
    if (b.differs[side]) {
      if (a.differs[side] && *a.differs[side] != *b.differs[side]) possible = false;
      a.differs[side] = b.differs[side];
    }
    if (a.differs[side] && testsAddress(a, side)) possible = false;
  }
  return a;
}

bool isRangedWord(unsigned word) { return word == isa::kWPorts || word == isa::kWLength; }

bool disjoint(const Cube& a, const Cube& b) {
  bool possible = true;
  return !meet(a, b, possible);
}

std::optional<std::vector<Cube>> cubesOf(const ast::Expr& condition, const CubeContext& context, bool negated) {
  CubeBuilder builder(context);
  std::vector<Cube> cubes = builder.condition(condition, negated);
  bool possible = builder.possible();
  std::erase_if(cubes, [&](Cube& cube) { return !toRanges(cube, possible); });
  if (!possible) return std::nullopt;
  return cubes;
}

}  // namespace norman::codegen
