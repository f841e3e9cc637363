#!/usr/bin/env python3
"""Area and logic depth of the core from yosys: one JSON object per line on standard output.

DIR of --package holds overlay_isa_pkg.sv and CONFIG/overlay_config.svh (build/gen/norman/spec). Every module that
stands in the core more than once is synthesised once and counted as often. Exit status 1 if a log says "implicitly
declared", if a lookup memory deeper than 64 entries ended in flip-flops, or if a module is deeper than 16 levels.
"""

import argparse
import concurrent.futures
import json
import pathlib
import re
import subprocess
import sys

RTL = pathlib.Path(__file__).resolve().parent.parent / "rtl"
LEVELS_MAX = 16
# The parts of the core that are synthesised each alone; what is left of the top is the rest.
PARTS = ("alu_stage", "exact_stage", "state_stage", "entry_map", "tap_merge", "exit_map", "event_slot", "mmio_unit",
         "output_fifo")
KINDS = {"A": "alu_stage", "E": "exact_stage", "S": "state_stage"}
# Multipliers stand alone between registers: they are no LUT logic.
BLACK_BOXES = "mul16"


def run_yosys(script, log):
    with open(log, "w", encoding="utf-8") as out:
        result = subprocess.run(["yosys", "-p", script], stdout=out, stderr=subprocess.STDOUT, check=False)
    text = pathlib.Path(log).read_text(encoding="utf-8")
    if result.returncode != 0:
        sys.exit(f"error: yosys failed, see {log}:\n" + "\n".join(text.splitlines()[-5:]))
    if "implicitly declared" in text:
        sys.exit(f"error: implicitly declared wire, see {log}")
    return text


def read_sources(package, config):
    files = [package / "overlay_isa_pkg.sv"] + [RTL / name for name in (RTL / "files.txt").read_text(encoding="utf-8").split()]
    return f"read_verilog -sv -DSYNTHESIS -I{package / config} " + " ".join(map(str, files)) + "; "


def module_of(text, part):
    """The last statistics of the module as counts of cells."""
    cells = {}
    block = text[text.rindex("Number of cells:"):]
    for line in block.splitlines()[1:]:
        match = re.match(r"\s+(\S+)\s+(\d+)$", line)
        if not match:
            break
        cells[match.group(1)] = int(match.group(2))
    if not cells:
        sys.exit(f"error: no statistics for {part}")
    return cells


def check_memories(text, log):
    """No lookup memory deeper than 64 entries may end in flip-flops."""
    for match in re.finditer(r"^\s*created (\d+) \$dff cells and \d+ static cells of width (\d+)", text, re.M):
        if int(match.group(1)) > 64:
            sys.exit(f"error: a memory of {match.group(1)} words of {match.group(2)} bits ended in flip-flops, see {log}")


def luts(cells):
    return sum(cells.get(f"LUT{n}", 0) for n in range(1, 7)) + 8 * cells.get("RAM32M16", 0) + 8 * cells.get("RAM64M8", 0) \
        + 4 * cells.get("RAM32M", 0) + 4 * cells.get("RAM64M", 0) + cells.get("SRL16E", 0) + cells.get("SRLC32E", 0) \
        + 2 * cells.get("RAM32X1D", 0) + 2 * cells.get("RAM64X1D", 0)


def flip_flops(cells):
    return sum(count for name, count in cells.items() if re.match(r"FD[RSCP]E", name))


def block_rams(cells):
    return cells.get("RAMB36E2", 0) + cells.get("RAMB18E2", 0) / 2


def area_of(package, config, top, work):
    log = work / f"area_{config}_{top}.log"
    others = " ".join(part for part in PARTS if part != top)
    boxes = f"blackbox {others}; " if top == "overlay_core" else ""
    script = read_sources(package, config) + f"hierarchy -top {top}; {boxes}synth_xilinx -family xcup -nowidelut -flatten -top {top}; stat"
    text = run_yosys(script, log)
    check_memories(text, log)
    cells = module_of(text, top)
    return {"lut": luts(cells), "ff": flip_flops(cells), "bram": block_rams(cells), "cells": cells}


def levels_of(package, config, top, work):
    log = work / f"levels_{config}_{top}.log"
    boxes = " ".join(part for part in PARTS if part != top) if top == "overlay_core" else ""
    script = read_sources(package, config) + (
        f"hierarchy -top {top}; blackbox {BLACK_BOXES} {boxes}; proc; flatten; opt; wreduce; alumacc; share; opt; "
        "memory -nomap; opt; techmap; opt; abc -lut 6; opt_clean; ltp -noff")
    text = run_yosys(script, log)
    return int(re.findall(r"Longest topological path in \S+ \(length=(\d+)\)", text)[-1])


def count_parts(package, config):
    text = (package / config / "overlay_config.svh").read_text(encoding="utf-8")
    kinds = re.search(r"Stages = .*// ([A-Z]+)", text).group(1)
    slots = int(re.search(r"EventSlots = 32'd(\d+)", text).group(1))
    counts = {module: kinds.count(kind) for kind, module in KINDS.items()}
    counts.update(entry_map=1, tap_merge=1, exit_map=1, event_slot=slots, mmio_unit=1, output_fifo=1, overlay_core=1)
    return kinds, counts


def emit(name, value, unit, note):
    print(json.dumps({"name": name, "value": value, "unit": unit, "note": note}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True, help="logs go there")
    parser.add_argument("--config", nargs="+", default=["default", "small"])
    parser.add_argument("--only", choices=("area", "levels"))
    parser.add_argument("--module", nargs="+", help="only these modules, without totals")
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    modules = arguments.module or list(PARTS) + ["overlay_core"]
    too_deep = []
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for config in arguments.config:
            kinds, counts = count_parts(arguments.package, config)
            area = {} if arguments.only == "levels" else {
                m: pool.submit(area_of, arguments.package, config, m, arguments.work) for m in modules}
            levels = {} if arguments.only == "area" else {
                m: pool.submit(levels_of, arguments.package, config, m, arguments.work) for m in modules}
            area = {m: f.result() for m, f in area.items()}
            for module, found in area.items():
                note = f"{config}, {counts[module]} of them" + (", without the parts named here" if module == "overlay_core" else "")
                for what, unit in (("lut", "LUT6"), ("ff", "flip-flops"), ("bram", "RAMB36")):
                    name = "overlay.area_" + {"lut": "lut6", "ff": "ff", "bram": "bram"}[what]
                    emit(f"{name}.{config}.{module}", found[what], unit, note)
            if area and not arguments.module:
                for what, name, unit in (("lut", "lut6", "LUT6"), ("ff", "ff", "flip-flops"), ("bram", "bram", "RAMB36")):
                    total = sum(found[what] * counts[m] for m, found in area.items())
                    emit(f"overlay.area_{name}.{config}", total, unit, f"whole core, string {kinds}, yosys synth_xilinx -family xcup -nowidelut")
            for module, future in levels.items():
                depth = future.result()
                emit(f"overlay.lut_levels.{config}.{module}", depth, "levels", "generic 6-input LUTs, memories kept, multiplier between registers")
                if depth > LEVELS_MAX:
                    too_deep.append(f"{module} ({config}): {depth}")
    if too_deep:
        sys.exit(f"error: deeper than {LEVELS_MAX} levels: " + ", ".join(too_deep))


if __name__ == "__main__":
    main()
