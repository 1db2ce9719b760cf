"""PostgreSQL: what is asked for at the same time shares a statement, and nobody notices but by the clock.

The first part is the gathering itself, without a database.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, TypeAlias, cast

import pytest
from tests.store.store_databases import PostgresDatabase, Run
from tests.store.store_samples import NOTES, PAYMENTS, SHOP, Payment, Secret, note, payment, stored

from opentill.ports.store import Changes, Conflict, Delete, Insert, Kind, Posting, Store, StoreUnavailable, Update
from opentill.services.kinds import KINDS
from opentill.store import pg_together
from opentill.store.pg_together import Together
from opentill.store.postgres import COMMITS_TOGETHER

Call: TypeAlias = tuple[Sequence[int], "asyncio.Future[None]"]


class Slow:
    """A database whose calls the test ends; it doubles numbers, and cannot double 13."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    async def __call__(self, numbers: Sequence[int]) -> Sequence[int]:
        answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.calls.append((tuple(numbers), answered))
        await answered
        if 13 in numbers:
            raise ValueError("13")
        return [2 * number for number in numbers]

    async def answer(self) -> None:
        """End the calls there are, and let what follows from that happen."""
        for _, answered in self.calls:
            if not answered.done():
                answered.set_result(None)
        await settled()

    @property
    def asked(self) -> list[Sequence[int]]:
        """What the calls so far were about."""
        return [numbers for numbers, _ in self.calls]


async def settled() -> None:
    """Everything has happened that can happen without anybody's doing."""
    for _ in range(20):
        await asyncio.sleep(0)


def asking(together: Together[int, int], *numbers: int) -> list["asyncio.Task[int]"]:
    return [asyncio.create_task(together.ask(number)) for number in numbers]


def gathering(test: Callable[[Together[int, int], Slow], Awaitable[None]]) -> None:
    """Run a test of the gathering."""

    async def scenario() -> None:
        slow = Slow()
        await test(Together(slow, 100), slow)

    asyncio.run(scenario())


def test_whoever_comes_alone_does_not_wait() -> None:
    async def scenario(together: Together[int, int], slow: Slow) -> None:
        [one] = asking(together, 1)
        await settled()
        assert slow.asked == [(1,)]
        await slow.answer()
        assert one.result() == 2

    gathering(scenario)


def test_what_comes_meanwhile_goes_together() -> None:
    async def scenario(together: Together[int, int], slow: Slow) -> None:
        [first] = asking(together, 1)
        await settled()
        later = asking(together, 2, 3, 4)
        await settled()
        assert slow.asked == [(1,)]
        await slow.answer()
        assert slow.asked == [(1,), (2, 3, 4)]
        await slow.answer()
        assert [one.result() for one in (first, *later)] == [2, 4, 6, 8]

    gathering(scenario)


def test_when_enough_are_waiting_a_second_call_is_made() -> None:
    async def scenario(together: Together[int, int], slow: Slow) -> None:
        lots = [range(start, start + pg_together.ENOUGH) for start in range(100, 190, 10)]
        for lot in lots:
            asking(together, *lot)
            await settled()
        assert slow.asked == [tuple(lot) for lot in lots[: pg_together.AT_ONCE]]
        await slow.answer()
        assert slow.asked[pg_together.AT_ONCE :] == [tuple(one for lot in lots[pg_together.AT_ONCE :] for one in lot)]
        await slow.answer()

    gathering(scenario)


def test_a_bad_one_does_not_spoil_the_others() -> None:
    async def scenario(together: Together[int, int], slow: Slow) -> None:
        all_three = asking(together, 1, 13, 2)
        for _ in range(4):
            await settled()
            await slow.answer()
        assert slow.asked == [(1, 13, 2), (1,), (13,), (2,)]
        assert [repr(one.exception() or one.result()) for one in all_three] == ["2", "ValueError('13')", "4"]

    gathering(scenario)


def test_if_the_database_is_away_everybody_is_told_and_nothing_is_repeated() -> None:
    async def scenario() -> None:
        calls: list[Sequence[int]] = []

        async def away(numbers: Sequence[int]) -> Sequence[int]:
            calls.append(numbers)
            raise StoreUnavailable("away")

        together = Together(away, 100)
        outcomes = await asyncio.gather(*(together.ask(n) for n in range(3)), return_exceptions=True)
        assert [repr(outcome) for outcome in outcomes] == ["StoreUnavailable('away')"] * 3
        assert len({id(outcome) for outcome in outcomes}) == 3  # each has a traceback of its own
        assert len(calls) == 1

    asyncio.run(scenario())


