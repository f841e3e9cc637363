// Types, units, widths and absence of expressions; expansion of functions; splitting of address families.
#include <algorithm>
#include <bit>

#include "compiler/sema/checker.h"
#include "compiler/sema/intervals.h"
#include "compiler/sema/units.h"
#include "compiler/support/nearest_name.h"

namespace norman {

using namespace ast;
using syntax::BinaryOp;

namespace {

constexpr unsigned kMaxRecursion =
    600;  // of check() over source and bodies of functions; a level takes a few KB
constexpr unsigned kMaxCallDepth = 64;
constexpr unsigned kMaxTypedDepth = 1000;     // consumers recurse over typed trees
constexpr size_t kMaxNodes = 100000;          // per expression: far more than any overlay has rows
constexpr size_t kMaxProgramNodes = 8000000;  // of all expressions: about a gigabyte

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

CompareOp compareOp(BinaryOp op) {
  switch (op) {
    case BinaryOp::Ne:
      return CompareOp::Ne;
    case BinaryOp::Lt:
      return CompareOp::Lt;
    case BinaryOp::Le:
      return CompareOp::Le;
    case BinaryOp::Gt:
      return CompareOp::Gt;
    case BinaryOp::Ge:
      return CompareOp::Ge;
    default:
      return CompareOp::Eq;
  }
}

// A header's name as a condition asks for one field that needs just this header.
constexpr std::pair<std::string_view, std::string_view> kHeaders[] = {
    {"eth", "eth.type"},        {"vlan", "vlan.id"},     {"arp", "arp.op"},         {"ipv4", "ipv4.ttl"},
    {"ipv6", "ipv6.hop_limit"}, {"ip", "ip.protocol"},   {"tcp", "tcp.dport"},      {"udp", "udp.dport"},
    {"sctp", "sctp.dport"},     {"icmp", "icmp.type"},   {"icmpv6", "icmpv6.type"}, {"l4", "l4.dport"},
    {"owner", "owner.uid"},     {"socket", "socket.uid"}};

struct SymbolName {
  std::string_view name;
  OwnerSubject subject;
  OwnerAttribute attribute;
};
constexpr SymbolName kSymbols[] = {{"owner.user", OwnerSubject::Owner, OwnerAttribute::User},
                                   {"owner.group", OwnerSubject::Owner, OwnerAttribute::Group},
                                   {"owner.comm", OwnerSubject::Owner, OwnerAttribute::Comm},
                                   {"owner.cgroup", OwnerSubject::Owner, OwnerAttribute::Cgroup},
                                   {"socket.user", OwnerSubject::Socket, OwnerAttribute::User},
                                   {"socket.group", OwnerSubject::Socket, OwnerAttribute::Group},
                                   {"socket.cgroup", OwnerSubject::Socket, OwnerAttribute::Cgroup}};

constexpr std::string_view kEnds[] = {"local.port", "local.ip", "remote.port", "remote.ip"};

std::vector<std::string_view> allFieldNames() {
  std::vector<std::string_view> names;
  for (size_t i = 0; i < fieldCount(); ++i)
    if (!field(static_cast<FieldId>(i)).reserved) names.push_back(field(static_cast<FieldId>(i)).name);
  for (const auto& symbol : kSymbols) names.push_back(symbol.name);
  names.insert(names.end(), std::begin(kEnds), std::end(kEnds));
  return names;
}

std::string number(uint64_t value) { return std::to_string(value); }

ExprPtr fieldRef(std::string_view name, const SourceRange& range) {
  const FieldId id = *findField(name);
  return std::make_unique<FieldRef>(field(id).type, range, id);
}

// The halves of ip.src or ip.dst.
Value eitherField(std::string_view end, const SourceRange& range) {
  Value value;
  value.kind = Value::Kind::Either;
  value.range = range;
  value.expr = fieldRef("ipv4." + std::string(end), range);
  value.v6 = fieldRef("ipv6." + std::string(end), range);
  value.of_packet = true;
  value.depth = 1;
  return value;
}

bool isIpv4(const Value& value) {
  return value.kind == Value::Kind::Typed && value.type.kind == TypeKind::Ipv4;
}

const char* unitName(Unit unit) {
  switch (unit) {
    case Unit::None:
      return "a plain number";
    case Unit::Port:
      return "a port";
    case Unit::Interface:
      return "an interface";
    case Unit::Bytes:
      return "bytes";
    case Unit::Packets:
      return "packets";
    case Unit::Nanoseconds:
      return "a duration";
    case Unit::Seconds:
      return "seconds";
  }
  return "";
}

}  // namespace

// ----------------------------------------------------------------------------------------------- limits

bool Checker::countNodes(size_t count, const SourceRange& range) {
  nodes_ += count;
  program_nodes_ += count;
  if (nodes_ <= kMaxNodes && program_nodes_ <= kMaxProgramNodes) return true;
  if (!size_reported_)
    diagnostics_
        .report(DiagId::ResourceLimit, range,
                nodes_ > kMaxNodes ? "with its functions expanded this expression has more than " +
                                         number(kMaxNodes) + " operations"
                                   : "with its functions expanded this program has more than " +
                                         number(kMaxProgramNodes) + " operations")
        .help("compute common parts once with let in the policy");
  size_reported_ = true;
  return false;
}

bool Checker::countElements(size_t count, const SourceRange& range) {
  constexpr size_t kMaxElements = 4000000;  // a file of the largest size holds about a million
  elements_ += count;
  if (elements_ <= kMaxElements) return !size_reported_;
  if (!size_reported_)
    diagnostics_
        .report(DiagId::ResourceLimit, range,
                "all sets together, with the sets inside them, have more than " + number(kMaxElements) +
                    " elements")
        .help("use a large set in one place, not inside many others");
  size_reported_ = true;
  return false;
}

bool Checker::tooDeep(const Value& value) {
  if (value.depth <= kMaxTypedDepth) return size_reported_;
  if (!size_reported_)
    diagnostics_
        .report(DiagId::ResourceLimit, value.range,
                "with its functions expanded this expression is nested more than " + number(kMaxTypedDepth) +
                    " levels deep")
        .help("compute parts of it once with let in the policy");
  size_reported_ = true;
  return true;
}

// --------------------------------------------------------------------------------------------- dispatch

Value Checker::check(const syntax::Expr& expr) {
  if (recursion_ >= kMaxRecursion || size_reported_ || diagnostics_.full()) {
    if (!size_reported_ && !diagnostics_.full())
      diagnostics_
          .report(DiagId::ResourceLimit, expr.range,
                  "with its functions expanded this expression is nested more than " +
                      number(kMaxTypedDepth) + " levels deep")
          .help("compute parts of it once with let in the policy");
    size_reported_ = true;
    return errorValue(expr.range);
  }
  ++recursion_;
  countNodes(1, expr.range);
  const bool logic = expr.kind == syntax::ExprKind::Not || expr.kind == syntax::ExprKind::And ||
                     expr.kind == syntax::ExprKind::Or || expr.kind == syntax::ExprKind::Meter;
  const bool outer = meters_allowed_;
  if (!logic) meters_allowed_ = false;  // a test of a meter stands under !, &&, || only

  Value value = [&] {
    switch (expr.kind) {
      case syntax::ExprKind::Number:
        return checkNumber(expr);
      case syntax::ExprKind::Bool:
        return boolValue(expr.value.lo != 0, expr.range);
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
                      "this prefix has bits set after its length of " + number(expr.length))
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
      case syntax::ExprKind::List:
      case syntax::ExprKind::Range:
        break;
    }
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
      reportUnknown("unit", expr.name, unitNames());
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
                          "a number of " + std::string(unitName(unit)) + " is less than 4294967296");
      return errorValue(expr.range);
    }
  }
  return numberValue(static_cast<uint64_t>(value), expr.range, unit);
}

