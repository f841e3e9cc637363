"""norman_hw.h: the contract for C, user space and kernel alike."""

from naming import banner, macro, snake
from records import learning, record_layout, slot


def render(spec):
    out = [banner("//", "The machine contract in plain C."), "#ifndef NORMAN_HW_H", "#define NORMAN_HW_H", ""]
    out += ["#ifdef __KERNEL__", "#include <linux/types.h>", "#ifndef UINT64_C", "#define UINT32_C(n) n##U", "#define UINT64_C(n) n##ULL",
            "#endif", "#else", "#include <stdint.h>", "#endif", ""]
    out.append("// Sizes and versions")
    for constant in spec.constants():
        out.append(f"#define NORMAN_{macro(constant.name_)} {constant.Value:#x}u // {constant.Doc}"
                   if constant.Value > 9999 else f"#define NORMAN_{macro(constant.name_)} {constant.Value}u // {constant.Doc}")
    out.append("")
    for enum, values in spec.enums().items():
        out.append(f"// {enum}")
        for value in values:
            out.append(f"#define NORMAN_{macro(enum)}_{macro(value.Name)} {value.Value}u // {value.Doc}")
        out.append("")
    out.append("// Presence bits of entry word 0")
    for presence in spec.presences():
        out.append(f"#define NORMAN_HAS_{macro(presence.Name)} (UINT32_C(1) << {presence.Bit}) // {presence.Doc}")
    out += ["", "// Entry words"]
    for word in spec.words():
        out.append(f"#define NORMAN_WORD_{macro(word.name_[1:])} {word.Index}u // {word.Doc}")
    out += ["", "// Exit targets"]
    for target in spec.targets():
        out.append(f"#define NORMAN_TARGET_{macro(target.Name)} {target.Index}u // {target.Doc}")
    whole = sum(1 << t.Index for t in spec.targets() if t.Width == 32)
    out.append(f"#define NORMAN_WHOLE_TARGETS {whole:#x}u // bit t: target t takes whole registers")
    out += ["", "// Slots of rows: bit position within the row's four words, and width"]
    for form in spec.formats():
        shift = 128 if form.name_ == "ControlWord" else 0
        for s in form.Slots:
            prefix = f"NORMAN_{macro(form.name_)}_{macro(s.Name)}"
            out.append(f"#define {prefix}_LSB {s.Lsb + shift}u")
            out.append(f"#define {prefix}_WIDTH {s.Width}u")
    out += ["", "// Slots of what software writes into the device: bit position and width"]
    for form in spec.device_formats():
        for s in form.Slots:
            prefix = f"NORMAN_{macro(form.name_)}_{macro(s.Name)}"
            out.append(f"#define {prefix}_LSB {s.Lsb}u // {s.Doc}")
            out.append(f"#define {prefix}_WIDTH {s.Width}u")
    out += ["", "// Operations, by stage kind"]
    seen = set()
    for insn in spec.insns():
        if insn.StageKind == "A":
            continue
        from records import fixed
        name = f"NORMAN_OP_{insn.StageKind}_{insn.name_}"
        if name not in seen:
            out.append(f"#define {name} {fixed(insn)['op']}u")
            seen.add(name)
    out += ["", "// Configurations: built stage string and sizes"]
    out += ["struct norman_config {", "\tconst char *name;", "\tconst char *stages;", "\tunsigned int number, stage_count, registers, operands, tap_stage;",
            "\tunsigned int exact_rows, state_words, event_ids;",
            "\tunsigned int rule_trees, rule_rows, rule_overflow;",
            "\tunsigned int prefix_entries, prefix_levels, prefix_blocks;",
            "\tuint64_t learning; // bit s: stage s can learn", "};"]
    out.append(f"#define NORMAN_CONFIG_COUNT {len(spec.configs())}u")
    rows = []
    for config in spec.configs():
        rows.append(f'\t{{ "{config.name_.lower()}", "{config.Stages}", {config.Number}u, {len(config.Stages)}u, {config.Registers}u, {config.Operands}u, '
                    f'{config.TapStage}u, {config.ExactRows}u, {config.StateWords}u, {config.EventIds}u, '
                    f'{config.RuleTrees}u, {config.RuleRows}u, {config.RuleOverflow}u, '
                    f'{config.PrefixEntries}u, {config.PrefixLevels}u, {config.PrefixBlocks}u, UINT64_C({learning(config):#x}) }},')
    out.append("#define NORMAN_CONFIGS { \\")
    out += [row + " \\" for row in rows]
    out.append("}")
    out += ["", "// Lane encodings: a lane word w is legal if (w & mask) == match for one of them"]
    from records import encoding_mask, fixed as fixed_of
    for kind, bits in (("A", 64),):
        lanes = [i for i in spec.insns() if i.StageKind == kind]
        out.append(f"#define NORMAN_LANE_ENCODINGS(X) \\")
        for insn in lanes:
            mask, value = encoding_mask(insn)
            reads = sorted(set(insn.Operands) & {"ra", "rb", "pc", "pb", "asel", "bsel"})
            writes = insn.Outs
            flags = (("ra" in reads) << 0) | (("rb" in reads) << 1) | (("pc" in reads) << 2) | (("rd" in writes) << 3) | \
                    (("pd" in writes) << 4) | (insn.LaneZeroOnly << 5) | (("slot" in insn.Operands) << 6)
            out.append(f"\tX({insn.name_}, UINT64_C({mask:#018x}), UINT64_C({value:#018x}), {flags}u) \\")
        out.append("\t/* flags: 1 reads ra, 2 reads rb, 4 reads pc, 8 writes rd, 16 writes pd, 32 lane 0 only, 64 writes an event slot */")
    out += ["", "// Whole-row encodings: (word & mask) == match in all four words"]
    out.append("#define NORMAN_ROW_ENCODINGS(X) \\")
    for insn in spec.insns():
        if insn.StageKind == "A":
            continue
        mask, value = encoding_mask(insn)
        parts = []
        for w in range(4):
            parts.append(f"UINT64_C({(mask >> (64 * w)) & (2**64 - 1):#018x}), UINT64_C({(value >> (64 * w)) & (2**64 - 1):#018x})")
        out.append(f"\tX({insn.name_}, '{insn.StageKind}', {insn.Reserved}, {', '.join(parts)}) \\")
    out.append("\t/* name, stage kind, reserved, mask and match of words 0 to 3 */")
    out += ["", "// Image records"]
    for record in spec.of("Record"):
        layout, size = record_layout(record)
        name = f"norman_{snake(record.name_)}"
        out.append(f"// {record.Doc}")
        out.append(f'#define {macro(name)}_SECTION "{record.Section}"')
        out.append(f"struct {name} {{")
        for field, _ in layout:
            array = f"[{field.Count}]" if field.Count > 1 else ""
            out.append(f"\tuint{field.Type[1:]}_t {field.Name}{array}; // {field.Doc}")
        out.append("};")
        out.append("#ifdef __cplusplus")
        out.append(f'static_assert(sizeof(struct {name}) == {size}, "{name}");')
        out.append("#else")
        out.append(f'_Static_assert(sizeof(struct {name}) == {size}, "{name}");')
        out.append("#endif")
    out += ["", "// Register map: byte addresses"]
    for register in spec.of("Register"):
        out.append(f"#define NORMAN_REG_{macro(register.name_)} {register.Addr:#x}u // {register.Access}: {register.Doc}")
    for window in spec.of("Window"):
        name = f"NORMAN_REG_{macro(window.name_)}"
        arguments = ", ".join(window.Dims)
        index = ""
        for dim, size in zip(window.Dims, window.Sizes):
            index = f"(uint32_t)({dim})" if not index else f"({index} * {size}u + (uint32_t)({dim}))"
        total = 1
        for size in window.Sizes:
            total *= size
        out.append(f"#define {name}_BASE {window.Base:#x}u // {window.Access}: {window.Doc}")
        out.append(f"#define {name}_END {window.Base + 8 * total:#x}u")
        out.append(f"#define {name}({arguments}) ({window.Base:#x}u + 8u * {index})")
    out += ["", "#endif", ""]
    return "\n".join(out)
