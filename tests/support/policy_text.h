// A policy as text in pieces: what the generator makes and the shrinker takes apart.
#pragma once

#include <string>
#include <vector>

namespace norman::test {

/// A piece of an expression: `$0`, `$1`, ... in the text stand for its parts.
struct Term {
  char sort = 'b';  // b bool, i integer, 4 6 m a addresses (IPv4, IPv6, MAC, either), s anything that stays as it is
  std::string text;
  std::vector<Term> parts;
};

struct StatementText {
  std::string let;            // the name, for a let
  std::string rule;           // the name, or "" for a rule without one
  Term expression;            // the let's value or the rule's condition
  std::vector<Term> actions;  // of a rule
};

struct PolicyText {
  std::string name;
  std::vector<std::string> hooks;
  std::vector<std::string> scopes;  // empty: no scope setting
  int priority = 0;
  std::string default_verdict;      // "": no default setting
  std::vector<StatementText> statements;
};

struct ChainText {
  std::string name;
  std::vector<StatementText> statements;
};

struct ProgramText {
  std::vector<std::string> declarations;  // one a line
  std::vector<ChainText> chains;
  std::vector<PolicyText> policies;
};

std::string print(const Term& term);
std::string print(const ProgramText& program);

}  // namespace norman::test
