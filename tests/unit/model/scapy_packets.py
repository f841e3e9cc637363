"""Builds random frames with scapy and prints, one JSON line a frame, what scapy reads back from them.

Usage: scapy_packets.py COUNT SEED. Fields are named as in the language; a field that is not printed is absent.
"""

import json
import logging
import random
import sys

logging.getLogger("scapy").setLevel(logging.ERROR)
from scapy.layers.inet import ICMP, IP, IPOption_NOP, IPOption_RR, TCP, UDP  # noqa: E402
from scapy.layers.inet6 import (  # noqa: E402
    ICMPv6EchoReply, ICMPv6EchoRequest, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, PadN)
from scapy.layers.l2 import ARP, Dot1AD, Dot1Q, Ether  # noqa: E402
from scapy.layers.sctp import SCTP  # noqa: E402
from scapy.packet import Raw  # noqa: E402

EXTENSIONS = (IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment)


def mac(rng):
    return ":".join(f"{rng.randrange(256):02x}" for _ in range(6))


def ipv4(rng):
    return ".".join(str(rng.randrange(256)) for _ in range(4))


def ipv6(rng):
    return ":".join(f"{rng.randrange(65536):x}" for _ in range(8))


def transport(rng, version):
    pick = rng.randrange(6)
    port = lambda: rng.randrange(65536)
    if pick == 0:
        return TCP(sport=port(), dport=port(), seq=rng.getrandbits(32), ack=rng.getrandbits(32), flags=rng.randrange(512),
                   window=port(), urgptr=port(), options=[("NOP", None)] * (4 * rng.randrange(3)))
    if pick == 1:
        return UDP(sport=port(), dport=port())
    if pick == 2:
        return SCTP(sport=port(), dport=port(), tag=rng.getrandbits(32))
    if pick == 3 and version == 4:
        return ICMP(type=rng.choice([0, 8]), id=port(), seq=port())
    if pick == 3:
        return rng.choice([ICMPv6EchoRequest, ICMPv6EchoReply])(id=port(), seq=port())
    return Raw(b"\xa5" * 24)


def network(rng):
    pick = rng.randrange(5)
    if pick == 0:
        return ARP(op=rng.randrange(1, 3), hwsrc=mac(rng), hwdst=mac(rng), psrc=ipv4(rng), pdst=ipv4(rng))
    if pick in (1, 2):
        options = [] if rng.randrange(2) else [IPOption_NOP(), IPOption_RR()]
        header = IP(src=ipv4(rng), dst=ipv4(rng), ttl=rng.randrange(256), tos=rng.randrange(256), id=rng.getrandbits(16), options=options,
                    flags=rng.choice([0, 0, "DF", "MF"]), frag=rng.choice([0, 0, 0, 185]))
        body = transport(rng, 4)
        if isinstance(body, Raw):
            header.proto = 47
        return header / body
    header = IPv6(src=ipv6(rng), dst=ipv6(rng), hlim=rng.randrange(256), tc=rng.randrange(256), fl=rng.getrandbits(20))
    # At most two, so that every header lies in the window.
    for extension in rng.sample(EXTENSIONS, rng.choice([0, 0, 1, 2])):
        if extension is IPv6ExtHdrFragment:
            header = header / extension(offset=rng.choice([0, 0, 100]), m=rng.randrange(2), id=rng.getrandbits(32))
        elif extension is IPv6ExtHdrRouting:
            header = header / extension(addresses=[])
        else:
            header = header / extension(options=[PadN(optdata=bytes(rng.choice([0, 8])))])
    body = transport(rng, 6)
    if isinstance(body, Raw):
        header.lastlayer().nh = 47
    return header / body


def frame(rng):
    packet = Ether(src=mac(rng), dst=mac(rng))
    for tag in rng.choice([[], [], [Dot1Q], [Dot1AD, Dot1Q]]):
        packet = packet / tag(vlan=rng.randrange(4096), prio=rng.randrange(8), id=rng.randrange(2))
    packet = packet / network(rng) / Raw(bytes(rng.randrange(40)))
    return bytes(packet)


def number(address):
    if ":" in address and address.count(":") == 5 and all(len(part) == 2 for part in address.split(":")):
        return int(address.replace(":", ""), 16)
    import ipaddress
    return int(ipaddress.ip_address(address))


