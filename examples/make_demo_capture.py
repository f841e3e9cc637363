#!/usr/bin/env python3
"""Makes the demo's traffic: demo, burst, knocks, gateway, probes, names, answers .pcapng (two interfaces), their owners, passwd and group.

Usage: make_demo_capture.py DIRECTORY

The host is 192.0.2.10 and 2001:db8::10. Bob runs postgres on port 5432 and Charlie mysqld on 3306, as they should; Alice
and Mallory try both ports with other programs; there is ordinary traffic, ARP, a fragment and a cut packet beside it.
The same files come out at every run.
"""
import json
import pathlib
import struct
import sys

from scapy.all import ARP, IP, TCP, UDP, Dot1Q, Ether, ICMP, ICMPv6ND_RA, IPOption_RR, IPv6, Raw, fragment

HOST, HOST6 = "192.0.2.10", "2001:db8::10"
PEER, PEER6 = "198.51.100.7", "2001:db8:1::7"
HOST_MAC, PEER_MAC = "02:00:00:00:00:10", "02:00:00:00:00:07"

USERS = {"root": 0, "alice": 1000, "bob": 1001, "charlie": 1002, "mallory": 1003}
PROCESSES = {
    "bob_postgres": ("bob", 2101, "postgres", "/system/postgres"),
    "charlie_mysqld": ("charlie", 2102, "mysqld", "/system/mysql"),
    "alice_python": ("alice", 3001, "python3", "/user/alice"),
    "alice_dig": ("alice", 3002, "dig", "/user/alice"),
    "mallory_nc": ("mallory", 3103, "nc", "/user/mallory"),
    "mallory_arp": ("mallory", 3104, "arpspoof", "/user/mallory"),
    "root_sshd": ("root", 700, "sshd", "/system/ssh"),
    "root_backup": ("root", 710, "rsync", "/system/backup"),
    "root_voip": ("root", 720, "asterisk", "/system/voip"),
}


class Capture:
    """The packets in order, each with its interface, its process and the time since the one before."""

    def __init__(self):
        self.time_ns = 1_700_000_000_000_000_000
        self.packets = []

    def add(self, frame, process=None, iface=0, gap_ns=250_000):
        self.time_ns += gap_ns
        self.packets.append((self.time_ns, iface, bytes(frame), process))


def incoming(layers):
    return Ether(src=PEER_MAC, dst=HOST_MAC) / layers


def outgoing(layers):
    return Ether(src=HOST_MAC, dst=PEER_MAC) / layers


def ip_pair(six):
    """The network header from the peer, and the one to it."""
    if six:
        return IPv6(src=PEER6, dst=HOST6), IPv6(src=HOST6, dst=PEER6)
    return IP(src=PEER, dst=HOST, id=1), IP(src=HOST, dst=PEER, id=2)


def connection(capture, port, peer_port, process, six=False, iface=0):
    """A client connects, asks and is answered."""
    towards, back = ip_pair(six)
    capture.add(incoming(towards / TCP(sport=peer_port, dport=port, flags="S", seq=1)), process, iface)
    capture.add(outgoing(back / TCP(sport=port, dport=peer_port, flags="SA", seq=1, ack=2)), process, iface)
    capture.add(incoming(towards / TCP(sport=peer_port, dport=port, flags="PA", seq=2, ack=2) / Raw(b"question")), process, iface)
    capture.add(outgoing(back / TCP(sport=port, dport=peer_port, flags="PA", seq=2, ack=10) / Raw(b"answer")), process, iface)


