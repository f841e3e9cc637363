// Verifying images: the good one opens, each broken rule is refused with its section and record.
#include "runtime/core/core_image.h"

#include <algorithm>
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <random>

#include "tests/unit/runtime/sample_image.h"

namespace norman::test {
namespace {

const norman_allocator kTestHeap = {[](void*, std::size_t size) { return std::calloc(1, size); }, [](void*, void* memory) { std::free(memory); }, nullptr};

struct Opened {
  int error = 0;
  norman_problem problem{};
  norman_image image{};
};

Opened open(const std::vector<std::uint8_t>& bytes) {
  Opened result;
  result.error = norman_image_open(&result.image, bytes.data(), bytes.size(), &kTestHeap, &result.problem);
  return result;
}

std::string refusal(const std::function<void(ImageBuilder&)>& change) {
  ImageBuilder b = sampleImage();
  change(b);
  const std::vector<std::uint8_t> bytes = b.build();
  const Opened opened = open(bytes);
  EXPECT_EQ(opened.error, opened.error == 0 ? 0 : -EINVAL);
  if (opened.error == 0) return "accepted";
  return std::string(opened.problem.section) + " " + std::to_string(opened.problem.record) + ": " + opened.problem.text;
}

norman_image_row& rowAt(ImageBuilder& b, std::uint8_t program, std::uint8_t stage, std::uint16_t row = 0) {
  for (norman_image_row& r : b.rows)
    if (r.program == program && r.stage == stage && r.row == row) return r;
  ADD_FAILURE() << "no such row";
  return b.rows.front();
}

void setSlot(norman_image_row& row, const isa::SlotInfo& slot, std::uint64_t value) {
  std::array<std::uint64_t, 4> words{};
  std::copy(std::begin(row.word), std::end(row.word), words.begin());
  isa::set(words, slot, value);
  std::copy(words.begin(), words.end(), row.word);
}

TEST(ImageOpen, accepts_an_image_with_every_kind_of_record) {
  for (const std::string_view config : {"default", "small"}) {
    const std::vector<std::uint8_t> bytes = sampleImage(config).build();
    const Opened opened = open(bytes);
    EXPECT_EQ(opened.error, 0) << opened.problem.section << " " << opened.problem.record << ": " << opened.problem.text;
    EXPECT_EQ(opened.image.config.name, config);
    EXPECT_EQ(norman_image_count(&opened.image, NORMAN_SECTION_ENTRIES), 2u);
  }
}

TEST(ImageOpen, needs_no_alignment_of_the_bytes) {
  std::vector<std::uint8_t> bytes = sampleImage().build();
  const std::size_t size = bytes.size();
  bytes.insert(bytes.begin(), 1, 0);
  norman_image image;
  EXPECT_EQ(norman_image_open(&image, bytes.data() + 1, size, &kTestHeap, nullptr), 0);
}

TEST(ImageOpen, names_what_is_no_image) {
  EXPECT_STREQ(open({}).problem.text, "not an image: 0 bytes are too few for an ELF header");
  EXPECT_STREQ(open(std::vector<std::uint8_t>(100, 'x')).problem.text, "not an image: no ELF file");
  std::vector<std::uint8_t> bytes = sampleImage().build();
  bytes[4] = 1;
  EXPECT_STREQ(open(bytes).problem.text, "not an image: ELF, but not 64-bit little endian");
  EXPECT_EQ(open(std::vector<std::uint8_t>(isa::kImageBytesMax + 1)).error, -EFBIG);
}

TEST(ImageOpen, says_what_to_do_about_another_version) {
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.header.version = 9; }), ".norman.header 0: image version 9, this loader knows version 1: compile the policy again");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.header.isa_version = 7; }), ".norman.header 0: rows of version 7, this loader knows version 1: compile the policy again");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.header.stage_string[0] = 'S'; }),
            ".norman.header 0: compiled for another build of configuration 'default': compile the policy again");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.header.config = 2; }), ".norman.header 0: configuration 2, there are 2");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.header.magic = 1; }), ".norman.header 0: not an image: the first word is 0x00000001, expected 0x314d524e");
}

TEST(ImageOpen, refuses_strange_sections) {
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.extra.push_back({".norman.new", {1}}); }), ".norman.new 0: this section is unknown to image version 1");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.extra.push_back({".norman.strings", {0}}); }), ".norman.strings 0: the section is there twice");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.rows.clear(); b.extra.push_back({".norman.rows", {1, 2, 3}}); }), ".norman.rows 0: the size 3 is no multiple of a record's 40 bytes");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.extra.push_back({".debug_line", {1}}); }), "accepted");
}

TEST(ImageOpen, refuses_rows_that_do_not_go_forward) {
  const auto next = [](std::uint8_t stage, std::uint8_t row) {
    return [=](ImageBuilder& b) {
      setSlot(rowAt(b, kEgress, 1), isa::control_word::kNextStage, stage);
      setSlot(rowAt(b, kEgress, 1), isa::control_word::kNextRow, row);
    };
  };
  EXPECT_EQ(refusal(next(1, 0)), ".norman.rows 8: stage 1 follows stage 1: programs go forward only");
  EXPECT_EQ(refusal(next(40, 0)), ".norman.rows 8: the successor, row 0 of stage 40, does not exist");
  EXPECT_EQ(refusal(next(3, 77)), ".norman.rows 8: the successor, row 77 of stage 3, does not exist");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.dispatch[0].to_stage = b.dispatch[0].stage; }), ".norman.dispatch 0: stage 2 follows stage 2: programs go forward only");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.programs[0].row = 3; }), ".norman.programs 0: the first row, row 3 of stage 0, does not exist");
}

