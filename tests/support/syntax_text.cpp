// Every part of every node, in parentheses; one declaration or statement a line.
#include "tests/support/syntax_text.h"

#include <algorithm>
#include <sstream>

namespace norman::test {
namespace {

using namespace ast::syntax;

std::string text(const Expr& expr) {
  std::string out = "(" + std::to_string(static_cast<int>(expr.kind)) + " " + std::to_string(expr.value.hi) + ":" +
                    std::to_string(expr.value.lo) + "e" + std::to_string(expr.scale) + "/" + std::to_string(expr.length);
  if (expr.kind == ExprKind::Binary) out += std::string(" ") + spelling(expr.op);
  if (expr.exceeds) out += " exceeds";
  out += " '" + expr.name.text + "'";
  for (const Expr& operand : expr.operands) out += " " + text(operand);
  return out + ")";
}

std::string text(const std::optional<Expr>& expr) { return expr ? text(*expr) : "-"; }

std::string text(const Action& action) {
  return "[" + std::to_string(static_cast<int>(action.kind)) + " " + action.name.text + " " + action.second.text + " " +
         text(action.value) + "]";
}

std::string text(const std::vector<Statement>& statements) {
  std::string out;
  for (const Statement& statement : statements) {
    if (statement.let) out += "  let " + statement.let->name.text + " " + text(statement.let->value) + "\n";
    if (!statement.rule) continue;
    out += "  rule " + statement.rule->label.text + " " + text(statement.rule->condition);
    for (const Action& action : statement.rule->actions) out += " " + text(action);
    out += "\n";
  }
  return out;
}

std::string text(const Keyed& keyed) {
  std::string out;
  for (const Expr& part : keyed.key) out += " per " + text(part);
  return out + " size " + text(keyed.size) + " timeout " + text(keyed.timeout) + " full " + keyed.full.text;
}

}  // namespace

std::string syntaxText(const File& file) {
  std::string out;
  for (const Import& import : file.imports) out += std::string(import.quoted ? "import file " : "import ") + import.path.text + "\n";
  for (const Policy& policy : file.policies) {
    out += "policy " + policy.name.text + " hooks";
    for (const Name& hook : policy.hooks) out += " " + hook.text;
    out += " scopes";
    for (const Name& scope : policy.scopes) out += " " + scope.text;
    out += " priority " + (policy.priority ? std::to_string(*policy.priority) : "-");
    out += " default " + (policy.default_verdict ? text(*policy.default_verdict) : "-");
    out += "\n" + text(policy.statements);
  }
  for (const Chain& chain : file.chains) out += "chain " + chain.name.text + "\n" + text(chain.statements);
  for (const Const& constant : file.constants) out += "const " + constant.name.text + " " + text(constant.value) + "\n";
  for (const Set& set : file.sets) {
    out += "set " + set.name.text;
    for (const Name& type : set.types) out += " " + type.text;
    out += " size " + text(set.size);
    for (const Expr& element : set.elements) out += " " + text(element);
    out += "\n";
  }
  for (const Map& map : file.maps) {
    out += "map " + map.name.text;
    for (const Name& type : map.types) out += " " + type.text;
    out += " to " + map.value_type.text + " size " + text(map.size);
    for (const MapEntry& entry : map.entries) {
      out += " " + text(entry.key) + " -> " + text(entry.value);
      if (entry.action) out += text(*entry.action);
    }
    out += "\n";
  }
  for (const Counter& counter : file.counters) out += "counter " + counter.name.text + " " + text(counter.size) + "\n";
  for (const Meter& meter : file.meters)
    out += "meter " + meter.name.text + " " + text(meter.rate) + " per " + meter.period.text + " burst " + text(meter.burst) + text(meter.keyed) + "\n";
  for (const Quota& quota : file.quotas) out += "quota " + quota.name.text + " " + text(quota.limit) + text(quota.keyed) + "\n";
  for (const State& state : file.states) out += std::string(state.shared ? "shared " : "") + "state " + state.name.text + " " + state.type.text + text(state.keyed) + "\n";
  for (const Function& function : file.functions) {
    out += "function " + function.name.text;
    for (const Parameter& parameter : function.parameters) out += " " + parameter.name.text + ":" + parameter.type.text;
    out += " : " + function.result_type.text + "\n";
    for (const Let& let : function.lets) out += "  let " + let.name.text + " " + text(let.value) + "\n";
    out += "  return " + text(function.result) + "\n";
  }
  return out;
}

std::vector<std::string> commentsOf(const std::string& source) {
  std::vector<std::string> found;
  for (size_t at = 0; at < source.size(); ++at) {
    if (source[at] == '"') at = source.find('"', at + 1);
    const bool line = source[at] == '#' || source.compare(at, 2, "//") == 0;
    if (!line && source.compare(at, 2, "/*") != 0) continue;
    const size_t end = line ? std::min(source.find_first_of("\r\n", at), source.size()) : source.find("*/", at + 2) + 2;
    std::string comment;
    std::istringstream words(source.substr(at, end - at));
    for (std::string word; words >> word;) comment += word + " ";
    found.push_back(comment);
    at = end - 1;
  }
  return found;
}

}  // namespace norman::test
