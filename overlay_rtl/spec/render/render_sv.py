"""overlay_isa_pkg.sv: the contract for RTL: slot positions, operations, enumerations, addresses, configurations."""

from naming import banner, camel
from records import fixed, learning


def render(spec):
    out = [banner("//", "The machine contract for RTL."), "`default_nettype none", "package overlay_isa_pkg;", ""]
    for constant in spec.constants():
        out.append(f"  localparam int unsigned {camel(constant.name_)} = 32'd{constant.Value};  // {constant.Doc}")
    out.append("")
    for enum, values in spec.enums().items():
        width = max(1, max(v.Value for v in values).bit_length())
        for value in values:
            out.append(f"  localparam logic [{width - 1}:0] {enum}{camel(value.Name)} = {width}'d{value.Value};  // {value.Doc}")
        out.append("")
    out.append("  // Presence bits of entry word 0")
    for presence in spec.presences():
        out.append(f"  localparam int unsigned Has{camel(presence.Name)} = 32'd{presence.Bit};")
    out.append("  // Entry words")
    for word in spec.words():
        out.append(f"  localparam int unsigned Word{camel(word.name_[1:])} = 32'd{word.Index};  // {word.Doc}")
    out.append("  // Exit targets and their widths")
    for target in spec.targets():
        out.append(f"  localparam int unsigned Target{camel(target.Name)} = 32'd{target.Index};")
        out.append(f"  localparam int unsigned Target{camel(target.Name)}Width = 32'd{target.Width};")
    widths = "".join(f"{target.Width:02x}" for target in reversed(sorted(spec.targets(), key=lambda t: t.Index)))
    out.append(f"  localparam logic [{4 * len(widths) - 1}:0] TargetWidths = {4 * len(widths)}'h{widths};  // a byte each, target 0 lowest")
    out.append("  // Slots: position within the row (control word: within the row too) and width")
    for form in spec.formats() + spec.device_formats():
        shift = 128 if form.name_ == "ControlWord" else 0
        for s in form.Slots:
            name = f"{form.name_}{camel(s.Name)}"
            out.append(f"  localparam int unsigned {name}Lsb = 32'd{s.Lsb + shift};")
            out.append(f"  localparam int unsigned {name}Width = 32'd{s.Width};")
    out.append("  // Operations, by stage kind")
    seen = {}
    for insn in spec.insns():
        base = insn.name_
        for suffix in ("_andrr", "_andri", "_orrr", "_orri", "_chainrr", "_chainri", "rr", "ri"):
            if insn.StageKind == "A" and base.endswith(suffix) and base not in ("OR",):
                base = base[: -len(suffix)]
                break
        if insn.name_ in ("MOVr", "MOVi", "VERDICTr"):
            base = insn.name_[:-1]
        name = f"Op{insn.StageKind}_{base}"
        op = fixed(insn)["op"]
        if name in seen:
            if seen[name] != op:
                insn.fail(f"operation {op} differs from {seen[name]} of its other forms")
            continue
        seen[name] = op
        out.append(f"  localparam logic [4:0] {name} = 5'd{op};")
    out.append("  // Register map: byte addresses")
    for register in spec.of("Register"):
        out.append(f"  localparam logic [23:0] Reg{camel(register.name_.lower())} = 24'h{register.Addr:06x};  // {register.Access}: {register.Doc}")
    for window in spec.of("Window"):
        total = 1
        for size in window.Sizes:
            total *= size
        name = f"Reg{camel(window.name_.lower())}"
        out.append(f"  localparam logic [23:0] {name}Base = 24'h{window.Base:06x};  // {window.Access}: {window.Doc}")
        out.append(f"  localparam int unsigned {name}Bytes = 32'd{8 * total};")
        for dim, size in zip(window.Dims, window.Sizes):
            out.append(f"  localparam int unsigned {name}{camel(dim)}Count = 32'd{size};")
    out.append("  // Configurations; kinds are ASCII, stage 0 in the low byte")
    for config in spec.configs():
        stages = config.Stages
        kinds = "".join(f"{ord(kind):02x}" for kind in reversed(stages))
        name = config.name_
        out.append(f"  localparam int unsigned {name}Number = 32'd{config.Number};")
        out.append(f"  localparam int unsigned {name}Stages = 32'd{len(stages)};  // {stages}")
        out.append(f"  localparam logic [511:0] {name}Kinds = 512'h{kinds};")
        out.append(f"  localparam int unsigned {name}Registers = 32'd{config.Registers};")
        out.append(f"  localparam int unsigned {name}Operands = 32'd{config.Operands};")
        out.append(f"  localparam int unsigned {name}TapStage = 32'd{config.TapStage};")
        out.append(f"  localparam int unsigned {name}ExactRows = 32'd{config.ExactRows};")
        out.append(f"  localparam int unsigned {name}StateWords = 32'd{config.StateWords};")
        for field in ("RuleTrees", "RuleRows", "RuleOverflow", "PrefixEntries", "PrefixLevels", "PrefixBlocks"):
            out.append(f"  localparam int unsigned {name}{field} = 32'd{getattr(config, field)};")
        out.append(f"  localparam int unsigned {name}EventIds = 32'd{config.EventIds};")
        out.append(f"  localparam logic [63:0] {name}Learning = 64'h{learning(config):x};")
    out += ["", "endpackage", "`default_nettype wire", ""]
    return "\n".join(out)


def render_config(spec, name):
    """overlay_config.svh: the sizes of one configuration, included into the core's own package.

    Packages cannot refer to each other (yosys), so the constants that the core's types need are repeated here.
    """
    config = next(config for config in spec.configs() if config.Name == name)
    stages = config.Stages
    kinds = "".join(f"{ord(kind):02x}" for kind in reversed(stages))
    out = [banner("//", f"The sizes of configuration `{name}`, for inclusion into package overlay_core_pkg.")]
    for constant in spec.constants():
        out.append(f"  localparam int unsigned {camel(constant.name_)} = 32'd{constant.Value};")
    out.append(f"  localparam int unsigned ConfigNumber = 32'd{config.Number};")
    out.append(f"  localparam int unsigned Stages = 32'd{len(stages)};  // {stages}")
    out.append(f"  localparam logic [511:0] Kinds = 512'h{kinds};  // ASCII, stage 0 in the low byte")
    out.append(f"  localparam int unsigned Registers = 32'd{config.Registers};")
    for field in ("Operands", "TapStage", "ExactRows", "StateWords", "EventIds", "RuleTrees", "RuleRows", "RuleOverflow",
                  "PrefixEntries", "PrefixLevels", "PrefixBlocks"):
        out.append(f"  localparam int unsigned {field} = 32'd{getattr(config, field)};")
    out.append(f"  localparam logic [63:0] Learning = 64'h{learning(config):x};  // bit s: stage s can learn")
    form = next(form for form in spec.formats() if form.name_ == "ControlWord")
    out.append(f"  localparam int unsigned ControlBits = 32'd{max(s.Lsb + s.Width for s in form.Slots)};")
    return "\n".join(out) + "\n"


def render_default(spec):
    return render_config(spec, "default")


def render_small(spec):
    return render_config(spec, "small")