// ------------------------------------------------------------------------------------------------ names

bool Checker::neverKnown(std::string_view name) const {
  if (!hook_) return false;
  const bool person =
      name.starts_with("owner.") || name.starts_with("socket.") || name == "owner" || name == "socket";
  if (person) return *hook_ == Hook::Forward;
  if (name == "iface.out") return directionOf(*hook_) == Direction::Ingress;
  if (name == "iface.in") return *hook_ == Hook::Output;
  return false;
}

void Checker::noteNeverKnown(const syntax::Name& name) {
  if (call_depth_ > 0) return;  // a function may serve other hooks too
  NeverKnown& note = never_known_[name.range.begin];
  if (note.last == hook_) return;
  note.name = name;
  note.hooks += (note.hooks.empty() ? "" : ", ") + std::string(hookName(*hook_));
  ++note.count;
  note.last = hook_;
}

std::optional<Value> Checker::checkHeader(const syntax::Name& name) {
  for (const auto& [header, representative] : kHeaders) {
    if (header != name.text) continue;
    if (neverKnown(header)) {
      noteNeverKnown(name);
      return boolValue(false, name.range);
    }
    return typedValue(Type::boolean(), makePresent(name.range, fieldRef(representative, name.range)),
                      name.range, 2);
  }
  return std::nullopt;
}

Value Checker::checkPath(const syntax::Expr& expr) {
  const syntax::Name& name = expr.name;
  if (name.text.find('.') != std::string::npos) {
    if (constants_only_) {
      diagnostics_.report(DiagId::NotConstant, expr.range,
                          "a constant is needed here, '" + name.text + "' is a field of the packet");
      return errorValue(expr.range);
    }
    return checkField(name);
  }
  if (scope_ != nullptr && !constants_only_) {
    if (const auto local = scope_->names.find(name.text); local != scope_->names.end()) {
      if (!countNodes(nodeCount(local->second), expr.range)) return errorValue(expr.range);
      Value value = cloneValue(local->second);
      value.range = expr.range;
      return value;
    }
  }
  if (Declared* declared = find(name.text)) {
    if (declared->kind == NameKind::Const) {
      declared->used = true;
      Value value = cloneValue(*constant(declared->index));
      value.range = expr.range;
      if (value.expr != nullptr) value.expr->range = expr.range;
      return value;
    }
    auto report = diagnostics_.report(
        DiagId::WrongKind, expr.range,
        "'" + name.text + "' is a " + kindName(declared->kind) + ", a value is needed here");
    report.note(declared->range, "declared here");
    if (declared->kind == NameKind::Set) report.help("sets stand right of 'in'");
    if (declared->kind == NameKind::Meter)
      report.help("write 'exceeds " + name.text + "' or 'within " + name.text + "'");
    if (declared->kind == NameKind::Function) report.help("call it: '" + name.text + "(...)'");
    declared->used = true;
    return errorValue(expr.range);
  }
  if (!constants_only_)
    if (auto header = checkHeader(name)) return std::move(*header);
  if (name.text == "connection") {
    diagnostics_.report(DiagId::NotYet, expr.range, "'connection' is not done yet by this compiler");
    return errorValue(expr.range);
  }
  std::vector<std::string_view> candidates = declaredNames(NameKind::Const);
  if (constants_only_)  // perhaps an element of a set
    for (const auto set_name : declaredNames(NameKind::Set)) candidates.push_back(set_name);
  if (!constants_only_) {
    if (scope_ != nullptr)
      for (const auto& [local, value] : scope_->names) candidates.push_back(local);
    std::sort(candidates.begin(), candidates.end());
    for (const auto& [header, representative] : kHeaders) candidates.push_back(header);
  }
  auto report = diagnostics_.report(DiagId::UnknownName, expr.range, "unknown name '" + name.text + "'");
  if (const auto near = nearestName(name.text, candidates)) report.help("did you mean '" + *near + "'?");
  return errorValue(expr.range);
}