def fill(capture):
    # What should be: each service on its port, on IPv4, IPv6 and behind a VLAN tag.
    connection(capture, 5432, 40001, "bob_postgres")
    connection(capture, 3306, 40002, "charlie_mysqld")
    connection(capture, 5432, 40003, "bob_postgres", six=True, iface=1)
    capture.add(Ether(src=PEER_MAC, dst=HOST_MAC) / Dot1Q(vlan=42, prio=3) / IP(src=PEER, dst=HOST, id=3)
                / TCP(sport=40004, dport=3306, flags="S"), "charlie_mysqld")
    # What should not: the right port with the wrong user or command.
    connection(capture, 5432, 41001, "alice_python")
    connection(capture, 3306, 41002, "mallory_nc", six=True)
    capture.add(outgoing(IP(src=HOST, dst=PEER, id=4) / UDP(sport=5432, dport=9999) / Raw(b"not tcp, same port")), "mallory_nc")
    capture.add(incoming(IP(src=PEER, dst=HOST, id=5) / TCP(sport=41003, dport=5432, flags="S")))  # nobody listens
    # Ordinary traffic.
    capture.add(outgoing(IP(src=HOST, dst="192.0.2.53", id=6) / UDP(sport=50001, dport=53) / Raw(b"\x12\x34\x01\x00" + bytes(8))), "alice_dig")
    capture.add(incoming(IP(src="192.0.2.53", dst=HOST, id=7) / UDP(sport=53, dport=50001) / Raw(b"\x12\x34\x81\x80" + bytes(8))), "alice_dig")
    connection(capture, 22, 42001, "root_sshd", iface=1)
    capture.add(outgoing(IP(src=HOST, dst=PEER, id=8) / TCP(sport=50002, dport=22, flags="S")), "alice_python")
    capture.add(outgoing(IPv6(src=HOST6, dst=PEER6) / TCP(sport=50003, dport=873, flags="PA") / Raw(b"backup" * 20)), "root_backup", 1)
    for i in range(4):
        capture.add(outgoing(IP(src=HOST, dst=PEER, id=20 + i) / UDP(sport=50004, dport=16400) / Raw(bytes([i]) * 160)), "root_voip", 0, 20_000_000)
    capture.add(incoming(IP(src=PEER, dst=HOST, id=9) / ICMP(type=8, id=7, seq=1) / Raw(b"ping")))
    # To and from a host of the block list of block_hosts.norman.
    capture.add(incoming(IP(src="198.18.0.153", dst=HOST, id=10) / TCP(sport=43001, dport=443, flags="S")))
    capture.add(outgoing(IP(src=HOST, dst="198.18.0.153", id=11) / UDP(sport=50005, dport=443) / Raw(b"hello")), "mallory_nc")
    # ARP: ours, and one in another's name.
    capture.add(Ether(src=HOST_MAC, dst="ff:ff:ff:ff:ff:ff") / ARP(op=1, hwsrc=HOST_MAC, psrc=HOST, pdst="192.0.2.1"))
    for i in range(3):
        capture.add(Ether(src=HOST_MAC, dst="ff:ff:ff:ff:ff:ff") / ARP(op=1, hwsrc=HOST_MAC, psrc=f"192.0.2.{66 + i}", pdst="192.0.2.1"), "mallory_arp")
    # A fragmented datagram: its second half has no ports. A packet whose TCP header is cut.
    for part in fragment(IP(src=PEER, dst=HOST, id=12) / UDP(sport=40010, dport=5432) / Raw(b"x" * 100), fragsize=64):
        capture.add(incoming(part), "bob_postgres")
    capture.add(bytes(incoming(IP(src=PEER, dst=HOST, id=13) / TCP(sport=44001, dport=3306, flags="S")))[:44])


def fill_burst(capture):
    """Mallory sends more than her share: 96 packets of 1 400 bytes, 40 us apart (280 Mbit/s); Bob sends too."""
    for i in range(96):
        capture.add(outgoing(IP(src=HOST, dst=PEER, id=100 + i) / UDP(sport=50006, dport=5001) / Raw(bytes(1358))), "mallory_nc", 1, 40_000)
        if i % 16 == 0:
            capture.add(outgoing(IP(src=HOST, dst=PEER, id=300 + i) / UDP(sport=50007, dport=5001) / Raw(bytes(1358))), "bob_postgres", 1, 0)