TEST(ImageOpen, refuses_two_writers_in_a_row) {
  const auto lanes = [](std::uint64_t first, std::uint64_t second) {
    return refusal([=](ImageBuilder& b) {
      rowAt(b, kEgress, 0).word[0] = first;
      rowAt(b, kEgress, 0).word[1] = second;
    });
  };
  const std::string row = ".norman.rows 7: ";
  EXPECT_EQ(lanes(lane("MOVi", {{"rd", 3}}), lane("ADDri", {{"rd", 3}})), row + "both lanes write register r3");
  EXPECT_EQ(lanes(lane("CMPEQri", {{"pd", 3}}), lane("PLOG", {{"pd", 3}})), row + "both lanes write predicate p3");
  EXPECT_EQ(lanes(lane("EVENT", {{"slot", 3}}), lane("EVENT", {{"slot", 3}})), row + "both lanes write event slot 3");
  EXPECT_EQ(lanes(lane("VERDICT", {{"imm", 0}}), lane("VERDICTr", {{"rb", 1}})), row + "both lanes write the verdict");
}

TEST(ImageOpen, refuses_lanes_that_are_no_instruction) {
  const auto first = [](std::uint64_t word) { return refusal([=](ImageBuilder& b) { rowAt(b, kEgress, 0).word[0] = word; }); };
  const std::string row = ".norman.rows 7: ";
  EXPECT_EQ(first(~std::uint64_t{0}), row + "lane 0 holds 0xffffffffffffffff, which is no instruction");
  EXPECT_EQ(first(lane("ADDri", {{"rd", 24}})), row + "register r24, configuration 'default' has 24");
  EXPECT_EQ(first(lane("ADDri", {{"rd", 2}, {"asel", 7}})), row + "selector 7 is undefined");
  EXPECT_EQ(first(lane("VERDICT", {{"imm", 3}})), row + "verdict word 0x00000003 is undefined");
  EXPECT_EQ(first(lane("VERDICT", {{"imm", 9u << 16}})), row + "rule 9, there are 3");
  EXPECT_EQ(first(lane("EVENT", {{"imm", 14}})), row + "event id 14 belongs to no counter");
  EXPECT_EQ(first(lane("EVENTX", {{"imm", 0}})), row + "event id 0 belongs to no counter");
  EXPECT_EQ(first(lane("ACT", {{"imm", 1u << 26}})), row + "act bits 0x04000000 are undefined");
  EXPECT_EQ(first(lane("ACT", {{"imm", 1u << 6}})), row + "act applies exit targets 0x000040, the exit map has 0x000000");
  EXPECT_EQ(refusal([](ImageBuilder& b) { rowAt(b, kEgress, 0).word[1] = lane("SHLri", {{"rd", 2}}); }), row + "lane 1 has no shifter and no multiplier");
  EXPECT_EQ(refusal([](ImageBuilder& b) { rowAt(b, kEgress, 0).word[3] = 1; }), row + "bits of an ALU row that mean nothing are not zero");
}

TEST(ImageOpen, refuses_lookups_of_undeclared_tables_and_reserved_instructions) {
  EXPECT_EQ(refusal([](ImageBuilder& b) { setSlot(rowAt(b, kIngress, 2), isa::lookup_row::kTable, 6); }), ".norman.rows 1: table 6 of stage 2 belongs to no set");
  EXPECT_EQ(refusal([](ImageBuilder& b) { setSlot(rowAt(b, kIngress, 2), isa::lookup_row::kDbase, 31); }),
            ".norman.rows 1: entries have action 1, but dispatch entry 32 does not exist");
  EXPECT_EQ(refusal([](ImageBuilder& b) { setSlot(rowAt(b, kIngress, 2), isa::lookup_row::kOp, 2); }), ".norman.rows 1: instruction LOOKUPW is reserved");
  EXPECT_EQ(refusal([](ImageBuilder& b) { setSlot(rowAt(b, kIngress, 2), isa::lookup_row::kOp, 9); }), ".norman.rows 1: no instruction of stage kind E looks like this");
  EXPECT_EQ(refusal([](ImageBuilder& b) { setSlot(rowAt(b, kIngress, 2), isa::lookup_row::kK1, 0x300); }), ".norman.rows 1: operand mode 3 is undefined");
  EXPECT_EQ(refusal([](ImageBuilder& b) { setSlot(rowAt(b, kIngress, 2), isa::lookup_row::kK1, 5); }), ".norman.rows 1: an operand that is no register names one");
}

