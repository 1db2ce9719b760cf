"""Commits as one statement for PostgreSQL: one round trip for as many of them as come together, atomic by itself.

    WITH s0 AS (UPDATE payment_intents AS t SET version = t.version + 1, …
                FROM unnest($1::text[], …) AS n (account, id, version, …)
                WHERE t.account = n.account AND t.id = n.id AND t.version = n.version RETURNING 1),
         s1 AS (INSERT INTO charges (…) SELECT *, 1 FROM unnest($9::text[], …)),
         s2 AS (INSERT INTO postings (…) SELECT * FROM unnest($19::text[], …) RETURNING …),
         tail AS (INSERT INTO ledger_tail SELECT * FROM s2)
    SELECT opentill_unchanged((SELECT count(*) FROM s0) - cardinality($1) + 1, 'payment_intents')

`opentill_unchanged` raises if an object was no longer at its version, and all of it is taken back. A parameter is a
column of all rows, so the text depends only on what is done to which tables, not on how many rows there are: there are
few texts, each built once here and planned once by each connection.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, TypeAlias

from opentill.ports.store import Changes, Conflict, Delete, Kind, Update
from opentill.store.pg_driver import sqlstate, table_name
from opentill.store.rows import COLUMNS, Table, encode_hidden, storable

CHANGED = "OT001"  # what opentill_unchanged raises unless it is called with 1
UNIQUE_VIOLATION = "23505"
OVERTAKEN = ("40001", "40P01")  # serialization failure, deadlock: somebody else got there first
SHAPES_MAX = 2000  # texts kept; more shapes than any program has

_POSTING = {
    "account": "text",
    "livemode": "boolean",
    "entry": "text",
    "ledger_account": "text",
    "currency": "text",
    "amount": "bigint",
    "source": "text",
    "created": "bigint",
}

# Written so that the primary key is the only index that can answer it. To a planner that knows nothing of a table yet,
# any index that begins with the account is as good, and it would keep to that when there are many rows.
_SAME = "t.id = n.id AND t.account IS NOT DISTINCT FROM n.account"

Row: TypeAlias = Sequence[Any]


class PgTable(Table):
    """A kind with what its statements need. `types` are those of its columns; the schema says them (`learn`)."""

    __slots__ = ("types",)

    def __init__(self, kind: Kind[Any, Any]) -> None:
        super().__init__(kind)
        self.types: Mapping[str, str] = {}

    def learn(self, types: Mapping[str, str]) -> None:
        """Take the types of the columns from the schema. Raises ValueError if a column is not there."""
        missing = {*self.columns, "hidden", "body"} - types.keys()
        if missing:
            raise ValueError(f"the schema has no {self.name}.{min(missing)}")
        self.types = types

    def written(self, value: Any, hidden: Any) -> list[Any]:
        """What is written of an object beside its body."""
        row: list[Any] = []
        for function in self.functions:
            found = function(value, hidden)
            row.append(storable(found) if type(found) is str else found)
        row.append(None if hidden is None else encode_hidden(hidden))
        return row


# What a statement does, in order: ("update" | "delete" | "insert", table), ("postings", None).
Part: TypeAlias = tuple[str, PgTable | None]


class Statements:
    """Builds statements, and keeps their texts by shape."""

    def __init__(self, tables: Mapping[Kind[Any, Any], PgTable]) -> None:
        self._tables = tables
        self._texts: dict[tuple[Part, ...], str] = {}
        self._reads: dict[tuple[PgTable, ...], str] = {}

    def commit(self, together: Sequence[Changes]) -> tuple[str, list[Any]]:
        """The statement that makes all the changes or none of them, and its parameters."""
        parts: dict[Part, list[Row]] = {}
        for change, changes in _locking(together):
            stored = change.stored
            table = self._tables[stored.kind]
            row: list[Any] = [stored.account, stored.id, stored.version]
            if isinstance(change, Update):
                row += table.written(change.value, change.hidden)
                row.append(None if change.value is stored.value else changes.encode(change.value))
                parts.setdefault(("update", table), []).append(row)
            else:
                parts.setdefault(("delete", table), []).append(row)
        inserts: dict[PgTable, list[Row]] = {}
        for changes in together:
            for insert in changes.inserts:
                table = self._tables[insert.kind]
                row = [insert.account, insert.livemode, storable(insert.id), insert.created]
                row += table.written(insert.value, insert.hidden)
                row.append(changes.encode(insert.value))
                inserts.setdefault(table, []).append(row)
        for table in sorted(inserts, key=lambda table: table.name):
            parts[("insert", table)] = inserts[table]
        postings: list[Row] = [
            tuple(getattr(one, column) for column in _POSTING) for changes in together for one in changes.postings
        ]
        if postings:
            parts[("postings", None)] = postings
        return self._text(tuple(parts)), [list(column) for rows in parts.values() for column in zip(*rows, strict=True)]

    def read(self, tables: tuple[PgTable, ...]) -> str:
        """The statement that reads objects of several tables; for each it takes a list of accounts and one of ids.

        Its rows begin with the number of the table.
        """
        text = self._reads.get(tables)
        if text is None:
            columns = ", ".join(f"t.{column}" for column in COLUMNS.split(", "))
            text = " UNION ALL ".join(
                f"SELECT {number}, {columns} FROM unnest(${2 * number + 1}::text[], ${2 * number + 2}::text[]) "
                f"AS n (account, id) JOIN {table.name} AS t ON {_SAME}"
                for number, table in enumerate(tables)
            )
            if len(self._reads) >= SHAPES_MAX:
                self._reads.clear()
            self._reads[tables] = text
        return text

    def _text(self, shape: tuple[Part, ...]) -> str:
        text = self._texts.get(shape)
        if text is None:
            if len(self._texts) >= SHAPES_MAX:
                self._texts.clear()
            text = self._texts[shape] = _text(shape)
        return text


def _locking(together: Sequence[Changes]) -> list[tuple[Update | Delete, Changes]]:
    """What locks rows, in an order that is the same for everybody, so that nobody waits in a circle."""
    found = [(change, changes) for changes in together for change in chain(changes.updates, changes.deletes)]
    if len(found) > 1:
        found.sort(key=lambda one: (one[0].stored.kind.table, one[0].stored.account, one[0].stored.id))
    return found


def conflict(error: Exception, changes: Changes) -> Conflict | None:
    """The conflict that a server's error stands for, if it does."""
    state = sqlstate(error)
    if state == UNIQUE_VIOLATION:
        return Conflict(table_name(error), "taken")
    if state == CHANGED:
        return Conflict(str(error), "changed")
    if state in OVERTAKEN:
        stored = [change.stored for change in (*changes.updates, *changes.deletes)]
        kinds = [*(one.kind for one in stored), *(insert.kind for insert in changes.inserts)]
        return Conflict(kinds[0].table if kinds else "postings", "changed")
    return None