def fill_probes(capture):
    """What a host firewall meets: customers, colleagues, scans, floods, and what the host itself should not send."""
    stranger, stranger6, colleague = "203.0.113.80", "2001:db8:9::80", "198.51.100.99"

    def tcp(source, port, flags="S", **more):
        network = IPv6(src=source, dst=HOST6) if ":" in source else IP(src=source, dst=HOST, id=700, **more)
        capture.add(incoming(network / TCP(sport=46000, dport=port, flags=flags)))

    def udp(source, sport, dport):
        network = IPv6(src=source, dst=HOST6) if ":" in source else IP(src=source, dst=HOST, id=701)
        capture.add(incoming(network / UDP(sport=sport, dport=dport)))

    for source in (stranger, stranger6, colleague, PEER, PEER6, "198.18.0.153", "127.0.0.1"):
        for port in (443, 22, 5432, 9100):
            tcp(source, port)
    for flags in ("", "FPU", "SF", "SR", "F", "A"):
        tcp(stranger, 80, flags)
    tcp(stranger, 80, options=[IPOption_RR()])
    for port in (113, 445, 8081):
        tcp(stranger6, port)
    for source, sport, dport in (("192.0.2.53", 53, 50001), (stranger, 53, 50001), ("2001:db8::53", 53, 50001), (stranger, 123, 123),
                                 (stranger6, 547, 546), (stranger, 50002, 443), (colleague, 50003, 161), (stranger, 50003, 161), (stranger, 137, 137)):
        udp(source, sport, dport)
    capture.add(incoming(IPv6(src="fe80::1", dst="ff02::1", hlim=255) / ICMPv6ND_RA()))
    capture.add(incoming(IPv6(src="fe80::1", dst="ff02::1", hlim=64) / ICMPv6ND_RA()))
    for i in range(24):
        capture.add(incoming(IP(src=stranger, dst=HOST, id=720 + i) / ICMP(type=8, id=1, seq=i)), gap_ns=1_000_000)
    for i in range(44):
        capture.add(incoming(IPv6(src=stranger6, dst=HOST6) / TCP(sport=47000 + i, dport=443, flags="S")), gap_ns=100_000)
    tcp(stranger, 443)
    for source in (stranger, stranger6, stranger, stranger, stranger):
        tcp(source, 22)
    capture.time_ns += 61_000_000_000
    tcp(stranger, 22)
    capture.add(outgoing(IP(src=HOST, dst=PEER, id=780) / TCP(sport=50010, dport=25, flags="S")), "mallory_nc")
    capture.add(outgoing(IP(src=HOST, dst=PEER, id=781) / TCP(sport=50011, dport=445, flags="S")), "alice_python")
    capture.add(outgoing(IP(src=HOST, dst="192.0.2.53", id=782) / UDP(sport=50012, dport=53)), "alice_dig")
    capture.add(outgoing(IP(src=HOST, dst=PEER, id=783) / UDP(sport=50012, dport=53)), "alice_dig")
    capture.add(outgoing(IP(src=HOST, dst=PEER, id=784) / ICMP(type=5, gw=PEER)))