TEST(ImageOpen, refuses_what_no_compiler_writes) {
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.header.stage_string[b.header.stages] = 'A'; }), ".norman.header 0: the stage string is not zero padded");
  EXPECT_EQ(refusal([](ImageBuilder& b) { setSlot(rowAt(b, kEgress, 0), isa::control_word::kBmode, static_cast<unsigned>(isa::BranchMode::Own)); }),
            ".norman.rows 7: an ALU row has no hit and no condition to branch on");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.dispatch[0].stage = 0; }), ".norman.dispatch 0: stage 0 is no lookup stage");
  EXPECT_EQ(refusal([](ImageBuilder& b) { rowAt(b, kEgress, 0).word[0] = ~std::uint64_t{0}; }),
            ".norman.rows 7: lane 0 holds 0xffffffffffffffff, which is no instruction");
  EXPECT_EQ(refusal([](ImageBuilder& b) {
              auto& row = rowAt(b, kIngress, ImageBuilder().stageOf('S'));
              for (const auto& [on, to] : {std::pair{isa::state_row::kLowe, isa::state_row::kRdlo}, std::pair{isa::state_row::kHiwe, isa::state_row::kRdhi}}) {
                setSlot(row, on, 1);
                setSlot(row, to, 3);
              }
            }),
            ".norman.rows 4: both halves of the result go to register r3");
}

TEST(ImageOpen, refuses_registers_that_only_alu_rows_reach) {
  EXPECT_EQ(refusal([](ImageBuilder& b) { setSlot(rowAt(b, kIngress, 2), isa::lookup_row::kK1, regOperand(16)); }),
            ".norman.rows 1: register r16 is an operand, lookup and state rows read r0 to r15");
  EXPECT_EQ(refusal([](ImageBuilder& b) {
              setSlot(rowAt(b, kIngress, 2), isa::lookup_row::kDwe, 1);
              setSlot(rowAt(b, kIngress, 2), isa::lookup_row::kRd, 8);
            }),
            ".norman.rows 1: register r8 is a result, lookup and state rows write r0 to r7");
  EXPECT_EQ(refusal([](ImageBuilder& b) {
              auto& row = rowAt(b, kIngress, ImageBuilder().stageOf('S'));
              setSlot(row, isa::state_row::kHiwe, 1);
              setSlot(row, isa::state_row::kRdhi, 23);
            }),
            ".norman.rows 4: register r23 is a result, lookup and state rows write r0 to r7");
}

TEST(ImageOpen, refuses_state_outside_its_object) {
  const std::uint8_t state = ImageBuilder().stageOf('S');
  const auto change = [&](const isa::SlotInfo& slot, std::uint64_t value) { return refusal([&](ImageBuilder& b) { setSlot(rowAt(b, kIngress, state), slot, value); }); };
  const std::string stage = std::to_string(state);
  EXPECT_EQ(change(isa::state_row::kBase, 8), ".norman.rows 4: state words 8 to 8 of stage " + stage + " do not belong to one object");
  EXPECT_EQ(change(isa::state_row::kBound, 1), ".norman.rows 4: state words 7 to 8 of stage " + stage + " do not belong to one object");
  EXPECT_EQ(change(isa::state_row::kBound, 5000), ".norman.rows 4: state words 7 to 5007, stage " + stage + " has 4096");
  EXPECT_EQ(change(isa::state_row::kF, 9), ".norman.rows 4: the state step is undefined");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.objects[3].base = 4096; }), ".norman.objects 3: 1 state words from 4096 on, there are 4096");
  // A range that spans two neighbours is not one object's either.
  EXPECT_EQ(refusal([&](ImageBuilder& b) {
              b.object("next", NORMAN_OBJECT_KIND_STATE, kIngress, state, 8, 1);
              setSlot(rowAt(b, kIngress, state), isa::state_row::kBound, 1);
            }),
            ".norman.rows 4: state words 7 to 8 of stage " + stage + " do not belong to one object");
}

TEST(ImageOpen, refuses_objects_that_share_or_leave_memory) {
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.objects[2].base = 1; }), ".norman.objects 2: event ids 1 belongs to another object too");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.objects[4].size = 0xffffffff; }), ".norman.objects 4: 4294967295 event ids from 10 on, there are 2048");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.objects[0].base = 256; }), ".norman.objects 0: table id 256, there are 256");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.objects[0].stage = 0; }), ".norman.objects 0: a set in stage 0, which is no exact stage");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.objects[3].stage = 200; }), ".norman.objects 3: state in stage 200, which is no state stage");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.objects[1].kind = 9; }), ".norman.objects 1: object kind 9 does not exist");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.entries[1].object = 3; }), ".norman.entries 1: object 3 is neither a set nor a prefix table");
}

