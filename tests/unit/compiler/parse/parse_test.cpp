// Shapes of the untyped AST.
#include "compiler/parse/parse.h"

#include <gtest/gtest.h>

namespace norman {
namespace {

namespace syntax = ast::syntax;

class ParseTest : public ::testing::Test {
 protected:
  syntax::File parse(std::string text) {
    id_ = sources_.add("f.norman", std::move(text));
    syntax::File file = parseSource(sources_, id_, diagnostics_);
    EXPECT_EQ(diagnostics_.render(sources_), "");
    return file;
  }
  // The condition of the only rule, with every bracket written.
  std::string condition(const std::string& text) {
    const syntax::File file = parse("policy p { " + text + " => pass; }");
    return show(file.policies.at(0).statements.at(0).rule->condition);
  }
  std::string show(const syntax::Expr& expr) {
    std::string inside;
    const auto join = [&](const char* sign) {
      for (const auto& operand : expr.operands) inside += (inside.empty() ? "" : sign) + show(operand);
      return "(" + inside + ")";
    };
    switch (expr.kind) {
      case syntax::ExprKind::Binary:
        return "(" + show(expr.operands[0]) + syntax::spelling(expr.op) + show(expr.operands[1]) + ")";
      case syntax::ExprKind::And:
        return join("&&");
      case syntax::ExprKind::Or:
        return join("||");
      case syntax::ExprKind::Not:
        return "!" + show(expr.operands[0]);
      case syntax::ExprKind::Complement:
        return "~" + show(expr.operands[0]);
      case syntax::ExprKind::Range:
        return join("..");
      case syntax::ExprKind::List:
        return "{" + join(",") + "}";
      case syntax::ExprKind::In:
        return join(" in ");
      case syntax::ExprKind::Number:
        return std::to_string(expr.value.lo) + expr.name.text;
      default:
        return std::string(sources_.text(expr.range));
    }
  }

  SourceManager sources_;
  Diagnostics diagnostics_;
  FileId id_;
};

TEST_F(ParseTest, gives_operators_their_precedence) {
  EXPECT_EQ(condition("a + b * c - d / e % f == 1"), "(((a+(b*c))-((d/e)%f))==1)");
  EXPECT_EQ(condition("a | b ^ c & d << e + f == 1"), "((a|(b^(c&(d<<(e+f)))))==1)");
  EXPECT_EQ(condition("a & 3 == 1"), "((a&3)==1)");
  EXPECT_EQ(condition("a - b - c == 1"), "(((a-b)-c)==1)");
  EXPECT_EQ(condition("~a + b == 1"), "((~a+b)==1)");
  EXPECT_EQ(condition("!a == b"), "!(a==b)");
  EXPECT_EQ(condition("!a && b || c && !d"), "((!a&&b)||(c&&!d))");
  EXPECT_EQ(condition("a in {1, 2..3, b} && c in d"), "((a in {(1,(2..3),b)})&&(c in d))");
}

TEST_F(ParseTest, tells_words_with_colons_apart) {
  const syntax::File file = parse(
      "policy p { add: feed == ::1 => pass; bad: a == 02:00:00:00:00:01 => pass; b == a::b/32 => drop; }");
  EXPECT_EQ(file.policies[0].statements[0].rule->label.text, "add");
  EXPECT_EQ(file.policies[0].statements[0].rule->condition.operands[1].kind, syntax::ExprKind::Ipv6);
  EXPECT_EQ(file.policies[0].statements[1].rule->condition.operands[1].kind, syntax::ExprKind::Mac);
  EXPECT_EQ(file.policies[0].statements[2].rule->condition.operands[1].kind, syntax::ExprKind::Prefix6);
}

TEST_F(ParseTest, tells_ranges_from_points) {
  EXPECT_EQ(condition("a in 1..5"), "(a in (1..5))");
  EXPECT_EQ(condition("a in 10.0.0.1..10.0.0.9"), "(a in (10.0.0.1..10.0.0.9))");
  EXPECT_EQ(condition("a in ::1..::ffff"), "(a in (::1..::ffff))");
  EXPECT_EQ(condition("a in 8h..17 h"), "(a in (8h..17h))");
}

TEST_F(ParseTest, takes_keywords_behind_a_dot) {
  EXPECT_EQ(condition("packet . mark == x /* c */ . drop . in"), "(packet . mark==x /* c */ . drop . in)");
  const syntax::File file = parse("policy p { packet . mark == 1 => packet . mark = 2; }");
  EXPECT_EQ(file.policies[0].statements[0].rule->condition.operands[0].name.text, "packet.mark");
}

TEST_F(ParseTest, keeps_places) {
  const syntax::File file = parse("policy p {\n    hook input;\n    a == 1 => count x[2], drop;\n}\n");
  const syntax::Statement& statement = file.policies[0].statements[0];
  EXPECT_EQ(sources_.text(statement.range), "a == 1 => count x[2], drop;");
  EXPECT_EQ(sources_.text(statement.rule->actions[0].range), "count x[2]");
  EXPECT_EQ(sources_.text(statement.rule->actions[0].value->range), "2");
  EXPECT_EQ(sources_.place(statement.range), "f.norman:3");
}

TEST_F(ParseTest, takes_characters_beyond_ascii_in_comments_and_strings) {
  const syntax::File file = parse("// caf\xc3\xa9\npolicy p { owner.user == \"J\xc3\xbcrgen\" => pass; }");
  EXPECT_EQ(file.policies[0].statements[0].rule->condition.operands[1].name.text, "J\xc3\xbcrgen");
  EXPECT_EQ(sources_.text(file.policies[0].name.range), "p") << "offsets are bytes";
}

TEST_F(ParseTest, reads_reasons_with_hyphens) {
  const syntax::File file =
      parse("policy p { a => reject tcp-reset; default reject port-unreachable; priority -7; }");
  EXPECT_EQ(file.policies[0].statements[0].rule->actions[0].name.text, "tcp-reset");
  EXPECT_EQ(file.policies[0].default_verdict->name.text, "port-unreachable");
  EXPECT_EQ(file.policies[0].priority, -7);
}

}  // namespace
}  // namespace norman
