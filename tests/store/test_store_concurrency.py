"""Many commits at once: each whole or not at all, none spoilt by another, and on SQLite few transactions for many."""

import asyncio
from contextlib import suppress
from typing import Any, cast

import pytest
from tests.store.store_databases import Database, PostgresDatabase, Run, SqliteDatabase
from tests.store.store_samples import NOTES, PAYMENTS, SHOP, Payment, Secret, note, payment, stored

from opentill.ports.store import Changes, Conflict, Delete, Kind, Posting, Store, StoreUnavailable, Update
from opentill.store import sqlite_writer
from opentill.store.pg_commit import PgTable, Statements
from opentill.store.pg_pool import Timeouts


def test_counting_up_together_loses_nothing(store: Store, run: Run) -> None:
    """Everybody adds one to the same object, again after each conflict."""
    run(store.commit(Changes(inserts=[payment("ch_1", amount=0)])))

    conflicts: list[str] = []

    async def add_one() -> None:
        while True:
            read = await store.get(PAYMENTS, SHOP, "ch_1")
            assert read is not None
            more = Payment(id="ch_1", amount=read.value.amount + 1)
            try:
                return await store.commit(Changes(updates=[Update(read, more, read.hidden)]))
            except Conflict as conflict:
                conflicts.append(str(conflict))

    async def scenario() -> None:
        await asyncio.gather(*(add_one() for _ in range(25)))

    run(scenario())
    assert set(conflicts) == {"charges: changed"}
    read = run(store.get(PAYMENTS, SHOP, "ch_1"))
    assert read is not None
    assert (read.value.amount, read.version) == (25, 26)


def test_one_of_many_gets_the_id(store: Store, run: Run) -> None:
    """The race of one idempotency key from many connections: one wins, the others are told, each with all its rows."""

    async def scenario() -> list[BaseException | None]:
        tries = [Changes(inserts=[payment("ch_1", amount=n), note(f"evt_{n}")]) for n in range(30)]
        return await asyncio.gather(*(store.commit(changes) for changes in tries), return_exceptions=True)

    outcomes = run(scenario())
    won = [number for number, outcome in enumerate(outcomes) if outcome is None]
    assert len(won) == 1
    assert {str(outcome) for outcome in outcomes if outcome} == {"charges: taken"}
    read = run(store.get(PAYMENTS, SHOP, "ch_1"))
    assert read is not None
    assert read.value.amount == won[0]
    assert [one.id for one in run(store.page(NOTES, SHOP, False, limit=99)).items] == [f"evt_{won[0]}"]


def test_a_conflict_does_not_spoil_what_is_committed_beside_it(store: Store, run: Run) -> None:
    run(store.commit(Changes(inserts=[payment("ch_old"), payment("ch_a"), payment("ch_b")])))
    stale = stored(payment("ch_old"), version=9)
    good = {
        "insert": Changes(inserts=[payment("ch_1"), note("evt_1")]),
        "update": Changes(updates=[Update(stored(payment("ch_a")), Payment(id="ch_a", amount=7), Secret())]),
        "delete": Changes(deletes=[Delete(stored(payment("ch_b")))]),
        "more": Changes(inserts=[payment("ch_2"), note("evt_2")]),
    }
    bad = {
        "taken": Changes(inserts=[note("evt_3"), payment("ch_old")]),
        "changed": Changes(inserts=[note("evt_4")], updates=[Update(stale, stale.value, Secret(token="x"))]),
        "gone": Changes(inserts=[note("evt_5")], deletes=[Delete(stored(payment("ch_none")))]),
    }
    mixed = [good["insert"], bad["taken"], good["update"], bad["changed"], good["delete"], bad["gone"], good["more"]]

    async def scenario() -> list[BaseException | None]:
        return await asyncio.gather(*(store.commit(changes) for changes in mixed), return_exceptions=True)

    failed = {1: "charges: taken", 3: "charges: changed", 5: "charges: changed"}
    assert [str(one) if one else None for one in run(scenario())] == [failed.get(n) for n in range(7)]
    assert {one.id for one in run(store.page(PAYMENTS, SHOP, False, limit=99)).items} == {
        "ch_old",
        "ch_a",
        "ch_1",
        "ch_2",
    }
    assert {one.id for one in run(store.page(NOTES, SHOP, False, limit=99)).items} == {"evt_1", "evt_2"}
    changed = run(store.get(PAYMENTS, SHOP, "ch_a"))
    assert changed is not None
    assert changed.value.amount == 7


