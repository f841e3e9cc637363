// Prints declarations, then the policies in the order in which they run.
#include "compiler/ast/printer.h"

#include <arpa/inet.h>

#include <cstdio>

namespace norman::ast {
namespace {

std::string printValue(Bits128 value, const Type& type) {
  char text[INET6_ADDRSTRLEN];
  switch (type.kind) {
    case TypeKind::Bool:
      return value.lo != 0 ? "true" : "false";
    case TypeKind::Int:
      return std::to_string(value.lo);
    case TypeKind::Ipv4: {
      const in_addr address = {htonl(static_cast<uint32_t>(value.lo))};
      return inet_ntop(AF_INET, &address, text, sizeof text);
    }
    case TypeKind::Ipv6: {
      in6_addr address;
      for (int i = 0; i < 8; ++i) {
        address.s6_addr[i] = static_cast<uint8_t>(value.hi >> (56 - 8 * i));
        address.s6_addr[i + 8] = static_cast<uint8_t>(value.lo >> (56 - 8 * i));
      }
      return inet_ntop(AF_INET6, &address, text, sizeof text);
    }
    case TypeKind::Mac: {
      const auto byte = [&](int i) { return static_cast<unsigned>(value.lo >> (8 * i)) & 0xff; };
      std::snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", byte(5), byte(4), byte(3), byte(2),
                    byte(1), byte(0));
      return text;
    }
  }
  return "";
}

const char* sign(ArithOp op) {
  switch (op) {
    case ArithOp::Add:
      return "+";
    case ArithOp::Sub:
      return "-";
    case ArithOp::Mul:
      return "*";
    case ArithOp::And:
      return "&";
    case ArithOp::Or:
      return "|";
    case ArithOp::Xor:
      return "^";
    case ArithOp::Shl:
      return "<<";
    case ArithOp::Shr:
      return ">>";
    case ArithOp::Min:
      return "min";
    case ArithOp::Max:
      return "max";
  }
  return "";
}

const char* sign(CompareOp op) {
  switch (op) {
    case CompareOp::Eq:
      return "==";
    case CompareOp::Ne:
      return "!=";
    case CompareOp::Lt:
      return "<";
    case CompareOp::Le:
      return "<=";
    case CompareOp::Gt:
      return ">";
    case CompareOp::Ge:
      return ">=";
  }
  return "";
}

std::string predicateName(const OwnerPredicate& predicate) {
  std::string text = predicate.subject == OwnerSubject::Owner ? "owner." : "socket.";
  switch (predicate.attribute) {
    case OwnerAttribute::User:
      text += "user";
      break;
    case OwnerAttribute::Group:
      text += "group";
      break;
    case OwnerAttribute::Comm:
      text += "comm";
      break;
    case OwnerAttribute::Cgroup:
      text += "cgroup";
      break;
  }
  text += predicate.subtree ? " below {" : " in {";
  for (size_t i = 0; i < predicate.names.size(); ++i)
    text += (i == 0 ? "\"" : ", \"") + predicate.names[i] + "\"";
  return text + "}";
}

std::string intervals(const Set& set) {
  std::string text = "{";
  for (const Interval& interval : set.intervals) {
    if (text.size() > 1) text += ", ";
    text += printValue(interval.first, set.type);
    if (interval.first != interval.last) text += ".." + printValue(interval.last, set.type);
  }
  return text + "}";
}

std::string size(uint32_t capacity) { return capacity == 0 ? "" : " size " + std::to_string(capacity); }

std::string keyTypes(const Table& table) {
  std::string text;
  for (const Type& type : table.key) text += (text.empty() ? "(" : ", ") + typeName(type);
  return text + ")";
}

std::string rows(const Table& table) {
  std::string text = "{";
  for (const TableRow& row : table.rows) {
    text += text.size() > 1 ? ", (" : "(";
    for (size_t i = 0; i < row.key.size(); ++i) {
      if (i > 0) text += ", ";
      text += printValue(row.key[i].first, table.key[i]);
      if (row.key[i].first != row.key[i].last) text += ".." + printValue(row.key[i].last, table.key[i]);
    }
    text += ")";
    if (table.value) text += " -> " + printValue(row.value, *table.value);
  }
  return text + "}";
}

class Printer {
 public:
  Printer(const Program& program, const SourceManager* sources) : program_(program), sources_(sources) {}

