# Every message that compiler and tools can give stands, word for word, in some test's expectation.
#
# The texts are found in the sources: what stands in quotes in a call that reports, cut where values are put in. A message
# that no test shows is named with its place.
import pathlib
import re
import sys

FOLDERS = ["compiler/parse", "compiler/sema", "compiler/codegen", "compiler/target", "compiler/driver", "compiler/tools"]
EXPECTATIONS = ["tests/golden", "tests/unit"]
CALL = re.compile(r"(?<!\w)(report|reportNorman|refuse|fail|failAsIs|usage|Failure|mismatch|wrong)\s*([({])")
SHORTEST = 9  # shorter pieces are anywhere

# Messages that no test can bring about, with the reason.
UNTESTED = {
    "the source cannot be parsed:": "ANTLR gives up in no way that is known",
    "this is not a constant": "what is none is refused before; a guard for values to come",
    "a list or range stands right of 'in' only": "the grammar has them nowhere else; a guard",
    "the image cannot be disassembled": "what verifies is disassembled; a guard",
    "normanc: error: no temporary file can be made": "needs a system without room for one",
    "this normanc was built without the simulated hardware: Verilator was not found": "needs another build",
    "' reads no raw bytes": "every overlay of today does; a guard for others",
    "compile for an overlay with gather stages, or test fields": "the same",
    "': the overlay has none that learns": "every overlay of today has one; a guard for others",
    "predicates at a time": "random policies come to it, by the register allocator's choices; no small program is known",
    "split the condition over several rules": "the same",
    "' needs more registers than there are both before and after the second entry tap at stage": "no program is known; a guard",
    ", where another state is": "no policy is known; a guard",
    "the overlay has no operation for this expression (": "what codegen makes is selected; a guard",
    "this host cannot run policies:": "needs a host without a just-in-time compiler",
    "bytes, all its files together have at most": "imports_test asks for the words behind the comma",
}


def calls(text):
    """The place and the text, brackets included, of every call that reports."""
    for match in CALL.finditer(text):
        at, depth, quoted = match.end() - 1, 0, False
        while at < len(text):
            c = text[at]
            if quoted and c == "\\":
                at += 1
            elif c == '"':
                quoted = not quoted
            elif not quoted and c in "({[":
                depth += 1
            elif not quoted and c in ")}]":
                depth -= 1
                if depth == 0:
                    break
            at += 1
        yield match.start(), text[match.end() - 1:at + 1]


def pieces(call):
    """What its messages have between values."""
    joined = re.sub(r'"\s*"', "", call)
    for literal in re.findall(r'"((?:[^"\\]|\\.)*)"', joined):
        literal = literal.replace('\\"', '"').replace("\\n", "\n")
        for piece in re.split(r"\{[^{}]*\}|\{\{|\}\}|\n", literal):
            piece = piece.strip()
            if len(piece) >= SHORTEST and " " in piece:
                yield piece


def main(root):
    expected = ""
    for folder in EXPECTATIONS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".txt", ".session", ".cpp"):
                expected += path.read_text(errors="replace").replace('\\"', '"') + "\n"
    messages, failures, used = 0, 0, set()
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.cpp")):
            text = path.read_text()
            for at, call in calls(text):
                found = list(pieces(call))
                messages += bool(found)
                for piece in found:
                    if piece in UNTESTED:
                        used.add(piece)
                    elif piece not in expected:
                        failures += 1
                        print(f"{path.relative_to(root)}:{text.count(chr(10), 0, at) + 1}: no test shows '{piece}'")
    for piece in UNTESTED.keys() - used:
        failures += 1
        print(f"no message has '{piece}' any more: take it out of this test")
    print(f"{messages} calls that report, {failures} mistakes")
    return failures != 0


sys.exit(main(pathlib.Path(sys.argv[1])))
