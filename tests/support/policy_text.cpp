// Puts the pieces of a policy together as source text.
#include "tests/support/policy_text.h"

#include <cctype>

namespace norman::test {
namespace {

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string print(const std::vector<StatementText>& statements) {
  std::string text;
  for (const StatementText& statement : statements) {
    if (!statement.let.empty()) {
      text += "    let " + statement.let + " = " + print(statement.expression) + ";\n";
      continue;
    }
    std::vector<std::string> actions;
    for (const Term& action : statement.actions) actions.push_back(print(action));
    text += "    " + (statement.rule.empty() ? "" : statement.rule + ": ") + print(statement.expression) + " => " +
            join(actions) + ";\n";
  }
  return text;
}

}  // namespace

std::string print(const Term& term) {
  std::string text;
  for (size_t i = 0; i < term.text.size(); ++i) {
    const bool part = term.text[i] == '$' && i + 1 < term.text.size() && std::isdigit(static_cast<unsigned char>(term.text[i + 1]));
    if (!part) {
      text += term.text[i];
      continue;
    }
    text += print(term.parts.at(static_cast<size_t>(term.text[++i] - '0')));
  }
  return text;
}

std::string print(const ProgramText& program) {
  std::string text;
  for (const std::string& line : program.declarations) text += line + "\n";
  for (const ChainText& chain : program.chains) text += "chain " + chain.name + " {\n" + print(chain.statements) + "}\n";
  for (const PolicyText& policy : program.policies) {
    text += "policy " + policy.name + " {\n    hook " + join(policy.hooks) + ";\n";
    if (policy.priority != 0) text += "    priority " + std::to_string(policy.priority) + ";\n";
    if (!policy.scopes.empty()) text += "    scope " + join(policy.scopes) + ";\n";
    if (!policy.default_verdict.empty()) text += "    default " + policy.default_verdict + ";\n";
    text += print(policy.statements);
    text += "}\n";
  }
  return text;
}

}  // namespace norman::test