  std::string program() {
    for (const Set& set : program_.sets)
      if (!set.name.empty())
        line(0, "set " + set.name + ": " + typeName(set.type) + (set.prefixes ? " prefixes" : "") + size(set.capacity) + " " + intervals(set));
    for (const Table& table : program_.tables)
      if (!table.name.empty())
        line(0, (table.value ? "map " : "set ") + table.name + ": " + keyTypes(table) +
                    (table.prefixes ? " prefixes" : "") + (table.value ? " -> " + typeName(*table.value) : "") + size(table.capacity) + " " +
                    rows(table));
    for (const Counter& counter : program_.counters)
      line(0, "counter " + counter.name + (counter.is_array ? "[" + std::to_string(counter.size) + "]" : ""));
    for (const Meter& meter : program_.meters) line(0, declaration(meter) + keyed(meter.keyed, meter.kind == MeterKind::State));
    for (size_t i = 0; i < program_.owner_predicates.size(); ++i)
      line(0, "predicate " + std::to_string(i) + ": " + predicateName(program_.owner_predicates[i]));
    for (size_t i = 0; i < program_.interfaces.size(); ++i)
      line(0, "interface " + std::to_string(i + 1) + ": \"" + program_.interfaces[i] + "\"");
    for (const InterfacePattern& pattern : program_.interface_patterns)
      line(0, "interfaces " + std::to_string(pattern.first) + " ...: \"" + pattern.name + "\"");
    if (program_.tests_incomplete[0]) line(0, "ingress tests parse.incomplete");
    if (program_.tests_incomplete[1]) line(0, "egress tests parse.incomplete");
    for (const Policy& policy : program_.policies) print(policy);
    return std::move(out_);
  }

  std::string expr(const Policy& policy, const Expr& expr) const {
    const auto list = [&](const std::vector<ExprPtr>& operands, const char* between) {
      std::string text = "(";
      for (size_t i = 0; i < operands.size(); ++i)
        text += (i == 0 ? "" : between) + this->expr(policy, *operands[i]);
      return text + ")";
    };
    switch (expr.kind) {
      case ExprKind::Literal:
        return printValue(as<Literal>(expr).value, expr.type);
      case ExprKind::FieldRef:
        return std::string(field(as<FieldRef>(expr).field).name);
      case ExprKind::LocalRef: {
        const size_t local = index(as<LocalRef>(expr).local);
        return local < policy.locals.size() ? policy.locals[local].name : "?";
      }
      case ExprKind::MapValue: {
        std::string text;
        for (const MapValue::Choice& choice : as<MapValue>(expr).choices) {
          const std::string key = list(choice.operands, ", ");
          text += (text.empty() ? "" : " else ") + program_.tables[index(choice.table)].name + "[" +
                  key.substr(1, key.size() - 2) + "]";
        }
        return text;
      }
      case ExprKind::RawRead: {
        const auto& node = as<RawRead>(expr);
        return "raw" + std::to_string(8 * node.bytes) + "(" + std::string(rawBaseName(node.base)) + ", " + this->expr(policy, *node.index) + ")";
      }
      case ExprKind::Present:
        return "present(" + this->expr(policy, *as<Present>(expr).operand) + ")";
      case ExprKind::Widen:
        return "u64(" + this->expr(policy, *as<Widen>(expr).operand) + ")";
      case ExprKind::Arith: {
        const auto& node = as<Arith>(expr);
        const std::string a = this->expr(policy, *node.lhs);
        const std::string b = this->expr(policy, *node.rhs);
        if (node.op == ArithOp::Min || node.op == ArithOp::Max)
          return std::string(sign(node.op)) + "(" + a + ", " + b + ")";
        return "(" + a + " " + sign(node.op) + " " + b + ")";
      }
      case ExprKind::Compare: {
        const auto& node = as<Compare>(expr);
        return "(" + this->expr(policy, *node.lhs) + " " + sign(node.op) + " " +
               this->expr(policy, *node.rhs) + ")";
      }
      case ExprKind::InSet: {
        const Set& set = program_.sets[index(as<InSet>(expr).set)];
        return "(" + this->expr(policy, *as<InSet>(expr).operand) + " in " +
               (set.name.empty() ? intervals(set) : set.name) + ")";
      }
      case ExprKind::InTable: {
        const auto& node = as<InTable>(expr);
        const Table& table = program_.tables[index(node.table)];
        return "(" + list(node.operands, ", ") + " in " + (table.name.empty() ? rows(table) : table.name) +
               ")";
      }
      case ExprKind::OwnerTest:
        return std::string(as<OwnerTest>(expr).negated ? "no_predicate(" : "predicate(") +
               std::to_string(index(as<OwnerTest>(expr).predicate)) + ")";
      case ExprKind::MeterTest:
        return text(policy, as<MeterTest>(expr));
      case ExprKind::StateValue:
        return program_.meters[index(as<StateValue>(expr).state)].name + key(policy, as<StateValue>(expr).key);
      case ExprKind::Not:
        return "!" + this->expr(policy, *as<Not>(expr).operand);
      case ExprKind::And:
        return list(as<And>(expr).operands, " && ");
      case ExprKind::Or:
        return list(as<Or>(expr).operands, " || ");
    }
    return "";
  }

