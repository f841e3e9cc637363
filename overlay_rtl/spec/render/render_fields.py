"""fields.inc: the packet fields of the language, where they lie and when they are present."""

from naming import banner, camel


def render(spec):
    targets = {t.Name: t.Index for t in spec.targets()}
    out = [banner("//", "NORMAN_FIELD(id, name, type, word, lsb, width, needs, target, reserved, doc)."),
           "// needs: presence bits of entry word 0 that must all be set. target: first exit target, 255 if it cannot be rewritten.\n"]
    for field in spec.fields():
        needs = 0
        for presence in field.Needs:
            needs |= 1 << presence.Bit
        if field.Target and field.Target not in targets:
            field.fail(f"target '{field.Target}' does not exist")
        target = targets.get(field.Target, 255)
        out.append(f'NORMAN_FIELD({camel(field.Name)}, "{field.Name}", "{field.Type}", {field.Word.Index}, {field.Lsb}, {field.Width}, '
                   f'{needs:#x}u, {target}, {field.Reserved}, "{field.Doc}")')
    out.append("#undef NORMAN_FIELD")
    return "\n".join(out) + "\n"