TEST(ImageOpen, refuses_descriptions_of_tables_that_make_no_sense) {
  const auto table = [](auto change) {
    return refusal([&](ImageBuilder& b) {
      const auto set = static_cast<std::uint32_t>(std::ranges::find(b.objects, static_cast<std::uint8_t>(NORMAN_OBJECT_KIND_SET), &norman_image_object::kind) - b.objects.begin());
      norman_image_table record{.object = set, .declaration = 7, .changes = 1, .zero = {}};
      change(record);
      b.tables.push_back(record);
    });
  };
  EXPECT_EQ(table([](auto&) {}), "accepted");
  EXPECT_EQ(table([](auto& r) { r.object = 7; }), ".norman.tables 0: object 7, there are 7");
  EXPECT_EQ(table([](auto& r) { r.object = 6; }), ".norman.tables 0: object 6 is neither a set nor a prefix table");
  EXPECT_EQ(table([](auto& r) { r.changes = 2; }), ".norman.tables 0: changes is 2, expected 0 or 1");
  EXPECT_EQ(table([](auto& r) { r.zero[2] = 1; }), ".norman.tables 0: reserved bytes are not zero");
  const auto piece = [](auto change) {
    return refusal([&](ImageBuilder& b) {
      const auto set = static_cast<std::uint32_t>(std::ranges::find(b.objects, static_cast<std::uint8_t>(NORMAN_OBJECT_KIND_SET), &norman_image_object::kind) - b.objects.begin());
      norman_image_piece record{.object = set, .part = 0, .type = 6, .low = 96, .width = 32, .word = 3, .shift = 0, .zero = 0};
      change(record);
      b.pieces.push_back(record);
    });
  };
  EXPECT_EQ(piece([](auto&) {}), "accepted");
  EXPECT_EQ(piece([](auto& r) { r.object = 6; }), ".norman.pieces 0: object 6 is neither a set nor a prefix table");
  EXPECT_EQ(piece([](auto& r) { r.type = 7; }), ".norman.pieces 0: type of value 7, there are 7");
  EXPECT_EQ(piece([](auto& r) { r.word = 4; }), ".norman.pieces 0: key word 4, there are 4");
  EXPECT_EQ(piece([](auto& r) { r.part = 255; }), ".norman.pieces 0: key word 3, there are 1") << "a value lies in the argument";
  EXPECT_EQ(piece([](auto& r) { r.part = 8; }), ".norman.pieces 0: part of a key 8, there are 8");
  EXPECT_EQ(piece([](auto& r) { r.width = 0; }), ".norman.pieces 0: 0 bits from bit 96 on at bit 0 of a word");
  EXPECT_EQ(piece([](auto& r) { r.width = 33; }), ".norman.pieces 0: 33 bits from bit 96 on at bit 0 of a word");
  EXPECT_EQ(piece([](auto& r) { r.shift = 1; }), ".norman.pieces 0: 32 bits from bit 96 on at bit 1 of a word");
  EXPECT_EQ(piece([](auto& r) { r.low = 97; }), ".norman.pieces 0: 32 bits from bit 97 on at bit 0 of a word");
  EXPECT_EQ(piece([](auto& r) { r.zero = 1; }), ".norman.pieces 0: reserved bytes are not zero");
}

TEST(ImageOpen, refuses_what_tools_could_not_add_rules_by) {
  const auto head = [](auto change) {
    return refusal([&](ImageBuilder& b) {
      norman_image_list_head record{.object = 6, .owner = 0, .hook = NORMAN_HOOK_OUTPUT, .ends = 3, .events = 2, .miss_events = 1};
      change(record);
      b.heads.push_back(record);
    });
  };
  EXPECT_EQ(head([](auto&) {}), "accepted");
  EXPECT_EQ(head([](auto& r) { r.object = 7; }), ".norman.listheads 0: object 7, there are 7");
  EXPECT_EQ(head([](auto& r) { r.object = 0; }), ".norman.listheads 0: object 0 is no rule list");
  EXPECT_EQ(head([](auto& r) { r.owner = 1u << 20; }).substr(0, 44), ".norman.listheads 0: name at byte 1048576, t");
  EXPECT_EQ(head([](auto& r) { r.hook = 5; }), ".norman.listheads 0: hook 5, there are 5");
  EXPECT_EQ(head([](auto& r) { r.ends = 4; }), ".norman.listheads 0: verdicts 4, there are 4");
  EXPECT_EQ(head([](auto& r) { r.events = 5; }), ".norman.listheads 0: number of event slots 5, there are 5");
  EXPECT_EQ(head([](auto& r) { r.miss_events = 3; }), ".norman.listheads 0: number of event slots 3, there are 3");
  const auto added = [](std::uint32_t rule, std::uint32_t text) {
    return refusal([&](ImageBuilder& b) { b.added.push_back({rule, text}); });
  };
  EXPECT_EQ(added(0, 0), "accepted");
  EXPECT_EQ(added(3, 0), ".norman.added 0: rule 3, there are 3");
  EXPECT_EQ(added(0, 1u << 20).substr(0, 40), ".norman.added 0: name at byte 1048576, t");
}

