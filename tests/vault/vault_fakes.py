"""A store in memory, as much of one as the vault uses, and a clock that stands still."""

from collections.abc import Awaitable, Callable
from typing import Any

from opentill.ports.store import Changes, Conflict, Insert, Kind, Stored, Update

Hook = Callable[[], Awaitable[None]]


class MemoryStore:
    """Objects by (account, id), with versions checked like the real ones.

    `before_commit` runs once, before the next commit: somebody else who is quicker.
    """

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], Stored[Any, Any]] = {}
        self.before_commit: Hook | None = None

    async def commit(self, changes: Changes) -> None:
        hook, self.before_commit = self.before_commit, None
        if hook is not None:
            await hook()
        for insert in changes.inserts:
            if (insert.account, insert.id) in self.rows:
                raise Conflict(insert.kind.table, "taken")
        for update in changes.updates:
            if self.rows.get(self._key(update)) is not update.stored:
                raise Conflict(update.stored.kind.table, "changed")
        for insert in changes.inserts:
            self.rows[insert.account, insert.id] = self._stored(insert)
        for update in changes.updates:
            old = update.stored
            self.rows[self._key(update)] = Stored(
                old.kind, old.account, old.livemode, old.id, old.created, old.version + 1, update.value, update.hidden
            )

    async def get(self, kind: Kind[Any, Any], account: str, id: str) -> Stored[Any, Any] | None:
        return self.rows.get((account, id))

    async def due(self, kind: Kind[Any, Any], column: str, until: int, limit: int) -> list[Stored[Any, Any]]:
        assert column == "created"
        return sorted((row for row in self.rows.values() if row.created <= until), key=lambda row: row.created)[:limit]

    @staticmethod
    def _key(update: Update) -> tuple[str, str]:
        return update.stored.account, update.stored.id

    @staticmethod
    def _stored(insert: Insert) -> Stored[Any, Any]:
        return Stored(
            insert.kind, insert.account, insert.livemode, insert.id, insert.created, 1, insert.value, insert.hidden
        )


class FixedClock:
    """The same moment always."""

    def now(self) -> int:
        return 1_793_880_000

    def now_ms(self) -> int:
        return self.now() * 1000
