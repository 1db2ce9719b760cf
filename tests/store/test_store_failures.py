"""A full disk, a database that goes away and comes back, a second process, a killed one."""

import asyncio
import os
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from tests.postgres import PostgresServer
from tests.store.store_databases import Database, PostgresDatabase, Run, SqliteDatabase
from tests.store.store_samples import NOTES, PAYMENTS, SHOP, Payment, Secret, note, payment, stored

from opentill.ports.store import Changes, Conflict, Posting, StoreUnavailable, Update
from opentill.store.pg_pool import Timeouts
from opentill.store.postgres import PostgresStore
from opentill.store.sqlite_file import unavailable

FILLER = {"filler": "x" * 3000}


# SQLite


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """A disk that is full for every file that would grow beyond `size` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_nothing_is_half_done_when_the_disk_is_full_and_it_works_again_after(
    sqlite_database: SqliteDatabase, run: Run
) -> None:
    store = sqlite_database.open()
    run(store.start())
    run(store.commit(Changes(inserts=[payment("ch_1", amount=1, metadata=FILLER)])))
    log = sqlite_database.path.with_name("till.db-wal")
    with no_file_longer_than(log.stat().st_size + 4096):

        async def many() -> list[BaseException | None]:
            commits = [
                store.commit(
                    Changes(
                        inserts=[payment(f"ch_{n}", metadata=FILLER), note(f"evt_{n}")],
                        updates=[Update(stored(payment("ch_1", amount=1)), Payment(id="ch_1"), Secret())],
                        postings=[Posting(SHOP, False, "je", "balance", "usd", 1, "ch", 1)],
                    )
                )
                for n in range(2, 12)
            ]
            return await asyncio.gather(*commits, return_exceptions=True)

        outcomes = run(many())
        assert all(isinstance(outcome, StoreUnavailable) for outcome in outcomes)
        assert "reading or writing the disk failed" in str(outcomes[0])
        assert not run(store.ready())
        read = run(store.get(PAYMENTS, SHOP, "ch_1"))
        assert read == stored(payment("ch_1", amount=1, metadata=FILLER))
    assert run(store.ready())
    assert [one.id for one in run(store.page(PAYMENTS, SHOP, False, limit=99)).items] == ["ch_1"]
    assert run(store.page(NOTES, SHOP, False, limit=99)).items == []
    assert run(store.ledger_sums(SHOP, False)) == []
    run(store.commit(Changes(inserts=[payment("ch_2")])))
    run(store.close())
    assert sqlite_database.execute("SELECT id FROM charges ORDER BY seq") == [("ch_1",), ("ch_2",)]


def test_a_file_that_may_not_grow_refuses_and_still_reads(sqlite_database: SqliteDatabase, run: Run) -> None:
    store = sqlite_database.open(pages_max=300)
    run(store.start())
    done = 0

    async def fill() -> None:
        nonlocal done
        while True:
            await store.commit(Changes(inserts=[payment(f"ch_{done}", metadata=FILLER), note(f"evt_{done}")]))
            done += 1

    with pytest.raises(StoreUnavailable, match="the disk is full"):
        run(fill())
    assert done > 10
    assert len(run(store.page(PAYMENTS, SHOP, False, limit=10**6)).items) == done
    assert len(run(store.page(NOTES, SHOP, False, limit=10**6)).items) == done
    assert run(store.purge(PAYMENTS, 2, 10)) == 10
    run(store.commit(Changes(inserts=[payment("ch_new", metadata=FILLER)])))
    run(store.close())


def test_work_that_fails_in_the_middle_is_taken_back(sqlite_database: SqliteDatabase, run: Run) -> None:
    store = sqlite_database.open()
    run(store.start())
    run(store.commit(Changes(inserts=[payment("ch_1")])))

    def half(connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DELETE FROM charges")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(store._writer.call(half))
    run(store.commit(Changes(inserts=[payment("ch_2")])))
    run(store.close())
    assert sqlite_database.execute("SELECT id FROM charges ORDER BY seq") == [("ch_1",), ("ch_2",)]


def test_two_processes_cannot_open_one_file(sqlite_database: SqliteDatabase, run: Run) -> None:
    first, second = sqlite_database.open(), sqlite_database.open()
    run(first.start())
    with pytest.raises(StoreUnavailable, match=rf"in use by another process \(pid {os.getpid()}\)"):
        run(second.start())
    assert run(first.ready())
    run(first.close())
    third = sqlite_database.open()
    run(third.start())
    run(third.close())


def test_what_is_not_a_database_is_left_alone(sqlite_database: SqliteDatabase, run: Run) -> None:
    content = b"Dear diary, " * 1000
    sqlite_database.path.write_bytes(content)
    with pytest.raises(StoreUnavailable, match="not a database"):
        run(sqlite_database.open().start())
    assert sqlite_database.path.read_bytes() == content


def test_a_path_that_cannot_be(tmp_path: Path, run: Run) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        run(SqliteDatabase(tmp_path / "file" / "till.db").open().start())


def test_nobody_else_may_read_the_file(sqlite_database: SqliteDatabase, run: Run) -> None:
    store = sqlite_database.open()
    run(store.start())
    run(store.commit(Changes(inserts=[payment("ch_1")])))
    modes = {path.name: path.stat().st_mode & 0o777 for path in sqlite_database.path.parent.iterdir()}
    run(store.close())
    assert modes == dict.fromkeys(["till.db", "till.db-shm", "till.db-wal", "till.db.lock"], 0o600)


def test_another_program_that_writes_is_waited_for(sqlite_database: SqliteDatabase, run: Run) -> None:
    """Say, the sqlite3 shell."""
    store = sqlite_database.open()

    async def scenario() -> bool:
        await store.start()
        with closing(sqlite3.connect(sqlite_database.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            commit = asyncio.create_task(store.commit(Changes(inserts=[payment("ch_1")])))
            done, _ = await asyncio.wait([commit], timeout=0.05)
            other.execute("ROLLBACK")
            await commit
        await store.close()
        return bool(done)

    assert run(scenario()) is False
    assert sqlite_database.execute("SELECT id FROM charges") == [("ch_1",)]


def test_an_object_changed_behind_our_back_is_read_again_after_the_conflict(
    sqlite_database: SqliteDatabase, run: Run
) -> None:
    """Nobody should, but somebody may mend a row by hand while the system runs."""
    store = sqlite_database.open()
    run(store.start())
    run(store.commit(Changes(inserts=[payment("ch_1")])))
    read = run(store.get(PAYMENTS, SHOP, "ch_1"))
    assert read is not None
    sqlite_database.execute('UPDATE charges SET version = 2, body = CAST(\'{"id": "ch_1", "amount": 7}\' AS BLOB)')
    with pytest.raises(Conflict):
        run(store.commit(Changes(updates=[Update(read, Payment(id="ch_1", amount=1), Secret())])))
    now = run(store.get(PAYMENTS, SHOP, "ch_1"))
    assert now is not None
    assert (now.version, now.value.amount) == (2, 7)
    run(store.close())


def test_what_a_lock_means(tmp_path: Path) -> None:
    with (
        closing(sqlite3.connect(tmp_path / "x.db", isolation_level=None)) as holder,
        closing(sqlite3.connect(tmp_path / "x.db", timeout=0)) as other,
    ):
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError) as caught:
            other.execute("CREATE TABLE t (x)")
    assert "another program holds the database locked" in str(unavailable(caught.value, tmp_path))


def test_a_mistake_in_a_statement_is_not_the_database_s_fault(tmp_path: Path) -> None:
    with closing(sqlite3.connect(":memory:")) as connection, pytest.raises(sqlite3.OperationalError) as caught:
        connection.execute("SELECT nonsense")
    assert unavailable(caught.value, tmp_path) is None


_ENDLESS = """
import asyncio, sys
from pathlib import Path
from tests.store.store_samples import KINDS, payment, note
from opentill.ports.store import Changes, Posting
from opentill.store.postgres import PostgresStore
from opentill.store.sqlite import SqliteStore