def test_who_hung_up_while_waiting_is_left_out() -> None:
    async def scenario(together: Together[int, int], slow: Slow) -> None:
        [first] = asking(together, 1)
        await settled()
        gone, stays = asking(together, 2, 3)
        await settled()
        gone.cancel()
        first.cancel()
        await slow.answer()
        assert slow.asked == [(1,), (3,)]
        await slow.answer()
        assert stays.result() == 6

    gathering(scenario)


def test_a_call_that_takes_long_does_not_hold_up_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pg_together, "LONG_S", 0)

    async def scenario(together: Together[int, int], slow: Slow) -> None:
        for number in range(5):
            asking(together, number)
            await settled()
        assert slow.asked == [(number,) for number in range(5)]
        await slow.answer()

    gathering(scenario)


def test_closing_waits_for_what_was_asked_and_takes_no_more() -> None:
    async def scenario(together: Together[int, int], slow: Slow) -> None:
        asked = asking(together, 1)
        await settled()
        asked += asking(together, 2)
        await settled()
        closing = asyncio.create_task(together.close())
        await settled()
        [refused] = asking(together, 3)
        await slow.answer()
        await slow.answer()
        await asyncio.wait([closing, refused])
        assert [one.result() for one in asked] == [2, 4]
        assert isinstance(refused.exception(), StoreUnavailable)

    gathering(scenario)


# The store


@pytest.fixture
def pair(postgres_database: PostgresDatabase, run: Run) -> Iterator[tuple[Store, Store]]:
    """Two stores on one database, as two processes have them."""
    stores = postgres_database.open(), postgres_database.open()
    for store in stores:
        run(store.start())
    yield stores
    for store in stores:
        run(store.close())


def test_postgres_puts_what_comes_together_into_few_statements(postgres_database: PostgresDatabase, run: Run) -> None:
    store = postgres_database.open(pool_size=1)
    sent: list[Any] = []

    async def scenario() -> None:
        await store.start()
        await store.ready()
        cast(Any, store._pool._idle[0]).add_query_logger(sent.append)
        inserts = [(payment(f"ch_{n}"), note(f"evt_{n}")) for n in range(4 * COMMITS_TOGETHER)]
        await asyncio.gather(*(store.commit(Changes(inserts=list(both))) for both in inserts))
        commits = [one.query for one in sent if one.query.startswith("WITH s0")]  # not the driver's own questions
        assert len(commits) <= 10
        assert len(set(commits)) == 1  # whatever the number of rows, so it is planned once
        sent.clear()
        read = await asyncio.gather(*(store.get(PAYMENTS, SHOP, f"ch_{n}") for n in range(100)))
        notes = await asyncio.gather(*(store.get_body(NOTES, SHOP, f"evt_{n}") for n in range(100)))
        assert [one.id for one in read if one] == [f"ch_{n}" for n in range(100)]
        assert all(notes)
        assert len(sent) <= 6
        await store.close()

    run(scenario())


def test_a_value_that_does_not_fit_spoils_only_its_own_commit(postgres_database: PostgresDatabase, run: Run) -> None:
    store = postgres_database.open()
    bad = Insert(PAYMENTS, SHOP, False, "ch_bad", 2**70, Payment(id="ch_bad"), Secret())

    async def scenario() -> list[BaseException | None]:
        await store.start()
        inserts = [payment("ch_1"), bad, payment("ch_2")]
        commits = (store.commit(Changes(inserts=[one])) for one in inserts)
        outcomes = await asyncio.gather(*commits, return_exceptions=True)
        await store.close()
        return outcomes

    assert [type(one) for one in run(scenario())] == [type(None), ValueError, type(None)]
    assert postgres_database.execute("SELECT id FROM charges ORDER BY seq") == [("ch_1",), ("ch_2",)]


def test_a_commit_that_waits_for_a_lock_does_not_hold_up_the_others(
    postgres_database: PostgresDatabase, run: Run
) -> None:
    store = postgres_database.open()

    async def scenario() -> None:
        await store.start()
        await store.commit(Changes(inserts=[payment("ch_1")]))
        other = postgres_database.open()
        async with other._pool.connection() as connection, connection.transaction():
            await connection.execute("UPDATE charges SET version = version")
            update = Update(stored(payment("ch_1")), Payment(id="ch_1", amount=7), Secret())
            waits = asyncio.create_task(store.commit(Changes(updates=[update])))
            await settled()  # it is on its way
            for number in range(20):
                await store.commit(Changes(inserts=[note(f"evt_{number}")]))
            assert not waits.done()
        await waits
        await other.close()
        await store.close()

    run(scenario())


