#!/usr/bin/env python3
"""Writes blocklist.norman: a policy with a list of 10 000 prefixes. Usage: make_blocklist.py > blocklist.norman"""
import ipaddress
import random

HEAD = """// Drops what comes from 10 000 networks. Written by make_blocklist.py, as a script that fetches such a list would.
//
// Drops   packets whose source is in one of the prefixes, IPv4 and IPv6. Everything else passes.
// State   one counter.
// Cost    one lookup of a prefix table, in which each family has a list of its own; how long they are costs nothing.
set blocked: address {
"""
TAIL = """}

policy blocklist {
    hook prerouting;
    scope ipv4, ipv6;
    default pass;
    listed: ip.src in blocked => count, drop;
}
"""


def networks():
    """One network in each of 10 000 parts of the ranges set aside for private use, benchmarks and documentation."""
    chooser = random.Random(10_000)

    def some(whole, part, lengths, count):
        parts = ipaddress.ip_network(whole).subnets(new_prefix=part)
        for place in sorted(chooser.sample(list(parts), count)):
            length = chooser.choice(lengths)
            inside = chooser.getrandbits(length - part) if length > part else 0
            yield ipaddress.ip_network((int(place.network_address) + (inside << (place.max_prefixlen - length)), length))

    yield from some("10.0.0.0/8", 20, (20, 22, 23, 24, 24, 24, 26, 28, 30, 32, 32), 4000)
    yield from some("198.18.0.0/15", 27, (27, 28, 29, 30, 32), 4000)
    yield from some("2001:db8::/32", 44, (44, 46, 48, 48, 48, 56, 64, 128), 2000)


def main():
    names = [str(network).removesuffix("/32").removesuffix("/128") for network in networks()]
    lines = [", ".join(names[i : i + 4]) for i in range(0, len(names), 4)]
    print(HEAD + ",\n".join("    " + line for line in lines) + "\n" + TAIL, end="")


if __name__ == "__main__":
    main()