def fill_knocks(capture):
    """Sources knock at ports 7001 to 7003 and then ask for SSH: in order, in disorder, too late, over IPv6."""
    second = 1_000_000_000

    def send(source, *ports, gap_ns=second // 4, flags="S"):
        for number, port in enumerate(ports):
            network = IPv6(src=source, dst=HOST6) if ":" in source else IP(src=source, dst=HOST, id=500 + number)
            capture.add(incoming(network / TCP(sport=45000 + number, dport=port, flags=flags)), gap_ns=gap_ns)

    send(PEER, 22, 7001, 7002, 7003, 22)
    send("203.0.113.5", 7001, 7003, 7002, 22)
    send("203.0.113.6", 7001, 7002, 7001, 7002, 7003, 22)
    send(PEER6, 7001, 7002, 7003, 22, 443)
    send("203.0.113.7", 7001, 7002, 7003, flags="A")
    send("203.0.113.7", 22)
    send(PEER, 22, 80)
    send("203.0.113.8", 7001, 7002)
    send("203.0.113.8", 7003, 22, gap_ns=31 * second)
    send(PEER, 22)


def fill_gateway(capture):
    """A gateway between eth1 (10.0.0.0/24, the inside) and eth0: both directions come in."""
    inside_mac, outside_mac = "02:00:00:00:00:31", "02:00:00:00:00:32"

    def send(iface, source, target, layers, identification):
        mac = (outside_mac, inside_mac)[iface]
        capture.add(Ether(src=mac, dst="02:00:00:00:00:20") / IP(src=source, dst=target, id=identification) / layers, iface=iface)

    client, other, server = "10.0.0.5", "10.0.0.9", PEER
    send(0, server, client, UDP(sport=53, dport=40000) / Raw(b"unasked"), 600)
    send(1, client, server, UDP(sport=40000, dport=53) / Raw(b"question"), 601)
    send(0, server, client, UDP(sport=53, dport=40000) / Raw(b"answer"), 602)
    send(0, server, client, UDP(sport=53, dport=40001) / Raw(b"another port"), 603)
    send(0, server, other, UDP(sport=53, dport=40000) / Raw(b"another host"), 604)
    send(0, server, client, TCP(sport=53, dport=40000, flags="SA"), 605)
    send(1, other, server, TCP(sport=40500, dport=443, flags="S"), 606)
    send(0, server, other, TCP(sport=443, dport=40500, flags="SA"), 607)
    send(1, other, server, TCP(sport=40500, dport=443, flags="A"), 608)
    send(0, server, other, TCP(sport=443, dport=40500, flags="FA"), 609)
    # The same two addresses, the larger one inside; the same address and port twice; no ports; another family.
    send(1, "198.51.100.9", "198.51.100.3", UDP(sport=7, dport=9), 610)
    send(0, "198.51.100.3", "198.51.100.9", UDP(sport=9, dport=7), 611)
    send(0, "198.51.100.3", "198.51.100.9", UDP(sport=7, dport=9), 612)
    send(1, client, server, ICMP(type=8, id=7, seq=1), 613)
    send(0, server, client, ICMP(type=0, id=7, seq=1), 614)
    capture.add(Ether(src=outside_mac, dst="02:00:00:00:00:20") / IPv6(src=PEER6, dst="2001:db8:2::5")
                / UDP(sport=53, dport=40000), iface=0)
    capture.add(Ether(src=outside_mac, dst="ff:ff:ff:ff:ff:ff") / ARP(op=1, hwsrc=outside_mac, psrc=server, pdst=client), iface=0)
    # A packet whose time ends here, and a network of routes within routes.
    capture.add(Ether(src=outside_mac, dst="02:00:00:00:00:20") / IP(src=server, dst=client, id=615, ttl=1) / UDP(sport=53, dport=40000), iface=0)
    for number, target in enumerate(("10.2.0.77", "10.2.200.77", "10.0.0.200", "172.31.0.1")):
        send(1, client, target, UDP(sport=40000, dport=53) / Raw(b"question"), 616 + number)


def fill_names(capture):
    """DNS to the host's own server and answers to it: what should be, and what a guard looks for."""
    def message(flags, questions, answers, body=bytes(20)):
        return Raw(struct.pack(">HHHHHH", 0x1234, flags, questions, answers, 0, 0) + body)

    def send(payload, sport=50053, dport=53, six=False, **more):
        network = IPv6(src=PEER6, dst=HOST6) if six else IP(src=PEER, dst=HOST, id=800, **more)
        capture.add(incoming(network / UDP(sport=sport, dport=dport) / payload))

    for six in (False, True):
        send(message(0x0100, 1, 0), six=six)                                 # a question
        send(message(0x8180, 1, 1), six=six)                                 # an answer that comes as a question
        send(message(0x2100, 1, 0), six=six)                                 # a notification
        send(message(0x0100, 3, 0), six=six)                                 # three questions
        send(message(0x8180, 1, 2), sport=53, dport=50012, six=six)          # answers: few records, many
        send(message(0x8180, 1, 40), sport=53, dport=50012, six=six)
    send(message(0x8180, 1, 40), options=[IPOption_RR(routers=["0.0.0.0"] * 9)])   # IPv4 options move layer 4 on
    send(Raw(b"\x12\x34\x80"))                                               # too short for a header
    send(Raw(b""), sport=53, dport=53)
    capture.add(incoming(IP(src=PEER, dst=HOST, id=801) / TCP(sport=40020, dport=53, flags="S")))


def fill_answers(capture):
    """A host that asks, what is answered and what is not, and what nobody asked for."""
    second = 1_000_000_000

    def asks(layers, process="alice_dig", target=PEER, **more):
        capture.add(outgoing(IP(src=HOST, dst=target, id=700 + len(capture.packets)) / layers), process, **more)

    def comes(layers, source=PEER, **more):
        capture.add(incoming(IP(src=source, dst=HOST, id=700 + len(capture.packets)) / layers), **more)

    comes(UDP(sport=53, dport=50001) / Raw(b"unasked"))
    asks(UDP(sport=50001, dport=53) / Raw(b"question"))
    comes(UDP(sport=53, dport=50001) / Raw(b"answer"))
    comes(UDP(sport=53, dport=50002) / Raw(b"another port"))
    comes(UDP(sport=5353, dport=50001) / Raw(b"from another port"))
    comes(UDP(sport=53, dport=50001) / Raw(b"from another host"), source="198.51.100.9")
    comes(TCP(sport=53, dport=50001, flags="SA"))
    asks(TCP(sport=50100, dport=443, flags="S"), "root_backup")
    comes(TCP(sport=443, dport=50100, flags="SA"))
    asks(TCP(sport=50100, dport=443, flags="A"), "root_backup")
    comes(TCP(sport=443, dport=50100, flags="PA") / Raw(b"late"), gap_ns=100 * second)
    comes(TCP(sport=443, dport=50100, flags="PA") / Raw(b"too late"), gap_ns=30 * second)
    asks(TCP(sport=50100, dport=443, flags="A"), "root_backup")
    comes(TCP(sport=443, dport=50100, flags="PA") / Raw(b"again"))
    comes(TCP(sport=40000, dport=22, flags="S"))
    asks(TCP(sport=22, dport=40000, flags="SA"), "root_sshd")
    comes(TCP(sport=40000, dport=22, flags="A"))
    comes(TCP(sport=40001, dport=5432, flags="S"))
    comes(ICMP(type=8, id=7, seq=1))
    # A host at home in its own network: the key is the same whichever end is the smaller one.
    asks(UDP(sport=50003, dport=53) / Raw(b"question"), target="10.0.0.1")
    comes(UDP(sport=53, dport=50003) / Raw(b"answer"), source="10.0.0.1")
    capture.add(incoming(IPv6(src=PEER6, dst=HOST6) / UDP(sport=53, dport=50001) / Raw(b"six")))
    capture.add(incoming(ARP(op=1, hwsrc=PEER_MAC, psrc=PEER, pdst=HOST)))


def padded(data):
    return data + bytes(-len(data) % 4)


def option(code, value):
    return struct.pack("<HH", code, len(value)) + padded(value)


def block(kind, body):
    length = 12 + len(body)
    return struct.pack("<II", kind, length) + body + struct.pack("<I", length)


def pcapng(capture):
    yield block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    for name in (b"eth0", b"eth1"):
        yield block(1, struct.pack("<HHI", 1, 0, 0) + option(2, name) + option(9, b"\x09") + option(0, b""))
    for time_ns, iface, frame, _ in capture.packets:
        inbound = frame[6:12] != bytes.fromhex(HOST_MAC.replace(":", ""))
        head = struct.pack("<IIIII", iface, time_ns >> 32, time_ns & 0xFFFFFFFF, len(frame), len(frame))
        yield block(6, head + padded(frame) + option(2, struct.pack("<I", 1 if inbound else 2)) + option(0, b""))


def owner_line(number, process):
    user, pid, comm, cgroup = PROCESSES[process]
    uid = USERS[user]
    owner = {"uid": uid, "gid": uid, "pid": pid, "comm": comm, "cgroup": cgroup}
    return {"n": number, "owner": owner, "socket": {"uid": uid, "gid": uid, "cgroup": cgroup}}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    directory = pathlib.Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    for name, make in (("demo", fill), ("burst", fill_burst), ("knocks", fill_knocks), ("gateway", fill_gateway), ("probes", fill_probes), ("names", fill_names), ("answers", fill_answers)):
        capture = Capture()
        make(capture)
        (directory / f"{name}.pcapng").write_bytes(b"".join(pcapng(capture)))
        lines = [json.dumps(owner_line(number, packet[3])) for number, packet in enumerate(capture.packets) if packet[3]]
        (directory / f"{name}_owners.jsonl").write_text("".join(line + "\n" for line in lines))
    (directory / "passwd").write_text("".join(f"{name}:x:{uid}:{uid}::/:/bin/sh\n" for name, uid in USERS.items()))
    (directory / "group").write_text("".join(f"{name}:x:{uid}:\n" for name, uid in USERS.items()))


if __name__ == "__main__":
    main()