 private:
  std::string text(const Policy& policy, const MeterTest& test) const {
    const Meter& meter = program_.meters[index(test.meter)];
    if (meter.kind == MeterKind::Every) return "every " + std::to_string(meter.limit + 1);
    const std::string name = meter.name + key(policy, test.key);
    if (meter.kind == MeterKind::State) return text(policy, name, *test.step);
    return (test.exceeds ? "exceeds " : "within ") + name;
  }

  std::string key(const Policy& policy, const std::vector<KeyPart>& parts) const {
    std::string text;
    for (const KeyPart& part : parts)
      text += (text.empty() ? "[" : ", ") + expr(policy, *part.value) +
              (part.v6 != nullptr ? " or " + expr(policy, *part.v6) : "");
    return text.empty() ? text : text + "]";
  }

  std::string text(const Policy& policy, const std::string& name, const StateStep& step) const {
    const auto change = [&](const StateStep::Change& change) -> std::string {
      if (change.kind == StateChange::Keep) return "keep";
      constexpr const char* kChanges[] = {"keep", "set", "add", "sub", "max", "min", "or", "and_not"};
      return kChanges[static_cast<size_t>(change.kind)] + std::string(" ") + expr(policy, *change.value);
    };
    const std::string test = step.op ? "(" + name + " " + sign(*step.op) + " " + expr(policy, *step.limit) + ")" : name;
    if (step.then.kind == StateChange::Keep && step.otherwise.kind == StateChange::Keep) return test;
    return "step(" + test + ": " + change(step.then) + (step.op ? " else " + change(step.otherwise) : "") + ")";
  }

  static std::string keyed(const Keyed& keyed, bool of_state) {
    if (keyed.size == 0) return "";
    const char* full = keyed.full == WhenFull::Within    ? (of_state ? "ignore" : "within")
                       : keyed.full == WhenFull::Exceeds ? "exceeds"
                                                         : "replace";
    return ", " + std::to_string(keyed.size) + " keys" +
           (keyed.timeout == 0 ? "" : ", timeout " + std::to_string(keyed.timeout)) + ", full " + full;
  }

  static std::string declaration(const Meter& meter) {
    switch (meter.kind) {
      case MeterKind::Rate:
        break;
      case MeterKind::Quota:
        return "quota " + meter.name + ": " + std::to_string(meter.limit) +
               (meter.per_byte ? " bytes" : " packets");
      case MeterKind::State:
        return std::string(meter.home ? "shared " : "") + "state " + meter.name + ": " + typeName(meter.type);
      case MeterKind::Every:
        return meter.name + ": packet " + std::to_string(meter.limit + 1);
    }
    return "meter " + meter.name + ": cost " +
           (meter.per_byte
                ? "bytes * " + std::to_string(meter.mantissa) + (meter.shift < 0 ? " >> " : " << ") +
                      std::to_string(meter.shift < 0 ? -meter.shift : meter.shift)
                : std::to_string(meter.ticks_per_packet)) +
           ", tolerance " + std::to_string(meter.tolerance);
  }

