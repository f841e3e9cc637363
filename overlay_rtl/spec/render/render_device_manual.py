"""device.md: the reference page of the register map and of the image's records."""

from naming import banner
from records import record_layout


def render(spec):
    out = ["<!-- " + banner("", "The overlay's register map and the image format.").strip() + " -->", "# Registers and image format", "",
           "## Register map", "", "One core; 64-bit accesses at byte addresses.", "", "| address | name | access | meaning |", "|---|---|---|---|"]
    rows = [(r.Addr, f"| {r.Addr:#08x} | {r.name_} | {r.Access} | {r.Doc} |") for r in spec.of("Register")]
    for w in spec.of("Window"):
        dims = "".join(f"[{d}: {n}]" for d, n in zip(w.Dims, w.Sizes))
        rows.append((w.Base, f"| {w.Base:#08x} | {w.name_}{dims} | {w.Access} | {w.Doc} |"))
    out += [text for _, text in sorted(rows)]
    for form in spec.device_formats():
        out += ["", f"### {form.name_}", "", form.Doc, "", "| bits | field | meaning |", "|---|---|---|"]
        out += [f"| {s.Lsb + s.Width - 1}:{s.Lsb} | {s.Name} | {s.Doc} |" for s in form.Slots]
    out += ["", "## Image", "", "An image is an ELF file; its sections named `.norman.*` are arrays of these records, little endian. `.norman.strings` holds",
            "zero-terminated strings and begins with a zero byte."]
    for record in spec.of("Record"):
        layout, size = record_layout(record)
        out += ["", f"### {record.Section}", "", record.Doc, "", f"{size} bytes a record.", "", "| offset | type | field | meaning |", "|---|---|---|---|"]
        for field, offset in layout:
            array = f"[{field.Count}]" if field.Count > 1 else ""
            out.append(f"| {offset} | {field.Type}{array} | {field.Name} | {field.Doc} |")
    return "\n".join(out) + "\n"
