"""isa.md: the reference page of rows, instructions, entry words, fields and exit targets."""

from naming import banner
from records import fixed, learning


def operation(insn):
    return insn.Exec.replace("|", "\\|")


def render(spec):
    out = ["<!-- " + banner("", "The instruction set of the overlay.").strip() + " -->", "# The overlay's instruction set", ""]
    out += ["A row is four 64-bit words. ALU rows hold two lane operations (words 0 and 1), lookup and state rows one instruction; word 2 is the",
            "control word of every row. In the Operation column `a` and `b` are the operands after selection, `wr` writes `rd`, `wp` writes `pd`.", ""]
    out += ["## Configurations", "", "| | stages | registers | operands | tap stage | exact rows a way | stages that can learn | state words a stage | event ids |",
            "|---|---|---|---|---|---|---|---|---|"]
    for c in spec.configs():
        stages = c.Stages
        learn = ", ".join(str(stage) for stage in range(len(stages)) if learning(c) >> stage & 1)
        out.append(f"| {c.name_.lower()} | `{stages}` ({len(stages)}) | {c.Registers} | {c.Operands} | {c.TapStage} | {c.ExactRows} | {learn} | {c.StateWords} "
                   f"| {c.EventIds} |")
    out += ["", "## Constants", "", "| name | value | meaning |", "|---|---|---|"]
    out += [f"| {c.name_} | {c.Value} | {c.Doc} |" for c in spec.constants()]
    out += ["", "## Instructions", "", "| assembly | stage | operation code | operation | meaning |", "|---|---|---|---|---|"]
    for i in spec.insns():
        notes = " Lane 0 only." if i.LaneZeroOnly else ""
        notes += " Reserved: not built yet." if i.Reserved else ""
        out.append(f"| `{i.Asm}` | {i.StageKind} | {fixed(i)['op']} | `{operation(i)}` | {i.Doc}{notes} |")
    out += ["", "## Formats"]
    for form in spec.formats():
        out += ["", f"### {form.name_}", "", form.Doc, "", "| bits | slot | meaning |", "|---|---|---|"]
        for s in sorted(form.Slots, key=lambda s: s.Lsb):
            shift = 128 if form.name_ == "ControlWord" else 0
            top = s.Lsb + s.Width - 1 + shift
            out.append(f"| {top}:{s.Lsb + shift} | {s.Name} | {s.Doc} |")
    out += ["", "## Enumerations"]
    for enum, values in spec.enums().items():
        out += ["", f"### {enum}", "", "| value | name | meaning |", "|---|---|---|"]
        out += [f"| {v.Value} | {v.Name} | {v.Doc} |" for v in values]
    out += ["", "## Entry words", "", "Word w goes into register r exactly if w mod 3 = r mod 3.", "", "| word | name | content |", "|---|---|---|"]
    out += [f"| {w.Index} | {w.name_} | {w.Doc} |" for w in spec.words()]
    out += ["", "### Presence bits of word 0", "", "| bit | name | set if |", "|---|---|---|"]
    out += [f"| {p.Bit} | {p.Name} | {p.Doc} |" for p in spec.presences()]
    out += ["", "## Fields", "", "| field | type | word | bits | present if | rewritten by | meaning |", "|---|---|---|---|---|---|---|"]
    for f in spec.fields():
        needs = ", ".join(p.Name for p in f.Needs) or "always"
        reserved = " Reserved." if f.Reserved else ""
        out.append(f"| {f.Name} | {f.Type} | {f.Word.name_} | {f.Lsb}, {f.Width} wide | {needs} | {f.Target or '-'} | {f.Doc}.{reserved} |")
    out += ["", "## Exit targets", "", "| bit of the act word | name | bits | meaning |", "|---|---|---|---|"]
    out += [f"| {t.Index} | {t.Name} | {t.Width} | {t.Doc} |" for t in spec.targets()]
    return "\n".join(out) + "\n"
