"""The store on SQLite: one file, one process, every commit durable (WAL with synchronous=FULL).

Commits go to a thread of their own (sqlite_writer.py). Reads by key run where they are called, on the event loop:
they take some 10 µs, less than handing them to a thread. Searches, and lists by conditions that no index answers,
may look at many rows and run in a second thread.

No other process writes here (a lock file sees to it), so what was committed or read last is what there is, and
objects that were used lately are answered from memory.
"""

import asyncio
import os
import sqlite3
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from opentill.ports.store import (
    Changes,
    Condition,
    Kind,
    LedgerSum,
    Page,
    Query,
    Stored,
    StoreUnavailable,
)
from opentill.store.lists import narrowed, narrowing_statement, page_statement, search_statement, waiting_statement
from opentill.store.rows import COLUMNS, inserted, updated
from opentill.store.sqlite_dialect import SqliteDialect
from opentill.store.sqlite_file import connect_to_read, connect_to_write, lock, unavailable
from opentill.store.sqlite_table import SqliteTable, posting_step
from opentill.store.sqlite_writer import Commit, Step, Writer

T = TypeVar("T")
H = TypeVar("H")

_DIALECT = SqliteDialect()
_SCANS = ("in", "prefix")


class SqliteStore:
    """`opentill.ports.store.Store` in the SQLite database at `path`, made if it is not there.

    `kinds` are the kinds it will be asked for. `pages_max` bounds the file, in pages of 4 KiB; None: the disk does.
    """

    def __init__(self, path: Path, kinds: Sequence[Kind[Any, Any]], *, pages_max: int | None = None) -> None:
        self._path = path.resolve()
        self._tables: dict[Kind[Any, Any], SqliteTable] = {kind: SqliteTable(kind) for kind in kinds}
        self._writer = Writer(self._path, lambda: connect_to_write(self._path, pages_max), self._settled)
        self._lock: int | None = None
        self._reader: sqlite3.Connection | None = None
        self._scanner: sqlite3.Connection | None = None
        self._scans = ThreadPoolExecutor(1, thread_name_prefix="store-scan")

    @property
    def transactions(self) -> int:
        """How many transactions commits have taken; fewer than there were commits, where those came together."""
        return self._writer.transactions

    async def start(self) -> None:
        try:
            self._lock = lock(self._path)
            await self._writer.start()
            self._reader = connect_to_read(self._path)
            self._scanner = connect_to_read(self._path)
            self._check_schema(self._reader)
        except BaseException as error:
            await self.close()
            if isinstance(error, sqlite3.Error):
                raise self._public(error) from error
            raise

    async def close(self) -> None:
        await asyncio.to_thread(self._scans.shutdown)
        for connection in (self._reader, self._scanner):
            if connection is not None:
                connection.close()
        self._reader = self._scanner = None
        await self._writer.close()
        for table in self._tables.values():
            table.recent = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    async def ready(self) -> bool:
        try:
            await self._writer.call(_probe)
            self._read("SELECT count FROM probes", ())
        except StoreUnavailable:
            return False
        return True

    async def commit(self, changes: Changes) -> None:
        steps = self._steps(changes)
        if steps:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._writer.put(Commit(changes, steps, future))
            await future

    def _steps(self, changes: Changes) -> list[Step]:
        """What the writer is to run. All encoding happens here, on the event loop."""
        tables = self._tables
        steps = [tables[delete.stored.kind].delete(delete) for delete in changes.deletes]
        steps += [tables[update.stored.kind].update(update, changes) for update in changes.updates]
        steps += [tables[insert.kind].insert(insert, changes) for insert in changes.inserts]
        steps += [posting_step(posting) for posting in changes.postings]
        return steps

    def _settled(self, batch: Sequence[Commit], outcomes: Sequence[BaseException | None]) -> None:
        """Back on the event loop: what was committed is what there is now."""
        for commit, error in zip(batch, outcomes, strict=True):
            if commit.future.done():  # whoever waited was cancelled
                continue
            if error is None:
                commit.future.set_result(None)
            else:
                commit.future.set_exception(error)
        for commit, error in zip(batch, outcomes, strict=True):
            if error is None:
                self._remember(commit.changes)
            else:
                self._forget(commit.changes)

    def _forget(self, changes: Changes) -> None:
        """After a conflict the next reading is from the file, should it know better than our memory."""
        for change in (*changes.updates, *changes.deletes):
            stored = change.stored
            self._tables[stored.kind].forget(stored.account, stored.id)

    def _remember(self, changes: Changes) -> None:
        tables = self._tables
        for delete in changes.deletes:
            tables[delete.stored.kind].forget(delete.stored.account, delete.stored.id)
        for update in changes.updates:
            table = tables[update.stored.kind]
            if table.recent is not None:
                table.remember(updated(update))
        for insert in changes.inserts:
            table = tables[insert.kind]
            if table.recent is not None:
                table.remember(inserted(insert))

    async def get(self, kind: Kind[T, H], account: str, id: str) -> Stored[T, H] | None:
        table = self._tables[kind]
        known = table.recall(account, id)
        if known is not None:
            return known
        rows = self._read(table.one, (account, id))
        if not rows:
            return None
        stored = table.stored(rows[0])
        table.remember(stored)
        return stored

    async def get_body(self, kind: Kind[Any, Any], account: str, id: str) -> tuple[bool, bytes] | None:
        rows = self._read(self._tables[kind].body, (account, id))
        return (bool(rows[0][0]), rows[0][1]) if rows else None

    async def get_many(self, kind: Kind[T, H], account: str, ids: Sequence[str]) -> dict[str, Stored[T, H]]:
        table = self._tables[kind]
        found: dict[str, Stored[T, H]] = {}
        missing: list[str] = []
        for id in ids:
            known = table.recall(account, id)
            if known is None:
                missing.append(id)
            else:
                found[id] = known
        if missing:
            marks = ", ".join("?" for _ in missing)
            sql = f"SELECT {COLUMNS} FROM {table.name} WHERE account = ? AND id IN ({marks})"
            for row in self._read(sql, (account, *missing)):
                stored = table.stored(row)
                table.remember(stored)
                found[stored.id] = stored
        return found

    async def get_each(
        self, account: str, wanted: Sequence[tuple[Kind[Any, Any], str]]
    ) -> Sequence[Stored[Any, Any] | None]:
        return [await self.get(kind, account, id) for kind, id in wanted]

    async def find(
        self, kind: Kind[T, H], column: str, value: str | int, *, account: str | None = None, limit: int = 100
    ) -> list[Stored[T, H]]:
        table = self._tables[kind]
        where, values = f"{table.column(column)} = ?", (value, limit)
        if account is not None:
            where, values = f"account = ? AND {where}", (account, *values)
        sql = f"SELECT {COLUMNS} FROM {table.name} WHERE {where} ORDER BY created DESC, seq DESC LIMIT ?"
        return [table.stored(row) for row in self._read(sql, values)]

    async def due(self, kind: Kind[T, H], column: str, until: int, limit: int) -> list[Stored[T, H]]:
        table = self._tables[kind]
        name = table.column(column)
        sql = f"SELECT {COLUMNS} FROM {table.name} WHERE {name} <= ? ORDER BY {name}, seq LIMIT ?"
        return [table.stored(row) for row in self._read(sql, (until, limit))]

    async def due_by(
        self, kind: Kind[T, H], column: str, by: str, until: int, each: int, *, but_not: Collection[str] = ()
    ) -> list[Stored[T, H]]:
        table = self._tables[kind]
        waiting = [value for (value,) in self._read(waiting_statement(table, column, by), ()) if value not in but_not]
        sql = f"SELECT {COLUMNS} FROM {table.name} WHERE {by} = ? AND {column} <= ? ORDER BY {column}, seq LIMIT ?"
        return [table.stored(row) for value in waiting for row in self._read(sql, (value, until, each))]

    async def page(
        self,
        kind: Kind[T, H],
        account: str,
        livemode: bool,
        conditions: Sequence[Condition] = (),
        *,
        limit: int,
        starting_after: Stored[Any, Any] | None = None,
        ending_before: Stored[Any, Any] | None = None,
    ) -> Page[T, H]:
        table = self._tables[kind]
        for condition in conditions:
            if condition.op == "prefix":
                found = await self._scan(*narrowing_statement(_DIALECT, table, account, condition))
                conditions = narrowed(conditions, condition, [row[0] for row in found])
        sql, values = page_statement(
            _DIALECT,
            table,
            account,
            livemode,
            conditions,
            limit=limit,
            starting_after=starting_after,
            ending_before=ending_before,
        )
        if any(condition.op in _SCANS for condition in conditions):
            rows = await self._scan(sql, values)
        else:
            rows = self._read(sql, values)
        return table.page(rows, limit, backwards=ending_before is not None)

    async def search(
        self,
        kind: Kind[T, H],
        account: str,
        livemode: bool,
        query: Query,
        conditions: Sequence[Condition] = (),
        *,
        limit: int,
        after: Stored[Any, Any] | None,
    ) -> Page[T, H]:
        table = self._tables[kind]
        sql, values = search_statement(_DIALECT, table, account, livemode, query, conditions, limit=limit, after=after)
        return table.page(await self._scan(sql, values), limit)

    async def ledger_sums(self, account: str, livemode: bool) -> list[LedgerSum]:
        rows = self._read(
            "SELECT ledger_account, currency, sum(amount) FROM ("
            "SELECT ledger_account, currency, amount FROM ledger_totals WHERE account = ?1 AND livemode = ?2 "
            "UNION ALL SELECT ledger_account, currency, amount FROM postings "
            "WHERE seq > (SELECT seq FROM ledger_folded) AND account = ?1 AND livemode = ?2"
            ") GROUP BY ledger_account, currency ORDER BY ledger_account, currency",
            (account, int(livemode)),
        )
        return [LedgerSum(*row) for row in rows]

    async def purge(self, kind: Kind[Any, Any], created_before: int, limit: int) -> int:
        """Delete up to `limit` objects created before, oldest first; how many went. Finding them blocks nobody."""
        table = self._tables[kind]
        found = await self._scan(
            f"SELECT account, id, created FROM {table.name} WHERE created < ? ORDER BY created LIMIT ?",
            (created_before, limit),
        )

        def delete(connection: sqlite3.Connection) -> int:
            connection.execute("BEGIN IMMEDIATE")
            sql = f"DELETE FROM {table.name} WHERE account = ? AND id = ? AND created = ?"
            gone = connection.executemany(sql, found).rowcount
            connection.execute("COMMIT")
            return gone

        gone = await self._writer.call(delete) if found else 0
        for account, id, _ in found:
            table.forget(account, id)
        return gone

    def _read(self, sql: str, values: Sequence[Any]) -> list[Any]:
        """Read here and now."""
        if self._reader is None:
            raise StoreUnavailable(f"{self._path}: the store is closed.")
        try:
            return self._reader.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise self._public(error) from error

    async def _scan(self, sql: str, values: Sequence[Any]) -> list[Any]:
        """Read in the second thread."""
        connection = self._scanner
        if connection is None:
            raise StoreUnavailable(f"{self._path}: the store is closed.")

        def scan() -> list[Any]:
            return connection.execute(sql, values).fetchall()

        try:
            return await asyncio.get_running_loop().run_in_executor(self._scans, scan)
        except sqlite3.Error as error:
            raise self._public(error) from error

    def _public(self, error: sqlite3.Error) -> Exception:
        return unavailable(error, self._path) or error

    def _check_schema(self, connection: sqlite3.Connection) -> None:
        for table in self._tables.values():
            present = {row[1] for row in connection.execute(f"PRAGMA table_info({table.name})")}
            missing = {"body", *table.columns} - present
            if missing:
                raise ValueError(f"the schema has no {table.name}.{min(missing)}")


def _probe(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE probes SET count = count + 1")