Value Checker::checkField(const syntax::Name& name) {
  const SourceRange& range = name.range;
  if (name.text.starts_with("connection.")) {
    diagnostics_.report(DiagId::NotYet, range, "'" + name.text + "' is not done yet by this compiler")
        .help("connections come with a later version; match on addresses and ports until then");
    return errorValue(range);
  }
  for (const SymbolName& symbol : kSymbols) {
    if (symbol.name != name.text) continue;
    Value value;
    value.kind = Value::Kind::Symbol;
    value.range = range;
    value.subject = symbol.subject;
    value.attribute = symbol.attribute;
    value.text = name.text;
    if (neverKnown(name.text)) noteNeverKnown(name);
    return value;
  }
  if (std::find(std::begin(kEnds), std::end(kEnds), name.text) != std::end(kEnds)) {
    const bool local = name.text.starts_with("local.");
    const bool port = name.text.ends_with(".port");
    const Hook hook = hook_.value_or(Hook::Input);
    if (hook == Hook::Prerouting || hook == Hook::Postrouting) {
      diagnostics_
          .report(DiagId::FieldAtHook, range,
                  "'" + name.text + "' is not known at hook " + std::string(hookName(hook)) +
                      ", where the packet may be forwarded")
          .help(std::string("use hook ") + (hook == Hook::Prerouting ? "input" : "output") + ", or '" +
                (port ? "l4.dport' and 'l4.sport'" : "ip.dst' and 'ip.src'"));
      return errorValue(range);
    }
    if (hook == Hook::Forward) {
      noteNeverKnown(name);
      if (port) return typedValue(Type::u32(16, Unit::Port), nullptr, range);
      Value absent;
      absent.kind = Value::Kind::Either;
      absent.range = range;
      absent.of_packet = true;
      return absent;
    }
    const bool destination = local == (hook == Hook::Input);
    if (port) {
      Value value = typedValue(Type::u32(16, Unit::Port),
                               fieldRef(destination ? "l4.dport" : "l4.sport", range), range);
      value.is_field = true;
      return value;
    }
    return eitherField(destination ? "dst" : "src", range);
  }
  const auto id = findField(name.text);
  if (!id) {
    auto report = diagnostics_.report(DiagId::UnknownName, range, "unknown field '" + name.text + "'");
    const std::string head = name.text.substr(0, name.text.find('.') + 1);
    std::string members;
    size_t count = 0;
    for (const auto candidate : allFieldNames()) {
      if (!candidate.starts_with(head)) continue;
      members += (members.empty() ? "" : ", ") + std::string(candidate);
      ++count;
    }
    if (const auto near = nearestName(name.text, allFieldNames()))
      report.help("did you mean '" + *near + "'?");
    else if (count > 0 && count <= 20)
      report.help("there are " + members);
    return errorValue(range);
  }
  const Field& found = field(*id);
  if (found.either_family) return eitherField(name.text.substr(3), range);
  if (neverKnown(name.text)) {
    noteNeverKnown(name);
    return typedValue(found.type, nullptr, range);
  }
  if (name.text == "parse.incomplete" && hook_)
    program_.tests_incomplete[static_cast<size_t>(directionOf(*hook_))] = true;
  ExprPtr read = std::make_unique<FieldRef>(found.type, range, *id);
  if (name.text == "packet.time") {
    const Type type = Type::u64(60, Unit::Nanoseconds);
    auto four = std::make_unique<Literal>(Type::u64(3), range, Bits128{0, 4});
    return typedValue(
        type, std::make_unique<Arith>(type, range, ArithOp::Shr, std::move(read), std::move(four)), range, 2);
  }
  Value value = typedValue(found.type, std::move(read), range);
  value.is_field = true;
  return value;
}

// ------------------------------------------------------------------------------------------------ calls

Value Checker::checkCall(const syntax::Expr& expr) {
  const std::string& name = expr.name.text;
  if (name == "raw8" || name == "raw16" || name == "raw32") {
    diagnostics_.report(DiagId::NotYet, expr.name.range, "reading raw bytes is not done yet by this compiler")
        .help("use the fields of the headers");
    return errorValue(expr.range);
  }
  if (name == "min" || name == "max") return checkMinMax(expr, name == "max");
  if (name == "present") return checkPresent(expr);
  Declared* declared = find(name);
  if (declared == nullptr) {
    std::vector<std::string_view> candidates = declaredNames(NameKind::Function);
    candidates.insert(candidates.end(), {"min", "max", "present"});
    reportUnknown("function", expr.name, candidates);
    return errorValue(expr.range);
  }
  if (require(expr.name, NameKind::Function, "function") == nullptr) return errorValue(expr.range);
  if (constants_only_) {
    diagnostics_.report(DiagId::NotConstant, expr.range, "a constant is needed here, got a call");
    return errorValue(expr.range);
  }
  const syntax::Function& function = file_.functions[declared->index];
  if (expr.operands.size() != function.parameters.size()) {
    diagnostics_
        .report(DiagId::ArgumentCount, expr.range,
                "function '" + name + "' takes " + number(function.parameters.size()) +
                    (function.parameters.size() == 1 ? " argument" : " arguments") + ", got " +
                    number(expr.operands.size()))
        .note(function.name.range, "declared here");
    return errorValue(expr.range);
  }
  std::vector<Value> arguments;
  for (const auto& operand : expr.operands) arguments.push_back(check(operand));
  return callFunction(declared->index, expr, std::move(arguments));
}

Value Checker::callFunction(size_t index, const syntax::Expr& call, std::vector<Value> arguments) {
  const syntax::Function& function = file_.functions[index];
  FunctionInfo& info = functions_[index];
  if (info.progress == Progress::Running) {
    if (!info.broken)
      diagnostics_.report(DiagId::Recursion, call.range, "function '" + function.name.text + "' calls itself")
          .note(function.name.range, "declared here")
          .help("every policy must end after a fixed number of steps: write the steps out");
    for (FunctionInfo& running : functions_)
      if (running.progress == Progress::Running) running.broken = true;
    return errorValue(call.range);
  }
  if (info.broken) return errorValue(call.range);
  if (call_depth_ >= kMaxCallDepth) {
    if (!size_reported_)
      diagnostics_.report(DiagId::ResourceLimit, call.range,
                          "calls are nested more than " + number(kMaxCallDepth) + " deep");
    size_reported_ = true;
    return errorValue(call.range);
  }
  Scope scope;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].isError()) return errorValue(call.range);
    const syntax::Parameter& parameter = function.parameters[i];
    Value argument =
        coerce(std::move(arguments[i]), parameter.type, "argument '" + parameter.name.text + "'");
    if (argument.isError()) return errorValue(call.range);
    scope.names.emplace(parameter.name.text, std::move(argument));
  }
  info.progress = Progress::Running;
  ++call_depth_;
  Scope* const outer = std::exchange(scope_, &scope);
  Value result = functionBody(function);
  scope_ = outer;
  --call_depth_;
  info.progress = Progress::Untouched;
  result.range = call.range;
  return result;
}

