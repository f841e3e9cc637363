// The canonical form: the same tree, the same comments, nothing left to change.
#include "compiler/parse/format.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "compiler/parse/parse.h"
#include "tests/support/random_policy.h"
#include "tests/support/syntax_text.h"

namespace norman {
namespace {

namespace fs = std::filesystem;

std::string format(const std::string& text) {
  SourceManager sources;
  Diagnostics diagnostics;
  const auto result = formatSource(sources, sources.add("f.norman", text), diagnostics);
  return result ? *result : diagnostics.render(sources);
}

// Empty after a syntax error.
std::string tree(const std::string& text) {
  SourceManager sources;
  Diagnostics diagnostics;
  const auto file = parseSource(sources, sources.add("f.norman", text), diagnostics);
  return diagnostics.hasErrors() ? "" : test::syntaxText(file);
}

// Everything that must hold for a source that parses.
void expectCanonical(const std::string& source, const std::string& what) {
  const std::string before = tree(source);
  ASSERT_NE(before, "") << what;
  const std::string once = format(source);
  EXPECT_EQ(tree(once), before) << what << ":\n" << source << "became\n" << once;
  EXPECT_EQ(test::commentsOf(once), test::commentsOf(source)) << what << ":\n" << source << "became\n" << once;
  EXPECT_EQ(format(once), once) << what << ":\n" << source;
  EXPECT_EQ(once.find(" \n"), std::string::npos) << once;
  EXPECT_EQ(once.find("\n\n\n"), std::string::npos) << once;
  EXPECT_TRUE(once.ends_with("\n") && !once.ends_with("\n\n") && !once.starts_with("\n")) << once;
}

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(Format, lays_out_every_declaration) {
  EXPECT_EQ(
      format(
          "import  \"a.norman\" ;import std . services;const   web=80;const x = ( web+1 )*2 ;\n\n\n\nset "
          "s:port{22,80..90 , }; counter c [ 256 ];\n"
          "meter slow{rate 1 mb / s;burst 15kb;}quota q{10gb;}set b:( ipv4,port ){(10.0.0.1 ,80),(lan,1 .. 2)};\n"
          "function f(p:port , q : u32):bool=p>=1024||q!=1;function g(a: u32) { let b=a & ~ 1; return b; }\n"
          "chain web_in{tcp . dport==web=>pass;true=>return;}\n"
          "policy p{hook input,output;priority - 5;scope ipv4,ipv6;default reject tcp - reset;\n"
          "let v=min( ip.ttl,5 );one:!( tcp.dport in {22,80} )&&! udp=>count c [ 3 ],mark 1+2,drop;\n"
          "ip=>call web_in;arp=>swap(eth.src,eth.dst),ip.dscp=4;exceeds slow=>log,reject;every 10packets||chance 0.5 %=>log;(ip.src,l4.dport)in b=>drop;}"),
      R"(import "a.norman";
import std.services;
const web = 80;
const x = (web + 1) * 2;

set s: port { 22, 80..90 }
counter c[256];
meter slow { rate 1 mb/s; burst 15 kb; }
quota q { 10 gb; }
set b: (ipv4, port) { (10.0.0.1, 80), (lan, 1..2) }
function f(p: port, q: u32): bool = p >= 1024 || q != 1;

function g(a: u32) {
    let b = a & ~1;
    return b;
}

chain web_in {
    tcp.dport == web => pass;
    true => return;
}

policy p {
    hook input, output;
    priority -5;
    scope ipv4, ipv6;
    default reject tcp-reset;
    let v = min(ip.ttl, 5);
    one: !(tcp.dport in {22, 80}) && !udp => count c[3], mark 1 + 2, drop;
    ip => call web_in;
    arp => swap(eth.src, eth.dst), ip.dscp = 4;
    exceeds slow => log, reject;
    every 10 packets || chance 0.5% => log;
    (ip.src, l4.dport) in b => drop;
}
)");
}

TEST(Format, keeps_comments_where_they_stand) {
  const std::string canonical = R"(# head

// about c
counter c;  // behind c

/* about p,
   two lines */
policy p {  // behind the brace
    // first
    hook input;  /* behind */

    // above a rule
    tcp => drop;  # why
    /* on its line */ udp => drop;
    icmp /* in the middle */ => pass;
    ip.ttl < 3  // after a condition
            => log,
            // above an action
            drop;
    // before the brace
}  // behind the end

// the end
)";
  EXPECT_EQ(format(canonical), canonical);
  expectCanonical(canonical, "comments");
}

TEST(Format, breaks_long_lines_where_they_hang_together_least) {
  EXPECT_EQ(format("set hosts: address { 10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4, 10.0.0.5, 10.0.0.6, "
                   "10.0.0.7, 10.0.0.8, 10.0.0.9 }\n"
                   "policy p { hook input;\n"
                   "long: tcp.dport == 22 && ip.src in {10.0.0.1, 10.0.0.2, 10.0.0.3} && ip.ttl > 17 => "
                   "count, log, drop;\n"
                   "longer: tcp.dport == 22 && ip.src in {10.0.0.1, 10.0.0.2, 10.0.0.3} && ip.ttl > 17 && "
                   "tcp.syn && !tcp.ack => count, drop;\n"
                   "(tcp.dport == 22 || tcp.dport == 80 || tcp.dport == 443) && (udp.dport == 22 || "
                   "udp.dport == 80 || udp.dport == 443) => pass;\n"
                   "}\n"),
            R"(set hosts: address {
    10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4, 10.0.0.5, 10.0.0.6, 10.0.0.7, 10.0.0.8, 10.0.0.9
}

policy p {
    hook input;
    long: tcp.dport == 22 && ip.src in {10.0.0.1, 10.0.0.2, 10.0.0.3} && ip.ttl > 17
            => count, log, drop;
    longer: tcp.dport == 22 && ip.src in {10.0.0.1, 10.0.0.2, 10.0.0.3} && ip.ttl > 17 && tcp.syn
            && !tcp.ack => count, drop;
    (tcp.dport == 22 || tcp.dport == 80 || tcp.dport == 443)
            && (udp.dport == 22 || udp.dport == 80 || udp.dport == 443) => pass;
}
)");
}