TEST(ImageOpen, refuses_rule_lists_that_the_stage_does_not_know) {
  const std::uint8_t stage = ImageBuilder().stageOf('R');
  const std::string number = std::to_string(stage), rows = ".norman.rows 9: ";
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.objects[6].stage = 0; }), ".norman.objects 6: a rule list in stage 0, which is no rule stage");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.objects[6].base = 256; }), ".norman.objects 6: list id 256, there are 256");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.lists[1].object = 7; }), ".norman.lists 1: object 7, there are 7");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.lists[1].object = 5; }), ".norman.lists 1: object 5 is no rule list");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.lists[1].flags = 64; }), ".norman.lists 1: flags 0x40 are undefined");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.lists[0].flags = 17; }), ".norman.lists 0: the action of a terminal entry is not carried");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.lists[0].invert = 1024; }), ".norman.lists 0: inverted groups 0x0400, there are 10");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.lists[0].value[9] = 0x80; b.lists[0].mask[9] = 0xffff007f; }), ".norman.lists 0: the range of half 0 of key word 9 is empty");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.lists[1].event = 19; }), ".norman.lists 1: event id 19 belongs to no counter");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.lists[0].rule = 3; }), ".norman.lists 0: rule 3, there are 3");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.lists[2].action = 3; }), rows + "entries have action 3, but dispatch entry 10 does not exist");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.lists[2].action = 255; }), rows + "entries have action 255, but dispatch entry 262 does not exist");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.lists[1].action = 255; }), "accepted") << "nothing goes to an action that is not carried";
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.lists[1].flags |= 1u << NORMAN_LIST_FLAG_CARRIED; }), rows + "entries have action 0, but dispatch entry 7 does not exist");
  EXPECT_EQ(refusal([](ImageBuilder& b) { for (int i = 0; i < 8256; ++i) b.lists.push_back(b.lists[0]); }), ".norman.lists 8256: more than the 8256 entries that stage " + number + " holds");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.keys[0].object = 1; }), ".norman.keys 0: object 1 has no key");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.keys[0].key = 14; }), ".norman.keys 0: key word 14, there are 14");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.keys[0].word = 48; }), ".norman.keys 0: entry word 48, there are 48");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.keys[0].word = 255; }), "accepted");
}

TEST(ImageOpen, refuses_rule_rows_that_are_undefined) {
  const std::uint8_t stage = ImageBuilder().stageOf('R');
  const auto change = [&](const isa::SlotInfo& slot, std::uint64_t value) {
    const std::string text = refusal([&](ImageBuilder& b) { setSlot(rowAt(b, kEgress, stage), slot, value); });
    return text.substr(std::min<std::size_t>(text.size(), 16));
  };
  namespace f = isa::rule_row;
  EXPECT_EQ(change(f::kTable, 4), "list 4 of stage " + std::to_string(stage) + " belongs to no rule list");
  EXPECT_EQ(change(f::kK0, regOperand(1)), "key word 0 cannot come from register r1: the remainders by 6 differ");
  EXPECT_EQ(change(f::kK13, regOperand(19, isa::Selector::H1)), "key word 13 is a part of a register");
  EXPECT_EQ(change(f::kK2, kImmOperand), "key word 2 is neither a register nor zero");
  EXPECT_EQ(change(f::kK2, 5), "an operand that is no register names one");
  EXPECT_EQ(change(f::kK2, regOperand(26)), "register r26, configuration 'default' has 24");
  EXPECT_EQ(refusal([&](ImageBuilder& b) {
              for (const isa::SlotInfo& slot : {f::kRd, f::kRc}) setSlot(rowAt(b, kEgress, stage), slot, 4);
              for (const isa::SlotInfo& slot : {f::kDwe, f::kRce}) setSlot(rowAt(b, kEgress, stage), slot, 1);
            }),
            ".norman.rows 9: argument and actions both go to register r4");
}

// The sample with a learned table in its egress program, which has no set.
std::string learnedRefusal(const std::function<void(ImageBuilder&, norman_image_object&, norman_image_row&)>& change) {
  return refusal([&](ImageBuilder& b) {
    const std::uint8_t stage = b.stageOf('E', 1);
    const std::uint32_t table = b.object("flows", NORMAN_OBJECT_KIND_LEARNED, kEgress, stage, 4, 128, 9);
    b.objects[table].shift = 24;
    Row row = wide("LEARN", {});
    fill(row, isa::learn_row::kSlots, {{"table", 4}, {"size", 1}, {"mode", 3}, {"now", 5}, {"k0", regOperand(0)}, {"imm", 1000}, {"dwe", 1}, {"rd", 7}});
    b.row(kEgress, stage, 0, row, 9);
    change(b, b.objects[table], b.rows.back());
  });
}

