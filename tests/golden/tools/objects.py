"""Prints the objects of an image: name, kind, program, stage, base, size and type, one a line."""

import struct
import sys


def sections(image: bytes) -> dict[str, bytes]:
    offset, = struct.unpack_from("<Q", image, 40)
    count, names_index = struct.unpack_from("<HH", image, 60)
    headers = [struct.unpack_from("<IIQQQQIIQQ", image, offset + 64 * i) for i in range(count)]
    names = image[headers[names_index][4]:][:headers[names_index][5]]
    return {names[h[0]:names.index(b"\0", h[0])].decode(): image[h[4]:h[4] + h[5]] for h in headers}


def main() -> None:
    with open(sys.argv[1], "rb") as file:
        parts = sections(file.read())
    strings = parts[".norman.strings"]
    for name, _, kind, program, stage, _, base, size, hash_of_type in struct.iter_unpack("<IIBBBBIII", parts[".norman.objects"]):
        print(strings[name:strings.index(b"\0", name)].decode(), kind, program, stage, base, size, f"{hash_of_type:08x}")


main()
