#!/usr/bin/env bash
# Verilator's lint of the core in both configurations. Usage: lint.sh DIR, with DIR holding the rendered packages.
set -euo pipefail
packages="$1"
cd "$(dirname "$0")/../rtl"
for config in default small; do
  # shellcheck disable=SC2046 # file names without spaces
  verilator --lint-only -Wall ../lint/waivers.vlt "-I$packages/$config" "$packages/overlay_isa_pkg.sv" $(cat files.txt) --top-module overlay_core
done
