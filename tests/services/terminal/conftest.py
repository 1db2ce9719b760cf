"""Installations with devices, on both stores."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.postgres import PostgresServer
from tests.services.terminal.counter import Counter
from tests.services.terminal.devices_world import World


@pytest.fixture(params=["sqlite", "postgres"])
def devices_world(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    """An installation on each store."""
    database = None
    if request.param == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        database = server.database()
    world = World(tmp_path, database)
    yield world
    world.close()


@pytest.fixture
def one_world(tmp_path: Path) -> Iterator[World]:
    """An installation on SQLite, where the database makes no difference."""
    world = World(tmp_path)
    yield world
    world.close()


@pytest.fixture
def counter(devices_world: World) -> Counter:
    """A counter with a device, on each store."""
    return Counter(devices_world)


@pytest.fixture
def till(one_world: World) -> Counter:
    """A counter with a device, where the database makes no difference."""
    return Counter(one_world)
