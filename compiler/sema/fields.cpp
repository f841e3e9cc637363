// Names in expressions: locals, constants, headers and fields, and what is never present at a hook.
#include <algorithm>

#include "compiler/sema/checker.h"
#include "compiler/support/nearest_name.h"

namespace norman {

using namespace ast;

namespace {

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

}  // namespace

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
  NeverKnown& note = never_known_[{name.range.file.value, name.range.begin}];
  note.name = name;
  note.hooks.insert(*hook_);
  note.chain = chain_;
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
      if (value.reads) needRead(std::make_unique<LocalRef>(Type::boolean(), expr.range, *value.reads));
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
    if (declared->kind == NameKind::Map) report.help("ask it for a key: '" + name.text + "[...]'");
    if (declared->kind == NameKind::Meter)
      report.help("write 'exceeds " + name.text + "' or 'within " + name.text + "'");
    if (declared->kind == NameKind::State)
      report.help("test it alone, as in '" + name.text + " == 1', or assign to it: '=> " + name.text + " = 1'");
    if (declared->kind == NameKind::Function) report.help("call it: '" + name.text + "(...)'");
    if (declared->kind == NameKind::Chain) report.help("call it as an action: '=> call " + name.text + ";'");
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
  if (names_meant_)
    report.help("names of users, groups, commands and interfaces stand in quotes: '\"" + name.text + "\"'");
  else if (const auto near = nearestName(name.text, candidates))
    report.help("did you mean '" + *near + "'?");
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
    const std::string turned = head.empty() ? "" : name.text.substr(head.size()) + "." + head.substr(0, head.size() - 1);
    if (const auto near = nearestName(name.text, allFieldNames()))
      report.help("did you mean '" + *near + "'?");
    else if (findField(turned))
      report.help("did you mean '" + turned + "'?");
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

}  // namespace norman
