"""isa.h: enumerations, slots, instructions and configurations for C++."""

from naming import banner, camel, snake
from records import COMMON_SLOTS, encoding_mask, fixed, learning


def render(spec):
    out = [banner("//", "The machine contract for C++: enumerations, slots, instructions, configurations."), "#pragma once", "",
           "#include <array>", "#include <cstdint>", "#include <string_view>", "", "namespace norman::isa {", ""]
    for constant in spec.constants():
        out.append(f"/// {constant.Doc}")
        out.append(f"inline constexpr std::uint32_t k{camel(constant.name_)} = {constant.Value};")
    out.append("")
    for enum, values in spec.enums().items():
        out.append(f"enum class {enum} : std::uint8_t {{")
        for value in values:
            out.append(f"  {camel(value.Name)} = {value.Value},  ///< {value.Doc}")
        out.append("};")
        top = max(v.Value for v in values)
        out.append(f"inline constexpr std::array<std::string_view, {top + 1}> k{enum}Names = {{")
        by_value = {v.Value: v.Name for v in values}
        out.append("    " + ", ".join(f'"{by_value.get(i, "")}"' for i in range(top + 1)) + "};")
    out += ["", "/// Presence bits of entry word 0.", "enum Presence : std::uint32_t {"]
    for presence in spec.presences():
        out.append(f"  kHas{camel(presence.Name)} = std::uint32_t{{1}} << {presence.Bit},  ///< {presence.Doc}")
    out += ["};", "", "/// Entry words.", "enum EntryWord : std::uint8_t {"]
    for word in spec.words():
        out.append(f"  k{camel(word.name_)} = {word.Index},  ///< {word.Doc}")
    out += ["};", "", "/// Exit targets.", "enum ExitTarget : std::uint8_t {"]
    for target in spec.targets():
        out.append(f"  k{camel(target.name_)} = {target.Index},  ///< {target.Doc}")
    out += ["};", f"inline constexpr std::array<std::string_view, {len(spec.targets())}> kExitTargetNames = {{",
            "    " + ", ".join(f'"{t.Name}"' for t in spec.targets()) + "};",
            f"inline constexpr std::array<std::uint8_t, {len(spec.targets())}> kExitTargetWidths = {{",
            "    " + ", ".join(str(t.Width) for t in spec.targets()) + "};", ""]
    out += ["/// A run of bits of a row, or of what software writes into the device; lsb counts over all its words.",
            "struct SlotInfo {", "  std::string_view name;", "  std::uint16_t lsb;", "  std::uint8_t width;", "  std::string_view kind;", "};", ""]
    for form in spec.formats() + spec.device_formats():
        shift = 128 if form.name_ == "ControlWord" else 0
        out.append(f"namespace {snake(form.name_)} {{  // {form.Doc}")
        for s in form.Slots:
            out.append(f'inline constexpr SlotInfo k{camel(s.Name)}{{"{s.Name}", {s.Lsb + shift}, {s.Width}, "{s.Kind.Name}"}};')
        out.append(f"inline constexpr std::array<SlotInfo, {len(form.Slots)}> kSlots = {{")
        out.append("    " + ", ".join(f"k{camel(s.Name)}" for s in form.Slots) + "};")
        out.append("}")
    insns = spec.insns()
    out += ["", "/// Instructions, in the order of kInsns.", "enum class Opcode : std::uint8_t {"]
    out += [f"  {insn.name_}," for insn in insns]
    out += ["};", "",
            "struct InsnInfo {", "  std::string_view name;", "  std::string_view asm_text;", "  char stage_kind;", "  std::uint16_t bits;",
            "  std::uint8_t op;", "  bool lane_zero_only;", "  bool side_effect;", "  bool reserved;",
            "  std::array<std::uint64_t, 4> mask;   ///< bits that are fixed, those that must be zero included",
            "  std::array<std::uint64_t, 4> match;  ///< their values",
            "  std::string_view outs;               ///< slots written, comma separated",
            "  std::string_view operands;           ///< slots read, comma separated", "};",
            f"inline constexpr std::array<InsnInfo, {len(insns)}> kInsns = {{{{"]
    for insn in insns:
        mask, value = encoding_mask(insn)
        words = lambda v: "{" + ", ".join(f"0x{(v >> (64 * w)) & (2**64 - 1):x}" for w in range(4)) + "}"
        asm = insn.Asm.replace('"', '\\"')
        flag = lambda v: "true" if v else "false"
        out.append(f'    {{"{insn.name_}", "{asm}", \'{insn.StageKind}\', {insn.Form.Bits}, {fixed(insn)["op"]}, {flag(insn.LaneZeroOnly)}, '
                   f'{flag(insn.SideEffect)}, {flag(insn.Reserved)}, {words(mask)}, {words(value)}, "{",".join(insn.Outs)}", "{",".join(insn.Operands)}"}},')
    out += ["}};", "",
            "/// One build of the core.", "struct ConfigInfo {", "  std::string_view name;", "  std::uint8_t number;",
            "  std::string_view stages;   ///< their kinds, in order",
            "  std::uint32_t registers, operands, tap_stage, exact_rows, state_words, event_ids, rule_trees, rule_rows, rule_overflow;",
            "  std::uint32_t prefix_entries, prefix_levels, prefix_blocks;",
            "  std::uint64_t learning;    ///< bit s: stage s can learn", "};",
            f"inline constexpr std::array<ConfigInfo, {len(spec.configs())}> kConfigs = {{{{"]
    for c in spec.configs():
        out.append(f'    {{"{c.name_.lower()}", {c.Number}, "{c.Stages}", {c.Registers}, {c.Operands}, {c.TapStage}, {c.ExactRows}, {c.StateWords}, {c.EventIds}, '
                   f'{c.RuleTrees}, {c.RuleRows}, {c.RuleOverflow}, '
                   f'{c.PrefixEntries}, {c.PrefixLevels}, {c.PrefixBlocks}, {learning(c):#x}}},')
    out += ["}};", "", "/// Reads a slot of a row, or of what software writes into the device.", "template <std::size_t N>",
            "constexpr std::uint64_t get(const std::array<std::uint64_t, N>& row, const SlotInfo& slot) {",
            "  return (row[slot.lsb / 64] >> (slot.lsb % 64)) & ((std::uint64_t{1} << slot.width) - 1);", "}",
            "/// Writes a slot; value must fit.", "template <std::size_t N>",
            "constexpr void set(std::array<std::uint64_t, N>& row, const SlotInfo& slot, std::uint64_t value) {",
            "  const std::uint64_t mask = ((std::uint64_t{1} << slot.width) - 1) << (slot.lsb % 64);",
            "  row[slot.lsb / 64] = (row[slot.lsb / 64] & ~mask) | ((value << (slot.lsb % 64)) & mask);", "}", "",
            "}  // namespace norman::isa", ""]
    return "\n".join(out)
