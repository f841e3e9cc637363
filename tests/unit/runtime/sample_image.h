// A small image that uses every kind of record, for the tests of verifying, loading and running.
#pragma once

#include "tests/unit/model/row_builder.h"
#include "tests/unit/runtime/image_builder.h"

namespace norman::test {

constexpr std::uint8_t kIngress = 0, kEgress = 1;

/// Ingress, in rows: drop what comes from an address of the set `blocked` (count, log), let one packet in 1 000 ticks of
/// the rest through and set its TTL to 9. Egress: bob's packets pass, a rule list
/// lets those of interface 9 pass and counts the rest (`seen`), which are rejected and counted per interface.
inline ImageBuilder sampleImage(std::string_view config = "default") {
  ImageBuilder b(config);
  const std::uint8_t exact = b.stageOf('E'), state = b.stageOf('S');
  const auto after = [&](std::uint8_t stage) {
    ++stage;
    while (b.config().stages[stage] != 'A') ++stage;
    return stage;
  };
  // Without rule stages an ALU row counts in the list's place, and interface 9 is nothing special.
  const bool has_rules = b.config().stages.find('R') != std::string_view::npos;
  const std::uint8_t rules = has_rules ? b.stageOf('R') : b.stageOf('A', 2), reject_stage = after(rules);
  const std::uint8_t drop_stage = after(exact), last_stage = after(state);
  const std::uint32_t blocked_rule = b.rule("guard", "blocked", 3), slow_rule = b.rule("guard", "slow", 4), own_rule = b.rule("own", "", 9);
  const std::uint32_t set = b.object("blocked", NORMAN_OBJECT_KIND_SET, kIngress, exact, 5, 2, 1);
  b.object("guard.blocked", NORMAN_OBJECT_KIND_COUNTER, kIngress, 63, 1, 1, 3);
  b.object("guard.blocked.log", NORMAN_OBJECT_KIND_LOG, kIngress, 63, 2, 1, 3);
  b.object("slow", NORMAN_OBJECT_KIND_METER, kIngress, state, 7, 1, 2);
  b.object("per_interface", NORMAN_OBJECT_KIND_COUNTER, kEgress, 63, 10, 4, 8);
  b.object("seen", NORMAN_OBJECT_KIND_COUNTER, kEgress, 63, 20, 1, 9);
  if (has_rules) {
    const std::uint32_t list = b.object("own", NORMAN_OBJECT_KIND_RULES, kEgress, rules, 3, 4, 9);
    norman_image_list_entry& pass = b.listEntry(list, 1u << NORMAN_LIST_FLAG_TERMINAL, 0, 1);
    pass.value[1] = 9;
    pass.mask[1] = 0xffff;
    b.listEntry(list, 1u << NORMAN_LIST_FLAG_COUNTED, 0, 0, 20);
    b.listEntry(list, 1u << NORMAN_LIST_FLAG_TERMINAL, 0, 2);
    b.keys.push_back({list, 1, isa::kWIface, 0});
  }
  for (const std::uint32_t address : {0x0a000001u, 0x0a000002u})
    b.entries.push_back({set, 1, 0, {0, 0}, 0, {address, 0, 0, 4}, 1});

  const std::uint32_t drop = 1;
  b.entry = {{kIngress, 0, 0, isa::kWSrc0, 0}, {kIngress, 0, 3, isa::kWTimeLo, 0}, {kIngress, 0, 1, isa::kWTimeHi, 0}};
  b.exits = {{kIngress, isa::kTTtl, 6, NORMAN_SELECTOR_B0, 0}};
  b.programs.push_back({kIngress, 0, 0, std::uint32_t{isa::kNoRule} << 16});
  b.row(kIngress, 0, 0, alu(lane("ADDri", {{"rd", 5}, {"ra", 3}, {"imm", 0}}), 0, {exact, 0}), 3);
  b.row(kIngress, exact, 0,
        withBranch(wide("LOOKUP", {{"table", 5}, {"k0", regOperand(0)}, {"k3", kImmOperand}, {"imm", 4}, {"pwe", 1}, {"pd", 1}, {"dbase", 30}}, {state, 0}),
                   isa::BranchMode::Dispatch, {}),
        3);
  b.dispatch.push_back({kIngress, exact, 31, drop_stage, 0, 1});
  b.row(kIngress, drop_stage, 1,
        alu(lane("VERDICT", {{"imm", drop | blocked_rule << 16}}), lane("EVENT", {{"slot", 0}, {"imm", 1}}), {after(drop_stage), 0}), 3);
  b.row(kIngress, after(drop_stage), 0, alu(lane("EVENT", {{"slot", 1}, {"imm", 2}}), lane("ACT", {{"imm", 1u << NORMAN_ACT_LOG}})), 3);
  b.row(kIngress, state, 0,
        withBranch(wide("STATE", {{"base", 7}, {"bound", 0}, {"rel", 7}, {"f", 8}, {"alo", kImmOperand}, {"imm", 1000}, {"blo", regOperand(3)},
                                  {"bhi", regOperand(1)}, {"klo", regOperand(5)}, {"khi", regOperand(1)}},
                        {last_stage, 0}),
                   isa::BranchMode::Own, {last_stage, 1}),
        4);
  b.row(kIngress, last_stage, 0, alu(lane("VERDICT", {{"imm", drop | slow_rule << 16}})), 4);
  b.row(kIngress, last_stage, 1, alu(lane("MOVi", {{"rd", 6}, {"imm", 9}}), lane("ACT", {{"imm", 1u << isa::kTTtl}})), 5);

  // Predicate bit 3 is bob, in word 39, which goes to registers whose number is a multiple of 3.
  b.entry.push_back({kEgress, 0, 3, isa::kWPredLo, 0});
  b.entry.push_back({kEgress, 0, 1, isa::kWIface, 0});
  b.programs.push_back({kEgress, 0, 0, std::uint32_t{isa::kNoRule} << 16});
  b.row(kEgress, 0, 0, alu(lane("TSTri", {{"pd", 0}, {"ra", 3}, {"imm", 8}}), 0, {1, 0}), 9);
  b.row(kEgress, 1, 0, withBranch(alu(0, 0, {rules, 0}), isa::BranchMode::Pred, {}, 0), 9);
  if (has_rules) {
    b.row(kEgress, rules, 0, withBranch(wide("RULE", {{"table", 3}, {"k1", regOperand(1)}, {"dbase", 7}}), isa::BranchMode::Dispatch, {}), 9);
    b.dispatch.push_back({kEgress, rules, 8, 63, 0, 0});
    b.dispatch.push_back({kEgress, rules, 9, reject_stage, 0, 0});
  } else {
    b.row(kEgress, rules, 0, alu(lane("EVENT", {{"slot", 0}, {"imm", 20}}), 0, {reject_stage, 0}), 9);
  }
  b.row(kEgress, reject_stage, 0,
        alu(lane("VERDICT", {{"imm", 2u | 5u << 3 | own_rule << 16}}), lane("EVENTX", {{"slot", 2}, {"ra", 1}, {"asel", 6}, {"imm", 10}})), 9);
  b.predicates.push_back({3, 0, NORMAN_PREDICATE_KIND_USER, 0, b.name("bob")});
  b.predicates.push_back({4, 0, NORMAN_PREDICATE_KIND_COMM, 0, b.name("postgres")});
  b.predicates.push_back({5, 1, NORMAN_PREDICATE_KIND_CGROUP_IN, 0, b.name("/games")});
  b.interfaces.push_back({b.name("eth1"), 1});
  b.report.push_back({b.name("rows"), kIngress, 0, 0, 1, 256});
  return b;
}

}  // namespace norman::test
