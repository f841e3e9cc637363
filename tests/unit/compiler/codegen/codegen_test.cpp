// What the IR of each construct looks like: as few tests as possible, objects as ir.md wants them.
#include "compiler/codegen/codegen.h"

#include <algorithm>
#include <regex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <llvm/IR/Instructions.h>
#include <llvm/Support/raw_ostream.h>

#include "compiler/sema/sema.h"

namespace norman::codegen {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Codegen : public testing::Test {
 protected:
  /// The IR of a policy, or its messages.
  std::string ir(const std::string& source, const std::string& overlay = "default") {
    const FileId file = sources_.add("test.norman", source);
    Diagnostics diagnostics;
    const auto program = parseAndCheck(sources_, file, diagnostics);
    if (!program) return diagnostics.render(sources_);
    auto result = generate(context_, *program, sources_, diagnostics, {.overlay = overlay, .context_address_space = 1});
    if (!result) return diagnostics.render(sources_);
    module_ = std::move(result->module);
    decisions_ = std::move(result->decisions);
    std::string text;
    llvm::raw_string_ostream out(text);
    module_->print(out, nullptr);
    return std::regex_replace(text, std::regex(", !dbg ![0-9]+"), "");
  }
  static std::string ingress(const std::string& body) { return "policy p { hook prerouting; " + body + " }"; }
  static size_t count(const std::string& text, const std::string& pattern) {
    const std::regex regex(pattern);
    return static_cast<size_t>(std::distance(std::sregex_iterator(text.begin(), text.end(), regex), std::sregex_iterator()));
  }