TEST(ImageOpen, refuses_learned_tables_that_have_no_place_of_their_own) {
  using Object = norman_image_object;
  using ImageRow = norman_image_row;
  const auto object = [](const std::function<void(Object&)>& change) {
    return learnedRefusal([&](ImageBuilder&, Object& o, ImageRow&) { change(o); });
  };
  const std::uint8_t stage = ImageBuilder().stageOf('E', 1);
  const std::string number = std::to_string(stage);
  EXPECT_EQ(object([](Object&) {}), "accepted");
  EXPECT_EQ(object([](Object& o) { o.stage = 2; }), ".norman.objects 7: a learned table in stage 2, which cannot learn");
  EXPECT_EQ(object([](Object& o) { o.stage = 0; }), ".norman.objects 7: a learned table in stage 0, which cannot learn");
  EXPECT_EQ(object([](Object& o) { o.size = 96; }), ".norman.objects 7: a learned table of 96 entries, expected a power of two from 64 to 8192");
  EXPECT_EQ(object([](Object& o) { o.size = 16384; }), ".norman.objects 7: a learned table of 16384 entries, expected a power of two from 64 to 8192");
  EXPECT_EQ(object([](Object& o) { o.base = 3; }), ".norman.objects 7: a learned table of 128 entries has the id 3, expected a multiple of 2 below 128");
  EXPECT_EQ(object([](Object& o) { o.base = 128; }), ".norman.objects 7: a learned table of 128 entries has the id 128, expected a multiple of 2 below 128");
  EXPECT_EQ(object([](Object& o) { o.shift = 33; }), ".norman.objects 7: times in units of 2^33 ticks, at most 2^32");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.objects[1].shift = 1; }), ".norman.objects 1: reserved bytes are not zero");
  EXPECT_EQ(learnedRefusal([&](ImageBuilder& b, Object&, ImageRow&) { b.object("more", NORMAN_OBJECT_KIND_LEARNED, kEgress, stage, 5, 64); }),
            ".norman.objects 8: rows of the learned table belong to another one too");
  EXPECT_EQ(learnedRefusal([&](ImageBuilder& b, Object&, ImageRow&) { b.object("more", NORMAN_OBJECT_KIND_LEARNED, kEgress, stage, 6, 64); }), "accepted");
  EXPECT_EQ(learnedRefusal([&](ImageBuilder& b, Object&, ImageRow&) { b.object("set", NORMAN_OBJECT_KIND_SET, kEgress, stage, 9, 1); }),
            ".norman.objects 8: a set in stage " + number + ", which holds a learned table");
  EXPECT_EQ(learnedRefusal([&](ImageBuilder& b, Object&, ImageRow&) {
              b.object("set", NORMAN_OBJECT_KIND_SET, kEgress, stage, 9, 1);
              std::swap(b.objects[7], b.objects[8]);
            }),
            ".norman.objects 8: a learned table in stage " + number + ", which holds a set");
}

TEST(ImageOpen, refuses_learning_rows_that_are_undefined) {
  const auto change = [](const isa::SlotInfo& slot, std::uint64_t value) {
    const std::string text = learnedRefusal([&](ImageBuilder&, norman_image_object&, norman_image_row& row) { setSlot(row, slot, value); });
    return text.substr(std::min<std::size_t>(text.size(), 17));
  };
  namespace f = isa::learn_row;
  const std::string stage = std::to_string(ImageBuilder().stageOf('E', 1));
  EXPECT_EQ(change(f::kTable, 6), "table 6 of stage " + stage + " belongs to no learned table");
  EXPECT_EQ(change(f::kSize, 2), "the row says size 2 of learned table 4, it is 1");
  EXPECT_EQ(change(f::kMode, 11), "the row and learned table 4 differ in whether entries expire");
  EXPECT_EQ(change(f::kImm, 0), "timeout 0, expected 1 to 2147483648");
  EXPECT_EQ(change(f::kImm, 0x80000001), "timeout 2147483649, expected 1 to 2147483648");
  EXPECT_EQ(change(f::kNow, 16), "register r16 holds the time, lookup rows read r0 to r15");
  const auto byteOf16 = [](unsigned mode) {
    return learnedRefusal([&](ImageBuilder&, norman_image_object&, norman_image_row& row) {
      setSlot(row, f::kMode, mode);
      setSlot(row, f::kByte, 16);
    });
  };
  EXPECT_EQ(byteOf16(3), "accepted");
  EXPECT_NE(byteOf16(3 | 1u << static_cast<unsigned>(isa::LearnMode::Byte)).find("register r16 holds the byte, lookup rows read r0 to r15"), std::string::npos);
  EXPECT_EQ(change(f::kRd, 8), "register r8 is a result, lookup and state rows write r0 to r7");
  EXPECT_EQ(change(f::kK1, 5), "an operand that is no register names one");
  EXPECT_EQ(change(f::kBmode, NORMAN_BRANCH_MODE_DISPATCH), "a learning lookup does not dispatch");
}

TEST(ImageOpen, refuses_a_stage_that_learns_and_takes_what_the_other_core_learns) {
  constexpr auto bit = [](isa::LearnMode mode) { return 1u << static_cast<unsigned>(mode); };
  constexpr unsigned share = bit(isa::LearnMode::Share), insert = bit(isa::LearnMode::Insert), touch = bit(isa::LearnMode::Touch);
  const auto both = [](unsigned mode, unsigned other) {
    return learnedRefusal([&](ImageBuilder& b, norman_image_object&, norman_image_row& row) {
      setSlot(row, isa::learn_row::kMode, mode);
      norman_image_row second = row;
      second.row = row.row + 1;
      setSlot(second, isa::learn_row::kMode, other);
      b.rows.push_back(second);
    });
  };
  const std::string refused = ": stage " + std::to_string(ImageBuilder().stageOf('E', 1)) + " both learns keys and looks at those that the other core shares";
  EXPECT_EQ(both(share, share), "accepted");
  EXPECT_EQ(both(share | insert, insert | touch), "accepted");
  for (const unsigned learns : {insert, touch, share | insert, share | touch}) {
    const std::string text = both(learns, share), reverse = both(share, learns);
    EXPECT_NE(text.find(refused), std::string::npos) << text;
    EXPECT_NE(reverse.find(refused), std::string::npos) << reverse;
  }
}

