#!/usr/bin/env python3
"""Shows the lines of `normanc run` as a table for people.

Usage: normanc run ... | demo_table.py --policy FILE --owners OWNERS.jsonl --users PASSWD

One row a packet: who owns it, what it is, what became of it and which rule decided.
"""
import argparse
import ipaddress
import json
import pathlib
import struct
import sys

PROTOCOLS = {1: "ICMP", 6: "TCP", 17: "UDP", 58: "ICMPv6", 132: "SCTP"}
TAGS = (0x8100, 0x88A8)


def address(raw):
    """An IP address from its bytes, IPv6 in brackets so that a port can follow."""
    value = ipaddress.ip_address(raw)
    return str(value) if value.version == 4 else f"[{value}]"


def describe(frame):
    """What the packet is, in a few words."""
    kind, at = struct.unpack_from("!H", frame, 12)[0], 14
    while kind in TAGS:
        kind, at = struct.unpack_from("!H", frame, at + 2)[0], at + 4
    if kind == 0x0806:
        return f"ARP who has {address(frame[at + 24:at + 28])}, tell {address(frame[at + 14:at + 18])}"
    if kind == 0x0800:
        protocol, source, target = frame[at + 9], frame[at + 12:at + 16], frame[at + 16:at + 20]
        later = struct.unpack_from("!H", frame, at + 6)[0] & 0x1FFF
        layer4 = at + 4 * (frame[at] & 15)
    elif kind == 0x86DD:
        protocol, source, target = frame[at + 6], frame[at + 8:at + 24], frame[at + 24:at + 40]
        later, layer4 = 0, at + 40
    else:
        return f"EtherType {kind:#06x}"
    name = PROTOCOLS.get(protocol, f"protocol {protocol}")
    if later:
        return f"{name} {address(source)} -> {address(target)} (later fragment)"
    if protocol in (6, 17, 132) and len(frame) >= layer4 + 4:
        ports = struct.unpack_from("!HH", frame, layer4)
        return f"{name} {address(source)}:{ports[0]} -> {address(target)}:{ports[1]}"
    return f"{name} {address(source)} -> {address(target)}"


def rule_names(policy):
    """Text of each source line, so that a rule can be shown by what it says."""
    lines = pathlib.Path(policy).read_text(encoding="utf-8").splitlines()
    names = {}
    for number, line in enumerate(lines, 1):
        text = line.strip()
        names[number] = text.split(":", 1)[0] if ":" in text.split("=>")[0] else text.rstrip(";")
    return names


def owner_of(line, users):
    if line is None or "owner" not in line:
        return "nobody known"
    owner = line["owner"]
    return f"{users.get(owner['uid'], owner['uid'])}: {owner['comm']}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--policy", required=True)
    parser.add_argument("--owners", required=True)
    parser.add_argument("--users", required=True)
    arguments = parser.parse_args()
    users = {}
    for entry in pathlib.Path(arguments.users).read_text(encoding="utf-8").splitlines():
        name, _, uid, *_ = entry.split(":")
        users[int(uid)] = name
    owners = {}
    for text in pathlib.Path(arguments.owners).read_text(encoding="utf-8").splitlines():
        line = json.loads(text)
        owners[line.get("n")] = line
    names = rule_names(arguments.policy)

    colours = {"pass": "\033[32m", "drop": "\033[31m", "reject": "\033[33m"} if sys.stdout.isatty() else {}
    layout = "{:>3}  {:<3}  {:<19}  {:<58}  {}{:<7}{}  {}"
    print(layout.format("#", "dir", "owner", "packet", "", "verdict", "", "decided by"))
    print("-" * 118)
    totals = {}
    for text in sys.stdin:
        line = json.loads(text)
        if "counter" in line:
            print(f"     counter {line['counter']}: {line['packets']} packets, {line['bytes']} bytes")
            continue
        verdict = line["verdict"]
        totals[verdict] = totals.get(verdict, 0) + 1
        if line["reason"] == "incomplete":
            decided = "header cut off: dropped before any rule"
        elif line["rule"] is None:
            decided = "no policy sees it"
        else:
            number = int(line["rule"].rsplit(":", 1)[1])
            decided = f"{names[number]} ({pathlib.Path(line['rule']).name})"
        what = describe(bytes.fromhex(line["frame"]))
        direction = {"ingress": "in", "egress": "out"}.get(line["dir"], "fwd")
        print(layout.format(line["n"], direction, owner_of(owners.get(line["n"]), users)[:19], what[:58],
                            colours.get(verdict, ""), verdict, "\033[0m" if colours else "", decided))
    print("-" * 118)
    print(", ".join(f"{count} {verdict}" for verdict, count in sorted(totals.items())))


if __name__ == "__main__":
    main()