def read_transport(layer, protocol, version, fields):
    if layer is None:
        return
    raw = layer.original
    if protocol == 6:
        fields.update({"tcp.sport": layer.sport, "tcp.dport": layer.dport, "tcp.flags": int(layer.flags), "tcp.seq": layer.seq,
                       "tcp.ack_seq": layer.ack, "tcp.window": layer.window, "tcp.data_offset": layer.dataofs, "tcp.urgent": layer.urgptr,
                       "tcp.checksum": layer.chksum, "tcp.syn": int(layer.flags.S), "tcp.fin": int(layer.flags.F)})
    elif protocol == 17:
        fields.update({"udp.sport": layer.sport, "udp.dport": layer.dport, "udp.len": layer.len, "udp.checksum": layer.chksum})
    elif protocol == 132:
        fields.update({"sctp.sport": layer.sport, "sctp.dport": layer.dport, "sctp.vtag": layer.tag})
    elif (protocol, version) in ((1, 4), (58, 6)):
        name = "icmp" if version == 4 else "icmpv6"
        fields.update({f"{name}.type": raw[0], f"{name}.code": raw[1], f"{name}.id": int.from_bytes(raw[4:6], "big"),
                       f"{name}.seq": int.from_bytes(raw[6:8], "big")})


def read(raw):
    fields = {}
    packet = Ether(raw)
    fields.update({"eth.dst": number(packet.dst), "eth.src": number(packet.src)})
    layer, tags = packet, 0
    while isinstance(layer.payload, (Dot1Q, Dot1AD)):
        layer = layer.payload
        tags += 1
        if tags == 1:
            fields.update({"vlan.id": layer.vlan, "vlan.dei": layer.id, "vlan.pcp": layer.prio})
        else:
            fields["vlan.inner_id"] = layer.vlan
    fields["eth.type"] = layer.type
    layer = layer.payload
    if isinstance(layer, ARP):
        fields.update({"arp.op": layer.op, "arp.spa": number(layer.psrc), "arp.tpa": number(layer.pdst), "arp.sha": number(layer.hwsrc),
                       "arp.tha": number(layer.hwdst)})
    elif isinstance(layer, IP):
        fields.update({"ipv4.src": number(layer.src), "ipv4.dst": number(layer.dst), "ipv4.ttl": layer.ttl, "ipv4.protocol": layer.proto,
                       "ipv4.tos": layer.tos, "ipv4.ihl": layer.ihl, "ipv4.id": layer.id, "ipv4.frag_offset": layer.frag,
                       "ipv4.mf": int(layer.flags.MF), "ipv4.df": int(layer.flags.DF), "ipv4.total_len": layer.len,
                       "ipv4.checksum": layer.chksum})
        fields["parse.fragment"] = int(layer.frag != 0 or bool(layer.flags.MF))
        fields["parse.later_fragment"] = int(layer.frag != 0)
        fields["parse.ip_options"] = int(layer.ihl > 5)
        if layer.frag == 0:
            read_transport(layer.payload, layer.proto, 4, fields)
    elif isinstance(layer, IPv6):
        fields.update({"ipv6.src": number(layer.src), "ipv6.dst": number(layer.dst), "ipv6.hop_limit": layer.hlim,
                       "ipv6.traffic_class": layer.tc, "ipv6.flow_label": layer.fl, "ipv6.payload_len": layer.plen})
        fragment = later = extended = False
        next_header = layer.nh
        while isinstance(layer.payload, EXTENSIONS) and not later:
            layer = layer.payload
            extended = True
            next_header = layer.nh
            if isinstance(layer, IPv6ExtHdrFragment):
                fragment = fragment or bool(layer.m) or layer.offset != 0
                later = layer.offset != 0
        fields.update({"ipv6.next_header": next_header, "parse.fragment": int(fragment), "parse.later_fragment": int(later),
                       "parse.ipv6_ext": int(extended)})
        if not later:
            read_transport(layer.payload, next_header, 6, fields)
    return fields


def main():
    rng = random.Random(int(sys.argv[2]))
    for _ in range(int(sys.argv[1])):
        raw = frame(rng)
        # 128-bit numbers as text: JSON readers keep 64 bits.
        print(json.dumps({"frame": raw.hex(), "fields": {name: f"{value:x}" for name, value in read(raw).items()}}))


if __name__ == "__main__":
    main()