def test_crossing_updates_do_not_wait_for_each_other_for_ever(store: Store, run: Run) -> None:
    """Two objects, changed by everybody, half of them naming one first and half the other."""
    run(store.commit(Changes(inserts=[payment("ch_1"), payment("ch_2")])))

    async def change_both(ids: list[str]) -> None:
        while True:
            read = [one for id in ids if (one := await store.get(PAYMENTS, SHOP, id))]
            changes = Changes(updates=[Update(one, Payment(id=one.id), one.hidden) for one in read])
            with suppress(Conflict):
                return await store.commit(changes)

    async def scenario() -> None:
        orders = [["ch_1", "ch_2"], ["ch_2", "ch_1"]] * 8
        await asyncio.wait_for(asyncio.gather(*(change_both(order) for order in orders)), timeout=60)

    run(scenario())
    found = run(store.get_many(PAYMENTS, SHOP, ["ch_1", "ch_2"]))
    assert [found[id].version for id in ("ch_1", "ch_2")] == [17, 17]


def test_postgres_locks_rows_in_one_order_whatever_the_order_of_the_changes() -> None:
    """Or else two of them could each hold what the other waits for, until the server notices a second later."""
    tables: dict[Kind[Any, Any], PgTable] = {PAYMENTS: PgTable(PAYMENTS), NOTES: PgTable(NOTES)}
    first, second, third = stored(payment("ch_1")), stored(payment("ch_2")), stored(note("evt_1"))
    together = [Changes(deletes=[Delete(one)]) for one in (second, third, first)]
    sql, parameters = Statements(tables).commit(together)
    assert sql.index("DELETE FROM charges") < sql.index("DELETE FROM events")
    assert [column for column in parameters if "ch_1" in column or "evt_1" in column] == [["ch_1", "ch_2"], ["evt_1"]]


def test_whoever_gives_up_waiting_leaves_the_store_in_order(store: Store, run: Run) -> None:
    """A client that hangs up cancels its request in the middle of a commit: that one may or may not be there."""

    async def scenario() -> None:
        for number in range(20):
            task = asyncio.create_task(store.commit(Changes(inserts=[payment(f"ch_{number}")])))
            for _ in range(number):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
        await store.commit(Changes(inserts=[payment("ch_last")]))

    run(scenario())
    assert run(store.get(PAYMENTS, SHOP, "ch_last")) == stored(payment("ch_last"))
    for number in range(20):
        read = run(store.get(PAYMENTS, SHOP, f"ch_{number}"))
        assert read in (None, stored(payment(f"ch_{number}")))


def test_closing_finishes_what_was_begun(database: Database, run: Run) -> None:
    store = database.open()

    async def scenario() -> list[BaseException | None]:
        await store.start()
        commits = [asyncio.create_task(store.commit(Changes(inserts=[payment(f"ch_{n}")]))) for n in range(10)]
        await asyncio.sleep(0)
        await store.close()
        return await asyncio.gather(*commits, return_exceptions=True)

    outcomes = run(scenario())
    [(rows,)] = database.execute("SELECT count(*) FROM charges")
    assert int(rows) == outcomes.count(None) > 0
    assert all(isinstance(outcome, StoreUnavailable) for outcome in outcomes if outcome is not None)


