"""The databases the store's tests run on, seen from outside of the store."""

import shutil
import sqlite3
from collections.abc import Callable, Coroutine, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias, TypeVar

from tests.postgres import PostgresServer
from tests.store.store_samples import KINDS

from opentill.ports.store import Kind, Store
from opentill.store.pg_pool import Timeouts
from opentill.store.postgres import PostgresStore
from opentill.store.sqlite import SqliteStore

T = TypeVar("T")

_EMPTY = """DO $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT tablename FROM pg_tables
        WHERE schemaname = 'public' AND tablename NOT IN ('migrations', 'probes')
    LOOP
        EXECUTE format('DELETE FROM %I', name);
    END LOOP;
END
$$"""


class Run(Protocol):
    """Runs a coroutine on the test's event loop."""

    def __call__(self, coroutine: Coroutine[Any, Any, T], /) -> T: ...


class Database(Protocol):
    """An empty database; `place` is its path or URL. With `spoilt` set it is not used again."""

    place: str
    spoilt: bool

    def open(self, kinds: Sequence[Kind[Any, Any]] = KINDS) -> Store:
        """A store on it, not started."""
        ...

    def execute(self, sql: str) -> list[tuple[str, ...]]:
        """The rows of a statement, as texts."""
        ...

    def literal(self, text: str) -> str:
        """The bytes of a text, in SQL."""
        ...

    def give_back(self) -> None:
        """It is not needed any longer."""
        ...


class SqliteDatabase:
    """A file."""

    spoilt = False

    def __init__(self, path: Path) -> None:
        self.path = path
        self.place = str(path)

    def open(self, kinds: Sequence[Kind[Any, Any]] = KINDS, *, pages_max: int | None = None) -> SqliteStore:
        return SqliteStore(self.path, kinds, pages_max=pages_max)

    def execute(self, sql: str) -> list[tuple[str, ...]]:
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            return [tuple(str(value) for value in row) for row in connection.execute(sql)]

    def literal(self, text: str) -> str:
        return f"CAST('{text}' AS BLOB)"

    def give_back(self) -> None:
        shutil.rmtree(self.path.parent)


class PostgresDatabase:
    """A database of the session's server. Emptied, it goes to `used`, which is much faster than making a new one."""

    spoilt = False

    def __init__(self, server: PostgresServer, dsn: str, used: "list[PostgresDatabase]") -> None:
        self.server = server
        self.dsn = self.place = dsn
        self.used = used
        self.name = dsn.partition("@/")[2].partition("?")[0]

    def open(
        self, kinds: Sequence[Kind[Any, Any]] = KINDS, *, pool_size: int = 16, timeouts: Timeouts | None = None
    ) -> PostgresStore:
        return PostgresStore(self.dsn, kinds, pool_size, timeouts=timeouts)

    def execute(self, sql: str) -> list[tuple[str, ...]]:
        return [tuple(line.split("|")) for line in self.server.execute(sql, self.name).splitlines()]

    def literal(self, text: str) -> str:
        return f"convert_to('{text}', 'UTF8')"

    def give_back(self) -> None:
        if self.spoilt:
            self.server.drop(self.dsn)
        else:
            self.execute(_EMPTY)
            self.used.append(self)


DatabaseKind: TypeAlias = Literal["sqlite", "postgres"]
MakeDatabase: TypeAlias = Callable[[DatabaseKind], Database]
