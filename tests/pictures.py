"""Pictures, made when they are needed."""

import struct
import zlib


def png(width: int = 20, height: int = 10, length: int = 0, color: bytes = b"\0\0\0") -> bytes:
    """A PNG of one color, made at least `length` bytes long by what comes after it."""
    rows = zlib.compress((b"\0" + color * width) * height)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    whole = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return whole.ljust(length, b"\0")
