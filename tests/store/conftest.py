"""The contract's tests run on both stores: whatever takes `database` or `store` runs once on each."""

import asyncio
from collections.abc import Iterator
from itertools import count

import pytest
from tests.postgres import PostgresServer
from tests.store.store_databases import Database, DatabaseKind, MakeDatabase, PostgresDatabase, Run, SqliteDatabase

from opentill.ports.store import Store


@pytest.fixture
def run() -> Iterator[Run]:
    """The event loop of a test."""
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture(scope="session")
def make_database(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> MakeDatabase:
    """Makes empty databases; those on PostgreSQL already have the schema, which takes longer to make than to copy."""
    template = PostgresDatabase(postgres_server, postgres_server.database(), [])
    directory, numbers = tmp_path_factory.mktemp("stores"), count(1)
    used: list[PostgresDatabase] = []

    async def migrate() -> None:
        store = template.open()
        await store.start()
        await store.close()

    def make(kind: DatabaseKind) -> Database:
        if kind == "postgres" and used:
            return used.pop()
        if kind == "postgres":
            return PostgresDatabase(postgres_server, postgres_server.database(template.name), used)
        path = directory / str(next(numbers))
        path.mkdir()
        return SqliteDatabase(path / "till.db")

    asyncio.run(migrate())
    return make


@pytest.fixture
def sqlite_database(make_database: MakeDatabase) -> Iterator[Database]:
    """A database that is a file."""
    database = make_database("sqlite")
    yield database
    database.give_back()


@pytest.fixture
def postgres_database(make_database: MakeDatabase) -> Iterator[Database]:
    """A database of the session's server."""
    database = make_database("postgres")
    yield database
    database.give_back()


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, make_database: MakeDatabase) -> Iterator[Database]:
    """A database of each kind."""
    database = make_database(request.param)
    yield database
    database.give_back()


@pytest.fixture
def store(database: Database, run: Run) -> Iterator[Store]:
    """A store of each kind, started."""
    store = database.open()
    run(store.start())
    yield store
    run(store.close())
