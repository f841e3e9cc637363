#!/usr/bin/env python3
"""Writes block_hosts.norman: a policy with a set of 1 000 addresses. Usage: make_block_hosts.py > block_hosts.norman"""
import random

HEAD = """// Refuses traffic from and to 1 000 hosts. Written by make_block_hosts.py, as an administrator's script would.
//
// Drops   packets whose source or destination is in the set, IPv4 and IPv6. Everything else passes.
// State   one counter for each rule.
// Cost    one lookup for each direction's remote address; the set is a table, so its length costs nothing.
set blocked: address {
"""
TAIL = """}

policy block_hosts {
    hook input, output;
    default pass;
    blocked_peer: remote.ip in blocked => count, drop;
}
"""


def addresses():
    """800 IPv4 and 200 IPv6 addresses of the ranges that are set aside for benchmarks and documentation."""
    chooser = random.Random(1000)
    ipv4 = sorted(chooser.sample(range(0xC6120000, 0xC6140000), 800))
    ipv6 = sorted(chooser.sample(range(0, 1 << 24), 200))
    yield from (".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0)) for value in ipv4)
    yield from (f"2001:db8::{value >> 16:x}:{value & 0xffff:x}" for value in ipv6)


def main():
    names = list(addresses())
    lines = [", ".join(names[i : i + 6]) for i in range(0, len(names), 6)]
    print(HEAD + ",\n".join("    " + line for line in lines) + "\n" + TAIL, end="")


if __name__ == "__main__":
    main()
