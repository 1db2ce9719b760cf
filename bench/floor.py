"""The floor: what any server on this stack costs that answers as many bytes, with one durable insert a request.

    GET /bytes     the answer
    POST /bytes    read the form, then the answer
    POST /insert   read the form, write one row with four indexed columns and 3 KB of JSON, durably, then the answer

The row goes to SQLite (WAL, synchronous=FULL; one writer thread that commits together whatever has come together) or
to PostgreSQL (one statement, one round trip, sixteen connections). Neither does anything else.
"""

import argparse
import asyncio
import os
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable, MutableMapping
from queue import Empty, SimpleQueue
from typing import Any, Protocol, TypeAlias, cast

import asyncpg  # pyright: ignore[reportMissingTypeStubs]
import uvicorn
import uvloop

Message: TypeAlias = MutableMapping[str, Any]
Row: TypeAlias = tuple[str, str, int, str, str, str]

BODY = '{"text": "' + "x" * 3000 + '"}'
CONNECTIONS = 16

_TABLE = """
CREATE TABLE rows (id text PRIMARY KEY, account text NOT NULL, created bigint NOT NULL, customer text NOT NULL,
                   status text NOT NULL, body text NOT NULL);
CREATE INDEX rows_by_account ON rows (account);
CREATE INDEX rows_by_created ON rows (created);
CREATE INDEX rows_by_customer ON rows (customer);
CREATE INDEX rows_by_status ON rows (status);
"""


class Rows(Protocol):
    """Where rows go."""

    async def start(self) -> None:
        """Make the table."""
        ...

    async def insert(self, row: Row) -> None:
        """Write a row; it is durable on return."""
        ...


class SqliteRows:
    """A file of SQLite with a writer thread."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._queue: SimpleQueue[tuple[Row, asyncio.Future[None]]] = SimpleQueue()

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._write, daemon=True).start()

    async def insert(self, row: Row) -> None:
        future: asyncio.Future[None] = self._loop.create_future()
        self._queue.put((row, future))
        await future

    def _write(self) -> None:
        connection = sqlite3.connect(self._path, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA wal_autocheckpoint = 4000")
        connection.executescript(_TABLE)
        while True:
            batch = [self._queue.get()]
            try:
                while True:
                    batch.append(self._queue.get_nowait())
            except Empty:
                pass
            connection.execute("BEGIN IMMEDIATE")
            for row, _ in batch:
                connection.execute("INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?)", row)
            connection.execute("COMMIT")
            self._loop.call_soon_threadsafe(_done, [future for _, future in batch])


def _done(futures: list[asyncio.Future[None]]) -> None:
    for future in futures:
        if not future.done():
            future.set_result(None)


class PostgresRows:
    """A database of PostgreSQL, over connections that are handed round as they are."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._idle: asyncio.LifoQueue[Any] = asyncio.LifoQueue()

    async def start(self) -> None:
        driver = cast(Any, asyncpg)
        connections = [await driver.connect(self._dsn) for _ in range(CONNECTIONS)]
        await connections[0].execute(_TABLE)
        for connection in connections:
            self._idle.put_nowait(connection)

    async def insert(self, row: Row) -> None:
        connection = await self._idle.get()
        await connection.execute("INSERT INTO rows VALUES ($1, $2, $3, $4, $5, $6)", *row)
        self._idle.put_nowait(connection)


class Floor:
    """The ASGI application."""

    def __init__(self, rows: Rows, size: int) -> None:
        self._rows = rows
        self._answer = b"x" * size
        self._head: Message = {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-type", b"application/json"), (b"content-length", str(size).encode())],
        }

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        if scope["method"] == "POST":
            while (await receive()).get("more_body"):
                pass
            if scope["path"] == "/insert":
                now = time.time_ns()
                account = "acct_1"
                id = f"pi_{now:x}{os.urandom(6).hex()}"
                await self._rows.insert((id, account, now // 10**9, f"cus_{now % 1000}", "requires_capture", BODY))
        await send(self._head)
        await send({"type": "http.response.body", "body": self._answer})


async def _serve(port: int, database: str, size: int) -> None:
    rows: Rows = PostgresRows(database) if "://" in database else SqliteRows(database)
    await rows.start()
    await uvicorn.Server(
        uvicorn.Config(
            Floor(rows, size),
            port=port,
            loop="none",
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=75,
        )
    ).serve()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--size", type=int, required=True)
    options = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(options.port, options.database, options.size))
