"""NormanInstrInfo.gen.td: the instructions for LLVM's TableGen: encodings, assembly text, operands.

The classes named here (NormanLane, NormanWide and the operand classes) are the compiler's and stand in
compiler/target/NormanInstrFormats.td, as do selection patterns and registers. What an operand looks like there:

  register read through a selector   RegSel   {reg[4:0], sel[2:0]}   "r3.h0"
  register or predicate written      GPR, PR; in wide rows, where an enable bit says whether: OptGRR, OptPR
  operand of a wide row              KeyOp; of key word n of a rule row RuleKeyOp<n>   {mode[1:0], sel[2:0], reg[4:0]}
  number                             NumN (N bits) or the enumeration that the slot's Doc names ("enum StateOp")
"""

import re

from naming import banner
from records import COMMON_SLOTS, fixed, slot

# Enable bit of a written register in wide rows.
ENABLES = {"rd": "dwe", "rc": "rce", "pd": "pwe", "rdlo": "lowe", "rdhi": "hiwe"}
# Selector of a read register.
SELECTORS = {"ra": "asel", "rb": "bsel"}
# Register class of an operand that is a register's number.
REGISTERS = {"gpr": "GPR", "source": "GRO", "pred": "PR"}


def assign(s, source, low):
    """TableGen line that puts bits of field `source` from bit `low` on into slot `s`."""
    high = low + s.Width - 1
    bits = f"{low}" if s.Width == 1 else f"{high}-{low}"
    return f"  let Inst{{{span(s)}}} = {source}{{{bits}}};"


def span(s):
    return f"{s.Lsb}" if s.Width == 1 else f"{s.Lsb + s.Width - 1}-{s.Lsb}"


def operand(insn, name):
    """(operand class, width, lines) of an operand slot."""
    form = insn.Form
    s = slot(form, name)
    kind = s.Kind.Name
    wide = form.Bits > 64
    if name in SELECTORS:
        return "RegSel", 8, [assign(slot(form, SELECTORS[name]), name, 0), assign(s, name, 3)]
    if name in insn.Outs and wide:
        enable = slot(form, ENABLES[name])
        cls = "OptPR" if kind == "pred" else "OptGRR"
        return cls, s.Width + 1, [assign(s, name, 0), assign(enable, name, s.Width)]
    if kind in REGISTERS:
        return REGISTERS[kind], s.Width, [assign(s, name, 0)]
    if kind == "operand":
        return "KeyOp", 10, [assign(s, name, 0)]
    if kind == "rulekey":  # each has registers of its own
        return f"RuleKeyOp{name[1:]}", 10, [assign(s, name, 0)]
    enum = re.match(r"enum (\w+)", s.Doc)
    return (enum.group(1) + "Op" if enum else f"Num{s.Width}"), s.Width, [assign(s, name, 0)]


def render_insn(insn):
    form = insn.Form
    wide = form.Bits > 64
    hidden = set(SELECTORS.values()) | (set(ENABLES.values()) if wide else set())
    inputs = [name for name in insn.Operands if name not in hidden]
    lines = []
    dags = {"outs": [], "ins": []}
    for role, names in (("outs", insn.Outs), ("ins", inputs)):
        for name in names:
            cls, width, assigns = operand(insn, name)
            dags[role].append(f"{cls}:${name}")
            lines.append(f"  bits<{width}> {name};")
            lines += assigns
    for name, value in fixed(insn).items():
        lines.append(f"  let Inst{{{span(slot(form, name))}}} = {value};")
    lines.append(f"  let Inst{{{span(slot(form, 'guard'))}}} = guard;")
    covered = set(insn.Outs) | set(insn.Operands) | set(fixed(insn)) | COMMON_SLOTS
    for s in form.Slots:
        if s.Name not in covered:
            lines.append(f"  let Inst{{{span(s)}}} = 0;")
    text = re.sub(r"\.\$[ab]sel", "", insn.Asm)
    for name in insn.Outs + inputs:
        if not re.search(rf"\${name}\b", text):
            text += f", ${name}"
    dag = lambda role: f"({', '.join([role + ' ' + dags[role][0]] + dags[role][1:]) if dags[role] else role})"
    cls = f'NormanWide<"{insn.StageKind}", ' if wide else "NormanLane<"
    out = [f'def {insn.name_} : {cls}{dag("outs")}, {dag("ins")}, "{text}"> {{']
    if insn.LaneZeroOnly:
        out.append("  let LaneZeroOnly = 1;")
    if insn.SideEffect:
        out.append("  let hasSideEffects = 1;")
    if not wide and insn.Outs == ["rd"] and inputs == ["imm"]:  # cheaper to make again than to keep
        out.append("  let isReMaterializable = 1;\n  let isAsCheapAsAMove = 1;\n  let isMoveImm = 1;")
    return out + lines + ["}"]


def render(spec):
    out = [banner("//", "The instructions of the overlay for LLVM.")]
    for insn in spec.insns():
        out += render_insn(insn)
    return "\n".join(out) + "\n"
