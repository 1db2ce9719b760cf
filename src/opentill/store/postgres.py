"""The store on PostgreSQL, for one process or many: a commit is one statement and one round trip (pg_commit.py).

Commits that come together share one, and so do readings by id (pg_together.py). Nothing is answered from memory, for
other processes may have changed it.

When the database goes away, everything answers StoreUnavailable within seconds, and works again when it is back. A
commit whose connection breaks is never repeated here: it may have been carried out, and only its caller can tell.
"""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any, TypeAlias, TypeVar

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
from opentill.store.migrations import APPLIED, TABLE, pending, scripts
from opentill.store.pg_commit import PgTable, Statements, conflict
from opentill.store.pg_dialect import PgDialect
from opentill.store.pg_driver import Connection, ServerError
from opentill.store.pg_pool import Broken, Pool, Timeouts
from opentill.store.pg_together import Together
from opentill.store.rows import COLUMNS, Table, storable

T = TypeVar("T")
H = TypeVar("H")
_Row: TypeAlias = Sequence[Any]
_Key: TypeAlias = tuple[PgTable, str, str]

COMMITS_TOGETHER, READS_TOGETHER = 50, 200  # in one statement, at most
FOLD_AFTER = 1000  # postings of this process between two foldings of the tail into the totals
MIGRATION_SECONDS = 600
_MIGRATION_LOCK, _FOLD_LOCK = 0x6F70_656E_7469_6C01, 0x6F70_656E_7469_6C02  # advisory locks are numbers: "opentil" + n
_UNICODE = "und-x-icu"

_FOLD = f"""
WITH gone AS (
    DELETE FROM ledger_tail WHERE (SELECT pg_try_advisory_xact_lock({_FOLD_LOCK}))
    RETURNING account, livemode, ledger_account, currency, amount
)
INSERT INTO ledger_totals (account, livemode, ledger_account, currency, amount)
SELECT account, livemode, ledger_account, currency, sum(amount) FROM gone GROUP BY 1, 2, 3, 4
ON CONFLICT (account, livemode, ledger_account, currency)
DO UPDATE SET amount = ledger_totals.amount + excluded.amount
"""
_SUMS = """
SELECT ledger_account, currency, sum(amount)::bigint FROM (
    SELECT ledger_account, currency, amount FROM ledger_totals WHERE account = $1 AND livemode = $2
    UNION ALL
    SELECT ledger_account, currency, amount FROM ledger_tail WHERE account = $1 AND livemode = $2
) AS both_parts GROUP BY ledger_account, currency ORDER BY ledger_account, currency
"""
_SCHEMA = (
    "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = current_schema()"
)


