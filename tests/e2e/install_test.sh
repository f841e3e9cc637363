#!/usr/bin/env bash
# What `cmake --install` puts somewhere works there: normanc finds the library beside itself, man page and completion lie where they are looked for.
# Usage: install_test.sh BUILD_FOLDER
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cmake --install "$1" --prefix "$place" > "$place/log"

# A file that only this library has: normanc would find the sources' library too.
echo 'const port_here = 77;' > "$place/share/norman/stdlib/only_here.norman"
cat > "$place/policy.norman" <<'POLICY'
import std.only_here;
policy p { hook input; tcp.dport == port_here => drop; }
POLICY
unset NORMAN_STDLIB
"$place/bin/normanc" compile "$place/policy.norman" -o "$place/policy.img"
"$place/bin/normanc" disasm "$place/policy.img" | grep -qE '\b(77|0x4d)\b' || { echo "the policy does not test the port of the installed library"; exit 1; }

for file in share/man/man1/normanc.1 share/bash-completion/completions/normanc share/norman/stdlib/services.norman; do
  [ -s "$place/$file" ] || { echo "$file is not installed"; exit 1; }
done
