// Types and absence of expressions: one case for each kind, literals, logic and tests of meters.
#include <algorithm>

#include "compiler/sema/checker.h"
#include "compiler/sema/intervals.h"
#include "compiler/sema/units.h"

namespace norman {

using namespace ast;
using syntax::BinaryOp;

namespace {

constexpr unsigned kMaxRecursion =
    600;  // of check() over source and bodies of functions; a level takes a few KB

bool isComparison(BinaryOp op) {
  switch (op) {
    case BinaryOp::Eq:
    case BinaryOp::Ne:
    case BinaryOp::Lt:
    case BinaryOp::Le:
    case BinaryOp::Gt:
    case BinaryOp::Ge:
      return true;
    case BinaryOp::Add:
    case BinaryOp::Sub:
    case BinaryOp::Mul:
    case BinaryOp::Div:
    case BinaryOp::Rem:
    case BinaryOp::BitAnd:
    case BinaryOp::BitOr:
    case BinaryOp::BitXor:
    case BinaryOp::Shl:
    case BinaryOp::Shr:
      break;
  }
  return false;
}

}  // namespace

Value Checker::check(const syntax::Expr& expr) {
  if (recursion_ >= kMaxRecursion || size_reported_ || diagnostics_.full()) {
    if (!diagnostics_.full()) reportTooDeep(expr.range);
    size_reported_ = true;
    return errorValue(expr.range);
  }
  ++recursion_;
  countNodes(1, expr.range);
  const auto state = matchState(expr);
  Declared* const number = sharedNumber(expr);
  const bool logic = state || number != nullptr || expr.kind == syntax::ExprKind::Not || expr.kind == syntax::ExprKind::And ||
                     expr.kind == syntax::ExprKind::Or || expr.kind == syntax::ExprKind::Meter ||
                     expr.kind == syntax::ExprKind::Every;
  const bool outer = meters_allowed_;
  if (!logic) meters_allowed_ = false;  // a test of a meter stands under !, &&, || only

  Value value = [&] {
    if (state) return checkStateTest(expr, *state);
    if (number != nullptr) return checkStateValue(expr, *number);
    switch (expr.kind) {
      case syntax::ExprKind::Number:
        return checkNumber(expr);
      case syntax::ExprKind::Bool:
        return boolValue(expr.value.lo != 0, expr.range);
      case syntax::ExprKind::Time:
        return numberValue(expr.value.lo, expr.range, Unit::Seconds);
      case syntax::ExprKind::Ipv4:
        return typedValue(Type::ipv4(), std::make_unique<Literal>(Type::ipv4(), expr.range, expr.value),
                          expr.range);
      case syntax::ExprKind::Ipv6:
        return typedValue(Type::ipv6(), std::make_unique<Literal>(Type::ipv6(), expr.range, expr.value),
                          expr.range);
      case syntax::ExprKind::Mac:
        return typedValue(Type::mac(), std::make_unique<Literal>(Type::mac(), expr.range, expr.value),
                          expr.range);
      case syntax::ExprKind::Prefix4:
      case syntax::ExprKind::Prefix6: {
        const bool four = expr.kind == syntax::ExprKind::Prefix4;
        Value prefix;
        prefix.kind = Value::Kind::Prefix;
        prefix.range = expr.range;
        prefix.type = four ? Type::ipv4() : Type::ipv6();
        prefix.interval = prefixInterval(expr.value, expr.length, prefix.type.bits);
        if (prefix.interval.first != expr.value) {
          diagnostics_
              .report(DiagId::BadPrefix, expr.range,
                      "this prefix has bits set after its length of " + std::to_string(expr.length))
              .help("write the first address of the network, or the address alone");
          return errorValue(expr.range);
        }
        return prefix;
      }
      case syntax::ExprKind::String: {
        Value text;
        text.kind = Value::Kind::String;
        text.range = expr.range;
        text.text = expr.name.text;
        return text;
      }
      case syntax::ExprKind::Path:
        return checkPath(expr);
      case syntax::ExprKind::Call:
        return checkCall(expr);
      case syntax::ExprKind::Index:
        return checkIndex(expr);
      case syntax::ExprKind::Not:
      case syntax::ExprKind::And:
      case syntax::ExprKind::Or:
        return checkLogic(expr);
      case syntax::ExprKind::Complement:
        return checkComplement(expr);
      case syntax::ExprKind::Binary:
        return isComparison(expr.op) ? checkComparison(expr) : checkArithmetic(expr);
      case syntax::ExprKind::In:
        return checkIn(expr);
      case syntax::ExprKind::Meter:
        return checkMeterTest(expr);
      case syntax::ExprKind::Every:
        return checkEvery(expr);
      case syntax::ExprKind::Chance:
        return checkChance(expr);
      case syntax::ExprKind::List:
      case syntax::ExprKind::Range:
      case syntax::ExprKind::Tuple:
        break;
    }
    if (expr.kind == syntax::ExprKind::Tuple)
      diagnostics_.report(DiagId::TypeMismatch, expr.range, "a combination stands left of 'in' only")
          .help("write for example '(ip.src, tcp.dport) in {(10.0.0.1, 80)}'");
    else
      diagnostics_.report(DiagId::TypeMismatch, expr.range, "a list or range stands right of 'in' only");
    return errorValue(expr.range);
  }();
  meters_allowed_ = outer;
  --recursion_;
  if (!value.isError() && tooDeep(value)) return errorValue(expr.range);
  return value;
}

Value Checker::checkBool(const syntax::Expr& expr, const char* what) {
  Value value = check(expr);
  if (value.isError() || value.isBool()) return value;
  auto report = diagnostics_.report(DiagId::TypeMismatch, expr.range,
                                    std::string(what) + " is a condition (bool), got " + describeType(value));
  if (value.isInt() && value.expr != nullptr && value.expr->kind == ExprKind::FieldRef)
    report.help("compare it, as in '" + std::string(sources_.text(expr.range)) + " != 0'");
  return errorValue(expr.range);
}

Value Checker::checkNumber(const syntax::Expr& expr) {
  Unit unit = Unit::None;
  unsigned __int128 value = expr.value.lo;
  if (!expr.name.text.empty()) {
    const auto info = findUnit(expr.name.text);
    if (!info) {
      reportUnknownUnit(expr.name);
      return errorValue(expr.range);
    }
    if (info->quantity == Quantity::Bits) {
      diagnostics_.report(DiagId::UnitMismatch, expr.range, "bits are for rates only")
          .help("lengths are in bytes");
      return errorValue(expr.range);
    }
    unit = info->quantity == Quantity::Bytes     ? Unit::Bytes
           : info->quantity == Quantity::Packets ? Unit::Packets
                                                 : Unit::Nanoseconds;
    value *= info->factor;
  }
  unsigned __int128 divisor = 1;
  for (unsigned i = 0; i < expr.scale && divisor < (unsigned __int128){1} << 100; ++i) divisor *= 10;
  if (value % divisor != 0) {
    diagnostics_
        .report(DiagId::BadLiteral, expr.range,
                "this is not a whole number" +
                    std::string(unit == Unit::None ? "" : " of the unit's smallest part"))
        .help("use a smaller unit");
    return errorValue(expr.range);
  }
  value /= divisor;
  if (value > UINT64_MAX) {
    diagnostics_.report(DiagId::OutOfRange, expr.range, "this number does not fit into 64 bits");
    return errorValue(expr.range);
  }
  if (unit == Unit::Bytes || unit == Unit::Packets) {
    if (value > UINT32_MAX) {
      diagnostics_.report(DiagId::OutOfRange, expr.range,
                          "a number of " + std::string(describeUnit(unit)) + " is less than 4294967296");
      return errorValue(expr.range);
    }
  }
  return numberValue(static_cast<uint64_t>(value), expr.range, unit);
}

// --------------------------------------------------------------------------------------- logic, meters

Value Checker::checkLogic(const syntax::Expr& expr) {
  const char* const what = expr.kind == syntax::ExprKind::Not   ? "the operand of '!'"
                           : expr.kind == syntax::ExprKind::And ? "an operand of '&&'"
                                                                : "an operand of '||'";
  std::vector<ExprPtr> operands;
  bool error = false;
  unsigned depth = 0;
  for (const auto& operand : expr.operands) {
    Value value = checkBool(operand, what);
    error = error || value.isError();
    depth = std::max(depth, value.depth);
    operands.push_back(std::move(value.expr));
  }
  if (error) return errorValue(expr.range);
  ExprPtr result = expr.kind == syntax::ExprKind::Not   ? makeNot(expr.range, std::move(operands[0]))
                   : expr.kind == syntax::ExprKind::And ? makeAnd(expr.range, std::move(operands))
                                                        : makeOr(expr.range, std::move(operands));
  return typedValue(Type::boolean(), std::move(result), expr.range, depth + 1);
}

Value Checker::checkMeterTest(const syntax::Expr& expr) {
  const Declared* quota = find(expr.name.text);
  const bool is_quota = quota != nullptr && quota->kind == NameKind::Quota;
  if (quota == nullptr) {
    std::vector<std::string_view> names = declaredNames(NameKind::Meter);
    for (const std::string_view name : declaredNames(NameKind::Quota)) names.push_back(name);
    reportUnknown("meter or quota", expr.name, names);
    return errorValue(expr.range);
  }
  Declared* declared =
      require(expr.name, is_quota ? NameKind::Quota : NameKind::Meter, is_quota ? "quota" : "meter");
  if (declared == nullptr) return errorValue(expr.range);
  const std::string kind = kindName(declared->kind);
  if (!meterAllowed(expr, "a " + kind)) return errorValue(expr.range);
  const auto id = is_quota ? quota_ids_[declared->index] : meter_ids_[declared->index];
  if (!id) return errorValue(expr.range);
  const syntax::Keyed& keyed =
      is_quota ? file_.quotas[declared->index].keyed : file_.meters[declared->index].keyed;
  bool never = false;
  auto key = meterKey(keyed.key, never);
  if (!key) return errorValue(expr.range);
  if (hook_ && !claimMeter(*id, kind + " '" + expr.name.text + "'", expr)) return errorValue(expr.range);
  if (never) return boolValue(false, expr.range);
  return typedValue(Type::boolean(),
                    std::make_unique<MeterTest>(expr.range, *id, expr.exceeds, std::move(*key)), expr.range);
}

/// The parts of a meter's key as the hook knows them; `never`: one of them never is.
std::optional<std::vector<KeyPart>> Checker::meterKey(const std::vector<syntax::Expr>& key,
                                                                 bool& never) {
  std::vector<KeyPart> parts;
  unsigned halves = 0;  // of key words
  for (const syntax::Expr& written : key) {
    const auto wrong = [&](const std::string& what, const std::string& help) {
      diagnostics_.report(DiagId::TypeMismatch, written.range, what).help(help);
      return std::nullopt;
    };
    if (written.name.text == "connection") {
      halves += 8;
      for (const bool larger : {false, true}) {
        auto end = connectionEnd(written.range, larger);
        if (!end) return std::nullopt;
        parts.push_back(std::move(*end));
      }
      continue;
    }
    if (written.name.text.find('.') == std::string::npos)
      return wrong("a key is made of fields of the packet",
                   "write for example 'per ip.src', 'per (ip.src, ip.dst)' or 'per connection'");
    Value value = checkField(written.name);
    if (value.isError()) return std::nullopt;
    if (value.kind == Value::Kind::Symbol)
      return wrong("'" + written.name.text + "' is a name, a key is made of numbers and addresses",
                   value.attribute == OwnerAttribute::User ? "write 'owner.uid'"
                   : value.attribute == OwnerAttribute::Group
                       ? "write 'owner.gid'"
                       : "test the name in the rule, and write 'owner.uid' here");
    if (value.isBool() || (value.isInt() && value.type.bits == 64))
      return wrong("a part of a key is an address or a number of 32 bits, got " + describeType(value),
                   "write for example 'per ip.src'");
    const bool either = value.kind == Value::Kind::Either;
    halves += either || value.type.kind == TypeKind::Ipv6    ? 8
              : value.type.kind == TypeKind::Mac             ? 3
              : value.isInt() && value.type.value_bits <= 16 ? 1
                                                             : 2;
    never = never || (value.expr == nullptr && value.v6 == nullptr);
    parts.push_back({std::move(value.expr), std::move(value.v6)});
  }
  if (halves <= 8) return parts;
  diagnostics_
      .report(DiagId::ResourceLimit, key.back().range, "this key has more than the 128 bits of a table's key")
      .help("use 'ipv4.src' and 'ipv4.dst', or fewer parts: 'ip.src' takes all of them");
  return std::nullopt;
}

/// The smaller or larger of the two ends of a connection, as a number of address, protocol and port: both
/// directions have the same two.
std::optional<KeyPart> Checker::connectionEnd(const SourceRange& range, bool larger) {
  const auto part = [&](const char* name, Type type) -> ExprPtr {
    return std::make_unique<FieldRef>(type, range, *findField(name));
  };
  const auto literal = [&](uint64_t value) -> ExprPtr {
    return std::make_unique<Literal>(Type::u32(bitLength({0, value})), range, Bits128{0, value});
  };
  const auto end = [&](const char* address, const char* port) {
    ExprPtr low = makeArith(Type::u32(24), range, ArithOp::Shl, part("ipv4.protocol", Type::u32(8)), literal(16));
    low = makeArith(Type::u32(24), range, ArithOp::Or, std::move(low), part(port, Type::u32(16)));
    ExprPtr high = makeWiden(Type::u64(32), part(address, Type::u32()));
    ExprPtr shift = std::make_unique<Literal>(Type::u64(6), range, Bits128{0, 32});
    high = makeArith(Type::u64(), range, ArithOp::Shl, std::move(high), std::move(shift));
    return makeArith(Type::u64(), range, ArithOp::Or, std::move(high), makeWiden(Type::u64(24), std::move(low)));
  };
  return KeyPart{makeArith(Type::u64(), range, larger ? ArithOp::Max : ArithOp::Min,
                                      end("ipv4.src", "l4.sport"), end("ipv4.dst", "l4.dport")),
                            nullptr};
}

bool Checker::meterAllowed(const syntax::Expr& expr, const std::string& what) {
  if (meters_allowed_) return true;
  diagnostics_
      .report(DiagId::MeterHere, expr.range,
              what + " is tested in the condition of a rule or in a let of a policy only")
      .help("keep the answer: 'let over = " + std::string(sources_.text(expr.range)) + ";' before the rule");
  return false;
}

Value Checker::checkEvery(const syntax::Expr& expr) {
  const std::string text(sources_.text(expr.range));
  if (!meterAllowed(expr, "'" + text + "'")) return errorValue(expr.range);
  const bool packets = expr.name.text.empty() || expr.name.text == "packet" || expr.name.text == "packets";
  if (!packets || expr.scale != 0 || expr.value.lo < 2 || expr.value.lo > UINT32_MAX) {
    diagnostics_
        .report(DiagId::OutOfRange, expr.range,
                "'every' takes a whole number of packets from 2 to 4294967295")
        .help("write for example 'every 100'");
    return errorValue(expr.range);
  }
  if (!hook_)  // a chain that nothing calls
    return typedValue(Type::boolean(), std::make_unique<MeterTest>(expr.range, MeterId{}, true), expr.range);
  const auto [place, fresh] = every_ids_.try_emplace({expr.range.file.value, expr.range.begin},
                                                     static_cast<MeterId>(program_.meters.size()));
  if (fresh) {
    Meter every;
    every.kind = MeterKind::Every;
    const std::string name =
        "every." + std::to_string(sources_.file(expr.range.file).lineOf(expr.range.begin));
    every.name = name;
    for (unsigned again = 2;
         std::ranges::any_of(program_.meters, [&](const Meter& m) { return m.name == every.name; });)
      every.name = name + "." + std::to_string(again++);
    every.range = expr.range;
    every.limit = expr.value.lo - 1;
    program_.meters.push_back(std::move(every));
  }
  if (!claimMeter(place->second, "'" + text + "'", expr)) return errorValue(expr.range);
  return typedValue(Type::boolean(), std::make_unique<MeterTest>(expr.range, place->second, true),
                    expr.range);
}

// A packet has one random word: all chances ask it.
Value Checker::checkChance(const syntax::Expr& expr) {
  unsigned __int128 numerator = static_cast<unsigned __int128>(expr.value.lo) << 32;
  unsigned __int128 divisor = 100;
  for (unsigned i = 0; i < expr.scale && divisor < (unsigned __int128){1} << 100; ++i) divisor *= 10;
  if (!expr.name.text.empty() || numerator < divisor || numerator > divisor << 32) {
    diagnostics_.report(DiagId::OutOfRange, expr.range, "a chance lies between 0.0000001% and 100%")
        .help("write for example 'chance 1%' or 'chance 0.5%'");
    return errorValue(expr.range);
  }
  const auto bound = static_cast<uint64_t>(numerator / divisor);
  if (bound > UINT32_MAX) return boolValue(true, expr.range);
  const auto random = findField("packet.random");
  const Type type = field(*random).type;
  return typedValue(
      Type::boolean(),
      makeCompare(expr.range, CompareOp::Lt, std::make_unique<FieldRef>(type, expr.range, *random),
                  std::make_unique<Literal>(type, expr.range, Bits128{0, bound})),
      expr.range);
}

// Each direction has one place for each meter; a chain that is reached twice is two places.
bool Checker::claimMeter(MeterId meter, const std::string& what, const syntax::Expr& expr) {
  const std::string text = what + " is tested at two places of one direction";
  const SourceRange call = reach_ != nullptr ? reach_->first : SourceRange{};
  const auto byTwoCalls = [&](const SourceRange& first, const SourceRange& second) {
    diagnostics_
        .report(DiagId::MeterTestedTwice, expr.range,
                text + ": chain '" + file_.chains[*chain_].name.text + "' is reached by two calls")
        .note(first, "the first call")
        .note(second, "the second call")
        .help("call it once, or write a chain with one of its own for each call");
  };
  if (reach_ != nullptr && reach_->calls > 1) {
    byTwoCalls(reach_->first, reach_->second);
    return false;
  }
  const auto [use, fresh] =
      meter_uses_.try_emplace({meter, directionOf(*hook_)}, MeterUse{expr.range, *hook_, call});
  if (fresh) return true;
  const bool same = use->second.range == expr.range;
  if (same && !(use->second.call == call)) {
    byTwoCalls(use->second.call, call);
    return false;
  }
  auto report = diagnostics_.report(DiagId::MeterTestedTwice, expr.range,
                                    text + (same ? ": hooks " + std::string(hookName(use->second.hook)) +
                                                       " and " + std::string(hookName(*hook_))
                                                 : ""));
  if (!same) report.note(use->second.range, "the first test");
  report.help(same ? "write a policy for each hook, with one of its own"
                   : "test it once: 'let over = exceeds " + expr.name.text + ";'");
  return false;
}

}  // namespace norman
