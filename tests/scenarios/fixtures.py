"""Servers to run scenarios against, and what is asked of everything they answered.

`shop` is an account of its own on a server that all scenarios share: they may use it at the same time, but leave its
clock and its wire to the acquirer alone. `private_shop` has a server for itself as long as its test lasts: it moves the
clock, breaks the wire or kills the process. `private_server` starts further ones. Tests marked ON_BOTH run on SQLite
and on PostgreSQL.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TypeAlias

import pytest
from tests.contract.contract import hold
from tests.postgres import PostgresServer
from tests.scenarios.server import Server
from tests.scenarios.shop import Recorder, Shop

# A clock that was moved further than this has nearly outlived the test cards: they are good for another year.
SPENT_S = 180 * 86_400

OpenShop: TypeAlias = Callable[..., Shop]
StartServer: TypeAlias = Callable[..., Server]


@pytest.fixture(scope="session")
def recorder() -> Iterator[Recorder]:
    """What servers answered; at the end of the session all of it is held against the official client's types."""
    recorder = Recorder()
    yield recorder
    hold(recorder.objects())


@pytest.fixture(scope="session")
def shared_server(
    recorder: Recorder, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Callable[[str], Server]]:
    """The server that scenarios share, by its database, started when it is first asked for."""
    servers: dict[str, Server] = {}
    with ExitStack() as stack:

        def shared(database: str) -> Server:
            if database not in servers:
                options = _database_options(request) if database == "postgres" else ()
                server = servers[database] = Server(tmp_path_factory.mktemp(database), *options)
                stack.callback(_close, server)
            return servers[database]

        yield shared


@pytest.fixture
def server(shared_server: Callable[[str], Server], request: pytest.FixtureRequest) -> Server:
    """The server that scenarios share."""
    return shared_server(getattr(request, "param", "sqlite"))


@pytest.fixture
def shop(server: Server, recorder: Recorder) -> Shop:
    """An account of its own on the shared server."""
    return Shop(server, recorder)


@pytest.fixture
def open_shop(server: Server, recorder: Recorder) -> OpenShop:
    """More accounts: `open_shop()` on the shared server, `open_shop(server)` elsewhere, `key=` for a given key."""

    def opened(on: Server | None = None, key: str | None = None) -> Shop:
        return Shop(on or server, recorder, key)

    return opened


@pytest.fixture
def private_server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[StartServer]:
    """Starts servers for this test alone, each with a directory of its own.

    `private_server("postgres")` is on PostgreSQL; further arguments, and `command`, go to the command line.
    """
    with ExitStack() as stack:

        def start(database: str = "sqlite", *options: str, command: str = "up") -> Server:
            directory = tmp_path / f"server-{len(list(tmp_path.iterdir()))}"
            if database == "postgres":
                options += _database_options(request)
            server = Server(directory, *options, command=command)
            stack.callback(_close, server)
            return server

        yield start


@pytest.fixture(scope="session")
def laboratories(
    recorder: Recorder, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[dict[str, Server]]:
    """The servers of `private_shop`, by their database: a test has one for itself, the next test may have it after."""
    servers: dict[str, Server] = {}
    yield servers
    for server in servers.values():
        _close(server)


@pytest.fixture
def private_shop(
    laboratories: dict[str, Server],
    recorder: Recorder,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[Shop]:
    """An account on a server that nobody else uses meanwhile: it may move the clock, break the wire, and kill it."""
    database = getattr(request, "param", "sqlite")
    server = laboratories.pop(database, None)
    if server is None:
        options = _database_options(request) if database == "postgres" else ()
        server = Server(tmp_path_factory.mktemp("laboratory"), *options)
    shop = Shop(server, recorder)
    try:
        yield shop
    finally:
        spent = not server.running or shop.now() - time.time() > SPENT_S
        if spent:
            _close(server)
        else:
            shop.mend()
            laboratories[database] = server
    assert not server.failures(), server.failures()[0]


def _database_options(request: pytest.FixtureRequest) -> tuple[str, str]:
    postgres: PostgresServer = request.getfixturevalue("postgres_server")
    return "--database", postgres.database()


def _close(server: Server) -> None:
    server.close()
    failures = server.failures()
    assert not failures, f"{len(failures)} mistakes in the server's log, the first:\n{failures[0]}"