def test_sqlite_puts_what_waits_into_one_transaction(sqlite_database: SqliteDatabase, run: Run) -> None:
    store = sqlite_database.open()

    async def scenario() -> None:
        await store.start()
        await asyncio.gather(*(store.commit(Changes(inserts=[payment(f"ch_{n}")])) for n in range(200)))
        await store.close()

    run(scenario())
    assert 1 <= store.transactions <= 20
    assert sqlite_database.execute("SELECT count(*) FROM charges") == [("200",)]


@pytest.mark.parametrize("count", [1, 2, 3, 63, 64, 65, 127, 200])
def test_any_number_of_rows_arrives_whole_and_in_order(store: Store, run: Run, count: int) -> None:
    """SQLite writes rows of one kind in lots; none may be lost between two lots."""
    inserts = [payment(f"ch_{n}", amount=n, customer="cus_1" if n % 3 else None, due=n or None) for n in range(count)]
    run(store.commit(Changes(inserts=inserts)))
    page = run(store.page(PAYMENTS, SHOP, False, limit=1000))
    assert page.items == [stored(insert) for insert in reversed(inserts)]


def test_more_than_can_wait_is_refused_not_piled_up(sqlite_database: SqliteDatabase, run: Run) -> None:
    store = sqlite_database.open()

    async def scenario() -> list[BaseException | None]:
        await store.start()
        count = 4 * sqlite_writer.WAITING_MAX
        commits = (store.commit(Changes(inserts=[payment(f"ch_{n}")])) for n in range(count))
        outcomes = await asyncio.gather(*commits, return_exceptions=True)
        await store.commit(Changes(inserts=[payment("ch_after")]))
        await store.close()
        return outcomes

    outcomes = run(scenario())
    refused = [outcome for outcome in outcomes if outcome is not None]
    assert refused
    assert all(isinstance(one, StoreUnavailable) and "waiting" in str(one) for one in refused)
    assert sqlite_database.execute("SELECT count(*) FROM charges") == [(str(outcomes.count(None) + 1),)]


def test_more_commits_than_connections_take_turns(postgres_database: PostgresDatabase, run: Run) -> None:
    store = postgres_database.open(pool_size=2)

    async def scenario() -> None:
        await store.start()
        await asyncio.gather(*(store.commit(Changes(inserts=[payment(f"ch_{n}")])) for n in range(50)))
        await store.close()

    run(scenario())
    assert postgres_database.execute("SELECT count(*) FROM charges") == [("50",)]


def test_whoever_waits_too_long_for_a_connection_is_told(postgres_database: PostgresDatabase, run: Run) -> None:
    store = postgres_database.open(pool_size=1, timeouts=Timeouts(wait=0.05))

    async def scenario() -> None:
        await store.start()
        async with store._pool.connection():
            with pytest.raises(StoreUnavailable, match="all 1 connections were busy"):
                await store.commit(Changes(inserts=[payment("ch_1")]))
        await store.commit(Changes(inserts=[payment("ch_2")]))
        await store.close()

    run(scenario())
    assert postgres_database.execute("SELECT id FROM charges") == [("ch_2",)]


def test_a_commit_on_postgres_is_one_statement(postgres_database: PostgresDatabase, run: Run) -> None:
    """However much it changes; the driver tells what it sends."""
    store = postgres_database.open(pool_size=1)
    sent: list[Any] = []

    async def scenario() -> None:
        await store.start()
        await store.commit(Changes(inserts=[payment("ch_1"), payment("ch_2")]))
        cast(Any, store._pool._idle[0]).add_query_logger(sent.append)
        await store.commit(
            Changes(
                inserts=[payment("ch_3"), note("evt_1"), note("evt_2")],
                updates=[Update(stored(payment("ch_1")), Payment(id="ch_1", amount=2), Secret())],
                deletes=[Delete(stored(payment("ch_2")))],
                postings=[Posting(SHOP, False, "je_1", "balance", "usd", 1, "ch_3", 1)],
            )
        )
        await store.close()

    run(scenario())
    assert [one.query[:4] for one in sent] == ["WITH"]