Value Checker::functionBody(const syntax::Function& function) {
  for (const syntax::Let& let : function.lets) {
    const size_t before = diagnostics_.errorCount();
    Value value = check(let.value);
    const bool usable = value.kind == Value::Kind::Typed || value.kind == Value::Kind::Either;
    if (!usable && !value.isError()) {
      if (diagnostics_.errorCount() == before)
        diagnostics_.report(DiagId::TypeMismatch, let.value.range,
                            describeType(value) + " cannot be kept in a let");
      value = errorValue(let.value.range);
    }
    bind(let.name, std::move(value));
  }
  Value result = check(function.result);
  if (result.isError()) return result;
  if (!function.result_type.text.empty())
    return coerce(std::move(result), function.result_type, "the result of '" + function.name.text + "'");
  if (result.kind != Value::Kind::Typed && result.kind != Value::Kind::Either) {
    diagnostics_.report(DiagId::TypeMismatch, function.result.range,
                        "a function cannot give " + describeType(result));
    return errorValue(function.result.range);
  }
  return result;
}

Value Checker::checkMinMax(const syntax::Expr& expr, bool max) {
  if (expr.operands.size() != 2) {
    diagnostics_.report(DiagId::ArgumentCount, expr.range,
                        "'" + expr.name.text + "' takes 2 arguments, got " + number(expr.operands.size()));
    return errorValue(expr.range);
  }
  Value lhs = check(expr.operands[0]);
  Value rhs = check(expr.operands[1]);
  if (lhs.isError() || rhs.isError()) return errorValue(expr.range);
  for (const Value* side : {&lhs, &rhs}) {
    if (side->isInt() && side->type.unit != Unit::Interface) continue;
    diagnostics_.report(DiagId::TypeMismatch, side->range,
                        "'" + expr.name.text + "' takes integers, got " + describeType(*side));
    return errorValue(expr.range);
  }
  if (!unifyUnits(lhs, rhs, expr.range, "arguments")) return errorValue(expr.range);
  unifyWidths(lhs, rhs);
  Type type = lhs.type;
  type.value_bits = max ? std::max(lhs.type.value_bits, rhs.type.value_bits)
                        : std::min(lhs.type.value_bits, rhs.type.value_bits);
  const unsigned depth = std::max(lhs.depth, rhs.depth) + 1;
  return typedValue(type,
                    makeArith(type, expr.range, max ? ArithOp::Max : ArithOp::Min, std::move(lhs.expr),
                              std::move(rhs.expr)),
                    expr.range, depth);
}

Value Checker::checkPresent(const syntax::Expr& expr) {
  if (expr.operands.size() != 1) {
    diagnostics_.report(DiagId::ArgumentCount, expr.range,
                        "'present' takes 1 argument, got " + number(expr.operands.size()));
    return errorValue(expr.range);
  }
  Value operand = check(expr.operands[0]);
  if (operand.isError()) return operand;
  const unsigned depth = operand.depth + 2;
  if (operand.kind == Value::Kind::Either) {
    std::vector<ExprPtr> halves;
    halves.push_back(makePresent(expr.range, std::move(operand.expr)));
    halves.push_back(makePresent(expr.range, std::move(operand.v6)));
    return typedValue(Type::boolean(), makeOr(expr.range, std::move(halves)), expr.range, depth);
  }
  const bool flag = operand.isBool() && operand.expr->kind == ExprKind::FieldRef;
  if (operand.kind != Value::Kind::Typed || (operand.isBool() && !flag)) {
    diagnostics_.report(DiagId::TypeMismatch, expr.operands[0].range,
                        "'present' asks for a field or a number, got " + describeType(operand));
    return errorValue(expr.range);
  }
  return typedValue(Type::boolean(), makePresent(expr.range, std::move(operand.expr)), expr.range, depth);
}

// --------------------------------------------------------------------------------------- types by name

Value Checker::typeTemplate(const syntax::Name& name, LocalId local) {
  const auto typed = [&](Type type) {
    return typedValue(type, std::make_unique<LocalRef>(type, name.range, local), name.range);
  };
  if (name.text == "bool") return typed(Type::boolean());
  if (name.text == "u32") return typed(Type::u32());
  if (name.text == "u64") return typed(Type::u64());
  if (name.text == "port") return typed(Type::u32(16, Unit::Port));
  if (name.text == "bytes") return typed(Type::u32(32, Unit::Bytes));
  if (name.text == "seconds") return typed(Type::u32(32, Unit::Seconds));
  if (name.text == "duration") return typed(Type::u64(64, Unit::Nanoseconds));
  if (name.text == "ipv4") return typed(Type::ipv4());
  if (name.text == "ipv6") return typed(Type::ipv6());
  if (name.text == "mac") return typed(Type::mac());
  if (name.text == "address") {
    Value value = typed(Type::ipv4());
    value.kind = Value::Kind::Either;
    value.v6 = std::make_unique<LocalRef>(Type::ipv6(), name.range, local);
    return value;
  }
  reportUnknown(
      "type", name,
      {"bool", "u32", "u64", "port", "bytes", "seconds", "duration", "ipv4", "ipv6", "address", "mac"});
  return errorValue(name.range);
}