TEST(Format, measures_a_set_without_the_comment_above) {
  const std::string canonical =
      "// A comment that is so long that it would not leave any room for the set if it counted.\nset s: port "
      "{ 22, 80 }\n";
  EXPECT_EQ(format(canonical), canonical);
}

TEST(Format, keeps_comments_in_sets) {
  const std::string canonical = R"(set blocked: address {
    10.0.0.1,  // bob
    10.0.0.2, 10.0.0.3,
    10.0.0.5, 10.0.0.6,
    // the rest
    10.0.0.4  // alice
    // no more
}
)";
  EXPECT_EQ(format(canonical), canonical);
  expectCanonical(canonical, "a set");
}

TEST(Format, takes_line_ends_of_every_kind) {
  EXPECT_EQ(format("counter c; // one\r\n\r\n\r\n/* two\r\n lines */\r\npolicy p { hook input;\r\n}"),
            "counter c;  // one\n\n/* two\n lines */\npolicy p {\n    hook input;\n}\n");
}

TEST(Format, says_why_it_cannot) {
  EXPECT_NE(format("policy p { hook input }").find("[syntax]"), std::string::npos);
  EXPECT_NE(format("const a = 1.2.3.444;").find("[bad-literal]"), std::string::npos);
  EXPECT_NE(format("// only a comment\n").find("[empty-source]"), std::string::npos);
}

TEST(Format, keeps_the_tree_of_every_policy_at_hand) {
  size_t files = 0;
  for (const char* folder : {"examples", "stdlib", "tests/golden", "tests/e2e", "tests/bench"}) {
    if (!fs::exists(folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.path().extension() != ".norman") continue;
      const std::string text = read(entry.path());
      if (tree(text).empty()) continue;
      expectCanonical(text, entry.path().string());
      ++files;
    }
  }
  EXPECT_GT(files, 40u);
}

// White space and comments wherever there is a space.
std::string sprinkled(test::Random& random, const std::string& text) {
  std::string out;
  bool quoted = false;
  for (const char c : text) {
    out += c;
    if (c == '"') quoted = !quoted;
    if (quoted || (c != ' ' && c != '\n') || !random.oneIn(6)) continue;
    switch (random.below(8)) {
      case 0:
        out += fmt::format("/* {} */", random.below(100));
        break;
      case 1:
        out += fmt::format("// {}\n", random.below(100));
        break;
      case 2:
        out += fmt::format("\n\n  # {}\n", random.below(100));
        break;
      case 3:
        out += fmt::format("\n/* {} */\n", random.below(100));
        break;
      case 4:
        out += fmt::format("/* {}\n   {} */ ", random.below(100), random.below(100));
        break;
      case 5:
        out += "\n\n\n";
        break;
      default:
        out += "\t ";
        break;
    }
  }
  return out;
}

TEST(Format, keeps_the_tree_of_random_policies) {
  const char* text = std::getenv("NORMAN_SEED");
  const uint64_t seed = text != nullptr ? std::strtoull(text, nullptr, 0) : 20261122;
  fmt::print("seed {}\n", seed);
  for (uint64_t number = 0; number < 1500 && !HasFailure(); ++number) {
    test::Random random(test::caseSeed(seed, number));
    const std::string plain = print(test::randomPolicy(random).text);
    expectCanonical(plain, fmt::format("policy {}", number));
    expectCanonical(sprinkled(random, plain), fmt::format("policy {} with comments", number));
  }
}

}  // namespace
}  // namespace norman
