"""asyncpg, with the types it leaves out."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, cast

import asyncpg  # pyright: ignore[reportMissingTypeStubs]

STATEMENTS_MAX = 1000  # prepared statements kept by each connection

# Each statement is planned once by each connection, to go by index row by row: there is an index for whatever is asked.
# What the planner knows of a table that was empty a minute ago would lead it to read all of it, or to start helpers.
PLANNING = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
}

_asyncpg: Any = asyncpg

# An error the server reported, and one of the driver's own (a connection that is closed, say).
ServerError = cast("type[Exception]", _asyncpg.PostgresError)
DriverError = cast("tuple[type[Exception], ...]", (_asyncpg.InterfaceError, _asyncpg.InternalClientError))


class Connection(Protocol):
    """A connection: `$1`, `$2` … in a statement stand for `values`; timeouts are in seconds."""

    async def fetch(self, query: str, *values: Any) -> list[Sequence[Any]]:
        """The rows of a statement, prepared at its first use."""
        ...

    async def execute(self, query: str, *values: Any, timeout: float | None = None) -> str:  # noqa: ASYNC109 - its own
        """Run a statement; without values, several separated by semicolons."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[Any]:
        """A transaction around several statements."""
        ...

    def is_closed(self) -> bool:
        """Whether it was closed, by us or by the other side."""
        ...

    def terminate(self) -> None:
        """Drop it, without a goodbye."""
        ...


async def connect(dsn: str, *, connect_seconds: float, command_seconds: float) -> Connection:
    """A new connection. Raises ServerError, DriverError, OSError or TimeoutError."""
    return await _asyncpg.connect(
        dsn,
        timeout=connect_seconds,
        command_timeout=command_seconds,
        statement_cache_size=STATEMENTS_MAX,
        max_cached_statement_lifetime=0,
        max_cacheable_statement_size=0,
        server_settings={"application_name": "opentill", **PLANNING},
    )


def sqlstate(error: Exception) -> str:
    """The five characters of PostgreSQL's appendix A for what the server reported; else empty."""
    return getattr(error, "sqlstate", None) or ""


def table_name(error: Exception) -> str:
    """The table whose constraint stood in the way."""
    return getattr(error, "table_name", None) or ""
