// lane_operands, alu_decode and alu_lane: every lane operation against plain C++.
#include <array>
#include <optional>

#include "tests/rtl/bench.h"

namespace norman::test {
namespace {

using AluLaneTest = Bench;
using u32 = std::uint32_t;
using u64 = std::uint64_t;

struct Outcome {
  std::optional<u32> y;
  std::optional<bool> flag;
};

// By hand, not from the records' Exec: this is what the RTL is compared with.
Outcome expect(std::string_view name, u32 a, u32 b, bool pc, bool pb, unsigned tt) {
  const auto is = [&](std::string_view base) { return name == base || (name.size() == base.size() + 2 && name.starts_with(base)); };
  const auto compare = [&](std::string_view base, bool condition) -> std::optional<Outcome> {
    if (!name.starts_with(base)) return std::nullopt;
    const std::string_view rest = name.substr(base.size());
    if (rest.starts_with("_and")) return Outcome{{}, condition && pc};
    if (rest.starts_with("_or")) return Outcome{{}, condition || pc};
    if (rest.starts_with("_chain")) return Outcome{{}, a == b ? pc : condition};
    return Outcome{{}, condition};
  };
  const auto sa = static_cast<std::int32_t>(a), sb = static_cast<std::int32_t>(b);
  if (auto o = compare("CMPEQ", a == b)) return *o;
  if (auto o = compare("CMPNE", a != b)) return *o;
  if (auto o = compare("CMPLTU", a < b)) return *o;
  if (auto o = compare("CMPGEU", a >= b)) return *o;
  if (auto o = compare("CMPLEU", a <= b)) return *o;
  if (auto o = compare("CMPGTU", a > b)) return *o;
  if (auto o = compare("CMPLTS", sa < sb)) return *o;
  if (auto o = compare("CMPGES", sa >= sb)) return *o;
  if (auto o = compare("TST", (a & b) != 0)) return *o;
  if (auto o = compare("TSZ", (a & b) == 0)) return *o;
  if (is("ADDC")) return {a + b, (u64{a} + b) >> 32 != 0};
  if (is("ADDE")) return {a + b + pc, (u64{a} + b + pc) >> 32 != 0};
  if (is("SUBC")) return {a - b, a < b};
  if (is("SUBE")) return {a - b - pc, u64{a} < u64{b} + pc};
  if (is("ADD")) return {a + b, {}};
  if (is("SUB")) return {a - b, {}};
  if (is("ANDN")) return {a & ~b, {}};
  if (is("AND")) return {a & b, {}};
  if (is("XOR")) return {a ^ b, {}};
  if (is("OR")) return {a | b, {}};
  if (is("SHL")) return {a << (b & 31), {}};
  if (is("SHR")) return {a >> (b & 31), {}};
  if (is("SAR")) return {static_cast<u32>(static_cast<std::int64_t>(sa) >> (b & 31)), {}};
  if (is("MIN")) return {a < b ? a : b, {}};
  if (is("MAX")) return {a > b ? a : b, {}};
  if (is("MUL16")) return {(a & 0xffff) * (b & 0xffff), {}};
  if (is("SEL")) return {pc ? a : b, {}};
  if (name == "PLOG") return {{}, (tt >> (2 * pc + pb) & 1) != 0};
  if (name == "EVENTX") return {a + b, {}};
  if (name.starts_with("MOV") || name == "EVENT" || name.starts_with("VERDICT") || name == "ACT") return {b, {}};
  ADD_FAILURE() << "no expectation for " << name;
  return {};
}

TEST_F(AluLaneTest, executes_every_operation) {
  std::array<std::uint64_t, isa::kRowWords> row{};
  for (const isa::InsnInfo& insn : isa::kInsns) {
    if (insn.stage_kind != 'A' || insn.reserved) continue;
    for (int i = 0; i < 400; ++i) {
      const auto r0 = static_cast<u32>(number()), r1 = random.oneIn(4) ? r0 : static_cast<u32>(number());
      const bool immediate = (insn.match[0] >> isa::lane_rr::kBimm.lsb & 1) != 0;
      const bool plog = insn.name == "PLOG";
      row = {insn.match[0], 0, 0, 0};
      const auto pc = static_cast<unsigned>(random.below(8)), pb = static_cast<unsigned>(random.below(8)), tt = static_cast<unsigned>(random.below(16));
      const auto predicates = static_cast<unsigned>(random.next() & 255);
      isa::set(row, isa::lane_rr::kRa, 0);
      isa::set(row, isa::lane_rr::kPc, pc);
      auto imm = static_cast<u32>(number());
      if (plog) {
        isa::set(row, isa::lane_plog::kPb, pb);
        isa::set(row, isa::lane_plog::kTt, tt);
        imm = static_cast<u32>(row[0]);
      } else if (immediate) {
        isa::set(row, isa::lane_ri::kImm, imm);
      } else {
        isa::set(row, isa::lane_rr::kRb, 1);
      }
      const unsigned guard = random.oneIn(3) ? 16 | static_cast<unsigned>(random.below(16)) : 0;
      isa::set(row, isa::lane_rr::kGuard, guard);
      const bool holds = guard == 0 || ((predicates >> (guard & 7) & 1) != 0) != ((guard & 8) != 0);

      dut.lane_i = row[0];
      dut.lane_active_i = 1;
      dut.lane_pred_i = predicates;
      dut.lane_r0_i = r0;
      dut.lane_r1_i = r1;
      clock();
      dut.lane_active_i = 0;
      dut.lane_i = random.next();
      clock();
      ASSERT_EQ(dut.lane_do_o, holds) << insn.name;
      if (!holds) continue;
      const Outcome outcome = expect(insn.name, r0, immediate ? imm : r1, (predicates >> pc & 1) != 0, (predicates >> pb & 1) != 0, tt);
      if (outcome.y) {
        ASSERT_EQ(dut.lane_full_y_o, *outcome.y) << insn.name << std::hex << " " << r0 << " " << r1 << " " << imm;
      }
      if (outcome.flag) {
        ASSERT_EQ(dut.lane_full_flag_o, *outcome.flag) << insn.name << std::hex << " " << r0 << " " << r1 << " " << imm;
      }
      if (insn.lane_zero_only) continue;
      if (outcome.y) {
        ASSERT_EQ(dut.lane_reduced_y_o, *outcome.y) << insn.name;
      }
      if (outcome.flag) {
        ASSERT_EQ(dut.lane_reduced_flag_o, *outcome.flag) << insn.name;
      }
    }
  }
}

}  // namespace
}  // namespace norman::test
