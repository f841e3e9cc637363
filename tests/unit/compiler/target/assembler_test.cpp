// Assembler and disassembler: every instruction record there and back, and what is refused.
#include <gtest/gtest.h>

#include <cstddef>
#include <random>
#include <span>

#include <llvm/Object/ObjectFile.h>

#include "norman/spec/isa.h"
#include "norman/spec/norman_hw.h"
#include "tests/unit/compiler/target/module_text.h"

namespace norman::test {
namespace {

using Words = std::array<uint64_t, 4>;

/// A random row of the instruction: fixed slots as the record says, operand slots legal for their kind.
Words randomRow(const isa::InsnInfo& insn, std::span<const isa::SlotInfo> slots, std::mt19937_64& random) {
  Words words = insn.match;
  const auto listed = [&](std::string_view name) {
    const std::string all = "," + std::string(insn.outs) + "," + std::string(insn.operands) + ",";
    return all.find("," + std::string(name) + ",") != std::string::npos;
  };
  for (const isa::SlotInfo& slot : slots) {
    uint64_t value = random() & ((uint64_t{1} << slot.width) - 1);
    if (slot.kind == "gpr") value %= 24;
    if (slot.kind == "result") value %= isa::kResultRegisters;
    if (slot.kind == "selector") value %= isa::kSelectorNames.size();
    if (slot.kind == "operand") {
      const unsigned mode = random() % 3;
      value = mode == 1 ? uint64_t{1} << 8 | random() % 7 << 5 | random() % isa::kOperandRegisters : uint64_t{mode} << 8;
    }
    if (slot.kind == "rulekey") value = random() % 2 ? uint64_t{1} << 8 | random() % 24 : 0;
    if (slot.kind == "source") value %= isa::kOperandRegisters;
    if (slot.kind == "guard") value = random() % 2 ? 0x10 | random() % 16 : 0;
    if (slot.name == "f" || slot.name == "g") value %= isa::kStateOpNames.size();
    if (slot.name == "ret") value %= isa::kStateRetNames.size();
    if ((slot.name == "base" || slot.name == "size") && slot.width == 2) value %= isa::kGatherBaseNames.size();  // as many sizes
    if (slot.kind == "guard" || listed(slot.name)) isa::set(words, slot, value);
  }
  // A register that is not written has number 0.
  const auto clear = [&](std::string_view enable, std::string_view reg) {
    for (const isa::SlotInfo& e : slots) {
      for (const isa::SlotInfo& r : slots) {
        if (e.name == enable && r.name == reg && insn.bits > 64 && isa::get(words, e) == 0)
          isa::set(words, r, 0);
      }
    }
  };
  clear("dwe", "rd");
  clear("rce", "rc");
  clear("pwe", "pd");
  clear("lowe", "rdlo");
  clear("hiwe", "rdhi");
  return words;
}

/// The slots of an instruction's format, found by the operands that only one format has.
std::span<const isa::SlotInfo> slotsOf(const isa::InsnInfo& insn) {
  const std::string name(insn.name);
  if (name == "PLOG") return isa::lane_plog::kSlots;
  if (name == "EVENT" || name == "EVENTX") return isa::lane_event::kSlots;
  if (name == "LOOKUP" || name == "PREFIX") return isa::lookup_row::kSlots;
  if (name == "LEARN") return isa::learn_row::kSlots;
  if (name == "LOOKUPW") return isa::lookup_wide_row::kSlots;
  if (name == "RULE") return isa::rule_row::kSlots;
  if (name == "GATHER") return isa::gather_row::kSlots;
  if (name == "STATE" || name == "FSM") return isa::state_row::kSlots;
  const bool immediate = std::string(insn.operands).find("imm") != std::string::npos;
  const bool compare = name.rfind("CMP", 0) == 0 || name.rfind("TST", 0) == 0 || name.rfind("TSZ", 0) == 0;
  if (compare)
    return immediate ? std::span<const isa::SlotInfo>(isa::lane_cmp_ri::kSlots) : isa::lane_cmp_rr::kSlots;
  return immediate ? std::span<const isa::SlotInfo>(isa::lane_ri::kSlots) : isa::lane_rr::kSlots;
}

std::string dump(const Words& words) {
  char text[80];
  snprintf(text, sizeof text, "%016lx %016lx %016lx %016lx", words[0], words[1], words[2], words[3]);
  return text;
}

class EveryInstruction : public testing::TestWithParam<size_t> {};

TEST_P(EveryInstruction, survives_disassembly_and_assembly) {
  const isa::InsnInfo& insn = isa::kInsns[GetParam()];
  std::mt19937_64 random(GetParam());
  for (int round = 0; round < 20; ++round) {
    Words words = randomRow(insn, slotsOf(insn), random);
    ASSERT_EQ(words[0] & insn.mask[0], insn.match[0]) << "the test made another instruction";
    isa::set(words, isa::control_word::kNextStage, isa::kStageExit);
    isa::set(words, isa::control_word::kTakenStage, isa::kStageExit);
    const uint64_t raw[4] = {words[0], words[1], words[2], words[3]};
    const auto lines = target::disassembleRow(raw, insn.stage_kind);
    ASSERT_EQ(lines.size(), 1u) << dump(words);
    EXPECT_EQ(lines[0].substr(0, lines[0].find(' ')),
              std::string(insn.asm_text.substr(0, insn.asm_text.find(' '))));
    const Compiled again =
        assembleText(std::string("\t.stages ") + insn.stage_kind +
                     "\n\t.program ingress, s0.0, 0\n\t.row s0.0\n\t" + lines[0] + "\n\t.next exit\n");
    ASSERT_TRUE(again.output) << lines[0] << "\n" << again.errors();
    const std::string needle(reinterpret_cast<const char*>(raw), sizeof raw);
    EXPECT_NE(again.output->find(needle), std::string::npos) << lines[0] << "\nexpected " << dump(words);
  }
}

INSTANTIATE_TEST_SUITE_P(Records, EveryInstruction, testing::Range(size_t{0}, isa::kInsns.size()),
                         [](const auto& info) { return std::string(isa::kInsns[info.param].name); });

TEST(Assembler, reads_rows_branches_and_maps) {
  const std::string text =
      "\t.config\tdefault\n"
      "\t.program\tegress, s0.0, 4294901760\n"
      "\t.entry\t0, r3, 12\n"
      "\t.row\ts0.0, 7\n"
      "\tcmp.eq p0, r3.h0, 53 if !p1\n"
      "\tadd r1, r2.b3, r4\n"
      "\t.next\ts1.2\n"
      "\t.row\ts1.2\n"
      "\t.nop\n"
      "\tverdict 1\n"
      "\t.branch\t!p0, exit, s2.0\n"
      "\t.row\ts2.0\n"
      "\tlookup r1, p2, 3, r4, imm, 0, r5.h1, 4294967295, 0\n"
      "\t.branch\town, s3.0, exit\n"
      "\t.exit\tdport, r4.h0\n";
  const Compiled image = assembleText(text);
  ASSERT_TRUE(image.output) << image.errors();
  std::string problem;
  const auto back = target::disassemble(*image.output, [&](const target::Message& m) { problem = m.text; });
  ASSERT_TRUE(back) << problem;
  EXPECT_EQ(*back, text);
}

struct Refused {
  const char* name;
  const char* text;
  const char* message;
};

class AssemblerRefuses : public testing::TestWithParam<Refused> {};

TEST_P(AssemblerRefuses, with_the_place_and_the_reason) {
  const Compiled image = assembleText(GetParam().text);
  EXPECT_FALSE(image.output);
  EXPECT_EQ(image.errors(), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, AssemblerRefuses,
    testing::Values(
        Refused{"operation_outside_row", "add r1, r2, r3\n",
                "1:1: operation outside a row: expected .row first\n"},
        Refused{"unknown_operation", ".row s0.0\nfoo r1\n.next exit\n", "2:1: unknown operation\n"},
        Refused{"wrong_operand", ".row s0.0\nadd r1, p2, r3\n.next exit\n",
                "2:9: operand does not suit this operation\n"},
        Refused{"result_beyond_the_first_registers", ".row s2.0\nlookup r8, p0, 1, r0, 0, 0, 0, 0, 0\n.next exit\n",
                "2:8: expected - or one of the registers r0 to r7\n"},
        Refused{"operand_beyond_the_first_registers", ".row s2.0\nlookup r7, p0, 1, r15, r16, 0, 0, 0, 0\n.next exit\n",
                "2:24: expected 0, imm or one of the registers r0 to r15\n"},
        Refused{"third_lane", ".row s0.0\nmov r1, 1\nmov r2, 1\nmov r3, 1\n.next exit\n",
                "4:1: more operations than the row has lanes\n"},
        Refused{"shifter_in_lane_1", ".row s0.0\nmov r1, 1\nshl r2, r3, 1\n.next exit\n",
                "3:1: lane 1 has neither shifter nor multiplier\n"},
        Refused{"lane_operation_in_exact_stage", ".row s2.0\nmov r1, 1\n.next exit\n",
                "2:1: operation of a stage of kind A in stage 2 of kind E\n"},
        Refused{"backwards", ".row s4.0\n.next s3.0\n",
                "1:1: a successor's stage must be greater than the row's own, got 3\n"},
        Refused{"stage_beyond_the_last", ".row s42.0\n", "1:6: configuration 'default' has 42 stages\n"},
        Refused{"entry_word_of_another_residue", ".program ingress, exit, 0\n.entry 0, r1, 12\n",
                "2:15: entry word 12 goes only into registers whose number modulo 3 is 0\n"},
        Refused{"exit_target_of_another_bank", ".program ingress, exit, 0\n.exit dport, r3\n",
                "2:14: exit target dport takes only registers whose number modulo 6 is 4\n"},
        Refused{"part_for_a_whole_exit_target", ".program ingress, exit, 0\n.exit src0, r1.h0\n",
                "2:13: exit target src0 takes a whole register\n"},
        Refused{"open_row", ".row s0.0\nmov r1, 1\n",
                "1:1: row has no successors: expected .next, .branch or .dispatch\n"}),
    [](const auto& info) { return std::string(info.param.name); });

std::string disassemblyError(const std::string& image) {
  std::string problem;
  EXPECT_FALSE(target::disassemble(image, [&](const target::Message& m) { problem = m.text; }));
  return problem;
}

TEST(Disassembler, refuses_what_is_no_image) {
  EXPECT_EQ(disassemblyError("junk").rfind("the file is no image: ", 0), 0u);
}

/// An image of one row, with some bytes of the first record of a section changed.
std::string changed(const char* section, size_t offset, const std::string& bytes) {
  const Compiled compiled = assembleText(".config default\n.program ingress, s0.0, 0\n.row s0.0\nmov r1, 1\n.next exit\n.exit dport, r4\n");
  EXPECT_TRUE(compiled.output) << compiled.errors();
  std::string image = *compiled.output;
  auto file = llvm::object::ObjectFile::createELFObjectFile(llvm::MemoryBufferRef(image, "image"));
  EXPECT_TRUE(static_cast<bool>(file));
  for (const llvm::object::SectionRef& found : (*file)->sections()) {
    if (llvm::cantFail(found.getName()) != section) continue;
    const llvm::StringRef contents = llvm::cantFail(found.getContents());
    image.replace(static_cast<size_t>(contents.data() - (*file)->getData().data()) + offset, bytes.size(), bytes);
  }
  return image;
}

TEST(Disassembler, refuses_records_that_mean_nothing) {
  const std::string high = "\xff";
  EXPECT_EQ(disassemblyError(changed(NORMAN_IMAGE_HEADER_SECTION, offsetof(norman_image_header, magic), high)),
            "the file is no image: it has no header record");
  EXPECT_EQ(disassemblyError(changed(NORMAN_IMAGE_HEADER_SECTION, offsetof(norman_image_header, version), std::string("\xff\0", 2))),
            "the image has version 255." + std::to_string(isa::kIsaVersion) + ", expected " + std::to_string(isa::kImageVersion) + "." + std::to_string(isa::kIsaVersion));
  EXPECT_EQ(disassemblyError(changed(NORMAN_IMAGE_HEADER_SECTION, offsetof(norman_image_header, config), high)), "the image is for an unknown overlay");
  EXPECT_EQ(disassemblyError(changed(NORMAN_IMAGE_PROGRAM_SECTION, offsetof(norman_image_program, program), high)), "the image holds an unknown program");
  EXPECT_EQ(disassemblyError(changed(NORMAN_IMAGE_ROW_SECTION, offsetof(norman_image_row, stage), high)), "the image holds a row outside the overlay");
  EXPECT_EQ(disassemblyError(changed(NORMAN_IMAGE_ROW_SECTION, offsetof(norman_image_row, word), std::string(8, high[0]))), "row 0 of stage 0 holds no instruction");
  EXPECT_EQ(disassemblyError(changed(NORMAN_IMAGE_EXIT_SECTION, offsetof(norman_image_exit, target), high)), "the image holds an unknown exit target");
}

}  // namespace
}  // namespace norman::test