  SourceManager sources_;
  llvm::LLVMContext context_;
  std::unique_ptr<llvm::Module> module_;
  std::vector<Decision> decisions_;
};

TEST_F(Codegen, has_one_return_and_no_stack) {
  ir(ingress("tcp.dport == 22 => ip.ttl = 3, mark 4; udp.dport == 53 => ip.ttl = 9, drop;"));
  const llvm::Function& function = *module_->getFunction("ingress");
  size_t returns = 0;
  for (const llvm::BasicBlock& block : function)
    for (const llvm::Instruction& instruction : block) {
      EXPECT_FALSE(llvm::isa<llvm::AllocaInst>(instruction) || llvm::isa<llvm::StoreInst>(instruction));
      EXPECT_TRUE(instruction.getDebugLoc() || llvm::isa<llvm::PHINode>(instruction));
      returns += llvm::isa<llvm::ReturnInst>(instruction);
    }
  EXPECT_EQ(returns, 1u);
  EXPECT_EQ(module_->getFunction("egress"), nullptr);
}

TEST_F(Codegen, tests_a_header_once_for_a_conjunction) {
  const std::string text = ir(ingress("tcp.dport == 22 && tcp.sport > 1024 && ip.ttl < 5 => drop;"));
  EXPECT_EQ(count(text, "and i32 %[0-9]+, 128\n"), 1u);  // TCP; the IP header is implied
}

TEST_F(Codegen, merges_equalities_of_one_entry_word) {
  // syn is bit 1, ack bit 4; a flag that is set proves the TCP header.
  EXPECT_EQ(count(ir(ingress("tcp.syn && !tcp.ack => drop;")), "and i32 %[0-9]+, 18\n"), 1u);
  // Both ports make one compare of the word.
  EXPECT_THAT(ir(ingress("tcp.sport == 1 && tcp.dport == 2 => drop;")), HasSubstr(", 65538\n"));
  // !(a && b) of one word too.
  EXPECT_EQ(count(ir(ingress("!(tcp.sport == 1 && tcp.dport == 2) => drop;")), "icmp ne i32 %[0-9]+, 65538"), 1u);
}

TEST_F(Codegen, folds_what_no_packet_can_be) {
  EXPECT_THAT(ir(ingress("tcp.dport == 22 && udp.dport == 22 => drop;")), Not(HasSubstr("i32 1)")));
  EXPECT_THAT(ir("policy p { hook prerouting; scope ipv4; ipv6.hop_limit == 1 => drop; }"), Not(HasSubstr("verdict(i32 1)")));
}

TEST_F(Codegen, rules_that_need_the_same_header_share_its_test) {
  const std::string text = ir(ingress("tcp.dport == 22 => drop; tcp.dport == 23 => drop; tcp.window == 0 => drop;"));
  EXPECT_EQ(count(text, "and i32 %[0-9]+, 128\n"), 1u);
}

TEST_F(Codegen, drops_incomplete_packets_first_unless_a_policy_asks) {
  EXPECT_THAT(ir(ingress("true => drop;")), HasSubstr("@norman.event.parse.incomplete(i32 0, i32 0)"));
  EXPECT_THAT(ir(ingress("parse.incomplete => drop;")), Not(HasSubstr("norman.event.parse.incomplete")));
}

TEST_F(Codegen, event_ids_begin_at_one_and_arrays_take_their_size) {
  const std::string text = ir("counter a[16]; counter b; " + ingress("tcp => count b, log; udp => count a[ip.protocol];"));
  EXPECT_THAT(text, HasSubstr("@norman.event.b(i32 17, i32 0)"));
  EXPECT_EQ(count(text, "@norman.event.log0.p.1\\(i32 18, i32 0\\)"), 1u);
  EXPECT_EQ(count(text, "@norman.event.a\\(i32 1, i32 %"), 1u);
  EXPECT_EQ(count(text, "icmp ult i32 %[0-9]+, 16\n"), 1u);  // the protocol may be larger
  EXPECT_EQ(count(ir("counter a[256]; " + ingress("ip => count a[ip.protocol];")), "icmp ult"), 0u);
}

TEST_F(Codegen, refuses_more_events_than_the_overlay_counts) {
  EXPECT_THAT(ir("counter a[600]; " + ingress("tcp => count a[1];"), "small"),
              HasSubstr("counter 'a' brings the counters to 600 elements, the overlay 'small' counts 511 [resource-limit]"));
}

TEST_F(Codegen, a_table_is_used_once_on_a_path) {
  const std::string set = "set s: address { 10.0.0.1, 10.0.0.3, 10.0.0.5, 10.0.0.7, 10.0.0.9, 10.0.0.11, 10.0.0.13 } ";
  // The same key twice: one lookup, before.
  EXPECT_EQ(count(ir(set + ingress("ipv4.src in s => count; ipv4.src in s && tcp => drop;")), "call \\{ i1, i32 \\} @norman.lookup"), 1u);
  // Two keys: a copy of the table for each.
  const std::string text = ir(set + ingress("ipv4.src in s => count; ipv4.dst in s => drop;"));
  EXPECT_EQ(count(text, "call \\{ i1, i32 \\} @norman.lookup.s\\("), 1u);
  EXPECT_EQ(count(text, "call \\{ i1, i32 \\} @norman.lookup.s.2\\("), 1u);
}

TEST_F(Codegen, a_set_that_changes_is_looked_up_however_little_it_holds) {
  for (const char* values : {"", "{ 22 }", "{ 22, 23 }"})
    EXPECT_EQ(count(ir("set s: port size 4 " + std::string(values) + (*values == 0 ? "; " : " ") + ingress("tcp.dport in s => drop;")), "call \\{ i1, i32 \\} @norman.lookup"), 1u) << values;
}

TEST_F(Codegen, address_families_are_looked_up_on_separate_paths) {
  const std::string text = ir("set s: address { 10.0.0.1, 10.0.0.3, 10.0.0.5, 10.0.0.7, 10.0.0.9, 10.0.0.11, 10.0.0.13, 2001:db8::1, 2001:db8::3 } " +
                              ingress("ip.src in s => drop;"));
  EXPECT_EQ(count(text, "call \\{ i1, i32 \\} @norman.lookup.s\\(i32 %[0-9]+, i32 0, i32 0, i32 0\\)"), 1u);
  EXPECT_EQ(count(text, "call \\{ i1, i32 \\} @norman.lookup.s.v6\\(i32 %"), 1u);
  const llvm::Function& function = *module_->getFunction("ingress");
  for (const llvm::BasicBlock& block : function)
    EXPECT_LE(std::ranges::count_if(block, [](const llvm::Instruction& i) { return llvm::isa<llvm::ExtractValueInst>(i); }), 1);
  EXPECT_EQ(std::ranges::count_if(decisions_, [](const Decision& d) { return d.table; }), 2);
}

TEST_F(Codegen, a_meter_is_one_step_of_the_state_unit) {
  // maxadd | keep << 4 | leu << 8
  const std::string text = ir("meter m { rate 1000 packets/s; burst 2; } " + ingress("udp && exceeds m => drop;"));
  EXPECT_EQ(count(text, "@norman.state.m\\(i32 0, i64 16000000, i64 %[0-9]+, i64 %[0-9]+, i32 1800\\)"), 1u);
}

TEST_F(Codegen, what_stands_after_a_meter_is_evaluated_after_it) {
  const std::string text = ir("meter m { rate 1000 packets/s; } " + ingress("udp && exceeds m && ip.ttl == 3 => drop;"));
  const size_t meter = text.find("call { i1, i64 } @norman.state.m");
  EXPECT_LT(text.find(", 256\n"), meter);
  EXPECT_NE(text.find(", 3\n", meter), std::string::npos);
}

TEST_F(Codegen, rewriting_reaches_the_exit_and_later_rules) {
  const std::string text = ir(ingress("tcp => ip.ttl = 3; ip.ttl == 3 => drop;"));
  EXPECT_EQ(count(text, "call void @norman.rewrite\\(i32 6\\)"), 1u);
  EXPECT_EQ(count(text, "call void @norman.exit\\(i32 6, i32 "), 1u);
  EXPECT_EQ(count(text, "%ttl.0 = phi i32 "), 1u);
  EXPECT_EQ(count(text, "icmp eq i32 %ttl.0, 3\n"), 1u);
}

// Folding while blocks were unfinished looked into an empty one.
TEST_F(Codegen, folds_compares_of_values_from_earlier_blocks) {
  const std::string text = ir("map m: address -> verdict { 2001:db8::1 -> return, 10.0.2.128/25 -> return, 10.0.0.1 -> pass } " +
                              ingress("arp.tpa in { 10.0.2.192/27 } => m[ip.src];"));
  EXPECT_EQ(count(text, "@norman.lookup"), 0u);  // ARP has no IP address
}

TEST_F(Codegen, part_of_a_byte_keeps_the_rest_of_it) {
  EXPECT_EQ(count(ir(ingress("ip => ip.dscp = 46;")), "or i32 %[0-9]+, 184\n"), 1u);
}

TEST_F(Codegen, refuses_too_many_ranges_with_the_limit) {
  std::string set = "set s: port { ";
  for (int i = 1; i < 10; ++i) set += std::to_string(6000 * i) + ".." + std::to_string(6000 * i + 999) + ", ";
  EXPECT_THAT(ir(set + "} " + ingress("tcp.dport in s => drop;")),
              HasSubstr("set 's' is too large: it has 9 ranges or prefixes of more than 256 values, which take 18 compares; a program compares with at most 16"));
}

TEST_F(Codegen, many_prefixes_are_one_lookup) {
  std::string set = "set s: address { 2001:db8::/32, ";
  for (int i = 0; i < 18; i += 2) set += "10." + std::to_string(i) + ".0.0/16, ";
  const std::string text = ir(set + "} " + ingress("ip.src in s => drop;"));
  EXPECT_EQ(count(text, "call \\{ i1, i32 \\} @norman.prefix.s\\("), 1u);
  EXPECT_EQ(count(text, "icmp eq i32 %[0-9]+, 536939960\n"), 1u) << "one prefix of the other family is compared";
}

TEST_F(Codegen, interfaces_and_predicates_stand_in_their_sections) {
  ir("policy p { hook input; iface.in == \"eth0\" || owner.user == \"bob\" => drop; }");
  const auto bytes = [&](const char* section) {
    for (const llvm::GlobalVariable& global : module_->globals())
      if (global.getSection() == section) return llvm::cast<llvm::ConstantDataSequential>(global.getInitializer())->getRawDataValues().size();
    return size_t{0};
  };
  EXPECT_EQ(bytes(".norman.interfaces"), 8u);
  EXPECT_EQ(bytes(".norman.predicates"), 8u);
  EXPECT_EQ(bytes(".norman.rules"), 2 * 24u);
  EXPECT_EQ(bytes(".norman.entries"), 0u);
}

TEST_F(Codegen, shares_a_chain_among_calls_that_the_same_follows) {
  const std::string chain = "chain c { ip.ttl == 201 => drop; ip.ttl < 3 => reject; } ";
  const std::string test = "icmp eq i32 %[0-9]+, 201";
  EXPECT_EQ(count(ir(chain + ingress("udp => goto c; tcp => goto c; icmp => call c;")), test), 1u);
  EXPECT_EQ(count(ir(chain + ingress("udp => call c; tcp => call c; icmp => drop;")), test), 2u);
  EXPECT_TRUE(std::ranges::any_of(decisions_, [](const Decision& d) { return d.reason.find("2 copies serve 2 calls") != std::string::npos; }));
}

// A shared copy takes for granted only what holds at all its calls.
TEST_F(Codegen, tests_headers_in_a_chain_that_not_all_calls_have) {
  const std::string chain = "chain c { tcp.dport == 1234 => drop; } ";
  const std::string both = ir(chain + ingress("udp => goto c; tcp => goto c;"));
  const std::string one = ir(chain + ingress("tcp => goto c;"));
  const std::string has_tcp = "and i32 %[0-9]+, 128\\b";
  EXPECT_EQ(count(one, has_tcp), 1u) << one;
  EXPECT_EQ(count(both, has_tcp), 2u) << both;
}

}  // namespace
}  // namespace norman::codegen
