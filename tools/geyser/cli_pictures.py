"""The pictures that the tests of the command line write and read: PNG files, and the frame number in the counter pattern."""

import struct
import zlib

FINDER = 0b1010110011110000


def crc16(number):
    crc = 0xFFFF
    for byte in number.to_bytes(8, "big"):
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


def read_counter(pixels, width, height, pixel_bytes=4):
    """The number in the cells, read by other code than the program's; None when there is none."""
    cell = max(1, min(width // 64, height // 24))
    rows = []
    for row in range(6):
        bits = 0
        for column in range(16):
            at = pixel_bytes * ((row * cell + cell // 2) * width + column * cell + cell // 2)
            bits = bits << 1 | (pixels[at] >= 160)
        rows.append(bits)
    number = rows[1] << 48 | rows[2] << 32 | rows[3] << 16 | rows[4]
    return number if rows[0] == FINDER and rows[5] == crc16(number) else None


def read_png(path):
    """Width, height and RGBA bytes of an 8-bit RGBA PNG."""
    with open(path, "rb") as file:
        data = file.read()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    at, packed, width, height = 8, b"", 0, 0
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + size]
        if kind == b"IHDR":
            width, height, depth, color = struct.unpack(">IIBB", body[:10])
            assert (depth, color) == (8, 6)
        elif kind == b"IDAT":
            packed += body
        at += 12 + size
    raw, out, row = zlib.decompress(packed), bytearray(), 4 * width
    before = bytearray(row)
    for y in range(height):
        kind, line = raw[y * (row + 1)], bytearray(raw[y * (row + 1) + 1:(y + 1) * (row + 1)])
        for x in range(row):
            a = line[x - 4] if x >= 4 else 0
            b, c = before[x], before[x - 4] if x >= 4 else 0
            if kind == 1:
                line[x] = line[x] + a & 255
            elif kind == 2:
                line[x] = line[x] + b & 255
            elif kind == 3:
                line[x] = line[x] + (a + b) // 2 & 255
            elif kind == 4:
                p = a + b - c
                pa, pb, pc = abs(p - a), abs(p - b), abs(p - c)
                line[x] = line[x] + (a if pa <= pb and pa <= pc else b if pb <= pc else c) & 255
        out += line
        before = line
    return width, height, bytes(out)


def write_png(path, width, height, rgba):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    rows = b"".join(b"\0" + rgba[4 * width * y:4 * width * (y + 1)] for y in range(height))
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows))
                   + chunk(b"IEND", b""))
