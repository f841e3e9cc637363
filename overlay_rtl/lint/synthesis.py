#!/usr/bin/env python3
"""Area and logic depth of the core from yosys: one JSON object per line on standard output, a table for people and the
progress on standard error.

DIR of --package holds overlay_isa_pkg.sv and CONFIG/overlay_config.svh (build/gen/norman/spec). A module that stands in
the core more than once is synthesised once and counted as often. Exit status 1 if a log says "implicitly declared", if
a lookup memory deeper than 64 entries ended in flip-flops, or if a module is deeper than 16 levels.

The same checks of one other file: --verilog FILE --module NAME.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import time

LINT = pathlib.Path(__file__).resolve().parent
RTL = LINT.parent / "rtl"
LEVELS_MAX = 16
MEMORY_WORDS_MAX = 64
TOP = "overlay_core"
# By the module around them, parts whose outputs all come straight from registers: seen from there they are the ends of paths.
REGISTERED_WITHIN = {
    TOP: ("entry_map", "exit_map", "exact_stage", "learning_stage", "state_stage", "alu_stage", "rule_stage", "prefix_stage", "gather_stage"),
    "rule_stage": ("rule_level", "rule_overflow"),
}
# The parts of the core that are synthesised each alone, the slowest first; what is left of the top (FIFO, delay
# memories, registers between the parts) is the rest.
PARTS = ("rule_overflow", "rule_stage", "prefix_stage", "gather_stage", "entry_map", "exit_map", "exact_stage", "learning_stage", "state_stage", "alu_stage", "rule_compare", "mmio_unit",
         "rule_level", "event_slot", "tap_merge")
KINDS = {"A": "alu_stage", "E": "exact_stage", "S": "state_stage", "R": "rule_stage", "L": "prefix_stage", "G": "gather_stage"}
# The parts of a rule stage that stand for themselves; rule_stage is the rest of it.
RULE_PARTS = ("rule_level", "rule_compare", "rule_overflow")
# Stays a module until LUT_MAP replaces it.
MAPPED = "rule_ternary"
# Multipliers stand alone between registers: they are no LUT logic.
BLACK_BOXES = "mul16"
LUT_MAP = LINT / "lut6_map.v"
AREA_NOTE = "yosys synth_xilinx -family xcup -nowidelut, choices and equalities by lut6_map.v"
LEVELS_NOTE = "generic 6-input LUTs, memories kept, multiplier between registers"
# Cells of the target that take LUTs, with how many.
LUTS = {**{f"LUT{n}": 1 for n in range(1, 7)}, "RAM32M16": 8, "RAM64M8": 8, "RAM32M": 4, "RAM64M": 4,
        "RAM32X1D": 2, "RAM64X1D": 2, "SRL16E": 1, "SRLC32E": 1}
BLOCK_RAMS = {"RAMB36E2": 1, "RAMB18E2": 0.5}


class CheckFailed(Exception):
    """A check of the synthesis did not pass."""


class Design:
    """What is synthesised: sources, and what of the top stands for itself elsewhere."""

    def __init__(self, name, sources, work):
        self.name = name
        self.work = work
        self.read = "read_verilog -sv -DSYNTHESIS " + sources + "; "

    def select(self, top):
        boxed = PARTS if top == TOP else RULE_PARTS if top == "rule_stage" else ()
        boxes = f"blackbox {' '.join(boxed)}; " if boxed else ""
        return self.read + f"hierarchy -top {top}; " + boxes + f"setattr -mod -set keep_hierarchy 1 {MAPPED}; "

    def yosys(self, what, top, script):
        log = self.work / f"{what}_{self.name}_{top}.log"
        start = time.monotonic()
        with open(log, "w", encoding="utf-8") as out:
            result = subprocess.run(["yosys", "-p", script], stdout=out, stderr=subprocess.STDOUT, check=False)
        text = log.read_text(encoding="utf-8")
        if "implicitly declared" in text:
            raise CheckFailed(f"implicitly declared wire, see {log}")
        if result.returncode != 0:
            raise CheckFailed(f"yosys failed, see {log}:\n" + "\n".join(text.splitlines()[-5:]))
        print(f"{what} of {top} ({self.name}): {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
        return text, log

    def area(self, top):
        synth = f"synth_xilinx -family xcup -nowidelut -noiopad -flatten -top {top} -run"
        text, log = self.yosys("area", top, self.select(top) + f"{synth} begin:fine; techmap -map {LUT_MAP}; delete {MAPPED}; opt_clean; {synth} fine:; stat")
        check_memories(text, log)
        cells = last_statistics(text, top)
        return {
            "lut6": sum(each * cells.get(name, 0) for name, each in LUTS.items()),
            "ff": sum(count for name, count in cells.items() if re.match(r"FD[RSCP]E$", name)),
            "bram": sum(each * cells.get(name, 0) for name, each in BLOCK_RAMS.items()),
        }

    def levels(self, top):
        # Parts whose outputs come from registers are cut out, or ltp would go on through them. The others are flattened: a
        # path may begin in one and end in another.
        select, ends = self.select(top), ""
        if top in REGISTERED_WITHIN:
            select = self.read + f"hierarchy -top {top}; blackbox {' '.join(REGISTERED_WITHIN[top])}; setattr -mod -set keep_hierarchy 1 {MAPPED}; "
            ends = f"expose -evert {' '.join('t:' + part for part in REGISTERED_WITHIN[top])}; "
        text, _ = self.yosys("levels", top, f"read_verilog -lib {LINT / 'lut6_cell.v'}; " + select + (
            f"blackbox {BLACK_BOXES}; proc; flatten; {ends}opt; wreduce; alumacc; share; opt; memory -nomap; opt; "
            f"techmap -map {LUT_MAP}; delete {MAPPED}; techmap; opt; abc -lut 6; opt_clean; ltp -noff"))
        return int(re.findall(r"Longest topological path in \S+ \(length=(\d+)\)", text)[-1])


def core_design(package, config, work):
    files = [package / "overlay_isa_pkg.sv"] + [RTL / name for name in (RTL / "files.txt").read_text(encoding="utf-8").split()]
    return Design(config, f"-I{package / config} " + " ".join(map(str, files)), work)


def last_statistics(text, top):
    """The last statistics of the log as counts of cells."""
    cells = {}
    for line in text[text.rindex("Number of cells:"):].splitlines()[1:]:
        match = re.match(r"\s+(\S+)\s+(\d+)$", line)
        if not match:
            break
        cells[match.group(1)] = int(match.group(2))
    if not cells:
        raise CheckFailed(f"no statistics for {top}")
    return cells


def check_memories(text, log):
    for match in re.finditer(r"^\s*created (\d+) \$dff cells and \d+ static cells of width (\d+)", text, re.M):
        if int(match.group(1)) > MEMORY_WORDS_MAX:
            raise CheckFailed(f"a memory of {match.group(1)} words of {match.group(2)} bits ended in flip-flops, see {log}")


def count_parts(package, config):
    text = (package / config / "overlay_config.svh").read_text(encoding="utf-8")
    kinds = re.search(r"Stages = .*// ([A-Z]+)", text).group(1)
    text += (package / "overlay_isa_pkg.sv").read_text(encoding="utf-8")

    def number(name):
        return int(re.search(rf"localparam int unsigned {name} = 32'd(\d+)", text).group(1))

    counts = dict.fromkeys((*PARTS, TOP), 1) | {module: kinds.count(kind) for kind, module in KINDS.items()}
    counts["event_slot"] = number("EventSlots")
    counts["learning_stage"] = bin(int(re.search(r"Learning = 64'h([0-9a-f]+)", (package / config / "overlay_config.svh").read_text(encoding="utf-8")).group(1), 16)).count("1")
    counts["exact_stage"] -= counts["learning_stage"]
    counts["rule_level"] = counts["rule_stage"] * number("RuleTrees") * number("RuleLevels")
    counts["rule_compare"] = counts["rule_stage"] * number("RuleTrees") * number("RuleLeafSlots")
    counts["rule_overflow"] = counts["rule_stage"]
    return kinds, counts


def emit(name, value, unit, note):
    print(json.dumps({"name": name, "value": value, "unit": unit, "note": note}), flush=True)
    print(f"{name:<44} {value:>14} {unit:<16} {note}", file=sys.stderr, flush=True)


def emit_area(name, found, note):
    for what, unit in (("lut6", "LUT6"), ("ff", "flip-flops"), ("bram", "RAMB36")):
        emit(f"overlay.area_{what}.{name}", found[what], unit, note)


def measure(wanted, only, jobs):
    """Areas and levels of pairs of design and module, by pair."""
    pool = concurrent.futures.ThreadPoolExecutor(jobs)
    area = {} if only == "levels" else {(d, m): pool.submit(d.area, m) for d, m in wanted}
    levels = {} if only == "area" else {(d, m): pool.submit(d.levels, m) for d, m in wanted}
    try:
        return {key: f.result() for key, f in area.items()}, {key: f.result() for key, f in levels.items()}
    finally:
        pool.shutdown(cancel_futures=True)


def check_levels(levels):
    deep = [f"{module} ({design.name}): {depth}" for (design, module), depth in levels.items() if depth > LEVELS_MAX]
    if deep:
        raise CheckFailed(f"deeper than {LEVELS_MAX} levels: " + ", ".join(deep))


def report_core(arguments):
    designs = [core_design(arguments.package, config, arguments.work) for config in arguments.config]
    asked = arguments.module or [*PARTS, TOP]
    parts = {design: count_parts(arguments.package, design.name) for design in designs}
    wanted = [(design, module) for module in asked for design in designs if parts[design][1][module]]
    area, levels = measure(wanted, arguments.only, arguments.jobs)
    for design in designs:
        kinds, counts = parts[design]
        modules = [module for module in asked if counts[module]]
        if area and not arguments.module:
            total = {what: sum(area[design, m][what] * counts[m] for m in modules) for what in ("lut6", "ff", "bram")}
            emit_area(design.name, total, f"whole core, {kinds}; {AREA_NOTE}")
        for module in modules:
            if area:
                note = "what is left of the core without the parts" if module == TOP else f"one of {counts[module]}"
                emit_area(f"{design.name}.{module}", area[design, module], note)
        for module in modules:
            if levels:
                emit(f"overlay.lut_levels.{design.name}.{module}", levels[design, module], "levels", LEVELS_NOTE)
    check_levels(levels)


def report_file(arguments):
    design = Design(arguments.verilog.stem, str(arguments.verilog), arguments.work)
    area, levels = measure([(design, module) for module in arguments.module], arguments.only, arguments.jobs)
    for (_, module), found in area.items():
        emit_area(f"{design.name}.{module}", found, AREA_NOTE)
    for (_, module), depth in levels.items():
        emit(f"overlay.lut_levels.{design.name}.{module}", depth, "levels", LEVELS_NOTE)
    check_levels(levels)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--package", type=pathlib.Path, help="rendered packages: measures the core")
    what.add_argument("--verilog", type=pathlib.Path, help="measures the modules of this file instead")
    parser.add_argument("--work", type=pathlib.Path, required=True, help="logs go there")
    parser.add_argument("--config", nargs="+", default=["default", "small"])
    parser.add_argument("--only", choices=("area", "levels"))
    parser.add_argument("--module", nargs="+", help="only these modules, without totals")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    arguments = parser.parse_args()
    if arguments.verilog and not arguments.module:
        parser.error("--verilog needs --module")
    arguments.work.mkdir(parents=True, exist_ok=True)
    try:
        if arguments.package:
            report_core(arguments)
        else:
            report_file(arguments)
    except CheckFailed as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
