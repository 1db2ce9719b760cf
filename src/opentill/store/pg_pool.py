"""Connections to PostgreSQL: a bounded number, replaced when they break; and what PostgreSQL's errors mean.

asyncpg's own pool asks the server to reset the connection after each use, a round trip that statements which leave
nothing behind do not need.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from opentill.ports.store import StoreUnavailable
from opentill.store.pg_driver import Connection, DriverError, ServerError, connect, sqlstate

# Classes and codes of errors (PostgreSQL, appendix A) that the database is to blame for, not the statement.
_DATABASE_AT_FAULT = ("08", "25006", "28", "42501", "3D", "53", "55P03", "57", "58", "F0", "XX")
_DOES_NOT_FIT = "22"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait, in seconds: for a new connection, for a free one, for a statement."""

    connect: float = 3
    wait: float = 5
    command: float = 10


class Broken(StoreUnavailable):
    """The connection broke in the middle: whether the statement was carried out is unknown."""


class Pool:
    """Up to `size` connections, made when needed."""

    def __init__(self, dsn: str, size: int, timeouts: Timeouts) -> None:
        self._dsn = dsn
        self._size = size
        self._timeouts = timeouts
        self._idle: list[Connection] = []
        self._used: set[Connection] = set()
        self._opening = 0
        self._waiters: deque[asyncio.Future[Connection | None]] = deque()
        self._drained: asyncio.Future[None] | None = None
        self._closed = False

    async def fetch(self, sql: str, values: Sequence[Any] = ()) -> list[Sequence[Any]]:
        """The rows of a statement: one round trip.

        Raises StoreUnavailable, ValueError for a value that does not fit its column, or ServerError for what is wrong
        with the statement.
        """
        connection = await self._acquire()
        try:
            return await connection.fetch(sql, *values)
        except ServerError as error:
            raise self._public(error, connection) from error
        except (OSError, TimeoutError, *DriverError) as error:
            connection.terminate()
            raise self._broken(error) from error
        except asyncio.CancelledError:
            connection.terminate()  # it may be in the middle of an answer
            raise
        finally:
            self._release(connection)

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[Connection, None]:
        """A connection for several statements; it is closed afterwards. Raises StoreUnavailable."""
        connection = await self._acquire()
        try:
            yield connection
        except ServerError as error:
            raise self._public(error, connection) from error
        except (OSError, TimeoutError, *DriverError) as error:
            raise self._broken(error) from error
        finally:
            connection.terminate()
            self._release(connection)

    async def close(self) -> None:
        """Wait for the connections in use, at most as long as a statement may take, and close all."""
        self._closed = True
        while self._waiters:
            self._wake()
        if self._used or self._opening:
            self._drained = asyncio.get_running_loop().create_future()
            await asyncio.wait([self._drained], timeout=self._timeouts.command)
        for connection in (*self._idle, *self._used):
            connection.terminate()
        self._idle.clear()

    async def _acquire(self) -> Connection:
        """An open connection, marked as used: one that is free, a new one, or the next one that becomes free."""
        deadline = asyncio.get_running_loop().time() + self._timeouts.wait
        while not self._closed:
            while self._idle:
                connection = self._idle.pop()
                if not connection.is_closed():
                    self._used.add(connection)
                    return connection
            if len(self._used) + self._opening < self._size:
                return await self._connect()
            handed = await self._turn(deadline)
            if handed is not None:
                return handed
        raise StoreUnavailable(f"{self._where()}: the store is closed.")

    async def _connect(self) -> Connection:
        self._opening += 1
        try:
            connection = await connect(
                self._dsn, connect_seconds=self._timeouts.connect, command_seconds=self._timeouts.command
            )
        except BaseException as error:
            self._wake()  # somebody else may try
            if not isinstance(error, (OSError, TimeoutError, ServerError, *DriverError)):
                raise
            reason = str(error) or f"no answer within {self._timeouts.connect} seconds"
            raise StoreUnavailable(f"{self._where()}: cannot connect: {reason}.") from error
        else:
            self._used.add(connection)
            return connection
        finally:
            self._opening -= 1
            self._tell_drained()

    async def _turn(self, deadline: float) -> Connection | None:
        """Wait in line for a connection; None if there may be room for a new one."""
        waiter: asyncio.Future[Connection | None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            async with asyncio.timeout_at(deadline):
                try:
                    return await waiter
                except asyncio.CancelledError:
                    if waiter.done() and not waiter.cancelled():  # it was our turn: it is the next one's, then
                        handed = waiter.result()
                        if handed is None:
                            self._wake()
                        else:
                            self._release(handed)
                    raise
        except TimeoutError as error:
            raise StoreUnavailable(
                f"{self._where()}: all {self._size} connections were busy for {self._timeouts.wait} seconds."
            ) from error

    def _release(self, connection: Connection) -> None:
        if self._closed:
            connection.terminate()
        if connection.is_closed():
            self._used.discard(connection)
            self._wake()
        elif not self._wake(connection):
            self._used.discard(connection)
            self._idle.append(connection)
        self._tell_drained()

    def _tell_drained(self) -> None:
        if self._drained is not None and not (self._used or self._opening or self._drained.done()):
            self._drained.set_result(None)

    def _wake(self, connection: Connection | None = None) -> bool:
        """Give who waits longest the connection, or the chance to make one; False if nobody waits."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return True
        return False

    def _public(self, error: Exception, connection: Connection) -> Exception:
        """The error as the port's users know it; the statement's own faults stay as they are."""
        state = sqlstate(error)
        if state.startswith(_DOES_NOT_FIT):
            return ValueError(f"{self._where()}: a value does not fit its column ({state}).")
        if not state.startswith(_DATABASE_AT_FAULT):
            return error
        if connection.is_closed() or state.startswith(("08", "57P")):
            connection.terminate()
            return self._broken(error)
        return StoreUnavailable(f"{self._where()}: {error} ({state}).")

    def _broken(self, error: Exception) -> Broken:
        """What to raise after a connection broke; the free ones are dropped as well, for they may be just as dead."""
        while self._idle and not isinstance(error, TimeoutError):
            self._idle.pop().terminate()
        return Broken(f"{self._where()}: {str(error) or f'no answer within {self._timeouts.command} seconds'}.")

    def _where(self) -> str:
        """The database as errors name it: never with the password."""
        parts = urlsplit(self._dsn)
        host = parts.hostname or "local socket"
        return f"PostgreSQL at {host}{f':{parts.port}' if parts.port else ''}{parts.path}"