def _text(shape: Sequence[Part]) -> str:
    """The statement of a shape."""
    steps: list[str] = []
    checks: list[str] = []
    count = 0
    for number, (what, table) in enumerate(shape):
        name, first = f"s{number}", count + 1
        types = _types(what, table)
        rows = f"unnest({', '.join(f'${first + n}::{type}[]' for n, type in enumerate(types.values()))})"
        count += len(types)
        if table is None:
            steps.append(
                f"{name} AS (INSERT INTO postings ({', '.join(types)}) SELECT * FROM {rows} "
                "RETURNING account, livemode, ledger_account, currency, amount)"
            )
            steps.append(f"tail AS (INSERT INTO ledger_tail SELECT * FROM {name})")
        elif what == "insert":
            steps.append(f"{name} AS (INSERT INTO {table.name} ({', '.join(types)}, version) SELECT *, 1 FROM {rows})")
        else:
            head, using = f"DELETE FROM {table.name} AS t", "USING"
            if what == "update":
                sets = "".join(f", {column} = n.{column}" for column in (*table.columns, "hidden"))
                sets += ", body = coalesce(n.body, t.body)"
                head, using = f"UPDATE {table.name} AS t SET version = t.version + 1{sets}", "FROM"
            where = f"{_SAME} AND t.version = n.version"
            steps.append(f"{name} AS ({head} {using} {rows} AS n ({', '.join(types)}) WHERE {where} RETURNING 1)")
            missed = f"(SELECT count(*) FROM {name}) - cardinality(${first}) + 1"
            checks.append(f"opentill_unchanged({missed}, '{table.name}')")
    return f"WITH {', '.join(steps)} SELECT {', '.join(checks) or '1'}"


def _types(what: str, table: PgTable | None) -> Mapping[str, str]:
    """The columns that are parameters of a part, with their types."""
    if table is None:
        return _POSTING
    types = {"account": "text", "livemode": "boolean", "id": "text", "created": "bigint"}
    if what != "insert":
        types = {"account": "text", "id": "text", "version": "bigint"}
    if what != "delete":
        types |= {column: table.types[column] for column in (*table.columns, "hidden", "body")}
    return types
