"""exec.inc: what each instruction does, as the model executes it."""

from naming import banner


def render(spec):
    out = [banner("//", "NORMAN_EXEC(opcode, stage kind, statements) for every instruction.")]
    for insn in spec.insns():
        out.append(f"NORMAN_EXEC({insn.name_}, '{insn.StageKind}', {insn.Exec})")
    return "\n".join(out) + "\n"
