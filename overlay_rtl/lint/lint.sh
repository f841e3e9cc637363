#!/usr/bin/env bash
# Verilator's lint of the core in both configurations, and yosys's reading of it: what yosys declares by itself it does
# not understand, and then its areas mean nothing. Usage: lint.sh DIR, with DIR holding the rendered packages.
set -euo pipefail
packages="$(cd "$1" && pwd)"
cd "$(dirname "$0")/../rtl"
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
for config in default small; do
  # shellcheck disable=SC2046 # file names without spaces
  verilator --lint-only -Wall ../lint/waivers.vlt "-I$packages/$config" "$packages/overlay_isa_pkg.sv" $(cat files.txt) --top-module overlay_core
  yosys -p "read_verilog -sv -I$packages/$config $packages/overlay_isa_pkg.sv $(tr '\n' ' ' < files.txt); hierarchy -top overlay_core" \
    > "$log" 2>&1 || { tail -5 "$log"; exit 1; }
  if grep "implicitly declared" "$log"; then exit 1; fi
done