def test_two_stores_see_at_once_what_the_other_did(pair: tuple[Store, Store], run: Run) -> None:
    """Nothing is answered from memory: not after reading it, nor after writing it."""
    here, there = pair

    async def shown(store: Store) -> list[Any]:
        one = await store.get(PAYMENTS, SHOP, "ch_1")
        body = await store.get_body(PAYMENTS, SHOP, "ch_1")
        many = await store.get_many(PAYMENTS, SHOP, ["ch_1"])
        each = await store.get_each(SHOP, [(NOTES, "evt_1"), (PAYMENTS, "ch_1"), (PAYMENTS, "ch_1")])
        assert [one, many.get("ch_1")] == list(each[1:])
        assert (body is None) == (one is None)
        return [each[0] is not None, one and (one.version, one.value.amount)]

    async def scenario() -> None:
        assert await shown(there) == [False, None]
        await here.commit(Changes(inserts=[payment("ch_1", amount=0), note("evt_1")]))
        for amount in range(1, 6):
            writer, reader = (here, there) if amount % 2 else (there, here)
            assert await shown(reader) == await shown(writer) == [True, (amount, amount - 1)]
            read = await reader.get(PAYMENTS, SHOP, "ch_1")
            assert read is not None
            await writer.commit(Changes(updates=[Update(read, Payment(id="ch_1", amount=amount), read.hidden)]))
            with pytest.raises(Conflict):
                await reader.commit(Changes(updates=[Update(read, read.value, read.hidden)]))
        last = await here.get(PAYMENTS, SHOP, "ch_1")
        assert last is not None
        await here.commit(Changes(deletes=[Delete(last)]))
        assert await shown(there) == [True, None]

    run(scenario())


def test_two_stores_that_commit_together_lose_nothing(pair: tuple[Store, Store], run: Run) -> None:
    """Both change the same objects, many at a time, with a posting for each change."""

    async def raise_by_one(store: Store, id: str) -> None:
        while True:
            read = await store.get(PAYMENTS, SHOP, id)
            assert read is not None
            more = Payment(id=id, amount=read.value.amount + 1)
            leg = Posting(SHOP, False, f"{id}-{read.version}", "balance", "usd", 1, id, 1)
            try:
                return await store.commit(Changes(updates=[Update(read, more, read.hidden)], postings=[leg]))
            except Conflict:
                continue

    async def scenario() -> tuple[list[int], int]:
        ids = [f"ch_{number}" for number in range(8)]
        await pair[0].commit(Changes(inserts=[payment(id) for id in ids]))
        await asyncio.gather(*(raise_by_one(store, id) for _ in range(4) for store in pair for id in ids))
        found = await pair[1].get_many(PAYMENTS, SHOP, ids)
        [balance] = await pair[0].ledger_sums(SHOP, False)
        return [found[id].value.amount for id in ids], balance.amount

    assert run(scenario()) == ([8] * 8, 64)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.table)
def test_objects_are_found_by_their_primary_key(
    postgres_database: PostgresDatabase, run: Run, kind: Kind[Any, Any]
) -> None:
    """Also where the planner knows nothing of the table: what it chooses then, it keeps to while the table grows."""
    store = postgres_database.open(KINDS)

    async def scenario() -> None:
        await store.start()
        table = store._tables[kind]
        old = Insert(kind, SHOP, False, "x", 1, None, None)
        delete, arguments = store._statements.commit([Changes(deletes=[Delete(stored(old))])])
        reading = store._statements.read((table,))
        async with store._pool.connection() as connection:
            for name, sql, types in (
                ("reading", reading, "text[], text[]"),
                ("change", delete, "text[], text[], bigint[]"),
            ):
                assert len(types.split(",")) == sql.count("[]") <= max(len(arguments), 2)
                await connection.execute(f"PREPARE {name} ({types}) AS {sql}")
                nulls = ", ".join("NULL" for _ in types.split(","))
                plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN EXECUTE {name} ({nulls})"))
                assert f"Index Scan using {table.name}_pkey" in plan
                assert "Index Cond: (id = " in plan
                assert plan.count("Scan using") == 1
        await store.close()

    run(scenario())
