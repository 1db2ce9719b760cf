"""Searches over the body: every operator, on both stores alike."""

import asyncio
from collections.abc import Iterator

import pytest
from tests.store.store_databases import MakeDatabase, Run
from tests.store.store_samples import PAYMENTS, SHOP, Nested, payment

from opentill.ports.store import Changes, Condition, Query, Store, Term

STRANGE_KEY = 'say "hello" \\ there'


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """One event loop for all of these tests, which disturb nothing."""
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def filled(request: pytest.FixtureRequest, make_database: MakeDatabase, run: Run) -> Iterator[Store]:
    """A store with payments to search, oldest first a to f, and others that must not be found."""
    database = make_database(request.param)
    store = database.open()
    run(store.start())
    run(
        store.commit(
            Changes(
                inserts=[
                    payment("a", created=1, amount=100, customer="cus_1", metadata={"order": "A-17", "größe": "XL"}),
                    payment("b", created=2, amount=250, disputed=True, metadata={"order": "a-170", STRANGE_KEY: "x"}),
                    payment("c", created=3, amount=250, customer="CUS_1", card=Nested(brand="visa", size=4)),
                    payment("d", created=4, amount=999, metadata={"city": "ÉVIAN", "100%_": "50%"}),
                    payment("e", created=5, amount=1000, metadata={"order": "", "nul": "a\0b"}),
                    payment("f", created=5, amount=-5, card=Nested(), metadata={"amount": "250", "a.b": "dotted"}),
                    payment("x", livemode=True, amount=100),
                    payment("y", account="acct_other", amount=100),
                ]
            )
        )
    )
    yield store
    run(store.close())
    database.give_back()


def test_newest_first_and_page_by_page(filled: Store, run: Run) -> None:
    everything = Query([Term(("amount",), ">", -100)])
    page = run(filled.search(PAYMENTS, SHOP, False, everything, limit=4, after=None))
    assert ("".join(one.id for one in page.items), page.has_more) == ("fedc", True)
    page = run(filled.search(PAYMENTS, SHOP, False, everything, limit=4, after=page.items[-1]))
    assert ("".join(one.id for one in page.items), page.has_more) == ("ba", False)


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        (Term(("amount",), "=", 250), "cb"),
        (Term(("amount",), "=", "250"), "cb"),
        (Term(("amount",), ">", 250), "ed"),
        (Term(("amount",), ">=", 250), "edcb"),
        (Term(("amount",), "<", 100), "f"),
        (Term(("amount",), "<=", 100), "fa"),
        (Term(("amount",), "<", 10**40), "fedcba"),
        (Term(("customer",), "=", "cus_1"), "ca"),
        (Term(("customer",), "~", "US_"), "ca"),
        (Term(("customer",), "null", None), "fedb"),
        (Term(("customer",), "null", None, negated=True), "ca"),
        (Term(("customer",), "=", "cus_1", negated=True), "fedb"),
        (Term(("customer",), "=", "cus"), ""),
        (Term(("disputed",), "=", "true"), "b"),
        (Term(("disputed",), "=", "false"), "fedca"),
        (Term(("disputed",), "null", None), ""),
        (Term(("card", "brand"), "=", "Visa"), "c"),
        (Term(("card", "size"), ">", 3), "c"),
        (Term(("card", "brand"), "null", None), "fedba"),
        (Term(("card",), "null", None), "edba"),
        (Term(("card",), "=", "visa"), ""),
        (Term(("card",), "~", "visa"), ""),
        (Term(("metadata", "order"), "=", "a-17"), "a"),
        (Term(("metadata", "order"), "~", "A-17"), "ba"),
        (Term(("metadata", "order"), "~", "A-17", negated=True), "fedc"),
        (Term(("metadata", "order"), "=", ""), "e"),
        (Term(("metadata", "order"), "null", None), "fdc"),
        (Term(("metadata", "amount"), "=", 250), "f"),
        (Term(("metadata", "amount"), ">", 1), ""),
        (Term(("metadata", "größe"), "=", "xl"), "a"),
        (Term(("metadata", "city"), "=", "évian"), "d"),
        (Term(("metadata", "city"), "~", "évi"), "d"),
        (Term(("metadata", "100%_"), "~", "0%"), "d"),
        (Term(("metadata", "100%_"), "~", "%0"), ""),
        (Term(("metadata", STRANGE_KEY), "=", "X"), "b"),
        (Term(("metadata", STRANGE_KEY), "~", "x"), "b"),
        (Term(("metadata", STRANGE_KEY), "null", None), "fedca"),
        (Term(("metadata", STRANGE_KEY + '"'), "null", None), "fedcba"),
        (Term(("metadata", "a.b"), "=", "dotted"), "f"),
        (Term(("metadata", "a"), "null", None), "fedcba"),
        (Term(("metadata", "nul"), "~", "a"), "e"),
        (Term(("metadata", "order"), "=", "A-17\0"), ""),
        (Term(("nope", "deeper"), "=", "x"), ""),
        (Term(("nope", "deeper"), "null", None), "fedcba"),
    ],
)
def test_terms(filled: Store, run: Run, term: Term, expected: str) -> None:
    page = run(filled.search(PAYMENTS, SHOP, False, Query([term]), limit=9, after=None))
    assert ("".join(one.id for one in page.items), page.has_more) == (expected, False)


BIG = Term(("amount",), ">=", 250)
MINE = Term(("customer",), "=", "cus_1")
DISPUTED = Term(("disputed",), "=", "true")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (Query([BIG, MINE]), "c"),
        (Query([BIG, MINE], "or"), "edcba"),
        (Query([MINE, DISPUTED], "or"), "cba"),
        (Query([MINE, DISPUTED]), ""),
        (Query([BIG, Term(("disputed",), "=", "true", negated=True), MINE]), "c"),
        (Query([Term(("amount",), ">", 250, negated=True), Term(("amount",), "=", 999)], "or"), "fdcba"),
        (Query([]), "fedcba"),
    ],
)
def test_queries(filled: Store, run: Run, query: Query, expected: str) -> None:
    page = run(filled.search(PAYMENTS, SHOP, False, query, limit=9, after=None))
    assert "".join(one.id for one in page.items) == expected


def test_conditions_on_columns_go_with_a_query(filled: Store, run: Run) -> None:
    conditions = [Condition("created", ">", 2), Condition("customer", "=", "CUS_1")]
    page = run(filled.search(PAYMENTS, SHOP, False, Query([BIG]), conditions, limit=9, after=None))
    assert "".join(one.id for one in page.items) == "c"


def test_a_comparison_takes_a_number(filled: Store, run: Run) -> None:
    with pytest.raises(ValueError, match="integer"):
        run(filled.search(PAYMENTS, SHOP, False, Query([Term(("amount",), ">", "ten")]), limit=1, after=None))