TEST(ImageOpen, refuses_prefix_tables_that_are_none) {
  const std::uint8_t stage = ImageBuilder().stageOf('L');
  const auto change = [&](norman_image_table_entry entry, unsigned kind = NORMAN_OBJECT_KIND_PREFIXES, std::uint8_t at = 0, std::uint64_t table = 3) {
    return refusal([&](ImageBuilder& b) {
      entry.object = b.object("prefixes", kind, kEgress, at == 0 ? stage : at, 3, 2);
      b.entries.push_back(entry);
      b.row(kEgress, stage, 7, wide("PREFIX", {{"table", table}, {"k0", regOperand(0)}, {"pwe", 1}}, {}));
    });
  };
  const auto text = [](unsigned index, const std::string& what) { return ".norman.entries " + std::to_string(index) + ": " + what; };
  EXPECT_EQ(change({0, 1, 24, {0, 0}, 5, {0x0a000100, 0, 0, 0}, 1}), "accepted");
  EXPECT_EQ(change({0, 1, 128, {0, 0}, 5, {1, 2, 3, 4}, 1}), "accepted");
  EXPECT_EQ(change({0, 1, 0, {0, 0}, 5, {0, 0, 0, 0}, 1}), "accepted");
  EXPECT_EQ(change({0, 1, 129, {0, 0}, 5, {0, 0, 0, 0}, 1}), text(2, "a key of 129 bits that count has others"));
  EXPECT_EQ(change({0, 1, 23, {0, 0}, 5, {0x0a000100, 0, 0, 0}, 1}), text(2, "a key of 23 bits that count has others"));
  EXPECT_EQ(change({0, 1, 32, {0, 0}, 5, {0, 0, 0, 1}, 1}), text(2, "a key of 32 bits that count has others"));
  EXPECT_EQ(change({0, 1, 32, {0, 1}, 5, {0, 0, 0, 0}, 1}), text(2, "reserved bytes are not zero"));
  EXPECT_EQ(change({0, 1, 32, {0, 0}, 5, {0, 0, 0, 0}, 1}, NORMAN_OBJECT_KIND_SET, ImageBuilder().stageOf('E')), text(2, "a key of 32 bits that count has others"));
  const std::string objects = ".norman.objects " + std::to_string(sampleImage().objects.size()) + ": ";
  EXPECT_EQ(change({0, 1, 24, {0, 0}, 5, {0, 0, 0, 0}, 1}, NORMAN_OBJECT_KIND_PREFIXES, ImageBuilder().stageOf('E')),
            objects + "a prefix table in stage " + std::to_string(ImageBuilder().stageOf('E')) + ", which is no prefix stage");
  const std::string rows = ".norman.rows " + std::to_string(sampleImage().rows.size()) + ": ";
  EXPECT_EQ(change({0, 1, 24, {0, 0}, 5, {0, 0, 0, 0}, 1}, NORMAN_OBJECT_KIND_PREFIXES, 0, 4),
            rows + "table 4 of stage " + std::to_string(stage) + " belongs to no prefix table");
}

TEST(ImageOpen, refuses_reads_of_raw_bytes_that_are_undefined) {
  namespace f = isa::gather_row;
  const std::uint8_t stage = ImageBuilder().stageOf('G');
  const std::string row = ".norman.rows " + std::to_string(sampleImage().rows.size()) + ": ";
  const auto change = [&](const isa::SlotInfo& slot, std::uint64_t value) {
    return refusal([&](ImageBuilder& b) {
      b.row(kEgress, stage, 7, wide("GATHER", {{"base", 2}, {"size", 1}, {"index", regOperand(0)}, {"imm", 12}, {"dwe", 1}, {"rd", 7}, {"pwe", 1}}, {}));
      setSlot(b.rows.back(), slot, value);
      if (value == NORMAN_BRANCH_MODE_OWN && slot.lsb == f::kBmode.lsb) setSlot(b.rows.back(), f::kTakenStage, isa::kStageExit);
    });
  };
  EXPECT_EQ(change(f::kImm, 0xffffffff), "accepted");
  EXPECT_EQ(change(f::kBmode, NORMAN_BRANCH_MODE_OWN), "accepted");
  EXPECT_EQ(change(f::kBase, 3), row + "the bytes to read are undefined: base 3, size 1");
  EXPECT_EQ(change(f::kSize, 3), row + "the bytes to read are undefined: base 2, size 3");
  EXPECT_EQ(change(f::kIndex, 5), row + "an operand that is no register names one");
  EXPECT_EQ(change(f::kRd, 8), row + "register r8 is a result, lookup and state rows write r0 to r7");
  EXPECT_EQ(change(f::kBmode, NORMAN_BRANCH_MODE_DISPATCH), row + "only lookup rows dispatch");
}

TEST(ImageOpen, accepts_objects_that_no_row_uses_whatever_their_base) {
  EXPECT_EQ(refusal([](ImageBuilder& b) {
              const std::uint32_t set = b.object("unused", NORMAN_OBJECT_KIND_SET, kEgress, isa::kStageExit, 0xffffffff, 0xffffffff);
              b.object("idle", NORMAN_OBJECT_KIND_METER, kEgress, isa::kStageExit, 0xffffffff, 0xffffffff);
              // More entries than a stage holds are no harm either: none is loaded.
              for (std::uint32_t i = 0; i < 9000; ++i) b.entries.push_back({set, 200, 0, {0, 0}, 0, {i, 0, 0, 0}, 1});
            }),
            "accepted");
}

