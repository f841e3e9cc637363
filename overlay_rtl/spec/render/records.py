"""Loads the dumped records of the contract, resolves references between them, and checks them."""

import json


class SpecError(Exception):
    """A record that breaks a rule of the contract; the text names its file and line."""


class Record:
    """One TableGen record: attributes are its fields, references are resolved to Records."""

    def __init__(self, name, raw):
        self.name_ = name
        self.raw_ = raw

    @property
    def where(self):
        """file:line of the record; of one made by a multiclass, the line of its defm."""
        return (self.raw_.get("!locs") or ["?"])[-1]

    def fail(self, text):
        raise SpecError(f"{self.where}: error: {self.name_}: {text}")

    def __repr__(self):
        return f"<{self.name_}>"


class Spec:
    """All records, by class."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as handle:
            self._dump = json.load(handle)
        self._records = {}
        for name, raw in self._dump.items():
            if not name.startswith("!"):
                self._records[name] = Record(name, raw)
        for record in self._records.values():
            for key, value in record.raw_.items():
                if not key.startswith("!"):
                    setattr(record, key, self._resolve(value))

    def _resolve(self, value):
        if isinstance(value, dict) and value.get("kind") == "def":
            return self._records[value["def"]]
        if isinstance(value, list):
            return [self._resolve(item) for item in value]
        return value

    def of(self, class_name):
        """Records of a class in a stable order: by file and line, then by name."""

        def key(record):
            file, _, line = record.where.rpartition(":")
            return (file, int(line) if line.isdigit() else 0, record.name_)

        names = self._dump["!instanceof"].get(class_name, [])
        return sorted((self._records[name] for name in names), key=key)

    def one(self, name):
        return self._records[name]

    # Convenience views -----------------------------------------------------------------------------------------

    def constants(self):
        return self.of("Constant")

    def enums(self):
        """{enum: [values by number]}"""
        result = {}
        for value in self.of("EnumValue"):
            result.setdefault(value.Enum, []).append(value)
        return {enum: sorted(values, key=lambda v: v.Value) for enum, values in result.items()}

    def insns(self):
        """Instructions by stage kind, then opcode, then name: the order of every rendered table."""
        order = "AERLGS"
        return sorted(self.of("Insn"), key=lambda i: (order.index(i.StageKind), fixed(i)["op"], i.name_))

    def words(self):
        return sorted(self.of("EntryWord"), key=lambda w: w.Index)

    def presences(self):
        return sorted(self.of("Presence"), key=lambda p: p.Bit)

    def targets(self):
        return sorted(self.of("ExitTarget"), key=lambda t: t.Index)

    def configs(self):
        return sorted(self.of("Config"), key=lambda c: c.Number)

    def fields(self):
        return self.of("PacketField")

    def formats(self):
        used = {i.Form.name_ for i in self.of("Insn")}
        return [f for f in self.of("Format") if f.name_ in used or f.name_ == "ControlWord"]

    def device_formats(self):
        return self.of("DeviceFormat")


def fixed(insn):
    """{slot name: fixed value} of an instruction."""
    return {fix.SlotName: fix.Value for fix in insn.Fixed}


def slot(form, name):
    for candidate in form.Slots:
        if candidate.Name == name:
            return candidate
    form.fail(f"has no slot '{name}'")
    return None


def learning(config):
    """The stages that can learn, as a mask."""
    exact = [stage for stage, kind in enumerate(config.Stages) if kind == "E"]
    return sum(1 << exact[number] for number in config.Learning)


def field_bits(record_field):
    return {"u8": 8, "u16": 16, "u32": 32, "u64": 64}[record_field.Type]


def record_layout(record):
    """[(field, byte offset)], size in bytes; refuses padding and misalignment."""
    offset = 0
    layout = []
    for field in record.Fields:
        size = field_bits(field) // 8
        if offset % size:
            record.fail(f"field '{field.Name}' at byte {offset} is not aligned to its {size} bytes")
        layout.append((field, offset))
        offset += size * field.Count
    widest = max(field_bits(field) // 8 for field in record.Fields)
    if offset % max(widest, 4):
        record.fail(f"size {offset} is not a multiple of {max(widest, 4)}: the record would be padded")
    return layout, offset


# Slots that every row has and that no instruction fixes or lists: guard, and the control word of a whole row.
COMMON_SLOTS = {"guard", "next_row", "next_stage", "taken_row", "taken_stage", "bp", "bneg", "bmode"}


def encoding_mask(insn):
    """(mask, value): the bits that an instruction fixes, unused ones included (they must be zero)."""
    bits = insn.Form.Bits
    mask = (1 << bits) - 1
    value = 0
    free = set(insn.Operands) | set(insn.Outs) | COMMON_SLOTS
    for s in insn.Form.Slots:
        if s.Name in free:
            mask &= ~(((1 << s.Width) - 1) << s.Lsb)
    for name, number in fixed(insn).items():
        s = slot(insn.Form, name)
        if number >> s.Width:
            insn.fail(f"value {number} does not fit slot '{name}' of {s.Width} bits")
        value |= number << s.Lsb
    return mask, value


def check(spec):
    """Refuses what would make two consumers disagree. Raises SpecError."""
    inline = {"Slot", "RecordField"}  # written within another record, which is the one to name
    for record in spec.of("Documented"):
        if not record.Doc.strip() and not inline & set(record.raw_["!superclasses"]):
            record.fail("has no Doc")
    for holder, parts in [(f, f.Slots) for f in spec.of("Format")] + [(r, r.Fields) for r in spec.of("Record")]:
        for part in parts:
            if not part.Doc.strip():
                holder.fail(f"'{part.Name}' has no Doc")
    for form in spec.of("Format"):
        taken = {}
        for s in form.Slots:
            if s.Lsb + s.Width > max(form.Bits, 64) or s.Width < 1:
                form.fail(f"slot '{s.Name}' leaves the {form.Bits} bits of {form.name_}")
            for bit in range(s.Lsb, s.Lsb + s.Width):
                if bit in taken:
                    form.fail(f"slot '{s.Name}' overlaps '{taken[bit]}' at bit {bit} of {form.name_}")
                taken[bit] = s.Name
    insns = spec.of("Insn")
    for insn in insns:
        for name in list(insn.Operands) + list(insn.Outs):
            slot(insn.Form, name)
            if name in fixed(insn):
                insn.fail(f"slot '{name}' is both fixed and an operand")
        if not insn.Exec.strip():
            insn.fail("has no Exec")
    for i, first in enumerate(insns):
        for second in insns[i + 1:]:
            if first.StageKind != second.StageKind:
                continue
            mask_a, value_a = encoding_mask(first)
            mask_b, value_b = encoding_mask(second)
            both = mask_a & mask_b
            if (value_a & both) == (value_b & both):
                second.fail(f"encoding overlaps {first.name_} ({first.where})")
    for enum, values in spec.enums().items():
        seen = {}
        for value in values:
            if value.Value in seen:
                value.fail(f"value {value.Value} of enum {enum} is taken by {seen[value.Value]}")
            seen[value.Value] = value.name_
    for cls, key in (("EntryWord", "Index"), ("Presence", "Bit"), ("ExitTarget", "Index"), ("Config", "Number")):
        seen = {}
        for record in spec.of(cls):
            number = getattr(record, key)
            if number in seen:
                record.fail(f"{key} {number} is taken by {seen[number]}")
            seen[number] = record.name_
    if [w.Index for w in spec.words()] != list(range(spec.one("EntryWords").Value)):
        raise SpecError("Entry.td: error: entry words are not numbered 0 to EntryWords-1")
    for field in spec.fields():
        if field.Width <= 32 and field.Lsb + field.Width > 32:
            field.fail("field leaves its entry word")
    for record in spec.of("Record"):
        record_layout(record)
    for config in spec.configs():
        if not 0 < config.TapStage < len(config.Stages):
            config.fail("TapStage is outside the stages")
        operands = spec.one("OperandRegisters").Value
        if config.Operands not in (operands, operands // 2):
            config.fail(f"Operands is {config.Operands}: the compiler's register classes know {operands} and {operands // 2}")
        for size in (config.ExactRows, config.StateWords, config.EventIds, config.RuleTrees, config.RuleRows, config.RuleOverflow):
            if size & (size - 1):
                config.fail(f"size {size} is not a power of two")
        if any(number >= config.Stages.count("E") for number in config.Learning):
            config.fail(f"of {config.Stages.count('E')} exact stages, number {max(config.Learning)} can learn")
    cells = []
    for window in spec.of("Window"):
        size = 8
        for n in window.Sizes:
            size *= n
        if window.Base % 8:
            window.fail("base is not 8-byte aligned")
        cells.append((window.Base, window.Base + size, window))
    for register in spec.of("Register"):
        if register.Addr % 8:
            register.fail("address is not 8-byte aligned")
        cells.append((register.Addr, register.Addr + 8, register))
    cells.sort(key=lambda c: c[0])
    for (_, end, first), (start, _, second) in zip(cells, cells[1:]):
        if start < end:
            second.fail(f"addresses overlap {first.name_}")