Value Checker::coerce(Value value, const syntax::Name& type_name, const std::string& what) {
  const Value wanted = typeTemplate(type_name, LocalId{});
  if (wanted.isError()) return errorValue(value.range);
  const auto mismatch = [&] {
    diagnostics_.report(DiagId::TypeMismatch, value.range,
                        what + " is " + type_name.text + ", got " + describeType(value));
    return errorValue(value.range);
  };
  if (wanted.kind == Value::Kind::Either) {
    if (value.kind == Value::Kind::Either) return value;
    if (!value.isAddress()) return mismatch();
    const bool four = isIpv4(value);
    Value either;
    either.kind = Value::Kind::Either;
    either.range = value.range;
    either.depth = value.depth;
    (four ? either.expr : either.v6) = std::move(value.expr);
    return either;
  }
  if (value.kind != Value::Kind::Typed || value.type.kind != wanted.type.kind) return mismatch();
  if (!value.isInt()) return value;

  // The template takes part in the unification as the other side, so that literals of durations become
  // seconds.
  Value other = typedValue(wanted.type, nullptr, value.range);
  if (!unifyUnits(value, other, value.range, what.c_str())) return errorValue(value.range);
  if (value.type.bits > wanted.type.bits) return mismatch();
  const bool port = wanted.type.unit == Unit::Port;
  if (const auto literal = value.literal(); literal && port && bitLength(*literal) > 16) {
    diagnostics_.report(DiagId::OutOfRange, value.range, "a port is less than 65536");
    return errorValue(value.range);
  }
  Type type = value.type;
  type.bits = wanted.type.bits;
  type.unit = wanted.type.unit;
  if (value.expr != nullptr) {
    value.expr = makeWiden(type, std::move(value.expr));
    value.expr->type.unit = type.unit;
  }
  value.type = type;
  return value;
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
  Declared* declared = require(expr.name, NameKind::Meter, "meter");
  if (declared == nullptr) return errorValue(expr.range);
  if (!meters_allowed_ || !hook_) {
    diagnostics_
        .report(DiagId::MeterHere, expr.range,
                "a meter is tested in the condition of a rule or in a let of a policy only")
        .help("keep the answer: 'let over = " + std::string(sources_.text(expr.range)) +
              ";' before the rule");
    return errorValue(expr.range);
  }
  const auto id = meter_ids_[declared->index];
  if (!id) return errorValue(expr.range);
  const Direction direction = directionOf(*hook_);
  const auto [use, fresh] =
      meter_uses_.try_emplace({declared->index, direction}, MeterUse{expr.range, *hook_});
  if (!fresh) {
    const bool same = use->second.range == expr.range;
    auto report =
        diagnostics_.report(DiagId::MeterTestedTwice, expr.range,
                            "meter '" + expr.name.text + "' is tested at two places of one direction" +
                                (same ? ": hooks " + std::string(hookName(use->second.hook)) + " and " +
                                            std::string(hookName(*hook_))
                                      : ""));
    if (!same) report.note(use->second.range, "the first test");
    report.help(same ? "write a policy for each hook, with a meter of its own"
                     : "test it once: 'let over = exceeds " + expr.name.text + ";'");
    return errorValue(expr.range);
  }
  return typedValue(Type::boolean(), std::make_unique<MeterTest>(expr.range, *id, expr.exceeds), expr.range);
}

// ------------------------------------------------------------------------------------------- arithmetic

bool Checker::unifyUnits(Value& lhs, Value& rhs, const SourceRange& range, const char* what) {
  const Unit a = lhs.type.unit;
  const Unit b = rhs.type.unit;
  if (a == b) return true;
  // A literal duration of whole seconds beside seconds.
  const auto toSeconds = [&](Value& value) {
    const auto literal = value.literal();
    if (!literal || value.type.unit != Unit::Nanoseconds || literal->lo % 1000000000 != 0) return false;
    value = numberValue(literal->lo / 1000000000, value.range, Unit::Seconds);
    return true;
  };
  if (a == Unit::Seconds && toSeconds(rhs)) return true;
  if (b == Unit::Seconds && toSeconds(lhs)) return true;
  const bool plain = a == Unit::None || b == Unit::None;
  if (plain && a != Unit::Interface && b != Unit::Interface) return true;
  auto report = diagnostics_.report(
      DiagId::UnitMismatch, range,
      std::string("units differ in ") + what + ": " + unitName(a) + " and " + unitName(b));
  if (a == Unit::Interface || b == Unit::Interface)
    report.help("interfaces are compared with names, as in 'iface.in == \"eth0\"'");
  return false;
}

void Checker::unifyWidths(Value& lhs, Value& rhs) {
  const Unit unit = lhs.type.unit != Unit::None ? lhs.type.unit : rhs.type.unit;
  const uint8_t bits = std::max(lhs.type.bits, rhs.type.bits);
  for (Value* side : {&lhs, &rhs}) {
    if (side->type.bits != bits) ++side->depth;
    side->type.bits = bits;
    side->type.unit = unit;
    if (side->expr != nullptr) {
      Type type = side->expr->type;
      type.bits = bits;
      side->expr = makeWiden(type, std::move(side->expr));
    }
  }
}

Value Checker::checkComplement(const syntax::Expr& expr) {
  Value value = check(expr.operands[0]);
  if (value.isError()) return value;
  if (!value.isInt() || value.type.unit == Unit::Interface) {
    diagnostics_.report(DiagId::TypeMismatch, expr.range, "'~' takes an integer, got " + describeType(value));
    return errorValue(expr.range);
  }
  const uint8_t bits = value.type.bits;
  const Type type = bits == 64 ? Type::u64() : Type::u32();
  auto ones = std::make_unique<Literal>(type, expr.range, lowOnes(bits));
  const unsigned depth = value.depth + 1;
  return typedValue(type, makeArith(type, expr.range, ArithOp::Xor, std::move(value.expr), std::move(ones)),
                    expr.range, depth);
}

Value Checker::checkArithmetic(const syntax::Expr& expr) {
  Value lhs = check(expr.operands[0]);
  Value rhs = check(expr.operands[1]);
  if (lhs.isError() || rhs.isError()) return errorValue(expr.range);
  const std::string sign = syntax::spelling(expr.op);
  for (const Value* side : {&lhs, &rhs}) {
    if (side->isInt() && side->type.unit != Unit::Interface) continue;
    diagnostics_.report(DiagId::TypeMismatch, side->range,
                        "'" + sign + "' takes integers, got " + describeType(*side));
    return errorValue(expr.range);
  }
  return arithmetic(expr.op, std::move(lhs), std::move(rhs), expr.range);
}