TEST(ImageOpen, refuses_maps_and_names_out_of_range) {
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.entry[0].reg = 1; }), ".norman.entry 0: entry word 12 cannot go to register r1: the remainders by 3 differ");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.entry[0].word = 48; }), ".norman.entry 0: entry word 48, there are 48");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.entry[0].tap = 2; }), ".norman.entry 0: tap 2, there are 2");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.entry[0].tap = 1; }), ".norman.entry 0: register r0, the second tap loads registers from r12 on");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.exits[0].reg = 7; }), ".norman.exit 0: exit target 6 cannot come from register r7: the remainders by 6 differ");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.exits[0].target = isa::kTDst1; }), ".norman.exit 0: exit target 12 takes whole registers, and no part of r6");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.exits[0].target = 24; }), ".norman.exit 0: exit target 24, there are 24");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.rules[1].file = 100000; }).substr(0, 15), ".norman.rules 1");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.strings.back() = 'x'; }), ".norman.strings 0: the strings do not begin and end with a zero byte");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.predicates[0].bit = 64; }), ".norman.predicates 0: bit 64, subject 0, kind 0: no such predicate");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.interfaces[0].number = 0; }), ".norman.interfaces 0: an interface has the number 0, which means none");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.interfaces[0].number = 65536; }), ".norman.interfaces 0: interface 65536, there are 65536");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.interfaces.push_back(b.interfaces[0]); }), ".norman.interfaces 1: interface 1 is there twice");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.interfaces.push_back({b.name("eth*"), 512}); }), "accepted");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.interfaces.push_back({b.name("eth*"), 513}); }),
            ".norman.interfaces 1: a pattern of interfaces has the number 513, expected a multiple of 256");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.interfaces.push_back({b.name("eth*"), 65536}); }), ".norman.interfaces 1: interface 65536, there are 65536");
  EXPECT_EQ(refusal([](ImageBuilder& b) {
              b.interfaces[0].number = 515;
              b.interfaces.push_back({b.name("eth*"), 512});
            }),
            ".norman.interfaces 1: interface 515 is there twice");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.rows.push_back(b.rows[0]); }).substr(13), std::to_string(sampleImage().rows.size()) + ": row 0 is there twice");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.entry.push_back(b.entry[0]); }), ".norman.entry 5: register 0 is there twice");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.exits.push_back(b.exits[0]); }), ".norman.exit 1: exit target " + std::to_string(isa::kTTtl) + " is there twice");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.dispatch.push_back(b.dispatch[0]); }), ".norman.dispatch 3: dispatch entry 31 is there twice");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.objects.push_back(b.objects[0]); }), ".norman.objects 7: table id 5 is there twice");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.entry[0].zero = 1; }), ".norman.entry 0: reserved bytes are not zero");
  EXPECT_EQ(refusal([](ImageBuilder& b) { b.programs[1].program = 0; }), ".norman.programs 1: program 0 is there twice");
}

// One long name that many records have would be copied as often by whoever lists them.
TEST(ImageOpen, refuses_names_that_are_long_and_many) {
  const auto many = [](std::uint32_t count) {
    return [count](ImageBuilder& b) {
      const std::uint32_t name = b.name(std::string(1 << 20, 'x'));
      for (std::uint32_t i = 0; i < count; ++i) b.rules.push_back({name, 0, 0, 1, 1, 0});
    };
  };
  EXPECT_EQ(refusal(many(200)), "accepted");
  EXPECT_EQ(refusal(many(300)), ".norman.rules 258: the names of all records have more than 268435456 bytes");
}

// No altered or shortened image may crash; AddressSanitizer watches this in the sanitizer build.
TEST(ImageOpen, survives_every_altered_byte) {
  const std::vector<std::uint8_t> good = sampleImage().build();
  std::size_t refused = 0;
  for (std::size_t i = 0; i < good.size(); ++i)
    for (const std::uint8_t flip : {0x01, 0x80, 0xff}) {
      std::vector<std::uint8_t> bytes = good;
      bytes[i] ^= flip;
      const Opened opened = open(bytes);
      if (opened.error != 0) {
        ++refused;
        EXPECT_NE(opened.problem.text[0], '\0');
      }
    }
  EXPECT_GT(refused, good.size());
}

TEST(ImageOpen, refuses_every_truncation) {
  const std::vector<std::uint8_t> good = sampleImage().build();
  for (std::size_t size = 0; size < good.size(); ++size) {
    // A copy of exactly this size, so that a read beyond it is seen.
    const std::vector<std::uint8_t> bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_NE(open(bytes).error, 0) << size;
  }
}

TEST(ImageOpen, reports_no_memory) {
  const norman_allocator none = {[](void*, std::size_t) -> void* { return nullptr; }, [](void*, void*) {}, nullptr};
  const std::vector<std::uint8_t> bytes = sampleImage().build();
  norman_image image;
  norman_problem problem;
  EXPECT_EQ(norman_image_open(&image, bytes.data(), bytes.size(), &none, &problem), -ENOMEM);
}

}  // namespace
}  // namespace norman::test
