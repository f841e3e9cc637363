# Installs what a fresh Debian 12 lacks, configures and builds; sourced by ./demo, ./check and ./bench.
# A second run finds everything done and returns within a second.

NORMAN_PACKAGES="build-essential ccache cmake ninja-build pkg-config python3
  llvm-19-dev llvm-19-tools clang-19 libclang-rt-19-dev libzstd-dev zlib1g-dev
  antlr4 libantlr4-runtime-dev default-jre-headless
  libcli11-dev libgtest-dev libgmock-dev libfmt-dev nlohmann-json3-dev libpcap-dev
  verilator yosys python3-scapy tshark
  iptables nftables iproute2"

norman_say() { printf '%s\n' "$*" >&2; }

norman_install() {
  local missing=()
  local package
  for package in $NORMAN_PACKAGES; do
    [ "$(dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null)" = "ii " ] || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  local sudo=""
  [ "$(id -u)" = 0 ] || sudo="sudo"
  norman_say "installing: ${missing[*]}"
  $sudo apt-get update -q >&2
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -q --no-install-recommends "${missing[@]}" >&2
}

# norman_build DIR TARGET [cmake options]: configures once, then builds the target with every core.
norman_build() {
  local dir="$1" target="$2"
  shift 2
  [ -f "$dir/build.ninja" ] || cmake -S . -B "$dir" -G Ninja "$@" >&2
  cmake --build "$dir" --target "$target" >&2
}
