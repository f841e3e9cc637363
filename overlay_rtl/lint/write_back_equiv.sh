#!/usr/bin/env bash
# Proves that both forms of write_back (for synthesis and for simulation) compute the same. Usage: write_back_equiv.sh DIR
#
# yosys defines SYNTHESIS by itself; -formal keeps it from doing so.
# Only for rows that a loader accepts: two writes of a row never name the same place, so that their order is free.
set -euo pipefail
packages="$1"
cd "$(dirname "$0")/../rtl"
sources="$packages/overlay_isa_pkg.sv core/overlay_core_pkg.sv core/write_back.sv"
for config in default small; do
  log="$(yosys -p "
    read_verilog -sv -DSYNTHESIS -I$packages/$config $sources; hierarchy -top write_back; proc; flatten; opt -full; rename write_back gold; design -stash gold;
    read_verilog -sv -formal -I$packages/$config $sources; hierarchy -top write_back; proc; flatten; opt -full; rename write_back gate; design -stash gate;
    design -copy-from gold -as gold gold; design -copy-from gate -as gate gate;
    miter -equiv -make_assert -flatten gold gate miter; hierarchy -top miter; opt -full;
    sat -verify -prove-asserts -show-ports miter" 2>&1)" || { printf '%s\n' "$log" | tail -40; exit 1; }
  case "$log" in
    *"implicitly declared"*) echo "implicitly declared wire"; exit 1 ;;
  esac
  printf '%s\n' "$log" | grep -q 'SAT proof finished - no model found: SUCCESS' || { printf '%s\n' "$log" | tail -40; exit 1; }
  echo "write_back ($config): both forms are equal"
done
