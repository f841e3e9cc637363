#!/usr/bin/env python3
"""Writes a copy of an image with some bytes replaced: alter.py IMAGE COPY SECTION OFFSET HEX, SECTION 'file' for the whole file.

alter.py IMAGE COPY SECTION size BYTES makes the section claim another size.
"""
import struct
import sys


def section_headers(image):
    """Yields (name, offset of the header in the file)."""
    table, = struct.unpack_from("<Q", image, 40)
    count, names_index = struct.unpack_from("<HH", image, 60)
    names, = struct.unpack_from("<Q", image, table + 64 * names_index + 24)
    for i in range(count):
        header = table + 64 * i
        begin = names + struct.unpack_from("<I", image, header)[0]
        yield image[begin : image.index(0, begin)].decode(), header


def main(source, copy, section, offset, value):
    image = bytearray(open(source, "rb").read())
    header = None if section == "file" else dict(section_headers(image))[".norman." + section]
    if offset == "size":
        struct.pack_into("<Q", image, header + 32, int(value))
    else:
        begin = int(offset) + (struct.unpack_from("<Q", image, header + 24)[0] if header is not None else 0)
        new = bytes.fromhex(value)
        image[begin : begin + len(new)] = new
    open(copy, "wb").write(image)


if __name__ == "__main__":
    main(*sys.argv[1:])
