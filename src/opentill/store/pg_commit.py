"""A commit as one statement for PostgreSQL: one round trip, atomic by itself.

    WITH u0 AS (UPDATE payment_intents SET … WHERE account = $4 AND id = $5 AND version = $6 RETURNING 1),
         i0 AS (INSERT INTO charges (…) VALUES (…)),
         i1 AS (INSERT INTO events (…) VALUES (…), (…)),
         p AS (INSERT INTO postings (…) VALUES (…), (…) RETURNING …),
         t AS (INSERT INTO ledger_tail SELECT * FROM p)
    SELECT opentill_unchanged((SELECT count(*) FROM u0), 'payment_intents')

`opentill_unchanged` raises if the object was no longer at its version, and all of it is taken back. The text depends
only on the shape of the changes (which tables, how many rows), so each shape is built once here and planned once by
each connection.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from opentill.ports.store import Changes, Conflict, Delete, Insert, Kind, Update
from opentill.store.pg_driver import sqlstate, table_name
from opentill.store.rows import COLUMNS, Table, encode_hidden, storable

CHANGED = "OT001"  # what opentill_unchanged raises
UNIQUE_VIOLATION = "23505"
OVERTAKEN = ("40001", "40P01")  # serialization failure, deadlock: somebody else got there first
SHAPES_MAX = 2000  # texts kept; more shapes than any program has

_POSTING = ("account", "livemode", "entry", "ledger_account", "currency", "amount", "source", "created")

Marks: TypeAlias = Callable[[], str]


class PgTable(Table):
    """A kind with the parts of its statements."""

    __slots__ = ("body", "inserted", "one")

    def __init__(self, kind: Kind[Any, Any]) -> None:
        super().__init__(kind)
        self.one = f"SELECT {COLUMNS} FROM {self.name} WHERE account = $1 AND id = $2"
        self.body = f"SELECT livemode, body FROM {self.name} WHERE account = $1 AND id = $2"
        self.inserted = ("account", "livemode", "id", "created", *self.columns, "hidden", "body")

    def write(self, value: Any, hidden: Any, changes: Changes, parameters: list[Any], *, body: bool = True) -> None:
        """Add the parameters for the columns, the hidden part and the body."""
        for function in self.functions:
            found = function(value, hidden)
            parameters.append(storable(found) if type(found) is str else found)
        parameters.append(None if hidden is None else encode_hidden(hidden))
        if body:
            parameters.append(changes.encode(value))


# What a statement does, in order: ("update", table, with its body), ("delete", table, True),
# ("insert", table, rows), ("postings", None, rows).
Part: TypeAlias = tuple[str, PgTable | None, int]


class Statements:
    """Builds statements, and keeps their texts by shape."""

    def __init__(self, tables: Mapping[Kind[Any, Any], PgTable]) -> None:
        self._tables = tables
        self._texts: dict[tuple[Part, ...], str] = {}

    def commit(self, changes: Changes) -> tuple[str, list[Any]] | None:
        """The statement and its parameters; None if there is nothing to do."""
        parts: list[Part] = []
        parameters: list[Any] = []
        for change in self._locking(changes):
            stored = change.stored
            table = self._tables[stored.kind]
            if isinstance(change, Update):
                body = change.value is not stored.value
                table.write(change.value, change.hidden, changes, parameters, body=body)
                parts.append(("update", table, body))
            else:
                parts.append(("delete", table, 1))
            parameters += (stored.account, stored.id, stored.version)
        for table, inserts in self._by_table(changes):
            for insert in inserts:
                parameters += (insert.account, insert.livemode, storable(insert.id), insert.created)
                table.write(insert.value, insert.hidden, changes, parameters)
            parts.append(("insert", table, len(inserts)))
        if changes.postings:
            for posting in changes.postings:
                parameters += (
                    posting.account,
                    posting.livemode,
                    posting.entry,
                    posting.ledger_account,
                    posting.currency,
                    posting.amount,
                    posting.source,
                    posting.created,
                )
            parts.append(("postings", None, len(changes.postings)))
        if not parts:
            return None
        shape = tuple(parts)
        text = self._texts.get(shape)
        if text is None:
            if len(self._texts) >= SHAPES_MAX:
                self._texts.clear()
            text = self._texts[shape] = _text(shape)
        return text, parameters

    def _locking(self, changes: Changes) -> list[Update | Delete]:
        """What locks rows, in an order that is the same for everybody, so that nobody waits in a circle."""
        found: list[Update | Delete] = [*changes.updates, *changes.deletes]
        if len(found) > 1:
            found.sort(key=lambda change: (change.stored.kind.table, change.stored.account, change.stored.id))
        return found

    def _by_table(self, changes: Changes) -> list[tuple[PgTable, list[Insert]]]:
        """The inserts of each table in their order, the tables in the same order for every shape."""
        groups: dict[PgTable, list[Insert]] = {}
        for insert in changes.inserts:
            groups.setdefault(self._tables[insert.kind], []).append(insert)
        found = list(groups.items())
        if len(found) > 1:
            found.sort(key=lambda group: group[0].name)
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


def _text(shape: tuple[Part, ...]) -> str:
    """The statement of a shape."""
    count = 0

    def mark() -> str:
        nonlocal count
        count += 1
        return f"${count}"

    steps: list[str] = []
    checks: list[str] = []
    for number, (what, table, detail) in enumerate(shape):
        name = f"s{number}"
        if table is None:
            rows = ", ".join(_row(_POSTING, mark) for _ in range(detail))
            steps.append(
                f"{name} AS (INSERT INTO postings ({', '.join(_POSTING)}) VALUES {rows} "
                "RETURNING account, livemode, ledger_account, currency, amount)"
            )
            steps.append(f"tail AS (INSERT INTO ledger_tail SELECT * FROM {name})")
        elif what == "insert":
            rows = ", ".join(_row(table.inserted, mark, ", 1") for _ in range(detail))
            steps.append(f"{name} AS (INSERT INTO {table.name} ({', '.join(table.inserted)}, version) VALUES {rows})")
        else:
            head = f"DELETE FROM {table.name}"
            if what == "update":
                columns = (*table.columns, "hidden", "body") if detail else (*table.columns, "hidden")
                sets = ", ".join(f"{column} = {mark()}" for column in columns)
                head = f"UPDATE {table.name} SET version = version + 1, {sets}"
            where = f"account = {mark()} AND id = {mark()} AND version = {mark()}"
            steps.append(f"{name} AS ({head} WHERE {where} RETURNING 1)")
            checks.append(f"opentill_unchanged((SELECT count(*) FROM {name}), '{table.name}')")
    return f"WITH {', '.join(steps)} SELECT {', '.join(checks) or '1'}"


def _row(columns: tuple[str, ...], mark: Marks, further: str = "") -> str:
    return f"({', '.join(mark() for _ in columns)}{further})"
