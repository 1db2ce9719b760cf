"""The sums of the ledger are exact at every moment, folded or not."""

import asyncio
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.store.store_databases import Database, PostgresDatabase, Run, SqliteDatabase
from tests.store.store_samples import SHOP, payment, stored

from opentill.ports.store import Changes, Conflict, Posting, Store, Update
from opentill.store import postgres, sqlite_writer


def posting(amount: int, ledger_account: str = "balance", currency: str = "usd", **where: object) -> Posting:
    """One leg of an entry."""
    account, livemode = str(where.get("account", SHOP)), bool(where.get("livemode", False))
    return Posting(account, livemode, "je_1", ledger_account, currency, amount, "ch_1", 1)


async def sums(store: Store, account: str = SHOP, livemode: bool = False) -> dict[tuple[str, str], int]:
    """The sums by ledger account and currency."""
    found = await store.ledger_sums(account, livemode)
    assert [(one.ledger_account, one.currency) for one in found] == sorted(
        (one.ledger_account, one.currency) for one in found
    )
    return {(one.ledger_account, one.currency): one.amount for one in found}


def test_sums_are_by_account_mode_ledger_account_and_currency(store: Store, run: Run) -> None:
    run(
        store.commit(
            Changes(
                postings=[
                    posting(1000, "receivable"),
                    posting(-971, "balance"),
                    posting(-29, "fees"),
                    posting(-9, "balance"),
                    posting(5, "balance", "eur"),
                    posting(7, account="acct_other"),
                    posting(8, livemode=True),
                ]
            )
        )
    )
    assert run(sums(store)) == {
        ("balance", "eur"): 5,
        ("balance", "usd"): -980,
        ("fees", "usd"): -29,
        ("receivable", "usd"): 1000,
    }
    assert run(sums(store, "acct_other")) == {("balance", "usd"): 7}
    assert run(sums(store, livemode=True)) == {("balance", "usd"): 8}
    assert run(sums(store, "acct_none")) == {}


def test_the_postings_of_a_failed_commit_do_not_count(store: Store, run: Run) -> None:
    gone = stored(payment("ch_1"))
    changes = Changes(updates=[Update(gone, gone.value, gone.hidden)], postings=[posting(5), posting(-5, "fees")])
    with pytest.raises(Conflict):
        run(store.commit(changes))
    assert run(sums(store)) == {}


def test_sums_stay_exact_while_many_commit_and_the_totals_are_folded(
    store: Store, database: Database, run: Run
) -> None:
    """Every sum seen in between is one that some order of the commits explains: it never goes back."""
    tasks, entries = 20, 2 * max(postgres.FOLD_AFTER, sqlite_writer.FOLD_AFTER) // 20

    async def pay(task: int) -> None:
        for number in range(entries):
            await store.commit(Changes(postings=[posting(number), posting(-number, "receivable"), posting(1, "count")]))

    async def watch(payers: "asyncio.Future[list[None]]") -> int:
        before = looks = 0
        while not payers.done():
            seen = await sums(store)
            assert seen.get(("balance", "usd"), 0) == -seen.get(("receivable", "usd"), 0)
            count = seen.get(("count", "usd"), 0)
            assert count >= before
            before, looks = count, looks + 1
            await asyncio.sleep(0)
        return looks

    async def scenario() -> int:
        payers = asyncio.gather(*(pay(task) for task in range(tasks)))
        looks = await watch(payers)
        await payers
        return looks

    assert run(scenario()) > 1
    total = tasks * sum(range(entries))
    expected = {("balance", "usd"): total, ("count", "usd"): tasks * entries, ("receivable", "usd"): -total}
    assert run(sums(store)) == expected
    [(folded,)] = database.execute("SELECT amount FROM ledger_totals WHERE ledger_account = 'count'")
    assert int(folded) > 0
    [(all_of_it,)] = database.execute("SELECT sum(amount) FROM postings WHERE ledger_account = 'count'")
    assert int(all_of_it) == tasks * entries


def test_what_sqlite_adds_up_is_bounded(sqlite_database: SqliteDatabase, run: Run) -> None:
    store = sqlite_database.open()
    run(store.start())
    for _ in range(3):
        run(store.commit(Changes(postings=[posting(1)] * (sqlite_writer.FOLD_AFTER - 1))))
        [(behind,)] = sqlite_database.execute("SELECT (SELECT max(seq) FROM postings) - seq FROM ledger_folded")
        assert int(behind) < sqlite_writer.FOLD_AFTER
    run(store.close())


def test_a_posting_that_commits_late_on_postgres_is_counted(postgres_database: PostgresDatabase, run: Run) -> None:
    """A transaction that took its number early and commits after a folding: the trap of every "folded up to"."""
    store = postgres_database.open()

    async def scenario() -> tuple[dict[tuple[str, str], int], dict[tuple[str, str], int]]:
        await store.start()
        other = postgres_database.open()
        async with other._pool.connection() as connection, connection.transaction():  # a slow transaction's inside
            sql, parameters = other._statements.commit([Changes(postings=[posting(1000)])])
            await connection.fetch(sql, *parameters)
            await store.commit(Changes(postings=[posting(1)]))
            await store._fold()
            await store.commit(Changes(postings=[posting(2)]))
            before = await sums(store)
        after = await sums(store)
        await store._fold()
        assert await sums(store) == after
        await other.close()
        await store.close()
        return before, after

    assert run(scenario()) == ({("balance", "usd"): 3}, {("balance", "usd"): 1003})


def test_two_foldings_at_once_count_once(postgres_database: PostgresDatabase, run: Run) -> None:
    stores = [postgres_database.open(), postgres_database.open()]

    async def scenario() -> dict[tuple[str, str], int]:
        await asyncio.gather(*(store.start() for store in stores))
        for _ in range(10):
            await asyncio.gather(*(store.commit(Changes(postings=[posting(1)])) for store in stores for _ in range(5)))
            await asyncio.gather(*(store._fold() for store in stores for _ in range(4)))
        found = await sums(stores[0])
        await asyncio.gather(*(store.close() for store in stores))
        return found

    assert run(scenario()) == {("balance", "usd"): 100}


def test_any_postings_sum_to_what_they_sum_to(store: Store, run: Run) -> None:
    legs = st.tuples(
        st.sampled_from(["a", "b"]), st.sampled_from(["usd", "eur", "jpy"]), st.integers(-(10**15), 10**15)
    )
    accounts = (f"acct_{number}" for number in range(10**6))

    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.lists(legs, min_size=1, max_size=5), max_size=8))
    def check(entries: list[list[tuple[str, str, int]]]) -> None:
        account = next(accounts)
        expected: Counter[tuple[str, str]] = Counter()
        for entry in entries:
            run(store.commit(Changes(postings=[posting(n, name, cur, account=account) for name, cur, n in entry])))
            for name, currency, amount in entry:
                expected[name, currency] += amount
        assert run(sums(store, account)) == dict(expected)

    check()
