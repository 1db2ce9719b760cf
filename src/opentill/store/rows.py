"""Between objects and rows: what both databases share of a kind's table.

A row is read in the order of `COLUMNS`; `Table.stored` makes the object of it. `Table.values` gives what is written
beside the body.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from opentill.ports.store import Insert, Kind, Page, Scalar, Stored, Update

COLUMNS = "account, livemode, id, created, version, hidden, body"

encode_hidden = msgspec.json.Encoder().encode


class Table:
    """A kind, ready for use: its decoders, and the columns its objects are looked up by."""

    __slots__ = ("_decode_hidden", "_decode_value", "columns", "functions", "kind", "name")

    def __init__(self, kind: Kind[Any, Any]) -> None:
        self.kind = kind
        self.name = kind.table
        self.columns: tuple[str, ...] = tuple(kind.columns)
        self.functions: tuple[Callable[[Any, Any], Scalar], ...] = tuple(kind.columns.values())
        self._decode_value: Callable[[bytes], Any] = (
            msgspec.Raw if kind.type is msgspec.Raw else msgspec.json.Decoder[Any](kind.type).decode
        )
        self._decode_hidden = msgspec.json.Decoder[Any](kind.hidden).decode

    def stored(self, row: Sequence[Any]) -> Stored[Any, Any]:
        """The object of a row in the order of `COLUMNS`."""
        account, livemode, id, created, version, hidden, body = row
        value = self._decode_value(body)
        return Stored(
            self.kind,
            account,
            bool(livemode),
            id,
            created,
            version,
            value,
            None if hidden is None else self._decode_hidden(hidden),
        )

    def page(self, rows: Sequence[Sequence[Any]], limit: int, *, backwards: bool = False) -> Page[Any, Any]:
        """The page of what one of the statements of lists.py gave."""
        items = [self.stored(row) for row in rows[:limit]]
        if backwards:
            items.reverse()
        return Page(items, len(rows) > limit)

    def values(self, value: Any, hidden: Any) -> list[Scalar]:
        """The values of `columns` for an object."""
        return [function(value, hidden) for function in self.functions]

    def column(self, name: str) -> str:
        """The name of a column to look up by. Raises ValueError if the kind has no such column."""
        if name != "created" and name not in self.columns:
            raise ValueError(f"{self.name} has no column {name}")
        return name


def inserted(insert: Insert) -> Stored[Any, Any]:
    """What reading the object just inserted would give."""
    return Stored(
        insert.kind, insert.account, insert.livemode, insert.id, insert.created, 1, insert.value, insert.hidden
    )


def updated(update: Update) -> Stored[Any, Any]:
    """What reading the object just updated would give."""
    old = update.stored
    return Stored(
        old.kind, old.account, old.livemode, old.id, old.created, old.version + 1, update.value, update.hidden
    )


def storable(text: str) -> str:
    """The text as PostgreSQL can hold it: without U+0000."""
    return text.replace("\0", "\ufffd") if "\0" in text else text
