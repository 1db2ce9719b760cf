"""PNG pictures with a palette of at most 256 colours, so that screenshots stay small in the repository.

The colours are chosen by median cut (P. Heckbert, "Color image quantization for frame buffer display", 1982).
"""

import struct
import zlib
from collections import Counter
from operator import itemgetter
from typing import Final, TypeAlias

Colour: TypeAlias = tuple[int, int, int]
Box: TypeAlias = list[tuple[Colour, int]]

COLOURS: Final = 256


def png(width: int, height: int, rgb: bytes) -> bytes:
    """A picture of rows of red, green and blue, a byte each, as a PNG with a palette."""
    pixels = [(rgb[at], rgb[at + 1], rgb[at + 2]) for at in range(0, len(rgb), 3)]
    palette, place = _palette(Counter(pixels))
    rows = b"".join(b"\0" + bytes(place[pixel] for pixel in pixels[y * width : (y + 1) * width]) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = [(b"IHDR", header), (b"PLTE", bytes(part for colour in palette for part in colour))]
    parts += [(b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")]
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _palette(counted: Counter[Colour]) -> tuple[list[Colour], dict[Colour, int]]:
    """The colours to keep, and for each colour that occurs the place of the one that stands for it."""
    boxes: list[Box] = [list(counted.items())]
    while len(boxes) < COLOURS:
        largest = max(boxes, key=_weight)
        if len(largest) == 1:
            break
        boxes.remove(largest)
        boxes += _halves(largest)
    place = {colour: index for index, box in enumerate(boxes) for colour, _ in box}
    return [_middle(box) for box in boxes], place


def _spread(box: Box, channel: int) -> int:
    values = [colour[channel] for colour, _ in box]
    return max(values) - min(values)


def _weight(box: Box) -> int:
    """How much a box is worth dividing: how far apart its colours are, and how many pixels have them."""
    return 0 if len(box) == 1 else max(_spread(box, channel) for channel in range(3)) * sum(map(itemgetter(1), box))


def _halves(box: Box) -> list[Box]:
    channel = max(range(3), key=lambda channel: _spread(box, channel))
    ordered = sorted(box, key=lambda each: each[0][channel])
    half, seen, at = sum(map(itemgetter(1), box)) / 2, 0, 0
    while at < len(ordered) - 1 and seen < half:
        seen += ordered[at][1]
        at += 1
    return [ordered[: max(at, 1)], ordered[max(at, 1) :]]


def _middle(box: Box) -> Colour:
    pixels = sum(map(itemgetter(1), box))
    red, green, blue = (round(sum(colour[part] * count for colour, count in box) / pixels) for part in range(3))
    return red, green, blue
