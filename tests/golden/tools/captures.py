#!/usr/bin/env python3
"""Makes the captures of robust.session: captures.py FOLDER."""
import pathlib
import struct
import sys

IPV4_UDP = bytes.fromhex("450000200000000040110000" "0a000009" "0a000002" "03e80035000c0000" "00000000")


def frame(size):
    """An Ethernet frame with an IPv4 packet from port 1000 to port 53, `size` bytes long."""
    packet = bytearray(IPV4_UDP)
    packet[2:4] = struct.pack(">H", size - 14)
    return (bytes(12) + b"\x08\x00" + bytes(packet)).ljust(size, b"\0")


def pcap(*frames, link=1):
    """A capture in the old format, little endian, microseconds."""
    records = b"".join(struct.pack("<IIII", 0, 0, len(f), len(f)) + f for f in frames)
    return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link) + records


def block(kind, body):
    """A block of a pcapng file."""
    body += bytes(-len(body) % 4)
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size


def pcapng(*frames):
    """A capture in the new format: one section, one Ethernet interface."""
    file = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)) + block(1, struct.pack("<HHI", 1, 0, 0))
    return file + b"".join(block(6, struct.pack("<IIIII", 0, 0, 0, len(f), len(f)) + f) for f in frames)


def main(folder):
    folder = pathlib.Path(folder)
    files = {
        "odd.pcap": pcap(b"", frame(60), frame(9000)),
        "odd.pcapng": pcapng(b"", frame(60), frame(9000)),
        "cut.pcap": pcap(frame(60), frame(60))[:-20],
        "cut_header.pcap": pcap(frame(60))[:10],
        "cut.pcapng": pcapng(frame(60), frame(60))[:-20],
        "wrong_size.pcapng": pcapng(frame(60))[:-4] + b"\1\0\0\0",
        "large.pcap": pcap(frame(60))[:32] + b"\xff\xff\xff\x7f" + pcap(frame(60))[36:],
        "wifi.pcap": pcap(frame(60), link=105),
        "empty.pcap": b"",
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    main(*sys.argv[1:])
