"""BER-TLV as EMV uses it (Book 3, annex B), and data object lists.

A message is an ordered tuple of items, because templates repeat: a directory has one `61` for each application. Filler
bytes `00` before, between and after items are skipped. Everything is bounded, and a mistake is a `TlvError`, whose
text says where and never what: an item may be a card's number.

>>> decode(bytes.fromhex("61034F01A0 00 61034F01A1"))
(Item(61, 3 bytes), Item(61, 3 bytes))
>>> encode(_).hex().upper()
'61034F01A061034F01A1'
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from opentill.emv import tags

LENGTH_MAX: Final = 65_535
"""Longest value, and longest message: what two length bytes can say. A card's answer has at most 256 bytes."""
DEPTH_MAX: Final = 8
ITEMS_MAX: Final = 512


class TlvError(ValueError):
    """What was to be decoded is no BER-TLV of EMV's kind. The text quotes no data."""


@dataclass(frozen=True, slots=True)
class Item:
    """A data object. `items` are those inside, for a constructed one; `value` is the content as it stood."""

    tag: int
    value: bytes
    items: tuple["Item", ...] = ()

    def __repr__(self) -> str:
        return f"Item({self.tag:02X}, {len(self.value)} bytes)"


Items = tuple[Item, ...]


def item(tag: int, content: bytes | Iterable[Item]) -> Item:
    """A data object: primitive of bytes, constructed of items."""
    if isinstance(content, bytes):
        if constructed(tag):
            raise TlvError(f"{tag:02X} is made of items, not of bytes")
        return Item(tag, content)
    inside = tuple(content)
    if not constructed(tag):
        raise TlvError(f"{tag:02X} is made of bytes, not of items")
    return Item(tag, encode(inside), inside)


def constructed(tag: int) -> bool:
    """Whether the tag's first byte says that there are items inside."""
    return bool(tag.to_bytes(_tag_length(tag), "big")[0] & 0x20)


def encode(items: Iterable[Item]) -> bytes:
    """The bytes, with lengths in as few bytes as they need and no filler."""
    return b"".join(encode_one(one.tag, one.value) for one in items)


def encode_one(tag: int, value: bytes) -> bytes:
    """The bytes of one data object."""
    if len(value) < 0x80:
        length = bytes((len(value),))
    elif len(value) <= 0xFF:
        length = bytes((0x81, len(value)))
    elif len(value) <= LENGTH_MAX:
        length = bytes((0x82, *len(value).to_bytes(2, "big")))
    else:
        raise TlvError(f"{tag:02X} is longer than {LENGTH_MAX} bytes")
    return tag.to_bytes(_tag_length(tag), "big") + length + value


def decode(data: bytes) -> Items:
    """The items of a message, constructed ones with those inside. Raises TlvError."""
    if len(data) > LENGTH_MAX:
        raise TlvError(f"longer than {LENGTH_MAX} bytes")
    return _decode(data, _Budget(), 0)


def find(items: Items, tag: int) -> bytes | None:
    """The value of the first item with that tag, not looking inside others."""
    return next((one.value for one in items if one.tag == tag), None)


def inside(items: Items, tag: int) -> Items:
    """What is inside the first item with that (constructed) tag; nothing if there is none."""
    return next((one.items for one in items if one.tag == tag), ())


def leaves(items: Items) -> Iterator[Item]:
    """The primitive items at any depth, in order."""
    for one in items:
        if constructed(one.tag):
            yield from leaves(one.items)
        else:
            yield one


@dataclass(frozen=True, slots=True)
class Wanted:
    """An entry of a data object list: this tag, in so many bytes."""

    tag: int
    length: int


def decode_dol(data: bytes) -> tuple[Wanted, ...]:
    """The entries of a data object list (PDOL, CDOL). Raises TlvError.

    >>> decode_dol(bytes.fromhex("9F0206 9A03"))
    (Wanted(tag=40706, length=6), Wanted(tag=154, length=3))
    """
    entries: list[Wanted] = []
    at = 0
    while at < len(data):
        tag, at = _tag(data, at)
        length, at = _length(data, at)
        if length > 0xFF:
            raise TlvError(f"{tag:02X} of a data object list is longer than a command at {at}")
        entries.append(Wanted(tag, length))
    return tuple(entries)


def fill(dol: Iterable[Wanted], values: Mapping[int, bytes]) -> bytes:
    """The data that a list asks for, without tags (Book 3, 5.4): cut or padded to length, unknown ones all zero."""
    return b"".join(_fitted(entry, values.get(entry.tag, b"")) for entry in dol)


def _fitted(entry: Wanted, value: bytes) -> bytes:
    if not value or constructed(entry.tag):
        return bytes(entry.length)
    if entry.tag in tags.NUMERIC:
        return value[-entry.length :].rjust(entry.length, b"\x00") if entry.length else b""
    filler = b"\xff" if entry.tag in tags.COMPRESSED_NUMERIC else b"\x00"
    return value[: entry.length].ljust(entry.length, filler)


class _Budget:
    """How many items may still come: nesting must not make them many."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = ITEMS_MAX

    def spend(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise TlvError(f"more than {ITEMS_MAX} items")


def _decode(data: bytes, budget: _Budget, depth: int) -> Items:
    if depth > DEPTH_MAX:
        raise TlvError(f"nested deeper than {DEPTH_MAX}")
    items: list[Item] = []
    at = 0
    while at < len(data):
        if data[at] == 0:
            at += 1
            continue
        budget.spend()
        tag, at = _tag(data, at)
        length, at = _length(data, at)
        if at + length > len(data):
            raise TlvError(f"{tag:02X} ends after the data, at {at}")
        value = data[at : at + length]
        at += length
        items.append(Item(tag, value, _decode(value, budget, depth + 1) if constructed(tag) else ()))
    return tuple(items)


def _tag(data: bytes, start: int) -> tuple[int, int]:
    """The tag at `start`, and where it ends: up to three bytes."""
    at = start + 1
    if data[start] == 0:
        raise TlvError(f"no tag at {start}")
    if data[start] & 0x1F == 0x1F:
        while True:
            if at >= len(data):
                raise TlvError(f"cut short in a tag at {start}")
            at += 1
            if not data[at - 1] & 0x80:
                break
            if at - start == 3:
                raise TlvError(f"a tag of more than three bytes at {start}")
    return int.from_bytes(data[start:at], "big"), at


def _length(data: bytes, at: int) -> tuple[int, int]:
    """The length at `at`, and where it ends: one byte, or one or two after `81` or `82`."""
    if at >= len(data):
        raise TlvError(f"cut short before a length at {at}")
    first = data[at]
    if first < 0x80:
        return first, at + 1
    if first not in (0x81, 0x82):
        raise TlvError(f"a length of a form that EMV does not have at {at}")
    end = at + 1 + (first & 0x7F)
    if end > len(data):
        raise TlvError(f"cut short in a length at {at}")
    return int.from_bytes(data[at + 1 : end], "big"), end


def _tag_length(tag: int) -> int:
    return (tag.bit_length() + 7) // 8 or 1