class PostgresStore:
    """`opentill.ports.store.Store` in the PostgreSQL database at `dsn` ("postgresql://user@host/database").

    `kinds` are the kinds it will be asked for; `pool_size` bounds its connections.
    """

    def __init__(
        self, dsn: str, kinds: Sequence[Kind[Any, Any]], pool_size: int = 16, *, timeouts: Timeouts | None = None
    ) -> None:
        self._pool = Pool(dsn, pool_size, timeouts or Timeouts())
        self._tables: dict[Kind[Any, Any], PgTable] = {kind: PgTable(kind) for kind in kinds}
        self._statements = Statements(self._tables)
        self._commits = Together[Changes, None](self._commit, COMMITS_TOGETHER)
        self._reads = Together[Sequence[_Key], Sequence[_Row | None]](self._look_up, READS_TOGETHER)
        self._dialect = PgDialect()
        self._unfolded = 0
        self._folding: asyncio.Task[None] | None = None

    async def start(self) -> None:
        async with self._pool.connection() as connection:
            await _migrate(connection)
            types: dict[str, dict[str, str]] = {}
            for table, column, type in await connection.fetch(_SCHEMA):
                types.setdefault(table, {})[column] = type
            if await connection.fetch("SELECT 1 FROM pg_collation WHERE collname = $1", _UNICODE):
                self._dialect = PgDialect(_UNICODE)
        for table in self._tables.values():
            table.learn(types.get(table.name, {}))
        await self._pool.fetch(_FOLD)

    async def close(self) -> None:
        await self._commits.close()
        await self._reads.close()
        if self._folding is not None:
            await asyncio.wait([self._folding])
        await self._pool.close()

    async def ready(self) -> bool:
        try:
            await self._pool.fetch("UPDATE probes SET count = count + 1 RETURNING count")
        except StoreUnavailable:
            return False
        return True

    async def commit(self, changes: Changes) -> None:
        if not (changes.inserts or changes.updates or changes.deletes or changes.postings):
            return
        try:
            await self._commits.ask(changes)
        except ServerError as error:
            in_the_way = conflict(error, changes)
            if in_the_way is None:
                raise
            raise in_the_way from error
        if changes.postings:
            self._posted(len(changes.postings))

    async def _commit(self, together: Sequence[Changes]) -> Sequence[None]:
        await self._pool.fetch(*self._statements.commit(together))
        return [None] * len(together)

    def _posted(self, count: int) -> None:
        """Now and then, fold the tail of the ledger into the totals, beside the commits."""
        self._unfolded += count
        if self._unfolded >= FOLD_AFTER and self._folding is None:
            self._unfolded = 0
            self._folding = asyncio.create_task(self._fold())

    async def _fold(self) -> None:
        try:
            await self._pool.fetch(_FOLD)
        except StoreUnavailable:
            self._unfolded = FOLD_AFTER  # after the next commit, then
        finally:
            self._folding = None

    async def get(self, kind: Kind[T, H], account: str, id: str) -> Stored[T, H] | None:
        table = self._tables[kind]
        [row] = await self._reads.ask([(table, account, storable(id))])
        return None if row is None else table.stored(row)

    async def get_body(self, kind: Kind[Any, Any], account: str, id: str) -> tuple[bool, bytes] | None:
        [row] = await self._reads.ask([(self._tables[kind], account, storable(id))])
        return None if row is None else (row[1], row[6])

    async def get_many(self, kind: Kind[T, H], account: str, ids: Sequence[str]) -> dict[str, Stored[T, H]]:
        if not ids:
            return {}
        table = self._tables[kind]
        rows = await self._reads.ask([(table, account, storable(id)) for id in ids])
        return {row[2]: table.stored(row) for row in rows if row is not None}

    async def get_each(
        self, account: str, wanted: Sequence[tuple[Kind[Any, Any], str]]
    ) -> Sequence[Stored[Any, Any] | None]:
        if not wanted:
            return []
        keys = [(self._tables[kind], account, storable(id)) for kind, id in wanted]
        rows = await self._reads.ask(keys)
        return [None if row is None else key[0].stored(row) for key, row in zip(keys, rows, strict=True)]

    async def _look_up(self, together: Sequence[Sequence[_Key]]) -> Sequence[Sequence[_Row | None]]:
        """The rows with these keys, in their order."""
        wanted: dict[PgTable, dict[tuple[str, str], _Row | None]] = {}
        for keys in together:
            for table, account, id in keys:
                wanted.setdefault(table, {})[account, id] = None
        tables = tuple(sorted(wanted, key=lambda table: table.name))
        values = [list(column) for table in tables for column in zip(*wanted[table], strict=True)]
        for number, *row in await self._read(self._statements.read(tables), values):
            wanted[tables[number]][row[0], row[2]] = row
        return [[wanted[table][account, id] for table, account, id in keys] for keys in together]

    async def find(
        self, kind: Kind[T, H], column: str, value: str | int, *, account: str | None = None, limit: int = 100
    ) -> list[Stored[T, H]]:
        table = self._tables[kind]
        where, values = f"{table.column(column)} = $1", [storable(value) if isinstance(value, str) else value]
        if account is not None:
            where, values = f"{where} AND account = $2", [*values, account]
        sql = f"SELECT {COLUMNS} FROM {table.name} WHERE {where} ORDER BY created DESC, seq DESC LIMIT {limit:d}"
        return _objects(table, await self._read(sql, values))

    async def due(self, kind: Kind[T, H], column: str, until: int, limit: int) -> list[Stored[T, H]]:
        table = self._tables[kind]
        name = table.column(column)
        sql = f"SELECT {COLUMNS} FROM {table.name} WHERE {name} <= $1 ORDER BY {name}, seq LIMIT {limit:d}"
        return _objects(table, await self._read(sql, (until,)))

    async def due_by(
        self, kind: Kind[T, H], column: str, by: str, until: int, each: int, *, but_not: Collection[str] = ()
    ) -> list[Stored[T, H]]:
        table = self._tables[kind]
        sql = (
            f"SELECT {COLUMNS} FROM ({waiting_statement(table, column, by)} AND value <> ALL($2::text[])) AS each_one "
            f"CROSS JOIN LATERAL (SELECT * FROM {table.name} WHERE {by} = each_one.value AND {column} <= $1 "
            f"ORDER BY {column}, seq LIMIT {each:d}) AS found"
        )
        return _objects(table, await self._read(sql, (until, list(but_not))))

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
                found = await self._read(*narrowing_statement(self._dialect, table, account, condition))
                conditions = narrowed(conditions, condition, [row[0] for row in found])
        sql, values = page_statement(
            self._dialect,
            table,
            account,
            livemode,
            conditions,
            limit=limit,
            starting_after=starting_after,
            ending_before=ending_before,
        )
        return table.page(await self._read(sql, values), limit, backwards=ending_before is not None)

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
        sql, values = search_statement(
            self._dialect, table, account, livemode, query, conditions, limit=limit, after=after
        )
        return table.page(await self._read(sql, values), limit)

    async def ledger_sums(self, account: str, livemode: bool) -> list[LedgerSum]:
        return [LedgerSum(*row) for row in await self._read(_SUMS, (account, livemode))]

    async def purge(self, kind: Kind[Any, Any], created_before: int, limit: int) -> int:
        name = self._tables[kind].name
        gone = await self._pool.fetch(
            f"DELETE FROM {name} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {name} WHERE created < $1 "
            f"ORDER BY created LIMIT {limit:d} FOR UPDATE SKIP LOCKED)) RETURNING 1",
            (created_before,),
        )
        return len(gone)

    async def _read(self, sql: str, values: Sequence[Any]) -> list[Sequence[Any]]:
        """Rows; over a connection that turns out to be broken, asked once more over another."""
        try:
            return await self._pool.fetch(sql, values)
        except Broken:
            return await self._pool.fetch(sql, values)


def _objects(table: Table, rows: Sequence[Sequence[Any]]) -> list[Stored[Any, Any]]:
    return [table.stored(row) for row in rows]


async def _migrate(connection: Connection) -> None:
    """Bring the schema up to date; processes that start together take turns."""
    async with connection.transaction():
        await connection.execute(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})", timeout=MIGRATION_SECONDS)
        await connection.execute(TABLE)
        applied = {row[0]: row[1] for row in await connection.fetch(APPLIED)}
        for migration in pending(scripts("pg"), applied):
            await connection.execute(migration.sql, timeout=MIGRATION_SECONDS)
            await connection.execute(
                "INSERT INTO migrations (name, hash) VALUES ($1, $2)", migration.name, migration.hash
            )
