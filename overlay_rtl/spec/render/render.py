"""Renders the contract: render.py DUMP.json OUTPUT_DIR [--only NAME ...].

One small module per output. Exit status 1 with `FILE.td:LINE: error: ...` when a record breaks a rule.
"""

import argparse
import importlib
import pathlib
import sys

import records

# output file -> module that renders it, with the function's name if it is not `render`
OUTPUTS = {
    "norman_hw.h": "render_c",
    "isa.h": "render_cpp",
    "exec.inc": "render_exec",
    "fields.inc": "render_fields",
    "NormanInstrInfo.gen.td": "render_llvm",
    "overlay_isa_pkg.sv": "render_sv",
    "default/overlay_config.svh": "render_sv.render_default",
    "small/overlay_config.svh": "render_sv.render_small",
    "isa.md": "render_isa_manual",
    "device.md": "render_device_manual",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dump", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--only", nargs="*", default=None, help="output files to write")
    arguments = parser.parse_args()
    spec = records.Spec(arguments.dump)
    try:
        records.check(spec)
        arguments.output.mkdir(parents=True, exist_ok=True)
        for file_name, module in OUTPUTS.items():
            if arguments.only is not None and file_name not in arguments.only:
                continue
            module, _, function = module.partition(".")
            text = getattr(importlib.import_module(module), function or "render")(spec)
            path = arguments.output / file_name
            path.parent.mkdir(parents=True, exist_ok=True)
            # An unchanged file keeps its time stamp, so that nothing that includes it is built again.
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                path.write_text(text, encoding="utf-8")
    except records.SpecError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