Value Checker::arithmetic(BinaryOp op, Value lhs, Value rhs, const SourceRange& range) {
  const std::string sign = syntax::spelling(op);
  const bool additive = op == BinaryOp::Add || op == BinaryOp::Sub;
  if (additive && !unifyUnits(lhs, rhs, range, ("'" + sign + "'").c_str())) return errorValue(range);
  const auto a = lhs.literal();
  const auto b = rhs.literal();
  const auto outOfRange = [&](const SourceRange& where, std::string message) {
    diagnostics_.report(DiagId::OutOfRange, where, std::move(message));
    return errorValue(range);
  };
  if ((op == BinaryOp::Div || op == BinaryOp::Rem) && b && b->lo == 0) {
    diagnostics_.report(DiagId::DivisionByZero, rhs.range, "'" + sign + "' by zero");
    return errorValue(range);
  }
  const Unit unit = !additive ? Unit::None : lhs.type.unit != Unit::None ? lhs.type.unit : rhs.type.unit;

  if (a && b) {  // exact
    using I128 = __int128;
    const auto x = static_cast<I128>(a->lo);
    const auto y = static_cast<I128>(b->lo);
    I128 result = 0;
    switch (op) {
      case BinaryOp::Add:
        result = x + y;
        break;
      case BinaryOp::Sub:
        result = x - y;
        break;
      case BinaryOp::Mul: {
        const unsigned __int128 product = static_cast<unsigned __int128>(a->lo) * b->lo;
        result = product > UINT64_MAX ? I128{1} << 64 : static_cast<I128>(product);
        break;
      }
      case BinaryOp::Div:
        result = x / y;
        break;
      case BinaryOp::Rem:
        result = x % y;
        break;
      case BinaryOp::BitAnd:
        result = x & y;
        break;
      case BinaryOp::BitOr:
        result = x | y;
        break;
      case BinaryOp::BitXor:
        result = x ^ y;
        break;
      case BinaryOp::Shl:
        result = y >= 64 && x != 0 ? I128{1} << 64 : x == 0 ? 0 : x << static_cast<int>(y);
        break;
      case BinaryOp::Shr:
        result = y >= 64 ? 0 : x >> static_cast<int>(y);
        break;
      case BinaryOp::Eq:
      case BinaryOp::Ne:
      case BinaryOp::Lt:
      case BinaryOp::Le:
      case BinaryOp::Gt:
      case BinaryOp::Ge:
        break;
    }
    if (result < 0 || result > I128{UINT64_MAX})
      return outOfRange(range, "the result of this constant does not fit into 64 bits without sign");
    return numberValue(static_cast<uint64_t>(result), range, unit);
  }

  if (op == BinaryOp::Shl || op == BinaryOp::Shr) {
    if (!b) {
      diagnostics_.report(DiagId::NotConstant, rhs.range,
                          "'" + sign + "' takes a constant on its right side");
      return errorValue(range);
    }
    if (b->lo >= lhs.type.bits)
      return outOfRange(rhs.range, "a u" + number(lhs.type.bits) + " is shifted by less than " +
                                       number(lhs.type.bits) + ", got " + number(b->lo));
  }
  if (op == BinaryOp::Div || op == BinaryOp::Rem) {
    if (!b || !std::has_single_bit(b->lo)) {
      diagnostics_
          .report(DiagId::NotYet, rhs.range,
                  std::string("'") + sign + "' by " +
                      (b ? "a number that is no power of two" : "what is no constant") +
                      " is not done yet by this compiler")
          .help("divide by 2, 4, 8, ...");
      return errorValue(range);
    }
  }
  if (op == BinaryOp::Mul) {
    for (const Value* side : {&lhs, &rhs})
      if (side->type.bits == 64) return outOfRange(side->range, "'*' is done on u32 only, got u64");
    if (!a && !b) {
      for (const Value* side : {&lhs, &rhs}) {
        if (side->type.value_bits <= 16) continue;
        diagnostics_
            .report(DiagId::OutOfRange, side->range,
                    "'*' takes a constant or two values below 65536; this one may have " +
                        number(side->type.value_bits) + " bits")
            .help("mask it with '& 0xffff' if it is small");
        return errorValue(range);
      }
    }
  }

  const bool shift = op == BinaryOp::Shl || op == BinaryOp::Shr || op == BinaryOp::Div || op == BinaryOp::Rem;
  if (shift) {  // the right side takes the width of the left one and has no say in it
    if (rhs.type.bits > lhs.type.bits) {
      // x / 2^40 of a u32: nothing is left, or everything.
      if (op == BinaryOp::Div)
        return arithmetic(BinaryOp::BitAnd, std::move(lhs), numberValue(0, range), range);
      lhs.type.unit = Unit::None;
      lhs.range = range;
      return lhs;
    }
    rhs.type.unit = Unit::None;
    lhs.type.unit = Unit::None;
  }
  if (!additive) lhs.type.unit = rhs.type.unit = Unit::None;
  unifyWidths(lhs, rhs);
  const unsigned depth = std::max(lhs.depth, rhs.depth) + 1;
  Type type = lhs.type;
  type.unit = unit;
  const unsigned x = lhs.type.value_bits;
  const unsigned y = rhs.type.value_bits;
  unsigned value_bits = type.bits;
  ArithOp typed = ArithOp::Add;
  ExprPtr right = std::move(rhs.expr);
  switch (op) {
    case BinaryOp::Add:
      typed = ArithOp::Add;
      value_bits = std::max(x, y) + 1;
      break;
    case BinaryOp::Sub:
      typed = ArithOp::Sub;
      break;
    case BinaryOp::Mul:
      typed = ArithOp::Mul;
      value_bits = x + y;
      break;
    case BinaryOp::BitAnd:
      typed = ArithOp::And;
      value_bits = std::min(x, y);
      break;
    case BinaryOp::BitOr:
      typed = ArithOp::Or;
      value_bits = std::max(x, y);
      break;
    case BinaryOp::BitXor:
      typed = ArithOp::Xor;
      value_bits = std::max(x, y);
      break;
    case BinaryOp::Shl:
      typed = ArithOp::Shl;
      value_bits = x + static_cast<unsigned>(b->lo);
      break;
    case BinaryOp::Shr:
      typed = ArithOp::Shr;
      value_bits = x > b->lo ? x - static_cast<unsigned>(b->lo) : 1;
      break;
    case BinaryOp::Div: {
      const auto amount = static_cast<unsigned>(std::countr_zero(b->lo));
      typed = ArithOp::Shr;
      right = std::make_unique<Literal>(type, right->range, Bits128{0, amount});
      value_bits = x > amount ? x - amount : 1;
      break;
    }
    case BinaryOp::Rem:
      typed = ArithOp::And;
      right = std::make_unique<Literal>(type, right->range, Bits128{0, b->lo - 1});
      value_bits = std::min<unsigned>(x, bitLength({0, b->lo - 1}));
      break;
    case BinaryOp::Eq:
    case BinaryOp::Ne:
    case BinaryOp::Lt:
    case BinaryOp::Le:
    case BinaryOp::Gt:
    case BinaryOp::Ge:
      break;
  }
  type.value_bits = static_cast<uint8_t>(std::min<unsigned>(value_bits, type.bits));
  return typedValue(type, makeArith(type, range, typed, std::move(lhs.expr), std::move(right)), range, depth);
}

