"""The contract's tests run on both stores: whatever takes `database` or `store` runs once on each."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from store_databases import Database, PostgresDatabase, Run, SqliteDatabase

from opentill.ports.store import Store
from postgres import PostgresServer

MakePostgres: TypeAlias = Callable[[], PostgresDatabase]


@pytest.fixture
def run() -> Iterator[Run]:
    """The event loop of a test."""
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture(scope="session")
def make_postgres(postgres_server: PostgresServer) -> MakePostgres:
    """Makes databases that already have the schema."""
    template = PostgresDatabase(postgres_server, postgres_server.database())

    async def migrate() -> None:
        store = template.open()
        await store.start()
        await store.close()

    asyncio.run(migrate())
    return lambda: PostgresDatabase(postgres_server, postgres_server.database(template.name))


@pytest.fixture
def sqlite_database(tmp_path: Path) -> SqliteDatabase:
    """A database that is a file."""
    return SqliteDatabase(tmp_path / "till.db")


@pytest.fixture
def postgres_database(make_postgres: MakePostgres) -> PostgresDatabase:
    """A database of the session's server, with the schema."""
    return make_postgres()


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Database:
    """A database of each kind."""
    return request.getfixturevalue(f"{request.param}_database")


@pytest.fixture
def store(database: Database, run: Run) -> Iterator[Store]:
    """A store of each kind, started."""
    store = database.open()
    run(store.start())
    yield store
    run(store.close())
