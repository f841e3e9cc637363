#!/usr/bin/env python3
"""Tests synthesis.py: each of its checks fires on a small bad module and none on a good one, and its map of choices and
equalities changes no value. Usage: synthesis_test.py WORK"""

import pathlib
import subprocess
import sys

LINT = pathlib.Path(__file__).resolve().parent
# Module of fixtures/, which of area and levels finds it, what is reported (None: passes).
CASES = (
    ("implicit_wire", "levels", "error: implicitly declared wire"),
    ("deep_memory", "area", "error: a memory of 128 words of 1 bits ended in flip-flops"),
    ("deep_logic", "levels", "error: deeper than 16 levels: deep_logic (deep_logic): "),
    ("good", "levels", None),
    ("good", "area", None),
)


def failure_of(module, only, expected, work):
    run = subprocess.run(
        [sys.executable, LINT / "synthesis.py", "--verilog", LINT / "fixtures" / f"{module}.sv", "--module", module, "--only", only,
         "--work", work], capture_output=True, text=True, check=False)
    if run.returncode == (expected is not None) and (expected or "") in run.stderr:
        return None
    return f"{module}, {only}: expected {expected or 'success'}, got exit status {run.returncode}:\n{run.stderr}"


def map_failure(work):
    """The fixture as gates, with the map and without: abc proves both equal."""
    use = f"techmap -map {LINT / 'lut6_map.v'}; select -assert-count {32 * (8 + 5) + 11} t:LUT6; read_verilog {LINT / 'lut6_cell.v'}; hierarchy -top choices; proc; flatten; opt;"
    for name, lower in (("plain", ""), ("mapped", use)):
        script = (f"read_verilog -sv {LINT / 'fixtures' / 'choices.sv'}; hierarchy -top choices; proc; opt; wreduce; opt; {lower} techmap; opt_clean; "
                  f"write_blif {work / name}.blif")
        run = subprocess.run(["yosys", "-p", script], capture_output=True, text=True, check=False)
        if run.returncode:
            return f"lut6_map.v ({name}):\n" + "\n".join(run.stdout.splitlines()[-5:]) + run.stderr
    run = subprocess.run(["berkeley-abc", "-q", f"cec {work / 'plain.blif'} {work / 'mapped.blif'}"], capture_output=True, text=True, check=False)
    return None if "Networks are equivalent" in run.stdout else "lut6_map.v: " + run.stdout


def main():
    work = pathlib.Path(sys.argv[1])
    failures = [f for f in (*(failure_of(*case, work) for case in CASES), map_failure(work)) if f]
    print("\n".join(failures) or f"{len(CASES) + 1} cases passed")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
