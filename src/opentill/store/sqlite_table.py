"""A kind in SQLite: its statements, the steps its changes take, and its objects that were used last."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from opentill.ports.store import Changes, Delete, Insert, Kind, Posting, Stored, Update
from opentill.store.rows import COLUMNS, Table, encode_hidden
from opentill.store.sqlite_writer import Statement, Step

RECENT_MAX = 512  # objects of each kind that are kept in memory


def _insert(table: str, columns: Sequence[str], further: str = "") -> Statement:
    row = f"({', '.join('?' for _ in columns)}{', 1' if further else ''})"
    names = ", ".join(columns) + (f", {further}" if further else "")
    return Statement(table, f"INSERT INTO {table} ({names}) VALUES {row}", 2, row)


_POSTING = _insert(
    "postings", ("account", "livemode", "entry", "ledger_account", "currency", "amount", "source", "created")
)


def posting_step(posting: Posting) -> Step:
    """The step that writes a posting."""
    return _POSTING, (
        posting.account,
        int(posting.livemode),
        posting.entry,
        posting.ledger_account,
        posting.currency,
        posting.amount,
        posting.source,
        posting.created,
    )


class SqliteTable(Table):
    """A kind with its statements, and its objects that were used last.

    `recent` is None until the first `get` of the kind: what nobody gets need not be remembered.
    """

    __slots__ = ("_delete", "_insert", "_updates", "body", "one", "recent")

    def __init__(self, kind: Kind[Any, Any]) -> None:
        super().__init__(kind)
        name = self.name
        columns = ("account", "livemode", "id", "created", *self.columns, "hidden", "body")
        self.one = f"SELECT {COLUMNS} FROM {name} WHERE account = ? AND id = ?"
        self.body = f"SELECT livemode, body FROM {name} WHERE account = ? AND id = ?"
        self._insert = _insert(name, columns, "version")
        self._delete = Statement(name, f"DELETE FROM {name} WHERE account = ? AND id = ? AND version = ?", 0)
        self._updates: dict[tuple[str, ...], Statement] = {}
        self.recent: OrderedDict[tuple[str, str], Stored[Any, Any]] | None = None

    def insert(self, insert: Insert, changes: Changes) -> Step:
        """The step that inserts an object."""
        value, hidden = insert.value, insert.hidden
        row: list[Any] = [insert.account, int(insert.livemode), insert.id, insert.created]
        row += [function(value, hidden) for function in self.functions]
        row += (None if hidden is None else encode_hidden(hidden), changes.encode(value))
        return self._insert, row

    def delete(self, delete: Delete) -> Step:
        """The step that deletes an object."""
        stored = delete.stored
        return self._delete, (stored.account, stored.id, stored.version)

    def update(self, update: Update, changes: Changes) -> Step:
        """The step that writes what changed, and only that: SQLite updates the index of every column it is told."""
        stored, value, hidden = update.stored, update.value, update.hidden
        changed: list[str] = []
        row: list[Any] = []
        if value is not stored.value or hidden is not stored.hidden:
            for column, function in zip(self.columns, self.functions, strict=True):
                now = function(value, hidden)
                if now != function(stored.value, stored.hidden):
                    changed.append(column)
                    row.append(now)
        if hidden is not stored.hidden:
            changed.append("hidden")
            row.append(None if hidden is None else encode_hidden(hidden))
        if value is not stored.value:
            changed.append("body")
            row.append(changes.encode(value))
        row += (stored.account, stored.id, stored.version)
        return self._update(tuple(changed)), row

    def _update(self, changed: tuple[str, ...]) -> Statement:
        statement = self._updates.get(changed)
        if statement is None:
            sets = "".join(f", {column} = ?" for column in changed)
            sql = f"UPDATE {self.name} SET version = version + 1{sets} WHERE account = ? AND id = ? AND version = ?"
            statement = self._updates[changed] = Statement(self.name, sql, 1)
        return statement

    def recall(self, account: str, id: str) -> Stored[Any, Any] | None:
        """An object that was used lately. From the first call on, objects of this kind are remembered."""
        recent = self.recent
        if recent is None:
            self.recent = OrderedDict()
            return None
        known = recent.get((account, id))
        if known is not None:
            recent.move_to_end((account, id))
        return known

    def remember(self, stored: Stored[Any, Any]) -> None:
        """Keep an object that was read or committed, unless what is kept is as new.

        A value of another type than the kind's (say, one that is encoded already) would read differently.
        """
        recent = self.recent
        if recent is None or type(stored.value) is not self.kind.type:
            return
        key = (stored.account, stored.id)
        known = recent.get(key)
        if known is None or known.version < stored.version:
            recent[key] = stored
            if len(recent) > RECENT_MAX:
                recent.popitem(last=False)

    def forget(self, account: str, id: str) -> None:
        """The object is gone."""
        if self.recent is not None:
            self.recent.pop((account, id), None)
