"""The one thread that writes to SQLite, with group commit.

Whatever is queued while a transaction is being made durable goes into the next one together: one fsync for all of
it. A batch is first tried whole, statements of the same text in one go. If anything stands in its way the batch is
taken back and done again one commit at a time, each under a savepoint, so that only those in conflict fail.

The thread shares the interpreter's lock with the event loop. So what can be computed before is computed by the
caller, and here little happens outside of SQLite, which runs without the lock.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeAlias, TypeVar

from opentill.ports.store import Changes, Conflict, StoreUnavailable
from opentill.store.sqlite_file import unavailable

R = TypeVar("R")

WAITING_MAX = 2048  # commits in the queue; more are refused
BATCH_MAX = 256  # commits in one transaction
LINGER_MAX = 64
FOLD_AFTER = 1000  # postings; what a sum has to add up beyond the totals stays below this and a batch
ROWS_MAX = 64  # rows of one INSERT; a power of two


class Statement:
    """The text of a statement, made once. `order` puts deletes before updates before inserts.

    `row` is the part of an INSERT that is repeated to insert several rows in one step of the engine: between two
    steps the thread gives the interpreter's lock back, and getting it again is what a step costs most.
    """

    __slots__ = ("_several", "counted", "order", "sql", "table")

    def __init__(self, table: str, sql: str, order: int, row: str = "") -> None:
        self.table = table
        self.sql = sql
        self.order = order
        self.counted = order < 2
        self._several = {2**n: sql + f", {row}" * (2**n - 1) for n in range(1, ROWS_MAX.bit_length()) if row}

    def execute(self, cursor: sqlite3.Cursor, rows: list[Sequence[Any]]) -> bool:
        """Run it for each of `rows`; False if a row is counted and did not match."""
        start, count = 0, len(rows)
        for size, sql in reversed(self._several.items()):
            while count - start >= size:
                cursor.execute(sql, tuple(chain.from_iterable(rows[start : start + size])))
                start += size
        if count - start == 1:
            cursor.execute(self.sql, rows[start])
        elif start < count:
            cursor.executemany(self.sql, rows[start:])
        return not self.counted or cursor.rowcount == count


Step: TypeAlias = tuple[Statement, Sequence[Any]]


class Commit:
    """One `Changes`, the steps it takes, and who waits for it."""

    __slots__ = ("changes", "future", "steps")

    def __init__(self, changes: Changes, steps: list[Step], future: "asyncio.Future[None]") -> None:
        self.changes = changes
        self.steps = steps
        self.future = future


class Task:
    """Anything else that has to happen between two transactions, on the writer's connection."""

    __slots__ = ("function", "future")

    def __init__(self, function: Callable[[sqlite3.Connection], Any], future: "asyncio.Future[Any]") -> None:
        self.function = function
        self.future = future


Settled: TypeAlias = Callable[[Sequence[Commit], Sequence[BaseException | None]], None]