async def forever(store, task):
    for number in range(10**9):
        id = f"{task}_{number}"
        leg = Posting("acct_shop", False, id, "balance", "usd", 1, id, 1)
        await store.commit(Changes(inserts=[payment(id), note(id)], postings=[leg]))
        print(id, flush=True)

async def main(where):
    store = PostgresStore(where, KINDS) if "://" in where else SqliteStore(Path(where), KINDS)
    await store.start()
    await asyncio.gather(*(forever(store, task) for task in range(8)))

asyncio.run(main(sys.argv[1]))
"""


def test_what_was_acknowledged_survives_the_death_of_the_process(database: Database, run: Run) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _ENDLESS, database.place],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    acknowledged = [process.stdout.readline().strip() for _ in range(500)]
    process.send_signal(signal.SIGKILL)
    acknowledged += [line.strip() for line in process.stdout if line.endswith("\n")]
    process.wait()
    process.stdout.close()

    store = database.open()
    run(store.start())
    payments = {one.id for one in run(store.page(PAYMENTS, SHOP, False, limit=10**6)).items}
    notes = {one.id for one in run(store.page(NOTES, SHOP, False, limit=10**6)).items}
    [balance] = run(store.ledger_sums(SHOP, False))
    run(store.close())
    assert set(acknowledged) <= payments
    assert payments == notes
    assert balance.amount == len(payments)


# PostgreSQL


@pytest.fixture
def own_server() -> Iterator[PostgresDatabase]:
    """A database on a server that may be stopped, since no other test uses it."""
    with closing(PostgresServer()) as server:
        yield PostgresDatabase(server, server.database(), [])


def test_postgres_goes_away_and_comes_back(own_server: PostgresDatabase, run: Run) -> None:
    store = own_server.open()

    async def busy() -> list[BaseException | None]:
        """Commits and reads while the server stops under them."""
        commits = [store.commit(Changes(inserts=[payment(f"ch_{n}"), note(f"ch_{n}")])) for n in range(50)]
        stop = asyncio.to_thread(own_server.server.stop)
        *outcomes, _ = await asyncio.gather(*commits, stop, return_exceptions=True)
        return [outcome if isinstance(outcome, BaseException) else None for outcome in outcomes]

    async def refused() -> list[object]:
        calls = (
            store.commit(Changes(inserts=[payment("ch_down")])),
            store.get(PAYMENTS, SHOP, "ch_1"),
            store.page(PAYMENTS, SHOP, False, limit=1),
        )
        return [*await asyncio.gather(*calls, return_exceptions=True)]

    run(store.start())
    run(store.commit(Changes(inserts=[payment("ch_before"), note("ch_before")])))
    outcomes = run(busy())
    assert all(outcome is None or isinstance(outcome, StoreUnavailable) for outcome in outcomes)
    assert not run(store.ready())
    assert {type(outcome) for outcome in run(refused())} == {StoreUnavailable}
    own_server.server.start()
    assert run(store.ready())
    run(store.commit(Changes(inserts=[payment("ch_after"), note("ch_after")])))
    payments = {one.id for one in run(store.page(PAYMENTS, SHOP, False, limit=99)).items}
    notes = {one.id for one in run(store.page(NOTES, SHOP, False, limit=99)).items}
    run(store.close())
    assert payments == notes
    assert "ch_down" not in payments
    assert {"ch_before", "ch_after", *(f"ch_{n}" for n, outcome in enumerate(outcomes) if outcome is None)} <= payments


def test_connections_cut_while_idle_are_replaced_unnoticed(postgres_database: PostgresDatabase, run: Run) -> None:
    store = postgres_database.open()

    async def scenario() -> None:
        await store.start()
        await asyncio.gather(*(store.commit(Changes(inserts=[payment(f"ch_{n}")])) for n in range(10)))
        await asyncio.gather(*(store.page(PAYMENTS, SHOP, False, limit=1) for _ in range(10)))
        cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'opentill'"
        [(count,)] = await asyncio.to_thread(postgres_database.execute, f"{cut} AND datname = current_database()")
        assert int(count) > 1
        read = await asyncio.gather(*(store.get(PAYMENTS, SHOP, f"ch_{n}") for n in range(10)))
        assert [one.id for one in read if one] == [f"ch_{n}" for n in range(10)]
        await store.commit(Changes(inserts=[payment("ch_after")]))
        await store.close()

    run(scenario())


def test_a_database_that_hangs_is_given_up_in_time(postgres_database: PostgresDatabase, run: Run) -> None:
    store = postgres_database.open(timeouts=Timeouts(command=0.2))

    async def scenario() -> None:
        await store.start()
        other = postgres_database.open()
        async with other._pool.connection() as connection:
            await connection.execute("BEGIN; LOCK TABLE charges")
            with pytest.raises(StoreUnavailable, match=r"no answer within 0\.2 seconds"):
                await store.commit(Changes(inserts=[payment("ch_1")]))
            await connection.execute("ROLLBACK")
        await store.commit(Changes(inserts=[payment("ch_2")]))
        await other.close()
        await store.close()

    run(scenario())


def test_a_server_that_never_answers_is_given_up_in_time(run: Run) -> None:
    async def scenario() -> None:
        callers: list[asyncio.StreamWriter] = []
        silent = await asyncio.start_server(lambda _, caller: callers.append(caller), "127.0.0.1", 0)
        port = silent.sockets[0].getsockname()[1]
        dsn = f"postgresql://till:hunter2@127.0.0.1:{port}/till?sslmode=disable"
        store = PostgresStore(dsn, [PAYMENTS], timeouts=Timeouts(connect=0.2))
        with pytest.raises(StoreUnavailable, match=rf"at 127\.0\.0\.1:{port}/till: cannot connect") as caught:
            await store.start()
        assert "hunter2" not in str(caught.value)
        await store.close()
        for caller in callers:
            caller.close()
        silent.close()

    run(scenario())


@pytest.mark.parametrize(
    ("dsn", "reason"),
    [
        ("postgresql://till@127.0.0.1:1/till", "cannot connect"),
        ("postgresql://opentill@/no_such_database?host={home}", "no_such_database.*does not exist"),
        ("postgresql://nobody_here@/postgres?host={home}", "nobody_here.*does not exist"),
    ],
)
def test_what_cannot_be_connected_to(postgres_database: PostgresDatabase, run: Run, dsn: str, reason: str) -> None:
    home = postgres_database.dsn.partition("host=")[2]
    store = PostgresStore(dsn.format(home=home), [PAYMENTS])
    with pytest.raises(StoreUnavailable, match=reason):
        run(store.start())
    run(store.close())