  void line(int depth, const std::string& text) {
    out_ += std::string(static_cast<size_t>(4 * depth), ' ') + text + "\n";
  }

  static std::string outcome(const Outcome& outcome) {
    switch (outcome.verdict) {
      case Verdict::Pass:
        return "pass";
      case Verdict::Drop:
        return "drop";
      case Verdict::Reject:
        return "reject " + std::string(rejectReasonName(outcome.reason));
    }
    return "";
  }

  static std::string scope(uint8_t scope) {
    if (scope == kScopeAll) return "all";
    std::string text;
    const auto add = [&](Scope bit, const char* name) {
      if ((scope & bit) != 0) text += (text.empty() ? "" : ", ") + std::string(name);
    };
    add(kScopeIpv4, "ipv4");
    add(kScopeIpv6, "ipv6");
    add(kScopeArp, "arp");
    return text;
  }

  std::string place(RuleId id) const {
    const RuleInfo& rule = program_.rules[index(id)];
    if (sources_ == nullptr) return "";
    const std::string line = std::to_string(sources_->file(rule.range.file).lineOf(rule.range.begin));
    return rule.range.file == program_.file ? line : line + " of " + sources_->file(rule.range.file).name();
  }

  void print(const Policy& policy) {
    line(0, "policy " + policy.name + " {");
    line(1, "hook " + std::string(hookName(policy.hook)) + ";");
    line(1, "priority " + std::to_string(policy.priority) + ";");
    line(1, "scope " + scope(policy.scope) + ";");
    line(1, "default " + outcome(policy.default_outcome) + ";  // line " + place(policy.default_rule));
    print(1, policy, policy.statements);
    for (const Chain& chain : policy.chains) {
      line(1, "chain " + chain.name + " {");
      print(2, policy, chain.statements);
      line(1, "}");
    }
    line(0, "}");
  }

  void print(int depth, const Policy& policy, const std::vector<Statement>& statements) {
    for (const Statement& statement : statements) {
      if (statement.let) {
        const Local& local = policy.locals[index(statement.let->local)];
        line(depth, "let " + local.name + ": " + typeName(local.type) + " = " +
                        expr(policy, *statement.let->value) + ";");
      } else {
        print(depth, policy, *statement.rule);
      }
    }
  }

  void print(int depth, const Policy& policy, const Rule& rule) {
    const RuleInfo& info = program_.rules[index(rule.id)];
    std::string actions;
    for (const Action& action : rule.actions)
      actions += (actions.empty() ? "" : ", ") + print(policy, action);
    line(depth, (info.name.empty() ? "" : info.name + ": ") + expr(policy, *rule.condition) + " => " +
                    actions + ";  // line " + place(rule.id));
  }

  std::string print(const Policy& policy, const Action& action) const {
    switch (action.kind) {
      case ActionKind::Verdict:
        return outcome(action.outcome);
      case ActionKind::Count:
        return "count " + program_.counters[index(action.counter)].name +
               (action.counter_index != nullptr ? "[" + expr(policy, *action.counter_index) + "]" : "");
      case ActionKind::Log:
        return "log";
      case ActionKind::Capture:
        return "capture";
      case ActionKind::Assign: {
        std::string text;
        for (const Assignment& assignment : action.assignments)
          text += (text.empty() ? "" : " and ") + std::string(field(assignment.target).name) + " = " +
                  expr(policy, *assignment.value);
        return text;
      }
      case ActionKind::Update:
        return text(policy, as<MeterTest>(*action.update));
      case ActionKind::Call:
        return "call " + policy.chains[index(action.chain)].name;
      case ActionKind::Goto:
        return "goto " + policy.chains[index(action.chain)].name;
      case ActionKind::Return:
        return "return";
    }
    return "";
  }

  const Program& program_;
  const SourceManager* sources_;
  std::string out_;
};

}  // namespace

std::string print(const Program& program, const SourceManager& sources) {
  return Printer(program, &sources).program();
}

std::string print(const Program& program, const Policy& policy, const Expr& expr) {
  return Printer(program, nullptr).expr(policy, expr);
}

}  // namespace norman::ast