// ------------------------------------------------------------------------------------------ comparisons

void Checker::checkFits(const Value& value, const Value& other) {
  const auto literal = value.literal();
  if (!literal || !other.is_field || other.expr == nullptr) return;
  if (bitLength(*literal) <= other.type.value_bits) return;
  diagnostics_.report(DiagId::OutOfRange, value.range,
                      "'" + std::string(field(as<FieldRef>(*other.expr).field).name) + "' has " +
                          number(other.type.value_bits) + " bits and is less than " +
                          number(uint64_t{1} << other.type.value_bits) + ", got " + number(literal->lo));
}

Value Checker::checkComparison(const syntax::Expr& expr) {
  Value lhs = check(expr.operands[0]);
  Value rhs = check(expr.operands[1]);
  if (lhs.isError() || rhs.isError()) return errorValue(expr.range);
  const CompareOp op = compareOp(expr.op);
  const bool equality = op == CompareOp::Eq || op == CompareOp::Ne;
  const auto mismatch = [&](std::string message, std::string help = {}) {
    auto report = diagnostics_.report(DiagId::TypeMismatch, expr.range, std::move(message));
    if (!help.empty()) report.help(std::move(help));
    return errorValue(expr.range);
  };

  if (lhs.kind == Value::Kind::Symbol) return compareSymbol(std::move(lhs), rhs, op, expr.range);
  if (rhs.kind == Value::Kind::Symbol && equality) return compareSymbol(std::move(rhs), lhs, op, expr.range);
  if (lhs.kind == Value::Kind::Prefix || rhs.kind == Value::Kind::Prefix)
    return mismatch("a prefix is not compared with '" + std::string(syntax::spelling(expr.op)) + "'",
                    "write 'in' for a prefix");

  // Interfaces stand for numbers.
  for (auto [text, other] : {std::pair{&lhs, &rhs}, std::pair{&rhs, &lhs}}) {
    if (text->kind != Value::Kind::String || !other->isInt() || other->type.unit != Unit::Interface) continue;
    if (!equality) return mismatch("interfaces have no order");
    *text = numberValue(interfaceNumber(text->text), text->range, Unit::Interface);
  }
  if (lhs.kind == Value::Kind::String || rhs.kind == Value::Kind::String) {
    const Value& other = lhs.kind == Value::Kind::String ? rhs : lhs;
    return mismatch("a string is compared with " + describeType(other),
                    "strings are compared with owner.user, owner.group, owner.comm, owner.cgroup, socket.* "
                    "and interfaces");
  }
  if (lhs.isBool() || rhs.isBool()) {
    return mismatch("bools are not compared",
                    lhs.isBool() && rhs.isBool()
                        ? "write the condition itself, or '!' before it"
                        : "one side is a condition, the other is " + describeType(lhs.isBool() ? rhs : lhs));
  }
  if (lhs.isInt() && rhs.isInt()) return compareInts(std::move(lhs), std::move(rhs), op, expr.range);
  const auto address = [](const Value& value) {
    return value.kind == Value::Kind::Either || value.isAddress();
  };
  if (address(lhs) && address(rhs)) return compareAddresses(std::move(lhs), std::move(rhs), op, expr.range);
  const bool macs = lhs.kind == Value::Kind::Typed && rhs.kind == Value::Kind::Typed &&
                    lhs.type.kind == TypeKind::Mac && rhs.type.kind == TypeKind::Mac;
  if (macs && equality) {
    const unsigned depth = std::max(lhs.depth, rhs.depth) + 1;
    return typedValue(Type::boolean(), makeCompare(expr.range, op, std::move(lhs.expr), std::move(rhs.expr)),
                      expr.range, depth);
  }
  if (macs) return mismatch("MAC addresses have no order");
  return mismatch("cannot compare " + describeType(lhs) + " with " + describeType(rhs));
}

Value Checker::compareSymbol(Value symbol, const Value& other, CompareOp op, const SourceRange& range) {
  if (op != CompareOp::Eq && op != CompareOp::Ne) {
    diagnostics_.report(DiagId::TypeMismatch, range, "names have no order").help("use '==', '!=' or 'in'");
    return errorValue(range);
  }
  if (other.kind != Value::Kind::String) {
    auto report =
        diagnostics_.report(DiagId::TypeMismatch, other.range,
                            "'" + symbol.text + "' is compared with a string, got " + describeType(other));
    const bool user = symbol.attribute == OwnerAttribute::User;
    if (other.isInt() && (user || symbol.attribute == OwnerAttribute::Group))
      report.help("for a number use '" + symbol.text.substr(0, symbol.text.find('.')) +
                  (user ? ".uid'" : ".gid'"));
    return errorValue(range);
  }
  std::string name = other.text;
  if (!checkOwnerName(symbol.attribute, name, other.range)) return errorValue(range);
  return typedValue(Type::boolean(), ownerTest(symbol, {name}, false, op == CompareOp::Ne, range), range);
}

Value Checker::compareInts(Value lhs, Value rhs, CompareOp op, const SourceRange& range) {
  if (!unifyUnits(lhs, rhs, range, "this comparison")) return errorValue(range);
  checkFits(lhs, rhs);
  checkFits(rhs, lhs);
  unifyWidths(lhs, rhs);
  const unsigned depth = std::max(lhs.depth, rhs.depth) + 1;
  return typedValue(Type::boolean(), makeCompare(range, op, std::move(lhs.expr), std::move(rhs.expr)), range,
                    depth);
}

