"""The shop's orders, and the cards it was asked to save: one SQLite file.

An order is open while it is rung up and paid, then completed (the goods are the customer's) or abandoned. Whether its
money has been taken is another question: `captured`. The reconciliation looks at both.
"""

import json
import sqlite3
import threading
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from .menu import ITEMS, Totals

_SCHEMA: Final = """
create table if not exists orders (
  id text primary key,
  created integer not null,
  state text not null default 'open' check (state in ('open', 'completed', 'abandoned')),
  quantities text not null,
  subtotal integer not null,
  tax integer not null,
  total integer not null,
  tip integer not null default 0,
  email text,
  payment_intent text unique,
  paid_with text check (paid_with in ('card', 'cash')),
  captured integer not null default 0,
  refunded integer not null default 0
) strict;
create index if not exists orders_by_time on orders (created);
create table if not exists cards (
  id text primary key,
  created integer not null,
  customer text not null,
  setup_intent text not null
) strict;
"""
_COLUMNS: Final = frozenset("state tip email payment_intent paid_with captured refunded".split())


@dataclass(frozen=True, slots=True)
class Order:
    """An order. `created` is in seconds; amounts are cents; `tip` is known when it has been paid."""

    id: str
    created: int
    state: str
    quantities: dict[str, int]
    subtotal: int
    tax: int
    total: int
    tip: int
    email: str | None
    payment_intent: str | None
    paid_with: str | None
    captured: bool
    refunded: bool

    def shown(self) -> dict[str, Any]:
        """The order as the page gets it."""
        lines = [
            {"item": id, "name": ITEMS[id].name, "quantity": quantity, "amount": ITEMS[id].price * quantity}
            for id, quantity in self.quantities.items()
            if id in ITEMS
        ]
        kept = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "quantities"}
        return kept | {"lines": lines}


@dataclass(frozen=True, slots=True)
class Card:
    """A card that is to be saved for a customer."""

    id: str
    customer: str
    setup_intent: str


class Orders:
    """The file. May be used by several threads."""

    def __init__(self, path: Path | str) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.executescript(_SCHEMA)

    def get(self, id: str) -> Order | None:
        """The order of that id."""
        found = self._rows("select * from orders where id = ?", id)
        return _order(found[0]) if found else None

    def since(self, moment: int) -> list[Order]:
        """Orders since then, in seconds, newest first."""
        return [
            _order(row) for row in self._rows("select * from orders where created >= ? order by created desc", moment)
        ]

    def ring_up(self, id: str, now: int, quantities: Mapping[str, int], totals: Totals) -> None:
        """Begin an order, or change one that is open and not being paid for any more."""
        self._rows(
            "insert into orders (id, created, quantities, subtotal, tax, total) values (?, ?, ?, ?, ?, ?) "
            "on conflict (id) do update set quantities = excluded.quantities, subtotal = excluded.subtotal, "
            "tax = excluded.tax, total = excluded.total where state = 'open'",
            *(id, now, json.dumps(quantities), totals.subtotal, totals.tax, totals.total),
        )

    def change(self, id: str, **columns: str | int | None) -> Order:
        """Set columns of an order; the order afterwards."""
        if not _COLUMNS.issuperset(columns):
            raise ValueError(f"not to be changed: {sorted(set(columns) - _COLUMNS)}")
        changes = ", ".join(f"{name} = ?" for name in columns)
        found = self._rows(f"update orders set {changes} where id = ? returning *", *columns.values(), id)  # noqa: S608 - our own names
        return _order(found[0])

    def card(self, id: str) -> Card | None:
        """The card of that id."""
        found = self._rows("select id, customer, setup_intent from cards where id = ?", id)
        return Card(*found[0]) if found else None

    def add_card(self, card: Card, now: int) -> None:
        """Remember a card that is to be saved."""
        self._rows(
            "insert or ignore into cards (id, created, customer, setup_intent) values (?, ?, ?, ?)",
            *(card.id, now, card.customer, card.setup_intent),
        )

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _rows(self, statement: str, *values: str | int | None) -> list[Any]:
        with self._lock, closing(self._connection.execute(statement, values)) as cursor:
            return cursor.fetchall()


def _order(row: Any) -> Order:
    columns: dict[str, Any] = dict(row)
    columns["quantities"] = json.loads(row["quantities"])
    columns["captured"], columns["refunded"] = bool(row["captured"]), bool(row["refunded"])
    return Order(**columns)
