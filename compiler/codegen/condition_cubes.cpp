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
bool toRanges(Cube& cube, const std::function<bool(unsigned)>& ranged, bool& possible) {
  for (auto item = cube.words.begin(); item != cube.words.end();) {
    const auto [word, bits] = *item;
    if (!ranged(word)) {
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
        if (in.operand->kind == ExprKind::Arith) return computed(*in.operand, intervals, false, negated);
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
      case ExprKind::StateValue:
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
      for (const Cube& y : b) meetInto(result, x, y);
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
      if (context_.ranged(slice.word) && prefix)
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
    if (slices.size() == 1 && context_.ranged(slices[0].word) && slices[0].lsb % 16 + slices[0].width == 16) {
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

  /// The values up to `top` that lie in none of the intervals.
  static std::vector<Interval> complement(Wide top, const std::vector<Interval>& intervals) {
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
    for (const Interval& i : outside ? complement(ones(field.width), intervals) : intervals) between(field, i, result);
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
    if (left->kind == ExprKind::Arith) {
      const auto& arith = ast::as<ast::Arith>(*left);
      if (arith.op == ast::ArithOp::And) return masked(arith, op, value, negated);
      return computed(*left, valuesOf(op, value, ones(32)), op == ast::CompareOp::Ne, negated);
    }

    const ast::Field* tested = fieldOf(*left);
    if (tested == nullptr) return impossible();
    const ast::Field& field = *tested;
    return membership(field, valuesOf(op, value, ones(field.width)), op == ast::CompareOp::Ne, negated);
  }

  /// The values up to `top` for which the comparison holds, of `!=` those for which it does not.
  static std::vector<Interval> valuesOf(ast::CompareOp op, Wide value, Wide top) {
    switch (op) {
      case ast::CompareOp::Eq:
      case ast::CompareOp::Ne:
        if (value <= top) return {{value, value}};
        break;
      case ast::CompareOp::Lt:
        if (value > 0) return {{0, value - 1}};
        break;
      case ast::CompareOp::Le:
        return {{0, value}};
      case ast::CompareOp::Gt:
        if (value < top) return {{value + 1, top}};
        break;
      case ast::CompareOp::Ge:
        if (value <= top) return {{value, top}};
        break;
    }
    return {};
  }

  /// Fields times constants, and a constant, modulo 2^32.
  struct Sum {
    std::map<ast::FieldId, uint32_t> times;
    uint32_t constant = 0;
  };

  std::optional<Sum> sumOf(const Expr& expr) {
    if (!expr.type.isInt() || expr.type.bits != 32) return std::nullopt;
    if (expr.kind == ExprKind::Literal) return Sum{{}, static_cast<uint32_t>(ast::as<ast::Literal>(expr).value.lo)};
    if (expr.kind == ExprKind::FieldRef) {
      const ast::Field* field = fieldOf(expr);
      if (field == nullptr || field->width > 32) return std::nullopt;
      return Sum{{{ast::as<ast::FieldRef>(expr).field, 1}}, 0};
    }
    if (expr.kind != ExprKind::Arith) return std::nullopt;
    const auto& arith = ast::as<ast::Arith>(expr);
    auto left = sumOf(*arith.lhs);
    auto right = sumOf(*arith.rhs);
    if (!left || !right) return std::nullopt;
    const auto multiply = [](Sum sum, uint32_t factor) {
      for (auto& [field, times] : sum.times) times *= factor;
      sum.constant *= factor;
      return sum;
    };
    const auto add = [](Sum a, const Sum& b) {
      for (const auto& [field, times] : b.times) a.times[field] += times;
      a.constant += b.constant;
      return a;
    };
    switch (arith.op) {
      case ast::ArithOp::Add:
        return add(std::move(*left), *right);
      case ast::ArithOp::Sub:
        return add(std::move(*left), multiply(std::move(*right), ~uint32_t{0}));
      case ast::ArithOp::Mul:
        if (left->times.empty()) std::swap(left, right);
        if (!right->times.empty()) return std::nullopt;
        return multiply(std::move(*left), right->constant);
      case ast::ArithOp::Shl:
        if (!right->times.empty() || right->constant >= 32) return std::nullopt;
        return multiply(std::move(*left), uint32_t{1} << right->constant);
      case ast::ArithOp::And:
      case ast::ArithOp::Or:
      case ast::ArithOp::Xor:
      case ast::ArithOp::Shr:
      case ast::ArithOp::Min:
      case ast::ArithOp::Max:
        break;
    }
    return std::nullopt;
  }

  /// A sum lies in one of the intervals (`outside`: in none). One of its fields counts once and the others have few values: for each
  /// of these the one field lies in a range.
  std::vector<Cube> computed(const Expr& expr, const std::vector<Interval>& intervals, bool outside, bool negated) {
    constexpr unsigned kMostBits = 4;  // sixteen ranges, such as a length has for each length of the header before it
    const auto sum = sumOf(expr);
    if (!sum) return impossible();
    std::optional<ast::FieldId> main;
    std::vector<ast::FieldId> others;
    for (const auto& [id, times] : sum->times) {
      if (times == 0) return impossible();  // the field's presence counts, its value does not
      const bool once = times == 1 || times == ~uint32_t{0};
      if (once && (!main || ast::field(*main).width < ast::field(id).width)) {
        if (main) others.push_back(*main);
        main = id;
      } else {
        others.push_back(id);
      }
    }
    if (!main) return impossible();
    const ast::Field& field = ast::field(*main);
    PresenceMask presence = field.presence_mask;
    unsigned bits = 0;
    for (const ast::FieldId id : others) {
      presence |= ast::field(id).presence_mask;
      bits += ast::field(id).width;
    }
    if (bits > kMostBits) return impossible();

    const Wide top = ones(32);
    const auto cubes = [&](bool others_hold) {
      std::vector<Cube> result;
      for (uint32_t values = 0; values < uint32_t{1} << bits; ++values) {
        uint32_t rest = sum->constant;
        Cube of_others;
        unsigned at = 0;
        for (const ast::FieldId id : others) {
          const ast::Field& other = ast::field(id);
          const uint32_t taken = values >> at & static_cast<uint32_t>(ones(other.width));
          at += other.width;
          rest += sum->times.at(id) * taken;
          bool possible = true;
          of_others = *meet(std::move(of_others), equal(other, taken, ones(other.width)).front(), possible);
        }
        std::vector<Cube> of_main;
        for (const Interval& interval : others_hold ? complement(top, intervals) : intervals) {
          // field + rest, or rest - field, lies in the interval.
          const bool plus = sum->times.at(*main) == 1;
          const uint32_t first = plus ? static_cast<uint32_t>(interval.first) - rest : rest - static_cast<uint32_t>(interval.last);
          const uint32_t last = plus ? static_cast<uint32_t>(interval.last) - rest : rest - static_cast<uint32_t>(interval.first);
          if (first <= last) {
            between(field, {first, last}, of_main);
          } else {
            between(field, {0, last}, of_main);
            between(field, {first, top}, of_main);
          }
        }
        for (Cube& cube : product({of_others}, of_main)) result.push_back(std::move(cube));
      }
      return bounded(std::move(result));
    };
    return leaf(presence, negated ? never() : cubes(outside), negated, [&] { return cubes(!outside); });
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

namespace {

/// Leaves of the cube what is not in the prefix, in pieces that exclude each other.
void cutOut(std::vector<Cube>& out, Cube cube, const Cube::Address& prefix, unsigned side) {
  const unsigned first = side == 0 ? isa::kWSrc0 : isa::kWDst0;
  for (unsigned i = 0; i < 4; ++i) {
    const auto found = cube.words.find(first + i);
    const Cube::Bits tested = found == cube.words.end() ? Cube::Bits{} : found->second;
    if (((tested.value ^ prefix[i].value) & tested.mask & prefix[i].mask) != 0) return out.push_back(std::move(cube));
  }
  for (unsigned i = 0; i < 4; ++i) {
    Cube::Bits tested = cube.words.contains(first + i) ? cube.words.at(first + i) : Cube::Bits{};
    for (uint32_t open = prefix[i].mask & ~tested.mask; open != 0;) {
      const uint32_t bit = std::bit_floor(open);
      open &= ~bit;
      tested.mask |= bit;
      cube.words[first + i] = {(tested.value & ~bit) | (~prefix[i].value & bit), tested.mask};
      out.push_back(cube);
      tested.value |= prefix[i].value & bit;
      cube.words[first + i] = tested;
    }
  }
}

unsigned lengthOf(const Cube::Address& prefix) {
  unsigned length = 0;
  for (const Cube::Bits& bits : prefix) length += static_cast<unsigned>(std::popcount(bits.mask));
  return length;
}

/// Whether all of the one lies in the other.
bool within(const Cube::Address& inner, const Cube::Address& outer) {
  for (unsigned i = 0; i < 4; ++i)
    if ((outer[i].mask & ~inner[i].mask) != 0 || ((outer[i].value ^ inner[i].value) & outer[i].mask) != 0) return false;
  return true;
}

}  // namespace

void meetInto(std::vector<Cube>& out, const Cube& a, const Cube& b) {
  Cube tests = a;
  Cube more = b;
  std::array<std::vector<Cube::Address>, 2> not_in;
  for (unsigned side = 0; side < 2; ++side) {
    for (Cube* cube : {&tests, &more}) {
      if (cube->differs[side]) not_in[side].push_back(*cube->differs[side]);
      cube->differs[side].reset();
    }
    if (not_in[side].size() < 2) continue;
    if (within(not_in[side][1], not_in[side][0])) not_in[side].pop_back();
    else if (within(not_in[side][0], not_in[side][1])) not_in[side].erase(not_in[side].begin());
    else if (lengthOf(not_in[side][1]) < lengthOf(not_in[side][0])) std::swap(not_in[side][0], not_in[side][1]);
  }
  bool possible = true;
  const auto both = meet(std::move(tests), more, possible);
  if (!both) return;
  std::vector<Cube> pieces{*both};
  for (unsigned side = 0; side < 2; ++side)
    for (size_t i = 0; i < not_in[side].size(); ++i) {
      std::vector<Cube> rest;
      for (Cube& piece : pieces) {
        // The last one stays a test of its own where the entry makes no other of the address.
        if (i + 1 == not_in[side].size() && !testsAddress(piece, side)) {
          piece.differs[side] = not_in[side][i];
          rest.push_back(std::move(piece));
        } else {
          cutOut(rest, std::move(piece), not_in[side][i], side);
        }
      }
      pieces = std::move(rest);
    }
  std::ranges::move(pieces, std::back_inserter(out));
}

bool isRangedWord(unsigned word) { return word == isa::kWPorts || word == isa::kWLength; }

bool disjoint(const Cube& a, const Cube& b) {
  std::vector<Cube> both;
  meetInto(both, a, b);
  return both.empty();
}

namespace {

/// Adds what is in the cube and not in the other.
void without(std::vector<Cube>& out, const Cube& cube, const Cube& other) {
  std::vector<Cube> inside{cube};  // the tests so far of the other
  const auto split = [&](const Cube& holds, const std::vector<Cube>& fails) {
    std::vector<Cube> rest;
    for (const Cube& piece : inside) {
      for (const Cube& fail : fails) meetInto(out, piece, fail);
      meetInto(rest, piece, holds);
    }
    inside = std::move(rest);
  };
  for (const auto& [word, bits] : other.words)
    for (uint32_t left = bits.mask; left != 0; left &= left - 1) {
      const uint32_t bit = left & -left;
      Cube holds;
      Cube fails;
      holds.words[word] = {bits.value & bit, bit};
      fails.words[word] = {~bits.value & bit, bit};
      split(holds, {fails});
    }
  for (const auto& [half, range] : other.halves) {
    Cube holds;
    Cube below;
    Cube above;
    holds.halves[half] = range;
    std::vector<Cube> fails;
    if (range.first > 0) {
      below.halves[half] = {0, range.first - 1};
      fails.push_back(below);
    }
    if (range.last < 0xffff) {
      above.halves[half] = {range.last + 1, 0xffff};
      fails.push_back(above);
    }
    split(holds, fails);
  }
  for (unsigned side = 0; side < 2; ++side) {
    if (!other.differs[side]) continue;
    Cube holds;
    Cube fails;
    holds.differs[side] = other.differs[side];
    for (unsigned i = 0; i < 4; ++i)
      if (const Cube::Bits& bits = (*other.differs[side])[i]; bits.mask != 0) fails.words[(side == 0 ? isa::kWSrc0 : isa::kWDst0) + i] = bits;
    split(holds, {fails});
  }
}

}  // namespace

std::optional<std::vector<Cube>> takeApart(const std::vector<Cube>& cubes, size_t limit) {
  std::vector<Cube> result;
  for (const Cube& cube : cubes) {
    std::vector<Cube> pieces{cube};
    // Only of those as they were: together these are all that came before.
    for (const Cube& earlier : cubes) {
      if (&earlier == &cube) break;
      std::vector<Cube> rest;
      for (const Cube& piece : pieces) {
        if (disjoint(piece, earlier)) rest.push_back(piece);
        else without(rest, piece, earlier);
      }
      pieces = std::move(rest);
      if (result.size() + pieces.size() > limit) return std::nullopt;
    }
    std::ranges::move(pieces, std::back_inserter(result));
  }
  return result;
}

std::optional<std::vector<Cube>> cubesOf(const ast::Expr& condition, const CubeContext& context, bool negated) {
  CubeBuilder builder(context);
  std::vector<Cube> cubes = builder.condition(condition, negated);
  bool possible = builder.possible();
  std::erase_if(cubes, [&](Cube& cube) { return !toRanges(cube, context.ranged, possible); });
  if (!possible) return std::nullopt;
  return cubes;
}

}  // namespace norman::codegen
