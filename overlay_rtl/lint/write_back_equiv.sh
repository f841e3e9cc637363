#!/usr/bin/env bash
# Proves that both forms of write_back (for synthesis and for simulation) compute the same. Usage: write_back_equiv.sh DIR
#
# yosys writes each form as gates, the `cec` of its abc proves them equal, without any assumption: a number that names no
# register writes nothing in both, and where both writes name one place the second wins in both. What is compared is what
# goes into the output register: nothing reads it, so it is taken for a wire. As a control a form that forgets a bit of a
# number must not be proven equal.
#
# yosys defines SYNTHESIS by itself; -formal keeps it from doing so.
set -euo pipefail
packages="$(cd "$1" && pwd)"
cd "$(dirname "$0")/../rtl"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# gates NAME CONFIG FILE WRITABLE [options of read_verilog]
gates() {
  local name="$1" config="$2" file="$3" writable="$4"
  shift 4
  yosys -p "
    read_verilog -sv $* -I$packages/$config $packages/overlay_isa_pkg.sv core/overlay_core_pkg.sv $file; hierarchy -top write_back -chparam Writable $writable;
    proc; flatten; techmap -map ../lint/write_back_map.v t:\$dff; opt; wreduce; opt; techmap -map ../lint/write_back_map.v; opt; techmap; clean; write_blif $work/$name.blif" \
    > "$work/$name.log" 2>&1 || { tail -20 "$work/$name.log"; exit 1; }
  if grep -E "implicitly declared|non-driven" "$work/$name.log"; then exit 1; fi
}

compare() { berkeley-abc -q "cec $work/$1.blif $work/$2.blif" > "$work/cec.log" 2>&1; grep -q "$3" "$work/cec.log"; }

# All registers can be written by an ALU row, the first eight by others.
for form in "default 24" "default 8" "small 8" "small 16"; do
  read -r config writable <<< "$form"
  gates synthesis "$config" core/write_back.sv "$writable"
  gates simulation "$config" core/write_back.sv "$writable" -formal
  compare synthesis simulation "Networks are equivalent" || { cat "$work/cec.log"; echo "write_back ($form): the forms differ"; exit 1; }
  echo "write_back ($form): both forms are equal"
done

# The control, in the configuration that is left from the loop.
sed "s/number1_i == 5'(k)/number1_i[3:0] == 4'(k)/" core/write_back.sv > "$work/write_back.sv"
cmp -s core/write_back.sv "$work/write_back.sv" && { echo "write_back: the control changes nothing"; exit 1; }
gates control "$config" "$work/write_back.sv" "$writable"
compare control simulation "NOT EQUIVALENT" || { cat "$work/cec.log"; echo "write_back: the control was not told apart"; exit 1; }
echo "write_back (control): told apart"