class Writer:
    """Runs commits.

    `connect` opens the connection, in the writer's thread. `settled` is called on the event loop, once for each
    batch, with an outcome for each commit.
    """

    def __init__(self, path: Path, connect: Callable[[], sqlite3.Connection], settled: Settled) -> None:
        self.transactions = 0
        self._path = path
        self._connect = connect
        self._settled = settled
        self._queue: SimpleQueue[list[Commit] | Task | None] = SimpleQueue()
        self._gathered: list[Commit] = []
        self._handing_over = False
        self._busy = False
        self._thread: Thread | None = None
        self._connection: sqlite3.Connection | None = None
        self._unfolded = 0
        self._open = False

    async def start(self) -> None:
        """Start the thread. Raises what `connect` raises."""
        self._loop = asyncio.get_running_loop()
        opened: asyncio.Future[None] = self._loop.create_future()
        self._thread = Thread(target=self._run, args=(opened,), name="store-writer", daemon=True)
        self._thread.start()
        await opened
        self._open = True

    async def close(self) -> None:
        """Finish what is queued, close the connection, and end the thread."""
        self._open = False
        if self._thread is not None:
            self._queue.put(self._gathered)
            self._queue.put(None)
            await asyncio.to_thread(self._thread.join)
            self._thread = None

    def put(self, commit: Commit) -> None:
        """Have it committed; its future tells the outcome. Raises StoreUnavailable if too much is waiting."""
        self._check_open()
        if len(self._gathered) >= WAITING_MAX:
            raise StoreUnavailable(f"{self._path}: {WAITING_MAX} commits are waiting; the disk does not keep up.")
        self._gathered.append(commit)
        if not self._busy:
            self._hand_over_soon()

    def _check_open(self) -> None:
        if not self._open:
            raise StoreUnavailable(f"{self._path}: the store is closed.")

    def _hand_over_soon(self) -> None:
        if not self._handing_over:
            self._handing_over = True
            self._loop.call_soon(self._hand_over, len(self._gathered))

    def _hand_over(self, before: int) -> None:
        """Give the thread what has come together, once a turn of the event loop brings no more."""
        gathered = self._gathered
        if before < len(gathered) < LINGER_MAX:
            self._loop.call_soon(self._hand_over, len(gathered))
            return
        self._handing_over = False
        self._busy = True
        self._gathered = gathered[BATCH_MAX:]
        self._queue.put(gathered[:BATCH_MAX])

    def _committed(self, batch: list[Commit], outcomes: Sequence[BaseException | None]) -> None:
        self._busy = False
        self._settled(batch, outcomes)
        if self._gathered:
            self._hand_over_soon()

    async def call(self, function: Callable[[sqlite3.Connection], R]) -> R:
        """Run `function` between two transactions. Raises StoreUnavailable, or what it raises."""
        self._check_open()
        future: asyncio.Future[R] = self._loop.create_future()
        self._queue.put(Task(function, future))
        return await future

    # In the thread.

    def _run(self, opened: "asyncio.Future[None]") -> None:
        try:
            self._connected()
        except Exception as error:  # noqa: BLE001 - handed to who waits in start()
            self._tell(_resolve, opened, None, _public(error, self._path))
            return
        self._tell(_resolve, opened, None, None)
        while self._turn():
            pass
        if self._connection is not None:
            self._connection.close()

    def _connected(self) -> sqlite3.Connection:
        """The connection; a new one at the start, and after the old one could not be put right."""
        if self._connection is None:
            connection = self._connect()
            (self._unfolded,) = connection.execute(
                "SELECT coalesce((SELECT max(seq) FROM postings), 0) - (SELECT seq FROM ledger_folded)"
            ).fetchone()
            self._connection = connection
        return self._connection

    def _turn(self) -> bool:
        """Take what is queued and do it; False when it is time to end."""
        work = self._queue.get()
        if isinstance(work, Task):
            self._do(work)
        elif work:
            self._tell(self._committed, work, self._commit(work))
        return work is not None

    def _do(self, task: Task) -> None:
        try:
            result, error = task.function(self._connected()), None
        except Exception as failure:  # noqa: BLE001 - handed to who waits for it
            result, error = None, _public(failure, self._path)
            self._take_back()
        self._tell(_resolve, task.future, result, error)

    def _tell(self, function: Callable[..., None], *arguments: Any) -> None:
        with suppress(RuntimeError):  # the loop was closed under us: nobody is left to hear it
            self._loop.call_soon_threadsafe(function, *arguments)

    def _commit(self, batch: list[Commit]) -> list[BaseException | None]:
        """The outcome of each, after one transaction for all."""
        try:
            connection = self._connected()
            connection.execute("BEGIN IMMEDIATE")
            outcomes: list[BaseException | None] = [None] * len(batch)
            if not self._all_at_once(connection, batch):
                connection.execute("ROLLBACK")
                connection.execute("BEGIN IMMEDIATE")
                outcomes = [self._alone(connection, commit) for commit in batch]
            unfolded = self._fold(connection, batch)
            connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - handed to all who wait
            self._take_back()
            return [_public(error, self._path) for _ in batch]
        self._unfolded = unfolded
        self.transactions += 1
        return outcomes

    def _all_at_once(self, connection: sqlite3.Connection, batch: list[Commit]) -> bool:
        """Run the whole batch, each text once for all its rows; False if some of it is in conflict."""
        groups: dict[Statement, list[Sequence[Any]]] = {}
        for commit in batch:
            for statement, row in commit.steps:
                if statement in groups:
                    groups[statement].append(row)
                else:
                    groups[statement] = [row]
        cursor = connection.cursor()
        try:
            for statement in sorted(groups, key=_order):
                if not statement.execute(cursor, groups[statement]):
                    return False
        except sqlite3.Error as error:
            if unavailable(error, self._path) is not None:
                raise
            return False
        except (OverflowError, ValueError, TypeError):  # a value no column can hold: its own commit fails
            return False
        return True

    def _alone(self, connection: sqlite3.Connection, commit: Commit) -> BaseException | None:
        """Run one commit under a savepoint."""
        cursor = connection.cursor()
        cursor.execute("SAVEPOINT one")
        failure: BaseException | None = None
        for statement, row in commit.steps:
            try:
                cursor.execute(statement.sql, row)
            except sqlite3.IntegrityError as error:
                taken = error.sqlite_errorname in ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY")
                failure = Conflict(statement.table, "taken") if taken else error
            except sqlite3.Error as error:
                if unavailable(error, self._path) is not None:
                    raise
                failure = error
            except (OverflowError, ValueError, TypeError) as error:
                failure = error
            else:
                if statement.counted and cursor.rowcount != 1:
                    failure = Conflict(statement.table, "changed")
            if failure is not None:
                cursor.execute("ROLLBACK TO one")
                break
        cursor.execute("RELEASE one")
        return failure

    def _fold(self, connection: sqlite3.Connection, batch: list[Commit]) -> int:
        """Once enough postings have come together, add them to the totals. How many are left to fold, at most."""
        unfolded = self._unfolded + sum(len(commit.changes.postings) for commit in batch)
        if unfolded < FOLD_AFTER:
            return unfolded
        connection.execute(
            "INSERT INTO ledger_totals (account, livemode, ledger_account, currency, amount) "
            "SELECT account, livemode, ledger_account, currency, sum(amount) FROM postings "
            "WHERE seq > (SELECT seq FROM ledger_folded) GROUP BY 1, 2, 3, 4 "
            "ON CONFLICT DO UPDATE SET amount = amount + excluded.amount"
        )
        connection.execute("UPDATE ledger_folded SET seq = (SELECT coalesce(max(seq), 0) FROM postings)")
        return 0

    def _take_back(self) -> None:
        """Leave no transaction behind; a connection that cannot even do that is given up."""
        connection = self._connection
        if connection is None:
            return
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            connection.close()
            self._connection = None


def _order(statement: Statement) -> int:
    return statement.order


def _public(error: BaseException, path: Path) -> BaseException:
    """The error as the port's users know it."""
    if isinstance(error, sqlite3.Error):
        return unavailable(error, path) or error
    return error


def _resolve(future: "asyncio.Future[Any]", result: Any, error: BaseException | None) -> None:
    if future.done():  # whoever waited was cancelled
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
