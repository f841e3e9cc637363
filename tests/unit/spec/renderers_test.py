"""The renderers refuse records that would make two consumers of the contract disagree, and name the record's line."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SPEC = pathlib.Path(sys.argv.pop(1))
TBLGEN = sys.argv.pop(1)


def render(edit=None):
    """Renders a copy of the contract in which edit = (file, old, new) was applied; returns (status, error text)."""
    with tempfile.TemporaryDirectory() as folder:
        spec = pathlib.Path(folder) / "spec"
        shutil.copytree(SPEC, spec)
        if edit:
            path = spec / edit[0]
            text = path.read_text()
            assert text.count(edit[1]) >= 1, f"'{edit[1]}' is not in {edit[0]}"
            path.write_text(text.replace(edit[1], edit[2], 1))
        dump = pathlib.Path(folder) / "spec.json"
        subprocess.run([TBLGEN, "-I", ".", "--dump-json", "Norman.td", "-o", dump], cwd=spec, check=True)
        run = subprocess.run([sys.executable, "-B", spec / "render" / "render.py", dump, pathlib.Path(folder) / "out"],
                             capture_output=True, text=True, check=False)
        return run.returncode, run.stderr


class RenderersTest(unittest.TestCase):
    def refuses(self, edit, pattern):
        status, error = render(edit)
        self.assertEqual(status, 1, error)
        self.assertRegex(error, pattern)
        self.assertEqual(error.count("\n"), 1, f"one mistake gives one line:\n{error}")

    def test_accepts_the_contract(self):
        self.assertEqual(render(), (0, ""))

    def test_refuses_overlapping_encodings(self):
        self.refuses(("isa/Alu.td", "defm XOR  : Alu<7,", "defm XOR  : Alu<6,"), r"^\S*Alu\.td:\d+: error: XOR\w+: encoding overlaps OR\w+ \(")

    def test_refuses_a_value_that_does_not_fit(self):
        self.refuses(("isa/Alu.td", "defm XOR  : Alu<7,", "defm XOR  : Alu<32,"), r"^\S*Alu\.td:\d+: error: XOR\w+: value 32 does not fit slot 'op' of 5 bits")

    def test_refuses_overlapping_slots(self):
        self.refuses(("isa/Rows.td", 'Slot<"bound", 80, 16,', 'Slot<"bound", 79, 16,'), r"^\S*Rows\.td:\d+: error: StateRow: slot 'bound' overlaps 'base' at bit 79")

    def test_refuses_an_undocumented_record(self):
        self.refuses(("isa/Entry.td", '"mark", [], "mark">', '"", [], "mark">'), r"^\S*Entry\.td:\d+: error: \w+: has no Doc")

    def test_refuses_an_undocumented_slot(self):
        self.refuses(("isa/Rows.td", '"largest index">', '"">'), r"^\S*Rows\.td:\d+: error: StateRow: 'bound' has no Doc")

    def test_refuses_a_misaligned_field(self):
        self.refuses(("device/Image.td", 'RecordField<"reg", "u8", "register">', 'RecordField<"reg", "u16", "register">'),
                     r"^\S*Image\.td:\d+: error: Image\w+: (field '\w+' at byte \d+ is not aligned|size \d+ is not a multiple)")

    def test_refuses_overlapping_addresses(self):
        self.refuses(("device/Mmio.td", "Register<0x0128", "Register<0x0120"), r"^\S*Mmio\.td:\d+: error: \w+: addresses overlap \w+")

    def test_refuses_a_size_that_is_no_power_of_two(self):
        self.refuses(("isa/Config.td", "let ExactRows = 2048", "let ExactRows = 2000"),
                     r"^\S*Config\.td:\d+: error: Default: size 2000 is not a power of two")

    def test_refuses_two_fields_bits_outside_the_word(self):
        self.refuses(("isa/Entry.td", '"eth.type", "u16", WEthType, 0, 16', '"eth.type", "u16", WEthType, 20, 16'), r"Entry\.td:\d+: error: \w+: field leaves its entry word")


if __name__ == "__main__":
    unittest.main(verbosity=0)