Value Checker::compareAddresses(Value lhs, Value rhs, CompareOp op, const SourceRange& range) {
  const bool same = lhs.kind != Value::Kind::Either && rhs.kind != Value::Kind::Either;
  if (same && lhs.type.kind != rhs.type.kind) {
    diagnostics_.report(
        DiagId::TypeMismatch, range,
        "an ipv4 address never meets an ipv6 one: " + describeType(lhs) + " and " + describeType(rhs));
    return errorValue(range);
  }
  const unsigned depth = std::max(lhs.depth, rhs.depth) + 4;
  if (same)
    return typedValue(Type::boolean(), makeCompare(range, op, std::move(lhs.expr), std::move(rhs.expr)),
                      range, depth);

  // Both as pairs of halves; a half that cannot be is null, and comparisons with it are false.
  const bool one_packet = lhs.of_packet && rhs.of_packet;
  const auto split = [](Value& value, ExprPtr& v4, ExprPtr& v6) {
    if (value.kind == Value::Kind::Either) {
      v4 = std::move(value.expr);
      v6 = std::move(value.v6);
    } else {
      (isIpv4(value) ? v4 : v6) = std::move(value.expr);
    }
  };
  ExprPtr a4, a6, b4, b6;
  split(lhs, a4, a6);
  split(rhs, b4, b6);
  std::vector<ExprPtr> cases;
  if (op == CompareOp::Ne && !one_packet) {  // addresses of different families differ
    const auto bothPresent = [&](const ExprPtr& x, const ExprPtr& y) {
      if (x == nullptr || y == nullptr) return;
      std::vector<ExprPtr> both;
      both.push_back(makePresent(range, clone(*x)));
      both.push_back(makePresent(range, clone(*y)));
      cases.push_back(makeAnd(range, std::move(both)));
    };
    bothPresent(a4, b6);
    bothPresent(a6, b4);
  }
  cases.push_back(makeCompare(range, op, std::move(a4), std::move(b4)));
  cases.push_back(makeCompare(range, op, std::move(a6), std::move(b6)));
  return typedValue(Type::boolean(), makeOr(range, std::move(cases)), range, depth);
}

// --------------------------------------------------------------------------------------------------- in

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
    const bool four = either || isIpv4(operand);
    const bool six = either || !isIpv4(operand);
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
                              number(operand.type.value_bits) + " bits and is less than " +
                              number(uint64_t{1} << operand.type.value_bits) + ", the largest element is " +
                              number(largest.lo));
      return errorValue(range);
    }
  }
  // The set's type is that of a plain number: one set may serve operands of several units and widths.
  const Type element_type = type == SetType::Mac ? Type::mac() : Type::u64();
  return typedValue(Type::boolean(), member(std::move(operand.expr), element_type, elements->other), range,
                    depth);
}

// ---------------------------------------------------------------------------------- owners, interfaces

bool Checker::checkOwnerName(OwnerAttribute attribute, std::string& name, const SourceRange& range) {
  constexpr size_t kMaxComm = 15;  // the kernel keeps 15 characters of a command's name
  constexpr size_t kMaxName = 255;
  constexpr size_t kMaxPath = 4095;
  if (name.empty()) {
    diagnostics_.report(DiagId::BadLiteral, range, "an empty name matches nothing");
    return false;
  }
  if (attribute == OwnerAttribute::Comm && name.size() > kMaxComm) {
    diagnostics_
        .report(DiagId::OutOfRange, range,
                "the kernel keeps " + number(kMaxComm) + " characters of a command's name, got " +
                    number(name.size()))
        .help("write \"" + name.substr(0, kMaxComm) + "\"");
    return false;
  }
  if (attribute == OwnerAttribute::Cgroup) {
    if (name[0] != '/') {
      diagnostics_.report(DiagId::BadLiteral, range, "a cgroup is a path that begins with '/'")
          .help("write \"/" + name + "\"");
      return false;
    }
    while (name.size() > 1 && name.back() == '/') name.pop_back();
  }
  const size_t most = attribute == OwnerAttribute::Cgroup ? kMaxPath : kMaxName;
  if (name.size() > most) {
    diagnostics_.report(
        DiagId::OutOfRange, range,
        "this name has " + number(name.size()) + " characters, at most " + number(most) + " are possible");
    return false;
  }
  return true;
}

ExprPtr Checker::ownerTest(const Value& symbol, std::vector<std::string> names, bool subtree, bool negated,
                           const SourceRange& range) {
  constexpr size_t kMaxPredicates = 64;  // bits of the owner predicate words of the contract
  if (names.empty() || neverKnown(symbol.text)) return makeBool(range, false);
  OwnerPredicate wanted;
  wanted.subject = symbol.subject;
  wanted.attribute = symbol.attribute;
  wanted.subtree = subtree;
  wanted.names = std::move(names);
  wanted.range = range;
  auto& all = program_.owner_predicates;
  auto found = std::find_if(all.begin(), all.end(),
                            [&](const OwnerPredicate& other) { return sameTest(wanted, other); });
  if (found == all.end() && !hook_) return std::make_unique<OwnerTest>(range, OwnerPredicateId{}, negated);
  if (found == all.end()) {
    if (all.size() >= kMaxPredicates) {
      if (!size_reported_)
        diagnostics_
            .report(DiagId::ResourceLimit, range,
                    "this is the " + number(all.size() + 1) +
                        "th distinct test of an owner, the overlay has " + number(kMaxPredicates) +
                        " owner predicates")
            .help("test several names at once: 'owner.user in {\"a\", \"b\"}' is one predicate");
      size_reported_ = true;
      return makeBool(range, false);
    }
    all.push_back(std::move(wanted));
    found = std::prev(all.end());
  }
  return std::make_unique<OwnerTest>(range, static_cast<OwnerPredicateId>(found - all.begin()), negated);
}

uint64_t Checker::interfaceNumber(const std::string& name) {
  const auto [place, fresh] = interfaces_.try_emplace(name, program_.interfaces.size() + 1);
  if (fresh) program_.interfaces.push_back(name);
  return place->second;
}

}  // namespace norman
